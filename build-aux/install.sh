#!/bin/sh
# Installs what was built, and says what a program needs that wants to find it. Calls no cargo, and no network.
# usage: install.sh BUILD-DIRECTORY DESTDIR [--prefix=PREFIX] [--libdir=LIBDIR]
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
build=$1 destdir=$2
shift 2
if ! [ -e "$build/libbisque.a" ]; then
  echo "Nothing is built yet: run 'make' first, as yourself; only 'make install' wants sudo." >&2
  exit 1
fi
"$(dirname "$0")/places.sh" "$build" "$@"
meson install -C "$build" --no-rebuild --quiet ${destdir:+--destdir "$destdir"}

option () {
  meson introspect "$build" --buildoptions | python3 -c "import json, sys
print(next(option['value'] for option in json.load(sys.stdin) if option['name'] == '$1'))"
}
prefix=$(option prefix) libdir=$(option libdir)
case $libdir in /*) ;; *) libdir=$prefix/$libdir ;; esac
echo "Installed below $destdir$prefix."
[ -z "$destdir" ] || exit 0
PATH=$PATH:/usr/sbin:/sbin
if ldconfig -v -N 2>/dev/null | grep -q "^$libdir:"; then
  if ! ldconfig -p 2>/dev/null | grep -q "$libdir/libbisque-3.0.so.0"; then
    echo "One thing more, so that programs find libbisque-3.0.so.0:  sudo ldconfig"
  fi
else
  echo 'The system does not look for libraries there. A program finds libbisque-3.0.so.0 with'
  echo "    export LD_LIBRARY_PATH=$libdir"
fi
if ! pkg-config --exists bisque-3.0 2>/dev/null; then
  echo 'and pkg-config finds bisque-3.0 with'
  echo "    export PKG_CONFIG_PATH=$libdir/pkgconfig"
fi
