/* The raw peer: bytes and frames by hand, over a descriptor that never blocks. */

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const guint8 MASK[4] = { 0x37, 0xfa, 0x21, 0x3d };

Peer *
peer_new (int descriptor, gboolean masks)
{
  Peer *peer = g_new0 (Peer, 1);

  g_assert_no_errno (fcntl (descriptor, F_SETFL, O_NONBLOCK));
  peer->descriptor = descriptor;
  peer->masks = masks;
  peer->input = g_byte_array_new ();
  return peer;
}

static struct sockaddr_in
local (guint16 port)
{
  return (struct sockaddr_in){
    .sin_family = AF_INET, .sin_port = g_htons (port), .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)
  };
}

Peer *
peer_connect (guint16 port)
{
  struct sockaddr_in address = local (port);
  int descriptor = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (descriptor);
  g_assert_no_errno (connect (descriptor, (struct sockaddr *) &address, sizeof address));
  return peer_new (descriptor, TRUE);
}

int
peer_listen (guint16 *port)
{
  struct sockaddr_in address = local (0);
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (listener, 16));
  g_assert_no_errno (getsockname (listener, (struct sockaddr *) &address, &length));
  *port = g_ntohs (address.sin_port);
  return listener;
}

Peer *
peer_accept (int listener)
{
  int descriptor;

  wait_until ((descriptor = accept (listener, NULL, NULL)) >= 0);
  return peer_new (descriptor, FALSE);
}

void
peer_free (Peer *peer)
{
  peer_close (peer);
  g_byte_array_unref (peer->input);
  g_free (peer);
}

void
peer_write (Peer *peer, gconstpointer data, gsize length)
{
  const guint8 *bytes = data;

  while (length) {
    gssize wrote;

    /* The loop runs meanwhile, lest the other side cannot read. */
    wait_until ((wrote = send (peer->descriptor, bytes, length, MSG_NOSIGNAL)) >= 0 || errno != EAGAIN);
    if (wrote < 0)
      return; /* it has gone: the test sees that elsewhere */
    bytes += wrote;
    length -= wrote;
  }
}

void
peer_write_text (Peer *peer, const char *text)
{
  peer_write (peer, text, strlen (text));
}

void
peer_write_hex (Peer *peer, const char *hex)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  while (*hex) {
    if (g_ascii_isxdigit (hex[0])) {
      guint8 byte = g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]);

      g_byte_array_append (bytes, &byte, 1);
      hex++;
    }
    hex++;
  }
  peer_write (peer, bytes->data, bytes->len);
}

void
peer_send (Peer *peer, guint8 header, gconstpointer payload, gsize length)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  guint8 mask = peer->masks ? 0x80 : 0;
  gsize start;

  g_byte_array_append (frame, &header, 1);
  if (length < 126) {
    g_byte_array_append (frame, (guint8[]){ mask | length }, 1);
  } else if (length < 65536) {
    g_byte_array_append (frame, (guint8[]){ mask | 126, length >> 8, length }, 3);
  } else {
    guint64 big = GUINT64_TO_BE (length);

    g_byte_array_append (frame, (guint8[]){ mask | 127 }, 1);
    g_byte_array_append (frame, (guint8 *) &big, 8);
  }
  if (mask)
    g_byte_array_append (frame, MASK, 4);
  start = frame->len;
  if (length)
    g_byte_array_append (frame, payload, length);
  for (gsize i = 0; mask && i < length; i++)
    frame->data[start + i] ^= MASK[i % 4];
  peer_write (peer, frame->data, frame->len);
}

void
peer_send_text (Peer *peer, guint8 header, const char *payload)
{
  peer_send (peer, header, payload, strlen (payload));
}

void
peer_send_close (Peer *peer, guint16 code)
{
  peer_send (peer, 0x88, (guint8[]){ code >> 8, code }, 2);
}

void
peer_shutdown (Peer *peer)
{
  shutdown (peer->descriptor, SHUT_WR);
}

void
peer_close (Peer *peer)
{
  if (peer->descriptor >= 0)
    close (peer->descriptor);
  peer->descriptor = -1;
}

gboolean
peer_ended (Peer *peer)
{
  guint8 buffer[65536];
  gssize got;

  while (!peer->ended && (got = recv (peer->descriptor, buffer, sizeof buffer, 0)) != -1) {
    if (got == 0)
      peer->ended = TRUE;
    else
      g_byte_array_append (peer->input, buffer, got);
  }
  if (!peer->ended && errno == ECONNRESET)
    peer->ended = TRUE;
  return peer->ended;
}

/* A whole frame out of what has arrived, or NULL. */
static Frame *
parse (Peer *peer)
{
  const guint8 *data = peer->input->data;
  gsize have = peer->input->len, start = 2, length;
  guint8 *payload;
  gboolean masked;
  Frame *frame;

  if (have < 2)
    return NULL;
  masked = (data[1] & 0x80) != 0;
  length = data[1] & 0x7f;
  if (length == 126) {
    if (have < 4)
      return NULL;
    length = data[2] << 8 | data[3];
    start = 4;
  } else if (length == 127) {
    if (have < 10)
      return NULL;
    length = 0;
    for (int i = 2; i < 10; i++)
      length = length << 8 | data[i];
    start = 10;
  }
  if (have < start + (masked ? 4 : 0) + length)
    return NULL;
  if (masked)
    start += 4;
  payload = g_malloc (length + 1);
  for (gsize i = 0; i < length; i++)
    payload[i] = data[start + i] ^ (masked ? data[start - 4 + i % 4] : 0);
  payload[length] = '\0';
  frame = g_new0 (Frame, 1);
  frame->header = data[0];
  frame->masked = masked;
  frame->payload = g_bytes_new_take (payload, length);
  g_byte_array_remove_range (peer->input, 0, start + length);
  return frame;
}

Frame *
peer_frame (Peer *peer)
{
  Frame *frame = NULL;

  wait_until ((frame = parse (peer)) || peer_ended (peer) || (frame = parse (peer)));
  if (!frame)
    frame = parse (peer);
  if (!frame)
    g_error ("the connection ended where a frame was expected");
  /* RFC 6455, section 5.1: a client masks, a server does not. */
  g_assert_cmpint (frame->masked, ==, !peer->masks);
  return frame;
}

void
frame_free (Frame *frame)
{
  g_bytes_unref (frame->payload);
  g_free (frame);
}

void
peer_expect_close (Peer *peer, guint16 code)
{
  g_autoptr (Frame) frame = peer_frame (peer);
  gsize size;
  const guint8 *payload = g_bytes_get_data (frame->payload, &size);

  g_assert_cmphex (frame->header, ==, 0x88);
  g_assert_cmpint (size < 2 ? SOUP_WEBSOCKET_CLOSE_NO_STATUS : payload[0] << 8 | payload[1], ==, code);
}

static const char *
head_end (Peer *peer)
{
  return peer->input->len ? g_strstr_len ((char *) peer->input->data, peer->input->len, "\r\n\r\n") : NULL;
}

char *
peer_head (Peer *peer)
{
  const char *end;
  char *head;

  wait_until (peer_ended (peer) || head_end (peer));
  end = head_end (peer);
  if (!end)
    return NULL;
  head = g_strndup ((char *) peer->input->data, end + 2 - (char *) peer->input->data);
  g_byte_array_remove_range (peer->input, 0, strlen (head) + 2);
  return head;
}

char *
upgrade_request (const char *path)
{
  return g_strdup_printf ("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                          path);
}

void
peer_upgrade (Peer *peer, const char *path)
{
  g_autofree char *request = upgrade_request (path), *answer = NULL;

  peer_write_text (peer, request);
  peer_write_text (peer, "\r\n");
  answer = peer_head (peer);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 "));
  /* RFC 6455, section 1.3 has this key and its answer. */
  g_assert_nonnull (strstr (answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
}

void
peer_accept_upgrade (Peer *peer, const char *more_headers, gconstpointer more, gsize length)
{
  g_autofree char *request = peer_head (peer);

  peer_switch (peer, request, more_headers, more, length);
}

void
peer_switch (Peer *peer, const char *request, const char *more_headers, gconstpointer more, gsize length)
{
  g_autofree char *key = NULL, *accept = NULL, *head = NULL;
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 digest[20];
  gsize size = sizeof digest;
  char *start = strstr (request, "Sec-WebSocket-Key: ");

  g_assert_nonnull (start);
  start += strlen ("Sec-WebSocket-Key: ");
  key = g_strndup (start, strcspn (start, "\r"));
  g_checksum_update (sha1, (guchar *) key, -1);
  g_checksum_update (sha1, (guchar *) "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
  g_checksum_get_digest (sha1, digest, &size);
  accept = g_base64_encode (digest, size);
  head = g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                          accept, more_headers ? more_headers : "");
  g_byte_array_append (all, (guint8 *) head, strlen (head));
  if (length)
    g_byte_array_append (all, more, length);
  peer_write (peer, all->data, all->len);
}

/* ---- A connection under test and its raw peer ---- */

Wire *
wire_new (SoupWebsocketConnectionType type, GList *extensions)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GIOStream) stream = NULL;
  Wire *wire = g_new0 (Wire, 1);
  int other;

  stream_pair (&stream, &other);
  wire->peer = peer_new (other, type == SOUP_WEBSOCKET_CONNECTION_SERVER);
  wire->end = end_new (soup_websocket_connection_new (stream, uri, type, NULL, NULL, extensions));
  return wire;
}

void
wire_free (Wire *wire)
{
  g_clear_pointer (&wire->end, end_free);
  g_clear_pointer (&wire->peer, peer_free);
  g_free (wire);
}

void
wire_fails (Wire *wire, guint16 code)
{
  peer_expect_close (wire->peer, code);
  g_assert_error (wire->end->error, SOUP_WEBSOCKET_ERROR, code);
  g_assert_cmpstr (wire->end->error->message, !=, "");
  peer_close (wire->peer);
  wait_until (end_closed (wire->end));
  g_assert_true (g_str_has_suffix (wire->end->log->str, "error closed") ||
                 g_str_has_suffix (wire->end->log->str, "error closing closed"));
}

typedef struct {
  void (*test) (Wire *wire);
  SoupWebsocketConnectionType type;
} WireTest;

static void
run_wire_test (gconstpointer data)
{
  const WireTest *test = data;
  g_autoptr (Wire) wire = wire_new (test->type, NULL);

  test->test (wire);
}

void
test_wire (const char *name, void (*test) (Wire *wire))
{
  for (int type = SOUP_WEBSOCKET_CONNECTION_CLIENT; type <= SOUP_WEBSOCKET_CONNECTION_SERVER; type++) {
    g_autofree char *path =
        g_strdup_printf ("/%s/%s", type == SOUP_WEBSOCKET_CONNECTION_CLIENT ? "client" : "server", name);
    WireTest *with = g_new (WireTest, 1);

    *with = (WireTest){ test, type };
    g_test_add_data_func_full (path, with, run_wire_test, g_free);
  }
}
