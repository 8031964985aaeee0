/* common-attempt.c: attempts of a session to connect, and a server that says what the test wants. */

#include "common-attempt.h"

#include <unistd.h>

void
attempt_note (Attempt *attempt, const char *word)
{
  if (attempt->log->len)
    g_string_append_c (attempt->log, ' ');
  g_string_append (attempt->log, word);
}

#define NOTES(name, word)                                                                                              \
  static void on_##name (gpointer object, Attempt *attempt)                                                            \
  {                                                                                                                    \
    (void) object;                                                                                                     \
    attempt_note (attempt, word);                                                                                              \
  }
NOTES (starting, "starting")
NOTES (wrote_headers, "wrote-headers")
NOTES (wrote_body, "wrote-body")
NOTES (got_informational, "got-informational")
NOTES (got_headers, "got-headers")
NOTES (got_body, "got-body")
NOTES (restarted, "restarted")
NOTES (finished, "finished")

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, Attempt *attempt)
{
  (void) message;
  (void) stream;
  if (event == G_SOCKET_CLIENT_CONNECTED)
    attempt_note (attempt, "connected");
  if (event == G_SOCKET_CLIENT_COMPLETE)
    attempt_note (attempt, "complete");
}

static void
on_queue (SoupSession *session, SoupMessage *message, Attempt *attempt)
{
  (void) session;
  if (message == attempt->message)
    attempt_note (attempt, "queued");
  else
    g_assert_cmpstr (soup_message_get_method (message), ==, "CONNECT");
}

static void
on_unqueue (SoupSession *session, SoupMessage *message, Attempt *attempt)
{
  (void) session;
  if (message == attempt->message)
    attempt_note (attempt, "unqueued");
}

void
attempt_done (GObject *object, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  g_assert_false (attempt->done);
  attempt_note (attempt, "done");
  g_assert_true (soup_session_get_async_result_message (SOUP_SESSION (object), result) == attempt->message);
  attempt->connection = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &attempt->error);
  attempt->done = TRUE;
}

Attempt *
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
  g_signal_connect (attempt->message, "restarted", G_CALLBACK (on_restarted), attempt);
  g_signal_connect (attempt->message, "finished", G_CALLBACK (on_finished), attempt);
  g_signal_connect (attempt->message, "network-event", G_CALLBACK (on_network_event), attempt);
  g_signal_connect (attempt->session, "request-queued", G_CALLBACK (on_queue), attempt);
  g_signal_connect (attempt->session, "request-unqueued", G_CALLBACK (on_unqueue), attempt);
  return attempt;
}

void
attempt_begin (Attempt *attempt, const char *origin, char **protocols)
{
  soup_session_websocket_connect_async (attempt->session, attempt->message, origin, protocols, G_PRIORITY_DEFAULT,
                                        attempt->cancellable, attempt_done, attempt);
  /* Nothing happens before the main loop runs. */
  g_assert_cmpstr (attempt->log->str, ==, "queued");
}

void
attempt_free (Attempt *attempt)
{
  settle (10);
  wait_until (G_OBJECT (attempt->session)->ref_count == 1); /* a thread that was cancelled lets go of it a little later */
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

/* ---- A server that says what the test wants ---- */

Listener *
listener_new (void)
{
  Listener *listener = g_new0 (Listener, 1);

  listener->listener = peer_listen (&listener->port);
  listener->url = g_strdup_printf ("ws://127.0.0.1:%u/path?query", listener->port);
  return listener;
}

void
listener_free (Listener *listener)
{
  if (listener->listener >= 0)
    close (listener->listener);
  g_free (listener->url);
  g_free (listener);
}

Attempt *
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

/* ---- Redirects ---- */

void
peer_redirect (Peer *peer, int status, const char *location)
{
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %d Elsewhere\r\nLocation: %s\r\nContent-Length: 5\r\n\r\nhello",
                                             status, location);

  peer_write_text (peer, answer);
}

Trip *
trip_new (void)
{
  Trip *trip = g_new0 (Trip, 1);

  trip->first = listener_new ();
  trip->second = listener_new ();
  trip->attempt = attempt_new (trip->first->url);
  return trip;
}

void
trip_begin (Trip *trip, int status, const char *location)
{
  g_autoptr (Peer) peer = NULL;

  attempt_begin (trip->attempt, NULL, NULL);
  peer = peer_accept (trip->first->listener);
  trip->asked = peer_head (peer);
  peer_redirect (peer, status, location);
  settle (5);
}

void
trip_arrive (Trip *trip, Listener *where)
{
  trip->peer = peer_accept (where->listener);
  trip->asked_again = peer_head (trip->peer);
  peer_switch (trip->peer, trip->asked_again, "", NULL, 0);
  wait_until (trip->attempt->done);
}

void
trip_free (Trip *trip)
{
  attempt_free (trip->attempt);
  listener_free (trip->first);
  listener_free (trip->second);
  g_clear_pointer (&trip->peer, peer_free);
  g_free (trip->asked);
  g_free (trip->asked_again);
  g_free (trip);
}
