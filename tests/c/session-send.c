/* The ways to send a message, and the order in which signals and answers come. */

#include "common-service.h"

#include <unistd.h>

#define PROLOGUE "queued resolving resolved connecting connected complete starting wrote-headers wrote-body"
#define AGAIN "queued starting wrote-headers wrote-body"

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
  fixture->fetched.log = fixture->log;
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

static void
send_async (Fixture *fixture, SoupMessage *message)
{
  fetched_clear (&fixture->fetched);
  soup_session_send_async (fixture->session, message, G_PRIORITY_DEFAULT, NULL, fetched_stream, &fixture->fetched);
  wait_until (fixture->fetched.done);
}

static void
read_async (Fixture *fixture, SoupMessage *message)
{
  fetched_clear (&fixture->fetched);
  soup_session_send_and_read_async (fixture->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes,
                                    &fixture->fetched);
  wait_until (fixture->fetched.done);
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpmem (data, size, expected, strlen (expected));
}

/* ---- Without waiting ---- */

static void
a_stream (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", fixture->log);
  char buffer[16];

  (void) data;
  send_async (fixture, message);
  g_assert_no_error (fixture->fetched.error);
  g_assert_true (G_IS_POLLABLE_INPUT_STREAM (fixture->fetched.stream));
  g_assert_cmpstr (fixture->log->str, ==, PROLOGUE " got-headers done");
  g_assert_cmpuint (soup_message_get_status (message), ==, 200);
  g_assert_cmpint (g_input_stream_read (fixture->fetched.stream, buffer, sizeof buffer, NULL, NULL), ==, 5);
  g_assert_cmpmem (buffer, 5, "hello", 5);
  g_assert_cmpint (g_input_stream_read (fixture->fetched.stream, buffer, sizeof buffer, NULL, NULL), ==, 0);
  g_assert_true (g_input_stream_close (fixture->fetched.stream, NULL, NULL));
  wait_until (g_str_has_suffix (fixture->log->str, "unqueued"));
  g_assert_cmpstr (fixture->log->str, ==, PROLOGUE " got-headers done got-body finished unqueued");
  g_clear_object (&fixture->fetched.stream);
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);

  /* The same message once more, over the same connection. */
  g_string_truncate (fixture->log, 0);
  read_async (fixture, message);
  assert_bytes (fixture->fetched.bytes, "hello");
  g_assert_cmpstr (fixture->log->str, ==, AGAIN " got-headers got-body finished unqueued done");
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 1);
}

static void
a_stream_that_is_dropped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/large", fixture->log);

  (void) data;
  send_async (fixture, message);
  g_clear_object (&fixture->fetched.stream);
  wait_until (g_str_has_suffix (fixture->log->str, "unqueued"));
  g_assert_cmpstr (fixture->log->str, ==, PROLOGUE " got-headers done finished unqueued");
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  /* What is left of the body is in the way of other messages. */
  g_string_truncate (fixture->log, 0);
  read_async (fixture, message);
  g_assert_cmpuint (g_bytes_get_size (fixture->fetched.bytes), ==, 1024 * 1024);
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 2);
}

static void
polled (GObject *stream, gpointer data)
{
  gsize *sum = data;
  char buffer[4096];
  gssize count;
  g_autoptr (GError) error = NULL;

  do {
    count = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), buffer, sizeof buffer, NULL,
                                                      &error);
    if (count > 0)
      *sum += count;
  } while (count > 0);
  if (count == 0)
    *sum |= (gsize) 1 << 40;
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
polled_source (GObject *stream, gpointer data)
{
  polled (stream, data);
  return G_SOURCE_CONTINUE;
}

static void
a_stream_that_is_polled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/large", NULL);
  g_autoptr (GSource) source = NULL;
  gsize sum = 0;

  (void) data;
  send_async (fixture, message);
  source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (fixture->fetched.stream), NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (polled_source), &sum, NULL);
  g_source_attach (source, NULL);
  wait_until (sum >> 40);
  g_assert_cmpuint (sum & 0xffffffff, ==, 1024 * 1024);
  g_source_destroy (source);
  g_input_stream_close (fixture->fetched.stream, NULL, NULL);
  wait_until (g_str_has_suffix (fixture->log->str, "unqueued"));
}

static void
bytes (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *path, *body;
  } rows[] = { { "/ok", "hello" }, { "/chunked", "hello world" }, { "/empty", "" }, { "/401", "denied" } };

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", rows[i].path, fixture->log);

    g_string_truncate (fixture->log, 0);
    read_async (fixture, message);
    assert_bytes (fixture->fetched.bytes, rows[i].body);
    g_assert_true (g_str_has_suffix (fixture->log->str, "got-headers got-body finished unqueued done"));
    g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  }
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 1);
}

static void
head (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "HEAD", "/ok", fixture->log);

  (void) data;
  read_async (fixture, message);
  assert_bytes (fixture->fetched.bytes, "");
  g_assert_cmpint (soup_message_headers_get_content_length (soup_message_get_response_headers (message)), ==, 5);
  read_async (fixture, message);
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 1);
}

#if !ON_LIBSOUP || SOUP_CHECK_VERSION(3, 4, 0)
static void
spliced (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;

  fetched->size = soup_session_send_and_splice_finish (SOUP_SESSION (session), result, &fetched->error);
  fetched->done = TRUE;
}

static void
into_a_stream (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/chunked", fixture->log);
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  (void) data;
  soup_session_send_and_splice_async (fixture->session, message, output, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, 0, NULL,
                                      spliced, &fixture->fetched);
  wait_until (fixture->fetched.done);
  g_assert_no_error (fixture->fetched.error);
  g_assert_cmpint (fixture->fetched.size, ==, 11);
  g_assert_true (g_output_stream_is_closed (output));
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (output)), 11, "hello world", 11);
  g_clear_object (&output);

  output = g_memory_output_stream_new_resizable ();
  g_assert_cmpint (soup_session_send_and_splice (fixture->session, message, output, 0, NULL, &error), ==, 11);
  g_assert_no_error (error);
  g_assert_false (g_output_stream_is_closed (output));
}
#endif

static void
a_connection_beforehand (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) early = service_message (fixture->service, "HEAD", "/ok", fixture->log);
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", fixture->log);

  (void) data;
  soup_session_preconnect_async (fixture->session, early, G_PRIORITY_DEFAULT, NULL, fetched_connected,
                                 &fixture->fetched);
  wait_until (fixture->fetched.done);
  g_assert_no_error (fixture->fetched.error);
  g_assert_true (fixture->fetched.connected);
  g_assert_cmpint (g_atomic_int_get (&fixture->service->requests), ==, 0);
  g_string_truncate (fixture->log, 0);
  read_async (fixture, message);
  assert_bytes (fixture->fetched.bytes, "hello");
  g_assert_cmpstr (fixture->log->str, ==, AGAIN " got-headers got-body finished unqueued done");
}

static void
connections_are_counted_by_session (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (int i = 0; i < 2; i++) {
    g_autoptr (SoupSession) session = soup_session_new ();

    for (guint64 id = 1; id <= 2; id++) {
      g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", NULL);
      g_autoptr (GBytes) bytes = NULL;

      g_assert_cmpuint (soup_message_get_connection_id (message), ==, 0);
      soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
      bytes = soup_session_send_and_read (session, message, NULL, NULL);
      assert_bytes (bytes, "hello");
      g_assert_cmpuint (soup_message_get_connection_id (message), ==, id);
    }
  }
}

static void
the_message_of_a_result (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;

  g_assert_true (SOUP_IS_MESSAGE (soup_session_get_async_result_message (SOUP_SESSION (session), result)));
  fetched_bytes (session, result, fetched);
}

static void
twice_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", NULL);
  Fetched second = { .log = fixture->log };

  (void) data;
  soup_session_send_and_read_async (fixture->session, message, 0, NULL, the_message_of_a_result, &fixture->fetched);
  soup_session_send_async (fixture->session, message, 0, NULL, fetched_stream, &second);
  wait_until (fixture->fetched.done && second.done);
  g_assert_no_error (fixture->fetched.error);
  g_assert_error (second.error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE);
  fetched_clear (&second);
}

/* ---- Waiting ---- */

static void
waiting_for_a_stream (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", fixture->log);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send (fixture->session, message, NULL, &error);
  char buffer[16];

  (void) data;
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->log->str, ==, PROLOGUE " got-headers");
  g_assert_cmpint (g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL), ==, 5);
  g_assert_cmpint (g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL), ==, 0);
  g_assert_true (g_input_stream_close (stream, NULL, NULL));
  g_assert_cmpstr (fixture->log->str, ==, PROLOGUE " got-headers got-body finished unqueued");
}

static void
waiting_for_bytes (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (int i = 0; i < 3; i++) {
    g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/chunked", fixture->log);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) got = soup_session_send_and_read (fixture->session, message, NULL, &error);

    g_assert_no_error (error);
    assert_bytes (got, "hello world");
    g_assert_true (g_str_has_suffix (fixture->log->str, "got-headers got-body finished unqueued"));
    g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  }
  /* Each waits in a context of its own, and they share a connection. */
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 1);
}

static void
waiting_for_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/large", NULL);
  g_autoptr (GInputStream) stream = soup_session_send (fixture->session, message, NULL, NULL);
  char buffer[10000];
  gsize sum = 0;
  gssize count;

  (void) data;
  while ((count = g_input_stream_read (stream, buffer, sizeof buffer, NULL, NULL)) > 0)
    sum += count;
  g_assert_cmpint (count, ==, 0);
  g_assert_cmpuint (sum, ==, 1024 * 1024);
}

/* ---- Redirects ---- */

static void
a_redirect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/redirect", fixture->log);
  g_autofree char *url = g_strconcat (fixture->service->url, "/ok", NULL);
  g_autofree char *now = NULL;

  (void) data;
  read_async (fixture, message);
  assert_bytes (fixture->fetched.bytes, "hello");
  g_assert_cmpstr (fixture->log->str, ==,
                   PROLOGUE " got-headers got-body restarted starting wrote-headers wrote-body got-headers got-body"
                            " finished unqueued done");
  now = g_uri_to_string (soup_message_get_uri (message));
  g_assert_cmpstr (now, ==, url);
  g_assert_cmpint (g_atomic_int_get (&fixture->service->connections), ==, 1);
}

static void
no_redirect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/redirect", fixture->log);

  (void) data;
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  read_async (fixture, message);
  g_assert_cmpuint (soup_message_get_status (message), ==, SOUP_STATUS_FOUND);
  g_assert_null (strstr (fixture->log->str, "restarted"));
}

/* ---- Failing ---- */

static void
nobody_listens (Fixture *fixture, gconstpointer data)
{
  guint16 port;
  int descriptor = peer_listen (&port);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) none = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  close (descriptor);
  record_message (message, fixture->log);
  read_async (fixture, message);
  g_assert_error (fixture->fetched.error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  none = soup_session_send_and_read (fixture->session, message, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
cancelled (Fixture *fixture, gconstpointer how)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  if (!strcmp (how, "before"))
    g_cancellable_cancel (cancellable);
  soup_session_send_async (fixture->session, message, 0, cancellable, fetched_stream, &fixture->fetched);
  if (!strcmp (how, "abort"))
    soup_session_abort (fixture->session);
  else
    g_cancellable_cancel (cancellable);
  wait_until (fixture->fetched.done);
  g_assert_error (fixture->fetched.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_suffix (fixture->log->str, "unqueued done"));
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
}

static void
misuse (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = service_message (fixture->service, "GET", "/ok", NULL);

  (void) data;
  if (differs ("libsoup does not look at the message"))
    return;
  critical (soup_session_send_async (NULL, message, 0, NULL, NULL, NULL));
  critical (soup_session_send_async (fixture->session, NULL, 0, NULL, NULL, NULL));
  critical (soup_session_send_and_read_async (NULL, message, 0, NULL, NULL, NULL));
  critical (soup_session_preconnect_async (fixture->session, NULL, 0, NULL, NULL, NULL));
  critical (g_assert_null (soup_session_send (NULL, message, NULL, NULL)));
  critical (g_assert_null (soup_session_send_and_read (fixture->session, NULL, NULL, NULL)));
  critical (g_assert_null (soup_session_send_finish (NULL, NULL, NULL)));
  critical (g_assert_null (soup_session_send_and_read_finish (NULL, NULL, NULL)));
}

#define add(name, function, data) g_test_add (name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/send/a-stream", a_stream, NULL);
  add ("/send/a-stream-that-is-dropped", a_stream_that_is_dropped, NULL);
  add ("/send/a-stream-that-is-polled", a_stream_that_is_polled, NULL);
  add ("/send/bytes", bytes, NULL);
  add ("/send/head", head, NULL);
#if !ON_LIBSOUP || SOUP_CHECK_VERSION(3, 4, 0)
  add ("/send/into-a-stream", into_a_stream, NULL);
#endif
  add ("/send/a-connection-beforehand", a_connection_beforehand, NULL);
  add ("/send/connections-are-counted-by-session", connections_are_counted_by_session, NULL);
  add ("/send/twice-at-once", twice_at_once, NULL);
  add ("/send/waiting-for-a-stream", waiting_for_a_stream, NULL);
  add ("/send/waiting-for-bytes", waiting_for_bytes, NULL);
  add ("/send/waiting-for-much", waiting_for_much, NULL);
  add ("/send/a-redirect", a_redirect, NULL);
  add ("/send/no-redirect", no_redirect, NULL);
  add ("/send/nobody-listens", nobody_listens, NULL);
  add ("/send/cancelled-before", cancelled, "before");
  add ("/send/cancelled-at-once", cancelled, "at once");
  add ("/send/aborted-at-once", cancelled, "abort");
  add ("/send/misuse", misuse, NULL);
  return g_test_run ();
}
