/* Stolen connections: what the client has sent behind its request is the new owner's, whenever the connection is stolen
 * and however it is read. */

#include "common.h"

typedef struct {
  SoupServer *server;
  guint16 port;
  const char *where; /* the signal in which the connection is stolen; "handler" and "early" for the callbacks */
  GIOStream *stolen;
  SoupServerMessage *kept; /* the message that it was stolen from, when `keeps` */
  gboolean keeps;
  SoupWebsocketConnection *connection;
  GString *log;
} House;

static void
steal (SoupServerMessage *message, gpointer data)
{
  House *house = data;

  if (house->stolen)
    return;
  house->stolen = soup_server_message_steal_connection (message);
  if (house->keeps)
    house->kept = g_object_ref (message);
}

static void
handle (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;

  if (strcmp (house->where, "handler") == 0) {
    steal (message, house);
  } else if (strcmp (house->where, "wrote-informational") == 0) {
    soup_server_message_set_status (message, SOUP_STATUS_SWITCHING_PROTOCOLS, NULL);
    if (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Sec-WebSocket-Key")) {
      soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL);
    } else {
      SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

      soup_message_headers_append (headers, "Upgrade", "mine");
      soup_message_headers_append (headers, "Connection", "Upgrade");
    }
  } else {
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  }
}

static void
handle_early (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  if (strcmp (((House *) data)->where, "early") == 0)
    steal (message, data);
}

static void
started (SoupServer *server, SoupServerMessage *message, House *house)
{
  if (g_signal_lookup (house->where, G_OBJECT_TYPE (message)))
    g_signal_connect (message, house->where, G_CALLBACK (steal), house);
}

static House *
house_new (const char *where)
{
  House *house = g_new0 (House, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  house->where = where;
  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  soup_server_listen_local (house->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (house->server);
  house->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  soup_server_add_handler (house->server, NULL, handle, house, NULL);
  soup_server_add_early_handler (house->server, NULL, handle_early, house, NULL);
  g_signal_connect (house->server, "request-started", G_CALLBACK (started), house);
  return house;
}

static void
house_free (House *house)
{
  g_clear_object (&house->connection);
  g_clear_object (&house->stolen);
  g_clear_object (&house->kept);
  g_clear_object (&house->server);
  g_string_free (house->log, TRUE);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

/* A connection that was stolen from behind this request. */
static Peer *
stolen_behind (House *house, const char *request)
{
  Peer *peer = peer_connect (house->port);

  peer_write_text (peer, request);
  wait_until (house->stolen);
  return peer;
}

static GInputStream *
input_of (House *house)
{
  return g_io_stream_get_input_stream (house->stolen);
}

static GPollableInputStream *
pollable_of (House *house)
{
  return G_POLLABLE_INPUT_STREAM (input_of (house));
}

/* Reads, blocking, until that text has come. */
static void
expect_text (House *house, const char *text)
{
  g_autofree char *buffer = g_malloc0 (strlen (text) + 1);
  g_autoptr (GError) error = NULL;
  gsize count;

  g_assert_true (g_input_stream_read_all (input_of (house), buffer, strlen (text), &count, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (buffer, ==, text);
}

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"

static void
at_any_time (void)
{
  const struct {
    const char *where, *request, *answer;
  } cases[] = {
    { "early", GET, "" },
    { "got-headers", GET, "" },
    { "handler", GET, "" },
    { "handler", POST, "" },
    { "got-body", POST, "" },
    { "wrote-informational", GET, "HTTP/1.1 101 " },
    { "wrote-headers", GET, "HTTP/1.1 200 " },
    { "wrote-body", POST, "HTTP/1.1 200 " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (House) house = house_new (cases[i].where);
    g_autofree char *request = g_strconcat (cases[i].request, "left over", NULL);
    g_autoptr (Peer) peer = stolen_behind (house, request);

    expect_text (house, "left");
    peer_write_text (peer, ", and more");
    expect_text (house, " over, and more");
    g_assert_true (
        g_output_stream_write_all (g_io_stream_get_output_stream (house->stolen), "mine", 4, NULL, NULL, NULL));
    g_assert_true (g_io_stream_close (house->stolen, NULL, NULL));
    g_assert_true (g_io_stream_is_closed (house->stolen));
    wait_until (peer_ended (peer));
    g_byte_array_append (peer->input, (guint8 *) "", 1);
    g_assert_true (g_str_has_prefix ((char *) peer->input->data, cases[i].answer));
    g_assert_true (g_str_has_suffix ((char *) peer->input->data, "mine"));
  }
}

/* Stolen before the body is read: that belongs to the new owner too. */
static void
before_the_body (void)
{
  g_autoptr (House) house = house_new ("got-headers");
  g_autoptr (Peer) peer = stolen_behind (house, POST "left over");

  expect_text (house, "bodyleft over");
}

static void
nothing_left (void)
{
  g_autoptr (House) house = house_new ("wrote-informational");
  g_autoptr (Peer) peer = stolen_behind (house, GET);

  g_assert_false (g_pollable_input_stream_is_readable (pollable_of (house)));
  peer_write_text (peer, "mine");
  expect_text (house, "mine");
  g_assert_true (g_io_stream_close (house->stolen, NULL, NULL));
  wait_until (peer_ended (peer));
}

/* Who lets go of the stream closes it, also while the message is kept. */
static void
dropped (gconstpointer keeps)
{
  const char *requests[] = { GET, GET "left over" };

  if (differs ("a stolen connection is closed when its stream is dropped"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (House) house = house_new ("wrote-informational");
    g_autoptr (Peer) peer = NULL;

    house->keeps = keeps != NULL;
    peer = stolen_behind (house, requests[i]);
    if (keeps)
      g_assert_false (g_socket_is_closed (soup_server_message_get_socket (house->kept)));
    g_clear_object (&house->stolen);
    wait_until (peer_ended (peer));
    if (keeps) {
      g_assert_null (soup_server_message_get_socket (house->kept));
      g_assert_cmpstr (soup_server_message_get_remote_host (house->kept), ==, "127.0.0.1");
      g_assert_cmpint (g_inet_socket_address_get_port (
                           G_INET_SOCKET_ADDRESS (soup_server_message_get_local_address (house->kept))),
                       ==, house->port);
    }
  }
}

static gboolean
readable (GPollableInputStream *input, gpointer data)
{
  House *house = data;
  g_autoptr (GError) error = NULL;
  char buffer[4];
  gssize count = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, &error);

  if (count < 0)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  else if (count == 0)
    g_string_append (house->log, "(end)");
  else
    g_string_append_len (house->log, buffer, count);
  return count != 0;
}

static void
polled (void)
{
  g_autoptr (House) house = house_new ("wrote-informational");
  g_autoptr (Peer) peer = stolen_behind (house, GET "left over");
  g_autoptr (GSource) source = g_pollable_input_stream_create_source (pollable_of (house), NULL);

  g_assert_true (g_pollable_input_stream_can_poll (pollable_of (house)));
  g_assert_true (g_pollable_input_stream_is_readable (pollable_of (house)));
  g_source_set_callback (source, G_SOURCE_FUNC (readable), house, NULL);
  g_source_attach (source, NULL);
  wait_until (strcmp (house->log->str, "left over") == 0);
  g_assert_false (g_pollable_input_stream_is_readable (pollable_of (house)));
  peer_write_text (peer, ", and more");
  wait_until (strcmp (house->log->str, "left over, and more") == 0);
  peer_shutdown (peer);
  wait_until (g_str_has_suffix (house->log->str, "(end)"));
}

static gboolean
count_turns (GPollableInputStream *input, gpointer data)
{
  ++*(int *) data;
  return readable (input, g_object_get_data (G_OBJECT (input), "house"));
}

/* One source that stays: it is silent while there is nothing. */
static void
polled_without_spinning (void)
{
  g_autoptr (House) house = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (GSource) source = NULL;
  int turns = 0;

  if (differs ("a source made while bytes are left over rests when they are read"))
    return;
  house = house_new ("wrote-informational");
  peer = stolen_behind (house, GET "left over");
  source = g_pollable_input_stream_create_source (pollable_of (house), NULL);
  g_object_set_data (G_OBJECT (input_of (house)), "house", house);
  g_source_set_callback (source, G_SOURCE_FUNC (count_turns), &turns, NULL);
  g_source_attach (source, NULL);
  settle (100);
  g_assert_cmpstr (house->log->str, ==, "left over");
  g_assert_cmpint (turns, <=, 5);
  g_source_destroy (source);
}

static void
keep_result (GObject *object, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
read_async (void)
{
  g_autoptr (House) house = house_new ("wrote-informational");
  g_autoptr (Peer) peer = stolen_behind (house, GET "left over");
  const char *expected[] = { "left ", "over", "more" };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    char buffer[5];
    gssize count;

    g_input_stream_read_async (input_of (house), buffer, sizeof buffer, 0, NULL, keep_result, &result);
    if (i == 2)
      peer_write_text (peer, "more");
    wait_until (result);
    count = g_input_stream_read_finish (input_of (house), result, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (buffer, count, expected[i], strlen (expected[i]));
  }
}

static void
close_async (void)
{
  g_autoptr (House) house = house_new ("wrote-informational");
  g_autoptr (Peer) peer = stolen_behind (house, GET "left over");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_io_stream_close_async (house->stolen, 0, NULL, keep_result, &result);
  wait_until (result);
  g_assert_true (g_io_stream_close_finish (house->stolen, result, &error));
  g_assert_no_error (error);
  wait_until (peer_ended (peer));
}

static void
closed (void)
{
  g_autoptr (House) house = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (GError) error = NULL;
  char buffer[4];

  if (differs ("nothing is read from a stolen stream that is closed"))
    return;
  house = house_new ("wrote-informational");
  peer = stolen_behind (house, GET "left over");
  g_assert_true (g_io_stream_close (house->stolen, NULL, NULL));
  g_assert_cmpint (g_input_stream_read (input_of (house), buffer, sizeof buffer, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
heard (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *message, House *house)
{
  g_string_append_printf (house->log, "%s ", (char *) g_bytes_get_data (message, NULL));
}

static void
append_frame (GString *bytes, const char *text)
{
  g_string_append_c (bytes, (char) 0x81);
  g_string_append_c (bytes, (char) (0x80 | strlen (text)));
  g_string_append_len (bytes, "\0\0\0\0", 4); /* a masking key that changes nothing */
  g_string_append (bytes, text);
}

/* A program that does the handshake itself; the client's first frames come with its request. */
static void
websocket (void)
{
  g_autoptr (House) house = house_new ("wrote-informational");
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *request = upgrade_request ("/"), *head = NULL;
  g_autoptr (GString) bytes = g_string_new (request);
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (Frame) frame = NULL;

  g_string_append (bytes, "\r\n");
  append_frame (bytes, "first");
  append_frame (bytes, "second");
  peer_write (peer, bytes->str, bytes->len - 2);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
  wait_until (house->stolen);
  house->connection
      = soup_websocket_connection_new (house->stolen, uri, SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL);
  g_assert_true (soup_websocket_connection_get_io_stream (house->connection) == house->stolen);
  g_signal_connect (house->connection, "message", G_CALLBACK (heard), house);
  wait_until (strcmp (house->log->str, "first ") == 0);
  peer_write (peer, bytes->str + bytes->len - 2, 2);
  peer_send_text (peer, 0x81, "third");
  wait_until (strcmp (house->log->str, "first second third ") == 0);
  soup_websocket_connection_send_text (house->connection, "answer");
  frame = peer_frame (peer);
  g_assert_cmpmem (g_bytes_get_data (frame->payload, NULL), g_bytes_get_size (frame->payload), "answer", 6);
  peer_send_close (peer, 1000);
  peer_expect_close (peer, 1000);
  wait_until (soup_websocket_connection_get_state (house->connection) == SOUP_WEBSOCKET_STATE_CLOSED);
  wait_until (peer_ended (peer));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/steal/at-any-time", at_any_time);
  g_test_add_func ("/server/steal/before-the-body", before_the_body);
  g_test_add_func ("/server/steal/nothing-left", nothing_left);
  g_test_add_data_func ("/server/steal/dropped", NULL, dropped);
  g_test_add_data_func ("/server/steal/dropped-while-the-message-is-kept", "kept", dropped);
  g_test_add_func ("/server/steal/polled", polled);
  g_test_add_func ("/server/steal/polled-without-spinning", polled_without_spinning);
  g_test_add_func ("/server/steal/read-async", read_async);
  g_test_add_func ("/server/steal/close-async", close_async);
  g_test_add_func ("/server/steal/closed", closed);
  g_test_add_func ("/server/steal/websocket", websocket);
  return g_test_run ();
}
