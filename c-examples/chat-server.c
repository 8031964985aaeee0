/* A chat room in the browser: "/" is a page (chat.html, beside the program), "/chat" the WebSocket that it opens.
 *
 *   cc chat-server.c -o chat-server $(pkg-config --cflags --libs bisque-3.0)
 *   ./chat-server [PORT]        and open the address that it prints
 *
 * Messages are fields with tabs between them. From the page:
 *   hello CLIENT LAST NAME    who is there, and the last message that it has seen, if any; again for another name
 *   say NUMBER TEXT           numbers go up; one that the room has already is only acknowledged
 * and to it:
 *   said ID MILLISECONDS NAME TEXT    or mine instead of said, to whoever said it
 *   ack NUMBER      here NAME...      sorry REASON
 * A CLIENT is known to nobody else: who knows it can speak for it.
 */
#include <stdlib.h>
#include <string.h>

#include <libsoup/soup.h>

#define LONGEST_NAME 32       /* characters */
#define LARGEST_MESSAGE 20000 /* bytes: the page allows 4000 characters */
#define MOST_GUESTS 500
#define REMEMBERED 200 /* messages, for those who come or come back */
#define REMEMBERED_CLIENTS 5000

typedef struct {
  char *page;
  GList *guests;       /* of Guest */
  GQueue history;      /* of Said */
  GHashTable *numbers; /* client: the last number of its messages that the room has */
  guint64 last_id;
} Room;

typedef struct {
  Room *room;
  SoupWebsocketConnection *connection;
  char *client, *name; /* NULL before "hello" */
} Guest;

typedef struct {
  guint64 id;
  char *client;
  char *line;
} Said;

/* Only an open connection can be told: one that is closing stays in the list until "closed". */
static void
tell (Guest *guest, const char *line)
{
  if (soup_websocket_connection_get_state (guest->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (guest->connection, line);
}

static void
tell_said (Guest *guest, const Said *said)
{
  if (g_strcmp0 (guest->client, said->client) == 0) {
    g_autofree char *line = g_strconcat ("mine", said->line + strlen ("said"), NULL);
    tell (guest, line);
  } else {
    tell (guest, said->line);
  }
}

static void
tell_who_is_here (Room *room)
{
  g_autoptr (GString) line = g_string_new ("here");
  for (GList *each = room->guests; each; each = each->next) {
    Guest *guest = (Guest *) each->data;
    if (guest->name)
      g_string_append_printf (line, "\t%s", guest->name);
  }
  for (GList *each = room->guests; each; each = each->next)
    tell ((Guest *) each->data, line->str);
}

/* At most LONGEST_NAME characters of it, none of them a control character. */
static char *
clean_name (const char *text)
{
  GString *name = g_string_new (NULL);
  for (int count = 0; *text && count < LONGEST_NAME; text = g_utf8_next_char (text), count++)
    if (!g_unichar_iscntrl (g_utf8_get_char (text)))
      g_string_append_unichar (name, g_utf8_get_char (text));
  g_strstrip (name->str);
  return *name->str ? g_string_free (name, FALSE) : (g_string_free (name, TRUE), g_strdup ("somebody"));
}

/* hello CLIENT LAST NAME */
static void
on_hello (Guest *guest, char **fields)
{
  gboolean is_new = !guest->client;
  guint64 last = g_ascii_strtoull (fields[2], NULL, 10);

  g_free (guest->name);
  guest->name = clean_name (fields[3]);
  if (is_new) {
    guest->client = g_strndup (fields[1], 64);
    for (GList *each = guest->room->history.head; each; each = each->next) {
      Said *said = (Said *) each->data;
      if (said->id > last)
        tell_said (guest, said);
    }
  }
  tell_who_is_here (guest->room);
}

/* say NUMBER TEXT */
static void
on_say (Guest *guest, char **fields)
{
  Room *room = guest->room;
  guint number = (guint) g_ascii_strtoull (fields[1], NULL, 10);

  if (!guest->client)
    return;
  /* A page that lost its connection says again what was not acknowledged. */
  if (number > GPOINTER_TO_UINT (g_hash_table_lookup (room->numbers, guest->client))) {
    Said *said = g_new (Said, 1);
    said->id = ++room->last_id;
    said->client = g_strdup (guest->client);
    said->line = g_strdup_printf ("said\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%s\t%s", said->id,
                                  g_get_real_time () / 1000, guest->name, fields[2]);
    g_queue_push_tail (&room->history, said);
    for (GList *each = room->guests; each; each = each->next)
      tell_said ((Guest *) each->data, said);
    if (room->history.length > REMEMBERED) {
      said = (Said *) g_queue_pop_head (&room->history);
      g_free (said->client);
      g_free (said->line);
      g_free (said);
    }
    if (g_hash_table_size (room->numbers) >= REMEMBERED_CLIENTS)
      g_hash_table_remove_all (room->numbers);
    g_hash_table_insert (room->numbers, g_strdup (guest->client), GUINT_TO_POINTER (number));
  }
  g_autofree char *ack = g_strdup_printf ("ack\t%u", number);
  tell (guest, ack);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Guest *guest)
{
  (void) connection;
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  /* A NUL stands behind the bytes of a message, and text is UTF-8. */
  const char *text = (const char *) g_bytes_get_data (message, NULL);
  gboolean hello = g_str_has_prefix (text, "hello\t"), say = g_str_has_prefix (text, "say\t");
  g_auto (GStrv) fields = g_strsplit (text, "\t", hello ? 4 : 3);
  if (hello && g_strv_length (fields) == 4)
    on_hello (guest, fields);
  else if (say && g_strv_length (fields) == 3)
    on_say (guest, fields);
}

static void
on_closed (SoupWebsocketConnection *connection, Guest *guest)
{
  Room *room = guest->room;
  room->guests = g_list_remove (room->guests, guest);
  g_object_unref (connection);
  g_free (guest->client);
  g_free (guest->name);
  g_free (guest);
  tell_who_is_here (room);
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

  Guest *guest = g_new0 (Guest, 1);
  guest->room = room;
  guest->connection = g_object_ref (connection);
  soup_websocket_connection_set_max_incoming_payload_size (connection, LARGEST_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (connection, 30);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), guest);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), guest);
  room->guests = g_list_append (room->guests, guest);
  if (g_list_length (room->guests) > MOST_GUESTS) {
    tell (guest, "sorry\tthe room is full");
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "full");
  }
}

/* Any page in the browser can open a WebSocket to here, with the user's cookies if there were any: only ours may. What
 * is no browser sends no Origin. */
static void
check_origin (SoupServer *server, SoupServerMessage *request, const char *path, GHashTable *query, gpointer user_data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (request);
  const char *origin = soup_message_headers_get_one (headers, "Origin");
  const char *host = soup_message_headers_get_one (headers, "Host");
  const char *authority = origin ? strstr (origin, "://") : NULL;
  (void) server, (void) path, (void) query, (void) user_data;

  if (origin && (!authority || !host || g_ascii_strcasecmp (authority + 3, host) != 0))
    soup_server_message_set_status (request, SOUP_STATUS_FORBIDDEN, NULL);
}

static void
on_page (SoupServer *server, SoupServerMessage *request, const char *path, GHashTable *query, gpointer user_data)
{
  Room *room = (Room *) user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request);
  (void) server, (void) query;

  if (strcmp (path, "/") != 0) {
    soup_server_message_set_status (request, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }
  soup_message_headers_append (headers, "Content-Security-Policy",
                               "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                               "connect-src 'self'; frame-ancestors 'none'");
  soup_server_message_set_response (request, "text/html; charset=utf-8", SOUP_MEMORY_COPY, room->page,
                                    strlen (room->page));
  soup_server_message_set_status (request, SOUP_STATUS_OK, NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_path_get_dirname (argv[0]);
  g_autofree char *file = g_build_filename (folder, "chat.html", NULL);
  g_autoptr (GOptionContext) context = g_option_context_new ("[PORT]");
  g_autoptr (GError) error = NULL;
  guint64 port = 0;

  g_option_context_set_summary (context,
                                "A chat room in the browser. Without PORT, or with 0, the system chooses one.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 2
      || (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT16, &port, &error))) {
    g_printerr ("%s\nusage: %s [PORT]\n", error ? error->message : "one port is enough", argv[0]);
    return 2;
  }
  Room room = { .numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "chat-server ", NULL);
  soup_server_add_handler (server, "/", on_page, &room, NULL);
  soup_server_add_early_handler (server, "/chat", check_origin, NULL, NULL);
  soup_server_add_websocket_handler (server, "/chat", NULL, NULL, on_guest, &room, NULL);
  if (!g_file_get_contents (file, &room.page, NULL, &error)
      || !soup_server_listen_local (server, (guint) port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
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
