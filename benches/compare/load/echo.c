// Messages that come back: each answer lets the next one go. Also the broadcast (one asks, all receive) and the idle
// crowd.
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct connection {
  struct link link;
  bool blocked;
  struct reader reader;
  size_t position; // in the script's bytes
  size_t credit;   // the script's message that is granted next
  size_t owed;     // bytes granted and not sent
  uint64_t received;
  size_t checked;  // bytes of the first message
  uint8_t *first;  // collected, if compressed
  double *sent_at; // a ring of in_flight
  unsigned sent, answered;
};

struct crowd {
  const struct options *options;
  struct script script;
  struct connection *connections;
  int count, epoll;
  uint64_t received, payload;
  struct histogram *histogram; // NULL while warming up
};

static uint8_t scratch[512 * 1024];

static void
send_owed (struct crowd *crowd, struct connection *connection)
{
  const struct script *script = &crowd->script;
  size_t end = script->ends[script->count - 1];
  while (connection->owed > 0) {
    size_t part = end - connection->position < connection->owed ? end - connection->position : connection->owed;
    ssize_t n = link_send (&connection->link, script->bytes + connection->position, part);
    if (n < 0 && errno != EAGAIN)
      fail ("send: %m");
    if (n > 0) {
      connection->owed -= n;
      connection->position += n;
      if (connection->position == end)
        connection->position = script->restart ? script->ends[script->restart - 1] : 0;
    }
    if (n < (ssize_t) part)
      break;
  }
  bool blocked = connection->owed > 0;
  if (blocked != connection->blocked) {
    struct epoll_event event = { .events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = connection };
    epoll_ctl (crowd->epoll, EPOLL_CTL_MOD, connection->link.fd, &event);
    connection->blocked = blocked;
  }
}

static void
grant (struct crowd *crowd, struct connection *connection, unsigned messages)
{
  const struct script *script = &crowd->script;
  double time = now ();
  for (; messages > 0; messages--) {
    size_t begin = connection->credit ? script->ends[connection->credit - 1] : 0;
    connection->owed += script->ends[connection->credit] - begin;
    if (++connection->credit == script->count)
      connection->credit = script->restart;
    connection->sent_at[connection->sent++ % crowd->options->in_flight] = time;
  }
  send_owed (crowd, connection);
}

// The first message of every connection must be what was sent.
static void
check_first (struct crowd *crowd, struct connection *connection, const struct piece *piece)
{
  const struct script *script = &crowd->script;
  size_t room = 2 * script->plain_length + 64;
  if (!piece->compressed) {
    if (connection->checked + piece->length > script->plain_length
        || memcmp (script->plain + connection->checked, piece->data, piece->length) != 0)
      fail ("the echo is not what was sent");
  } else {
    if (!connection->first)
      connection->first = malloc (room);
    if (connection->checked + piece->length > room)
      fail ("the echo is too long");
    memcpy (connection->first + connection->checked, piece->data, piece->length);
  }
  connection->checked += piece->length;
  if (!piece->ends_message)
    return;
  bool whole = piece->compressed ? script_inflates_to_first (script, connection->first, connection->checked)
                                 : connection->checked == script->plain_length;
  if (!whole)
    fail ("the echo is not what was sent");
  free (connection->first);
  connection->first = NULL;
}

// Reads once; returns how many messages ended.
static unsigned
receive (struct crowd *crowd, struct connection *connection)
{
  ssize_t n = link_receive (&connection->link, scratch, sizeof scratch);
  if (n <= 0) {
    if (n < 0 && errno == EAGAIN)
      return 0;
    fail ("the server closed a connection");
  }
  unsigned messages = 0;
  struct piece piece;
  for (size_t at = 0; at < (size_t) n;) {
    at += reader_take (&connection->reader, scratch + at, n - at, &piece);
    if (piece.length > 0 && piece.opcode == OPCODE_CLOSE)
      fail ("the server sent a close frame");
    crowd->payload += piece.length;
    if (connection->received + messages == 0 && piece.length > 0)
      check_first (crowd, connection, &piece);
    messages += piece.ends_message;
  }
  if (messages > 0 && crowd->histogram && !crowd->options->broadcast) {
    double time = now ();
    for (unsigned i = 0; i < messages; i++)
      histogram_add (crowd->histogram, time - connection->sent_at[connection->answered++ % crowd->options->in_flight]);
  } else {
    connection->answered += messages;
  }
  connection->received += messages;
  crowd->received += messages;
  return messages;
}

static struct crowd
gather (const struct options *options, int count)
{
  struct crowd crowd = { .options = options, .count = count, .epoll = epoll_create1 (EPOLL_CLOEXEC) };
  struct link *links = calloc (count, sizeof *links);
  struct agreed agreed;
  open_connections (options, links, count, &agreed);
  crowd.script = options->deflate ? script_deflate (options, agreed.client_bits, agreed.client_no_context)
                                  : script_plain (options);
  crowd.connections = calloc (count, sizeof *crowd.connections);
  for (int i = 0; i < count; i++) {
    struct connection *connection = &crowd.connections[i];
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    connection->link = links[i];
    connection->sent_at = calloc (options->in_flight, sizeof *connection->sent_at);
    epoll_ctl (crowd.epoll, EPOLL_CTL_ADD, connection->link.fd, &event);
  }
  free (links);
  return crowd;
}

// One turn of the loop. In a broadcast the first connection asks again when all have received all that it asked for.
static void
turn (struct crowd *crowd, bool again, int timeout_ms)
{
  struct epoll_event events[256];
  int n = epoll_wait (crowd->epoll, events, 256, timeout_ms);
  for (int i = 0; i < n; i++) {
    struct connection *connection = events[i].data.ptr;
    if (events[i].events & EPOLLOUT)
      send_owed (crowd, connection);
    if (!(events[i].events & ~EPOLLOUT))
      continue;
    unsigned messages = receive (crowd, connection);
    if (messages > 0 && again && !crowd->options->broadcast)
      grant (crowd, connection, messages);
  }
  struct connection *first = crowd->connections;
  if (again && crowd->options->broadcast) {
    uint64_t complete = crowd->received / crowd->count;
    while (first->sent < complete + crowd->options->in_flight)
      grant (crowd, first, 1);
  }
}

void
run_echo (const struct options *options)
{
  struct options silent = *options;
  struct agreed agreed;
  struct link *idle = calloc (options->idle + 1, sizeof *idle);
  open_connections (&silent, idle, options->idle, &agreed);
  struct crowd crowd = gather (options, options->connections);
  struct histogram histogram = { 0 };
  if (options->broadcast)
    turn (&crowd, true, 0);
  else
    for (int i = 0; i < crowd.count; i++)
      grant (&crowd, &crowd.connections[i], options->in_flight);
  double begin = now ();
  // Warm when the time is over and every connection has had its first answer.
  while (now () < begin + options->warmup || crowd.received < (uint64_t) crowd.count) {
    turn (&crowd, true, 1000);
    if (now () > begin + options->warmup + 20)
      fail ("stuck while warming up: %llu of %d", (unsigned long long) crowd.received, crowd.count);
  }
  crowd.histogram = &histogram;
  uint64_t received = crowd.received, payload = crowd.payload;
  double cpu = process_cpu (options->pid), own = process_cpu (getpid ()), end;
  begin = now ();
  while ((end = now ()) < begin + options->seconds)
    turn (&crowd, true, 1000);
  cpu = process_cpu (options->pid) - cpu;
  own = process_cpu (getpid ()) - own;
  received = crowd.received - received;
  payload = crowd.payload - payload;
  if (received == 0)
    fail ("nothing came back");
  printf ("{\"messages\":%llu,\"seconds\":%.6f,\"cpu\":%.6f,\"load_cpu\":%.6f,\"payload\":%llu,\"p50\":%.9f,\"p99\":%."
          "9f,\"p999\":%.9f}\n",
          (unsigned long long) received, end - begin, cpu, own, (unsigned long long) payload,
          histogram_quantile (&histogram, 0.5), histogram_quantile (&histogram, 0.99),
          histogram_quantile (&histogram, 0.999));
}

static void
one_each (struct crowd *crowd)
{
  for (int i = 0; i < crowd->count; i++) {
    grant (crowd, &crowd->connections[i], 1);
    if (i % 64 == 63)
      turn (crowd, false, 0);
  }
  double begin = now ();
  while (crowd->received < (uint64_t) crowd->count) {
    turn (crowd, false, 1000);
    if (now () > begin + 20)
      fail ("stuck");
  }
}

void
run_idle (const struct options *options)
{
  // What the first connections cost the process once is not counted.
  struct crowd early = gather (options, 64);
  one_each (&early);
  // Nor what these give back when they have been idle for a while.
  usleep (options->deflate ? options->warmup * 1e6 : 300000);
  double resident = process_resident (options->pid);
  struct crowd crowd = gather (options, options->connections);
  one_each (&crowd);
  usleep (options->warmup * 1e6);
  resident = process_resident (options->pid) - resident;
  double cpu = process_cpu (options->pid);
  usleep (options->seconds * 1e6);
  cpu = process_cpu (options->pid) - cpu;
  printf ("{\"bytes_each\":%.1f,\"cpu\":%.6f,\"seconds\":%.3f}\n", resident / options->connections, cpu,
          options->seconds);
}
