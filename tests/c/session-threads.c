/* Several threads that send on one session: each message works in the context of its thread, and they share what is
 * idle. */

#include "common-service.h"

#include <unistd.h>

#define THREADS 4
#define MESSAGES 25

typedef struct {
  Service *service;
  SoupSession *session;
  gint failures;
} Shared;

static void
check (Shared *shared, GBytes *bytes, GError *error)
{
  if (error || !bytes || g_bytes_get_size (bytes) != 11)
    g_atomic_int_inc (&shared->failures);
}

static gpointer
waits (gpointer data)
{
  Shared *shared = data;

  for (int i = 0; i < MESSAGES; i++) {
    g_autoptr (SoupMessage) message = service_message (shared->service, "GET", "/chunked", NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = soup_session_send_and_read (shared->session, message, NULL, &error);

    check (shared, bytes, error);
  }
  return NULL;
}

typedef struct {
  Shared *shared;
  GMainContext *context;
  GThread *thread;
  int left, under_way;
} Runner;

static void begin_one (Runner *runner);

static void
one_done (GObject *session, GAsyncResult *result, gpointer data)
{
  Runner *runner = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &error);

  g_assert_true (g_thread_self () == runner->thread);
  g_assert_true (g_main_context_get_thread_default () == runner->context);
  check (runner->shared, bytes, error);
  runner->under_way -= 1;
  begin_one (runner);
}

static void
begin_one (Runner *runner)
{
  g_autoptr (SoupMessage) message = NULL;

  if (runner->left == 0)
    return;
  runner->left -= 1;
  runner->under_way += 1;
  message = service_message (runner->shared->service, "GET", "/chunked", NULL);
  soup_session_send_and_read_async (runner->shared->session, message, 0, NULL, one_done, runner);
}

static gpointer
runs_a_loop (gpointer data)
{
  Runner runner = { .shared = data, .thread = g_thread_self (), .left = MESSAGES };

  runner.context = g_main_context_new ();
  g_main_context_push_thread_default (runner.context);
  begin_one (&runner);
  begin_one (&runner);
  begin_one (&runner);
  while (runner.under_way > 0)
    g_main_context_iteration (runner.context, TRUE);
  g_main_context_pop_thread_default (runner.context);
  g_main_context_unref (runner.context);
  return NULL;
}

static void
together (gconstpointer which)
{
  Shared shared = { 0 };
  GThread *threads[THREADS];

  shared.service = service_new ();
  shared.session = soup_session_new ();
  for (int i = 0; i < THREADS; i++) {
    gboolean loops = !strcmp (which, "loops") || (!strcmp (which, "both") && i % 2);

    threads[i] = g_thread_new ("sends", loops ? runs_a_loop : waits, &shared);
  }
  for (int i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (shared.failures, ==, 0);
  g_assert_cmpint (g_atomic_int_get (&shared.service->requests), >=, THREADS * MESSAGES);
  /* Two to a host at a time, kept from thread to thread. */
  if (!ON_LIBSOUP && !under_valgrind ()) {
    g_assert_cmpint (g_atomic_int_get (&shared.service->connections), ==, 2);
    g_assert_cmpint (g_atomic_int_get (&shared.service->requests), ==, THREADS * MESSAGES);
  }
  g_assert_finalize_object (shared.session);
  service_free (shared.service);
}

static gpointer
reads_on (gpointer stream)
{
  char buffer[16];
  gssize count = g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL);

  g_object_unref (stream);
  return GSIZE_TO_POINTER (count);
}

/* A stream that one thread has waited for is read, and dropped, in another. */
static void
handed_on (void)
{
  g_autoptr (Service) service = service_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = service_message (service, "GET", "/ok", NULL);
  GInputStream *stream = soup_session_send (session, message, NULL, NULL);

  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (g_thread_new ("reads", reads_on, stream))), ==, 5);
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
}

static gpointer
cancels (gpointer cancellable)
{
  g_usleep (20000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
cancelled_from_elsewhere (void)
{
  guint16 port;
  int listener = peer_listen (&port);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", port);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("cancels", cancels, cancellable);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = soup_session_send_and_read (session, message, cancellable, &error);

  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  close (listener);
}

/* A thread that waits for more of a body than comes. */
typedef struct {
  SoupSession *session;
  char *url;
  GCancellable *cancellable;
  gint begun;
  GError *error;
} Reading;

static gpointer
reads_in_vain (gpointer data)
{
  Reading *reading = data;
  g_autoptr (SoupMessage) message = soup_message_new ("GET", reading->url);
  g_autoptr (GInputStream) stream = soup_session_send (reading->session, message, NULL, NULL);
  char buffer[16];

  g_assert_cmpint (g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL), ==, 5);
  g_atomic_int_set (&reading->begun, TRUE);
  g_assert_cmpint (g_input_stream_read (stream, buffer, sizeof buffer, reading->cancellable, &reading->error), ==, -1);
  return NULL;
}

static void
interrupted (gconstpointer how)
{
  guint16 port;
  int listener = peer_listen (&port);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", port);
  Reading reading = { session, url, g_cancellable_new (), FALSE, NULL };
  g_autoptr (Peer) peer = NULL;
  g_autofree char *head = NULL;
  GThread *thread;

  if (!strcmp (how, "abort") && differs ("lets a thread that waits for a body wait when the session is aborted"))
    return;
  thread = g_thread_new ("reads", reads_in_vain, &reading);
  peer = peer_accept (listener);
  head = peer_head (peer);
  peer_write_text (peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  wait_until (g_atomic_int_get (&reading.begun));
  settle (20);
  if (!strcmp (how, "abort"))
    soup_session_abort (session);
  else
    g_cancellable_cancel (reading.cancellable);
  g_thread_join (thread);
  g_assert_error (reading.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_error_free (reading.error);
  g_assert_finalize_object (reading.cancellable);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/threads/waiting", "waiting", together);
  /* libsoup 3.2 gives up on several loops. */
  if (!ON_LIBSOUP) {
    g_test_add_data_func ("/threads/loops", "loops", together);
    g_test_add_data_func ("/threads/both", "both", together);
  }
  g_test_add_func ("/threads/handed-on", handed_on);
  g_test_add_func ("/threads/cancelled-from-elsewhere", cancelled_from_elsewhere);
  g_test_add_data_func ("/threads/interrupted-by-its-cancellable", "cancel", interrupted);
  g_test_add_data_func ("/threads/interrupted-by-abort", "abort", interrupted);
  return g_test_run ();
}
