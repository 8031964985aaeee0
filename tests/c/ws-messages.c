/* Messages, both ways, at the level of streams and at that of session and server. */

#include "common.h"

static void
send_client_text (Pair *pair)
{
  soup_websocket_connection_send_text (pair->client->connection, "this is a test");
  wait_until (pair->server->messages->len);
  g_assert_cmpstr (end_messages (pair->server), ==, "this is a test");
  g_assert_cmpint (pair->server->kind, ==, SOUP_WEBSOCKET_DATA_TEXT);
}

static void
send_server_text (Pair *pair)
{
  soup_websocket_connection_send_text (pair->server->connection, "gr\xc3\xbc\xc3\x9f dich");
  wait_until (pair->client->messages->len);
  g_assert_cmpstr (end_messages (pair->client), ==, "gr\xc3\xbc\xc3\x9f dich");
  g_assert_cmpint (pair->client->kind, ==, SOUP_WEBSOCKET_DATA_TEXT);
}

static void
send_binary (Pair *pair)
{
  static const char bytes[] = "\x00\xff\x80 any\0thing";
  g_autoptr (GBytes) expected = g_bytes_new_static (bytes, sizeof bytes);

  soup_websocket_connection_send_binary (pair->client->connection, bytes, sizeof bytes);
  wait_until (pair->server->messages->len);
  g_assert_true (g_bytes_equal (pair->server->messages->pdata[0], expected));
  g_assert_cmpint (pair->server->kind, ==, SOUP_WEBSOCKET_DATA_BINARY);
}

static void
empty_messages_are_messages (Pair *pair)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  soup_websocket_connection_send_text (pair->client->connection, "");
  wait_until (pair->server->messages->len == 1);
  g_assert_cmpint (pair->server->kind, ==, SOUP_WEBSOCKET_DATA_TEXT);
  soup_websocket_connection_send_binary (pair->client->connection, NULL, 0);
  wait_until (pair->server->messages->len == 2);
  g_assert_cmpint (pair->server->kind, ==, SOUP_WEBSOCKET_DATA_BINARY);
  soup_websocket_connection_send_message (pair->client->connection, SOUP_WEBSOCKET_DATA_TEXT, nothing);
  wait_until (pair->server->messages->len == 3);
  g_assert_cmpint (pair->server->kind, ==, SOUP_WEBSOCKET_DATA_TEXT);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (g_bytes_get_size (pair->server->messages->pdata[i]), ==, 0);
}

static void
text_may_hold_nul (Pair *pair)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("one\0two", 7);

  soup_websocket_connection_send_message (pair->server->connection, SOUP_WEBSOCKET_DATA_TEXT, text);
  wait_until (pair->client->messages->len);
  g_assert_true (g_bytes_equal (pair->client->messages->pdata[0], text));
  g_assert_cmpint (pair->client->kind, ==, SOUP_WEBSOCKET_DATA_TEXT);
}

static void
big_messages (Pair *pair)
{
  static const gsize sizes[] = { 125, 126, 127, 65535, 65536, 100 * 1000, 1024 * 1024, 3 * 1024 * 1024 + 7 };

  soup_websocket_connection_set_max_incoming_payload_size (pair->client->connection, 0);
  soup_websocket_connection_set_max_incoming_payload_size (pair->server->connection, 0);
#if !ON_LIBSOUP
  soup_websocket_connection_set_max_total_message_size (pair->server->connection, 0);
#endif
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint8 *data = g_malloc (sizes[i]);
    g_autoptr (GBytes) sent = NULL;

    for (gsize at = 0; at < sizes[i]; at++)
      data[at] = at * 31 + i;
    sent = g_bytes_new_take (data, sizes[i]);
    soup_websocket_connection_send_binary (pair->client->connection, data, sizes[i]);
    soup_websocket_connection_send_message (pair->server->connection, SOUP_WEBSOCKET_DATA_BINARY, sent);
    wait_until (pair->server->messages->len == i + 1 && pair->client->messages->len == i + 1);
    g_assert_true (g_bytes_equal (pair->server->messages->pdata[i], sent));
    g_assert_true (g_bytes_equal (pair->client->messages->pdata[i], sent));
  }
}

static void
order_is_kept (Pair *pair)
{
  for (int i = 0; i < 500; i++) {
    g_autofree char *text = g_strdup_printf ("%d", i);

    if (i % 3 == 0)
      soup_websocket_connection_send_text (pair->client->connection, text);
    else if (i % 3 == 1)
      soup_websocket_connection_send_binary (pair->client->connection, text, strlen (text));
    else {
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

      soup_websocket_connection_send_message (pair->client->connection, SOUP_WEBSOCKET_DATA_BINARY, bytes);
    }
  }
  wait_until (pair->server->messages->len == 500);
  for (int i = 0; i < 500; i++) {
    g_autofree char *text = g_strdup_printf ("%d", i);

    g_assert_cmpmem (g_bytes_get_data (pair->server->messages->pdata[i], NULL),
                     g_bytes_get_size (pair->server->messages->pdata[i]), text, strlen (text));
  }
}

static void
echo (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  (void) data;
  soup_websocket_connection_send_message (connection, kind, message);
}

static void
answer_from_the_handler (Pair *pair)
{
  g_signal_connect (pair->server->connection, "message", G_CALLBACK (echo), NULL);
  soup_websocket_connection_send_text (pair->client->connection, "one");
  soup_websocket_connection_send_text (pair->client->connection, "two");
  soup_websocket_connection_send_text (pair->client->connection, "three");
  wait_until (pair->client->messages->len == 3);
  g_assert_cmpstr (end_messages (pair->client), ==, "one|two|three");
}

/* What the sender does with its buffer afterwards is its own affair. */
static void
data_is_copied (Pair *pair)
{
  char text[] = "first", bytes[] = "second";

  soup_websocket_connection_send_text (pair->client->connection, text);
  soup_websocket_connection_send_binary (pair->client->connection, bytes, 6);
  memset (text, 'x', sizeof text);
  memset (bytes, 'x', sizeof bytes);
  wait_until (pair->server->messages->len == 2);
  g_assert_cmpstr (end_messages (pair->server), ==, "first|second");
}

static void
kept_messages_stay (Pair *pair)
{
  soup_websocket_connection_send_text (pair->client->connection, "to be kept");
  wait_until (pair->server->messages->len == 1);
  for (int i = 0; i < 50; i++)
    soup_websocket_connection_send_text (pair->client->connection, "something else");
  wait_until (pair->server->messages->len == 51);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (pair->server));
  g_assert_cmpstr (g_bytes_get_data (pair->server->messages->pdata[0], NULL), ==, "to be kept");
}

static void
nothing_is_sent_before_the_loop (Wire *wire)
{
  g_autoptr (Frame) frame = NULL;

  if (differs ("libsoup writes at once what the socket takes"))
    return;
  soup_websocket_connection_send_text (wire->end->connection, "patience");
  g_usleep (20 * 1000);
  peer_ended (wire->peer);
  g_assert_cmpint (wire->peer->input->len, ==, 0);
  frame = peer_frame (wire->peer);
  g_assert_cmphex (frame->header, ==, 0x81);
  g_assert_cmpstr (g_bytes_get_data (frame->payload, NULL), ==, "patience");
}

static void
nothing_is_read_before_the_loop (Wire *wire)
{
  peer_send_text (wire->peer, 0x81, "patience");
  g_usleep (5 * 1000);
  g_assert_cmpstr (wire->end->log->str, ==, "");
  wait_until (wire->end->messages->len == 1);
}

static void
each_frame_on_its_own (Wire *wire)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  static const guint8 headers[] = { 0x81, 0x82, 0x82 };

  soup_websocket_connection_send_text (wire->end->connection, "a");
  soup_websocket_connection_send_binary (wire->end->connection, "b", 1);
  soup_websocket_connection_send_message (wire->end->connection, SOUP_WEBSOCKET_DATA_BINARY, nothing);
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    g_autoptr (Frame) frame = peer_frame (wire->peer);

    g_assert_cmphex (frame->header, ==, headers[i]);
  }
}

/* A client's masks are never the same twice in a row (RFC 6455, section 5.3). */
static void
masks_are_fresh (void)
{
  g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (int i = 0; i < 64; i++)
    soup_websocket_connection_send_binary (wire->end->connection, "", 0);
  wait_until (peer_ended (wire->peer) || wire->peer->input->len == 64 * 6);
  for (int i = 0; i < 64; i++) {
    guint32 mask;

    g_assert_cmphex (wire->peer->input->data[i * 6 + 1], ==, 0x80);
    memcpy (&mask, wire->peer->input->data + i * 6 + 2, 4);
    g_hash_table_add (seen, GUINT_TO_POINTER (mask));
  }
  g_assert_cmpint (g_hash_table_size (seen), >=, 63);
}

static void
fragments (Wire *wire)
{
  peer_send_text (wire->peer, 0x01, "one ");
  peer_send_text (wire->peer, 0x00, "two ");
  peer_send_text (wire->peer, 0x89, "in between");
  peer_send_text (wire->peer, 0x00, "");
  peer_send_text (wire->peer, 0x80, "three");
  peer_send_text (wire->peer, 0x02, "");
  peer_send_text (wire->peer, 0x80, "");
  wait_until (wire->end->messages->len == 2);
  g_assert_cmpstr (end_messages (wire->end), ==, "one two three|");
  g_assert_cmpstr (wire->end->log->str, ==, "message message");
  {
    g_autoptr (Frame) pong = peer_frame (wire->peer);

    g_assert_cmphex (pong->header, ==, 0x8a);
    g_assert_cmpstr (g_bytes_get_data (pong->payload, NULL), ==, "in between");
  }
}

/* A character may be cut in two by a fragment's end. */
static void
fragments_cut_characters (Wire *wire)
{
  peer_send_text (wire->peer, 0x01, "\xe2\x82");
  peer_send_text (wire->peer, 0x00, "\xac \xf0\x9f");
  peer_send_text (wire->peer, 0x00, "\x98");
  peer_send_text (wire->peer, 0x80, "\x80");
  wait_until (wire->end->messages->len == 1);
  g_assert_cmpstr (end_messages (wire->end), ==, "\xe2\x82\xac \xf0\x9f\x98\x80");
}

static void
many_frames_in_one_segment (Wire *wire)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  for (int i = 0; i < 2000; i++) {
    if (wire->peer->masks)
      g_byte_array_append (all, (guint8[]){ 0x81, 0x81, 0, 0, 0, 0, 'x' }, 7);
    else
      g_byte_array_append (all, (guint8[]){ 0x81, 0x01, 'x' }, 3);
  }
  peer_write (wire->peer, all->data, all->len);
  wait_until (wire->end->messages->len == 2000);
}

static void
byte_by_byte (Wire *wire)
{
  const char *hex = wire->peer->masks ? "81 85 37 fa 21 3d 7f 9f 4d 51 58 02 83 00 00 00 00 00 01 02 80 80 01 02 03 04"
                                      : "81 05 48 65 6c 6c 6f 02 03 00 01 02 80 00";

  for (; *hex; hex += hex[2] ? 3 : 2) {
    char one[] = { hex[0], hex[1], '\0' };

    peer_write_hex (wire->peer, one);
    turn ();
  }
  wait_until (wire->end->messages->len == 2);
  g_assert_cmpstr (g_bytes_get_data (wire->end->messages->pdata[0], NULL), ==, "Hello");
  g_assert_cmpint (g_bytes_get_size (wire->end->messages->pdata[1]), ==, 3);
  g_assert_cmpint (wire->end->kind, ==, SOUP_WEBSOCKET_DATA_BINARY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_pair ("send-client-to-server", send_client_text);
  test_pair ("send-server-to-client", send_server_text);
  test_pair ("send-binary", send_binary);
  test_pair ("send-empty", empty_messages_are_messages);
  test_pair ("send-text-with-nul", text_may_hold_nul);
  test_pair ("send-big-packets", big_messages);
  test_pair ("order", order_is_kept);
  test_pair ("answer-from-the-handler", answer_from_the_handler);
  test_pair ("data-is-copied", data_is_copied);
  test_pair ("kept-messages-stay", kept_messages_stay);
  test_wire ("nothing-is-sent-before-the-loop", nothing_is_sent_before_the_loop);
  test_wire ("nothing-is-read-before-the-loop", nothing_is_read_before_the_loop);
  test_wire ("each-frame-on-its-own", each_frame_on_its_own);
  g_test_add_func ("/client/masks-are-fresh", masks_are_fresh);
  test_wire ("receive-fragmented", fragments);
  test_wire ("receive-fragments-that-cut-characters", fragments_cut_characters);
  test_wire ("many-frames-in-one-segment", many_frames_in_one_segment);
  test_wire ("byte-by-byte", byte_by_byte);
  return g_test_run ();
}
