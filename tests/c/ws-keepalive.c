/* The keepalive: pings while nothing else happens, and what their absence of an answer means. */

#include "common.h"

static void
keepalive_pings (Wire *wire)
{
  g_autoptr (Frame) first = NULL, second = NULL;
  gint64 start;

  g_assert_cmpint (soup_websocket_connection_get_keepalive_interval (wire->end->connection), ==, 0);
  soup_websocket_connection_set_keepalive_interval (wire->end->connection, 1);
  g_assert_cmpint (soup_websocket_connection_get_keepalive_interval (wire->end->connection), ==, 1);
  start = g_get_monotonic_time ();
  first = peer_frame (wire->peer);
  g_assert_cmphex (first->header, ==, 0x89);
  second = peer_frame (wire->peer);
  g_assert_cmphex (second->header, ==, 0x89);
  g_assert_cmpint (g_get_monotonic_time () - start, >, 1300 * 1000);
  /* An answer is a pong, and no message. */
  peer_send (wire->peer, 0x8a, g_bytes_get_data (second->payload, NULL), g_bytes_get_size (second->payload));
  wait_until (wire->end->log->len);
  g_assert_cmpstr (wire->end->log->str, ==, "pong");
  soup_websocket_connection_set_keepalive_interval (wire->end->connection, 0);
  settle (1300);
  peer_ended (wire->peer);
  g_assert_cmpint (wire->peer->input->len, ==, 0);
}

static void
no_pings_by_default (Wire *wire)
{
  settle (200);
  g_assert_false (peer_ended (wire->peer));
  g_assert_cmpint (wire->peer->input->len, ==, 0);
}

static void
keepalive_by_property (Wire *wire)
{
  guint interval = 0;

  g_object_set (wire->end->connection, "keepalive-interval", 7, NULL);
  g_object_get (wire->end->connection, "keepalive-interval", &interval, NULL);
  g_assert_cmpint (interval, ==, 7);
}

#if !ON_LIBSOUP
static void
pong_timeout (Wire *wire)
{
  gint64 start = g_get_monotonic_time ();
  double took;

  g_assert_cmpint (soup_websocket_connection_get_keepalive_pong_timeout (wire->end->connection), ==, 0);
  soup_websocket_connection_set_keepalive_interval (wire->end->connection, 1);
  soup_websocket_connection_set_keepalive_pong_timeout (wire->end->connection, 1);
  g_assert_cmpint (soup_websocket_connection_get_keepalive_pong_timeout (wire->end->connection), ==, 1);
  frame_free (peer_frame (wire->peer));
  wait_until (end_closed (wire->end));
  took = (g_get_monotonic_time () - start) / 1e6;
  g_assert_cmpfloat (took, >, 1.5);
  g_assert_cmpfloat (took, <, patience ());
  wait_until (peer_ended (wire->peer));
  g_test_message ("%s, code %d", wire->end->log->str,
                  soup_websocket_connection_get_close_code (wire->end->connection));
}

static void
pong_in_time (Wire *wire)
{
  soup_websocket_connection_set_keepalive_interval (wire->end->connection, 1);
  soup_websocket_connection_set_keepalive_pong_timeout (wire->end->connection, 1);
  for (int i = 0; i < 3; i++) {
    g_autoptr (Frame) ping = peer_frame (wire->peer);

    g_assert_cmphex (ping->header, ==, 0x89);
    peer_send (wire->peer, 0x8a, g_bytes_get_data (ping->payload, NULL), g_bytes_get_size (ping->payload));
  }
  g_assert_cmpint (soup_websocket_connection_get_state (wire->end->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_wire ("keepalive-pings", keepalive_pings);
  test_wire ("no-pings-by-default", no_pings_by_default);
  test_wire ("keepalive-by-property", keepalive_by_property);
#if !ON_LIBSOUP
  test_wire ("keepalive-pong-timeout", pong_timeout);
  test_wire ("pong-in-time", pong_in_time);
#endif
  return g_test_run ();
}
