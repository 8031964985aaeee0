#!/usr/bin/env python3
"""A session that logs in by Kerberos: MIT's key distribution center, a server that asks GSSAPI who comes, and the client `fetch`, also
with libsoup.

Left out, with a word, where the center is not installed (krb5-kdc, krb5-admin-server, krb5-user) or the library is without GSSAPI."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from client_and_proxies import Client, Listening, Squid, start
from support import BUILD, ROOT, Process, Results
from with_proxies import free_port

TLS = ROOT / "tests/tls"
TOOLS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
HELPER = "negotiate_kerberos_auth"
REALM = "BISQUE.TEST"
KRB5 = """
[libdefaults]
  default_realm = {realm}
  dns_lookup_realm = false
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {realm} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  localhost = {realm}
[logging]
  kdc = FILE:{folder}/kdc.log
"""
KDC = """
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {realm} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    acl_file = {folder}/acl
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }}
"""


def tool(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")


class Center:
    """A realm with a user, alice, and a service, HTTP/localhost, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {**os.environ, "KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
                    "KRB5_KTNAME": str(folder / "keys"), "KRB5CCNAME": str(folder / "tickets"),
                    "KRB5RCACHETYPE": "none", "LANG": "C"}

    def configure(self, port):
        self.write("krb5.conf", KRB5, port)
        self.write("kdc.conf", KDC, port)

    def write(self, name, text, port):
        path = self.folder / name
        path.write_text(text.format(folder=self.folder, realm=REALM, port=port))
        return str(path)

    def call(self, name, *arguments):
        subprocess.run([tool(name), *map(str, arguments)], env=self.env, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)

    def found(self):
        """Makes the database, and alice's keys and those of the service."""
        self.configure(0)
        self.call("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        for who, keys in (("alice", "alice"), ("HTTP/localhost", "keys")):
            self.call("kadmin.local", "-r", REALM, "-q", f"addprinc -randkey {who}")
            self.call("kadmin.local", "-r", REALM, "-q", f"ktadd -norandkey -k {self.folder / keys} {who}")

    def begin(self, port, _):
        self.configure(port)
        return Listening(port, [tool("krb5kdc"), "-n", "-r", REALM, "-P", self.folder / "kdc.pid"], env=self.env)

    def log_in(self):
        self.call("kinit", "-k", "-t", self.folder / "alice", "alice")
        self.first = (self.folder / "tickets").read_bytes()

    def alone(self, port):
        """The environment of a user who has logged in, and has no ticket for any service yet: the center is asked at that port."""
        tickets = self.folder / f"tickets-{port}"
        tickets.write_bytes(self.first)
        return {"KRB5_CONFIG": self.write(f"{port}.conf", KRB5, port), "KRB5CCNAME": str(tickets)}


ALICE = f"alice@{REALM}"
PASSWORD = ["--user", "guest:secret"]


class Visitor(Client):
    """A client whose requests the server's log tells from those of others."""

    def says(self, what, uri, wanted, options=(), env=None):
        """The status and the body of each of some requests of one URI."""
        self.env = {**self.env, **(env or {})}
        uris = [f"{uri}?{self.program}-{what.replace(' ', '-')}"] * len(wanted)
        got = [(line[0], line[-1]) for line in self.run(*uris, options=options)]
        self.check(what, got, wanted)


def visitor(results, program, center, **env):
    return Visitor(results, program, "by Kerberos", ["--negotiate"], {**center.env, **env})


def log_in(results, program, center, base):
    """A user with a ticket."""
    client = visitor(results, program, center)
    client.says("a ticket", base + "request", [("200", f"{ALICE} -N")])
    client.says("a ticket for each request", base + "request", [("200", f"{ALICE} -N"), ("200", f"{ALICE} -N-N")])
    client.says("a ticket for a connection", base + "connection", [("200", f"{ALICE} -N"), ("200", "known -N-")])
    client.says("a ticket rather than a password", base + "either", [("200", f"{ALICE} -N")], PASSWORD)
    client.says("a server that closes each connection", base + "close", [("200", f"{ALICE} -N")])
    client.says("a server whose token is none", base + "endless", [("401", "- -N")])
    client.says("a server that is not who it should be", base + "impostor", [("200", f"{ALICE} -N")])
    client.says("a server that knows of no such thing", base + "password", [("200", "guest -B")], PASSWORD)
    if program == "fetch":
        # libsoup sends what was refused until it has restarted too often.
        client.says("a server that refuses every ticket", base + "wrong", [("401", "- -N")])
        client.says("a password where tickets are refused", base + "either-wrong", [("200", "guest -NB")], PASSWORD)


def stay_outside(results, program, center, base):
    """A user without ticket, and one whose center is not there."""
    nobody = {"KRB5CCNAME": str(center.folder / "nothing")}
    client = visitor(results, program, center, **nobody)
    client.says("no ticket", base + "request", [("401", "- -"), ("401", "- --")])
    client.says("no ticket, and a password", base + "either", [("200", "guest -B")], PASSWORD)
    client = visitor(results, program, center, **center.alone(free_port()))
    client.says("nobody who gives tickets", base + "request", [("401", "- -")])


def wait(results, center, base):
    """A center that never answers: the loop goes on, and the request can be cancelled."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = visitor(results, "fetch", center, **center.alone(silent.getsockname()[1]))
        began = time.monotonic()
        lines = client.run(base + "request", options=["--cancel-after", "300"])
        took = time.monotonic() - began
        client.check("a center that is silent", lines, [["error", "g-io-error-quark", "19"]])
        # The library waits for ten seconds at the least.
        results.check(took < 8, "fetch by Kerberos: the loop goes on meanwhile", took)


def trust(results, program, center, ports):
    """Who may learn the user's name: https alone, or what the environment says."""
    plain, tls = (f"{scheme}://localhost:{port}" for scheme, port in ports.items())
    both = (f"{ALICE} -N", f"{ALICE} -N")
    for number, (trusted, blocked, of_plain, of_tls) in enumerate([
        (None, None, "- -", both[1]),
        ("nonsense", None, "- -", both[1]),
        (plain, None, both[0], "- -"),
        (f"nonsense,http://other,{plain}/path", None, both[0], "- -"),
        (f"{plain},{tls}", tls, both[0], "- -"),
        (None, tls, "- -", "- -"),
        ("http://localhost", None, "- -", "- -"),
    ]):
        env = {"SOUP_GSSAPI_TRUSTED_URIS": trusted, "SOUP_GSSAPI_BLOCKLISTED_URIS": blocked}
        client = visitor(results, program, center, **{name: value for name, value in env.items() if value is not None})
        for base, said in ((plain, of_plain), (tls, of_tls)):
            status = "401" if said == "- -" else "200"
            client.says(f"trust {number} {base[:5]}", base + "/request", [(status, said)])


def turn_to_the_password(results, center, ports):
    """A server that is not trusted with tickets offers Basic too; libsoup answers neither then."""
    client = visitor(results, "fetch", center)
    client.says("a password without TLS", f"http://localhost:{ports['http']}/either", [("200", "guest -B")], PASSWORD)


def through_a_proxy(results, program, center, ports):
    """A proxy that asks for a ticket of its own. It is trusted as the server behind it is."""
    server, proxy = "http://elsewhere.invalid", ["--proxy", f"http://localhost:{ports['http']}"]
    client = visitor(results, program, center, SOUP_GSSAPI_TRUSTED_URIS=server)
    client.says("a proxy with tickets", server + "/proxy", [("200", f"{ALICE} -N")], proxy)
    client = visitor(results, program, center)
    client.says("a proxy that is not trusted", server + "/proxy", [("407", "- -")], proxy)


def through_squid(results, program, center, base, proxy):
    """A tunnel through a proxy that asks for a ticket, to a server that asks for one."""
    client = visitor(results, program, center)
    client.says("a tunnel with a ticket", base + "request", [("200", f"{ALICE} -N")], ["--proxy", proxy])
    client = visitor(results, program, center, KRB5CCNAME=str(center.folder / "nothing"))
    lines = client.run(base + "request", options=["--proxy", proxy])
    client.check("no tunnel without a ticket", [line[0] for line in lines], ["407"])


def begin_squid(center):
    """squid with its own helper for Kerberos, which runs as another user."""
    center.folder.chmod(0o755)
    (center.folder / "keys").chmod(0o644)
    command = f"{Squid.helper(HELPER)} -s GSS_C_NO_NAME -k {center.folder / 'keys'}"
    return lambda port, _: Squid(port, center.folder, "negotiate", command, env=center.env)


def main():
    results = Results()
    missing = [name for name in TOOLS if not tool(name)]
    server = BUILD / "tests/interop/gss-server"
    if missing or not server.exists():
        print("1..0 # SKIP no", ", ".join(missing) or "GSSAPI in this build")
        return
    with tempfile.TemporaryDirectory() as name:
        center, children = Center(pathlib.Path(name)), []
        try:
            center.found()
            start(results, children, "krb5kdc", center.begin)
            center.log_in()
            with Process([server, TLS / "server.pem"], env=center.env) as process:
                ports = dict(process.line().split() for _ in range(2))
                base = f"https://localhost:{ports['https']}/"
                proxy = None
                if Squid.PROGRAM and Squid.helper(HELPER):
                    port, _ = start(results, children, "squid", begin_squid(center))
                    proxy = f"http://localhost:{port}"
                else:
                    print("skipped: no squid with Kerberos here")
                for program in ("fetch", "oracle-fetch"):
                    if (BUILD / "tests/interop" / program).exists():
                        log_in(results, program, center, base)
                        stay_outside(results, program, center, base)
                        trust(results, program, center, ports)
                        through_a_proxy(results, program, center, ports)
                        if proxy:
                            through_squid(results, program, center, base, proxy)
                wait(results, center, base)
                turn_to_the_password(results, center, ports)
        finally:
            for child in children:
                child.stop()
    results.finish()


if __name__ == "__main__":
    main()
