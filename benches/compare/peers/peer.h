// What every C and C++ program here needs and no library under test is asked for.
#pragma once

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// peer server | peer broadcast | peer client PORT; further words turn things on: deflate, plain (messages as bytes,
// where there is a choice), tls CERTIFICATE KEY, tickets (of TLS), http (in the place of a WebSocket), download (of one
// body after another), queue COUNT
struct peer {
  int broadcast, client, deflate, plain, http, download, tickets;
  int queue; // requests at once, and then no more; 0: ten at a time, for ever
  int port;
  const char *certificate, *key; // PEM files; NULL: no TLS
};

static inline struct peer
peer_start (int argc, char **argv)
{
  struct peer peer = { 0 };
  struct rlimit files;
  getrlimit (RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit (RLIMIT_NOFILE, &files);
  signal (SIGPIPE, SIG_IGN);
  for (int i = 1; i < argc; i++) {
    peer.broadcast |= !strcmp (argv[i], "broadcast");
    peer.deflate |= !strcmp (argv[i], "deflate");
    peer.plain |= !strcmp (argv[i], "plain");
    peer.http |= !strcmp (argv[i], "http");
    peer.download |= !strcmp (argv[i], "download");
    peer.tickets |= !strcmp (argv[i], "tickets");
    if (!strcmp (argv[i], "queue") && i + 1 < argc)
      peer.queue = atoi (argv[++i]);
    if (!strcmp (argv[i], "client") && i + 1 < argc) {
      peer.client = 1;
      peer.port = atoi (argv[++i]);
    }
    if (!strcmp (argv[i], "tls") && i + 2 < argc) {
      peer.certificate = argv[++i];
      peer.key = argv[++i];
    }
  }
  return peer;
}

static inline void
peer_listening (int port)
{
  printf ("%d\n", port);
  fflush (stdout);
}

static inline int
peer_listen (int *port)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset (&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 || listen (listener, 1024) != 0)
    exit (1);
  getsockname (listener, (struct sockaddr *) &address, &length);
  *port = ntohs (address.sin_port);
  return listener;
}

// The 101 for an opening request (RFC 6455, section 4.2.2).
static inline void
peer_answer (const char *request, char *answer, size_t size)
{
  char seed[64];
  guint8 digest[20];
  gsize length = sizeof digest;
  const char *name = "sec-websocket-key:", *key = request;
  while ((key = strstr (key, "\r\n")) && g_ascii_strncasecmp (key += 2, name, strlen (name)) != 0)
    ;
  if (!key)
    exit (1);
  key += strlen (name);
  key += strspn (key, " ");
  snprintf (seed, sizeof seed, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (sum, (const guchar *) seed, -1);
  g_checksum_get_digest (sum, digest, &length);
  char *accept = g_base64_encode (digest, length);
  snprintf (answer, size,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            "%s\r\n\r\n",
            accept);
  g_free (accept);
  g_checksum_free (sum);
}
