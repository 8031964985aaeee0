/* What has gone wrong in libsoup's server, each row by its number, over a real socket: requests that nobody should
 * understand in two ways, ranges and bodies that lead out of memory, clients and programs that leave in the middle. */

#include "common-tls.h"

#include <sys/socket.h>

#define END "Host: x\r\n\r\n"
/* A request that must never be seen: it is smuggled behind another. */
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" END
#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define RANGE "GET /hundred HTTP/1.1\r\nHost: x\r\nRange: "

typedef struct {
  const char *name;
  const char *bytes;
  gsize length;     /* 0: up to the NUL */
  guint status;     /* of the answer; 0: none comes */
  gboolean lasts;   /* the connection goes on */
  gboolean differs; /* the system's libsoup has not learnt it */
} Row;

#define ROW(name, bytes, ...)                                                                                          \
  {                                                                                                                    \
    name, bytes, sizeof (bytes) - 1, __VA_ARGS__                                                                       \
  }

static const Row rows[] = {
  ROW ("cve-2024-52530/name", "GET / HTTP/1.1\r\nHost\0: x\r\n\r\n", 400, FALSE, TRUE),
  ROW ("cve-2024-52530/transfer-encoding",
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\0: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
       400,
       FALSE,
       TRUE),
  ROW ("cve-2024-52530/value", "GET / HTTP/1.1\r\nFoo: b\0ar\r\n" END, 400, FALSE, TRUE),
  ROW ("cve-2025-32906/version", "GET / HTTP/100.\r\n\r\n", 400, FALSE, TRUE),
  ROW ("cve-2025-32906/empty-lines", "\n\n\n\n", 400, FALSE, TRUE),
  ROW ("issue-380", "GET /\r\n HTTP/1.1\r\n" END, 400, FALSE, TRUE),
  ROW ("issue-441", "G\r\nET / HTTP/1.1\r\n" END, 400, FALSE, TRUE),
  ROW ("cve-2025-14523", "GET / HTTP/1.1\r\nHost: y\r\n" END, 400, FALSE, TRUE),
  ROW ("cve-2026-1536/folded", "GET / HTTP/1.1\r\nA: b\r\n c: d\r\n" END, 400, FALSE, TRUE),
  ROW ("cve-2026-1760",
       POST "Content-Length: 100\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" SMUGGLED,
       200,
       FALSE,
       TRUE),
  ROW ("cve-2026-1801", POST "Transfer-Encoding: chunked\r\n\r\n5;ext\n data\r\n0\r\n\r\n" SMUGGLED, 400, FALSE, TRUE),
  ROW ("cve-2026-6324", POST "Transfer-Encoding: chunked\r\n\r\n8000000000000001\r\n" SMUGGLED, 413, FALSE, TRUE),
  ROW ("cve-2026-2708/different", POST "Content-Length: 2\r\nContent-Length: 4\r\n\r\nabcd", 400, FALSE, TRUE),
  ROW ("cve-2026-2708/equal", POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 200, TRUE, FALSE),
  ROW ("cve-2026-2708/overflow",
       POST "Content-Length: 99999999999999999999\r\nContent-Length: 99999999999999999998\r\n\r\n",
       413,
       FALSE,
       TRUE),
  ROW ("issue-153-and-381/chunk", POST "Transfer-Encoding: chunked\r\n\r\n5\r\nab", 400, FALSE, TRUE),
  ROW ("commit-72e566d8/trailers", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA\r\n\r\n" SMUGGLED, 400, FALSE, TRUE),
  ROW ("cve-2026-2443/end", RANGE "bytes=0-18446744073709551615\r\n\r\n", 200, TRUE, FALSE),
  ROW ("cve-2026-2443/start", RANGE "bytes=101-200\r\n\r\n", 416, TRUE, FALSE),
  ROW ("cve-2026-2443/backwards", RANGE "bytes=50-10\r\n\r\n", 200, TRUE, FALSE),
  ROW ("cve-2026-12549", RANGE "bytes=-101\r\n\r\n", 206, TRUE, TRUE),
};

static guint smuggled;

static void
answers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_autofree char *hundred = g_strnfill (100, 'x');

  smuggled += g_str_equal (path, "/smuggled");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, hundred, 100);
}

static guint
status_of (Peer *peer)
{
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 "));
  return g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

static void
row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = NULL;

  if (row->differs && differs (row->name))
    return;
  smuggled = 0;
  soup_server_add_handler (site->server, NULL, answers, NULL, NULL);
  peer = peer_connect (site->port);
  peer_write (peer, row->bytes, row->length);
  if (!row->lasts)
    peer_shutdown (peer);
  g_assert_cmpuint (status_of (peer), ==, row->status);
  if (row->lasts) {
    settle (5);
    g_assert_false (peer_ended (peer));
  } else {
    wait_until (peer_ended (peer));
  }
  g_assert_cmpuint (smuggled, ==, 0);
}

/* A head that never ends is refused, and what it has taken is given back. */
static void
cve_2026_12548 (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *filler = g_strnfill (64 * 1024, 'x');

  if (differs ("cve-2026-12548"))
    return;
  peer_write_text (peer, "GET / HTTP/1.1\r\nA: ");
  for (guint i = 0; i < 5; i++)
    peer_write (peer, filler, 64 * 1024);
  g_assert_cmpuint (status_of (peer), ==, 431);
  wait_until (peer_ended (peer));
}

/* Thousands of ranges are not thousands of parts. */
static void
cve_2025_32907 (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autoptr (GString) request = g_string_new (RANGE "bytes=0-0");

  if (differs ("cve-2025-32907"))
    return;
  soup_server_add_handler (site->server, NULL, answers, NULL, NULL);
  for (guint i = 0; i < 10000; i++)
    g_string_append (request, ",0-0");
  g_string_append (request, "\r\n\r\n");
  peer_write (peer, request->str, request->len);
  g_assert_cmpuint (status_of (peer), ==, 200);
  settle (5);
  g_assert_cmpuint (peer->input->len, ==, 100);
}

static void
parts (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  SoupMultipart *multipart = soup_multipart_new_from_message (soup_server_message_get_request_headers (message), body);

  for (int i = 0; multipart && i < soup_multipart_get_length (multipart); i++) {
    SoupMessageHeaders *headers;
    GBytes *part;

    g_assert_true (soup_multipart_get_part (multipart, i, &headers, &part));
  }
  g_clear_pointer (&multipart, soup_multipart_free);
  answers (server, message, path, query, data);
}

/* Boundaries that are short, odd, and cut off: CVE-2025-32914, -4948, -4969, CVE-2026-1761, -15714. */
static void
multipart_boundaries (void)
{
  g_autoptr (Site) site = site_new ();
  const char *bodies[] = { "",
                           "-",
                           "--",
                           "--1",
                           "--123",
                           "--123\r",
                           "--123\r\n",
                           "--123--",
                           "\n--123\r\nline\r\n--123--\r",
                           "--123\r\nA: b\r\n\r\n--123",
                           "--123\r\n\r\n\r\n--123--",
                           "--123\r\nA: b",
                           "\r\n--123\r\n\r\n-" };

  soup_server_add_handler (site->server, NULL, parts, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (Peer) peer = peer_connect (site->port);
    g_autofree char *request
        = g_strdup_printf (POST "Content-Type: multipart/form-data; boundary=123\r\nContent-Length: %zu\r\n\r\n%s",
                           strlen (bodies[i]), bodies[i]);

    peer_write_text (peer, request);
    g_assert_cmpuint (status_of (peer), ==, 200);
  }
}

/* A client drops its TLS handshake, and the server goes while the rest of that is under way. */
static void
cve_2026_2436 (void)
{
  static const char hello[]
      = "16 03 01 00 85 01 00 00 81 03 03 c0 26 6d 62 23 34 7b 1f 94 2b 78 55 74 3c 97 f3 fe 25 a2 fa cf f8 86 08 "
        "b5 ce 8b 02 7c 73 66 f4 00 00 06 c0 2f c0 2b 00 ff 01 00 00 52 00 0b 00 04 03 00 01 02 00 0a 00 0c 00 0a "
        "00 1d 00 17 00 1e 00 19 00 18 00 23 00 00 00 16 00 00 00 17 00 00 00 0d 00 2a 00 28 04 03 05 03 06 03 08 "
        "07 08 08 08 09 08 0a 08 0b 08 04 08 05 08 06 04 01 05 01 06 01 03 03 03 01 03 02 04 02 05 02 06 02";
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  for (guint bytes = 1; bytes < sizeof hello / 3; bytes += 46) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (Peer) whole = peer_connect (site->port);
    g_autoptr (Peer) part = peer_connect (site->port);
    g_autofree char *beginning = g_strndup (hello, 3 * bytes - 1);

    peer_write_hex (whole, hello);
    peer_write_hex (part, beginning);
    if (bytes > 100)
      settle (2);
    setsockopt (whole->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close (whole);
    peer_close (part);
    turn ();
  }
  settle (20);
}

static void
started (SoupServer *server, SoupServerMessage *message, gpointer signal)
{
  g_signal_connect_swapped (message, signal, G_CALLBACK (soup_server_disconnect), server);
}

/* The program disconnects the server in the middle of a request. */
static void
cve_2026_4271 (gconstpointer signal)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);

  soup_server_add_handler (site->server, NULL, answers, NULL, NULL);
  g_signal_connect (site->server, "request-started", G_CALLBACK (started), (gpointer) signal);
  peer_write_text (peer, POST "Content-Length: 3\r\n\r\nabc" SMUGGLED);
  wait_until (peer_ended (peer));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strconcat ("/server-cves/", rows[i].name, NULL);

    g_test_add_data_func (path, &rows[i], row);
  }
  g_test_add_func ("/server-cves/cve-2026-12548", cve_2026_12548);
  g_test_add_func ("/server-cves/cve-2025-32907", cve_2025_32907);
  g_test_add_func ("/server-cves/cve-2025-32914-and-others/multipart", multipart_boundaries);
  g_test_add_func ("/server-cves/cve-2026-2436", cve_2026_2436);
  g_test_add_data_func ("/server-cves/cve-2026-4271/got-headers", "got-headers", cve_2026_4271);
  g_test_add_data_func ("/server-cves/cve-2026-4271/got-chunk", "got-chunk", cve_2026_4271);
  g_test_add_data_func ("/server-cves/cve-2026-4271/got-body", "got-body", cve_2026_4271);
  g_test_add_data_func ("/server-cves/cve-2026-4271/wrote-headers", "wrote-headers", cve_2026_4271);
  return g_test_run ();
}
