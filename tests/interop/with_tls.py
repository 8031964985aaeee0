#!/usr/bin/env python3
"""Foreign clients of TLS against a server: OpenSSL, GnuTLS, and sockets that send what no client would.

Both ways of a server's TLS are tried: rustls', and GIO's (BISQUE_SERVER_TLS=gio), which gives no tickets, knows older versions and
suites, and waits for peers that do not go on until their time is over."""

import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time

from support import BUILD, ROOT, Process, Results

KEYS = ROOT / "tests/tls"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
DEADLINE = 20


class Server(Process):
    """tests/interop/tls-server, on one of the two ways."""

    def __init__(self, way, clients="none"):
        files = [KEYS / "server.pem", KEYS / "elsewhere.pem", KEYS / "authority.pem"]
        super().__init__([BUILD / "tests/interop/tls-server", *files, clients], env={**os.environ, "BISQUE_SERVER_TLS": way})
        self.port = int(self.line(containing="https://").rsplit(":", 1)[1].strip("/"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))


def openssl(port, *options, typed=GET, trust=True):
    """What s_client prints when it sends a request. It ends by itself, as the server closes."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(KEYS / "authority.pem"), "-ign_eof"]
    command += ["-verify_return_error"] if trust else []
    done = subprocess.run([*command, *map(str, options)], input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=DEADLINE, check=False)
    return done.stdout.decode(errors="replace")


def gnutls(port, *options):
    command = ["gnutls-cli", "--port", str(port), "--x509cafile", str(KEYS / "authority.pem"), *options, "localhost"]
    done = subprocess.run(command, input=GET, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE, check=False)
    return done.stdout.decode(errors="replace")


def answered(text):
    return "HTTP/1.1 200" in text


def versions(results, way, port):
    weak = ["-cipher", "ALL@SECLEVEL=0"]
    for version, word in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
        text = openssl(port, version)
        results.check(answered(text) and word in text, f"{way}: OpenSSL, {word}", text[-300:])
    if way == "rustls":
        results.check(not answered(openssl(port, "-tls1_1", *weak)), f"{way}: nothing older")
    suites = {
        "-ciphersuites": ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
        "-cipher": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"],
    }
    for option, names in suites.items():
        for name in names:
            text = openssl(port, "-tls1_3" if option == "-ciphersuites" else "-tls1_2", option, name)
            results.check(answered(text) and name in text, f"{way}: {name}", text[-300:])
    if way == "rustls":
        results.check(not answered(openssl(port, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")), f"{way}: no CBC")
    for group in ("X25519", "P-256", "P-384"):
        results.check(answered(openssl(port, "-groups", group)), f"{way}: group {group}")


def names(results, way, port):
    for name in (["-servername", "localhost"], ["-servername", "somebody.else"], ["-noservername"]):
        results.check(answered(openssl(port, *name)), f"{way}: {' '.join(name)}")
    text = openssl(port, "-alpn", "h2,http/1.1")
    results.check(answered(text) and "ALPN protocol: http/1.1" in text, f"{way}: ALPN", text[-300:])


def tickets(results, way, port, folder):
    for version in ("-tls1_2", "-tls1_3"):
        ticket = folder / f"{way}{version}"
        first = openssl(port, version, "-sess_out", ticket)
        second = openssl(port, version, "-sess_in", ticket)
        results.check("New, TLS" in first and "Reused, TLS" in second and answered(second), f"{way}: a ticket, {version}",
                      second[-300:])


def gnutls_cli(results, way, port):
    for priority, word in (("NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLS1.2"), ("NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLS1.3")):
        text = gnutls(port, "--priority", priority)
        results.check(answered(text) and word in text, f"{way}: GnuTLS, {word}", text[-300:])
    if way == "rustls":
        text = gnutls(port, "--resume", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2")
        results.check("This is a resumed session" in text, f"{way}: GnuTLS resumes", text[-300:])


def renegotiation(results, way, port):
    """A line that is "R" has s_client ask for a new handshake (TLS 1.2)."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2"]
    with Process(command, stderr=subprocess.STDOUT) as client:
        client.line(containing="Verify return code")
        client.child.stdin.write(b"R\n")
        client.child.stdin.flush()
        try:
            client.line(containing="RENEGOTIATING")
            line = client.line(containing="enegotiation")
            refused = "no renegotiation" in line or "no_renegotiation" in line
        except (EOFError, TimeoutError) as error:
            refused, line = isinstance(error, EOFError), str(error)
    results.check(refused, f"{way}: renegotiation is refused", line)


def client_certificates(results, way, folder):
    stranger = folder / "stranger.pem"
    if not stranger.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", "/CN=A stranger", "-keyout", folder / "key", "-out", stranger], check=True,
                       stderr=subprocess.DEVNULL)
        with stranger.open("ab") as both:
            both.write((folder / "key").read_bytes())
    for mode in ("requested", "required"):
        with Server(way, mode) as server:
            for version in ("-tls1_2", "-tls1_3"):
                text = openssl(server.port, version, "-cert", KEYS / "client.pem", "-key", KEYS / "client.pem")
                good = "certificate: CN=A client, errors: 0" in text
                results.check(good, f"{way}: {mode}, {version}, a good one", text[-300:])
                for what, file in (("an expired one", KEYS / "expired.pem"), ("a stranger's", stranger)):
                    text = openssl(server.port, version, "-cert", file, "-key", file)
                    results.check(not answered(text), f"{way}: {mode}, {version}, {what}", text[-300:])
                text = openssl(server.port, version)
                right = "no certificate" in text if mode == "requested" else not answered(text)
                results.check(right, f"{way}: {mode}, {version}, none", text[-300:])


def changed(results, way, port):
    results.check("CN = localhost" in openssl(port), f"{way}: the first certificate")
    openssl(port, typed=GET.replace(b"GET /", b"GET /next"))
    results.check("CN = elsewhere.example" in openssl(port, trust=False), f"{way}: another one while it runs")


def dial(port):
    return socket.create_connection(("127.0.0.1", port), DEADLINE)


def ends(peer):
    """Whether the server ends the connection, and gives no answer in clear."""
    got = b""
    try:
        while chunk := peer.recv(65536):
            got += chunk
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return b"HTTP" not in got


def record(kind, body, length=None):
    return struct.pack("!BHH", kind, 0x0303, len(body) if length is None else length) + body


def garbage(results, way, port):
    hello = ssl_hello()
    unfinished = [("half a ClientHello, and the end", hello[:60]), ("a record of garbage", record(22, b"\xff" + os.urandom(200)))]
    for what, sent in (
        ("a request in clear", GET),
        ("a record longer than records are", record(22, b"\x01" + bytes(100), 0xFFFF)),
        ("an empty record", record(22, b"")),
        ("a record of a kind that is not", record(99, bytes(30))),
        ("data before a handshake", record(23, bytes(40))),
        ("a ClientHello and garbage behind it", hello + record(22, os.urandom(60))),
        ("a ClientHello twice", hello + hello),
        *(unfinished if way == "rustls" else []),
    ):
        with dial(port) as peer:
            peer.sendall(sent)
            if sent == hello[:60]:
                peer.shutdown(socket.SHUT_WR)
            results.check(ends(peer), f"{way}: {what}")


class Memory:
    """A client whose records pass through our hands."""

    def __init__(self, port):
        self.context = ssl.create_default_context(cafile=str(KEYS / "authority.pem"))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.socket = dial(port)

    def send_out(self, pieces=0):
        out = self.outgoing.read()
        if not pieces:
            try:
                self.socket.sendall(out)
            except BrokenPipeError:
                pass  # it has ended its side
        for at in range(len(out) if pieces else 0):
            self.socket.sendall(out[at:at + 1])
            if at % 16 == 0:
                time.sleep(0.001)

    def until_done(self, call, pieces=0):
        while True:
            try:
                got = call()
                self.send_out(pieces)
                return got
            except ssl.SSLWantReadError:
                self.send_out(pieces)
                came = self.socket.recv(65536)
                self.incoming.write(came) if came else self.incoming.write_eof()

    def response(self):
        got = b""
        try:
            while chunk := self.until_done(lambda: self.tls.read(65536)):
                got += chunk
        except (ssl.SSLError, ConnectionError):
            pass
        self.socket.close()
        return got


def ssl_hello():
    context = ssl.create_default_context()
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def oddities(results, way, port):
    client = Memory(port)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.until_done(client.tls.do_handshake, pieces=1)
    client.tls.write(GET)
    client.send_out(pieces=1)
    results.check(b"200" in client.response()[:20], f"{way}: byte by byte")

    client = Memory(port)
    client.until_done(client.tls.do_handshake)
    client.tls.write(GET)
    client.send_out()
    client.socket.shutdown(socket.SHUT_WR)
    results.check(b"200" in client.response()[:20], f"{way}: a client that has ended its side without a word")

    for what, harm in (("a byte of a record changed", lambda out: out[:-1] + bytes([out[-1] ^ 1])),
                       ("a record cut off", lambda out: out[:-5])):
        client = Memory(port)
        client.until_done(client.tls.do_handshake)
        client.tls.write(GET)
        client.socket.sendall(harm(client.outgoing.read()))
        client.socket.shutdown(socket.SHUT_WR)
        results.check(b"HTTP" not in client.response(), f"{way}: {what}")


def main():
    if not shutil.which("openssl") or not (BUILD / "tests/interop/tls-server").exists():
        print("1..0 # SKIP no openssl")
        return
    results = Results()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for way in ("rustls", "gio"):
            with Server(way) as server:
                openssl(server.port)
                before = server.descriptors()
                versions(results, way, server.port)
                names(results, way, server.port)
                if shutil.which("gnutls-cli"):
                    gnutls_cli(results, way, server.port)
                else:
                    print("gnutls-cli is left out: it is not installed")
                if way == "rustls":
                    tickets(results, way, server.port, folder)
                    renegotiation(results, way, server.port)
                garbage(results, way, server.port)
                oddities(results, way, server.port)
                end = time.monotonic() + DEADLINE
                while server.descriptors() > before and time.monotonic() < end:
                    time.sleep(0.05)
                results.check(server.descriptors() <= before, f"{way}: no descriptor is left behind")
                changed(results, way, server.port)
            client_certificates(results, way, folder)
    results.finish()


if __name__ == "__main__":
    main()
