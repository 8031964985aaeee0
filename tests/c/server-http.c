/* Ordinary requests on a SoupServer, with a raw peer: what is answered, and which signals say so in which order. */

#include "common.h"

typedef struct {
  SoupServer *server;
  guint16 port;
  GString *log;
  SoupServerMessage *kept;
} House;

static void
note (House *house, const char *word)
{
  if (house->log->len > 0)
    g_string_append_c (house->log, ' ');
  g_string_append (house->log, word);
}

#define NOTER(name, word)                                                                                            \
  static void name (SoupServerMessage *message, House *house)                                                        \
  {                                                                                                                  \
    g_assert_true (SOUP_IS_SERVER_MESSAGE (message));                                                                \
    note (house, word);                                                                                              \
  }
NOTER (got_headers, "got-headers")
NOTER (got_body, "got-body")
NOTER (wrote_informational, "wrote-informational")
NOTER (wrote_headers, "wrote-headers")
NOTER (wrote_chunk, "wrote-chunk")
NOTER (wrote_body, "wrote-body")
NOTER (finished, "finished")

static void
got_chunk (SoupServerMessage *message, GBytes *chunk, House *house)
{
  g_autofree char *word = g_strdup_printf ("got-chunk:%zu", g_bytes_get_size (chunk));
  note (house, word);
}

static void
wrote_body_data (SoupServerMessage *message, guint size, House *house)
{
  g_autofree char *word = g_strdup_printf ("wrote-body-data:%u", size);
  note (house, word);
}

static void
request_started (SoupServer *server, SoupServerMessage *message, House *house)
{
  note (house, "(");
  g_signal_connect (message, "got-headers", G_CALLBACK (got_headers), house);
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk), house);
  g_signal_connect (message, "got-body", G_CALLBACK (got_body), house);
  g_signal_connect (message, "wrote-informational", G_CALLBACK (wrote_informational), house);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (wrote_headers), house);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (wrote_body_data), house);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (wrote_chunk), house);
  g_signal_connect (message, "wrote-body", G_CALLBACK (wrote_body), house);
  g_signal_connect (message, "finished", G_CALLBACK (finished), house);
}

static void
request_read (SoupServer *server, SoupServerMessage *message, House *house)
{
  note (house, "request-read");
}

static void
request_finished (SoupServer *server, SoupServerMessage *message, House *house)
{
  note (house, ")");
}

static void
request_aborted (SoupServer *server, SoupServerMessage *message, House *house)
{
  note (house, "aborted)");
}

static House *
house_new (void)
{
  House *house = g_new0 (House, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  g_signal_connect (house->server, "request-started", G_CALLBACK (request_started), house);
  g_signal_connect (house->server, "request-read", G_CALLBACK (request_read), house);
  g_signal_connect (house->server, "request-finished", G_CALLBACK (request_finished), house);
  g_signal_connect (house->server, "request-aborted", G_CALLBACK (request_aborted), house);
  soup_server_listen_local (house->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (house->server);
  house->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return house;
}

static void
house_free (House *house)
{
  soup_server_disconnect (house->server);
  g_object_unref (house->server);
  g_string_free (house->log, TRUE);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

/* What has come and was not taken, as text. */
static char *
input_of (Peer *peer)
{
  GString *text = g_string_new (NULL);

  if (peer->input->len > 0)
    g_string_append_len (text, (char *) peer->input->data, peer->input->len);
  return g_string_free (text, FALSE);
}

/* Whether as much has come as the head announces. */
static gboolean
is_whole (Peer *peer, gboolean headless)
{
  g_autofree char *text = NULL;
  const char *body, *length;
  gboolean ended = peer_ended (peer);

  text = input_of (peer);
  body = strstr (text, "\r\n\r\n");
  if (!body)
    return ended;
  if (headless)
    return TRUE;
  length = strstr (text, "Content-Length: ");
  if (length)
    return strlen (body + 4) >= g_ascii_strtoull (length + strlen ("Content-Length: "), NULL, 10);
  if (strstr (text, "Transfer-Encoding: chunked"))
    return strstr (body, "0\r\n\r\n") != NULL;
  return ended || strstr (text, "HTTP/1.1 204") || strstr (text, "HTTP/1.1 1");
}

/* The response that arrives, without its date. */
static char *
response (Peer *peer, gboolean headless)
{
  g_autofree char *text = NULL;
  g_autoptr (GRegex) date = g_regex_new ("Date: [^\r]*GMT\r\n", 0, 0, NULL);
  char *plain;

  wait_until (is_whole (peer, headless));
  text = input_of (peer);
  g_byte_array_set_size (peer->input, 0);
  plain = g_regex_replace_literal (date, text, -1, 0, "", 0, NULL);
  return plain;
}

static char *
exchange (House *house, const char *request)
{
  g_autoptr (Peer) peer = peer_connect (house->port);

  peer_write_text (peer, request);
  return response (peer, g_str_has_prefix (request, "HEAD"));
}

static void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

static void
page (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  got = exchange (house, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_cmpstr (got, ==, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  settle (20);
  g_assert_cmpstr (house->log->str, ==,
                   "( got-headers request-read got-body wrote-headers wrote-body-data:5 wrote-chunk wrote-body finished )");
}

static void
head (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  got = exchange (house, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_cmpstr (got, ==, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

static void
kept_alive_and_pipelined (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *first = NULL;
  int count = 0;

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  first = response (peer, FALSE);
  g_assert_true (g_str_has_suffix (first, "hello"));
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n"
                         "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  for (int i = 0; i < 97; i++)
    peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  while (count < 100) {
    g_autofree char *text = NULL;
    turn ();
    g_assert_false (peer_ended (peer));
    text = input_of (peer);
    count = 0;
    for (const char *at = text; (at = strstr (at, "hello")); at++)
      count++;
  }
}

static void
closed_when_asked (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autoptr (Peer) old = peer_connect (house->port);

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  wait_until (peer_ended (peer));
  peer_write_text (old, "GET / HTTP/1.0\r\n\r\n");
  wait_until (peer_ended (old));
  g_assert_true (g_str_has_prefix ((char *) old->input->data, "HTTP/1.0 200 OK\r\n"));
}

static void
nobody_there (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *get = exchange (house, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  g_autofree char *options = NULL;

  g_assert_cmpstr (get, ==, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  soup_server_add_handler (house->server, "/", hello, NULL, NULL);
  options = exchange (house, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (g_str_has_prefix (options, "HTTP/1.1 404 "));
}

static void
asterisk (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_assert_cmpstr (path, ==, "*");
  g_assert_true (soup_server_message_is_options_ping (message));
  soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
}

static void
options_ping (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, "*", asterisk, NULL, NULL);
  got = exchange (house, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_cmpstr (got, ==, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void
silent (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
}

static void
unanswered (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, NULL, silent, NULL, NULL);
  got = exchange (house, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_cmpstr (got, ==, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  settle (20);
  g_assert_true (g_str_has_suffix (house->log->str, " finished aborted)"));
}

static void
echo (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
bodies (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *sized = NULL;
  g_autofree char *chunked = NULL;

  soup_server_add_handler (house->server, NULL, echo, NULL, NULL);
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
  settle (20);
  peer_write_text (peer, "def");
  sized = response (peer, FALSE);
  g_assert_true (g_str_has_suffix (sized, "\r\n\r\nabcdef"));
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
  chunked = response (peer, FALSE);
  g_assert_true (g_str_has_suffix (chunked, "\r\n\r\nabcd"));
}

static void
expect_continue (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *leave = NULL;
  g_autofree char *answer = NULL;

  soup_server_add_handler (house->server, NULL, echo, NULL, NULL);
  peer_write_text (peer, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  leave = response (peer, FALSE);
  g_assert_true (g_str_has_prefix (leave, "HTTP/1.1 100 Continue\r\n"));
  peer_write_text (peer, "abc");
  answer = response (peer, FALSE);
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\nabc"));
  settle (20);
  g_assert_true (g_str_has_prefix (house->log->str, "( got-headers wrote-informational got-chunk:3 request-read "));
}

static void
refuse_early (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_assert_cmpint (soup_server_message_get_request_body (message)->length, ==, 0);
  soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
}

static void
early_handler (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *answer = NULL;
  g_autofree char *read = NULL;

  soup_server_add_early_handler (house->server, "/early", refuse_early, NULL, NULL);
  soup_server_add_handler (house->server, "/early", hello, NULL, NULL);
  peer_write_text (peer, "POST /early HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  answer = response (peer, FALSE);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 403 Forbidden\r\n"));
  read = exchange (house, "POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  g_assert_true (g_str_has_prefix (read, "HTTP/1.1 403 Forbidden\r\n"));
}

static void
accepted_elsewhere (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) here = g_inet_socket_address_new_from_string ("192.0.2.1", 80);
  g_autoptr (GSocketAddress) there = g_inet_socket_address_new_from_string ("192.0.2.2", 1024);
  g_autofree char *got = NULL;
  int other;

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  stream_pair (&stream, &other);
  peer = peer_new (other, TRUE);
  g_assert_true (soup_server_accept_iostream (house->server, stream, here, there, &error));
  g_assert_no_error (error);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  got = response (peer, FALSE);
  g_assert_true (g_str_has_suffix (got, "hello"));
}

static gboolean
another_chunk (gpointer data)
{
  SoupServerMessage *message = data;
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_message_body_append (body, SOUP_MEMORY_COPY, "more", 4);
  soup_message_body_complete (body);
  soup_server_message_unpause (message);
  g_object_unref (message);
  return G_SOURCE_REMOVE;
}

static void
in_pieces (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (data)
    soup_message_headers_set_content_length (headers, 8);
  else
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, "part", 4);
  g_timeout_add (20, another_chunk, g_object_ref (message));
}

static void
body_in_pieces (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *chunked = NULL;
  g_autofree char *sized = NULL;

  soup_server_add_handler (house->server, "/chunked", in_pieces, NULL, NULL);
  soup_server_add_handler (house->server, "/sized", in_pieces, house, NULL);
  chunked = exchange (house, "GET /chunked HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (g_str_has_suffix (chunked, "\r\n\r\n4\r\npart\r\n4\r\nmore\r\n0\r\n\r\n"));
  settle (20);
  g_assert_true (g_str_has_suffix (house->log->str, " wrote-headers wrote-body-data:4 wrote-chunk wrote-body-data:4 "
                                                    "wrote-chunk wrote-body finished )"));
  sized = exchange (house, "GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (g_str_has_suffix (sized, "\r\n\r\npartmore"));
}

static gboolean
answer_later (gpointer data)
{
  House *house = data;

  hello (house->server, house->kept, NULL, NULL, NULL);
  soup_server_message_unpause (house->kept);
  g_clear_object (&house->kept);
  return G_SOURCE_REMOVE;
}

static void
think (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;

  house->kept = g_object_ref (message);
  soup_server_message_pause (message);
  g_timeout_add (20, answer_later, house);
}

static void
paused (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, NULL, think, house, NULL);
  got = exchange (house, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (g_str_has_suffix (got, "hello"));
}

static void
redirect (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/elsewhere?x");
  g_assert_cmpuint (soup_server_message_get_status (message), ==, SOUP_STATUS_FOUND);
  g_assert_cmpstr (soup_server_message_get_reason_phrase (message), ==, "Found");
}

static void
redirected (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, NULL, redirect, NULL, NULL);
  got = exchange (house, "GET /a/b HTTP/1.1\r\nHost: x:99\r\n\r\n");
  g_assert_nonnull (strstr (got, "\r\nLocation: http://x:99/elsewhere?x\r\n"));
}

static void
look (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  g_autofree char *uri = g_uri_to_string (soup_server_message_get_uri (message));
  GSocket *socket = soup_server_message_get_socket (message);
  GSocketAddress *local = soup_server_message_get_local_address (message);
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  GTlsCertificate *certificate;

  g_assert_cmpstr (path, ==, "/a b/c");
  g_assert_cmpstr (uri, ==, "http://x:99/a b/c?d=e+f%20g&h=i");
  g_assert_cmpstr (g_hash_table_lookup (query, "d"), ==, "e f g");
  g_assert_cmpstr (g_hash_table_lookup (query, "h"), ==, "i");
  g_assert_true (soup_server_message_get_method (message) == SOUP_METHOD_GET);
  g_assert_cmpint (soup_server_message_get_http_version (message), ==, SOUP_HTTP_1_1);
  g_assert_cmpuint (soup_server_message_get_status (message), ==, 0);
  g_assert_null (soup_server_message_get_reason_phrase (message));
  g_assert_cmpstr (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "x-Name"), ==, "v");
  g_assert_true (G_IS_SOCKET (socket));
  g_assert_true (socket == soup_server_message_get_socket (message));
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (local));
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (remote));
  g_assert_cmpint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)), ==, GPOINTER_TO_INT (data));
  g_assert_cmpstr (soup_server_message_get_remote_host (message), ==, "127.0.0.1");
  g_assert_false (soup_server_message_is_options_ping (message));
  g_assert_null (soup_server_message_get_tls_peer_certificate (message));
  g_assert_cmpint (soup_server_message_get_tls_peer_certificate_errors (message), ==, 0);
  g_object_get (message, "tls-peer-certificate", &certificate, NULL);
  g_assert_null (certificate);
  soup_server_message_set_http_version (message, SOUP_HTTP_1_0);
  soup_server_message_set_status (message, 299, "Quite Special");
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_strdup ("gone"), 4);
  soup_server_message_set_response (message, NULL, SOUP_MEMORY_STATIC, NULL, 0);
}

static void
message_says_all (void)
{
  g_autoptr (House) house = house_new ();
  g_autofree char *got = NULL;

  soup_server_add_handler (house->server, "/a b", look, GINT_TO_POINTER (house->port), NULL);
  got = exchange (house, "GET /a%20b/c?d=e+f%20g&h=i HTTP/1.1\r\nHost: x:99\r\nX-Name: v\r\n\r\n");
  g_assert_true (g_str_has_prefix (got, "HTTP/1.0 299 Quite Special\r\n"));
  g_assert_true (g_str_has_suffix (got, "\r\n\r\n"));
}

static void
garbage (void)
{
  const char *requests[] = {
    "garbage\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /a%2f..%2fb HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET https://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
  };
  g_autoptr (House) house = house_new ();

  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autofree char *got = exchange (house, requests[i]);
    const char *status = got + strlen ("HTTP/1.x ");

    g_assert_true (g_str_has_prefix (status, "400 Bad Request\r\n"));
  }
}

static void
smuggling (void)
{
  const char *requests[] = {
    "POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nabcd",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;ext\n data\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /\r\n HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: <a>\r\n\r\n",
  };
  g_autoptr (House) house = NULL;

  if (differs ("requests that two parsers read differently are refused"))
    return;
  house = house_new ();
  soup_server_add_handler (house->server, NULL, hello, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (Peer) peer = peer_connect (house->port);

    peer_write_text (peer, requests[i]);
    wait_until (peer_ended (peer));
    g_byte_array_append (peer->input, (guint8 *) "", 1);
    g_assert_true (g_str_has_prefix ((char *) peer->input->data, "HTTP/1.1 400 Bad Request\r\n"));
    g_assert_null (strstr ((char *) peer->input->data + 1, "HTTP/1.1"));
  }
}

static void
vanished (void)
{
  g_autoptr (House) house = house_new ();
  Peer *peer = peer_connect (house->port);

  soup_server_add_handler (house->server, NULL, think, house, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_until (house->kept);
  peer_free (peer);
  wait_until (!house->kept);
  settle (50);
  /* Whether the answer was written or the write failed: the request has ended. */
  g_assert_true (g_str_has_suffix (house->log->str, ")"));
}

static void
steal_now (SoupServerMessage *message, gpointer data)
{
  GIOStream **stolen = data;

  *stolen = soup_server_message_steal_connection (message);
}

static void
switch_protocols (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_SWITCHING_PROTOCOLS, NULL);
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Upgrade", "mine");
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Connection", "Upgrade");
  g_signal_connect (message, "wrote-informational", G_CALLBACK (steal_now), data);
}

static void
stolen_connection (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *got = NULL;
  g_autoptr (GIOStream) stolen = NULL;
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gssize count;

  soup_server_add_handler (house->server, NULL, switch_protocols, &stolen, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n");
  got = response (peer, TRUE);
  g_assert_true (g_str_has_prefix (got, "HTTP/1.1 101 Switching Protocols\r\n"));
  wait_until (stolen);
  peer_write_text (peer, "mine");
  count = g_input_stream_read (g_io_stream_get_input_stream (stolen), buffer, sizeof buffer, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (count, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/page", page);
  g_test_add_func ("/server/http/head", head);
  g_test_add_func ("/server/http/kept-alive-and-pipelined", kept_alive_and_pipelined);
  g_test_add_func ("/server/http/closed-when-asked", closed_when_asked);
  g_test_add_func ("/server/http/nobody-there", nobody_there);
  g_test_add_func ("/server/http/unanswered", unanswered);
  g_test_add_func ("/server/http/bodies", bodies);
  g_test_add_func ("/server/http/expect-continue", expect_continue);
  g_test_add_func ("/server/http/early-handler", early_handler);
  g_test_add_func ("/server/http/options-ping", options_ping);
  g_test_add_func ("/server/http/accepted-elsewhere", accepted_elsewhere);
  g_test_add_func ("/server/http/body-in-pieces", body_in_pieces);
  g_test_add_func ("/server/http/paused", paused);
  g_test_add_func ("/server/http/redirected", redirected);
  g_test_add_func ("/server/http/message-says-all", message_says_all);
  g_test_add_func ("/server/http/garbage", garbage);
  g_test_add_func ("/server/http/smuggling", smuggling);
  g_test_add_func ("/server/http/vanished", vanished);
  g_test_add_func ("/server/http/stolen-connection", stolen_connection);
  return g_test_run ();
}
