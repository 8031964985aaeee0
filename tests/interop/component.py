#!/usr/bin/env python3
"""The component and foreign peers: Python's websockets and Node's ws against its echo server, its examples against theirs,
and the Autobahn suite with small and large buffers in both roles. component.py [--fast | --full]"""

import argparse
import os
import subprocess
import sys

import node
import with_python
from support import BUILD, HERE, ROOT, Process, Results

PYTHON_CLIENT = """
import asyncio, sys, websockets
async def main(url):
    for compression in ("deflate", None):
        async with websockets.connect(url, compression=compression, max_size=None, ping_interval=None) as peer:
            for message in ["hello", "", "\\u00e9\\u4e16\\U0001f600" * 3000, b"", bytes(range(256)) * 256, b"x" * 1048576]:
                await peer.send(message)
                assert await peer.recv() == message, len(message)
            await peer.send(["frag", "", "ments"])
            assert await peer.recv() == "fragments"
            await (await peer.ping(b"are you there"))
            await peer.close(4001, "that is all")
        assert peer.close_code == 4001, peer.close_code
    print("fine")
asyncio.run(main(sys.argv[1]))
"""

PYTHON_SERVER = """
import asyncio, sys, websockets
async def echo(peer):
    try:
        async for message in peer:
            await peer.ping()
            await peer.send(message)
    except websockets.ConnectionClosed:
        pass  # however the other side goes
async def main():
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"""

NODE_CLIENT = """
const WebSocket = require("ws"), assert = require("assert");
const messages = ["hello", "", "\\u00e9\\u4e16".repeat(30000), Buffer.alloc(65536, 7), Buffer.alloc(1048576, 8)];
const peer = new WebSocket(process.argv.at(-1));
let at = 0;
peer.on("open", () => peer.ping("alive"));
peer.on("pong", (data) => { assert.equal(String(data), "alive"); peer.send(messages[0]); });
peer.on("message", (data, binary) => {
  assert.equal(binary, typeof messages[at] != "string");
  assert(Buffer.from(messages[at]).equals(data));
  if (++at < messages.length) peer.send(messages[at]); else peer.close(1000, "done");
});
peer.on("close", (code) => { assert.equal(code, 1000); assert.equal(at, messages.length); console.log("fine"); });
"""

NODE_SERVER = """
const WebSocket = require("ws");
const server = new WebSocket.Server({ host: "127.0.0.1", port: 0, perMessageDeflate: true }, () =>
  console.log(server.address().port));
server.on("connection", (peer) => peer.on("message", (data, binary) => { peer.ping(); peer.send(data, { binary }); }));
process.stdin.resume().on("end", () => process.exit());
"""


def run(command, **options):
    """The exit status and output of a client."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          **options)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def name_of(program):
    """Which of the examples it is."""
    return next(os.path.basename(str(word)) for word in program if "component-" in str(word))


def echo_server(results, clients):
    """Foreign clients, with small and large buffers on our side."""
    for size in ("256", "65536"):
        for name, command in clients:
            with Process([BUILD / "tests/interop/component-echo-server", size]) as server:
                status, said = run([*command, server.line(containing="ws://")])
                results.check((status, said) == (0, "fine"), f"{name} and the echo server, buffers of {size}", said)


def examples(results, servers):
    """Our examples as clients of foreign servers."""
    folder = BUILD / "c-examples"
    library = {"WEBSOCKET_COMPONENT": str(BUILD / "libwebsocket-component.so.0")}
    for name, command in servers:
        with Process(command) as server:
            port = server.line()
            programs = [
                ([folder / "component-client", "127.0.0.1", port, "/", "h\u00e9llo"], "h\u00e9llo\nclosed: 1000"),
                ([folder / "component-threads", "127.0.0.1", port, "500"], "500 sent, 500 echoed"),
                ([sys.executable, ROOT / "c-examples/component-client.py", f"ws://127.0.0.1:{port}/", "h\u00e9llo"],
                 "h\u00e9llo"),
            ]
            for program, wanted in programs:
                got = run(program, env=os.environ | library)
                results.check(got == (0, wanted), f"{name_of(program)} and {name}",
                              str(got))


def autobahn(results, full):
    """The suite; its runner counts each case."""
    programs = BUILD / "tests" / "interop"
    for server, client in (("256", "65536"), ("65536", "256")):
        command = [sys.executable, HERE / "autobahn.py", "--name", f"component-{server}",
                   "--server", f"{programs}/component-echo-server {server}",
                   "--client", f"{programs}/component-autobahn-client {client}"] + ([] if full else ["--fast"])
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace").strip()
        skipped = said.startswith("1..0 # SKIP")
        results.check(skipped or done.returncode == 0, f"Autobahn, server {server} and client {client} bytes", said)
        print(said.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="Autobahn without 12.* and 13.*: the default")
    parser.add_argument("--full", action="store_true", help="all of Autobahn")
    options = parser.parse_args()
    results = Results()
    python = with_python.install()
    clients = [("Python's websockets", [python, "-c", PYTHON_CLIENT])]
    servers = [("Python's websockets", [python, "-c", PYTHON_SERVER])]
    if node.install():
        clients.append(("Node's ws", ["node", "-e", NODE_CLIENT, "--"]))
        servers.append(("Node's ws", ["node", "-e", NODE_SERVER]))
    echo_server(results, clients)
    examples(results, servers)
    autobahn(results, options.full)
    results.finish()


if __name__ == "__main__":
    main()
