/* SoupServer beside its requests: listening, paths, what a handler may do to its server, properties, subclasses, misuse. */

#include "common.h"

static guint16
port_of (SoupServer *server)
{
  GSList *uris = soup_server_get_uris (server);
  guint16 port = g_uri_get_port (uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return port;
}

static SoupServer *
listening (void)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  return server;
}

static void
destroyed (gpointer data)
{
  (*(int *) data)++;
}

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, 200 + GPOINTER_TO_UINT (data), NULL);
}

/* The status that a request for the path is answered with. */
static guint
ask (guint16 port, const char *path)
{
  g_autoptr (Peer) peer = peer_connect (port);
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
  g_autofree char *head = NULL;

  peer_write_text (peer, request);
  head = peer_head (peer);
  return atoi (head + strlen ("HTTP/1.1 "));
}

static void
longest_path_serves (void)
{
  g_autoptr (SoupServer) server = listening ();
  guint16 port = port_of (server);

  soup_server_add_handler (server, "/foo", answer, GUINT_TO_POINTER (1), NULL);
  soup_server_add_handler (server, "/foo/bar", answer, GUINT_TO_POINTER (2), NULL);
  soup_server_add_handler (server, "/dir/", answer, GUINT_TO_POINTER (3), NULL);
  g_assert_cmpuint (ask (port, "/foo"), ==, 201);
  g_assert_cmpuint (ask (port, "/foo/x?y"), ==, 201);
  g_assert_cmpuint (ask (port, "/foobar"), ==, 201);
  g_assert_cmpuint (ask (port, "/foo/bar/x"), ==, 202);
  g_assert_cmpuint (ask (port, "/dir/x"), ==, 203);
  g_assert_cmpuint (ask (port, "/dir"), ==, 404);
  soup_server_add_handler (server, NULL, answer, GUINT_TO_POINTER (4), NULL);
  g_assert_cmpuint (ask (port, "/dir"), ==, 204);
  soup_server_remove_handler (server, "/foo/bar");
  g_assert_cmpuint (ask (port, "/foo/bar/x"), ==, 201);
  soup_server_remove_handler (server, "/nothing");
  soup_server_remove_handler (server, "/");
  g_assert_cmpuint (ask (port, "/dir"), ==, 404);
}

static void
ignore (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
        gpointer data)
{
}

static void
destroy_notifies (void)
{
  int early = 0, plain = 0, socket = 0, replaced = 0;
  SoupServer *server = listening ();

  soup_server_add_early_handler (server, "/a", answer, &early, destroyed);
  soup_server_add_handler (server, "/a", answer, &plain, destroyed);
  soup_server_add_websocket_handler (server, "/a", NULL, NULL, ignore, &socket, destroyed);
  g_assert_cmpint (early + plain + socket, ==, 0);
  soup_server_add_handler (server, "/a", answer, &replaced, destroyed);
  g_assert_cmpint (plain, ==, 1);
  soup_server_remove_handler (server, "/a");
  g_assert_cmpint (early, ==, 1);
  g_assert_cmpint (replaced, ==, 1);
  g_assert_cmpint (socket, ==, 1);
  soup_server_add_websocket_handler (server, NULL, NULL, NULL, ignore, &socket, destroyed);
  g_object_unref (server);
  g_assert_cmpint (socket, ==, 2);
  g_assert_cmpint (plain, ==, 1);
}

static void
listening_ends (void)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupServer) second = NULL;
  GSList *list;
  GUri *uri;
  guint16 port;

  g_assert_null (soup_server_get_uris (server));
  g_assert_null (soup_server_get_listeners (server));
  g_assert_true (soup_server_listen_all (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  list = soup_server_get_uris (server);
  g_assert_cmpuint (g_slist_length (list), ==, 1);
  uri = list->data;
  g_assert_cmpstr (g_uri_get_scheme (uri), ==, "http");
  g_assert_cmpstr (g_uri_get_host (uri), ==, "0.0.0.0");
  g_assert_cmpstr (g_uri_get_path (uri), ==, "/");
  g_slist_free_full (list, (GDestroyNotify) g_uri_unref);
  port = port_of (server);

  second = soup_server_new (NULL, NULL);
  g_assert_false (soup_server_listen_all (second, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);

  soup_server_disconnect (server);
  g_assert_null (soup_server_get_uris (server));
  g_assert_true (soup_server_listen_all (second, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  g_assert_cmpuint (ask (port_of (server), "/"), ==, 200);
  g_object_unref (server);
}

static void
listen_on (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GError) error = NULL;
  GSList *listeners;

  g_assert_true (soup_server_listen (server, address, 0, &error));
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, TRUE, &error));
  g_assert_true (g_socket_listen (socket, &error));
  g_assert_true (soup_server_listen_socket (server, socket, 0, &error));
  g_assert_no_error (error);
  listeners = soup_server_get_listeners (server);
  g_assert_cmpuint (g_slist_length (listeners), ==, 2);
  g_assert_true (g_slist_find (listeners, socket) != NULL);
  g_slist_free (listeners);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  {
    g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
    g_assert_cmpuint (ask (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)), "/"), ==, 200);
  }
}

static void
both_families (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  GSList *uris;

  g_assert_true (soup_server_listen_local (server, 0, 0, NULL));
  uris = soup_server_get_uris (server);
  for (GSList *l = uris; l; l = l->next)
    g_assert_cmpint (g_uri_get_port (l->data), ==, g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
https_needs_a_certificate (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_HTTPS, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_false (soup_server_is_https (server));
}

static void
properties (void)
{
  g_autoptr (SoupServer) server = soup_server_new ("raw-paths", TRUE, "server-header", "mine", NULL);
  g_autofree char *header = NULL;
  gboolean raw;
  GTlsAuthenticationMode mode;

  g_object_get (server, "raw-paths", &raw, "server-header", &header, "tls-auth-mode", &mode, NULL);
  g_assert_true (raw);
  g_assert_cmpstr (header, ==, "mine");
  g_assert_cmpint (mode, ==, G_TLS_AUTHENTICATION_NONE);
  g_clear_pointer (&header, g_free);
  g_object_set (server, "server-header", "mine ", NULL);
  g_object_get (server, "server-header", &header, NULL);
  g_assert_true (g_str_has_prefix (header, "mine libsoup/"));
  soup_server_set_tls_auth_mode (server, G_TLS_AUTHENTICATION_REQUIRED);
  g_assert_cmpint (soup_server_get_tls_auth_mode (server), ==, G_TLS_AUTHENTICATION_REQUIRED);
  g_assert_null (soup_server_get_tls_certificate (server));
  g_assert_null (soup_server_get_tls_database (server));
}

static void
disconnects (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_disconnect (server);
}

static void
handler_disconnects (void)
{
  g_autoptr (SoupServer) server = listening ();
  g_autoptr (Peer) peer = peer_connect (port_of (server));

  soup_server_add_handler (server, NULL, disconnects, NULL, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_until (peer_ended (peer));
  g_assert_null (soup_server_get_listeners (server));
}

static void
drops (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupServer **owned = data;

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  g_clear_object (owned);
}

static void
handler_drops_the_server (void)
{
  SoupServer *server = listening ();
  g_autoptr (Peer) peer = peer_connect (port_of (server));
  gpointer watched = server;

  g_object_add_weak_pointer (G_OBJECT (server), &watched);
  soup_server_add_handler (server, NULL, drops, &server, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_until (!server);
  wait_until (peer_ended (peer));
  wait_until (!watched);
}

static void
removes (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_remove_handler (server, "/");
}

static void
handler_removes_itself (void)
{
  g_autoptr (SoupServer) server = listening ();
  int calls = 0;

  soup_server_add_handler (server, NULL, removes, &calls, destroyed);
  g_assert_cmpuint (ask (port_of (server), "/"), ==, 200);
  g_assert_cmpint (calls, ==, 1);
  g_assert_cmpuint (ask (port_of (server), "/"), ==, 404);
  g_assert_cmpint (calls, ==, 1);
}

static void
nests (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  if (g_str_has_prefix (path, "/outer"))
    g_assert_cmpuint (ask (GPOINTER_TO_UINT (data), "/inner"), ==, 200);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static void
handler_runs_a_nested_loop (void)
{
  g_autoptr (SoupServer) server = NULL;
  guint16 port;

  if (differs ("connections are served while a handler runs a nested main loop"))
    return;
  server = listening ();
  port = port_of (server);
  soup_server_add_handler (server, NULL, nests, GUINT_TO_POINTER (port), NULL);
  g_assert_cmpuint (ask (port, "/outer"), ==, 200);
}

/* ---- A subclass in C ---- */

typedef SoupServer LoudServer;
typedef SoupServerClass LoudServerClass;
static GType loud_server_get_type (void);
G_DEFINE_TYPE (LoudServer, loud_server, SOUP_TYPE_SERVER)
static GString *loud;

#define LOUD(name, word)                                                                                             \
  static void name (SoupServer *server, SoupServerMessage *message)                                                  \
  {                                                                                                                  \
    g_assert_true (SOUP_IS_SERVER_MESSAGE (message));                                                                \
    g_string_append (loud, word);                                                                                    \
  }
LOUD (loud_started, "started ")
LOUD (loud_read, "read ")
LOUD (loud_finished, "finished ")
LOUD (loud_aborted, "aborted ")

static void
loud_server_class_init (LoudServerClass *class)
{
  class->request_started = loud_started;
  class->request_read = loud_read;
  class->request_finished = loud_finished;
  class->request_aborted = loud_aborted;
}

static void
loud_server_init (LoudServer *server)
{
}

static void
silent (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
}

static void
subclass (void)
{
  SoupServer *server = g_object_new (loud_server_get_type (), NULL);

  g_assert_cmpuint (sizeof (SoupServer), ==, 24);
  g_assert_cmpuint (sizeof (SoupServerClass), ==, 216);
  loud = g_string_new (NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  soup_server_add_handler (server, "/answered", answer, NULL, NULL);
  soup_server_add_early_handler (server, "/unanswered", silent, NULL, NULL);
  g_assert_cmpuint (ask (port_of (server), "/answered"), ==, 200);
  settle (10);
  g_assert_cmpstr (loud->str, ==, "started read finished ");
  g_assert_cmpuint (ask (port_of (server), "/unanswered"), ==, 500);
  settle (10);
  g_assert_cmpstr (loud->str, ==, "started read finished started read aborted ");
  g_object_unref (server);
  g_string_free (loud, TRUE);
}

/* ---- Contexts ---- */

/* What a thread that serves has in common with the one that started it. */
typedef struct {
  GMainContext *context;
  int port; /* 0 before it listens, and when it shall stop */
} Serving;

static gpointer
serve_in_thread (gpointer data)
{
  Serving *serving = data;
  SoupServer *server;

  g_main_context_push_thread_default (serving->context);
  server = listening ();
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  g_atomic_int_set (&serving->port, port_of (server));
  while (g_atomic_int_get (&serving->port) != 0)
    g_main_context_iteration (serving->context, TRUE);
  g_object_unref (server);
  g_main_context_pop_thread_default (serving->context);
  return serving;
}

static void
context_of_a_thread (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Serving serving = { context, 0 };
  GThread *thread = g_thread_new ("server", serve_in_thread, &serving);
  int port;

  while ((port = g_atomic_int_get (&serving.port)) == 0)
    g_usleep (1000);
  g_assert_cmpuint (ask (port, "/"), ==, 200);
  g_atomic_int_set (&serving.port, 0);
  g_main_context_wakeup (context);
  g_assert_true (g_thread_join (thread) == &serving);
}

static void
made_here_run_there (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  SoupServer *server;
  g_autoptr (Peer) peer = NULL;

  g_main_context_push_thread_default (context);
  server = listening ();
  g_main_context_pop_thread_default (context);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  peer = peer_connect (port_of (server));
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  settle (20);
  g_assert_false (peer_ended (peer));
  g_assert_cmpuint (peer->input->len, ==, 0);
  for (int i = 0; i < 100 && !peer_ended (peer); i++) {
    g_main_context_iteration (context, FALSE);
    g_usleep (1000);
  }
  g_assert_true (peer_ended (peer));
  g_object_unref (server);
}

/* ---- Misuse ---- */

static void
misuse (gconstpointer data)
{
  const char *name = data;
  g_autoptr (SoupServer) server = NULL;
  GObject *other;
  gpointer wrong;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_failed ();
    g_test_trap_assert_stderr ("*libsoup-CRITICAL*assertion*failed*");
    return;
  }
  server = soup_server_new (NULL, NULL);
  other = g_object_new (G_TYPE_OBJECT, NULL);
  wrong = other;
  if (!strcmp (name, "no-callback"))
    soup_server_add_handler (server, NULL, NULL, NULL, NULL);
  else if (!strcmp (name, "no-early-callback"))
    soup_server_add_early_handler (server, NULL, NULL, NULL, NULL);
  else if (!strcmp (name, "no-websocket-callback"))
    soup_server_add_websocket_handler (server, NULL, NULL, NULL, NULL, NULL, NULL);
  else if (!strcmp (name, "both-families"))
    soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | SOUP_SERVER_LISTEN_IPV6_ONLY, NULL);
  else if (!strcmp (name, "family-of-address"))
    soup_server_listen (server, wrong, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL);
  else if (!strcmp (name, "wrong-server"))
    soup_server_disconnect (wrong);
  else if (!strcmp (name, "null-server"))
    soup_server_get_uris (NULL);
  else if (!strcmp (name, "wrong-message"))
    soup_server_message_get_status (wrong);
  else if (!strcmp (name, "null-message"))
    soup_server_message_set_status (NULL, 200, NULL);
}

static const char *misuses[] = { "no-callback",       "no-early-callback", "no-websocket-callback",
                                 "both-families",     "family-of-address", "wrong-server",
                                 "null-server",       "wrong-message",     "null-message" };

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/longest-path-serves", longest_path_serves);
  g_test_add_func ("/server/destroy-notifies", destroy_notifies);
  g_test_add_func ("/server/listening-ends", listening_ends);
  g_test_add_func ("/server/listen-on", listen_on);
  g_test_add_func ("/server/both-families", both_families);
  g_test_add_func ("/server/https-needs-a-certificate", https_needs_a_certificate);
  g_test_add_func ("/server/properties", properties);
  g_test_add_func ("/server/handler-disconnects", handler_disconnects);
  g_test_add_func ("/server/handler-drops-the-server", handler_drops_the_server);
  g_test_add_func ("/server/handler-removes-itself", handler_removes_itself);
  g_test_add_func ("/server/handler-runs-a-nested-loop", handler_runs_a_nested_loop);
  g_test_add_func ("/server/subclass", subclass);
  g_test_add_func ("/server/context-of-a-thread", context_of_a_thread);
  g_test_add_func ("/server/made-here-run-there", made_here_run_there);
  for (guint i = 0; i < G_N_ELEMENTS (misuses); i++) {
    g_autofree char *path = g_strdup_printf ("/server/misuse/%s", misuses[i]);
    g_test_add_data_func (path, misuses[i], misuse);
  }
  return g_test_run ();
}
