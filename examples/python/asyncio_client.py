#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The echo client with asyncio's await, over PyGObject's event loop: asyncio_client.py URI MESSAGE...

PyGObject 3.50 has the event loop, gi.events. With an older one the program says so and ends with status 77.
"""

import asyncio
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402

try:
    from gi.events import GLibEventLoopPolicy
except ImportError:
    GLibEventLoopPolicy = None


class Connection:
    """A SoupWebsocketConnection whose messages can be awaited."""

    def __init__(self, connection):
        self.connection, self.messages = connection, asyncio.Queue()
        connection.connect("message", lambda _, kind, data: self.messages.put_nowait(data.get_data()))
        connection.connect("closed", lambda _: self.messages.put_nowait(None))

    @classmethod
    async def open(cls, session, uri):
        message = Soup.Message.new("GET", uri)
        return cls(await session.websocket_connect_async(message, None, None, GLib.PRIORITY_DEFAULT))

    async def close(self):
        self.connection.close(Soup.WebsocketCloseCode.NORMAL, None)
        while await self.messages.get() is not None:
            pass


async def main(uri, *messages):
    connection = await Connection.open(Soup.Session(), uri)
    for text in messages:
        connection.connection.send_text(text)
        print("<", (await connection.messages.get()).decode())
    await connection.close()
    print("closed:", connection.connection.get_close_code())


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.splitlines()[0])
        sys.exit(0 if len(sys.argv) > 1 else 2)
    if not GLibEventLoopPolicy:
        print("this PyGObject has no gi.events (3.50 has)", file=sys.stderr)
        sys.exit(77)
    asyncio.set_event_loop_policy(GLibEventLoopPolicy())
    asyncio.run(main(*sys.argv[1:]))
