/* The WebSocket part of the type system: names, sizes, properties, signals, enumerations, the error domain. */

#include "common.h"

static void
sizes (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_WEBSOCKET_CONNECTION, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupWebsocketConnection");
  g_assert_cmpint (query.class_size, ==, sizeof (SoupWebsocketConnectionClass));
  g_assert_cmpint (query.class_size, ==, sizeof (GObjectClass));
  g_assert_cmpint (query.instance_size, ==, sizeof (GObject));
  g_assert_cmpint (g_type_parent (SOUP_TYPE_WEBSOCKET_CONNECTION), ==, G_TYPE_OBJECT);
  g_type_query (SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupWebsocketExtensionDeflate");
  g_assert_cmpint (query.class_size, ==, sizeof (SoupWebsocketExtensionClass));
  g_assert_cmpint (g_type_parent (SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE), ==, SOUP_TYPE_WEBSOCKET_EXTENSION);
  g_type_query (SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupWebsocketExtensionManager");
  g_assert_true (g_type_is_a (SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER, SOUP_TYPE_SESSION_FEATURE));
}

static void
properties (void)
{
  static const struct {
    const char *name;
    const char *type;
    GParamFlags flags;
  } expected[] = {
    { "io-stream", "GIOStream", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "connection-type", "SoupWebsocketConnectionType", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "uri", "GUri", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "origin", "gchararray", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "protocol", "gchararray", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "state", "SoupWebsocketState", G_PARAM_READABLE },
    { "max-incoming-payload-size", "guint64", G_PARAM_READWRITE | G_PARAM_CONSTRUCT },
    { "keepalive-interval", "guint", G_PARAM_READWRITE | G_PARAM_CONSTRUCT },
    { "extensions", "gpointer", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
#if !ON_LIBSOUP
    { "keepalive-pong-timeout", "guint", G_PARAM_READWRITE | G_PARAM_CONSTRUCT },
    { "max-total-message-size", "guint64", G_PARAM_READWRITE | G_PARAM_CONSTRUCT },
#endif
  };
  GObjectClass *klass = g_type_class_ref (SOUP_TYPE_WEBSOCKET_CONNECTION);
  GParamFlags relevant = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_CONSTRUCT_ONLY;
  guint count;

  g_free (g_object_class_list_properties (klass, &count));
  g_assert_cmpint (count, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    GParamSpec *spec = g_object_class_find_property (klass, expected[i].name);

    g_assert_nonnull (spec);
    g_assert_cmpstr (g_type_name (spec->value_type), ==, expected[i].type);
    g_assert_cmphex (spec->flags & relevant, ==, expected[i].flags);
  }
  g_type_class_unref (klass);
}

static void
property_values (void)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://example.com/path", SOUP_HTTP_URI_FLAGS, NULL), got_uri = NULL;
  g_autoptr (GIOStream) stream = NULL, got_stream = NULL;
  g_autoptr (Peer) peer = NULL;
  g_autoptr (SoupWebsocketConnection) connection = NULL;
  g_autofree char *origin = NULL, *protocol = NULL;
  SoupWebsocketConnectionType type;
  SoupWebsocketState state;
  guint64 limit;
  int other;

  stream_pair (&stream, &other);
  peer = peer_new (other, TRUE);
  connection = soup_websocket_connection_new (stream, uri, SOUP_WEBSOCKET_CONNECTION_SERVER, "http://example.com",
                                              "chat", NULL);
  g_object_get (connection, "io-stream", &got_stream, "uri", &got_uri, "origin", &origin, "protocol", &protocol,
                "connection-type", &type, "state", &state, "max-incoming-payload-size", &limit, NULL);
  g_assert_true (got_stream == stream);
  g_assert_true (soup_websocket_connection_get_io_stream (connection) == stream);
  g_assert_cmpstr (g_uri_get_host (got_uri), ==, "example.com");
  g_assert_cmpstr (origin, ==, "http://example.com");
  g_assert_cmpstr (protocol, ==, "chat");
  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_CONNECTION_SERVER);
  g_assert_cmpint (state, ==, SOUP_WEBSOCKET_STATE_OPEN);
  g_assert_cmpint (limit, ==, 128 * 1024);
  /* Getters lend: twice the same pointer. */
  g_assert_true (soup_websocket_connection_get_origin (connection) == soup_websocket_connection_get_origin (connection));
}

static void
count_notify (GObject *object, GParamSpec *spec, gpointer count)
{
  (void) object;
  (void) spec;
  ++*(guint *) count;
}

static void
state_is_notified (void)
{
  g_autoptr (Pair) pair = pair_new (FALSE);
  guint count = 0;

  g_signal_connect (pair->client->connection, "notify::state", G_CALLBACK (count_notify), &count);
  soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_until (end_closed (pair->client));
  settle (10);
  g_assert_cmpint (count, >=, 1);
}

static void
signals (void)
{
  static const struct {
    const char *name;
    guint parameters;
    const char *types[2];
  } expected[] = {
    { "message", 2, { "gint", "GBytes" } }, { "error", 1, { "GError", NULL } },  { "closing", 0, { NULL, NULL } },
    { "closed", 0, { NULL, NULL } },        { "pong", 1, { "GBytes", NULL } },
  };
  guint count;
  gpointer klass = g_type_class_ref (SOUP_TYPE_WEBSOCKET_CONNECTION);

  g_free (g_signal_list_ids (SOUP_TYPE_WEBSOCKET_CONNECTION, &count));
  g_assert_cmpint (count, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    GSignalQuery query;

    g_signal_query (g_signal_lookup (expected[i].name, SOUP_TYPE_WEBSOCKET_CONNECTION), &query);
    g_assert_cmpint (query.n_params, ==, expected[i].parameters);
    g_assert_cmpint (query.return_type, ==, G_TYPE_NONE);
    for (guint p = 0; p < query.n_params; p++)
      g_assert_cmpstr (g_type_name (query.param_types[p] & ~G_SIGNAL_TYPE_STATIC_SCOPE), ==, expected[i].types[p]);
  }
  g_type_class_unref (klass);
}

static void
enumeration (GType type, const char *name, const char *const *nicks, const int *values)
{
  GEnumClass *klass = g_type_class_ref (type);
  guint i;

  g_assert_cmpstr (g_type_name (type), ==, name);
  for (i = 0; nicks[i]; i++) {
    GEnumValue *value = g_enum_get_value_by_nick (klass, nicks[i]);

    g_assert_nonnull (value);
    g_assert_cmpint (value->value, ==, values[i]);
    g_assert_true (g_str_has_prefix (value->value_name, "SOUP_WEBSOCKET_"));
  }
  g_assert_cmpint (klass->n_values, ==, i);
  g_type_class_unref (klass);
}

static void
enumerations (void)
{
  enumeration (SOUP_TYPE_WEBSOCKET_ERROR, "SoupWebsocketError",
               (const char *[]){ "failed", "not-websocket", "bad-handshake", "bad-origin", NULL },
               (int[]){ 0, 1, 2, 3 });
  enumeration (SOUP_TYPE_WEBSOCKET_CONNECTION_TYPE, "SoupWebsocketConnectionType",
               (const char *[]){ "unknown", "client", "server", NULL }, (int[]){ 0, 1, 2 });
  enumeration (SOUP_TYPE_WEBSOCKET_DATA_TYPE, "SoupWebsocketDataType", (const char *[]){ "text", "binary", NULL },
               (int[]){ 1, 2 });
  enumeration (SOUP_TYPE_WEBSOCKET_STATE, "SoupWebsocketState", (const char *[]){ "open", "closing", "closed", NULL },
               (int[]){ 1, 2, 3 });
  enumeration (SOUP_TYPE_WEBSOCKET_CLOSE_CODE, "SoupWebsocketCloseCode",
               (const char *[]){ "normal", "going-away", "protocol-error", "unsupported-data", "no-status", "abnormal",
                                 "bad-data", "policy-violation", "too-big", "no-extension", "server-error",
                                 "tls-handshake", NULL },
               (int[]){ 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1015 });
}

static void
error_domain (void)
{
  g_assert_cmpstr (g_quark_to_string (SOUP_WEBSOCKET_ERROR), ==, "soup-websocket-error-quark");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/types/sizes", sizes);
  g_test_add_func ("/types/properties", properties);
  g_test_add_func ("/types/property-values", property_values);
  g_test_add_func ("/types/state-is-notified", state_is_notified);
  g_test_add_func ("/types/signals", signals);
  g_test_add_func ("/types/enumerations", enumerations);
  g_test_add_func ("/types/error-domain", error_domain);
  return g_test_run ();
}
