// OpenSSL between a socket's bytes and the plain ones, without system calls of its own: what it reads and writes lies
// in one pair of buffers for the whole process, and the caller receives into and sends from these as much at once as it
// likes. TLS 1.3 with one cipher suite and one group, no tickets.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TLS_RECORD = 16 * 1024 + 256 }; // at most (RFC 8446, section 5.2)

static struct {
  const uint8_t *in; // received, and to be taken whole before anything else is received
  size_t in_length;
  uint8_t *out; // to be sent
  size_t out_length, out_room;
} tls_wire;

static int
tls_wire_read (BIO *bio, char *data, int length)
{
  size_t n = (size_t) length < tls_wire.in_length ? (size_t) length : tls_wire.in_length;
  BIO_clear_retry_flags (bio);
  if (n == 0) {
    BIO_set_retry_read (bio);
    return -1;
  }
  memcpy (data, tls_wire.in, n);
  tls_wire.in += n;
  tls_wire.in_length -= n;
  return n;
}

static int
tls_wire_write (BIO *bio, const char *data, int length)
{
  if (tls_wire.out_length + length > tls_wire.out_room) {
    tls_wire.out_room = 2 * tls_wire.out_room + length;
    tls_wire.out = realloc (tls_wire.out, tls_wire.out_room);
  }
  memcpy (tls_wire.out + tls_wire.out_length, data, length);
  tls_wire.out_length += length;
  return length;
}

static long
tls_wire_control (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH;
}

static inline SSL_CTX *
tls_context (const SSL_METHOD *method)
{
  SSL_CTX *context = SSL_CTX_new (method);
  if (SSL_CTX_set_min_proto_version (context, TLS1_3_VERSION) != 1
      || SSL_CTX_set_ciphersuites (context, "TLS_AES_128_GCM_SHA256") != 1
      || SSL_CTX_set1_groups_list (context, "X25519") != 1 || SSL_CTX_set_num_tickets (context, 0) != 1) {
    ERR_print_errors_fp (stderr);
    exit (1);
  }
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode (context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

static inline SSL *
tls_new (SSL_CTX *context)
{
  static BIO *wire;
  if (!wire) {
    BIO_METHOD *method = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "wire");
    BIO_meth_set_read (method, tls_wire_read);
    BIO_meth_set_write (method, tls_wire_write);
    BIO_meth_set_ctrl (method, tls_wire_control);
    wire = BIO_new (method);
    BIO_set_init (wire, 1);
  }
  SSL *tls = SSL_new (context);
  BIO_up_ref (wire);
  SSL_set_bio (tls, wire, wire);
  return tls;
}

// Decrypts what was received, all of it; returns the number of plain bytes at `data`. These are at most as many as were
// received and a record that was not whole before. -1: the other side has ended, or broken TLS.
static inline ssize_t
tls_read (SSL *tls, uint8_t *data, size_t room)
{
  size_t have = 0;
  int n;
  while (have < room && (n = SSL_read (tls, data + have, room - have)) > 0)
    have += n;
  if (tls_wire.in_length > 0 || (have < room && SSL_get_error (tls, n) != SSL_ERROR_WANT_READ)) {
    ERR_clear_error ();
    tls_wire.in_length = 0;
    return have > 0 ? (ssize_t) have : -1;
  }
  return have;
}
