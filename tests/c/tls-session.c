/* A session's wss://: who is trusted, what is told about it, certificates of clients, and handshakes that do not end. */

#include "common-tls.h"

#define CERTIFICATE "tls-peer-certificate tls-peer-certificate-errors"
#define BEFORE "queued connected handshaking"
#define AFTER CERTIFICATE " tls-protocol-version tls-ciphersuite-name handshaked complete starting wrote-headers wrote-body"

/* An attempt on a site with that certificate. */
static Attempt *
attempt_at (const char *certificate, const char *authority, gboolean accepts)
{
  g_autoptr (Site) site = tls_site_new (certificate);
  Attempt *attempt = tls_attempt_new (site->url, accepts);

  site_accept (site, "/", NULL, NULL);
  if (authority) {
    g_autoptr (GTlsDatabase) database = tls_database (authority);

    soup_session_set_tls_database (attempt->session, database);
  }
  tls_attempt_run (attempt);
  return attempt;
}

static void
succeeds (Attempt *attempt)
{
  g_assert_no_error (attempt->error);
  g_assert_true (SOUP_IS_WEBSOCKET_CONNECTION (attempt->connection));
}

static void
is_refused (Attempt *attempt, GTlsCertificateFlags errors)
{
  g_assert_error (attempt->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_cmpint (soup_message_get_tls_peer_certificate_errors (attempt->message), ==, errors);
  g_assert_true (G_IS_TLS_CERTIFICATE (soup_message_get_tls_peer_certificate (attempt->message)));
  g_assert_cmpstr (attempt->log->str, ==, BEFORE " accept " CERTIFICATE " finished done unqueued");
}

static void
trusted (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("server", "authority", FALSE);
  g_autoptr (GTlsCertificate) certificate = tls_certificate ("server");
  g_autoptr (GTlsCertificate) seen = NULL;
  g_autofree char *suite = NULL, *log = NULL;
  GTlsProtocolVersion version;
  GTlsCertificateFlags errors;

  succeeds (attempt);
  /* Nothing is wrong, so that nothing is said about errors. */
  log = g_strdup (attempt->log->str);
  g_assert_nonnull (g_strstr_len (log, -1, "tls-peer-certificate"));
  g_assert_null (g_strstr_len (log, -1, "accept"));
  g_object_get (attempt->message, "tls-peer-certificate", &seen, "tls-peer-certificate-errors", &errors,
                "tls-protocol-version", &version, "tls-ciphersuite-name", &suite, NULL);
  g_assert_true (g_tls_certificate_is_same (seen, certificate));
  g_assert_true (seen == soup_message_get_tls_peer_certificate (attempt->message));
  g_assert_cmpint (errors, ==, 0);
  g_assert_cmpint (soup_message_get_tls_peer_certificate_errors (attempt->message), ==, 0);
  g_assert_cmpint (version, >=, G_TLS_PROTOCOL_VERSION_TLS_1_2);
  g_assert_cmpint (version, ==, soup_message_get_tls_protocol_version (attempt->message));
  g_assert_cmpstr (suite, ==, soup_message_get_tls_ciphersuite_name (attempt->message));
  g_assert_nonnull (suite);
  g_assert_cmpstr (g_uri_get_scheme (soup_websocket_connection_get_uri (attempt->connection)), ==, "wss");
}

static void
accepted_by_a_handler (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("server", "stranger", TRUE);

  succeeds (attempt);
  g_assert_cmpstr (attempt->log->str, ==, BEFORE " accept " AFTER " got-informational unqueued done");
  g_assert_cmpint (soup_message_get_tls_peer_certificate_errors (attempt->message), ==,
                   G_TLS_CERTIFICATE_UNKNOWN_CA);
}

static void
unknown_authority (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("server", "stranger", FALSE);

  is_refused (attempt, G_TLS_CERTIFICATE_UNKNOWN_CA);
}

/* As a new session is: the system's authorities do not know ours. */
static void
system_s_authorities (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("server", NULL, FALSE);

  is_refused (attempt, G_TLS_CERTIFICATE_UNKNOWN_CA);
}

static void
wrong_host (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("elsewhere", "authority", FALSE);

  is_refused (attempt, G_TLS_CERTIFICATE_BAD_IDENTITY);
}

static void
expired (void)
{
  g_autoptr (Attempt) attempt = attempt_at ("expired", "authority", FALSE);

  is_refused (attempt, G_TLS_CERTIFICATE_EXPIRED);
}

/* The error says which check has failed. */
static void
reasons (void)
{
  static const struct {
    const char *certificate, *authority, *words;
  } cases[] = {
    { "server", "stranger", "authority" },
    { "elsewhere", "authority", "another host name" },
    { "expired", "authority", "expired" },
  };

  if (differs ("libsoup says that it is unacceptable, and no more"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Attempt) attempt = attempt_at (cases[i].certificate, cases[i].authority, FALSE);

    g_assert_error (attempt->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
    g_assert_nonnull (strstr (attempt->error->message, cases[i].words));
  }
}

/* Where the connection goes is who the server has to be. */
static void
remote_connectable (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GSocketConnectable) place = g_network_address_new ("127.0.0.1", site->port);
  g_autoptr (GTlsDatabase) database = tls_database ("authority");
  g_autoptr (SoupSession) session
    = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", place, "tls-database", database, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "wss://elsewhere.example/");
  g_autoptr (GError) error = NULL;
  g_autoptr (End) end = NULL;

  site_accept (site, "/", NULL, NULL);
  end = site_connect_message (session, message, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

/* An empty database trusts nobody, also not the system's authorities. */
static void
no_database (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Attempt) attempt = tls_attempt_new (site->url, FALSE);

  soup_session_set_tls_database (attempt->session, NULL);
  tls_attempt_run (attempt);
  is_refused (attempt, G_TLS_CERTIFICATE_UNKNOWN_CA);
}

static void
server_speaks_no_tls (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://127.0.0.1:%u/", listener->port);
  g_autoptr (Attempt) attempt = tls_attempt_new (url, TRUE);
  g_autoptr (Peer) peer = NULL;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  peer_write_text (peer, "HTTP/1.1 400 Bad Request\r\n\r\n");
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_TLS_ERROR, G_TLS_ERROR_MISC);
  g_assert_cmpstr (attempt->log->str, ==, BEFORE " finished done unqueued");
}

static void
server_goes_away (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://127.0.0.1:%u/", listener->port);
  g_autoptr (Attempt) attempt = tls_attempt_new (url, TRUE);
  g_autoptr (Peer) peer = NULL;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  peer_close (peer);
  wait_until (attempt->done);
  settle (5);
  g_assert_nonnull (attempt->error);
  g_assert_cmpstr (attempt->log->str, ==, BEFORE " finished done unqueued");
}

/* The server is silent behind the accept. */
static void
cancelled_in_the_handshake (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://127.0.0.1:%u/", listener->port);
  g_autoptr (Attempt) attempt = tls_attempt_new (url, TRUE);
  g_autoptr (Peer) peer = NULL;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  wait_until (g_str_has_suffix (attempt->log->str, "handshaking"));
  settle (20);
  g_cancellable_cancel (attempt->cancellable);
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (attempt->log->str, ==, BEFORE " finished unqueued done");
  wait_until (peer_ended (peer));
}

static void
times_out_in_the_handshake (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://127.0.0.1:%u/", listener->port);
  g_autoptr (Attempt) attempt = tls_attempt_new (url, TRUE);
  g_autoptr (Peer) peer = NULL;

  soup_session_set_timeout (attempt->session, 1);
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  wait_until (peer_ended (peer));
}

/* A session's timeout is not begun anew by each byte. */
static void
times_out_a_byte_at_a_time (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://127.0.0.1:%u/", listener->port);
  g_autoptr (Attempt) attempt = NULL;
  g_autoptr (Peer) peer = NULL;
  gint64 dribble = 0;

  if (differs ("libsoup begins its timeout anew with each byte"))
    return;
  attempt = tls_attempt_new (url, TRUE);
  soup_session_set_timeout (attempt->session, 1);
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  /* The header of a record that would be long. */
  peer_write_hex (peer, "16 03 03 40 00 02 00 3f fc");
  while (!attempt->done) {
    g_assert_cmpint (dribble, <, 100 * patience ());
    turn ();
    if (dribble++ % 20 == 0)
      peer_write_hex (peer, "00");
  }
  settle (5);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* ---- Handlers that end things ---- */

static gboolean
cancel_it (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, Attempt *attempt)
{
  g_cancellable_cancel (attempt->cancellable);
  return TRUE;
}

static void
cancelled_by_the_handler (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Attempt) attempt = attempt_new (site->url);

  site_accept (site, "/", NULL, NULL);
  g_signal_connect (attempt->message, "accept-certificate", G_CALLBACK (cancel_it), attempt);
  tls_attempt_run (attempt);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

typedef struct {
  SoupSession *session;
  SoupMessage *message;
  gboolean asked, done;
} Dropping;

static gboolean
drop_all (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, Dropping *dropping)
{
  dropping->asked = TRUE;
  g_clear_object (&dropping->session);
  g_clear_object (&dropping->message);
  return TRUE;
}

static void
note_done (GObject *session, GAsyncResult *result, gpointer data)
{
  Dropping *dropping = data;
  g_autoptr (SoupWebsocketConnection) connection
    = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, NULL);

  g_assert_true (SOUP_IS_WEBSOCKET_CONNECTION (connection));
  dropping->done = TRUE;
}

/* The handshake has references of its own. */
static void
last_references_dropped_by_the_handler (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  Dropping dropping = { soup_session_new (), soup_message_new ("GET", site->url), FALSE, FALSE };

  site_accept (site, "/", NULL, NULL);
  g_signal_connect (dropping.message, "accept-certificate", G_CALLBACK (drop_all), &dropping);
  soup_session_websocket_connect_async (dropping.session, dropping.message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        note_done, &dropping);
  wait_until (dropping.done);
  g_assert_true (dropping.asked);
  settle (20);
}

static gboolean
run_a_loop (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, Site *site)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupMessage) other = soup_message_new ("GET", site->url);
  g_autoptr (End) end = site_connect_message (site->session, other, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return TRUE;
}

/* Another connection is made while a handler makes up its mind. */
static void
nested_loop_in_the_handler (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Attempt) attempt = attempt_new (site->url);

  site_accept (site, "/", NULL, NULL);
  g_signal_connect (attempt->message, "accept-certificate", G_CALLBACK (run_a_loop), site);
  tls_attempt_run (attempt);
  succeeds (attempt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/session/trusted", trusted);
  g_test_add_func ("/tls/session/accepted-by-a-handler", accepted_by_a_handler);
  g_test_add_func ("/tls/session/unknown-authority", unknown_authority);
  g_test_add_func ("/tls/session/system-s-authorities", system_s_authorities);
  g_test_add_func ("/tls/session/wrong-host", wrong_host);
  g_test_add_func ("/tls/session/expired", expired);
  g_test_add_func ("/tls/session/reasons", reasons);
  g_test_add_func ("/tls/session/remote-connectable", remote_connectable);
  g_test_add_func ("/tls/session/no-database", no_database);
  g_test_add_func ("/tls/session/server-speaks-no-tls", server_speaks_no_tls);
  g_test_add_func ("/tls/session/server-goes-away", server_goes_away);
  g_test_add_func ("/tls/session/cancelled-in-the-handshake", cancelled_in_the_handshake);
  g_test_add_func ("/tls/session/times-out-in-the-handshake", times_out_in_the_handshake);
  g_test_add_func ("/tls/session/times-out-a-byte-at-a-time", times_out_a_byte_at_a_time);
  g_test_add_func ("/tls/session/cancelled-by-the-handler", cancelled_by_the_handler);
  g_test_add_func ("/tls/session/last-references-dropped-by-the-handler", last_references_dropped_by_the_handler);
  g_test_add_func ("/tls/session/nested-loop-in-the-handler", nested_loop_in_the_handler);
  return g_test_run ();
}
