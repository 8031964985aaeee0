/* Logs in over https, keeps the cookie, and opens a WebSocket over wss with it; through a proxy that wants a password,
 * if one is given.
 *
 *   cc login.c -o login $(pkg-config --cflags --libs bisque-3.0)
 *   ./login --proxy http://proxy:8888 --proxy-user me:secret https://example.org/login guest:password
 * wss://example.org/socket hello
 */
#include <locale.h>
#include <stdlib.h>

#include <libsoup/soup.h>

static char *proxy, *proxy_user, *authority;
static const GOptionEntry OPTIONS[] = {
  { "proxy", 0, 0, G_OPTION_ARG_STRING, &proxy, "Go through this proxy", "URI" },
  { "proxy-user", 0, 0, G_OPTION_ARG_STRING, &proxy_user, "What the proxy wants to know", "NAME:PASSWORD" },
  { "authority", 0, 0, G_OPTION_ARG_FILENAME, &authority, "Trust servers with a certificate of this authority",
    "FILE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

typedef struct {
  GMainLoop *loop;
  SoupSession *session;
  const char *socket; /* the WebSocket's URI */
  const char *text;
  int status;
} Client;

/* The two sides of "name:password". */
static char **
credentials (const char *text)
{
  char **both = g_strsplit (text ? text : "", ":", 2);

  if (g_strv_length (both) == 2)
    return both;
  g_strfreev (both);
  return NULL;
}

/* A server or a proxy wants to know who we are. The same handler serves requests and WebSockets; what a tunnel's proxy
 * asks comes to the message that the tunnel is for. */
static gboolean
on_authenticate (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  g_auto (GStrv) both = credentials (proxy_user);

  (void) message;
  (void) data;
  if (!soup_auth_is_for_proxy (auth) || retrying || !both)
    return FALSE;
  g_print ("the proxy asks for a password: %s\n", soup_auth_get_realm (auth));
  soup_auth_authenticate (auth, both[0], both[1]);
  return TRUE;
}

static void
give_up (Client *client, const char *why)
{
  g_printerr ("%s\n", why);
  g_main_loop_quit (client->loop);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, gpointer data)
{
  (void) type;
  (void) data;
  g_print ("< %s\n", (const char *) g_bytes_get_data (message, NULL));
  soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

static void
on_closed (SoupWebsocketConnection *connection, Client *client)
{
  if (soup_websocket_connection_get_close_code (connection) == SOUP_WEBSOCKET_CLOSE_NORMAL)
    client->status = EXIT_SUCCESS;
  g_object_unref (connection);
  g_main_loop_quit (client->loop);
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Client *client = (Client *) user_data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  if (!connection) {
    give_up (client, error->message);
    return;
  }
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), client);
  soup_websocket_connection_send_text (connection, client->text);
}

static void
on_logged_in (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Client *client = (Client *) user_data;
  SoupMessage *login = soup_session_get_async_result_message (SOUP_SESSION (session), result);
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &error);

  if (!body) {
    give_up (client, error->message);
    return;
  }
  g_print ("login: %u %s\n", soup_message_get_status (login), soup_message_get_reason_phrase (login));
  if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (login))) {
    give_up (client, "not logged in");
    return;
  }
  /* The session's jar sends the cookie along, and one authentication does for both. */
  message = soup_message_new (SOUP_METHOD_GET, client->socket);
  g_signal_connect (message, "authenticate", G_CALLBACK (on_authenticate), NULL);
  soup_session_websocket_connect_async (client->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, on_connected,
                                        client);
}

/* A session that trusts and goes where it was told to; NULL if that is impossible. */
static SoupSession *
new_session (GError **error)
{
  SoupSession *session = soup_session_new_with_options ("timeout", 20, NULL);

  soup_session_add_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
  if (proxy) {
    g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);

    soup_session_set_proxy_resolver (session, resolver);
  }
  if (authority) {
    g_autofree char *path = g_canonicalize_filename (authority, NULL);
    g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, error);

    if (!database)
      g_clear_object (&session);
    else
      soup_session_set_tls_database (session, database);
  }
  return session;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("LOGIN-URI NAME:PASSWORD WEBSOCKET-URI TEXT");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, ""); /* g_print() writes in the locale's encoding */
  g_option_context_add_main_entries (context, OPTIONS, NULL);
  g_option_context_set_summary (context, "Logs in, and sends TEXT to a WebSocket with the cookie that the login gave.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 5) {
    g_printerr ("%s\nusage: %s [OPTION...] LOGIN-URI NAME:PASSWORD WEBSOCKET-URI TEXT\n",
                error ? error->message : "four arguments are needed", argv[0]);
    return 2;
  }
  g_auto (GStrv) both = credentials (argv[2]);
  g_autofree char *form = both ? soup_form_encode ("name", both[0], "password", both[1], NULL) : NULL;
  g_autoptr (SoupMessage) login
      = form ? soup_message_new_from_encoded_form (SOUP_METHOD_POST, argv[1], g_steal_pointer (&form)) : NULL;
  g_autoptr (SoupMessage) probe = soup_message_new (SOUP_METHOD_GET, argv[3]);
  if (!login || !probe) {
    g_printerr ("two URIs are needed, and NAME:PASSWORD between them\n");
    return 2;
  }
  g_autoptr (SoupSession) session = new_session (&error);
  if (!session) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Client client = { loop, session, argv[3], argv[4], EXIT_FAILURE };
  g_signal_connect (login, "authenticate", G_CALLBACK (on_authenticate), NULL);
  soup_session_send_and_read_async (session, login, G_PRIORITY_DEFAULT, NULL, on_logged_in, &client);
  g_main_loop_run (loop);
  return client.status;
}
