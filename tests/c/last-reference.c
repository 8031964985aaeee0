/* The last reference to an object may be given up in any thread: its parts are taken down where its context runs. */

#include "common-tls.h"

#include <dirent.h>
#include <sys/socket.h>

#define WORKERS 4

/* How often something is tried: a race shows within a few hundred rounds, under valgrind there is none to see. */
static guint
rounds (guint many)
{
  return under_valgrind () ? many / 20 : many;
}

static void
drop (gpointer object, gpointer data)
{
  (void) data;
  g_object_unref (object);
}

static GThreadPool *
droppers (void)
{
  return g_thread_pool_new (drop, NULL, WORKERS, TRUE, NULL);
}

static void
finish (GThreadPool *pool)
{
  g_thread_pool_free (pool, FALSE, TRUE);
}

/* ---- Messages of a server ---- */

/* A worker prepares the answer, which is given by the thread of the main loop. */
static gboolean
answer (gpointer message)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "slow", 4);
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static void
work (gpointer message, gpointer data)
{
  (void) data;
  g_idle_add_full (G_PRIORITY_DEFAULT, answer, g_object_ref (message), g_object_unref);
  g_thread_yield ();
  g_object_unref (message);
}

static void
answer_later (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer pool)
{
  (void) server;
  (void) path;
  (void) query;
  soup_server_message_pause (message);
  g_thread_pool_push (pool, g_object_ref (message), NULL);
}

/* Whether `count` answers have come. */
static gboolean
peer_has_answers (Peer *peer, guint count)
{
  const char *end;
  guint found = 0;

  g_assert_false (peer_ended (peer));
  g_byte_array_append (peer->input, (const guint8 *) "", 1);
  for (end = (const char *) peer->input->data; (end = strstr (end, "\r\n\r\nslow")); end++)
    found++;
  g_byte_array_set_size (peer->input, peer->input->len - 1);
  return found >= count;
}

static void
ask (Peer *peer)
{
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void
paused_message_dropped_by_a_worker (void)
{
  g_autoptr (Site) site = site_new ();
  GThreadPool *pool = g_thread_pool_new (work, NULL, WORKERS, TRUE, NULL);
  Peer *peers[8];
  guint expected[G_N_ELEMENTS (peers)] = { 0 };

  soup_server_add_handler (site->server, "/", answer_later, pool, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = peer_connect (site->port);
  for (guint round = 1; round <= rounds (100); round++) {
    for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
      ask (peers[i]);
      expected[i]++;
    }
    for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
      wait_until (peer_has_answers (peers[i], expected[i]));
    /* One connection ends while a worker has its message. */
    ask (peers[0]);
    turn ();
    peer_free (peers[0]);
    peers[0] = peer_connect (site->port);
    expected[0] = 0;
  }
  finish (pool);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peer_free (peers[i]);
  settle (20);
}

/* Messages that are answered go while their connection carries the next ones. */
static void
drop_it (SoupServerMessage *message, GThreadPool *pool)
{
  g_thread_pool_push (pool, g_object_ref (message), NULL);
}

static void
answer_at_once (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer pool)
{
  (void) server;
  (void) path;
  (void) query;
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "slow", 4);
  g_signal_connect (message, "finished", G_CALLBACK (drop_it), pool);
}

static void
answered_message_dropped_by_a_worker (void)
{
  enum { AT_ONCE = 64 };
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  GThreadPool *pool = droppers ();

  soup_server_add_handler (site->server, "/", answer_at_once, pool, NULL);
  for (guint round = 1; round <= rounds (400); round++) {
    for (guint i = 0; i < AT_ONCE; i++)
      ask (peer);
    wait_until (peer_has_answers (peer, AT_ONCE));
    g_byte_array_set_size (peer->input, 0);
  }
  finish (pool);
}

/* ---- Connections ---- */

static guint
talk (Pair *pair)
{
  enum { MESSAGES = 50 };

  for (guint i = 0; i < MESSAGES; i++)
    soup_websocket_connection_send_text (pair->client->connection, "here");
  turn ();
  return MESSAGES;
}

/* Connections with messages on their way are dropped in other threads, while another of the same context goes on. */
static void
connection_dropped_by_a_worker (void)
{
  g_autoptr (Pair) stays = NULL;
  GThreadPool *pool;
  guint sent = 0;

  if (differs ("now and then libsoup warns about a source, and ends"))
    return;
  stays = pair_new (FALSE);
  pool = droppers ();
  for (guint round = 0; round < rounds (100); round++) {
    Pair *pairs[32];
    gpointer weak[G_N_ELEMENTS (pairs)];

    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      pairs[i] = pair_new (FALSE);
      soup_websocket_connection_send_text (pairs[i]->client->connection, "on its way");
      soup_websocket_connection_send_text (pairs[i]->server->connection, "and back");
    }
    if (round % 2)
      turn ();
    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      SoupWebsocketConnection *dropped = g_steal_pointer (&pairs[i]->server->connection);

      g_signal_handlers_disconnect_by_data (dropped, pairs[i]->server);
      weak[i] = dropped;
      g_object_add_weak_pointer (G_OBJECT (dropped), &weak[i]);
      g_thread_pool_push (pool, dropped, NULL);
      if (i % 4 == 0)
        sent += talk (stays);
    }
    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      while (g_atomic_pointer_get (&weak[i]) != NULL)
        sent += talk (stays);
      /* The peer sees the end. */
      wait_until (end_closed (pairs[i]->client));
      pair_free (pairs[i]);
    }
    wait_until (stays->server->messages->len == sent);
    g_ptr_array_set_size (stays->server->messages, 0);
    sent = 0;
  }
  finish (pool);
}

/* While the context of the connections tells of their state, for which it holds them, others give up what is their last
 * reference. */
static void
connection_dropped_while_it_closes (void)
{
  GThreadPool *pool;

  if (differs ("now and then libsoup warns about a source, and ends"))
    return;
  pool = droppers ();
  for (guint round = 0; round < rounds (200); round++) {
    Pair *pairs[64];

    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      pairs[i] = pair_new (FALSE);
      soup_websocket_connection_send_text (pairs[i]->client->connection, "here");
      soup_websocket_connection_close (pairs[i]->client->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    }
    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      SoupWebsocketConnection *dropped = g_steal_pointer (&pairs[i]->server->connection);

      g_signal_handlers_disconnect_by_data (dropped, pairs[i]->server);
      g_thread_pool_push (pool, dropped, NULL);
    }
    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
      wait_until (end_closed (pairs[i]->client));
      pair_free (pairs[i]);
    }
  }
  finish (pool);
}

/* ---- Servers ---- */

static void
count (gpointer data)
{
  g_atomic_int_inc ((gint *) data);
}

static void
never (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  soup_server_message_pause (message);
}

/* A server goes with its connections and with the data of its handlers, and the one beside it stays. */
static void
server_dropped_by_a_worker (void)
{
  g_autoptr (Site) stays = NULL;
  GThreadPool *pool = NULL, *workers = NULL;
  g_autoptr (Peer) asks = NULL;
  gint freed = 0;

  if (differs ("with libsoup, the connections of the server that was dropped stay open"))
    return;
  stays = site_new ();
  pool = droppers ();
  workers = g_thread_pool_new (work, NULL, 1, TRUE, NULL);
  soup_server_add_handler (stays->server, "/", answer_later, workers, NULL);
  asks = peer_connect (stays->port);
  for (guint round = 1; round <= rounds (200); round++) {
    SoupServer *server = soup_server_new (NULL, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (Peer) peer = NULL, idle = NULL;
    GSList *uris;
    guint16 port;

    soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
    g_assert_no_error (error);
    soup_server_add_handler (server, "/", never, &freed, count);
    uris = soup_server_get_uris (server);
    port = g_uri_get_port (uris->data);
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
    idle = peer_connect (port);
    peer = peer_connect (port);
    ask (peer);
    ask (asks);
    turn ();
    g_thread_pool_push (pool, server, NULL);
    wait_until (peer_has_answers (asks, round));
    wait_until (peer_ended (peer) && peer_ended (idle));
    wait_until (g_atomic_int_get (&freed) == (gint) round);
  }
  finish (pool);
  finish (workers);
}

/* ---- Contexts ---- */

static guint
open_descriptors (void)
{
  DIR *directory = opendir ("/proc/self/fd");
  guint count = 0;

  g_assert_nonnull (directory);
  while (readdir (directory))
    count++;
  closedir (directory);
  return count;
}

/* The context is freed while one of its connections shakes hands, in a thread. */
static void
context_freed_during_a_handshake (void)
{
  static const guint8 hello[] = { 22, 3, 1, 0, 2, 1, 0 };
  guint before = 0, round;

  if (differs ("libsoup keeps the connection of a context that is gone"))
    return;
  for (round = 0; round < 10; round++) {
    GMainContext *context = g_main_context_new ();
    Site *site;
    Peer *peer;

    g_main_context_push_thread_default (context);
    site = tls_site_new ("server");
    peer = peer_connect (site->port);
    peer_write (peer, hello, sizeof hello);
    settle (10);
    site_free (site);
    g_main_context_pop_thread_default (context);
    g_main_context_unref (context);
    wait_until (peer_ended (peer));
    peer_free (peer);
    if (round == 4)
      before = open_descriptors ();
  }
  wait_until (open_descriptors () <= before);
}

static gpointer
run_and_leave (gpointer data)
{
  GMainContext *context = g_main_context_new ();
  Pair *pair;

  g_main_context_push_thread_default (context);
  pair = pair_new (FALSE);
  soup_websocket_connection_send_text (pair->client->connection, "hello");
  wait_until (pair->server->messages->len == 1);
  g_main_context_pop_thread_default (context);
  *(GMainContext **) data = context;
  return pair;
}

/* A thread that ran a context has ended: what it leaves is taken down by whoever drops it. */
static void
left_by_a_thread_that_has_ended (void)
{
  for (guint round = 0; round < 3; round++) {
    gboolean context_first = round % 2;
    guint before = open_descriptors ();
    GMainContext *context;
    Pair *pair = g_thread_join (g_thread_new ("leaves", run_and_leave, &context));

    if (context_first)
      g_main_context_unref (context);
    pair_free (pair);
    if (!context_first)
      g_main_context_unref (context);
    /* In the first round GLib opens what it keeps. */
    if (round > 0)
      g_assert_cmpuint (open_descriptors (), ==, before);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/last-reference/paused-message-dropped-by-a-worker", paused_message_dropped_by_a_worker);
  g_test_add_func ("/last-reference/answered-message-dropped-by-a-worker", answered_message_dropped_by_a_worker);
  g_test_add_func ("/last-reference/connection-dropped-by-a-worker", connection_dropped_by_a_worker);
  g_test_add_func ("/last-reference/connection-dropped-while-it-closes", connection_dropped_while_it_closes);
  g_test_add_func ("/last-reference/server-dropped-by-a-worker", server_dropped_by_a_worker);
  g_test_add_func ("/last-reference/context-freed-during-a-handshake", context_freed_during_a_handshake);
  g_test_add_func ("/last-reference/left-by-a-thread-that-has-ended", left_by_a_thread_that_has_ended);
  return g_test_run ();
}
