#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Takes part in the chat of c-examples/chat-server.c: chat_client.py http://127.0.0.1:PORT/ NAME

Lines of the standard input are said, what others say is printed; the end of the input leaves.
"""

import os
import secrets
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402


class Chat:
    def __init__(self, name):
        self.name, self.client, self.number = name, secrets.token_hex(8), 0
        self.loop, self.status, self.line, self.asked = GLib.MainLoop(), 1, b"", 0

    def on_connected(self, session, result):
        try:
            self.connection = session.websocket_connect_finish(result)
        except GLib.Error as error:
            print(error.message, file=sys.stderr)
            self.loop.quit()
            return
        self.connection.connect("message", self.on_message)
        self.connection.connect("closed", self.on_closed)
        self.connection.send_text(f"hello\t{self.client}\t\t{self.name}")
        GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, self.on_input)

    def on_message(self, connection, kind, data):
        what, *fields = data.get_data().decode().split("\t")
        if what in ("said", "mine"):
            number, millis, who, *text = fields
            print(f"{who}: " + "\t".join(text), flush=True)
        elif what == "here":
            print("here:", ", ".join(fields), flush=True)
        elif what == "ack":
            self.asked -= 1
            self.leave_if_done()

    def on_input(self, channel, condition):
        came = os.read(0, 65536)
        *lines, self.line = (self.line + came).split(b"\n")
        if not came and self.line:
            lines.append(self.line)
        for line in lines:
            self.number += 1
            self.asked += 1
            self.connection.send_text(f"say\t{self.number}\t{line.decode(errors='replace')}")
        self.ended = not came
        if self.ended:
            self.leave_if_done()
        return not self.ended

    ended = False

    def leave_if_done(self):
        """What was said is acknowledged: nothing is lost by leaving now."""
        if self.ended and not self.asked and self.connection.get_state() == Soup.WebsocketState.OPEN:
            self.connection.close(Soup.WebsocketCloseCode.NORMAL, None)

    def on_closed(self, connection):
        self.status = int(connection.get_close_code() != Soup.WebsocketCloseCode.NORMAL)
        self.loop.quit()


def main():
    if len(sys.argv) != 3:
        print(__doc__.splitlines()[0])
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    chat, session = Chat(sys.argv[2]), Soup.Session()
    message = Soup.Message.new("GET", sys.argv[1].rstrip("/") + "/chat")
    session.websocket_connect_async(message, None, None, GLib.PRIORITY_DEFAULT, None, chat.on_connected)
    chat.loop.run()
    return chat.status


if __name__ == "__main__":
    sys.exit(main())
