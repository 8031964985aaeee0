/* soup_session_websocket_connect_async(): what it sends, what it makes of the answer, and how it fails. */

#include "common.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  int listener;
  SoupWebsocketConnection *connection;
  GError *error;
  gboolean done;
} Attempt;

static void
attempted (GObject *session, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  g_assert_false (attempt->done);
  attempt->connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &attempt->error);
  attempt->done = TRUE;
}

/* Connects to a raw server; returns it with the connection accepted. */
static Peer *
start (Attempt *attempt, const char *scheme, const char *origin, char **protocols)
{
  guint16 port;
  g_autofree char *url = NULL;
  Peer *peer;

  attempt->listener = peer_listen (&port);
  url = g_strdup_printf ("%s://127.0.0.1:%d/path?query", scheme, port);
  if (!attempt->session)
    attempt->session = soup_session_new ();
  attempt->message = soup_message_new ("GET", url);
  attempt->cancellable = g_cancellable_new ();
  soup_session_websocket_connect_async (attempt->session, attempt->message, origin, protocols, G_PRIORITY_DEFAULT,
                                        attempt->cancellable, attempted, attempt);
  peer = peer_accept (attempt->listener);
  close (attempt->listener);
  return peer;
}

static void
end_attempt (Attempt *attempt)
{
  if (attempt->session)
    soup_session_abort (attempt->session);
  g_clear_object (&attempt->connection);
  g_clear_object (&attempt->session);
  g_clear_object (&attempt->message);
  g_clear_object (&attempt->cancellable);
  g_clear_error (&attempt->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attempt, end_attempt)

static void
request (void)
{
  g_auto (Attempt) attempt = { 0 };
  char *protocols[] = { "chat", "superchat", NULL };
  g_autoptr (Peer) peer = start (&attempt, "ws", "http://example.com", protocols);
  g_autofree char *head = peer_head (peer), *lower = g_ascii_strdown (head, -1), *key = NULL;
  g_autofree guchar *nonce = NULL;
  gsize size;

  g_assert_true (g_str_has_prefix (head, "GET /path?query HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (lower, "\r\nhost: 127.0.0.1:"));
  g_assert_nonnull (strstr (lower, "\r\nupgrade: websocket\r\n"));
  g_assert_nonnull (strstr (lower, "\r\nconnection: upgrade\r\n"));
  g_assert_nonnull (strstr (lower, "\r\nsec-websocket-version: 13\r\n"));
  g_assert_nonnull (strstr (head, "\r\nOrigin: http://example.com\r\n"));
  g_assert_nonnull (strstr (head, "\r\nSec-WebSocket-Protocol: chat, superchat\r\n"));
  g_assert_null (strstr (lower, "sec-websocket-extensions")); /* no manager of extensions here */
  key = g_strdup (strstr (lower, "sec-websocket-key: ") - lower + head + strlen ("sec-websocket-key: "));
  key[strcspn (key, "\r")] = '\0';
  nonce = g_base64_decode (key, &size);
  g_assert_cmpint (size, ==, 16);
}

static void
empty_protocols (void)
{
  g_auto (Attempt) attempt = { 0 };
  char *none[] = { NULL };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, none);
  g_autofree char *head = peer_head (peer), *lower = g_ascii_strdown (head, -1);

  /* #314: an empty header is not a header. */
  if (!differs ("libsoup 3.2.3 may send it empty (#314)"))
    g_assert_null (strstr (lower, "sec-websocket-protocol"));
  g_assert_null (strstr (lower, "\r\norigin"));
}

static void
http_urls_will_do (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "http", NULL, NULL);

  peer_accept_upgrade (peer, NULL, NULL, 0);
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  g_assert_cmpint (soup_websocket_connection_get_connection_type (attempt.connection), ==,
                   SOUP_WEBSOCKET_CONNECTION_CLIENT);
  g_assert_cmpint (soup_message_get_status (attempt.message), ==, SOUP_STATUS_SWITCHING_PROTOCOLS);
}

static void
properties (void)
{
  g_auto (Attempt) attempt = { 0 };
  char *protocols[] = { "chat", NULL };
  g_autoptr (Peer) peer = start (&attempt, "ws", "http://example.com", protocols);

  peer_accept_upgrade (peer, "Sec-WebSocket-Protocol: chat\r\nX-Also: this\r\n", NULL, 0);
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  g_assert_cmpstr (soup_websocket_connection_get_protocol (attempt.connection), ==, "chat");
  g_assert_cmpstr (soup_websocket_connection_get_origin (attempt.connection), ==, "http://example.com");
  g_assert_cmpstr (g_uri_get_path (soup_websocket_connection_get_uri (attempt.connection)), ==, "/path");
  g_assert_cmpint (soup_websocket_connection_get_state (attempt.connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  g_assert_nonnull (soup_websocket_connection_get_io_stream (attempt.connection));
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (attempt.message), "X-Also"), ==,
                   "this");
}

/* What follows the answer in the same segment is delivered once somebody listens. */
static void
frames_with_the_answer (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autoptr (End) end = NULL;

  peer_accept_upgrade (peer, NULL, "\x81\x05hello\x82\x00", 9);
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  end = end_new (g_steal_pointer (&attempt.connection));
  wait_until (end->messages->len == 2);
  g_assert_cmpstr (end_messages (end), ==, "hello|");
}

static void
server_closes_at_once (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autoptr (End) end = NULL;

  peer_accept_upgrade (peer, NULL, "\x88\x02\x03\xe9", 4);
  peer_shutdown (peer);
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  end = end_new (g_steal_pointer (&attempt.connection));
  wait_until (end_closed (end));
  g_assert_cmpstr (end->log->str, ==, "closing closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (end->connection), ==, 1001);
}

static void
server_goes_at_once (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autoptr (End) end = NULL;

  peer_accept_upgrade (peer, NULL, NULL, 0);
  peer_shutdown (peer);
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  end = end_new (g_steal_pointer (&attempt.connection));
  wait_until (end_closed (end));
  g_assert_cmpstr (end->log->str, ==, "closed");
}

/* ---- Failures ---- */

static void
refused (void)
{
  g_auto (Attempt) attempt = { 0 };
  guint16 port;
  g_autofree char *url = NULL;

  close (peer_listen (&port));
  url = g_strdup_printf ("ws://127.0.0.1:%d/", port);
  attempt.session = soup_session_new ();
  attempt.message = soup_message_new ("GET", url);
  soup_session_websocket_connect_async (attempt.session, attempt.message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        attempted, &attempt);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_null (attempt.connection);
}

static void
not_a_websocket (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autofree char *head = peer_head (peer);

  peer_write_text (peer, "HTTP/1.1 403 Keep Out\r\nContent-Type: text/plain\r\nX-Why: because\r\n"
                         "Content-Length: 8\r\n\r\nno entry");
  wait_until (attempt.done);
  g_assert_error (attempt.error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpint (soup_message_get_status (attempt.message), ==, 403);
  g_assert_cmpstr (soup_message_get_reason_phrase (attempt.message), ==, "Keep Out");
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (attempt.message), "X-Why"), ==,
                   "because");
}

static void
bad_answer (const char *answer, int code)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autofree char *head = peer_head (peer);

  peer_write_text (peer, answer);
  peer_shutdown (peer);
  wait_until (attempt.done);
  g_assert_null (attempt.connection);
  g_test_message ("%s: %s", answer, attempt.error->message);
  if (code >= 0)
    g_assert_error (attempt.error, SOUP_WEBSOCKET_ERROR, code);
}

static void
bad_handshakes (void)
{
  bad_answer ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  bad_answer ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
  bad_answer ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
              SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
  bad_answer ("gibberish\r\n\r\n", -1);
  bad_answer ("", -1);
  bad_answer ("HTTP/1.1 101 Swi", -1);
}

/* The accept key is base64, where case matters. */
static void
accept_key_in_another_case (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  g_autoptr (GString) answer = g_string_new (NULL);

  if (differs ("libsoup compares without regard to case"))
    return;
  peer = start (&attempt, "ws", NULL, NULL);
  {
    /* The right answer, made by the helper, with the key's letters changed. */
    int ends[2];
    g_autoptr (Peer) near = NULL, far = NULL;
    g_autofree char *changed = NULL;
    char *key;

    head = peer_head (peer);
    g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, ends));
    near = peer_new (ends[0], FALSE);
    far = peer_new (ends[1], FALSE);
    peer_write_text (far, head);
    peer_write_text (far, "\r\n");
    peer_accept_upgrade (near, NULL, NULL, 0);
    changed = peer_head (far);
    g_string_assign (answer, changed);
    key = strstr (answer->str, "Sec-WebSocket-Accept: ") + strlen ("Sec-WebSocket-Accept: ");
    for (; *key != '\r'; key++)
      *key = g_ascii_isupper (*key) ? g_ascii_tolower (*key) : g_ascii_toupper (*key);
  }
  g_string_append (answer, "\r\n");
  peer_write_text (peer, answer->str);
  wait_until (attempt.done);
  g_assert_error (attempt.error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
}

static void
protocol_that_was_not_asked_for (void)
{
  g_auto (Attempt) attempt = { 0 };
  char *protocols[] = { "chat", NULL };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, protocols);

  peer_accept_upgrade (peer, "Sec-WebSocket-Protocol: gossip\r\n", NULL, 0);
  wait_until (attempt.done);
  g_assert_error (attempt.error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
}

static void
extension_that_was_not_asked_for (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);

  peer_accept_upgrade (peer, "Sec-WebSocket-Extensions: permessage-deflate\r\n", NULL, 0);
  wait_until (attempt.done);
  g_assert_error (attempt.error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
}

static void
cancelled (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autofree char *head = peer_head (peer);

  g_cancellable_cancel (attempt.cancellable);
  g_assert_false (attempt.done);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until (peer_ended (peer));
}

static void
cancelled_before (void)
{
  g_auto (Attempt) attempt = { 0 };

  attempt.session = soup_session_new ();
  attempt.message = soup_message_new ("GET", "ws://127.0.0.1:1/");
  attempt.cancellable = g_cancellable_new ();
  g_cancellable_cancel (attempt.cancellable);
  soup_session_websocket_connect_async (attempt.session, attempt.message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        attempt.cancellable, attempted, &attempt);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
timed_out (void)
{
  g_auto (Attempt) attempt = { .session = soup_session_new_with_options ("timeout", 1, NULL) };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);

  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
aborted (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autofree char *head = peer_head (peer);

  soup_session_abort (attempt.session);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The session may go; the connection stays. */
static void
session_goes (void)
{
  g_auto (Attempt) attempt = { 0 };
  g_autoptr (Peer) peer = start (&attempt, "ws", NULL, NULL);
  g_autoptr (End) end = NULL;

  peer_accept_upgrade (peer, NULL, NULL, 0);
  wait_until (attempt.done);
  end = end_new (g_steal_pointer (&attempt.connection));
  g_object_unref (attempt.session);
  attempt.session = soup_session_new ();
  peer_send_text (peer, 0x81, "still here");
  wait_until (end->messages->len == 1);
  soup_websocket_connection_send_text (end->connection, "me too");
  frame_free (peer_frame (peer));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/request", request);
  g_test_add_func ("/client/empty-protocols", empty_protocols);
  g_test_add_func ("/client/http-urls-will-do", http_urls_will_do);
  g_test_add_func ("/client/properties", properties);
  g_test_add_func ("/client/frames-with-the-answer", frames_with_the_answer);
  g_test_add_func ("/client/server-closes-at-once", server_closes_at_once);
  g_test_add_func ("/client/server-goes-at-once", server_goes_at_once);
  g_test_add_func ("/client/connection-error-refused", refused);
  g_test_add_func ("/client/not-a-websocket", not_a_websocket);
  g_test_add_func ("/client/handshake-error", bad_handshakes);
  g_test_add_func ("/client/accept-key-in-another-case", accept_key_in_another_case);
  g_test_add_func ("/client/protocol-that-was-not-asked-for", protocol_that_was_not_asked_for);
  g_test_add_func ("/client/extension-that-was-not-asked-for", extension_that_was_not_asked_for);
  g_test_add_func ("/client/cancelled", cancelled);
  g_test_add_func ("/client/cancelled-before", cancelled_before);
  g_test_add_func ("/client/timed-out", timed_out);
  g_test_add_func ("/client/aborted", aborted);
  g_test_add_func ("/client/session-goes", session_goes);
  return g_test_run ();
}
