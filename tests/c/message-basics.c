/* SoupMessage: what it is made of, what it refuses, and what it tells. */

#include "common.h"

static void
is_uri (GUri *uri, const char *text)
{
  g_autofree char *found = uri ? g_uri_to_string (uri) : NULL;

  g_assert_cmpstr (found, ==, text);
}

static void
shape (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_MESSAGE, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupMessage");
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_cmpuint (query.class_size, ==, sizeof (SoupMessageClass));
  g_assert_cmpuint (g_type_parent (SOUP_TYPE_MESSAGE), ==, G_TYPE_OBJECT);
}

static void
uris (void)
{
  static const struct {
    const char *text;
    const char *uri;
  } cases[] = {
    { "http://a", "http://a/" },
    { "ws://x/y?z#f", "ws://x/y?z#f" },
    { "wss://x", "wss://x/" },
    { "HTTP://Up.Case/%7Efoo", "http://Up.Case/~foo" },
    { "http://user:pw@h/", "http://user:pw@h/" },
    { "http://[::1]:80/", "http://[::1]/" },
    { "http://ex\xc3\xa4mple/", "http://xn--exmple-cua/" },
    { "", NULL },
    { "relative", NULL },
    { "foo:bar", NULL },
    { "ws:foo", NULL },
    { "data:text/plain,hi", NULL },
    { "http://a:99999/", NULL },
    { "http://[012x:1]/", NULL },
    { " http://a/", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("GET", cases[i].text);

    g_test_message ("%s", cases[i].text);
    g_assert_true (!message == !cases[i].uri);
    if (message)
      is_uri (soup_message_get_uri (message), cases[i].uri);
  }
}

/* CVE-2026-1467, CVE-2026-3632: what a host decodes to goes into headers and to proxies. */
static void
cve_2026_1467_and_3632_hosts (void)
{
  static const char *const hosts[] = { "a%09b", "a%0Ab", "a%0D%0Ab", "a%20b", "a%3Ab", "%3C%3E", "%5B%5D%5E%7C" };

  if (differs ("libsoup 3.2 takes any host"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++) {
    g_autofree char *text = g_strdup_printf ("http://%s/", hosts[i]);
    g_autoptr (SoupMessage) message = NULL;

    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*SOUP_URI_IS_VALID*");
    message = soup_message_new ("GET", text);
    g_test_assert_expected_messages ();
    g_assert_null (message);
  }
}

/* CVE-2026-3633: a method stands in the request line as it is. */
static void
cve_2026_3633_methods (void)
{
  static const char *const methods[] = { "", "A B", "G\r\nX: y", "GET\n", "GET:", "G\xc3\xa4T" };
  g_autoptr (SoupMessage) message = soup_message_new ("PUT", "http://a/");

  if (differs ("libsoup takes any method"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*method*");
    g_assert_null (soup_message_new (methods[i], "http://a/"));
    g_test_assert_expected_messages ();
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*method*");
    soup_message_set_method (message, methods[i]);
    g_test_assert_expected_messages ();
    g_object_set (message, "method", methods[i], NULL);
    g_assert_cmpstr (soup_message_get_method (message), ==, "PUT");
  }
}

/* CVE-2026-3634: so does a content type, in a header. */
static void
cve_2026_3634_content_types (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("PUT", "http://a/");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("hello", 5);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  if (differs ("libsoup 3.2 writes any content type"))
    return;
  soup_message_set_request_body_from_bytes (message, "text/plain\r\nX-Evil: 1", bytes);
  g_assert_null (soup_message_headers_get_one (headers, "Content-Type"));
  g_assert_null (soup_message_headers_get_one (headers, "X-Evil"));
}

static void
methods_are_pointers (void)
{
  g_autofree char *copy = g_strdup ("GET");
  g_autoptr (SoupMessage) message = soup_message_new (copy, "http://a/");
  g_autofree char *method = NULL;

  g_assert_true (soup_message_get_method (message) == SOUP_METHOD_GET);
  soup_message_set_method (message, "POST");
  g_assert_true (soup_message_get_method (message) == SOUP_METHOD_POST);
  soup_message_set_method (message, "Own");
  g_assert_true (soup_message_get_method (message) == g_intern_string ("Own"));
  g_object_get (message, "method", &method, NULL);
  g_assert_cmpstr (method, ==, "Own");
}

static void
before_anything (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");

  g_assert_cmpuint (soup_message_get_status (message), ==, SOUP_STATUS_NONE);
  g_assert_null (soup_message_get_reason_phrase (message));
  g_assert_cmpint (soup_message_get_http_version (message), ==, SOUP_HTTP_1_1);
  g_assert_cmpint (soup_message_get_priority (message), ==, SOUP_MESSAGE_PRIORITY_NORMAL);
  g_assert_cmpint (soup_message_get_flags (message), ==, 0);
  g_assert_null (soup_message_get_first_party (message));
  g_assert_null (soup_message_get_site_for_cookies (message));
  g_assert_false (soup_message_get_is_top_level_navigation (message));
  g_assert_false (soup_message_get_is_options_ping (message));
  g_assert_false (soup_message_is_keepalive (message));
  g_assert_null (soup_message_get_remote_address (message));
  g_assert_cmpuint (soup_message_get_connection_id (message), ==, 0);
  g_assert_null (soup_message_get_tls_peer_certificate (message));
  g_assert_cmpint (soup_message_get_tls_peer_certificate_errors (message), ==, 0);
  g_assert_cmpint (soup_message_get_tls_protocol_version (message), ==, G_TLS_PROTOCOL_VERSION_UNKNOWN);
  g_assert_null (soup_message_get_tls_ciphersuite_name (message));
  g_assert_nonnull (soup_message_get_request_headers (message));
  g_assert_nonnull (soup_message_get_response_headers (message));
}

static void
count (GObject *object, GParamSpec *spec, guint *number)
{
  (void) object;
  (void) spec;
  *number += 1;
}

static void
setters_notify (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");
  g_autoptr (GUri) uri = g_uri_parse ("http://b", G_URI_FLAGS_NONE, NULL);
  guint number = 0;

  g_signal_connect (message, "notify", G_CALLBACK (count), &number);
  soup_message_set_method (message, "PUT");
  soup_message_set_uri (message, uri);
  is_uri (soup_message_get_uri (message), "http://b/");
  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_set_priority (message, SOUP_MESSAGE_PRIORITY_HIGH);
  soup_message_set_first_party (message, uri);
  soup_message_set_site_for_cookies (message, uri);
  soup_message_set_is_top_level_navigation (message, TRUE);
  g_assert_cmpuint (number, ==, 7);
  soup_message_set_is_options_ping (message, TRUE);
  g_assert_true (soup_message_get_method (message) == SOUP_METHOD_OPTIONS);
  g_assert_cmpuint (number, ==, 9);
  soup_message_set_uri (message, uri);
  soup_message_set_first_party (message, uri);
  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_set_priority (message, SOUP_MESSAGE_PRIORITY_HIGH);
  soup_message_set_is_top_level_navigation (message, TRUE);
  g_assert_cmpuint (number, ==, 9);
  soup_message_set_site_for_cookies (message, NULL);
  g_assert_null (soup_message_get_site_for_cookies (message));
  g_assert_true (soup_message_get_is_top_level_navigation (message));
  g_assert_cmpint (soup_message_get_priority (message), ==, SOUP_MESSAGE_PRIORITY_HIGH);
}

static void
flags (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");

  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_remove_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  g_assert_cmpint (soup_message_get_flags (message), ==, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  g_assert_true (soup_message_query_flags (message, SOUP_MESSAGE_NO_REDIRECT));
  g_assert_false (soup_message_query_flags (message, SOUP_MESSAGE_IDEMPOTENT));
}

static void
options_ping (void)
{
  g_autoptr (GUri) uri = g_uri_parse ("http://a/b?c", G_URI_FLAGS_NONE, NULL);
  g_autoptr (SoupMessage) message = soup_message_new_options_ping (uri);

  g_assert_true (soup_message_get_method (message) == SOUP_METHOD_OPTIONS);
  g_assert_true (soup_message_get_is_options_ping (message));
}

static void
bodies (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("PUT", "http://a/b");
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("hello", 5);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new ();

  soup_message_set_request_body_from_bytes (message, "text/plain", bytes);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Type"), ==, "text/plain");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Length"), ==, "5");
  g_assert_cmpint (soup_message_headers_get_encoding (headers), ==, SOUP_ENCODING_CONTENT_LENGTH);
  soup_message_set_request_body (message, "a/b", stream, -1);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Type"), ==, "a/b");
  g_assert_null (soup_message_headers_get_one (headers, "Content-Length"));
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Transfer-Encoding"), ==, "chunked");
  soup_message_set_request_body (message, NULL, stream, 7);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Type"), ==, "a/b");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Length"), ==, "7");
  g_assert_null (soup_message_headers_get_one (headers, "Transfer-Encoding"));
  soup_message_set_request_body (message, NULL, NULL, 0);
  g_assert_null (soup_message_headers_get_one (headers, "Content-Type"));
  g_assert_null (soup_message_headers_get_one (headers, "Content-Length"));
}

static void
features (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");

  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_assert_true (soup_message_is_feature_disabled (message, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
  g_assert_true (soup_message_is_feature_disabled (message, SOUP_TYPE_WEBSOCKET_EXTENSION));
  g_assert_false (soup_message_is_feature_disabled (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
}

static void
properties (void)
{
  static const struct {
    const char *name;
    GParamFlags flags;
  } wanted[] = {
    { "method", G_PARAM_READWRITE },
    { "uri", G_PARAM_READWRITE },
    { "http-version", G_PARAM_READABLE },
    { "flags", G_PARAM_READWRITE },
    { "status-code", G_PARAM_READABLE },
    { "reason-phrase", G_PARAM_READABLE },
    { "first-party", G_PARAM_READWRITE },
    { "request-headers", G_PARAM_READABLE },
    { "response-headers", G_PARAM_READABLE },
    { "tls-peer-certificate", G_PARAM_READABLE },
    { "tls-peer-certificate-errors", G_PARAM_READABLE },
    { "tls-protocol-version", G_PARAM_READABLE },
    { "tls-ciphersuite-name", G_PARAM_READABLE },
    { "remote-address", G_PARAM_READABLE },
    { "priority", G_PARAM_READWRITE },
    { "site-for-cookies", G_PARAM_READWRITE },
    { "is-top-level-navigation", G_PARAM_READWRITE },
    { "is-options-ping", G_PARAM_READWRITE },
  };
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");
  GObjectClass *class = G_OBJECT_GET_CLASS (message);

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    GParamSpec *spec = g_object_class_find_property (class, wanted[i].name);
    GValue value = G_VALUE_INIT;

    g_assert_nonnull (spec);
    g_assert_cmpint (spec->flags & 0xf, ==, wanted[i].flags);
    g_object_get_property (G_OBJECT (message), wanted[i].name, &value);
    g_assert_true (G_VALUE_HOLDS (&value, spec->value_type));
    if ((spec->flags & G_PARAM_WRITABLE) && !(G_VALUE_HOLDS_BOXED (&value) && !g_value_get_boxed (&value)))
      g_object_set_property (G_OBJECT (message), wanted[i].name, &value);
    g_value_unset (&value);
  }
}

static void
word (SoupMessage *message, GString *log)
{
  (void) message;
  g_string_append_c (log, '.');
}

static void
handlers_are_choosy (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");
  g_autoptr (GString) log = g_string_new (NULL);
  guint header = soup_message_add_header_handler (message, "got-headers", "X-One", G_CALLBACK (word), log);
  guint status = soup_message_add_status_code_handler (message, "got-headers", 404, G_CALLBACK (word), log);

  g_assert_cmpuint (header, !=, 0);
  g_assert_cmpuint (status, !=, 0);
  g_signal_emit_by_name (message, "got-headers");
  g_assert_cmpuint (log->len, ==, 0);
  soup_message_headers_append (soup_message_get_response_headers (message), "x-one", "1");
  g_signal_emit_by_name (message, "got-headers");
  g_assert_cmpuint (log->len, ==, 1);
  g_assert_true (g_signal_handler_is_connected (message, header));
  g_signal_handlers_disconnect_by_data (message, log);
  g_assert_false (g_signal_handler_is_connected (message, header));
  g_assert_false (g_signal_handler_is_connected (message, status));
  g_signal_emit_by_name (message, "got-headers");
  g_assert_cmpuint (log->len, ==, 1);
}

static gboolean
answers (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gboolean *answer)
{
  (void) message;
  (void) certificate;
  (void) errors;
  return *answer;
}

static void
the_first_yes_answers (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://a/b");
  gboolean no = FALSE, yes = TRUE, answer = TRUE;

  g_signal_connect (message, "accept-certificate", G_CALLBACK (answers), &no);
  g_signal_emit_by_name (message, "accept-certificate", NULL, 0, &answer);
  g_assert_false (answer);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (answers), &yes);
  g_signal_emit_by_name (message, "accept-certificate", NULL, 0, &answer);
  g_assert_true (answer);
}

static void
misuse (void)
{
  g_autoptr (GObject) other = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "soup_message_new: assertion 'method != NULL' failed");
  g_assert_null (soup_message_new (NULL, "http://a/"));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "soup_message_new: assertion 'uri_string != NULL' failed");
  g_assert_null (soup_message_new ("GET", NULL));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_message_get_uri: assertion 'SOUP_IS_MESSAGE (msg)' failed");
  g_assert_null (soup_message_get_uri ((SoupMessage *) other));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_message_get_method: assertion 'SOUP_IS_MESSAGE (msg)' failed");
  g_assert_null (soup_message_get_method (NULL));
  g_test_assert_expected_messages ();
}

/* What nobody may derive from, and what "authenticate" gives. */
static void
types (void)
{
  const GType final[] = {
    SOUP_TYPE_MESSAGE,         SOUP_TYPE_SERVER_MESSAGE,    SOUP_TYPE_AUTH_MANAGER,     SOUP_TYPE_AUTH_BASIC,
    SOUP_TYPE_COOKIE_JAR_TEXT, SOUP_TYPE_COOKIE_JAR_DB,     SOUP_TYPE_HSTS_ENFORCER_DB, SOUP_TYPE_LOGGER,
    SOUP_TYPE_CONTENT_DECODER, SOUP_TYPE_AUTH_DOMAIN_BASIC,
  };
  GSignalQuery query;
  gpointer class = g_type_class_ref (SOUP_TYPE_MESSAGE);

  for (gsize i = 0; i < G_N_ELEMENTS (final); i++)
    g_assert_true (g_type_test_flags (final[i], G_TYPE_FLAG_FINAL));
  g_assert_false (g_type_test_flags (SOUP_TYPE_COOKIE_JAR, G_TYPE_FLAG_FINAL));
  g_signal_query (g_signal_lookup ("authenticate", SOUP_TYPE_MESSAGE), &query);
  g_assert_cmpuint (query.n_params, ==, 2);
  g_assert_true (query.param_types[0] == SOUP_TYPE_AUTH);
  g_assert_true (query.param_types[1] == G_TYPE_BOOLEAN);
  g_type_class_unref (class);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/shape", shape);
  g_test_add_func ("/message/uris", uris);
  g_test_add_func ("/message/cve-2026-1467-and-3632-hosts", cve_2026_1467_and_3632_hosts);
  g_test_add_func ("/message/cve-2026-3633-methods", cve_2026_3633_methods);
  g_test_add_func ("/message/cve-2026-3634-content-types", cve_2026_3634_content_types);
  g_test_add_func ("/message/methods-are-pointers", methods_are_pointers);
  g_test_add_func ("/message/before-anything", before_anything);
  g_test_add_func ("/message/setters-notify", setters_notify);
  g_test_add_func ("/message/flags", flags);
  g_test_add_func ("/message/options-ping", options_ping);
  g_test_add_func ("/message/bodies", bodies);
  g_test_add_func ("/message/features", features);
  g_test_add_func ("/message/properties", properties);
  g_test_add_func ("/message/handlers-are-choosy", handlers_are_choosy);
  g_test_add_func ("/message/the-first-yes-answers", the_first_yes_answers);
  g_test_add_func ("/message/misuse", misuse);
  g_test_add_func ("/message/types", types);
  return g_test_run ();
}
