/* What a server makes of a request for a WebSocket: raw clients, subprotocols, origins, the handler's order. */

#include "common.h"

#include <stdlib.h>

/* Sends the request with these lines more, and returns the answer's head. */
static char *
ask (Site *site, Peer *peer, const char *path, const char *more)
{
  g_autofree char *request = upgrade_request (path);

  (void) site;
  peer_write_text (peer, request);
  if (more)
    peer_write_text (peer, more);
  peer_write_text (peer, "\r\n");
  return peer_head (peer);
}

static void
expect (Site *site, const char *path, const char *more, guint status, const char *line)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *answer = ask (site, peer, path, more);
  g_autofree char *start = g_strdup_printf ("HTTP/1.1 %u ", status);

  if (!g_str_has_prefix (answer, start))
    g_error ("%s%s: expected %u, got: %s", path, more ? more : "", status, answer);
  if (line && !strstr (answer, line))
    g_error ("%s%s: expected %s in: %s", path, more ? more : "", line, answer);
}

static void
answer (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *head = NULL, *lower = NULL;

  site_accept (site, "/place", NULL, NULL);
  head = ask (site, peer, "/place", NULL);
  lower = g_ascii_strdown (head, -1);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 Switching Protocols\r\n"));
  g_assert_nonnull (strstr (lower, "\r\nupgrade: websocket\r\n"));
  g_assert_nonnull (strstr (lower, "\r\nconnection: upgrade\r\n"));
  g_assert_nonnull (strstr (head, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  g_assert_null (strstr (lower, "sec-websocket-protocol"));
  g_assert_null (strstr (lower, "sec-websocket-extensions"));
  g_assert_null (strstr (lower, "content-length"));
  g_assert_null (strstr (lower, "transfer-encoding"));
  peer_send_text (peer, 0x81, "hello");
  wait_until (site_end (site, 0)->messages->len == 1);
  g_assert_cmpstr (site->path, ==, "/place");
}

static void
connection_has_properties (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *head = NULL, *uri = NULL;
  char *protocols[] = { "chat", NULL };
  SoupWebsocketConnection *connection;

  site_accept (site, "/", NULL, protocols);
  head = ask (site, peer, "/a/place?x=y", "Origin: http://example.com\r\nSec-WebSocket-Protocol: chat\r\n");
  connection = site_end (site, 0)->connection;
  uri = g_uri_to_string (soup_websocket_connection_get_uri (connection));
  g_assert_true (g_str_has_suffix (uri, "://127.0.0.1/a/place?x=y") || g_strrstr (uri, "/a/place?x=y"));
  g_assert_cmpstr (soup_websocket_connection_get_origin (connection), ==, "http://example.com");
  g_assert_cmpstr (soup_websocket_connection_get_protocol (connection), ==, "chat");
  g_assert_true (G_IS_SOCKET_CONNECTION (soup_websocket_connection_get_io_stream (connection)) ||
                 G_IS_IO_STREAM (soup_websocket_connection_get_io_stream (connection)));
  g_assert_null (soup_websocket_connection_get_extensions (connection));
}

static void
frames_with_the_request (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/");
  g_autofree char *all = g_strconcat (request, "\r\n", NULL);
  g_autoptr (GByteArray) segment = g_byte_array_new ();
  g_autofree char *head = NULL;
  static const guint8 frames[] = { 0x81, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2, 0x82, 0x80, 0, 0, 0, 0 };

  site_accept (site, "/", NULL, NULL);
  g_byte_array_append (segment, (guint8 *) all, strlen (all));
  g_byte_array_append (segment, frames, sizeof frames);
  peer_write (peer, segment->data, segment->len);
  head = peer_head (peer);
  wait_until (site_end (site, 0)->messages->len == 2);
  g_assert_cmpstr (end_messages (site_end (site, 0)), ==, "hi|");
}

static void
bad_requests (void)
{
  g_autoptr (Site) site = site_new ();
  static const struct {
    const char *request;
    guint status; /* 0: any but 101 */
  } cases[] = {
    { "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 0 },
    { "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", 0 },
    { "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 0 },
    { "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: carrier-pigeon\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 0 },
    { "POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Content-Length: 0\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 0 },
  };

  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Peer) peer = peer_connect (site->port);
    g_autofree char *head = NULL;
    guint status;

    peer_write_text (peer, cases[i].request);
    head = peer_head (peer);
    g_assert_nonnull (head);
    status = atoi (head + strlen ("HTTP/1.1 "));
    g_test_message ("case %u: %u", i, status);
    if (cases[i].status)
      g_assert_cmpint (status, ==, cases[i].status);
    g_assert_cmpint (status, >=, 400);
    g_assert_cmpint (status, <, 600);
  }
  g_assert_cmpint (site->opened->len, ==, 0);
}

static void
header_values_may_be_lists (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *head = NULL;

  site_accept (site, "/", NULL, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n"
                         "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
}

static void
origins (void)
{
  g_autoptr (Site) site = site_new ();

  site_accept (site, "/", "http://good.example", NULL);
  expect (site, "/", "Origin: http://good.example\r\n", 101, NULL);
  expect (site, "/", "Origin: HTTP://GOOD.example\r\n", 101, NULL);
  expect (site, "/", "Origin: http://bad.example\r\n", 403, NULL);
  expect (site, "/", "Origin: http://good.example.\r\n", 403, NULL);
  expect (site, "/", "Origin: http://good.example:8080\r\n", 403, NULL);
  expect (site, "/", "Origin: https://good.example\r\n", 403, NULL);
  expect (site, "/", "Origin: null\r\n", 403, NULL);
  expect (site, "/", NULL, 403, NULL);
  g_assert_cmpint (site->opened->len, ==, 2);
}

static void
protocols (void)
{
  g_autoptr (Site) site = site_new ();
  char *spoken[] = { "ccc", "aaa", "bbb", NULL };

  site_accept (site, "/", NULL, spoken);
  site_accept (site, "/any", NULL, NULL);
  /* The first of the server's that the client speaks. */
  expect (site, "/", "Sec-WebSocket-Protocol: zzz, bbb, aaa\r\n", 101, "\r\nSec-WebSocket-Protocol: aaa\r\n");
  g_assert_cmpstr (soup_websocket_connection_get_protocol (site_end (site, 0)->connection), ==, "aaa");
  expect (site, "/", "Sec-WebSocket-Protocol: yyy, zzz\r\n", 400, NULL);
  /* A client that names none is welcome all the same. */
  expect (site, "/", NULL, 101, NULL);
  g_assert_cmpstr (soup_websocket_connection_get_protocol (site_end (site, 1)->connection), ==, NULL);
  /* A server that names none takes all, and chooses none. */
  expect (site, "/any", "Sec-WebSocket-Protocol: aaa, bbb\r\n", 101, NULL);
  g_assert_cmpstr (soup_websocket_connection_get_protocol (site_end (site, 2)->connection), ==, NULL);
}

static void
protocols_in_several_headers (void)
{
  g_autoptr (Site) site = site_new ();
  char *spoken[] = { "bbb", NULL };

  site_accept (site, "/", NULL, spoken);
  expect (site, "/", "Sec-WebSocket-Protocol: zzz\r\nSec-WebSocket-Protocol: bbb\r\n", 101,
          "\r\nSec-WebSocket-Protocol: bbb\r\n");
}

/* #466 */
static void
protocols_are_case_sensitive (void)
{
  g_autoptr (Site) site = site_new ();
  char *spoken[] = { "Chat", NULL };

  if (differs ("libsoup 3.2 compares without regard to case (#466)"))
    return;
  site_accept (site, "/", NULL, spoken);
  expect (site, "/", "Sec-WebSocket-Protocol: chat\r\n", 400, NULL);
  expect (site, "/", "Sec-WebSocket-Protocol: chat, Chat\r\n", 101, "\r\nSec-WebSocket-Protocol: Chat\r\n");
}

static void
nothing_there (void)
{
  g_autoptr (Site) site = site_new ();

  expect (site, "/", NULL, 404, NULL);
  site_accept (site, "/deep/er", NULL, NULL);
  expect (site, "/deep", NULL, 404, NULL);
  expect (site, "/deep/er", NULL, 101, NULL);
  expect (site, "/deep/er/still", NULL, 101, NULL);
  /* The path is a prefix, not a list of names. */
  expect (site, "/deep/erx", NULL, 101, NULL);
  expect (site, "/deep/e", NULL, 404, NULL);
}

/* A handshake that comes at a byte a time is a handshake. */
static void
slow_request (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/"), *head = NULL;

  site_accept (site, "/", NULL, NULL);
  for (const char *at = request; *at; at++) {
    peer_write (peer, at, 1);
    if ((at - request) % 16 == 0)
      turn ();
  }
  peer_write_text (peer, "\r\n");
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
}

static void
two_origins (void)
{
  g_autoptr (Site) site = site_new ();

  site_accept (site, "/", "http://good.example", NULL);
  expect (site, "/", "Origin: http://good.example\r\nOrigin: http://bad.example\r\n", 403, NULL);
}

static void
request_that_is_smuggled (void)
{
  static const char *const requests[] = {
    "GET / HTTP/1.1\r\nHost\0: x\r\n\r\n",
    "GET /\r\n HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n",
  };
  static const gsize lengths[] = { 29, 0, 0, 0 };
  g_autoptr (Site) site = site_new ();

  if (differs ("libsoup 3.2 accepts them (CVE-2024-52530, CVE-2025-14523, CVE-2026-2708)"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (Peer) peer = peer_connect (site->port);
    g_autofree char *head = NULL;

    peer_write (peer, requests[i], lengths[i] ? lengths[i] : strlen (requests[i]));
    head = peer_head (peer);
    if (!head || !g_str_has_prefix (head, "HTTP/1.1 400 "))
      g_error ("request %u: %s", i, head);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/answer", answer);
  g_test_add_func ("/server/connection-has-properties", connection_has_properties);
  g_test_add_func ("/server/frames-with-the-request", frames_with_the_request);
  g_test_add_func ("/server/bad-requests", bad_requests);
  g_test_add_func ("/server/header-values-may-be-lists", header_values_may_be_lists);
  g_test_add_func ("/server/origins", origins);
  g_test_add_func ("/server/two-origins", two_origins);
  g_test_add_func ("/server/protocols", protocols);
  g_test_add_func ("/server/protocols-in-several-headers", protocols_in_several_headers);
  g_test_add_func ("/server/protocol-negotiate-case-sensitive", protocols_are_case_sensitive);
  g_test_add_func ("/server/nothing-there", nothing_there);
  g_test_add_func ("/server/slow-request", slow_request);
  g_test_add_func ("/server/request-that-is-smuggled", request_that_is_smuggled);
  return g_test_run ();
}
