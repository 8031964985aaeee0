/* A session's WebSockets that the program itself ends, queues, runs in threads, or derives a class for. */

#include "common-attempt.h"

#include <sys/socket.h>
#include <unistd.h>

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
  soup_session_websocket_connect_async (attempt->session, attempt->message, NULL, NULL, 0, NULL, attempt_done, &again);
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
  soup_session_websocket_connect_async (session, later, NULL, NULL, G_PRIORITY_DEFAULT, cancellable, attempt_done, &waiting);
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
