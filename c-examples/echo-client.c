/* Sends each of its arguments to an echo server, prints what comes back, and closes.
 *
 *   cc echo-client.c -o echo-client $(pkg-config --cflags --libs bisque-3.0)
 *   ./echo-client ws://127.0.0.1:8080/ hello world
 */
#include <locale.h>
#include <stdlib.h>

#include <libsoup/soup.h>

typedef struct {
  GMainLoop *loop;
  char **messages; /* what is still to be sent */
  int status;
} Client;

static void
send_next (Client *client, SoupWebsocketConnection *connection)
{
  if (*client->messages) {
    g_print ("> %s\n", *client->messages);
    soup_websocket_connection_send_text (connection, *client->messages++);
  } else {
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "that was all");
  }
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Client *client)
{
  (void) type;
  /* A NUL follows the message's bytes: text can be used as a string. */
  g_print ("< %s\n", (const char *) g_bytes_get_data (message, NULL));
  send_next (client, connection);
}

static void
on_closed (SoupWebsocketConnection *connection, Client *client)
{
  const char *reason = soup_websocket_connection_get_close_data (connection);
  gushort code = soup_websocket_connection_get_close_code (connection);

  g_print ("closed: %u %s\n", code, reason ? reason : "");
  client->status = code == SOUP_WEBSOCKET_CLOSE_NORMAL ? EXIT_SUCCESS : EXIT_FAILURE;
  g_main_loop_quit (client->loop);
  g_object_unref (connection);
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Client *client = (Client *) user_data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  if (!connection) {
    g_printerr ("%s\n", error->message);
    g_main_loop_quit (client->loop);
    return;
  }
  g_signal_connect (connection, "message", G_CALLBACK (on_message), client);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), client);
  send_next (client, connection);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URI [MESSAGE...]");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, ""); /* g_print() writes in the locale's encoding */
  g_option_context_set_summary (context, "Sends each MESSAGE to an echo server and prints what comes back.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 2) {
    g_printerr ("%s\nusage: %s URI [MESSAGE...]\n", error ? error->message : "a URI is needed", argv[0]);
    return 2;
  }
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, argv[1]);
  if (!message) {
    g_printerr ("%s is not a URI\n", argv[1]);
    return 2;
  }

  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Client client = { loop, argv + 2, EXIT_FAILURE };
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, on_connected, &client);
  g_main_loop_run (loop);
  return client.status;
}
