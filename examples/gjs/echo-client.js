#!/usr/bin/env gjs
// SPDX-License-Identifier: MIT OR Apache-2.0
// Sends each MESSAGE to an echo server and prints what comes back: echo-client.js URI MESSAGE...
imports.gi.versions.Soup = '3.0';
const {GLib, Soup} = imports.gi;
const System = imports.system;

const [uri, ...messages] = ARGV;
if (!uri || uri === '--help') {
    print('usage: echo-client.js URI MESSAGE...');
    System.exit(uri ? 0 : 2);
}

const loop = new GLib.MainLoop(null, false);
let status = 1, connection; // kept here: it ends with its last reference
const sendNext = () => {
    if (messages.length)
        connection.send_text(messages.shift());
    else
        connection.close(Soup.WebsocketCloseCode.NORMAL, 'that was all');
};
const session = new Soup.Session();
session.websocket_connect_async(Soup.Message.new('GET', uri), null, null, GLib.PRIORITY_DEFAULT, null, (_session, result) => {
    try {
        connection = session.websocket_connect_finish(result);
    } catch (error) {
        printerr(error.message);
        loop.quit();
        return;
    }
    connection.connect('message', (_connection, type, data) => {
        print(`< ${new TextDecoder().decode(data.get_data() ?? new Uint8Array())}`);
        sendNext();
    });
    connection.connect('closed', () => {
        print(`closed: ${connection.get_close_code()}`);
        status = connection.get_close_code() === Soup.WebsocketCloseCode.NORMAL ? 0 : 1;
        loop.quit();
    });
    sendNext();
});
loop.run();
System.exit(status);
