/* Peers that begin a handshake of TLS and say no more, beside one that means it. */

#include "common-tls.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if !ON_LIBSOUP
/* As many peers as there are descriptors for, and no more than wanted; half of them send half of a ClientHello. */
static GArray *
stall (guint16 port, guint wanted)
{
  GArray *peers = g_array_new (FALSE, FALSE, sizeof (int));
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_autoptr (GByteArray) hello = tls_some_hello ();

  for (guint i = 0; i < wanted; i++) {
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gsize length = i % 2 ? hello->len / 2 : hello->len;

    g_assert_cmpint (fd, >=, 0);
    g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
    g_assert_cmpint (send (fd, hello->data, length, MSG_NOSIGNAL), ==, length);
    g_array_append_val (peers, fd);
    if (i % 32 == 31)
      settle (1);
  }
  settle (50);
  return peers;
}

static void
leave (GArray *peers)
{
  for (guint i = 0; i < peers->len; i++)
    close (g_array_index (peers, int, i));
  g_array_unref (peers);
}

/* Seconds until a connection of its own is open. */
static double
opens_in (Site *site)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTimer) timer = g_timer_new ();
  g_autoptr (End) client = site_connect (site, "/", NULL, NULL, &error);
  double seconds = g_timer_elapsed (timer, NULL);

  g_assert_no_error (error);
  g_assert_nonnull (client);
  return seconds;
}

static void
on_info (GObject *file, GAsyncResult *result, gpointer done)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (file), result, &error);

  g_assert_no_error (error);
  *(gboolean *) done = TRUE;
}

/* Seconds that the program's own file takes, which GIO's threads look at. */
static double
file_takes (void)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/");
  g_autoptr (GTimer) timer = g_timer_new ();
  gboolean done = FALSE;

  g_file_query_info_async (file, "standard::type", 0, G_PRIORITY_DEFAULT, NULL, on_info, &done);
  wait_until (done);
  return g_timer_elapsed (timer, NULL);
}

static guint
descriptors (void)
{
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  return MIN (limit.rlim_cur, G_MAXINT);
}

static void
crowd (gconstpointer count)
{
  g_autoptr (Site) site = tls_site_new ("server");
  guint wanted = under_valgrind () ? 30 : MIN (GPOINTER_TO_UINT (count), descriptors () / 3);
  double alone, beside, file;
  GArray *peers;

  site_accept (site, "/", NULL, NULL);
  alone = opens_in (site);
  peers = stall (site->port, wanted);
  file = file_takes ();
  beside = opens_in (site);
  g_test_message ("alone %.0f ms, beside %u that stall %.0f ms; a file %.0f ms", 1000 * alone, wanted, 1000 * beside,
                  1000 * file);
  if (!under_valgrind ()) {
    g_assert_cmpfloat (beside, <, 1 + 4 * alone);
    g_assert_cmpfloat (file, <, 1 + 4 * alone);
  }
  leave (peers);
  opens_in (site);
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_data_func ("/tls-stalled/100", GUINT_TO_POINTER (100), crowd);
  g_test_add_data_func ("/tls-stalled/1000", GUINT_TO_POINTER (1000), crowd);
#endif
  return g_test_run ();
}
