/* A session behind proxies: HTTP's, which forward requests and open tunnels, with and without passwords; SOCKS; none.
 */

#include "common-attempt.h"
#include "common-service.h"

/* An attempt through the proxy that listens there. */
static Attempt *
attempt_through (const char *url, const char *scheme, Listener *proxy, char **ignored)
{
  Attempt *attempt = attempt_new (url);
  g_autofree char *uri = g_strdup_printf ("%s127.0.0.1:%u", scheme, proxy->port);
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (uri, ignored);

  soup_session_set_proxy_resolver (attempt->session, resolver);
  attempt_begin (attempt, NULL, NULL);
  return attempt;
}

/* The next bytes that the peer gets. */
static void
peer_expect (Peer *peer, gconstpointer bytes, gsize length)
{
  wait_until ((peer_ended (peer), peer->input->len >= length));
  g_assert_cmpmem (peer->input->data, length, bytes, length);
  g_byte_array_remove_range (peer->input, 0, length);
}

/* The server at the other end of the tunnel takes the WebSocket, and a message goes through. */
static void
talks (Attempt *attempt, Peer *peer, const char *host)
{
  g_autofree char *head = peer_head (peer);
  g_autofree char *field = g_strdup_printf ("\r\nHost: %s\r\n", host);

  g_assert_true (g_str_has_prefix (head, "GET /path HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (head, field));
  peer_switch (peer, head, NULL, NULL, 0);
  wait_until (attempt->done);
  g_assert_no_error (attempt->error);
  soup_websocket_connection_send_text (attempt->connection, "through");
  g_autoptr (Frame) frame = peer_frame (peer);
  g_assert_cmphex (frame->header, ==, 0x81);
  g_assert_true (frame->masked);
}

/* A request through the HTTP proxy that listens there, everything about it written down. */
typedef struct {
  Listener *proxy;
  SoupSession *session;
  SoupMessage *message;
  GString *log;
  const char *password; /* for "authenticate" */
  Fetched fetched;
} Visit;

static const char *
method_of (SoupMessage *message)
{
  return g_str_equal (soup_message_get_method (message), "CONNECT") ? "C:" : "";
}

static void
note (Visit *visit, SoupMessage *message, const char *word)
{
  if (visit->log->len)
    g_string_append_c (visit->log, ' ');
  g_string_append_printf (visit->log, "%s%s", message ? method_of (message) : "", word);
}

static void
on_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, Visit *visit)
{
  static const char *const words[] = { "resolving",  "resolved",    "connecting", "connected", "negotiating",
                                       "negotiated", "handshaking", "handshaked", "complete" };

  (void) stream;
  note (visit, message, words[event]);
  if (event >= G_SOCKET_CLIENT_PROXY_NEGOTIATING)
    g_assert_true (G_IS_PROXY_ADDRESS (soup_message_get_remote_address (message)));
}

#define SIGNAL(name, word)                                                                                             \
  static void on_##name (SoupMessage *message, Visit *visit) { note (visit, message, word); }
SIGNAL (starting, "starting")
SIGNAL (got_headers, "got-headers")
SIGNAL (restarted, "restarted")
SIGNAL (finished, "finished")

static gboolean
on_authenticate (SoupMessage *message, SoupAuth *auth, gboolean retrying, Visit *visit)
{
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u", visit->proxy->port);

  g_assert_true (message == visit->message);
  g_assert_true (soup_auth_is_for_proxy (auth));
  g_assert_cmpstr (soup_auth_get_authority (auth), ==, authority);
  note (visit, NULL, retrying ? "asked-again" : "asked");
  if (!visit->password || retrying)
    return FALSE;
  soup_auth_authenticate (auth, "user", visit->password);
  return TRUE;
}

static void
watch (Visit *visit, SoupMessage *message)
{
  g_signal_connect (message, "network-event", G_CALLBACK (on_event), visit);
  g_signal_connect (message, "starting", G_CALLBACK (on_starting), visit);
  g_signal_connect (message, "got-headers", G_CALLBACK (on_got_headers), visit);
  g_signal_connect (message, "restarted", G_CALLBACK (on_restarted), visit);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), visit);
}

static void
on_queued (SoupSession *session, SoupMessage *message, Visit *visit)
{
  (void) session;
  if (message != visit->message) {
    g_assert_cmpstr (soup_message_get_method (message), ==, "CONNECT");
    note (visit, message, "queued");
    watch (visit, message);
  }
}

static void
on_unqueued (SoupSession *session, SoupMessage *message, Visit *visit)
{
  (void) session;
  note (visit, message, "unqueued");
}

static Visit *
visit_new (const char *url, const char *user)
{
  Visit *visit = g_new0 (Visit, 1);
  g_autofree char *proxy = NULL;
  g_autoptr (GProxyResolver) resolver = NULL;

  visit->proxy = listener_new ();
  proxy = g_strdup_printf ("http://%s127.0.0.1:%u", user, visit->proxy->port);
  resolver = g_simple_proxy_resolver_new (proxy, NULL);
  visit->session = soup_session_new_with_options ("proxy-resolver", resolver, NULL);
  visit->message = soup_message_new ("GET", url);
  visit->log = g_string_new (NULL);
  g_signal_connect (visit->session, "request-queued", G_CALLBACK (on_queued), visit);
  g_signal_connect (visit->session, "request-unqueued", G_CALLBACK (on_unqueued), visit);
  g_signal_connect (visit->message, "authenticate", G_CALLBACK (on_authenticate), visit);
  watch (visit, visit->message);
  return visit;
}

static void
visit_begin (Visit *visit, GCancellable *cancellable)
{
  soup_session_send_and_read_async (visit->session, visit->message, 0, cancellable, fetched_bytes, &visit->fetched);
}

/* What was written down since the last time is that. */
static void
visit_check (Visit *visit, const char *expected)
{
  g_assert_cmpstr (visit->log->str, ==, expected);
  g_string_truncate (visit->log, 0);
}

static void
visit_free (Visit *visit)
{
  fetched_clear (&visit->fetched);
  soup_session_abort (visit->session);
  g_assert_finalize_object (visit->session);
  g_assert_finalize_object (visit->message);
  g_string_free (visit->log, TRUE);
  listener_free (visit->proxy);
  g_free (visit);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Visit, visit_free)

#define CONNECTED "resolving resolved connecting connected"
#define ASKS " C:queued C:starting negotiating C:negotiating"
#define WHO "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 4\r\n"
#define AUTHORIZED "\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"

/* ---- Requests that the proxy forwards ---- */

static void
forwarded (void)
{
  g_autoptr (Visit) visit
      = visit_new (ON_LIBSOUP ? "http://example.test:81/path?query" : "http://user:pw@example.test:81/path?query#f",
                   "");
  g_autoptr (Peer) peer = NULL;

  visit_begin (visit, NULL);
  peer = peer_accept (visit->proxy->listener);
  for (int i = 0; i < 2; i++) {
    g_autofree char *head = peer_head (peer);

    g_assert_true (g_str_has_prefix (head, "GET http://example.test:81/path?query HTTP/1.1\r\n"));
    g_assert_nonnull (strstr (head, "\r\nHost: example.test:81\r\n"));
    peer_write_text (peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    wait_until (visit->fetched.done);
    g_assert_no_error (visit->fetched.error);
    g_assert_true (G_IS_PROXY_ADDRESS (soup_message_get_remote_address (visit->message)));
    visit_check (visit, i == 0 ? CONNECTED " complete starting got-headers finished unqueued"
                               : "starting got-headers finished unqueued");
    fetched_clear (&visit->fetched);
    /* The connection is kept for that host. */
    if (i == 0)
      visit_begin (visit, NULL);
  }
}

/* RFC 9112, section 3.2.4. */
static void
ping_forwarded (void)
{
  g_autoptr (Visit) visit = visit_new ("http://example.test/path", "");
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;

  if (differs ("asks the proxy itself: OPTIONS *"))
    return;
  soup_message_set_is_options_ping (visit->message, TRUE);
  visit_begin (visit, NULL);
  peer = peer_accept (visit->proxy->listener);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "OPTIONS http://example.test HTTP/1.1\r\n"));
  peer_write_text (peer, "HTTP/1.1 204 None\r\n\r\n");
  wait_until (visit->fetched.done);
  g_assert_no_error (visit->fetched.error);
}

/* The proxy asks the message, or takes what stands in its URI. */
static void
forwarded_with_a_password (void)
{
  for (int i = 0; i < 2; i++) {
    g_autoptr (Visit) visit = visit_new ("http://example.test/path", i == 0 ? "" : "user:secret@");
    g_autoptr (Peer) peer = NULL;
    g_autofree char *first = NULL, *second = NULL;

    visit->password = "secret";
    visit_begin (visit, NULL);
    peer = peer_accept (visit->proxy->listener);
    first = peer_head (peer);
    g_assert_null (strstr (first, "Proxy-Authorization"));
    peer_write_text (peer, WHO "\r\nwho?");
    second = peer_head (peer);
    g_assert_nonnull (strstr (second, AUTHORIZED));
    peer_write_text (peer, "HTTP/1.1 204 None\r\n\r\n");
    wait_until (visit->fetched.done);
    g_assert_no_error (visit->fetched.error);
    g_assert_cmpuint (soup_message_get_status (visit->message), ==, 204);
    g_assert_cmpint (strstr (visit->log->str, "asked") != NULL, ==, i == 0);
    g_string_truncate (visit->log, 0);
  }
}

/* ---- Tunnels ---- */

/* The next CONNECT that the proxy gets; whether it has the password. */
static Peer *
asked_for_tunnel (Visit *visit, Peer *peer, gboolean authorized)
{
  g_autofree char *head = NULL;

  if (!peer)
    peer = peer_accept (visit->proxy->listener);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "CONNECT example.test:443 HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (head, "\r\nHost: example.test\r\n"));
  g_assert_cmpint (strstr (head, AUTHORIZED) != NULL, ==, authorized);
  return peer;
}

/* What comes through the tunnel is TLS; the proxy breaks it off. */
static void
tls_comes (Visit *visit, Peer *peer)
{
  wait_until ((peer_ended (peer), peer->input->len > 0));
  g_assert_cmphex (peer->input->data[0], ==, 0x16);
  peer_close (peer);
  wait_until (visit->fetched.done);
  g_assert_nonnull (visit->fetched.error);
}

static void
tunnel_answered (const char *answer)
{
  g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
  g_autoptr (Peer) peer = NULL;

  visit_begin (visit, NULL);
  peer = asked_for_tunnel (visit, NULL, FALSE);
  peer_write_text (peer, answer);
  tls_comes (visit, peer);
  g_assert_true (
      g_str_has_prefix (visit->log->str, CONNECTED ASKS " C:got-headers negotiated C:negotiated C:unqueued"));
}

static void
tunnel (void)
{
  tunnel_answered ("HTTP/1.1 200 Connection established\r\n\r\n");
  tunnel_answered ("HTTP/1.0 200 OK\r\n\r\n");
  tunnel_answered ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

static void
tunnel_with_a_password (void)
{
  /* With a password in the proxy's URI libsoup asks for a tunnel to the proxy then. */
  for (int i = 0; i < (ON_LIBSOUP ? 1 : 2); i++) {
    g_autoptr (Visit) visit = visit_new ("https://example.test/path", i == 0 ? "" : "user:secret@");
    g_autoptr (Peer) peer = NULL;

    visit->password = "secret";
    visit_begin (visit, NULL);
    peer = asked_for_tunnel (visit, NULL, FALSE);
    peer_write_text (peer, WHO "\r\nwho?");
    /* On the same connection. */
    asked_for_tunnel (visit, peer, TRUE);
    peer_write_text (peer, "HTTP/1.1 200 OK\r\n\r\n");
    tls_comes (visit, peer);
    g_assert_cmpint (strstr (visit->log->str, " asked") != NULL, ==, i == 0);
    g_assert_nonnull (
        strstr (visit->log->str, " C:restarted C:starting negotiating C:negotiating C:got-headers negotiated"));
  }
}

/* Another connection, and the message that the tunnel is for begins again. */
static void
tunnel_of_a_proxy_that_hangs_up (void)
{
  g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
  g_autoptr (Peer) first = NULL, second = NULL;

  visit->password = "secret";
  visit_begin (visit, NULL);
  first = asked_for_tunnel (visit, NULL, FALSE);
  peer_write_text (first, WHO "Connection: close\r\n\r\nwho?");
  second = asked_for_tunnel (visit, NULL, TRUE);
  wait_until (peer_ended (first));
  peer_write_text (second, "HTTP/1.1 200 OK\r\n\r\n");
  tls_comes (visit, second);
  g_assert_nonnull (strstr (visit->log->str, " C:restarted C:unqueued C:finished restarted " CONNECTED ASKS));
}

/* The status is told, and nothing else of what the proxy says. */
static void
refused_tunnel (void)
{
  static const char *const answers[] = {
    "HTTP/1.1 403 Forbidden\r\nX-Proxy: 1\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 502 Bad Gateway\r\nX-Proxy: 1\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 302 Found\r\nX-Proxy: 1\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n",
#ifndef ORACLE_LIBSOUP /* it would tell a proxy the server's password */
    "HTTP/1.1 401 Who?\r\nX-Proxy: 1\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
#endif
    "HTTP/1.1 407 Who?\r\nX-Proxy: 1\r\nContent-Length: 0\r\n\r\n",
    WHO "X-Proxy: 1\r\n\r\nwho?", /* the message's handler gives no password */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
    g_autoptr (Peer) peer = NULL;

    visit_begin (visit, NULL);
    peer = asked_for_tunnel (visit, NULL, FALSE);
    peer_write_text (peer, answers[i]);
    peer_shutdown (peer);
    wait_until (visit->fetched.done);
    g_assert_no_error (visit->fetched.error);
    g_assert_cmpuint (g_bytes_get_size (visit->fetched.bytes), ==, 0);
    g_assert_cmpuint (soup_message_get_status (visit->message), ==, g_ascii_strtoull (answers[i] + 9, NULL, 10));
    g_assert_null (soup_message_headers_get_one (soup_message_get_response_headers (visit->message), "X-Proxy"));
    g_assert_true (g_str_has_suffix (visit->log->str, " C:unqueued C:finished finished unqueued"));
  }
}

/* A proxy that breaks off, or is none. */
static void
broken_tunnel (void)
{
  static const struct {
    const char *answer;
    int code; /* of G_IO_ERROR, or -1 for what is no HTTP */
  } cases[] = {
    { "", G_IO_ERROR_PARTIAL_INPUT },
    { "nonsense\r\n\r\n", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
    g_autoptr (Peer) peer = NULL;

    visit_begin (visit, NULL);
    peer = asked_for_tunnel (visit, NULL, FALSE);
    peer_write_text (peer, cases[i].answer);
    peer_close (peer);
    wait_until (visit->fetched.done);
    if (cases[i].code < 0)
      g_assert_error (visit->fetched.error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING);
    else
      g_assert_error (visit->fetched.error, G_IO_ERROR, cases[i].code);
    settle (5);
    visit_check (visit, CONNECTED ASKS " C:unqueued C:finished finished unqueued");
  }
}

/* What the proxy says in the server's place, before TLS could tell. */
static void
tunnel_with_more_than_was_asked_for (void)
{
  g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
  g_autoptr (Peer) peer = NULL;

  if (differs ("takes what comes behind the head for the server's"))
    return;
  visit_begin (visit, NULL);
  peer = asked_for_tunnel (visit, NULL, FALSE);
  peer_write_text (peer, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  wait_until (visit->fetched.done);
  g_assert_error (visit->fetched.error, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED);
}

static void
silent_proxy (void)
{
  g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
  g_autoptr (Peer) peer = NULL;

  soup_session_set_timeout (visit->session, 1);
  visit_begin (visit, NULL);
  peer = asked_for_tunnel (visit, NULL, FALSE);
  wait_until (visit->fetched.done);
  g_assert_error (visit->fetched.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* By the caller's cancellable, and by the session. */
static void
cancelled_tunnel (void)
{
  for (int i = 0; i < 2; i++) {
    g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (Peer) peer = NULL;

    visit_begin (visit, cancellable);
    peer = asked_for_tunnel (visit, NULL, FALSE);
    if (i == 0)
      g_cancellable_cancel (cancellable);
    else
      soup_session_abort (visit->session);
    wait_until (visit->fetched.done);
    g_assert_error (visit->fetched.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    wait_until (peer_ended (peer));
    g_assert_true (g_str_has_suffix (visit->log->str, " C:unqueued C:finished finished unqueued"));
  }
}

static void
refused_preconnection (void)
{
  g_autoptr (Visit) visit = visit_new ("https://example.test/path", "");
  g_autoptr (Peer) peer = NULL;

  if (differs ("has a connection where the proxy has refused one"))
    return;
  soup_session_preconnect_async (visit->session, visit->message, 0, NULL, fetched_connected, &visit->fetched);
  peer = asked_for_tunnel (visit, NULL, FALSE);
  peer_write_text (peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  wait_until (visit->fetched.done);
  g_assert_error (visit->fetched.error, G_IO_ERROR, G_IO_ERROR_PROXY_NOT_ALLOWED);
}

/* ---- WebSockets ---- */

static void
websocket_tunnel (void)
{
  if (differs ("libsoup sends the handshake to an HTTP proxy as an ordinary request"))
    return;
  for (int i = 0; i < 2; i++) {
    g_autoptr (Listener) proxy = listener_new ();
    g_autoptr (Attempt) attempt
        = attempt_through ("ws://example.test:81/path", i == 0 ? "http://" : "http://user:secret@", proxy, NULL);
    g_autoptr (Peer) peer = peer_accept (proxy->listener);
    g_autofree char *head = peer_head (peer), *again = NULL;

    g_assert_true (g_str_has_prefix (head, "CONNECT example.test:81 HTTP/1.1"));
    g_assert_null (strstr (head, "Sec-WebSocket"));
    if (i == 1) {
      peer_write_text (peer, WHO "\r\nwho?");
      again = peer_head (peer);
      g_assert_nonnull (strstr (again, AUTHORIZED));
    }
    peer_write_text (peer, "HTTP/1.1 200 Connection established\r\n\r\n");
    /* What the proxy was told is not told to the server. */
    talks (attempt, peer, "example.test:81");
  }
}

static void
refused_websocket (void)
{
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("wss://example.test/path", "http://", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "CONNECT example.test:443 HTTP/1.1"));
  peer_write_text (peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  wait_until (attempt->done);
  g_assert_null (attempt->connection);
  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 403);
}

static void
socks (void)
{
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("ws://example.test:81/path", "socks5://", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);

  /* RFC 1928: a greeting without authentication, then a name and a port. */
  peer_expect (peer, "\x05\x01\x00", 3);
  peer_write (peer, "\x05\x00", 2);
  peer_expect (peer,
               "\x05\x01\x00\x03\x0c"
               "example.test\x00\x51",
               19);
  peer_write (peer, "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x51", 10);
  talks (attempt, peer, "example.test:81");
}

static void
vanished_proxy (void)
{
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("ws://example.test/path", "socks5://", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);

  peer_expect (peer, "\x05\x01\x00", 3);
  peer_close (peer);
  wait_until (attempt->done);
  g_assert_null (attempt->connection);
  g_assert_nonnull (attempt->error);
}

/* The program gives up while the proxy thinks. */
static void
cancelled (void)
{
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("ws://example.test/path", "socks5://", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);

  peer_expect (peer, "\x05\x01\x00", 3);
  g_cancellable_cancel (attempt->cancellable);
  wait_until (attempt->done);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until (peer_ended (peer));
}

/* Hosts that the resolver leaves out, and a session without a resolver, are asked themselves. */
static void
without_a_proxy (void)
{
  char *ignored[] = { "127.0.0.1", NULL };

  for (int i = 0; i < 2; i++) {
    g_autoptr (Listener) proxy = listener_new (), server = listener_new ();
    g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", server->port);
    g_autofree char *url = g_strdup_printf ("ws://%s/path", host);
    g_autoptr (Attempt) attempt = i == 0 ? attempt_through (url, "socks5://", proxy, ignored) : attempt_new (url);

    if (i == 1) {
      soup_session_set_proxy_resolver (attempt->session, NULL);
      attempt_begin (attempt, NULL, NULL);
    }
    g_autoptr (Peer) peer = peer_accept (server->listener);
    talks (attempt, peer, host);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/proxy/forwarded", forwarded);
  g_test_add_func ("/session/proxy/forwarded/ping", ping_forwarded);
  g_test_add_func ("/session/proxy/forwarded/with-a-password", forwarded_with_a_password);
  g_test_add_func ("/session/proxy/tunnel", tunnel);
  g_test_add_func ("/session/proxy/tunnel/with-a-password", tunnel_with_a_password);
  g_test_add_func ("/session/proxy/tunnel/hung-up", tunnel_of_a_proxy_that_hangs_up);
  g_test_add_func ("/session/proxy/tunnel/refused", refused_tunnel);
  g_test_add_func ("/session/proxy/tunnel/broken", broken_tunnel);
  g_test_add_func ("/session/proxy/tunnel/more-than-was-asked-for", tunnel_with_more_than_was_asked_for);
  g_test_add_func ("/session/proxy/tunnel/silent", silent_proxy);
  g_test_add_func ("/session/proxy/tunnel/cancelled", cancelled_tunnel);
  g_test_add_func ("/session/proxy/tunnel/preconnection", refused_preconnection);
  g_test_add_func ("/session/proxy/tunnel/websocket", websocket_tunnel);
  g_test_add_func ("/session/proxy/tunnel/refused-websocket", refused_websocket);
  g_test_add_func ("/session/proxy/socks", socks);
  g_test_add_func ("/session/proxy/vanished", vanished_proxy);
  g_test_add_func ("/session/proxy/cancelled", cancelled);
  g_test_add_func ("/session/proxy/none", without_a_proxy);
  return g_test_run ();
}
