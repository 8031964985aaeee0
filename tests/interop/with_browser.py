#!/usr/bin/env python3
"""Interoperation with headless Chromium: a page's WebSockets, and the chat page of c-examples."""

import re
import shutil

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
    results.finish()


if __name__ == "__main__":
    main()
