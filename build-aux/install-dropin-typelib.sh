#!/bin/sh
# Installs the typelib that names libsoup-3.0.so.0 under libsoup's own file name.
# usage: install-dropin-typelib.sh FILE DIRECTORY
set -e
directory=$MESON_INSTALL_DESTDIR_PREFIX/$2
mkdir -p "$directory"
cp "$1" "$directory/Soup-3.0.typelib"
