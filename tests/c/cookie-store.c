/* Jars and enforcers in files: what one program writes another reads, with the same library and with the other one. */

#include "common-store.h"

#include <glib/gstdio.h>
#include <sys/wait.h>

static char *own_path;

static GUri *
page (void)
{
  return g_uri_parse ("https://www.example.com/dir/x", SOUP_HTTP_URI_FLAGS, NULL);
}

static SoupCookieJar *
jar_in (const char *folder, gboolean text, gboolean read_only)
{
  g_autofree char *path = g_build_filename (folder, text ? "cookies.txt" : "cookies.db", NULL);

  return text ? soup_cookie_jar_text_new (path, read_only) : soup_cookie_jar_db_new (path, read_only);
}

static SoupHSTSEnforcer *
enforcer_in (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "hsts.db", NULL);

  return soup_hsts_enforcer_db_new (path);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (soup_cookie_get_name ((SoupCookie *) a), soup_cookie_get_name ((SoupCookie *) b));
}

/* ---- What one process writes and another reads ---- */

static void
write_all (const char *folder)
{
  g_autoptr (GUri) uri = page ();
  g_autoptr (SoupHSTSEnforcer) enforcer = enforcer_in (folder);
  g_autoptr (SoupHSTSPolicy) kept = soup_hsts_policy_new ("kept.org", 5000, TRUE);
  g_autoptr (SoupHSTSPolicy) gone = soup_hsts_policy_new ("gone.org", 5000, TRUE);
  g_autoptr (SoupHSTSPolicy) back = soup_hsts_policy_new ("gone.org", 0, TRUE);

  for (int text = 0; text < 2; text++) {
    g_autoptr (SoupCookieJar) jar = jar_in (folder, text, FALSE);

    g_assert_true (soup_cookie_jar_is_persistent (jar));
    soup_cookie_jar_set_cookie (jar, uri, "session=1");
    soup_cookie_jar_set_cookie (jar, uri,
                                "a=b c; max-age=50000; domain=example.com; path=/p; secure; httponly; samesite=lax");
    soup_cookie_jar_set_cookie (jar, uri, "b=1; max-age=50000; samesite=strict");
    soup_cookie_jar_set_cookie (jar, uri, "b=2; max-age=50000; samesite=strict");
    soup_cookie_jar_set_cookie (jar, uri, "c=1; max-age=50000");
    soup_cookie_jar_set_cookie (jar, uri, "c=1; max-age=0");
    soup_cookie_jar_set_cookie (jar, uri, "d=quote's; max-age=50000");
  }
  g_assert_true (soup_hsts_enforcer_is_persistent (enforcer));
  soup_hsts_enforcer_set_policy (enforcer, kept);
  soup_hsts_enforcer_set_policy (enforcer, gone);
  soup_hsts_enforcer_set_policy (enforcer, back);
  soup_hsts_enforcer_set_session_policy (enforcer, "session.org", TRUE);
}

static void
read_all (const char *folder)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = enforcer_in (folder);
  GList *policies = soup_hsts_enforcer_get_policies (enforcer, TRUE);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  for (int text = 0; text < 2; text++) {
    g_autoptr (SoupCookieJar) jar = jar_in (folder, text, TRUE);
    GSList *cookies = g_slist_sort (soup_cookie_jar_all_cookies (jar), by_name);
    g_autofree char *header = soup_cookies_to_cookie_header (cookies);
    SoupCookie *first = cookies->data;

    g_assert_cmpstr (header, ==, "a=b c; b=2; d=quote's");
    g_assert_cmpstr (soup_cookie_get_domain (first), ==, ".example.com");
    g_assert_cmpstr (soup_cookie_get_path (first), ==, "/p");
    g_assert_true (soup_cookie_get_secure (first) && soup_cookie_get_http_only (first));
    g_assert_cmpint (soup_cookie_get_same_site_policy (first), ==, SOUP_SAME_SITE_POLICY_LAX);
    g_assert_cmpint (soup_cookie_get_same_site_policy (cookies->next->data), ==, SOUP_SAME_SITE_POLICY_STRICT);
    g_assert_cmpint (g_date_time_to_unix (soup_cookie_get_expires (first)), >, now + 40000);
    g_assert_cmpint (g_date_time_to_unix (soup_cookie_get_expires (first)), <=, now + 50001);
    soup_cookies_free (cookies);
  }
  g_assert_cmpuint (g_list_length (policies), ==, 1);
  g_assert_cmpstr (soup_hsts_policy_get_domain (policies->data), ==, "kept.org");
  g_assert_cmpuint (soup_hsts_policy_get_max_age (policies->data), ==, 5000);
  g_assert_true (soup_hsts_policy_includes_subdomains (policies->data));
  g_assert_false (soup_hsts_policy_is_session_policy (policies->data));
  g_list_free_full (policies, (GDestroyNotify) soup_hsts_policy_free);
}

static void
run (const char *program, const char *mode, const char *folder)
{
  const char *const argv[] = { program, mode, folder, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
}

static void
exchange (const char *other)
{
  char *folder = folder_new ();

  run (other, "--write", folder);
  read_all (folder);
  folder_free (folder);
  folder = folder_new ();
  write_all (folder);
  run (other, "--read", folder);
  folder_free (folder);
}

static void
two_processes (void)
{
  exchange (own_path);
}

static void
other_library (void)
{
  g_autofree char *name = g_path_get_basename (own_path), *folder = g_path_get_dirname (own_path);
  g_autofree char *other = ON_LIBSOUP ? g_strdup (name + strlen ("oracle-")) : g_strconcat ("oracle-", name, NULL);
  g_autofree char *path = g_build_filename (folder, other, NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE)) {
    g_test_skip ("the same program with the other library is not built");
    return;
  }
  exchange (path);
}

/* ---- Writing, until somebody ends it ---- */

static void
fill (const char *folder, const char *prefix, guint count, gboolean text)
{
  g_autoptr (SoupCookieJar) jar = jar_in (folder, text, FALSE);

  for (guint i = 0; i < count; i++) {
    g_autofree char *name = g_strdup_printf ("%s%u", prefix, i);
    g_autofree char *domain = g_strdup_printf ("h%u.example.com", i);

    soup_cookie_jar_add_cookie (jar, soup_cookie_new (name, "v", domain, "/", 50000));
    g_assert_cmpint (write (1, ".", 1), ==, 1);
  }
}

static void
fill_hsts (const char *folder)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = enforcer_in (folder);

  for (guint i = 0; i < 2000; i++) {
    g_autofree char *domain = g_strdup_printf ("h%u.example.com", i);
    g_autoptr (SoupHSTSPolicy) policy = soup_hsts_policy_new (domain, 5000, FALSE);

    soup_hsts_enforcer_set_policy (enforcer, policy);
    g_assert_cmpint (write (1, ".", 1), ==, 1);
  }
}

/* How many cookies, or policies, another process finds. */
static guint
found_in (const char *folder, const char *mode)
{
  if (g_str_equal (mode, "--fill-hsts")) {
    g_autoptr (SoupHSTSEnforcer) enforcer = enforcer_in (folder);
    GList *policies = soup_hsts_enforcer_get_policies (enforcer, FALSE);
    guint found = g_list_length (policies);

    g_list_free_full (policies, (GDestroyNotify) soup_hsts_policy_free);
    return found;
  }
  g_autoptr (SoupCookieJar) jar = jar_in (folder, g_str_equal (mode, "--fill-text"), TRUE);
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  guint found = g_slist_length (cookies);

  soup_cookies_free (cookies);
  return found;
}

/* What has been said to be kept is there, and at most the one beside whose word was not heard. */
static void
killed (const char *mode)
{
  for (guint round = 0; round < (under_valgrind () ? 2 : 100); round++) {
    char *folder = folder_new ();
    guint said = kill_writer (mode, folder, 1 + round % 20, NULL);
    guint found = found_in (folder, mode);

    g_assert_cmpuint (said, >, round % 20);
    g_assert_cmpuint (found, >=, said);
    g_assert_cmpuint (found, <=, said + 1);
    folder_free (folder);
  }
}

static void
killed_text (void)
{
  if (differs ("replaces the file with each change"))
    return;
  killed ("--fill-text");
}

static void
killed_db (void)
{
  killed ("--fill-db");
}

static void
killed_hsts (void)
{
  killed ("--fill-hsts");
}

static void
shared_db (void)
{
  const char *const one[] = { own_path, "--fill-a", NULL, NULL }, *const two[] = { own_path, "--fill-b", NULL, NULL };
  const char *const *const programs[] = { one, two };
  GPid children[2];
  char *folder = NULL;
  g_autoptr (SoupCookieJar) jar = NULL;
  GSList *cookies;
  int status;

  if (differs ("writes later what another process's write has kept from the database"))
    return;
  folder = folder_new ();
  for (guint i = 0; i < 2; i++) {
    const char *argv[] = { programs[i][0], programs[i][1], folder, NULL };

    g_assert_true (g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                                  NULL, NULL, &children[i], NULL));
  }
  for (guint i = 0; i < 2; i++) {
    waitpid (children[i], &status, 0);
    g_assert_cmpint (status, ==, 0);
  }
  jar = jar_in (folder, FALSE, TRUE);
  cookies = soup_cookie_jar_all_cookies (jar);
  g_assert_cmpuint (g_slist_length (cookies), ==, 100);
  soup_cookies_free (cookies);
  g_clear_object (&jar);
  folder_free (folder);
}

/* ---- Files that cannot be written, or are something else ---- */

#define expect_warning(text) g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, text)

static guint
count (SoupCookieJar *jar)
{
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  guint found = g_slist_length (cookies);

  soup_cookies_free (cookies);
  return found;
}

static void
no_place (void)
{
  g_autoptr (SoupCookieJar) text = NULL, db = NULL;
  g_autoptr (SoupHSTSEnforcer) enforcer = NULL;

  if (differs ("goes on in memory, with one warning"))
    return;
  text = soup_cookie_jar_text_new ("/nowhere/cookies.txt", FALSE);
  expect_warning ("cannot write /nowhere/cookies.txt: *: cookies are kept in memory only");
  soup_cookie_jar_add_cookie (text, soup_cookie_new ("a", "1", "example.com", "/", 500));
  g_test_assert_expected_messages ();
  soup_cookie_jar_add_cookie (text, soup_cookie_new ("b", "1", "example.com", "/", 500));
  g_assert_cmpuint (count (text), ==, 2);

  expect_warning ("cannot open /nowhere/cookies.db: *");
  db = soup_cookie_jar_db_new ("/nowhere/cookies.db", FALSE);
  g_test_assert_expected_messages ();
  soup_cookie_jar_add_cookie (db, soup_cookie_new ("a", "1", "example.com", "/", 500));
  g_assert_cmpuint (count (db), ==, 1);

  expect_warning ("cannot open /nowhere/hsts.db: *");
  enforcer = soup_hsts_enforcer_db_new ("/nowhere/hsts.db");
  g_test_assert_expected_messages ();
  soup_hsts_enforcer_set_session_policy (enforcer, "example.com", FALSE);
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "example.com"));
}

static void
only_the_owners (void)
{
  static const char *const names[] = { "cookies.txt", "cookies.db", "hsts.db" };
  char *folder = NULL;

  if (differs ("makes files with the mode 0600"))
    return;
  folder = folder_new ();
  write_all (folder);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    GStatBuf status;

    g_assert_cmpint (g_stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  }
  folder_free (folder);
}

#ifndef ORACLE_LIBSOUP
static void
errors (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "cookies.db", NULL), *text = NULL;
  g_autoptr (SoupCookieJar) jar = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (
      g_file_set_contents (path, "This is no database, but it is long enough to look at: no, it is not.", -1, NULL));
  jar = soup_cookie_jar_db_new_with_error (path, FALSE, &error);
  g_assert_null (jar);
  g_assert_error (error, SOUP_COOKIE_JAR_ERROR, SOUP_COOKIE_JAR_ERROR_DB);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "This is no database"));
  g_assert_cmpint (g_remove (path), ==, 0);

  jar = soup_cookie_jar_db_new_with_error (path, TRUE, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_object (&jar);
  jar = soup_cookie_jar_db_new_with_error (path, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (SOUP_IS_COOKIE_JAR_DB (jar));
  critical (g_assert_null (soup_cookie_jar_db_new_with_error (NULL, FALSE, NULL)));
  critical (g_assert_null (soup_cookie_jar_db_new (NULL, FALSE)));
  critical (g_assert_null (soup_cookie_jar_text_new (NULL, FALSE)));
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_COOKIE_JAR_ERROR));
  g_clear_object (&jar);
  folder_free (folder);
}

static void
max_size (void)
{
  char *folder = folder_new ();
  g_autofree char *value = g_strnfill (3000, 'x');
  g_autoptr (SoupCookieJar) jar = jar_in (folder, FALSE, FALSE);
  SoupCookieJarDB *db = SOUP_COOKIE_JAR_DB (jar);
  g_autoptr (GError) error = NULL;
  guint64 size = 1;

  g_assert_cmpuint (soup_cookie_jar_db_get_max_size (db), ==, 0);
  g_assert_true (soup_cookie_jar_db_set_max_size (db, 40000, &error));
  g_assert_no_error (error);
  g_object_get (db, "max-size", &size, NULL);
  g_assert_cmpuint (size, ==, 40000);
  expect_warning ("cannot write *: cookies are kept in memory only");
  for (guint i = 0; i < 50; i++) {
    g_autofree char *name = g_strdup_printf ("n%u", i);

    soup_cookie_jar_add_cookie (jar, soup_cookie_new (name, value, "example.com", "/", 500));
  }
  g_test_assert_expected_messages ();
  g_assert_cmpuint (count (jar), ==, 50);
  critical (g_assert_false (soup_cookie_jar_db_set_max_size (NULL, 1, NULL)));
  critical (g_assert_cmpuint (soup_cookie_jar_db_get_max_size (NULL), ==, 0));
  /* With room again, what had to wait is written. */
  g_assert_true (soup_cookie_jar_db_set_max_size (db, 0, NULL));
  soup_cookie_jar_add_cookie (jar, soup_cookie_new ("last", value, "example.com", "/", 500));
  g_clear_object (&jar);
  jar = jar_in (folder, FALSE, TRUE);
  g_assert_cmpuint (count (jar), ==, 51);
  g_clear_object (&jar);
  folder_free (folder);
}
#endif

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_has_prefix (argv[1], "--")) {
    if (g_str_equal (argv[1], "--write"))
      write_all (argv[2]);
    else if (g_str_equal (argv[1], "--read"))
      read_all (argv[2]);
    else if (g_str_equal (argv[1], "--fill-a"))
      fill (argv[2], "a", 50, FALSE);
    else if (g_str_equal (argv[1], "--fill-b"))
      fill (argv[2], "b", 50, FALSE);
    else if (g_str_equal (argv[1], "--fill-hsts"))
      fill_hsts (argv[2]);
    else
      fill (argv[2], "c", 2000, g_str_equal (argv[1], "--fill-text"));
    return 0;
  }
  own_path = g_file_read_link ("/proc/self/exe", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cookie-store/two-processes", two_processes);
  g_test_add_func ("/cookie-store/other-library", other_library);
  g_test_add_func ("/cookie-store/killed-text", killed_text);
  g_test_add_func ("/cookie-store/killed-db", killed_db);
  g_test_add_func ("/cookie-store/killed-hsts", killed_hsts);
  g_test_add_func ("/cookie-store/shared-db", shared_db);
  g_test_add_func ("/cookie-store/no-place", no_place);
  g_test_add_func ("/cookie-store/only-the-owners", only_the_owners);
#ifndef ORACLE_LIBSOUP
  g_test_add_func ("/cookie-store/errors", errors);
  g_test_add_func ("/cookie-store/max-size", max_size);
#endif
  return g_test_run ();
}
