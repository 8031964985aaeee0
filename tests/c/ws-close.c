/* The close handshake: who says what, in which order the signals come, and what is left afterwards. */

#include "common.h"

static void
close_clean (End *first, End *second)
{
  soup_websocket_connection_close (first->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "give me a reason");
  g_assert_cmpint (soup_websocket_connection_get_state (first->connection), ==, SOUP_WEBSOCKET_STATE_CLOSING);
  wait_until (end_closed (first) && end_closed (second));
  g_assert_cmpstr (second->log->str, ==, "closing closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (second->connection), ==, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (second->connection), ==, "give me a reason");
  g_assert_cmpstr (first->log->str, ==, "closing closed");
  /* The code is echoed. */
  g_assert_cmpint (soup_websocket_connection_get_close_code (first->connection), ==, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
}

static void
close_clean_client (Pair *pair)
{
  close_clean (pair->client, pair->server);
}

static void
close_clean_server (Pair *pair)
{
  close_clean (pair->server, pair->client);
}

static void
close_both_at_once (Pair *pair)
{
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "from the client");
  soup_websocket_connection_close (pair->server->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "from the server");
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpint (soup_websocket_connection_get_close_code (pair->client->connection), ==,
                   SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (pair->server->connection), ==, "from the client");
  g_assert_cmpstr (pair->client->log->str, ==, "closing closed");
  g_assert_cmpstr (pair->server->log->str, ==, "closing closed");
}

static void
stream_is_closed_after_closed (Pair *pair)
{
  g_autoptr (GIOStream) client = g_object_ref (soup_websocket_connection_get_io_stream (pair->client->connection));
  g_autoptr (GIOStream) server = g_object_ref (soup_websocket_connection_get_io_stream (pair->server->connection));

  soup_websocket_connection_close (pair->server->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  wait_until (g_io_stream_is_closed (client) && g_io_stream_is_closed (server));
  g_assert_cmpstr (pair->client->log->str, ==, "closing closed");
}

static void
expect_closed_stream (SoupWebsocketConnection *connection, gboolean *seen)
{
  GIOStream *stream = soup_websocket_connection_get_io_stream (connection);

  g_assert_true (stream == NULL || g_io_stream_is_closed (stream));
  *seen = TRUE;
}

static void
stream_is_closed_in_the_closed_handler (Pair *pair)
{
  gboolean client = FALSE, server = FALSE;

  g_signal_connect (pair->client->connection, "closed", G_CALLBACK (expect_closed_stream), &client);
  g_signal_connect (pair->server->connection, "closed", G_CALLBACK (expect_closed_stream), &server);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (client && server);
}

static void
close_without_status (Pair *pair)
{
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NO_STATUS, NULL);
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpint (soup_websocket_connection_get_close_code (pair->server->connection), ==,
                   SOUP_WEBSOCKET_CLOSE_NO_STATUS);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (pair->server->connection), ==, NULL);
  g_assert_cmpstr (pair->server->log->str, ==, "closing closed");
}

static void
what_was_sent_arrives_before_the_close (Pair *pair)
{
  g_autofree char *big = g_strnfill (100 * 1000, 'b');

  soup_websocket_connection_send_text (pair->client->connection, "one");
  soup_websocket_connection_send_text (pair->client->connection, big);
  soup_websocket_connection_send_text (pair->client->connection, "three");
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "done");
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpstr (pair->server->log->str, ==, "message message message closing closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (pair->server->connection), ==, SOUP_WEBSOCKET_CLOSE_NORMAL);
}

static void
before_it_closes_nothing_is_known (Pair *pair)
{
  g_assert_cmpint (soup_websocket_connection_get_state (pair->client->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  g_assert_cmpint (soup_websocket_connection_get_close_code (pair->client->connection), ==, 0);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (pair->client->connection), ==, NULL);
}

static void
message_after_closing (Pair *pair)
{
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  g_assert_cmpstr (pair->client->log->str, ==, "closing");
  soup_websocket_connection_send_text (pair->server->connection, "on its way");
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  /* What crosses our close frame still arrives. */
  g_assert_cmpstr (pair->client->log->str, ==, "closing message closed");
}

/* ---- Against a raw peer ---- */

static void
frames_of_close (Wire *wire)
{
  g_autoptr (Frame) frame = NULL;

  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "no");
  frame = peer_frame (wire->peer);
  g_assert_cmphex (frame->header, ==, 0x88);
  g_assert_cmpmem (g_bytes_get_data (frame->payload, NULL), g_bytes_get_size (frame->payload), "\x03\xf0no", 4);
  peer_send_close (wire->peer, 1008);
  peer_shutdown (wire->peer);
  wait_until (end_closed (wire->end) && peer_ended (wire->peer));
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, 1008);
}

static void
empty_close_is_answered (Wire *wire)
{
  g_autoptr (Frame) frame = NULL;

  peer_send (wire->peer, 0x88, NULL, 0);
  frame = peer_frame (wire->peer);
  g_assert_cmphex (frame->header, ==, 0x88);
  /* libsoup answers with 1000. */
  if (g_bytes_get_size (frame->payload))
    g_assert_cmpmem (g_bytes_get_data (frame->payload, NULL), g_bytes_get_size (frame->payload), "\x03\xe8", 2);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, SOUP_WEBSOCKET_CLOSE_NO_STATUS);
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
}

/* A second close() is the caller's mistake. */
static void
close_after_close (Wire *wire)
{
  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "first");
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*soup_websocket_connection_close*");
  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "second");
  g_test_assert_expected_messages ();
  peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  g_assert_cmpstr (wire->end->log->str, ==, "closing");
}

static void
second_close_frame_changes_nothing (Wire *wire)
{
  peer_send (wire->peer, 0x88, "\x03\xe8ok", 4);
  peer_send (wire->peer, 0x88, "\x03\xe9no", 4);
  peer_expect_close (wire->peer, 1000);
  peer_shutdown (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, 1000);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (wire->end->connection), ==, "ok");
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
}

static void
after_the_peers_close_nothing_is_delivered (Wire *wire)
{
  peer_send_close (wire->peer, 1000);
  peer_send_text (wire->peer, 0x81, "too late");
  peer_expect_close (wire->peer, 1000);
  peer_shutdown (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
}

static void
reason_with_bad_utf8 (Wire *wire)
{
  peer_send (wire->peer, 0x88, "\x03\xe8\xff\xfe", 4);
  wait_until (wire->end->error);
  /* libsoup calls it a protocol error, which is not wrong either. */
  if (!g_error_matches (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR))
    g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_BAD_DATA);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

static void
close_of_one_byte (Wire *wire)
{
  peer_send (wire->peer, 0x88, "\x03", 1);
  wire_fails (wire, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

/* RFC 6455, section 7.4: these may not be on the wire. */
static void
reserved_codes (gconstpointer data)
{
  static const guint16 codes[] = { 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535 };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (Wire) wire = wire_new (GPOINTER_TO_INT (data), NULL);

    peer_send_close (wire->peer, codes[i]);
    wait_until (wire->end->error);
    g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
    peer_expect_close (wire->peer, 1002);
    peer_close (wire->peer);
    wait_until (end_closed (wire->end));
  }
}

/* A program that closes with one of them is told, and 1002 goes out; a server does not wait for the answer. */
static void
own_reserved_code (gconstpointer data)
{
  SoupWebsocketConnectionType type = GPOINTER_TO_INT (data);
  g_autoptr (Wire) wire = wire_new (type, NULL);

  soup_websocket_connection_close (wire->end->connection, 2999, NULL);
  g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
  g_assert_cmpint (soup_websocket_connection_get_state (wire->end->connection), ==, SOUP_WEBSOCKET_STATE_CLOSING);
  peer_expect_close (wire->peer, 1002);
  if (type == SOUP_WEBSOCKET_CONNECTION_CLIENT)
    peer_send_close (wire->peer, 1002);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==,
                   type == SOUP_WEBSOCKET_CONNECTION_CLIENT ? 1002 : 0);
}

static void
good_codes (gconstpointer data)
{
  static const guint16 codes[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 3000, 3999, 4000, 4999 };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (Wire) wire = wire_new (GPOINTER_TO_INT (data), NULL);

    peer_send_close (wire->peer, codes[i]);
    peer_expect_close (wire->peer, codes[i]);
    peer_close (wire->peer);
    wait_until (end_closed (wire->end));
    g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, codes[i]);
    g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
  }
}

/* Between our close frame and the peer's we wait 5 s, no longer. */
static void
close_after_timeout (Wire *wire)
{
  gint64 start = g_get_monotonic_time ();
  double took;

  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "no answer expected");
  wait_until (end_closed (wire->end));
  took = (g_get_monotonic_time () - start) / 1e6;
  g_assert_cmpfloat (took, >, 4.0);
  g_assert_cmpfloat (took, <, patience ());
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, 0);
}

/* ---- A peer that goes ---- */

static void
peer_vanishes (Wire *wire)
{
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpstr (wire->end->log->str, ==, "closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (wire->end->connection), ==, 0);
}

static void
peer_vanishes_inside_a_frame (Wire *wire)
{
  peer_write_hex (wire->peer, wire->peer->masks ? "81 85 01 02 03 04 40" : "81 05 48 65");
  settle (10);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_true (g_str_has_suffix (wire->end->log->str, "closed"));
  g_assert_cmpint (wire->end->messages->len, ==, 0);
}

static void
peer_vanishes_inside_a_header (Wire *wire)
{
  peer_write_hex (wire->peer, "81");
  settle (10);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_true (g_str_has_suffix (wire->end->log->str, "closed"));
}

static void
peer_stops_writing (Wire *wire)
{
  peer_shutdown (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_cmpstr (wire->end->log->str, ==, "closed");
  wait_until (peer_ended (wire->peer));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_pair ("close-clean-client", close_clean_client);
  test_pair ("close-clean-server", close_clean_server);
  test_pair ("close-both-at-once", close_both_at_once);
  test_pair ("stream-is-closed-after-closed", stream_is_closed_after_closed);
  test_pair ("stream-is-closed-in-the-closed-handler", stream_is_closed_in_the_closed_handler);
  test_pair ("close-without-status", close_without_status);
  test_pair ("what-was-sent-arrives-before-the-close", what_was_sent_arrives_before_the_close);
  test_pair ("before-it-closes-nothing-is-known", before_it_closes_nothing_is_known);
  test_pair ("message-after-closing", message_after_closing);
  test_wire ("frames-of-close", frames_of_close);
  test_wire ("empty-close-is-answered", empty_close_is_answered);
  test_wire ("close-after-close", close_after_close);
  test_wire ("second-close-frame-changes-nothing", second_close_frame_changes_nothing);
  test_wire ("after-the-peers-close-nothing-is-delivered", after_the_peers_close_nothing_is_delivered);
  test_wire ("reason-with-bad-utf8", reason_with_bad_utf8);
  test_wire ("close-of-one-byte", close_of_one_byte);
  g_test_add_data_func ("/client/reserved-codes", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_CLIENT), reserved_codes);
  g_test_add_data_func ("/server/reserved-codes", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_SERVER), reserved_codes);
  g_test_add_data_func ("/client/own-reserved-code", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_CLIENT),
                        own_reserved_code);
  g_test_add_data_func ("/server/own-reserved-code", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_SERVER),
                        own_reserved_code);
  g_test_add_data_func ("/client/good-codes", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_CLIENT), good_codes);
  g_test_add_data_func ("/server/good-codes", GINT_TO_POINTER (SOUP_WEBSOCKET_CONNECTION_SERVER), good_codes);
  test_wire ("close-after-timeout", close_after_timeout);
  test_wire ("peer-vanishes", peer_vanishes);
  test_wire ("peer-vanishes-inside-a-frame", peer_vanishes_inside_a_frame);
  test_wire ("peer-vanishes-inside-a-header", peer_vanishes_inside_a_header);
  test_wire ("peer-stops-writing", peer_stops_writing);
  return g_test_run ();
}
