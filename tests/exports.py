#!/usr/bin/env python3
"""Compares what the library exports with tests/symbols-*.txt: nothing missing, nothing foreign. exports.py LIBRARY"""

import re
import subprocess
import sys
from pathlib import Path

OWN = re.compile(r"^(bisque_\w+|WebSocket\w+)$")


def names(path):
    return {line for line in path.read_text().split() if not line.startswith("#")}


def main():
    library = sys.argv[1]
    listed = set().union(*(names(path) for path in sorted(Path(__file__).parent.glob("symbols-*.txt"))))
    dump = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in dump.splitlines()}
    missing = sorted(listed - exported)
    foreign = sorted(name for name in exported - listed if not OWN.match(name))
    for name in missing:
        print(f"missing: {name}")
    for name in foreign:
        print(f"foreign: {name}")
    print(f"{len(listed & exported)} of {len(listed)} listed names exported, {len(foreign)} others")
    sys.exit(bool(missing or foreign))


if __name__ == "__main__":
    main()
