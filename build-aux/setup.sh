#!/bin/sh
# Installs the Debian or Ubuntu packages that are missing, and says which; elsewhere says what is needed, and fails.
# With --look it installs nothing: it says what is missing, and fails.
# usage: setup.sh [--look] build|check|docs|deb
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e

look=
if [ "$1" = --look ]; then
  look=yes
  shift
fi

build='gcc g++ make pkg-config libglib2.0-dev libsqlite3-dev libkrb5-dev meson ninja-build gobject-introspection libgirepository1.0-dev glib-networking'
check="$build libsoup-3.0-dev valgrind python3 python3-venv python3-gi git ca-certificates"
# The tests that want one of these say so when it is not there.
optional='reuse gnutls-bin libnss3-tools nodejs npm chromium valac gcc-multilib gjs luajit ruby curl wrk nginx-light tinyproxy-bin microsocks squid krb5-kdc krb5-admin-server krb5-user gstreamer1.0-plugins-good gstreamer1.0-tools chezdav redis-server libhiredis-dev libboost-dev libboost-coroutine-dev libssl-dev'
docs="$build gi-docgen"
deb="$build valac debhelper dpkg-dev fakeroot lintian gi-docgen"

case $1 in
  build) wanted=$build optional= ;;
  check) wanted=$check ;;
  docs) wanted=$docs optional= ;;
  deb) wanted=$deb optional= ;;
  *) echo "usage: $0 [--look] build|check|docs|deb" >&2; exit 2 ;;
esac

if ! command -v cargo >/dev/null; then
  echo "A Rust toolchain is needed, $(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml") or later: https://rustup.rs" >&2
  exit 1
fi
if [ "$1" = check ] && [ -z "$look" ]; then
  for component in rustfmt clippy; do
    cargo "$(echo $component | sed s/rustfmt/fmt/)" --version >/dev/null 2>&1 || rustup component add $component
  done
  # For the 32-bit build of the component: without it, that is left out.
  [ -d "$(rustc --print target-libdir --target i686-unknown-linux-gnu)" ] || rustup target add i686-unknown-linux-gnu ||
    echo 'No i686-unknown-linux-gnu: the tests with 32 bits are left out.'
fi

debian=yes
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  debian=
fi
# Who has the tools from elsewhere than a package has them too.
if [ -n "$look" ] || [ -z "$debian" ]; then
  missing=
  for tool in cc c++ pkg-config meson ninja g-ir-scanner; do
    command -v $tool >/dev/null || missing="$missing $tool"
  done
  pkg-config --atleast-version=2.70 gio-2.0 2>/dev/null || missing="$missing gio-2.0>=2.70"
  pkg-config --exists sqlite3 2>/dev/null || missing="$missing sqlite3"
  [ -z "$missing" ] && exit 0
  if [ -n "$debian" ]; then
    echo "To build Bisque, these are missing:$missing" >&2
    echo "They are in these packages:  sudo apt-get install $wanted" >&2
    echo "('make setup' installs those that are not there.)" >&2
  else
    echo "This is not Debian or Ubuntu. Please install what gives:$missing" >&2
    echo "(On Debian these are the packages: $wanted)" >&2
  fi
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
    gnutls-bin) command -v gnutls-cli ;;
    libnss3-tools) command -v certutil ;;
    tinyproxy-bin) command -v tinyproxy ;;
    gstreamer1.0-tools) command -v gst-launch-1.0 ;;
    gstreamer1.0-plugins-good) gst-inspect-1.0 --exists souphttpsrc ;;
    nginx-light) PATH=$PATH:/usr/sbin command -v nginx ;;
    krb5-kdc) PATH=$PATH:/usr/sbin command -v krb5kdc ;;
    krb5-admin-server) PATH=$PATH:/usr/sbin command -v kadmin.local ;;
    krb5-user) command -v kinit ;;
    squid) PATH=$PATH:/usr/sbin command -v squid ;;
    libhiredis-dev) pkg-config --exists hiredis ;;
    gcc-multilib) echo 'int main (void) { return 0; }' | cc -m32 -x c - -o /dev/null 2>&1 ;;
    libboost-dev | libboost-coroutine-dev | libssl-dev) [ -n "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep '^installed')" ] ;;
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
