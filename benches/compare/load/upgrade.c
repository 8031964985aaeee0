// Connect, the handshake of TLS if asked, 101, close frames both ways, again: how fast connections come and go.
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

struct visit {
  struct link link;
  enum { SHAKING, ASKED, UPGRADED } stage;
  size_t have;
  char answer[4096];
};

static int epoll;

static void
ask (const struct options *options, struct visit *visit)
{
  const char *request = options->deflate ? UPGRADE_REQUEST_DEFLATE : UPGRADE_REQUEST;
  visit->stage = ASKED;
  link_send (&visit->link, request, strlen (request));
}

static void
start (const struct options *options, struct visit *visit)
{
  *visit = (struct visit){ .link = link_open (options) };
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = visit };
  epoll_ctl (epoll, EPOLL_CTL_ADD, visit->link.fd, &event);
  if (!options->tls)
    ask (options, visit);
}

// Returns whether the visit is over: the server's close frame has come.
static bool
step (const struct options *options, struct visit *visit)
{
  static const uint8_t NORMAL[2] = { 0x03, 0xe8 };
  uint8_t close_frame[HEADER_MAX + 2];
  if (visit->stage == SHAKING) {
    if (link_shake (&visit->link))
      ask (options, visit);
    return false;
  }
  ssize_t n = link_receive (&visit->link, visit->answer + visit->have, sizeof visit->answer - 1 - visit->have);
  if (n < 0 && errno == EAGAIN)
    return false;
  if (n <= 0)
    fail ("the server closed without a close frame: %s", n < 0 ? strerror (errno) : "end of file");
  visit->have += n;
  visit->answer[visit->have] = 0;
  if (visit->stage == UPGRADED)
    return (uint8_t) visit->answer[0] == (0x80 | OPCODE_CLOSE);
  if (!strstr (visit->answer, "\r\n\r\n"))
    return false;
  if (strncmp (visit->answer, "HTTP/1.1 101", 12) != 0)
    fail ("the server answered: %s", visit->answer);
  visit->stage = UPGRADED;
  visit->have = 0;
  link_send (&visit->link, close_frame, frame_put (close_frame, OPCODE_CLOSE, false, true, NORMAL, 2));
  return false;
}

void
run_upgrade (const struct options *options)
{
  struct visit visits[options->connections];
  struct epoll_event events[256];
  uint64_t done = 0;
  double begin = now (), cpu = 0, end;
  bool warm = false;
  uint64_t resumed = 0;
  epoll = epoll_create1 (EPOLL_CLOEXEC);
  for (int i = 0; i < options->connections; i++)
    start (options, &visits[i]);
  for (;;) {
    int n = epoll_wait (epoll, events, 256, 5000);
    if (n == 0)
      fail ("stuck");
    for (int i = 0; i < n; i++) {
      struct visit *visit = events[i].data.ptr;
      if (!step (options, visit))
        continue;
      link_close (&visit->link);
      done++;
      start (options, visit);
    }
    end = now ();
    if (!warm && end > begin + options->warmup) {
      warm = true;
      done = 0;
      resumed = link_resumed;
      begin = now ();
      cpu = process_cpu (options->pid);
    } else if (warm && end > begin + options->seconds) {
      break;
    }
  }
  cpu = process_cpu (options->pid) - cpu;
  if (options->tickets && 10 * (link_resumed - resumed) < 9 * done)
    fail ("%llu of %llu sessions were resumed", (unsigned long long) (link_resumed - resumed),
          (unsigned long long) done);
  printf ("{\"messages\":%llu,\"seconds\":%.6f,\"cpu\":%.6f}\n", (unsigned long long) done, end - begin, cpu);
}
