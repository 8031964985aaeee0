/* What is done to whom. */

#include "torture.h"

#include <fcntl.h>
#include <unistd.h>

static void
connection_acts (SoupWebsocketConnection **place)
{
  g_autoptr (SoupWebsocketConnection) connection = *place ? g_object_ref (*place) : NULL;
  gboolean open;

  if (!connection)
    return;
  open = soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN;
  switch (any (open ? 14 : 8)) {
  case 0:
    if (*place == connection) {
      *place = NULL;
      g_object_unref (connection);
    }
    break;
  case 1:
    if (*place == connection) {
      *place = NULL;
      g_object_unref (connection);
    }
    g_thread_pool_push (world.droppers, g_steal_pointer (&connection), NULL);
    break;
  case 2:
    g_object_set (connection, "max-incoming-payload-size", (guint64) any (100000), "max-total-message-size",
                  (guint64) any (200000), "keepalive-interval", any (3), "keepalive-pong-timeout", any (3), NULL);
    break;
  case 3:
    bisque_websocket_connection_set_message_func (connection, any (2) ? message_func : NULL, NULL, release);
    break;
  case 4:
    soup_websocket_connection_get_close_data (connection);
    soup_websocket_connection_get_uri (connection);
    soup_websocket_connection_get_io_stream (connection);
    break;
  case 5:
    bisque_websocket_connection_set_max_queued_output (connection, any (5) ? 1 << 24 : any (100000));
    break;
  case 6:
    if (any (10) == 0 && soup_websocket_connection_get_io_stream (connection))
      g_io_stream_close (soup_websocket_connection_get_io_stream (connection), NULL, NULL);
    break;
  case 7:
    g_signal_handlers_disconnect_by_func (connection, on_anything, NULL);
    break;
  case 8:
    soup_websocket_connection_close (connection, any (4) ? SOUP_WEBSOCKET_CLOSE_NORMAL : SOUP_WEBSOCKET_CLOSE_NO_STATUS,
                                     NULL);
    break;
  case 9:
  case 10:
    soup_websocket_connection_send_text (connection, "here is some text, and it is short");
    break;
  default: {
    GBytes *bytes = hostile_bytes ();

    soup_websocket_connection_send_message (connection, SOUP_WEBSOCKET_DATA_BINARY, bytes);
    g_bytes_unref (bytes);
  }
  }
}

static void
message_acts (SoupServerMessage **place)
{
  g_autoptr (SoupServerMessage) message = *place ? g_object_ref (*place) : NULL;

  if (!message)
    return;
  switch (any (7)) {
  case 0:
    if (*place == message) {
      *place = NULL;
      g_object_unref (message);
    }
    soup_server_message_unpause (message);
    g_thread_pool_push (world.droppers, g_steal_pointer (&message), NULL);
    break;
  case 1:
    soup_server_message_pause (message);
    break;
  case 2:
    soup_server_message_unpause (message);
    break;
  case 3:
    if (any (4) == 0) {
      GIOStream *stream = soup_server_message_steal_connection (message);

      if (stream && any (2))
        g_io_stream_close (stream, NULL, NULL);
      g_clear_object (&stream);
    }
    break;
  case 4: {
    SoupMessageBody **body = &world.bodies[any (BODIES)], *before = *body;

    *body = soup_message_body_ref (any (2) ? soup_server_message_get_response_body (message)
                                           : soup_server_message_get_request_body (message));
    g_clear_pointer (&before, soup_message_body_unref);
    break;
  }
  case 5:
    soup_server_message_get_remote_address (message);
    soup_server_message_get_socket (message);
    soup_message_headers_append (soup_server_message_get_response_headers (message), "X-Torture", "yes");
    break;
  default:
    answer (message);
    soup_server_message_unpause (message);
  }
}

static void
body_acts (SoupMessageBody **place)
{
  SoupMessageBody *body = *place ? soup_message_body_ref (*place) : soup_message_body_new ();
  GBytes *bytes = NULL;

  if (!*place)
    *place = soup_message_body_ref (body);
  switch (any (6)) {
  case 0:
    soup_message_body_truncate (body);
    break;
  case 1:
    if (soup_message_body_get_accumulate (body))
      bytes = soup_message_body_flatten (body);
    break;
  case 2:
    bytes = soup_message_body_get_chunk (body, any (LARGE));
    break;
  case 3:
    soup_message_body_set_accumulate (body, any (2));
    break;
  case 4:
    g_clear_pointer (place, soup_message_body_unref);
    break;
  default:
    bytes = hostile_bytes ();
    soup_message_body_append_bytes (body, bytes);
  }
  g_clear_pointer (&bytes, g_bytes_unref);
  soup_message_body_unref (body);
}

/* Takes all descriptors for a few turns of the loop; not while GIO connects or TLS shakes hands, which GLib aborts
 * without any. */
static void
take_all_descriptors (void)
{
  int taken[DESCRIPTORS];
  guint count = 0;

  if (world.tls || world.connecting || world.depth > 1)
    return;
  while (count < DESCRIPTORS && (taken[count] = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    count++;
  for (guint spare = any (4); spare > 0 && count > 0; spare--)
    close (taken[--count]);
  for (guint i = any (10); i > 0; i--) {
    peer_acts ();
    g_main_context_iteration (NULL, FALSE);
    if (world.connecting)
      break;
  }
  while (count > 0)
    close (taken[--count]);
}

void
act (void)
{
  if (world.over || world.depth >= DEEPEST)
    return;
  world.depth++;
  world.actions++;
  switch (any (40)) {
  case 0:
    for (guint i = any (4); i > 0; i--)
      g_main_context_iteration (NULL, FALSE);
    break;
  case 1:
    if (any (10) == 0)
      new_server ();
    break;
  case 2:
    if (any (3) == 0)
      connect_session ();
    break;
  case 3:
    if (any (20) == 0) {
      g_autoptr (GCancellable) before = world.cancellable;

      world.cancellable = g_cancellable_new ();
      g_cancellable_cancel (before);
    }
    break;
  case 4: {
    g_autoptr (SoupServer) server = world.servers[any (SERVERS)].server;

    if (!server)
      break;
    g_object_ref (server);
    if (any (2))
      soup_server_remove_handler (server, any (2) ? "/http" : "/ws");
    else
      add_handlers (server);
    break;
  }
  case 5:
    g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, NULL, release);
    break;
  case 6:
    if (any (20) == 0)
      take_all_descriptors ();
    break;
  case 7:
    if (any (4) == 0)
      new_pair ();
    break;
  case 8:
    if (any (4) == 0)
      accept_stream ();
    break;
  case 9:
    if (any (50) == 0)
      soup_session_abort (world.session);
    break;
  case 10 ... 19:
    peer_acts ();
    break;
  case 20 ... 25:
    message_acts (&world.messages[any (MESSAGES)]);
    break;
  case 26 ... 29:
    body_acts (&world.bodies[any (BODIES)]);
    break;
  default:
    connection_acts (&world.connections[any (CONNECTIONS)]);
  }
  world.depth--;
}
