/* Waiting, recorded connections, and pairs of them. */

#include "common.h"

#include <fcntl.h>
#include <sys/socket.h>

gboolean
differs (const char *how)
{
  if (ON_LIBSOUP)
    g_test_skip (how);
  return ON_LIBSOUP;
}

/* ---- Waiting ---- */

gboolean
under_valgrind (void)
{
  return g_getenv ("BISQUE_UNDER_VALGRIND") != NULL;
}

gint64
patience (void)
{
  return under_valgrind () ? 60 : 10;
}

static gboolean
wake (gpointer data)
{
  (void) data;
  return G_SOURCE_REMOVE;
}

void
turn (void)
{
  GMainContext *context = g_main_context_get_thread_default ();
  GSource *alarm = g_timeout_source_new (2);

  g_source_set_callback (alarm, wake, NULL, NULL);
  g_source_attach (alarm, context);
  g_main_context_iteration (context, TRUE);
  g_source_destroy (alarm);
  g_source_unref (alarm);
}

void
settle (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;

  while (g_get_monotonic_time () < end)
    turn ();
}

/* ---- A recorded connection ---- */

static void
noted (End *end, const char *word)
{
  if (end->log->len)
    g_string_append_c (end->log, ' ');
  g_string_append (end->log, word);
}

static void
on_message (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, End *end)
{
  gsize size;
  const char *data = g_bytes_get_data (message, &size);

  (void) connection;
  /* For C's sake a NUL follows, which the size does not count. */
  if (data)
    g_assert_cmpint (data[size], ==, '\0');
  end->kind = kind;
  g_ptr_array_add (end->messages, g_bytes_ref (message));
  noted (end, "message");
}

static void
on_pong (SoupWebsocketConnection *connection, GBytes *payload, End *end)
{
  (void) connection;
  noted (end, "pong");
#if !ON_LIBSOUP
  g_clear_pointer (&end->pong, g_bytes_unref);
  end->pong = g_bytes_ref (payload);
#else
  (void) payload; /* not a GBytes at all in libsoup 3.2 */
#endif
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, End *end)
{
  (void) connection;
  g_clear_error (&end->error);
  end->error = g_error_copy (error);
  noted (end, "error");
}

static void
on_closing (SoupWebsocketConnection *connection, End *end)
{
  g_assert_cmpint (soup_websocket_connection_get_state (connection), !=, SOUP_WEBSOCKET_STATE_CLOSED);
  noted (end, "closing");
}

static void
on_closed (SoupWebsocketConnection *connection, End *end)
{
  g_assert_cmpint (soup_websocket_connection_get_state (connection), ==, SOUP_WEBSOCKET_STATE_CLOSED);
  noted (end, "closed");
}

End *
end_new (SoupWebsocketConnection *connection)
{
  End *end = g_new0 (End, 1);

  end->connection = connection;
  end->log = g_string_new (NULL);
  end->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), end);
  g_signal_connect (connection, "pong", G_CALLBACK (on_pong), end);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), end);
  g_signal_connect (connection, "closing", G_CALLBACK (on_closing), end);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), end);
  return end;
}

void
end_free (End *end)
{
  if (end->connection) {
    g_signal_handlers_disconnect_by_data (end->connection, end);
    g_object_unref (end->connection);
  }
  g_string_free (end->log, TRUE);
  g_ptr_array_unref (end->messages);
  g_clear_pointer (&end->pong, g_bytes_unref);
  g_clear_error (&end->error);
  g_free (end);
}

const char *
end_messages (End *end)
{
  GString *all = g_string_new (NULL);
  const char *interned;

  for (guint i = 0; i < end->messages->len; i++) {
    gsize size;
    const char *data = g_bytes_get_data (end->messages->pdata[i], &size);

    if (i)
      g_string_append_c (all, '|');
    g_string_append_len (all, data, size);
  }
  interned = g_intern_string (all->str);
  g_string_free (all, TRUE);
  return interned;
}

gboolean
end_closed (End *end)
{
  return soup_websocket_connection_get_state (end->connection) == SOUP_WEBSOCKET_STATE_CLOSED;
}

/* ---- Streams ---- */

GIOStream *
stream_of (int descriptor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (descriptor, &error);

  g_assert_no_error (error);
  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

void
stream_pair (GIOStream **first, int *second)
{
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  g_assert_no_errno (fcntl (ends[1], F_SETFL, O_NONBLOCK));
  *first = stream_of (ends[0]);
  *second = ends[1];
}

/* ---- Pairs ---- */

static SoupWebsocketConnection *
connection_over (GIOStream *stream, SoupWebsocketConnectionType type)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);

  return soup_websocket_connection_new (stream, uri, type, NULL, NULL, NULL);
}

Pair *
pair_new (gboolean served)
{
  Pair *pair = g_new0 (Pair, 1);

  if (served) {
    g_autoptr (GError) error = NULL;

    pair->site = site_new ();
    site_accept (pair->site, "/", NULL, NULL);
    pair->client = site_connect (pair->site, "/", NULL, NULL, &error);
    g_assert_no_error (error);
    pair->server = site_end (pair->site, 0);
    g_ptr_array_steal_index (pair->site->opened, 0);
  } else {
    g_autoptr (GIOStream) client = NULL, server = NULL;
    int other;

    stream_pair (&client, &other);
    server = stream_of (other);
    pair->client = end_new (connection_over (client, SOUP_WEBSOCKET_CONNECTION_CLIENT));
    pair->server = end_new (connection_over (server, SOUP_WEBSOCKET_CONNECTION_SERVER));
  }
  return pair;
}

void
pair_free (Pair *pair)
{
  g_clear_pointer (&pair->client, end_free);
  g_clear_pointer (&pair->server, end_free);
  g_clear_pointer (&pair->site, site_free);
  g_free (pair);
}

typedef struct {
  void (*test) (Pair *pair);
  gboolean served;
} PairTest;

static void
run_pair_test (gconstpointer data)
{
  const PairTest *test = data;
  g_autoptr (Pair) pair = pair_new (test->served);

  test->test (pair);
}

void
test_pair (const char *name, void (*test) (Pair *pair))
{
  for (int served = 0; served < 2; served++) {
    g_autofree char *path = g_strdup_printf ("/%s/%s", served ? "served" : "direct", name);
    PairTest *with = g_new (PairTest, 1);

    *with = (PairTest){ test, served };
    g_test_add_data_func_full (path, with, run_pair_test, g_free);
  }
}
