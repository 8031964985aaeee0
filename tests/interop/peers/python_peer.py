"""The peer on Python's websockets: `python_peer.py serve [--no-deflate] [--tls CERTIFICATE-WITH-KEY]`, or
`python_peer.py visit URL [--no-deflate] [--trust AUTHORITY]`."""

import asyncio
import contextlib
import http
import ssl
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

DEFLATE = None if "--no-deflate" in sys.argv else "deflate"
PROTOCOLS = ["chat", "superchat"]
TLS = None
if "--tls" in sys.argv:
    TLS = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    TLS.load_cert_chain(sys.argv[sys.argv.index("--tls") + 1])
if "--trust" in sys.argv:
    TLS = ssl.create_default_context(cafile=sys.argv[sys.argv.index("--trust") + 1])


async def answer(connection):
    # However the other side goes, is not this one's failure.
    with contextlib.suppress(ConnectionClosed):
        await answer_until_closed(connection)


async def answer_until_closed(connection):
    path = connection.request.path
    async for message in connection:
        if path == "/close":
            code, _, reason = message.partition(" ")
            await connection.close(int(code), reason)
        elif path == "/fragments":
            third = len(message) // 3
            await connection.send([message[:third], message[third : 2 * third], message[2 * third :]])
        else:
            await connection.send(message)


def gate(connection, request):
    if request.path == "/plain":
        return connection.respond(http.HTTPStatus.FORBIDDEN, "no entry\n")


def choose(connection, offered):
    return next((name for name in PROTOCOLS if name in offered), None)


async def be_server():
    async with serve(
        answer, "127.0.0.1", 0, compression=DEFLATE, max_size=None, process_request=gate, select_subprotocol=choose, ssl=TLS
    ) as server:
        print(f"{'wss' if TLS else 'ws'}://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def report(ok, what, why=""):
    print(f"ok {what}" if ok else f"not ok {what}: {why}", flush=True)


async def visit(url):
    messages = {
        "text": "grüß dich 😀", "empty text": "", "empty binary": b"", "binary": bytes(range(256)),
        "64 KiB text": "x" * 65536, "64 KiB binary": bytes(65536), "1 MiB text": "ab" * (1 << 19), "1 MiB binary": b"ab" * (1 << 19),
    }
    async with connect(url, compression=DEFLATE, max_size=None, ssl=TLS) as connection:
        report(bool(connection.protocol.extensions) == bool(DEFLATE), "deflate as asked")
        for name, message in messages.items():
            await connection.send(message)
            back = await connection.recv()
            report(back == message, name, f"{len(back)} back")
        await connection.send(["one ", "two ", "", "three"])
        report(await connection.recv() == "one two three", "fragments")
        await asyncio.wait_for(await connection.ping(b"are you there?"), 5)
        report(True, "ping")
        await connection.close(4001, "that is all")
        report(connection.close_code == 4001, "our close is echoed", connection.close_code)
    async with connect(url + "/close", compression=DEFLATE, ssl=TLS) as connection:
        await connection.send("4321 told so")
        try:
            await connection.recv()
            report(False, "the peer's close", "a message")
        except ConnectionClosed as closed:
            report((closed.rcvd.code, closed.rcvd.reason) == (4321, "told so"), "the peer's close", closed)
    async with connect(url + "/chat", compression=DEFLATE, ssl=TLS, subprotocols=["gossip", "chat"]) as connection:
        report(connection.subprotocol == "chat", "subprotocol", connection.subprotocol)
    try:
        async with connect(url + "/plain", ssl=TLS):
            report(False, "refusal", "accepted")
    except InvalidStatus as refused:
        report(refused.response.status_code == 403, "refusal", refused)


asyncio.run(be_server() if sys.argv[1] == "serve" else asyncio.wait_for(visit(sys.argv[2]), 60))
