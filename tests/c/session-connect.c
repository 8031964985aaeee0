/* A session's WebSockets from the queue to the answer: requests, signals in their order, refusals, errors, ends. */

#include "common.h"

#include <sys/socket.h>
#include <unistd.h>

/* ---- One attempt, everything about it written down ---- */

typedef struct {
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  GString *log;
  SoupWebsocketConnection *connection;
  GError *error;
  gboolean done;
} Attempt;

static void
note (Attempt *attempt, const char *word)
{
  if (attempt->log->len)
    g_string_append_c (attempt->log, ' ');
  g_string_append (attempt->log, word);
}

#define NOTES(name, word)                                                                                              \
  static void on_##name (gpointer object, Attempt *attempt)                                                            \
  {                                                                                                                    \
    (void) object;                                                                                                     \
    note (attempt, word);                                                                                              \
  }
NOTES (starting, "starting")
NOTES (wrote_headers, "wrote-headers")
NOTES (wrote_body, "wrote-body")
NOTES (got_informational, "got-informational")
NOTES (got_headers, "got-headers")
NOTES (got_body, "got-body")
NOTES (finished, "finished")

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, Attempt *attempt)
{
  (void) message;
  (void) stream;
  if (event == G_SOCKET_CLIENT_CONNECTED)
    note (attempt, "connected");
  if (event == G_SOCKET_CLIENT_COMPLETE)
    note (attempt, "complete");
}

static void
on_queue (SoupSession *session, SoupMessage *message, Attempt *attempt)
{
  (void) session;
  g_assert_true (message == attempt->message);
  note (attempt, "queued");
}

static void
on_unqueue (SoupSession *session, SoupMessage *message, Attempt *attempt)
{
  (void) session;
  g_assert_true (message == attempt->message);
  note (attempt, "unqueued");
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  g_assert_false (attempt->done);
  note (attempt, "done");
  g_assert_true (soup_session_get_async_result_message (SOUP_SESSION (object), result) == attempt->message);
  attempt->connection = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &attempt->error);
  attempt->done = TRUE;
}

static Attempt *
attempt_new (const char *url)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->session = soup_session_new ();
  attempt->message = soup_message_new ("GET", url);
  attempt->cancellable = g_cancellable_new ();
  attempt->log = g_string_new (NULL);
  g_signal_connect (attempt->message, "starting", G_CALLBACK (on_starting), attempt);
  g_signal_connect (attempt->message, "wrote-headers", G_CALLBACK (on_wrote_headers), attempt);
  g_signal_connect (attempt->message, "wrote-body", G_CALLBACK (on_wrote_body), attempt);
  g_signal_connect (attempt->message, "got-informational", G_CALLBACK (on_got_informational), attempt);
  g_signal_connect (attempt->message, "got-headers", G_CALLBACK (on_got_headers), attempt);
  g_signal_connect (attempt->message, "got-body", G_CALLBACK (on_got_body), attempt);
  g_signal_connect (attempt->message, "finished", G_CALLBACK (on_finished), attempt);
  g_signal_connect (attempt->message, "network-event", G_CALLBACK (on_network_event), attempt);
  g_signal_connect (attempt->session, "request-queued", G_CALLBACK (on_queue), attempt);
  g_signal_connect (attempt->session, "request-unqueued", G_CALLBACK (on_unqueue), attempt);
  return attempt;
}

static void
attempt_begin (Attempt *attempt, const char *origin, char **protocols)
{
  soup_session_websocket_connect_async (attempt->session, attempt->message, origin, protocols, G_PRIORITY_DEFAULT,
                                        attempt->cancellable, on_done, attempt);
  /* Nothing happens before the main loop runs. */
  g_assert_cmpstr (attempt->log->str, ==, "queued");
}

static void
attempt_free (Attempt *attempt)
{
  settle (10);
  if (attempt->connection) {
    g_assert_cmpuint (G_OBJECT (attempt->connection)->ref_count, ==, 1);
    g_object_unref (attempt->connection);
  }
  g_assert_finalize_object (attempt->session);
  g_assert_finalize_object (attempt->message);
  g_assert_finalize_object (attempt->cancellable);
  g_clear_error (&attempt->error);
  g_string_free (attempt->log, TRUE);
  g_free (attempt);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

/* ---- A server that says what the test wants ---- */

typedef struct {
  int listener;
  guint16 port;
  char *url;
} Listener;

static Listener *
listener_new (void)
{
  Listener *listener = g_new0 (Listener, 1);

  listener->listener = peer_listen (&listener->port);
  listener->url = g_strdup_printf ("ws://127.0.0.1:%u/path?query", listener->port);
  return listener;
}

static void
listener_free (Listener *listener)
{
  if (listener->listener >= 0)
    close (listener->listener);
  g_free (listener->url);
  g_free (listener);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listener, listener_free)

#define PROLOGUE "queued connected complete starting wrote-headers wrote-body"

/* An attempt whose server answers with that text, and closes if `closes`. */
static Attempt *
answered (const char *answer, gboolean closes)
{
  g_autoptr (Listener) listener = listener_new ();
  Attempt *attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "GET /path?query HTTP/1.1\r\n"));
  peer_write_text (peer, answer);
  if (closes)
    peer_shutdown (peer);
  wait_until (attempt->done);
  settle (5);
  return attempt;
}

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
tls_is_later_work (void)
{
  g_autoptr (Attempt) attempt = attempt_new ("wss://127.0.0.1:1/");

  if (differs ("libsoup has TLS"))
    return;
  attempt_begin (attempt, NULL, NULL);
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE);
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
                                          G_PRIORITY_DEFAULT, NULL, on_done, attempt);
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
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, on_done, &attempt);
  wait_until (attempt.done);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&attempt.error);
  g_string_free (attempt.log, TRUE);
}

/* ---- Ends that the program itself brings about ---- */

static void
cancelled (gconstpointer how)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  gboolean aborts = strstr (how, "abort") != NULL;

  if (strstr (how, "before"))
    g_cancellable_cancel (attempt->cancellable);
  attempt_begin (attempt, NULL, NULL);
  if (strstr (how, "late")) {
    peer = peer_accept (listener->listener);
    head = peer_head (peer);
    settle (5);
    g_assert_cmpstr (attempt->log->str, ==, PROLOGUE);
  }
  if (aborts)
    soup_session_abort (attempt->session);
  else
    g_cancellable_cancel (attempt->cancellable);
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_suffix (attempt->log->str, "finished unqueued done"));
  if (peer)
    wait_until (peer_ended (peer));
}

static gpointer
cancel_in_a_thread (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
cancelled_from_another_thread (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  GThread *thread;

  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  head = peer_head (peer);
  thread = g_thread_new ("cancels", cancel_in_a_thread, attempt->cancellable);
  wait_until (attempt->done);
  g_thread_join (thread);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
cancel_now (gpointer object, Attempt *attempt)
{
  (void) object;
  g_cancellable_cancel (attempt->cancellable);
}

static void
cancelled_in_a_handler (gconstpointer signal)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  g_autoptr (Peer) peer = NULL;

  g_signal_connect (attempt->message, signal, G_CALLBACK (cancel_now), attempt);
  attempt_begin (attempt, NULL, NULL);
  peer = peer_accept (listener->listener);
  if (!strcmp (signal, "got-headers")) {
    g_autofree char *head = peer_head (peer);

    peer_write_text (peer, "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\n");
  }
  wait_until (attempt->done);
  g_assert_error (attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
callback_that_drops_everything (GObject *object, GAsyncResult *result, gpointer data)
{
  gboolean *done = data;
  g_autoptr (SoupWebsocketConnection) connection
      = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, NULL);

  g_assert_nonnull (connection);
  *done = TRUE;
}

static void
the_session_may_be_dropped (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Peer) peer = NULL;
  SoupSession *session = soup_session_new ();
  SoupMessage *message = soup_message_new ("GET", listener->url);
  gboolean done = FALSE;

  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        callback_that_drops_everything, &done);
  g_object_add_weak_pointer (G_OBJECT (session), (gpointer *) &session);
  g_object_add_weak_pointer (G_OBJECT (message), (gpointer *) &message);
  g_object_unref (session);
  g_object_unref (message);
  peer = peer_accept (listener->listener);
  peer_accept_upgrade (peer, "", NULL, 0);
  wait_until (done);
  wait_until (peer_ended (peer));
  settle (5);
  g_assert_null (session);
  g_assert_null (message);
}

static void
nobody_cares (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Peer) peer = NULL;
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", listener->url);

  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  peer = peer_accept (listener->listener);
  peer_accept_upgrade (peer, "", NULL, 0);
  wait_until (peer_ended (peer));
}

typedef struct {
  Attempt *attempt;
  Peer *peer;
} Other;

static void
nested_loop (SoupMessage *message, Other *other)
{
  (void) message;
  peer_accept_upgrade (other->peer, "", NULL, 0);
  wait_until (other->attempt->done);
}

static void
a_handler_runs_a_nested_loop (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) first = attempt_new (listener->url);
  g_autoptr (Attempt) second = attempt_new (listener->url);
  g_autoptr (Peer) one = NULL;
  g_autoptr (Peer) two = NULL;
  Other other;

  attempt_begin (first, NULL, NULL);
  one = peer_accept (listener->listener);
  attempt_begin (second, NULL, NULL);
  two = peer_accept (listener->listener);
  other.attempt = second;
  other.peer = two;
  /* The first waits in its handler until the second has got through. */
  g_signal_connect (first->message, "got-informational", G_CALLBACK (nested_loop), &other);
  peer_accept_upgrade (one, "", NULL, 0);
  wait_until (first->done);
  g_assert_true (second->done);
  g_assert_nonnull (first->connection);
  g_assert_nonnull (second->connection);
}

static void
a_message_is_in_one_queue_at_a_time (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  Attempt again = { 0 };

  if (differs ("libsoup queues it twice"))
    return;
  attempt_begin (attempt, NULL, NULL);
  again.message = attempt->message;
  again.log = g_string_new (NULL);
  soup_session_websocket_connect_async (attempt->session, attempt->message, NULL, NULL, 0, NULL, on_done, &again);
  wait_until (again.done);
  g_assert_error (again.error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE);
  g_clear_error (&again.error);
  g_string_free (again.log, TRUE);
  soup_session_abort (attempt->session);
  wait_until (attempt->done);
}

static void
remote_connectable_and_local_address (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketConnectable) place = G_SOCKET_CONNECTABLE (g_inet_socket_address_new (loopback, listener->port));
  g_autoptr (SoupSession) session
      = soup_session_new_with_options ("remote-connectable", place, "local-address", local, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://elsewhere.invalid/x");
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  gboolean done = FALSE;

  soup_session_websocket_connect_async (session, message, NULL, NULL, 0, NULL, callback_that_drops_everything, &done);
  peer = peer_accept (listener->listener);
  peer_accept_upgrade (peer, "", NULL, 0);
  wait_until (done);
}

/* ---- The queue ---- */

static void
at_most_two_to_one_host (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  SoupMessage *messages[4];
  Peer *peers[4];
  gboolean done[4] = { FALSE };

  for (int i = 0; i < 4; i++) {
    messages[i] = soup_message_new ("GET", listener->url);
    soup_session_websocket_connect_async (session, messages[i], NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                          callback_that_drops_everything, &done[i]);
  }
  peers[0] = peer_accept (listener->listener);
  peers[1] = peer_accept (listener->listener);
  settle (50);
  g_assert_cmpuint (soup_message_get_connection_id (messages[1]), !=, 0);
  g_assert_cmpuint (soup_message_get_connection_id (messages[2]), ==, 0);
  /* A WebSocket that is open takes no place. */
  for (int i = 0; i < 4; i++) {
    if (i >= 2)
      peers[i] = peer_accept (listener->listener);
    peer_accept_upgrade (peers[i], "", NULL, 0);
  }
  wait_until (done[0] && done[1] && done[2] && done[3]);
  for (int i = 0; i < 4; i++) {
    peer_free (peers[i]);
    g_object_unref (messages[i]);
  }
}

static void
urgent_messages_come_first (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (SoupSession) session = soup_session_new_with_options ("max-conns", 1, NULL);
  static const SoupMessagePriority priorities[]
      = { SOUP_MESSAGE_PRIORITY_LOW, SOUP_MESSAGE_PRIORITY_NORMAL, SOUP_MESSAGE_PRIORITY_VERY_HIGH };
  SoupMessage *messages[3];
  gboolean done[3] = { FALSE };

  for (int i = 0; i < 3; i++) {
    messages[i] = soup_message_new ("GET", listener->url);
    soup_message_set_priority (messages[i], priorities[i]);
    soup_session_websocket_connect_async (session, messages[i], NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                          callback_that_drops_everything, &done[i]);
  }
  for (int i = 2; i >= 0; i--) {
    g_autoptr (Peer) peer = peer_accept (listener->listener);

    g_assert_cmpuint (soup_message_get_connection_id (messages[i]), !=, 0);
    g_assert_true (i == 0 || soup_message_get_connection_id (messages[i - 1]) == 0);
    peer_accept_upgrade (peer, "", NULL, 0);
    wait_until (done[i]);
    g_object_unref (messages[i]);
  }
}

static void
what_waits_can_be_cancelled (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (SoupSession) session = soup_session_new_with_options ("max-conns", 1, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", listener->url);
  g_autoptr (SoupMessage) later = soup_message_new ("GET", listener->url);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (Peer) peer = NULL;
  Attempt waiting = { 0 };
  gboolean done = FALSE;

  if (differs ("libsoup 3.2 tells of the cancellation when the message's turn comes"))
    return;
  waiting.message = later;
  waiting.log = g_string_new (NULL);
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        callback_that_drops_everything, &done);
  soup_session_websocket_connect_async (session, later, NULL, NULL, G_PRIORITY_DEFAULT, cancellable, on_done, &waiting);
  peer = peer_accept (listener->listener);
  settle (10);
  g_cancellable_cancel (cancellable);
  wait_until (waiting.done);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&waiting.error);
  g_string_free (waiting.log, TRUE);
  peer_accept_upgrade (peer, "", NULL, 0);
  wait_until (done);
}

/* ---- Threads ---- */

static gpointer
thread_with_a_context (gpointer data)
{
  const char *url = data;
  GMainContext *context = g_main_context_new ();
  Attempt *attempt;

  g_main_context_push_thread_default (context);
  attempt = attempt_new (url);
  attempt_begin (attempt, NULL, NULL);
  while (!attempt->done)
    g_main_context_iteration (context, TRUE);
  g_assert_no_error (attempt->error);
  attempt_free (attempt);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return NULL;
}

static void
two_threads_with_a_context_each (void)
{
  g_autoptr (Listener) listener = listener_new ();
  GThread *one = g_thread_new ("one", thread_with_a_context, listener->url);
  GThread *two = g_thread_new ("two", thread_with_a_context, listener->url);

  for (int i = 0; i < 2; i++) {
    g_autoptr (Peer) peer = peer_accept (listener->listener);

    peer_accept_upgrade (peer, "", NULL, 0);
    settle (20);
  }
  g_thread_join (one);
  g_thread_join (two);
}

/* ---- A class of the program's own ---- */

typedef struct {
  SoupSession parent;
  guint queued, unqueued;
} CountingSession;
typedef SoupSessionClass CountingSessionClass;
GType counting_session_get_type (void);
G_DEFINE_TYPE (CountingSession, counting_session, SOUP_TYPE_SESSION)

static void
counting_queued (SoupSession *session, SoupMessage *message)
{
  g_assert_true (SOUP_IS_MESSAGE (message));
  ((CountingSession *) session)->queued += 1;
}

static void
counting_unqueued (SoupSession *session, SoupMessage *message)
{
  g_assert_true (SOUP_IS_MESSAGE (message));
  ((CountingSession *) session)->unqueued += 1;
}

static void
counting_session_init (CountingSession *session)
{
  (void) session;
}

static void
counting_session_class_init (CountingSessionClass *class)
{
  class->request_queued = counting_queued;
  class->request_unqueued = counting_unqueued;
}

static void
a_derived_class_is_told (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", listener->url);
  g_autoptr (Peer) peer = NULL;
  CountingSession *session = g_object_new (counting_session_get_type (), "timeout", 5, NULL);
  gboolean done = FALSE;

  soup_session_websocket_connect_async (SOUP_SESSION (session), message, NULL, NULL, 0, NULL,
                                        callback_that_drops_everything, &done);
  g_assert_cmpuint (session->queued, ==, 1);
  peer = peer_accept (listener->listener);
  peer_accept_upgrade (peer, "", NULL, 0);
  wait_until (done);
  g_assert_cmpuint (session->unqueued, ==, 1);
  g_assert_finalize_object (session);
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
  g_test_add_func ("/connect/tls-is-later-work", tls_is_later_work);
  g_test_add_func ("/connect/times-out", times_out);
  g_test_add_func ("/connect/times-out-a-byte-at-a-time", times_out_a_byte_at_a_time);
  g_test_add_func ("/connect/a-refusal-without-end", a_refusal_without_end);
  g_test_add_func ("/connect/informational-heads-without-end", informational_heads_without_end);
  g_test_add_func ("/connect/line-breaks-in-origin-and-protocols", line_breaks_in_origin_and_protocols);
  g_test_add_func ("/connect/message-without-a-uri", message_without_a_uri);
  g_test_add_data_func ("/connect/cancelled-before", "before", cancelled);
  g_test_add_data_func ("/connect/cancelled-at-once", "cancel", cancelled);
  g_test_add_data_func ("/connect/cancelled-late", "cancel late", cancelled);
  g_test_add_data_func ("/connect/aborted-at-once", "abort", cancelled);
  g_test_add_data_func ("/connect/aborted-late", "abort late", cancelled);
  g_test_add_func ("/connect/cancelled-from-another-thread", cancelled_from_another_thread);
  g_test_add_data_func ("/connect/cancelled-in-starting", "starting", cancelled_in_a_handler);
  g_test_add_data_func ("/connect/cancelled-in-wrote-body", "wrote-body", cancelled_in_a_handler);
  g_test_add_data_func ("/connect/cancelled-in-got-headers", "got-headers", cancelled_in_a_handler);
  g_test_add_func ("/connect/the-session-may-be-dropped", the_session_may_be_dropped);
  g_test_add_func ("/connect/nobody-cares", nobody_cares);
  g_test_add_func ("/connect/a-handler-runs-a-nested-loop", a_handler_runs_a_nested_loop);
  g_test_add_func ("/connect/a-message-is-in-one-queue-at-a-time", a_message_is_in_one_queue_at_a_time);
  g_test_add_func ("/connect/remote-connectable-and-local-address", remote_connectable_and_local_address);
  g_test_add_func ("/connect/at-most-two-to-one-host", at_most_two_to_one_host);
  g_test_add_func ("/connect/urgent-messages-come-first", urgent_messages_come_first);
  g_test_add_func ("/connect/what-waits-can-be-cancelled", what_waits_can_be_cancelled);
  g_test_add_func ("/connect/two-threads-with-a-context-each", two_threads_with_a_context_each);
  g_test_add_func ("/connect/a-derived-class-is-told", a_derived_class_is_told);
  return g_test_run ();
}
