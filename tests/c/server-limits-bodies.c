/* What a server keeps of its clients' bodies and heads, and what it refuses (bisque.h). */

#include "common-limits.h"

#if !ON_LIBSOUP
#include <stdio.h>
#include <unistd.h>

/* ---- Heads ---- */

static guint
head_with (Site *site, guint fields, guint bytes)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autoptr (GString) head = g_string_new ("GET / HTTP/1.1\r\nHost: x\r\n");

  for (guint i = 1; i < fields; i++)
    g_string_append_printf (head, "a%u: b\r\n", i);
  g_string_append (head, "Pad: ");
  while (head->len < bytes - 4)
    g_string_append_c (head, 'x');
  g_string_append (head, "\r\n\r\n");
  peer_write (peer, head->str, head->len);
  return status_of (peer);
}

/* The last byte and the last line that fit, and those that do not; 0 is no limit. */
static void
large_head (void)
{
  g_autoptr (Site) site = serving (hello, NULL);

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_SIZE, 1000);
  g_assert_cmpuint (head_with (site, 1, 1000), ==, 200);
  g_assert_cmpuint (head_with (site, 1, 1001), ==, 431);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_SIZE, 0);
  g_assert_cmpuint (head_with (site, 1, 300 * 1024), ==, 200);
}

static void
many_fields (void)
{
  g_autoptr (Site) site = serving (hello, NULL);

  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_FIELDS, 10);
  g_assert_cmpuint (head_with (site, 9, 500), ==, 200);
  g_assert_cmpuint (head_with (site, 10, 500), ==, 431);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_FIELDS, 1000);
  g_assert_cmpuint (head_with (site, 999, 20000), ==, 200);
  g_assert_cmpuint (head_with (site, 1000, 20000), ==, 431);
  bisque_server_set_limit (site->server, BISQUE_SERVER_LIMIT_HEAD_FIELDS, 0);
  g_assert_cmpuint (head_with (site, 5000, 100 * 1024), ==, 200);
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
#endif

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#if !ON_LIBSOUP
  g_test_add_func ("/server-limits/head/large", large_head);
  g_test_add_func ("/server-limits/head/many-fields", many_fields);
  g_test_add_func ("/server-limits/body/tiny-chunks", tiny_chunks);
  g_test_add_func ("/server-limits/body/unserved", unserved_body);
  g_test_add_func ("/server-limits/body/large", large_body);
  g_test_add_func ("/server-limits/body/large-by-chunks", large_body_by_chunks);
  g_test_add_func ("/server-limits/body/many", many_bodies);
#endif
  return g_test_run ();
}
