/* A message whose response's body has been given out: what still cancels it, and when its connection and the session
 * are free. */

#include "common-service.h"

typedef struct {
  Service *service;
  SoupSession *session;
  GString *log;
  Fetched fetched;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->service = service_new ();
  fixture->session = soup_session_new ();
  fixture->log = g_string_new (NULL);
  record_session (fixture->session, fixture->log);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fetched_clear (&fixture->fetched);
  g_assert_finalize_object (fixture->session);
  g_string_free (fixture->log, TRUE);
  service_free (fixture->service);
}

/* Its stream lies in the fixture. */
static SoupMessage *
answered (Fixture *fixture, GCancellable *cancellable)
{
  SoupMessage *message = service_message (fixture->service, "GET", "/ok", fixture->log);

  soup_session_send_async (fixture->session, message, 0, cancellable, fetched_stream, &fixture->fetched);
  return message;
}

/* Once the stream is there, what cancelled the call is of no concern: each read has a cancellable of its own. */
static void
cancelled_behind_the_answer (Fixture *fixture, gconstpointer how)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (SoupMessage) message = answered (fixture, cancellable);
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gssize count;

  wait_until (fixture->fetched.done);
  g_cancellable_cancel (cancellable);
  settle (5);
  count = g_input_stream_read (fixture->fetched.stream, buffer, sizeof buffer,
                               strcmp (how, "another") ? cancellable : NULL, &error);
  if (strcmp (how, "another")) {
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (count, ==, -1);
  } else {
    g_assert_no_error (error);
    g_assert_cmpmem (buffer, count, "hello", 5);
  }
  g_clear_object (&fixture->fetched.stream);
  settle (5);
}

typedef struct {
  Fixture *fixture;
  GCancellable *cancellable;
  SoupMessage *second;
} Follower;

static void
send_another (SoupMessage *message, Follower *follower)
{
  Fixture *fixture = follower->fixture;

  g_cancellable_cancel (follower->cancellable);
  g_clear_object (&fixture->fetched.stream);
  fixture->fetched.done = FALSE;
  soup_session_send_async (fixture->session, follower->second, 0, NULL, fetched_stream, &fixture->fetched);
}

/* A message whose body has been read has no use for its connection: one that is sent in "got-body" finds it. */
static void
another_in_got_body (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (SoupMessage) message = answered (fixture, cancellable);
  g_autoptr (SoupMessage) second = service_message (fixture->service, "GET", "/ok", NULL);
  Follower follower = { fixture, cancellable, second };
  GInputStream *stream;
  char buffer[16];

  (void) data;
  g_signal_connect (message, "got-body", G_CALLBACK (send_another), &follower);
  wait_until (fixture->fetched.done);
  stream = g_steal_pointer (&fixture->fetched.stream);
  while (g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL) > 0)
    ;
  g_object_unref (stream);
  wait_until (fixture->fetched.done && fixture->fetched.stream);
  g_assert_cmpuint (soup_message_get_connection_id (message), ==, soup_message_get_connection_id (second));
  g_clear_object (&fixture->fetched.stream);
  settle (5);
}

/* A message whose body was closed has nothing left to wait for. */
static void
ended_when_closed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = NULL;

  (void) data;
  if (differs ("libsoup 3.2 ends the message in the next turn"))
    return;
  message = answered (fixture, NULL);
  wait_until (fixture->fetched.done);
  g_clear_object (&fixture->fetched.stream);
  g_assert_true (g_str_has_suffix (fixture->log->str, "finished unqueued"));
  g_assert_cmpuint (G_OBJECT (fixture->session)->ref_count, ==, 1);
}

#define add(name, function, data) g_test_add (name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/answered/cancelled-behind-the-answer", cancelled_behind_the_answer, "the same");
  add ("/answered/cancelled-behind-the-answer-and-read", cancelled_behind_the_answer, "another");
  add ("/answered/another-in-got-body", another_in_got_body, NULL);
  add ("/answered/ended-when-closed", ended_when_closed, NULL);
  return g_test_run ();
}
