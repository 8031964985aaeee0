/* The torture test: whatever calls back does something legal to something at random, and peers do everything.
 *
 *   TORTURE_SECONDS=3600 TORTURE_SEED=7 build/tests/c/torture      (make torture SECONDS=3600 SEED=7)
 *
 * The seed that is printed makes the same choices again, though not at the same times. */

#include "common-tls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if !ON_LIBSOUP
#include <bisque.h>

enum {
  CONNECTIONS = 24,
  MESSAGES = 12,
  BODIES = 8,
  PEERS = 16,
  SERVERS = 2,
  DEEPEST = 4,
  DESCRIPTORS = 400,
  LARGE = 16 * 1024,
};

typedef struct {
  SoupServer *server;
  guint16 port;
} Listening;

typedef struct {
  int descriptor;
  gboolean upgraded;
} Client;

/* What there is to act on. Each place holds a reference, or nothing. */
static struct {
  Listening servers[SERVERS];
  SoupSession *session;
  SoupWebsocketConnection *connections[CONNECTIONS];
  SoupServerMessage *messages[MESSAGES];
  SoupMessageBody *bodies[BODIES];
  Client peers[PEERS];
  GCancellable *cancellable;
  guint connecting;
  GThreadPool *droppers;
  GTlsCertificate *certificate;
  GTlsDatabase *database;
  GThread *thread;
  GRand *rand;
  guint depth;
  guint64 actions;
  guint opened, requests;
  gint alive;
  gboolean tls, streams, over;
} world;

static void act (void);

static guint
any (guint below)
{
  return g_rand_int_range (world.rand, 0, below);
}

static void
maybe_act (guint one_in)
{
  if (g_thread_self () == world.thread && !world.over && any (one_in) == 0)
    act ();
}

/* ---- Callbacks, all of which act ---- */

static void
release (gpointer data)
{
  (void) data;
  maybe_act (3);
}

static GBytes *
hostile_bytes (void)
{
  static const char zeros[LARGE];

  return g_bytes_new_with_free_func (zeros, any (4) ? LARGE : 4000 + any (200), release, NULL);
}

static void
on_message (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message)
{
  (void) kind;
  (void) message;
  if (any (4) == 0 && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (connection, SOUP_WEBSOCKET_DATA_BINARY, message);
  maybe_act (2);
}

static void
on_anything (void)
{
  maybe_act (2);
}

static void
message_func (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, const guint8 *data, gsize size, gpointer user)
{
  (void) connection;
  (void) kind;
  (void) data;
  (void) size;
  (void) user;
  maybe_act (2);
}

static void
gone (gpointer data, GObject *object)
{
  (void) data;
  (void) object;
  g_atomic_int_add (&world.alive, -1);
  maybe_act (4);
}

static void
keep_connection (SoupWebsocketConnection *connection)
{
  static const char *const signals[] = { "error", "closing", "closed", "pong", "notify::state" };
  SoupWebsocketConnection **place = &world.connections[any (CONNECTIONS)], *before = *place;

  world.opened++;
  g_atomic_int_inc (&world.alive);
  g_object_weak_ref (G_OBJECT (connection), gone, NULL);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (any (4))
      g_signal_connect (connection, signals[i], G_CALLBACK (on_anything), NULL);
  *place = g_object_ref (connection);
  g_clear_object (&before);
}

static gboolean
on_idle (gpointer data)
{
  (void) data;
  maybe_act (1);
  return G_SOURCE_REMOVE;
}

/* ---- Extensions ---- */

#define TEST_TYPE_RANDOM (test_random_get_type ())
G_DECLARE_FINAL_TYPE (TestRandom, test_random, TEST, RANDOM, SoupWebsocketExtension)

struct _TestRandom {
  SoupWebsocketExtension parent_instance;
};

G_DEFINE_FINAL_TYPE (TestRandom, test_random, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
process (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  (void) extension;
  maybe_act (3);
  if (*header & 0x08 || any (4))
    return payload;
  g_bytes_unref (payload);
  if (any (50))
    return hostile_bytes ();
  if (any (2))
    g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "at random");
  return NULL;
}

static void
test_random_class_init (TestRandomClass *class)
{
  SoupWebsocketExtensionClass *extension = SOUP_WEBSOCKET_EXTENSION_CLASS (class);

  extension->name = "random";
  extension->process_outgoing_message = process;
  extension->process_incoming_message = process;
}

static void
test_random_init (TestRandom *random)
{
  (void) random;
}

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

static void
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
on_websocket (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
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

static void
add_handlers (SoupServer *server)
{
  soup_server_add_handler (server, "/http", on_http, NULL, release);
  if (any (2))
    soup_server_add_early_handler (server, "/http/early", on_http, NULL, release);
  soup_server_add_websocket_handler (server, "/ws", NULL, NULL, on_websocket, NULL, release);
  if (any (2))
    soup_server_add_websocket_extension (server, TEST_TYPE_RANDOM);
}

static void
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
      streams[i] = g_simple_io_stream_new (g_io_stream_get_input_stream (socket), g_io_stream_get_output_stream (socket));
      g_object_set_data_full (G_OBJECT (streams[i]), "below", g_steal_pointer (&socket), g_object_unref);
    } else
      streams[i] = g_steal_pointer (&socket);
  }
  return TRUE;
}

static void
new_pair (void)
{
  static const SoupWebsocketConnectionType types[2] = { SOUP_WEBSOCKET_CONNECTION_CLIENT,
                                                        SOUP_WEBSOCKET_CONNECTION_SERVER };
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  gboolean random = any (2);
  GIOStream *streams[2];

  if (!stream_ends (streams))
    return;
  for (int i = 0; i < 2; i++) {
    GList *extensions = random ? g_list_append (NULL, g_object_new (TEST_TYPE_RANDOM, NULL)) : NULL;
    g_autoptr (SoupWebsocketConnection) connection =
        soup_websocket_connection_new (streams[i], uri, types[i], NULL, NULL, extensions);

    keep_connection (connection);
    g_object_unref (streams[i]);
  }
}

static void
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
    g_autoptr (GIOStream) simple =
        g_simple_io_stream_new (g_io_stream_get_input_stream (socket), g_io_stream_get_output_stream (socket));

    g_object_set_data_full (G_OBJECT (simple), "below", g_object_ref (socket), g_object_unref);
    soup_server_accept_iostream (server, world.streams ? simple : socket, NULL, NULL, NULL);
  }
  if (peer->descriptor >= 0)
    close (peer->descriptor);
  *peer = (Client){ ends[1], FALSE };
}

/* ---- Clients ---- */

static void
on_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  (void) data;
  world.connecting--;
  g_assert_true (!connection == !!error);
  if (connection && any (4))
    keep_connection (connection);
  maybe_act (2);
}

static void
connect_session (void)
{
  static const char *const signals[] = { "starting",   "wrote-headers", "got-headers",  "got-informational",
                                         "restarted",  "finished",      "network-event" };
  guint16 port = world.servers[any (SERVERS)].port;
  g_autofree char *url =
      g_strdup_printf ("%s://127.0.0.1:%u/%s", world.tls ? "wss" : "ws", port, any (5) ? "ws" : "http");
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  if (!port || world.connecting > 8)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (any (4) == 0)
      g_signal_connect (message, signals[i], G_CALLBACK (on_anything), NULL);
  world.connecting++;
  soup_session_websocket_connect_async (world.session, message, NULL, NULL, G_PRIORITY_DEFAULT, world.cancellable,
                                        on_connected, NULL);
}

static void
new_peer (void)
{
  Client *peer = &world.peers[any (PEERS)];
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = g_htons (world.servers[any (SERVERS)].port),
                                 .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK) };

  if (peer->descriptor >= 0) {
    struct linger reset = { 1, 0 };

    if (any (3) == 0)
      setsockopt (peer->descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close (peer->descriptor);
  }
  *peer = (Client){ address.sin_port ? socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1, FALSE };
  if (peer->descriptor >= 0)
    connect (peer->descriptor, (struct sockaddr *) &address, sizeof address);
}

static void
say (Client *peer, gconstpointer data, gsize length)
{
  if (peer->descriptor >= 0 && send (peer->descriptor, data, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    errno = 0; /* the peer does not care */
}

static void
say_text (Client *peer, const char *text)
{
  say (peer, text, strlen (text));
}

static void
say_frame (Client *peer)
{
  static const guint8 firsts[] = { 0x81, 0x82, 0x01, 0x80, 0x89, 0x8a, 0x88, 0xc1, 0x8b };
  guint8 frame[6 + 125] = { firsts[any (any (20) ? 6 : G_N_ELEMENTS (firsts))], 0x80 };
  guint length = any (126);

  frame[1] |= length;
  for (guint i = 0; i < length; i++)
    frame[6 + i] = 'a' + i % 26;
  say (peer, frame, 6 + (any (20) ? length : any (length + 1)));
}

static void
peer_acts (void)
{
  Client *peer = &world.peers[any (PEERS)];
  char buffer[65536];

  if (peer->upgraded && any (4)) {
    for (guint i = 1 + any (8); i > 0; i--)
      say_frame (peer);
    return;
  }
  switch (any (12)) {
  case 0:
  case 1:
    new_peer ();
    break;
  case 2:
    say_text (peer, "GET /http HTTP/1.1\r\nHost: x\r\n\r\n");
    break;
  case 3:
    for (guint i = any (20); i > 0; i--)
      say_text (peer, any (9) ? "GET /http/early HTTP/1.1\r\nHost: x\r\n\r\n" : "HEAD /no HTTP/1.0\r\n\r\n");
    break;
  case 4:
    say_text (peer, "POST /http HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (guint i = any (200); i > 0; i--)
      say_text (peer, "1\r\nx\r\n");
    if (any (3))
      say_text (peer, "0\r\n\r\n");
    break;
  case 5:
    say_text (peer, "POST /http HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    say_text (peer, any (3) ? "hello" : "he");
    break;
  case 6:
  case 7: {
    g_autofree char *request = upgrade_request ("/ws");

    say_text (peer, request);
    if (any (2))
      say_text (peer, any (2) ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "Sec-WebSocket-Extensions: random\r\n");
    say_text (peer, "\r\n");
    peer->upgraded = TRUE;
    say_frame (peer);
    break;
  }
  case 8:
    for (guint i = 0; i < sizeof buffer / 64; i++)
      buffer[i] = any (256);
    say (peer, buffer, any (sizeof buffer / 64));
    break;
  case 9: {
    static const guint8 hello[] = { 22, 3, 1, 0, 2, 1, 0 };

    say (peer, hello, any (2) ? sizeof hello : 3);
    break;
  }
  case 10:
    if (peer->descriptor >= 0 && any (3) == 0)
      shutdown (peer->descriptor, SHUT_WR);
    break;
  default:
    while (peer->descriptor >= 0 && recv (peer->descriptor, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
      if (any (3) == 0)
        break;
  }
}

/* ---- Acts ---- */

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

/* Takes all descriptors for a few turns of the loop; not while GIO connects or TLS shakes hands, which GLib aborts without
 * any. */
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

static void
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

/* ---- The world ---- */

static void
drop_one (gpointer object, gpointer data)
{
  (void) data;
  g_object_unref (object);
}

static guint
open_descriptors (void)
{
  DIR *directory = opendir ("/proc/self/fd");
  guint count = 0;

  g_assert_nonnull (directory);
  while (readdir (directory))
    count++;
  closedir (directory);
  return count;
}

static double
seconds (void)
{
  const char *text = g_getenv ("TORTURE_SECONDS");

  return text ? g_ascii_strtod (text, NULL) : under_valgrind () ? 8 : 45;
}

static void
torture (gboolean tls, gboolean streams)
{
  static guint32 seed;
  const char *text = g_getenv ("TORTURE_SEED");
  gint64 end = g_get_monotonic_time () + (gint64) (seconds () / 3 * G_USEC_PER_SEC);
  guint before;

  if (!seed)
    seed = text ? (guint32) g_ascii_strtoull (text, NULL, 10) : g_random_int ();
  g_test_message ("seed %u", seed);
  memset (&world, 0, sizeof world);
  world.thread = g_thread_self ();
  world.rand = g_rand_new_with_seed (seed);
  world.tls = tls;
  world.streams = streams;
  world.certificate = tls_certificate ("server");
  world.database = tls_database ("authority");
  world.session = soup_session_new_with_options ("max-conns", 20, "max-conns-per-host", 10, NULL);
  world.cancellable = g_cancellable_new ();
  soup_session_add_feature_by_type (world.session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_add_feature_by_type (world.session, TEST_TYPE_RANDOM);
  soup_session_set_tls_database (world.session, world.database);
  for (guint i = 0; i < PEERS; i++)
    world.peers[i].descriptor = -1;
  world.droppers = g_thread_pool_new (drop_one, NULL, 3, TRUE, NULL);
  settle (10);
  before = open_descriptors ();
  while (g_get_monotonic_time () < end) {
    alarm (patience () * 3);
    act ();
    for (guint i = any (3); i > 0; i--)
      g_main_context_iteration (NULL, FALSE);
  }
  world.over = TRUE;
  g_cancellable_cancel (world.cancellable);
  soup_session_abort (world.session);
  for (guint i = 0; i < SERVERS; i++)
    g_clear_object (&world.servers[i].server);
  for (guint i = 0; i < CONNECTIONS; i++)
    g_clear_object (&world.connections[i]);
  for (guint i = 0; i < MESSAGES; i++)
    g_clear_object (&world.messages[i]);
  for (guint i = 0; i < BODIES; i++)
    g_clear_pointer (&world.bodies[i], soup_message_body_unref);
  for (guint i = 0; i < PEERS; i++)
    if (world.peers[i].descriptor >= 0)
      close (world.peers[i].descriptor);
  wait_until (!world.connecting);
  g_thread_pool_free (world.droppers, FALSE, TRUE);
  wait_until (g_atomic_int_get (&world.alive) == 0);
  g_clear_object (&world.session);
  g_clear_object (&world.cancellable);
  g_clear_object (&world.certificate);
  g_clear_object (&world.database);
  /* GLib keeps a few for its own threads. */
  wait_until (open_descriptors () <= before + 6);
  alarm (0);
  g_test_message ("%" G_GUINT64_FORMAT " actions, %u connections, %u requests", world.actions, world.opened,
                  world.requests);
  g_rand_free (world.rand);
}

static void
plain (void)
{
  torture (FALSE, FALSE);
}

static void
over_tls (void)
{
  torture (TRUE, FALSE);
}

static void
over_streams (void)
{
  torture (FALSE, TRUE);
}

/* A response whose body was taken away is worth a warning, but not here. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
  (void) domain;
  (void) level;
  (void) text;
  (void) data;
}

int
main (int argc, char **argv)
{
  struct rlimit few = { DESCRIPTORS, DESCRIPTORS };

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_DEBUG, ignore, NULL);
  g_log_set_handler ("GLib-GIO", G_LOG_LEVEL_DEBUG, ignore, NULL);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &few));
  g_test_add_func ("/torture/plain", plain);
  g_test_add_func ("/torture/tls", over_tls);
  g_test_add_func ("/torture/streams", over_streams);
  return g_test_run ();
}

#else

static void
plain (void)
{
  differs ("libsoup does not survive it");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torture/plain", plain);
  return g_test_run ();
}

#endif
