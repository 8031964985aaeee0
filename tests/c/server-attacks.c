/* What strangers and mistaken programs do to a server: none of it lets anybody in, or keeps the server busy. */

#include "common.h"

#include <sys/socket.h>
#include <time.h>

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer status)
{
  soup_server_message_set_status (message, GPOINTER_TO_UINT (status), NULL);
}

/* The status that the server answers with. */
static guint
status_of (Site *site, const char *request)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *head = NULL;

  peer_write_text (peer, request);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 "));
  return g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

/* ---- Hosts ---- */

static void
bad_hosts (void)
{
  g_autoptr (Site) site = site_new ();
  const char *bad[]
      = { "GET / HTTP/1.1\r\nHost: \xe4.example\r\n\r\n", "GET http://a.example/ HTTP/1.1\r\nHost: a b\r\n\r\n",
          "GET http://a.example/ HTTP/1.1\r\nHost: \xff\r\n\r\n", "GET http://a.example/ HTTP/1.1\r\nHost: u@h\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: \xe4\r\n\r\n" };
  const char *good[] = { "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
                         "GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n" };

  if (differs ("libsoup takes hosts that are none"))
    return;
  soup_server_add_handler (site->server, NULL, answer, GUINT_TO_POINTER (200), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpuint (status_of (site, bad[i]), ==, 400);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpuint (status_of (site, good[i]), ==, 200);
}

/* ---- Arguments that are no UTF-8 ---- */

static guint
status_of_upgrade (Site *site, const char *path, const char *origin)
{
  g_autofree char *request = upgrade_request (path);
  g_autofree char *whole = g_strconcat (request, "Origin: ", origin, "\r\n\r\n", NULL);

  return status_of (site, whole);
}

/* An origin in Latin-1 lets nobody in: what headers say is text. */
static void
latin1_origin (void)
{
  g_autoptr (Site) site = site_new ();
  const char *origin = "http://b\374cher.example";

  site_accept (site, "/", origin, NULL);
  g_assert_cmpuint (status_of_upgrade (site, "/", "http://evil.example"), ==, 403);
  g_assert_cmpuint (status_of_upgrade (site, "/", origin), ==, 403);
}

/* Neither does a protocol in Latin-1. */
static void
latin1_protocol (void)
{
  g_autoptr (Site) site = site_new ();
  char *protocols[] = { "\xfc", NULL };
  g_autofree char *request = upgrade_request ("/");
  g_autofree char *whole = g_strconcat (request, "Sec-WebSocket-Protocol: chat\r\n\r\n", NULL);

  site_accept (site, "/", NULL, protocols);
  g_assert_cmpuint (status_of (site, whole), ==, 400);
}

/* A path in Latin-1 is that path, and not "/". */
static void
latin1_path (void)
{
  g_autoptr (Site) site = site_new ();

  soup_server_add_handler (site->server, "/\xfc", answer, GUINT_TO_POINTER (200), NULL);
  soup_server_add_early_handler (site->server, "/\xe4", answer, GUINT_TO_POINTER (403), NULL);
  site_accept (site, "/\xf6", NULL, NULL);
  g_assert_cmpuint (status_of (site, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ==, 404);
  g_assert_cmpuint (status_of_upgrade (site, "/", "http://evil.example"), ==, 404);
  g_assert_cmpuint (status_of (site, "GET /%FC HTTP/1.1\r\nHost: x\r\n\r\n"), ==, 200);
  g_assert_cmpuint (status_of (site, "GET /%E4 HTTP/1.1\r\nHost: x\r\n\r\n"), ==, 403);
  g_assert_cmpuint (status_of_upgrade (site, "/%F6", "http://a.example"), ==, 101);
  soup_server_remove_handler (site->server, "/\xfc");
  g_assert_cmpuint (status_of (site, "GET /%FC HTTP/1.1\r\nHost: x\r\n\r\n"), ==, 404);
}

/* ---- A listener that is no more ---- */

static gint64
cpu_time (void)
{
  return (gint64) clock () * G_USEC_PER_SEC / CLOCKS_PER_SEC;
}

/* Somebody shuts the listening socket down: it is given up, and does not keep the processor busy. */
static void
dead_listener (void)
{
  g_autoptr (Site) site = site_new ();
  GSList *listeners = soup_server_get_listeners (site->server);
  gint64 before;

  g_assert_nonnull (listeners);
  if (!ON_LIBSOUP)
    g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, "A listening socket accepts no more*");
  g_assert_cmpint (shutdown (g_socket_get_fd (listeners->data), SHUT_RDWR), ==, 0);
  g_slist_free (listeners);
  if (differs ("libsoup keeps the listener, and the processor busy"))
    return;
  settle (20);
  g_test_assert_expected_messages ();
  listeners = soup_server_get_listeners (site->server);
  g_assert_null (listeners);
  before = cpu_time ();
  settle (300);
  g_assert_cmpint (cpu_time () - before, <, 200 * 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-attacks/hosts-that-are-none", bad_hosts);
  g_test_add_func ("/server-attacks/latin-1-origin", latin1_origin);
  g_test_add_func ("/server-attacks/latin-1-protocol", latin1_protocol);
  g_test_add_func ("/server-attacks/latin-1-path", latin1_path);
  g_test_add_func ("/server-attacks/dead-listener", dead_listener);
  return g_test_run ();
}
