#!/usr/bin/env python3
"""Compares what the library exports with tests/symbols-*.txt and our own headers: nothing missing, nothing foreign.

usage: exports.py LIBRARY
"""

import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
OWN_HEADERS = {"bisque.h": r"\b(bisque_\w+) \(", "websocket.h": r"\b(WebSocket\w+)\s*\("}


def listed_names():
    """libsoup's names that are done, from the lists, and our own, from their headers."""
    names = set()
    for path in sorted(TESTS.glob("symbols-*.txt")):
        names.update(line for line in path.read_text().split() if not line.startswith("#"))
    for header, pattern in OWN_HEADERS.items():
        path = TESTS.parent / "include" / header
        if path.exists():
            code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
            names.update(re.findall(pattern, code))
    return names


def main():
    library = sys.argv[1]
    listed = listed_names()
    dump = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in dump.splitlines()}
    missing = sorted(listed - exported)
    foreign = sorted(exported - listed)
    for name in missing:
        print(f"missing: {name}")
    for name in foreign:
        print(f"foreign: {name}")
    print(f"{len(listed & exported)} of {len(listed)} listed names exported, {len(foreign)} others")
    sys.exit(bool(missing or foreign))


if __name__ == "__main__":
    main()
