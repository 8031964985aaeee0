#!/usr/bin/env python3
"""The echo programs, Bisque's and Beast's, talking across: crossing.py [--every] FOLDER-OF-PROGRAMS LIBRARY...

Every server in every style and transport that it has serves clients of every library and style; prints TAP. With --every no
server was built with FEWER_STYLES, which is what `make check-cpp` does."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))
from support import ROOT, Process  # noqa: E402

STYLES = ("sync", "async", "awaitable")
TRANSPORTS = ("tcp", "tls", "unix")
# What echo-server-beast has not where it is built with FEWER_STYLES: each of these costs ten seconds of compiling, and the bytes are the same.
NOT_BUILT = {("beast", "async", "tcp"), ("beast", "async", "unix"), ("beast", "awaitable", "tls"), ("beast", "awaitable", "unix")}


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--every"]
    left_out = set() if "--every" in sys.argv else NOT_BUILT
    folder, libraries = Path(arguments[0]), arguments[1:]
    certificates = ROOT / "tests/tls"
    results = []
    for library in libraries:
        for transport in TRANSPORTS:
            for style in STYLES:
                if (library, style, transport) in left_out:
                    continue
                with Process([folder / f"echo-server-{library}", style, transport, certificates]) as server:
                    where = server.line()
                    for other in libraries:
                        for client_style in STYLES:
                            # Of two Beasts one meeting is enough.
                            if library == other == "beast" and style != client_style:
                                continue
                            command = [folder / f"echo-client-{other}", client_style, transport, where, certificates]
                            said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
                            good = said.returncode == 0 and said.stdout.strip() == b"fine"
                            name = f"{other} {client_style} to {library} {style} over {transport}"
                            results.append(good)
                            print(f"{'ok' if good else 'not ok'} {len(results)} {name}", flush=True)
                            if not good:
                                print("# " + said.stdout.decode(errors="replace").replace("\n", "\n# "))
                if transport == "unix" and os.path.exists(where):
                    os.unlink(where)
    print(f"1..{len(results)}")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
