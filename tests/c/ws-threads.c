/* Contexts: callbacks come where the connection was made, and two threads do not touch each other. */

#include "common.h"

static void
here (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer thread)
{
  (void) connection;
  (void) kind;
  (void) message;
  g_assert_true (g_thread_self () == thread);
}

/* A server and a session, both in a context of this thread. */
static gpointer
all_in_one_thread (gpointer data)
{
  GMainContext *context = g_main_context_new ();

  (void) data;
  g_main_context_push_thread_default (context);
  for (int served = 0; served < 2; served++) {
    Pair *pair = pair_new (served);

    g_signal_connect (pair->server->connection, "message", G_CALLBACK (here), g_thread_self ());
    g_signal_connect (pair->client->connection, "message", G_CALLBACK (here), g_thread_self ());
    for (guint i = 1; i <= 200; i++) {
      soup_websocket_connection_send_text (pair->client->connection, "there");
      wait_until (pair->server->messages->len == i);
      soup_websocket_connection_send_text (pair->server->connection, "and back");
      wait_until (pair->client->messages->len == i);
    }
    soup_websocket_connection_close (pair->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    wait_until (end_closed (pair->client) && end_closed (pair->server));
    pair_free (pair);
  }
  settle (20);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return NULL;
}

static void
thread_with_a_context (void)
{
  GThread *thread = g_thread_new ("one", all_in_one_thread, NULL);

  /* Nobody runs the default context meanwhile. */
  g_thread_join (thread);
}

static void
two_threads (void)
{
  GThread *one = g_thread_new ("one", all_in_one_thread, NULL);
  GThread *two = g_thread_new ("two", all_in_one_thread, NULL);

  all_in_one_thread (NULL);
  g_thread_join (one);
  g_thread_join (two);
}

typedef struct {
  const char *url;
  gint done;
} Visitor;

static gpointer
visit (gpointer data)
{
  Visitor *visitor = data;
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  {
    g_autoptr (SoupSession) session = soup_session_new ();
    g_autoptr (SoupMessage) message = soup_message_new ("GET", visitor->url);
    g_autoptr (GError) error = NULL;
    g_autoptr (End) end = site_connect_message (session, message, NULL, NULL, NULL, &error);

    g_assert_no_error (error);
    g_signal_connect (end->connection, "message", G_CALLBACK (here), g_thread_self ());
    soup_websocket_connection_send_text (end->connection, "from a thread");
    wait_until (end->messages->len == 1);
    soup_websocket_connection_close (end->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    wait_until (end_closed (end));
  }
  settle (20);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  g_atomic_int_inc (&visitor->done);
  return NULL;
}

static void
echo (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
      gpointer data)
{
  (void) server;
  (void) message;
  (void) path;
  (void) data;
  g_signal_connect (connection, "message", G_CALLBACK (soup_websocket_connection_send_message), NULL);
  g_signal_connect (g_object_ref (connection), "closed", G_CALLBACK (g_object_unref), NULL);
}

static void
clients_in_threads (void)
{
  g_autoptr (Site) site = site_new ();
  Visitor visitor = { site->url, 0 };
  GThread *threads[4];

  soup_server_add_websocket_handler (site->server, "/", NULL, NULL, echo, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("visitor", visit, &visitor);
  wait_until (g_atomic_int_get (&visitor.done) == G_N_ELEMENTS (threads));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/threads/thread-with-a-context", thread_with_a_context);
  g_test_add_func ("/threads/two-threads", two_threads);
  g_test_add_func ("/threads/clients-in-threads", clients_in_threads);
  return g_test_run ();
}
