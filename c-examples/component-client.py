#!/usr/bin/env python3
"""A WebSocket client in Python, with the protocol from <websocket.h> by ctypes and the bytes from asyncio.

    component-client.py ws://127.0.0.1:8080/path "Hello"
    component-client.py wss://example.org/path "Hello"

The component does no I/O, so it fits any event loop: a reader and a writer are all that it needs. WEBSOCKET_COMPONENT
names the library, if it is not where the system looks for libraries.
"""

import asyncio
import ctypes
import os
import sys
import urllib.parse
from ctypes import POINTER, byref, c_char_p, c_int32, c_uint16, c_uint32, c_void_p

TEXT, CLOSE = 0x80000000, 0x80000004
MESSAGES, FRAGMENTS = (0x80000000, 0x80000002), (0x80000001, 0x80000003)
NO_ACTION, SEND, SEND_COMPLETE, RECEIVE, RECEIVE_COMPLETE = range(5)
ALL_QUEUES = 3


class Header(ctypes.Structure):
    _fields_ = [("name", c_void_p), ("name_length", c_uint32), ("value", c_void_p), ("value_length", c_uint32)]

    def text(self):
        return ctypes.string_at(self.name, self.name_length) + b": " + ctypes.string_at(self.value, self.value_length)


class CloseStatus(ctypes.Structure):
    _fields_ = [("reason", c_void_p), ("length", c_uint32), ("status", c_uint16)]


class Data(ctypes.Structure):
    _fields_ = [("address", c_void_p), ("length", c_uint32)]


class Buffer(ctypes.Union):
    _fields_ = [("data", Data), ("close", CloseStatus)]


def load():
    library = ctypes.CDLL(os.environ.get("WEBSOCKET_COMPONENT", "libwebsocket-component.so.0"))
    out = POINTER(c_void_p)
    for name, result, *arguments in [
        ("CreateClientHandle", c_int32, c_void_p, c_uint32, out),
        ("BeginClientHandshake", c_int32, c_void_p, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_uint32,
         POINTER(POINTER(Header)), POINTER(c_uint32)),
        ("EndClientHandshake", c_int32, c_void_p, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p),
        ("Send", c_int32, c_void_p, c_uint32, c_void_p, c_void_p),
        ("Receive", c_int32, c_void_p, c_void_p, c_void_p),
        ("GetAction", c_int32, c_void_p, c_uint32, c_void_p, POINTER(c_uint32), POINTER(c_uint32), POINTER(c_uint32),
         out, out),
        ("CompleteAction", None, c_void_p, c_void_p, c_uint32),
        ("AbortHandle", None, c_void_p),
        ("DeleteHandle", None, c_void_p),
    ]:
        function = getattr(library, "WebSocket" + name)
        function.restype, function.argtypes = result, arguments
        if result is not None:
            function.errcheck = check
    return library


def check(result, function, _arguments):
    if result < 0:
        raise ConnectionError(f"{function.__name__}: 0x{result & 0xFFFFFFFF:08x}")
    return result


class Client:
    """One connection. `messages()` gives what comes; `send()` and `close()` may be called in between."""

    def __init__(self):
        self.library, self.handle, self.kept = load(), c_void_p(), []
        self.library.WebSocketCreateClientHandle(None, 0, byref(self.handle))

    async def connect(self, url):
        parts = urllib.parse.urlsplit(url)
        secure = {"ws": None, "wss": True}[parts.scheme]
        self.reader, self.writer = await asyncio.open_connection(
            parts.hostname, parts.port or (443 if secure else 80), ssl=secure)
        headers, count = POINTER(Header)(), c_uint32()
        offers = (c_char_p * 1)(b"permessage-deflate")
        self.library.WebSocketBeginClientHandshake(
            self.handle, None, 0, offers, 1, None, 0, byref(headers), byref(count))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"GET {target} HTTP/1.1".encode(), f"Host: {parts.netloc}".encode()]
        lines += [headers[i].text() for i in range(count.value)]
        self.writer.write(b"\r\n".join(lines) + b"\r\n\r\n")

        status, *fields = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        if " 101 " not in status + " ":
            raise ConnectionError(status)
        array = (Header * len(fields))()
        for header, field in zip(array, fields):
            name, value = (ctypes.create_string_buffer(part.strip().encode("latin-1")) for part in field.split(":", 1))
            self.kept += [name, value]
            header.name, header.name_length = ctypes.addressof(name), len(name) - 1
            header.value, header.value_length = ctypes.addressof(value), len(value) - 1
        self.library.WebSocketEndClientHandshake(self.handle, array, len(fields), None, None, None)
        self.kept.clear()

    def send(self, text):
        """Queues a message; it leaves in `messages()`."""
        payload = ctypes.create_string_buffer(text.encode())
        self.kept.append(payload)  # ours until the send is complete
        buffer = Buffer(data=Data(ctypes.addressof(payload), len(payload) - 1))
        self.library.WebSocketSend(self.handle, TEXT, byref(buffer), None)

    def close(self, status=1000):
        buffer = Buffer(close=CloseStatus(None, 0, status))
        self.library.WebSocketSend(self.handle, CLOSE, byref(buffer), None)
        self.kept.append(None)

    async def messages(self):
        """Pumps; gives each message, and ends with the connection."""
        message = b""
        self.library.WebSocketReceive(self.handle, None, None)
        while True:
            buffers, count = (Buffer * 2)(), c_uint32(2)
            action, kind, context, token = c_uint32(), c_uint32(), c_void_p(), c_void_p()
            self.library.WebSocketGetAction(self.handle, ALL_QUEUES, buffers, byref(count), byref(action), byref(kind),
                                            byref(context), byref(token))
            data, done, whole = buffers[0].data, 0, None
            if action.value == NO_ACTION:
                return
            if action.value == SEND:
                for buffer in buffers[: count.value]:
                    self.writer.write(ctypes.string_at(buffer.data.address, buffer.data.length))
                    done += buffer.data.length
                await self.writer.drain()
            elif action.value == SEND_COMPLETE:
                self.kept.pop(0)
            elif action.value == RECEIVE:
                came = await self.reader.read(data.length)
                ctypes.memmove(data.address, came, len(came))
                done = len(came)
            elif action.value == RECEIVE_COMPLETE:
                if kind.value not in MESSAGES + FRAGMENTS + (0x80000005, 0x80000006):
                    return  # closed, or cancelled
                if kind.value in MESSAGES + FRAGMENTS:
                    message += ctypes.string_at(data.address, data.length)
                if kind.value in MESSAGES:
                    whole, message = message, b""
            self.library.WebSocketCompleteAction(self.handle, token, done)
            if whole is not None:
                yield whole.decode()
            if action.value == RECEIVE_COMPLETE:
                self.library.WebSocketReceive(self.handle, None, None)

    def __del__(self):
        self.library.WebSocketAbortHandle(self.handle)
        self.library.WebSocketDeleteHandle(self.handle)


async def main(url, text):
    client = Client()
    await client.connect(url)
    client.send(text)
    async for message in client.messages():
        print(message)
        client.close()
    client.writer.close()


if __name__ == "__main__":
    usage = f"usage: {sys.argv[0]} ws://HOST[:PORT]/PATH MESSAGE    (or wss://, for TLS)"
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(usage)
        sys.exit(0)
    scheme = urllib.parse.urlsplit(sys.argv[1]).scheme if len(sys.argv) == 3 else ""
    if scheme not in ("ws", "wss"):
        print(usage, file=sys.stderr)
        sys.exit(2)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (OSError, asyncio.IncompleteReadError) as error:
        sys.exit(f"{sys.argv[0]}: {error}")
