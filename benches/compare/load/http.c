// HTTP/1.1: GETs over connections that are kept, each with one request under way; and what an idle one costs.
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

struct asker {
  int fd;
  double asked_at;
  size_t left; // of the answer that is coming
};

static struct {
  struct asker *askers;
  int count, epoll;
  size_t answer; // the length of each answer, learnt from the first
  uint64_t answered;
  struct histogram *histogram;
} crowd;

static void
ask (struct asker *asker)
{
  asker->asked_at = now ();
  asker->left = crowd.answer;
  if (send (asker->fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != sizeof REQUEST - 1)
    fail ("send: %m");
}

// The first answer of a server is read to its end and looked at; all others have its length, and are looked at where
// they begin.
static size_t
first_answer (int fd, size_t size)
{
  char answer[65536];
  size_t have = 0, length = 0;
  char *end = NULL, *field;
  if (send (fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != sizeof REQUEST - 1)
    fail ("send: %m");
  while (!end || have < (size_t) (end + 4 - answer) + length) {
    ssize_t n = recv (fd, answer + have, sizeof answer - 1 - have, 0);
    if (n <= 0)
      fail ("the server closed");
    have += n;
    answer[have] = 0;
    if (!end && (end = strstr (answer, "\r\n\r\n")) && (field = strcasestr (answer, "\r\ncontent-length:")))
      length = strtoul (field + strlen ("\r\ncontent-length:"), NULL, 10);
  }
  if (strncmp (answer, "HTTP/1.1 200", 12) != 0 || length != size)
    fail ("the server answered: %.*s", (int) (end - answer), answer);
  return have;
}

static void
open_askers (const struct options *options, int count)
{
  struct epoll_event event = { .events = EPOLLIN };
  crowd.askers = calloc (count, sizeof *crowd.askers);
  crowd.count = count;
  crowd.epoll = epoll_create1 (EPOLL_CLOEXEC);
  for (int i = 0; i < count; i++) {
    struct asker *asker = &crowd.askers[i];
    asker->fd = connect_to (options->port);
    size_t length = first_answer (asker->fd, options->size);
    if (crowd.answer && crowd.answer != length)
      fail ("answers of different lengths");
    crowd.answer = length;
    fcntl (asker->fd, F_SETFL, O_NONBLOCK);
    event.data.ptr = asker;
    epoll_ctl (crowd.epoll, EPOLL_CTL_ADD, asker->fd, &event);
  }
}

static void
receive (struct asker *asker)
{
  static char answer[65536];
  ssize_t n = recv (asker->fd, answer, sizeof answer, 0);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    fail ("the server closed");
  if (asker->left == crowd.answer && strncmp (answer, "HTTP/1.1 200", n < 12 ? n : 12) != 0)
    fail ("the server answered: %.*s", (int) n, answer);
  if ((size_t) n > asker->left)
    fail ("the server says more than it was asked");
  asker->left -= n;
  if (asker->left > 0)
    return;
  crowd.answered++;
  if (crowd.histogram)
    histogram_add (crowd.histogram, now () - asker->asked_at);
  ask (asker);
}

static void
turn (void)
{
  struct epoll_event events[256];
  int n = epoll_wait (crowd.epoll, events, 256, 5000);
  if (n == 0)
    fail ("stuck");
  for (int i = 0; i < n; i++)
    receive (events[i].data.ptr);
}

void
run_http (const struct options *options)
{
  struct histogram histogram = { 0 };
  open_askers (options, options->connections);
  for (int i = 0; i < crowd.count; i++)
    ask (&crowd.askers[i]);
  double begin = now (), end;
  while (now () < begin + options->warmup)
    turn ();
  crowd.histogram = &histogram;
  uint64_t answered = crowd.answered;
  double cpu = process_cpu (options->pid);
  begin = now ();
  while ((end = now ()) < begin + options->seconds)
    turn ();
  cpu = process_cpu (options->pid) - cpu;
  printf ("{\"messages\":%llu,\"seconds\":%.6f,\"cpu\":%.6f,\"p50\":%.9f,\"p99\":%.9f,\"p999\":%.9f}\n",
          (unsigned long long) (crowd.answered - answered), end - begin, cpu, histogram_quantile (&histogram, 0.5),
          histogram_quantile (&histogram, 0.99), histogram_quantile (&histogram, 0.999));
}

void
run_http_idle (const struct options *options)
{
  // What the first connections cost the process once is not counted.
  open_askers (options, 64);
  usleep (300000);
  double resident = process_resident (options->pid);
  open_askers (options, options->connections);
  usleep (options->warmup * 1e6);
  resident = process_resident (options->pid) - resident;
  printf ("{\"bytes_each\":%.1f,\"cpu\":0,\"seconds\":0}\n", resident / options->connections);
}
