#!/usr/bin/env python3
"""Two of Debian's programs on the library that takes libsoup's place: GStreamer's souphttpsrc fetches, chezdav serves.

Each is left out, with a word, where it is not installed. That they run on this library is read from the map of their memory."""

import functools
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from support import BUILD, Process, Results
from with_proxies import free_port

DROPIN = BUILD / "src/dropin"
LIBRARY = DROPIN / "libsoup-3.0.so.0"
ON_BISQUE = os.environ | {"LD_LIBRARY_PATH": str(DROPIN), "LC_ALL": "C.UTF-8"}
TEXT = bytes(range(256)) * 4000


def library_of(process):
    """Which libsoup the process has loaded."""
    maps = pathlib.Path(f"/proc/{process.child.pid}/maps").read_text()
    return {pathlib.Path(found).resolve() for found in re.findall(r"(/\S*libsoup-3\.0\.so\S*)", maps)}


class Files(http.server.SimpleHTTPRequestHandler):
    """Files with ranges, as media players want them; a redirect to one; and one that never ends."""

    protocol_version = "HTTP/1.1"
    ended = threading.Event()

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/media.bin")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.send_header("Content-Length", str(len(TEXT)))
            self.end_headers()
            self.wfile.write(TEXT[:4096])
            self.wfile.flush()
            self.ended.wait(60)
            return
        if self.path != "/media.bin":
            self.send_error(404)
            return
        first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(first.group(1)) if first else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {start}-{len(TEXT) - 1}/{len(TEXT)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(TEXT) - start))
        self.end_headers()
        self.wfile.write(TEXT[start:])

    def log_message(self, *_):
        pass


def gstreamer(results, folder):
    def launch(*words):
        return ["gst-launch-1.0", "--quiet", *words]

    if not shutil.which("gst-launch-1.0") or subprocess.run(
        ["gst-inspect-1.0", "--exists", "souphttpsrc"], check=False, env=ON_BISQUE
    ).returncode:
        print("skipped: no gst-launch-1.0 with souphttpsrc here")
        return
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        uri = f"http://127.0.0.1:{server.server_port}"
        for path in ("/media.bin", "/moved"):
            target = pathlib.Path(folder) / "fetched"
            target.unlink(missing_ok=True)
            command = launch("souphttpsrc", f"location={uri}{path}", "!", "filesink", f"location={target}")
            done = subprocess.run(command, env=ON_BISQUE, capture_output=True, timeout=120, check=False)
            got = target.read_bytes() if target.exists() else b""
            results.check(done.returncode == 0 and got == TEXT, f"GStreamer: {path}", done.stderr[-300:])
        command = launch("souphttpsrc", f"location={uri}/nothing", "!", "fakesink")
        done = subprocess.run(command, env=ON_BISQUE, capture_output=True, timeout=120, check=False)
        results.check(done.returncode != 0 and b"Not Found" in done.stderr, "GStreamer: a file that is not there", done.stderr[-300:])
        target = pathlib.Path(folder) / "slow"
        command = launch("souphttpsrc", f"location={uri}/slow", "blocksize=1024", "!", "filesink", "buffer-mode=unbuffered", f"location={target}")
        with Process(command, env=ON_BISQUE, stderr=subprocess.DEVNULL) as process:
            end = time.monotonic() + 60
            while not (target.exists() and target.stat().st_size) and time.monotonic() < end:
                time.sleep(0.05)
            results.check(library_of(process) == {LIBRARY.resolve()}, "GStreamer runs on this library", library_of(process))
            process.child.terminate()
        Files.ended.set()
        server.shutdown()


def ask(uri, method="GET", body=None, **headers):
    """Status and body."""
    request = urllib.request.Request(uri, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def chezdav(results, folder):
    if not shutil.which("chezdav"):
        print("skipped: no chezdav here")
        return
    shared = pathlib.Path(folder) / "shared"
    shared.mkdir()
    (shared / "media.bin").write_bytes(TEXT)
    port = free_port()
    command = ["chezdav", "--local", "--no-mdns", "-p", str(port), "-P", str(shared)]
    with Process(command, env=ON_BISQUE, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > end or process.child.poll() is not None:
                results.check(False, "chezdav listens")
                return
            time.sleep(0.05)
        results.check(library_of(process) == {LIBRARY.resolve()}, "chezdav runs on this library", library_of(process))
        check = functools.partial(works, results, f"http://127.0.0.1:{port}/")
        check("a file", "media.bin", lambda status, body: (status, body) == (200, TEXT))
        check("a range of it", "media.bin", lambda status, body: (status, body) == (206, TEXT[5:10]), Range="bytes=5-9")
        check("what is not there", "nothing", lambda status, _: status == 404)
        check("a new folder", "new", lambda status, _: status == 201, method="MKCOL")
        check("a new file", "new/file", lambda status, _: status in (200, 201), method="PUT", body=TEXT)
        results.check((shared / "new/file").read_bytes() == TEXT, "chezdav: the new file is what was sent")
        check("the list of files", "", lambda status, body: status == 207 and b"media.bin" in body, method="PROPFIND", Depth="1")
        check("a file that goes", "new/file", lambda status, _: status in (200, 204), method="DELETE")
        results.check(not (shared / "new/file").exists(), "chezdav: it has gone")


def works(results, base, name, path, right, **request):
    status, body = ask(base + path, **request)
    results.check(right(status, body), f"chezdav: {name}", f"{status} {body[:100]}")


def main():
    results = Results()
    programs = [name for name in ("gst-launch-1.0", "chezdav") if shutil.which(name)]
    if not programs or not LIBRARY.exists():
        print("1..0 # SKIP neither gst-launch-1.0 nor chezdav here")
        return
    with tempfile.TemporaryDirectory() as folder:
        # The user's own list of GStreamer's plugins stays as it is.
        ON_BISQUE["GST_REGISTRY"] = str(pathlib.Path(folder) / "registry")
        gstreamer(results, folder)
        chezdav(results, folder)
    results.finish()


if __name__ == "__main__":
    main()
