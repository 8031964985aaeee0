#!/usr/bin/env python3
"""Compares what a library exports with tests/symbols-*.txt and our own headers: nothing missing, nothing foreign.

usage: exports.py LIBRARY

The component exports the names of websocket.h alone, and may need nothing but libc. What the system's libsoup exports, where it is
installed, has to be there too: programs that bind at start do not start otherwise.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
LIBSOUP = 482  # what libsoup 3.8 exports


def from_header(name, pattern):
    """The functions that a header of our own declares."""
    code = (TESTS.parent / "include" / name).read_text()
    return set(re.findall(pattern, re.sub(r"/\*.*?\*/", "", code, flags=re.S)))


def from_lists():
    """libsoup's names that are done."""
    lines = (line for path in sorted(TESTS.glob("symbols-*.txt")) for line in path.read_text().split())
    return {line for line in lines if not line.startswith("#")}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported_by(library):
    return {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", library).splitlines()}


def from_system():
    """What the system's libsoup exports; nothing where there is none."""
    if not shutil.which("pkg-config") or subprocess.run(["pkg-config", "--exists", "libsoup-3.0"], check=False).returncode:
        return set()
    library = Path(output("pkg-config", "--variable=libdir", "libsoup-3.0").strip()) / "libsoup-3.0.so"
    return exported_by(library) if library.exists() else set()


def main():
    library = sys.argv[1]
    exported = exported_by(library)
    listed = from_header("websocket.h", r"\b(WebSocket\w+)\s*\(")
    system, strangers = set(), []
    if "websocket-component" in library:
        needed = re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", library))
        strangers = [name for name in needed if not re.match(r"(libc|ld-linux.*)\.so", name)]
    else:
        names, system = from_lists(), from_system()
        listed |= names | from_header("bisque.h", r"\b(bisque_\w+) \(")
        print(f"{len(names & exported)} of {LIBSOUP} names of libsoup 3.8, {len(system & exported)} of {len(system)} of the system's libsoup")
        strangers = [] if len(names) == LIBSOUP else [f"a list of {LIBSOUP} names"]
    missing = (listed | system) - exported
    for word, names in (("missing", missing), ("foreign", exported - listed), ("needed", strangers)):
        for name in sorted(names):
            print(f"{word}: {name}")
    print(f"{len(listed & exported)} of {len(listed)} listed names exported, {len(exported - listed)} others")
    sys.exit(bool(missing or exported - listed or strangers))


if __name__ == "__main__":
    main()
