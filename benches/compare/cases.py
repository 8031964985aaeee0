"""What is measured: each case is one run of the load generator against one process."""

from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    label: str
    arguments: dict = field(default_factory=dict)
    mode: str = "echo"  # of the load generator; of those that end in "idle" the result is bytes
    serve: str = "server"  # of the peer
    unit: str = "messages"
    quick: bool = False
    aims: dict = field(default_factory=dict)  # ratios that Bisque is to reach, beside whom
    of_floor: bool = False  # within 15 % of the floor
    rounds: int = 9  # at most: what hardly varies and takes long need not be repeated as often
    kind: str = "websocket"  # who takes part
    words: tuple = ()  # further arguments of the peer
    generators: int = 1  # how many load generators at once

    @property
    def is_idle(self):
        return self.mode.endswith("idle")

    @property
    def deflate(self):
        return self.arguments.get("deflate") == 1

    @property
    def tls(self):
        return self.arguments.get("tls") == 1


KIB, MIB = 1024, 1024 * 1024


def echo(name, label, connections, in_flight, size, **options):
    more = options.pop("arguments", {})
    return Case(name, label, {"connections": connections, "in_flight": in_flight, "size": size, **more}, **options)


def over_tls(name, label, connections, in_flight, size):
    return echo(f"tls-{name}", f"TLS: {label}", connections, in_flight, size, arguments={"tls": 1, **SHORTER})


HTTP_SERVER = {"kind": "http server", "words": ("http",), "unit": "requests"}
HTTP_CLIENT = {"kind": "http client", "mode": "httpd", "serve": "client", "unit": "requests"}
# The cases with TLS are many for what they add, and vary less.
SHORTER = {"seconds": 0.5, "warmup": 0.2}
CASES = [
    echo("echo-64-10x10", "64 B, 10 connections, ten in flight", 10, 10, 64, quick=True, aims={"libsoup": 7, "best": 4}, of_floor=True),
    echo("echo-64-1", "64 B, 1 connection, one in flight", 1, 1, 64),
    echo("echo-1k-100", "1 KiB, 100 connections, one in flight", 100, 1, KIB, quick=True, aims={"libsoup": 2.5, "best": 1}),
    echo("echo-64-500", "64 B, 500 connections, one in flight", 500, 1, 64, quick=True, aims={"libsoup": 2.8, "best": 1}),
    echo("echo-64-5000", "64 B, 5,000 connections, one in flight", 5000, 1, 64),
    echo("echo-16k-10", "16 KiB, 10 connections, one in flight", 10, 1, 16 * KIB, of_floor=True),
    echo("echo-64k-4x2", "64 KiB, 4 connections, two in flight", 4, 2, 64 * KIB, quick=True, aims={"libsoup": 8, "best": 1}, of_floor=True),
    echo("echo-1m-2", "1 MiB, 2 connections, one in flight", 2, 1, MIB, quick=True, aims={"libsoup": 8, "best": 1}, of_floor=True),
    echo("text-16k-10", "16 KiB of text, 10 connections", 10, 1, 16 * KIB, arguments={"text": 1}),
    Case("upgrade", "upgrades: connect, 101, close", {"connections": 8}, mode="upgrade", unit="connections", quick=True,
         aims={"libsoup": 2, "best": 1}),
    echo("busy-1", "64 B, one connection, ten in flight", 1, 10, 64, quick=True),
    echo("busy-5000", "the same while 5,000 others are idle", 1, 10, 64, arguments={"idle": 5000}, quick=True),
    echo("broadcast-64", "64 B to each of 5,000 connections", 5000, 2, 64, arguments={"broadcast": 1}, serve="broadcast"),
    echo("broadcast-64k", "64 KiB to each of 5,000 connections", 5000, 2, 64 * KIB, arguments={"broadcast": 1, "seconds": 2},
         serve="broadcast"),
    echo("deflate-1k", "1 KiB of text, deflated, 10 connections", 10, 1, KIB, arguments={"deflate": 1, "text": 1}, quick=True,
         aims={"libsoup": 1, "best": 1}),
    # One connection: libwebsockets 4.1.6 mixes up what several have in its buffer.
    echo("deflate-64k", "64 KiB of text, deflated, 1 connection", 1, 1, 64 * KIB, arguments={"deflate": 1, "text": 1}, quick=True,
         aims={"libsoup": 1, "best": 1}),
    Case("client-64", "a client that receives 64 B", {"size": 64}, mode="feed", serve="client"),
    Case("client-64k", "a client that receives 64 KiB", {"size": 64 * KIB}, mode="feed", serve="client"),
    Case("idle", "bytes per idle connection", {"connections": 5000, "warmup": 1.2, "seconds": 0.2}, mode="idle", unit="bytes", quick=True, rounds=2),
    # Long enough for those that give their state back after a while.
    Case("idle-deflate", "the same with permessage-deflate, idle for 8 s", {"connections": 5000, "warmup": 8, "seconds": 0.2, "size": KIB, "deflate": 1,
         "text": 1}, mode="idle", unit="bytes", quick=True, rounds=2),
    Case("http-10", "GET of 1 KiB, 10 connections", {"connections": 10, "size": KIB}, mode="http", quick=True, aims={"libsoup": 5.3, "best": 1},
         **HTTP_SERVER),
    Case("http-200", "GET of 1 KiB, 200 connections", {"connections": 200, "size": KIB}, mode="http", quick=True, aims={"libsoup": 5.3, "best": 1},
         **HTTP_SERVER),
    Case("http-idle", "bytes per idle keep-alive connection", {"connections": 5000, "size": KIB, "warmup": 1.2}, mode="http-idle", rounds=2,
         **{**HTTP_SERVER, "unit": "bytes"}),
    Case("get-10", "a client: GET of 1 KiB, ten at once", {"size": KIB}, quick=True, **HTTP_CLIENT),
    Case("get-large", "a client: MiB of a download of 1 GiB", {"size": 1024 * MIB}, words=("download",), **{**HTTP_CLIENT, "unit": "MiB"}),
    # From the program's start to the last answer.
    Case("get-queue", "a client: 10,000 GETs queued at once", {"size": KIB, "limit": 10_000}, words=("queue", "10000"), rounds=2, **HTTP_CLIENT),
    echo("threads-1", "64 B, 100 connections, one thread at the port", 100, 10, 64, kind="threads", words=("0", "1"), generators=2),
    echo("threads-all", "the same with as many threads as there are cores", 100, 10, 64, kind="threads", words=("0",), generators=2),
    over_tls("64-10x10", "64 B, 10 connections, ten in flight", 10, 10, 64),
    over_tls("1k-100", "1 KiB, 100 connections, one in flight", 100, 1, KIB),
    over_tls("64-500", "64 B, 500 connections, one in flight", 500, 1, 64),
    over_tls("16k-10", "16 KiB, 10 connections, one in flight", 10, 1, 16 * KIB),
    over_tls("64k-4x2", "64 KiB, 4 connections, two in flight", 4, 2, 64 * KIB),
    Case("tls-upgrade", "TLS: connect, handshakes, close; eight at once", {"connections": 8, "tls": 1, **SHORTER}, mode="upgrade", unit="connections"),
    Case("tls-upgrade-1", "TLS: the same, one after another", {"connections": 1, "tls": 1, **SHORTER}, mode="upgrade", unit="connections"),
    Case("tls-tickets", "TLS: the same with tickets, eight at once", {"connections": 8, "tls": 1, "tickets": 1, **SHORTER}, mode="upgrade",
         unit="connections", words=("tickets",)),
    Case("tls-alone", "TLS: an honest handshake, alone", {"tls": 1, **SHORTER}, mode="stall", unit="connections"),
    Case("tls-stalled", "TLS: the same beside 1,000 peers that stall in theirs", {"tls": 1, "idle": 1000, **SHORTER}, mode="stall",
         unit="connections", rounds=2),
    Case("tls-idle", "TLS: bytes per idle connection", {"connections": 1000, "warmup": 1.2, "seconds": 0.2, "tls": 1}, mode="idle", unit="bytes", rounds=2),
]
