/* SoupCache: what is stored, what is answered with it, and what makes it invalid. */

#include "common-store.h"

static void
properties (void)
{
  g_autoptr (SoupCache) cache = soup_cache_new ("/tmp/place", SOUP_CACHE_SHARED);
  g_autoptr (SoupCache) users = soup_cache_new (NULL, SOUP_CACHE_SINGLE_USER);
  g_autofree char *place = NULL, *users_place = NULL;
  g_autofree char *wanted = g_build_filename (g_get_user_cache_dir (), "httpcache", NULL);
  SoupCacheType type;

  g_object_get (cache, "cache-dir", &place, "cache-type", &type, NULL);
  g_assert_cmpstr (place, ==, "/tmp/place");
  g_assert_cmpint (type, ==, SOUP_CACHE_SHARED);
  g_object_get (users, "cache-dir", &users_place, "cache-type", &type, NULL);
  g_assert_cmpstr (users_place, ==, wanted);
  g_assert_cmpint (type, ==, SOUP_CACHE_SINGLE_USER);
  g_assert_cmpuint (soup_cache_get_max_size (cache), ==, 50 * 1024 * 1024);
  soup_cache_set_max_size (cache, 1000000);
  g_assert_cmpuint (soup_cache_get_max_size (cache), ==, 1000000);
  g_assert_true (SOUP_IS_SESSION_FEATURE (cache));
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_CACHE_TYPE));
  g_assert_true (G_TYPE_IS_FLAGS (SOUP_TYPE_CACHEABILITY));
}

static void
misuse (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  SoupCache *none = (SoupCache *) session;

  if (differs ("looks at what it is given"))
    return;
  critical (soup_cache_flush (none));
  critical (soup_cache_clear (NULL));
  critical (soup_cache_dump (none));
  critical (soup_cache_load (NULL));
  critical (soup_cache_set_max_size (none, 1));
  critical (g_assert_cmpuint (soup_cache_get_max_size (NULL), ==, 0));
  critical (g_assert_null (soup_cache_new (NULL, 7)));
}

static void
fresh (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autoptr (Reply) reply = NULL;

  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
  reply = store_ask (store, "GET", "/age", NULL, NULL);
  g_assert_cmpuint (store->requests, ==, 1);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (soup_message_get_reason_phrase (reply->message), ==, "OK");
  g_assert_cmpstr (reply->body, ==, "/age");
  g_assert_cmpstr (reply->log, ==, "starting got-headers finished done");
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (reply->message), "X-Count"), ==,
                   "1");
  g_assert_cmpstr (soup_message_headers_get_content_type (soup_message_get_response_headers (reply->message), NULL), ==,
                   "text/plain");
  /* Another URI is another response. */
  g_assert_cmpuint (store_get (store, "/age2"), ==, 1);
  g_assert_cmpuint (store_get (store, "/large"), ==, 1);
  g_assert_cmpuint (store_get (store, "/large"), ==, 0);
}

static void
confirmed (const char *path)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autoptr (Reply) reply = NULL;
  SoupMessageHeaders *headers;

  g_assert_cmpuint (store_get (store, path), ==, 1);
  reply = store_ask (store, "GET", path, NULL, NULL);
  g_assert_cmpuint (store->conditions, ==, 1);
  g_assert_cmpuint (store->confirmed, ==, 1);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (reply->body, ==, path);
  headers = soup_message_get_request_headers (reply->message);
  g_assert_null (soup_message_headers_get_one (headers, "If-None-Match"));
  g_assert_null (soup_message_headers_get_one (headers, "If-Modified-Since"));
  /* The headers of the 304 count, but for those of the body. */
  headers = soup_message_get_response_headers (reply->message);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "X-Count"), ==, "2");
  g_assert_cmpstr (soup_message_headers_get_content_type (headers, NULL), ==, "text/plain");
  g_assert_cmpuint (store_get (store, path), ==, 1);
  g_assert_cmpuint (store->confirmed, ==, 2);
}

static void
confirmed_by_tag (void)
{
  confirmed ("/etag");
}

static void
confirmed_by_date (void)
{
  if (!differs ("believes a server that says max-age=0, whatever Last-Modified says"))
    confirmed ("/modified");
}

static void
not_stored (void)
{
  static const char *const paths[] = { "/no-store", "/none" };
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_assert_cmpuint (store_get (store, paths[i]), ==, 1);
    g_assert_cmpuint (store_get (store, paths[i]), ==, 1);
  }
  reply_free (store_ask (store, "POST", "/age", NULL, NULL));
  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
  g_assert_cmpuint (store->conditions, ==, 0);
}

static void
shared (void)
{
  g_autoptr (Store) own = store_new (SOUP_CACHE_SINGLE_USER), all = store_new (SOUP_CACHE_SHARED);

  store_get (own, "/private");
  g_assert_cmpuint (store_get (own, "/private"), ==, 0);
  store_get (all, "/private");
  g_assert_cmpuint (store_get (all, "/private"), ==, 1);
  store_get (all, "/age");
  g_assert_cmpuint (store_get (all, "/age"), ==, 0);
}

static void
spliced (GObject *body, GAsyncResult *result, gpointer is_over)
{
  g_assert_cmpint (g_output_stream_splice_finish (G_OUTPUT_STREAM (body), result, NULL), >, 0);
  *(gboolean *) is_over = TRUE;
}

/* The stream of a response is a filter; at the end of the chain lies a file if it is stored, and the network otherwise.
 */
static gboolean
comes_from_file (Store *store, const char *path, guint64 *size, gboolean *has_peer)
{
  g_autofree char *uri = g_strconcat (store->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  SoupMessageMetrics *metrics;
  GInputStream *stream;
  g_autoptr (GOutputStream) body = g_memory_output_stream_new_resizable ();
  Fetched fetched = { 0 };
  gboolean is_file, is_over = FALSE;

  soup_message_add_flags (message, SOUP_MESSAGE_COLLECT_METRICS);
  metrics = soup_message_get_metrics (message);
  soup_session_send_async (store->session, message, G_PRIORITY_DEFAULT, NULL, fetched_stream, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_true (G_IS_FILTER_INPUT_STREAM (fetched.stream));
  for (stream = fetched.stream; G_IS_FILTER_INPUT_STREAM (stream); stream = G_FILTER_INPUT_STREAM (stream)->base_stream)
    g_assert_nonnull (stream);
  is_file = G_IS_FILE_INPUT_STREAM (stream);
  *has_peer = soup_message_get_remote_address (message) != NULL;
  g_output_stream_splice_async (body, fetched.stream, G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE, G_PRIORITY_DEFAULT, NULL,
                                spliced, &is_over);
  wait_until (is_over);
  fetched_clear (&fetched);
  soup_cache_flush (store->cache);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  *size = soup_message_metrics_get_response_body_size (metrics);
  if (is_file) {
    g_assert_cmpuint (soup_message_metrics_get_request_header_bytes_sent (metrics), ==, 0);
    g_assert_cmpuint (soup_message_metrics_get_response_header_bytes_received (metrics), ==, 0);
    g_assert_cmpuint (soup_message_metrics_get_response_body_bytes_received (metrics), ==, 0);
    g_assert_cmpuint (soup_message_metrics_get_connect_start (metrics), ==, 0);
    g_assert_cmpuint (soup_message_metrics_get_request_start (metrics), >=,
                      soup_message_metrics_get_fetch_start (metrics));
    g_assert_cmpuint (soup_message_metrics_get_response_start (metrics), >=,
                      soup_message_metrics_get_request_start (metrics));
    g_assert_cmpuint (soup_message_metrics_get_response_end (metrics), >=,
                      soup_message_metrics_get_response_start (metrics));
  }
  return is_file;
}

static void
streams (void)
{
  static const char *const paths[] = { "/age", "/etag" };
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  gboolean has_peer;
  guint64 size;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (paths); i++) {
    gboolean is_file = comes_from_file (store, paths[i / 2], &size, &has_peer);

    g_assert_cmpint (is_file, ==, i % 2);
    g_assert_cmpint (has_peer, ==, !is_file);
    g_assert_cmpuint (size, ==, strlen (paths[i / 2]));
  }
}

static void
note_conditions (SoupMessage *message, guint *number)
{
  *number += soup_message_headers_get_one (soup_message_get_request_headers (message), "If-None-Match") != NULL;
}

static void
watch (SoupSession *session, SoupMessage *message, gpointer number)
{
  g_signal_connect (message, "starting", G_CALLBACK (note_conditions), number);
}

/* Handlers of "starting" see what the server is asked. */
static void
conditions_are_seen (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  guint number = 0;

  store_get (store, "/etag");
  g_signal_connect (store->session, "request-queued", G_CALLBACK (watch), &number);
  store_get (store, "/etag");
  g_assert_cmpuint (store->confirmed, ==, 1);
  g_assert_cmpuint (number, ==, 1);
}

/* Without an answer, the program's headers are its own again. */
static void
conditions_are_taken_back (void)
{
  g_autoptr (Store) store = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autofree char *uri = NULL;
  Fetched fetched = { 0 };

  if (differs ("asks whether a response holds with the message itself"))
    return;
  store = store_new (SOUP_CACHE_SINGLE_USER);
  store_get (store, "/etag");
  soup_server_disconnect (store->server);
  soup_session_abort (store->session);
  uri = g_strconcat (store->url, "/etag", NULL);
  message = soup_message_new ("GET", uri);
  soup_session_send_and_read_async (store->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_nonnull (fetched.error);
  g_clear_error (&fetched.error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (soup_message_headers_get_one (soup_message_get_request_headers (message), "If-None-Match"));
}

/* Another language is another response. */
static void
cve_2025_9901_vary (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  if (differs ("looks at Vary"))
    return;
  reply_free (store_ask (store, "GET", "/vary", "Accept-Language", "de"));
  reply_free (store_ask (store, "GET", "/vary", "Accept-Language", "fr"));
  g_assert_cmpuint (store->requests, ==, 2);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (Reply) german = store_ask (store, "GET", "/vary", "Accept-Language", "de");
    g_autoptr (Reply) french = store_ask (store, "GET", "/vary", "Accept-Language", "fr");

    g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (german->message), "X-Count"), ==,
                     "1");
    g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (french->message), "X-Count"), ==,
                     "2");
    store_reopen (store);
  }
  g_assert_cmpuint (store->requests, ==, 2);
  g_assert_cmpuint (store_get (store, "/vary"), ==, 1);
}

/* What is answered without a server's body keeps no connection busy: a hundred confirmations need one. */
static void
cve_2026_15713_connection (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  guint64 first = 0;

  if (differs ("asks whether a response holds with the message itself, which tells the connection"))
    return;
  store_get (store, "/etag");
  for (guint i = 0; i < (under_valgrind () ? 5 : 100); i++) {
    g_autoptr (Reply) reply = store_ask (store, "GET", "/etag", NULL, NULL);
    guint64 connection = soup_message_get_connection_id (reply->message);

    g_assert_cmpuint (connection, !=, 0);
    first = first ? first : connection;
    g_assert_cmpuint (connection, ==, first);
  }
  g_assert_cmpuint (store->confirmed, ==, store->requests - 1);
}

static void
coded (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  store_get (store, "/gzip");
  g_assert_cmpuint (store_get (store, "/gzip"), ==, 0);
}

static void
invalidated (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  store_get (store, "/age");
  store_get (store, "/age2");
  reply_free (store_ask (store, "POST", "/age", NULL, NULL));
  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
  g_assert_cmpuint (store_get (store, "/age2"), ==, 0);
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  soup_cache_clear (store->cache);
  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
}

static void
by_request (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autoptr (Reply) part = NULL, only = NULL, other = NULL, own = NULL;

  store_get (store, "/age");
  reply_free (store_ask (store, "GET", "/age", "Cache-Control", "no-cache"));
  g_assert_cmpuint (store->requests, ==, 2);
  reply_free (store_ask (store, "HEAD", "/age", NULL, NULL));
  g_assert_cmpuint (store->requests, ==, 3);
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  if (differs ("leaves ranges and a program's own conditions to the server, and obeys only-if-cached and no-store"))
    return;
  store_get (store, "/etag");
  own = store_ask (store, "GET", "/etag", "If-None-Match", "\"tag\"");
  g_assert_cmpuint (own->status, ==, 304);
  g_assert_cmpuint (store->conditions, ==, 1);
  part = store_ask (store, "GET", "/age", "Range", "bytes=0-1");
  g_assert_cmpuint (part->status, ==, 206);
  g_assert_cmpstr (part->body, ==, "/a");
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  only = store_ask (store, "GET", "/age", "Cache-Control", "only-if-cached");
  g_assert_cmpuint (only->status, ==, 200);
  other = store_ask (store, "GET", "/age4", "Cache-Control", "only-if-cached");
  g_assert_cmpuint (other->status, ==, 504);
  g_assert_cmpstr (other->body, ==, "");
  g_assert_cmpuint (store->requests, ==, 6);
  reply_free (store_ask (store, "GET", "/age5", "Cache-Control", "no-store"));
  g_assert_cmpuint (store_get (store, "/age5"), ==, 1);
}

static void
kept (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  store_get (store, "/age");
  store_get (store, "/etag");
  store_get (store, "/large");
  soup_cache_dump (store->cache);
  store_reopen (store);
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  g_assert_cmpuint (store_get (store, "/large"), ==, 0);
  g_assert_cmpuint (store_get (store, "/etag"), ==, 1);
  g_assert_cmpuint (store->confirmed, ==, 1);
  soup_cache_clear (store->cache);
  soup_cache_dump (store->cache);
  store_reopen (store);
  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
}

static void
full (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  guint asked = 0;

  /* More than a tenth is not stored. */
  soup_cache_set_max_size (store->cache, 500000);
  store_get (store, "/large");
  g_assert_cmpuint (store_get (store, "/large"), ==, 1);
  soup_cache_set_max_size (store->cache, 800000);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *path = g_strdup_printf ("/large%u", i);

    store_get (store, path);
  }
  if (!ON_LIBSOUP) {
    /* What was not used for longest has gone. */
    g_assert_cmpuint (store_get (store, "/large19"), ==, 0);
    g_assert_cmpuint (store_get (store, "/large0"), ==, 1);
  }
  for (guint i = 0; i < 20; i++) {
    g_autofree char *path = g_strdup_printf ("/large%u", i);

    asked += store_get (store, path);
  }
  g_assert_cmpuint (asked, >=, 20 - 800000 / 60000);
  if (ON_LIBSOUP)
    return;
  soup_cache_set_max_size (store->cache, 10000);
  asked = 0;
  for (guint i = 0; i < 20; i++) {
    g_autofree char *path = g_strdup_printf ("/large%u", i);

    asked += store_get (store, path);
  }
  g_assert_cmpuint (asked, ==, 20);
}

/* ---- A class of C's ---- */

typedef SoupCache Picky;
typedef SoupCacheClass PickyClass;
GType picky_get_type (void);
G_DEFINE_TYPE (Picky, picky, SOUP_TYPE_CACHE)
static guint consulted;
static SoupCacheability seen;

static SoupCacheability
picky_get_cacheability (SoupCache *cache, SoupMessage *message)
{
  consulted++;
  seen = SOUP_CACHE_CLASS (picky_parent_class)->get_cacheability (cache, message);
  if (g_str_has_prefix (g_uri_get_path (soup_message_get_uri (message)), "/age2"))
    return SOUP_CACHE_UNCACHEABLE;
  return seen;
}

static void
picky_class_init (PickyClass *klass)
{
  klass->get_cacheability = picky_get_cacheability;
}

static void
picky_init (Picky *cache)
{
  (void) cache;
}

static void
derived (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  soup_session_remove_feature (store->session, SOUP_SESSION_FEATURE (store->cache));
  g_clear_object (&store->cache);
  store->cache = g_object_new (picky_get_type (), "cache-dir", store->folder, NULL);
  soup_session_add_feature (store->session, SOUP_SESSION_FEATURE (store->cache));
  store_get (store, "/age");
  g_assert_cmpuint (seen, ==, SOUP_CACHE_CACHEABLE);
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  store_get (store, "/age2");
  g_assert_cmpuint (seen, ==, SOUP_CACHE_CACHEABLE);
  g_assert_cmpuint (store_get (store, "/age2"), ==, 1);
  store_get (store, "/no-store");
  g_assert_cmpuint (seen, ==, SOUP_CACHE_UNCACHEABLE);
  reply_free (store_ask (store, "POST", "/age", NULL, NULL));
  g_assert_cmpuint (seen, ==, SOUP_CACHE_UNCACHEABLE | SOUP_CACHE_INVALIDATES);
  g_assert_cmpuint (consulted, ==, 5);
}

/* ---- All ways to send ---- */

static void
ways (void)
{
  g_autoptr (Service) service = NULL;
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (SoupCache) cache = NULL;
  char *folder = NULL;

  if (differs ("answers synchronous calls too"))
    return;
  folder = folder_new ();
  service = service_new ();
  session = soup_session_new ();
  cache = soup_cache_new (folder, SOUP_CACHE_SINGLE_USER);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (cache));
  for (guint i = 0; i < 4; i++) {
    g_autoptr (SoupMessage) message = service_message (service, "GET", "/fresh", NULL);
    g_autoptr (GError) error = NULL;
    Fetched fetched = { 0 };
    char buffer[6] = "";

    switch (i) {
    case 0:
    case 1: {
      g_autoptr (GBytes) body = soup_session_send_and_read (session, message, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "fresh", 5);
      break;
    }
    case 2: {
      g_autoptr (GInputStream) stream = soup_session_send (session, message, NULL, &error);

      g_assert_no_error (error);
      g_assert_true (g_input_stream_read_all (stream, buffer, sizeof buffer, NULL, NULL, NULL));
      g_assert_cmpstr (buffer, ==, "fresh");
      break;
    }
    default:
      soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, fetched_stream, &fetched);
      wait_until (fetched.done);
      g_assert_no_error (fetched.error);
      g_assert_true (g_input_stream_read_all (fetched.stream, buffer, sizeof buffer, NULL, NULL, NULL));
      g_assert_cmpstr (buffer, ==, "fresh");
      fetched_clear (&fetched);
    }
    g_assert_cmpint (g_atomic_int_get (&service->requests), ==, 1);
    /* From memory at first, from the file then. */
    if (i == 1)
      soup_cache_flush (cache);
  }
  soup_session_abort (session);
  g_clear_object (&session);
  g_clear_object (&cache);
  folder_free (folder);
}

static void
cookies_once (void)
{
  g_autoptr (Store) store = NULL;
  g_autoptr (SoupCookieJar) jar = NULL;
  GSList *cookies;

  if (differs ("does not set a cookie each time that a stored response is used"))
    return;
  store = store_new (SOUP_CACHE_SINGLE_USER);
  jar = soup_cookie_jar_new ();
  soup_session_add_feature (store->session, SOUP_SESSION_FEATURE (jar));
  store_get (store, "/cookie");
  cookies = soup_cookie_jar_all_cookies (jar);
  g_assert_cmpuint (g_slist_length (cookies), ==, 1);
  soup_cookie_jar_delete_cookie (jar, cookies->data);
  soup_cookies_free (cookies);
  g_assert_cmpuint (store_get (store, "/cookie"), ==, 0);
  g_assert_null (soup_cookie_jar_all_cookies (jar));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache/properties", properties);
  g_test_add_func ("/cache/misuse", misuse);
  g_test_add_func ("/cache/fresh", fresh);
  g_test_add_func ("/cache/confirmed-by-tag", confirmed_by_tag);
  g_test_add_func ("/cache/confirmed-by-date", confirmed_by_date);
  g_test_add_func ("/cache/not-stored", not_stored);
  g_test_add_func ("/cache/shared", shared);
  g_test_add_func ("/cache/streams", streams);
  g_test_add_func ("/cache/conditions-are-seen", conditions_are_seen);
  g_test_add_func ("/cache/conditions-are-taken-back", conditions_are_taken_back);
  g_test_add_func ("/cache/cve-2025-9901-vary", cve_2025_9901_vary);
  g_test_add_func ("/cache/cve-2026-15713-connection", cve_2026_15713_connection);
  g_test_add_func ("/cache/coded", coded);
  g_test_add_func ("/cache/invalidated", invalidated);
  g_test_add_func ("/cache/by-request", by_request);
  g_test_add_func ("/cache/kept", kept);
  g_test_add_func ("/cache/full", full);
  g_test_add_func ("/cache/derived", derived);
  g_test_add_func ("/cache/ways", ways);
  g_test_add_func ("/cache/cookies-once", cookies_once);
  return g_test_run ();
}
