/* What libsoup does not have: the queue of what is to be sent can be asked for, and has a limit (bisque.h). */

#include "common.h"

#if !ON_LIBSOUP
#include <bisque.h>

static void
amount (Wire *wire)
{
  SoupWebsocketConnection *connection = wire->end->connection;
  g_autofree char *big = g_malloc0 (1024 * 1024);

  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), ==, 0);
  soup_websocket_connection_send_binary (connection, big, 1000);
  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), >=, 1000);
  frame_free (peer_frame (wire->peer));
  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), ==, 0);
  for (int i = 0; i < 8; i++)
    soup_websocket_connection_send_binary (connection, big, 1024 * 1024);
  settle (20);
  /* The peer does not read: most of it is still here. */
  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), >, 4 * 1024 * 1024);
  for (int i = 0; i < 8; i++)
    frame_free (peer_frame (wire->peer));
  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), ==, 0);
}

/* A peer that never reads: the connection fails once more waits for it than the limit allows. */
static void
limit (Wire *wire)
{
  SoupWebsocketConnection *connection = wire->end->connection;
  g_autofree char *big = g_malloc0 (1024 * 1024);

  g_assert_cmpint (bisque_websocket_connection_get_max_queued_output (connection), >, 0);
  bisque_websocket_connection_set_max_queued_output (connection, 2 * 1024 * 1024);
  g_assert_cmpint (bisque_websocket_connection_get_max_queued_output (connection), ==, 2 * 1024 * 1024);
  for (int i = 0; i < 16 && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN; i++)
    soup_websocket_connection_send_binary (connection, big, 1024 * 1024);
  wait_until (wire->end->error);
  g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (connection), <=, 3 * 1024 * 1024);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

static void
misuse (void)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  gpointer bad[] = { NULL, other };

  for (guint i = 0; i < 2; i++) {
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_get_buffered_amount: *");
    g_assert_cmpint (bisque_websocket_connection_get_buffered_amount (bad[i]), ==, 0);
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_get_max_queued_output: *");
    g_assert_cmpint (bisque_websocket_connection_get_max_queued_output (bad[i]), >, 0); /* the default */
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_set_max_queued_output: *");
    bisque_websocket_connection_set_max_queued_output (bad[i], 1);
    g_test_assert_expected_messages ();
  }
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  test_wire ("buffered-amount", amount);
  test_wire ("max-queued-output", limit);
  g_test_add_func ("/misuse/queue", misuse);
#endif
  return g_test_run ();
}
