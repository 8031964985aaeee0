#!/usr/bin/env python3
"""Interoperation with Python's websockets, which is installed below the build folder."""

import sys

from both_roles import run
from support import BUILD, HERE, call, run_once

WANTED = "websockets>=15,<18"


def install():
    folder = BUILD / "interop" / "venv"

    def by_pip():
        call([sys.executable, "-m", "venv", "--clear", folder])
        call([folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", WANTED])

    run_once(BUILD / "interop" / "venv-installed", WANTED, by_pip)
    return folder / "bin/python"


if __name__ == "__main__":
    python, peer = install(), HERE / "peers/python_peer.py"
    run(
        "websockets",
        lambda *options: [python, peer, "serve", *options],
        lambda url, *options: [python, peer, "visit", url, *options],
        tls=True,
    )
