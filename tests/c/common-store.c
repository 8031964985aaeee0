#include "common-store.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>

/* ---- The server ---- */

#define LARGE 60000

/* Who looks for a free port on this machine may find ours: its requests are not counted. */
#define GUEST "store-test"

static void
describe (Store *store, SoupMessageHeaders *headers, const char *path)
{
  static const struct {
    const char *prefix, *name, *value;
  } table[] = {
    { "/age", "Cache-Control", "max-age=1000" },
    { "/private", "Cache-Control", "private, max-age=1000" },
    { "/no-store", "Cache-Control", "no-store, max-age=1000" },
    { "/etag", "Cache-Control", "max-age=0" },
    { "/etag", "ETag", "\"tag\"" },
    { "/modified", "Cache-Control", "max-age=0" },
    { "/modified", "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT" },
    { "/vary", "Cache-Control", "max-age=1000" },
    { "/vary", "Vary", "Accept-Language" },
    { "/gzip", "Cache-Control", "max-age=1000" },
    { "/gzip", "Vary", "Accept-Encoding" },
    { "/gzip", "Content-Encoding", "gzip" },
    { "/large", "Cache-Control", "max-age=1000" },
    { "/cookie", "Cache-Control", "max-age=1000" },
    { "/cookie", "Set-Cookie", "a=b" },
  };
  g_autofree char *count = g_strdup_printf ("%u", store->requests);

  soup_message_headers_append (headers, "X-Count", count);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_has_prefix (path, table[i].prefix))
      soup_message_headers_append (headers, table[i].name, table[i].value);
}

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  /* "hello" */
  static const guint8 packed[] = { 0x1f, 0x8b, 8,    0, 0,    0,    0,    0,    0, 3, 0xcb, 0x48, 0xcd,
                                   0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0,    0 };
  Store *store = data;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  const char *tag = soup_message_headers_get_one (request, "If-None-Match");
  const char *date = soup_message_headers_get_one (request, "If-Modified-Since");

  if (g_strcmp0 (soup_message_headers_get_one (request, "User-Agent"), GUEST)) {
    soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
    return;
  }
  store->requests++;
  store->conditions += tag || date;
  describe (store, soup_server_message_get_response_headers (message), path);
  if ((!g_strcmp0 (tag, "\"tag\"") && g_str_has_prefix (path, "/etag"))
      || (date && g_str_has_prefix (path, "/modified"))) {
    store->confirmed++;
    soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
    return;
  }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_has_prefix (path, "/gzip"))
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, (const char *) packed, sizeof packed);
  else if (g_str_has_prefix (path, "/large"))
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_strnfill (LARGE, 'x'), LARGE);
  else
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, path, strlen (path));
}

/* ---- The store ---- */

Store *
store_in (const char *folder, SoupCacheType type)
{
  Store *store = g_new0 (Store, 1);

  store->folder = g_strdup (folder);
  store->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (store->server, NULL, answer, store, NULL);
  store->url = g_strdup_printf ("http://127.0.0.1:%d", server_listen (store->server));
  store->session = soup_session_new_with_options ("user-agent", GUEST, NULL);
  store->cache = soup_cache_new (folder, type);
  soup_session_add_feature (store->session, SOUP_SESSION_FEATURE (store->cache));
  return store;
}

Store *
store_new (SoupCacheType type)
{
  char *folder = folder_new ();
  Store *store = store_in (folder, type);

  g_object_set_data_full (G_OBJECT (store->server), "folder", folder, (GDestroyNotify) folder_free);
  return store;
}

void
store_free (Store *store)
{
  soup_session_abort (store->session);
  g_clear_object (&store->cache);
  g_clear_object (&store->session);
  soup_server_disconnect (store->server);
  g_clear_object (&store->server);
  g_free (store->folder);
  g_free (store->url);
  g_free (store);
}

void
store_reopen (Store *store)
{
  SoupCacheType type;

  g_object_get (store->cache, "cache-type", &type, NULL);
  soup_session_remove_feature (store->session, SOUP_SESSION_FEATURE (store->cache));
  g_clear_object (&store->cache);
  store->cache = soup_cache_new (store->folder, type);
  soup_cache_load (store->cache);
  soup_session_add_feature (store->session, SOUP_SESSION_FEATURE (store->cache));
}

Reply *
store_ask (Store *store, const char *method, const char *path, const char *name, const char *value)
{
  g_autofree char *uri = g_strconcat (store->url, path, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  Fetched fetched = { .log = log };
  Reply *reply = g_new0 (Reply, 1);
  gsize size;
  gpointer data;

  reply->message = soup_message_new (method, uri);
  if (name)
    soup_message_headers_replace (soup_message_get_request_headers (reply->message), name, value);
  record_message (reply->message, log);
  soup_session_send_and_read_async (store->session, reply->message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  reply->status = soup_message_get_status (reply->message);
  data = g_bytes_unref_to_data (fetched.bytes, &size);
  reply->body = g_strndup (data ? data : "", size);
  g_free (data);
  soup_cache_flush (store->cache);
  reply->log = g_strdup (log->str);
  return reply;
}

guint
store_get (Store *store, const char *path)
{
  guint before = store->requests;
  g_autoptr (Reply) reply = store_ask (store, "GET", path, NULL, NULL);

  g_assert_cmpuint (reply->status, ==, 200);
  if (g_str_has_prefix (path, "/gzip"))
    g_assert_cmpstr (reply->body, ==, "hello");
  else if (g_str_has_prefix (path, "/large"))
    g_assert_cmpuint (strlen (reply->body), ==, LARGE);
  else
    g_assert_cmpstr (reply->body, ==, path);
  return store->requests - before;
}

void
reply_free (Reply *reply)
{
  g_clear_object (&reply->message);
  g_free (reply->body);
  g_free (reply->log);
  g_free (reply);
}

/* ---- Folders ---- */

char *
folder_new (void)
{
  g_autofree char *folder
      = g_build_filename (g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir (), "bisque-XXXXXX",
                          NULL);

  g_assert_nonnull (g_mkdtemp (folder));
  return g_steal_pointer (&folder);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *below = g_build_filename (path, name, NULL);

    if (g_file_test (below, G_FILE_TEST_IS_DIR) && !g_file_test (below, G_FILE_TEST_IS_SYMLINK))
      remove_all (below);
    else
      g_assert_cmpint (g_remove (below), ==, 0);
  }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

void
folder_free (char *folder)
{
  remove_all (folder);
  g_free (folder);
}

/* ---- Killing ---- */

guint
kill_writer (const char *mode, const char *folder, guint after, char **line)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  const char *const argv[] = { own, mode, folder, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean in_line = line != NULL;
  GPid child;
  int output, status;
  guint said = 0;
  char byte;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, NULL, &output,
                            NULL, &error);
  g_assert_no_error (error);
  while (said < after && read (output, &byte, 1) == 1) {
    if (in_line && byte != '\n')
      g_string_append_c (text, byte);
    else if (in_line)
      in_line = FALSE;
    else
      said++;
  }
  kill (child, SIGKILL);
  while (read (output, &byte, 1) == 1)
    said++;
  waitpid (child, &status, 0);
  close (output);
  if (line)
    *line = g_strdup (text->str);
  return said;
}
