// Peers that begin a handshake of TLS and say no more, and how long an honest one takes beside them.
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The ClientHello of a client, as it goes over the wire, without the rest of the handshake.
static size_t
hello (uint8_t *bytes, size_t room)
{
  int pair[2];
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, pair) != 0)
    fail ("socketpair: %m");
  link_hello (pair[0]);
  ssize_t n = recv (pair[1], bytes, room, 0);
  close (pair[0]);
  close (pair[1]);
  if (n <= 0)
    fail ("no ClientHello");
  return n;
}

void
run_stall (const struct options *options)
{
  uint8_t bytes[4096];
  size_t length = hello (bytes, sizeof bytes);
  for (int i = 0; i < options->idle; i++) {
    int fd = connect_to (options->port);
    // Half of them say half of it.
    if (send (fd, bytes, i % 2 ? length : length / 2, MSG_NOSIGNAL) < 0)
      fail ("send: %m");
  }
  usleep (options->warmup * 1e6);
  struct histogram histogram = { 0 };
  uint64_t done = 0;
  double begin = now (), cpu = process_cpu (options->pid), end;
  do {
    struct link link;
    struct agreed agreed;
    double start = now ();
    open_connections (options, &link, 1, &agreed);
    histogram_add (&histogram, now () - start);
    link_close (&link);
    done++;
  } while ((end = now ()) < begin + options->seconds);
  cpu = process_cpu (options->pid) - cpu;
  printf ("{\"messages\":%llu,\"seconds\":%.6f,\"cpu\":%.6f,\"p50\":%.9f,\"p99\":%.9f,\"p999\":%.9f}\n",
          (unsigned long long) done, end - begin, cpu, histogram_quantile (&histogram, 0.5),
          histogram_quantile (&histogram, 0.99), histogram_quantile (&histogram, 0.999));
}
