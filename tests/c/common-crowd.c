/* A crowd of clients in a process of its own. */

#include "common-crowd.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  GMainLoop *loop;
  pid_t child;
  int status;
  gboolean late;
} Watch;

/* Not a child watch: valgrind does not know what GLib asks the kernel for. */
static gboolean
look (gpointer data)
{
  Watch *watch = data;

  if (waitpid (watch->child, &watch->status, WNOHANG) != watch->child)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (watch->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
late (gpointer watch)
{
  ((Watch *) watch)->late = TRUE;
  g_main_loop_quit (((Watch *) watch)->loop);
  return G_SOURCE_REMOVE;
}

void
serve_crowd (Site *site, void (*clients) (guint16 port), guint seconds, const struct rlimit *limit)
{
  Watch watch = { .loop = g_main_loop_new (NULL, FALSE), .child = fork () };
  guint timer;

  g_assert_cmpint (watch.child, >=, 0);
  if (watch.child == 0) {
    clients (site->port);
    /* Not just _exit(): valgrind would look for leaks of GLib's threads, which this process has not. */
    execl ("/bin/true", "true", NULL);
    _exit (0);
  }
  if (limit)
    g_assert_cmpint (setrlimit (RLIMIT_NOFILE, limit), ==, 0);
  g_timeout_add (10, look, &watch);
  timer = g_timeout_add_seconds (seconds, late, &watch);
  g_main_loop_run (watch.loop);
  g_assert_false (watch.late);
  g_source_remove (timer);
  g_main_loop_unref (watch.loop);
  g_assert_cmpint (watch.status, ==, 0);
}

int
dial (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct timeval wait = { .tv_sec = 60 };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    _exit (2);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return fd;
}

void
say (int fd, gconstpointer data, gsize length, int status)
{
  if (send (fd, data, length, MSG_NOSIGNAL) != (gssize) length)
    _exit (status);
}

void
hear (int fd, gpointer into, gsize length, int status)
{
  if (recv (fd, into, length, MSG_WAITALL) != (gssize) length)
    _exit (status);
}
