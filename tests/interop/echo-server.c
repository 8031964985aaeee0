/* The server under test: echoes each message in its own kind, and does what a peer's runner asks for by path.
 *
 *   /          echo
 *   /close     a text message "CODE REASON" is answered by closing with these
 *   /chat      echo, speaks the subprotocols "chat" and "superchat"
 *   /plain     an ordinary answer, for handshakes that must fail
 *
 * echo-server [--no-deflate] [--tls CERTIFICATE-WITH-KEY] prints its URL and serves until its standard input ends. */

#include <libsoup/soup.h>

#include <stdlib.h>

static void
echo (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  (void) data;
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (connection, kind, message);
}

static void
close_as_told (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  const char *text = g_bytes_get_data (message, NULL);
  char *reason;
  gushort code = strtoul (text, &reason, 10);

  (void) kind;
  (void) data;
  soup_websocket_connection_close (connection, code, *reason == ' ' ? reason + 1 : NULL);
}

static void
opened (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
        gpointer callback)
{
  (void) server;
  (void) message;
  (void) path;
  soup_websocket_connection_set_max_incoming_payload_size (connection, 0);
#ifndef ORACLE_LIBSOUP
  soup_websocket_connection_set_max_total_message_size (connection, 0); /* of libsoup 3.8 */
#endif
  g_signal_connect (connection, "message", G_CALLBACK (callback), NULL);
  /* Ours until it closes. */
  g_object_ref (connection);
  g_signal_connect (connection, "closed", G_CALLBACK (g_object_unref), NULL);
}

static void
plain (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "no entry", 8);
}

static gboolean
input_ended (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  char byte;
  gsize got = 0;

  (void) condition;
  if (g_io_channel_read_chars (channel, &byte, 1, &got, NULL) == G_IO_STATUS_NORMAL)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "echo ", NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  char *protocols[] = { "chat", "superchat", NULL };
  SoupServerListenOptions options = SOUP_SERVER_LISTEN_IPV4_ONLY;
  GIOChannel *input = g_io_channel_unix_new (0);
  GSList *uris;

  for (int i = 1; i < argc; i++) {
    if (g_str_equal (argv[i], "--no-deflate"))
      soup_server_remove_websocket_extension (server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
    if (g_str_equal (argv[i], "--tls") && argv[i + 1]) {
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (argv[i + 1], NULL);

      soup_server_set_tls_certificate (server, certificate);
      options |= SOUP_SERVER_LISTEN_HTTPS;
    }
  }
  soup_server_add_websocket_handler (server, "/", NULL, NULL, opened, echo, NULL);
  soup_server_add_websocket_handler (server, "/close", NULL, NULL, opened, close_as_told, NULL);
  soup_server_add_websocket_handler (server, "/chat", NULL, protocols, opened, echo, NULL);
  soup_server_add_handler (server, "/plain", plain, NULL, NULL);
  if (!soup_server_listen_local (server, 0, options, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("%s://127.0.0.1:%d", soup_server_is_https (server) ? "wss" : "ws",
                         g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_print ("%s\n", url);

  g_io_channel_set_encoding (input, NULL, NULL);
  g_io_channel_set_buffered (input, FALSE);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP | G_IO_ERR, input_ended, loop);
  g_main_loop_run (loop);
  g_io_channel_unref (input);
  return 0;
}
