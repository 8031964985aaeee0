#!/usr/bin/env python3
"""Compares what the scripted peers saw and heard of Bisque's stream and of Beast's: differential.py OURS THEIRS

Prints TAP, a test for each script. The differences that are known, and why, stand below and in docs/cpp.md; one that is not
met any more is a failure, too."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# Where a line may differ: what its name matches, what ours has, what Beast's has, and why.
KNOWN = [
    (r"cut at", r"violation", r"End of file", "a fault in a header's first two bytes is seen there, not when the header is whole"),
    (r"(UTF-8|overlong|surrogate|10ffff|ends in a character).*closing", r"violation 30", r"End of file",
     "text is checked until the connection is closed, also behind our close"),
    (r"close of 5000", r"violation 31", r"closed 5000|ok", "codes from 5000 on are not defined (RFC 6455, section 7.4.2)"),
    (r"handshake not found", r" no \|", r"20  \|", "the body of a refusal is kept"),
]


def run(program):
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280)
    lines = done.stdout.decode(errors="replace").splitlines()
    return done.returncode, dict(line.split(":", 1) if ":" in line else (line, "") for line in lines)


def main():
    with ThreadPoolExecutor() as pool:
        (our_status, ours), (their_status, theirs) = pool.map(run, sys.argv[1:3])
    tests, met = {}, set()
    for name in dict.fromkeys([*ours, *theirs]):
        our, their = ours.get(name), theirs.get(name)
        good = our == their
        if not good:
            for at, (pattern, ours_only, theirs_only, _) in enumerate(KNOWN):
                if (re.search(pattern, name) and our is not None and their is not None and re.search(ours_only, our)
                        and re.search(theirs_only, their)):
                    good = True
                    met.add(at)
        tests.setdefault(name.split(",")[0], []).append((good, name, our, their))
    results = [("both programs end", our_status == 0 and their_status == 0, f"{our_status} {their_status}")]
    results += [(f"known difference: {KNOWN[at][3]}", at in met, "not met") for at in range(len(KNOWN))]
    for script, lines in tests.items():
        bad = [f"{name}\n  ours:  {our}\n  Beast: {their}" for good, name, our, their in lines if not good]
        results.append((script, not bad, "\n".join(bad)))
    print(f"1..{len(results)}")
    for number, (name, good, why) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} {name}")
        if not good:
            print("# " + why.replace("\n", "\n# "))
    sys.exit(not all(good for _, good, _ in results))


if __name__ == "__main__":
    main()
