/* What a SoupServer answers by itself: parts of a body, expectations, connections whose request is there already. */

#include "common.h"

#include <sys/socket.h>

#define BODY "0123456789abcdefghij"

typedef struct {
  SoupServer *server;
  guint16 port;
  guint handled;
  gboolean announced; /* the handler says the length itself */
  gboolean chunked;
} House;

static void
serve (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  house->handled++;
  soup_server_message_set_status (message, g_str_equal (path, "/gone") ? 410 : 200, NULL);
  soup_message_headers_append (headers, "ETag", "\"one\"");
  if (house->announced)
    soup_message_headers_set_content_length (headers, strlen (BODY));
  if (house->chunked) {
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
    soup_message_headers_append (headers, "Content-Type", "text/plain");
    soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, BODY, strlen (BODY));
    soup_message_body_complete (soup_server_message_get_response_body (message));
    return;
  }
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, BODY, strlen (BODY));
}

static House *
house_new (void)
{
  House *house = g_new0 (House, 1);

  house->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (house->server, NULL, serve, house, NULL);
  house->port = server_listen (house->server);
  return house;
}

static void
house_free (House *house)
{
  soup_server_disconnect (house->server);
  g_object_unref (house->server);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

/* The whole answer to a request that asks for the connection's end. */
static char *
answer (House *house, const char *start, const char *headers)
{
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *request = g_strdup_printf ("%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", start, headers);

  peer_write_text (peer, request);
  wait_until (peer_ended (peer));
  g_byte_array_append (peer->input, (const guint8 *) "", 1);
  return g_strdup ((char *) peer->input->data);
}

static void
expect (House *house, const char *start, const char *headers, guint status, const char *content_range, const char *body)
{
  g_autofree char *text = answer (house, start, headers);
  g_autofree char *length = g_strdup_printf ("\r\nContent-Length: %zu\r\n", strlen (body));
  const char *end = strstr (text, "\r\n\r\n"), *range = strstr (text, "\r\nContent-Range: ");

  g_assert_cmpuint (g_ascii_strtoull (text + strlen ("HTTP/1.1 "), NULL, 10), ==, status);
  g_assert_nonnull (end);
  g_assert_cmpstr (end + 4, ==, body);
  if (!house->chunked && !g_str_has_prefix (start, "HEAD"))
    g_assert_nonnull (strstr (text, length));
  if (content_range) {
    g_assert_nonnull (range);
    range += strlen ("\r\nContent-Range: ");
    g_assert_cmpint (strncmp (range, content_range, strlen (content_range)), ==, 0);
  } else {
    g_assert_null (range);
  }
}

static void
one_range (void)
{
  g_autoptr (House) house = house_new ();

  for (guint i = 0; i < 2; i++) {
    expect (house, "GET /", "Range: bytes=0-3\r\n", 206, "bytes 0-3/20\r\n", "0123");
    expect (house, "GET /", "Range: bytes=10-\r\n", 206, "bytes 10-19/20\r\n", "abcdefghij");
    expect (house, "GET /", "Range: bytes=-2\r\n", 206, "bytes 18-19/20\r\n", "ij");
    /* libsoup reads behind the end (CVE-2026-2443). */
    if (!ON_LIBSOUP)
      expect (house, "GET /", "Range: bytes=15-300\r\n", 206, "bytes 15-19/20\r\n", "fghij");
    /* libsoup keeps the length that the handler has announced. */
    house->announced = !ON_LIBSOUP;
  }
}

static void
ranges_that_are_ignored (void)
{
  g_autoptr (House) house = house_new ();

  expect (house, "GET /", "Range: lines=0-3\r\n", 200, NULL, BODY);
  expect (house, "GET /", "Range: bytes=3-1\r\n", 200, NULL, BODY);
  expect (house, "POST /", "Range: bytes=0-3\r\nContent-Length: 0\r\n", 200, NULL, BODY);
  expect (house, "HEAD /", "Range: bytes=0-3\r\n", 200, NULL, "");
  expect (house, "GET /gone", "Range: bytes=0-3\r\n", 410, NULL, BODY);
  house->chunked = TRUE;
  expect (house, "GET /", "Range: bytes=0-3\r\n", 200, NULL, "14\r\n" BODY "\r\n0\r\n\r\n");
}

static void
unsatisfiable (void)
{
  g_autoptr (House) house = house_new ();

  if (differs ("416 says how long the body is, and has none"))
    return;
  expect (house, "GET /", "Range: bytes=20-\r\n", 416, "bytes */20\r\n", "");
  expect (house, "GET /", "Range: bytes=200-300\r\n", 416, "bytes */20\r\n", "");
}

static void
conditional (void)
{
  g_autoptr (House) house = house_new ();

  if (differs ("If-Range is heard"))
    return;
  expect (house, "GET /", "Range: bytes=0-3\r\nIf-Range: \"one\"\r\n", 206, "bytes 0-3/20\r\n", "0123");
  expect (house, "GET /", "Range: bytes=0-3\r\nIf-Range: \"two\"\r\n", 200, NULL, BODY);
  expect (house, "GET /", "Range: bytes=0-3\r\nIf-Range: W/\"one\"\r\n", 200, NULL, BODY);
}

static void
several_ranges (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *text = answer (house, "GET /", "Range: bytes=0-1,5-6,-1\r\n");
  g_autofree char *head = g_strndup (text, strstr (text, "\r\n\r\n") + 4 - text);
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_autoptr (GBytes) body = g_bytes_new (text + strlen (head), strlen (text) - strlen (head));
  SoupMultipart *multipart;
  const char *parts[] = { "01", "56", "j" };
  const char *ranges[] = { "bytes 0-1/20", "bytes 5-6/20", "bytes 19-19/20" };
  guint status;

  g_assert_true (soup_headers_parse_response (head, strlen (head), headers, NULL, &status, NULL));
  g_assert_cmpuint (status, ==, 206);
  g_assert_cmpint (soup_message_headers_get_content_length (headers), ==, g_bytes_get_size (body));
  g_assert_cmpstr (soup_message_headers_get_content_type (headers, NULL), ==, "multipart/byteranges");
  multipart = soup_multipart_new_from_message (headers, body);
  g_assert_cmpint (soup_multipart_get_length (multipart), ==, 3);
  for (int i = 0; i < 3; i++) {
    SoupMessageHeaders *part_headers;
    GBytes *part;

    g_assert_true (soup_multipart_get_part (multipart, i, &part_headers, &part));
    g_assert_cmpmem (g_bytes_get_data (part, NULL), g_bytes_get_size (part), parts[i], strlen (parts[i]));
    g_assert_cmpstr (soup_message_headers_get_one (part_headers, "Content-Type"), ==, "text/plain");
    g_assert_cmpstr (soup_message_headers_get_one (part_headers, "Content-Range"), ==, ranges[i]);
  }
  soup_multipart_free (multipart);
  soup_message_headers_unref (headers);
}

static void
unknown_expectation (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *text = answer (house, "PUT /", "Expect: wonders\r\nContent-Length: 0\r\n");

  g_assert_true (strstr (text, " 417 ") == text + strlen ("HTTP/1.1"));
  g_assert_cmpuint (house->handled, ==, 0);
}

static void
answered_at_once (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) here = g_inet_socket_address_new_from_string ("192.0.2.1", 80);
  g_autoptr (GSocketAddress) there = g_inet_socket_address_new_from_string ("192.0.2.2", 1024);
  int other;

  stream_pair (&stream, &other);
  peer = peer_new (other, TRUE);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (soup_server_accept_iostream (house->server, stream, here, there, &error));
  g_assert_no_error (error);
  /* No turn of the main loop was needed. */
  g_assert_cmpuint (house->handled, ==, 1);
  g_assert_false (peer_ended (peer));
  g_assert_cmpuint (peer->input->len, >, strlen (BODY));
}

static void
note_trailers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);

  house->handled++;
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "hello", 5);
  soup_server_message_set_status (message, 204, NULL);
}

static void
trailers (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *text = NULL;

  soup_server_add_handler (house->server, "/trailers", note_trailers, house, NULL);
  text = answer (house, "POST /trailers",
                 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n");
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 204 "));
  g_assert_cmpuint (house->handled, ==, 1);
}

static void
on_connect (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;
  GUri *uri = soup_server_message_get_uri (message);

  if (soup_server_message_get_method (message) != SOUP_METHOD_CONNECT)
    return;
  house->handled++;
  g_assert_cmpstr (g_uri_get_host (uri), ==, "example.com");
  g_assert_cmpint (g_uri_get_port (uri), ==, 443);
  soup_server_message_set_status (message, 200, NULL);
}

static void
tunnels_are_handed_to_handlers (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *head = NULL;

  soup_server_add_handler (house->server, NULL, on_connect, house, NULL);
  peer_write_text (peer, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 200 "));
  g_assert_cmpuint (house->handled, ==, 1);
}

static void
old_clients (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);

  peer_write_text (peer, "GET / HTTP/1.0\r\n\r\n");
  wait_until (peer_ended (peer));
  g_byte_array_append (peer->input, (const guint8 *) "", 1);
  g_assert_true (g_str_has_prefix ((char *) peer->input->data, "HTTP/1.0 200 "));
  g_assert_true (g_str_has_suffix ((char *) peer->input->data, "\r\n\r\n" BODY));
}

static void
bad_utf8_in_headers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *value = soup_message_headers_get_one (headers, "X-Latin");

  g_assert_cmpstr (value, ==, (const char *) data);
  g_assert_cmpstr (soup_message_headers_get_list (headers, "X-Latin"), ==, (const char *) data);
  soup_server_message_set_status (message, 204, NULL);
}

static void
values_that_are_no_utf8 (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *text = NULL;

  soup_server_add_handler (house->server, "/latin", bad_utf8_in_headers,
                           (gpointer) "gr\357\277\275\357\277\275\357\277\275\357\277\275e", NULL);
  text = answer (house, "GET /latin", "X-Latin: gr\374\337\342\202e\r\n");
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 204 "));
}

/* ---- Clients that go away ---- */

static const char exchange[]
    = "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n0123456789"
      "GET /y HTTP/1.1\r\nHost: a\r\n\r\n";

static void
count_signal (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  ++*(guint *) data;
}

static void
gone_at_thirty_points (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *text = NULL;
  guint started = 0, ended = 0;

  g_signal_connect (house->server, "request-started", G_CALLBACK (count_signal), &started);
  g_signal_connect (house->server, "request-finished", G_CALLBACK (count_signal), &ended);
  g_signal_connect (house->server, "request-aborted", G_CALLBACK (count_signal), &ended);
  for (guint point = 0; point < 30; point++) {
    gsize sent = point * (sizeof exchange - 1) / 29;

    for (guint how = 0; how < 3; how++) {
      Peer *peer = peer_connect (house->port);

      peer_write (peer, exchange, sent);
      /* At once, after the server has read, and with a reset. */
      if (how > 0)
        settle (2);
      if (how == 2) {
        struct linger linger = { 1, 0 };

        setsockopt (peer->descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
      }
      peer_free (peer);
    }
  }
  /* The server lives, and nothing is left under way. */
  text = answer (house, "GET /", "");
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 200 "));
  if (!differs ("what has started ends"))
    wait_until (started == ended);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-ranges/one", one_range);
  g_test_add_func ("/server-ranges/ignored", ranges_that_are_ignored);
  g_test_add_func ("/server-ranges/unsatisfiable", unsatisfiable);
  g_test_add_func ("/server-ranges/conditional", conditional);
  g_test_add_func ("/server-ranges/several", several_ranges);
  g_test_add_func ("/server-answers/unknown-expectation", unknown_expectation);
  g_test_add_func ("/server-answers/at-once", answered_at_once);
  g_test_add_func ("/server-answers/trailers", trailers);
  g_test_add_func ("/server-answers/tunnels", tunnels_are_handed_to_handlers);
  g_test_add_func ("/server-answers/old-clients", old_clients);
  g_test_add_func ("/server-answers/no-utf8", values_that_are_no_utf8);
  g_test_add_func ("/server-answers/gone-at-thirty-points", gone_at_thirty_points);
  return g_test_run ();
}
