// SPDX-License-Identifier: MIT OR Apache-2.0
// An echo server: echo-server [PORT]
//
//   valac --pkg bisque-3.0 echo-server.vala
private Connections connections;

// A connection ends with its last reference.
class Connections {
    private GenericSet<Soup.WebsocketConnection> all = new GenericSet<Soup.WebsocketConnection> (direct_hash, direct_equal);
    public void keep (Soup.WebsocketConnection connection) { all.add (connection); }
    public void drop (Soup.WebsocketConnection connection) { all.remove (connection); }
}

int main (string[] args) {
    uint64 port = 0;
    if (args.length > 2 || (args.length == 2 && !uint64.try_parse (args[1], out port)) || port > uint16.MAX) {
        print ("usage: echo-server [PORT]\n");
        return args.length == 2 && args[1] == "--help" ? 0 : 2;
    }
    connections = new Connections ();
    var server = new Soup.Server ("server-header", "echo-server ");
    server.add_websocket_handler ("/", null, null, (server, message, path, connection) => {
        connections.keep (connection);
        connection.message.connect ((type, data) => connection.send_message ((Soup.WebsocketDataType) type, data));
        connection.closed.connect (() => {
            print ("closed: %u\n", connection.get_close_code ());
            connections.drop (connection);
        });
    });
    try {
        server.listen_local ((uint) port, Soup.ServerListenOptions.IPV4_ONLY);
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    print ("listening on ws://127.0.0.1:%d/\n", server.get_uris ().data.get_port ());
    new MainLoop ().run ();
    return 0;
}
