/* component-errors.c: what a peer may do wrong, what a caller may do wrong, and which HRESULT each gets. */
#include "component-common.h"

#define FORMAT E_INVALID_PROTOCOL_FORMAT
#define OPERATION E_INVALID_PROTOCOL_OPERATION

typedef struct
{
  const char *name;
  const char *bytes;
  gsize length;
  HRESULT expected;
} Fault;

#define FAULT(name, bytes, expected) { name, bytes, sizeof bytes - 1, expected }

/* Frames from a server, which are not masked. */
static const Fault to_client[] = {
  FAULT ("close of one byte", "\x88\x01\x03", FORMAT),
  FAULT ("close status 1005", "\x88\x02\x03\xed", FORMAT),
  FAULT ("close status 1006", "\x88\x02\x03\xee", FORMAT),
  FAULT ("close status 999", "\x88\x02\x03\xe7", FORMAT),
  FAULT ("close reason is not UTF-8", "\x88\x03\x03\xe8\xff", FORMAT),
  FAULT ("ping of 126 bytes", "\x89\x7e\x00\x7e", FORMAT),
  FAULT ("ping of 2^16 bytes", "\x89\x7f", FORMAT),
  FAULT ("fragmented ping", "\x09\x00", FORMAT),
  FAULT ("text is not UTF-8", "\x81\x02\xc0\x80", FORMAT),
  FAULT ("text ends inside a character", "\x81\x01\xc3", FORMAT),
  FAULT ("not UTF-8, before the text ends", "\x01\x02\xf8\x80", FORMAT),
  FAULT ("16-bit length that fits 7", "\x82\x7e\x00\x05", FORMAT),
  FAULT ("64-bit length that fits 16", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", FORMAT),
  FAULT ("length with its highest bit set", "\x82\x7f\x80\x00\x00\x00\x00\x01\x00\x00", FORMAT),
  FAULT ("masked frame from a server", "\x82\x81", FORMAT),
  FAULT ("RSV1 without an extension", "\xc2\x00", FORMAT),
  FAULT ("RSV2", "\xa2\x00", FORMAT),
  FAULT ("RSV3 on a ping", "\x99\x00", FORMAT),
  FAULT ("opcode 3", "\x83\x00", FORMAT),
  FAULT ("opcode 15", "\x8f\x00", FORMAT),
  FAULT ("continuation of nothing", "\x80\x00", OPERATION),
  FAULT ("text inside text", "\x01\x01\x61\x81\x01\x62", OPERATION),
  FAULT ("binary inside text", "\x01\x01\x61\x82\x01\x62", OPERATION),
  FAULT ("text after close", "\x88\x00\x81\x00", OPERATION),
  FAULT ("close after close", "\x88\x00\x88\x00", OPERATION),
};

static void
test_peer_of_a_client (gconstpointer data)
{
  const Fault *fault = data;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  assert_hr (side_feed (&pair.client, fault->bytes, fault->length), fault->expected);

  /* The same again, until the handle is aborted; a close may still go out, and nothing else. */
  pair.client.failure = S_OK;
  g_assert_false (side_step (&pair.client, &pair.server, WEB_SOCKET_RECEIVE_ACTION_QUEUE));
  assert_hr (pair.client.failure, fault->expected);
  assert_hr (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "no"), OPERATION);
  assert_hr (side_receive (&pair.client), OPERATION);
  assert_ok (side_close (&pair.client, 1002, NULL));
  WebSocketAbortHandle (pair.client.handle);
  while (side_step (&pair.client, &pair.server, WEB_SOCKET_ALL_ACTION_QUEUE))
    ;
  g_assert_cmpuint (pair.client.sends_done, ==, 1);
  pair_clear (&pair);
}

/* The same, a byte at a time: the same failure. */
static void
test_peer_of_a_client_slowly (gconstpointer data)
{
  const Fault *fault = data;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  pair.client.chunk = 1;
  assert_hr (side_feed (&pair.client, fault->bytes, fault->length), fault->expected);
  pair_clear (&pair);
}

static void
test_a_server_wants_masks (void)
{
  Pair pair;
  pair_init (&pair, NULL, NULL);
  assert_hr (side_feed (&pair.server, "\x81\x02ok", 4), FORMAT);
  pair_clear (&pair);
}

/* With verification off, text is bytes; its order is still checked. */
static void
test_without_utf8_verification (void)
{
  SideOptions lax = { .no_utf8 = TRUE };
  Pair pair;

  pair_init (&pair, &lax, NULL);
  assert_ok (side_feed (&pair.client, "\x81\x02\xc0\x80", 4));
  g_assert_cmpstr (pair.client.shown->str, ==, "T:\xc0\x80 ");
  pair_clear (&pair);
}

static void
test_a_caller_sends_badly (void)
{
  WEB_SOCKET_BUFFER null = { .Data = { NULL, 1 } }, text = { .Data = { (PBYTE) "x", 1 } };
  char reason[125];
  Pair pair;

  memset (reason, 'r', 124);
  reason[124] = '\0';
  pair_init (&pair, NULL, NULL);
  assert_hr (WebSocketSend (NULL, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, 0x80000007, NULL, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, 0, NULL, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, 0x82 << 2 | 1 << 1, &text, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, 0xc2 << 2, &text, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, WEB_SOCKET_PING_PONG_BUFFER_TYPE, &text, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, &text, NULL), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &null, NULL), E_INVALIDARG);
  assert_hr (side_close (&pair.client, 1006, NULL), E_INVALIDARG);
  assert_hr (side_close (&pair.client, 1015, NULL), E_INVALIDARG);
  assert_hr (side_close (&pair.client, 0, NULL), E_INVALIDARG);
  assert_hr (side_close (&pair.client, 1005, "reason"), E_INVALIDARG);
  assert_hr (side_close (&pair.client, 1000, reason), E_INVALIDARG);
  /* None of it has changed anything. */
  g_assert_false (side_step (&pair.client, &pair.server, WEB_SOCKET_ALL_ACTION_QUEUE));

  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "be"));
  assert_hr (side_send (&pair.client, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, "gun"), OPERATION);
  assert_hr (side_send (&pair.client, WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE, "gun"), OPERATION);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "gun"));
  assert_ok (side_close (&pair.client, 1000, NULL));
  assert_hr (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "late"), OPERATION);
  assert_hr (side_close (&pair.client, 1000, NULL), OPERATION);
  assert_ok (WebSocketSend (pair.client.handle, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, NULL, NULL));
  pair_clear (&pair);
}

static void
test_a_caller_receives_badly (void)
{
  WEB_SOCKET_BUFFER null = { .Data = { NULL, 8 } }, empty = { .Data = { (PBYTE) "x", 0 } };
  Pair pair;

  pair_init (&pair, NULL, NULL);
  assert_hr (WebSocketReceive (NULL, NULL, NULL), E_INVALIDARG);
  assert_hr (WebSocketReceive (pair.client.handle, &null, NULL), E_INVALIDARG);
  assert_hr (WebSocketReceive (pair.client.handle, &empty, NULL), E_INVALIDARG);
  pair_clear (&pair);
}

static void
test_a_caller_asks_badly (void)
{
  WEB_SOCKET_BUFFER buffers[2];
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context, action_context;
  ULONG two = 2, none = 0;
  Pair pair;

  pair_init (&pair, NULL, NULL);
#define ASK(queue, buffers, count, action, type, context)                                                              \
  WebSocketGetAction (pair.client.handle, queue, buffers, count, action, type, NULL, context)
  assert_ok (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &two, &action, &type, &action_context));
  two = 2;
  assert_hr (ASK ((WEB_SOCKET_ACTION_QUEUE) 0, buffers, &two, &action, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK ((WEB_SOCKET_ACTION_QUEUE) 4, buffers, &two, &action, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, NULL, &two, &action, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, NULL, &action, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &none, &action, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &two, NULL, &type, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &two, &action, NULL, &action_context), E_INVALIDARG);
  assert_hr (ASK (WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &two, &action, &type, NULL), E_INVALIDARG);
  assert_hr (WebSocketGetAction (NULL, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &two, &action, &type, &context,
                                 &action_context),
             E_INVALIDARG);
  WebSocketCompleteAction (NULL, NULL, 0);
  WebSocketAbortHandle (NULL);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  gsize i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (to_client); i++)
    {
      char *path = g_strconcat ("/component/peer/", to_client[i].name, NULL);
      char *slowly = g_strconcat (path, " (slowly)", NULL);
      g_test_add_data_func (path, &to_client[i], test_peer_of_a_client);
      g_test_add_data_func (slowly, &to_client[i], test_peer_of_a_client_slowly);
      g_free (path);
      g_free (slowly);
    }
  g_test_add_func ("/component/peer/unmasked frame to a server", test_a_server_wants_masks);
  g_test_add_func ("/component/peer/without-utf8-verification", test_without_utf8_verification);
  g_test_add_func ("/component/caller/sends-badly", test_a_caller_sends_badly);
  g_test_add_func ("/component/caller/receives-badly", test_a_caller_receives_badly);
  g_test_add_func ("/component/caller/asks-badly", test_a_caller_asks_badly);
  return g_test_run ();
}
