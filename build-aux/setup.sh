#!/bin/sh
# Installs the Debian or Ubuntu packages that are missing, and says which; elsewhere says what is needed, and fails.
# usage: setup.sh build|check
set -e

build='gcc g++ make pkg-config libglib2.0-dev meson ninja-build gobject-introspection libgirepository1.0-dev glib-networking'
check="$build libsoup-3.0-dev valgrind python3 python3-venv python3-gi git ca-certificates"
# The tests that want one of these say so when it is not there.
optional='nodejs npm chromium valac libboost-dev libssl-dev'

case $1 in
  build) wanted=$build optional= ;;
  check) wanted=$check ;;
  *) echo "usage: $0 build|check" >&2; exit 2 ;;
esac

if ! command -v cargo >/dev/null; then
  echo 'A Rust toolchain is needed, 1.95 or later: https://rustup.rs' >&2
  exit 1
fi
if [ "$1" = check ]; then
  for component in rustfmt clippy; do
    cargo "$(echo $component | sed s/rustfmt/fmt/)" --version >/dev/null 2>&1 || rustup component add $component
  done
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  for tool in cc pkg-config meson ninja g-ir-scanner; do
    command -v $tool >/dev/null || missing="$missing $tool"
  done
  pkg-config --atleast-version=2.70 gio-2.0 2>/dev/null || missing="$missing gio-2.0>=2.70"
  [ -z "$missing" ] && exit 0
  echo "This is not Debian or Ubuntu. Please install what gives:$missing" >&2
  echo "(On Debian these are the packages: $wanted)" >&2
  exit 1
fi

absent () {
  for package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}
is_tool () { # an optional package whose program is there already, from wherever
  case $1 in
    nodejs) command -v node ;;
    valac) command -v vapigen ;;
    libboost-dev | libssl-dev) [ -n "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep '^installed')" ] ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

missing=$(absent $wanted)
stamp=build/.optional-packages # they are tried once
wishes=
if [ ! -e $stamp ]; then
  for package in $optional; do
    is_tool "$package" || wishes="$wishes $package"
  done
fi
[ -z "$missing$wishes" ] && exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
mkdir -p build
log=build/setup.log
install () {
  echo "Installing: $*"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends "$@" \
    >$log 2>&1
}
$sudo apt-get update --quiet --quiet || echo 'apt-get update failed: going on with the lists that are there' >&2
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086 # a list of words
  install $missing || { cat $log >&2; exit 1; }
fi
for package in $wishes; do
  install "$package" || echo "No $package: the tests that want it are left out."
done
[ "$1" = build ] || touch $stamp
