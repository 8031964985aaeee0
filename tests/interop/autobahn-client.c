/* The client under test for the Autobahn suite: autobahn-client URL AGENT runs every case that the fuzzing server has. */

#include <libsoup/soup.h>

#include <stdlib.h>

typedef struct {
  GMainLoop *loop;
  SoupSession *session;
  const char *base;
  const char *agent;
  guint cases;
} Run;

static void
echo (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer run)
{
  (void) run;
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (connection, kind, message);
}

static void
count_told (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  Run *run = data;

  (void) connection;
  (void) kind;
  run->cases = strtoul (g_bytes_get_data (message, NULL), NULL, 10);
}

static void
closed (SoupWebsocketConnection *connection, gpointer data)
{
  Run *run = data;

  (void) connection;
  g_main_loop_quit (run->loop);
}

typedef struct {
  Run *run;
  GCallback on_message;
  SoupWebsocketConnection *connection;
} Visit;

static void
connected (GObject *session, GAsyncResult *result, gpointer data)
{
  Visit *visit = data;
  g_autoptr (GError) error = NULL;

  visit->connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);
  if (!visit->connection) {
    g_printerr ("%s\n", error->message);
    g_main_loop_quit (visit->run->loop);
    return;
  }
  soup_websocket_connection_set_max_incoming_payload_size (visit->connection, 0);
  g_signal_connect (visit->connection, "message", visit->on_message, visit->run);
  g_signal_connect (visit->connection, "closed", G_CALLBACK (closed), visit->run);
}

/* Connects to the given place and serves until the connection is closed. */
static void
visit (Run *run, const char *place, GCallback on_message)
{
  g_autofree char *url = g_strdup_printf ("%s/%s", run->base, place);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  Visit visit = { run, on_message, NULL };

  soup_session_websocket_connect_async (run->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, connected, &visit);
  g_main_loop_run (run->loop);
  g_clear_object (&visit.connection);
}

int
main (int argc, char **argv)
{
  Run run = { g_main_loop_new (NULL, FALSE), soup_session_new (), argv[1], argv[2], 0 };
  g_autofree char *report = NULL;

  if (argc != 3)
    return 2;
  soup_session_add_feature_by_type (run.session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  visit (&run, "getCaseCount", G_CALLBACK (count_told));
  for (guint number = 1; number <= run.cases; number++) {
    g_autofree char *place = g_strdup_printf ("runCase?case=%u&agent=%s", number, run.agent);

    visit (&run, place, G_CALLBACK (echo));
  }
  report = g_strdup_printf ("updateReports?agent=%s", run.agent);
  visit (&run, report, G_CALLBACK (echo));
  g_object_unref (run.session);
  g_main_loop_unref (run.loop);
  return run.cases ? 0 : 1;
}
