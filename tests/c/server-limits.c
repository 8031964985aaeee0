/* What libsoup does not have: a server's limits (bisque.h), first of all on time. Clients that keep it waiting. */

#include "common-limits.h"

#if !ON_LIBSOUP
/* ---- Deadlines ---- */

static void
silent (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME, 50);
  peer = peer_connect (site->port);
  wait_until (peer_ended (peer));
  g_assert_cmpuint (peer->input->len, ==, 0);
}

static void
idle (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = peer_connect (site->port);

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_IDLE_TIME, 50);
  peer_write_text (peer, GET);
  served (peer);
  wait_until (peer_ended (peer));
}

/* A byte now and then does not help. */
static void
slow_head (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_TIME, 100);
  peer = peer_connect (site->port);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: ");
  for (int i = 0; i < 1000 && !peer_ended (peer) && peer->input->len == 0; i++) {
    peer_write_text (peer, "x");
    settle (5);
  }
  g_assert_cmpuint (status_of (peer), ==, 408);
  wait_until (peer_ended (peer));
}

/* Nor does a byte of a TLS handshake. */
static void
slow_handshake (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HANDSHAKE_TIME, 100);
  peer = peer_connect (site->port);
  peer_write_hex (peer, "16 03 01 02 00 01 00 01 fc 03 03");
  for (int i = 0; i < 400 && !peer_ended (peer); i++) {
    peer_write_hex (peer, "00");
    settle (5);
  }
  wait_until (peer_ended (peer));
}

static void
missing_body (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODY_TIME, 50);
  peer = peer_connect (site->port);
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  g_assert_cmpuint (status_of (peer), ==, 408);
  wait_until (peer_ended (peer));
}

static void
huge (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer aborted)
{
  gsize size = 32 * 1024 * 1024;

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_malloc0 (size), size);
}

static void
count (SoupServer *server, SoupServerMessage *message, guint *number)
{
  (*number)++;
}

static void
unread_response (void)
{
  g_autoptr (Site) site = serving (huge, NULL);
  g_autoptr (Peer) peer = NULL;
  guint aborted = 0;

  g_signal_connect (site->server, "request-aborted", G_CALLBACK (count), &aborted);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_RESPONSE_TIME, 50);
  peer = peer_connect (site->port);
  peer_write_text (peer, GET);
  wait_until (aborted == 1);
}

static void
pauses (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer place)
{
  *(SoupServerMessage **) place = g_object_ref (message);
  soup_server_message_pause (message);
}

/* What the program has paused is never too late. */
static void
paused (void)
{
  SoupServerMessage *message = NULL;
  g_autoptr (Site) site = serving (pauses, &message);
  g_autoptr (Peer) peer = NULL;

  for (BisqueServerLimit limit = BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME; limit <= BISQUE_SERVER_LIMIT_IDLE_TIME; limit++)
    bisque_server_set_limit (site->server, limit, 20);
  peer = peer_connect (site->port);
  peer_write_text (peer, GET);
  wait_until (message);
  settle (100);
  g_assert_false (peer_ended (peer));
  hello (site->server, message, "/", NULL, NULL);
  soup_server_message_unpause (message);
  served (peer);
  g_object_unref (message);
}

/* Neither is a WebSocket. */
static void
websocket (void)
{
  g_autoptr (Site) site = site_new ();
  End *end;

  for (BisqueServerLimit limit = BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME; limit <= BISQUE_SERVER_LIMIT_IDLE_TIME; limit++)
    bisque_server_set_limit (site->server, limit, under_valgrind () ? 2000 : 200);
  site_accept (site, "/", NULL, NULL);
  end = site_connect (site, "/", NULL, NULL, NULL);
  settle (under_valgrind () ? 2500 : 300);
  g_assert_cmpint (soup_websocket_connection_get_state (end->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  end_free (end);
}

/* ---- Misuse ---- */

static void
misuse (void)
{
  g_autoptr (Site) site = site_new ();

  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_TIME), ==, 30000);
  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS), ==, 0);
  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_SIZE), ==, 128 * 1024);
  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_FIELDS), ==, 256);
  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_HANDSHAKE_TIME), ==, 30000);
  for (BisqueServerLimit limit = 0; limit <= BISQUE_SERVER_LIMIT_HANDSHAKE_TIME; limit++) {
    bisque_server_set_limit (site->server, limit, 12345 + limit);
    g_assert_cmpuint (bisque_server_get_limit (site->server, limit), ==, 12345 + limit);
  }
  critical (bisque_server_set_limit (NULL, BISQUE_SERVER_LIMIT_IDLE_TIME, 1));
  critical (bisque_server_set_limit (site->server, 99, 1));
  critical (g_assert_cmpuint (bisque_server_get_limit (NULL, BISQUE_SERVER_LIMIT_IDLE_TIME), ==, 0));
  critical (g_assert_cmpuint (bisque_server_get_limit (site->server, 99), ==, 0));
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/server-limits/time/first-byte", silent);
  g_test_add_func ("/server-limits/time/idle", idle);
  g_test_add_func ("/server-limits/time/slow-head", slow_head);
  g_test_add_func ("/server-limits/time/slow-handshake", slow_handshake);
  g_test_add_func ("/server-limits/time/missing-body", missing_body);
  g_test_add_func ("/server-limits/time/unread-response", unread_response);
  g_test_add_func ("/server-limits/time/paused", paused);
  g_test_add_func ("/server-limits/time/websocket", websocket);
  g_test_add_func ("/server-limits/misuse", misuse);
#endif
  return g_test_run ();
}
