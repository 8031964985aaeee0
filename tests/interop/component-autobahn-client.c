/* The client that the Autobahn suite tests, on websocket.h and libc:
 *
 *     component-autobahn-client BUFFER-SIZE ws://127.0.0.1:PORT AGENT */

#include "component-peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static int
count_cases (Peer *peer, WEB_SOCKET_BUFFER_TYPE type)
{
  char text[16] = { 0 };

  (void) type;
  memcpy (text, peer->bytes, peer->length < sizeof text ? peer->length : sizeof text - 1);
  peer->result = strtol (text, NULL, 10);
  peer->length = 0;
  return SUCCEEDED (WebSocketReceive (peer->handle, NULL, NULL));
}

/* One connection to `path`, to its end; returns the number that it got, if `message` looks for one. */
static long
run (const char *port, ULONG size, const char *path, int (*message) (Peer *, WEB_SOCKET_BUFFER_TYPE))
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  static const char *extension = "permessage-deflate; client_max_window_bits";
  WEB_SOCKET_HTTP_HEADER fields[MAX_FIELDS], *request;
  Peer peer = { .message = message };
  char head[16384], first[512];
  ULONG count;
  int one = 1;

  address.sin_port = htons ((unsigned short) strtoul (port, NULL, 10));
  peer.fd = socket (AF_INET, SOCK_STREAM, 0);
  setsockopt (peer.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect (peer.fd, (struct sockaddr *) &address, sizeof address) != 0)
    peer_fail ("cannot connect");
  peer.handle = peer_handle (1, size);
  if (FAILED (WebSocketBeginClientHandshake (peer.handle, NULL, 0, &extension, 1, NULL, 0, &request, &count)))
    peer_fail ("begin");
  snprintf (first, sizeof first, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s", path, port);
  if (!peer_write_head (peer.fd, first, request, count)
      || peer_read_head (peer.fd, head, sizeof head, fields, &count) == 0 || strncmp (head, "HTTP/1.1 101", 12) != 0
      || FAILED (WebSocketEndClientHandshake (peer.handle, fields, count, NULL, NULL, NULL)))
    peer_fail ("the handshake");
  peer_run (&peer);
  shutdown (peer.fd, SHUT_WR);
  /* The server closes first (RFC 6455, section 7.1.1). */
  while (read (peer.fd, head, sizeof head) > 0)
    ;
  close (peer.fd);
  return peer.result;
}

int
main (int argc, char **argv)
{
  const char *port = argc == 4 ? strrchr (argv[2], ':') : NULL;
  char path[512];
  ULONG size;
  long n, cases;

  if (port == NULL)
    peer_fail ("usage: component-autobahn-client BUFFER-SIZE URL AGENT");
  port++;
  size = (ULONG) strtoul (argv[1], NULL, 10);
  cases = run (port, size, "/getCaseCount", count_cases);
  for (n = 1; n <= cases; n++)
    {
      snprintf (path, sizeof path, "/runCase?case=%ld&agent=%s", n, argv[3]);
      run (port, size, path, peer_echo);
    }
  snprintf (path, sizeof path, "/updateReports?agent=%s", argv[3]);
  run (port, size, path, count_cases);
  return 0;
}
