/* The handshake's functions by themselves, and subprotocols from end to end. */

#include "common.h"

/* ---- The client's two ---- */

static void
prepare (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://example.com/"), plain = soup_message_new ("GET", "ws://example.com/");
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  char *protocols[] = { "chat", "superchat", NULL };

  soup_websocket_client_prepare_handshake (message, "http://example.com", protocols, NULL);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Upgrade"), ==, "websocket");
  g_assert_true (soup_message_headers_header_contains (headers, "Connection", "Upgrade"));
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Sec-WebSocket-Version"), ==, "13");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Origin"), ==, "http://example.com");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Sec-WebSocket-Protocol"), ==, "chat, superchat");
  g_assert_cmpint (strlen (soup_message_headers_get_one (headers, "Sec-WebSocket-Key")), ==, 24);
  g_assert_null (soup_message_headers_get_list (headers, "Sec-WebSocket-Extensions"));
  soup_websocket_client_prepare_handshake (plain, NULL, NULL, NULL);
  g_assert_null (soup_message_headers_get_one (soup_message_get_request_headers (plain), "Origin"));
  g_assert_null (soup_message_headers_get_one (soup_message_get_request_headers (plain), "Sec-WebSocket-Protocol"));
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_request_headers (plain), "Sec-WebSocket-Key"), !=,
                   soup_message_headers_get_one (headers, "Sec-WebSocket-Key"));
}

/* Whatever an application puts into a protocol's name, it is no header of its own. */
/* Issue 314. */
static void
no_protocols (void)
{
  char *rows[][2] = { { NULL }, { "", NULL } };

  if (differs ("libsoup 3.2 writes an empty header"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://127.0.0.1/");

    soup_websocket_client_prepare_handshake (message, NULL, rows[i], NULL);
    g_assert_null (
        soup_message_headers_get_list (soup_message_get_request_headers (message), "Sec-WebSocket-Protocol"));
  }
}

static void
protocols_with_line_breaks (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://example.com/");
  char *protocols[] = { "chat\r\nX-Evil: yes", NULL };
  const char *sent;

  if (differs ("libsoup puts it on the wire"))
    return;
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*soup_websocket_client_prepare_handshake*");
  soup_websocket_client_prepare_handshake (message, NULL, protocols, NULL);
  sent = soup_message_headers_get_list (soup_message_get_request_headers (message), "Sec-WebSocket-Protocol");
  g_assert_true (sent == NULL || strpbrk (sent, "\r\n") == NULL);
}

/* ---- The server's two, which a handler may call itself ---- */

typedef struct {
  char *origin;
  char **protocols;
  gboolean by_hand;
  GError *error;
  gboolean checked;
  guint calls;
} Checker;

static void
check (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Checker *checker = data;
  GList *accepted = NULL;

  (void) server, (void) path, (void) query;
  checker->calls++;
  g_clear_error (&checker->error);
  checker->checked
      = soup_websocket_server_check_handshake (message, checker->origin, checker->protocols, NULL, &checker->error);
  g_assert_true (checker->checked == !checker->error);
  if (checker->by_hand) {
    gboolean ok = soup_websocket_server_process_handshake (message, checker->origin, checker->protocols, NULL, &accepted);

    g_assert_true (ok == checker->checked);
    g_assert_null (accepted);
    g_assert_cmpint (soup_server_message_get_status (message), ==,
                     ok ? SOUP_STATUS_SWITCHING_PROTOCOLS
                        : g_error_matches (checker->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_ORIGIN)
                            ? SOUP_STATUS_FORBIDDEN
                            : SOUP_STATUS_BAD_REQUEST);
  } else {
    soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
  }
}

static char *
ask (Site *site, const char *more)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/");

  peer_write_text (peer, request);
  peer_write_text (peer, more);
  peer_write_text (peer, "\r\n");
  return peer_head (peer);
}

static void
server_helpers (void)
{
  char *protocols[] = { "chat", NULL };
  static const struct {
    const char *more;
    int error; /* -1: none */
  } cases[] = {
    { "Origin: http://good.example\r\n", -1 },
    { "Origin: http://good.example\r\nSec-WebSocket-Protocol: chat\r\n", -1 },
    { "Origin: http://bad.example\r\n", SOUP_WEBSOCKET_ERROR_BAD_ORIGIN },
    { "", SOUP_WEBSOCKET_ERROR_BAD_ORIGIN },
    { "Origin: http://good.example\r\nSec-WebSocket-Protocol: gossip\r\n", SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE },
  };

  for (int by_hand = 0; by_hand < 2; by_hand++) {
    g_autoptr (Site) site = site_new ();
    Checker checker = { "http://good.example", protocols, by_hand, NULL, FALSE, 0 };

    soup_server_add_handler (site->server, "/", check, &checker, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
      g_autofree char *answer = ask (site, cases[i].more);

      g_test_message ("case %u: %.12s", i, answer);
      g_assert_cmpint (checker.calls, ==, i + 1);
      if (cases[i].error < 0)
        g_assert_no_error (checker.error);
      else
        g_assert_error (checker.error, SOUP_WEBSOCKET_ERROR, cases[i].error);
    }
    g_clear_error (&checker.error);
  }
}

/* ---- Subprotocols from end to end ---- */

static void
subprotocols (char **clients, char **servers, const char *agreed, int error_code)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (End) client = NULL;

  site_accept (site, "/", NULL, servers);
  client = site_connect (site, "/", NULL, clients, &error);
  if (error_code >= 0) {
    g_assert_error (error, SOUP_WEBSOCKET_ERROR, error_code);
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpstr (soup_websocket_connection_get_protocol (client->connection), ==, agreed);
  g_assert_cmpstr (soup_websocket_connection_get_protocol (site_end (site, 0)->connection), ==, agreed);
}

#define LIST(...) ((char *[]){ __VA_ARGS__, NULL })

static void
protocol_negotiate (void)
{
  subprotocols (LIST ("aaa", "bbb", "ccc"), LIST ("bbb", "ccc", "ddd"), "bbb", -1);
}

static void
protocol_mismatch (void)
{
  subprotocols (LIST ("ddd", "eee", "fff"), LIST ("aaa", "bbb", "ccc"), NULL, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
}

static void
protocol_server_any (void)
{
  subprotocols (LIST ("aaa", "bbb", "ccc"), NULL, NULL, -1);
}

static void
protocol_client_any (void)
{
  subprotocols (NULL, LIST ("aaa", "bbb", "ccc"), NULL, -1);
}

static void
protocol_case (void)
{
  if (differs ("libsoup 3.2 compares without regard to case (#466)"))
    return;
  subprotocols (LIST ("AAA"), LIST ("aaa"), NULL, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  subprotocols (LIST ("AAA", "aaa"), LIST ("aaa"), "aaa", -1);
}

static void
origin_end_to_end (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (End) good = NULL, bad = NULL;

  site_accept (site, "/", "http://good.example", NULL);
  good = site_connect (site, "/", "http://good.example", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (soup_websocket_connection_get_origin (site_end (site, 0)->connection), ==, "http://good.example");
  bad = site_connect (site, "/", "http://bad.example", NULL, &error);
  g_assert_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/prepare-handshake", prepare);
  g_test_add_func ("/client/protocols-with-line-breaks", protocols_with_line_breaks);
  g_test_add_func ("/server/check-and-process-handshake", server_helpers);
  g_test_add_func ("/served/protocol-negotiate", protocol_negotiate);
  g_test_add_func ("/served/protocol-mismatch", protocol_mismatch);
  g_test_add_func ("/served/protocol-server-any", protocol_server_any);
  g_test_add_func ("/served/protocol-client-any", protocol_client_any);
  g_test_add_func ("/served/protocol-negotiate-case-sensitive", protocol_case);
  g_test_add_func ("/served/origin", origin_end_to_end);
  g_test_add_func ("/handshake/issue-314-no-protocols", no_protocols);
  return g_test_run ();
}
