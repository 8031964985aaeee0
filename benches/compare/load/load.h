// The load generator's parts: frames built beforehand, connections, what is measured of the process under test.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct options {
  int port;
  pid_t pid; // the process under test
  int connections;
  int in_flight;
  int idle; // further connections that stay silent
  size_t size;
  double seconds;
  double warmup;
  bool deflate;
  bool text;
  bool broadcast;
  bool tls;
  bool tickets;   // of TLS: each connection resumes the session of an earlier one
  uint64_t limit; // requests, and then an end; 0: as many as there is time for
};

// ---- wire.c: RFC 6455 frames ----

enum { OPCODE_CONTINUATION = 0, OPCODE_TEXT = 1, OPCODE_BINARY = 2, OPCODE_CLOSE = 8 };
enum { HEADER_MAX = 14 };

// Writes one frame and returns its length; `out` has room for HEADER_MAX + length.
size_t frame_put (uint8_t *out, int opcode, bool compressed, bool masked, const uint8_t *payload, size_t length);

// Where a connection stands in the frames that the server sends. All zeros is the start.
struct reader {
  uint64_t left;
  uint8_t head[10];
  uint8_t have;
  bool in_payload, final, compressed;
  uint8_t opcode;
};

struct piece {
  const uint8_t *data;
  size_t length;
  int opcode;
  bool compressed;
  bool ends_frame, ends_message;
};

// Takes bytes from the front of `data` and says what they were; returns how many. `piece->ends_message` marks the last
// of a data message.
size_t reader_take (struct reader *reader, const uint8_t *data, size_t length, struct piece *piece);

// Frames for a client to send, in a cycle that starts again at `restart` when it has come to its end.
struct script {
  uint8_t *bytes;
  size_t *ends; // ends[i]: where message i ends
  size_t count;
  size_t restart;
  uint8_t *plain; // payload of the first message
  size_t plain_length;
};

struct script script_plain (const struct options *options);
// With a window of `bits`, kept from message to message unless `no_context`.
struct script script_deflate (const struct options *options, int bits, bool no_context);
// Whether `data` inflates to the script's first payload.
bool script_inflates_to_first (const struct script *script, const uint8_t *data, size_t length);

// ---- link.c: a socket, and TLS over it if asked ----

struct link {
  int fd;
  struct ssl_st *tls; // NULL: plain
  struct late *late;  // encrypted, and not taken by the socket
};

// Connects; with TLS the handshake begins.
struct link link_open (const struct options *options);
// Receives once and goes on with the handshake; returns whether it is over, at once without TLS.
bool link_shake (struct link *link);
void link_close (struct link *link);
// Sends the first message of a handshake, and that is all.
void link_hello (int fd);
// Connections that have resumed a session, so far.
extern uint64_t link_resumed;

// As recv() and send() on a non-blocking socket. After EAGAIN link_send() wants the same bytes again.
ssize_t link_receive_tls (struct link *link, void *data, size_t room);
ssize_t link_send_tls (struct link *link, const void *data, size_t length);

static inline ssize_t
link_receive (struct link *link, void *data, size_t room)
{
  return link->tls ? link_receive_tls (link, data, room) : recv (link->fd, data, room, 0);
}

static inline ssize_t
link_send (struct link *link, const void *data, size_t length)
{
  return link->tls ? link_send_tls (link, data, length) : send (link->fd, data, length, MSG_NOSIGNAL);
}

// ---- connect.c ----

struct agreed {
  bool deflate;
  bool client_no_context;
  int client_bits;
};

extern const char *const UPGRADE_REQUEST, *const UPGRADE_REQUEST_DEFLATE;

int connect_to (int port);
// Opens `count` connections, a few at a time, and leaves them non-blocking in `links`.
void open_connections (const struct options *options, struct link *links, int count, struct agreed *agreed);

// ---- measure.c ----

double now (void);                   // seconds, monotonic
double process_cpu (pid_t pid);      // user and system seconds of all its threads, to the nanosecond
double process_resident (pid_t pid); // bytes

struct histogram {
  uint64_t total, buckets[64 * 64];
};

void histogram_add (struct histogram *histogram, double seconds);
double histogram_quantile (const struct histogram *histogram, double quantile); // seconds

// ---- the modes; each prints one line of JSON ----

void run_echo (const struct options *options);
void run_idle (const struct options *options);
void run_upgrade (const struct options *options);
void run_feed (const struct options *options);
void run_http (const struct options *options);
void run_http_idle (const struct options *options);
void run_httpd (const struct options *options);
void run_stall (const struct options *options);

_Noreturn void fail (const char *what, ...) __attribute__ ((format (printf, 1, 2)));
