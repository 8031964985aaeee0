/* An HTTPS server for foreign clients of TLS: says what it knows about each, and echoes WebSocket messages on /echo.
 *
 *   /          "certificate: SUBJECT, errors: NUMBER", or "no certificate"
 *   /next      the next connections get the second certificate
 *
 * tls-server CERTIFICATE SECOND-CERTIFICATE AUTHORITY none|requested|required    prints its URL and serves until its
 * input ends. */

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
opened (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        SoupWebsocketConnection *connection,
        gpointer data)
{
  (void) server;
  (void) message;
  (void) path;
  (void) data;
  g_signal_connect (connection, "message", G_CALLBACK (echo), NULL);
  g_object_ref (connection);
  g_signal_connect (connection, "closed", G_CALLBACK (g_object_unref), NULL);
}

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer second)
{
  GTlsCertificate *peer = soup_server_message_get_tls_peer_certificate (message);
  g_autofree char *subject = NULL;
  g_autofree char *text = NULL;

  (void) query;
  if (g_str_equal (path, "/next"))
    soup_server_set_tls_certificate (server, second);
  if (peer) {
    g_object_get (peer, "subject-name", &subject, NULL);
    text = g_strdup_printf ("certificate: %s, errors: %u\n", subject,
                            soup_server_message_get_tls_peer_certificate_errors (message));
  } else {
    text = g_strdup ("no certificate\n");
  }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, strlen (text));
}

/* A server's message is asked about every certificate of a client's. */
static gboolean
trusted (SoupServerMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  (void) message;
  (void) certificate;
  (void) data;
  return errors == 0;
}

static void
started (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  (void) server;
  (void) data;
  g_signal_connect (message, "accept-certificate", G_CALLBACK (trusted), NULL);
}

static gboolean
input_ended (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  (void) channel;
  (void) condition;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static GTlsCertificate *
certificate_of (const char *path)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (path, &error);

  if (certificate == NULL)
    g_error ("%s: %s", path, error->message);
  return certificate;
}

int
main (int argc, char **argv)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GTlsCertificate) first = NULL;
  g_autoptr (GTlsCertificate) second = NULL;
  g_autoptr (GTlsDatabase) authority = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  GIOChannel *input = g_io_channel_unix_new (0);
  GSList *uris;

  if (argc != 5)
    return 2;
  first = certificate_of (argv[1]);
  second = certificate_of (argv[2]);
  authority = g_tls_file_database_new (argv[3], &error);
  g_assert_no_error (error);
  soup_server_set_tls_certificate (server, first);
  soup_server_set_tls_database (server, authority);
  if (g_str_equal (argv[4], "requested"))
    soup_server_set_tls_auth_mode (server, G_TLS_AUTHENTICATION_REQUESTED);
  if (g_str_equal (argv[4], "required"))
    soup_server_set_tls_auth_mode (server, G_TLS_AUTHENTICATION_REQUIRED);
  g_signal_connect (server, "request-started", G_CALLBACK (started), NULL);
  soup_server_add_handler (server, NULL, answer, second, NULL);
  soup_server_add_websocket_handler (server, "/echo", NULL, NULL, opened, NULL, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | SOUP_SERVER_LISTEN_HTTPS, &error))
    g_error ("%s", error->message);
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_print ("%s\n", url);
  g_io_add_watch (input, G_IO_HUP | G_IO_ERR, input_ended, loop);
  g_main_loop_run (loop);
  g_io_channel_unref (input);
  return 0;
}
