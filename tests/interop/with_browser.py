#!/usr/bin/env python3
"""Interoperation with headless Chromium: a page's WebSockets, with TLS and without, and two of c-examples: the chat's page, and the
site's files, API and feed."""

import pathlib
import re
import shutil
import tempfile

import node
from both_roles import PROGRAMS, SERVES, count, lines_of
from support import BUILD, HERE, ROOT, Process, Results, call


def trusting(home):
    """Makes a home for a browser that trusts the tests' authority; whether there is the tool for it (libnss3-tools)."""
    if not shutil.which("certutil"):
        print("wss is left out: there is no certutil")
        return False
    certificates = pathlib.Path(home) / ".pki/nssdb"
    certificates.mkdir(parents=True)
    database = ["-d", f"sql:{certificates}"]
    call(["certutil", "-N", *database, "--empty-password"])
    authority = ROOT / "tests/tls/authority.pem"
    call(["certutil", "-A", *database, "-n", "authority", "-t", "C,,", "-i", authority])
    return True


def main():
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chat_server = BUILD / "c-examples" / "chat-server"
    if not browser or not node.install():
        print("1..0 # SKIP no Chromium, or no Node.js with npm to drive it")
        return
    results = Results()
    echo_server = PROGRAMS / "echo-server"
    with Process([echo_server]) as echo, Process([echo_server, *SERVES]) as secure, Process([chat_server]) as chat, \
            tempfile.TemporaryDirectory() as home:
        chat_url = re.search(r"http://\S+", chat.line(containing="http://")).group()
        secure_url = secure.line(containing="wss://") if trusting(home) else ""
        command = ["node", HERE / "peers/browser.js", browser, echo.line(containing="ws://"), chat_url, secure_url]
        count(results, "Chromium", lines_of(["env", f"HOME={home}", *command]))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "index.html").write_text("<!doctype html><title>A site</title><script src=part.js></script>")
        pathlib.Path(folder, "part.js").write_text("window.parts = 'all';")
        pathlib.Path(folder, "digits.txt").write_text("0123456789" * 1000)
        with Process([BUILD / "c-examples/site", folder]) as site:
            url = re.search(r"http://\S+", site.line(containing="http://")).group()
            count(results, "Chromium", lines_of(["node", HERE / "peers/browser-site.js", browser, url]))
    results.finish()


if __name__ == "__main__":
    main()
