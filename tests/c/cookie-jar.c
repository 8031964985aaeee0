/* A jar in memory: what goes in, what comes out, who is told, and what C programs derive. */

#include "common.h"

typedef struct {
  SoupCookieJar *jar;
  GString *log; /* "+new", "-old" or "old>new", each followed by a blank */
} Jar;

static void
note (SoupCookieJar *jar, SoupCookie *old_cookie, SoupCookie *new_cookie, gpointer log)
{
  g_autofree char *old = old_cookie ? soup_cookie_to_cookie_header (old_cookie) : NULL;
  g_autofree char *new = new_cookie ? soup_cookie_to_cookie_header (new_cookie) : NULL;

  g_assert_true (SOUP_IS_COOKIE_JAR (jar));
  if (old && new)
    g_string_append_printf (log, "%s>%s ", old, new);
  else
    g_string_append_printf (log, "%c%s ", new ? '+' : '-', new ? new : old);
}

static Jar *
jar_new (SoupCookieJar *jar)
{
  Jar *test = g_new0 (Jar, 1);

  test->jar = jar ? jar : soup_cookie_jar_new ();
  test->log = g_string_new (NULL);
  g_signal_connect (test->jar, "changed", G_CALLBACK (note), test->log);
  return test;
}

static void
jar_free (Jar *test)
{
  g_object_unref (test->jar);
  g_string_free (test->log, TRUE);
  g_free (test);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Jar, jar_free)

static GUri *
uri_of (const char *text)
{
  return text ? g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
}

static void
set (Jar *test, const char *uri, const char *header)
{
  g_autoptr (GUri) origin = uri_of (uri);

  soup_cookie_jar_set_cookie (test->jar, origin, header);
}

static void
set_for (Jar *test, const char *uri, const char *first_party, const char *header)
{
  g_autoptr (GUri) origin = uri_of (uri), page = uri_of (first_party);

  soup_cookie_jar_set_cookie_with_first_party (test->jar, origin, page, header);
}

static void
full (Jar *test, const char *header, const char *parsed_from, const char *uri, const char *first_party)
{
  g_autoptr (GUri) parsed = uri_of (parsed_from), origin = uri_of (uri), page = uri_of (first_party);

  soup_cookie_jar_add_cookie_full (test->jar, soup_cookie_parse (header, parsed), origin, page);
}

static void
changed (Jar *test, const char *log)
{
  g_assert_cmpstr (test->log->str, ==, log);
  g_string_truncate (test->log, 0);
}

static void
sends (Jar *test, const char *uri, gboolean for_http, const char *wanted)
{
  g_autoptr (GUri) to = uri_of (uri);
  g_autofree char *found = soup_cookie_jar_get_cookies (test->jar, to, for_http);
  GSList *list = soup_cookie_jar_get_cookie_list (test->jar, to, for_http);
  g_autofree char *listed = list ? soup_cookies_to_cookie_header (list) : NULL;

  g_assert_cmpstr (found, ==, wanted);
  g_assert_cmpstr (listed, ==, wanted);
  soup_cookies_free (list);
}

static guint
count (Jar *test)
{
  GSList *list = soup_cookie_jar_all_cookies (test->jar);
  guint found = g_slist_length (list);

  soup_cookies_free (list);
  return found;
}

#define PAGE "http://www.example.com/dir/x"
#define SAFE "https://www.example.com/dir/x"
#define OTHER "http://other.org/"

static void
changes (void)
{
  g_autoptr (Jar) test = jar_new (NULL);
  SoupCookie *cookie;

  set (test, PAGE, "a=1");
  changed (test, "+a=1 ");
  set (test, PAGE, "a=2");
  changed (test, "a=1>a=2 ");
  set (test, PAGE, "b=3; path=/");
  changed (test, "+b=3 ");
  set (test, PAGE, "c=4; max-age=0");
  changed (test, "");
  sends (test, PAGE, TRUE, "a=2; b=3");
  sends (test, OTHER, TRUE, NULL);
  sends (test, "http://www.example.com/", TRUE, "b=3");
  set (test, PAGE, "a=5; max-age=0");
  changed (test, "-a=2 ");

  cookie = soup_cookie_new ("b", "another", "www.example.com", "/", -1);
  soup_cookie_jar_delete_cookie (test->jar, cookie);
  changed (test, "");
  soup_cookie_set_value (cookie, "3");
  soup_cookie_jar_delete_cookie (test->jar, cookie);
  changed (test, "-b=3 ");
  soup_cookie_free (cookie);
  g_assert_cmpuint (count (test), ==, 0);
}

static void
ended (void)
{
  g_autoptr (Jar) test = jar_new (NULL);
  gint64 end;

  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("a", "1", "www.example.com", "/", 1));
  changed (test, "+a=1 ");
  end = g_get_monotonic_time () + 2100 * G_TIME_SPAN_MILLISECOND;
  while (g_get_monotonic_time () < end)
    g_usleep (50000);
  sends (test, PAGE, TRUE, NULL);
  changed (test, "-a=1 ");
  g_assert_cmpuint (count (test), ==, 0);
}

static void
tls_and_scripts (void)
{
  g_autoptr (Jar) test = jar_new (NULL);

  set (test, PAGE, "s=1; secure");
  full (test, "s=1; secure", PAGE, PAGE, NULL);
  changed (test, "");
  full (test, "s=1; secure", SAFE, SAFE, NULL);
  changed (test, "+s=1 ");
  full (test, "s=2", PAGE, PAGE, NULL);
  changed (test, "");
  full (test, "s=2", PAGE, SAFE, NULL);
  changed (test, "s=1>s=2 ");
  full (test, "s=3; secure", SAFE, SAFE, NULL);
  set (test, PAGE, "h=1; httponly");
  sends (test, PAGE, TRUE, "h=1");
  sends (test, SAFE, TRUE, "s=3; h=1");
  sends (test, SAFE, FALSE, "s=3");
}

static void
same_site (void)
{
  static const struct {
    const char *top_level;
    const char *site;
    gboolean for_http, safe, navigation;
    const char *sent;
  } table[] = {
    { NULL, NULL, TRUE, TRUE, FALSE, "n=1; l=2; s=3" },  { OTHER, NULL, TRUE, TRUE, FALSE, "n=1" },
    { OTHER, NULL, TRUE, TRUE, TRUE, "n=1; l=2" },       { OTHER, NULL, TRUE, FALSE, TRUE, "n=1" },
    { OTHER, NULL, FALSE, FALSE, TRUE, "n=1; l=2" },     { PAGE, NULL, TRUE, TRUE, FALSE, "n=1; l=2; s=3" },
    { PAGE, NULL, TRUE, TRUE, TRUE, "n=1; l=2" },        { PAGE, PAGE, TRUE, FALSE, TRUE, "n=1; l=2; s=3" },
    { OTHER, PAGE, TRUE, TRUE, FALSE, "n=1; l=2; s=3" }, { PAGE, OTHER, TRUE, TRUE, FALSE, "n=1" },
    { PAGE, OTHER, TRUE, TRUE, TRUE, "n=1; l=2" },       { NULL, OTHER, TRUE, TRUE, FALSE, "n=1; l=2; s=3" },
    { NULL, OTHER, TRUE, TRUE, TRUE, "n=1; l=2; s=3" },
  };
  g_autoptr (Jar) test = jar_new (NULL);
  g_autoptr (GUri) uri = uri_of (PAGE);

  set (test, PAGE, "n=1");
  set (test, PAGE, "l=2; samesite=lax");
  set (test, PAGE, "s=3; samesite=strict");
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GUri) top_level = uri_of (table[i].top_level), site = uri_of (table[i].site);
    GSList *list
        = soup_cookie_jar_get_cookie_list_with_same_site_info (test->jar, uri, top_level, site, table[i].for_http,
                                                               table[i].safe, table[i].navigation);
    g_autofree char *found = soup_cookies_to_cookie_header (list);

    g_test_message ("%u", i);
    g_assert_cmpstr (found, ==, table[i].sent);
    soup_cookies_free (list);
  }
}

static void
policies (void)
{
  g_autoptr (Jar) test = jar_new (NULL);
  SoupCookieJarAcceptPolicy policy;
  g_autoptr (GUri) page = uri_of (PAGE);

  g_assert_cmpint (soup_cookie_jar_get_accept_policy (test->jar), ==, SOUP_COOKIE_JAR_ACCEPT_ALWAYS);
  set_for (test, PAGE, OTHER, "a=1");
  changed (test, "+a=1 ");

  soup_cookie_jar_set_accept_policy (test->jar, SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY);
  g_object_get (test->jar, "accept-policy", &policy, NULL);
  g_assert_cmpint (policy, ==, SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY);
  set_for (test, PAGE, OTHER, "b=1");
  changed (test, "");
  set_for (test, PAGE, SAFE, "b=2");
  changed (test, "+b=2 ");

  g_object_set (test->jar, "accept-policy", SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY, NULL);
  set_for (test, "http://new.net/", OTHER, "c=1");
  changed (test, "");
  set_for (test, PAGE, OTHER, "c=2");
  changed (test, "+c=2 ");

  soup_cookie_jar_set_accept_policy (test->jar, SOUP_COOKIE_JAR_ACCEPT_NEVER);
  set_for (test, PAGE, PAGE, "d=1");
  changed (test, "");
  /* The program's own are not a matter of policy, as long as it names no page. */
  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("e", "1", "www.example.com", "/", -1));
  changed (test, "+e=1 ");

  /* A policy that asks for the page must be told it. */
  soup_cookie_jar_set_accept_policy (test->jar, SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY);
  critical (soup_cookie_jar_set_cookie (test->jar, page, "f=1"));
  changed (test, "");
}

static void
first_party (void)
{
  g_autoptr (Jar) test = jar_new (NULL);
  g_autoptr (GUri) page = uri_of (PAGE), other = uri_of (OTHER);

  soup_cookie_jar_set_accept_policy (test->jar, SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY);
  soup_cookie_jar_add_cookie_with_first_party (test->jar, other,
                                               soup_cookie_new ("a", "1", "www.example.com", "/", -1));
  changed (test, "");
  soup_cookie_jar_add_cookie_with_first_party (test->jar, page, soup_cookie_new ("a", "1", "www.example.com", "/", -1));
  changed (test, "+a=1 ");
}

/* Names that promise something (RFC 6265bis, section 4.1.3). */
static void
prefixes (void)
{
  g_autoptr (Jar) test = jar_new (NULL);

  if (differs ("knows prefixes since 3.4"))
    return;
  set (test, SAFE, "__Secure-a=1");
  set (test, SAFE, "__Host-a=1; secure; path=/; domain=www.example.com");
  set (test, SAFE, "__Host-a=1; secure; path=/below");
  set (test, SAFE, "=__Host-a; secure; path=/");
  changed (test, "");
  set (test, SAFE, "__Secure-a=1; secure");
  set (test, SAFE, "__Host-a=1; secure; path=/");
  changed (test, "+__Secure-a=1 +__Host-a=1 ");
}

/* CVE-2025-4035. */
static void
public_suffixes (void)
{
  g_autoptr (Jar) test = jar_new (NULL);

  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("a", "1", ".com", "/", -1));
  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("a", "1", ".co.uk", "/", -1));
  changed (test, "");
  if (differs ("looks for public suffixes without regard to case"))
    return;
  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("a", "1", ".CO.UK", "/", -1));
  soup_cookie_jar_add_cookie (test->jar, soup_cookie_new ("a", "1", ".Com", "/", -1));
  changed (test, "");
}

static void
very_many (void)
{
  g_autoptr (Jar) test = jar_new (NULL);

  if (differs ("keeps a limited number of cookies"))
    return;
  for (guint i = 0; i < 1000; i++) {
    g_autofree char *header = g_strdup_printf ("c%u=1", i);

    set (test, PAGE, header);
  }
  g_assert_cmpuint (count (test), ==, 180);
  g_assert_nonnull (strstr (test->log->str, "-c0=1 "));
  for (guint i = 0; i < 5000; i++) {
    g_autofree char *uri = g_strdup_printf ("http://h%u.example.com/", i);

    set (test, uri, "a=1");
  }
  g_assert_cmpuint (count (test), ==, 3000);
}

static void
read_only (void)
{
  g_autoptr (Jar) test = jar_new (g_object_new (SOUP_TYPE_COOKIE_JAR, "read-only", TRUE, NULL));

  set (test, PAGE, "a=1");
  changed (test, "");
  sends (test, PAGE, TRUE, "a=1");
}

/* ---- A class of C's ---- */

typedef SoupCookieJar Loud;
typedef SoupCookieJarClass LoudClass;
GType loud_get_type (void);
G_DEFINE_TYPE (Loud, loud, SOUP_TYPE_COOKIE_JAR)
static guint heard;

static gboolean
loud_is_persistent (SoupCookieJar *jar)
{
  return TRUE;
}

static void
loud_changed (SoupCookieJar *jar, SoupCookie *old_cookie, SoupCookie *new_cookie)
{
  heard++;
}

static void
loud_class_init (LoudClass *klass)
{
  g_assert_false (klass->is_persistent ((SoupCookieJar *) NULL));
  klass->is_persistent = loud_is_persistent;
  klass->changed = loud_changed;
}

static void
loud_init (Loud *jar)
{
}

static void
derived (void)
{
  g_autoptr (Jar) test = jar_new (g_object_new (loud_get_type (), NULL));
  g_autoptr (SoupCookieJar) plain = soup_cookie_jar_new ();

  g_assert_true (soup_cookie_jar_is_persistent (test->jar));
  g_assert_false (soup_cookie_jar_is_persistent (plain));
  set (test, PAGE, "a=1");
  set (test, PAGE, "a=2");
  g_assert_cmpuint (heard, ==, 2);
  changed (test, "+a=1 a=1>a=2 ");
}

/* ---- Handlers that do what they like ---- */

static void
hostile_handler (SoupCookieJar *jar, SoupCookie *old_cookie, SoupCookie *new_cookie, gpointer data)
{
  guint *left = data;
  g_autofree char *name = g_strdup_printf ("n%u", *left);

  if (*left == 0)
    return;
  if (--(*left) == 0)
    g_object_unref (jar);
  else
    soup_cookie_jar_add_cookie (jar, soup_cookie_new (name, "1", "www.example.com", "/", -1));
  soup_cookies_free (soup_cookie_jar_all_cookies (jar));
}

static void
hostile (void)
{
  SoupCookieJar *jar = NULL;
  guint left = 3;

  if (differs ("handlers may drop the last reference"))
    return;
  jar = soup_cookie_jar_new ();
  g_object_add_weak_pointer (G_OBJECT (jar), (gpointer *) &jar);
  g_signal_connect (jar, "changed", G_CALLBACK (hostile_handler), &left);
  soup_cookie_jar_add_cookie (jar, soup_cookie_new ("a", "1", "www.example.com", "/", -1));
  g_assert_null (jar);
}

static gpointer
fill (gpointer jar)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree char *name = g_strdup_printf ("%p-%u", (gpointer) g_thread_self (), i % 20);

    soup_cookie_jar_add_cookie (jar, soup_cookie_new (name, "1", "www.example.com", "/", -1));
    soup_cookies_free (soup_cookie_jar_all_cookies (jar));
  }
  return NULL;
}

static void
threads (void)
{
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  GThread *all[4];
  GSList *cookies;

  if (differs ("a jar may be used by several threads"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    all[i] = g_thread_new ("fill", fill, jar);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_thread_join (all[i]);
  cookies = soup_cookie_jar_all_cookies (jar);
  g_assert_cmpuint (g_slist_length (cookies), ==, 80);
  soup_cookies_free (cookies);
}

static void
misuse (void)
{
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (SoupCookie) cookie = soup_cookie_new ("a", "1", "example.com", "/", -1);
  g_autoptr (GUri) uri = uri_of (PAGE);
  gpointer wrong = g_object_new (G_TYPE_OBJECT, NULL);

  if (differs ("crashes on NULL"))
    return;
  critical (g_assert_null (soup_cookie_jar_get_cookies (wrong, uri, TRUE)));
  critical (g_assert_null (soup_cookie_jar_get_cookies (jar, NULL, TRUE)));
  critical (g_assert_null (soup_cookie_jar_get_cookie_list (wrong, uri, TRUE)));
  critical (g_assert_null (soup_cookie_jar_get_cookie_list (jar, NULL, TRUE)));
  critical (soup_cookie_jar_get_cookie_list_with_same_site_info (wrong, uri, NULL, NULL, 1, 1, 1));
  critical (soup_cookie_jar_get_cookie_list_with_same_site_info (jar, NULL, NULL, NULL, 1, 1, 1));
  critical (soup_cookie_jar_set_cookie (wrong, uri, "a=b"));
  critical (soup_cookie_jar_set_cookie (jar, NULL, "a=b"));
  critical (soup_cookie_jar_set_cookie (jar, uri, NULL));
  critical (soup_cookie_jar_set_cookie_with_first_party (wrong, uri, uri, "a=b"));
  critical (soup_cookie_jar_set_cookie_with_first_party (jar, NULL, uri, "a=b"));
  critical (soup_cookie_jar_set_cookie_with_first_party (jar, uri, NULL, "a=b"));
  critical (soup_cookie_jar_set_cookie_with_first_party (jar, uri, uri, NULL));
  critical (soup_cookie_jar_add_cookie (wrong, cookie));
  critical (soup_cookie_jar_add_cookie (jar, NULL));
  critical (soup_cookie_jar_add_cookie_with_first_party (wrong, uri, cookie));
  critical (soup_cookie_jar_add_cookie_with_first_party (jar, NULL, cookie));
  critical (soup_cookie_jar_add_cookie_with_first_party (jar, uri, NULL));
  critical (soup_cookie_jar_add_cookie_full (wrong, cookie, uri, uri));
  critical (soup_cookie_jar_add_cookie_full (jar, NULL, uri, uri));
  critical (soup_cookie_jar_delete_cookie (wrong, cookie));
  critical (soup_cookie_jar_delete_cookie (jar, NULL));
  critical (g_assert_null (soup_cookie_jar_all_cookies (wrong)));
  critical (soup_cookie_jar_set_accept_policy (wrong, SOUP_COOKIE_JAR_ACCEPT_NEVER));
  critical (soup_cookie_jar_set_accept_policy (jar, 17));
  critical (soup_cookie_jar_get_accept_policy (wrong));
  critical (g_assert_false (soup_cookie_jar_is_persistent (wrong)));
  g_object_unref (wrong);
}

static void
sizes (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_COOKIE_JAR, &query);
  g_assert_cmpuint (query.instance_size, ==, sizeof (SoupCookieJar));
  g_assert_cmpuint (query.class_size, ==, sizeof (SoupCookieJarClass));
  g_assert_true (g_type_is_a (SOUP_TYPE_COOKIE_JAR, SOUP_TYPE_SESSION_FEATURE));
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_COOKIE_JAR_ACCEPT_POLICY));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cookie-jar/changes", changes);
  g_test_add_func ("/cookie-jar/ended", ended);
  g_test_add_func ("/cookie-jar/tls-and-scripts", tls_and_scripts);
  g_test_add_func ("/cookie-jar/same-site", same_site);
  g_test_add_func ("/cookie-jar/policies", policies);
  g_test_add_func ("/cookie-jar/first-party", first_party);
  g_test_add_func ("/cookie-jar/prefixes", prefixes);
  g_test_add_func ("/cookie-jar/cve-2025-4035-public-suffixes", public_suffixes);
  g_test_add_func ("/cookie-jar/very-many", very_many);
  g_test_add_func ("/cookie-jar/read-only", read_only);
  g_test_add_func ("/cookie-jar/derived", derived);
  g_test_add_func ("/cookie-jar/hostile", hostile);
  g_test_add_func ("/cookie-jar/threads", threads);
  g_test_add_func ("/cookie-jar/misuse", misuse);
  g_test_add_func ("/cookie-jar/sizes", sizes);
  return g_test_run ();
}
