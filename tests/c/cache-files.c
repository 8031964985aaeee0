/* A cache's files: what another process finds, what is damaged or somebody else's, and what happens where nothing can
 * be written. */

#include "common-store.h"
#include "common-tls.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#define expect_warning(text) g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, text)

/* The folder in which the files are. */
static char *
place_of (const char *folder)
{
  return g_build_filename (folder, "bisque-cache", NULL);
}

/* The files of responses, by size. */
static GPtrArray *
files_of (const char *folder)
{
  g_autofree char *place = place_of (folder);
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (strlen (name) == 40)
      g_ptr_array_add (files, g_build_filename (place, name, NULL));
  return files;
}

/* ---- Writing, until somebody ends it ---- */

static void
fill (const char *folder)
{
  g_autoptr (Store) store = store_in (folder, SOUP_CACHE_SINGLE_USER);

  g_print ("%s\n", store->url);
  for (guint i = 0; i < 1000; i++) {
    g_autofree char *path = g_strdup_printf ("/age/%u", i);

    store_get (store, path);
    g_assert_cmpint (write (1, ".", 1), ==, 1);
  }
}

static void
killed (void)
{
  for (guint round = 0; round < (under_valgrind () ? 2 : 100); round++) {
    g_autofree char *url = NULL;
    char *folder = folder_new ();
    guint said = kill_writer ("--fill", folder, 1 + round % 5, &url);
    g_autoptr (Store) store = store_in (folder, SOUP_CACHE_SINGLE_USER);

    g_assert_cmpuint (said, >, round % 5);
    soup_cache_load (store->cache);
    g_free (store->url);
    store->url = g_steal_pointer (&url);
    for (guint i = 0; i < said; i++) {
      g_autofree char *path = g_strdup_printf ("/age/%u", i);
      g_autoptr (Reply) reply = store_ask (store, "GET", path, "Cache-Control", "only-if-cached");

      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_cmpstr (reply->body, ==, path);
    }
    g_clear_pointer (&store, store_free);
    folder_free (folder);
  }
}

/* ---- Files that are not what they were ---- */

static void
change (const char *file, gsize place)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (file, &content, &length, NULL));
  content[place < length ? place : length - 1] ^= 1;
  g_assert_true (g_file_set_contents (file, content, length, NULL));
}

static void
damaged (void)
{
  for (guint reopened = 0; reopened < 2; reopened++) {
    for (gsize place = 0; place < 400; place += under_valgrind () ? 97 : 7) {
      g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
      g_autoptr (GPtrArray) files = NULL;

      store_get (store, "/age");
      files = files_of (store->folder);
      g_assert_cmpuint (files->len, ==, 1);
      change (files->pdata[0], place);
      if (reopened)
        store_reopen (store);
      g_assert_cmpuint (store_get (store, "/age"), ==, 1);
      g_assert_cmpuint (store_get (store, "/age"), ==, 0);
    }
  }
}

/* Another response's file in the place of one is nobody's response. */
static void
exchanged (void)
{
  for (guint reopened = 0; reopened < 2; reopened++) {
    g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
    g_autoptr (GPtrArray) files = NULL;
    g_autofree char *between = NULL;

    store_get (store, "/age1");
    store_get (store, "/age2");
    files = files_of (store->folder);
    g_assert_cmpuint (files->len, ==, 2);
    between = g_build_filename (store->folder, "between", NULL);
    g_assert_cmpint (g_rename (files->pdata[0], between), ==, 0);
    g_assert_cmpint (g_rename (files->pdata[1], files->pdata[0]), ==, 0);
    g_assert_cmpint (g_rename (between, files->pdata[1]), ==, 0);
    if (reopened)
      store_reopen (store);
    g_assert_cmpuint (store_get (store, "/age1"), ==, 1);
    g_assert_cmpuint (store_get (store, "/age2"), ==, 1);
  }
}

static void
foreign (void)
{
  char *folder = folder_new ();
  g_autofree char *place = place_of (folder), *aside = g_strconcat (place, ".aside", NULL);
  g_autofree char *strange = g_build_filename (place, "letter.txt", NULL);
  g_autofree char *moved = g_build_filename (aside, "letter.txt", NULL);
  g_autofree char *beside = g_build_filename (folder, "soup.cache2", NULL);
  g_autoptr (Store) store = NULL;

  g_assert_cmpint (g_mkdir (place, 0700), ==, 0);
  g_assert_true (g_file_set_contents (strange, "dear", -1, NULL));
  g_assert_true (g_file_set_contents (beside, "libsoup's", -1, NULL));
  store = store_in (folder, SOUP_CACHE_SINGLE_USER);
  expect_warning ("* is no cache of this library's, or is damaged: it is now *.aside");
  soup_cache_load (store->cache);
  soup_cache_flush (store->cache);
  g_test_assert_expected_messages ();
  g_assert_true (g_file_test (moved, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (beside, G_FILE_TEST_EXISTS));
  store_get (store, "/age");
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  store_reopen (store);
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  soup_cache_clear (store->cache);
  soup_cache_flush (store->cache);
  g_assert_true (g_file_test (moved, G_FILE_TEST_EXISTS));
  g_clear_pointer (&store, store_free);
  folder_free (folder);
}

static void
only_the_owners (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autofree char *place = place_of (store->folder);
  g_autoptr (GPtrArray) files = NULL;
  GStatBuf status;

  store_get (store, "/age");
  files = files_of (store->folder);
  g_assert_cmpint (g_stat (files->pdata[0], &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (place, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
}

static void
removed (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autoptr (GPtrArray) before = NULL, after = NULL, last = NULL;

  soup_cache_set_max_size (store->cache, 800000);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *path = g_strdup_printf ("/large%u", i);

    store_get (store, path);
  }
  before = files_of (store->folder);
  g_assert_cmpuint (before->len, ==, 13);
  reply_free (store_ask (store, "POST", "/large19", NULL, NULL));
  after = files_of (store->folder);
  g_assert_cmpuint (after->len, ==, 12);
  soup_cache_clear (store->cache);
  soup_cache_flush (store->cache);
  last = files_of (store->folder);
  g_assert_cmpuint (last->len, ==, 0);
}

/* ---- Where nothing can be written ---- */

static void
goes_on (Store *store)
{
  store_get (store, "/age");
  g_test_assert_expected_messages ();
  store_get (store, "/large");
  store_get (store, "/etag");
  g_assert_cmpuint (store_get (store, "/age"), ==, 0);
  g_assert_cmpuint (store_get (store, "/large"), ==, 0);
  g_assert_cmpuint (store_get (store, "/etag"), ==, 1);
  g_assert_cmpuint (store->confirmed, ==, 1);
}

static void
no_place (void)
{
  g_autoptr (Store) store = store_in ("/proc/nowhere", SOUP_CACHE_SINGLE_USER);

  expect_warning ("cannot open /proc/nowhere: *: responses are kept in memory only");
  goes_on (store);
}

static void
full_disk (void)
{
  struct rlimit limit, before;
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);

  store_get (store, "/vary");
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 10;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  expect_warning ("cannot write into *: *: responses are kept in memory only");
  goes_on (store);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  /* What was there before is there, what could not be written is not. */
  store_reopen (store);
  g_assert_cmpuint (store_get (store, "/vary"), ==, 0);
  g_assert_cmpuint (store_get (store, "/age"), ==, 1);
}

/* ---- Bodies that do not come whole ---- */

static void
cut_off (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  guint16 port;
  int listener = peer_listen (&port);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/", port);

  for (guint i = 0; i < 2; i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
    g_autofree char *head = NULL;
    g_autoptr (Peer) peer = NULL;
    Fetched fetched = { 0 };

    soup_session_send_and_read_async (store->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
    peer = peer_accept (listener);
    head = peer_head (peer);
    peer_write_text (peer, i == 0 ? "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 5\r\n\r\nhell"
                                  : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    peer_close (peer);
    wait_until (fetched.done);
    if (i == 0)
      g_assert_nonnull (fetched.error);
    else
      g_assert_no_error (fetched.error);
    fetched_clear (&fetched);
    soup_cache_flush (store->cache);
  }
  close (listener);
}

static void
abandoned (void)
{
  g_autoptr (Store) store = store_new (SOUP_CACHE_SINGLE_USER);
  g_autofree char *uri = g_strconcat (store->url, "/large", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  Fetched fetched = { 0 };
  char buffer[1000];

  soup_session_send_async (store->session, message, G_PRIORITY_DEFAULT, NULL, fetched_stream, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_cmpint (g_input_stream_read (fetched.stream, buffer, sizeof buffer, NULL, NULL), >, 0);
  g_assert_true (g_input_stream_close (fetched.stream, NULL, NULL));
  fetched_clear (&fetched);
  soup_cache_flush (store->cache);
  g_assert_cmpuint (store_get (store, "/large"), ==, 1);
  g_assert_cmpuint (store_get (store, "/large"), ==, 0);
}

/* ---- Certificates ---- */

static void
answer_fresh (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer requests)
{
  (void) server;
  (void) path;
  (void) query;
  ++*(guint *) requests;
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Cache-Control", "max-age=1000");
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "fresh", 5);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static gboolean
accept_any (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  (void) message;
  (void) certificate;
  (void) errors;
  (void) data;
  return TRUE;
}

static void
fetch_over_tls (SoupSession *session, SoupCache *cache, guint16 port)
{
  g_autofree char *uri = g_strdup_printf ("https://127.0.0.1:%u/fresh", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  Fetched fetched = { 0 };

  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_any), NULL);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_cmpmem (g_bytes_get_data (fetched.bytes, NULL), g_bytes_get_size (fetched.bytes), "fresh", 5);
  fetched_clear (&fetched);
  soup_cache_flush (cache);
}

/* Who has accepted a bad certificate once has not accepted what came with it for ever. */
static void
bad_certificate (void)
{
  static const char *const authorities[] = { "stranger", "authority" };

  for (guint i = 0; i < G_N_ELEMENTS (authorities); i++) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (GTlsDatabase) database = tls_database (authorities[i]);
    char *folder = folder_new ();
    g_autoptr (SoupCache) cache = soup_cache_new (folder, SOUP_CACHE_SINGLE_USER);
    guint requests = 0;

    soup_server_add_handler (site->server, "/fresh", answer_fresh, &requests, NULL);
    soup_session_set_tls_database (site->session, database);
    soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (cache));
    fetch_over_tls (site->session, cache, site->port);
    fetch_over_tls (site->session, cache, site->port);
    g_assert_cmpuint (requests, ==, i == 0 ? 2 : 1);
    soup_session_remove_feature (site->session, SOUP_SESSION_FEATURE (cache));
    g_clear_object (&cache);
    folder_free (folder);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestFunc test;
  } tests[] = {
    { "killed", killed },
    { "damaged", damaged },
    { "exchanged", exchanged },
    { "foreign", foreign },
    { "removed", removed },
    { "only-the-owners", only_the_owners },
    { "no-place", no_place },
    { "full-disk", full_disk },
    { "cut-off", cut_off },
    { "abandoned", abandoned },
    { "bad-certificate", bad_certificate },
  };

  if (argc == 3 && g_str_has_prefix (argv[1], "--")) {
    fill (argv[2]);
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  /* libsoup has an index that is written at the end, and files without checks. */
  for (guint i = 0; !ON_LIBSOUP && i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/cache-files/", tests[i].name, NULL);

    g_test_add_func (path, tests[i].test);
  }
  return g_test_run ();
}
