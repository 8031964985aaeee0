/* A server and a session in one process. */

#include "common.h"

guint16
server_listen (SoupServer *server)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;
  int port;

  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return port;
}

Site *
site_new (void)
{
  Site *site = g_new0 (Site, 1);

  site->server = soup_server_new ("server-header", "tests ", NULL);
  site->port = server_listen (site->server);
  site->url = g_strdup_printf ("ws://127.0.0.1:%d", site->port);
  site->session = soup_session_new ();
  site->opened = g_ptr_array_new_with_free_func ((GDestroyNotify) end_free);
  return site;
}

void
site_free (Site *site)
{
  soup_session_abort (site->session);
  g_clear_object (&site->session);
  g_ptr_array_unref (site->opened);
  soup_server_disconnect (site->server);
  g_clear_object (&site->server);
  g_free (site->path);
  g_free (site->url);
  g_free (site);
}

static void
opened (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
        gpointer data)
{
  Site *site = data;

  g_assert_true (server == site->server);
  g_assert_cmpint (soup_websocket_connection_get_state (connection), ==, SOUP_WEBSOCKET_STATE_OPEN);
  g_assert_cmpint (soup_websocket_connection_get_connection_type (connection), ==, SOUP_WEBSOCKET_CONNECTION_SERVER);
  g_free (site->path);
  site->path = g_strdup (path);
  site->request = message;
  g_ptr_array_add (site->opened, end_new (g_object_ref (connection)));
}

void
site_accept (Site *site, const char *path, const char *origin, char **protocols)
{
  soup_server_add_websocket_handler (site->server, path, origin, protocols, opened, site, NULL);
}

typedef struct {
  SoupWebsocketConnection *connection;
  GError *error;
  gboolean done;
} Attempt;

static void
attempted (GObject *session, GAsyncResult *result, gpointer data)
{
  Attempt *attempt = data;

  attempt->connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &attempt->error);
  attempt->done = TRUE;
}

End *
site_connect_message (SoupSession *session, SoupMessage *message, const char *origin, char **protocols,
                      GCancellable *cancellable, GError **error)
{
  Attempt attempt = { NULL, NULL, FALSE };

  soup_session_websocket_connect_async (session, message, origin, protocols, G_PRIORITY_DEFAULT, cancellable, attempted,
                                        &attempt);
  g_assert_false (attempt.done);
  wait_until (attempt.done);
  g_assert_true (!attempt.connection == !!attempt.error);
  if (attempt.error) {
    g_propagate_error (error, attempt.error);
    return NULL;
  }
  return end_new (attempt.connection);
}

End *
site_connect (Site *site, const char *path, const char *origin, char **protocols, GError **error)
{
  g_autofree char *url = g_strconcat (site->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  return site_connect_message (site->session, message, origin, protocols, NULL, error);
}

End *
site_end (Site *site, guint number)
{
  wait_until (site->opened->len > number);
  return site->opened->pdata[number];
}
