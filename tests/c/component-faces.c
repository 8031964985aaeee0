/* component-faces.c: what websocket.h has beyond Windows', for faces that stand on it: payloads of pings, messages that
 * are not compressed, the state of what is received, and payloads that go straight into the caller's buffer. */
#include "component-common.h"

static const char deflate[] = "permessage-deflate";

/* A handle that has shaken hands, with payloads in pings. */
static void
open_pair (Pair *pair, const char *extension)
{
  WEB_SOCKET_HTTP_HEADER *added, request[16], *response;
  ULONG i, count, n_request = 0, payloads = TRUE;
  WEB_SOCKET_PROPERTY property = { WEB_SOCKET_CONTROL_PAYLOADS_PROPERTY_TYPE, &payloads, sizeof payloads };
  WEB_SOCKET_HANDLE client, server;

  assert_ok (WebSocketCreateClientHandle (&property, 1, &client));
  assert_ok (WebSocketCreateServerHandle (&property, 1, &server));
  side_init (&pair->client, client);
  side_init (&pair->server, server);
  assert_ok (WebSocketBeginClientHandshake (client, NULL, 0, &extension, extension != NULL, NULL, 0, &added, &count));
  request[n_request++] = component_field ("Host", "localhost");
  for (i = 0; i < count; i++)
    request[n_request++] = added[i];
  assert_ok (WebSocketBeginServerHandshake (server, NULL, &extension, extension != NULL, request, n_request, &response,
                                            &count));
  assert_ok (WebSocketEndClientHandshake (client, response, count, NULL, NULL, NULL));
  pair->client.receiving = pair->server.receiving = TRUE;
  assert_ok (side_receive (&pair->client));
  assert_ok (side_receive (&pair->server));
}

static WEB_SOCKET_RECEIVE_STATE
state_of (Side *side)
{
  WEB_SOCKET_RECEIVE_STATE state;
  assert_ok (WebSocketGetReceiveState (side->handle, &state));
  return state;
}

/* A ping comes with its payload and waits for the application, whose pong has one, too. */
static void
test_pings_have_payloads (void)
{
  char payload[127];
  Pair pair;

  memset (payload, 'p', 126);
  payload[126] = '\0';
  open_pair (&pair, NULL);
  assert_hr (side_send (&pair.client, WEB_SOCKET_PING_PONG_BUFFER_TYPE, payload), E_INVALIDARG);
  assert_hr (side_send (&pair.client, WEB_SOCKET_PING_BUFFER_TYPE, "x"), E_INVALIDARG);
  assert_hr (WebSocketSend (pair.client.handle, WEB_SOCKET_PING_BUFFER_TYPE, NULL, NULL), E_INVALIDARG);
  assert_ok (side_send (&pair.client, WEB_SOCKET_PING_PONG_BUFFER_TYPE, "there?"));
  pair_run (&pair);
  /* 'X': no type that Windows has; and nobody has answered. */
  g_assert_cmpstr (pair.server.shown->str, ==, "X:there? ");
  g_assert_cmpstr (pair.client.shown->str, ==, "");
  assert_ok (side_send (&pair.server, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, "there?"));
  assert_ok (side_send (&pair.server, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, payload + 1));
  pair_run (&pair);
  g_assert_true (g_str_has_prefix (pair.client.shown->str, "P:there? U:ppp"));
  pair_clear (&pair);
}

/* A message's first piece says whether it is compressed, and the next message is again. */
static void
test_a_message_is_left_uncompressed (void)
{
  static const char plain[] = "\x81\x0b"
                              "aaaaaaaaaaa";
  guint8 first;
  Pair pair;

  open_pair (&pair, deflate);
  assert_hr (side_send (&pair.server, WEB_SOCKET_PING_PONG_BUFFER_TYPE | WEB_SOCKET_UNCOMPRESSED_FLAG, ""),
             E_INVALIDARG);
  assert_ok (
      side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE | WEB_SOCKET_UNCOMPRESSED_FLAG, "aaaaaaaaaaa"));
  while (side_step (&pair.server, &pair.client, WEB_SOCKET_SEND_ACTION_QUEUE))
    ;
  g_assert_cmpmem (pair.client.wire->data, pair.client.wire->len, plain, sizeof plain - 1);
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE | WEB_SOCKET_UNCOMPRESSED_FLAG, "frag"));
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "ments"));
  assert_ok (side_send (&pair.server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "again"));
  while (side_step (&pair.server, &pair.client, WEB_SOCKET_SEND_ACTION_QUEUE))
    ;
  g_assert_cmpmem (pair.client.wire->data + sizeof plain - 1, 13,
                   "\x01\x04"
                   "frag"
                   "\x80\x05"
                   "ments",
                   13);
  first = pair.client.wire->data[sizeof plain - 1 + 13];
  g_assert_cmphex (first, ==, 0xc1);
  pair_run (&pair);
  g_assert_cmpstr (pair.client.shown->str, ==, "T:aaaaaaaaaaa t:frag T:ments T:again ");
  pair_clear (&pair);
}

/* Which rule the peer broke, where the HRESULT only says that it did. */
static void
test_violations_have_names (void)
{
  static const struct {
    const char *bytes;
    gsize length;
    WEB_SOCKET_VIOLATION violation;
  } cases[] = {
    { "\xa2\x00", 2, WEB_SOCKET_RESERVED_BITS_VIOLATION },
    { "\x83\x00", 2, WEB_SOCKET_OPCODE_VIOLATION },
    { "\x82\x81", 2, WEB_SOCKET_MASKED_VIOLATION },
    { "\x82\x7e\x00\x05", 4, WEB_SOCKET_LENGTH_VIOLATION },
    { "\x89\x7e", 2, WEB_SOCKET_CONTROL_LENGTH_VIOLATION },
    { "\x09\x00", 2, WEB_SOCKET_CONTROL_FRAGMENT_VIOLATION },
    { "\x80\x00", 2, WEB_SOCKET_CONTINUATION_VIOLATION },
    { "\x01\x00\x81\x00", 4, WEB_SOCKET_DATA_VIOLATION },
    { "\x81\x01\xff", 3, WEB_SOCKET_UTF8_VIOLATION },
    { "\xc1\x02\xff\xff", 4, WEB_SOCKET_DEFLATE_VIOLATION },
    { "\x88\x01\x03", 3, WEB_SOCKET_CLOSE_LENGTH_VIOLATION },
    { "\x88\x02\x03\xed", 4, WEB_SOCKET_CLOSE_STATUS_VIOLATION },
    { "\x88\x03\x03\xe8\xff", 5, WEB_SOCKET_CLOSE_REASON_VIOLATION },
    { "\x88\x00\x81\x00", 4, WEB_SOCKET_AFTER_CLOSE_VIOLATION },
  };
  WEB_SOCKET_RECEIVE_STATE state;
  Pair pair;
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    open_pair (&pair, deflate);
    g_assert_cmpint (state_of (&pair.client).eViolation, ==, WEB_SOCKET_NO_VIOLATION);
    g_assert_true (FAILED (side_feed (&pair.client, cases[i].bytes, cases[i].length)));
    g_assert_cmpint (state_of (&pair.client).eViolation, ==, cases[i].violation);
    pair_clear (&pair);
  }
  open_pair (&pair, NULL);
  assert_hr (WebSocketGetReceiveState (NULL, &state), E_INVALIDARG);
  assert_hr (WebSocketGetReceiveState (pair.client.handle, NULL), E_INVALIDARG);
  g_assert_true (FAILED (side_feed (&pair.server, "\x81\x02", 2)));
  g_assert_cmpint (state_of (&pair.server).eViolation, ==, WEB_SOCKET_UNMASKED_VIOLATION);
  pair_clear (&pair);
}

/* How long a frame will be is known when its header has come. */
static void
test_what_remains_of_a_frame (void)
{
  Pair pair;

  open_pair (&pair, deflate);
  g_assert_cmpuint (state_of (&pair.client).ullFrameRemaining, ==, 0);
  assert_ok (side_feed (&pair.client,
                        "\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00"
                        "abc",
                        13));
  g_assert_cmpuint (state_of (&pair.client).ullFrameRemaining, ==, (G_GUINT64_CONSTANT (1) << 32) - 3);
  g_assert_false (state_of (&pair.client).bCompressed);
  pair_clear (&pair);

  open_pair (&pair, deflate);
  assert_ok (side_feed (&pair.client, "\xc2\x05", 2));
  g_assert_cmpuint (state_of (&pair.client).ullFrameRemaining, ==, 5);
  g_assert_true (state_of (&pair.client).bCompressed);
  pair_clear (&pair);
}

/* One receive into `room`, whose bytes come as the handle asks for them: how many were asked for in `room` itself. */
static gsize
receive_into (Side *side,
              guint8 *room,
              gsize size,
              const guint8 *wire,
              gsize *at,
              WEB_SOCKET_BUFFER_TYPE *type,
              gsize *length)
{
  WEB_SOCKET_BUFFER target = { .Data = { room, (ULONG) size } }, buffer;
  gsize direct = 0;

  assert_ok (WebSocketReceive (side->handle, &target, NULL));
  for (;;) {
    WEB_SOCKET_ACTION action;
    ULONG count = 1, done = 0;
    PVOID context;

    if (FAILED (WebSocketGetAction (side->handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, type, NULL,
                                    &context)))
      return G_MAXSIZE;
    if (action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION) {
      done = MIN (buffer.Data.ulBufferLength, 1000);
      memcpy (buffer.Data.pbBuffer, wire + *at, done);
      *at += done;
      if (buffer.Data.pbBuffer >= room && buffer.Data.pbBuffer < room + size)
        direct += done;
    }
    *length = buffer.Data.ulBufferLength;
    WebSocketCompleteAction (side->handle, context, done);
    if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION)
      return direct;
  }
}

/* A payload that fills more than the receive buffer goes into the caller's; masked, checked and ended like any other.
 */
static void
test_large_payloads_go_straight_to_the_caller (void)
{
  enum { LENGTH = 20000, HEADER = 8 };
  guint8 *wire = g_malloc (HEADER + LENGTH + 1000), *room = g_malloc (LENGTH);
  const guint8 key[] = { 0x11, 0x22, 0x33, 0x44 };
  gsize i, at = 0, come = 0, direct = 0;
  WEB_SOCKET_BUFFER_TYPE type;
  gboolean bad;

  for (bad = FALSE; bad <= TRUE; bad++) {
    Pair pair;
    pair_init (&pair, NULL, NULL);
    memcpy (wire, "\x81\xfe\x4e\x20", 4);
    memcpy (wire + 4, key, 4);
    for (i = 0; i < LENGTH; i++)
      wire[HEADER + i] = (guint8) ((bad && i == 15001 ? 0xff : 'a' + i % 26) ^ key[i % 4]);
    memcpy (wire + HEADER + LENGTH, "\x88\x80\0\0\0\0", 6);
    for (at = come = direct = 0, type = WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
         type == WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;) {
      gsize length, straight = receive_into (&pair.server, room + come, LENGTH - come, wire, &at, &type, &length);
      if (straight == G_MAXSIZE)
        break;
      direct += straight;
      come += length;
    }
    if (bad) {
      g_assert_cmpuint (come, <, 15002);
      g_assert_cmpint (state_of (&pair.server).eViolation, ==, WEB_SOCKET_UTF8_VIOLATION);
    } else {
      g_assert_cmphex (type, ==, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE);
      g_assert_cmpuint (come, ==, LENGTH);
      g_assert_cmpuint (direct, >, LENGTH / 2);
      for (i = 0; i < LENGTH; i++)
        g_assert_cmpint (room[i], ==, 'a' + i % 26);
      receive_into (&pair.server, room, LENGTH, wire, &at, &type, &come);
      g_assert_cmphex (type, ==, WEB_SOCKET_CLOSE_BUFFER_TYPE);
    }
    pair_clear (&pair);
  }
  g_free (wire);
  g_free (room);
}

/* A receive that is given up while the network was to fill the caller's buffer has taken nothing. */
static void
test_a_cancelled_direct_receive_loses_nothing (void)
{
  guint8 room[8192];
  WEB_SOCKET_BUFFER target = { .Data = { room, sizeof room } }, buffer;
  WEB_SOCKET_BUFFER_TYPE type;
  WEB_SOCKET_ACTION action;
  PVOID context;
  ULONG count = 1;
  Pair pair;

  pair_init (&pair, NULL, NULL);
  assert_ok (side_feed (&pair.client, "\x82\x7e\x20\x00", 4));
  /* The receive that was fed is outstanding in the handle's buffer: give it up, then one in ours. */
  WebSocketCompleteAction (pair.client.handle, pair.client.waiting, 0);
  assert_ok (WebSocketGetAction (pair.client.handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type,
                                 NULL, &context));
  WebSocketCompleteAction (pair.client.handle, context, 0);
  assert_ok (WebSocketReceive (pair.client.handle, &target, NULL));
  assert_ok (WebSocketGetAction (pair.client.handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type,
                                 NULL, &context));
  g_assert_cmpint (action, ==, WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION);
  g_assert_true (buffer.Data.pbBuffer == room);
  WebSocketCompleteAction (pair.client.handle, context, 0);
  assert_ok (WebSocketGetAction (pair.client.handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &buffer, &count, &action, &type,
                                 NULL, &context));
  g_assert_cmpint (action, ==, WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
  g_assert_cmphex (type, ==, 0);
  WebSocketCompleteAction (pair.client.handle, context, 0);
  g_assert_cmpuint (state_of (&pair.client).ullFrameRemaining, ==, 8192);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/faces/pings-have-payloads", test_pings_have_payloads);
  g_test_add_func ("/faces/a-message-is-left-uncompressed", test_a_message_is_left_uncompressed);
  g_test_add_func ("/faces/violations-have-names", test_violations_have_names);
  g_test_add_func ("/faces/what-remains-of-a-frame", test_what_remains_of_a_frame);
  g_test_add_func ("/faces/large-payloads-go-straight-to-the-caller", test_large_payloads_go_straight_to_the_caller);
  g_test_add_func ("/faces/a-cancelled-direct-receive-loses-nothing", test_a_cancelled_direct_receive_loses_nothing);
  return g_test_run ();
}
