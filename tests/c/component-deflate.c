/* component-deflate.c: permessage-deflate and extensions of the application, through the pump. */
#include "component-common.h"

static char *
noise (gsize length)
{
  GRand *random = g_rand_new_with_seed (7);
  char *text = g_malloc (length + 1);
  gsize i;

  for (i = 0; i < length; i++)
    text[i] = (char) ('a' + g_rand_int_range (random, 0, 26));
  text[length] = '\0';
  g_rand_free (random);
  return text;
}

/* The message that was shown in pieces, without what stands around them; they contain neither ':' nor ' '. */
static char *
joined (const char *shown)
{
  char **pieces = g_strsplit (shown, " ", -1);
  GString *text = g_string_new (NULL);
  gsize i;

  for (i = 0; pieces[i] != NULL && pieces[i][0] != '\0'; i++)
    g_string_append (text, pieces[i] + 2);
  g_strfreev (pieces);
  return g_string_free (text, FALSE);
}

static void
echo_once (Pair *pair, const char *text)
{
  char *got;

  g_string_truncate (pair->server.shown, 0);
  g_string_truncate (pair->client.shown, 0);
  assert_ok (side_send (&pair->client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, text));
  assert_ok (side_send (&pair->server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, text));
  pair_run (pair);
  got = joined (pair->server.shown->str);
  g_assert_cmpstr (got, ==, text);
  g_free (got);
  got = joined (pair->client.shown->str);
  g_assert_cmpstr (got, ==, text);
  g_free (got);
}

static void
run_with (const char *offered, const char *selected, ULONG receive_size, ULONG send_size)
{
  SideOptions client = { .receive_size = receive_size, .send_size = send_size, .extension = offered };
  SideOptions server = { .receive_size = receive_size, .send_size = send_size, .extension = selected };
  char *repeated = g_strnfill (70000, 'z'), *random = noise (70000);
  Pair pair;

  pair_init (&pair, &client, &server);
  pair.client.receiving = pair.server.receiving = TRUE;
  assert_ok (side_receive (&pair.client));
  assert_ok (side_receive (&pair.server));
  echo_once (&pair, "hello");
  echo_once (&pair, "");
  echo_once (&pair, repeated);
  echo_once (&pair, random);
  echo_once (&pair, "hello");
  g_assert_cmphex ((guint32) pair.client.failure, ==, S_OK);
  g_assert_cmphex ((guint32) pair.server.failure, ==, S_OK);
  pair_clear (&pair);
  g_free (repeated);
  g_free (random);
}

static void
test_default_buffers (void)
{
  run_with ("permessage-deflate; client_max_window_bits", "permessage-deflate", 0, 0);
}

static void
test_small_buffers (void)
{
  run_with ("permessage-deflate", "permessage-deflate", 256, 256);
}

static void
test_no_context_takeover (void)
{
  run_with ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", "permessage-deflate", 0, 0);
}

static void
test_small_windows (void)
{
  run_with ("permessage-deflate; server_max_window_bits=8; client_max_window_bits=9", "permessage-deflate", 0, 0);
}

/* A message that compresses well is sent in fewer bytes than it has. */
static void
test_it_is_smaller (void)
{
  SideOptions with = { .extension = "permessage-deflate" };
  char *repeated = g_strnfill (100000, 'z');
  Pair pair;

  pair_init (&pair, &with, &with);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, repeated));
  while (side_step (&pair.client, &pair.server, WEB_SOCKET_SEND_ACTION_QUEUE))
    ;
  g_assert_cmpuint (pair.server.wire->len, <, 1000);
  g_assert_cmphex (pair.server.wire->data[0] & 0x40, ==, 0x40);
  pair_clear (&pair);
  g_free (repeated);
}

/* A bomb swells as far as the buffer and no further: the caller decides whether to go on. */
static void
test_a_bomb_waits (void)
{
  SideOptions with = { .receive_size = 1024, .extension = "permessage-deflate" };
  char *repeated = g_strnfill (10 * 1000 * 1000, 'z');
  Pair pair;

  pair_init (&pair, &with, &with);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, repeated));
  assert_ok (side_receive (&pair.server));
  pair_run (&pair);
  g_assert_cmpuint (pair.server.shown->len, <=, 1024);
  g_assert_cmpuint (pair.server.wire->len, >, 1000);
  pair_clear (&pair);
  g_free (repeated);
}

static void
test_corrupt_data (void)
{
  SideOptions with = { .extension = "permessage-deflate" };
  Pair pair;

  pair_init (&pair, &with, &with);
  assert_hr (side_feed (&pair.client, "\xc1\x05\xff\xff\xff\xff\xff", 7), E_INVALID_PROTOCOL_FORMAT);
  pair_clear (&pair);
  pair_init (&pair, &with, &with);
  /* RSV1 may not stand on a continuation (RFC 7692, section 6.1). */
  assert_hr (side_feed (&pair.client, "\x41\x00\xc0\x00", 4), E_INVALID_PROTOCOL_FORMAT);
  pair_clear (&pair);
}

/* Fragments of the application are pieces of one compressed message. */
static void
test_fragments (void)
{
  SideOptions with = { .extension = "permessage-deflate" };
  char *got;
  Pair pair;

  pair_init (&pair, &with, &with);
  pair.server.receiving = TRUE;
  assert_ok (side_receive (&pair.server));
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "frag"));
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, ""));
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "ments"));
  pair_run (&pair);
  got = joined (pair.server.shown->str);
  g_assert_cmpstr (got, ==, "fragments");
  g_free (got);
  g_assert_cmpuint (pair.client.sends_done, ==, 3);
  pair_clear (&pair);
}

/* What rests goes on where it was: the peer's next message may refer to what came before, ours begins anew. */
static void
test_rest (void)
{
  SideOptions with = { .extension = "permessage-deflate" };
  char *random = noise (20000);
  Pair pair;

  pair_init (&pair, &with, &with);
  WebSocketRest (pair.client.handle);
  pair.client.receiving = pair.server.receiving = TRUE;
  assert_ok (side_receive (&pair.client));
  assert_ok (side_receive (&pair.server));
  echo_once (&pair, random);
  WebSocketRest (pair.server.handle);
  WebSocketRest (pair.server.handle);
  echo_once (&pair, random);
  WebSocketRest (pair.client.handle);
  echo_once (&pair, random);
  /* Within a message nothing is forgotten. */
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "abcabc"));
  pair_run (&pair);
  WebSocketRest (pair.client.handle);
  WebSocketRest (pair.server.handle);
  g_string_truncate (pair.server.shown, 0);
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "abc"));
  pair_run (&pair);
  g_assert_true (g_str_has_suffix (pair.server.shown->str, "abc "));
  g_assert_cmphex ((guint32) pair.server.failure, ==, S_OK);
  pair_clear (&pair);
  g_free (random);
}

/* A send buffer that holds a header only is too small to compress in. */
static void
test_a_send_buffer_too_small (void)
{
  SideOptions small = { .send_size = 16 };
  WEB_SOCKET_HANDLE handle = component_handle (FALSE, &small);
  const char *selected[] = { "permessage-deflate" };
  WEB_SOCKET_HTTP_HEADER request[8], *response;
  ULONG n = component_request (request, "13"), count;

  request[n++] = component_field ("Sec-WebSocket-Extensions", "permessage-deflate");
  assert_hr (WebSocketBeginServerHandshake (handle, NULL, selected, 1, request, n, &response, &count), E_INVALIDARG);
  assert_ok (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, request, n, &response, &count));
  WebSocketDeleteHandle (handle);
}

/* Frames with reserved bits go to and from an extension that the application has negotiated, as they are. */
static void
test_an_extension_of_the_application (void)
{
  SideOptions with = { .extension = "x-own" };
  WEB_SOCKET_BUFFER_TYPE type = 0xb2 << 2; /* FIN, RSV2, RSV3, binary */
  Pair pair;

  pair_init (&pair, &with, &with);
  pair.server.receiving = TRUE;
  assert_ok (side_receive (&pair.server));
  assert_hr (side_send (&pair.client, 0xb3 << 2, "no"), E_INVALIDARG);
  assert_ok (side_send (&pair.client, type, "raw"));
  assert_ok (side_send (&pair.client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "plain"));
  side_step (&pair.client, &pair.server, WEB_SOCKET_SEND_ACTION_QUEUE);
  g_assert_cmphex (pair.server.wire->data[0], ==, 0xb2);
  pair_run (&pair);
  g_assert_cmpstr (pair.server.shown->str, ==, "X:raw T:plain ");
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/component/deflate/default-buffers", test_default_buffers);
  g_test_add_func ("/component/deflate/small-buffers", test_small_buffers);
  g_test_add_func ("/component/deflate/no-context-takeover", test_no_context_takeover);
  g_test_add_func ("/component/deflate/small-windows", test_small_windows);
  g_test_add_func ("/component/deflate/smaller", test_it_is_smaller);
  g_test_add_func ("/component/deflate/bomb-waits", test_a_bomb_waits);
  g_test_add_func ("/component/deflate/corrupt-data", test_corrupt_data);
  g_test_add_func ("/component/deflate/fragments", test_fragments);
  g_test_add_func ("/component/deflate/rest", test_rest);
  g_test_add_func ("/component/deflate/send-buffer-too-small", test_a_send_buffer_too_small);
  g_test_add_func ("/component/extension/of-the-application", test_an_extension_of_the_application);
  return g_test_run ();
}
