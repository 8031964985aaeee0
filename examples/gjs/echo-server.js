#!/usr/bin/env gjs
// SPDX-License-Identifier: MIT OR Apache-2.0
// An echo server: echo-server.js [PORT]
//
//   GI_TYPELIB_PATH=$(pkg-config --variable=typelibdir bisque-3.0) gjs echo-server.js 8080
imports.gi.versions.Soup = '3.0';
const {GLib, Soup} = imports.gi;
const System = imports.system;

const [port = '0'] = ARGV;
if (!/^\d+$/.test(port)) {
    print('usage: echo-server.js [PORT]');
    System.exit(port === '--help' ? 0 : 2);
}

const connections = new Set(); // a connection ends with its last reference
const server = new Soup.Server();
server.add_websocket_handler('/', null, null, (_server, _message, _path, connection) => {
    connections.add(connection);
    connection.connect('message', (_connection, type, data) => connection.send_message(type, data));
    connection.connect('closed', () => {
        print(`closed: ${connection.get_close_code()}`);
        connections.delete(connection);
    });
});
server.listen_local(Number(port), Soup.ServerListenOptions.IPV4_ONLY);
print(`listening on ws://127.0.0.1:${server.get_uris()[0].get_port()}/`);
new GLib.MainLoop(null, false).run();
