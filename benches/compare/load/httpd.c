// The other way round: a server that prints its port and gives the client under test what it asks for, always the same.
#include "load.h"
#include "../peers/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

enum { CHUNK = 1024 * 1024 };

struct guest {
  int fd;
  uint64_t owed; // bytes of answers, heads included
  uint64_t at;   // how far into one answer
  unsigned ends; // how many bytes of a head's end have come
};

static struct {
  char head[256];
  uint64_t head_length, length; // of an answer: its head, all of it
  char *chunk;
  uint64_t asked, sent;
} house;

static void
write_on (struct guest *guest)
{
  while (guest->owed > 0) {
    uint64_t in_head = guest->at < house.head_length ? house.head_length - guest->at : 0;
    const char *from = in_head ? house.head + guest->at : house.chunk;
    uint64_t left = in_head ? in_head : house.length - guest->at;
    uint64_t most = left < CHUNK ? left : CHUNK;
    ssize_t n = send (guest->fd, from, most, MSG_NOSIGNAL | (in_head ? MSG_MORE : 0));
    if (n < 0)
      return;
    house.sent += n;
    guest->owed -= n;
    guest->at = (guest->at + n) % house.length;
  }
}

// Returns whether the client is still there.
static bool
read_on (struct guest *guest)
{
  char requests[65536];
  ssize_t n = recv (guest->fd, requests, sizeof requests, 0);
  if (n < 0 && errno == EAGAIN)
    return true;
  if (n <= 0)
    return false;
  for (ssize_t i = 0; i < n; i++) {
    bool fits = requests[i] == "\r\n\r\n"[guest->ends];
    guest->ends = fits ? guest->ends + 1 : requests[i] == '\r';
    if (guest->ends < 4)
      continue;
    guest->ends = 0;
    guest->owed += house.length;
    house.asked++;
  }
  write_on (guest);
  return true;
}

static void
turn (int epoll, int listener)
{
  struct epoll_event events[256];
  int n = epoll_wait (epoll, events, 256, 20000);
  if (n == 0)
    fail ("the client asks for nothing");
  for (int i = 0; i < n; i++) {
    struct guest *guest = events[i].data.ptr;
    if (!guest) {
      int fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
      if (fd < 0)
        continue;
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      guest = calloc (1, sizeof *guest);
      guest->fd = fd;
      struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = guest };
      epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event);
      continue;
    }
    bool here = true;
    if (events[i].events & ~EPOLLOUT)
      for (uint64_t before = house.asked + 1; here && before != house.asked;) {
        before = house.asked;
        here = read_on (guest);
      }
    if (here)
      write_on (guest);
    else
      close (guest->fd);
  }
}

void
run_httpd (const struct options *options)
{
  int port, listener = peer_listen (&port), epoll = epoll_create1 (EPOLL_CLOEXEC), pid;
  house.head_length
      = snprintf (house.head, sizeof house.head,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
                  options->size);
  house.length = house.head_length + options->size;
  house.chunk = malloc (CHUNK);
  memset (house.chunk, 'x', CHUNK);
  printf ("%d\n", port);
  fflush (stdout);
  if (scanf ("%d", &pid) != 1) // of the client, which the caller has started by now
    fail ("no process id on stdin");
  fcntl (listener, F_SETFL, O_NONBLOCK);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
  epoll_ctl (epoll, EPOLL_CTL_ADD, listener, &event);
  uint64_t sent, limit = options->limit * house.length;
  double begin = now (), end = begin, cpu = 0;
  if (limit > 0) {
    // So many requests, and all that they have cost the client, its start included.
    sent = 0;
    while (house.sent < limit)
      turn (epoll, listener);
    end = now ();
  } else {
    while (now () < begin + options->warmup || house.asked == 0)
      turn (epoll, listener);
    sent = house.sent;
    cpu = process_cpu (pid);
    begin = now ();
    while ((end = now ()) < begin + options->seconds)
      turn (epoll, listener);
  }
  cpu = process_cpu (pid) - cpu;
  double answers = (double) (house.sent - sent) / house.length;
  printf ("{\"messages\":%.6f,\"seconds\":%.6f,\"cpu\":%.6f,\"resident\":%.0f}\n",
          options->size >= CHUNK ? answers * options->size / CHUNK : answers, end - begin, cpu, process_resident (pid));
}
