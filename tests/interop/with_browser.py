#!/usr/bin/env python3
"""Interoperation with headless Chromium: a page's WebSockets, the chat page of c-examples, and its site: files, API and feed."""

import pathlib
import re
import shutil
import tempfile

import node
from both_roles import PROGRAMS, count, lines_of
from support import BUILD, HERE, Process, Results


def main():
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chat_server = BUILD / "c-examples" / "chat-server"
    if not browser or not node.install():
        print("1..0 # SKIP no Chromium, or no Node.js with npm to drive it")
        return
    results = Results()
    with Process([PROGRAMS / "echo-server"]) as echo, Process([chat_server]) as chat:
        chat_url = re.search(r"http://\S+", chat.line(containing="http://")).group()
        command = ["node", HERE / "peers/browser.js", browser, echo.line(containing="ws://"), chat_url]
        count(results, "Chromium", lines_of(command))
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
