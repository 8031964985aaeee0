/* What has a number or a name: methods, status codes, GTypes, error domains, versions. */

#include "common.h"

/* ---- Methods ---- */

static void
methods (void)
{
  const char *const names[]
      = { SOUP_METHOD_OPTIONS,
          SOUP_METHOD_GET,
          SOUP_METHOD_HEAD,
          SOUP_METHOD_POST,
          SOUP_METHOD_PUT,
          SOUP_METHOD_DELETE,
          SOUP_METHOD_TRACE,
          SOUP_METHOD_CONNECT,
          SOUP_METHOD_COPY,
          SOUP_METHOD_MOVE,
          SOUP_METHOD_MKCOL,
          SOUP_METHOD_PROPFIND,
          SOUP_METHOD_PROPPATCH,
          SOUP_METHOD_LOCK,
          SOUP_METHOD_UNLOCK,
#if !ON_LIBSOUP
          SOUP_METHOD_PATCH,
#endif
        };

  g_assert_cmpstr (SOUP_METHOD_GET, ==, "GET");
  g_assert_cmpstr (SOUP_METHOD_PROPPATCH, ==, "PROPPATCH");
  g_assert_cmpuint (sizeof _SOUP_METHOD_GET, ==, 8);
  /* Interned: they are compared as pointers, with others that come from elsewhere. */
  g_assert_true (SOUP_METHOD_GET == g_intern_string ("GET"));
  g_assert_true (SOUP_METHOD_UNLOCK == SOUP_METHOD_UNLOCK);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (names[i] == g_intern_string (names[i]));
}

/* ---- Status codes ---- */

static const struct {
  guint code;
  const char *phrase;
} phrases[] = {
  { 100, "Continue" },
  { 101, "Switching Protocols" },
  { 102, "Processing" },
  { 103, "Early Hints" },
  { 200, "OK" },
  { 201, "Created" },
  { 202, "Accepted" },
  { 203, "Non-Authoritative Information" },
  { 204, "No Content" },
  { 205, "Reset Content" },
  { 206, "Partial Content" },
  { 207, "Multi-Status" },
  { 300, "Multiple Choices" },
  { 301, "Moved Permanently" },
  { 302, "Found" },
  { 303, "See Other" },
  { 304, "Not Modified" },
  { 305, "Use Proxy" },
  { 307, "Temporary Redirect" },
  { 308, "Permanent Redirect" },
  { 400, "Bad Request" },
  { 401, "Unauthorized" },
  { 402, "Payment Required" },
  { 403, "Forbidden" },
  { 404, "Not Found" },
  { 405, "Method Not Allowed" },
  { 406, "Not Acceptable" },
  { 407, "Proxy Authentication Required" },
  { 408, "Request Timeout" },
  { 409, "Conflict" },
  { 410, "Gone" },
  { 411, "Length Required" },
  { 412, "Precondition Failed" },
  { 413, "Request Entity Too Large" },
  { 414, "Request-URI Too Long" },
  { 415, "Unsupported Media Type" },
  { 416, "Requested Range Not Satisfiable" },
  { 417, "Expectation Failed" },
  { 422, "Unprocessable Entity" },
  { 423, "Locked" },
  { 424, "Failed Dependency" },
  { 500, "Internal Server Error" },
  { 501, "Not Implemented" },
  { 502, "Bad Gateway" },
  { 503, "Service Unavailable" },
  { 504, "Gateway Timeout" },
  { 505, "HTTP Version Not Supported" },
  { 507, "Insufficient Storage" },
  { 510, "Not Extended" },
};

static void
status_phrases (void)
{
  guint known = 0;

  for (guint code = 0; code < 1000; code++) {
    const char *expected = "Unknown Error";

    if (known < G_N_ELEMENTS (phrases) && phrases[known].code == code)
      expected = phrases[known++].phrase;
    g_assert_cmpstr (soup_status_get_phrase (code), ==, expected);
  }
  g_assert_cmpstr (soup_status_get_phrase (G_MAXUINT), ==, "Unknown Error");
}

/* ---- GTypes ---- */

typedef struct {
  int value;
  const char *name;
  const char *nick;
} Value;

typedef struct {
  const char *name;
  GType (*get_type) (void);
  gboolean flags;
  Value values[64];
} Type;

static const Type types[] = {
  { "SoupDateFormat",
    soup_date_format_get_type,
    FALSE,
    {
        { 1, "SOUP_DATE_HTTP", "http" },
        { 2, "SOUP_DATE_COOKIE", "cookie" },
    } },
  { "SoupEncoding",
    soup_encoding_get_type,
    FALSE,
    {
        { 0, "SOUP_ENCODING_UNRECOGNIZED", "unrecognized" },
        { 1, "SOUP_ENCODING_NONE", "none" },
        { 2, "SOUP_ENCODING_CONTENT_LENGTH", "content-length" },
        { 3, "SOUP_ENCODING_EOF", "eof" },
        { 4, "SOUP_ENCODING_CHUNKED", "chunked" },
        { 5, "SOUP_ENCODING_BYTERANGES", "byteranges" },
    } },
  { "SoupExpectation",
    soup_expectation_get_type,
    TRUE,
    {
        { 1, "SOUP_EXPECTATION_UNRECOGNIZED", "unrecognized" },
        { 2, "SOUP_EXPECTATION_CONTINUE", "continue" },
    } },
  { "SoupHTTPVersion",
    soup_http_version_get_type,
    FALSE,
    {
        { 0, "SOUP_HTTP_1_0", "http-1-0" },
        { 1, "SOUP_HTTP_1_1", "http-1-1" },
        { 2, "SOUP_HTTP_2_0", "http-2-0" },
    } },
  { "SoupMemoryUse",
    soup_memory_use_get_type,
    FALSE,
    {
        { 0, "SOUP_MEMORY_STATIC", "static" },
        { 1, "SOUP_MEMORY_TAKE", "take" },
        { 2, "SOUP_MEMORY_COPY", "copy" },
    } },
  { "SoupMessageFlags",
    soup_message_flags_get_type,
    TRUE,
    {
        { 2, "SOUP_MESSAGE_NO_REDIRECT", "no-redirect" },
        { 4, "SOUP_MESSAGE_NEW_CONNECTION", "new-connection" },
        { 8, "SOUP_MESSAGE_IDEMPOTENT", "idempotent" },
        { 16, "SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE", "do-not-use-auth-cache" },
        { 32, "SOUP_MESSAGE_COLLECT_METRICS", "collect-metrics" },
    } },
  { "SoupMessageHeadersType",
    soup_message_headers_type_get_type,
    FALSE,
    {
        { 0, "SOUP_MESSAGE_HEADERS_REQUEST", "request" },
        { 1, "SOUP_MESSAGE_HEADERS_RESPONSE", "response" },
        { 2, "SOUP_MESSAGE_HEADERS_MULTIPART", "multipart" },
    } },
  { "SoupMessagePriority",
    soup_message_priority_get_type,
    FALSE,
    {
        { 0, "SOUP_MESSAGE_PRIORITY_VERY_LOW", "very-low" },
        { 1, "SOUP_MESSAGE_PRIORITY_LOW", "low" },
        { 2, "SOUP_MESSAGE_PRIORITY_NORMAL", "normal" },
        { 3, "SOUP_MESSAGE_PRIORITY_HIGH", "high" },
        { 4, "SOUP_MESSAGE_PRIORITY_VERY_HIGH", "very-high" },
    } },
  { "SoupServerListenOptions",
    soup_server_listen_options_get_type,
    TRUE,
    {
        { 1, "SOUP_SERVER_LISTEN_HTTPS", "https" },
        { 2, "SOUP_SERVER_LISTEN_IPV4_ONLY", "ipv4-only" },
        { 4, "SOUP_SERVER_LISTEN_IPV6_ONLY", "ipv6-only" },
    } },
  { "SoupSessionError",
    soup_session_error_get_type,
    FALSE,
    {
        { 0, "SOUP_SESSION_ERROR_PARSING", "parsing" },
        { 1, "SOUP_SESSION_ERROR_ENCODING", "encoding" },
        { 2, "SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS", "too-many-redirects" },
        { 3, "SOUP_SESSION_ERROR_TOO_MANY_RESTARTS", "too-many-restarts" },
        { 4, "SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION", "redirect-no-location" },
        { 5, "SOUP_SESSION_ERROR_REDIRECT_BAD_URI", "redirect-bad-uri" },
        { 6, "SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE", "message-already-in-queue" },
    } },
  { "SoupStatus",
    soup_status_get_type,
    FALSE,
    {
        { 0, "SOUP_STATUS_NONE", "none" },
        { 100, "SOUP_STATUS_CONTINUE", "continue" },
        { 101, "SOUP_STATUS_SWITCHING_PROTOCOLS", "switching-protocols" },
        { 102, "SOUP_STATUS_PROCESSING", "processing" },
        { 200, "SOUP_STATUS_OK", "ok" },
        { 201, "SOUP_STATUS_CREATED", "created" },
        { 202, "SOUP_STATUS_ACCEPTED", "accepted" },
        { 203, "SOUP_STATUS_NON_AUTHORITATIVE", "non-authoritative" },
        { 204, "SOUP_STATUS_NO_CONTENT", "no-content" },
        { 205, "SOUP_STATUS_RESET_CONTENT", "reset-content" },
        { 206, "SOUP_STATUS_PARTIAL_CONTENT", "partial-content" },
        { 207, "SOUP_STATUS_MULTI_STATUS", "multi-status" },
        { 300, "SOUP_STATUS_MULTIPLE_CHOICES", "multiple-choices" },
        { 301, "SOUP_STATUS_MOVED_PERMANENTLY", "moved-permanently" },
        { 302, "SOUP_STATUS_FOUND", "found" },
        { 302, "SOUP_STATUS_MOVED_TEMPORARILY", "moved-temporarily" },
        { 303, "SOUP_STATUS_SEE_OTHER", "see-other" },
        { 304, "SOUP_STATUS_NOT_MODIFIED", "not-modified" },
        { 305, "SOUP_STATUS_USE_PROXY", "use-proxy" },
        { 306, "SOUP_STATUS_NOT_APPEARING_IN_THIS_PROTOCOL", "not-appearing-in-this-protocol" },
        { 307, "SOUP_STATUS_TEMPORARY_REDIRECT", "temporary-redirect" },
        { 308, "SOUP_STATUS_PERMANENT_REDIRECT", "permanent-redirect" },
        { 400, "SOUP_STATUS_BAD_REQUEST", "bad-request" },
        { 401, "SOUP_STATUS_UNAUTHORIZED", "unauthorized" },
        { 402, "SOUP_STATUS_PAYMENT_REQUIRED", "payment-required" },
        { 403, "SOUP_STATUS_FORBIDDEN", "forbidden" },
        { 404, "SOUP_STATUS_NOT_FOUND", "not-found" },
        { 405, "SOUP_STATUS_METHOD_NOT_ALLOWED", "method-not-allowed" },
        { 406, "SOUP_STATUS_NOT_ACCEPTABLE", "not-acceptable" },
        { 407, "SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED", "proxy-authentication-required" },
        { 407, "SOUP_STATUS_PROXY_UNAUTHORIZED", "proxy-unauthorized" },
        { 408, "SOUP_STATUS_REQUEST_TIMEOUT", "request-timeout" },
        { 409, "SOUP_STATUS_CONFLICT", "conflict" },
        { 410, "SOUP_STATUS_GONE", "gone" },
        { 411, "SOUP_STATUS_LENGTH_REQUIRED", "length-required" },
        { 412, "SOUP_STATUS_PRECONDITION_FAILED", "precondition-failed" },
        { 413, "SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE", "request-entity-too-large" },
        { 414, "SOUP_STATUS_REQUEST_URI_TOO_LONG", "request-uri-too-long" },
        { 415, "SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE", "unsupported-media-type" },
        { 416, "SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE", "requested-range-not-satisfiable" },
        { 416, "SOUP_STATUS_INVALID_RANGE", "invalid-range" },
        { 417, "SOUP_STATUS_EXPECTATION_FAILED", "expectation-failed" },
        { 421, "SOUP_STATUS_MISDIRECTED_REQUEST", "misdirected-request" },
        { 422, "SOUP_STATUS_UNPROCESSABLE_ENTITY", "unprocessable-entity" },
        { 423, "SOUP_STATUS_LOCKED", "locked" },
        { 424, "SOUP_STATUS_FAILED_DEPENDENCY", "failed-dependency" },
        { 500, "SOUP_STATUS_INTERNAL_SERVER_ERROR", "internal-server-error" },
        { 501, "SOUP_STATUS_NOT_IMPLEMENTED", "not-implemented" },
        { 502, "SOUP_STATUS_BAD_GATEWAY", "bad-gateway" },
        { 503, "SOUP_STATUS_SERVICE_UNAVAILABLE", "service-unavailable" },
        { 504, "SOUP_STATUS_GATEWAY_TIMEOUT", "gateway-timeout" },
        { 505, "SOUP_STATUS_HTTP_VERSION_NOT_SUPPORTED", "http-version-not-supported" },
        { 507, "SOUP_STATUS_INSUFFICIENT_STORAGE", "insufficient-storage" },
        { 510, "SOUP_STATUS_NOT_EXTENDED", "not-extended" },
    } },
  { "SoupURIComponent",
    soup_uri_component_get_type,
    FALSE,
    {
        { 0, "SOUP_URI_NONE", "none" },
        { 1, "SOUP_URI_SCHEME", "scheme" },
        { 2, "SOUP_URI_USER", "user" },
        { 3, "SOUP_URI_PASSWORD", "password" },
        { 4, "SOUP_URI_AUTH_PARAMS", "auth-params" },
        { 5, "SOUP_URI_HOST", "host" },
        { 6, "SOUP_URI_PORT", "port" },
        { 7, "SOUP_URI_PATH", "path" },
        { 8, "SOUP_URI_QUERY", "query" },
        { 9, "SOUP_URI_FRAGMENT", "fragment" },
    } },
  { "SoupWebsocketCloseCode",
    soup_websocket_close_code_get_type,
    FALSE,
    {
        { 1000, "SOUP_WEBSOCKET_CLOSE_NORMAL", "normal" },
        { 1001, "SOUP_WEBSOCKET_CLOSE_GOING_AWAY", "going-away" },
        { 1002, "SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR", "protocol-error" },
        { 1003, "SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA", "unsupported-data" },
        { 1005, "SOUP_WEBSOCKET_CLOSE_NO_STATUS", "no-status" },
        { 1006, "SOUP_WEBSOCKET_CLOSE_ABNORMAL", "abnormal" },
        { 1007, "SOUP_WEBSOCKET_CLOSE_BAD_DATA", "bad-data" },
        { 1008, "SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION", "policy-violation" },
        { 1009, "SOUP_WEBSOCKET_CLOSE_TOO_BIG", "too-big" },
        { 1010, "SOUP_WEBSOCKET_CLOSE_NO_EXTENSION", "no-extension" },
        { 1011, "SOUP_WEBSOCKET_CLOSE_SERVER_ERROR", "server-error" },
        { 1015, "SOUP_WEBSOCKET_CLOSE_TLS_HANDSHAKE", "tls-handshake" },
    } },
  { "SoupWebsocketConnectionType",
    soup_websocket_connection_type_get_type,
    FALSE,
    {
        { 0, "SOUP_WEBSOCKET_CONNECTION_UNKNOWN", "unknown" },
        { 1, "SOUP_WEBSOCKET_CONNECTION_CLIENT", "client" },
        { 2, "SOUP_WEBSOCKET_CONNECTION_SERVER", "server" },
    } },
  { "SoupWebsocketDataType",
    soup_websocket_data_type_get_type,
    FALSE,
    {
        { 1, "SOUP_WEBSOCKET_DATA_TEXT", "text" },
        { 2, "SOUP_WEBSOCKET_DATA_BINARY", "binary" },
    } },
  { "SoupWebsocketError",
    soup_websocket_error_get_type,
    FALSE,
    {
        { 0, "SOUP_WEBSOCKET_ERROR_FAILED", "failed" },
        { 1, "SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET", "not-websocket" },
        { 2, "SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE", "bad-handshake" },
        { 3, "SOUP_WEBSOCKET_ERROR_BAD_ORIGIN", "bad-origin" },
    } },
  { "SoupWebsocketState",
    soup_websocket_state_get_type,
    FALSE,
    {
        { 1, "SOUP_WEBSOCKET_STATE_OPEN", "open" },
        { 2, "SOUP_WEBSOCKET_STATE_CLOSING", "closing" },
        { 3, "SOUP_WEBSOCKET_STATE_CLOSED", "closed" },
    } },
};

static void
enumerations (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    GType type = types[i].get_type ();
    guint count = 0;

    g_assert_cmpstr (g_type_name (type), ==, types[i].name);
    g_assert_true (type == types[i].get_type ());
    while (types[i].values[count].name)
      count++;
    if (types[i].flags) {
      GFlagsClass *class = g_type_class_ref (type);

      g_assert_cmpuint (g_type_parent (type), ==, G_TYPE_FLAGS);
      g_assert_cmpuint (class->n_values, ==, count);
      for (guint j = 0; j < count; j++) {
        g_assert_cmpint (class->values[j].value, ==, types[i].values[j].value);
        g_assert_cmpstr (class->values[j].value_name, ==, types[i].values[j].name);
        g_assert_cmpstr (class->values[j].value_nick, ==, types[i].values[j].nick);
      }
      g_type_class_unref (class);
    } else {
      GEnumClass *class = g_type_class_ref (type);

      g_assert_cmpuint (g_type_parent (type), ==, G_TYPE_ENUM);
      g_assert_cmpuint (class->n_values, ==, count);
      for (guint j = 0; j < count; j++) {
        g_assert_cmpint (class->values[j].value, ==, types[i].values[j].value);
        g_assert_cmpstr (class->values[j].value_name, ==, types[i].values[j].name);
        g_assert_cmpstr (class->values[j].value_nick, ==, types[i].values[j].nick);
      }
      g_type_class_unref (class);
    }
  }
}

static void
boxed_types (void)
{
  g_assert_cmpstr (g_type_name (SOUP_TYPE_MESSAGE_HEADERS), ==, "SoupMessageHeaders");
  g_assert_cmpstr (g_type_name (SOUP_TYPE_MESSAGE_BODY), ==, "SoupMessageBody");
  g_assert_true (G_TYPE_IS_BOXED (SOUP_TYPE_MESSAGE_HEADERS));
  g_assert_true (G_TYPE_IS_BOXED (SOUP_TYPE_MESSAGE_BODY));
  g_assert_cmpuint (sizeof (SoupMessageBody), ==, 16);
  g_assert_cmpuint (G_STRUCT_OFFSET (SoupMessageBody, length), ==, 8);
  g_assert_cmpuint (sizeof (SoupRange), ==, 16);
  g_assert_cmpuint (sizeof (SoupMessageHeadersIter), ==, 3 * sizeof (gpointer));
}

/* ---- Error domains and versions ---- */

static void
error_domains (void)
{
  g_assert_cmpstr (g_quark_to_string (SOUP_WEBSOCKET_ERROR), ==, "soup-websocket-error-quark");
  g_assert_cmpstr (g_quark_to_string (SOUP_SESSION_ERROR), ==, "soup-session-error-quark");
}

static void
versions (void)
{
  g_assert_cmpuint (soup_get_major_version (), ==, SOUP_MAJOR_VERSION);
  g_assert_cmpuint (soup_get_minor_version (), ==, SOUP_MINOR_VERSION);
  g_assert_cmpuint (soup_get_micro_version (), ==, SOUP_MICRO_VERSION);
  g_assert_true (soup_check_version (3, 0, 0));
  g_assert_true (soup_check_version (2, 99, 99));
  g_assert_true (soup_check_version (SOUP_MAJOR_VERSION, SOUP_MINOR_VERSION, SOUP_MICRO_VERSION));
  g_assert_false (soup_check_version (SOUP_MAJOR_VERSION, SOUP_MINOR_VERSION, SOUP_MICRO_VERSION + 1));
  g_assert_false (soup_check_version (SOUP_MAJOR_VERSION, SOUP_MINOR_VERSION + 1, 0));
  g_assert_false (soup_check_version (4, 0, 0));
}

static void
classes_of_statuses (void)
{
  for (guint status = 0; status < 700; status++) {
    g_assert_cmpint (SOUP_STATUS_IS_INFORMATIONAL (status), ==, status / 100 == 1);
    g_assert_cmpint (SOUP_STATUS_IS_SUCCESSFUL (status), ==, status / 100 == 2);
    g_assert_cmpint (SOUP_STATUS_IS_REDIRECTION (status), ==, status / 100 == 3);
    g_assert_cmpint (SOUP_STATUS_IS_CLIENT_ERROR (status), ==, status / 100 == 4);
    g_assert_cmpint (SOUP_STATUS_IS_SERVER_ERROR (status), ==, status / 100 == 5);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/constants/methods", methods);
  g_test_add_func ("/constants/status-phrases", status_phrases);
  g_test_add_func ("/constants/enumerations", enumerations);
  g_test_add_func ("/constants/boxed-types", boxed_types);
  g_test_add_func ("/constants/error-domains", error_domains);
  g_test_add_func ("/constants/versions", versions);
  g_test_add_func ("/constants/classes-of-statuses", classes_of_statuses);
  return g_test_run ();
}
