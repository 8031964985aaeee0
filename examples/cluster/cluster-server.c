/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One of any number of chat servers that share a room through Redis. The page and what it sends are those of
 * c-examples/chat-server.c; run.sh starts the whole, with nginx in front.
 *
 *   cc cluster-server.c -o cluster-server $(pkg-config --cflags --libs bisque-3.0 hiredis)
 *   ./cluster-server REDIS-SOCKET PAGE [PORT]
 *
 * What is said is a stream in Redis, which every server reads: its identifiers are the messages' everywhere. A message
 * is acknowledged when Redis has it. A server keeps nothing that the others do not have, and ends when Redis goes: its
 * guests come back through nginx, to another, and say again what was not acknowledged.
 */
#include <stdlib.h>
#include <string.h>

#include <hiredis/adapters/glib.h>
#include <hiredis/async.h>
#include <libsoup/soup.h>

#define LONGEST_NAME 32       /* characters */
#define LARGEST_MESSAGE 20000 /* bytes */
#define REMEMBERED 200        /* messages, for those who come or come back */
#define PRESENCE_MS 2000      /* between two reports of who is here; who reports no more is gone after three */

/* Adds a message, unless the room has this number of the client's already. */
static const char say_script[]
    = "if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', 'chat:numbers', ARGV[1]) or '0') then return 0 end "
      "redis.call('XADD', 'chat:said', 'MAXLEN', '~', '10000', '*', 'client', ARGV[1], 'name', ARGV[3], 'text', "
      "ARGV[4]) "
      "redis.call('HSET', 'chat:numbers', ARGV[1], ARGV[2]) return 1";

/* Reports who is at this server, and gives who is at all. */
static const char here_script[]
    = "local now = tonumber(redis.call('TIME')[1]) "
      "redis.call('ZADD', 'chat:servers', now + 6, ARGV[1]) redis.call('HSET', 'chat:here', ARGV[1], ARGV[2]) "
      "for _, gone in ipairs(redis.call('ZRANGEBYSCORE', 'chat:servers', '-inf', now)) do "
      "redis.call('ZREM', 'chat:servers', gone) redis.call('HDEL', 'chat:here', gone) end "
      "return redis.call('HVALS', 'chat:here')";

typedef struct {
  GMainLoop *loop;
  char *id, *page, *here;             /* this server's name; the page; the line that says who is here */
  redisAsyncContext *reader, *writer; /* one waits for messages all the time */
  GHashTable *guests;                 /* of Guest, by number */
  guint last_guest;
  GQueue history; /* of Said */
  char *last_id;  /* of the stream, as far as it was read */
  gboolean presence_underway, presence_changed;
} Room;

typedef struct {
  Room *room;
  SoupWebsocketConnection *connection;
  guint number;
  char *client, *name; /* NULL before "hello" */
} Guest;

typedef struct {
  char *id, *client, *rest; /* rest: milliseconds, name and text */
} Said;

/* A message on its way to Redis. Its guest may have gone when the answer comes. */
typedef struct {
  Room *room;
  guint guest;
  char *number;
} Underway;

static void report_presence (Room *room);

static void
tell (Guest *guest, const char *line)
{
  if (soup_websocket_connection_get_state (guest->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (guest->connection, line);
}

static void
tell_said (Guest *guest, const Said *said)
{
  gboolean own = g_strcmp0 (guest->client, said->client) == 0;
  g_autofree char *line = g_strdup_printf ("%s\t%s\t%s", own ? "mine" : "said", said->id, said->rest);
  tell (guest, line);
}

/* Whether one identifier of the stream, MILLISECONDS-COUNT, is behind another. */
static gboolean
is_after (const char *id, const char *other)
{
  char *end, *other_end;
  guint64 millis = g_ascii_strtoull (id, &end, 10), other_millis = g_ascii_strtoull (other, &other_end, 10);
  if (millis != other_millis)
    return millis > other_millis;
  return (*end ? g_ascii_strtoull (end + 1, NULL, 10) : 0)
         > (*other_end ? g_ascii_strtoull (other_end + 1, NULL, 10) : 0);
}

static void
said_free (Said *said)
{
  g_free (said->id);
  g_free (said->client);
  g_free (said->rest);
  g_free (said);
}

/* An entry of the stream: its identifier, and a list of names and values. */
static void
take_entry (Room *room, const redisReply *entry)
{
  const char *client = "", *name = "", *text = "";
  const redisReply *fields = entry->element[1];
  for (size_t i = 0; i + 1 < fields->elements; i += 2) {
    const char *what = fields->element[i]->str, *value = fields->element[i + 1]->str;
    if (strcmp (what, "client") == 0)
      client = value;
    else if (strcmp (what, "name") == 0)
      name = value;
    else if (strcmp (what, "text") == 0)
      text = value;
  }
  Said *said = g_new (Said, 1);
  said->id = g_strdup (entry->element[0]->str);
  said->client = g_strdup (client);
  said->rest = g_strdup_printf ("%" G_GUINT64_FORMAT "\t%s\t%s", g_ascii_strtoull (said->id, NULL, 10), name, text);
  g_queue_push_tail (&room->history, said);
  g_free (room->last_id);
  room->last_id = g_strdup (said->id);

  GHashTableIter iter;
  gpointer guest;
  g_hash_table_iter_init (&iter, room->guests);
  while (g_hash_table_iter_next (&iter, NULL, &guest))
    if (((Guest *) guest)->client)
      tell_said ((Guest *) guest, said);
  if (room->history.length > REMEMBERED)
    said_free ((Said *) g_queue_pop_head (&room->history));
}

static void
on_entries (redisAsyncContext *context, void *answer, void *user_data)
{
  Room *room = (Room *) user_data;
  const redisReply *reply = (const redisReply *) answer;
  if (!reply || reply->type == REDIS_REPLY_ERROR)
    return;
  for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
    const redisReply *entries = reply->element[i]->element[1];
    for (size_t k = 0; k < entries->elements; k++)
      take_entry (room, entries->element[k]);
  }
  redisAsyncCommand (context, on_entries, room, "XREAD BLOCK 0 STREAMS chat:said %s", room->last_id);
}

/* The newest messages, latest first; from there on the stream is read. */
static void
on_newest (redisAsyncContext *context, void *answer, void *user_data)
{
  Room *room = (Room *) user_data;
  const redisReply *reply = (const redisReply *) answer;
  if (!reply || reply->type == REDIS_REPLY_ERROR)
    return;
  for (size_t i = reply->elements; i > 0; i--)
    take_entry (room, reply->element[i - 1]);
  redisAsyncCommand (context, on_entries, room, "XREAD BLOCK 0 STREAMS chat:said %s", room->last_id);
}

static void
on_has_it (redisAsyncContext *context, void *answer, void *user_data)
{
  Underway *underway = (Underway *) user_data;
  const redisReply *reply = (const redisReply *) answer;
  Guest *guest = (Guest *) g_hash_table_lookup (underway->room->guests, GUINT_TO_POINTER (underway->guest));
  (void) context;

  if (guest && reply && reply->type == REDIS_REPLY_INTEGER) {
    g_autofree char *ack = g_strconcat ("ack\t", underway->number, NULL);
    tell (guest, ack);
  }
  g_free (underway->number);
  g_free (underway);
}

static char *
clean_name (const char *text)
{
  g_autoptr (GString) name = g_string_new (NULL);
  for (int count = 0; *text && count < LONGEST_NAME; text = g_utf8_next_char (text), count++)
    if (!g_unichar_iscntrl (g_utf8_get_char (text)))
      g_string_append_unichar (name, g_utf8_get_char (text));
  g_strstrip (name->str);
  return g_strdup (*name->str ? name->str : "somebody");
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Guest *guest)
{
  Room *room = guest->room;
  (void) connection;
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  const char *text = (const char *) g_bytes_get_data (message, NULL);
  gboolean hello = g_str_has_prefix (text, "hello\t"), say = g_str_has_prefix (text, "say\t");
  g_auto (GStrv) fields = g_strsplit (text, "\t", hello ? 4 : 3);

  if (hello && g_strv_length (fields) == 4) { /* CLIENT LAST NAME */
    g_free (guest->name);
    guest->name = clean_name (fields[3]);
    if (!guest->client) {
      guest->client = g_strndup (fields[1], 64);
      for (GList *each = room->history.head; each; each = each->next)
        if (!*fields[2] || is_after (((Said *) each->data)->id, fields[2]))
          tell_said (guest, (Said *) each->data);
      if (room->here)
        tell (guest, room->here);
    }
    report_presence (room);
  } else if (say && g_strv_length (fields) == 3 && guest->client) { /* NUMBER TEXT */
    Underway *underway = g_new (Underway, 1);
    underway->room = room;
    underway->guest = guest->number;
    underway->number = g_strdup_printf ("%" G_GUINT64_FORMAT, g_ascii_strtoull (fields[1], NULL, 10));
    redisAsyncCommand (room->writer, on_has_it, underway, "EVAL %s 0 %s %s %s %s", say_script, guest->client,
                       underway->number, guest->name, fields[2]);
  }
}

static void
on_presence (redisAsyncContext *context, void *answer, void *user_data)
{
  Room *room = (Room *) user_data;
  const redisReply *reply = (const redisReply *) answer;
  (void) context;

  room->presence_underway = FALSE;
  if (reply && reply->type == REDIS_REPLY_ARRAY) {
    g_autoptr (GString) line = g_string_new ("here");
    for (size_t i = 0; i < reply->elements; i++)
      g_string_append (line, reply->element[i]->str); /* each name with a tab before it */
    if (g_strcmp0 (line->str, room->here) != 0) {
      GHashTableIter iter;
      gpointer guest;
      g_free (room->here);
      room->here = g_strdup (line->str);
      g_hash_table_iter_init (&iter, room->guests);
      while (g_hash_table_iter_next (&iter, NULL, &guest))
        tell ((Guest *) guest, room->here);
    }
  }
  if (room->presence_changed)
    report_presence (room);
}

/* One report at a time, however many come and go. */
static void
report_presence (Room *room)
{
  room->presence_changed = room->presence_underway;
  if (room->presence_underway)
    return;
  room->presence_underway = TRUE;
  g_autoptr (GString) names = g_string_new (NULL);
  GHashTableIter iter;
  gpointer guest;
  g_hash_table_iter_init (&iter, room->guests);
  while (g_hash_table_iter_next (&iter, NULL, &guest))
    if (((Guest *) guest)->name)
      g_string_append_printf (names, "\t%s", ((Guest *) guest)->name);
  redisAsyncCommand (room->writer, on_presence, room, "EVAL %s 0 %s %s", here_script, room->id, names->str);
}

static gboolean
on_tick (gpointer room)
{
  report_presence ((Room *) room);
  return G_SOURCE_CONTINUE;
}

static void
on_closed (SoupWebsocketConnection *connection, Guest *guest)
{
  Room *room = guest->room;
  g_hash_table_remove (room->guests, GUINT_TO_POINTER (guest->number));
  g_object_unref (connection);
  g_free (guest->client);
  g_free (guest->name);
  g_free (guest);
  report_presence (room);
}

static void
on_guest (SoupServer *server,
          SoupServerMessage *request,
          const char *path,
          SoupWebsocketConnection *connection,
          gpointer user_data)
{
  Guest *guest = g_new0 (Guest, 1);
  (void) server, (void) request, (void) path;

  guest->room = (Room *) user_data;
  guest->number = ++guest->room->last_guest;
  guest->connection = g_object_ref (connection);
  soup_websocket_connection_set_max_incoming_payload_size (connection, LARGEST_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (connection, 20);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), guest);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), guest);
  g_hash_table_insert (guest->room->guests, GUINT_TO_POINTER (guest->number), guest);
}

/* Pages of others may not open the WebSocket; nginx gives the Host that the browser asked for. */
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
  (void) server, (void) query;
  if (strcmp (path, "/") != 0) {
    soup_server_message_set_status (request, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }
  soup_server_message_set_response (request, "text/html; charset=utf-8", SOUP_MEMORY_COPY, room->page,
                                    strlen (room->page));
  soup_server_message_set_status (request, SOUP_STATUS_OK, NULL);
}

static void
on_redis_gone (const redisAsyncContext *context, int status)
{
  (void) status;
  g_printerr ("Redis: %s\n", context->errstr);
  exit (EXIT_FAILURE);
}

static redisAsyncContext *
connect_to_redis (const char *socket)
{
  redisAsyncContext *context = redisAsyncConnectUnix (socket);
  if (!context || context->err) {
    g_printerr ("Redis: %s\n", context ? context->errstr : "no memory");
    exit (EXIT_FAILURE);
  }
  g_source_attach (redis_source_new (context), NULL);
  redisAsyncSetDisconnectCallback (context, on_redis_gone);
  return context;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  guint64 port = 0;
  if (argc < 3 || argc > 4 || (argc > 3 && !g_ascii_string_to_unsigned (argv[3], 10, 0, G_MAXUINT16, &port, &error))) {
    g_printerr ("%s\nusage: %s REDIS-SOCKET PAGE [PORT]\n", error ? error->message : "", argv[0]);
    return 2;
  }
  Room room = { .loop = g_main_loop_new (NULL, FALSE), .id = g_uuid_string_random (), .last_id = g_strdup ("0") };
  room.guests = g_hash_table_new (NULL, NULL);
  room.reader = connect_to_redis (argv[1]);
  room.writer = connect_to_redis (argv[1]);
  redisAsyncCommand (room.reader, on_newest, &room, "XREVRANGE chat:said + - COUNT %d", REMEMBERED);
  g_timeout_add (PRESENCE_MS, on_tick, &room);

  g_autoptr (SoupServer) server = soup_server_new ("server-header", "chat-cluster ", NULL);
  soup_server_add_handler (server, "/", on_page, &room, NULL);
  soup_server_add_early_handler (server, "/chat", check_origin, NULL, NULL);
  soup_server_add_websocket_handler (server, "/chat", NULL, NULL, on_guest, &room, NULL);
  if (!g_file_get_contents (argv[2], &room.page, NULL, &error)
      || !soup_server_listen_local (server, (guint) port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  GSList *uris = soup_server_get_uris (server);
  g_print ("listening on 127.0.0.1:%d\n", g_uri_get_port ((GUri *) uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_loop_run (room.loop);
  return EXIT_SUCCESS;
}
