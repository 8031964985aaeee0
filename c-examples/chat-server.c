/* A chat room in the browser: "/" is a page, "/chat" the WebSocket that it opens. What one says, all hear.
 *
 *   cc chat-server.c -o chat-server $(pkg-config --cflags --libs bisque-3.0)
 *   ./chat-server [PORT]        and open the address that it prints
 */
#include <stdlib.h>
#include <string.h>

#include <libsoup/soup.h>

static const char page[] = "<!doctype html><meta charset=utf-8><title>Chat</title>\n"
                           "<h1>Chat</h1><ul id=heard></ul>\n"
                           "<form id=say><input id=words autofocus autocomplete=off placeholder='Say something'>\n"
                           "<button id=send>Send</button></form>\n"
                           "<script>\n"
                           "const socket = new WebSocket(location.href.replace(/^http/, 'ws') + 'chat');\n"
                           "const show = (text) => {\n"
                           "  const line = document.createElement('li');\n"
                           "  line.textContent = text;\n"
                           "  heard.append(line);\n"
                           "};\n"
                           "socket.onmessage = (event) => show(event.data);\n"
                           "socket.onclose = (event) => show('closed: ' + event.code);\n"
                           "say.onsubmit = (event) => {\n"
                           "  event.preventDefault();\n"
                           "  socket.send(words.value);\n"
                           "  words.value = '';\n"
                           "};\n"
                           "</script>\n";

typedef struct {
  GList *guests; /* of SoupWebsocketConnection, a reference each */
  guint last_number;
} Room;

/* Tells everybody. Only an open connection can be told: one that is closing stays in the list until "closed". */
static void
announce (Room *room, const char *words)
{
  for (GList *guest = room->guests; guest; guest = guest->next) {
    SoupWebsocketConnection *connection = SOUP_WEBSOCKET_CONNECTION (guest->data);
    if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_send_text (connection, words);
  }
}

static guint
number_of (SoupWebsocketConnection *connection)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (connection), "number"));
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Room *room)
{
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  g_autofree char *words
      = g_strdup_printf ("%u: %s", number_of (connection), (const char *) g_bytes_get_data (message, NULL));
  announce (room, words);
}

static void
on_closed (SoupWebsocketConnection *connection, Room *room)
{
  g_autofree char *words = g_strdup_printf ("%u has left", number_of (connection));
  room->guests = g_list_remove (room->guests, connection);
  g_object_unref (connection);
  announce (room, words);
}

static void
on_guest (SoupServer *server,
          SoupServerMessage *request,
          const char *path,
          SoupWebsocketConnection *connection,
          gpointer user_data)
{
  Room *room = (Room *) user_data;
  (void) server, (void) request, (void) path;

  g_object_set_data (G_OBJECT (connection), "number", GUINT_TO_POINTER (++room->last_number));
  g_signal_connect (connection, "message", G_CALLBACK (on_message), room);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), room);
  room->guests = g_list_prepend (room->guests, g_object_ref (connection));

  g_autofree char *words = g_strdup_printf ("%u has come", number_of (connection));
  announce (room, words);
}

static void
on_page (SoupServer *server, SoupServerMessage *request, const char *path, GHashTable *query, gpointer user_data)
{
  (void) server, (void) query, (void) user_data;
  if (strcmp (path, "/") != 0) {
    soup_server_message_set_status (request, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }
  soup_server_message_set_response (request, "text/html; charset=utf-8", SOUP_MEMORY_STATIC, page, strlen (page));
  soup_server_message_set_status (request, SOUP_STATUS_OK, NULL);
}

int
main (int argc, char **argv)
{
  guint port = argc > 1 ? (guint) atoi (argv[1]) : 0;
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "chat-server ", NULL);
  g_autoptr (GError) error = NULL;
  Room room = { NULL, 0 };

  soup_server_add_handler (server, "/", on_page, NULL, NULL);
  soup_server_add_websocket_handler (server, "/chat", NULL, NULL, on_guest, &room, NULL);
  if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }

  GSList *uris = soup_server_get_uris (server);
  g_print ("open http://127.0.0.1:%d/ in two browsers\n", g_uri_get_port ((GUri *) uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
