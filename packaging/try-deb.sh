#!/bin/sh
# Installs the packages that build-deb.sh has left in BUILD-DIRECTORY/deb into a copy of this system that is thrown away, uses them
# there, and removes them. Needs root, for the copy is an overlay. usage: try-deb.sh BUILD-DIRECTORY
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
packages=$(cd "$1/deb" && pwd)
source=$(cd "$(dirname "$0")/.." && pwd)
if [ "$(id -u)" != 0 ] || ! unshare --mount true 2>/dev/null; then
  echo '1..0 # SKIP an overlay needs root'
  exit 0
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
unshare --mount sh -ec '
  place=$1 packages=$2 source=$3
  mount -t tmpfs none "$place"
  mkdir "$place/upper" "$place/work" "$place/root"
  mount -t overlay none -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" "$place/root"
  mkdir -p "$place/root/packages"
  cp "$packages"/*.deb "$source/packaging/debian/tests/compiles-and-runs" "$place/root/packages"
  mount -t proc none "$place/root/proc"
  mount --bind /dev "$place/root/dev"
  chroot "$place/root" sh -ec "
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    export PATH
    cd /packages
    dpkg --install *.deb >log 2>&1 || { cat log; exit 1; }
    ./compiles-and-runs
    man -w wscat bisque-check >/dev/null 2>&1 || test -e /usr/share/man/man1/wscat.1.gz
    test -e /usr/share/doc/libbisque-3.0-doc/Soup-3.0/index.html
    dpkg --purge gir1.2-bisque-3.0 libbisque-3.0-dev libbisque-3.0-doc bisque-tools-dbgsym bisque-tools libbisque-3.0-0-dbgsym libbisque-3.0-0 >log 2>&1 || { cat log; exit 1; }
    ! ls -d /usr/lib/*/libbisque* /usr/include/bisque-3.0 2>/dev/null
  "
' sh "$place" "$packages" "$source"
echo 'The packages install, work, and leave nothing.'
