/* What a peer can make a connection hold: frames, messages, queues; and the properties that limit it. */

#include "common.h"

#include <sys/socket.h>

static void
defaults (void)
{
  g_autoptr (Wire) client = wire_new (SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);
  g_autoptr (Wire) server = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);

  g_assert_cmpint (soup_websocket_connection_get_max_incoming_payload_size (client->end->connection), ==, 128 * 1024);
  g_assert_cmpint (soup_websocket_connection_get_max_incoming_payload_size (server->end->connection), ==, 128 * 1024);
#if !ON_LIBSOUP
  /* libsoup 3.8 has this one: the messages of a SoupServer's connections are limited, others are not. */
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (client->end->connection), ==, 0);
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (server->end->connection), ==, 0);
  {
    g_autoptr (Pair) pair = pair_new (TRUE);

    g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (pair->client->connection), ==, 0);
    g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (pair->server->connection), ==, 128 * 1024);
  }
#endif
}

static void
too_big (Wire *wire)
{
  /* libsoup 3.2 ends the stream without a word to the peer. */
  if (!ON_LIBSOUP)
    peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  wait_until (wire->end->error);
  g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

static void
payload_limit (Wire *wire)
{
  g_autofree char *text = g_strnfill (1001, 'x');

  soup_websocket_connection_set_max_incoming_payload_size (wire->end->connection, 1000);
  g_assert_cmpint (soup_websocket_connection_get_max_incoming_payload_size (wire->end->connection), ==, 1000);
  /* Exactly the limit may pass. */
  peer_send (wire->peer, 0x81, text, 1000);
  wait_until (wire->end->messages->len == 1);
  peer_send (wire->peer, 0x81, text, 1001);
  too_big (wire);
  g_assert_cmpint (wire->end->messages->len, ==, 1);
}

/* The declared length is enough to know. */
static void
payload_limit_at_the_header (Wire *wire)
{
  peer_write_hex (wire->peer,
                  wire->peer->masks ? "82 ff 00 00 00 00 00 02 00 01 00 00 00 00" : "82 7f 00 00 00 00 00 02 00 01");
  too_big (wire);
}

static void
payload_limit_end_to_end (Pair *pair)
{
  g_autofree char *text = g_strnfill (1001, 'x');

  soup_websocket_connection_set_max_incoming_payload_size (pair->server->connection, 1000);
  soup_websocket_connection_send_text (pair->client->connection, text);
  wait_until (end_closed (pair->server) && end_closed (pair->client));
  g_assert_error (pair->server->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  g_assert_cmpint (pair->server->messages->len, ==, 0);
  if (!ON_LIBSOUP)
    g_assert_cmpint (soup_websocket_connection_get_close_code (pair->client->connection), ==,
                     SOUP_WEBSOCKET_CLOSE_TOO_BIG);
}

static void
client_payload_limit_end_to_end (Pair *pair)
{
  g_autofree char *text = g_strnfill (1001, 'x');

  soup_websocket_connection_set_max_incoming_payload_size (pair->client->connection, 1000);
  soup_websocket_connection_send_text (pair->server->connection, text);
  wait_until (end_closed (pair->server) && end_closed (pair->client));
  g_assert_error (pair->client->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  g_assert_cmpint (pair->client->messages->len, ==, 0);
}

static void
no_limit (Wire *wire)
{
  g_autofree char *text = g_strnfill (200 * 1000, 'x');

  g_object_set (wire->end->connection, "max-incoming-payload-size", (guint64) 0, NULL);
#if !ON_LIBSOUP
  g_object_set (wire->end->connection, "max-total-message-size", (guint64) 0, NULL);
#endif
  peer_send (wire->peer, 0x81, text, 200 * 1000);
  wait_until (wire->end->messages->len == 1);
}

/* A program from before there was a limit on messages says by the frames' what it takes. */
static void
payload_limit_of_a_server_raises_the_message_s (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (End) client = NULL;
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  SoupWebsocketConnection *server;

  site_accept (site, "/", NULL, NULL);
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  server = site_end (site, 0)->connection;
  soup_websocket_connection_set_max_incoming_payload_size (server, 1024 * 1024);
  soup_websocket_connection_send_text (client->connection, text);
  wait_until (site_end (site, 0)->messages->len == 1);
#if !ON_LIBSOUP
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (server), ==, 1024 * 1024);
  /* Lowering it lowers no other limit, and one that was set stays. */
  soup_websocket_connection_set_max_incoming_payload_size (server, 1000);
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (server), ==, 1024 * 1024);
  soup_websocket_connection_set_max_total_message_size (server, 2000);
  soup_websocket_connection_set_max_incoming_payload_size (server, 0);
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (server), ==, 2000);
#endif
}

#if !ON_LIBSOUP
/* #390, CVE-2025-32049: fragments, each below the frame's limit, without end. */
static void
message_limit (Wire *wire)
{
  g_autofree char *text = g_strnfill (400, 'x');

  soup_websocket_connection_set_max_total_message_size (wire->end->connection, 1000);
  g_assert_cmpint (soup_websocket_connection_get_max_total_message_size (wire->end->connection), ==, 1000);
  peer_send (wire->peer, 0x01, text, 400);
  peer_send (wire->peer, 0x00, text, 400);
  peer_send (wire->peer, 0x80, text, 200);
  wait_until (wire->end->messages->len == 1);
  peer_send (wire->peer, 0x01, text, 400);
  peer_send (wire->peer, 0x00, text, 400);
  peer_send (wire->peer, 0x00, text, 201);
  too_big (wire);
  g_assert_cmpint (wire->end->messages->len, ==, 1);
}

static void
endless_fragments (void)
{
  g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);
  g_autofree char *text = g_strnfill (0xffff, 'x');

  soup_websocket_connection_set_max_total_message_size (wire->end->connection, 128 * 1024);
  peer_send (wire->peer, 0x01, text, 0xffff);
  for (int i = 0; i < 10 && !wire->end->error; i++) {
    peer_send (wire->peer, 0x00, text, 0xffff);
    turn ();
  }
  wait_until (wire->end->error);
  g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
}

static void
message_limit_end_to_end (Pair *pair)
{
  g_autofree char *text = g_strnfill (1001, 'x');

  soup_websocket_connection_set_max_total_message_size (pair->client->connection, 1000);
  soup_websocket_connection_send_text (pair->server->connection, text);
  wait_until (end_closed (pair->server) && end_closed (pair->client));
  g_assert_error (pair->client->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
}
#endif

/* Continuations without content add nothing to any length. */
static void
empty_continuations (Wire *wire)
{
  peer_send_text (wire->peer, 0x01, "");
  for (int i = 0; i < 1000; i++)
    peer_send_text (wire->peer, 0x00, "");
  peer_send_text (wire->peer, 0x80, "end");
  wait_until (wire->end->messages->len == 1);
  g_assert_cmpstr (end_messages (wire->end), ==, "end");
}

static void
endless_empty_continuations (Wire *wire)
{
  if (differs ("libsoup takes them for ever"))
    return;
  peer_send_text (wire->peer, 0x01, "");
  for (int i = 0; i < 20000 && !wire->end->error; i++)
    peer_send_text (wire->peer, 0x00, "");
  wait_until (wire->end->error);
  g_assert_cmpint (wire->end->messages->len, ==, 0);
}

/* Resident memory, in MiB. */
static guint
resident (void)
{
  g_autofree char *text = NULL;
  guint64 pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    pages = g_ascii_strtoull (strchr (text, ' '), NULL, 10);
  return pages * 4096 / (1024 * 1024);
}

/* Pings without end from a peer that never reads: the pongs may not pile up. */
static void
ping_flood (Wire *wire)
{
  static guint8 pings[131 * 1000];
  guint8 one[131] = { 0x89, (wire->peer->masks ? 0x80 : 0) | 125 };
  gsize length = wire->peer->masks ? 131 : 127;
  gint64 end = g_get_monotonic_time () + 1500 * 1000;
  guint before = resident ();
  gsize sent = 0;

  if (differs ("libsoup queues pongs without limit"))
    return;
  for (int i = 0; i < 1000; i++)
    memcpy (pings + i * length, one, length);
  while (g_get_monotonic_time () < end && sent < 64u * 1024 * 1024 && !end_closed (wire->end)) {
    gsize at = sent % (1000 * length);
    gssize wrote = send (wire->peer->descriptor, pings + at, 1000 * length - at, MSG_NOSIGNAL);

    if (wrote > 0)
      sent += wrote;
    turn ();
  }
  g_test_message ("%zu bytes of pings", sent);
  g_assert_no_error (wire->end->error);
  /* valgrind keeps what is freed for a while. */
  if (!g_getenv ("BISQUE_UNDER_VALGRIND"))
    if (!under_valgrind ())
      g_assert_cmpint (resident (), <, before + 16);
}

static void
others_notice_nothing (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (End) client = NULL;
  g_autoptr (GError) error = NULL;
  Peer *bad[6];

  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    bad[i] = peer_connect (site->port);
    if (i)
      peer_upgrade (bad[i], "/");
  }
  peer_write_text (bad[0], "GET / HT");                     /* never ends its request */
  peer_write_hex (bad[1], "82 ff 00 00 00 00 00 01 ff ff"); /* never ends its frame */
  peer_write_hex (bad[2], "81");                            /* vanishes */
  peer_close (bad[2]);
  soup_websocket_connection_close (site_end (site, 2)->connection, 1000, NULL); /* never answers the close */
  {
    g_autofree char *text = g_strnfill (1024 * 1024, 'x');

    for (int i = 0; i < 4; i++) /* never reads */
      soup_websocket_connection_send_text (site_end (site, 3)->connection, text);
  }
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 100; i++) {
    g_autofree char *text = g_strdup_printf ("%d", i);

    peer_write_hex (bad[4], i % 8 ? "00" : "81 81 00 00 00 00 61"); /* one byte at a time, more or less */
    soup_websocket_connection_send_text (client->connection, text);
    wait_until ((int) site_end (site, 5)->messages->len == i + 1);
  }
  soup_websocket_connection_close (client->connection, 1000, NULL);
  wait_until (end_closed (client));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    peer_free (bad[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits/defaults", defaults);
  test_wire ("payload-limit", payload_limit);
  test_wire ("payload-limit-at-the-header", payload_limit_at_the_header);
  test_pair ("send-exceeding-server-max-payload-size", payload_limit_end_to_end);
  test_pair ("send-exceeding-client-max-payload-size", client_payload_limit_end_to_end);
  test_wire ("no-limit", no_limit);
  g_test_add_func ("/limits/payload-limit-of-a-server-raises-the-message-s", payload_limit_of_a_server_raises_the_message_s);
#if !ON_LIBSOUP
  test_wire ("message-limit-cve-2025-32049", message_limit);
  g_test_add_func ("/server/endless-fragments-cve-2025-32049", endless_fragments);
  test_pair ("send-exceeding-client-max-message-size", message_limit_end_to_end);
#endif
  test_wire ("empty-continuations", empty_continuations);
  test_wire ("endless-empty-continuations", endless_empty_continuations);
  test_wire ("ping-flood", ping_flood);
  g_test_add_func ("/served/others-notice-nothing", others_notice_nothing);
  return g_test_run ();
}
