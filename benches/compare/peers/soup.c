// An echo server, a broadcaster and a receiving client on libsoup's API. The same file is linked with Bisque and with
// libsoup.
#include "peer.h"

#include <libsoup/soup.h>
#ifdef BISQUE
#include <bisque.h>
#endif

// In soup-http.c.
void http_serve (SoupServer *server);
void http_fetch (const struct peer *peer);

static struct peer peer;
static GPtrArray *connections;
static GMainLoop *loop;

static void
no_limits (SoupWebsocketConnection *connection)
{
  soup_websocket_connection_set_max_incoming_payload_size (connection, 0);
  // Newer than libsoup 3.2.
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (connection), "max-total-message-size"))
    g_object_set (connection, "max-total-message-size", (guint64) 0, NULL);
}

static void
on_message (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *message, gpointer data)
{
  if (soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  if (!peer.broadcast) {
    soup_websocket_connection_send_message (connection, type, message);
    return;
  }
  for (guint i = 0; i < connections->len; i++)
    soup_websocket_connection_send_message (g_ptr_array_index (connections, i), type, message);
}

#ifdef BISQUE
static void
on_bytes (SoupWebsocketConnection *connection,
          SoupWebsocketDataType type,
          const guint8 *bytes,
          gsize size,
          gpointer data)
{
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    bisque_websocket_connection_send (connection, type, bytes, size);
}
#endif

static void
on_closed (SoupWebsocketConnection *connection, gpointer data)
{
  if (peer.broadcast)
    g_ptr_array_remove_fast (connections, connection);
  g_object_unref (connection);
}

static void
on_websocket (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer data)
{
  g_object_ref (connection);
  no_limits (connection);
  if (peer.broadcast)
    g_ptr_array_add (connections, connection);
#ifdef BISQUE
  if (peer.plain)
    bisque_websocket_connection_set_message_func (connection, on_bytes, NULL, NULL);
#endif
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), NULL);
}

static void
serve (void)
{
  GError *error = NULL;
  SoupServer *server = soup_server_new (NULL, NULL);
  connections = g_ptr_array_new ();
  if (peer.http)
    http_serve (server);
  else
    soup_server_add_websocket_handler (server, NULL, NULL, NULL, on_websocket, NULL, NULL);
  if (!peer.deflate)
    soup_server_remove_websocket_extension (server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  SoupServerListenOptions how = SOUP_SERVER_LISTEN_IPV4_ONLY;
  if (peer.certificate) {
    GTlsCertificate *certificate = g_tls_certificate_new_from_files (peer.certificate, peer.key, &error);
    if (!certificate)
      g_error ("%s", error->message);
    soup_server_set_tls_certificate (server, certificate);
    g_object_unref (certificate);
    how |= SOUP_SERVER_LISTEN_HTTPS;
  }
  if (!soup_server_listen_local (server, 0, how, &error))
    g_error ("%s", error->message);
  GSList *uris = soup_server_get_uris (server);
  peer_listening (g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static guint64 received;

static void
on_received (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *message, gpointer data)
{
  received += g_bytes_get_size (message) > 0;
}

#ifdef BISQUE
static void
on_received_bytes (SoupWebsocketConnection *connection,
                   SoupWebsocketDataType type,
                   const guint8 *bytes,
                   gsize size,
                   gpointer data)
{
  received += size > 0;
}
#endif

static void
on_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);
  if (!connection)
    g_error ("%s", error->message);
  no_limits (connection);
#ifdef BISQUE
  if (peer.plain)
    bisque_websocket_connection_set_message_func (connection, on_received_bytes, NULL, NULL);
#endif
  g_signal_connect (connection, "message", G_CALLBACK (on_received), NULL);
  g_signal_connect_swapped (connection, "closed", G_CALLBACK (g_main_loop_quit), loop);
}

static void
fetch (void)
{
  char *uri = g_strdup_printf ("ws://127.0.0.1:%d/", peer.port);
  SoupMessage *message = soup_message_new ("GET", uri);
  soup_session_websocket_connect_async (soup_session_new (), message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_connected, NULL);
}

int
main (int argc, char **argv)
{
  peer = peer_start (argc, argv);
  loop = g_main_loop_new (NULL, FALSE);
  if (peer.client && peer.http)
    http_fetch (&peer);
  else if (peer.client)
    fetch ();
  else
    serve ();
  g_main_loop_run (loop);
  return 0;
}
