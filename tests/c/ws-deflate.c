/* permessage-deflate (RFC 7692): what is offered and accepted, and what is inflated. */

#include "common.h"

/* "Hello", compressed: RFC 7692, section 7.2.3.1. */
static const guint8 HELLO[] = { 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00 };

/* The extensions that a server accepts of an offer, or NULL. */
static char *
accepted (Site *site, const char *offer, Peer **keep)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/"), *answer = NULL;
  char *start;

  peer_write_text (peer, request);
  if (offer)
    peer_write_text (peer, offer);
  peer_write_text (peer, "\r\n");
  answer = peer_head (peer);
  if (!g_str_has_prefix (answer, "HTTP/1.1 101 "))
    return g_strdup ("refused");
  if (keep)
    *keep = g_steal_pointer (&peer);
  start = strstr (answer, "Sec-WebSocket-Extensions: ");
  if (!start)
    return NULL;
  start += strlen ("Sec-WebSocket-Extensions: ");
  return g_strndup (start, strcspn (start, "\r"));
}

#define OFFER(text) "Sec-WebSocket-Extensions: " text "\r\n"

static void
expect (Site *site, const char *offer, const char *answer)
{
  g_autofree char *got = accepted (site, offer, NULL);

  g_test_message ("%s -> %s", offer, got);
  g_assert_cmpstr (got, ==, answer);
}

static void
negotiate (void)
{
  g_autoptr (Site) site = site_new ();

  site_accept (site, "/", NULL, NULL);
  expect (site, NULL, NULL);
  expect (site, OFFER ("permessage-deflate"), "permessage-deflate");
  {
    /* libsoup says that 15 bits are welcome, which goes without saying. */
    g_autofree char *got = accepted (site, OFFER ("permessage-deflate; client_max_window_bits"), NULL);

    g_assert_true (g_str_equal (got, "permessage-deflate")
                   || g_str_equal (got, "permessage-deflate; client_max_window_bits=15"));
  }
  expect (site, OFFER ("x-unknown"), NULL);
  expect (site, OFFER ("x-unknown, permessage-deflate"), "permessage-deflate");
  expect (site, OFFER ("permessage-deflate; server_no_context_takeover"),
          "permessage-deflate; server_no_context_takeover");
  expect (site, OFFER ("permessage-deflate; client_no_context_takeover"),
          "permessage-deflate; client_no_context_takeover");
  expect (site, OFFER ("permessage-deflate; server_max_window_bits=10"),
          "permessage-deflate; server_max_window_bits=10");
}

/* What a client may not offer is not accepted: without the extension, or not at all. */
static void
bad_offers (void)
{
  static const char *const offers[] = {
    OFFER ("permessage-deflate; server_max_window_bits=16"), OFFER ("permessage-deflate; server_max_window_bits=7"),
    OFFER ("permessage-deflate; server_max_window_bits"),    OFFER ("permessage-deflate; client_max_window_bits=99"),
    OFFER ("permessage-deflate; unknown_parameter"),         OFFER ("permessage-deflate; server_no_context_takeover=1"),
  };
  g_autoptr (Site) site = site_new ();

  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (offers); i++) {
    g_autofree char *got = accepted (site, offers[i], NULL);

    g_test_message ("%s -> %s", offers[i], got);
    g_assert_true (got == NULL || g_str_equal (got, "refused"));
  }
}

/* A client's list of alternatives: exactly one is accepted, the first that can be. */
static void
alternatives (void)
{
  g_autoptr (Site) site = site_new ();

  if (differs ("libsoup accepts several at once (Autobahn 13.7.*)"))
    return;
  site_accept (site, "/", NULL, NULL);
  expect (site, OFFER ("permessage-deflate; server_max_window_bits=99, permessage-deflate"), "permessage-deflate");
  expect (site,
          OFFER ("permessage-deflate; server_no_context_takeover, permessage-deflate; client_no_context_takeover"),
          "permessage-deflate; server_no_context_takeover");
  expect (site, OFFER ("permessage-deflate; server_max_window_bits=\"12\""),
          "permessage-deflate; server_max_window_bits=12");
  {
    /* A comma within quotes does not begin an offer. (What is quoted there is no token, so that it may be refused.) */
    g_autofree char *got = accepted (site, OFFER ("x-a; b=\"c, permessage-deflate\""), NULL);

    g_assert_true (got == NULL || g_str_equal (got, "refused"));
  }
}

static void
switched_off (void)
{
  g_autoptr (Site) site = site_new ();

  soup_server_remove_websocket_extension (site->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  site_accept (site, "/", NULL, NULL);
  expect (site, OFFER ("permessage-deflate"), NULL);
  soup_server_add_websocket_extension (site->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  expect (site, OFFER ("permessage-deflate"), "permessage-deflate");
}

/* A server of ours with compression agreed, and its raw client. */
static Peer *
compressing (Site *site)
{
  Peer *peer = NULL;
  g_autofree char *got = NULL;

  site_accept (site, "/", NULL, NULL);
  got = accepted (site, OFFER ("permessage-deflate"), &peer);
  g_assert_cmpstr (got, ==, "permessage-deflate");
  return peer;
}

static void
receive (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  End *end = site_end (site, 0);
  GList *extensions = soup_websocket_connection_get_extensions (end->connection);

  g_assert_cmpint (g_list_length (extensions), ==, 1);
  g_assert_true (SOUP_IS_WEBSOCKET_EXTENSION_DEFLATE (extensions->data));
  peer_send (peer, 0xc1, HELLO, sizeof HELLO);
  /* Not everything must be compressed. */
  peer_send_text (peer, 0x81, "plain");
  /* The second "Hello" may refer to the first (section 7.2.3.2). */
  peer_send (peer, 0xc1, "\xf2\x00\x11\x00\x00", 5);
  wait_until (end->messages->len == 3);
  g_assert_cmpstr (end_messages (end), ==, "Hello|plain|Hello");
}

static void
receive_fragmented (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  End *end = site_end (site, 0);

  peer_send (peer, 0x41, HELLO, 3);
  peer_send_text (peer, 0x89, "between");
  peer_send (peer, 0x80, HELLO + 3, sizeof HELLO - 3);
  /* An empty message, compressed (section 7.2.3.6). */
  peer_send (peer, 0xc2, "\x00", 1);
  wait_until (end->messages->len == 2);
  g_assert_cmpstr (end_messages (end), ==, "Hello|");
  g_assert_cmpint (end->kind, ==, SOUP_WEBSOCKET_DATA_BINARY);
}

/* Only a message's first frame says that it is compressed. */
static void
receive_fragmented_error (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  End *end = site_end (site, 0);

  peer_send (peer, 0x41, HELLO, 3);
  peer_send (peer, 0xc0, HELLO + 3, sizeof HELLO - 3);
  wait_until (end->error);
  g_assert_cmpint (end->messages->len, ==, 0);
}

static void
receive_garbage (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  End *end = site_end (site, 0);

  peer_send (peer, 0xc1, "\xff\xff\xff\xff", 4);
  wait_until (end->error);
  g_assert_cmpint (end->messages->len, ==, 0);
  peer_close (peer);
  wait_until (end_closed (end));
}

static void
compressed_control_frame (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  End *end = site_end (site, 0);

  peer_send (peer, 0xc9, HELLO, sizeof HELLO);
  wait_until (end->error);
  peer_expect_close (peer, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
sent_compressed (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  SoupWebsocketConnection *connection = site_end (site, 0)->connection;
  g_autofree char *text = g_strnfill (10000, 'x');
  g_autoptr (Frame) frame = NULL;

  soup_websocket_connection_send_text (connection, text);
  frame = peer_frame (peer);
  g_assert_cmphex (frame->header, ==, 0xc1);
  g_assert_cmpint (g_bytes_get_size (frame->payload), <, 200);
}

/* CVE-2026-15709: a megabyte of zeros in a kilobyte. The limit counts what comes out, while it does. */
static void
bomb (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = compressing (site);
  g_autoptr (GConverter) deflater = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
  g_autofree guint8 *zeros = g_malloc0 (16 * 1024 * 1024), *small = g_malloc (64 * 1024);
  End *end = site_end (site, 0);
  g_autoptr (GError) error = NULL;
  gsize read, wrote;

  if (differs ("libsoup inflates first and asks later (CVE-2026-15709)"))
    return;
  g_converter_convert (deflater, zeros, 16 * 1024 * 1024, small, 64 * 1024, G_CONVERTER_INPUT_AT_END, &read, &wrote,
                       &error);
  g_assert_no_error (error);
  g_assert_cmpint (read, ==, 16 * 1024 * 1024);
  peer_send (peer, 0xc2, small, wrote);
  wait_until (end->error);
  g_assert_error (end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  peer_expect_close (peer, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  g_assert_cmpint (end->messages->len, ==, 0);
}

/* ---- Both ends ours ---- */

static End *
connect_compressing (Site *site)
{
  g_autoptr (GError) error = NULL;
  End *client;

  soup_session_add_feature_by_type (site->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  site_accept (site, "/", NULL, NULL);
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_list_length (soup_websocket_connection_get_extensions (client->connection)), ==, 1);
  g_assert_cmpint (g_list_length (soup_websocket_connection_get_extensions (site_end (site, 0)->connection)), ==, 1);
  return client;
}

static void
both_ends (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (End) client = connect_compressing (site);
  End *server = site_end (site, 0);
  static const gsize sizes[] = { 0, 1, 5, 125, 126, 70000, 1 << 20, 3, 0 };

  soup_websocket_connection_set_max_incoming_payload_size (client->connection, 0);
  soup_websocket_connection_set_max_incoming_payload_size (server->connection, 0);
#if !ON_LIBSOUP
  soup_websocket_connection_set_max_total_message_size (server->connection, 0);
#endif
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint8 *data = g_malloc (sizes[i] + 1);
    g_autoptr (GBytes) sent = NULL;

    for (gsize at = 0; at < sizes[i]; at++)
      data[at] = at < sizes[i] / 2 ? 'a' : g_test_rand_int ();
    sent = g_bytes_new_take (data, sizes[i]);
    soup_websocket_connection_send_message (client->connection, SOUP_WEBSOCKET_DATA_BINARY, sent);
    soup_websocket_connection_send_message (server->connection, SOUP_WEBSOCKET_DATA_BINARY, sent);
    wait_until (client->messages->len == i + 1 && server->messages->len == i + 1);
    g_assert_true (g_bytes_equal (client->messages->pdata[i], sent));
    g_assert_true (g_bytes_equal (server->messages->pdata[i], sent));
  }
  soup_websocket_connection_close (client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (client) && end_closed (server));
  g_assert_no_error (server->error);
}

#if !ON_LIBSOUP
/* A client has no limit on messages, but one on what they inflate to, unless the program wants none. */
static void
client_bomb (gconstpointer unlimited)
{
  g_autoptr (Site) site = site_new ();
  End *client = connect_compressing (site), *server = site_end (site, 0);
  gsize size = 72 * 1024 * 1024;
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (size), size);

  if (under_valgrind ())
    return;
  if (unlimited)
    soup_websocket_connection_set_max_total_message_size (client->connection, 0);
  soup_websocket_connection_send_message (server->connection, SOUP_WEBSOCKET_DATA_BINARY, zeros);
  wait_until (client->error || client->messages->len == 1);
  if (unlimited) {
    g_assert_no_error (client->error);
    g_assert_cmpuint (g_bytes_get_size (g_ptr_array_index (client->messages, 0)), ==, size);
  } else {
    g_assert_error (client->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
    wait_until (end_closed (server));
    g_assert_cmpint (soup_websocket_connection_get_close_code (server->connection), ==, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  }
}
#endif

static void
offer (void)
{
  guint16 port;
  int listener = peer_listen (&port);
  g_autofree char *url = g_strdup_printf ("ws://127.0.0.1:%d/", port), *head = NULL;
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url), plain = soup_message_new ("GET", url);
  g_autoptr (Peer) first = NULL, second = NULL;

  soup_session_add_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  first = peer_accept (listener);
  head = peer_head (first);
  g_assert_nonnull (strstr (head, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
  g_free (head);
  /* A message may do without. */
  soup_message_disable_feature (plain, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_session_websocket_connect_async (session, plain, NULL, NULL, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  second = peer_accept (listener);
  head = peer_head (second);
  g_assert_null (strstr (head, "permessage-deflate"));
  soup_session_abort (session);
  settle (20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/deflate-negotiate", negotiate);
  g_test_add_func ("/server/deflate-bad-offers", bad_offers);
  g_test_add_func ("/server/deflate-alternatives", alternatives);
  g_test_add_func ("/server/deflate-switched-off", switched_off);
  g_test_add_func ("/server/deflate-receive", receive);
  g_test_add_func ("/server/deflate-receive-fragmented", receive_fragmented);
  g_test_add_func ("/server/deflate-receive-fragmented-error", receive_fragmented_error);
  g_test_add_func ("/server/deflate-receive-garbage", receive_garbage);
  g_test_add_func ("/server/deflate-compressed-control-frame", compressed_control_frame);
  g_test_add_func ("/server/deflate-sent-compressed", sent_compressed);
  g_test_add_func ("/server/deflate-bomb-cve-2026-15709", bomb);
  g_test_add_func ("/served/deflate-both-ends", both_ends);
  g_test_add_func ("/client/deflate-offer-and-disabled-in-message", offer);
#if !ON_LIBSOUP
  g_test_add_data_func ("/client/deflate-bomb", NULL, client_bomb);
  g_test_add_data_func ("/client/deflate-without-a-limit", "unlimited", client_bomb);
#endif
  return g_test_run ();
}
