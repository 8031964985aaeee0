#!/usr/bin/env python3
"""Runs the programs of cpp-examples as a reader would, and prints TAP: examples.py FOLDER-OF-PROGRAMS"""

import base64
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))
from support import Process  # noqa: E402


class Guest:
    """Just enough of a WebSocket client to be independent of what is tested; its messages are short."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.take(1)
        assert b" 101 " in head, head

    def take(self, size):
        got = b""
        while len(got) < size:
            more = self.socket.recv(size - len(got))
            assert more, "the server has gone"
            got += more
        return got

    def say(self, words, first=0x81):
        self.socket.sendall(struct.pack("BB", first, 0x80 | len(words)) + bytes(4) + words.encode())

    def hear(self):
        first, length = self.take(2)
        assert length < 126
        return first, self.take(length).decode(errors="replace")

    def leave(self):
        self.say("", 0x88)
        assert self.hear()[0] == 0x88
        self.socket.close()


def port_of(server):
    return int(re.search(r":(\d+)/", server.line(containing="ws://")).group(1))


def echo(folder):
    with Process([folder / "cpp-echo-server", "0"]) as server:
        port = port_of(server)
        client = [folder / "cpp-echo-client", "127.0.0.1", str(port), "/", "h\u00e9llo"]
        said = subprocess.run(client, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert (said.returncode, said.stdout.decode()) == (0, "h\u00e9llo\n"), said
        assert server.line() == "closed: 1000"


def declined(folder):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [folder / "cpp-echo-client", "127.0.0.1", str(listener.getsockname()[1]), "/", "x"]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 503 Not now\r\nContent-Length: 0\r\n\r\n")
        said, _ = client.communicate(timeout=60)
        assert client.returncode == 1 and b"the server says 503 Not now" in said, said


def chat(folder):
    with Process([folder / "cpp-chat-server", "0"]) as server:
        port = port_of(server)
        guests = []
        for number in range(4):
            guests.append(Guest(port))
            guests[-1].say(f"hello from {number}")
            for guest in guests:
                assert guest.hear() == (0x81, f"hello from {number}")
        # Many at once, and everybody hears them in one order.
        for number in range(20):
            guests[number % 4].say(f"message {number}")
        heard = [[guest.hear()[1] for _ in range(20)] for guest in guests]
        assert all(one == heard[0] for one in heard) and len(set(heard[0])) == 20, heard
        guests.pop().leave()
        for guest in guests:
            assert guest.hear() == (0x81, "somebody left, 3 here")


def main():
    folder = Path(sys.argv[1])
    tests, failed = [echo, declined, chat], 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test(folder)
            print(f"ok {number} {test.__name__}", flush=True)
        except (AssertionError, OSError, EOFError, TimeoutError, subprocess.TimeoutExpired) as failure:
            failed += 1
            print(f"not ok {number} {test.__name__}\n# {failure!r}", flush=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
