#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the programs of examples/ in each language: run_languages.py BUILD-DIRECTORY [libsoup]

With the word libsoup they run on the system's, unchanged, as far as they use its names only. A language whose interpreter or compiler
is not there is left out.
"""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import run_examples
from run_examples import PATIENCE, Program

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
BUILD, ON_LIBSOUP = Path(), False


def has_gi(python):
    return bool(python) and subprocess.run([python, "-c", "import gi"], capture_output=True).returncode == 0


class Command(Program):
    """A program of the examples, with the interpreter that it needs."""

    def __init__(self, *words, env=None):
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment() | (env or {}))


def environment():
    env = os.environ | {"LC_ALL": "C.UTF-8", "SOUP": "libsoup-3.0.so.0"}
    return env if ON_LIBSOUP else env | {
        "GI_TYPELIB_PATH": str(BUILD), "LD_LIBRARY_PATH": str(BUILD), "SOUP": str(BUILD / "libbisque-3.0.so.0")}


class Languages(unittest.TestCase):
    python = next(filter(has_gi, ["/usr/bin/python3", shutil.which("python3")]), None)

    def need(self, tool):
        path = self.python if tool == "python" else shutil.which(tool)
        if not path:
            self.skipTest(f"no {tool}")
        return path

    def meet(self, server, client):
        """The two talk, and both say so."""
        with Command(*server, "0") as serving:
            uri = serving.uri()
            with Command(*client, uri, "hello", "zażółć", "") as asking:
                self.assertEqual(asking.end(), ("< hello\n< zażółć\n< \nclosed: 1000\n", 0))
            line = serving.line()
            while line.startswith("open"):
                line = serving.line()
            self.assertEqual(line, "closed: 1000")
        with Command(*client, f"ws://127.0.0.1:{run_examples.free_port()}/", "hello") as asking:
            self.assertEqual(asking.end()[1], 1)
        for program in (server, client):
            with Command(*program, "--help") as helping:
                self.assertEqual(helping.end()[1], 0)
        with Command(*client) as lost:
            self.assertEqual(lost.end()[1], 2)

    def in_python(self, name):
        return [self.need("python"), EXAMPLES / "python" / name]

    def in_c(self, name):
        return [BUILD / "c-examples" / (run_examples.PREFIX + name)]

    def test_python(self):
        self.meet(self.in_python("echo_server.py"), self.in_python("echo_client.py"))

    def test_origin_and_subprotocols(self):
        with Command(*self.in_python("echo_server.py"), "0", "http://here.example") as server:
            uri = server.uri()
            port = int(uri.rstrip("/").rpartition(":")[2])
            for origin, status in (("http://here.example", 101), ("http://elsewhere.example", 403), (None, 403)):
                guest = run_examples.Guest(port, "/", f"Origin: {origin}\r\n" if origin else "")
                self.assertEqual(guest.status, status)
                guest.close()
        with Command(*self.in_python("echo_server.py"), "0") as server:
            with Command(*self.in_python("echo_client.py"), "--protocol", "echo.upper", server.uri(), "grüß") as client:
                self.assertEqual(client.end(), ("< GRÜSS\nclosed: 1000\n", 0))

    def test_chat(self):
        with Command(*self.in_c("chat-server"), "0") as server:
            with Command(*self.in_python("chat_client.py"), server.uri(), "Ann") as client:
                self.assertEqual(client.line(), "here: Ann")
                client.say("good morning")
                self.assertEqual(client.line(), "Ann: good morning")
                output, status = client.end()
                self.assertEqual((output, status), ("", 0))

    def test_asyncio(self):
        with Command(*self.in_c("echo-server"), "0") as server:
            with Command(*self.in_python("asyncio_client.py"), server.uri(), "hello", "there") as client:
                output, status = client.end()
        if status == 77:
            self.skipTest(output.strip())
        self.assertEqual((output, status), ("< hello\n< there\nclosed: 1000\n", 0))

    def test_queue_limit(self):
        if ON_LIBSOUP:
            self.skipTest("it uses Bisque's own namespace")
        with Command(*self.in_c("echo-server"), "0") as server:
            with Command(*self.in_python("queue_limit.py"), server.uri()) as client:
                self.assertEqual(client.end(), ("100 messages, 6553600 bytes\n", 0))

    def test_gjs(self):
        gjs = self.need("gjs")
        self.meet([gjs, EXAMPLES / "gjs/echo-server.js"], [gjs, EXAMPLES / "gjs/echo-client.js"])

    def test_vala(self):
        valac = self.need("valac")
        place = BUILD / "check-vala" / ("libsoup" if ON_LIBSOUP else "bisque")
        place.mkdir(parents=True, exist_ok=True)
        flags = ["--pkg", "libsoup-3.0"] if ON_LIBSOUP else [
            "--vapidir", BUILD, "--pkg", "bisque-3.0", "-X", f"-I{ROOT / 'include'}", "-X", f"-L{BUILD}", "-X", "-lbisque-3.0"]
        if not ON_LIBSOUP and not (BUILD / "bisque-3.0.vapi").exists():
            self.skipTest("no vapi was made")
        programs = []
        for name in ("echo-server", "echo-client"):
            # valac asks pkg-config for the package, which is not installed yet.
            (place / "bisque-3.0.pc").write_text("Name: Bisque\nDescription: as it was built\nVersion: 3.8\nRequires: gio-2.0\n")
            done = subprocess.run(list(map(str, [valac, "--quiet", *flags, "-X", "-w", EXAMPLES / f"vala/{name}.vala", "-o", place / name])),
                                  capture_output=True, text=True, env=os.environ | {"PKG_CONFIG_PATH": str(place)})
            self.assertEqual(done.returncode, 0, done.stderr)
            programs.append([place / name])
        self.meet(*programs)

    def test_luajit(self):
        self.meet(self.in_c("echo-server"), [self.need("luajit"), EXAMPLES / "ffi/echo-client.lua"])


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    if sys.argv[1:2] == ["libsoup"]:
        sys.argv.pop(1)
        ON_LIBSOUP, run_examples.PREFIX = True, "oracle-"
    unittest.main(verbosity=1)
