#!/bin/sh
# Runs the C tests with a sanitizer: `address` all of them, `thread` those with threads, or those that are named.
# usage: sanitize.sh address|thread [TEST...]
#
# TSAN_GLIB is the folder of a build of GLib with -Db_sanitize=thread: the sanitizer sees its locks then, and what is reported is true.
#
# With a nightly toolchain Rust is compiled with the sanitizer too, and for `thread` its standard library, which takes the
# component rust-src. With stable alone, `address` is the C side's (the allocator's checks see what Rust frees, not what it reads), and
# `thread` is valgrind's DRD.
set -eu

kind=${1:?"usage: $0 address|thread [TEST...]"}
shift
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
triple=$(rustc -vV | sed -n 's/^host: //p')
build=build/$kind
export CARGO_TARGET_DIR="$root/target/$kind"

nightly=
if sysroot=$(rustc +nightly --print sysroot 2>/dev/null); then
  nightly=yes
  [ "$kind" = address ] || [ -e "$sysroot/lib/rustlib/src/rust/library" ] || nightly=
fi
if [ -n "$nightly" ]; then
  export RUSTUP_TOOLCHAIN=nightly CARGO_BUILD_TARGET="$triple" RUSTFLAGS="-Zsanitizer=$kind"
  [ "$kind" = address ] || export CARGO_UNSTABLE_BUILD_STD=std,panic_abort
  echo "C and Rust are compiled with the $kind sanitizer."
elif [ "$kind" = thread ]; then
  echo 'There is no nightly toolchain with rust-src: valgrind looks at the threads.'
else
  echo 'There is no nightly toolchain: C alone is compiled with the sanitizer.'
fi

options='-Dprofile=dev -Dintrospection=false -Doracle=disabled -Dexamples=false -Db_lundef=false'
case $kind,$nightly in
  thread,) sanitizer=none ;;
  *) sanitizer=$kind ;;
esac
if [ $sanitizer = thread ]; then
  mkdir -p "$build"
  ${CC:-cc} -O2 -fPIC -fno-builtin -c build-aux/tsan-memory.c -o "$build/tsan-memory.o"
  options="$options -Dc_link_args=$root/$build/tsan-memory.o -Dcpp_link_args=$root/$build/tsan-memory.o"
fi
[ -e "$build/build.ninja" ] || meson setup "$build" $options -Db_sanitize=$sanitizer
# What is not run is not built: Boost's fences do not compile with the sanitizer of threads.
targets=
if [ "$kind" = thread ]; then
  [ $# -gt 0 ] || set -- ws-threads ${TSAN_GLIB:+session-threads last-reference session-auth-helper}
  for test; do
    targets="$targets tests/c/$test"
  done
fi
ninja -C "$build" $targets

# Leaks are valgrind's matter, in make check; GLib's caches would have to be listed twice.
# A small quarantine, because tests look at how much memory is resident.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=1:quarantine_size_mb=4
# libproxy throws C++ exceptions, which the sanitizer of a C program does not know how to pass on.
export GIO_USE_PROXY_RESOLVER=dummy
# Tests that measure are as lenient as there.
export BISQUE_UNDER_VALGRIND=1
suppressions=$root/tests/tsan.supp
if [ -n "${TSAN_GLIB:-}" ]; then
  suppressions=$root/tests/tsan-glib.supp
  for part in glib gobject gmodule gio; do
    LD_LIBRARY_PATH=$TSAN_GLIB/$part${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  done
  GIO_EXTRA_MODULES=$(pkg-config --variable=giomoduledir gio-2.0)
  export LD_LIBRARY_PATH GIO_EXTRA_MODULES
fi
export TSAN_OPTIONS="suppressions=$suppressions:halt_on_error=0:exitcode=66:history_size=7"
if [ "$kind" = address ]; then
  exec meson test -C "$build" --no-rebuild --print-errorlogs --suite c --timeout-multiplier 8 "$@"
elif [ -n "$nightly" ]; then
  exec meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 20 "$@"
fi
exec meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 20 \
  --wrapper="valgrind --quiet --tool=drd --error-exitcode=66 --suppressions=$root/tests/drd.supp" "$@"
