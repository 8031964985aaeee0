/* A server's HTTPS: certificates of clients, and peers that do not shake hands as they should. */

#include "common-tls.h"

#include <sys/socket.h>

/* ---- Certificates of clients ---- */

typedef struct {
  Site *site;
  Attempt *attempt;
  GTlsDatabase *database;
  GTlsCertificate *certificate; /* the client's */
  enum { SILENT, REFUSES, ACCEPTS } server;
  SoupServerMessage *message;
  guint asked; /* "accept-certificate" of that message */
  GTlsCertificateFlags errors;
} Mutual;

static gboolean
on_server_accept (SoupServerMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, Mutual *mutual)
{
  g_assert_true (SOUP_IS_SERVER_MESSAGE (message));
  g_assert_true (g_tls_certificate_is_same (certificate, mutual->certificate));
  mutual->errors = errors;
  mutual->asked++;
  return mutual->server == ACCEPTS;
}

static void
on_started (SoupServer *server, SoupServerMessage *message, Mutual *mutual)
{
  (void) server;
  g_set_object (&mutual->message, message);
  if (mutual->server != SILENT)
    g_signal_connect (message, "accept-certificate", G_CALLBACK (on_server_accept), mutual);
}

static void
mutual_init (Mutual *mutual, GTlsAuthenticationMode mode)
{
  g_autoptr (GTlsDatabase) database = tls_database ("authority");

  mutual->site = tls_site_new ("server");
  soup_server_set_tls_auth_mode (mutual->site->server, mode);
  g_signal_connect (mutual->site->server, "request-started", G_CALLBACK (on_started), mutual);
  site_accept (mutual->site, "/", NULL, NULL);
  mutual->certificate = tls_certificate ("client");
  mutual->attempt = tls_attempt_new (mutual->site->url, FALSE);
  soup_session_set_tls_database (mutual->attempt->session, database);
}

static void
mutual_clear (Mutual *mutual)
{
  g_clear_pointer (&mutual->attempt, attempt_free);
  g_clear_pointer (&mutual->site, site_free);
  g_clear_object (&mutual->certificate);
  g_clear_object (&mutual->database);
  g_clear_object (&mutual->message);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mutual, mutual_clear)

static void
opens (Mutual *mutual, gboolean with_certificate, GTlsCertificateFlags errors)
{
  GTlsCertificate *seen;

  g_assert_no_error (mutual->attempt->error);
  wait_until (mutual->site->opened->len == 1);
  seen = soup_server_message_get_tls_peer_certificate (mutual->message);
  g_assert_cmpint (seen != NULL, ==, with_certificate);
  if (seen) {
    g_autoptr (GTlsCertificate) property = NULL;

    g_object_get (mutual->message, "tls-peer-certificate", &property, NULL);
    g_assert_true (property == seen);
    g_assert_true (g_tls_certificate_is_same (seen, mutual->certificate));
  }
  g_assert_cmpint (soup_server_message_get_tls_peer_certificate_errors (mutual->message), ==, errors);
}

static void
fails (Mutual *mutual)
{
  g_assert_nonnull (mutual->attempt->error);
  settle (20);
  g_assert_cmpuint (mutual->site->opened->len, ==, 0);
}

/* A server's message is asked about trusted certificates as well. */
static void
required_and_trusted (void)
{
  g_auto (Mutual) mutual = { .server = ACCEPTS };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  mutual.database = tls_database ("authority");
  soup_server_set_tls_database (mutual.site->server, mutual.database);
  soup_message_set_tls_client_certificate (mutual.attempt->message, mutual.certificate);
  tls_attempt_run (mutual.attempt);
  opens (&mutual, TRUE, 0);
  g_assert_cmpuint (mutual.asked, ==, 1);
  g_assert_cmpint (mutual.errors, ==, 0);
}

static void
required_and_trusted_but_refused (void)
{
  g_auto (Mutual) mutual = { .server = REFUSES };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  mutual.database = tls_database ("authority");
  soup_server_set_tls_database (mutual.site->server, mutual.database);
  soup_message_set_tls_client_certificate (mutual.attempt->message, mutual.certificate);
  tls_attempt_run (mutual.attempt);
  fails (&mutual);
  g_assert_cmpint (mutual.errors, ==, 0);
}

static void
required_and_unknown (void)
{
  g_auto (Mutual) mutual = { 0 };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  soup_message_set_tls_client_certificate (mutual.attempt->message, mutual.certificate);
  tls_attempt_run (mutual.attempt);
  fails (&mutual);
}

static void
required_and_accepted (void)
{
  g_auto (Mutual) mutual = { .server = ACCEPTS };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  soup_message_set_tls_client_certificate (mutual.attempt->message, mutual.certificate);
  tls_attempt_run (mutual.attempt);
  opens (&mutual, TRUE, G_TLS_CERTIFICATE_UNKNOWN_CA);
  g_assert_cmpuint (mutual.asked, ==, 1);
}

static void
required_and_refused (void)
{
  g_auto (Mutual) mutual = { .server = REFUSES };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  soup_message_set_tls_client_certificate (mutual.attempt->message, mutual.certificate);
  tls_attempt_run (mutual.attempt);
  fails (&mutual);
  g_assert_cmpuint (mutual.asked, ==, 1);
}

static void
required_and_missing (void)
{
  g_auto (Mutual) mutual = { 0 };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  tls_attempt_run (mutual.attempt);
  g_assert_error (mutual.attempt->error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED);
  fails (&mutual);
}

static void
requested_and_missing (void)
{
  g_auto (Mutual) mutual = { 0 };

  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUESTED);
  tls_attempt_run (mutual.attempt);
  opens (&mutual, FALSE, 0);
}

/* What a handler of "request-certificate" does. */
typedef struct {
  Mutual *mutual;
  gboolean gives;   /* the certificate, or NULL */
  gboolean at_once; /* or in a later turn */
  gboolean answer;  /* of the handler */
  guint asked;
} Client;

static gboolean
give (gpointer data)
{
  Client *client = data;

  soup_message_set_tls_client_certificate (client->mutual->attempt->message,
                                           client->gives ? client->mutual->certificate : NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_request_certificate (SoupMessage *message, GTlsClientConnection *connection, Client *client)
{
  (void) message;
  g_assert_true (G_IS_TLS_CLIENT_CONNECTION (connection));
  client->asked++;
  if (client->at_once)
    give (client);
  else if (client->answer)
    g_timeout_add (20, give, client);
  return client->answer;
}

static void
asked_for_a_certificate (void)
{
  static const struct {
    gboolean gives, at_once, answer, opens;
  } cases[] = {
    { TRUE, TRUE, TRUE, TRUE },    { TRUE, FALSE, TRUE, TRUE },    { FALSE, TRUE, TRUE, FALSE },
    { FALSE, FALSE, TRUE, FALSE }, { FALSE, FALSE, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Mutual) mutual = { .server = ACCEPTS };
    Client client = { &mutual, cases[i].gives, cases[i].at_once, cases[i].answer, 0 };

    mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
    g_signal_connect (mutual.attempt->message, "request-certificate", G_CALLBACK (on_request_certificate), &client);
    tls_attempt_run (mutual.attempt);
    g_assert_cmpuint (client.asked, ==, 1);
    if (cases[i].opens)
      opens (&mutual, TRUE, G_TLS_CERTIFICATE_UNKNOWN_CA);
    else
      fails (&mutual);
  }
}

static gboolean
never_answer (SoupMessage *message, GTlsClientConnection *connection, guint *asked)
{
  (void) message;
  (void) connection;
  ++*asked;
  return TRUE;
}

static void
on_preconnected (GObject *session, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  g_assert_false (soup_session_preconnect_finish (SOUP_SESSION (session), result, &attempt->error));
  attempt->done = TRUE;
}

/* The message of a preconnection is not the one that is sent: it is not asked. */
static void
preconnected (void)
{
  g_auto (Mutual) mutual = { .server = ACCEPTS };
  guint asked = 0;

  if (differs ("libsoup's preconnection waits until a message takes it over"))
    return;
  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  g_signal_connect (mutual.attempt->message, "request-certificate", G_CALLBACK (never_answer), &asked);
  soup_session_preconnect_async (mutual.attempt->session, mutual.attempt->message, G_PRIORITY_DEFAULT, NULL,
                                 on_preconnected, mutual.attempt);
  wait_until (mutual.attempt->done);
  g_assert_error (mutual.attempt->error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED);
  g_assert_cmpuint (asked, ==, 0);
  fails (&mutual);
}

/* The thread that waits for the answer gets one. */
static void
cancelled_while_asked (void)
{
  g_auto (Mutual) mutual = { 0 };
  guint asked = 0;

  if (differs ("libsoup's cancelled message waits for the answer"))
    return;
  mutual_init (&mutual, G_TLS_AUTHENTICATION_REQUIRED);
  g_signal_connect (mutual.attempt->message, "request-certificate", G_CALLBACK (never_answer), &asked);
  attempt_begin (mutual.attempt, NULL, NULL);
  wait_until (asked);
  g_cancellable_cancel (mutual.attempt->cancellable);
  wait_until (mutual.attempt->done);
  g_assert_error (mutual.attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fails (&mutual);
}

static void
no_password_was_asked_for (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "wss://localhost/");

  if (differs ("libsoup asserts"))
    return;
  critical (soup_message_tls_client_certificate_password_request_complete (message));
  critical (soup_message_tls_client_certificate_password_request_complete (NULL));
  critical (soup_message_set_tls_client_certificate (NULL, NULL));
  critical (soup_message_set_tls_client_certificate (message, (gpointer) message));
}

/* ---- Peers ---- */

/* The server goes on to serve. */
static void
still_serves (Site *site)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (End) end = site_connect (site, "/", NULL, NULL, &error);

  g_assert_no_error (error);
  soup_websocket_connection_send_text (end->connection, "still there");
  wait_until (site_end (site, site->opened->len - 1)->messages->len);
}

/* Connections that come from now on are shown the new certificate; those that are there stay. */
static void
certificate_changed_while_running (void)
{
  static const char *const names[] = { "server", "elsewhere", "server" };
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (End) first = NULL;
  g_autoptr (GError) error = NULL;

  site_accept (site, "/", NULL, NULL);
  first = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GTlsCertificate) certificate = tls_certificate (names[i]);
    g_autoptr (Attempt) attempt = tls_attempt_new (site->url, TRUE);

    soup_server_set_tls_certificate (site->server, certificate);
    tls_attempt_run (attempt);
    g_assert_no_error (attempt->error);
    g_assert_true (g_tls_certificate_is_same (soup_message_get_tls_peer_certificate (attempt->message), certificate));
  }
  soup_websocket_connection_send_text (first->connection, "still there");
  wait_until (site_end (site, 0)->messages->len);
}

static void
garbage (void)
{
  static const char *const hellos[] = {
    "47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a", /* GET / HTTP/1.1 */
    "00 00 00 00 00 00 00 00",
    "16 03 01 ff ff 01",                /* a record that is too long */
    "16 03 01 00 00",                   /* an empty one */
    "16 03 01 00 04 ff ff ff ff",       /* no message of a handshake */
    "16 03 01 00 04 02 00 00 00",       /* a ServerHello */
    "16 03 01 00 06 01 00 00 02 03 03", /* a ClientHello that ends too soon */
    "15 03 01 00 02 02 28",             /* an alert */
    "17 03 03 00 05 68 65 6c 6c 6f",    /* data before any key */
  };
  g_autoptr (Site) site = tls_site_new ("server");

  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (hellos); i++) {
    g_autoptr (Peer) peer = peer_connect (site->port);

    peer_write_hex (peer, hellos[i]);
    peer_shutdown (peer);
    wait_until (peer_ended (peer));
  }
  still_serves (site);
}

static void
peer_resets (Peer *peer)
{
  struct linger now = { 1, 0 };

  g_assert_no_errno (setsockopt (peer->descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now));
  peer_close (peer);
}

/* A ClientHello, as a session makes it. */
static GByteArray *
client_hello (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autofree char *url = g_strdup_printf ("wss://localhost:%u/", listener->port);
  g_autoptr (Attempt) attempt = attempt_new (url);
  g_autoptr (Peer) peer = NULL;
  GByteArray *hello = g_byte_array_new ();

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  wait_until ((peer_ended (peer),
               peer->input->len > 5 && peer->input->len >= 5u + (peer->input->data[3] << 8) + peer->input->data[4]));
  g_byte_array_append (hello, peer->input->data, peer->input->len);
  g_cancellable_cancel (attempt->cancellable);
  wait_until (attempt->done);
  return hello;
}

static void
resets_in_the_handshake (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GByteArray) hello = client_hello ();

  site_accept (site, "/", NULL, NULL);
  for (guint length = 0; length <= hello->len; length += 1 + hello->len / 7) {
    g_autoptr (Peer) peer = peer_connect (site->port);

    peer_write (peer, hello->data, length);
    settle (5);
    peer_resets (peer);
  }
  {
    g_autoptr (Peer) peer = peer_connect (site->port);

    /* The server has answered, and waits for the rest. */
    peer_write (peer, hello->data, hello->len);
    wait_until ((peer_ended (peer), peer->input->len));
    peer_resets (peer);
  }
  still_serves (site);
}

/* A hello in pieces is a hello. */
static void
hello_a_byte_at_a_time (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GByteArray) hello = client_hello ();
  g_autoptr (Peer) peer = peer_connect (site->port);

  for (guint i = 0; i < hello->len; i++) {
    peer_write (peer, hello->data + i, 1);
    if (i % 16 == 0)
      turn ();
  }
  wait_until ((peer_ended (peer), peer->input->len));
  /* A ServerHello. */
  g_assert_cmpint (peer->input->data[0], ==, 22);
}

/* Peers that say nothing, or not enough, hinder nobody: they cost the server no thread. */
static void
silent_peers (void)
{
  g_autoptr (Site) site = NULL;
  g_autoptr (GByteArray) hello = NULL;
  Peer *peers[300];

  if (differs ("libsoup gives each of them a thread of GIO's pool, until none is left"))
    return;
  site = tls_site_new ("server");
  hello = client_hello ();
  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    peers[i] = peer_connect (site->port);
    peer_write (peers[i], hello->data, i % (hello->len - 1));
  }
  settle (20);
  still_serves (site);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peer_free (peers[i]);
}

static void
disconnects_in_the_handshake (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GByteArray) hello = client_hello ();
  g_autoptr (Peer) silent = NULL, greeting = NULL, shaking = NULL;

  if (differs ("libsoup's handshakes outlive their server"))
    return;
  silent = peer_connect (site->port);
  greeting = peer_connect (site->port);
  shaking = peer_connect (site->port);
  peer_write (greeting, hello->data, 10);
  peer_write (shaking, hello->data, hello->len);
  wait_until ((peer_ended (shaking), shaking->input->len));
  soup_server_disconnect (site->server);
  wait_until (peer_ended (silent) && peer_ended (greeting) && peer_ended (shaking));
}

/* ---- Listening ---- */

static void
both_schemes (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GTlsCertificate) certificate = tls_certificate ("server");
  g_autoptr (GTlsDatabase) database = tls_database ("authority");
  g_autoptr (GError) error = NULL;
  g_autoptr (End) plain = NULL, secure = NULL;
  guint https = 0;

  site_accept (site, "/", NULL, NULL);
  g_assert_false (soup_server_is_https (site->server));
  soup_server_set_tls_certificate (site->server, certificate);
  g_assert_true (soup_server_is_https (site->server));
  g_assert_true (soup_server_get_tls_certificate (site->server) == certificate);
  g_assert_true (
      soup_server_listen_local (site->server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  plain = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  {
    GSList *uris = soup_server_get_uris (site->server);

    for (GSList *each = uris; each; each = each->next)
      if (g_str_equal (g_uri_get_scheme (each->data), "https")) {
        https++;
        g_free (site->url);
        site->url = g_strdup_printf ("wss://localhost:%d", g_uri_get_port (each->data));
      }
    g_assert_cmpuint (g_slist_length (uris), ==, 2);
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  }
  g_assert_cmpuint (https, ==, 1);
  soup_session_set_tls_database (site->session, database);
  secure = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_uri_get_scheme (soup_websocket_connection_get_uri (site_end (site, 1)->connection)), ==, "https");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/server/certificate-changed", certificate_changed_while_running);
  g_test_add_func ("/tls/server/required-and-trusted", required_and_trusted);
  g_test_add_func ("/tls/server/required-and-trusted-but-refused", required_and_trusted_but_refused);
  g_test_add_func ("/tls/server/required-and-unknown", required_and_unknown);
  g_test_add_func ("/tls/server/required-and-accepted", required_and_accepted);
  g_test_add_func ("/tls/server/required-and-refused", required_and_refused);
  g_test_add_func ("/tls/server/required-and-missing", required_and_missing);
  g_test_add_func ("/tls/server/requested-and-missing", requested_and_missing);
  g_test_add_func ("/tls/server/asked-for-a-certificate", asked_for_a_certificate);
  g_test_add_func ("/tls/server/preconnected", preconnected);
  g_test_add_func ("/tls/server/cancelled-while-asked", cancelled_while_asked);
  g_test_add_func ("/tls/server/no-password-was-asked-for", no_password_was_asked_for);
  g_test_add_func ("/tls/server/garbage", garbage);
  g_test_add_func ("/tls/server/resets-in-the-handshake", resets_in_the_handshake);
  g_test_add_func ("/tls/server/hello-a-byte-at-a-time", hello_a_byte_at_a_time);
  g_test_add_func ("/tls/server/silent-peers", silent_peers);
  g_test_add_func ("/tls/server/disconnects-in-the-handshake", disconnects_in_the_handshake);
  g_test_add_func ("/tls/server/both-schemes", both_schemes);
  return g_test_run ();
}
