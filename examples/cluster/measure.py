#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the cluster costs: CPU time of servers, Redis and nginx for messages that everybody hears, and memory per guest.

usage: measure.py CLUSTER-SERVER [GUESTS [MESSAGES [AT-ONCE]]]

AT-ONCE messages are said before the next ones wait for everybody to have heard them.

CPU times are the processes' own, and therefore the same on a machine that does other things, too.
"""

import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/python"))
from run_examples import Guest, free_port  # noqa: E402

TEXT = "x" * 64
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pids):
    """Seconds of user and system time."""
    return sum(sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])) for pid in pids) / TICK


def memory(pids):
    """Bytes that are resident."""
    return sum(int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 for pid in pids)


def children(pid):
    """The processes below it, by the names of their programs."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found.setdefault(Path(f"/proc/{child}/comm").read_text().strip(), []).append(child)
        for name, pids in children(child).items():
            found.setdefault(name, []).extend(pids)
    return found


def hear(guests, each, tails):
    """Reads until `each` further occurrences of the text have come to each of them. `tails` is kept between calls."""
    wanted = len(guests) * each
    with selectors.DefaultSelector() as selector:
        for guest in guests:
            guest.socket.setblocking(False)
            selector.register(guest.socket, selectors.EVENT_READ)
        while wanted > 0:
            ready = selector.select(60)
            if not ready:
                raise SystemExit(f"{wanted} messages did not come")
            for key, _ in ready:
                # A text may be cut in two: what could be its first part is kept.
                data = tails.get(key.fd, b"") + key.fileobj.recv(1 << 20)
                *whole, rest = data.split(TEXT.encode())
                wanted -= len(whole)
                tails[key.fd] = rest[1 - len(TEXT):]


def main():
    given = [int(argument) for argument in sys.argv[2:]]
    count, messages, at_once = given + [300, 500, 1][len(given):]
    port = free_port()
    cluster = subprocess.Popen([ROOT / "examples/cluster/run.sh", sys.argv[1], "3", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        while not cluster.stdout.readline().startswith("open "):
            if cluster.poll() is not None:
                raise SystemExit(cluster.returncode)
        parts = children(cluster.pid)
        names = {"server": parts["cluster-server"], "Redis": parts["redis-server"], "nginx": parts["nginx"]}
        before = {name: memory(pids) for name, pids in names.items()}
        guests = []
        for number in range(count):
            guests.append(Guest(port, "/chat"))
            guests[-1].say(f"hello\tclient-{number}\t\tguest-{number}")
        time.sleep(5)  # until everybody knows who is here
        for name, pids in names.items():
            print(f"{name}: {(memory(pids) - before[name]) / count / 1024:.1f} KiB for each guest")
        tails, began = {}, {name: cpu(pids) for name, pids in names.items()}
        for number in range(messages):
            guests[number % count].say(f"say\t{number + 1}\t{TEXT}")
            if (number + 1) % at_once == 0:
                hear(guests, at_once, tails)
        for name, pids in names.items():
            spent, number = cpu(pids) - began[name], messages if name == "Redis" else messages * count
            print(f"{name}: {spent:.2f} s for {messages} messages to {count} guests: {spent / number * 1e6:.1f} us each")
    finally:
        cluster.terminate()
        cluster.wait()


if __name__ == "__main__":
    main()
