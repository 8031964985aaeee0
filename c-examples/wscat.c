/* Talks to a WebSocket by hand: each line of standard input goes out as a message, each message is printed. The end
 * of the input closes the connection.
 *
 *   cc wscat.c -o wscat $(pkg-config --cflags --libs bisque-3.0 gio-unix-2.0)
 *   ./wscat [--ping SECONDS] [--protocol NAME]... [--origin ORIGIN] URI
 */
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include <gio/gunixinputstream.h>
#include <libsoup/soup.h>

static int ping_interval;
static char **protocols;
static char *origin;
static const GOptionEntry options[] = {
  { "ping", 'p', 0, G_OPTION_ARG_INT, &ping_interval, "Ping after so many seconds, again and again", "SECONDS" },
  { "protocol", 's', 0, G_OPTION_ARG_STRING_ARRAY, &protocols, "Offer a subprotocol", "NAME" },
  { "origin", 'o', 0, G_OPTION_ARG_STRING, &origin, "Send this Origin", "ORIGIN" },
  { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
};

typedef struct {
  GMainLoop *loop;
  GDataInputStream *input;
  SoupWebsocketConnection *connection;
  gint64 opened; /* monotonic, in microseconds */
  int status;
} Cat;

static void read_line (Cat *cat);

static void
on_line (GObject *input, GAsyncResult *result, gpointer user_data)
{
  Cat *cat = (Cat *) user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (input), result, NULL, NULL);

  if (soup_websocket_connection_get_state (cat->connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  if (!line) {
    soup_websocket_connection_close (cat->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    return;
  }
  soup_websocket_connection_send_text (cat->connection, line);
  read_line (cat);
}

static void
read_line (Cat *cat)
{
  g_data_input_stream_read_line_async (cat->input, G_PRIORITY_DEFAULT, NULL, on_line, cat);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Cat *cat)
{
  (void) connection, (void) cat;
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    g_print ("< %s\n", (const char *) g_bytes_get_data (message, NULL));
  else
    g_print ("< %" G_GSIZE_FORMAT " bytes\n", g_bytes_get_size (message));
}

/* The keepalive's pings go out by themselves: that the pong comes tells that the peer still lives. */
static void
on_pong (SoupWebsocketConnection *connection, GBytes *message, Cat *cat)
{
  (void) connection, (void) message;
  g_print ("pong after %.1f s\n", (double) (g_get_monotonic_time () - cat->opened) / G_USEC_PER_SEC);
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, Cat *cat)
{
  (void) connection, (void) cat;
  g_printerr ("error: %s\n", error->message);
}

static void
on_closed (SoupWebsocketConnection *connection, Cat *cat)
{
  gushort code = soup_websocket_connection_get_close_code (connection);
  const char *reason = soup_websocket_connection_get_close_data (connection);

  g_print ("closed: %u %s\n", code, reason ? reason : "");
  cat->status = code == SOUP_WEBSOCKET_CLOSE_NORMAL ? EXIT_SUCCESS : EXIT_FAILURE;
  g_main_loop_quit (cat->loop);
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Cat *cat = (Cat *) user_data;
  g_autoptr (GError) error = NULL;

  cat->connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);
  if (!cat->connection) {
    g_printerr ("%s\n", error->message);
    g_main_loop_quit (cat->loop);
    return;
  }
  const char *protocol = soup_websocket_connection_get_protocol (cat->connection);
  g_print ("connected%s%s\n", protocol ? ", protocol " : "", protocol ? protocol : "");
  cat->opened = g_get_monotonic_time ();
  soup_websocket_connection_set_keepalive_interval (cat->connection, (guint) MAX (ping_interval, 0));
  g_signal_connect (cat->connection, "message", G_CALLBACK (on_message), cat);
  g_signal_connect (cat->connection, "pong", G_CALLBACK (on_pong), cat);
  g_signal_connect (cat->connection, "error", G_CALLBACK (on_error), cat);
  g_signal_connect (cat->connection, "closed", G_CALLBACK (on_closed), cat);
  read_line (cat);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URI");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, ""); /* g_print() writes in the locale's encoding */
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    g_printerr ("%s\n", error ? error->message : "one URI is needed");
    return EXIT_FAILURE;
  }
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, argv[1]);
  if (!message) {
    g_printerr ("%s is not a URI\n", argv[1]);
    return EXIT_FAILURE;
  }

  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GInputStream) standard_input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (standard_input);
  Cat cat = { loop, input, NULL, 0, EXIT_FAILURE };
  soup_session_websocket_connect_async (session, message, origin, protocols, G_PRIORITY_DEFAULT, NULL, on_connected,
                                        &cat);
  g_main_loop_run (loop);
  g_clear_object (&cat.connection);
  return cat.status;
}
