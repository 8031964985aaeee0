/* SoupLogger: the lines that it prints. */

#include "common.h"

typedef struct {
  SoupServer *server;
  SoupSession *session;
  SoupLogger *logger;
  GString *lines;
  guint requests, responses, hosts;
} Logged;

static void
serve (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  if (g_str_equal (path, "/elsewhere")) {
    soup_server_message_set_redirect (message, 302, "/");
    return;
  }
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello\r\nworld\n", 13);
}

/* Level, direction and line; what differs from run to run left out. */
static void
print (SoupLogger *logger, SoupLoggerLogLevel level, char direction, const char *line, gpointer data)
{
  Logged *log = data;
  static const char *const left_out[] = { "Date:", "Server:", "Accept-Encoding:", "Connection:", "Host:", NULL };

  g_assert_true (logger == log->logger);
  /* Since 3.6. */
  if (g_str_has_prefix (line, "Soup-Host: 127.0.0.1:")) {
    g_assert_true (level == SOUP_LOGGER_LOG_HEADERS && direction == '>');
    log->hosts++;
    return;
  }
  for (int i = 0; left_out[i]; i++)
    if (g_str_has_prefix (line, left_out[i]))
      return;
  if (g_str_has_prefix (line, "Soup-Debug-Timestamp: ")) {
    g_assert_cmpint (ABS (g_ascii_strtoll (line + 22, NULL, 10) - g_get_real_time () / G_USEC_PER_SEC), <, 60);
    line = "TIME";
  } else if (g_str_has_prefix (line, "Soup-Debug: SoupSession 1 (0x")) {
    g_assert_nonnull (strstr (line, "), SoupMessage "));
    g_assert_nonnull (strstr (line, "), GSocket "));
    line = g_str_has_suffix (line, ", restarted") ? "AGAIN" : "DEBUG";
  } else if (g_str_has_prefix (line, "Soup-Debug: SoupMessage "))
    line = "DEBUG";
  g_string_append_printf (log->lines, "%d%c%s\n", level, direction, line);
}

static void
open_site (Logged *log, SoupLoggerLogLevel level)
{
  memset (log, 0, sizeof *log);
  log->lines = g_string_new (NULL);
  log->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (log->server, NULL, serve, NULL, NULL);
  g_assert_true (soup_server_listen_local (log->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  log->session = soup_session_new ();
  log->logger = soup_logger_new (level);
  soup_logger_set_printer (log->logger, print, log, NULL);
  soup_session_add_feature (log->session, SOUP_SESSION_FEATURE (log->logger));
}

static void
close_site (Logged *log)
{
  soup_session_abort (log->session);
  g_object_unref (log->session);
  g_object_unref (log->server);
  g_object_unref (log->logger);
  g_string_free (log->lines, TRUE);
}

static void
was_read (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);

  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 13);
  *(gboolean *) data = TRUE;
}

/* Sends a message; a POST has a body. */
static void
send_one (Logged *log, const char *method, const char *path, const char *authorization)
{
  GSList *uris = soup_server_get_uris (log->server);
  g_autoptr (GUri) uri = g_uri_parse_relative (uris->data, path, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (method, uri);
  gboolean done = FALSE;

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  if (authorization)
    soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", authorization);
  if (g_str_equal (method, "POST")) {
    g_autoptr (GBytes) body = g_bytes_new_static ("ab\ncd", 5);
    soup_message_set_request_body_from_bytes (message, "text/x", body);
  }
  soup_session_send_and_read_async (log->session, message, 0, NULL, was_read, &done);
  wait_until (done);
}

static void
levels (void)
{
  static const char *const wanted[] = {
    "1 \n1 \n",
    "1>POST /p?q=1 HTTP/1.1\n1>TIME\n1>DEBUG\n1 \n"
    "1<HTTP/1.1 200 OK\n1<TIME\n1<DEBUG\n1 \n",
    "1>POST /p?q=1 HTTP/1.1\n1>TIME\n1>DEBUG\n2>Content-Type: text/x\n2>Content-Length: 5\n1 \n"
    "1<HTTP/1.1 200 OK\n1<TIME\n1<DEBUG\n2<Content-Type: text/plain\n2<Content-Length: 13\n1 \n",
    "1>POST /p?q=1 HTTP/1.1\n1>TIME\n1>DEBUG\n2>Content-Type: text/x\n2>Content-Length: 5\n3>\n3>ab\n3>cd\n1 \n"
    "1<HTTP/1.1 200 OK\n1<TIME\n1<DEBUG\n2<Content-Type: text/plain\n2<Content-Length: 13\n3<\n3<hello\r\n3<world\n1 "
    "\n",
  };

  for (int level = 0; level < 4; level++) {
    Logged log;

    open_site (&log, level);
    send_one (&log, "POST", "/p?q=1#here", NULL);
    g_assert_cmpstr (log.lines->str, ==, wanted[level]);
    close_site (&log);
  }
}

static void
host (void)
{
  if (differs ("libsoup prints the host since 3.6"))
    return;
  for (int level = 0; level < 4; level++) {
    Logged log;

    open_site (&log, level);
    send_one (&log, "GET", "/", NULL);
    g_assert_cmpuint (log.hosts, ==, level >= SOUP_LOGGER_LOG_HEADERS);
    close_site (&log);
  }
}

static void
body_sizes (void)
{
  static const struct {
    int size;
    const char *request, *response;
  } rows[] = {
    { 4, "3>\n3>ab\n3>c\n3>[...]\n1 \n", "3<\n3<hell\n3<[...]\n1 \n" },
    { 0, "3>\n3>\n3>[...]\n1 \n", "3<\n3<\n3<[...]\n1 \n" },
    { 13, "3>\n3>ab\n3>cd\n1 \n", "3<\n3<hello\r\n3<world\n1 \n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Logged log;

    open_site (&log, SOUP_LOGGER_LOG_BODY);
    g_assert_cmpint (soup_logger_get_max_body_size (log.logger), ==, -1);
    soup_logger_set_max_body_size (log.logger, rows[i].size);
    g_assert_cmpint (soup_logger_get_max_body_size (log.logger), ==, rows[i].size);
    send_one (&log, "POST", "/", NULL);
    g_assert_nonnull (strstr (log.lines->str, rows[i].request));
    g_assert_nonnull (strstr (log.lines->str, rows[i].response));
    close_site (&log);
  }
}

static void
restarted (void)
{
  Logged log;

  open_site (&log, SOUP_LOGGER_LOG_MINIMAL);
  send_one (&log, "GET", "/elsewhere", NULL);
  g_assert_cmpstr (log.lines->str, ==,
                   "1>GET /elsewhere HTTP/1.1\n1>TIME\n1>DEBUG\n1 \n1<HTTP/1.1 302 Found\n1<TIME\n1<DEBUG\n1 \n"
                   "1>GET / HTTP/1.1\n1>TIME\n1>AGAIN\n1 \n1<HTTP/1.1 200 OK\n1<TIME\n1<DEBUG\n1 \n");
  close_site (&log);
}

static void
was_sent (GObject *session, GAsyncResult *result, gpointer data)
{
  GInputStream **stream = data;

  *stream = soup_session_send_finish (SOUP_SESSION (session), result, NULL);
}

static void
note_finished (SoupMessage *message, GString *lines)
{
  g_string_append (lines, "FINISHED\n");
}

/* A response that nobody reads is printed when the message is over. */
static void
unread (void)
{
  Logged log;
  GSList *uris;
  g_autoptr (SoupMessage) message = NULL;
  GInputStream *stream = NULL;

  open_site (&log, SOUP_LOGGER_LOG_BODY);
  uris = soup_server_get_uris (log.server);
  message = soup_message_new_from_uri ("GET", uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_signal_connect (message, "finished", G_CALLBACK (note_finished), log.lines);
  soup_session_send_async (log.session, message, 0, NULL, was_sent, &stream);
  wait_until (stream);
  g_assert_null (strchr (log.lines->str, '<'));
  g_object_unref (stream);
  wait_until (strstr (log.lines->str, "2<Content-Length: 13\n1 \n"));
  g_assert_nonnull (strstr (log.lines->str, "FINISHED\n1<HTTP/1.1 200 OK\n"));
  g_assert_null (strstr (log.lines->str, "hello"));
  close_site (&log);
}

static void
passwords (void)
{
  Logged log;

  open_site (&log, SOUP_LOGGER_LOG_HEADERS);
  send_one (&log, "GET", "/", "Basic dTpwYXNz");
  g_assert_nonnull (strstr (log.lines->str, "2>Authorization: Basic [u:*"));
  send_one (&log, "GET", "/", "Other token");
  g_assert_nonnull (strstr (log.lines->str, "2>Authorization: Other token\n"));
  close_site (&log);
}

static SoupLoggerLogLevel
request_level (SoupLogger *logger, SoupMessage *message, gpointer data)
{
  Logged *log = data;

  log->requests++;
  g_assert_true (SOUP_IS_MESSAGE (message));
  return SOUP_LOGGER_LOG_MINIMAL;
}

static SoupLoggerLogLevel
response_level (SoupLogger *logger, SoupMessage *message, gpointer data)
{
  Logged *log = data;

  log->responses++;
  return SOUP_LOGGER_LOG_NONE;
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
filters (void)
{
  Logged log;

  open_site (&log, SOUP_LOGGER_LOG_BODY);
  soup_logger_set_request_filter (log.logger, request_level, &log, NULL);
  soup_logger_set_response_filter (log.logger, response_level, &log, NULL);
  send_one (&log, "GET", "/%3C", NULL);
  g_assert_cmpuint (log.requests, >, 0);
  g_assert_cmpuint (log.responses, >, 0);
  g_assert_cmpstr (log.lines->str, ==, "1>GET /%3C HTTP/1.1\n1>TIME\n1>DEBUG\n1 \n1 \n");
  close_site (&log);
}

static void
destroy_notifies (void)
{
  SoupLogger *logger = NULL;
  guint freed = 0;

  if (differs ("libsoup had not called the destroy notify of what was replaced when the setter returned"))
    return;
  logger = soup_logger_new (SOUP_LOGGER_LOG_NONE);
  for (int i = 0; i < 2; i++) {
    soup_logger_set_printer (logger, print, &freed, count);
    soup_logger_set_request_filter (logger, request_level, &freed, count);
    soup_logger_set_response_filter (logger, response_level, &freed, count);
    g_assert_cmpuint (freed, ==, i * 3);
  }
  g_object_unref (logger);
  g_assert_cmpuint (freed, ==, 6);
}

static void
shape (void)
{
  g_autoptr (SoupLogger) logger = soup_logger_new (SOUP_LOGGER_LOG_HEADERS);
  SoupLoggerLogLevel level;
  GTypeQuery query;
  int size;

  g_type_query (SOUP_TYPE_LOGGER, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupLogger");
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_true (SOUP_IS_SESSION_FEATURE (logger));
  g_object_get (logger, "level", &level, "max-body-size", &size, NULL);
  g_assert_cmpint (level, ==, SOUP_LOGGER_LOG_HEADERS);
  g_assert_cmpint (size, ==, -1);
  g_object_set (logger, "level", SOUP_LOGGER_LOG_BODY, "max-body-size", 7, NULL);
  g_object_get (logger, "level", &level, NULL);
  g_assert_cmpint (level, ==, SOUP_LOGGER_LOG_BODY);
  g_assert_cmpint (soup_logger_get_max_body_size (logger), ==, 7);
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_LOGGER_LOG_LEVEL));
}

static void
misuse (void)
{
  if (differs ("libsoup does not check"))
    return;
  critical (soup_logger_new (4));
  critical (soup_logger_set_printer (NULL, NULL, NULL, NULL));
  critical (soup_logger_set_request_filter (NULL, NULL, NULL, NULL));
  critical (soup_logger_set_response_filter (NULL, NULL, NULL, NULL));
  critical (soup_logger_set_max_body_size (NULL, 0));
  critical (soup_logger_get_max_body_size (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/logger/shape", shape);
  g_test_add_func ("/logger/levels", levels);
  g_test_add_func ("/logger/host", host);
  g_test_add_func ("/logger/body-sizes", body_sizes);
  g_test_add_func ("/logger/restarted", restarted);
  g_test_add_func ("/logger/unread", unread);
  g_test_add_func ("/logger/passwords", passwords);
  g_test_add_func ("/logger/filters", filters);
  g_test_add_func ("/logger/destroy-notifies", destroy_notifies);
  g_test_add_func ("/logger/misuse", misuse);
  return g_test_run ();
}
