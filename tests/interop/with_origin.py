#!/usr/bin/env python3
"""nginx as the origin of what the example `fetcher` keeps: a site for the cache, and one over TLS that asks for HSTS.

It is left out, with a word, where nginx is not installed."""

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import time

from support import BUILD, ROOT, Process, Results
from with_proxies import free_port, nginx

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log stderr notice;
events {{ }}
http {{
  log_format short "$uri $status $http_if_none_match $http_if_modified_since";
  access_log {folder}/access.log short;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    gzip on; gzip_vary on; gzip_types text/plain; gzip_min_length 1;
    location /fresh {{ add_header Cache-Control max-age=1000; gzip off; }}
    location /old {{ add_header Cache-Control max-age=0; gzip off; }}
    location /dated {{ etag off; add_header Cache-Control max-age=0; gzip off; }}
    location /packed {{ add_header Cache-Control max-age=1000; }}
    location /secret {{ add_header Cache-Control no-store; gzip off; }}
  }}
  server {{
    listen 127.0.0.1:{secure} ssl;
    ssl_certificate {pem}; ssl_certificate_key {pem};
    root {folder}/files;
    add_header Strict-Transport-Security "max-age=1000";
  }}
}}
"""
NAMES = ("fresh", "old", "dated", "packed", "secret")


class Site:
    """A running nginx, and what it was asked."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ports = free_port(), free_port()
        files = self.folder / "files"
        files.mkdir()
        for name in NAMES:
            (files / f"{name}.txt").write_text(f"This is {name}. " * 50)
        config = self.folder / "nginx.conf"
        config.write_text(
            CONFIG.format(folder=folder, port=self.ports[0], secure=self.ports[1], pem=ROOT / "tests/tls/server.pem")
        )
        self.process = Process([nginx(), "-c", config, "-p", folder], stderr=subprocess.DEVNULL)

    def __enter__(self):
        end = time.monotonic() + 20
        for port in self.ports:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if time.monotonic() > end or self.process.child.poll() is not None:
                    self.process.stop()
                    raise TimeoutError("nginx does not listen")
        return self

    def __exit__(self, *_):
        self.process.stop()

    def asked(self):
        """The lines of its log since the last call."""
        log = self.folder / "access.log"
        lines = log.read_text().splitlines()
        with contextlib.suppress(OSError):
            os.truncate(log, 0)
        return lines


def fetch(program, folder, *uris):
    authority = ROOT / "tests/tls/authority.pem"
    command = [program, "--authority", authority, pathlib.Path(folder) / "kept", *uris]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout, done.stderr.splitlines()


def cached(results, who, program, site):
    uris = {name: f"http://127.0.0.1:{site.ports[0]}/{name}.txt" for name in NAMES}
    for number in range(3):
        output, lines = fetch(program, site.folder, *uris.values())
        results.check(output == "".join(f"This is {name}. " * 50 for name in NAMES), f"{who}: bodies, run {number}", output[:200])
        results.check(all(line.startswith("200 ") for line in lines), f"{who}: statuses, run {number}", lines)
        asked = {line.split()[0].strip("/").removesuffix(".txt"): line.split()[1:] for line in site.asked()}
        if number == 0:
            results.check(all(asked.get(name, [0])[0] == "200" for name in NAMES), f"{who}: all is asked for once", asked)
            continue
        results.check("fresh" not in asked and "packed" not in asked, f"{who}: max-age, run {number}", asked)
        results.check(asked.get("old", ["", "-"])[0] == "304" and asked["old"][1] != "-", f"{who}: ETag, run {number}", asked)
        date = asked.get("dated", ["", "", "-"])
        results.check(date[:2] == ["304", "-"] and date[2] != "-", f"{who}: Last-Modified, run {number}", asked)
        results.check(asked.get("secret", [0])[0] == "200", f"{who}: no-store, run {number}", asked)


def enforced(results, who, program, site):
    host = f"localhost:{site.ports[1]}/fresh.txt"
    _, lines = fetch(program, site.folder, f"http://{host}")
    results.check(lines[-1].startswith("400 http://"), f"{who}: without a policy nothing is rewritten", lines)
    _, lines = fetch(program, site.folder, f"https://{host}")
    results.check(lines[-1].startswith("200 https://"), f"{who}: TLS", lines)
    for number in range(2):
        output, lines = fetch(program, site.folder, f"http://{host}")
        results.check(lines[-1].startswith("200 https://"), f"{who}: the policy holds in a later run, {number}", lines)
        results.check(output.startswith("This is fresh."), f"{who}: the body of it, {number}", output[:100])


def main():
    results = Results()
    if not nginx():
        print("1..0 # SKIP no nginx here")
        return
    for name in ("fetcher", "oracle-fetcher"):
        program = BUILD / "c-examples" / name
        if program.exists():
            with tempfile.TemporaryDirectory() as folder, Site(folder) as site:
                cached(results, name, program, site)
                enforced(results, name, program, site)
    results.finish()


if __name__ == "__main__":
    main()
