/* An echo server: whatever a client sends comes back.
 *
 *   cc echo-server.c -o echo-server $(pkg-config --cflags --libs bisque-3.0)
 *   ./echo-server [PORT]        (without PORT, or with 0, the system chooses one)
 */
#include <stdlib.h>

#include <libsoup/soup.h>

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, gpointer user_data)
{
  (void) user_data;
  soup_websocket_connection_send_message (connection, (SoupWebsocketDataType) type, message);
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, gpointer user_data)
{
  (void) connection, (void) user_data;
  g_printerr ("error: %s\n", error->message);
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer user_data)
{
  (void) user_data;
  g_print ("closed: %u\n", soup_websocket_connection_get_close_code (connection));
  g_object_unref (connection); /* the reference that on_connection() took */
}

static void
on_connection (SoupServer *server,
               SoupServerMessage *request,
               const char *path,
               SoupWebsocketConnection *connection,
               gpointer user_data)
{
  (void) server, (void) user_data;
  g_print ("open: %s from %s\n", path, soup_server_message_get_remote_host (request));
  g_object_ref (connection); /* or the connection would end when this function does */
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), NULL);
}

/* PORT of the command line, if there is one; ends the program when it is none. */
static guint
port_of (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("[PORT]");
  g_autoptr (GError) error = NULL;
  guint64 port = 0;

  g_option_context_set_summary (context, "Sends back what comes. Without PORT, or with 0, the system chooses one.");
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT16, &port, &error)) || argc > 2) {
    g_printerr ("%s\nusage: %s [PORT]\n", error ? error->message : "one port is enough", argv[0]);
    exit (2);
  }
  return (guint) port;
}

int
main (int argc, char **argv)
{
  guint port = port_of (argc, argv);
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "echo-server ", NULL);
  g_autoptr (GError) error = NULL;

  soup_server_add_websocket_handler (server, "/", NULL, NULL, on_connection, NULL, NULL);
  if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
    g_printerr ("cannot listen on port %u: %s\n", port, error->message);
    return EXIT_FAILURE;
  }

  GSList *uris = soup_server_get_uris (server);
  g_print ("listening on ws://127.0.0.1:%d/\n", g_uri_get_port ((GUri *) uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
