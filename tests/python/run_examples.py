#!/usr/bin/env python3
"""Runs each program of c-examples as a reader would: usage: run_examples.py DIRECTORY [PREFIX] (oracle- for libsoup's)."""

import base64
import contextlib
import http.server
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

DIRECTORY, PREFIX = "", ""
PATIENCE = 20


class Program:
    """A running example, whose output is read line by line."""

    def __init__(self, name, *arguments):
        path = name if os.path.isabs(name) else os.path.join(DIRECTORY, PREFIX + name)
        self.process = subprocess.Popen(
            [path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", env=os.environ | {"LC_ALL": "C.UTF-8"},
        )

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def uri(self):
        return re.search(r"\w+://\S+", self.line()).group()

    def say(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def end(self):
        """Closes the program's input and gives its last lines and its status."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        return output, self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def free_port():
    """A port that nobody listens on; somebody may, by the time that it is used."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


class Guest:
    """Just enough of a WebSocket client to be independent of what is tested."""

    def __init__(self, port, path, headers=""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
        )
        self.input = self.socket.makefile("rb")
        self.status = int(self.input.readline().split()[1])
        while self.input.readline() not in (b"\r\n", b""):
            pass

    def say(self, text):
        payload, mask = text.encode(), os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([0x81, 0x80 | len(payload)]) + mask + masked)

    def hear(self):
        first, length = self.input.read(2)
        while first == 0x89:  # a ping; nobody here waits for the pong
            self.input.read(length)
            first, length = self.input.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.input.read(2))
        assert first == 0x81, hex(first)
        return self.input.read(length).decode()

    def close(self):
        self.input.close()
        self.socket.close()


class Examples(unittest.TestCase):
    @unittest.skipUnless("EXPECT_LIBRARY" in os.environ, "any library will do")
    def test_the_library_is_the_one_that_is_meant(self):
        with Program("echo-server", "0") as server:
            server.uri()
            with open(f"/proc/{server.process.pid}/maps") as maps:
                self.assertIn(os.environ["EXPECT_LIBRARY"], maps.read())

    def test_echo_client_with_echo_server(self):
        with Program("echo-server", "0") as server, contextlib.ExitStack() as stack:
            uri = server.uri()
            client = stack.enter_context(Program("echo-client", uri, "hello", "wörld", ""))
            output, status = client.end()
            self.assertEqual(output, "> hello\n< hello\n> wörld\n< wörld\n> \n< \nclosed: 1000 that was all\n")
            self.assertEqual(status, 0)
            self.assertEqual(server.line(), "open: / from 127.0.0.1")
            self.assertEqual(server.line(), "closed: 1000")

    def test_echo_client_says_when_nobody_answers(self):
        with Program("echo-client", f"ws://127.0.0.1:{free_port()}/", "hello") as client:
            output, status = client.end()
            self.assertIn("onnect", output)
            self.assertEqual(status, 1)

    def test_echo_client_says_when_the_argument_is_no_uri(self):
        with Program("echo-client", "nonsense") as client:
            self.assertEqual(client.end(), ("nonsense is not a URI\n", 2))

    def test_usage_and_exit_codes(self):
        """A wrong argument is refused with a word about what is right; asking for help is no failure."""
        wrong = {"echo-server": (["99999"], ["-1"], ["abc"], ["8080", "8081"]), "chat-server": (["99999"], ["-1"], ["abc"]),
                 "echo-client": ([], ["--nonsense"]), "site": ([], ["/nowhere"], ["/", "99999"], ["/", "0", "0"]),
                 "echo-threads": (["abc"], ["0", "0"], ["0", "-1"], ["0", "2", "3"]),
                 "fetcher": ([], ["folder"], ["--nonsense"])}
        wrong |= {} if PREFIX else {"component-client": ([], ["one"]), "component-threads": ([], ["h", "1", "abc"])}
        for name, lists in wrong.items():
            for arguments in lists:
                with self.subTest(name=name, arguments=arguments), Program(name, *arguments) as program:
                    output, status = program.end()
                    self.assertEqual(status, 2, output)
                    self.assertIn("sage", output)
            with self.subTest(name=name), Program(name, "--help") as program:
                output, status = program.end()
                self.assertEqual(status, 0, output)
                self.assertIn("sage", output)

    def test_the_component_in_python_takes_no_other_scheme(self):
        script = os.path.join(os.path.dirname(__file__), "../../c-examples/component-client.py")
        for arguments, status in ((["http://127.0.0.1/", "x"], 2), ([], 2), (["--help"], 0)):
            done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, status)
            self.assertIn("usage:", done.stdout + done.stderr)

    def test_chat_server_serves_its_page(self):
        with Program("chat-server", "0") as server:
            uri = server.uri()
            with urllib.request.urlopen(uri, timeout=PATIENCE) as answer:
                self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
                self.assertTrue(answer.headers["Server"].startswith("chat-server "))
                self.assertIn("new WebSocket", answer.read().decode())
            with self.assertRaises(urllib.error.HTTPError) as missing:
                urllib.request.urlopen(uri + "elsewhere", timeout=PATIENCE)
            self.assertEqual(missing.exception.code, 404)
            missing.exception.close()

    def test_chat_server_tells_everybody(self):
        with Program("chat-server", "0") as server:
            port = int(re.search(r":(\d+)/", server.uri()).group(1))
            first = Guest(port, "/chat")
            first.say("hello\tsecret-1\t\tAnn\tB\x01")
            self.assertEqual((first.status, first.hear()), (101, "here\tAnnB"))
            second = Guest(port, "/chat")
            second.say("hello\tsecret-2\t\t")
            self.assertEqual([guest.hear() for guest in (first, second)], ["here\tAnnB\tsomebody"] * 2)
            second.say("hello\tsecret-2\t\tBob")
            self.assertEqual([guest.hear() for guest in (first, second)], ["here\tAnnB\tBob"] * 2)
            second.say("say\t1\tgood\tday")
            self.assertRegex(first.hear(), r"^said\t1\t\d{13}\tBob\tgood\tday$")
            self.assertRegex(second.hear(), r"^mine\t1\t\d{13}\tBob\tgood\tday$")
            self.assertEqual(second.hear(), "ack\t1")
            # Said again, as after a lost connection: it is not told twice.
            second.say("say\t1\tgood\tday")
            self.assertEqual(second.hear(), "ack\t1")
            second.close()
            self.assertEqual(first.hear(), "here\tAnnB")
            for last, heard in (("", ["mine\t1", "here"]), ("1", ["here"])):
                again = Guest(port, "/chat")
                again.say(f"hello\tsecret-2\t{last}\tBob")
                for words in heard:
                    self.assertTrue(again.hear().startswith(words))
                again.close()
            for garbage in ("", "hello", "say\t5", "say\t5\tbefore hello", "nonsense\t1\t2", "hello\t\t\t"):
                guest = Guest(port, "/chat")
                guest.say(garbage)
                guest.close()
            first.close()

    def test_chat_server_takes_its_own_page_only(self):
        with Program("chat-server", "0") as server:
            port = int(re.search(r":(\d+)/", server.uri()).group(1))
            for origin, status in ((f"http://127.0.0.1:{port}", 101), ("http://elsewhere.example", 403), ("null", 403)):
                guest = Guest(port, "/chat", f"Origin: {origin}\r\n")
                self.assertEqual(guest.status, status)
                guest.close()

    def test_site(self):
        with tempfile.TemporaryDirectory() as parent:
            directory = os.path.join(parent, "files")
            os.mkdir(directory)
            for path, text in (("files/index.html", "<p>0123456789"), ("secret.txt", "no")):
                with open(os.path.join(parent, path), "w", encoding="utf-8") as file:
                    file.write(text)
            with Program("site", directory, "0") as server:
                self.visit_site(server.uri())

    def visit_site(self, uri):
        def get(path, **headers):
            request = urllib.request.Request(uri + path, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refusal:
                with refusal:
                    return refusal.code, refusal.read().decode()

        guest = "Basic " + base64.b64encode(b"guest:secret").decode()
        self.assertEqual(get(""), (200, "<p>0123456789"))
        self.assertEqual(get("index.html", Range="bytes=3-5"), (206, "012"))
        self.assertEqual(get("nothing")[0], 404)
        for path in ("../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt"):
            self.assertIn(get(path)[0], (400, 404))
        self.assertEqual(get("api")[0], 401)
        self.assertEqual(get("api", Authorization="Basic dTpw")[0], 401)
        self.assertEqual(get("api", Authorization=guest), (200, '{"visitors":2}\n'))
        port = int(re.search(r":(\d+)/", uri).group(1))
        stranger = Guest(port, "/feed")
        self.assertEqual(stranger.status, 401)
        stranger.close()
        feed = Guest(port, "/feed", f"Authorization: {guest}\r\n")
        self.assertEqual(feed.status, 101)
        get("index.html")
        self.assertEqual(feed.hear(), "/index.html")
        feed.close()

    def test_fetcher(self):
        """What it has fetched it does not ask for again, in another run neither; a cookie that it was given it brings back."""

        class Handler(http.server.BaseHTTPRequestHandler):
            cookies = []

            def do_GET(self):
                self.cookies.append(self.headers["Cookie"])
                body = self.path.encode()
                self.send_response(200)
                if self.path == "/page":
                    self.send_header("Cache-Control", "max-age=1000")
                self.send_header("Set-Cookie", "name=value; Max-Age=1000; Path=/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, tempfile.TemporaryDirectory() as parent:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            uri = f"http://127.0.0.1:{server.server_port}"
            runs = []
            for _ in range(2):
                command = [os.path.join(DIRECTORY, PREFIX + "fetcher"), os.path.join(parent, "kept"), uri + "/page", uri + "/other"]
                runs.append(subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE))
            server.shutdown()
        for run, words in zip(runs, ("asked", "from the cache")):
            self.assertEqual((run.returncode, run.stdout), (0, "/page/other"), run.stderr)
            self.assertEqual(run.stderr, f"200 {uri}/page {words}\n200 {uri}/other asked\n")
        self.assertEqual(Handler.cookies, [None, "name=value", "name=value"])

    def test_echo_threads(self):
        with Program("echo-threads", "0", "3") as server:
            port = int(re.search(r":(\d+)/", server.line()).group(1))
            guests = [Guest(port, "/") for _ in range(48)]
            for number, guest in enumerate(guests):
                guest.say(str(number))
            self.assertEqual([guest.hear() for guest in guests], [str(number) for number in range(48)])
            threads = {server.line() for _ in guests}
            for guest in guests:
                guest.close()
            # One of three getting all 48 has a chance of one in 10^22.
            self.assertGreater(len(threads), 1)


if __name__ == "__main__":
    DIRECTORY = sys.argv.pop(1)
    if len(sys.argv) > 1 and not sys.argv[1].startswith(("-", "Examples")):
        PREFIX = sys.argv.pop(1)
    unittest.main(verbosity=1)
