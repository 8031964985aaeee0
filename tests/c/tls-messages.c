/* Messages and closes over TLS: between a session and a server, and over TLS streams that the program has made. */

#include "common-tls.h"

#include <sys/socket.h>

static void
unlimited (Pair *pair)
{
  SoupWebsocketConnection *both[] = { pair->client->connection, pair->server->connection };

  for (guint i = 0; i < 2; i++) {
    soup_websocket_connection_set_max_incoming_payload_size (both[i], 0);
#if !ON_LIBSOUP
    soup_websocket_connection_set_max_total_message_size (both[i], 0);
#endif
  }
}

static GBytes *
some_bytes (gsize size, guint salt)
{
  guint8 *data = g_malloc (size + 1);

  for (gsize at = 0; at < size; at++)
    data[at] = (at * 31 + salt) ^ (at >> 9);
  return g_bytes_new_take (data, size);
}

/* Around the size of a record, of a buffer, and of what a socket holds. */
static const gsize SIZES[]
  = { 0, 1, 64, 16 * 1024 - 14, 16 * 1024 - 4, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 256 * 1024, 1024 * 1024, 5 * 1000 * 1000 };

static void
all_sizes (Pair *pair)
{
  End *ends[] = { pair->client, pair->server };

  unlimited (pair);
  for (guint i = 0; i < G_N_ELEMENTS (SIZES) && (SIZES[i] <= 256 * 1024 || !under_valgrind ()); i++) {
    for (guint from = 0; from < 2; from++) {
      g_autoptr (GBytes) sent = some_bytes (SIZES[i], i + from);
      GPtrArray *got = ends[!from]->messages;

      g_ptr_array_set_size (got, 0);
      soup_websocket_connection_send_message (ends[from]->connection, SOUP_WEBSOCKET_DATA_BINARY, sent);
      wait_until (got->len);
      g_assert_true (g_bytes_equal (got->pdata[0], sent));
    }
  }
}

/* Both sides send more than the sockets hold before either reads. */
static void
both_ways_at_once (Pair *pair)
{
  g_autoptr (GBytes) big = some_bytes (under_valgrind () ? 1000 * 1000 : 4 * 1000 * 1000, 7);

  unlimited (pair);
  soup_websocket_connection_send_message (pair->client->connection, SOUP_WEBSOCKET_DATA_BINARY, big);
  soup_websocket_connection_send_message (pair->server->connection, SOUP_WEBSOCKET_DATA_BINARY, big);
  wait_until (pair->client->messages->len && pair->server->messages->len);
  g_assert_true (g_bytes_equal (pair->client->messages->pdata[0], big));
  g_assert_true (g_bytes_equal (pair->server->messages->pdata[0], big));
}

static void
many_at_once (Pair *pair)
{
  const guint count = under_valgrind () ? 300 : 3000;

  for (guint i = 0; i < count; i++) {
    g_autofree char *text = g_strdup_printf ("%u%*s", i, i % 97, "");

    soup_websocket_connection_send_text (pair->client->connection, text);
    soup_websocket_connection_send_text (pair->server->connection, text);
  }
  wait_until (pair->client->messages->len == count && pair->server->messages->len == count);
  for (guint i = 0; i < count; i++) {
    g_autofree char *text = g_strdup_printf ("%u%*s", i, i % 97, "");

    g_assert_cmpmem (g_bytes_get_data (pair->client->messages->pdata[i], NULL),
                     g_bytes_get_size (pair->client->messages->pdata[i]), text, strlen (text));
    g_assert_true (g_bytes_equal (pair->client->messages->pdata[i], pair->server->messages->pdata[i]));
  }
}

static void
closes (End *first, End *second, gboolean served)
{
  soup_websocket_connection_send_text (first->connection, "last words");
  soup_websocket_connection_close (first->connection, 4001, "enough");
  wait_until (end_closed (first) && end_closed (second));
  g_assert_cmpstr (end_messages (second), ==, "last words");
  g_assert_cmpint (soup_websocket_connection_get_close_code (second->connection), ==, 4001);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (second->connection), ==, "enough");
  g_assert_cmpint (soup_websocket_connection_get_close_code (first->connection), ==, 4001);
  /* On a stream of the program's, libsoup shuts the socket down under TLS. */
  if (!ON_LIBSOUP || served) {
    g_assert_no_error (first->error);
    g_assert_no_error (second->error);
  }
}

static void
client_closes (Pair *pair)
{
  closes (pair->client, pair->server, pair->site != NULL);
}

static void
server_closes (Pair *pair)
{
  closes (pair->server, pair->client, pair->site != NULL);
}

static void
both_close (Pair *pair)
{
  soup_websocket_connection_close (pair->client->connection, 1000, NULL);
  soup_websocket_connection_close (pair->server->connection, 1001, NULL);
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  if (!ON_LIBSOUP || pair->site) {
    g_assert_no_error (pair->client->error);
    g_assert_no_error (pair->server->error);
  }
}

/* The close frame stands behind more than the sockets hold. */
static void
closes_behind_a_big_message (Pair *pair)
{
  g_autoptr (GBytes) big = some_bytes (3 * 1000 * 1000, 3);

  unlimited (pair);
  soup_websocket_connection_send_message (pair->server->connection, SOUP_WEBSOCKET_DATA_BINARY, big);
  soup_websocket_connection_close (pair->server->connection, 1000, NULL);
  wait_until (end_closed (pair->client) && end_closed (pair->server));
  g_assert_cmpuint (pair->client->messages->len, ==, 1);
  g_assert_true (g_bytes_equal (pair->client->messages->pdata[0], big));
}

/* The object goes without a close: the other side sees the end. */
static void
one_side_is_dropped (Pair *pair)
{
  g_clear_pointer (&pair->client, end_free);
  wait_until (end_closed (pair->server));
  g_assert_cmpint (soup_websocket_connection_get_close_code (pair->server->connection), ==, 0);
}

static void
on_message_run_a_loop (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, Pair *pair)
{
  (void) connection;
  (void) kind;
  (void) message;
  soup_websocket_connection_send_text (pair->server->connection, "from the handler");
  wait_until (pair->client->messages->len == 1);
}

/* What the handler sends comes while it waits for it. */
static void
nested_loop (Pair *pair)
{
  g_signal_connect (pair->server->connection, "message", G_CALLBACK (on_message_run_a_loop), pair);
  soup_websocket_connection_send_text (pair->client->connection, "hello");
  wait_until (pair->client->messages->len);
  settle (5);
  g_assert_cmpstr (end_messages (pair->client), ==, "from the handler");
  g_assert_cmpstr (end_messages (pair->server), ==, "hello");
}

static void
on_message_drop (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, Pair *pair)
{
  (void) connection;
  (void) kind;
  (void) message;
  g_clear_pointer (&pair->client, end_free);
}

static void
last_reference_dropped_by_the_handler (Pair *pair)
{
  g_signal_connect (pair->client->connection, "message", G_CALLBACK (on_message_drop), pair);
  soup_websocket_connection_send_text (pair->server->connection, "one");
  soup_websocket_connection_send_text (pair->server->connection, "two");
  wait_until (!pair->client);
  wait_until (end_closed (pair->server));
}

typedef void (*Test) (Pair *pair);

static void
run_served (gconstpointer test)
{
  g_autoptr (Pair) pair = tls_pair_new (TRUE);

  ((Test) test) (pair);
}

static void
run_direct (gconstpointer test)
{
  g_autoptr (Pair) pair = tls_pair_new (FALSE);

  ((Test) test) (pair);
}

static void
add (const char *name, Test test)
{
  g_autofree char *served = g_strconcat ("/tls/served/", name, NULL);
  g_autofree char *direct = g_strconcat ("/tls/direct/", name, NULL);

  g_test_add_data_func (served, test, run_served);
  g_test_add_data_func (direct, test, run_direct);
}

/* ---- What a session and its server have beyond their streams ---- */

static void
keep_socket (SoupServer *server, SoupServerMessage *message, GSocket **socket)
{
  (void) server;
  g_set_object (socket, soup_server_message_get_socket (message));
}

/* The stream ends below TLS, without its farewell: WebSocket has its own. */
static void
truncated (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (End) client = NULL;

  site_accept (site, "/", NULL, NULL);
  g_signal_connect (site->server, "request-read", G_CALLBACK (keep_socket), &socket);
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (G_IS_SOCKET (socket));
  g_assert_no_errno (shutdown (g_socket_get_fd (socket), SHUT_RDWR));
  wait_until (end_closed (client) && end_closed (site_end (site, 0)));
  g_assert_no_error (client->error);
  g_assert_cmpstr (client->log->str, ==, "closed");
  g_assert_cmpint (soup_websocket_connection_get_close_code (client->connection), ==, 0);
}

/* A request that came over a TLS stream of the program's own. */
static void
accepted_elsewhere (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (GTlsCertificate) certificate = tls_certificate ("server");
  g_autoptr (GTlsDatabase) database = tls_database ("authority");
  g_autoptr (GSocketConnectable) localhost = g_network_address_new ("localhost", 443);
  g_autoptr (GIOStream) first = NULL, second = NULL, client = NULL, server = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 1);
  g_autofree char *request = upgrade_request ("/there");
  g_autofree char *whole = g_strconcat (request, "\r\n", NULL);
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;
  gsize written = 0;
  int descriptor;

  site_accept (site, "/there", NULL, NULL);
  stream_pair (&first, &descriptor);
  second = stream_of (descriptor);
  server = g_tls_server_connection_new (second, certificate, &error);
  g_assert_no_error (error);
  client = g_tls_client_connection_new (first, localhost, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (client), database);
  g_assert_true (soup_server_accept_iostream (site->server, server, address, address, &error));
  g_assert_no_error (error);
  while (written < strlen (whole)) {
    gssize count = g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (client)), whole + written, strlen (whole) - written, NULL,
      &error);

    if (count > 0)
      written += count;
    else
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    g_clear_error (&error);
    turn ();
  }
  wait_until (site->opened->len);
  uri = g_uri_to_string (soup_websocket_connection_get_uri (site_end (site, 0)->connection));
  g_assert_true (g_str_has_prefix (uri, "https://"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("all-sizes", all_sizes);
  add ("both-ways-at-once", both_ways_at_once);
  add ("many-at-once", many_at_once);
  add ("client-closes", client_closes);
  add ("server-closes", server_closes);
  add ("both-close", both_close);
  add ("closes-behind-a-big-message", closes_behind_a_big_message);
  add ("one-side-is-dropped", one_side_is_dropped);
  add ("nested-loop", nested_loop);
  add ("last-reference-dropped-by-the-handler", last_reference_dropped_by_the_handler);
  g_test_add_func ("/tls/truncated", truncated);
  g_test_add_func ("/tls/accepted-elsewhere", accepted_elsewhere);
  return g_test_run ();
}
