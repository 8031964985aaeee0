/* From HTTP to WebSocket on a SoupServer: what comes before the upgrade, what the handler may do in it, what is left
 * after it, and what a crowd of clients may not do to the others. */

#include "common.h"

#include <sys/resource.h>
#include <unistd.h>

typedef struct {
  SoupServer *server;
  guint16 port;
  int calls;
  int destroyed;
  SoupWebsocketConnection *connection;
  gpointer message; /* NULL when it is freed */
  GString *log;
  void (*act) (gpointer house);
} House;

static House *
house_new (void)
{
  House *house = g_new0 (House, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  soup_server_listen_local (house->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (house->server);
  house->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return house;
}

static void
house_free (House *house)
{
  if (house->message)
    g_object_remove_weak_pointer (house->message, &house->message);
  g_clear_object (&house->connection);
  g_clear_object (&house->server);
  g_string_free (house->log, TRUE);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

static void
gone (gpointer data)
{
  ((House *) data)->destroyed++;
}

static void
heard (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *message, House *house)
{
  g_string_append (house->log, g_bytes_get_data (message, NULL));
}

static void
opened (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
        gpointer data)
{
  House *house = data;

  house->calls++;
  g_clear_object (&house->connection);
  house->connection = g_object_ref (connection);
  if (house->message)
    g_object_remove_weak_pointer (house->message, &house->message);
  house->message = message;
  g_object_add_weak_pointer (G_OBJECT (message), &house->message);
  g_signal_connect (connection, "message", G_CALLBACK (heard), house);
  g_assert_cmpuint (soup_server_message_get_status (message), ==, SOUP_STATUS_SWITCHING_PROTOCOLS);
  g_assert_true (G_IS_SOCKET (soup_server_message_get_socket (message)));
  g_assert_nonnull (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Sec-WebSocket-Key"));
  g_assert_cmpstr (soup_server_message_get_remote_host (message), ==, "127.0.0.1");
  if (house->act)
    house->act (house);
}

static void
answers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_string_append (((House *) data)->log, "plain ");
  if (g_str_has_prefix (path, "/both/taken"))
    soup_server_message_set_status (message, SOUP_STATUS_CONFLICT, NULL);
}

static guint
status_of (House *house, const char *path)
{
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *request = upgrade_request (path);
  g_autofree char *head = NULL;

  peer_write_text (peer, request);
  peer_write_text (peer, "\r\n");
  head = peer_head (peer);
  return atoi (head + strlen ("HTTP/1.1 "));
}

static void
after_all_other_handlers (void)
{
  g_autoptr (House) house = house_new ();

  soup_server_add_handler (house->server, "/both", answers, house, NULL);
  soup_server_add_websocket_handler (house->server, "/both", NULL, NULL, opened, house, NULL);
  g_assert_cmpuint (status_of (house, "/both/free"), ==, 101);
  g_assert_cmpuint (status_of (house, "/both/taken"), ==, SOUP_STATUS_CONFLICT);
  g_assert_cmpuint (status_of (house, "/other"), ==, 404);
  wait_until (house->calls == 1);
  g_assert_cmpstr (house->log->str, ==, "plain plain ");
}

static void
message_is_freed (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);

  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  peer_upgrade (peer, "/");
  wait_until (house->calls == 1);
  wait_until (!house->message);
  /* A server that ends leaves its WebSockets alone. */
  soup_server_disconnect (house->server);
  g_clear_object (&house->server);
  peer_send_text (peer, 0x81, "still here");
  wait_until (strcmp (house->log->str, "still here") == 0);
}

static void
act_disconnect (gpointer data)
{
  soup_server_disconnect (((House *) data)->server);
}

static void
act_drop (gpointer data)
{
  g_clear_object (&((House *) data)->server);
}

static void
act_remove (gpointer data)
{
  soup_server_remove_handler (((House *) data)->server, "/");
}

static void
act_close (gpointer data)
{
  soup_websocket_connection_close (((House *) data)->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "no");
}

static void
act_leave (gpointer data)
{
  g_clear_object (&((House *) data)->connection);
}

static void
handler_disconnects_drops_removes (void)
{
  void (*acts[]) (gpointer) = { act_disconnect, act_drop, act_remove };

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    g_autoptr (House) house = house_new ();
    g_autoptr (Peer) peer = peer_connect (house->port);

    house->act = acts[i];
    soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, gone);
    peer_upgrade (peer, "/");
    wait_until (house->calls == 1);
    peer_send_text (peer, 0x81, "on");
    wait_until (strcmp (house->log->str, "on") == 0);
    g_assert_cmpint (house->destroyed, ==, i == 0 ? 0 : 1);
  }
}

static void
handler_closes (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);

  house->act = act_close;
  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  peer_upgrade (peer, "/");
  peer_expect_close (peer, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
}

static void
handler_keeps_nothing (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);

  house->act = act_leave;
  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  peer_upgrade (peer, "/");
  wait_until (peer_ended (peer));
}

static void
act_nest (gpointer data)
{
  House *house = data;
  g_autoptr (Peer) other = NULL;

  if (house->calls > 1)
    return;
  other = peer_connect (house->port);
  peer_upgrade (other, "/");
  wait_until (house->calls == 2);
}

static void
handler_runs_a_nested_loop (void)
{
  g_autoptr (House) house = NULL;
  g_autoptr (Peer) peer = NULL;

  if (differs ("connections are served while a handler runs a nested main loop"))
    return;
  house = house_new ();
  peer = peer_connect (house->port);
  house->act = act_nest;
  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  peer_upgrade (peer, "/");
  wait_until (house->calls == 2);
}

static void
keep_both (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
           gpointer data)
{
  GList *extensions = soup_websocket_connection_get_extensions (connection);

  g_assert_cmpuint (g_list_length (extensions), ==, 1);
  g_ptr_array_add (data, g_object_ref (extensions->data));
}

/* Defect 18: the extensions of two upgrades on one path do not meet. */
static void
overlapping_upgrades (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (GPtrArray) extensions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *request = upgrade_request ("/");
  Peer *peers[8];

  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, keep_both, extensions, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    peers[i] = peer_connect (house->port);
    peer_write_text (peers[i], request);
    peer_write_text (peers[i], "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  }
  wait_until (extensions->len == G_N_ELEMENTS (peers));
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    g_assert_true (SOUP_IS_WEBSOCKET_EXTENSION_DEFLATE (g_ptr_array_index (extensions, i)));
    for (guint j = 0; j < i; j++)
      g_assert_true (g_ptr_array_index (extensions, i) != g_ptr_array_index (extensions, j));
    peer_free (peers[i]);
  }
}

static void
extensions_can_be_removed (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *request = upgrade_request ("/");
  g_autofree char *head = NULL;

  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  soup_server_remove_websocket_extension (house->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  peer_write_text (peer, request);
  peer_write_text (peer, "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  head = peer_head (peer);
  g_assert_null (strstr (head, "Sec-WebSocket-Extensions"));
}

/* No descriptor is left: nobody is lost, the loop does not spin, and it goes on when there is one again. */
static void
descriptors_run_out (void)
{
  g_autoptr (House) house = NULL;
  Peer *peers[4];
  struct rlimit before, none;
  gint64 end;
  int turns = 0, spare;

  if (differs ("a server that had no descriptor left accepts again"))
    return;
  if (strstr (g_getenv ("LD_PRELOAD") ? g_getenv ("LD_PRELOAD") : "", "vgpreload")) {
    g_test_skip ("valgrind accepts and closes a connection beyond the limit");
    return;
  }
  house = house_new ();
  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  settle (10);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = peer_connect (house->port);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  spare = dup (0);
  close (spare);
  none = before;
  none.rlim_cur = spare;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &none));
  for (end = g_get_monotonic_time () + 300 * 1000; g_get_monotonic_time () < end; turns++)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (turns, <, 50);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    peer_upgrade (peers[i], "/");
    peer_free (peers[i]);
  }
}

/* A client that disappears between its request and the answer, many times over. */
static void
clients_that_vanish (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *request = upgrade_request ("/");

  soup_server_add_websocket_handler (house->server, NULL, NULL, NULL, opened, house, NULL);
  for (int i = 0; i < 50; i++) {
    g_autoptr (Peer) peer = peer_connect (house->port);

    peer_write (peer, request, strlen (request) * i / 50);
    turn ();
  }
  g_assert_cmpuint (status_of (house, "/"), ==, 101);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/upgrade/after-all-other-handlers", after_all_other_handlers);
  g_test_add_func ("/server/upgrade/message-is-freed", message_is_freed);
  g_test_add_func ("/server/upgrade/handler-disconnects-drops-removes", handler_disconnects_drops_removes);
  g_test_add_func ("/server/upgrade/handler-closes", handler_closes);
  g_test_add_func ("/server/upgrade/handler-keeps-nothing", handler_keeps_nothing);
  g_test_add_func ("/server/upgrade/handler-runs-a-nested-loop", handler_runs_a_nested_loop);
  g_test_add_func ("/server/upgrade/overlapping-upgrades", overlapping_upgrades);
  g_test_add_func ("/server/upgrade/extensions-can-be-removed", extensions_can_be_removed);
  g_test_add_func ("/server/upgrade/descriptors-run-out", descriptors_run_out);
  g_test_add_func ("/server/upgrade/clients-that-vanish", clients_that_vanish);
  return g_test_run ();
}
