/* What may happen while a session's WebSocket is being redirected: bodies without end, deadlines, and programs that
 * cancel, drop or change things in the middle of it. */

#include "common-attempt.h"

#include <sys/socket.h>

/* ---- Bodies and deadlines ---- */

static void
answer_first (Trip *trip, const char *answer, gboolean closes)
{
  attempt_begin (trip->attempt, NULL, NULL);
  trip->peer = peer_accept (trip->first->listener);
  trip->asked = peer_head (trip->peer);
  peer_write_text (trip->peer, answer);
  if (closes)
    peer_shutdown (trip->peer);
}

static void
bodies (void)
{
  static const struct {
    const char *fields;
    gboolean closes;
  } cases[] = {
    { "Content-Length: 0\r\n\r\n", FALSE },
    { "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", FALSE },
    { "\r\nuntil the end", TRUE },
    { "Connection: close\r\nContent-Length: 2\r\n\r\nno", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Trip) trip = trip_new ();
    g_autofree char *answer = g_strdup_printf ("HTTP/1.1 302 Go\r\nLocation: /x\r\n%s", cases[i].fields);

    answer_first (trip, answer, cases[i].closes);
    g_clear_pointer (&trip->peer, peer_free);
    trip_arrive (trip, trip->first);
    g_assert_no_error (trip->attempt->error);
    g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE RESTART " got-informational unqueued done");
  }
}

static void
truncated_bodies (void)
{
  static const char *const fields[] = { "Content-Length: 10\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n5\r\nab" };

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autoptr (Trip) trip = trip_new ();
    g_autofree char *answer = g_strdup_printf ("HTTP/1.1 302 Go\r\nLocation: /x\r\n%s", fields[i]);

    answer_first (trip, answer, TRUE);
    wait_until (trip->attempt->done);
    g_assert_error (trip->attempt->error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
    g_assert_null (strstr (trip->attempt->log->str, "restarted"));
  }
}

static void
a_body_without_end (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *filler = g_strnfill (64 * 1024, 'a');
  gsize written = 0;

  if (differs ("libsoup reads for ever"))
    return;
  answer_first (trip, "HTTP/1.1 302 Go\r\nLocation: /x\r\n\r\n", FALSE);
  while (!strstr (trip->attempt->log->str, "restarted")) {
    gssize count = send (trip->peer->descriptor, filler, strlen (filler), MSG_NOSIGNAL | MSG_DONTWAIT);

    written += MAX (count, 0);
    g_assert_cmpuint (written, <, 64 * 1024 * 1024);
    turn ();
  }
  g_clear_pointer (&trip->peer, peer_free);
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
  g_assert_null (strstr (trip->attempt->log->str, "got-body"));
}

static void
a_body_that_stops (void)
{
  g_autoptr (Trip) trip = trip_new ();

  soup_session_set_timeout (trip->attempt->session, 1);
  answer_first (trip, "HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 9\r\n\r\nabc", FALSE);
  wait_until (trip->attempt->done);
  settle (5);
  g_assert_error (trip->attempt->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE " got-headers finished done unqueued");
}

/* Each attempt has the whole of the timeout. */
static void
a_timeout_for_each_attempt (void)
{
  g_autoptr (Trip) trip = trip_new ();

  soup_session_set_timeout (trip->attempt->session, 3);
  attempt_begin (trip->attempt, NULL, NULL);
  for (int i = 0; i < 2; i++) {
    g_autoptr (Peer) peer = peer_accept (trip->first->listener);
    g_autofree char *head = peer_head (peer);

    settle (1800);
    g_assert_false (trip->attempt->done);
    peer_redirect (peer, 302, "/x");
  }
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
}

static void
nobody_listens_there (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *location = g_strdup_printf ("//127.0.0.1:%u/", trip->second->port);

  shutdown (trip->second->listener, SHUT_RDWR);
  trip_begin (trip, 302, location);
  wait_until (trip->attempt->done);
  settle (5);
  g_assert_error (trip->attempt->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE " got-headers got-body restarted finished done unqueued");
  g_assert_cmpuint (soup_message_get_status (trip->attempt->message), ==, 0);
  g_assert_null (soup_message_get_remote_address (trip->attempt->message));
}

static void
the_second_server_refuses (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *location = g_strdup_printf ("//127.0.0.1:%u/x", trip->second->port);

  trip_begin (trip, 302, location);
  trip->peer = peer_accept (trip->second->listener);
  trip->asked_again = peer_head (trip->peer);
  peer_write_text (trip->peer, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
  wait_until (trip->attempt->done);
  settle (5);
  g_assert_error (trip->attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE RESTART " got-headers got-body finished done unqueued");
  g_assert_cmpuint (soup_message_get_status (trip->attempt->message), ==, 403);
}

/* ---- Programs that interfere ---- */

static void
cancel_now (Trip *trip)
{
  g_cancellable_cancel (trip->attempt->cancellable);
}

static void
abort_now (Trip *trip)
{
  soup_session_abort (trip->attempt->session);
}

static void
cancelled (gconstpointer signal)
{
  for (int aborts = 0; aborts < 2; aborts++) {
    g_autoptr (Trip) trip = trip_new ();
    gulong handler = g_signal_connect_swapped (trip->attempt->message, signal,
                                               aborts ? G_CALLBACK (abort_now) : G_CALLBACK (cancel_now), trip);
    gboolean before = !strcmp (signal, "got-headers");

    trip_begin (trip, 302, "/x");
    wait_until (trip->attempt->done);
    settle (5);
    g_assert_error (trip->attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpstr (trip->attempt->log->str, ==,
                     before ? PROLOGUE " got-headers finished unqueued done"
                            : PROLOGUE " got-headers got-body restarted finished unqueued done");
    g_assert_cmpuint (soup_message_get_status (trip->attempt->message), ==, before ? 302 : 0);
    g_signal_handler_disconnect (trip->attempt->message, handler);
  }
}

static void
cancelled_at_the_second_server (void)
{
  g_autoptr (Trip) trip = trip_new ();

  trip_begin (trip, 302, "/x");
  trip->peer = peer_accept (trip->first->listener);
  trip->asked_again = peer_head (trip->peer);
  settle (5);
  cancel_now (trip);
  wait_until (trip->attempt->done);
  g_assert_error (trip->attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE RESTART " finished unqueued done");
  wait_until (peer_ended (trip->peer));
}

static void
go_to_the_second (Trip *trip)
{
  g_autofree char *text = g_strdup_printf ("ws://127.0.0.1:%u/changed", trip->second->port);
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);

  soup_message_set_uri (trip->attempt->message, uri);
}

/* The place that the program names last counts: the one that the Location is relative to, or the one behind it. */
static void
the_program_changes_the_uri (gconstpointer signal)
{
  g_autoptr (Trip) trip = trip_new ();
  gulong handler = g_signal_connect_swapped (trip->attempt->message, signal, G_CALLBACK (go_to_the_second), trip);
  gboolean before = g_str_has_prefix (signal, "got-");

  trip_begin (trip, 302, "x");
  g_signal_handler_disconnect (trip->attempt->message, handler);
  trip_arrive (trip, trip->second);
  g_assert_no_error (trip->attempt->error);
  g_assert_true (g_str_has_prefix (trip->asked_again, before ? "GET /x HTTP/1.1\r\n" : "GET /changed HTTP/1.1\r\n"));
  if (!ON_LIBSOUP || before) {
    g_autofree char *host = g_strdup_printf ("\r\nHost: 127.0.0.1:%u\r\n", trip->second->port);

    g_assert_nonnull (strstr (trip->asked_again, host));
  }
}

static void
change_the_headers (SoupMessage *message)
{
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", "for you");
}

static void
the_program_adds_credentials (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *location = g_strdup_printf ("//127.0.0.1:%u/x", trip->second->port);

  soup_message_headers_append (soup_message_get_request_headers (trip->attempt->message), "Authorization", "secret");
  g_signal_connect (trip->attempt->message, "restarted", G_CALLBACK (change_the_headers), NULL);
  trip_begin (trip, 302, location);
  trip_arrive (trip, trip->second);
  g_assert_nonnull (strstr (trip->asked_again, "\r\nAuthorization: for you\r\n"));
}

static void
change_the_location (SoupMessage *message, const char *location)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  if (!soup_message_headers_get_one (headers, "Location"))
    return;
  soup_message_headers_remove (headers, "Location");
  if (*location)
    soup_message_headers_append (headers, "Location", location);
}

static void
the_program_changes_the_location (void)
{
  g_autoptr (Trip) elsewhere = trip_new (), nowhere = trip_new ();

  g_signal_connect (elsewhere->attempt->message, "got-body", G_CALLBACK (change_the_location), (gpointer) "/changed");
  trip_begin (elsewhere, 302, "/x");
  trip_arrive (elsewhere, elsewhere->first);
  g_assert_true (g_str_has_prefix (elsewhere->asked_again, "GET /changed HTTP/1.1\r\n"));

  g_signal_connect (nowhere->attempt->message, "got-headers", G_CALLBACK (change_the_location), (gpointer) "");
  trip_begin (nowhere, 302, "/x");
  wait_until (nowhere->attempt->done);
  settle (5);
  g_assert_error (nowhere->attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
}

static void
run_a_nested_loop (void)
{
  settle (30);
}

static void
run_a_nested_loop_and_cancel (Trip *trip)
{
  cancel_now (trip);
  settle (30);
}

static void
a_handler_runs_a_nested_loop (gconstpointer signal)
{
  g_autoptr (Trip) trip = trip_new (), other = trip_new ();

  g_signal_connect (trip->attempt->message, signal, G_CALLBACK (run_a_nested_loop), NULL);
  trip_begin (trip, 302, "/x");
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
  g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE RESTART " got-informational unqueued done");

  g_signal_connect_swapped (other->attempt->message, signal, G_CALLBACK (run_a_nested_loop_and_cancel), other);
  trip_begin (other, 302, "/x");
  wait_until (other->attempt->done);
  settle (5);
  g_assert_error (other->attempt->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_suffix (other->attempt->log->str, "finished unqueued done"));
}

typedef struct {
  SoupSession *session;
  SoupMessage *message;
  gboolean done;
} Dropped;

static void
drop_everything (Dropped *dropped)
{
  g_signal_handlers_disconnect_by_func (dropped->message, drop_everything, dropped);
  g_object_unref (dropped->session);
  g_object_unref (dropped->message);
}

static void
dropped_done (GObject *session, GAsyncResult *result, gpointer data)
{
  Dropped *dropped = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) connection
      = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  g_assert_no_error (error);
  dropped->done = TRUE;
}

static void
the_program_drops_everything (gconstpointer signal)
{
  g_autoptr (Listener) listener = listener_new ();
  Dropped dropped = { soup_session_new (), soup_message_new ("GET", listener->url), FALSE };

  g_signal_connect_swapped (dropped.message, signal, G_CALLBACK (drop_everything), &dropped);
  soup_session_websocket_connect_async (dropped.session, dropped.message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        dropped_done, &dropped);
  g_object_add_weak_pointer (G_OBJECT (dropped.session), (gpointer *) &dropped.session);
  g_object_add_weak_pointer (G_OBJECT (dropped.message), (gpointer *) &dropped.message);
  for (int i = 0; i < 2; i++) {
    g_autoptr (Peer) peer = peer_accept (listener->listener);
    g_autofree char *head = peer_head (peer);

    if (i == 0)
      peer_redirect (peer, 302, "/x");
    else
      peer_switch (peer, head, "", NULL, 0);
    settle (10);
  }
  wait_until (dropped.done);
  wait_until (!dropped.session && !dropped.message);
}

/* ---- The queue ---- */

static void
a_redirect_gives_its_place_back (void)
{
  g_autoptr (Listener) listener = listener_new ();
  SoupSession *session = soup_session_new_with_options ("max-conns", 1, NULL);
  g_autoptr (Attempt) first = attempt_new (listener->url), second = attempt_new (listener->url);
  int redirects = 0;

  for (int i = 0; i < 2; i++) {
    Attempt *attempt = i ? second : first;

    soup_session_websocket_connect_async (session, attempt->message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, attempt_done,
                                          attempt);
  }
  for (int i = 0; i < 4; i++) {
    g_autoptr (Peer) peer = peer_accept (listener->listener);
    g_autofree char *head = peer_head (peer);

    if (g_str_has_prefix (head, "GET /path?query ")) {
      redirects++;
      peer_redirect (peer, 302, "/x");
    } else {
      peer_switch (peer, head, "", NULL, 0);
    }
    settle (10);
  }
  wait_until (first->done && second->done);
  g_assert_no_error (first->error);
  g_assert_no_error (second->error);
  g_assert_cmpint (redirects, ==, 2);
  settle (5);
  g_assert_finalize_object (session);
}

static void
a_message_may_go_again (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autoptr (Peer) peer = NULL;
  g_autoptr (End) end = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *head = NULL;

  trip_begin (trip, 302, "/x");
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
  g_clear_object (&trip->attempt->connection);
  trip->attempt->done = FALSE;
  soup_session_websocket_connect_async (trip->attempt->session, trip->attempt->message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, attempt_done, trip->attempt);
  peer = peer_accept (trip->first->listener);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "GET /x HTTP/1.1\r\n"));
  peer_redirect (peer, 302, "/y");
  settle (5);
  g_clear_pointer (&trip->peer, peer_free);
  g_clear_pointer (&trip->asked_again, g_free);
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
  g_assert_true (g_str_has_prefix (trip->asked_again, "GET /y HTTP/1.1\r\n"));
}

int
main (int argc, char **argv)
{
  static const char *const signals[] = { "got-headers", "got-body", "notify::uri", "restarted" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redirect/bodies", bodies);
  g_test_add_func ("/redirect/truncated-bodies", truncated_bodies);
  g_test_add_func ("/redirect/a-body-without-end", a_body_without_end);
  g_test_add_func ("/redirect/a-body-that-stops", a_body_that_stops);
  g_test_add_func ("/redirect/a-timeout-for-each-attempt", a_timeout_for_each_attempt);
  g_test_add_func ("/redirect/nobody-listens-there", nobody_listens_there);
  g_test_add_func ("/redirect/the-second-server-refuses", the_second_server_refuses);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++) {
    static const struct {
      const char *name;
      GTestDataFunc test;
    } tests[] = {
      { "cancelled-in", cancelled },
      { "the-program-changes-the-uri-in", the_program_changes_the_uri },
      { "a-nested-loop-in", a_handler_runs_a_nested_loop },
      { "the-program-drops-everything-in", the_program_drops_everything },
    };

    for (gsize j = 0; j < G_N_ELEMENTS (tests); j++) {
      g_autofree char *path = g_strdup_printf ("/redirect/%s/%s", tests[j].name, signals[i]);

      g_test_add_data_func (path, signals[i], tests[j].test);
    }
  }
  g_test_add_func ("/redirect/cancelled-at-the-second-server", cancelled_at_the_second_server);
  g_test_add_func ("/redirect/the-program-adds-credentials", the_program_adds_credentials);
  g_test_add_func ("/redirect/the-program-changes-the-location", the_program_changes_the_location);
  g_test_add_func ("/redirect/a-redirect-gives-its-place-back", a_redirect_gives_its_place_back);
  g_test_add_func ("/redirect/a-message-may-go-again", a_message_may_go_again);
  return g_test_run ();
}
