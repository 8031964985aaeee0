#!/bin/sh
# Writes BUILD-DIRECTORY/dist/bisque-VERSION.tar.xz: what is committed, with its crates. The same commit gives the same bytes.
# With --check, it is also unpacked elsewhere, and built there without a network.
# usage: dist.sh BUILD-DIRECTORY [--check]
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1/dist"
dist=$(cd "$1/dist" && pwd)
name=bisque-$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build" | head -1)
[ -z "$(git -C "$source" status --porcelain)" ] || echo 'What is not committed is left out.' >&2
rm -rf "${dist:?}/$name"
"$source/build-aux/dist-tree.sh" "$dist/$name"
tar --create --directory "$dist" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
  --mtime="@$(git -C "$source" log -1 --format=%ct)" "$name" | xz --threads=2 >"$dist/$name.tar.xz"
rm -rf "${dist:?}/$name"
(cd "$dist" && sha256sum "$name.tar.xz" | tee "$name.tar.xz.sha256")
[ "$2" = --check ] || exit 0

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
tar -xf "$dist/$name.tar.xz" -C "$place"
cd "$place/$name"
# As root, in a network of its own, which has a loopback and nothing else; otherwise cargo is told not to use the network. In both,
# cargo's own folder is an empty one.
alone=
if unshare --net ip link set lo up 2>/dev/null; then
  alone="unshare --net sh -c 'ip link set lo up; exec \"\$@\"' sh"
fi
run () {
  eval "env -u CARGO_TARGET_DIR CARGO_HOME='$place/cargo' RUSTUP_HOME='${RUSTUP_HOME:-$HOME/.rustup}' CARGO_NET_OFFLINE=true $alone" \
    '"$@"' >>"$dist/check.log" 2>&1 || { tail -60 "$dist/check.log"; exit 1; }
}
mkdir "$place/cargo"
: >"$dist/check.log"
# Without rustls, too: nothing else builds that.
run meson setup build -Dprofile=dev -Dtests=false -Doracle=disabled -Dserver-tls=gio
run ninja -C build product
run build-aux/demo.sh build
[ -z "$(ls -A "$place/cargo/registry" 2>/dev/null)" ]
echo "$name.tar.xz builds without a network, and its demo runs."
