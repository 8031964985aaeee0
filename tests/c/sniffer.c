/* SoupContentSniffer: by itself, and in a session. */

#include "common.h"

static void
shape (void)
{
  g_autoptr (SoupContentSniffer) sniffer = soup_content_sniffer_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  GTypeQuery query;

  g_type_query (SOUP_TYPE_CONTENT_SNIFFER, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupContentSniffer");
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_true (SOUP_IS_CONTENT_SNIFFER (sniffer));
  g_assert_true (SOUP_IS_SESSION_FEATURE (sniffer));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_CONTENT_SNIFFER));
}

/* What a body is with that Content-Type. */
static char *
sniff (const char *declared, const char *body, gboolean nosniff, GHashTable **params)
{
  g_autoptr (SoupContentSniffer) sniffer = soup_content_sniffer_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://localhost/");
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  if (declared)
    soup_message_headers_append (headers, "Content-Type", declared);
  if (nosniff)
    soup_message_headers_append (headers, "X-Content-Type-Options", "nosniff");
  return soup_content_sniffer_sniff (sniffer, message, bytes, params);
}

static void
by_itself (void)
{
  static const struct {
    const char *declared, *body, *wanted;
    gboolean nosniff;
  } rows[] = {
    { NULL, "<html>", "text/html", FALSE },
    { NULL, "GIF89a....", "image/gif", FALSE },
    { NULL, "just text", "text/plain", FALSE },
    { NULL, "\001\002\003\004", "application/octet-stream", FALSE },
    { "text/plain; charset=utf-8", "<html>", "text/plain", FALSE },
    { "text/plain", "<html>", "text/plain", TRUE },
    { "text/html", "<rss>", "application/rss+xml", FALSE },
    { "image/png", "GIF89a....", "image/gif", FALSE },
    { "application/json", "<html>", "application/json", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *found = sniff (rows[i].declared, rows[i].body, rows[i].nosniff, NULL);

    g_test_message ("%s: %s", rows[i].declared, rows[i].body);
    g_assert_cmpstr (found, ==, rows[i].wanted);
  }
}

static void
parameters (void)
{
  GHashTable *params = NULL;
  g_autofree char *without = sniff (NULL, "text", FALSE, &params);
  g_autofree char *with = NULL;

  g_assert_null (params);
  with = sniff ("text/html; Charset=x", "text", FALSE, &params);
  g_assert_cmpstr (with, ==, "text/html");
  g_assert_nonnull (params);
  g_assert_cmpstr (g_hash_table_lookup (params, "charset"), ==, "x");
  g_hash_table_unref (params);
}

static void
misuse (void)
{
  g_autoptr (SoupContentSniffer) sniffer = soup_content_sniffer_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://localhost/");
  g_autoptr (GBytes) bytes = g_bytes_new (NULL, 0);

  if (differs ("libsoup does not check"))
    return;
  critical (soup_content_sniffer_sniff (NULL, message, bytes, NULL));
  critical (soup_content_sniffer_sniff (sniffer, NULL, bytes, NULL));
  critical (soup_content_sniffer_sniff (sniffer, message, NULL, NULL));
}

/* ---- In a session ---- */

typedef struct {
  SoupServer *server;
  SoupSession *session;
  /* What is served, and in two pieces, of which the second waits. */
  const char *body, *declared;
  gboolean in_pieces;
  SoupServerMessage *waiting;
  /* What came. */
  GString *order;
  char *type, *charset;
  GInputStream *stream;
  GBytes *bytes;
} Sniffed;

static void
serve (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Sniffed *site = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, 200, NULL);
  if (site->declared)
    soup_message_headers_append (headers, "Content-Type", site->declared);
  if (site->in_pieces)
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  if (site->body[0])
    soup_message_body_append (body, SOUP_MEMORY_COPY, site->body, strlen (site->body));
  if (site->in_pieces)
    site->waiting = g_object_ref (message);
  else
    soup_message_body_complete (body);
}

static void
note (SoupMessage *message, gpointer what)
{
  Sniffed *site = g_object_get_data (G_OBJECT (message), "site");

  g_string_append_printf (site->order, "%s ", (char *) what);
}

static void
on_sniffed (SoupMessage *message, const char *type, GHashTable *params, gpointer data)
{
  Sniffed *site = data;

  note (message, (gpointer) "sniffed");
  site->type = g_strdup (type);
  site->charset = params ? g_strdup (g_hash_table_lookup (params, "charset")) : NULL;
}

static void
sent (GObject *session, GAsyncResult *result, gpointer data)
{
  Sniffed *site = data;

  g_string_append (site->order, "sent ");
  site->stream = soup_session_send_finish (SOUP_SESSION (session), result, NULL);
}

static void
was_read (GObject *session, GAsyncResult *result, gpointer data)
{
  Sniffed *site = data;

  site->bytes = soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);
  g_assert_nonnull (site->bytes);
}

static SoupMessage *
open_site (Sniffed *site, const char *declared, const char *body)
{
  g_autoptr (SoupContentSniffer) sniffer = soup_content_sniffer_new ();
  SoupMessage *message;
  GSList *uris;

  memset (site, 0, sizeof *site);
  site->declared = declared;
  site->body = body;
  site->order = g_string_new (NULL);
  site->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (site->server, NULL, serve, site, NULL);
  g_assert_true (soup_server_listen_local (site->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  site->session = soup_session_new ();
  soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (sniffer));
  uris = soup_server_get_uris (site->server);
  message = soup_message_new_from_uri ("GET", uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_object_set_data (G_OBJECT (message), "site", site);
  g_signal_connect (message, "got-headers", G_CALLBACK (note), (gpointer) "headers");
  g_signal_connect (message, "got-body", G_CALLBACK (note), (gpointer) "body");
  g_signal_connect (message, "content-sniffed", G_CALLBACK (on_sniffed), site);
  return message;
}

static void
close_site (Sniffed *site)
{
  soup_session_abort (site->session);
  g_clear_object (&site->stream);
  g_clear_object (&site->waiting);
  g_clear_pointer (&site->bytes, g_bytes_unref);
  g_object_unref (site->session);
  g_object_unref (site->server);
  g_string_free (site->order, TRUE);
  g_free (site->type);
  g_free (site->charset);
}

static void
whole (void)
{
  static const struct {
    const char *declared, *body, *type, *charset;
  } rows[] = {
    { "text/html; charset=utf-8", "<p>", "text/html", "utf-8" },
    { NULL, "<html>", "text/html", NULL },
    { NULL, "", "text/plain", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Sniffed site;
    g_autoptr (SoupMessage) message = open_site (&site, rows[i].declared, rows[i].body);

    soup_session_send_and_read_async (site.session, message, 0, NULL, was_read, &site);
    wait_until (site.bytes);
    g_assert_cmpstr (site.order->str, ==, "headers sniffed body ");
    g_assert_cmpstr (site.type, ==, rows[i].type);
    g_assert_cmpstr (site.charset, ==, rows[i].charset);
    g_assert_cmpmem (g_bytes_get_data (site.bytes, NULL), g_bytes_get_size (site.bytes), rows[i].body,
                     strlen (rows[i].body));
    close_site (&site);
  }
}

/* The body is handed over when enough of it has come, and all of it is there then. */
static void
in_pieces (void)
{
  Sniffed site;
  g_autoptr (SoupMessage) message = open_site (&site, NULL, "<ht");
  g_autofree char *filler = g_strnfill (1000, 'x');
  char read[2000] = "";
  gsize count = 0;
  SoupMessageBody *body;

  site.in_pieces = TRUE;
  soup_session_send_async (site.session, message, 0, NULL, sent, &site);
  wait_until (site.waiting);
  wait_until (strstr (site.order->str, "headers"));
  settle (20);
  g_assert_cmpstr (site.order->str, ==, "headers ");
  body = soup_server_message_get_response_body (site.waiting);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "ml>", 3);
  soup_message_body_append (body, SOUP_MEMORY_COPY, filler, 1000);
  soup_message_body_complete (body);
  soup_server_message_unpause (site.waiting);
  wait_until (site.stream);
  g_assert_cmpstr (site.order->str, ==, "headers sniffed sent ");
  g_assert_cmpstr (site.type, ==, "text/html");
  while (count < 1006) {
    g_autoptr (GError) error = NULL;
    gssize step = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (site.stream), read + count, 100,
                                                            NULL, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      turn ();
      continue;
    }
    g_assert_no_error (error);
    g_assert_cmpint (step, >, 0);
    count += step;
  }
  g_assert_true (g_str_has_prefix (read, "<html>xxx"));
  close_site (&site);
}

static void
disabled (void)
{
  Sniffed site;
  g_autoptr (SoupMessage) message = open_site (&site, "text/plain", "text");

  soup_message_disable_feature (message, SOUP_TYPE_CONTENT_SNIFFER);
  soup_session_send_and_read_async (site.session, message, 0, NULL, was_read, &site);
  wait_until (site.bytes);
  g_assert_cmpstr (site.order->str, ==, "headers body ");
  close_site (&site);
}

static void
cancel (SoupMessage *message, const char *type, GHashTable *params, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
failed (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (session), result, NULL);

  *(gboolean *) data = TRUE;
}

/* A handler may end the message. */
static void
cancelled (void)
{
  Sniffed site;
  g_autoptr (SoupMessage) message = open_site (&site, "text/plain", "text");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;

  g_signal_connect (message, "content-sniffed", G_CALLBACK (cancel), cancellable);
  soup_session_send_async (site.session, message, 0, cancellable, failed, &done);
  wait_until (done);
  close_site (&site);
}

static void
on_gone (gpointer data, GObject *message)
{
  *(gboolean *) data = TRUE;
}

/* Nothing is left of a message that is cancelled while its body is waited for. */
static void
cancelled_while_reading (void)
{
  Sniffed site;
  SoupMessage *message = open_site (&site, NULL, "<ht");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE, is_gone = FALSE;

  g_object_weak_ref (G_OBJECT (message), on_gone, &is_gone);
  site.in_pieces = TRUE;
  soup_session_send_async (site.session, message, 0, cancellable, failed, &done);
  wait_until (site.waiting);
  wait_until (strstr (site.order->str, "headers"));
  settle (20);
  g_assert_false (done);
  g_cancellable_cancel (cancellable);
  wait_until (done);
  g_assert_null (strstr (site.order->str, "sniffed"));
  g_object_unref (message);
  wait_until (is_gone);
  close_site (&site);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sniffer/shape", shape);
  g_test_add_func ("/sniffer/by-itself", by_itself);
  g_test_add_func ("/sniffer/parameters", parameters);
  g_test_add_func ("/sniffer/misuse", misuse);
  g_test_add_func ("/sniffer/whole", whole);
  g_test_add_func ("/sniffer/in-pieces", in_pieces);
  g_test_add_func ("/sniffer/disabled", disabled);
  g_test_add_func ("/sniffer/cancelled", cancelled);
  g_test_add_func ("/sniffer/cancelled-while-reading", cancelled_while_reading);
  return g_test_run ();
}
