/* A site: the files of a directory, an API behind a password, and a feed over a WebSocket, in one server.
 *
 *   cc site.c -o site $(pkg-config --cflags --libs bisque-3.0)
 *   ./site DIRECTORY [PORT]
 *
 *   curl http://127.0.0.1:PORT/index.html              the file, with ranges: -r 0-99
 *   curl -u guest:secret http://127.0.0.1:PORT/api     {"visitors":1}
 *   wscat ws://guest:secret@127.0.0.1:PORT/feed        a line for each file that somebody fetches
 */
#include <stdlib.h>
#include <string.h>

#include <libsoup/soup.h>

static GList *feeds; /* the open WebSockets */
static guint visitors;

static void
tell_feeds (const char *path)
{
  for (GList *each = feeds; each; each = each->next)
    soup_websocket_connection_send_text (each->data, path);
}

static void
on_file (SoupServer *server, SoupServerMessage *request, const char *path, GHashTable *query, gpointer directory)
{
  (void) server, (void) query;
  const char *method = soup_server_message_get_method (request);
  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD) {
    soup_server_message_set_status (request, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
    return;
  }

  /* The server has resolved dot segments: a path does not lead out of the directory. Links in the directory do. */
  g_autofree char *file = g_build_filename (directory, g_str_equal (path, "/") ? "index.html" : path, NULL);
  g_autoptr (GMappedFile) mapped
      = g_file_test (file, G_FILE_TEST_IS_REGULAR) ? g_mapped_file_new (file, FALSE, NULL) : NULL;
  if (!mapped) {
    soup_server_message_set_status (request, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }
  g_autofree char *guess = g_content_type_guess (file, NULL, 0, NULL);
  g_autofree char *type = g_content_type_get_mime_type (guess);
  g_autoptr (GBytes) content = g_mapped_file_get_bytes (mapped);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request);
  soup_message_headers_replace (headers, "Accept-Ranges", "bytes");
  soup_message_headers_set_content_type (headers, type ? type : "application/octet-stream", NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (request), content);
  soup_server_message_set_status (request, SOUP_STATUS_OK, NULL);
  visitors++;
  tell_feeds (path);
}

static void
on_api (SoupServer *server, SoupServerMessage *request, const char *path, GHashTable *query, gpointer user_data)
{
  (void) server, (void) path, (void) query, (void) user_data;
  g_autofree char *answer = g_strdup_printf ("{\"visitors\":%u}\n", visitors);
  soup_server_message_set_response (request, "application/json", SOUP_MEMORY_COPY, answer, strlen (answer));
  soup_server_message_set_status (request, SOUP_STATUS_OK, NULL);
}

static void
on_feed_closed (SoupWebsocketConnection *feed, gpointer user_data)
{
  (void) user_data;
  feeds = g_list_remove (feeds, feed);
  g_object_unref (feed);
}

static void
on_feed (SoupServer *server,
         SoupServerMessage *request,
         const char *path,
         SoupWebsocketConnection *feed,
         gpointer user_data)
{
  (void) server, (void) request, (void) path, (void) user_data;
  feeds = g_list_prepend (feeds, g_object_ref (feed));
  g_signal_connect (feed, "closed", G_CALLBACK (on_feed_closed), NULL);
}

static gboolean
knows (SoupAuthDomain *domain, SoupServerMessage *request, const char *user, const char *password, gpointer user_data)
{
  (void) domain, (void) request, (void) user_data;
  return g_str_equal (user, "guest") && g_str_equal (password, "secret");
}

/* PORT of the command line, if there is one; ends the program when that is none, or DIRECTORY is none. */
static guint
port_of (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("DIRECTORY [PORT]");
  g_autoptr (GError) error = NULL;
  guint64 port = 0;
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (argc == 3 && !g_ascii_string_to_unsigned (argv[2], 10, 0, G_MAXUINT16, &port, &error)) || argc < 2 || argc > 3
      || !g_file_test (argv[1], G_FILE_TEST_IS_DIR)) {
    g_printerr ("%s\nusage: %s DIRECTORY [PORT]\n", error ? error->message : "a directory is needed", argv[0]);
    exit (2);
  }
  return (guint) port;
}

int
main (int argc, char **argv)
{
  guint port = port_of (argc, argv);
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "site ", NULL);
  soup_server_add_handler (server, "/", on_file, argv[1], NULL);
  soup_server_add_handler (server, "/api", on_api, NULL, NULL);
  soup_server_add_websocket_handler (server, "/feed", NULL, NULL, on_feed, NULL, NULL);

  /* Passwords go over the wire as they are: a real site speaks TLS. */
  g_autoptr (SoupAuthDomain) domain = soup_auth_domain_basic_new ("realm", "site", "auth-callback", knows, NULL);
  soup_auth_domain_add_path (domain, "/api");
  soup_auth_domain_add_path (domain, "/feed");
  soup_server_add_auth_domain (server, domain);

  g_autoptr (GError) error = NULL;
  if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  GSList *uris = soup_server_get_uris (server);
  g_print ("listening on http://127.0.0.1:%d/\n", g_uri_get_port ((GUri *) uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
