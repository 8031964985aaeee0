/* How a server ends: at once, as libsoup's does, or in its own time (bisque.h). */

#include "common.h"

#if !ON_LIBSOUP
#include <bisque.h>
#endif

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

/* Keeps the message until the test has it answered. */
static void
pauses (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer place)
{
  *(SoupServerMessage **) place = g_object_ref (message);
  hello (server, message, path, query, NULL);
  soup_server_message_pause (message);
}

static gboolean
answered (Peer *peer)
{
  return !peer_ended (peer) && peer->input->len > 5
         && memcmp (peer->input->data + peer->input->len - 5, "hello", 5) == 0;
}

/* Nobody listens at that port any more. */
static void
refused (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* soup_server_disconnect() cuts off whatever is HTTP, and leaves WebSockets alone. */
static void
disconnects (void)
{
  SoupServerMessage *message = NULL;
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) idle = peer_connect (site->port);
  g_autoptr (Peer) silent = peer_connect (site->port);
  g_autoptr (Peer) half = peer_connect (site->port);
  g_autoptr (Peer) waiting = peer_connect (site->port);
  End *client;

  soup_server_add_handler (site->server, NULL, hello, NULL, NULL);
  soup_server_add_handler (site->server, "/pause", pauses, &message, NULL);
  site_accept (site, "/socket", NULL, NULL);
  client = site_connect (site, "/socket", NULL, NULL, NULL);
  peer_write_text (idle, GET);
  peer_write_text (half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
  peer_write_text (waiting, "GET /pause HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_until (answered (idle) && message);

  soup_server_disconnect (site->server);
  g_assert_null (soup_server_get_listeners (site->server));
  refused (site->port);
  wait_until (peer_ended (idle) && peer_ended (silent) && peer_ended (half) && peer_ended (waiting));
  g_assert_cmpuint (waiting->input->len, ==, 0);
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  g_object_unref (message);

  g_assert_cmpint (soup_websocket_connection_get_state (client->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  soup_websocket_connection_send_text (client->connection, "still here");
  wait_until (site_end (site, 0)->messages->len == 1);
  end_free (client);
}

#if !ON_LIBSOUP

typedef struct {
  gboolean done, whole;
  GError *error;
} Stopped;

static void
stopped (GObject *server, GAsyncResult *result, gpointer data)
{
  Stopped *stop = data;

  g_assert_false (stop->done);
  stop->done = TRUE;
  stop->whole = bisque_server_stop_finish (SOUP_SERVER (server), result, &stop->error);
  g_assert_true (stop->whole == !stop->error);
}

/* Who has asked is answered, who has not is let go, and nobody else comes in. */
static void
answers_first (void)
{
  SoupServerMessage *message = NULL;
  Stopped stop = { 0 };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) idle = peer_connect (site->port);
  g_autoptr (Peer) silent = peer_connect (site->port);
  g_autoptr (Peer) half = peer_connect (site->port);
  g_autoptr (Peer) waiting = peer_connect (site->port);
  g_autofree char *head = NULL;

  soup_server_add_handler (site->server, NULL, hello, NULL, NULL);
  soup_server_add_handler (site->server, "/pause", pauses, &message, NULL);
  peer_write_text (idle, GET);
  peer_write_text (half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
  /* What stands behind the request is not served any more. */
  peer_write_text (waiting, "GET /pause HTTP/1.1\r\nHost: x\r\n\r\n" GET);
  wait_until (answered (idle) && message);

  bisque_server_stop_async (site->server, 0, stopped, &stop);
  g_assert_null (soup_server_get_listeners (site->server));
  refused (site->port);
  wait_until (peer_ended (idle) && peer_ended (silent));
  g_assert_false (peer_ended (half) || peer_ended (waiting) || stop.done);

  peer_write_text (half, "b");
  wait_until (peer_ended (half));
  head = peer_head (half);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 200"));
  g_assert_nonnull (strstr (head, "Connection: close"));
  peer_close (half);
  g_assert_false (stop.done);

  soup_server_message_unpause (message);
  g_object_unref (message);
  wait_until (peer_ended (waiting));
  g_assert_cmpuint (waiting->input->len, <, 300);
  peer_close (waiting);
  wait_until (stop.done);
  g_assert_no_error (stop.error);

  /* And anew. */
  site->port = server_listen (site->server);
  peer_close (idle);
  {
    g_autoptr (Peer) next = peer_connect (site->port);

    peer_write_text (next, GET);
    wait_until (answered (next));
    g_assert_false (peer_ended (next));
  }
}

/* What lies in the socket when the server is stopped is a request under way. */
static void
answers_what_is_there (void)
{
  Stopped stop = { 0 };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);

  soup_server_add_handler (site->server, NULL, hello, NULL, NULL);
  peer_write_text (peer, GET);
  wait_until (answered (peer));
  g_byte_array_set_size (peer->input, 0);
  peer_write_text (peer, GET);
  bisque_server_stop_async (site->server, 0, stopped, &stop);
  wait_until (peer_ended (peer));
  g_assert_cmpmem (peer->input->data + peer->input->len - 5, 5, "hello", 5);
  peer_close (peer);
  wait_until (stop.done);
  g_assert_no_error (stop.error);
}

/* WebSockets hear that the server goes away, also one whose handshake was under way; a session's own are not the
 * server's. */
static void
closes_websockets (void)
{
  Stopped stop = { 0 };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Site) other = site_new ();
  End *first, *second, *elsewhere;

  site_accept (site, "/", NULL, NULL);
  site_accept (other, "/", NULL, NULL);
  first = site_connect (site, "/", NULL, NULL, NULL);
  second = site_connect (site, "/", NULL, NULL, NULL);
  elsewhere = site_connect (other, "/", NULL, NULL, NULL);
  /* One that the program has let go of is nobody's any more. */
  g_ptr_array_set_size (site->opened, 1);
  wait_until (end_closed (second));

  bisque_server_stop_async (site->server, 60000, stopped, &stop);
  wait_until (stop.done);
  g_assert_no_error (stop.error);
  g_assert_true (end_closed (site_end (site, 0)));
  wait_until (end_closed (first));
  g_assert_cmpint (soup_websocket_connection_get_close_code (first->connection), ==, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  g_assert_null (first->error);
  g_assert_cmpint (soup_websocket_connection_get_state (elsewhere->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  end_free (first);
  end_free (second);
  end_free (elsewhere);
}

/* When the time is over, what is left is cut off. */
static void
cuts_off (void)
{
  SoupServerMessage *message = NULL;
  Stopped stop = { 0 }, also = { 0 };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) waiting = peer_connect (site->port);
  g_autoptr (Peer) deaf = peer_connect (site->port);

  soup_server_add_handler (site->server, NULL, pauses, &message, NULL);
  site_accept (site, "/socket", NULL, NULL);
  peer_write_text (waiting, GET);
  peer_upgrade (deaf, "/socket");
  wait_until (message);

  bisque_server_stop_async (site->server, 0, stopped, &stop);
  bisque_server_stop_async (site->server, 50, stopped, &also);
  wait_until (stop.done && also.done);
  g_assert_error (stop.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_error (also.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  wait_until (peer_ended (waiting) && peer_ended (deaf));
  g_assert_true (end_closed (site_end (site, 0)));
  g_assert_error (site_end (site, 0)->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (G_OBJECT (message)->ref_count, ==, 1);
  g_clear_error (&stop.error);
  g_clear_error (&also.error);
  g_object_unref (message);
}

/* It may be the last thing that anybody does with a server, and a handler may ask for it; disconnecting meanwhile ends
 * it. */
static void
stops (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer stop)
{
  hello (server, message, path, query, NULL);
  bisque_server_stop_async (server, 0, stopped, stop);
}

static void
from_a_handler (void)
{
  Stopped stop = { 0 }, nothing = { 0 }, cut = { 0 };
  SoupServerMessage *message = NULL;
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (Peer) peer = peer_connect (server_listen (server));
  g_autoptr (Peer) waiting = NULL;
  gpointer weak = server;

  soup_server_add_handler (server, NULL, stops, &stop, NULL);
  peer_write_text (peer, GET);
  wait_until (peer_ended (peer));
  g_assert_cmpmem (peer->input->data + peer->input->len - 5, 5, "hello", 5);
  peer_close (peer);
  wait_until (stop.done);
  g_assert_no_error (stop.error);

  soup_server_add_handler (server, NULL, pauses, &message, NULL);
  waiting = peer_connect (server_listen (server));
  peer_write_text (waiting, GET);
  wait_until (message);
  bisque_server_stop_async (server, 0, stopped, &cut);
  soup_server_disconnect (server);
  wait_until (cut.done && peer_ended (waiting));
  g_assert_no_error (cut.error);
  g_object_unref (message);

  g_object_add_weak_pointer (G_OBJECT (server), &weak);
  bisque_server_stop_async (server, 1000, stopped, &nothing);
  g_object_unref (server);
  wait_until (nothing.done && !weak);
  g_assert_no_error (nothing.error);
}

static void
misuse (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GTask) task = g_task_new (server, NULL, NULL, NULL);

  critical (bisque_server_stop_async (NULL, 0, NULL, NULL));
  critical (g_assert_false (bisque_server_stop_finish (NULL, G_ASYNC_RESULT (task), NULL)));
  critical (g_assert_false (bisque_server_stop_finish (server, G_ASYNC_RESULT (task), NULL)));
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-stop/disconnect", disconnects);
#if !ON_LIBSOUP
  g_test_add_func ("/server-stop/answers-first", answers_first);
  g_test_add_func ("/server-stop/answers-what-is-there", answers_what_is_there);
  g_test_add_func ("/server-stop/closes-websockets", closes_websockets);
  g_test_add_func ("/server-stop/cuts-off", cuts_off);
  g_test_add_func ("/server-stop/from-a-handler", from_a_handler);
  g_test_add_func ("/server-stop/misuse", misuse);
#endif
  return g_test_run ();
}
