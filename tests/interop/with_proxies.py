#!/usr/bin/env python3
"""curl against the example `site`, and nginx before it: files, ranges, passwords, and a WebSocket through the proxy.

Each of the two is left out, with a word, where it is not installed."""

import base64
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from support import BUILD, ROOT, Process, Results

sys.path.insert(0, str(ROOT / "tests/python"))
from run_examples import Guest  # noqa: E402 a WebSocket client of a few lines

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log stderr notice;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
    }}
  }}
}}
"""
TEXT = "0123456789" * 20000
GUEST = "guest:secret"


def curl(*arguments):
    """Status and body."""
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "20", "--write-out", "\n%{http_code}", *arguments],
        stdout=subprocess.PIPE, check=False, text=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def visit(results, who, url):
    results.check(curl(url + "big.txt") == (200, TEXT), f"{who}: a file")
    results.check(curl("--range", "5-9", url + "big.txt") == (206, "56789"), f"{who}: a range of it")
    results.check(curl("--head", url + "big.txt")[0] == 200, f"{who}: its head")
    results.check(curl("--http1.0", url + "big.txt") == (200, TEXT), f"{who}: HTTP/1.0")
    results.check(curl(url + "nothing")[0] == 404, f"{who}: a file that is not there")
    results.check(curl("--data", "x" * 100000, url + "big.txt")[0] == 405, f"{who}: a body that nobody wants")
    results.check(curl(url + "api")[0] == 401, f"{who}: no password")
    results.check(curl("--user", "guest:wrong", url + "api")[0] == 401, f"{who}: a wrong password")
    status, body = curl("--user", GUEST, url + "api")
    results.check(status == 200 and "visitors" in body, f"{who}: the right password", body)


def feed(results, who, port, url):
    header = "Authorization: Basic " + base64.b64encode(GUEST.encode()).decode() + "\r\n"
    stranger, guest = Guest(port, "/feed"), Guest(port, "/feed", header)
    results.check(stranger.status == 401, f"{who}: a WebSocket without password", stranger.status)
    results.check(guest.status == 101, f"{who}: a WebSocket", guest.status)
    curl(url + "big.txt")
    results.check(guest.hear() == "/big.txt", f"{who}: a message through it")
    stranger.close()
    guest.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def through_nginx(results, folder, behind):
    port = free_port()
    config = pathlib.Path(folder) / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, behind=behind))
    with Process([nginx(), "-c", config, "-p", folder], stderr=subprocess.DEVNULL):
        end = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > end:
                return results.check(False, "nginx: it listens")
        url = f"http://127.0.0.1:{port}/"
        visit(results, "nginx", url)
        feed(results, "nginx", port, url)


def main():
    results = Results()
    if not shutil.which("curl"):
        print("1..0 # SKIP no curl here")
        return
    with tempfile.TemporaryDirectory() as folder:
        files = pathlib.Path(folder) / "files"
        files.mkdir()
        (files / "big.txt").write_text(TEXT)
        for program in ("site", "oracle-site"):
            path = BUILD / "c-examples" / program
            if not path.exists():
                continue
            with Process([path, files, "0"]) as site:
                port = int(re.search(r":(\d+)/", site.line()).group(1))
                url = f"http://127.0.0.1:{port}/"
                visit(results, f"{program} with curl", url)
                feed(results, program, port, url)
                if not nginx():
                    print("skipped: no nginx here")
                elif program == "site":
                    through_nginx(results, folder, port)
    results.finish()


if __name__ == "__main__":
    main()
