/* Servers with their handlers and messages, and connections over streams. */

#include "torture.h"

#include <sys/socket.h>
#include <unistd.h>

/* ---- Servers ---- */

#define TEST_TYPE_SERVER (test_server_get_type ())
G_DECLARE_FINAL_TYPE (TestServer, test_server, TEST, SERVER, SoupServer)

struct _TestServer {
  SoupServer parent_instance;
};

G_DEFINE_FINAL_TYPE (TestServer, test_server, SOUP_TYPE_SERVER)

static void
on_request (SoupServer *server, SoupServerMessage *message)
{
  (void) server;
  (void) message;
  maybe_act (3);
}

static void
test_server_class_init (TestServerClass *class)
{
  SoupServerClass *server = SOUP_SERVER_CLASS (class);

  server->request_started = on_request;
  server->request_read = on_request;
  server->request_finished = on_request;
  server->request_aborted = on_request;
}

static void
test_server_init (TestServer *server)
{
  (void) server;
}

static void
drop_server (SoupServer *server)
{
  if (any (2))
    soup_server_disconnect (server);
  if (any (2))
    g_thread_pool_push (world.droppers, server, NULL);
  else
    g_object_unref (server);
}

static void
keep_message (SoupServerMessage *message)
{
  static const char *const signals[] = {
    "got-headers", "got-body", "got-chunk",    "wrote-headers", "wrote-chunk",
    "wrote-body",  "finished", "disconnected", "connected",     "accept-certificate",
  };
  SoupServerMessage **place = &world.messages[any (MESSAGES)], *before = *place;

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (any (3) == 0 && g_signal_lookup (signals[i], SOUP_TYPE_SERVER_MESSAGE))
      g_signal_connect (message, signals[i], G_CALLBACK (on_anything), NULL);
  *place = g_object_ref (message);
  if (before) {
    soup_server_message_unpause (before);
    g_object_unref (before);
  }
}

void
answer (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, any (3) ? SOUP_STATUS_OK : 404, NULL);
  if (any (2))
    soup_message_body_set_accumulate (body, FALSE);
  for (guint i = any (4); i > 0; i--) {
    GBytes *bytes = hostile_bytes ();

    soup_message_body_append_bytes (body, bytes);
    g_bytes_unref (bytes);
  }
  soup_message_body_complete (body);
}

static void
on_http (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  world.requests++;
  if (any (2))
    keep_message (message);
  if (any (3) == 0)
    soup_server_message_pause (message);
  if (any (2))
    answer (message);
  maybe_act (2);
}

static void
on_websocket (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer data)
{
  (void) server;
  (void) path;
  (void) data;
  if (any (4))
    keep_connection (connection);
  if (any (3) == 0)
    keep_message (message);
  maybe_act (2);
}

void
add_handlers (SoupServer *server)
{
  soup_server_add_handler (server, "/http", on_http, NULL, release);
  if (any (2))
    soup_server_add_early_handler (server, "/http/early", on_http, NULL, release);
  soup_server_add_websocket_handler (server, "/ws", NULL, NULL, on_websocket, NULL, release);
  if (any (2))
    soup_server_add_websocket_extension (server, TEST_TYPE_RANDOM);
}

void
new_server (void)
{
  Listening *place = &world.servers[any (SERVERS)], before = *place;
  SoupServer *server = g_object_new (TEST_TYPE_SERVER, NULL);
  SoupServerListenOptions options = SOUP_SERVER_LISTEN_IPV4_ONLY;
  GSList *uris;

  if (world.tls) {
    soup_server_set_tls_certificate (server, world.certificate);
    options |= SOUP_SERVER_LISTEN_HTTPS;
  }
  add_handlers (server);
  if (!soup_server_listen_local (server, 0, options, NULL)) {
    g_object_unref (server);
    return;
  }
  uris = soup_server_get_uris (server);
  *place = (Listening){ server, uris ? g_uri_get_port (uris->data) : 0 };
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  if (before.server)
    drop_server (before.server);
}

/* ---- Streams ---- */

/* A connected pair; where streams are tried, of streams that are none of a socket's. */
static gboolean
stream_ends (GIOStream *streams[2])
{
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
    return FALSE;
  for (int i = 0; i < 2; i++) {
    g_autoptr (GIOStream) socket = stream_of (ends[i]);

    if (world.streams) {
      streams[i]
          = g_simple_io_stream_new (g_io_stream_get_input_stream (socket), g_io_stream_get_output_stream (socket));
      g_object_set_data_full (G_OBJECT (streams[i]), "below", g_steal_pointer (&socket), g_object_unref);
    } else
      streams[i] = g_steal_pointer (&socket);
  }
  return TRUE;
}

void
new_pair (void)
{
  static const SoupWebsocketConnectionType types[2]
      = { SOUP_WEBSOCKET_CONNECTION_CLIENT, SOUP_WEBSOCKET_CONNECTION_SERVER };
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  gboolean random = any (2);
  GIOStream *streams[2];

  if (!stream_ends (streams))
    return;
  for (int i = 0; i < 2; i++) {
    GList *extensions = random ? g_list_append (NULL, g_object_new (TEST_TYPE_RANDOM, NULL)) : NULL;
    g_autoptr (SoupWebsocketConnection) connection
        = soup_websocket_connection_new (streams[i], uri, types[i], NULL, NULL, extensions);

    keep_connection (connection);
    g_object_unref (streams[i]);
  }
}

void
accept_stream (void)
{
  SoupServer *server = world.servers[any (SERVERS)].server;
  g_autoptr (SoupServer) held = server ? g_object_ref (server) : NULL;
  Client *peer = &world.peers[any (PEERS)];
  int ends[2];

  if (!server || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
    return;
  {
    g_autoptr (GIOStream) socket = stream_of (ends[0]);
    g_autoptr (GIOStream) simple
        = g_simple_io_stream_new (g_io_stream_get_input_stream (socket), g_io_stream_get_output_stream (socket));

    g_object_set_data_full (G_OBJECT (simple), "below", g_object_ref (socket), g_object_unref);
    soup_server_accept_iostream (server, world.streams ? simple : socket, NULL, NULL, NULL);
  }
  if (peer->descriptor >= 0)
    close (peer->descriptor);
  *peer = (Client){ ends[1], FALSE };
}
