#!/bin/sh
# Builds Debian packages from what is committed: build-deb.sh BUILD-DIRECTORY. They are left in BUILD-DIRECTORY/deb.
# DEB_PROFILE=dev builds the library quicker, for a try. Lintian looks at the result.
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
mkdir -p "$1"
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build" | head -1)
place=$build/deb tree=$build/deb/bisque-$version
rm -rf "$place"
"$source/build-aux/dist-tree.sh" "$tree"
cp -r "$tree/packaging/debian" "$tree/debian"
# Who builds the packages answers for them: the name and the address are those of dch, or of git.
maintainer="${DEBFULLNAME:-$(git -C "$source" config user.name)} <${DEBEMAIL:-$(git -C "$source" config user.email)}>"
sed -i "s|@MAINTAINER@|$maintainer|" "$tree/debian/control" "$tree/debian/changelog"
# The lists that the tests compare the libraries with; dpkg-gensymbols fails for a name more or less.
python3 - "$source/tests" "$version" >"$tree/debian/libbisque-3.0-0.symbols" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from exports import from_header, from_lists
component = from_header("websocket.h", r"\b(WebSocket\w+)\s*\(")
own = from_lists() | from_header("bisque.h", r"\b(bisque_\w+)\s*\(") | component
for library, names in (("libbisque-3.0.so.0", own), ("libwebsocket-component.so.0", component)):
    print(library, "libbisque-3.0-0 #MINVER#")
    print(*(f" {name}@Base {sys.argv[2]}" for name in sorted(names)), sep="\n")
PYTHON
cd "$tree"
# The tar archive of the source is not made: binary packages only.
# debhelper sets another HOME.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
PROFILE=${DEB_PROFILE:-release} dpkg-buildpackage -b -uc -us -d
cd "$place"
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs ./*.changes
ls -l ./*.deb
