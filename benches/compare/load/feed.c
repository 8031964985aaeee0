// The other way round: a server that prints its port, waits for the client under test, and sends as fast as it reads.
#include "load.h"
#include "../peers/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
send_all (int fd, const uint8_t *data, size_t length)
{
  while (length > 0) {
    ssize_t n = send (fd, data, length, MSG_NOSIGNAL);
    if (n <= 0)
      fail ("the client closed");
    data += n;
    length -= n;
  }
}

// Reads until the client says close or ends.
static void
await_end (int fd)
{
  uint8_t data[256];
  struct pollfd readable = { .fd = fd, .events = POLLIN };
  if (poll (&readable, 1, 20000) != 1)
    fail ("the client does not answer the close frame");
  while (recv (fd, data, sizeof data, 0) > 0)
    if ((data[0] & 15) == OPCODE_CLOSE)
      break;
}

void
run_feed (const struct options *options)
{
  int port, listener = peer_listen (&port), pid;
  char request[4097];
  size_t have = 0;
  printf ("%d\n", port);
  fflush (stdout);
  if (scanf ("%d", &pid) != 1) // of the client, which the caller has started by now
    fail ("no process id on stdin");
  int fd = accept (listener, NULL, NULL);
  do {
    ssize_t n = recv (fd, request + have, sizeof request - 1 - have, 0);
    if (n <= 0)
      fail ("the client closed during the handshake");
    have += n;
    request[have] = 0;
  } while (!strstr (request, "\r\n\r\n"));
  char answer[256];
  peer_answer (request, answer, sizeof answer);
  send_all (fd, (const uint8_t *) answer, strlen (answer));

  size_t copies = 262144 / (options->size + HEADER_MAX) + 1, length = 0;
  uint8_t *payload = malloc (options->size + 1), *frames = malloc (copies * (options->size + HEADER_MAX));
  memset (payload, 'x', options->size);
  for (size_t i = 0; i < copies; i++)
    length += frame_put (frames + length, OPCODE_BINARY, false, false, payload, options->size);
  double begin = now (), end;
  while (now () < begin + options->warmup)
    send_all (fd, frames, length);
  uint64_t messages = 0;
  double cpu = process_cpu (pid);
  begin = now ();
  while (now () < begin + options->seconds) {
    send_all (fd, frames, length);
    messages += copies;
  }
  // What the sockets still hold is counted: the client answers the close frame when it has read it all.
  static const uint8_t CLOSE[4] = { 0x80 | OPCODE_CLOSE, 2, 0x03, 0xe8 };
  send_all (fd, CLOSE, sizeof CLOSE);
  await_end (fd);
  end = now ();
  cpu = process_cpu (pid) - cpu;
  printf ("{\"messages\":%llu,\"seconds\":%.6f,\"cpu\":%.6f}\n", (unsigned long long) messages, end - begin, cpu);
}
