/* SoupMessageMetrics: when a message went through which stage, and how large it was. */

#include "common-service.h"

static void
not_collected (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://127.0.0.1/");

  g_assert_null (soup_message_get_metrics (message));
  soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
  g_assert_nonnull (soup_message_get_metrics (message));
}

static void
fetch (SoupSession *session, SoupMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read (session, message, NULL, &error);

  g_assert_no_error (error);
}

static void
stages (void)
{
  g_autoptr (Service) service = service_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = service_message (service, "PUT", "/echo", NULL);
  g_autoptr (GBytes) body = g_bytes_new_static ("some words", 10);
  SoupMessageMetrics *metrics, *copy;
  guint64 times[8];

  soup_message_set_request_body_from_bytes (message, "text/plain", body);
  soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
  fetch (session, message);
  metrics = soup_message_get_metrics (message);
  times[0] = soup_message_metrics_get_fetch_start (metrics);
  times[1] = soup_message_metrics_get_dns_start (metrics);
  times[2] = soup_message_metrics_get_dns_end (metrics);
  times[3] = soup_message_metrics_get_connect_start (metrics);
  times[4] = soup_message_metrics_get_connect_end (metrics);
  times[5] = soup_message_metrics_get_request_start (metrics);
  times[6] = soup_message_metrics_get_response_start (metrics);
  times[7] = soup_message_metrics_get_response_end (metrics);
  g_assert_cmpuint (times[0], >, 0);
  for (int i = 1; i < 8; i++)
    g_assert_cmpuint (times[i], >=, times[i - 1]);
  g_assert_cmpuint (times[7], <=, g_get_monotonic_time ());
  g_assert_cmpuint (soup_message_metrics_get_tls_start (metrics), ==, 0);
  g_assert_cmpuint (soup_message_metrics_get_request_header_bytes_sent (metrics), >, strlen ("PUT /echo HTTP/1.1\r\n"));
  g_assert_cmpuint (soup_message_metrics_get_request_body_size (metrics), ==, 10);
  g_assert_cmpuint (soup_message_metrics_get_request_body_bytes_sent (metrics), ==, 10);
  g_assert_cmpuint (soup_message_metrics_get_response_header_bytes_received (metrics), >, 20);
  g_assert_cmpuint (soup_message_metrics_get_response_body_size (metrics), ==, 10);
  g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (metrics), ==, 10);

  copy = soup_message_metrics_copy (metrics);
  /* Over the kept connection there is nothing to resolve or to connect. libsoup wants a body anew for each time. */
  soup_message_set_request_body_from_bytes (message, "text/plain", body);
  fetch (session, message);
  metrics = soup_message_get_metrics (message);
  g_assert_cmpuint (soup_message_metrics_get_fetch_start (metrics), >=, times[7]);
  g_assert_cmpuint (soup_message_metrics_get_dns_start (metrics), ==, 0);
  g_assert_cmpuint (soup_message_metrics_get_connect_start (metrics), ==, 0);
  g_assert_cmpuint (soup_message_metrics_get_fetch_start (copy), ==, times[0]);
  g_assert_cmpuint (soup_message_metrics_get_dns_start (copy), ==, times[1]);
  soup_message_metrics_free (copy);
}

#if !ON_LIBSOUP || SOUP_CHECK_VERSION(3, 4, 0)
static void
count_data (SoupMessage *message, guint size, guint64 *sum)
{
  *sum += size;
}
#endif

/* A body's size is what the programs see; what is counted on the wire has its framing. */
static void
framing (void)
{
  g_autoptr (Service) service = service_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = service_message (service, "PUT", "/chunked", NULL);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("some words", 10, NULL);
  SoupMessageMetrics *metrics;
#if !ON_LIBSOUP || SOUP_CHECK_VERSION(3, 4, 0)
  guint64 sum = 0;

  g_signal_connect (message, "got-body-data", G_CALLBACK (count_data), &sum);
#endif
  soup_message_set_request_body (message, "text/plain", stream, -1);
  soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
  fetch (session, message);
  metrics = soup_message_get_metrics (message);
  g_assert_cmpuint (soup_message_metrics_get_request_body_size (metrics), ==, 10);
  g_assert_cmpuint (soup_message_metrics_get_request_body_bytes_sent (metrics), ==,
                    strlen ("a\r\nsome words\r\n0\r\n\r\n"));
  g_assert_cmpuint (soup_message_metrics_get_response_body_size (metrics), ==, 11);
  g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (metrics), >, 11);
#if !ON_LIBSOUP || SOUP_CHECK_VERSION(3, 4, 0)
  g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (metrics), ==, sum);
#endif
}

static void
serve_compressed (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  static const char text[1000];
  g_autoptr (GConverter) compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  char packed[100];
  gsize taken, written;

  g_assert_cmpint (g_converter_convert (compressor, text, sizeof text, packed, sizeof packed, G_CONVERTER_INPUT_AT_END,
                                        &taken, &written, NULL),
                   ==, G_CONVERTER_FINISHED);
  *(gsize *) data = written;
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Content-Encoding", "gzip");
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, packed, written);
}

static void
decoded (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = NULL;
  g_autofree char *url = NULL;
  Fetched fetched = { 0 };
  gsize packed = 0;
  SoupMessageMetrics *metrics;

  soup_server_add_handler (server, NULL, serve_compressed, &packed, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%d/", server_listen (server));
  message = soup_message_new ("GET", url);
  soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
  soup_session_send_and_read_async (session, message, 0, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  metrics = soup_message_get_metrics (message);
  g_assert_cmpuint (g_bytes_get_size (fetched.bytes), ==, 1000);
  g_assert_cmpuint (soup_message_metrics_get_response_body_size (metrics), ==, 1000);
  g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (metrics), ==, packed);
  fetched_clear (&fetched);
}

static void
misuse (void)
{
  critical (g_assert_null (soup_message_get_metrics (NULL)));
  critical (g_assert_null (soup_message_metrics_copy (NULL)));
  critical (soup_message_metrics_free (NULL));
  critical (g_assert_cmpuint (soup_message_metrics_get_fetch_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_dns_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_dns_end (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_connect_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_connect_end (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_tls_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_request_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_response_start (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_response_end (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_request_header_bytes_sent (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_request_body_size (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_request_body_bytes_sent (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_response_header_bytes_received (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_response_body_size (NULL), ==, 0));
  critical (g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (NULL), ==, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/not-collected", not_collected);
  g_test_add_func ("/metrics/stages", stages);
  g_test_add_func ("/metrics/framing", framing);
  g_test_add_func ("/metrics/decoded", decoded);
  g_test_add_func ("/metrics/misuse", misuse);
  return g_test_run ();
}
