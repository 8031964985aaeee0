#!/bin/sh
# Puts what is committed into a folder, with the crates that Cargo.lock names: it builds without a network.
# usage: dist-tree.sh FOLDER
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
tree=$(cd "$1" && pwd)
git -C "$source" archive HEAD | tar -x -C "$tree"
cd "$tree"
# The fuzz targets, too, for `make check`. benches/compare is other people's libraries: `make bench` fetches those.
cargo vendor --quiet --locked --sync fuzz/Cargo.toml
mkdir -p .cargo
cat >.cargo/config.toml <<'TOML'
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"
TOML

# Crates for Windows are a third of all: cargo wants to read of them, and never to build them here. The same goes for
# the copies of SQLite that libsqlite3-sys has for those who do not link the system's.
python3 - vendor <<'PYTHON'
import json, pathlib, re, shutil, sys

def empty(crate):
    for path in crate.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in ("Cargo.toml", ".cargo-checksum.json") and not re.match("(?i)licen[cs]e|copying", path.name):
            path.unlink()
    (crate / "src").mkdir()
    for name in ("src/lib.rs", "build.rs"):
        (crate / name).touch()

for crate in pathlib.Path(sys.argv[1]).iterdir():
    if re.match(r"(windows|winapi)([-_]|$)", crate.name):
        empty(crate)
    elif crate.name.startswith("libsqlite3-sys"):
        for copy in ("sqlite3", "sqlcipher"):
            shutil.rmtree(crate / copy, ignore_errors=True)
    else:
        continue
    checksum = crate / ".cargo-checksum.json"
    said = json.loads(checksum.read_text())
    said["files"] = {name: sum for name, sum in said["files"].items() if (crate / name).exists() and (crate / name).stat().st_size}
    checksum.write_text(json.dumps(said))
PYTHON
