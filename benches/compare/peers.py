"""Who is measured: how each program is built from its packages and how it is started."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Missing(Exception):
    """What a peer lacks on this machine, in a word for the table's foot."""


@dataclass
class Peer:
    name: str
    label: str
    build: object  # called with the output directory, returns the program
    deflate: bool = False
    tls: bool = True
    words: list = field(default_factory=list)  # further arguments
    only: set | None = None  # the cases it takes part in; None: all
    kinds: tuple = ("websocket",)  # of cases
    program: str = ""
    version: str = ""

    def takes_part(self, case):
        if case.kind not in self.kinds:
            return False
        if self.only is not None:
            return case.name in self.only
        return (self.deflate or not case.deflate) and (self.tls or not case.tls)


def run(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if "error" in line.lower()] or result.stderr.splitlines()
        raise Missing(f"{Path(str(command[0])).name} failed: {(lines or ['?'])[0].strip()}")
    return result.stdout


def package(name, hint):
    try:
        flags = run(["pkg-config", "--cflags", "--libs", name]).split()
        return flags, run(["pkg-config", "--modversion", name]).strip()
    except (Missing, FileNotFoundError):
        raise Missing(f"not installed (Debian: {hint})") from None


C = ["gcc", "-std=gnu11", "-O2", "-g", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wno-unused-parameter"]


def openssl():
    return package("openssl", "libssl-dev")[0]


def load_generator(out):
    flags, _ = package("glib-2.0", "libglib2.0-dev")
    zlib, _ = package("zlib", "zlib1g-dev")
    run([*C, "-o", out / "load", *sorted((HERE / "load").glob("*.c")), *flags, *zlib, *openssl()])
    return str(out / "load")


def certificate(out):
    """The same for all: PEM files of a certificate for P-256 and its key."""
    files = [str(out / name) for name in ("certificate.pem", "key.pem")]
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30", "-out", files[0], "-keyout", files[1]])
    return files


def floor(peer, out):
    flags, _ = package("glib-2.0", "libglib2.0-dev")
    run([*C, "-O3", "-o", out / "floor", HERE / "peers/floor.c", *flags, *openssl()])
    return out / "floor"


SOUP = [HERE / "peers/soup.c", HERE / "peers/soup-http.c"]


def libsoup(peer, out):
    flags, peer.version = package("libsoup-3.0", "libsoup-3.0-dev")
    run([*C, "-o", out / "libsoup", *SOUP, *flags])
    return out / "libsoup"


def with_bisque(peer, program, sources, *packages):
    """A program for libsoup, linked with the static library that cargo builds."""
    flags = [flag for name in ("gio-2.0", "sqlite3", *packages) for flag in package(name, "libglib2.0-dev libsqlite3-dev")[0]]
    peer.version = run(["git", "-C", ROOT, "describe", "--always", "--dirty"]).strip()
    if not os.environ.get("BISQUE_ARCHIVE"):
        environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
        run(["cargo", "build", "--release", "--lib", "--manifest-path", ROOT / "Cargo.toml"], env=environment)
    archive = os.environ.get("BISQUE_ARCHIVE") or ROOT / "target/release/libbisque.a"
    run([*C, "-DBISQUE", "-I", ROOT / "include", "-o", program, *sources, archive, *flags, "-lm", "-ldl", "-lpthread"])
    return program


def bisque(peer, out):
    return with_bisque(peer, out / "bisque", SOUP)


THREADS = [ROOT / "c-examples/echo-threads.c"]


def bisque_threads(peer, out):
    return with_bisque(peer, out / "bisque-threads", THREADS)


def libsoup_threads(peer, out):
    flags, peer.version = package("libsoup-3.0", "libsoup-3.0-dev")
    run([*C, "-o", out / "libsoup-threads", *THREADS, *flags])
    return out / "libsoup-threads"


def microhttpd(peer, out):
    flags, peer.version = package("libmicrohttpd", "libmicrohttpd-dev")
    glib, _ = package("glib-2.0", "libglib2.0-dev")
    run([*C, "-o", out / "microhttpd", HERE / "peers/microhttpd.c", *flags, *glib])
    return out / "microhttpd"


def curl(peer, out):
    flags, peer.version = package("libcurl", "libcurl4-openssl-dev")
    glib, _ = package("glib-2.0", "libglib2.0-dev")
    run([*C, "-o", out / "curl", HERE / "peers/curl.c", *flags, *glib])
    return out / "curl"


def libwebsockets(peer, out):
    flags, version = package("libwebsockets", "libwebsockets-dev")
    glib, _ = package("glib-2.0", "libglib2.0-dev")
    peer.version = version.rstrip("-")
    run([*C, "-o", out / "lws", HERE / "peers/lws.c", *flags, *glib, *openssl()])
    return out / "lws"


def boost_stream(peer, program, sources, *flags):
    """A server on a stream that is shaped like Boost.Beast's, Boost's own or ours, from one source file."""
    glib, _ = package("glib-2.0", "libglib2.0-dev")
    source = HERE / "peers/beast.cpp"
    try:
        macros = run(["g++", "-E", "-dM", "-x", "c++", "-include", "boost/version.hpp", "/dev/null"])
    except (Missing, FileNotFoundError):
        raise Missing("not installed (Debian: libboost1.81-dev)") from None
    peer.version = next(line.split('"')[1] for line in macros.splitlines() if "BOOST_LIB_VERSION" in line).replace("_", ".")
    newest = max(path.stat().st_mtime for path in [source, HERE / "peers/peer.h", *sources])
    if not program.exists() or program.stat().st_mtime < newest:
        run(["g++", "-std=c++17", "-O3", "-g", "-D_GNU_SOURCE", "-DBOOST_ASIO_DISABLE_THREADS", "-o", program, source, *flags, *glib,
             *openssl()])
    return program


def beast(peer, out):
    return boost_stream(peer, out / "beast", [])


def bisque_stream(peer, out):
    environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
    run(["cargo", "build", "--release", "-p", "websocket-component", "--manifest-path", ROOT / "Cargo.toml"], env=environment)
    archive = ROOT / "target/release/libwebsocket_component.a"
    sources = [archive, *(ROOT / "include/bisque").rglob("*.hpp")]
    return boost_stream(peer, out / "bisque-stream", sources, "-DBISQUE", "-I", ROOT / "include", archive, "-lm", "-ldl", "-lpthread")


def cargo(crate, program):
    def build(peer, out):
        if not shutil.which("cargo"):
            raise Missing("no cargo")
        target = out / "rust"
        run(["cargo", "build", "--release", "--manifest-path", HERE / "rust/Cargo.toml", "--target-dir", target])
        lock = (HERE / "rust/Cargo.lock").read_text().split("[[package]]")
        peer.version = next(entry.split('version = "')[1].split('"')[0] for entry in lock if f'name = "{crate}"' in entry)
        return target / "release" / program

    return build


SMALL = {"echo-64-10x10", "echo-64-1", "echo-1k-100", "echo-64-500", "echo-16k-10", "client-64", "client-64k"}
STREAM = {"echo-64-10x10", "echo-16k-10", "deflate-1k", "deflate-64k", "idle", "idle-deflate"}
BATCHES = {"echo-64-10x10", "echo-64k-4x2"}
ALL = ("websocket", "http server", "http client")
PEERS = [
    Peer("bisque", "Bisque", bisque, deflate=True, kinds=ALL),
    # The same program, which takes and sends messages by the two functions that libsoup does not have.
    Peer("bisque-plain", "Bisque, plain bytes", bisque, words=["plain"], only=SMALL),
    Peer("libsoup", "libsoup", libsoup, deflate=True, kinds=ALL),
    Peer("lws", "libwebsockets", libwebsockets, deflate=True),
    Peer("beast", "Boost.Beast", beast, deflate=True),
    # The same program on our stream for C++.
    Peer("bisque-stream", "Bisque's C++ stream", bisque_stream, deflate=True, only=STREAM),
    Peer("tungstenite", "tokio-tungstenite", cargo("tokio-tungstenite", "tungstenite")),
    Peer("fastwebsockets", "fastwebsockets", cargo("fastwebsockets", "fastwebsockets")),
    # The same programs without the write coalescing that a careful user adds: one write for each message, as their examples do.
    Peer("tungstenite-each", "tokio-tungstenite, write each", cargo("tokio-tungstenite", "tungstenite"), words=["each"], only=BATCHES),
    Peer("fastwebsockets-each", "fastwebsockets, write each", cargo("fastwebsockets", "fastwebsockets"), words=["each"], only=BATCHES),
    Peer("floor", "floor", floor),
    Peer("hyper", "hyper", cargo("hyper", "hyper"), kinds=("http server",)),
    Peer("microhttpd", "libmicrohttpd", microhttpd, kinds=("http server",)),
    # It has no queue: whoever uses it keeps one.
    Peer("curl", "libcurl", curl, kinds=("http client",), only={"get-10", "get-large"}),
    # The example with a thread for each core.
    Peer("bisque-threads", "Bisque, echo-threads", bisque_threads, kinds=("threads",)),
    Peer("libsoup-threads", "libsoup, echo-threads", libsoup_threads, kinds=("threads",)),
]
# Those that take part in a few cases, as a second way of somebody else's.
ASIDES = {peer.name for peer in PEERS if peer.only or peer.kinds not in (ALL, ("websocket",))}
FOREIGN = ["lws", "beast", "tungstenite", "fastwebsockets", "hyper", "microhttpd", "curl"]
