/* A session with a jar: what it sends with requests and with WebSockets' handshakes, and what it keeps of the answers.
 */

#include "common-attempt.h"

typedef struct {
  GBytes *body;
  GError *error;
  gboolean done;
} Answer;

static void
answer_done (GObject *session, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, &answer->error);
  answer->done = TRUE;
}

static void
handler (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer asked)
{
  const char *cookie = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Cookie");
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  g_string_append_printf (asked, "%s:%s ", path, cookie ? cookie : "");
  soup_message_headers_append (headers, "Set-Cookie", "a=1; path=/");
  soup_message_headers_append (headers, "Set-Cookie", "b=2; path=/below; SameSite=Strict");
  if (g_str_equal (path, "/away"))
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/below/x");
  else
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static void
get (Site *site, const char *path, const char *first_party, const char *header)
{
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u%s", site->port, path);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  Answer answer = { NULL, NULL, FALSE };

  if (first_party) {
    g_autoptr (GUri) page = g_uri_parse (first_party, SOUP_HTTP_URI_FLAGS, NULL);

    soup_message_set_first_party (message, page);
  }
  if (header)
    soup_message_headers_append (soup_message_get_request_headers (message), "Cookie", header);
  soup_session_send_and_read_async (site->session, message, G_PRIORITY_DEFAULT, NULL, answer_done, &answer);
  wait_until (answer.done);
  g_assert_no_error (answer.error);
  g_bytes_unref (answer.body);
}

static void
requests (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (GString) asked = g_string_new (NULL);

  soup_server_add_handler (site->server, NULL, handler, asked, NULL);
  soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (jar));
  get (site, "/first", NULL, NULL);
  get (site, "/below/y", NULL, NULL);
  g_assert_cmpstr (asked->str, ==, "/first: /below/y:b=2; a=1 ");

  g_string_truncate (asked, 0);
  get (site, "/away", NULL, NULL);
  get (site, "/below/z", "http://elsewhere.org/", NULL);
  g_assert_cmpstr (asked->str, ==, "/away:a=1 /below/x:b=2; a=1 /below/z:a=1 ");

  g_string_truncate (asked, 0);
  soup_session_remove_feature (site->session, SOUP_SESSION_FEATURE (jar));
  get (site, "/below/y", NULL, NULL);
  g_assert_cmpstr (asked->str, ==, "/below/y: ");
}

/* What the program says of cookies does not count beside a jar. */
static void
programs_header (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (GString) asked = g_string_new (NULL);

  soup_server_add_handler (site->server, NULL, handler, asked, NULL);
  soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (jar));
  get (site, "/1", NULL, "own=1");
  get (site, "/2", NULL, "own=2");
  g_test_message ("%s", asked->str);
  g_assert_cmpstr (asked->str, ==, "/1: /2:a=1 ");
}

static void
third_parties (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (GString) asked = g_string_new (NULL);

  soup_server_add_handler (site->server, NULL, handler, asked, NULL);
  soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (jar));
  soup_cookie_jar_set_accept_policy (jar, SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY);
  get (site, "/1", "http://elsewhere.org/", NULL);
  g_assert_null (soup_cookie_jar_all_cookies (jar));
  soup_cookie_jar_set_accept_policy (jar, SOUP_COOKIE_JAR_ACCEPT_NEVER);
  get (site, "/2", NULL, NULL);
  g_assert_null (soup_cookie_jar_all_cookies (jar));
}

/* A request for no page in particular is made for its own. */
static void
no_first_party (void)
{
  static const SoupCookieJarAcceptPolicy policies[] = {
    SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY,
    SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY,
  };
  g_autoptr (Site) site = site_new ();
  g_autoptr (GString) asked = g_string_new (NULL);

  soup_server_add_handler (site->server, NULL, handler, asked, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++) {
    g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
    GSList *cookies;

    soup_session_add_feature (site->session, SOUP_SESSION_FEATURE (jar));
    soup_cookie_jar_set_accept_policy (jar, policies[i]);
    get (site, "/1", NULL, NULL);
    cookies = soup_cookie_jar_all_cookies (jar);
    g_assert_nonnull (cookies);
    soup_cookies_free (cookies);
    soup_session_remove_feature (site->session, SOUP_SESSION_FEATURE (jar));
  }
}

/* The answer is a 101 (libsoup's 2c424427), and the next handshake sends what it set. */
static void
websockets (void)
{
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();

  for (guint round = 0; round < 2; round++) {
    g_autoptr (Listener) listener = listener_new ();
    g_autoptr (Attempt) attempt = attempt_new (listener->url);
    g_autoptr (Peer) peer = NULL;
    g_autofree char *head = NULL;

    soup_session_add_feature (attempt->session, SOUP_SESSION_FEATURE (jar));
    attempt_begin (attempt, NULL, NULL);
    peer = peer_accept (listener->listener);
    head = peer_head (peer);
    g_assert_cmpint (strstr (head, "\r\nCookie: ws=1\r\n") != NULL, ==, round == 1);
    peer_switch (peer, head, "Set-Cookie: ws=1; path=/\r\n", NULL, 0);
    wait_until (attempt->done);
    g_assert_no_error (attempt->error);
  }
}

/* CVE-2026-5119. */
static void
proxies (void)
{
  g_autoptr (Listener) proxy = listener_new ();
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", proxy->port), *head = NULL;
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (url, NULL);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("proxy-resolver", resolver, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "https://www.example.com/");
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (Peer) peer = NULL;
  Answer answer = { NULL, NULL, FALSE };

  if (differs ("tells proxies no cookies"))
    return;
  soup_cookie_jar_add_cookie (jar, soup_cookie_new ("secret", "1", "www.example.com", "/", -1));
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (jar));
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, answer_done, &answer);
  peer = peer_accept (proxy->listener);
  head = peer_head (peer);
  g_assert_true (g_str_has_prefix (head, "CONNECT www.example.com:443 "));
  g_assert_null (strstr (head, "Cookie"));
  peer_close (peer);
  wait_until (answer.done);
  g_assert_nonnull (answer.error);
  g_error_free (answer.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cookie-session/requests", requests);
  g_test_add_func ("/cookie-session/programs-header", programs_header);
  g_test_add_func ("/cookie-session/third-parties", third_parties);
  g_test_add_func ("/cookie-session/no-first-party", no_first_party);
  g_test_add_func ("/cookie-session/websockets", websockets);
  g_test_add_func ("/cookie-session/cve-2026-5119-proxies", proxies);
  return g_test_run ();
}
