/* Handlers that close, drop, disconnect, or run a loop of their own, in the middle of it all. */

#include "common.h"

/* ---- Dropping ---- */

static void
drop_the_end (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  End *end = data;

  (void) kind;
  (void) message;
  g_assert_true (connection == end->connection);
  g_signal_handlers_disconnect_by_data (connection, end);
  g_clear_object (&end->connection);
}

static void
last_reference_in_message (Pair *pair)
{
  gpointer weak = pair->server->connection;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (pair->server->connection, "message", G_CALLBACK (drop_the_end), pair->server);
  soup_websocket_connection_send_text (pair->client->connection, "drop me");
  soup_websocket_connection_send_text (pair->client->connection, "and this");
  wait_until (pair->server->connection == NULL);
  wait_until (weak == NULL);
  g_assert_cmpint (pair->server->messages->len, ==, 1);
  /* The client sees the connection end. */
  wait_until (end_closed (pair->client));
}

static void
drop_when_told (SoupWebsocketConnection *connection, End *end)
{
  drop_the_end (connection, 0, NULL, end);
}

static void
server_unref_connection_on_close (Pair *pair)
{
  gpointer weak = pair->server->connection;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (pair->server->connection, "closed", G_CALLBACK (drop_when_told), pair->server);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "client closed");
  wait_until (end_closed (pair->client));
  wait_until (pair->server->connection == NULL);
  wait_until (weak == NULL);
}

static void
last_reference_in_closing (Pair *pair)
{
  gpointer weak = pair->server->connection;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (pair->server->connection, "closing", G_CALLBACK (drop_when_told), pair->server);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  wait_until (pair->server->connection == NULL);
  wait_until (end_closed (pair->client));
  wait_until (weak == NULL);
}

static void
drop_on_error (SoupWebsocketConnection *connection, GError *error, End *end)
{
  (void) error;
  drop_the_end (connection, 0, NULL, end);
}

static void
last_reference_in_error (Wire *wire)
{
  gpointer weak = wire->end->connection;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (wire->end->connection, "error", G_CALLBACK (drop_on_error), wire->end);
  peer_send_text (wire->peer, 0x83, "what is this");
  wait_until (wire->end->connection == NULL);
  wait_until (weak == NULL);
  wait_until (peer_ended (wire->peer));
}

/* Dropped while it is open and nothing happens: the peer is told by the end of the stream. */
static void
dropped_while_open (Wire *wire)
{
  g_signal_handlers_disconnect_by_data (wire->end->connection, wire->end);
  g_clear_object (&wire->end->connection);
  wait_until (peer_ended (wire->peer));
}

/* ---- Closing ---- */

static void
close_it (SoupWebsocketConnection *connection)
{
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "enough");
}

static void
close_in_message (Pair *pair)
{
  g_signal_connect (pair->server->connection, "message", G_CALLBACK (close_it), NULL);
  soup_websocket_connection_send_text (pair->client->connection, "one");
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpstr (pair->client->log->str, ==, "closing closed");
  g_assert_cmpstr (pair->server->log->str, ==, "message closing closed");
  g_assert_cmpstr (soup_websocket_connection_get_close_data (pair->client->connection), ==, "enough");
}

static void
disconnect_myself (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  guint *calls = data;

  (void) kind;
  (void) message;
  ++*calls;
  g_signal_handlers_disconnect_by_func (connection, disconnect_myself, data);
}

static void
remove_own_handler (Pair *pair)
{
  guint calls = 0;

  g_signal_connect (pair->server->connection, "message", G_CALLBACK (disconnect_myself), &calls);
  for (int i = 0; i < 3; i++)
    soup_websocket_connection_send_text (pair->client->connection, "x");
  wait_until (pair->server->messages->len == 3);
  g_assert_cmpint (calls, ==, 1);
}

static void
send_big_in_closing (SoupWebsocketConnection *connection)
{
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (connection, "last words");
}

/* In "closing" for the peer's close frame one may still say something. */
static void
send_in_closing (Pair *pair)
{
  g_signal_connect (pair->server->connection, "closing", G_CALLBACK (send_big_in_closing), NULL);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpstr (end_messages (pair->client), ==, "last words");
}

/* ---- A loop inside the loop ---- */

typedef struct {
  End *other_client, *other_server;
  guint depth, deepest;
  GString *order;
} Nest;

static void
run_a_loop (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  Nest *nest = data;
  guint before = nest->other_server->messages->len;

  (void) connection;
  (void) kind;
  g_string_append_c (nest->order, *(const char *) g_bytes_get_data (message, NULL));
  nest->depth++;
  nest->deepest = MAX (nest->deepest, nest->depth);
  soup_websocket_connection_send_text (nest->other_client->connection, "meanwhile");
  wait_until (nest->other_server->messages->len > before);
  nest->depth--;
}

static void
nested_loop (Pair *pair)
{
  g_autoptr (Pair) other = pair_new (pair->site != NULL);
  Nest nest = { other->client, other->server, 0, 0, g_string_new (NULL) };

  g_signal_connect (pair->server->connection, "message", G_CALLBACK (run_a_loop), &nest);
  for (char letter = 'a'; letter <= 'e'; letter++)
    soup_websocket_connection_send_text (pair->client->connection, (char[]){ letter, '\0' });
  wait_until (pair->server->messages->len == 5 && nest.depth == 0);
  g_assert_cmpstr (end_messages (pair->server), ==, "a|b|c|d|e");
  /* A connection whose handler has not come back is not read again. */
  g_assert_cmpstr (nest.order->str, ==, "abcde");
  g_assert_cmpint (nest.deepest, ==, 1);
  g_string_free (nest.order, TRUE);
}

static void
loop_until_closed (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  Pair *other = data;

  (void) kind;
  (void) message;
  g_signal_handlers_disconnect_by_func (connection, loop_until_closed, data);
  soup_websocket_connection_close (other->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (other->client) && end_closed (other->server));
}

static void
others_close_in_a_nested_loop (Pair *pair)
{
  g_autoptr (Pair) other = pair_new (pair->site != NULL);

  g_signal_connect (pair->client->connection, "message", G_CALLBACK (loop_until_closed), other);
  soup_websocket_connection_send_text (pair->server->connection, "now");
  wait_until (end_closed (other->client) && end_closed (other->server));
  soup_websocket_connection_send_text (pair->server->connection, "and on");
  wait_until (pair->client->messages->len == 2);
}

/* ---- The server goes ---- */

static void
disconnect_server (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  (void) connection;
  (void) kind;
  (void) message;
  soup_server_disconnect (data);
}

static void
disconnect_the_server_in_message (void)
{
  g_autoptr (Pair) pair = pair_new (TRUE);

  g_signal_connect (pair->server->connection, "message", G_CALLBACK (disconnect_server), pair->site->server);
  soup_websocket_connection_send_text (pair->client->connection, "one");
  wait_until (pair->server->messages->len == 1);
  g_assert_null (soup_server_get_listeners (pair->site->server));
  /* The WebSocket is its owner's: it goes on. */
  soup_websocket_connection_send_text (pair->server->connection, "still here");
  wait_until (pair->client->messages->len == 1);
}

static void
drop_the_server (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
                 gpointer data)
{
  gpointer *place = data;

  (void) message;
  (void) path;
  (void) connection;
  g_assert_true (*place == server);
  *place = NULL;
  g_object_unref (server);
}

static void
drop_the_server_in_its_handler (void)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autofree char *request = upgrade_request ("/");
  gpointer weak = server;
  GSList *uris;

  g_object_add_weak_pointer (G_OBJECT (server), &weak);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  soup_server_add_websocket_handler (server, "/", NULL, NULL, drop_the_server, &server, NULL);
  peer = peer_connect (g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  peer_write_text (peer, request);
  peer_write_text (peer, "\r\n");
  wait_until (server == NULL && weak == NULL);
  /* Nobody kept the connection. */
  wait_until (peer_ended (peer));
}

static void
remove_the_handler (SoupServer *server, SoupServerMessage *message, const char *path,
                    SoupWebsocketConnection *connection, gpointer data)
{
  SoupWebsocketConnection **kept = data;

  (void) message;
  *kept = g_object_ref (connection);
  soup_server_remove_handler (server, path);
}

static void
remove_a_server_handler_in_itself (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) first = peer_connect (site->port), second = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/"), *answer = NULL;
  SoupWebsocketConnection *kept = NULL;

  soup_server_add_websocket_handler (site->server, "/", NULL, NULL, remove_the_handler, &kept, NULL);
  peer_upgrade (first, "/");
  wait_until (kept);
  peer_write_text (second, request);
  peer_write_text (second, "\r\n");
  answer = peer_head (second);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 404 "));
  g_object_unref (kept);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_pair ("last-reference-in-message", last_reference_in_message);
  test_pair ("server-unref-connection-on-close", server_unref_connection_on_close);
  test_pair ("last-reference-in-closing", last_reference_in_closing);
  test_wire ("last-reference-in-error", last_reference_in_error);
  test_wire ("dropped-while-open", dropped_while_open);
  test_pair ("close-in-message", close_in_message);
  test_pair ("remove-own-handler", remove_own_handler);
  test_pair ("send-in-closing", send_in_closing);
  test_pair ("nested-loop", nested_loop);
  test_pair ("others-close-in-a-nested-loop", others_close_in_a_nested_loop);
  g_test_add_func ("/served/disconnect-the-server-in-message", disconnect_the_server_in_message);
  g_test_add_func ("/served/drop-the-server-in-its-handler", drop_the_server_in_its_handler);
  g_test_add_func ("/served/remove-a-server-handler-in-itself", remove_a_server_handler_in_itself);
  return g_test_run ();
}
