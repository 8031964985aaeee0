// An echo server and a client in one Vala program, over the vapi.
int main () {
  var loop = new MainLoop ();
  var heard = "";
  var server = new Soup.Server ("server-header", "vala ");
  SList<Soup.WebsocketConnection> guests = new SList<Soup.WebsocketConnection> ();
  server.add_websocket_handler ("/", null, null, (server, request, path, guest) => {
    guests.append (guest);
    guest.message.connect ((kind, message) => guest.send_message ((Soup.WebsocketDataType) kind, message));
  });
  try {
    server.listen_local (0, Soup.ServerListenOptions.IPV4_ONLY);
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
  var session = new Soup.Session ();
  var request = new Soup.Message.from_uri ("GET", server.get_uris ().data);
  session.websocket_connect_async.begin (request, null, null, Priority.DEFAULT, null, (source, result) => {
    try {
      var connection = session.websocket_connect_async.end (result);
      connection.message.connect ((kind, message) => {
        heard = (string) message.get_data ();
        connection.close (Soup.WebsocketCloseCode.NORMAL, null);
      });
      connection.closed.connect (() => loop.quit ());
      connection.ref ();
      connection.send_text ("hello from Vala");
    } catch (Error error) {
      printerr ("%s\n", error.message);
      loop.quit ();
    }
  });
  Timeout.add_seconds (20, () => { loop.quit (); return false; });
  loop.run ();
  print ("%s\n", heard);
  return heard == "hello from Vala" ? 0 : 1;
}
