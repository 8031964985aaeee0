/* A server in company: clients that dawdle beside one that does not, and as many connections at once as the descriptors
 * allow. A few hundred of them here; with "-m slow" (`make load`) thousands. */

#include "common-crowd.h"

#if !ON_LIBSOUP
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define UPGRADE                                                                                                        \
  "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"      \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* What the clients' process has to know; it inherits it. */
static struct {
  guint crowd;      /* connections, of each kind */
  guint interval;   /* microseconds between two bytes of a slow one */
  guint measured;   /* requests of the client that does not dawdle */
  guint pause;      /* microseconds between two of them */
  double factor;    /* by how much a request may take longer in company, beyond... */
  gint64 allowance; /* ...so many microseconds */
  gsize answer;     /* the length of the answer to GET */
} plan;

static void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

static void
echo (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *message)
{
  soup_websocket_connection_send_message (connection, type, message);
}

static void
opened (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        SoupWebsocketConnection *connection,
        gpointer data)
{
  g_object_ref (connection);
  g_signal_connect (connection, "message", G_CALLBACK (echo), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (g_object_unref), NULL);
}

static Site *
serving (void)
{
  Site *site = site_new ();

  soup_server_add_handler (site->server, NULL, hello, NULL, NULL);
  soup_server_add_websocket_handler (site->server, "/socket", NULL, NULL, opened, NULL, NULL);
  return site;
}

/* How many descriptors this process may have. */
static guint
descriptors (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return MIN (limit.rlim_cur, 1000000);
}

/* ---- The client that does not dawdle ---- */

static void
get (int fd)
{
  char answer[512];

  say (fd, GET, strlen (GET), 3);
  hear (fd, answer, plan.answer, 4);
  if (memcmp (answer, "HTTP/1.1 200", 12) != 0)
    _exit (5);
}

/* Asks for the first time, and learns how long an answer is. */
static int
first_get (guint16 port)
{
  int fd = dial (port);
  char answer[512];
  gssize count;

  say (fd, GET, strlen (GET), 3);
  count = recv (fd, answer, sizeof answer, 0);
  if (count < 20 || memcmp (answer + count - 5, "hello", 5) != 0)
    _exit (6);
  plan.answer = count;
  return fd;
}

static int
ascending (const void *first, const void *second)
{
  gint64 difference = *(const gint64 *) first - *(const gint64 *) second;

  return difference < 0 ? -1 : difference > 0;
}

/* The median of the requests' times, in microseconds, and the slowest but one of a hundred. */
static gint64
usual_time (int fd, gint64 *slow)
{
  gint64 *times = g_new (gint64, plan.measured), median;

  for (guint i = 0; i < plan.measured; i++) {
    times[i] = g_get_monotonic_time ();
    get (fd);
    times[i] = g_get_monotonic_time () - times[i];
    g_usleep (plan.pause);
  }
  qsort (times, plan.measured, sizeof *times, ascending);
  median = times[plan.measured / 2];
  *slow = times[plan.measured - 1 - plan.measured / 100];
  g_free (times);
  return median;
}

/* ---- Those that do: a byte of a head, of a body, of a WebSocket's message at a time ---- */

static void
dawdle (guint16 port, int ready)
{
  static const char *beginnings[]
      = { "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
          UPGRADE };
  static const guint8 frame[] = { 0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0 };
  int *fds = g_new (int, plan.crowd);

  for (guint i = 0; i < plan.crowd; i++) {
    char answer[512];

    fds[i] = dial (port);
    say (fds[i], beginnings[i % 3], strlen (beginnings[i % 3]), 7);
    if (i % 3 == 2) {
      if (recv (fds[i], answer, sizeof answer, 0) < 100 || memcmp (answer, "HTTP/1.1 101", 12) != 0)
        _exit (8);
      say (fds[i], frame, sizeof frame, 9);
    }
  }
  if (write (ready, "r", 1) != 1)
    _exit (10);
  /* Until it is killed. */
  for (guint i = 0;; i = (i + 1) % plan.crowd) {
    send (fds[i], "x", 1, MSG_NOSIGNAL);
    g_usleep (plan.interval / plan.crowd);
  }
}

static void
beside_dawdlers (guint16 port)
{
  int fd = first_get (port), ready[2];
  gint64 slow_before, slow, before = usual_time (fd, &slow_before), now;
  pid_t crowd;
  char byte;

  if (pipe (ready) != 0)
    _exit (11);
  crowd = fork ();
  if (crowd == 0)
    dawdle (port, ready[1]);
  close (ready[1]);
  if (read (ready[0], &byte, 1) != 1)
    _exit (12);
  now = usual_time (fd, &slow);
  kill (crowd, SIGKILL);
  waitpid (crowd, NULL, 0);
  printf ("# a request takes %" G_GINT64_FORMAT " us (99 of 100: %" G_GINT64_FORMAT
          "), beside %u slow clients %" G_GINT64_FORMAT " us (%" G_GINT64_FORMAT ")\n",
          before, slow_before, plan.crowd, now, slow);
  fflush (stdout);
  if (now > before * plan.factor + plan.allowance)
    _exit (13);
}

/* A slow-loris does not make others wait. */
static void
slow_loris (void)
{
  g_autoptr (Site) site = serving ();
  guint most = descriptors () / 2 - 50;

  plan.crowd = MIN (most, g_test_slow () ? 2000 : under_valgrind () ? 60 : 300);
  plan.interval = g_test_slow () ? 1000000 : 100000;
  plan.measured = g_test_slow () ? 2000 : under_valgrind () ? 40 : 300;
  plan.pause = g_test_slow () ? 5000 : 2000;
  /* Where other tests run beside this one, times are theirs too. */
  plan.factor = g_test_slow () ? 2 : 10;
  plan.allowance = g_test_slow () ? 300 : 50000;
  serve_crowd (site, beside_dawdlers, 100, NULL);
}

/* ---- Thousands at once ---- */

static void
crowd (guint16 port)
{
  static const guint8 message[] = { 0x81, 0x82, 0, 0, 0, 0, 'h', 'i' };
  int first = first_get (port);
  int *https = g_new (int, plan.crowd), *sockets = g_new (int, plan.crowd);
  char answer[512];

  for (guint i = 0; i < plan.crowd; i++) {
    https[i] = dial (port);
    get (https[i]);
    sockets[i] = dial (port);
    say (sockets[i], UPGRADE, strlen (UPGRADE), 14);
    if (recv (sockets[i], answer, sizeof answer, 0) < 100 || memcmp (answer, "HTTP/1.1 101", 12) != 0)
      _exit (15);
  }
  /* All of them are served, all at once and one after another. */
  for (guint i = 0; i < plan.crowd; i++) {
    say (https[i], GET, strlen (GET), 16);
    say (sockets[i], message, sizeof message, 17);
  }
  for (guint i = 0; i < plan.crowd; i++) {
    hear (https[i], answer, plan.answer, 18);
    hear (sockets[i], answer, 4, 19);
    if (memcmp (answer, "\x81\x02hi", 4) != 0)
      _exit (20);
  }
  get (first);
}

static void
thousands (void)
{
  g_autoptr (Site) site = serving ();
  guint wanted = g_test_slow () ? 5000 : under_valgrind () ? 60 : 300;
  guint most = descriptors () / 2 - 50;

  plan.crowd = MIN (wanted, most);
  serve_crowd (site, crowd, 100, NULL);
  g_test_message ("%u keep-alive connections and as many WebSockets at once, of %u wanted", plan.crowd, wanted);
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/server-load/slow-loris", slow_loris);
  g_test_add_func ("/server-load/thousands", thousands);
#endif
  return g_test_run ();
}
