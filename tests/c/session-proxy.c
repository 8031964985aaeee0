/* A session's WebSockets through proxies, which GIO asks for: a tunnel of an HTTP proxy's, SOCKS, and none. */

#include "common-attempt.h"

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

static void
http_tunnel (void)
{
  if (differs ("libsoup sends the handshake to an HTTP proxy as an ordinary request"))
    return;
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("ws://example.test:81/path", "http://", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "CONNECT example.test:81 HTTP/1."));
  peer_write_text (peer, "HTTP/1.1 200 Connection established\r\n\r\n");
  talks (attempt, peer, "example.test:81");
}

static void
http_tunnel_with_a_password (void)
{
  if (differs ("libsoup sends the handshake to an HTTP proxy as an ordinary request"))
    return;
  g_autoptr (Listener) proxy = listener_new ();
  g_autoptr (Attempt) attempt = attempt_through ("ws://example.test/path", "http://user:secret@", proxy, NULL);
  g_autoptr (Peer) peer = peer_accept (proxy->listener);
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "CONNECT example.test:80 HTTP/1."));
  g_assert_nonnull (strstr (head, "\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
  peer_write_text (peer, "HTTP/1.0 200 OK\r\n\r\n");
  /* What the proxy was told is not told to the server. */
  talks (attempt, peer, "example.test");
}

static void
refused_tunnel (void)
{
  static const struct {
    const char *answer;
    int code;
  } cases[] = {
    { "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", G_IO_ERROR_PROXY_NOT_ALLOWED },
    { "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", G_IO_ERROR_PROXY_NEED_AUTH },
    { "nonsense\r\n\r\n", G_IO_ERROR_PROXY_FAILED },
  };

  if (differs ("libsoup sends the handshake to an HTTP proxy as an ordinary request"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Listener) proxy = listener_new ();
    g_autoptr (Attempt) attempt = attempt_through ("ws://example.test/path", "http://", proxy, NULL);
    g_autoptr (Peer) peer = peer_accept (proxy->listener);
    g_autofree char *head = peer_head (peer);

    peer_write_text (peer, cases[i].answer);
    peer_close (peer);
    wait_until (attempt->done);
    g_assert_null (attempt->connection);
    g_assert_error (attempt->error, G_IO_ERROR, cases[i].code);
  }
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
  peer_expect (peer, "\x05\x01\x00\x03\x0c" "example.test\x00\x51", 19);
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
  g_test_add_func ("/session/proxy/http-tunnel", http_tunnel);
  g_test_add_func ("/session/proxy/http-tunnel-with-a-password", http_tunnel_with_a_password);
  g_test_add_func ("/session/proxy/refused-tunnel", refused_tunnel);
  g_test_add_func ("/session/proxy/socks", socks);
  g_test_add_func ("/session/proxy/vanished", vanished_proxy);
  g_test_add_func ("/session/proxy/cancelled", cancelled);
  g_test_add_func ("/session/proxy/none", without_a_proxy);
  return g_test_run ();
}
