#!/usr/bin/env python3
"""Interoperation with Node's ws."""

import node
from both_roles import run
from support import HERE

if __name__ == "__main__":
    peer = HERE / "peers/node_peer.js"
    if not node.install():
        print("1..0 # SKIP no Node.js with npm")
    else:
        run(
            "ws",
            lambda *options: ["node", peer, "serve", *options],
            lambda url, *options: ["node", peer, "visit", url, *options],
        )
