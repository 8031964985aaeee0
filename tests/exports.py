#!/usr/bin/env python3
"""Compares what a library exports with tests/symbols-*.txt and our own headers: nothing missing, nothing foreign.

usage: exports.py LIBRARY

The component exports the names of websocket.h alone, and may need nothing but libc.
"""

import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent


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


def main():
    library = sys.argv[1]
    listed = from_header("websocket.h", r"\b(WebSocket\w+)\s*\(")
    strangers = []
    if "websocket-component" in library:
        needed = re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", library))
        strangers = [name for name in needed if not re.match(r"(libc|ld-linux.*)\.so", name)]
    else:
        listed |= from_lists() | from_header("bisque.h", r"\b(bisque_\w+) \(")
    exported = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", library).splitlines()}
    for word, names in (("missing", listed - exported), ("foreign", exported - listed), ("needed", strangers)):
        for name in sorted(names):
            print(f"{word}: {name}")
    print(f"{len(listed & exported)} of {len(listed)} listed names exported, {len(exported - listed)} others")
    sys.exit(listed != exported or bool(strangers))


if __name__ == "__main__":
    main()
