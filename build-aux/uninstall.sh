#!/bin/sh
# Removes every file that `make install` puts there, and the folders that are empty then and are Bisque's alone.
# usage: uninstall.sh BUILD-DIRECTORY DESTDIR [--prefix=PREFIX] [--libdir=LIBDIR]
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
build=$1 destdir=$2
shift 2
if ! [ -e "$build/build.ninja" ]; then
  echo "$build knows of no installation: it is configured by 'make'." >&2
  exit 1
fi
"$(dirname "$0")/places.sh" "$build" "$@"
{ meson introspect "$build" --installed; echo
  meson introspect "$build" --buildoptions; } | python3 -c '
import json, os, sys

decoder, text = json.JSONDecoder(), sys.stdin.read().strip()
parts = []
while text:
    part, end = decoder.raw_decode(text)
    parts.append(part)
    text = text[end:].strip()
installed, options = parts
options = {option["name"]: option["value"] for option in options}
names = set()
for source, name in installed.items():  # of a folder meson names the folder alone
    if os.path.isdir(source):
        for root, _, files in os.walk(source):
            names |= {os.path.normpath(os.path.join(name, os.path.relpath(os.path.join(root, file), source))) for file in files}
    else:
        names.add(name)
for name in list(names):  # a library comes with the links to it
    if ".so." in name:
        stem, _, version = name.partition(".so.")
        names |= {stem + ".so", stem + ".so." + version.partition(".")[0]}
prefix = sys.argv[1] + options["prefix"]
removed, folders = 0, set()
for name in names:
    name = sys.argv[1] + name
    if os.path.lexists(name):
        os.remove(name)
        removed += 1
    folders.add(os.path.dirname(name))
for folder in sorted(folders, key=len, reverse=True):
    while "/bisque" in folder[len(prefix):] and os.path.isdir(folder) and not os.listdir(folder):
        os.rmdir(folder)
        folder = os.path.dirname(folder)
print(f"{removed} files removed.")
' "$destdir"
