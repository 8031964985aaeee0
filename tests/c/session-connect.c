/* A session's WebSockets from the queue to the answer: requests, signals in their order, refusals, errors. */

#include "common-attempt.h"

#include <sys/socket.h>
#include <unistd.h>

static void
opens (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autoptr (End) end = NULL;
  g_autofree char *uri = NULL;
  GSocketAddress *address;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  /* A frame in the same segment as the handshake. */
  peer_accept_upgrade (peer, "Set-Cookie: a=b\r\n", "\x81\x02hi", 4);
  wait_until (attempt->done);
  g_assert_no_error (attempt->error);
  g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-informational unqueued done");
  g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 101);
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (attempt->message), "Set-Cookie"),
                   ==, "a=b");
  g_assert_true (soup_message_get_flags (attempt->message) & SOUP_MESSAGE_NEW_CONNECTION);
  g_assert_cmpuint (soup_message_get_connection_id (attempt->message), !=, 0);
  address = soup_message_get_remote_address (attempt->message);
  g_assert_cmpuint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), ==, listener->port);

  end = end_new (g_object_ref (attempt->connection));
  wait_until (end->messages->len);
  g_assert_cmpstr (end_messages (end), ==, "hi");
  uri = g_uri_to_string (soup_websocket_connection_get_uri (end->connection));
  g_assert_cmpstr (uri, ==, listener->url);
  g_assert_cmpint (soup_websocket_connection_get_connection_type (end->connection), ==,
                   SOUP_WEBSOCKET_CONNECTION_CLIENT);
  g_assert_null (soup_websocket_connection_get_origin (end->connection));
  g_assert_null (soup_websocket_connection_get_protocol (end->connection));
}

static void
request_headers (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  g_autofree char *host = g_strdup_printf ("\r\nHost: 127.0.0.1:%u\r\n", listener->port);
  char *protocols[] = { (char *) "one", (char *) "Two", NULL };

  soup_session_set_user_agent (attempt->session, "tests");
  soup_session_set_accept_language (attempt->session, "de");
  soup_session_add_feature_by_type (attempt->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_message_headers_append (soup_message_get_request_headers (attempt->message), "X-Own", "own");
  attempt_begin (attempt, "http://origin", protocols);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  g_assert_nonnull (strstr (head, host));
  g_assert_nonnull (strstr (head, "\r\nUpgrade: websocket\r\n"));
  g_assert_nonnull (strstr (head, "\r\nConnection: Upgrade\r\n"));
  g_assert_nonnull (strstr (head, "\r\nSec-WebSocket-Version: 13\r\n"));
  g_assert_nonnull (strstr (head, "\r\nSec-WebSocket-Protocol: one, Two\r\n"));
  g_assert_nonnull (strstr (head, "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
  g_assert_nonnull (strstr (head, "\r\nOrigin: http://origin\r\n"));
  g_assert_nonnull (strstr (head, "\r\nUser-Agent: tests\r\n"));
  g_assert_nonnull (strstr (head, "\r\nAccept-Language: de\r\n"));
  g_assert_nonnull (strstr (head, "\r\nX-Own: own\r\n"));
  peer_shutdown (peer);
  wait_until (attempt->done);
}

static void
informational (void)
{
  g_autoptr (Attempt) attempt
      = answered ("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\nX-A: b\r\nContent-Length: 2\r\n\r\nno",
                  FALSE);

  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-informational got-headers got-body finished done unqueued");
  g_assert_null (soup_message_headers_get_one (soup_message_get_response_headers (attempt->message), "Link"));
}

static void
refused_with_a_body (void)
{
  static const char *const answers[] = {
    "HTTP/1.1 404 Not Here\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 404 Not Here\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
    "HTTP/1.1 404 Not Here\r\nX-A: b\r\nContent-Length: 0\r\n\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Attempt) attempt = answered (answers[i], FALSE);

    g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
    g_assert_null (attempt->connection);
    g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-headers got-body finished done unqueued");
    g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 404);
    g_assert_cmpstr (soup_message_get_reason_phrase (attempt->message), ==, "Not Here");
    g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (attempt->message), "X-A"), ==,
                     "b");
    g_assert_true (soup_message_is_keepalive (attempt->message));
  }
}

static void
refused_until_the_end (void)
{
  g_autoptr (Attempt) attempt = answered ("HTTP/1.1 500 Oh\r\n\r\nall of it", TRUE);

  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-headers got-body finished done unqueued");
  g_assert_false (soup_message_is_keepalive (attempt->message));
}

static void
bad_handshakes (void)
{
  static const struct {
    const char *fields;
    int code;
  } cases[] = {
    { "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n",
      SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE },
    { "Upgrade: websocket\r\nConnection: Upgrade\r\n", SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE },
    { "Upgrade: other\r\nConnection: Upgrade\r\n", SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET },
    { "Connection: Upgrade\r\n", SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *answer = g_strdup_printf ("HTTP/1.1 101 Switching\r\n%s\r\n", cases[i].fields);
    g_autoptr (Attempt) attempt = answered (answer, FALSE);

    g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, cases[i].code);
    g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-informational done finished unqueued");
    g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 101);
  }
}

static void
not_http (void)
{
  static const char *const answers[] = { "nonsense\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Attempt) attempt = answered (answers[i], FALSE);

    g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING);
    g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " finished done unqueued");
    g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 0);
  }
}

/* CVE-2026-2708, CVE-2026-12548 on the client's side. */
static void
cve_2026_2708_and_12548_answers (void)
{
  g_autofree char *filler = g_strnfill ((20 + 256) * 1024, 'a');
  g_autofree char *long_head = g_strconcat ("HTTP/1.1 200 OK\r\nX: ", filler, "\r\n\r\n", NULL);
  const char *const answers[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nabcd", long_head };

  if (differs ("libsoup 3.2 takes both"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Attempt) attempt = answered (answers[i], FALSE);

    g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING);
  }
}

static void
connection_ends (void)
{
  static const char *const answers[] = { "", "HTTP/1.1 404 No\r\nContent-", "HTTP/1.1 101" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Attempt) attempt = answered (answers[i], TRUE);

    if (*answers[i])
      g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING);
    else
      g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
    g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " finished done unqueued");
  }
}

/* Issue 381. */
static void
issue_381_truncated_bodies (void)
{
  static const char *const answers[] = {
    "HTTP/1.1 404 No\r\nContent-Length: 10\r\n\r\nab",
    "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
  };

  if (differs ("libsoup 3.2 does not tell what is cut off"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr (Attempt) attempt = answered (answers[i], TRUE);

    g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
    g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 404);
  }
}

static void
nobody_listens (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);

  close (listener->listener);
  listener->listener = -1;
  attempt_begin (attempt, NULL, NULL);
  wait_until (attempt->done);
  settle (5);
  /* Commit 046aac0b: the error is GIO's, not one of the handshake. */
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpstr (attempt->log->str, ==, "queued finished done unqueued");
}

static void
no_such_host (void)
{
  g_autoptr (Attempt) attempt = attempt_new ("ws://no.such.host.invalid/");

  attempt_begin (attempt, NULL, NULL);
  wait_until (attempt->done);
  settle (5);
  g_assert_true (attempt->error->domain == G_RESOLVER_ERROR);
  g_assert_cmpstr (attempt->log->str, ==, "queued finished done unqueued");
}

static void
times_out (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;

  soup_session_set_timeout (attempt->session, 1);
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " finished done unqueued");
}

static void
times_out_a_byte_at_a_time (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;

  if (differs ("libsoup waits for ever"))
    return;
  soup_session_set_timeout (attempt->session, 1);
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  peer_write_text (peer, "HTTP/1.1 101 Switching\r\nX: ");
  wait_until ((peer_write_text (peer, "x"), settle (50), attempt->done));
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
a_refusal_without_end (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  g_autofree char *filler = g_strnfill (64 * 1024, 'a');
  gsize written = 0;

  if (differs ("libsoup reads for ever"))
    return;
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  peer_write_text (peer, "HTTP/1.1 500 Oh\r\n\r\n");
  while (!attempt->done) {
    gssize count = send (peer->descriptor, filler, strlen (filler), MSG_NOSIGNAL | MSG_DONTWAIT);

    written += MAX (count, 0);
    g_assert_cmpuint (written, <, 64 * 1024 * 1024);
    turn ();
  }
  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 500);
}

static void
informational_heads_without_end (void)
{
  g_autoptr (Attempt) attempt = NULL;
  g_autoptr (GString) answer = g_string_new (NULL);

  if (differs ("libsoup reads for ever"))
    return;
  for (int i = 0; i < 100; i++)
    g_string_append (answer, "HTTP/1.1 103 Early\r\n\r\n");
  attempt = answered (answer->str, FALSE);
  g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING);
}

/* What the program passes along stands in headers. */
static void
line_breaks_in_origin_and_protocols (void)
{
  char *bad[] = { (char *) "one\r\nX-Evil: 1", NULL };

  if (differs ("libsoup writes them as they are"))
    return;
  for (int i = 0; i < 2; i++) {
    g_autoptr (Listener) listener = listener_new ();
    g_autoptr (Attempt) attempt = attempt_new (listener->url);

    soup_session_websocket_connect_async (attempt->session, attempt->message, i ? bad[0] : NULL, i ? NULL : bad,
                                          G_PRIORITY_DEFAULT, NULL, attempt_done, attempt);
    g_assert_false (attempt->done);
    wait_until (attempt->done);
    g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_assert_null (soup_message_headers_get_one (soup_message_get_request_headers (attempt->message), "X-Evil"));
  }
}

static void
message_without_a_uri (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = g_object_new (SOUP_TYPE_MESSAGE, NULL);
  Attempt attempt = { 0 };

  if (differs ("libsoup crashes"))
    return;
  attempt.message = message;
  attempt.log = g_string_new (NULL);
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, attempt_done, &attempt);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&attempt.error);
  g_string_free (attempt.log, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connect/opens", opens);
  g_test_add_func ("/connect/request-headers", request_headers);
  g_test_add_func ("/connect/informational", informational);
  g_test_add_func ("/connect/refused-with-a-body", refused_with_a_body);
  g_test_add_func ("/connect/refused-until-the-end", refused_until_the_end);
  g_test_add_func ("/connect/bad-handshakes", bad_handshakes);
  g_test_add_func ("/connect/not-http", not_http);
  g_test_add_func ("/connect/cve-2026-2708-and-12548-answers", cve_2026_2708_and_12548_answers);
  g_test_add_func ("/connect/connection-ends", connection_ends);
  g_test_add_func ("/connect/issue-381-truncated-bodies", issue_381_truncated_bodies);
  g_test_add_func ("/connect/nobody-listens", nobody_listens);
  g_test_add_func ("/connect/no-such-host", no_such_host);
  g_test_add_func ("/connect/times-out", times_out);
  g_test_add_func ("/connect/times-out-a-byte-at-a-time", times_out_a_byte_at_a_time);
  g_test_add_func ("/connect/a-refusal-without-end", a_refusal_without_end);
  g_test_add_func ("/connect/informational-heads-without-end", informational_heads_without_end);
  g_test_add_func ("/connect/line-breaks-in-origin-and-protocols", line_breaks_in_origin_and_protocols);
  g_test_add_func ("/connect/message-without-a-uri", message_without_a_uri);
  return g_test_run ();
}
