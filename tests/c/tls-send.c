/* Ordinary requests over TLS: kept connections, large bodies, metrics, and servers that nobody trusts. */

#include "common-service.h"
#include "common-tls.h"

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  gsize size = !strcmp (path, "/large") ? 1024 * 1024 : 5;

  (void) server;
  (void) query;
  (void) data;
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_body_append_take (soup_server_message_get_response_body (message), g_malloc0 (size), size);
}

static SoupMessage *
message_for (Site *site, const char *path)
{
  /* The site's URL is a WebSocket's. */
  g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%d%s", site->port, path);

  return soup_message_new ("GET", url);
}

static void
fetch (Site *site, SoupMessage *message, Fetched *fetched)
{
  fetched_clear (fetched);
  soup_session_send_and_read_async (site->session, message, 0, NULL, fetched_bytes, fetched);
  wait_until (fetched->done);
}

static void
kept (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  Fetched fetched = { 0 };
  guint64 connection = 0;

  soup_server_add_handler (site->server, NULL, answer, NULL, NULL);
  for (int i = 0; i < 3; i++) {
    g_autoptr (SoupMessage) message = message_for (site, i == 1 ? "/large" : "/");

    soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
    fetch (site, message, &fetched);
    g_assert_no_error (fetched.error);
    g_assert_cmpuint (g_bytes_get_size (fetched.bytes), ==, i == 1 ? 1024 * 1024 : 5);
    /* What is known about the connection is known to each message. */
    g_assert_nonnull (soup_message_get_tls_peer_certificate (message));
    g_assert_nonnull (soup_message_get_tls_ciphersuite_name (message));
    g_assert_cmpint (soup_message_metrics_get_tls_start (soup_message_get_metrics (message)) != 0, ==, i == 0);
    g_assert_true (!connection || connection == soup_message_get_connection_id (message));
    connection = soup_message_get_connection_id (message);
  }
  fetched_clear (&fetched);
}

static void
trusted_by_nobody (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GTlsDatabase) database = tls_database ("stranger");
  g_autoptr (SoupMessage) message = message_for (site, "/");
  Fetched fetched = { 0 };

  soup_server_add_handler (site->server, NULL, answer, NULL, NULL);
  soup_session_set_tls_database (site->session, database);
  fetch (site, message, &fetched);
  g_assert_error (fetched.error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_cmpuint (soup_message_get_status (message), ==, 0);
  fetched_clear (&fetched);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/send/kept", kept);
  g_test_add_func ("/tls/send/trusted-by-nobody", trusted_by_nobody);
  return g_test_run ();
}
