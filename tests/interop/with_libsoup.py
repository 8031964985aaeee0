#!/usr/bin/env python3
"""Interoperation with the system's libsoup, in processes of its own: the same C programs, linked with it."""

from both_roles import PROGRAMS, run

if __name__ == "__main__":
    if not (PROGRAMS / "oracle-client").exists():
        print("1..0 # SKIP no libsoup-3.0 to build the oracle programs with")
    else:
        run(
            "libsoup",
            lambda *options: [PROGRAMS / "oracle-echo-server", *options],
            lambda url, *options: [PROGRAMS / "oracle-client", url, "--no-fragments", *options],
            fragments=False,
        )
