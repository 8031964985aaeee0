/* Redirects of a session's WebSockets to, from and between servers that speak TLS. */

#include "common-tls.h"

/* Redirects to the place that its data names. */
static void
redirect (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer location)
{
  (void) server;
  (void) path;
  (void) query;
  soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, location);
}

/* An attempt on the first site, which redirects to the second one. */
static Attempt *
redirected (Site *first, Site *second, const char *authority, gboolean accepts)
{
  g_autofree char *url = g_strconcat (first->url, "/from", NULL), *location = g_strconcat (second->url, "/to", NULL);
  g_autoptr (GTlsDatabase) database = tls_database (authority);
  Attempt *attempt = tls_attempt_new (url, accepts);
  SoupMessageHeaders *headers = soup_message_get_request_headers (attempt->message);

  soup_server_add_handler (first->server, "/from", redirect, location, NULL);
  site_accept (second, "/to", NULL, NULL);
  soup_session_set_tls_database (attempt->session, database);
  soup_message_headers_append (headers, "Authorization", "secret");
  soup_message_headers_append (headers, "Referer", "https://page/");
  tls_attempt_run (attempt);
  soup_server_remove_handler (first->server, "/from");
  return attempt;
}

#define CERTIFICATE "tls-peer-certificate tls-peer-certificate-errors"
#define SESSION "tls-protocol-version tls-ciphersuite-name"
#define FORGOTTEN "tls-ciphersuite-name tls-protocol-version tls-peer-certificate-errors tls-peer-certificate"
#define SENT "starting wrote-headers wrote-body"
#define TLS " connected handshaking accept " CERTIFICATE " " SESSION " handshaked complete " SENT
#define AGAIN " got-headers got-body restarted"

/* Each connection's certificate is looked at: what a handler has accepted once is no answer for the next. */
static void
each_connection_is_secured_by_itself (void)
{
  g_autoptr (Site) first = tls_site_new ("server"), second = tls_site_new ("server");
  g_autoptr (Attempt) attempt = redirected (first, second, "stranger", TRUE);

  g_assert_no_error (attempt->error);
  g_assert_cmpstr (attempt->log->str, ==, "queued" TLS AGAIN " " FORGOTTEN TLS " got-informational unqueued done");
  g_assert_true (G_IS_TLS_CERTIFICATE (soup_message_get_tls_peer_certificate (attempt->message)));
  g_assert_cmpstr (g_uri_get_scheme (soup_websocket_connection_get_uri (attempt->connection)), ==, "wss");
}

static void
from_plain_to_tls (void)
{
  g_autoptr (Site) first = site_new (), second = tls_site_new ("server");
  g_autoptr (Attempt) attempt = redirected (first, second, "stranger", TRUE);

  g_assert_no_error (attempt->error);
  g_assert_cmpstr (attempt->log->str, ==,
                   "queued connected complete " SENT AGAIN TLS " got-informational unqueued done");
}

/* The second server is not who it has to be. */
static void
to_a_wrong_server (void)
{
  g_autoptr (Site) first = tls_site_new ("server"), second = tls_site_new ("elsewhere");
  g_autoptr (Attempt) attempt = redirected (first, second, "authority", FALSE);

  g_assert_error (attempt->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_nonnull (strstr (attempt->log->str, "restarted"));
  g_assert_cmpint (soup_message_get_tls_peer_certificate_errors (attempt->message), ==, G_TLS_CERTIFICATE_BAD_IDENTITY);
  g_assert_cmpuint (second->opened->len, ==, 0);
}

/* What was asked for over TLS never goes without: neither credentials nor Referer are seen on the way. */
static void
never_from_tls_to_plain (void)
{
  g_autoptr (Site) first = tls_site_new ("server"), second = site_new ();
  g_autoptr (Attempt) attempt = NULL;

  if (differs ("libsoup follows"))
    return;
  for (int schemes = 0; schemes < 2; schemes++) {
    g_clear_pointer (&attempt, attempt_free);
    if (schemes) {
      g_free (second->url);
      second->url = g_strdup_printf ("http://127.0.0.1:%u", second->port);
    }
    attempt = redirected (first, second, "authority", FALSE);
    g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_REDIRECT_BAD_URI);
    g_assert_null (strstr (attempt->log->str, "restarted"));
    g_assert_cmpuint (second->opened->len, ==, 0);
    g_assert_cmpstr (g_uri_get_scheme (soup_message_get_uri (attempt->message)), ==, "wss");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redirect/tls/each-connection-is-secured-by-itself", each_connection_is_secured_by_itself);
  g_test_add_func ("/redirect/tls/from-plain-to-tls", from_plain_to_tls);
  g_test_add_func ("/redirect/tls/to-a-wrong-server", to_a_wrong_server);
  g_test_add_func ("/redirect/tls/never-from-tls-to-plain", never_from_tls_to_plain);
  return g_test_run ();
}
