/* A small fetcher that keeps cookies, responses and the policies of HSTS hosts between its runs.
 *
 *   cc fetcher.c -o fetcher $(pkg-config --cflags --libs bisque-3.0)
 *   ./fetcher [--authority FILE] FOLDER URI...
 *
 * It writes the bodies to its output, one after the other, and a line about each to its error output: the status, the
 * URI that it came from in the end, and whether the server was asked. The authority is a certificate in a PEM file that
 * servers' certificates are signed with, where the system does not know it.
 */
#include <stdio.h>

#include <libsoup/soup.h>

typedef struct {
  GMainLoop *loop;
  SoupSession *session;
  SoupMessage *message;
  char **uris; /* those that are to come */
  gboolean was_asked;
  gboolean has_failed;
} Fetcher;

static void fetch_next (Fetcher *fetcher);

static void
on_request (SoupMessage *message, gpointer user_data)
{
  Fetcher *fetcher = user_data;

  (void) message;
  fetcher->was_asked = TRUE;
}

static void
on_body (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Fetcher *fetcher = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &error);
  g_autofree char *uri = g_uri_to_string (soup_message_get_uri (fetcher->message));

  if (body) {
    fwrite (g_bytes_get_data (body, NULL), 1, g_bytes_get_size (body), stdout);
    g_printerr ("%u %s %s\n", soup_message_get_status (fetcher->message), uri,
                fetcher->was_asked ? "asked" : "from the cache");
  } else {
    g_printerr ("%s: %s\n", uri, error->message);
  }
  fetcher->has_failed |= !body || soup_message_get_status (fetcher->message) >= 400;
  g_clear_object (&fetcher->message);
  fetch_next (fetcher);
}

static void
fetch_next (Fetcher *fetcher)
{
  const char *uri = *fetcher->uris;

  if (!uri) {
    g_main_loop_quit (fetcher->loop);
    return;
  }
  fetcher->uris++;
  fetcher->was_asked = FALSE;
  fetcher->message = soup_message_new (SOUP_METHOD_GET, uri);
  if (!fetcher->message) {
    g_printerr ("%s is not a URI\n", uri);
    fetcher->has_failed = TRUE;
    fetch_next (fetcher);
    return;
  }
  g_signal_connect (fetcher->message, "wrote-headers", G_CALLBACK (on_request), fetcher);
  soup_session_send_and_read_async (fetcher->session, fetcher->message, G_PRIORITY_DEFAULT, NULL, on_body, fetcher);
}

static gboolean
trust (SoupSession *session, const char *authority)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_canonicalize_filename (authority, NULL);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, &error);

  if (!database) {
    g_printerr ("%s: %s\n", authority, error->message);
    return FALSE;
  }
  soup_session_set_tls_database (session, database);
  return TRUE;
}

static void
add (SoupSession *session, gpointer feature)
{
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (feature));
}

int
main (int argc, char **argv)
{
  g_autofree char *authority = NULL;
  GOptionEntry options[] = {
    { "authority", 0, 0, G_OPTION_ARG_FILENAME, &authority, "who signs servers' certificates", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("FOLDER URI...");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 3) {
    g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

    g_printerr ("%s%s%s", error ? error->message : "", error ? "\n" : "", help);
    return 2;
  }
  if (g_mkdir_with_parents (argv[1], 0700) != 0) {
    g_printerr ("cannot make %s\n", argv[1]);
    return 1;
  }

  g_autofree char *cookies = g_build_filename (argv[1], "cookies.sqlite", NULL);
  g_autofree char *policies = g_build_filename (argv[1], "hsts.sqlite", NULL);
  g_autofree char *responses = g_build_filename (argv[1], "responses", NULL);
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_db_new (cookies, FALSE);
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_db_new (policies);
  g_autoptr (SoupCache) cache = soup_cache_new (responses, SOUP_CACHE_SINGLE_USER);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupSession) session = soup_session_new ();
  Fetcher fetcher = { .loop = loop, .session = session, .uris = argv + 2 };

  if (authority && !trust (session, authority))
    return 1;
  add (session, jar);
  add (session, enforcer);
  add (session, cache);
  soup_cache_load (cache);
  fetch_next (&fetcher);
  if (fetcher.message)
    g_main_loop_run (loop);
  soup_cache_flush (cache);
  soup_cache_dump (cache);
  return fetcher.has_failed ? 1 : 0;
}
