#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How much may wait for a peer that reads slowly: queue_limit.py URI

What bisque.h adds to libsoup's interface is the namespace Bisque. This program sends as long as less than 1 MiB waits, lets the
peer catch up, and goes on; without the pause a slow peer would let memory grow to the limit, and end with an error there.
"""

import sys

import gi

gi.require_version("Soup", "3.0")
gi.require_version("Bisque", "3.0")
from gi.repository import Bisque, GLib, Soup  # noqa: E402

MESSAGE, COUNT = b"x" * 65536, 100
MOST_WAITING = 1 << 20


def main(uri):
    loop, session, came, kept = GLib.MainLoop(), Soup.Session(), [], []

    def send(connection, left):
        while left and Bisque.websocket_connection_get_buffered_amount(connection) < MOST_WAITING:
            connection.send_binary(MESSAGE)
            left -= 1
        if left:
            GLib.timeout_add(1, send, connection, left)
        return GLib.SOURCE_REMOVE

    def on_message(connection, kind, data):
        came.append(data.get_size())
        if len(came) == COUNT:
            connection.close(Soup.WebsocketCloseCode.NORMAL, None)

    def on_connected(session, result):
        connection = session.websocket_connect_finish(result)
        kept.append(connection)  # it ends with its last reference
        Bisque.websocket_connection_set_max_queued_output(connection, 4 * MOST_WAITING)
        connection.connect("message", on_message)
        connection.connect("error", lambda _, error: print(error.message))
        connection.connect("closed", lambda _: loop.quit())
        send(connection, COUNT)

    message = Soup.Message.new("GET", uri)
    session.websocket_connect_async(message, None, None, GLib.PRIORITY_DEFAULT, None, on_connected)
    loop.run()
    print(f"{len(came)} messages, {sum(came)} bytes")
    return int(len(came) != COUNT)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.splitlines()[0])
        sys.exit(0 if len(sys.argv) == 2 else 2)
    sys.exit(main(sys.argv[1]))
