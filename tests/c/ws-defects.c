/* What went wrong in libsoup once, or still does, one test for each that the other files do not have. */

#include "common.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* c2aaac00: masks are applied to payloads at any address. */
static void
masks_at_odd_offsets (void)
{
  for (gsize size = 0; size < 70; size++) {
    g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);
    guint8 data[100];

    for (gsize i = 0; i < sizeof data; i++)
      data[i] = i * 37;
    /* The first message moves the second to another offset. */
    peer_send (wire->peer, 0x82, data, size % 9);
    peer_send (wire->peer, 0x82, data, size);
    wait_until (wire->end->messages->len == 2);
    g_assert_cmpmem (g_bytes_get_data (wire->end->messages->pdata[1], NULL),
                     g_bytes_get_size (wire->end->messages->pdata[1]), data, size);
  }
}

/* bgo#790436: an answer to a ping does not land in the middle of a frame that is half written. */
static void
pong_does_not_cut_a_frame (Wire *wire)
{
  gsize size = 4 * 1024 * 1024;
  g_autofree char *big = g_malloc0 (size);
  g_autoptr (Frame) message = NULL, pong = NULL;

  soup_websocket_connection_send_binary (wire->end->connection, big, size);
  settle (10); /* as much of it as the kernel takes */
  peer_send_text (wire->peer, 0x89, "ping");
  settle (10);
  message = peer_frame (wire->peer);
  g_assert_cmphex (message->header, ==, 0x82);
  g_assert_cmpint (g_bytes_get_size (message->payload), ==, size);
  pong = peer_frame (wire->peer);
  g_assert_cmphex (pong->header, ==, 0x8a);
}

static gboolean
nothing (gpointer data)
{
  (void) data;
  return G_SOURCE_CONTINUE;
}

/* 35f1bac5: while nothing happens, nothing is done. */
static void
idle_is_idle (Pair *pair)
{
  clock_t before;
  gint64 end;

  settle (20);
  before = clock ();
  end = g_get_monotonic_time () + 300 * 1000;
  while (g_get_monotonic_time () < end) {
    guint alarm = g_timeout_add (100, nothing, NULL);

    g_main_context_iteration (NULL, TRUE);
    g_source_remove (alarm);
  }
  if (!under_valgrind ())
    g_assert_cmpint ((clock () - before) * 1000 / CLOCKS_PER_SEC, <, 100);
  g_assert_cmpint (soup_websocket_connection_get_state (pair->client->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
}

/* fd794a95: both have said goodbye, but the peer keeps its side of the stream open. */
static void
peer_keeps_its_side_open (Wire *wire)
{
  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  peer_send_close (wire->peer, 1000);
  wait_until (end_closed (wire->end));
  g_assert_cmpstr (wire->end->log->str, ==, "closing closed");
}

/* A reason longer than a control frame holds is cut, at the end of a character. */
static void
long_reason (Wire *wire)
{
  g_autoptr (GString) reason = g_string_new (NULL);
  g_autoptr (Frame) frame = NULL;
  gsize size;
  const char *payload;

  if (differs ("libsoup makes an error of it"))
    return;
  while (reason->len < 200)
    g_string_append (reason, "\xe2\x82\xac");
  soup_websocket_connection_close (wire->end->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, reason->str);
  frame = peer_frame (wire->peer);
  g_assert_cmphex (frame->header, ==, 0x88);
  payload = g_bytes_get_data (frame->payload, &size);
  g_assert_cmpint (size, <=, 125);
  g_assert_cmpint (size, >, 110);
  g_assert_true (g_utf8_validate (payload + 2, size - 2, NULL));
  g_assert_cmpstr (wire->end->log->str, ==, "closing");
}

static gboolean
count_tick (gpointer ticks)
{
  ++*(guint *) ticks;
  return G_SOURCE_CONTINUE;
}

/* A peer that is faster than we are starves neither the others nor the caller's own sources. */
static void
fast_peer (Wire *wire)
{
  g_autoptr (GByteArray) flood = g_byte_array_new ();
  g_autoptr (Pair) other = pair_new (FALSE);
  gint64 end = g_get_monotonic_time () + patience () * G_USEC_PER_SEC;
  guint ticks = 0, alarm, idles = 0, sent = 0;
  gsize at = 0;

  if (differs ("libsoup reads until there is nothing left"))
    return;
  if (under_valgrind ())
    return g_test_skip ("a turn takes longer than the timers' interval");
  for (int i = 0; i < 20000; i++)
    g_byte_array_append (flood, (guint8[]){ 0x82, wire->peer->masks ? 0x81 : 0x01, 'x', 'x', 'x', 'x', 'x' },
                         wire->peer->masks ? 7 : 3);
  alarm = g_timeout_add (50, count_tick, &ticks);
  g_idle_add (count_tick, &idles);
  while (g_get_monotonic_time () < end && (ticks <= 5 || sent <= 5 || !idles)) {
    gssize wrote = send (wire->peer->descriptor, flood->data + at, flood->len - at, MSG_NOSIGNAL);

    if (wrote > 0)
      at = (at + wrote) % flood->len;
    if (other->server->messages->len == sent) {
      soup_websocket_connection_send_text (other->client->connection, "me too");
      sent++;
    }
    g_main_context_iteration (NULL, FALSE);
  }
  g_source_remove (alarm);
  g_source_remove_by_user_data (&idles);
  g_test_message ("%u messages, %u ticks, %u of the other's, %u idles", wire->end->messages->len, ticks, sent, idles);
  g_assert_cmpint (wire->end->messages->len, >, 100);
  g_assert_cmpint (ticks, >, 5);
  g_assert_cmpint (sent, >, 5);
  g_assert_cmpint (idles, >, 0);
}

/* Two upgrades at one path at the same time: each has an extension of its own. */
static void
overlapping_upgrades (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) first = peer_connect (site->port), second = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/");
  static const guint8 hello[] = { 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00 };
  Peer *peers[] = { first, second };

  site_accept (site, "/", NULL, NULL);
  for (int i = 0; i < 2; i++)
    peer_write_text (peers[i], request);
  for (int i = 0; i < 2; i++)
    peer_write_text (peers[i], "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  for (int i = 0; i < 2; i++)
    g_free (peer_head (peers[i]));
  g_assert_true (soup_websocket_connection_get_extensions (site_end (site, 0)->connection)->data !=
                 soup_websocket_connection_get_extensions (site_end (site, 1)->connection)->data);
  for (int i = 0; i < 2; i++)
    peer_send (peers[i], 0xc1, hello, sizeof hello);
  for (int i = 0; i < 2; i++) {
    wait_until (site_end (site, i)->messages->len == 1);
    g_assert_cmpstr (end_messages (site_end (site, i)), ==, "Hello");
  }
}

/* CVE-2026-12548: a head without end, and one of very many fields, cost an answer and no memory. */
static void
endless_heads (void)
{
  for (int many = 0; many < 2; many++) {
    g_autoptr (Site) site = site_new ();
    g_autoptr (Peer) peer = peer_connect (site->port);
    g_autofree char *piece = many ? g_strdup ("X-A: b\r\n") : g_strnfill (1000, 'x');
    g_autofree char *answer = NULL;

    if (differs ("libsoup 3.2 takes them (CVE-2026-12548)"))
      return;
    site_accept (site, "/", NULL, NULL);
    peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: y");
    if (many)
      peer_write_text (peer, "\r\n");
    for (int i = 0; i < 10000 && !peer_ended (peer) && !peer->input->len; i++) {
      peer_write_text (peer, piece);
      if (i % 50 == 0)
        turn ();
    }
    wait_until (peer_ended (peer) || peer->input->len);
    if (peer->input->len)
      g_assert_true (g_strstr_len ((char *) peer->input->data, 16, "HTTP/1.1 4") != NULL);
  }
}

/* When descriptors run out the server refuses, and goes on when there are some again. */
static void
descriptors_run_out (void)
{
  g_autoptr (Site) site = site_new ();
  struct rlimit before, few;
  Peer *peers[64];
  guint count = 0;
  g_autoptr (Peer) late = NULL;

  if (differs ("libsoup's loop spins, and does not recover"))
    return;
  site_accept (site, "/", NULL, NULL);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  few = before;
  few.rlim_cur = 48;
  settle (5);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &few));
  for (; count < G_N_ELEMENTS (peers); count++) {
    int descriptor = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
      break;
    close (descriptor);
    peers[count] = peer_connect (site->port);
  }
  settle (50);
  while (count)
    peer_free (peers[--count]);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  late = peer_connect (site->port);
  peer_upgrade (late, "/");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/masks-at-odd-offsets", masks_at_odd_offsets);
  test_wire ("pong-does-not-cut-a-frame", pong_does_not_cut_a_frame);
  test_pair ("idle-is-idle", idle_is_idle);
  test_wire ("peer-keeps-its-side-open", peer_keeps_its_side_open);
  test_wire ("long-reason", long_reason);
  test_wire ("fast-peer", fast_peer);
  g_test_add_func ("/server/overlapping-upgrades", overlapping_upgrades);
  g_test_add_func ("/server/endless-heads-cve-2026-12548", endless_heads);
  g_test_add_func ("/server/descriptors-run-out", descriptors_run_out);
  return g_test_run ();
}
