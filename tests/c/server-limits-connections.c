/* Clients that take all the connections, or all the descriptors, of a server (bisque.h). */

#include "common-crowd.h"
#include "common-limits.h"

#if !ON_LIBSOUP
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Connections ---- */

/* The one that has been idle longest gives way; the one with a request under way does not. */
static void
full (BisqueServerLimit limit)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) busy = peer_connect (site->port);
  g_autoptr (Peer) older = peer_connect (site->port);
  g_autoptr (Peer) newer = NULL;
  g_autoptr (Peer) last = NULL;

  bisque_server_set_limit (site->server, limit, 3);
  peer_write_text (busy, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
  peer_write_text (older, GET);
  served (older);
  settle (20);
  newer = peer_connect (site->port);
  peer_write_text (newer, GET);
  served (newer);
  last = peer_connect (site->port);
  peer_write_text (last, GET);
  served (last);
  wait_until (peer_ended (older));
  g_assert_false (peer_ended (newer));
  peer_write_text (busy, "b");
  served (busy);
}

static void
full_server (void)
{
  full (BISQUE_SERVER_LIMIT_CONNECTIONS);
}

static void
full_address (void)
{
  full (BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS);
}

/* ---- Descriptors ---- */

static void
ask (int fd)
{
  char answer[256] = "";

  if (send (fd, GET, strlen (GET), MSG_NOSIGNAL) < 0 || recv (fd, answer, sizeof answer - 1, 0) <= 0)
    _exit (3);
  if (!g_str_has_prefix (answer, "HTTP/1.1 200"))
    _exit (4);
}

/* Serves with so many descriptors until the clients' process has ended well. */
static void
serve_with (Site *site, rlim_t descriptors, void (*clients) (guint16 port))
{
  struct rlimit before, limit;

  getrlimit (RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = descriptors;
  serve_crowd (site, clients, patience (), &limit);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
}

static void
silent_crowd (guint16 port)
{
  int peers[120];

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = dial (port);
  ask (dial (port));
  /* Halves of heads do not lock anybody out either. */
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    close (peers[i]);
    peers[i] = dial (port);
    if (send (peers[i], "GET / HT", 8, MSG_NOSIGNAL) < 0)
      _exit (5);
  }
  for (int i = 0; i < 20; i++)
    ask (dial (port));
}

static void
opens_files (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  FILE *file = fopen ("/dev/null", "r");

  /* There is something left for the program. */
  g_assert_nonnull (file);
  fclose (file);
  hello (server, message, path, query, data);
}

static void
all_descriptors (gconstpointer descriptors)
{
  g_autoptr (Site) site = serving (opens_files, NULL);

  serve_with (site, GPOINTER_TO_UINT (descriptors), silent_crowd);
}

/* They begin a handshake, and say no more. */
static void
stalling_crowd (guint16 port)
{
  g_autoptr (GByteArray) hello = tls_some_hello ();
  int peers[120];

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    char answer;

    peers[i] = dial (port);
    if (send (peers[i], hello->data, hello->len, MSG_NOSIGNAL) < 0)
      continue;
    /* The server has begun with the first ones. */
    if (i < 4 && recv (peers[i], &answer, 1, 0) != 1)
      _exit (6);
  }
}

/* GLib would end the process where it finds no descriptor for a handshake's context. */
static void
handshakes_without_descriptors (gconstpointer descriptors)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GError) error = NULL;
  End *client;

  site_accept (site, "/", NULL, NULL);
  serve_with (site, GPOINTER_TO_UINT (descriptors), stalling_crowd);
  /* It recovers. */
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  end_free (client);
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/server-limits/connections/in-all", full_server);
  g_test_add_func ("/server-limits/connections/per-address", full_address);
  g_test_add_data_func ("/server-limits/descriptors/60", GUINT_TO_POINTER (60), all_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/30", GUINT_TO_POINTER (30), all_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/handshakes-60", GUINT_TO_POINTER (60),
                        handshakes_without_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/handshakes-100", GUINT_TO_POINTER (100),
                        handshakes_without_descriptors);
#endif
  return g_test_run ();
}
