// Opening connections: the request, its answer, what was agreed.
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST(extra)                                                                                                 \
  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                                 \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" extra "\r\n"

const char *const UPGRADE_REQUEST = REQUEST ("");
const char *const UPGRADE_REQUEST_DEFLATE
    = REQUEST ("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");

int
connect_to (int port)
{
  // Addresses in turn, so that ports in TIME_WAIT do not run out.
  static unsigned turn;
  struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (0x7f000002 + turn++ % 64) };
  struct sockaddr_in to
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK), .sin_port = htons (port) };
  int one = 1, fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (fd < 0 || bind (fd, (struct sockaddr *) &from, sizeof from) != 0
      || connect (fd, (struct sockaddr *) &to, sizeof to) != 0)
    fail ("connect: %m");
  return fd;
}

static void
read_answer (struct link *link, struct agreed *agreed)
{
  char answer[4097];
  size_t have = 0;
  do {
    ssize_t n = link_receive (link, answer + have, sizeof answer - 1 - have);
    if (n < 0 && errno == EAGAIN) // a record that is not whole yet, or nothing for us
      n = 0;
    else if (n <= 0)
      fail ("the server closed during the handshake");
    have += n;
    answer[have] = 0;
  } while (!strstr (answer, "\r\n\r\n"));
  if (strncmp (answer, "HTTP/1.1 101", 12) != 0 || !strcasestr (answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    fail ("the server answered: %s", answer);
  char *extensions = strcasestr (answer, "\r\nsec-websocket-extensions:"), *end, *bits;
  *agreed = (struct agreed){ .client_bits = 15 };
  if (extensions) {
    end = strstr (extensions + 2, "\r\n");
    *end = 0;
    agreed->deflate = strstr (extensions, "permessage-deflate") != NULL;
    agreed->client_no_context = strstr (extensions, "client_no_context_takeover") != NULL;
    if ((bits = strstr (extensions, "client_max_window_bits=")))
      agreed->client_bits = atoi (bits + strlen ("client_max_window_bits=") + (bits[23] == '"'));
  }
}

void
open_connections (const struct options *options, struct link *links, int count, struct agreed *agreed)
{
  enum { AT_ONCE = 8 }; // below the shortest backlog
  const char *request = options->deflate ? UPGRADE_REQUEST_DEFLATE : UPGRADE_REQUEST;
  for (int first = 0; first < count; first += AT_ONCE) {
    int last = first + AT_ONCE < count ? first + AT_ONCE : count;
    for (int i = first; i < last; i++)
      links[i] = link_open (options);
    for (int i = first; i < last; i++) {
      while (!link_shake (&links[i]))
        ;
      if (link_send (&links[i], request, strlen (request)) < 0)
        fail ("send: %m");
    }
    for (int i = first; i < last; i++) {
      read_answer (&links[i], agreed);
      if (options->deflate && !agreed->deflate)
        fail ("the server declines permessage-deflate");
      fcntl (links[i].fd, F_SETFL, O_NONBLOCK);
    }
  }
}
