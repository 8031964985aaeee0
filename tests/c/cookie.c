/* One cookie: read, written, compared, changed. */

#include "common.h"

static void
reads (const char *header, const char *uri, const char *wanted)
{
  g_autoptr (GUri) origin = uri ? g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  g_autoptr (SoupCookie) cookie = soup_cookie_parse (header, origin);
  g_autofree char *found = cookie ? soup_cookie_to_set_cookie_header (cookie) : g_strdup ("none");

  g_test_message ("%s", header);
  g_assert_cmpstr (found, ==, wanted);
}

#define PAGE "http://www.example.com/dir/page"

static void
parse (void)
{
  reads ("a=b", PAGE, "a=b; path=/dir; domain=www.example.com");
  reads ("a = b ; Path=/x; Secure; HTTPOnly", PAGE, "a=b; path=/x; domain=www.example.com; secure; HttpOnly");
  reads ("a=b; domain=example.com", PAGE, "a=b; path=/dir; domain=.example.com");
  reads ("a=b; domain=.example.com; samesite=lax", PAGE, "a=b; path=/dir; domain=.example.com; SameSite=Lax");
  reads ("a=b; SameSite=Strict", PAGE, "a=b; path=/dir; domain=www.example.com; SameSite=Strict");
  reads ("a=b; domain=other.org", PAGE, "none");
  reads ("a=\"b c\"", PAGE, "a=\"b c\"; path=/dir; domain=www.example.com");
  reads ("alone", PAGE, "=alone; path=/dir; domain=www.example.com");
  reads ("a=b; expires=Sun, 06 Nov 2094 08:49:37 GMT", PAGE,
         "a=b; expires=Sat, 06-Nov-2094 08:49:37 GMT; path=/dir; domain=www.example.com");
  reads ("a=b; max-age=0", PAGE, "a=b; expires=Thu, 01-Jan-1970 00:00:00 GMT; path=/dir; domain=www.example.com");
  reads ("a=b", NULL, "a=b; path=/");
  reads ("a=b; path=relative", PAGE, "a=b; path=/dir; domain=www.example.com");
}

static void
refused_here (void)
{
  g_autofree char *value = g_strnfill (5000, 'x'), *header = g_strconcat ("a=", value, NULL);

  if (differs ("limits and control characters of RFC 6265bis"))
    return;
  reads (header, PAGE, "none");
  reads ("a=b\001c", PAGE, "none");
  reads ("a=b; domain=0.0.1", "http://127.0.0.1/", "none");
}

static void
attributes (void)
{
  g_autoptr (SoupCookie) cookie = soup_cookie_new ("a", "b", "www.example.com", "/", -1);
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (3600);
  g_autoptr (GDateTime) expires = g_date_time_new (zone, 2030, 1, 1, 0, 0, 0);
  g_autoptr (SoupCookie) copy = NULL;
  g_autofree char *header = NULL, *sent = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  g_assert_cmpstr (soup_cookie_get_name (cookie), ==, "a");
  g_assert_cmpstr (soup_cookie_get_value (cookie), ==, "b");
  g_assert_cmpstr (soup_cookie_get_domain (cookie), ==, "www.example.com");
  g_assert_cmpstr (soup_cookie_get_path (cookie), ==, "/");
  g_assert_null (soup_cookie_get_expires (cookie));
  g_assert_false (soup_cookie_get_secure (cookie) || soup_cookie_get_http_only (cookie));
  g_assert_cmpint (soup_cookie_get_same_site_policy (cookie), ==, SOUP_SAME_SITE_POLICY_NONE);

  soup_cookie_set_name (cookie, "n");
  soup_cookie_set_value (cookie, "v");
  soup_cookie_set_domain (cookie, ".example.com");
  soup_cookie_set_path (cookie, "/p");
  soup_cookie_set_secure (cookie, TRUE);
  soup_cookie_set_http_only (cookie, TRUE);
  soup_cookie_set_same_site_policy (cookie, SOUP_SAME_SITE_POLICY_STRICT);
  soup_cookie_set_expires (cookie, expires);
  g_assert_true (g_date_time_equal (soup_cookie_get_expires (cookie), expires));
  header = soup_cookie_to_set_cookie_header (cookie);
  g_assert_cmpstr (header, ==,
                   "n=v; expires=Mon, 31-Dec-2029 23:00:00 GMT; path=/p; domain=.example.com; SameSite=Strict; secure; "
                   "HttpOnly");
  sent = soup_cookie_to_cookie_header (cookie);
  g_assert_cmpstr (sent, ==, "n=v");

  copy = soup_cookie_copy (cookie);
  g_assert_true (soup_cookie_equal (cookie, copy));
  g_assert_true (soup_cookie_get_name (copy) != soup_cookie_get_name (cookie));
  soup_cookie_set_domain (copy, "elsewhere.org");
  soup_cookie_set_expires (copy, NULL);
  g_assert_true (soup_cookie_equal (cookie, copy));
  soup_cookie_set_value (copy, "w");
  g_assert_false (soup_cookie_equal (cookie, copy));

  soup_cookie_set_max_age (cookie, SOUP_COOKIE_MAX_AGE_ONE_HOUR);
  g_assert_cmpint (g_date_time_to_unix (soup_cookie_get_expires (cookie)), >=, now + 3600);
  g_assert_cmpint (g_date_time_to_unix (soup_cookie_get_expires (cookie)), <=, now + 3600 + 60);
  soup_cookie_set_max_age (cookie, 0);
  g_assert_cmpint (g_date_time_to_unix (soup_cookie_get_expires (cookie)), ==, 0);
  soup_cookie_set_max_age (cookie, -1);
  g_assert_null (soup_cookie_get_expires (cookie));
  soup_cookie_set_path (cookie, NULL);
  soup_cookie_set_domain (cookie, NULL);
  g_assert_null (soup_cookie_get_path (cookie));
  g_assert_null (soup_cookie_get_domain (cookie));
}

static void
where (void)
{
  static const struct {
    const char *domain;
    const char *path;
    gboolean secure;
    const char *uri;
    gboolean applies;
  } table[] = {
    { "www.example.com", "/", FALSE, "http://www.example.com/x", TRUE },
    { "www.example.com", "/", TRUE, "http://www.example.com/x", FALSE },
    { "www.example.com", "/", TRUE, "https://www.example.com/x", TRUE },
    { ".example.com", "/", FALSE, "http://www.example.com/x", TRUE },
    /* libsoup leaves the domain to its caller, and says in its documentation that this may change. */
    { "example.com", "/", FALSE, "http://www.example.com/x", ON_LIBSOUP },
    { ".example.com", "/", FALSE, "http://badexample.com/x", ON_LIBSOUP },
    { "www.example.com", "/dir", FALSE, "http://www.example.com/dir/x", TRUE },
    { "www.example.com", "/dir", FALSE, "http://www.example.com/dirt", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (SoupCookie) cookie = soup_cookie_new ("a", "b", table[i].domain, table[i].path, -1);
    g_autoptr (GUri) uri = g_uri_parse (table[i].uri, SOUP_HTTP_URI_FLAGS, NULL);

    soup_cookie_set_secure (cookie, table[i].secure);
    g_test_message ("%s %s %s", table[i].domain, table[i].path, table[i].uri);
    g_assert_cmpint (soup_cookie_applies_to_uri (cookie, uri), ==, table[i].applies);
    g_assert_cmpint (soup_cookie_domain_matches (cookie, "www.example.com"), ==,
                     !g_str_equal (table[i].domain, "example.com"));
  }
}

static void
headers (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", PAGE);
  SoupMessageHeaders *response = soup_message_get_response_headers (message);
  SoupMessageHeaders *request = soup_message_get_request_headers (message);
  g_autofree char *header = NULL, *sent = NULL;
  GSList *cookies;

  g_assert_null (soup_cookies_from_response (message));
  g_assert_null (soup_cookies_from_request (message));
  soup_message_headers_append (response, "Set-Cookie", "a=b");
  soup_message_headers_append (response, "Set-Cookie", "evil=1; domain=other.org");
  soup_message_headers_append (response, "Set-Cookie", "c=d; path=/x; expires=Sun, 06 Nov 2094 08:49:37 GMT");
  cookies = soup_cookies_from_response (message);
  g_assert_cmpuint (g_slist_length (cookies), ==, 2);
  header = soup_cookie_to_set_cookie_header (cookies->next->data);
  g_assert_cmpstr (header, ==, "c=d; expires=Sat, 06-Nov-2094 08:49:37 GMT; path=/x; domain=www.example.com");
  sent = soup_cookies_to_cookie_header (cookies);
  g_assert_cmpstr (sent, ==, "a=b; c=d");

  soup_message_headers_clear (response);
  soup_cookies_to_response (cookies, message);
  g_assert_cmpstr (soup_message_headers_get_list (response, "Set-Cookie"), ==,
                   "a=b; path=/dir; domain=www.example.com, c=d; expires=Sat, 06-Nov-2094 08:49:37 GMT; path=/x; "
                   "domain=www.example.com");
  soup_cookies_to_request (cookies->next, message);
  soup_cookies_to_request (cookies, message);
  soup_cookies_to_request (NULL, message);
  g_assert_cmpstr (soup_message_headers_get_list (request, "Cookie"), ==, "c=d; a=b; c=d");
  soup_cookies_free (cookies);

  soup_message_headers_replace (request, "Cookie", "only=one");
  cookies = soup_cookies_from_request (message);
  g_assert_cmpuint (g_slist_length (cookies), ==, 1);
  g_assert_cmpstr (soup_cookie_get_name (cookies->data), ==, "only");
  g_assert_cmpstr (soup_cookie_get_value (cookies->data), ==, "one");
  g_assert_null (soup_cookie_get_domain (cookies->data));
  g_assert_null (soup_cookie_get_path (cookies->data));
  soup_cookies_free (cookies);
  soup_cookies_free (NULL);
}

static void
misuse (void)
{
  g_autoptr (SoupCookie) cookie = soup_cookie_new ("a", "b", "example.com", "/", -1);
  g_autoptr (GUri) uri = g_uri_parse (PAGE, SOUP_HTTP_URI_FLAGS, NULL);

  if (differs ("crashes on NULL"))
    return;
  critical (g_assert_null (soup_cookie_new (NULL, "b", NULL, NULL, 0)));
  critical (g_assert_null (soup_cookie_new ("a", NULL, NULL, NULL, 0)));
  critical (g_assert_null (soup_cookie_parse (NULL, NULL)));
  critical (g_assert_null (soup_cookie_copy (NULL)));
  critical (soup_cookie_free (NULL));
  critical (g_assert_null (soup_cookie_get_name (NULL)));
  critical (g_assert_null (soup_cookie_get_value (NULL)));
  critical (g_assert_null (soup_cookie_get_domain (NULL)));
  critical (g_assert_null (soup_cookie_get_path (NULL)));
  critical (g_assert_null (soup_cookie_get_expires (NULL)));
  critical (g_assert_false (soup_cookie_get_secure (NULL)));
  critical (g_assert_false (soup_cookie_get_http_only (NULL)));
  critical (g_assert_cmpint (soup_cookie_get_same_site_policy (NULL), ==, 0));
  critical (soup_cookie_set_name (NULL, "a"));
  critical (soup_cookie_set_name (cookie, NULL));
  critical (soup_cookie_set_value (NULL, "a"));
  critical (soup_cookie_set_value (cookie, NULL));
  critical (soup_cookie_set_domain (NULL, "a"));
  critical (soup_cookie_set_path (NULL, "a"));
  critical (soup_cookie_set_max_age (NULL, 1));
  critical (soup_cookie_set_expires (NULL, NULL));
  critical (soup_cookie_set_secure (NULL, TRUE));
  critical (soup_cookie_set_http_only (NULL, TRUE));
  critical (soup_cookie_set_same_site_policy (NULL, SOUP_SAME_SITE_POLICY_LAX));
  critical (soup_cookie_set_same_site_policy (cookie, 17));
  critical (g_assert_null (soup_cookie_to_set_cookie_header (NULL)));
  critical (g_assert_null (soup_cookie_to_cookie_header (NULL)));
  critical (g_assert_false (soup_cookie_applies_to_uri (NULL, uri)));
  critical (g_assert_false (soup_cookie_applies_to_uri (cookie, NULL)));
  critical (g_assert_false (soup_cookie_domain_matches (NULL, "h")));
  critical (g_assert_false (soup_cookie_domain_matches (cookie, NULL)));
  critical (g_assert_false (soup_cookie_equal (NULL, cookie)));
  critical (g_assert_false (soup_cookie_equal (cookie, NULL)));
  critical (g_assert_null (soup_cookies_from_response (NULL)));
  critical (g_assert_null (soup_cookies_from_request (NULL)));
  critical (soup_cookies_to_response (NULL, NULL));
  critical (soup_cookies_to_request (NULL, NULL));
  critical (g_assert_null (soup_cookies_to_cookie_header (NULL)));
}

static void
types (void)
{
  g_autoptr (SoupCookie) cookie = soup_cookie_new ("a", "b", "example.com", "/", -1);
  SoupCookie *copy = g_boxed_copy (SOUP_TYPE_COOKIE, cookie);

  g_assert_true (G_TYPE_IS_BOXED (SOUP_TYPE_COOKIE));
  g_assert_true (soup_cookie_equal (cookie, copy));
  g_boxed_free (SOUP_TYPE_COOKIE, copy);
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_SAME_SITE_POLICY));
  g_assert_cmpint (SOUP_COOKIE_MAX_AGE_ONE_WEEK, ==, 7 * 24 * 60 * 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cookie/parse", parse);
  g_test_add_func ("/cookie/refused-here", refused_here);
  g_test_add_func ("/cookie/attributes", attributes);
  g_test_add_func ("/cookie/where", where);
  g_test_add_func ("/cookie/headers", headers);
  g_test_add_func ("/cookie/misuse", misuse);
  g_test_add_func ("/cookie/types", types);
  return g_test_run ();
}
