/* The client under test: client URL [--no-deflate] [--no-fragments] [--trust AUTHORITY] does with a peer's server what interoperation means,
 * and prints "ok WHAT" or "not ok WHAT: WHY" for each. The server has the paths of echo-server.c, and /fragments, where each
 * text comes back in pieces. */

#include <libsoup/soup.h>

#include <stdarg.h>
#include <string.h>

typedef struct {
  SoupSession *session;
  const char *base;
  gboolean deflate;
} Run;

typedef struct {
  SoupWebsocketConnection *connection;
  GAsyncResult *result;
  GBytes *message;
  SoupWebsocketDataType kind;
  GError *error;
  gboolean closed, expired;
} Talk;

static int failures;

static gboolean G_GNUC_PRINTF (3, 4)
report (gboolean ok, const char *what, const char *why, ...)
{
  va_list arguments;
  g_autofree char *reason = NULL;

  va_start (arguments, why);
  reason = g_strdup_vprintf (why, arguments);
  va_end (arguments);
  if (ok)
    g_print ("ok %s\n", what);
  else
    g_print ("not ok %s: %s\n", what, reason);
  failures += !ok;
  return ok;
}

static gboolean
expire (gpointer talk)
{
  ((Talk *) talk)->expired = TRUE;
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until the condition holds, ten seconds at most. */
#define WAIT(talk, condition)                                                                                        \
  G_STMT_START                                                                                                       \
  {                                                                                                                  \
    guint alarm = g_timeout_add_seconds (10, expire, talk);                                                          \
    while (!(condition) && !(talk)->expired)                                                                         \
      g_main_context_iteration (NULL, TRUE);                                                                         \
    if (!(talk)->expired)                                                                                            \
      g_source_remove (alarm);                                                                                       \
  }                                                                                                                  \
  G_STMT_END

static void
on_message (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message, gpointer data)
{
  Talk *talk = data;

  (void) connection;
  g_clear_pointer (&talk->message, g_bytes_unref);
  talk->message = g_bytes_ref (message);
  talk->kind = kind;
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, gpointer data)
{
  Talk *talk = data;

  (void) connection;
  g_clear_error (&talk->error);
  talk->error = g_error_copy (error);
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer data)
{
  (void) connection;
  ((Talk *) data)->closed = TRUE;
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  (void) session;
  ((Talk *) data)->result = g_object_ref (result);
}

static const char *
trouble (Talk *talk)
{
  return talk->error ? talk->error->message : talk->expired ? "no answer" : talk->closed ? "closed" : "something else";
}

static gboolean
connected (Run *run, Talk *talk, const char *path, char **protocols, SoupMessage **message)
{
  g_autofree char *url = g_strconcat (run->base, path, NULL);

  memset (talk, 0, sizeof *talk);
  *message = soup_message_new ("GET", url);
  if (!run->deflate)
    soup_message_disable_feature (*message, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_session_websocket_connect_async (run->session, *message, NULL, protocols, G_PRIORITY_DEFAULT, NULL, on_connected,
                                        talk);
  WAIT (talk, talk->result);
  if (!talk->result)
    return FALSE;
  talk->connection = soup_session_websocket_connect_finish (run->session, talk->result, &talk->error);
  g_clear_object (&talk->result);
  if (!talk->connection)
    return FALSE;
  soup_websocket_connection_set_max_incoming_payload_size (talk->connection, 0);
  g_signal_connect (talk->connection, "message", G_CALLBACK (on_message), talk);
  g_signal_connect (talk->connection, "error", G_CALLBACK (on_error), talk);
  g_signal_connect (talk->connection, "closed", G_CALLBACK (on_closed), talk);
  return TRUE;
}

/* The same, reported. */
static gboolean
begin (Run *run, Talk *talk, const char *path, char **protocols, SoupMessage **message, const char *what)
{
  gboolean ok = connected (run, talk, path, protocols, message);

  return report (ok, what, "%s", trouble (talk));
}

static void
end (Talk *talk)
{
  if (talk->connection)
    g_signal_handlers_disconnect_by_data (talk->connection, talk);
  g_clear_object (&talk->connection);
  g_clear_pointer (&talk->message, g_bytes_unref);
  g_clear_error (&talk->error);
}

static void
expect_back (Talk *talk, const char *what, SoupWebsocketDataType kind, GBytes *sent)
{
  g_clear_pointer (&talk->message, g_bytes_unref);
  soup_websocket_connection_send_message (talk->connection, kind, sent);
  WAIT (talk, talk->message || talk->closed);
  report (talk->message && talk->kind == kind && g_bytes_equal (talk->message, sent), what, "%s", trouble (talk));
}

static GBytes *
filled (gsize size, gboolean text)
{
  guint8 *data = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    data[i] = text ? 'a' + i % 26 : (i * 2654435761u) >> 24;
  return g_bytes_new_take (data, size);
}

static void
messages (Run *run)
{
  static const struct {
    const char *what;
    gsize size;
    gboolean text;
  } sizes[] = { { "empty text", 0, TRUE },     { "empty binary", 0, FALSE },    { "binary", 300, FALSE },
                { "64 KiB text", 65536, TRUE }, { "64 KiB binary", 65536, FALSE }, { "1 MiB text", 1 << 20, TRUE },
                { "1 MiB binary", 1 << 20, FALSE } };
  g_autoptr (GBytes) greeting = g_bytes_new_static ("gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80", 16);
  g_autoptr (SoupMessage) message = NULL;
  Talk talk;

  if (!begin (run, &talk, "/", NULL, &message, "connect"))
    return end (&talk);
  report (!soup_websocket_connection_get_extensions (talk.connection) == !run->deflate, "deflate as asked",
          "it is the other way");
  expect_back (&talk, "text", SOUP_WEBSOCKET_DATA_TEXT, greeting);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GBytes) sent = filled (sizes[i].size, sizes[i].text);

    expect_back (&talk, sizes[i].what, sizes[i].text ? SOUP_WEBSOCKET_DATA_TEXT : SOUP_WEBSOCKET_DATA_BINARY, sent);
  }
  soup_websocket_connection_close (talk.connection, 4001, "that is all");
  WAIT (&talk, talk.closed);
  report (talk.closed && !talk.error && soup_websocket_connection_get_close_code (talk.connection) == 4001,
          "our close is echoed", "code %d, %s", soup_websocket_connection_get_close_code (talk.connection),
          trouble (&talk));
  end (&talk);
}

static void
fragments (Run *run)
{
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) text = filled (1000, TRUE);
  Talk talk;

  if (begin (run, &talk, "/fragments", NULL, &message, "connect for fragments"))
    expect_back (&talk, "fragments", SOUP_WEBSOCKET_DATA_TEXT, text);
  end (&talk);
}

static void
close_of_the_peer (Run *run)
{
  g_autoptr (SoupMessage) message = NULL;
  Talk talk;

  if (begin (run, &talk, "/close", NULL, &message, "connect to be closed")) {
    soup_websocket_connection_send_text (talk.connection, "4321 told so");
    WAIT (&talk, talk.closed);
    report (talk.closed && soup_websocket_connection_get_close_code (talk.connection) == 4321 &&
                g_strcmp0 (soup_websocket_connection_get_close_data (talk.connection), "told so") == 0,
            "the peer's close", "code %d", soup_websocket_connection_get_close_code (talk.connection));
  }
  end (&talk);
}

static void
subprotocol (Run *run)
{
  char *protocols[] = { "gossip", "chat", NULL };
  g_autoptr (SoupMessage) message = NULL;
  Talk talk;

  if (begin (run, &talk, "/chat", protocols, &message, "connect to chat"))
    report (g_strcmp0 (soup_websocket_connection_get_protocol (talk.connection), "chat") == 0, "subprotocol", "it is %s",
            soup_websocket_connection_get_protocol (talk.connection));
  end (&talk);
}

static void
refusal (Run *run)
{
  g_autoptr (SoupMessage) message = NULL;
  Talk talk;
  gboolean accepted = connected (run, &talk, "/plain", NULL, &message);

  report (!accepted && g_error_matches (talk.error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET) &&
              soup_message_get_status (message) == 403,
          "refusal", "status %d, %s", soup_message_get_status (message), trouble (&talk));
  end (&talk);
}

int
main (int argc, char **argv)
{
  Run run = { soup_session_new (), argc > 1 ? argv[1] : "", TRUE };
  gboolean pieces = TRUE;

  for (int i = 2; i < argc; i++) {
    if (g_str_equal (argv[i], "--no-deflate"))
      run.deflate = FALSE;
    if (g_str_equal (argv[i], "--no-fragments"))
      pieces = FALSE;
    if (g_str_equal (argv[i], "--trust") && argv[i + 1]) {
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (argv[i + 1], NULL);

      soup_session_set_tls_database (run.session, database);
    }
  }
  soup_session_add_feature_by_type (run.session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  messages (&run);
  if (pieces)
    fragments (&run);
  close_of_the_peer (&run);
  subprotocol (&run);
  refusal (&run);
  g_object_unref (run.session);
  return failures != 0;
}
