"""An echo server and a client in Python, through the typelib: what introspection is for."""

import unittest

import gi

gi.require_version("Soup", "3.0")
from gi.repository import GLib, Soup  # noqa: E402


class Echo(unittest.TestCase):
    def setUp(self):
        self.loop = GLib.MainLoop()
        self.events = []
        self.server = Soup.Server()
        self.server.add_websocket_handler("/echo", None, ["echo", "other"], self.on_guest)
        self.server.listen_local(0, Soup.ServerListenOptions.IPV4_ONLY)
        self.port = self.server.get_uris()[0].get_port()
        self.session = Soup.Session()
        GLib.timeout_add_seconds(20, self.loop.quit)

    def tearDown(self):
        self.server.disconnect()

    def on_guest(self, server, request, path, connection, *_):
        self.guest = connection
        self.events.append(("guest", path, connection.get_protocol(), request.get_remote_host()))
        connection.connect("message", lambda connection, kind, data: connection.send_message(kind, data))
        connection.connect("closed", lambda connection: self.events.append(("guest closed", connection.get_close_code())))

    def connect(self, path, protocols=None):
        message = Soup.Message.new("GET", f"ws://127.0.0.1:{self.port}{path}")
        outcome = []

        def done(session, result):
            try:
                outcome.append(session.websocket_connect_finish(result))
            except GLib.Error as error:
                outcome.append(error)
            self.loop.quit()

        self.session.websocket_connect_async(message, None, protocols, GLib.PRIORITY_DEFAULT, None, done)
        self.loop.run()
        return outcome[0], message

    def test_echo(self):
        connection, message = self.connect("/echo", ["echo"])
        self.assertIsInstance(connection, Soup.WebsocketConnection)
        self.assertEqual(message.get_status(), Soup.Status.SWITCHING_PROTOCOLS)
        self.assertEqual(connection.get_protocol(), "echo")
        self.assertEqual(connection.props.connection_type, Soup.WebsocketConnectionType.CLIENT)
        received = []

        def on_message(connection, kind, data):
            received.append((kind, data.get_data()))
            if len(received) == 3:
                connection.close(Soup.WebsocketCloseCode.NORMAL, "thanks")

        connection.connect("message", on_message)
        connection.connect("closed", lambda _: self.loop.quit())
        connection.send_text("grüß Gott")
        connection.send_binary(b"\0\1\2")
        connection.send_message(Soup.WebsocketDataType.TEXT, GLib.Bytes.new(b"a\0b"))
        self.loop.run()
        text, binary = int(Soup.WebsocketDataType.TEXT), int(Soup.WebsocketDataType.BINARY)
        self.assertEqual(received, [(text, "grüß Gott".encode()), (binary, b"\0\1\2"), (text, b"a\0b")])
        self.assertEqual(connection.get_close_code(), 1000)
        while len(self.events) < 2:
            GLib.MainContext.default().iteration(True)
        self.assertEqual(self.events, [("guest", "/echo", "echo", "127.0.0.1"), ("guest closed", 1000)])
        self.assertEqual(self.guest.get_close_data(), "thanks")

    def test_a_server_that_answers_otherwise(self):
        error, message = self.connect("/elsewhere")
        self.assertTrue(error.matches(Soup.websocket_error_quark(), Soup.WebsocketError.NOT_WEBSOCKET))
        self.assertEqual(message.get_status(), Soup.Status.NOT_FOUND)

    def test_properties_and_signals_have_their_names(self):
        names = {spec.name for spec in Soup.WebsocketConnection.list_properties()}
        self.assertLessEqual({"io-stream", "uri", "keepalive-interval", "max-incoming-payload-size"}, names)
        self.assertEqual(Soup.Session(timeout=7).props.timeout, 7)

    def test_a_handler_of_an_ordinary_path(self):
        headers = Soup.MessageHeaders.new(Soup.MessageHeadersType.REQUEST)
        headers.append("Name", "value")
        self.assertEqual(headers.get_one("name"), "value")


if __name__ == "__main__":
    unittest.main()
