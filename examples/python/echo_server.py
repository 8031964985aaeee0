#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An echo server with a check of the origin and two subprotocols: echo_server.py [PORT [ORIGIN]]

    GI_TYPELIB_PATH=$(pkg-config --variable=typelibdir bisque-3.0) ./echo_server.py 8080 https://example.org

Without ORIGIN anybody may connect; with it, only pages from there, and what is no browser may not.
"""

import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402

connections = set()  # a connection ends with its last reference


def on_message(connection, kind, data):
    # "echo.upper" is for those who want to see that it is this program that answers.
    if kind == Soup.WebsocketDataType.TEXT and connection.get_protocol() == "echo.upper":
        connection.send_text(data.get_data().decode().upper())
    else:
        connection.send_message(kind, data)


def on_closed(connection):
    print("closed:", connection.get_close_code(), flush=True)
    connections.discard(connection)


def on_connection(server, message, path, connection, *_):
    connections.add(connection)
    connection.connect("message", on_message)
    connection.connect("closed", on_closed)
    connection.connect("error", lambda _, error: print("error:", error.message, flush=True))


def main(port="0", origin=None):
    server = Soup.Server()
    server.add_websocket_handler("/", origin, ["echo.upper", "echo"], on_connection)
    server.listen_local(int(port), Soup.ServerListenOptions.IPV4_ONLY)
    print(f"listening on ws://127.0.0.1:{server.get_uris()[0].get_port()}/", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    if len(sys.argv) > 3 or not all(word.isdecimal() for word in sys.argv[1:2]):
        print(__doc__.splitlines()[0])
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
    except GLib.Error as error:
        sys.exit(error.message)
