#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sends each MESSAGE to an echo server and prints what comes back: echo_client.py [--protocol NAME] URI MESSAGE..."""

import argparse
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402


class Client:
    def __init__(self, messages):
        self.messages, self.loop, self.status = messages, GLib.MainLoop(), 1

    def on_connected(self, session, result):
        try:
            self.connection = session.websocket_connect_finish(result)
        except GLib.Error as error:
            print(error.message, file=sys.stderr)
            self.loop.quit()
            return
        self.connection.connect("message", self.on_message)
        self.connection.connect("closed", self.on_closed)
        self.send_next()

    def send_next(self):
        if self.messages:
            self.connection.send_text(self.messages.pop(0))
        else:
            self.connection.close(Soup.WebsocketCloseCode.NORMAL, "that was all")

    def on_message(self, connection, kind, data):
        print("<", data.get_data().decode())
        self.send_next()

    def on_closed(self, connection):
        print("closed:", connection.get_close_code())
        self.status = int(connection.get_close_code() != Soup.WebsocketCloseCode.NORMAL)
        self.loop.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--protocol", action="append", help="offer a subprotocol")
    parser.add_argument("uri")
    parser.add_argument("messages", metavar="MESSAGE", nargs="*")
    arguments = parser.parse_args()
    client, session = Client(arguments.messages), Soup.Session()
    try:
        message = Soup.Message.new("GET", arguments.uri)
    except TypeError:
        message = None
    if not message:
        parser.error(f"{arguments.uri} is not a URI")
    session.websocket_connect_async(message, None, arguments.protocol, GLib.PRIORITY_DEFAULT, None, client.on_connected)
    client.loop.run()
    return client.status


if __name__ == "__main__":
    sys.exit(main())
