#!/bin/sh
# Builds Bisque and lets two programs written for libsoup's API talk through it.
# usage: demo.sh BUILD-DIRECTORY
set -e
build=$1
[ -e "$build/build.ninja" ] || meson setup "$build" >/dev/null
echo 'Building libbisque and the examples (the first time takes some minutes) ...'
log=$build/demo.log
ninja -C "$build" c-examples/echo-server c-examples/echo-client >"$log" 2>&1 || { cat "$log"; exit 1; }

output=$(mktemp)
server=
trap 'test -z "$server" || kill $server 2>/dev/null; rm -f "$output"' EXIT INT TERM
"$build/c-examples/echo-server" 0 >"$output" &
server=$!
while ! grep -q listening "$output"; do
  kill -0 $server
  sleep 0.1
done
uri=$(sed -n 's/^listening on //p' "$output")

echo
echo "Both are C programs for libsoup's API; this is what they are linked with:"
ldd "$build/c-examples/echo-server" | sed -n 's/^\s*\(lib\(bisque\|soup\)[^ ]*\).*/  \1/p'
echo
echo "\$ c-examples/echo-client $uri 'Hello from C' 'Zażółć gęślą jaźń'"
LC_ALL=C.UTF-8 "$build/c-examples/echo-client" "$uri" 'Hello from C' 'Zażółć gęślą jaźń' | sed 's/^/  /'
echo
echo 'And the server said:'
sed 's/^/  /' "$output"
echo
echo "More: $build/c-examples/chat-server (a page for the browser), $build/tools/wscat URI (by hand)."
