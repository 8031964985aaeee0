/* Where a server listens: the four functions, what they say of it, and how it ends. */

#include "common.h"

#include <unistd.h>

static void
opened (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
        gpointer count)
{
  (void) server, (void) message, (void) path, (void) connection;
  ++*(guint *) count;
}

/* A server with one handler, and nothing to listen on yet. */
static SoupServer *
new_server (guint *count)
{
  SoupServer *server = soup_server_new ("server-header", "listener", NULL);

  soup_server_add_websocket_handler (server, "/", NULL, NULL, opened, count, NULL);
  return server;
}

static guint16
port_of (SoupServer *server, guint expected_uris)
{
  GSList *uris = soup_server_get_uris (server);
  guint16 port = uris ? g_uri_get_port (uris->data) : 0;

  g_assert_cmpint (g_slist_length (uris), ==, expected_uris);
  for (GSList *at = uris; at; at = at->next) {
    g_assert_cmpstr (g_uri_get_scheme (at->data), ==, "http");
    g_assert_cmpstr (g_uri_get_path (at->data), ==, "/");
  }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return port;
}

static void
expect_websocket (guint16 port, guint *count)
{
  g_autoptr (Peer) peer = peer_connect (port);
  guint before = *count;

  peer_upgrade (peer, "/");
  wait_until (*count == before + 1);
}

static void
nowhere (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);

  g_assert_null (soup_server_get_uris (server));
  g_assert_null (soup_server_get_listeners (server));
  g_assert_false (soup_server_is_https (server));
}

static void
listen_local (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;
  GSList *listeners, *uris;

  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  g_assert_cmpstr (g_uri_get_host (uris->data), ==, "127.0.0.1");
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  expect_websocket (port_of (server, 1), &count);
  listeners = soup_server_get_listeners (server);
  g_assert_cmpint (g_slist_length (listeners), ==, 1);
  g_assert_true (G_IS_SOCKET (listeners->data));
  g_slist_free (listeners);
}

static void
listen_all (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;

  g_assert_true (soup_server_listen_all (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  expect_websocket (port_of (server, 1), &count);
}

static void
listen_at_address (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (soup_server_listen (server, address, 0, &error));
  g_assert_no_error (error);
  expect_websocket (port_of (server, 1), &count);
}

static void
listen_at_socket (void)
{
  guint count = 0;
  guint16 port;
  int descriptor = peer_listen (&port);
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (descriptor, &error);

  g_assert_no_error (error);
  g_assert_true (soup_server_listen_socket (server, socket, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (port_of (server, 1), ==, port);
  expect_websocket (port, &count);
}

static void
listen_twice (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;

  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  port_of (server, 2);
}

static void
listen_where_somebody_is (void)
{
  guint count = 0;
  guint16 port;
  int descriptor = peer_listen (&port);
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;

  g_assert_false (soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_null (soup_server_get_uris (server));
  close (descriptor);
}

static void
tls_without_certificate (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GError) error = NULL;

  g_assert_false (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_HTTPS, &error));
  g_assert_nonnull (error);
}

static void
disconnect (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (Peer) idle = NULL, late = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port;

  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  port = port_of (server, 1);
  expect_websocket (port, &count);
  idle = peer_connect (port);
  settle (20);
  soup_server_disconnect (server);
  g_assert_null (soup_server_get_uris (server));
  g_assert_null (soup_server_get_listeners (server));
  /* Idle connections end. */
  wait_until (peer_ended (idle));
  /* It may listen again. */
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  expect_websocket (port_of (server, 1), &count);
}

static void
dropped (void)
{
  guint count = 0;
  SoupServer *server = new_server (&count);
  g_autoptr (GError) error = NULL;
  g_autoptr (Peer) idle = NULL;
  gpointer weak = server;

  g_object_add_weak_pointer (G_OBJECT (server), &weak);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  idle = peer_connect (port_of (server, 1));
  settle (20);
  g_object_unref (server);
  wait_until (weak == NULL);
  wait_until (peer_ended (idle));
}

static void
accept_iostream (void)
{
  guint count = 0;
  g_autoptr (SoupServer) server = new_server (&count);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.1", 80);
  g_autoptr (GSocketAddress) remote = g_inet_socket_address_new_from_string ("127.0.0.2", 4711);
  int other;

  stream_pair (&stream, &other);
  peer = peer_new (other, TRUE);
  g_assert_true (soup_server_accept_iostream (server, stream, local, remote, &error));
  g_assert_no_error (error);
  peer_upgrade (peer, "/");
  wait_until (count == 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/listen/nowhere", nowhere);
  g_test_add_func ("/listen/local", listen_local);
  g_test_add_func ("/listen/all", listen_all);
  g_test_add_func ("/listen/address", listen_at_address);
  g_test_add_func ("/listen/socket", listen_at_socket);
  g_test_add_func ("/listen/twice", listen_twice);
  g_test_add_func ("/listen/where-somebody-is", listen_where_somebody_is);
  g_test_add_func ("/listen/tls-without-certificate", tls_without_certificate);
  g_test_add_func ("/listen/disconnect", disconnect);
  g_test_add_func ("/listen/dropped", dropped);
  g_test_add_func ("/listen/accept-iostream", accept_iostream);
  return g_test_run ();
}
