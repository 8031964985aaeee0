#include "common-service.h"

/* ---- The server ---- */

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Service *service = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  GSocket *socket = soup_server_message_get_socket (message);

  (void) server;
  (void) query;
  g_atomic_int_inc (&service->requests);
  if (!g_object_get_data (G_OBJECT (socket), "counted")) {
    g_object_set_data (G_OBJECT (socket), "counted", service);
    g_atomic_int_inc (&service->connections);
  }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (!strcmp (path, "/ok")) {
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
  } else if (!strcmp (path, "/chunked")) {
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
    soup_message_body_append (body, SOUP_MEMORY_STATIC, "hello ", 6);
    soup_message_body_append (body, SOUP_MEMORY_STATIC, "world", 5);
    soup_message_body_complete (body);
  } else if (!strcmp (path, "/echo")) {
    g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));

    soup_message_body_append_bytes (body, bytes);
  } else if (!strcmp (path, "/large")) {
    soup_message_body_append_take (body, g_malloc0 (1024 * 1024), 1024 * 1024);
  } else if (!strcmp (path, "/fresh")) {
    soup_message_headers_append (headers, "Cache-Control", "max-age=1000");
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "fresh", 5);
  } else if (!strcmp (path, "/redirect")) {
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/ok");
  } else if (!strcmp (path, "/401")) {
    soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
    soup_message_body_append (body, SOUP_MEMORY_STATIC, "denied", 6);
  } else if (strcmp (path, "/empty")) {
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  }
}

typedef struct {
  Service *service;
  GMutex lock;
  GCond ready;
} Start;

static gpointer
serve (gpointer data)
{
  Start *start = data;
  Service *service = start->service;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_main_context_push_thread_default (context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer, service, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  g_mutex_lock (&start->lock);
  service->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  service->loop = g_main_loop_ref (loop);
  g_cond_signal (&start->ready);
  g_mutex_unlock (&start->lock);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_loop_run (loop);
  soup_server_disconnect (server);
  g_main_context_pop_thread_default (context);
  return NULL;
}

Service *
service_new (void)
{
  Service *service = g_new0 (Service, 1);
  Start start = { .service = service };

  g_mutex_init (&start.lock);
  g_cond_init (&start.ready);
  g_mutex_lock (&start.lock);
  service->thread = g_thread_new ("service", serve, &start);
  while (!service->url)
    g_cond_wait (&start.ready, &start.lock);
  g_mutex_unlock (&start.lock);
  g_mutex_clear (&start.lock);
  g_cond_clear (&start.ready);
  return service;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
service_free (Service *service)
{
  /* From the loop itself: it may not have begun to run. */
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, quit, service->loop, NULL);
  g_source_attach (source, g_main_loop_get_context (service->loop));
  g_thread_join (service->thread);
  g_main_loop_unref (service->loop);
  g_free (service->url);
  g_free (service);
}

/* ---- Recording ---- */

static void note (GString *log, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
note (GString *log, const char *format, ...)
{
  va_list arguments;

  if (log->len > 0)
    g_string_append_c (log, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (log, format, arguments);
  va_end (arguments);
}

typedef struct {
  GString *log;
  const char *word;
} Note;

static void
emitted (gpointer object, gpointer data)
{
  Note *own = data;

  (void) object;
  note (own->log, "%s", own->word);
}

static void
emitted_about (gpointer object, gpointer message, gpointer data)
{
  (void) message;
  emitted (object, data);
}

static void
emitted_count (gpointer object, guint count, gpointer data)
{
  Note *own = data;

  (void) object;
  note (own->log, "%s:%u", own->word, count);
}

static void
emitted_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, gpointer data)
{
  Note *own = data;
  g_autoptr (GEnumClass) class = g_type_class_ref (G_TYPE_SOCKET_CLIENT_EVENT);

  (void) message;
  (void) stream;
  note (own->log, "%s", g_enum_get_value (class, event)->value_nick);
}

static void
free_note (gpointer data, GClosure *closure)
{
  (void) closure;
  g_free (data);
}

static void
record (gpointer object, const char *signal, const char *word, GCallback callback, GString *log)
{
  Note *own = g_new (Note, 1);

  own->log = log;
  own->word = word;
  g_signal_connect_data (object, signal, callback, own, free_note, 0);
}

void
record_message (SoupMessage *message, GString *log)
{
  static const char *const plain[] = { "starting",    "wrote-headers", "wrote-body", "got-informational",
                                       "got-headers", "got-body",      "restarted",  "finished" };

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    record (message, plain[i], plain[i], G_CALLBACK (emitted), log);
  record (message, "wrote-body-data", "wrote-body-data", G_CALLBACK (emitted_count), log);
  record (message, "network-event", "event", G_CALLBACK (emitted_event), log);
}

void
record_session (SoupSession *session, GString *log)
{
  record (session, "request-queued", "queued", G_CALLBACK (emitted_about), log);
  record (session, "request-unqueued", "unqueued", G_CALLBACK (emitted_about), log);
}

SoupMessage *
service_message (Service *service, const char *method, const char *path, GString *log)
{
  g_autofree char *url = g_strconcat (service->url, path, NULL);
  SoupMessage *message = soup_message_new (method, url);

  if (log)
    record_message (message, log);
  return message;
}

void
fetched_clear (Fetched *fetched)
{
  g_clear_object (&fetched->stream);
  g_clear_pointer (&fetched->bytes, g_bytes_unref);
  g_clear_error (&fetched->error);
  fetched->done = FALSE;
}

static void
fetched_done (Fetched *fetched)
{
  fetched->done = TRUE;
  if (fetched->log)
    note (fetched->log, "done");
}

void
fetched_stream (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;

  fetched->stream = soup_session_send_finish (SOUP_SESSION (session), result, &fetched->error);
  fetched_done (fetched);
}

void
fetched_bytes (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;

  fetched->bytes = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &fetched->error);
  fetched_done (fetched);
}

void
fetched_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetched *fetched = data;

  fetched->connected = soup_session_preconnect_finish (SOUP_SESSION (session), result, &fetched->error);
  fetched_done (fetched);
}
