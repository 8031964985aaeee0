#!/usr/bin/env python3
"""A session before real servers and proxies: nginx with TLS, passwords, redirects, gzip, a limit on kept connections and a WebSocket
behind it; tinyproxy and squid, which want a password (squid as Basic and as Digest), and microsocks between. And the example `login`
through all of it.

What is not installed is left out, with a word."""

import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from support import BUILD, ROOT, Process, Results
from with_proxies import free_port, nginx

TLS = ROOT / "tests/tls"
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{ }}
http {{
  access_log off; default_type text/plain;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl;
    ssl_certificate {pem}; ssl_certificate_key {pem};
    keepalive_requests 2;
    root {folder}/files;
    gzip on; gzip_min_length 1; gzip_types text/plain;
    location = /moved {{ return 302 $scheme://$http_host/hello; }}
    location = /private {{ auth_basic "nginx"; auth_basic_user_file {folder}/users; try_files /hello =404; }}
    location = /login {{ if ($request_method != POST) {{ return 405; }} add_header Set-Cookie "session=42; Secure"; return 200 "in"; }}
    location = /socket {{ proxy_pass http://127.0.0.1:{echo}; {upgrade} }}
    location = /members {{ if ($http_cookie !~ "session=42") {{ return 403; }} proxy_pass http://127.0.0.1:{echo}; {upgrade} }}
  }}
}}
"""
UPGRADE = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;"
TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
LogLevel Critical
LogFile "{folder}/tinyproxy.log"
MaxClients 20
Allow 127.0.0.1
BasicAuth user right
"""

SQUID = """
http_port 127.0.0.1:{port}
auth_param {scheme} program {helper}
auth_param {scheme} children 1 startup=1
{more}
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
access_log none
cache_log /dev/null
cache deny all
pid_filename none
pinger_enable off
visible_hostname localhost
coredump_dir {folder}
"""
# What it asks about passwords, as its own helper for Basic wants them encrypted.
KNOWS_PASSWORD = """#!/bin/sh
while read -r user password; do
  if [ "$user:$password" = user:right ]; then echo OK; else echo ERR; fi
done
"""


class Listening(Process):
    """A child that listens at a port; whether it does is known when the block begins. It ends when it is told to."""

    def __init__(self, port, command, **options):
        super().__init__(command, stderr=subprocess.DEVNULL, **options)
        end = time.monotonic() + 20
        self.listens = False
        while not self.listens and self.child.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                self.listens = probe.connect_ex(("127.0.0.1", port)) == 0
            time.sleep(0.01)

    def stop(self):
        self.child.terminate()
        return super().stop()


class Squid(Listening):
    """squid, asked for a password by one scheme. It would take two seconds to end by itself."""

    PROGRAM = shutil.which("squid") or shutil.which("squid", path="/usr/sbin:/usr/local/sbin")
    HELPERS = "/usr/lib/squid", "/usr/lib64/squid", "/usr/libexec/squid"

    def __init__(self, port, folder, scheme, helper, more="", env=None):
        config = folder / f"squid-{scheme}.conf"
        config.write_text(SQUID.format(port=port, folder=folder, scheme=scheme, helper=helper, more=more))
        super().__init__(port, [self.PROGRAM, "-N", "-f", config], env=env)

    @classmethod
    def helper(cls, name):
        """The path of one of its own programs."""
        return shutil.which(name, path=":".join(cls.HELPERS))

    def stop(self):
        self.child.kill()
        return super().stop()


def start(results, children, name, begin):
    """Has `begin` start something at free ports, which somebody else may have taken meanwhile: up to three times."""
    for _ in range(3):
        ports = [free_port(), free_port()]
        child = begin(*ports)
        children.append(child)
        if child.listens:
            break
    results.check(child.listens, f"{name}: it listens")
    return ports


class Client:
    """The program `fetch`, or libsoup's."""

    def __init__(self, results, program, where, options, env=None):
        self.results, self.program, self.where, self.env = results, program, where, env
        self.options = ["--authority", TLS / "authority.pem", *options]

    def run(self, *uris, options=()):
        """A line for each URI."""
        command = [BUILD / "tests/interop" / self.program, *self.options, *options, *uris]
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=60, check=False, text=True, env=self.env)
        return [line.split(" ", 2) for line in done.stdout.splitlines()]

    def check(self, what, got, wanted):
        self.results.check(got == wanted, f"{self.program} {self.where}: {what}", got)

    def bodies(self, what, uris, wanted, options=()):
        self.check(what, [(line[0], line[-1]) for line in self.run(*uris, options=options)], wanted)


def visit(client, base, secure):
    hello = ("200", "hello")
    client.bodies("a file, compressed", [base + "hello"], [hello])
    client.bodies("a redirect", [base + "moved"], [hello])
    client.bodies("a password", [base + "private"], [hello], ["--user", "guest:secret"])
    lines = client.run(base + "private", options=["--user", "guest:wrong"])
    client.check("a wrong password", [line[0] for line in lines], ["401"])
    lines = client.run(*[base + "hello"] * 4)
    client.check("four requests", [line[0] for line in lines], ["200"] * 4)
    # What tinyproxy forwards, it forwards on one connection each; squid on one for all.
    wanted = 2
    if not secure:
        wanted = 4 if "tinyproxy" in client.where else 1 if "squid" in client.where else 2
    client.check("connections for all of them", len({line[1] for line in lines}), wanted)
    # libsoup gives a proxy a handshake without TLS as an ordinary request.
    if secure or not client.program.startswith("oracle"):
        socket_uri = base.replace("http", "ws", 1) + "socket"
        client.bodies("a WebSocket", [socket_uri], [("101", "hello")])


def refused(client, tls):
    """The proxy gets no password, or a wrong one."""
    # tinyproxy calls a wrong password 401.
    of_wrong = "401" if "tinyproxy" in client.where else "407"
    for status, options in (("407", []), (of_wrong, ["--proxy-user", "user:wrong"])):
        lines = client.run(f"https://localhost:{tls}/hello", f"wss://localhost:{tls}/socket", options=options)
        wanted = [[status], ["error", "soup-websocket-error-quark", "1"]]
        client.check("no tunnel without the password", [lines[0][:1], *lines[1:]], wanted)


def log_in(results, program, tls, proxy):
    command = [BUILD / "c-examples" / program, "--authority", TLS / "authority.pem", "--proxy", proxy,
               "--proxy-user", "user:right", f"https://localhost:{tls}/login", "guest:password",
               f"wss://localhost:{tls}/members", "hello"]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False, text=True)
    asked = len(re.findall("the proxy asks", done.stdout))
    results.check(done.returncode == 0 and "< hello" in done.stdout and asked == 1, f"{program} through {proxy}",
                  done.stdout)


WITH_PASSWORD = "through tinyproxy", "through squid (basic)", "through squid (digest)"


def through(results, program, plain, tls, proxies):
    for where, options in proxies.items():
        client = Client(results, program, where, options)
        visit(client, f"http://localhost:{plain}/", False)
        visit(client, f"https://localhost:{tls}/", True)
    for where in (where for where in proxies if where in WITH_PASSWORD):
        proxy = proxies[where][:2]
        refused(Client(results, program, where, proxy), tls)
        # The password stands in the proxy's URI: libsoup asks the proxy for a tunnel to itself then.
        if program == "fetch":
            known = proxy[1].replace("//", "//user:right@")
            Client(results, program, where, ["--proxy", known]).bodies(
                "a password in the proxy's URI", [f"https://localhost:{tls}/hello", f"http://localhost:{plain}/hello"],
                [("200", "hello")] * 2)


def main():
    results = Results()
    if not nginx():
        print("1..0 # SKIP no nginx here")
        return
    with tempfile.TemporaryDirectory() as name, Process([BUILD / "tests/interop/echo-server"]) as echo:
        folder = pathlib.Path(name)
        (folder / "files").mkdir()
        (folder / "files/hello").write_text("hello")
        (folder / "users").write_text("guest:{PLAIN}secret\n")
        echo_port = re.search(r":(\d+)", echo.line()).group(1)
        proxies, children = {"directly": []}, []

        def begin_nginx(plain, tls):
            (folder / "nginx.conf").write_text(NGINX.format(
                folder=folder, plain=plain, tls=tls, pem=TLS / "server.pem", echo=echo_port, upgrade=UPGRADE))
            return Listening(tls, [nginx(), "-c", folder / "nginx.conf", "-p", folder])

        def begin_tinyproxy(port, _):
            (folder / "tinyproxy.conf").write_text(TINYPROXY.format(port=port, folder=folder))
            return Listening(port, ["tinyproxy", "-d", "-c", folder / "tinyproxy.conf"])

        def begin_microsocks(port, _):
            return Listening(port, ["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "user", "-P", "right"])

        try:
            plain, tls = start(results, children, "nginx", begin_nginx)
            if shutil.which("tinyproxy"):
                port, _ = start(results, children, "tinyproxy", begin_tinyproxy)
                proxies["through tinyproxy"] = ["--proxy", f"http://127.0.0.1:{port}", "--proxy-user", "user:right"]
            else:
                print("skipped: no tinyproxy here")
            # Its helpers belong to another user.
            folder.chmod(0o755)
            (folder / "passwords").write_text("user:right\n")
            (folder / "knows-password").write_text(KNOWS_PASSWORD)
            (folder / "knows-password").chmod(0o755)
            if not Squid.PROGRAM:
                print("skipped: no squid here")
            for scheme, helper in (("basic", folder / "knows-password"), ("digest", Squid.helper("digest_file_auth"))):
                if not Squid.PROGRAM or not helper:
                    continue

                def begin_squid(port, _):
                    command = f"{helper} {folder / 'passwords'}"
                    return Squid(port, folder, scheme, command, f"auth_param {scheme} realm squid")

                port, _ = start(results, children, f"squid ({scheme})", begin_squid)
                proxies[f"through squid ({scheme})"] = [
                    "--proxy", f"http://127.0.0.1:{port}", "--proxy-user", "user:right"]
            if shutil.which("microsocks"):
                port, _ = start(results, children, "microsocks", begin_microsocks)
                proxies["through microsocks"] = ["--proxy", f"socks5://user:right@127.0.0.1:{port}"]
            else:
                print("skipped: no microsocks here")
            for prefix in ("", "oracle-"):
                if (BUILD / "tests/interop" / (prefix + "fetch")).exists():
                    through(results, prefix + "fetch", plain, tls, proxies)
                login = prefix + "login"
                if (BUILD / "c-examples" / login).exists():
                    for where in (where for where in proxies if where in WITH_PASSWORD):
                        log_in(results, login, tls, proxies[where][1])
        finally:
            for child in children:
                child.stop()
    results.finish()


if __name__ == "__main__":
    main()
