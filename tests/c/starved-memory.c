/* A server that may have little memory beside what it has when it starts: whoever sends without end is cut off before
 * it is gone. */

#include "common-crowd.h"
#include "common-limits.h"

#include <sys/socket.h>
#include <unistd.h>

#if !ON_LIBSOUP
/* What the process may take beside what it has. */
#define MORE (192 * 1024 * 1024)

/* The server still answers, to somebody else. */
static void
ask (guint16 port, int status)
{
  static const char request[] = "GET /served HTTP/1.1\r\nHost: x\r\n\r\n";
  char answer[16] = "";
  int fd = dial (port);

  say (fd, request, strlen (request), status);
  hear (fd, answer, 12, status);
  if (!g_str_equal (answer, "HTTP/1.1 200"))
    _exit (status);
  close (fd);
}

/* Sends that again and again, so many megabytes of it, or until the server has had enough. */
static void
flood (int fd, gconstpointer piece, gsize length, guint megabytes)
{
  guint8 many[256 * 1024];
  gsize filled = 0;
  guint64 sent = 0;

  for (; filled + length <= sizeof many; filled += length)
    memcpy (many + filled, piece, length);
  while (sent < megabytes * G_GUINT64_CONSTANT (1000000)) {
    gssize count = send (fd, many, filled, MSG_NOSIGNAL);

    if (count < (gssize) filled)
      break;
    sent += count;
  }
}

/* It gives up sending where the server does not read: there is nothing to wait for. */
static int
dial_impatient (guint16 port)
{
  struct timeval wait = { .tv_usec = 300 * 1000 };
  int fd = dial (port);

  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  return fd;
}

static void
tiny_chunks (guint16 port)
{
  static const char head[] = "POST /served HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  int fd = dial_impatient (port);

  say (fd, head, strlen (head), 2);
  flood (fd, "1\r\nx\r\n", 6, 60);
  ask (port, 3);
}

static void
unserved_body (guint16 port)
{
  static const char head[] = "POST /nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n\r\n";
  int fd = dial_impatient (port);
  char zeros[1000] = "";

  say (fd, head, strlen (head), 4);
  flood (fd, zeros, sizeof zeros, 300);
  ask (port, 5);
}

/* Each is as large as one may be; together they are more than there is. */
static void
many_bodies (guint16 port)
{
  static const char head[] = "POST /served HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n";
  char zeros[1000] = "";

  for (guint i = 0; i < 12; i++) {
    int fd = dial_impatient (port);

    say (fd, head, strlen (head), 6);
    flood (fd, zeros, sizeof zeros, 29);
  }
  ask (port, 7);
}

static void
heads (guint16 port)
{
  static const char head[] = "GET /served HTTP/1.1\r\nHost: x\r\nPad: ";
  char pad[1000];

  memset (pad, 'x', sizeof pad);
  for (guint i = 0; i < 200; i++) {
    int fd = dial_impatient (port);

    say (fd, head, strlen (head), 8);
    for (guint j = 0; j < 120; j++)
      if (send (fd, pad, sizeof pad, MSG_NOSIGNAL) < 0)
        break;
  }
  ask (port, 9);
}

static int
dial_websocket (guint16 port)
{
  g_autofree char *request = upgrade_request ("/socket");
  char answer[12];
  int fd = dial_impatient (port);

  say (fd, request, strlen (request), 10);
  say (fd, "\r\n", 2, 10);
  hear (fd, answer, sizeof answer, 10);
  if (memcmp (answer, "HTTP/1.1 101", 12) != 0)
    _exit (11);
  return fd;
}

/* Pings whose pongs are never read. */
static void
pings (guint16 port)
{
  guint8 ping[6 + 125] = { 0x89, 0x80 | 125 };

  flood (dial_websocket (port), ping, sizeof ping, 300);
  ask (port, 12);
}

/* One message of fragments without end. */
static void
fragments (guint16 port)
{
  int fd = dial_websocket (port);
  guint8 first[6 + 1] = { 0x02, 0x80 | 1 }, more[6 + 1] = { 0x00, 0x80 | 1 };

  say (fd, first, sizeof first, 13);
  flood (fd, more, sizeof more, 100);
  ask (port, 14);
}

static gsize
taken (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents ("/proc/self/statm", &text, NULL, &error);
  g_assert_no_error (error);
  return g_ascii_strtoull (text, NULL, 10) * sysconf (_SC_PAGESIZE);
}

static void
starved (gconstpointer attack)
{
  g_autoptr (Site) site = site_new ();
  struct rlimit before, few;

  if (under_valgrind ()) {
    g_test_skip ("valgrind needs memory of its own");
    return;
  }
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODIES_SIZE, 64 * 1024 * 1024);
  soup_server_add_handler (site->server, "/served", hello, NULL, NULL);
  site_accept (site, "/socket", NULL, NULL);
  settle (20);
  g_assert_no_errno (getrlimit (RLIMIT_AS, &before));
  few = before;
  few.rlim_cur = taken () + MORE;
  g_assert_no_errno (setrlimit (RLIMIT_AS, &few));
  serve_crowd (site, *(void (*const *) (guint16)) attack, 60, NULL);
  g_assert_no_errno (setrlimit (RLIMIT_AS, &before));
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  static void (*const attacks[]) (guint16) = { tiny_chunks, unserved_body, many_bodies, heads, pings, fragments };

  g_test_add_data_func ("/starved-memory/tiny-chunks", &attacks[0], starved);
  g_test_add_data_func ("/starved-memory/unserved-body", &attacks[1], starved);
  g_test_add_data_func ("/starved-memory/many-bodies", &attacks[2], starved);
  g_test_add_data_func ("/starved-memory/heads", &attacks[3], starved);
  g_test_add_data_func ("/starved-memory/pings", &attacks[4], starved);
  g_test_add_data_func ("/starved-memory/fragments", &attacks[5], starved);
#endif
  return g_test_run ();
}
