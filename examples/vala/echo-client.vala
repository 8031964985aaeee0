// SPDX-License-Identifier: MIT OR Apache-2.0
// Sends each MESSAGE to an echo server and prints what comes back: echo-client URI MESSAGE...
//
//   valac --pkg bisque-3.0 echo-client.vala
class Client {
    public int status = 1;
    public MainLoop loop = new MainLoop ();
    private Soup.WebsocketConnection connection;
    private string[] messages;
    private int sent = 0;

    public Client (string[] messages) {
        this.messages = messages;
    }

    public async void talk (string uri) {
        var session = new Soup.Session ();
        try {
            connection = yield session.websocket_connect_async (new Soup.Message ("GET", uri), null, null, Priority.DEFAULT, null);
        } catch (Error error) {
            printerr ("%s\n", error.message);
            loop.quit ();
            return;
        }
        connection.message.connect ((type, data) => {
            // A NUL stands behind the bytes.
            print ("< %s\n", (string) data.get_data ());
            send_next ();
        });
        connection.closed.connect (() => {
            print ("closed: %u\n", connection.get_close_code ());
            status = connection.get_close_code () == Soup.WebsocketCloseCode.NORMAL ? 0 : 1;
            loop.quit ();
        });
        send_next ();
    }

    private void send_next () {
        if (sent < messages.length)
            connection.send_text (messages[sent++]);
        else
            connection.close (Soup.WebsocketCloseCode.NORMAL, "that was all");
    }
}

int main (string[] args) {
    Intl.setlocale ();
    if (args.length < 2 || args[1] == "--help") {
        print ("usage: echo-client URI MESSAGE...\n");
        return args.length < 2 ? 2 : 0;
    }
    var client = new Client (args[2:args.length]);
    client.talk.begin (args[1]);
    client.loop.run ();
    return client.status;
}
