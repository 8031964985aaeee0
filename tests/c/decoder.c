/* SoupContentDecoder: what a session asks for, and what becomes of encoded bodies. */

#include "common.h"

GType soup_brotli_decompressor_get_type (void);
#if !ON_LIBSOUP
GType soup_zstd_decompressor_get_type (void);
#endif

static const char text[] = "hello, hello, hello, hello!\n";

typedef struct {
  SoupServer *server;
  SoupSession *session;
  GBytes *body;
  const char *encoding;
  char *accepted;
} Encoded;

static GBytes *
compress (GZlibCompressorFormat format, gconstpointer data, gsize length)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GConverter) compressor = G_CONVERTER (g_zlib_compressor_new (format, 9));
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, compressor);

  g_assert_true (g_output_stream_write_all (stream, data, length, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
serve (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Encoded *site = data;
  SoupMessageHeaders *asked = soup_server_message_get_request_headers (message);

  g_free (site->accepted);
  site->accepted = g_strdup (soup_message_headers_get_list (asked, "Accept-Encoding"));
  soup_server_message_set_status (message, 200, NULL);
  if (site->encoding)
    soup_message_headers_append (soup_server_message_get_response_headers (message), "Content-Encoding",
                                 site->encoding);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, g_bytes_get_data (site->body, NULL),
                                    g_bytes_get_size (site->body));
}

static void
open_site (Encoded *site)
{
  memset (site, 0, sizeof *site);
  site->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (site->server, NULL, serve, site, NULL);
  g_assert_true (soup_server_listen_local (site->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  site->session = soup_session_new ();
}

static void
close_site (Encoded *site)
{
  soup_session_abort (site->session);
  g_object_unref (site->session);
  g_object_unref (site->server);
  g_clear_pointer (&site->body, g_bytes_unref);
  g_free (site->accepted);
}

static SoupMessage *
message_for (Encoded *site)
{
  GSList *uris = soup_server_get_uris (site->server);
  SoupMessage *message = soup_message_new_from_uri ("GET", uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return message;
}

typedef struct {
  GBytes *body;
  GError *error;
  gboolean is_done;
} Outcome;

static void
done (GObject *session, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  outcome->body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &outcome->error);
  outcome->is_done = TRUE;
}

/* What a message for this body becomes; NULL for an error. */
static char *
read_body (Encoded *site, SoupMessage *message, const char *encoding, GBytes *body, GError **error)
{
  Outcome outcome = { 0 };
  char *read = NULL;

  site->encoding = encoding;
  g_clear_pointer (&site->body, g_bytes_unref);
  site->body = body;
  soup_session_send_and_read_async (site->session, message, 0, NULL, done, &outcome);
  wait_until (outcome.is_done);
  if (outcome.body)
    read = g_bytes_get_size (outcome.body)
               ? g_strndup (g_bytes_get_data (outcome.body, NULL), g_bytes_get_size (outcome.body))
               : g_strdup ("");
  else
    g_propagate_error (error, outcome.error);
  g_clear_pointer (&outcome.body, g_bytes_unref);
  return read;
}

static void
encodings (void)
{
  Encoded site;
  static const guint8 brotli[] = "\x0b\x06\x80hello, hello!\x03";

  open_site (&site);
  for (int i = 0; i < 6; i++) {
    g_autoptr (SoupMessage) message = message_for (&site);
    g_autofree char *body = NULL;
    SoupMessageHeaders *headers = soup_message_get_response_headers (message);
    const char *wanted = text;

    switch (i) {
    case 0:
      body = read_body (&site, message, "gzip", compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, text, strlen (text)), NULL);
      g_assert_cmpstr (soup_message_headers_get_list (headers, "Content-Encoding"), ==, "gzip");
      break;
    case 1:
      body = read_body (&site, message, "x-gzip", compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, text, strlen (text)), NULL);
      break;
    case 2:
      body = read_body (&site, message, "deflate", compress (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, text, strlen (text)), NULL);
      break;
    case 3:
      body = read_body (&site, message, "deflate", compress (G_ZLIB_COMPRESSOR_FORMAT_RAW, text, strlen (text)), NULL);
      break;
    case 4:
      body = read_body (&site, message, "br", g_bytes_new_static (brotli, sizeof brotli - 1), NULL);
      wanted = "hello, hello!";
      break;
    case 5: {
      g_autoptr (GBytes) inner = compress (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, text, strlen (text));
      body = read_body (&site, message, "deflate, gzip",
                        compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, g_bytes_get_data (inner, NULL),
                                  g_bytes_get_size (inner)),
                        NULL);
    }
    }
    g_assert_cmpstr (body, ==, wanted);
  }
  close_site (&site);
}

static void
not_encoded (void)
{
  static const char *const encodings[] = { "gzip", "foo", "identity", "gzip, foo", "deflate, gzip", NULL };
  Encoded site;

  open_site (&site);
  for (int i = 0; encodings[i]; i++) {
    g_autoptr (SoupMessage) message = message_for (&site);
    g_autofree char *body = read_body (&site, message, encodings[i], g_bytes_new_static (text, strlen (text)), NULL);

    g_assert_cmpstr (body, ==, text);
  }
  for (int i = 0; i < 2; i++) {
    g_autoptr (SoupMessage) message = message_for (&site);
    g_autofree char *body = read_body (&site, message, i ? "deflate" : "gzip", g_bytes_new (NULL, 0), NULL);

    g_assert_cmpstr (body, ==, "");
  }
  close_site (&site);
}

static void
corrupt (void)
{
  Encoded site;
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autofree guint8 *noise = g_malloc (100000);
  GByteArray *bytes;
  g_autoptr (GBytes) good = NULL;
  guint state = 1;

  open_site (&site);
  for (int i = 0; i < 100000; i++)
    noise[i] = (state = state * 1103515245 + 12345) >> 16;
  good = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, noise, 100000);
  bytes = g_bytes_unref_to_array (g_steal_pointer (&good));
  /* The checksum at the end. */
  bytes->data[bytes->len - 6] ^= 1;
  message = message_for (&site);
  g_assert_null (read_body (&site, message, "gzip", g_byte_array_free_to_bytes (bytes), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  close_site (&site);
}

/* Servers leave the checksum out, or end early. */
static void
truncated (void)
{
  Encoded site;

  open_site (&site);
  for (int cut = 4; cut <= 16; cut += 4) {
    g_autoptr (SoupMessage) message = message_for (&site);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) whole = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, text, strlen (text));
    GBytes *part = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) - cut);
    g_autofree char *body = read_body (&site, message, "gzip", part, &error);

    g_test_message ("%d bytes less: %s%s", cut, body ? body : "error: ", error ? error->message : "");
    g_assert_no_error (error);
    g_assert_true (g_str_has_prefix (text, body));
  }
  close_site (&site);
}

static void
accepted (void)
{
  Encoded site;
  g_autofree char *body = NULL;

  open_site (&site);
  for (int i = 0; i < 4; i++) {
    g_autoptr (SoupMessage) message = message_for (&site);
    g_autoptr (GBytes) coded = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, text, strlen (text));
    gsize length = g_bytes_get_size (coded);

    if (i == 1)
      soup_message_headers_append (soup_message_get_request_headers (message), "Accept-Encoding", "br");
    if (i == 2)
      soup_message_disable_feature (message, SOUP_TYPE_CONTENT_DECODER);
    if (i == 3)
      soup_session_remove_feature_by_type (site.session, SOUP_TYPE_CONTENT_DECODER);
    g_free (body);
    body = read_body (&site, message, "gzip", g_bytes_ref (coded), NULL);
    g_assert_cmpstr (site.accepted, ==, i == 0 ? "gzip, deflate" : i == 1 ? "br" : NULL);
    if (i < 2)
      g_assert_cmpstr (body, ==, text);
    else
      g_assert_cmpmem (body, 2, g_bytes_get_data (coded, NULL), MIN (length, 2));
  }
  g_assert_false (soup_session_has_feature (site.session, SOUP_TYPE_CONTENT_DECODER));
  close_site (&site);
}

/* A body of 16 MiB that came as a few KiB. */
static void
streamed (void)
{
  const gsize size = (under_valgrind () ? 128 : 16 * 1024) * 1024;
  Encoded site;
  g_autofree guint8 *zeros = g_malloc0 (size);
  Outcome outcome = { 0 };
  g_autoptr (SoupMessage) message = NULL;

  open_site (&site);
  site.encoding = "gzip";
  site.body = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, zeros, size);
  message = message_for (&site);
  soup_session_send_and_read_async (site.session, message, 0, NULL, done, &outcome);
  wait_until (outcome.is_done);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (g_bytes_get_size (outcome.body), ==, size);
  g_assert_true (memcmp (g_bytes_get_data (outcome.body, NULL), zeros, size) == 0);
  g_bytes_unref (outcome.body);
  close_site (&site);
}

static void
stream_done (GObject *session, GAsyncResult *result, gpointer data)
{
  *(GInputStream **) data = soup_session_send_finish (SOUP_SESSION (session), result, NULL);
}

/* The stream can be polled, and gives what it has bit by bit. */
static void
polled (void)
{
  Encoded site;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  gssize count = 1;

  open_site (&site);
  site.encoding = "gzip";
  site.body = compress (G_ZLIB_COMPRESSOR_FORMAT_GZIP, text, strlen (text));
  message = message_for (&site);
  soup_session_send_async (site.session, message, 0, NULL, stream_done, &stream);
  wait_until (stream != NULL);
  g_assert_true (g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (stream)));
  while (count > 0) {
    g_autoptr (GError) error = NULL;
    char bytes[3];

    count = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), bytes, sizeof bytes, NULL,
                                                      &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      turn ();
      count = 1;
      continue;
    }
    g_assert_no_error (error);
    g_string_append_len (all, bytes, count);
  }
  g_assert_cmpstr (all->str, ==, text);
  g_assert_true (g_input_stream_close (stream, NULL, NULL));
  close_site (&site);
}

static void
converters (void)
{
  static const guint8 brotli[] = "\x0b\x06\x80hello, hello!\x03";
  g_autoptr (GConverter) converter = g_object_new (soup_brotli_decompressor_get_type (), NULL);
  GTypeQuery query;

  g_type_query (soup_brotli_decompressor_get_type (), &query);
  g_assert_cmpstr (query.type_name, ==, "SoupBrotliDecompressor");
  g_assert_cmpuint (query.instance_size, ==, 40);
  for (int i = 0; i < 2; i++) {
    g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_data (brotli, sizeof brotli - 1, NULL);
    g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, converter);
    char out[100] = "";
    gsize count = 0;

    g_assert_true (g_input_stream_read_all (stream, out, sizeof out, &count, NULL, NULL));
    g_assert_cmpstr (out, ==, "hello, hello!");
    g_converter_reset (converter);
  }
#if !ON_LIBSOUP
  g_type_query (soup_zstd_decompressor_get_type (), &query);
  g_assert_cmpstr (query.type_name, ==, "SoupZstdDecompressor");
  {
    /* One raw block. */
    static const guint8 zstd[] = "\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00"
                                 "abc";
    g_autoptr (GConverter) undo = g_object_new (soup_zstd_decompressor_get_type (), NULL);
    g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_data (zstd, sizeof zstd - 1, NULL);
    g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, undo);
    char out[100] = "";
    gsize count = 0;

    g_assert_true (g_input_stream_read_all (stream, out, sizeof out, &count, NULL, NULL));
    g_assert_cmpstr (out, ==, "abc");
  }
#endif
}

static void
shape (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  GTypeQuery query;

  g_type_query (SOUP_TYPE_CONTENT_DECODER, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupContentDecoder");
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_true (g_type_is_a (SOUP_TYPE_CONTENT_DECODER, SOUP_TYPE_SESSION_FEATURE));
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_CONTENT_DECODER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoder/shape", shape);
  g_test_add_func ("/decoder/encodings", encodings);
  g_test_add_func ("/decoder/not-encoded", not_encoded);
  g_test_add_func ("/decoder/corrupt", corrupt);
  g_test_add_func ("/decoder/truncated", truncated);
  g_test_add_func ("/decoder/accepted", accepted);
  g_test_add_func ("/decoder/streamed", streamed);
  g_test_add_func ("/decoder/polled", polled);
  g_test_add_func ("/decoder/converters", converters);
  return g_test_run ();
}
