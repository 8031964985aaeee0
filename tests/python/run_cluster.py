#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The chat of examples/cluster with nginx and Redis: no acknowledged message is lost when a server is killed.

usage: run_cluster.py CLUSTER-SERVER
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from run_examples import PATIENCE, Guest, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = ""
CLIENTS, MESSAGES = 9, 60


class Cluster:
    def __enter__(self):
        self.port, self.servers = free_port(), []
        self.process = subprocess.Popen([ROOT / "examples/cluster/run.sh", SERVER, "3", str(self.port)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if found := re.search(r"process (\d+)", line):
                self.servers.append(int(found[1]))
            if line.startswith("open "):
                return self
        said = self.process.stderr.read()
        if self.process.wait() == 77:
            raise unittest.SkipTest(said.strip())
        raise AssertionError(said)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.process.kill()
        self.process.communicate()


class Client(threading.Thread):
    """Does what the page does: says again, to whoever answers, what was not acknowledged."""

    def __init__(self, port, name, killed):
        super().__init__()
        self.killed = killed
        self.port, self.name_, self.last, self.acked, self.heard, self.came_back, self.error = port, name, "", set(), [], 0, None

    def run(self):
        try:
            deadline = time.monotonic() + 3 * PATIENCE
            while len(self.acked) < MESSAGES:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{self.name_}: {len(self.acked)} messages are acknowledged")
                with contextlib.suppress(OSError, ValueError, IndexError, AssertionError):
                    self.talk()
                self.came_back += 1
                time.sleep(0.05)
        except AssertionError as error:
            self.error = error

    def talk(self):
        guest = Guest(self.port, "/chat")
        with contextlib.closing(guest):
            if guest.status != 101:
                return
            guest.say(f"hello\tclient-{self.name_}\t{self.last}\t{self.name_}")
            # One after the other, so that the server that is killed has some of them under way.
            for number in range(1, MESSAGES + 1):
                if number not in self.acked:
                    if number > MESSAGES - 10:  # nobody is done before
                        self.killed.wait(PATIENCE)
                    guest.say(f"say\t{number}\t{self.name_} says {number}")
                    while number not in self.acked:
                        self.take(guest.hear())

    def take(self, line):
        what, *fields = line.split("\t")
        if what == "ack":
            self.acked.add(int(fields[0]))
        elif what in ("said", "mine"):
            self.last = fields[0]
            self.heard.append(fields[3])


def everything(port, count):
    """What a new guest is told, or comes to hear, until it is as many messages."""
    guest, texts, deadline = Guest(port, "/chat"), [], time.monotonic() + PATIENCE
    guest.say("hello\tlate\t\tLate")
    while len(texts) < count and time.monotonic() < deadline:
        what, *fields = guest.hear().split("\t")
        if what == "said":
            texts.append(fields[3])
    guest.close()
    return texts


class ClusterTest(unittest.TestCase):
    def test_a_message_reaches_every_server(self):
        with Cluster() as cluster:
            guests = [Guest(cluster.port, "/chat") for _ in range(6)]
            for number, guest in enumerate(guests):
                guest.say(f"hello\tclient-{number}\t\tguest-{number}")
            guests[0].say("say\t1\tgood morning")
            # Who is where does not matter: all hear it, and see all. A server learns of the others' guests when it next reports its
            # own: nobody leaves before everybody has seen everybody.
            for guest in guests:
                heard = said = False
                while not (heard and said):
                    line = guest.hear()
                    said |= line.endswith("\tguest-0\tgood morning")
                    heard |= line.startswith("here\t") and len(line.split("\t")) == 7
            for guest in guests:
                guest.close()

    def test_a_server_is_killed(self):
        with Cluster() as cluster:
            killed = threading.Event()
            clients = [Client(cluster.port, f"c{number}", killed) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            while min(len(client.acked) for client in clients) < 5:
                time.sleep(0.01)
            os.kill(cluster.servers[1], signal.SIGKILL)
            killed.set()
            for client in clients:
                client.join()
            self.assertEqual([client.error for client in clients if client.error], [])
            self.assertTrue(any(client.came_back > 1 for client in clients), "nobody was at the server that was killed")
            # The servers remember the last 200: said again by each of them, once.
            wanted = {f"{client.name_} says {number}" for client in clients for number in range(1, MESSAGES + 1)}
            told = everything(cluster.port, 200)
            self.assertEqual(len(told), len(set(told)), "a message is there twice")
            self.assertLessEqual(set(told), wanted)
            heard = set(told).union(*(client.heard for client in clients))
            self.assertEqual(wanted - heard, set(), "an acknowledged message is lost")


if __name__ == "__main__":
    SERVER = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
