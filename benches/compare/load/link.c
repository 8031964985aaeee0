// A connection's bytes: those of the socket, or TLS over it, received with one system call and sent with one.
#include "load.h"
#include "../tls.h"

#include <errno.h>
#include <unistd.h>

struct late {
  size_t at, length, plain; // `plain`: what link_send() says when the rest is gone
  uint8_t bytes[];
};

uint64_t link_resumed;

// Sessions that can be resumed, each once (RFC 8446, appendix C.4); the oldest give way.
enum { SESSIONS = 64 };
static SSL_SESSION *sessions[SESSIONS];
static unsigned kept, used;

static int
keep (SSL *tls, SSL_SESSION *session)
{
  SSL_SESSION **place = &sessions[kept++ % SESSIONS];
  if (*place)
    SSL_SESSION_free (*place);
  *place = session;
  return 1;
}

static void
resume (SSL *tls)
{
  SSL_SESSION **place = &sessions[used % SESSIONS];
  if (!*place)
    return;
  used++;
  SSL_set_session (tls, *place);
  SSL_SESSION_free (*place);
  *place = NULL;
}

struct link
link_open (const struct options *options)
{
  static SSL_CTX *context;
  struct link link = { .fd = connect_to (options->port) };
  if (options->tls) {
    if (!context) {
      context = tls_context (TLS_client_method ());
      if (options->tickets) {
        SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb (context, keep);
      }
    }
    link.tls = tls_new (context);
    SSL_set_connect_state (link.tls);
    if (options->tickets)
      resume (link.tls);
    link_shake (&link);
  }
  return link;
}

void
link_hello (int fd)
{
  struct link link = { .fd = fd, .tls = tls_new (tls_context (TLS_client_method ())) };
  SSL_set_connect_state (link.tls);
  link_shake (&link);
  SSL_free (link.tls);
}

// Receives what is there, for OpenSSL to take.
static ssize_t
take (struct link *link)
{
  static uint8_t encrypted[256 * 1024];
  ssize_t n = recv (link->fd, encrypted, sizeof encrypted, 0);
  tls_wire.in = encrypted;
  tls_wire.in_length = n > 0 ? n : 0;
  return n;
}

bool
link_shake (struct link *link)
{
  if (!link->tls)
    return true;
  if (!SSL_in_before (link->tls)) {
    ssize_t n = take (link);
    if (n == 0 || (n < 0 && errno != EAGAIN))
      fail ("the server closed during the handshake of TLS");
  }
  int n = SSL_do_handshake (link->tls);
  if (n != 1 && SSL_get_error (link->tls, n) != SSL_ERROR_WANT_READ)
    fail ("TLS: %s", ERR_error_string (ERR_get_error (), NULL));
  if (tls_wire.in_length > 0)
    fail ("the server speaks before it is asked");
  if (tls_wire.out_length > 0 && send (link->fd, tls_wire.out, tls_wire.out_length, MSG_NOSIGNAL) < 0)
    fail ("send: %m");
  tls_wire.out_length = 0;
  if (n == 1)
    link_resumed += SSL_session_reused (link->tls);
  return n == 1;
}

void
link_close (struct link *link)
{
  if (link->tls) {
    SSL_shutdown (link->tls);
    send (link->fd, tls_wire.out, tls_wire.out_length, MSG_NOSIGNAL);
    tls_wire.out_length = 0;
    ERR_clear_error ();
    SSL_free (link->tls);
    free (link->late);
  }
  close (link->fd);
}

ssize_t
link_receive_tls (struct link *link, void *data, size_t room)
{
  ssize_t n = take (link);
  if (n <= 0)
    return n;
  n = tls_read (link->tls, data, room);
  if (n < 0)
    return 0; // close_notify
  if (n == 0) {
    errno = EAGAIN;
    return -1;
  }
  return n;
}

ssize_t
link_send_tls (struct link *link, const void *data, size_t length)
{
  struct late *late = link->late;
  if (late) {
    ssize_t n = send (link->fd, late->bytes + late->at, late->length - late->at, MSG_NOSIGNAL);
    if (n < 0)
      return n;
    late->at += n;
    if (late->at < late->length) {
      errno = EAGAIN;
      return -1;
    }
    n = late->plain;
    link->late = NULL;
    free (late);
    return n;
  }
  if (SSL_write (link->tls, data, length) != (int) length)
    fail ("TLS: %s", ERR_error_string (ERR_get_error (), NULL));
  size_t all = tls_wire.out_length;
  tls_wire.out_length = 0;
  ssize_t n = send (link->fd, tls_wire.out, all, MSG_NOSIGNAL);
  if (n == (ssize_t) all)
    return length;
  if (n < 0 && errno != EAGAIN)
    return -1;
  size_t sent = n > 0 ? n : 0;
  late = malloc (sizeof *late + all - sent);
  *late = (struct late){ .length = all - sent, .plain = length };
  memcpy (late->bytes, tls_wire.out + sent, all - sent);
  link->late = late;
  errno = EAGAIN;
  return -1;
}
