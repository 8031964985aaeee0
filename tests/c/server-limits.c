/* What libsoup does not have: a server's limits (bisque.h). Clients that keep it waiting, that take all its
 * descriptors, or that send more than anybody wants to keep. */

#include "common-tls.h"

#if !ON_LIBSOUP
#include <bisque.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

static Site *
serving (SoupServerCallback handler, gpointer data)
{
  Site *site = site_new ();

  soup_server_add_handler (site->server, NULL, handler, data, NULL);
  return site;
}

static guint
status_of (Peer *peer)
{
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 "));
  return g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

/* A whole answer of `hello`. */
static void
served (Peer *peer)
{
  g_assert_cmpuint (status_of (peer), ==, 200);
  wait_until (!peer_ended (peer) && peer->input->len >= 5);
  g_byte_array_set_size (peer->input, 0);
}

/* ---- Deadlines ---- */

static void
silent (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME, 50);
  peer = peer_connect (site->port);
  wait_until (peer_ended (peer));
  g_assert_cmpuint (peer->input->len, ==, 0);
}

static void
idle (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = peer_connect (site->port);

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_IDLE_TIME, 50);
  peer_write_text (peer, GET);
  served (peer);
  wait_until (peer_ended (peer));
}

/* A byte now and then does not help. */
static void
slow_head (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_TIME, 100);
  peer = peer_connect (site->port);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: ");
  for (int i = 0; i < 1000 && !peer_ended (peer) && peer->input->len == 0; i++) {
    peer_write_text (peer, "x");
    settle (5);
  }
  g_assert_cmpuint (status_of (peer), ==, 408);
  wait_until (peer_ended (peer));
}

static void
missing_body (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODY_TIME, 50);
  peer = peer_connect (site->port);
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  g_assert_cmpuint (status_of (peer), ==, 408);
  wait_until (peer_ended (peer));
}

static void
huge (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer aborted)
{
  gsize size = 32 * 1024 * 1024;

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_malloc0 (size), size);
}

static void
count (SoupServer *server, SoupServerMessage *message, guint *number)
{
  (*number)++;
}

static void
unread_response (void)
{
  g_autoptr (Site) site = serving (huge, NULL);
  g_autoptr (Peer) peer = NULL;
  guint aborted = 0;

  g_signal_connect (site->server, "request-aborted", G_CALLBACK (count), &aborted);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_RESPONSE_TIME, 50);
  peer = peer_connect (site->port);
  peer_write_text (peer, GET);
  wait_until (aborted == 1);
}

static void
pauses (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer place)
{
  *(SoupServerMessage **) place = g_object_ref (message);
  soup_server_message_pause (message);
}

/* What the program has paused is never too late. */
static void
paused (void)
{
  SoupServerMessage *message = NULL;
  g_autoptr (Site) site = serving (pauses, &message);
  g_autoptr (Peer) peer = NULL;

  for (BisqueServerLimit limit = BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME; limit <= BISQUE_SERVER_LIMIT_IDLE_TIME; limit++)
    bisque_server_set_limit (site->server, limit, 20);
  peer = peer_connect (site->port);
  peer_write_text (peer, GET);
  wait_until (message);
  settle (100);
  g_assert_false (peer_ended (peer));
  hello (site->server, message, "/", NULL, NULL);
  soup_server_message_unpause (message);
  served (peer);
  g_object_unref (message);
}

/* Neither is a WebSocket. */
static void
websocket (void)
{
  g_autoptr (Site) site = site_new ();
  End *end;

  for (BisqueServerLimit limit = BISQUE_SERVER_LIMIT_FIRST_BYTE_TIME; limit <= BISQUE_SERVER_LIMIT_IDLE_TIME; limit++)
    bisque_server_set_limit (site->server, limit, under_valgrind () ? 2000 : 200);
  site_accept (site, "/", NULL, NULL);
  end = site_connect (site, "/", NULL, NULL, NULL);
  settle (under_valgrind () ? 2500 : 300);
  g_assert_cmpint (soup_websocket_connection_get_state (end->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  end_free (end);
}

/* ---- Bodies ---- */

static gsize
resident (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*u %zu", &pages);
  return pages * sysconf (_SC_PAGESIZE);
}

static void
many_chunks (Peer *peer, const char *chunk, guint times)
{
  GString *bytes = g_string_new (NULL);

  for (guint i = 0; i < 1000; i++)
    g_string_append (bytes, chunk);
  for (guint i = 0; i < times / 1000; i++)
    peer_write (peer, bytes->str, bytes->len);
  g_string_free (bytes, TRUE);
}

static void
whole_body (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer length)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) all = NULL;
  goffset offset = 0;

  while (TRUE) {
    GBytes *chunk = soup_message_body_get_chunk (body, offset);

    if (!chunk || g_bytes_get_size (chunk) == 0) {
      g_clear_pointer (&chunk, g_bytes_unref);
      break;
    }
    offset += g_bytes_get_size (chunk);
    g_bytes_unref (chunk);
  }
  all = soup_message_body_flatten (body);
  g_assert_cmpint (offset, ==, g_bytes_get_size (all));
  g_assert_cmpint (offset, ==, body->length);
  *(gsize *) length = offset;
  hello (server, message, path, query, NULL);
}

/* A body of one-byte chunks takes as much memory as any other. */
static void
tiny_chunks (void)
{
  gsize length = 0, before;
  g_autoptr (Site) site = serving (whole_body, &length);
  g_autoptr (Peer) peer = peer_connect (site->port);
  guint chunks = under_valgrind () ? 2000 : 400000;

  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  before = resident ();
  many_chunks (peer, "1\r\nx\r\n", chunks);
  settle (20);
  if (!under_valgrind ())
    g_assert_cmpuint (resident (), <, before + 12 * 1024 * 1024);
  peer_write_text (peer, "0\r\n\r\n");
  served (peer);
  g_assert_cmpuint (length, ==, chunks);
}

/* What nobody serves is not kept. */
static void
unserved_body (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *megabyte = g_malloc0 (1024 * 1024);
  guint megabytes = under_valgrind () ? 2 : 64;
  g_autofree char *head
      = g_strdup_printf ("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %u\r\n\r\n", megabytes * 1024 * 1024);
  gsize before = resident ();

  peer_write_text (peer, head);
  for (guint i = 0; i < megabytes; i++)
    peer_write (peer, megabyte, 1024 * 1024);
  if (!under_valgrind ())
    g_assert_cmpuint (resident (), <, before + 16 * 1024 * 1024);
  g_assert_cmpuint (status_of (peer), ==, 404);
}

static void
large_body (void)
{
  gsize length = 0;
  g_autoptr (Site) site = serving (whole_body, &length);
  g_autoptr (Peer) announced = NULL;
  g_autoptr (Peer) chunked = NULL;
  g_autoptr (Peer) fitting = NULL;

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODY_SIZE, 10);
  announced = peer_connect (site->port);
  peer_write_text (announced, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
  g_assert_cmpuint (status_of (announced), ==, 413);
  chunked = peer_connect (site->port);
  peer_write_text (chunked, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "6\r\nabcdef\r\n5\r\nabcde\r\n");
  g_assert_cmpuint (status_of (chunked), ==, 413);
  fitting = peer_connect (site->port);
  peer_write_text (fitting, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789");
  served (fitting);
  g_assert_cmpuint (length, ==, 10);
}

static void
takes_chunks (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

/* Who takes the chunks himself has no limit. */
static void
large_body_by_chunks (void)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) peer = peer_connect (site->port);

  soup_server_add_early_handler (site->server, NULL, takes_chunks, NULL, NULL);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODY_SIZE, 10);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODIES_SIZE, 10);
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n01234567890123456789");
  served (peer);
}

/* Many bodies of the right length at a time are too much as well; what they took is given back. */
static void
many_bodies (void)
{
  gsize length = 0;
  g_autoptr (Site) site = serving (whole_body, &length);
  Peer *peers[3];
  const char *post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234567";

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_BODIES_SIZE, 20);
  for (guint i = 0; i < 3; i++) {
    peers[i] = peer_connect (site->port);
    peer_write_text (peers[i], post);
    settle (20);
  }
  g_assert_cmpuint (status_of (peers[2]), ==, 503);
  for (guint i = 0; i < 2; i++) {
    peer_write_text (peers[i], "89");
    served (peers[i]);
  }
  peer_write_text (peers[0], post);
  peer_write_text (peers[0], "89");
  served (peers[0]);
  for (guint i = 0; i < 3; i++)
    peer_free (peers[i]);
}

/* ---- Connections ---- */

/* The one that has been idle longest gives way; the one with a request under way does not. */
static void
full (BisqueServerLimit limit)
{
  g_autoptr (Site) site = serving (hello, NULL);
  g_autoptr (Peer) busy = peer_connect (site->port);
  g_autoptr (Peer) older = peer_connect (site->port);
  g_autoptr (Peer) newer = NULL;
  g_autoptr (Peer) last = NULL;

  bisque_server_set_limit (site->server, limit, 3);
  peer_write_text (busy, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
  peer_write_text (older, GET);
  served (older);
  settle (20);
  newer = peer_connect (site->port);
  peer_write_text (newer, GET);
  served (newer);
  last = peer_connect (site->port);
  peer_write_text (last, GET);
  served (last);
  wait_until (peer_ended (older));
  g_assert_false (peer_ended (newer));
  peer_write_text (busy, "b");
  served (busy);
}

static void
full_server (void)
{
  full (BISQUE_SERVER_LIMIT_CONNECTIONS);
}

static void
full_address (void)
{
  full (BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS);
}

/* ---- Descriptors ---- */

/* A client's side, in a process of its own with descriptors of its own. */
static int
dial (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct timeval wait = { .tv_sec = 60 };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    _exit (2);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return fd;
}

static void
ask (int fd)
{
  char answer[256] = "";

  if (send (fd, GET, strlen (GET), MSG_NOSIGNAL) < 0 || recv (fd, answer, sizeof answer - 1, 0) <= 0)
    _exit (3);
  if (!g_str_has_prefix (answer, "HTTP/1.1 200"))
    _exit (4);
}

/* Serves with so many descriptors until the clients' process has ended well. */
static void
serve_with (Site *site, rlim_t descriptors, void (*clients) (guint16 port))
{
  struct rlimit before, limit;
  int status = 0;
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    clients (site->port);
    /* Not just _exit(): valgrind would look for leaks of GLib's threads, which this process has not. */
    execl ("/bin/true", "true", NULL);
    _exit (0);
  }
  getrlimit (RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = descriptors;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  wait_until (waitpid (child, &status, WNOHANG) == child);
  setrlimit (RLIMIT_NOFILE, &before);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
silent_crowd (guint16 port)
{
  int peers[120];

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = dial (port);
  ask (dial (port));
  /* Halves of heads do not lock anybody out either. */
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    close (peers[i]);
    peers[i] = dial (port);
    if (send (peers[i], "GET / HT", 8, MSG_NOSIGNAL) < 0)
      _exit (5);
  }
  for (int i = 0; i < 20; i++)
    ask (dial (port));
}

static void
opens_files (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  FILE *file = fopen ("/dev/null", "r");

  /* There is something left for the program. */
  g_assert_nonnull (file);
  fclose (file);
  hello (server, message, path, query, data);
}

static void
all_descriptors (gconstpointer descriptors)
{
  g_autoptr (Site) site = serving (opens_files, NULL);

  serve_with (site, GPOINTER_TO_UINT (descriptors), silent_crowd);
}

/* The ClientHello of a client of TLS 1.2. */
static const char client_hello[]
    = "1603010085010000810303c0266d6223347b1f942b7855743c97f3fe25a2facff88608b5ce8b027c7366f4000006"
      "c02fc02b00ff01000052000b000403000102000a000c000a001d0017001e00190018002300000016000000170000"
      "000d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602";

/* They begin a handshake, and say no more. */
static void
stalling_crowd (guint16 port)
{
  guint8 hello[sizeof client_hello / 2];
  int peers[120];

  for (gsize i = 0; i < sizeof hello; i++)
    hello[i] = g_ascii_xdigit_value (client_hello[2 * i]) << 4 | g_ascii_xdigit_value (client_hello[2 * i + 1]);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    char answer;

    peers[i] = dial (port);
    if (send (peers[i], hello, sizeof hello, MSG_NOSIGNAL) < 0)
      continue;
    /* The server has begun with the first ones. */
    if (i < 4 && recv (peers[i], &answer, 1, 0) != 1)
      _exit (6);
  }
}

/* GLib would end the process where it finds no descriptor for a handshake's context. */
static void
handshakes_without_descriptors (gconstpointer descriptors)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GError) error = NULL;
  End *client;

  site_accept (site, "/", NULL, NULL);
  serve_with (site, GPOINTER_TO_UINT (descriptors), stalling_crowd);
  /* It recovers. */
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  end_free (client);
}

/* ---- Misuse ---- */

static void
misuse (void)
{
  g_autoptr (Site) site = site_new ();

  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_TIME), ==, 30000);
  g_assert_cmpuint (bisque_server_get_limit (site->server, BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS), ==, 0);
  for (BisqueServerLimit limit = 0; limit <= BISQUE_SERVER_LIMIT_CONNECTIONS_PER_ADDRESS; limit++) {
    bisque_server_set_limit (site->server, limit, 12345 + limit);
    g_assert_cmpuint (bisque_server_get_limit (site->server, limit), ==, 12345 + limit);
  }
  critical (bisque_server_set_limit (NULL, BISQUE_SERVER_LIMIT_IDLE_TIME, 1));
  critical (bisque_server_set_limit (site->server, 99, 1));
  critical (g_assert_cmpuint (bisque_server_get_limit (NULL, BISQUE_SERVER_LIMIT_IDLE_TIME), ==, 0));
  critical (g_assert_cmpuint (bisque_server_get_limit (site->server, 99), ==, 0));
}
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/server-limits/time/first-byte", silent);
  g_test_add_func ("/server-limits/time/idle", idle);
  g_test_add_func ("/server-limits/time/slow-head", slow_head);
  g_test_add_func ("/server-limits/time/missing-body", missing_body);
  g_test_add_func ("/server-limits/time/unread-response", unread_response);
  g_test_add_func ("/server-limits/time/paused", paused);
  g_test_add_func ("/server-limits/time/websocket", websocket);
  g_test_add_func ("/server-limits/body/tiny-chunks", tiny_chunks);
  g_test_add_func ("/server-limits/body/unserved", unserved_body);
  g_test_add_func ("/server-limits/body/large", large_body);
  g_test_add_func ("/server-limits/body/large-by-chunks", large_body_by_chunks);
  g_test_add_func ("/server-limits/body/many", many_bodies);
  g_test_add_func ("/server-limits/connections/in-all", full_server);
  g_test_add_func ("/server-limits/connections/per-address", full_address);
  g_test_add_data_func ("/server-limits/descriptors/60", GUINT_TO_POINTER (60), all_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/30", GUINT_TO_POINTER (30), all_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/handshakes-60", GUINT_TO_POINTER (60),
                        handshakes_without_descriptors);
  g_test_add_data_func ("/server-limits/descriptors/handshakes-100", GUINT_TO_POINTER (100),
                        handshakes_without_descriptors);
  g_test_add_func ("/server-limits/misuse", misuse);
#endif
  return g_test_run ();
}
