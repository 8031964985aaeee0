/* An echo server on websocket.h and libc: component-echo-server [BUFFER-SIZE [no-deflate]]
 *
 * A process a connection. Prints its URL and serves until its standard input ends. */

#define _GNU_SOURCE
#include "component-peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>

/* The extension to select, if the client offers it and we want it. */
static ULONG
offered (const WEB_SOCKET_HTTP_HEADER *fields, ULONG count, const char *name)
{
  static const char header[] = "Sec-WebSocket-Extensions";
  ULONG i;

  for (i = 0; i < count; i++)
    if (fields[i].ulNameLength == sizeof header - 1
        && strncasecmp (fields[i].pcName, header, sizeof header - 1) == 0
        && memmem (fields[i].pcValue, fields[i].ulValueLength, name, strlen (name)) != NULL)
      return 1;
  return 0;
}

static void
serve (int fd, ULONG size, int deflate)
{
  static const char *extension = "permessage-deflate";
  WEB_SOCKET_HTTP_HEADER fields[MAX_FIELDS], *response;
  Peer peer = { .fd = fd, .message = peer_echo };
  char head[16384];
  ULONG count, added, selected;
  HRESULT result;

  if (peer_read_head (fd, head, sizeof head, fields, &count) == 0 || strncmp (head, "GET ", 4) != 0)
    return;
  peer.handle = peer_handle (0, size);
  selected = deflate ? offered (fields, count, extension) : 0;
  result = WebSocketBeginServerHandshake (peer.handle, NULL, &extension, selected, fields, count, &response, &added);
  /* An offer with parameters that we do not understand is declined, not refused. */
  if (result == E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED)
    result = WebSocketBeginServerHandshake (peer.handle, NULL, NULL, 0, fields, count, &response, &added);
  if (FAILED (result))
    {
      peer_write_head (fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close", NULL, 0);
      WebSocketDeleteHandle (peer.handle);
      return;
    }
  if (!peer_write_head (fd, "HTTP/1.1 101 Switching Protocols", response, added)
      || FAILED (WebSocketEndServerHandshake (peer.handle)))
    peer_fail ("the handshake");
  peer_run (&peer);
}

int
main (int argc, char **argv)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;
  ULONG size = argc > 1 ? (ULONG) strtoul (argv[1], NULL, 10) : 65536;
  int deflate = argc <= 2, one = 1, listener = socket (AF_INET, SOCK_STREAM, 0);
  struct pollfd watched[2] = { { .fd = 0, .events = POLLIN }, { .fd = listener, .events = POLLIN } };

  signal (SIGCHLD, SIG_IGN);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 || listen (listener, 64) != 0
      || getsockname (listener, (struct sockaddr *) &address, &length) != 0)
    peer_fail ("cannot listen");
  printf ("ws://127.0.0.1:%u/\n", ntohs (address.sin_port));
  fflush (stdout);

  for (;;)
    {
      char input[64];
      int fd;

      poll (watched, 2, -1);
      if (watched[0].revents != 0 && read (0, input, sizeof input) <= 0)
        return 0;
      if (watched[1].revents == 0 || (fd = accept (listener, NULL, NULL)) < 0)
        continue;
      if (fork () == 0)
        {
          close (listener);
          setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          serve (fd, size, deflate);
          shutdown (fd, SHUT_WR);
          _exit (0);
        }
      close (fd);
    }
}
