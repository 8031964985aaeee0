/* What a server says when it refuses a WebSocket (bisque.h). */

#include "common-attempt.h"

#if !ON_LIBSOUP
#include <bisque.h>

static void
assert_refusal (SoupMessage *message, gsize size, char first)
{
  GBytes *body = bisque_message_get_refusal (message);

  g_assert_nonnull (body);
  g_assert_cmpuint (g_bytes_get_size (body), ==, size);
  g_assert_cmpint (*(const char *) g_bytes_get_data (body, NULL), ==, first);
}

static void
kept (void)
{
  g_autoptr (Attempt) attempt
      = answered ("HTTP/1.1 403 Not You\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nkeep out!", FALSE);

  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_nonnull (strstr (attempt->error->message, "403"));
  g_assert_nonnull (strstr (attempt->error->message, "Not You"));
  g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 403);
  assert_refusal (attempt->message, 9, 'k');
}

static void
bounded (void)
{
  g_autofree char *body = g_strnfill (100 * 1024, 'x');
  g_autofree char *text = g_strconcat ("HTTP/1.1 403 No\r\nContent-Length: 102400\r\n\r\n", body, NULL);
  g_autoptr (Attempt) attempt = answered (text, FALSE);

  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  assert_refusal (attempt->message, 64 * 1024, 'x');
}

static void
none (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://127.0.0.1/");

  g_assert_null (bisque_message_get_refusal (message));
  critical (g_assert_null (bisque_message_get_refusal (NULL)));
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/refusal/kept", kept);
  g_test_add_func ("/refusal/bounded", bounded);
  g_test_add_func ("/refusal/none", none);
#endif
  return g_test_run ();
}
