/* What libsoup does not have: messages taken and sent as plain bytes (bisque.h). */

#include "common.h"

#if !ON_LIBSOUP
#include <bisque.h>

/* It outlives the connections, which call the destroy notify. */
static struct {
  GString *log;
  End *end;
  guint destroyed;
} taker;

static void
taker_gone (gpointer data)
{
  g_assert_true (data == &taker);
  taker.destroyed++;
}

static void
taker_begin (Wire *wire)
{
  if (!taker.log)
    taker.log = g_string_new (NULL);
  g_string_truncate (taker.log, 0);
  taker.end = wire->end;
  taker.destroyed = 0;
}

static void
take (SoupWebsocketConnection *connection,
      SoupWebsocketDataType type,
      const guint8 *data,
      gsize size,
      gpointer user_data)
{
  g_assert_true (SOUP_IS_WEBSOCKET_CONNECTION (connection));
  g_assert_true (user_data == &taker);
  g_string_append_c (taker.log, type == SOUP_WEBSOCKET_DATA_TEXT ? 't' : 'b');
  g_string_append_len (taker.log, (const char *) data, size);
  g_string_append_c (taker.log, '|');
}

static void
echo (SoupWebsocketConnection *connection,
      SoupWebsocketDataType type,
      const guint8 *data,
      gsize size,
      gpointer user_data G_GNUC_UNUSED)
{
  bisque_websocket_connection_send (connection, type, data, size);
}

/* In place of the signal; then the signal again. */
static void
instead_of_the_signal (Wire *wire)
{
  taker_begin (wire);
  bisque_websocket_connection_set_message_func (wire->end->connection, take, &taker, taker_gone);
  peer_send_text (wire->peer, 0x81, "one");
  peer_send (wire->peer, 0x82, "t\0o", 3);
  peer_send (wire->peer, 0x82, NULL, 0);
  wait_until (taker.log->len >= 11);
  g_assert_cmpmem (taker.log->str, taker.log->len, "tone|bt\0o|b|", 12);
  g_assert_cmpstr (end_messages (wire->end), ==, "");
  g_assert_cmpuint (taker.destroyed, ==, 0);
  bisque_websocket_connection_set_message_func (wire->end->connection, NULL, NULL, NULL);
  g_assert_cmpuint (taker.destroyed, ==, 1);
  peer_send_text (wire->peer, 0x81, "three");
  wait_until (wire->end->messages->len == 1);
  g_assert_cmpstr (end_messages (wire->end), ==, "three");
}

/* Messages that had to be put together, or that are large, come the same way. */
static void
whatever_the_size (Wire *wire)
{
  gsize size = 300000;
  g_autofree char *big = g_malloc (size);

  taker_begin (wire);
  memset (big, 'x', size);
  soup_websocket_connection_set_max_incoming_payload_size (wire->end->connection, 0);
  soup_websocket_connection_set_max_total_message_size (wire->end->connection, 0);
  bisque_websocket_connection_set_message_func (wire->end->connection, take, &taker, taker_gone);
  for (int i = 0; i < 3; i++) {
    g_string_truncate (taker.log, 0);
    peer_send (wire->peer, 0x82, big, size);
    wait_until (taker.log->len == size + 2);
    g_assert_cmpmem (taker.log->str + 1, size, big, size);
  }
  g_string_truncate (taker.log, 0);
  peer_send_text (wire->peer, 0x01, "frag");
  peer_send_text (wire->peer, 0x80, "ments");
  wait_until (taker.log->len > 0);
  g_assert_cmpstr (taker.log->str, ==, "tfragments|");
}

static void
echoes (Wire *wire)
{
  bisque_websocket_connection_set_message_func (wire->end->connection, echo, NULL, NULL);
  for (int i = 0; i < 3; i++) {
    peer_send (wire->peer, 0x81, "a\0b", 3);
    g_autoptr (Frame) frame = peer_frame (wire->peer);
    g_assert_cmphex (frame->header, ==, 0x81);
    gsize size;
    const char *data = g_bytes_get_data (frame->payload, &size);
    g_assert_cmpmem (data, size, "a\0b", 3);
  }
}

/* ---- Hostile functions ---- */

static void
replace (SoupWebsocketConnection *connection,
         SoupWebsocketDataType type,
         const guint8 *data,
         gsize size,
         gpointer user_data)
{
  bisque_websocket_connection_set_message_func (connection, take, &taker, NULL);
  /* Its data lives until it has returned. */
  g_assert_cmpuint (taker.destroyed, ==, 0);
  take (connection, type, data, size, user_data);
}

static void
replaces_itself (Wire *wire)
{
  taker_begin (wire);
  bisque_websocket_connection_set_message_func (wire->end->connection, replace, &taker, taker_gone);
  peer_send_text (wire->peer, 0x81, "one");
  peer_send_text (wire->peer, 0x81, "two");
  wait_until (taker.log->len == 10);
  g_assert_cmpstr (taker.log->str, ==, "tone|ttwo|");
  g_assert_cmpuint (taker.destroyed, ==, 1);
}

static void
drop (SoupWebsocketConnection *connection,
      SoupWebsocketDataType type,
      const guint8 *data,
      gsize size,
      gpointer user_data)
{
  g_clear_object (&taker.end->connection);
  /* Held for the call. */
  take (connection, type, data, size, user_data);
  g_assert_cmpint (soup_websocket_connection_get_state (connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
}

static void
drops_the_last_reference (Wire *wire)
{
  taker_begin (wire);
  g_signal_handlers_disconnect_by_data (wire->end->connection, wire->end);
  bisque_websocket_connection_set_message_func (wire->end->connection, drop, &taker, taker_gone);
  peer_send_text (wire->peer, 0x81, "one");
  peer_send_text (wire->peer, 0x81, "two");
  wait_until (taker.destroyed == 1);
  g_assert_cmpstr (taker.log->str, ==, "tone|");
  while (!peer_ended (wire->peer))
    turn ();
}

static void
close_now (SoupWebsocketConnection *connection,
           SoupWebsocketDataType type,
           const guint8 *data,
           gsize size,
           gpointer user_data)
{
  take (connection, type, data, size, user_data);
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  turn ();
}

static void
closes_and_runs_a_loop (Wire *wire)
{
  taker_begin (wire);
  bisque_websocket_connection_set_message_func (wire->end->connection, close_now, &taker, taker_gone);
  peer_send_text (wire->peer, 0x81, "one");
  peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  peer_send_close (wire->peer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpstr (taker.log->str, ==, "tone|");
  g_assert_cmpuint (taker.destroyed, ==, 0);
  g_signal_handlers_disconnect_by_data (wire->end->connection, wire->end);
  g_clear_object (&wire->end->connection);
  g_assert_cmpuint (taker.destroyed, ==, 1);
}

static void
misuse (Wire *wire)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  gpointer bad[] = { NULL, other };

  for (guint i = 0; i < 2; i++) {
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_set_message_func: *");
    bisque_websocket_connection_set_message_func (bad[i], take, NULL, NULL);
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_send: *SOUP_IS_*");
    bisque_websocket_connection_send (bad[i], SOUP_WEBSOCKET_DATA_BINARY, NULL, 0);
    g_test_assert_expected_messages ();
  }
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_send: *SOUP_WEBSOCKET_DATA_*");
  bisque_websocket_connection_send (wire->end->connection, 0, NULL, 0);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_send: *data != NULL*");
  bisque_websocket_connection_send (wire->end->connection, SOUP_WEBSOCKET_DATA_BINARY, NULL, 1);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "bisque_websocket_connection_send: *utf8*");
  bisque_websocket_connection_send (wire->end->connection, SOUP_WEBSOCKET_DATA_TEXT, (const guint8 *) "\xff", 1);
  g_test_assert_expected_messages ();
  /* Nothing of it was sent. */
  bisque_websocket_connection_send (wire->end->connection, SOUP_WEBSOCKET_DATA_BINARY, NULL, 0);
  g_autoptr (Frame) frame = peer_frame (wire->peer);
  g_assert_cmphex (frame->header, ==, 0x82);
  g_assert_cmpuint (g_bytes_get_size (frame->payload), ==, 0);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  test_wire ("message-func/instead-of-the-signal", instead_of_the_signal);
  test_wire ("message-func/whatever-the-size", whatever_the_size);
  test_wire ("message-func/echoes", echoes);
  test_wire ("message-func/replaces-itself", replaces_itself);
  test_wire ("message-func/drops-the-last-reference", drops_the_last_reference);
  test_wire ("message-func/closes-and-runs-a-loop", closes_and_runs_a_loop);
  test_wire ("message-func/misuse", misuse);
#endif
  return g_test_run ();
}
