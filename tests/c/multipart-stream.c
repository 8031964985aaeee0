/* SoupMultipartInputStream: the parts of a body as they come. */

#include "common.h"

#define BODY "pre\r\n--b\r\nA: 1\r\n\r\none\r\n--b\r\nB: 2\r\n\r\ntwo\r\nlines\r\n--b--\r\nepilogue"

static SoupMultipartInputStream *
stream_new (GInputStream *base)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://127.0.0.1/");

  soup_message_headers_append (soup_message_get_response_headers (message), "Content-Type",
                               "multipart/x-mixed-replace; boundary=b");
  return soup_multipart_input_stream_new (message, base);
}

static SoupMultipartInputStream *
stream_of_text (const char *text)
{
  g_autoptr (GInputStream) base = g_memory_input_stream_new_from_data (text, strlen (text), NULL);

  return stream_new (base);
}

static char *
all_of (GInputStream *part)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  char piece[64];
  gssize count;

  while ((count = g_input_stream_read (part, piece, sizeof piece, NULL, &error)) > 0)
    g_string_append_len (text, piece, count);
  g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

static void
expect_header (SoupMultipartInputStream *stream, const char *name, const char *value)
{
  SoupMessageHeaders *headers = soup_multipart_input_stream_get_headers (stream);

  g_assert_nonnull (headers);
  g_assert_cmpstr (soup_message_headers_get_one (headers, name), ==, value);
}

static void
part_after_part (void)
{
  g_autoptr (SoupMultipartInputStream) stream = stream_of_text (BODY);
  g_autoptr (GInputStream) first = NULL, second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *one = NULL, *two = NULL;

  g_assert_true (G_IS_FILTER_INPUT_STREAM (stream) && G_IS_POLLABLE_INPUT_STREAM (stream));
  g_assert_null (soup_multipart_input_stream_get_headers (stream));
  first = soup_multipart_input_stream_next_part (stream, NULL, &error);
  g_assert_no_error (error);
  expect_header (stream, "A", "1");
  one = all_of (first);
  g_assert_cmpstr (one, ==, "one");
  second = soup_multipart_input_stream_next_part (stream, NULL, &error);
  g_assert_no_error (error);
  expect_header (stream, "B", "2");
  expect_header (stream, "A", NULL);
  two = all_of (second);
  g_assert_cmpstr (two, ==, "two\r\nlines");
  g_assert_null (soup_multipart_input_stream_next_part (stream, NULL, &error));
  g_assert_no_error (error);
}

static void
parts_that_are_passed_over (void)
{
  g_autoptr (SoupMultipartInputStream) stream = stream_of_text (BODY);
  g_autoptr (GInputStream) first = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  g_autoptr (GInputStream) second = NULL;
  g_autofree char *two = NULL;
  char byte;

  /* libsoup writes behind the end of a buffer of one byte. */
  if (!ON_LIBSOUP)
    g_assert_cmpint (g_input_stream_read (first, &byte, 1, NULL, NULL), ==, 1);
  second = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  if (!differs ("a part ends when the next one begins"))
    g_assert_cmpint (g_input_stream_read (first, &byte, 1, NULL, NULL), ==, 0);
  two = all_of (second);
  g_assert_cmpstr (two, ==, "two\r\nlines");
}

/* Some cameras end a boundary's line, or a header's, with LF alone. */
static void
lone_line_feeds (void)
{
  g_autoptr (SoupMultipartInputStream) stream
      = stream_of_text ("--b\nA: 1\nB: 2\r\n\r\none\n--b\r\n--b\n\r\ntwo\r\n--b--");
  g_autoptr (GInputStream) first = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  g_autoptr (GInputStream) second = NULL;
  g_autofree char *one = NULL, *two = NULL;

  g_assert_nonnull (first);
  expect_header (stream, "A", "1");
  expect_header (stream, "B", "2");
  one = all_of (first);
  second = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  g_assert_nonnull (second);
  two = all_of (second);
  g_assert_cmpstr (two, ==, "two");
}

static void
was_closed (GObject *part, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = g_input_stream_close_finish (G_INPUT_STREAM (part), result, NULL);
}

/* Nothing is left of a part, nor of what it is read from, when it has said that it is closed. */
static void
closed (void)
{
  g_autoptr (GInputStream) base = g_memory_input_stream_new_from_data (BODY, strlen (BODY), NULL);
  SoupMultipartInputStream *stream = stream_new (base);
  GInputStream *part = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  gboolean done = FALSE;

  if (differs ("libsoup closes a part in a thread, which may hold it a little longer")) {
    g_object_unref (part);
    g_object_unref (stream);
    return;
  }
  g_input_stream_close_async (part, G_PRIORITY_DEFAULT, NULL, was_closed, &done);
  g_object_unref (part);
  g_object_unref (stream);
  wait_until (done);
  g_assert_cmpuint (G_OBJECT (base)->ref_count, ==, 1);
}

static void
no_parts (void)
{
  g_autoptr (SoupMultipartInputStream) stream = stream_of_text ("--b--\r\n");
  g_autoptr (GError) error = NULL;

  g_assert_null (soup_multipart_input_stream_next_part (stream, NULL, &error));
  g_assert_no_error (error);
}

static void
cut_off (void)
{
  g_autoptr (SoupMultipartInputStream) stream = stream_of_text ("--b\r\n\r\none");
  g_autoptr (GInputStream) part = soup_multipart_input_stream_next_part (stream, NULL, NULL);
  g_autoptr (GError) error = NULL, again = NULL;
  char bytes[8];

  g_assert_cmpint (g_input_stream_read (part, bytes, sizeof bytes, NULL, &error), ==, 3);
  if (differs ("a body without its last boundary is an error"))
    return;
  g_assert_cmpint (g_input_stream_read (part, bytes, sizeof bytes, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
  g_assert_null (soup_multipart_input_stream_next_part (stream, NULL, &again));
  g_assert_error (again, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
}

static void
no_boundary (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://127.0.0.1/");
  g_autoptr (GInputStream) base = g_memory_input_stream_new ();
  g_autoptr (SoupMultipartInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  if (differs ("a message without a boundary gives an error"))
    return;
  g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, "*boundary*");
  stream = soup_multipart_input_stream_new (message, base);
  g_test_assert_expected_messages ();
  g_assert_null (soup_multipart_input_stream_next_part (stream, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* ---- Over a connection ---- */

typedef struct {
  GInputStream *part;
  GError *error;
  gboolean done;
} Attempt;

static void
got_part (GObject *stream, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  attempt->part
      = soup_multipart_input_stream_next_part_finish (SOUP_MULTIPART_INPUT_STREAM (stream), result, &attempt->error);
  attempt->done = TRUE;
}

static void
piece_by_piece (void)
{
  g_autoptr (GIOStream) connection = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (SoupMultipartInputStream) stream = NULL;
  g_autoptr (GInputStream) part = NULL;
  Attempt attempt = { NULL, NULL, FALSE };
  char bytes[8];
  int other;
  g_autoptr (GError) error = NULL;

  stream_pair (&connection, &other);
  peer = peer_new (other, FALSE);
  stream = stream_new (g_io_stream_get_input_stream (connection));
  soup_multipart_input_stream_next_part_async (stream, G_PRIORITY_DEFAULT, NULL, got_part, &attempt);
  settle (10);
  g_assert_false (attempt.done);
  peer_write_text (peer, "--b\r\nA: 1\r\n");
  settle (10);
  g_assert_false (attempt.done);
  peer_write_text (peer, "\r\nda");
  wait_until (attempt.done);
  g_assert_no_error (attempt.error);
  part = attempt.part;
  expect_header (stream, "A", "1");

  if (differs ("a part says when it has something to read"))
    return;
  g_assert_true (g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (part)));
  wait_until (g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (part)));
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (part), bytes, sizeof bytes, NULL,
                                                             &error),
                   ==, 2);
  g_assert_no_error (error);
  g_assert_false (g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (part)));
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (part), bytes, sizeof bytes, NULL,
                                                             &error),
                   ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  attempt.done = FALSE;
  soup_multipart_input_stream_next_part_async (stream, G_PRIORITY_DEFAULT, NULL, got_part, &attempt);
  peer_write_text (peer, "ta\r\n--b--\r\n");
  wait_until (attempt.done);
  g_assert_null (attempt.part);
  g_assert_no_error (attempt.error);
}

static void
cancelled (void)
{
  g_autoptr (GIOStream) connection = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (SoupMultipartInputStream) stream = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Attempt attempt = { NULL, NULL, FALSE };
  int other;

  stream_pair (&connection, &other);
  peer = peer_new (other, FALSE);
  stream = stream_new (g_io_stream_get_input_stream (connection));
  soup_multipart_input_stream_next_part_async (stream, G_PRIORITY_DEFAULT, cancellable, got_part, &attempt);
  settle (5);
  g_cancellable_cancel (cancellable);
  if (differs ("waiting for a part can be cancelled"))
    return;
  wait_until (attempt.done);
  g_assert_null (attempt.part);
  g_assert_error (attempt.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&attempt.error);
}

static void
misuse (void)
{
  g_autoptr (SoupMultipartInputStream) stream = stream_of_text (BODY);
  g_autoptr (GInputStream) base = g_memory_input_stream_new ();
  g_autoptr (GTask) task = g_task_new (stream, NULL, NULL, NULL);
  GTypeQuery query;

  g_type_query (SOUP_TYPE_MULTIPART_INPUT_STREAM, &query);
  g_assert_cmpuint (query.instance_size, ==, 40);
  g_assert_cmpuint (query.class_size, ==, 272);
  if (differs ("every argument is checked"))
    return;
  critical (g_assert_null (soup_multipart_input_stream_new (NULL, base)));
  critical (g_assert_null (soup_multipart_input_stream_next_part (NULL, NULL, NULL)));
  critical (soup_multipart_input_stream_next_part_async (NULL, 0, NULL, NULL, NULL));
  critical (g_assert_null (soup_multipart_input_stream_next_part_finish (stream, G_ASYNC_RESULT (task), NULL)));
  critical (g_assert_null (soup_multipart_input_stream_get_headers (NULL)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multipart-stream/parts", part_after_part);
  g_test_add_func ("/multipart-stream/passed-over", parts_that_are_passed_over);
  g_test_add_func ("/multipart-stream/lone-line-feeds", lone_line_feeds);
  g_test_add_func ("/multipart-stream/closed", closed);
  g_test_add_func ("/multipart-stream/no-parts", no_parts);
  g_test_add_func ("/multipart-stream/cut-off", cut_off);
  g_test_add_func ("/multipart-stream/no-boundary", no_boundary);
  g_test_add_func ("/multipart-stream/piece-by-piece", piece_by_piece);
  g_test_add_func ("/multipart-stream/cancelled", cancelled);
  g_test_add_func ("/multipart-stream/misuse", misuse);
  return g_test_run ();
}
