/* The caller's mistakes: a critical in the domain "libsoup", a neutral return, and nothing else. */

#include "common.h"

/* Each call, and the function that its critical names. */
#define MISUSE(function, call)                                                                                       \
  G_STMT_START                                                                                                       \
  {                                                                                                                  \
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, #function ": assertion '*' failed");                     \
    call;                                                                                                            \
    g_test_assert_expected_messages ();                                                                              \
  }                                                                                                                  \
  G_STMT_END

#define WS(name) soup_websocket_connection_##name

static void
instance_is_checked (gconstpointer what)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  SoupWebsocketConnection *bad = what ? (gpointer) other : NULL;

  MISUSE (soup_websocket_connection_get_io_stream, g_assert_null (WS (get_io_stream) (bad)));
  MISUSE (soup_websocket_connection_get_connection_type, g_assert_cmpint (WS (get_connection_type) (bad), ==, 0));
  MISUSE (soup_websocket_connection_get_uri, g_assert_null (WS (get_uri) (bad)));
  MISUSE (soup_websocket_connection_get_origin, g_assert_null (WS (get_origin) (bad)));
  MISUSE (soup_websocket_connection_get_protocol, g_assert_null (WS (get_protocol) (bad)));
  MISUSE (soup_websocket_connection_get_extensions, g_assert_null (WS (get_extensions) (bad)));
  MISUSE (soup_websocket_connection_get_state, g_assert_cmpint (WS (get_state) (bad), ==, 0));
  MISUSE (soup_websocket_connection_get_close_code, g_assert_cmpint (WS (get_close_code) (bad), ==, 0));
  MISUSE (soup_websocket_connection_get_close_data, g_assert_null (WS (get_close_data) (bad)));
  MISUSE (soup_websocket_connection_send_text, WS (send_text) (bad, "x"));
  MISUSE (soup_websocket_connection_send_binary, WS (send_binary) (bad, "x", 1));
  MISUSE (soup_websocket_connection_send_message, WS (send_message) (bad, SOUP_WEBSOCKET_DATA_TEXT, bytes));
  MISUSE (soup_websocket_connection_close, WS (close) (bad, 1000, NULL));
  MISUSE (soup_websocket_connection_get_max_incoming_payload_size, WS (get_max_incoming_payload_size) (bad));
  MISUSE (soup_websocket_connection_set_max_incoming_payload_size, WS (set_max_incoming_payload_size) (bad, 1));
  MISUSE (soup_websocket_connection_get_keepalive_interval, g_assert_cmpint (WS (get_keepalive_interval) (bad), ==, 0));
  MISUSE (soup_websocket_connection_set_keepalive_interval, WS (set_keepalive_interval) (bad, 1));
#if !ON_LIBSOUP
  MISUSE (soup_websocket_connection_get_max_total_message_size, WS (get_max_total_message_size) (bad));
  MISUSE (soup_websocket_connection_set_max_total_message_size, WS (set_max_total_message_size) (bad, 1));
  MISUSE (soup_websocket_connection_get_keepalive_pong_timeout,
          g_assert_cmpint (WS (get_keepalive_pong_timeout) (bad), ==, 0));
  MISUSE (soup_websocket_connection_set_keepalive_pong_timeout, WS (set_keepalive_pong_timeout) (bad, 1));
#endif
}

static void
sending (void)
{
  g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);
  SoupWebsocketConnection *connection = wire->end->connection;

  MISUSE (soup_websocket_connection_send_text, WS (send_text) (connection, NULL));
  MISUSE (soup_websocket_connection_send_text, WS (send_text) (connection, "\xff\xfe"));
  MISUSE (soup_websocket_connection_send_binary, WS (send_binary) (connection, NULL, 1));
  MISUSE (soup_websocket_connection_send_message, WS (send_message) (connection, SOUP_WEBSOCKET_DATA_TEXT, NULL));
  settle (10);
  peer_ended (wire->peer);
  g_assert_cmpint (wire->peer->input->len, ==, 0);
  g_assert_cmpstr (wire->end->log->str, ==, "");
  /* It is none the worse. */
  soup_websocket_connection_send_text (connection, "fine");
  frame_free (peer_frame (wire->peer));
}

static void
text_message_that_is_not_utf8 (void)
{
  g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\xff", 1);

  MISUSE (soup_websocket_connection_send_message,
          WS (send_message) (wire->end->connection, SOUP_WEBSOCKET_DATA_TEXT, bytes));
}

static void
sending_after_close (void)
{
  g_autoptr (Pair) pair = pair_new (FALSE);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);

  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  for (int closed = 0; closed < 2; closed++) {
    SoupWebsocketConnection *connection = pair->client->connection;

    MISUSE (soup_websocket_connection_send_text, WS (send_text) (connection, "x"));
    MISUSE (soup_websocket_connection_send_binary, WS (send_binary) (connection, "x", 1));
    MISUSE (soup_websocket_connection_send_message, WS (send_message) (connection, SOUP_WEBSOCKET_DATA_TEXT, bytes));
    MISUSE (soup_websocket_connection_close, WS (close) (connection, 1000, NULL));
    wait_until (end_closed (pair->client) && end_closed (pair->server));
  }
  g_assert_cmpint (pair->server->messages->len, ==, 0);
}

static void
close_codes (void)
{
  static const gushort never[] = { 1006, 1015 };

  for (guint i = 0; i < G_N_ELEMENTS (never); i++) {
    g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);

    MISUSE (soup_websocket_connection_close, WS (close) (wire->end->connection, never[i], NULL));
    g_assert_cmpint (WS (get_state) (wire->end->connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  }
  {
    /* A server does not speak of missing extensions, nor a client of server errors. */
    g_autoptr (Wire) server = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);
    g_autoptr (Wire) client = wire_new (SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL);

    MISUSE (soup_websocket_connection_close, WS (close) (server->end->connection, 1010, NULL));
    MISUSE (soup_websocket_connection_close, WS (close) (client->end->connection, 1011, NULL));
  }
}

static void
construction (void)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (Peer) peer = NULL;
  int other;

  stream_pair (&stream, &other);
  peer = peer_new (other, TRUE);
  MISUSE (soup_websocket_connection_new,
          g_assert_null (WS (new) (NULL, uri, SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL)));
  MISUSE (soup_websocket_connection_new,
          g_assert_null (WS (new) (stream, NULL, SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL)));
  MISUSE (soup_websocket_connection_new,
          g_assert_null (WS (new) (stream, uri, SOUP_WEBSOCKET_CONNECTION_UNKNOWN, NULL, NULL, NULL)));
}

static void
extension_functions (void)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  gpointer bad[] = { NULL, other };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr (GHashTable) params = g_hash_table_new (NULL, NULL);
  guint8 header = 0x81;

  for (guint i = 0; i < 2; i++) {
    MISUSE (soup_websocket_extension_configure,
            g_assert_false (soup_websocket_extension_configure (bad[i], SOUP_WEBSOCKET_CONNECTION_CLIENT, params, NULL)));
    MISUSE (soup_websocket_extension_get_request_params,
            g_assert_null (soup_websocket_extension_get_request_params (bad[i])));
    MISUSE (soup_websocket_extension_get_response_params,
            g_assert_null (soup_websocket_extension_get_response_params (bad[i])));
    MISUSE (soup_websocket_extension_process_outgoing_message,
            g_assert_null (soup_websocket_extension_process_outgoing_message (bad[i], &header, bytes, NULL)));
    MISUSE (soup_websocket_extension_process_incoming_message,
            g_assert_null (soup_websocket_extension_process_incoming_message (bad[i], &header, bytes, NULL)));
  }
}

static void
handled (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
         gpointer data)
{
  (void) server, (void) message, (void) path, (void) connection, (void) data;
}

static void
server_and_session (void)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://127.0.0.1:1/");
  gpointer bad[] = { NULL, other };

  for (guint i = 0; i < 2; i++) {
    MISUSE (soup_server_add_websocket_handler,
            soup_server_add_websocket_handler (bad[i], "/", NULL, NULL, handled, NULL, NULL));
    MISUSE (soup_server_add_websocket_extension,
            soup_server_add_websocket_extension (bad[i], SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
    MISUSE (soup_server_remove_websocket_extension,
            soup_server_remove_websocket_extension (bad[i], SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
    MISUSE (soup_session_websocket_connect_async,
            soup_session_websocket_connect_async (bad[i], message, NULL, NULL, 0, NULL, NULL, NULL));
    MISUSE (soup_session_websocket_connect_async,
            soup_session_websocket_connect_async (session, bad[i], NULL, NULL, 0, NULL, NULL, NULL));
    MISUSE (soup_session_websocket_connect_finish,
            g_assert_null (soup_session_websocket_connect_finish (bad[i], NULL, NULL)));
    MISUSE (soup_server_disconnect, soup_server_disconnect (bad[i]));
    MISUSE (soup_server_get_uris, g_assert_null (soup_server_get_uris (bad[i])));
  }
  MISUSE (soup_server_add_websocket_handler,
          soup_server_add_websocket_handler (server, "/", NULL, NULL, NULL, NULL, NULL));
  MISUSE (soup_session_websocket_connect_finish,
          g_assert_null (soup_session_websocket_connect_finish (session, (GAsyncResult *) other, NULL)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/misuse/null-instance", NULL, instance_is_checked);
  g_test_add_data_func ("/misuse/other-instance", "other", instance_is_checked);
  g_test_add_func ("/misuse/sending", sending);
  g_test_add_func ("/misuse/text-message-that-is-not-utf8", text_message_that_is_not_utf8);
  g_test_add_func ("/misuse/sending-after-close", sending_after_close);
  g_test_add_func ("/misuse/close-codes", close_codes);
  g_test_add_func ("/misuse/construction", construction);
  g_test_add_func ("/misuse/extension-functions", extension_functions);
  g_test_add_func ("/misuse/server-and-session", server_and_session);
  return g_test_run ();
}
