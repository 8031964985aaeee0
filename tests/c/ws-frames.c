/* Frames that a peer must not send: each gives one "error", the right close code, and nothing else is delivered. */

#include "common.h"

#include <sys/socket.h>

static void
bad (Wire *wire, const char *to_client, const char *to_server, guint16 code)
{
  peer_write_hex (wire->peer, wire->peer->masks ? to_server : to_client);
  wire_fails (wire, code);
  g_assert_cmpint (wire->end->messages->len, ==, 0);
}

static void
wrong_mask (Wire *wire)
{
  /* A client may not be sent masked frames, a server only those (RFC 6455, section 5.1). */
  bad (wire, "81 85 37 fa 21 3d 7f 9f 4d 51 58", "81 05 48 65 6c 6c 6f", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
length_16_not_minimal (Wire *wire)
{
  bad (wire, "81 7e 00 05 48 65 6c 6c 6f", "81 fe 00 05 00 00 00 00 48 65 6c 6c 6f", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
length_64_not_minimal (Wire *wire)
{
  bad (wire, "82 7f 00 00 00 00 00 00 00 05 48 65 6c 6c 6f", "82 ff 00 00 00 00 00 00 00 05 00 00 00 00 48 65 6c 6c 6f",
       SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
length_64_fits_16 (Wire *wire)
{
  bad (wire, "82 7f 00 00 00 00 00 00 ff ff", "82 ff 00 00 00 00 00 00 ff ff 00 00 00 00",
       SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
reserved_bits (Wire *wire)
{
  bad (wire, "91 05 48 65 6c 6c 6f", "91 85 00 00 00 00 48 65 6c 6c 6f", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
compressed_without_deflate (Wire *wire)
{
  bad (wire, "c1 07 f2 48 cd c9 c9 07 00", "c1 87 00 00 00 00 f2 48 cd c9 c9 07 00", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
unknown_data_opcode (Wire *wire)
{
  bad (wire, "83 00", "83 80 00 00 00 00", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
unknown_control_opcode (Wire *wire)
{
  bad (wire, "8b 00", "8b 80 00 00 00 00", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
fragmented_ping (Wire *wire)
{
  bad (wire, "09 00", "09 80 00 00 00 00", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
continuation_of_nothing (Wire *wire)
{
  bad (wire, "80 01 61", "80 81 00 00 00 00 61", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

/* CVE-less #469: what comes after the error must not complete the message that was under way. */
static void
fragment_assembly_corruption (Wire *wire)
{
  if (wire->peer->masks) {
    peer_send_text (wire->peer, 0x01, "START_FRAGMENT_1");
    peer_send_text (wire->peer, 0x02, "WRONG_OPCODE_XXX");
    peer_send_text (wire->peer, 0x00, "INJECTED");
    peer_send_text (wire->peer, 0x80, "_DATA");
  } else {
    peer_write_hex (wire->peer, "01 10 53 54 41 52 54 5f 46 52 41 47 4d 45 4e 54 5f 31"
                                "02 10 57 52 4f 4e 47 5f 4f 50 43 4f 44 45 5f 58 58 58"
                                "00 08 49 4e 4a 45 43 54 45 44 80 05 5f 44 41 54 41");
  }
  wait_until (wire->end->error);
  settle (20);
  if (!differs ("libsoup 3.2 delivers what follows an error (#469)"))
    g_assert_cmpint (wire->end->messages->len, ==, 0);
  g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
  peer_expect_close (wire->peer, 1002);
}

static void
nothing_follows_an_error (Wire *wire)
{
  if (differs ("libsoup 3.2 delivers what follows an error (#469)"))
    return;
  peer_send_text (wire->peer, 0x81, "before");
  peer_send_text (wire->peer, 0x83, "");
  peer_send_text (wire->peer, 0x81, "after");
  peer_send_text (wire->peer, 0x89, "ping");
  peer_expect_close (wire->peer, 1002);
  peer_shutdown (wire->peer);
  wait_until (end_closed (wire->end) && peer_ended (wire->peer));
  /* No pong after the close frame, no second close frame. */
  g_assert_cmpint (wire->peer->input->len, ==, 0);
  g_assert_cmpstr (end_messages (wire->end), ==, "before");
  g_assert_true (g_str_has_prefix (wire->end->log->str, "message error"));
}

static void
text_that_is_not_utf8 (Wire *wire)
{
  static const char *const texts[] = { "\xff", "ok\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Wire) one = wire_new (wire->peer->masks ? SOUP_WEBSOCKET_CONNECTION_SERVER
                                                       : SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);

    peer_send_text (one->peer, 0x81, texts[i]);
    wire_fails (one, SOUP_WEBSOCKET_CLOSE_BAD_DATA);
    g_assert_cmpint (one->end->messages->len, ==, 0);
  }
}

static void
utf8_fails_fast (Wire *wire)
{
  if (differs ("libsoup checks a text at its end"))
    return;
  peer_send_text (wire->peer, 0x01, "a fragment with \xc0\xaf and no end");
  wire_fails (wire, SOUP_WEBSOCKET_CLOSE_BAD_DATA);
}

static void
binary_is_not_checked (Wire *wire)
{
  peer_send_text (wire->peer, 0x82, "\xff\xfe");
  wait_until (wire->end->messages->len == 1);
}

/* ---- Control frames ---- */

static void
ping_is_answered (Wire *wire)
{
  static const guint8 payload[125] = { 1, 2, 3, [124] = 0xff };

  for (gsize size = 0; size <= 125; size += size ? 62 : 1) {
    g_autoptr (Frame) pong = NULL;

    peer_send (wire->peer, 0x89, payload, size);
    pong = peer_frame (wire->peer);
    g_assert_cmphex (pong->header, ==, 0x8a);
    g_assert_cmpmem (g_bytes_get_data (pong->payload, NULL), g_bytes_get_size (pong->payload), payload, size);
  }
  g_assert_cmpstr (wire->end->log->str, ==, "");
}

static void
pong_is_a_gbytes (Wire *wire)
{
  if (differs ("libsoup passes a GByteArray (CVE-2026-102556)"))
    return;
  peer_send_text (wire->peer, 0x8a, "unasked");
  wait_until (wire->end->pong);
  g_assert_cmpmem (g_bytes_get_data (wire->end->pong, NULL), g_bytes_get_size (wire->end->pong), "unasked", 7);
  peer_send (wire->peer, 0x8a, NULL, 0);
  wait_until (g_bytes_get_size (wire->end->pong) == 0);
  g_assert_cmpstr (wire->end->log->str, ==, "pong pong");
}

static void
control_frames_longer_than_125 (Wire *wire)
{
  static const guint8 headers[] = { 0x88, 0x89, 0x8a };

  if (differs ("libsoup accepts them (CVE-2026-15711)"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    for (int form = 0; form < 2; form++) {
      g_autoptr (Wire) one = wire_new (wire->peer->masks ? SOUP_WEBSOCKET_CONNECTION_SERVER
                                                         : SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);
      guint8 mask = wire->peer->masks ? 0x80 : 0;
      guint8 head[10] = { headers[i], mask | (form ? 127 : 126), 0, form ? 0 : 126, [9] = 126 };

      /* Refused at the header: no payload is waited for. */
      peer_write (one->peer, head, form ? 10 : 4);
      wire_fails (one, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
    }
  }
}

static void
length_with_the_highest_bit (Wire *wire)
{
  if (differs ("libsoup has no rule for it"))
    return;
  soup_websocket_connection_set_max_incoming_payload_size (wire->end->connection, 0);
  bad (wire, "82 7f 80 00 00 00 00 00 00 01", "82 ff 80 00 00 00 00 00 00 01", SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

/* CVE-2026-0716 and CVE-2026-12478: a length so great that adding a header to it wraps. */
static void
length_that_wraps (Wire *wire)
{
  if (differs ("libsoup 3.2 reads out of bounds (CVE-2026-0716)"))
    return;
  soup_websocket_connection_set_max_incoming_payload_size (wire->end->connection, 0);
  peer_write_hex (wire->peer, wire->peer->masks ? "82 ff ff ff ff ff ff ff ff f6 aa bb cc dd" : "82 7f ff ff ff ff ff ff ff f6");
  wait_until (wire->end->error);
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

/* A length that could be, but never comes: nothing is allocated for it, and the connection is alive. */
static void
length_that_never_comes (Wire *wire)
{
  soup_websocket_connection_set_max_incoming_payload_size (wire->end->connection, 0);
#if !ON_LIBSOUP
  soup_websocket_connection_set_max_total_message_size (wire->end->connection, 0);
#endif
  peer_write_hex (wire->peer, wire->peer->masks ? "82 ff 00 00 7f ff ff ff ff ff 00 00 00 00" : "82 7f 00 00 7f ff ff ff ff ff");
  peer_write_text (wire->peer, "a few bytes of it");
  settle (20);
  g_assert_cmpstr (wire->end->log->str, ==, "");
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

/* #391, CVE-2024-52532: one error, and the loop goes on, however much garbage comes. */
static void
endless_garbage (Wire *wire)
{
  g_autofree guint8 *garbage = g_malloc (64 * 1024);
  gint64 end = g_get_monotonic_time () + 300 * 1000;

  if (differs ("libsoup 3.2 hangs in its read loop (CVE-2024-52532)"))
    return;
  memset (garbage, 0xff, 64 * 1024);
  while (g_get_monotonic_time () < end && !end_closed (wire->end)) {
    if (send (wire->peer->descriptor, garbage, 64 * 1024, MSG_NOSIGNAL) < 0)
      settle (1);
    turn ();
  }
  g_assert_nonnull (wire->end->error);
  g_assert_true (g_str_has_prefix (wire->end->log->str, "error"));
  g_assert_null (strstr (wire->end->log->str + 5, "error"));
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
}

static void
registered_codes_up_to_1014 (Wire *wire)
{
  if (differs ("libsoup refuses them"))
    return;
  for (guint16 code = 1012; code <= 1014; code++) {
    g_autoptr (Wire) one = wire_new (wire->peer->masks ? SOUP_WEBSOCKET_CONNECTION_SERVER
                                                       : SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);

    peer_send_close (one->peer, code);
    peer_expect_close (one->peer, code);
    peer_close (one->peer);
    wait_until (end_closed (one->end));
    g_assert_cmpint (soup_websocket_connection_get_close_code (one->end->connection), ==, code);
    g_assert_cmpstr (one->end->log->str, ==, "closing closed");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_wire ("wrong-mask", wrong_mask);
  test_wire ("receive-invalid-encode-length-16", length_16_not_minimal);
  test_wire ("receive-invalid-encode-length-64", length_64_not_minimal);
  test_wire ("receive-invalid-encode-length-64-fits-16", length_64_fits_16);
  test_wire ("reserved-bits", reserved_bits);
  test_wire ("compressed-without-deflate", compressed_without_deflate);
  test_wire ("unknown-data-opcode", unknown_data_opcode);
  test_wire ("unknown-control-opcode", unknown_control_opcode);
  test_wire ("fragmented-ping", fragmented_ping);
  test_wire ("continuation-of-nothing", continuation_of_nothing);
  test_wire ("fragment-assembly-corruption", fragment_assembly_corruption);
  test_wire ("nothing-follows-an-error", nothing_follows_an_error);
  test_wire ("text-that-is-not-utf8", text_that_is_not_utf8);
  test_wire ("utf8-fails-fast", utf8_fails_fast);
  test_wire ("binary-is-not-checked", binary_is_not_checked);
  test_wire ("ping-is-answered", ping_is_answered);
  test_wire ("pong-is-a-gbytes-cve-2026-102556", pong_is_a_gbytes);
  test_wire ("control-frames-longer-than-125-cve-2026-15711", control_frames_longer_than_125);
  test_wire ("length-with-the-highest-bit", length_with_the_highest_bit);
  test_wire ("length-that-wraps-cve-2026-0716-and-12478", length_that_wraps);
  test_wire ("length-that-never-comes-cve-2026-102558", length_that_never_comes);
  test_wire ("endless-garbage-cve-2024-52532", endless_garbage);
  test_wire ("registered-codes-up-to-1014", registered_codes_up_to_1014);
  return g_test_run ();
}
