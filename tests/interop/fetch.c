/* A client for the runners: fetches each URI with one session, and says "STATUS CONNECTION BODY", or "error DOMAIN
 * CODE"; a WebSocket's body is what comes back for "hello". usage: fetch [OPTION...] URI... */

#include <libsoup/soup.h>

#include <string.h>

static char *proxy, *user, *proxy_user, *authority;
static gboolean negotiate, ntlm;
static int cancel_after;
static const GOptionEntry OPTIONS[] = {
  { "proxy", 0, 0, G_OPTION_ARG_STRING, &proxy, "the proxy", "URI" },
  { "user", 0, 0, G_OPTION_ARG_STRING, &user, "for servers", "NAME:PASSWORD" },
  { "proxy-user", 0, 0, G_OPTION_ARG_STRING, &proxy_user, "for proxies", "NAME:PASSWORD" },
  { "authority", 0, 0, G_OPTION_ARG_FILENAME, &authority, "whom to trust", "FILE" },
  { "negotiate", 0, 0, G_OPTION_ARG_NONE, &negotiate, "with Negotiate", NULL },
  { "ntlm", 0, 0, G_OPTION_ARG_NONE, &ntlm, "with NTLM", NULL },
  { "cancel-after", 0, 0, G_OPTION_ARG_INT, &cancel_after, "cancel each request after so many milliseconds", "MS" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

typedef struct {
  GMainLoop *loop;
  SoupMessage *message;
} Fetch;

static gboolean
on_authenticate (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  const char *both = soup_auth_is_for_proxy (auth) ? proxy_user : user;
  g_auto (GStrv) parts = both ? g_strsplit (both, ":", 2) : NULL;

  (void) message;
  (void) data;
  if (!parts || retrying)
    return FALSE;
  soup_auth_authenticate (auth, parts[0], parts[1]);
  return TRUE;
}

static void
fail (Fetch *fetch, GError *error)
{
  g_print ("error %s %d\n", g_quark_to_string (error->domain), error->code);
  g_printerr ("%s\n", error->message);
  g_main_loop_quit (fetch->loop);
}

static void
say (Fetch *fetch, GBytes *body)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), MIN (g_bytes_get_size (body), 60));
  g_autofree char *escaped = g_strescape (text, NULL);

  g_print ("%u %" G_GUINT64_FORMAT " %s\n", soup_message_get_status (fetch->message),
           soup_message_get_connection_id (fetch->message), escaped);
}

static void
fetched (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetch *fetch = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &error);

  if (error) {
    fail (fetch, error);
    return;
  }
  say (fetch, body);
  g_main_loop_quit (fetch->loop);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Fetch *fetch)
{
  (void) type;
  say (fetch, message);
  soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

static void
on_closed (SoupWebsocketConnection *connection, Fetch *fetch)
{
  g_object_unref (connection);
  g_main_loop_quit (fetch->loop);
}

static void
connected (GObject *session, GAsyncResult *result, gpointer data)
{
  Fetch *fetch = data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  if (error) {
    fail (fetch, error);
    return;
  }
  g_signal_connect (connection, "message", G_CALLBACK (on_message), fetch);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), fetch);
  soup_websocket_connection_send_text (connection, "hello");
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URI...");
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", 20, NULL);
  g_autoptr (GProxyResolver) resolver = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, OPTIONS, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (proxy)
    resolver = g_simple_proxy_resolver_new (proxy, NULL);
  soup_session_set_proxy_resolver (session, resolver);
  soup_session_add_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
  if (negotiate)
    soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_NEGOTIATE);
  if (ntlm)
    soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_NTLM);
  if (authority) {
    database = g_tls_file_database_new (authority, &error);
    g_assert_no_error (error);
    soup_session_set_tls_database (session, database);
  }
  for (int i = 1; i < argc; i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("GET", argv[i]);
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    Fetch fetch = { loop, message };
    guint timer = cancel_after ? g_timeout_add (cancel_after, cancel, cancellable) : 0;

    g_signal_connect (message, "authenticate", G_CALLBACK (on_authenticate), NULL);
    if (g_str_has_prefix (argv[i], "ws"))
      soup_session_websocket_connect_async (session, message, NULL, NULL, 0, cancellable, connected, &fetch);
    else
      soup_session_send_and_read_async (session, message, 0, cancellable, fetched, &fetch);
    g_main_loop_run (loop);
    if (timer && !g_cancellable_is_cancelled (cancellable))
      g_source_remove (timer);
  }
  return 0;
}
