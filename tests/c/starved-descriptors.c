/* Clients in a process that has few descriptors left, or none: what they begin fails with an error, and never ends the
 * process. */

#include "common-tls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* How many are left. */
static const guint LEFT[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 16 };
static const guint LEFT_TO_CALLS[] = { 0, 1, 5, 6, 7, 8, 16 };

/* No descriptor beyond these is given out while they are held. */
typedef struct {
  GArray *held;
  struct rlimit before;
} Hoard;

/* Leaves so many descriptors to everybody else. */
static Hoard
hoard (guint left)
{
  Hoard hoard = { .held = g_array_new (FALSE, FALSE, sizeof (int)) };
  struct rlimit few;
  int fd;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &hoard.before));
  few = hoard.before;
  few.rlim_cur = MIN (few.rlim_cur, 200);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &few));
  while ((fd = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    g_array_append_val (hoard.held, fd);
  for (guint i = 0; i < left && hoard.held->len; i++) {
    close (g_array_index (hoard.held, int, hoard.held->len - 1));
    g_array_set_size (hoard.held, hoard.held->len - 1);
  }
  return hoard;
}

static void
give_back (Hoard hoard)
{
  for (guint i = 0; i < hoard.held->len; i++)
    close (g_array_index (hoard.held, int, i));
  g_array_unref (hoard.held);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &hoard.before));
}

static void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

typedef struct {
  gboolean done;
  GError *error;
} Outcome;

static void
read_whole (GObject *session, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &outcome->error);

  outcome->done = TRUE;
}

static void
preconnected (GObject *session, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;

  soup_session_preconnect_finish (SOUP_SESSION (session), result, &outcome->error);
  outcome->done = TRUE;
}

static void
opened (GObject *session, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;
  g_autoptr (SoupWebsocketConnection) connection
      = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &outcome->error);

  outcome->done = TRUE;
}

typedef void (*Begin) (SoupSession *session, SoupMessage *message, Outcome *outcome);

static void
begin_read (SoupSession *session, SoupMessage *message, Outcome *outcome)
{
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, read_whole, outcome);
}

static void
begin_preconnect (SoupSession *session, SoupMessage *message, Outcome *outcome)
{
  soup_session_preconnect_async (session, message, G_PRIORITY_DEFAULT, NULL, preconnected, outcome);
}

static void
begin_websocket (SoupSession *session, SoupMessage *message, Outcome *outcome)
{
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, opened, outcome);
}

/* Whatever else it may be, the outcome is one. */
static void
attempt (Site *site, const char *scheme, Begin begin, guint left)
{
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%u/", scheme, site->port);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GTlsDatabase) database = tls_database ("authority");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Outcome outcome = { 0 };
  Hoard held;

  soup_session_set_tls_database (session, database);
  /* What the last attempt has left closes first. */
  settle (5);
  held = hoard (left);
  begin (session, message, &outcome);
  for (guint i = 0; i < 10 && !outcome.done; i++)
    settle (3);
  if (left == 0)
    g_assert_nonnull (outcome.error);
  /* The server, too, may have had none. */
  give_back (held);
  wait_until (outcome.done);
  g_clear_error (&outcome.error);
  soup_session_abort (session);
}

static gpointer
serve (gpointer data)
{
  GMainLoop *loop = data;

  g_main_loop_run (loop);
  return NULL;
}

static void
starve (gboolean secure)
{
  g_autoptr (Site) site = secure ? tls_site_new ("server") : site_new ();
  const Begin begins[] = { begin_read, begin_preconnect, begin_websocket };

  if (differs ("libsoup asks GLib for descriptors that are not there"))
    return;
  soup_server_add_handler (site->server, NULL, hello, NULL, NULL);
  site_accept (site, "/", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (begins); i++) {
    const char *scheme = begins[i] == begin_websocket ? (secure ? "wss" : "ws") : (secure ? "https" : "http");

    for (guint j = 0; j < G_N_ELEMENTS (LEFT); j++)
      attempt (site, scheme, begins[i], LEFT[j]);
  }
}

static void
plain (void)
{
  starve (FALSE);
}

static void
over_tls (void)
{
  starve (TRUE);
}

/* Calls that wait have a context of their own, for which GLib needs descriptors. */
static void
waiting_calls (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  GThread *thread;
  GSList *uris;

  if (differs ("libsoup asks GLib for descriptors that are not there"))
    return;
  g_main_context_push_thread_default (context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, hello, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  g_main_context_pop_thread_default (context);
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  thread = g_thread_new ("server", serve, loop);
  for (guint i = 0; i < G_N_ELEMENTS (LEFT_TO_CALLS); i++) {
    g_autoptr (SoupSession) session = soup_session_new ();
    g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
    g_autoptr (GError) refused = NULL;
    g_autoptr (GBytes) body = NULL;
    Hoard held;

    /* The server may have no descriptor either. */
    soup_session_set_timeout (session, 1);
    held = hoard (LEFT_TO_CALLS[i]);
    body = soup_session_send_and_read (session, message, NULL, &refused);
    give_back (held);
    g_assert_true ((body == NULL) == (refused != NULL));
    if (LEFT_TO_CALLS[i] == 0)
      g_assert_nonnull (refused);
  }
  g_main_loop_quit (loop);
  g_thread_join (thread);
}

/* What GIO's TLS cannot load is said by the attempt's error as well. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
  (void) domain;
  (void) level;
  (void) text;
  (void) data;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler (NULL, G_LOG_LEVEL_WARNING, ignore, NULL);
  g_log_set_handler ("GLib-Net", G_LOG_LEVEL_WARNING, ignore, NULL);
  g_test_add_func ("/starved-descriptors/plain", plain);
  g_test_add_func ("/starved-descriptors/tls", over_tls);
  g_test_add_func ("/starved-descriptors/waiting-calls", waiting_calls);
  return g_test_run ();
}
