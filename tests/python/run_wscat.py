#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Uses wscat as in a shell, in pipes and on a terminal: run_wscat.py BUILD-DIRECTORY [PREFIX] (oracle- for libsoup's)."""

import base64
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import run_examples
from run_examples import PATIENCE, Program

WSCAT = ""


def wscat(*arguments, send="", **options):
    """Runs it to its end: status, output, what was said."""
    done = subprocess.run([WSCAT, *arguments], input=send if isinstance(send, bytes) else send.encode(), capture_output=True,
                          timeout=PATIENCE, env=os.environ | {"LC_ALL": "C.UTF-8"}, **options)
    return done.returncode, done.stdout, done.stderr.decode()


class Wscat(Program):
    """wscat as a server, whose first line says where it listens."""

    def __init__(self, *arguments):
        super().__init__(WSCAT, *arguments)


class Listener:
    """A server that reads one request, and gives the answer of the test."""

    def __init__(self, answer):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.answer, self.request = answer, b""
        self.uri = "ws://127.0.0.1:%d/" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        guest, _ = self.socket.accept()
        with guest:
            while not self.request.endswith(b"\r\n\r\n"):
                self.request += guest.recv(65536)
            guest.sendall(self.answer)

    def end(self):
        self.thread.join(PATIENCE)
        self.socket.close()
        return self.request.decode()


class Terminal:
    """wscat on a pseudo-terminal."""

    def __init__(self, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(WSCAT, [WSCAT, *arguments], os.environ | {"LC_ALL": "C.UTF-8", "TERM": "xterm"})
        self.seen = b""

    def until(self, words):
        deadline = time.monotonic() + PATIENCE
        while words.encode() not in self.seen:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{words!r} does not come: {self.seen!r}")
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                raise AssertionError(f"ended before {words!r}: {self.seen!r}") from None
        before, _, self.seen = self.seen.partition(words.encode())
        return before.decode(errors="replace")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self):
        while True:
            try:
                if not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Pipes(unittest.TestCase):
    def setUp(self):
        self.server = Program("echo-server", "0")
        self.addCleanup(self.server.__exit__)
        self.uri = self.server.uri()

    def test_messages_alone_are_the_output(self):
        status, output, said = wscat(self.uri, send="one\nzwei ß\n\nlast without an end")
        self.assertEqual((status, output.decode()), (0, "one\nzwei ß\n\nlast without an end\n"))
        self.assertEqual(said, "connected\nclosed: 1000\n")

    def test_execute(self):
        self.assertEqual(wscat("-x", "question", self.uri)[:2], (0, b"question\n"))
        self.assertEqual(wscat("-x", "a", "-x", "b", self.uri, send="not read")[:2], (0, b"a\nb\n"))

    def test_execute_waits_as_long_as_it_is_told(self):
        with Wscat("-l", "0") as silent:
            status, output, said = wscat("-x", "question", "-w", "1", silent.uri())
        self.assertEqual((status, output), (1, b""))
        self.assertIn("0 of 1 messages have come", said)

    def test_bytes(self):
        data = bytes(range(32, 256))
        status, output, said = wscat(self.uri, send=b"good\n" + data + b"\nmore\n")
        self.assertEqual((status, output), (1, b"good\nmore\n"))
        self.assertIn("not sent: the line is not UTF-8 (byte 0x80 at 96); --binary", said)
        self.assertEqual(wscat("--binary", self.uri, send=data + b"\n")[:2], (0, data))
        self.assertEqual(wscat(self.uri, send=b"a\0b\n")[:2], (0, b"a\0b\n"))

    def test_a_binary_message_is_no_text(self):
        with Wscat("-b", "-l", "0", "-x", "\1\2") as server:
            status, output, said = wscat("-x", "hello", self.uri)
            self.assertEqual(status, 0)
            status, output, said = wscat("-x", "hello", server.uri())
        self.assertEqual((status, output), (0, b""))
        self.assertIn("a binary message of 2 bytes (--binary prints them)", said)

    def test_more_than_may_be_underway(self):
        lines = b"".join(b"%06d %s\n" % (i, b"x" * 1000) for i in range(20000))
        status, output, _ = wscat(self.uri, send=lines)
        self.assertEqual((status, output == lines), (0, True))

    def test_no_standard_input(self):
        done = subprocess.run(f"exec {WSCAT} {self.uri} <&-", shell=True, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, "connected\nclosed: 1000\n"))

    def test_control_c(self):
        process = subprocess.Popen([WSCAT, self.uri], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stderr.readline(), "connected\n")
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertTrue(self.server.line().startswith("open"))
        self.assertEqual(self.server.line(), "closed: 1001")
        process.stdin.close()
        process.stderr.close()

    def test_nobody_reads_the_output(self):
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.Popen([WSCAT, self.uri], stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.server.line()
        self.assertEqual(self.server.line(), "closed: 1001")
        process.stdin.close()
        process.stderr.close()

    def test_ping(self):
        process = subprocess.Popen([WSCAT, "--ping", "1", self.uri], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stderr.readline(), "connected\n")
        self.assertRegex(process.stderr.readline(), r"^pong after \d+\.\d s$")
        _, rest = process.communicate(timeout=PATIENCE)
        self.assertTrue(rest.endswith("closed: 1000\n"))

    def test_a_server_that_dies(self):
        process = subprocess.Popen([WSCAT, self.uri], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stderr.readline(), "connected\n")
        self.server.process.kill()
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(process.stderr.read(), "closed: ")
        process.stdin.close()
        process.stderr.close()

    def test_subprotocols(self):
        with Wscat("-l", "0", "-s", "one", "-s", "two", "-x", "hi") as server:
            status, output, said = wscat("-s", "two", "-x", "there", server.uri())
        self.assertEqual((status, output), (0, b"hi\n"))
        self.assertIn("connected, subprotocol two\n", said)


class Others(unittest.TestCase):
    def test_headers(self):
        server = Listener(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        status, _, said = wscat("-H", "X-One: 1", "-H", "X-Two:2", "--auth", "me:secret", "-o", "http://here", server.uri)
        request = server.end()
        self.assertEqual(status, 1)
        self.assertIn("403 Forbidden", said)
        for line in ("X-One: 1", "X-Two: 2", "Origin: http://here",
                     "Authorization: Basic " + base64.b64encode(b"me:secret").decode()):
            self.assertIn(line + "\r\n", request)

    def test_wrong_arguments(self):
        for arguments in ([], ["--nonsense"], ["a", "b"], ["ftp://host/"], ["nonsense"], ["-H", "no colon", "ws://127.0.0.1/"],
                          ["--listen", "99999"], ["--ping", "-1", "ws://127.0.0.1/"]):
            with self.subTest(arguments=arguments):
                status, output, said = wscat(*arguments)
                self.assertEqual((status, output), (2, b""))
                self.assertTrue(said)
        status, output, _ = wscat("--help")
        self.assertEqual(status, 0)
        for option in ("--header", "--subprotocol", "--insecure", "--auth", "--binary", "--execute", "--listen", "--ping", "--version"):
            self.assertIn(option, output.decode())
        self.assertRegex(wscat("--version")[1].decode(), r"^wscat \d+\.\d+\.\d+, on libsoup's interface 3\.")

    def test_nobody_listens(self):
        status, output, said = wscat("ws://127.0.0.1:%d/" % run_examples.free_port())
        self.assertEqual((status, output), (1, b""))
        self.assertTrue(said.startswith("cannot connect: "))

    def test_two_talk_to_each_other(self):
        server = subprocess.Popen([WSCAT, "--listen", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        uri = re.search(r"ws://\S+", server.stderr.readline())[0]
        client = subprocess.Popen([WSCAT, uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(client.stderr.readline(), "connected\n")
        self.assertIn("connected: ", server.stderr.readline())
        for one, other in ((client, server), (server, client)):
            one.stdin.write("hello\n")
            one.stdin.flush()
            self.assertEqual(other.stdout.readline(), "hello\n")
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE)
        self.assertEqual((server.returncode, said), (130, "closed: 1001\n"))
        _, said = client.communicate(timeout=PATIENCE)
        self.assertEqual((client.returncode, said), (1, "closed: 1001\n"))


class OnATerminal(unittest.TestCase):
    def test_a_line_survives_a_message(self):
        server = Terminal("--listen", "0", "-x", "welcome \033]0;title\7")
        server.until("listening on ")
        client = Terminal(server.until("/\033") + "/")
        client.until("welcome \\x1b]0;title\\x07")
        client.type("half a li")
        client.until("half a li")
        server.type("now\r")
        client.until("< now")
        client.until("> half a li")  # the line is there again
        client.type("x\x7fne ä\x7fö\r")
        server.until("< half a line ö")
        client.type("\4")  # Ctrl-D
        self.assertEqual(client.end(), 0)
        server.type("\3")  # Ctrl-C
        self.assertEqual(server.end(), 130)


if __name__ == "__main__":
    build = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1 and sys.argv[1].endswith("-"):
        run_examples.PREFIX = sys.argv.pop(1)
    run_examples.DIRECTORY = os.path.join(build, "c-examples")
    WSCAT = os.path.join(build, "tools", run_examples.PREFIX + "wscat")
    unittest.main(verbosity=1)
