// An HTTP server and clients on libsoup's API, linked into the same program as soup.c.
#include "peer.h"

#include <libsoup/soup.h>

static char body[1024];

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_STATIC, body, sizeof body);
}

void
http_serve (SoupServer *server)
{
  memset (body, 'x', sizeof body);
  soup_server_add_handler (server, NULL, on_request, NULL, NULL);
}

static SoupSession *session;
static char *uri;

static SoupMessage *
new_message (void)
{
  SoupMessage *message = soup_message_new ("GET", uri);
  if (!message)
    g_error ("no URI: %s", uri);
  return message;
}

static void ask (void);

static void
on_body (GObject *object, GAsyncResult *result, gpointer again)
{
  GError *error = NULL;
  GBytes *bytes = soup_session_send_and_read_finish (session, result, &error);
  if (!bytes || g_bytes_get_size (bytes) == 0)
    exit (0); // the load generator has ended
  g_bytes_unref (bytes);
  if (again)
    ask ();
}

static void
ask (void)
{
  SoupMessage *message = new_message ();
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_body, GINT_TO_POINTER (1));
  g_object_unref (message);
}

// A download, which is read and thrown away.
static char sink[256 * 1024];

static void download (void);

static void
on_read (GObject *stream, GAsyncResult *result, gpointer data)
{
  gssize count = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);
  if (count < 0)
    exit (0);
  if (count > 0) {
    g_input_stream_read_async (G_INPUT_STREAM (stream), sink, sizeof sink, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
    return;
  }
  g_object_unref (stream);
  download ();
}

static void
on_head (GObject *object, GAsyncResult *result, gpointer data)
{
  GInputStream *stream = soup_session_send_finish (session, result, NULL);
  if (!stream)
    exit (0);
  g_input_stream_read_async (stream, sink, sizeof sink, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
}

static void
download (void)
{
  SoupMessage *message = new_message ();
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, on_head, NULL);
  g_object_unref (message);
}

void
http_fetch (const struct peer *peer)
{
  session = soup_session_new_with_options ("max-conns", 10, "max-conns-per-host", 10, NULL);
  uri = g_strdup_printf ("http://127.0.0.1:%d/", peer->port);
  if (peer->download) {
    download ();
    return;
  }
  for (int i = 0; i < (peer->queue ? peer->queue : 10); i++) {
    SoupMessage *message = new_message ();
    soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_body,
                                      GINT_TO_POINTER (peer->queue == 0));
    g_object_unref (message);
  }
}
