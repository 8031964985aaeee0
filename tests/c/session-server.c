/* A session and a server in one main loop: in which order both say what happens, and what the server has of a body. */

#include "common.h"

typedef struct {
  SoupServer *server;
  SoupSession *session;
  GString *log;
  gboolean done;
  GBytes *bytes;
  GError *error;
} Fixture;

static void
note (GString *log, const char *side, const char *word)
{
  g_string_append_printf (log, "%s%s-%s", log->len ? " " : "", side, word);
}

#define CLIENT_NOTE(name, word)                                                                                        \
  static void client_##name (SoupMessage *message, GString *log) { note (log, "client", word); }
#define SERVER_NOTE(name, word)                                                                                        \
  static void server_##name (SoupServerMessage *message, GString *log) { note (log, "server", word); }
CLIENT_NOTE (wrote_headers, "wrote-headers")
CLIENT_NOTE (wrote_body, "wrote-body")
CLIENT_NOTE (got_informational, "got-informational")
CLIENT_NOTE (got_headers, "got-headers")
CLIENT_NOTE (got_body, "got-body")
CLIENT_NOTE (finished, "finished")
SERVER_NOTE (got_headers, "got-headers")
SERVER_NOTE (got_body, "got-body")
SERVER_NOTE (wrote_informational, "wrote-informational")
SERVER_NOTE (wrote_headers, "wrote-headers")
SERVER_NOTE (wrote_body, "wrote-body")
SERVER_NOTE (finished, "finished")

static void
request_started (SoupServer *server, SoupServerMessage *message, GString *log)
{
  g_signal_connect (message, "got-headers", G_CALLBACK (server_got_headers), log);
  g_signal_connect (message, "got-body", G_CALLBACK (server_got_body), log);
  g_signal_connect (message, "wrote-informational", G_CALLBACK (server_wrote_informational), log);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (server_wrote_headers), log);
  g_signal_connect (message, "wrote-body", G_CALLBACK (server_wrote_body), log);
  g_signal_connect (message, "finished", G_CALLBACK (server_finished), log);
}

/* The whole body lies in its public fields when a handler is called, also where it is empty. */
static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  g_assert_nonnull (body->data);
  g_assert_cmpint (body->data[body->length], ==, '\0');
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, body->data, body->length);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->log = g_string_new (NULL);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, answer, NULL, NULL);
  g_signal_connect (fixture->server, "request-started", G_CALLBACK (request_started), fixture->log);
  fixture->session = soup_session_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  soup_server_disconnect (fixture->server);
  g_assert_finalize_object (fixture->server);
  g_assert_finalize_object (fixture->session);
  g_clear_pointer (&fixture->bytes, g_bytes_unref);
  g_clear_error (&fixture->error);
  g_string_free (fixture->log, TRUE);
}

static void
was_read (GObject *session, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->bytes = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &fixture->error);
  fixture->done = TRUE;
}

typedef struct {
  const char *method;
  const char *body; /* NULL for none */
  gboolean expects;
  const char *log;
} Case;

static void
order (Fixture *fixture, gconstpointer data)
{
  const Case *wanted = data;
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", server_listen (fixture->server));
  g_autoptr (SoupMessage) message = soup_message_new (wanted->method, url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_headers_append (headers, "Connection", "close");
  if (wanted->body) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (wanted->body, strlen (wanted->body));
    soup_message_set_request_body_from_bytes (message, "text/plain", bytes);
  }
  if (wanted->expects)
    soup_message_headers_set_expectations (headers, SOUP_EXPECTATION_CONTINUE);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (client_wrote_headers), fixture->log);
  g_signal_connect (message, "wrote-body", G_CALLBACK (client_wrote_body), fixture->log);
  g_signal_connect (message, "got-informational", G_CALLBACK (client_got_informational), fixture->log);
  g_signal_connect (message, "got-headers", G_CALLBACK (client_got_headers), fixture->log);
  g_signal_connect (message, "got-body", G_CALLBACK (client_got_body), fixture->log);
  g_signal_connect (message, "finished", G_CALLBACK (client_finished), fixture->log);
  soup_session_send_and_read_async (fixture->session, message, G_PRIORITY_DEFAULT, NULL, was_read, fixture);
  wait_until (fixture->done);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (g_bytes_get_size (fixture->bytes), ==, wanted->body ? strlen (wanted->body) : 0);
  g_assert_cmpstr (fixture->log->str, ==, wanted->log);
}

#define SERVER_ANSWERS "server-got-body server-wrote-headers server-wrote-body server-finished "
#define CLIENT_READS "client-got-headers client-got-body client-finished"

static const Case without_body = {
  "GET",
  NULL,
  FALSE,
  "client-wrote-headers client-wrote-body server-got-headers " SERVER_ANSWERS CLIENT_READS,
};
static const Case with_body = {
  "POST",
  "some words",
  FALSE,
  "client-wrote-headers server-got-headers " SERVER_ANSWERS "client-wrote-body " CLIENT_READS,
};
static const Case with_leave = {
  "POST",
  "some words",
  TRUE,
  "client-wrote-headers server-got-headers server-wrote-informational client-got-informational " SERVER_ANSWERS
  "client-wrote-body " CLIENT_READS,
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/session-server/without-a-body", Fixture, &without_body, set_up, order, tear_down);
  g_test_add ("/session-server/with-a-body", Fixture, &with_body, set_up, order, tear_down);
  g_test_add ("/session-server/with-leave-to-send-it", Fixture, &with_leave, set_up, order, tear_down);
  return g_test_run ();
}
