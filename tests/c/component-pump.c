/* component-pump.c: the rules of the action pump, both sides in one process. */
#include "component-common.h"

static void
run (Pair *pair)
{
  pair->client.receiving = pair->server.receiving = TRUE;
  assert_ok (side_receive (&pair->client));
  assert_ok (side_receive (&pair->server));
  pair_run (pair);
}

static void
test_messages_both_ways (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "hello"));
  assert_ok (side_send_bytes (&pair.client, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, NULL, 0));
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "wel"));
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "come"));
  run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "T:hello B: ");
  g_assert_cmpstr (pair.client.shown->str, ==, "t:wel T:come ");
  g_assert_cmpuint (pair.client.sends_done, ==, 2);
  g_assert_cmpuint (pair.server.sends_done, ==, 2);
  pair_clear (&pair);
}

/* A piece is what the buffer held, not what the peer called a frame. */
static void
test_pieces_are_not_frames (void)
{
  SideOptions small = { .receive_size = 256 };
  GString *expected = g_string_new (NULL);
  char text[1001];
  Pair pair;
  gsize length;

  memset (text, 'x', 1000);
  text[1000] = '\0';
  pair_init (&pair, NULL, &small);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, text));
  run (&pair);
  g_assert_true (g_str_has_prefix (pair.server.shown->str, "t:x"));
  length = 0;
  for (const char *at = pair.server.shown->str; *at; at++)
    length += *at == 'x';
  g_assert_cmpuint (length, ==, 1000);
  g_assert_nonnull (strstr (pair.server.shown->str, " T:"));
  g_string_free (expected, TRUE);
  pair_clear (&pair);
}

static void
test_a_byte_at_a_time (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  pair.server.chunk = pair.client.chunk = 1;
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "h\xc3\xa9"));
  assert_ok (WebSocketSend (pair.client.handle, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, NULL));
  assert_ok (side_close (&pair.client, 1000, "bye"));
  run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "t:h t:\xc3 T:\xa9 C:1000:bye ");
  g_assert_cmpstr (pair.client.shown->str, ==, "P: ");
  pair_clear (&pair);
}

/* The server's send gives the caller's own payload back, behind a header of ours. */
static void
test_a_servers_send_is_not_copied (void)
{
  WEB_SOCKET_BUFFER buffers[2];
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context, action_context;
  char payload[300] = { 0 };
  ULONG count = 2;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  assert_ok (side_send_bytes (&pair.server, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, payload, sizeof payload));
  assert_ok (WebSocketGetAction (pair.server.handle, WEB_SOCKET_SEND_ACTION_QUEUE, buffers, &count, &action, &type,
                                 &context, &action_context));
  g_assert_cmpuint (action, ==, WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  g_assert_cmphex (type, ==, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE);
  g_assert_cmpuint (count, ==, 2);
  g_assert_cmpuint (buffers[0].Data.ulBufferLength, ==, 4);
  g_assert_true (buffers[1].Data.pbBuffer == (PBYTE) payload);
  g_assert_cmpuint (buffers[1].Data.ulBufferLength, ==, sizeof payload);
  /* One action a direction: nothing else to send meanwhile. */
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "next"));
  count = 2;
  assert_ok (WebSocketGetAction (pair.server.handle, WEB_SOCKET_SEND_ACTION_QUEUE, buffers, &count, &action, &type,
                                 &context, &context));
  g_assert_cmpuint (action, ==, WEB_SOCKET_NO_ACTION);
  g_assert_null (context);
  WebSocketCompleteAction (pair.server.handle, action_context, 304);
  pair_clear (&pair);
}

/* A client's payload goes through the send buffer, in as many rounds as it takes, as one frame. */
static void
test_a_large_client_send_is_one_frame (void)
{
  SideOptions small = { .send_size = 256 };
  guint rounds = 0;
  char text[5001];
  Pair pair;

  memset (text, 'y', 5000);
  text[5000] = '\0';
  pair_init (&pair, &small, NULL);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, text));
  while (side_step (&pair.client, &pair.server, WEB_SOCKET_SEND_ACTION_QUEUE))
    rounds++;
  g_assert_cmpuint (rounds, ==, 21); /* 5,008 bytes in pieces of 256, and the indication */
  g_assert_cmpuint (pair.server.wire->len, ==, 5008);
  g_assert_cmphex (pair.server.wire->data[0], ==, 0x81);
  g_assert_cmphex (pair.server.wire->data[1], ==, 0xfe);
  run (&pair);
  g_assert_cmpuint (pair.server.failure, ==, S_OK);
  pair_clear (&pair);
}

static void
test_one_buffer_is_enough (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  pair.server.capacity = pair.client.capacity = 1;
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "one by one"));
  assert_ok (WebSocketSend (pair.server.handle, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, NULL));
  assert_ok (side_close (&pair.server, 1001, "going"));
  run (&pair);
  g_assert_cmpstr (pair.client.shown->str, ==, "T:one by one C:1001:going ");
  g_assert_cmpstr (pair.server.shown->str, ==, "P: ");
  pair_clear (&pair);
}

/* A ping is answered by whoever looks at the receive queue, and not while a frame is half out. */
static void
test_pings_are_answered (void)
{
  static const guint8 ping[] = { 0x89, 0x83, 1, 2, 3, 4, 'a' ^ 1, 'b' ^ 2, 'c' ^ 3 };
  WEB_SOCKET_BUFFER buffer;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context = &action, action_context;
  ULONG count = 1;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  g_byte_array_append (pair.server.wire, ping, sizeof ping);
  assert_ok (side_receive (&pair.server));
  g_assert_true (side_step (&pair.server, &pair.client, WEB_SOCKET_RECEIVE_ACTION_QUEUE));
  assert_ok (WebSocketGetAction (pair.server.handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type,
                                 &context, &action_context));
  g_assert_cmpuint (action, ==, WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  g_assert_cmphex (type, ==, WEB_SOCKET_PING_PONG_BUFFER_TYPE);
  g_assert_null (context);
  g_assert_cmpmem (buffer.Data.pbBuffer, buffer.Data.ulBufferLength, "\x8a\x03"
                                                                     "abc",
                   5);
  /* While the pong is being written, neither direction has more to do. */
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "later"));
  g_assert_false (side_step (&pair.server, &pair.client, WEB_SOCKET_SEND_ACTION_QUEUE));
  WebSocketCompleteAction (pair.server.handle, action_context, 5);
  g_assert_true (side_step (&pair.server, &pair.client, WEB_SOCKET_SEND_ACTION_QUEUE));
  pair_clear (&pair);
}

static void
test_pongs_are_indicated (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  assert_ok (WebSocketSend (pair.client.handle, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, NULL));
  assert_ok (WebSocketSend (pair.server.handle, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, NULL, NULL));
  run (&pair);
  g_assert_cmpstr (pair.client.shown->str, ==, "P: U: ");
  g_assert_cmpstr (pair.server.shown->str, ==, "");
  pair_clear (&pair);
}

/* The component does not answer a close: the application does. */
static void
test_a_close_is_indicated_and_not_answered (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  assert_ok (WebSocketSend (pair.client.handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, NULL, NULL));
  run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "C:1005: ");
  g_assert_cmpuint (pair.client.wire->len, ==, 0);
  assert_ok (side_close (&pair.server, 1000, NULL));
  pair_run (&pair);
  g_assert_cmpstr (pair.client.shown->str, ==, "C:1000: ");
  pair_clear (&pair);
}

static void
test_a_short_send_is_cancelled (void)
{
  WEB_SOCKET_BUFFER buffers[2];
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context, action_context;
  ULONG count = 2;
  int mine;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  buffers[0].Data.pbBuffer = (PBYTE) "text";
  buffers[0].Data.ulBufferLength = 4;
  assert_ok (WebSocketSend (pair.client.handle, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, buffers, &mine));
  assert_ok (WebSocketGetAction (pair.client.handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
                                 &context, &action_context));
  g_assert_true (context == &mine);
  WebSocketCompleteAction (pair.client.handle, action_context, 3);
  count = 2;
  assert_ok (WebSocketGetAction (pair.client.handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
                                 &context, &action_context));
  g_assert_cmpuint (action, ==, WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION);
  g_assert_true (context == &mine);
  WebSocketCompleteAction (pair.client.handle, action_context, 0);
  /* A context that is over, or never was, changes nothing. */
  WebSocketCompleteAction (pair.client.handle, action_context, 0);
  WebSocketCompleteAction (pair.client.handle, NULL, 0);
  WebSocketCompleteAction (pair.client.handle, &mine, 7);
  g_assert_false (side_step (&pair.client, &pair.server, WEB_SOCKET_ALL_ACTION_QUEUE));
  pair_clear (&pair);
}

static void
test_a_receive_of_nothing_is_cancelled (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  assert_ok (side_receive (&pair.server));
  g_assert_false (side_step (&pair.server, &pair.client, WEB_SOCKET_ALL_ACTION_QUEUE));
  WebSocketCompleteAction (pair.server.handle, pair.server.waiting, 0);
  g_assert_true (side_step (&pair.server, &pair.client, WEB_SOCKET_ALL_ACTION_QUEUE));
  g_assert_cmpstr (pair.server.shown->str, ==, "- ");
  pair_clear (&pair);
}

static void
test_abort_drains_both_queues (void)
{
  guint steps = 0;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  pair.client.capacity = 1;
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "never"));
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "sent"));
  assert_ok (side_receive (&pair.client));
  WebSocketAbortHandle (pair.client.handle);
  assert_hr (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "no"), E_INVALID_PROTOCOL_OPERATION);
  assert_hr (side_receive (&pair.client), E_INVALID_PROTOCOL_OPERATION);
  while (side_step (&pair.client, &pair.server, WEB_SOCKET_SEND_ACTION_QUEUE))
    g_assert_cmpuint (++steps, <=, 2);
  while (side_step (&pair.client, &pair.server, WEB_SOCKET_RECEIVE_ACTION_QUEUE))
    g_assert_cmpuint (++steps, <=, 3);
  g_assert_cmpuint (steps, ==, 3);
  g_assert_cmpuint (pair.server.wire->len, ==, 0);
  g_assert_cmpuint (pair.client.sends_done, ==, 2);
  pair_clear (&pair);
}

static void
test_into_the_callers_buffer (void)
{
  WEB_SOCKET_BUFFER mine;
  BYTE bytes[4];
  Pair pair;

  pair_init (&pair, NULL, NULL);
  mine.Data.pbBuffer = bytes;
  mine.Data.ulBufferLength = sizeof bytes;
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "abcdef"));
  assert_ok (WebSocketReceive (pair.server.handle, &mine, NULL));
  assert_ok (WebSocketReceive (pair.server.handle, &mine, NULL));
  pair_run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "t:abcd T:ef ");
  g_assert_cmpmem (bytes, 4, "efcd", 4);
  pair_clear (&pair);
}

static void
test_without_masking (void)
{
  SideOptions plain = { .no_masking = TRUE };
  static const guint8 unmasked[] = { 0x81, 2, 'o', 'k' };
  Pair pair;

  pair_init (&pair, &plain, &plain);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "plain"));
  side_step (&pair.client, &pair.server, WEB_SOCKET_SEND_ACTION_QUEUE);
  g_assert_cmpmem (pair.server.wire->data, pair.server.wire->len, "\x81\x85\0\0\0\0plain", 11);
  g_byte_array_append (pair.server.wire, unmasked, sizeof unmasked);
  run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "T:plain T:ok ");
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/component/pump/messages-both-ways", test_messages_both_ways);
  g_test_add_func ("/component/pump/pieces-are-not-frames", test_pieces_are_not_frames);
  g_test_add_func ("/component/pump/a-byte-at-a-time", test_a_byte_at_a_time);
  g_test_add_func ("/component/pump/server-send-is-not-copied", test_a_servers_send_is_not_copied);
  g_test_add_func ("/component/pump/large-client-send-is-one-frame", test_a_large_client_send_is_one_frame);
  g_test_add_func ("/component/pump/one-buffer-is-enough", test_one_buffer_is_enough);
  g_test_add_func ("/component/pump/pings-are-answered", test_pings_are_answered);
  g_test_add_func ("/component/pump/pongs-are-indicated", test_pongs_are_indicated);
  g_test_add_func ("/component/pump/close-is-indicated-and-not-answered", test_a_close_is_indicated_and_not_answered);
  g_test_add_func ("/component/pump/short-send-is-cancelled", test_a_short_send_is_cancelled);
  g_test_add_func ("/component/pump/receive-of-nothing-is-cancelled", test_a_receive_of_nothing_is_cancelled);
  g_test_add_func ("/component/pump/abort-drains-both-queues", test_abort_drains_both_queues);
  g_test_add_func ("/component/pump/into-the-callers-buffer", test_into_the_callers_buffer);
  g_test_add_func ("/component/pump/without-masking", test_without_masking);
  return g_test_run ();
}
