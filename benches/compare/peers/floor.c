// The floor: one epoll loop that unmasks frames and sends them back, one write for what one read brought, and nothing
// else. It checks nothing (no UTF-8, no fragments, no limits): it shows what the system calls and the bytes cost. With
// TLS the bytes go through OpenSSL, and the system calls stay as they are.
#include "peer.h"
#include "../tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>

struct link {
  int fd, index;
  bool upgraded, blocked;
  SSL *tls;    // NULL: plain
  uint8_t *in; // a frame too long for one read, whole; kept for the next
  size_t have, room;
  uint8_t *out; // what the socket did not take: a copy, or a part of `in`, which is not read into meanwhile
  bool out_is_copy;
  size_t sent, queued;
};

static struct peer peer;
static struct link **links;
static int count, epoll;
static SSL_CTX *context;
enum { READ = 256 * 1024 };
// A read brings up to one record more than was received: what TLS held back until it was whole.
static uint8_t scratch[READ + TLS_RECORD], encrypted[READ];

// Forward only: `to` may lie a little before `from` in the same buffer.
static void
unmask (uint8_t *to, const uint8_t *from, size_t length, const uint8_t mask[4])
{
  typedef uint8_t lane __attribute__ ((vector_size (32)));
  lane key, data;
  for (int i = 0; i < 32; i++)
    key[i] = mask[i & 3];
  size_t i = 0;
  for (; i + 32 <= length; i += 32) {
    memcpy (&data, from + i, 32);
    data ^= key;
    memcpy (to + i, &data, 32);
  }
  for (; i < length; i++)
    to[i] = from[i] ^ mask[i & 3];
}

static size_t
header_put (uint8_t *out, uint8_t first, size_t length)
{
  out[0] = first;
  if (length < 126) {
    out[1] = length;
    return 2;
  }
  size_t bytes = length < 65536 ? 2 : 8;
  out[1] = bytes == 2 ? 126 : 127;
  for (size_t i = 0; i < bytes; i++)
    out[2 + i] = (uint64_t) length >> 8 * (bytes - 1 - i);
  return 2 + bytes;
}

// The length of the header at `data`, 0 if it is not all there.
static size_t
header_read (const uint8_t *data, size_t have, size_t mask_bytes, uint64_t *length)
{
  if (have < 2)
    return 0;
  *length = data[1] & 127;
  size_t bytes = *length == 127 ? 8 : *length == 126 ? 2 : 0;
  if (have < 2 + bytes + mask_bytes)
    return 0;
  if (bytes > 0)
    *length = 0;
  for (size_t i = 0; i < bytes; i++)
    *length = *length << 8 | data[2 + i];
  return 2 + bytes + mask_bytes;
}

static void
watch (struct link *link, bool blocked)
{
  struct epoll_event event = { .events = blocked ? EPOLLOUT : EPOLLIN, .data.ptr = link };
  if (blocked != link->blocked)
    epoll_ctl (epoll, EPOLL_CTL_MOD, link->fd, &event);
  link->blocked = blocked;
}

static void
drop (struct link *link)
{
  if (link->tls)
    SSL_free (link->tls);
  close (link->fd);
  links[link->index] = links[--count];
  links[link->index]->index = link->index;
  free (link->in);
  if (link->out_is_copy)
    free (link->out);
  free (link);
}

// `stays`: nobody writes to `data` until it is sent.
static void
send_or_queue (struct link *link, uint8_t *data, size_t length, bool stays)
{
  ssize_t n = link->out ? 0 : send (link->fd, data, length, MSG_NOSIGNAL);
  if (n < 0)
    n = 0; // an error shows at the next read
  if ((size_t) n == length)
    return;
  link->out_is_copy = !stays;
  if (stays) {
    link->out = data + n;
  } else {
    link->out = realloc (link->out, link->queued + length - n);
    memcpy (link->out + link->queued, data + n, length - n);
  }
  link->queued += length - n;
  watch (link, true);
}

static void
send_queued (struct link *link)
{
  ssize_t n = send (link->fd, link->out + link->sent, link->queued - link->sent, MSG_NOSIGNAL);
  link->sent += n > 0 ? n : 0;
  if (link->sent < link->queued)
    return;
  if (link->out_is_copy)
    free (link->out);
  link->out = NULL;
  link->sent = link->queued = 0;
  watch (link, false);
}

// What OpenSSL wants to send, after `length` bytes at `data`.
static void
send_encrypted (struct link *link, const uint8_t *data, size_t length, bool closing)
{
  if (length > 0)
    SSL_write (link->tls, data, length);
  if (closing)
    SSL_shutdown (link->tls);
  if (tls_wire.out_length > 0)
    send_or_queue (link, tls_wire.out, tls_wire.out_length, false);
  tls_wire.out_length = 0;
}

// Turns the whole frames at `data` into answers in the same place and sends them; returns what it consumed, -1 at the
// end.
static ssize_t
answer (struct link *link, uint8_t *data, size_t have)
{
  size_t at = 0, out = 0, header;
  uint64_t length = 0;
  bool closing = false;
  while (!closing && (header = header_read (data + at, have - at, 4, &length)) != 0 && length <= have - at - header) {
    uint8_t mask[4], first = data[at];
    memcpy (mask, data + at + header - 4, 4);
    size_t head = header_put (data + out, first, length);
    unmask (data + out + head, data + at + header, length, mask);
    closing = (first & 15) == 8;
    at += header + length;
    out += head + length;
  }
  if (link->tls)
    send_encrypted (link, data, out, closing);
  else if (out > 0 && peer.broadcast && !closing)
    for (int i = 0; i < count; i++)
      send_or_queue (links[i], data, out, false);
  else if (out > 0)
    send_or_queue (link, data, out, data == link->in && at == have);
  return closing ? -1 : (ssize_t) at;
}

static ssize_t
upgrade (struct link *link, uint8_t *data, size_t have)
{
  char reply[256];
  uint8_t *end = memmem (data, have, "\r\n\r\n", 4);
  if (!end)
    return 0;
  *end = 0;
  peer_answer ((char *) data, reply, sizeof reply);
  if (link->tls)
    send_encrypted (link, (uint8_t *) reply, strlen (reply), false);
  else
    send_or_queue (link, (uint8_t *) reply, strlen (reply), false);
  link->upgraded = true;
  return end + 4 - data;
}

static void
receive (struct link *link)
{
  bool own = link->have > 0;
  uint8_t *data = own ? link->in : scratch;
  size_t room = (own ? link->room : READ) - link->have;
  if (link->tls && room > READ)
    room = READ;
  ssize_t n = recv (link->fd, link->tls ? encrypted : data + link->have, room, 0);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN)
      drop (link);
    return;
  }
  if (link->tls) {
    tls_wire.in = encrypted;
    tls_wire.in_length = n;
    n = tls_read (link->tls, data + link->have, room + TLS_RECORD);
    if (n < 0) {
      tls_wire.out_length = 0;
      drop (link);
      return;
    }
    if (n == 0) { // the handshake, or a part of a record
      send_encrypted (link, NULL, 0, false);
      return;
    }
  }
  size_t have = link->have + n;
  ssize_t used = link->upgraded ? answer (link, data, have) : upgrade (link, data, have);
  if (used < 0) {
    drop (link);
    return;
  }
  link->have = have - used;
  if (link->have == 0)
    return;
  uint64_t length = 0;
  size_t need = header_read (data + used, link->have, 4, &length) + length;
  if (need < 4096)
    need = 4096;
  if (link->tls)
    need += TLS_RECORD; // so that a frame's last bytes come with the others, however long they are encrypted
  if (need > link->room)
    link->in = realloc (link->in, (link->room = need) + TLS_RECORD);
  memmove (link->in, (own ? link->in : scratch) + used, link->have);
}

static void
serve (void)
{
  int port, listener = peer_listen (&port), fd, one = 1;
  struct epoll_event event = { .events = EPOLLIN }, events[256];
  fcntl (listener, F_SETFL, O_NONBLOCK);
  setsockopt (listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); // accepted sockets inherit it
  links = calloc (65536, sizeof *links);
  if (peer.certificate) {
    context = tls_context (TLS_server_method ());
    if (peer.tickets)
      SSL_CTX_set_num_tickets (context, 2);
    SSL_CTX_use_certificate_file (context, peer.certificate, SSL_FILETYPE_PEM);
    if (SSL_CTX_use_PrivateKey_file (context, peer.key, SSL_FILETYPE_PEM) != 1)
      exit (1);
  }
  epoll = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (epoll, EPOLL_CTL_ADD, listener, &event);
  peer_listening (port);
  for (;;) {
    int n = epoll_wait (epoll, events, 256, -1);
    for (int i = 0; i < n; i++) {
      struct link *link = events[i].data.ptr;
      if (link && link->blocked)
        send_queued (link);
      else if (link)
        receive (link);
      else
        while ((fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
          link = calloc (1, sizeof *link);
          *link = (struct link){ .fd = fd, .index = count };
          if (context) {
            link->tls = tls_new (context);
            SSL_set_accept_state (link->tls);
          }
          links[count++] = link;
          event = (struct epoll_event){ .events = EPOLLIN, .data.ptr = link };
          epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
  }
}

// Receives whole frames and counts them.
static void
fetch (void)
{
  static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  static uint8_t data[2 << 20];
  struct sockaddr_in to
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK), .sin_port = htons (peer.port) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  size_t have = 0, messages = 0;
  bool upgraded = false;
  if (connect (fd, (struct sockaddr *) &to, sizeof to) != 0)
    exit (1);
  send (fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL);
  for (ssize_t n; (n = recv (fd, data + have, sizeof data - have < 262144 ? sizeof data - have : 262144, 0)) > 0;) {
    size_t at = 0, header;
    uint64_t length;
    have += n;
    if (!upgraded) {
      uint8_t *end = memmem (data, have, "\r\n\r\n", 4);
      if (!end)
        continue;
      upgraded = true;
      at = end + 4 - data;
    }
    while ((header = header_read (data + at, have - at, 0, &length)) != 0 && length <= have - at - header) {
      if ((data[at] & 15) == 8)
        return;
      messages++;
      at += header + length;
    }
    memmove (data, data + at, have - at);
    have -= at;
  }
}

int
main (int argc, char **argv)
{
  peer = peer_start (argc, argv);
  if (peer.client)
    fetch ();
  else
    serve ();
  return 0;
}
