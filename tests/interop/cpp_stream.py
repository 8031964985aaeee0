#!/usr/bin/env python3
"""The Autobahn suite against the C++ stream, both roles, with deflate. cpp_stream.py [--fast | --full]

--full also runs the suite against Boost.Beast's stream, by the same program, and prints its figures beside ours."""

import argparse
import subprocess
import sys

from support import BUILD, HERE


def run(library, *options):
    program = BUILD / "tests/cpp" / f"autobahn-{library}"
    command = [sys.executable, HERE / "autobahn.py", "--name", f"cpp-{library}", "--server", f"{program} server",
               "--client", f"{program} client", *options]
    return subprocess.run([str(word) for word in command]).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="Autobahn without 12.* and 13.*: the default")
    parser.add_argument("--full", action="store_true", help="all of Autobahn, and Beast beside it")
    options = parser.parse_args()
    if not (BUILD / "tests/cpp/autobahn-bisque").exists():
        print("1..0 # SKIP the C++ tests were not built, which want Boost")
        return 0
    if options.full:
        subprocess.run(["ninja", "-C", str(BUILD), "tests/cpp/autobahn-beast"], check=True, stdout=subprocess.DEVNULL)
        print("Boost.Beast:", flush=True)
        run("beast", "--report-only")
        print("Bisque:", flush=True)
    return run("bisque", *([] if options.full else ["--fast"]))


if __name__ == "__main__":
    sys.exit(main())
