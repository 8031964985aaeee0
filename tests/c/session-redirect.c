/* Redirects of a session's WebSockets: what is followed, what it makes of the request, and what is not followed. */

#include "common-attempt.h"

#include <sys/socket.h>

/* The value of a field in a request head; free it. */
static char *
field_of (const char *head, const char *name)
{
  g_autofree char *start = g_strdup_printf ("\r\n%s: ", name);
  const char *at = strstr (head, start);

  return at ? g_strndup (at + strlen (start), strcspn (at + strlen (start), "\r")) : NULL;
}

static void
assert_field (const char *head, const char *name, const char *expected)
{
  g_autofree char *value = field_of (head, name);

  g_assert_cmpstr (value, ==, expected);
}

static char *
place (Listener *listener, const char *format)
{
  g_autofree char *port = g_strdup_printf ("%u", listener->port);
  g_auto (GStrv) parts = g_strsplit (format, "PORT", -1);

  return g_strjoinv (port, parts);
}

static void
followed (void)
{
  static const struct {
    int status;
    const char *location, *uri;
    gboolean stays;
  } cases[] = {
    { 301, "/other?x", "ws://127.0.0.1:PORT/other?x", TRUE },
    { 302, "other", "ws://127.0.0.1:PORT/other", TRUE },
    { 303, "?x", "ws://127.0.0.1:PORT/path?x", TRUE },
    { 307, "//127.0.0.1:PORT/a%20b c", "ws://127.0.0.1:PORT/a%20b%20c", FALSE },
    { 308, "ws://127.0.0.1:PORT/a/../b", "ws://127.0.0.1:PORT/b", FALSE },
    { 302, "HTTP://127.0.0.1:PORT", "http://127.0.0.1:PORT/", FALSE },
    { 302, "/other#part", "ws://127.0.0.1:PORT/other#part", TRUE },
    { 302, "ws://u:p@127.0.0.1:PORT/", "ws://u:p@127.0.0.1:PORT/", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Trip) trip = trip_new ();
    Listener *where = cases[i].stays ? trip->first : trip->second;
    SoupMessage *message = trip->attempt->message;
    g_autofree char *location = place (where, cases[i].location), *expected = place (where, cases[i].uri);
    g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", where->port), *key = NULL, *uri = NULL, *open = NULL;

    trip_begin (trip, cases[i].status, location);
    trip_arrive (trip, where);
    g_assert_no_error (trip->attempt->error);
    g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE RESTART " got-informational unqueued done");
    uri = g_uri_to_string (soup_message_get_uri (message));
    g_assert_cmpstr (uri, ==, expected);
    open = g_uri_to_string (soup_websocket_connection_get_uri (trip->attempt->connection));
    g_assert_cmpstr (open, ==, expected);
    assert_field (trip->asked_again, "Host", host);
    g_assert_true (g_str_has_prefix (trip->asked_again, "GET /"));
    g_assert_null (strchr (trip->asked_again, '#'));
    /* RFC 6455, section 4.1: a key of its own for each connection. */
    key = field_of (trip->asked, "Sec-WebSocket-Key");
    if (!ON_LIBSOUP)
      g_assert_null (strstr (trip->asked_again, key));
    g_assert_cmpuint (soup_message_get_status (message), ==, 101);
    g_assert_null (soup_message_headers_get_one (soup_message_get_response_headers (message), "Location"));
    g_assert_cmpint (soup_message_get_flags (message), ==, SOUP_MESSAGE_NEW_CONNECTION);
    g_assert_cmpint (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (soup_message_get_remote_address (message))),
                     ==, where->port);
  }
}

/* A line per notification, with what the message says then. */
static void
on_notify (SoupMessage *message, GParamSpec *spec, GString *log)
{
  g_string_append_printf (log, "%s %u %d\n", spec->name, soup_message_get_status (message),
                          soup_message_get_remote_address (message) != NULL);
}

static void
on_restarted (SoupMessage *message, GString *log)
{
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (message), "Location"), ==, "/x");
  g_assert_cmpuint (soup_message_get_connection_id (message), !=, 0);
  g_string_append (log, "-- restarted\n");
}

static void
notifications (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  guint64 id;

  g_signal_connect (trip->attempt->message, "restarted", G_CALLBACK (on_restarted), log);
  attempt_begin (trip->attempt, NULL, NULL);
  trip->peer = peer_accept (trip->first->listener);
  trip->asked = peer_head (trip->peer);
  id = soup_message_get_connection_id (trip->attempt->message);
  g_signal_connect (trip->attempt->message, "notify", G_CALLBACK (on_notify), log);
  peer_redirect (trip->peer, 302, "/x");
  g_clear_pointer (&trip->peer, peer_free);
  trip_arrive (trip, trip->first);
  g_assert_cmpstr (log->str, ==,
                   "reason-phrase 302 1\nstatus-code 302 1\nuri 302 1\n-- restarted\n"
                   "remote-address 0 0\nreason-phrase 0 0\nstatus-code 0 0\n"
                   "remote-address 0 1\nreason-phrase 101 1\nstatus-code 101 1\n");
  g_assert_cmpuint (soup_message_get_connection_id (trip->attempt->message), !=, id);
  g_signal_handlers_disconnect_by_data (trip->attempt->message, log);
}

/* Through HEAD and POST to a GET: each method by itself. */
static void
methods (void)
{
  static const struct {
    int status;
    const char *before, *after; /* NULL: not followed */
  } cases[] = {
    { 301, "POST", "GET" },  { 302, "POST", "GET" },
    { 303, "POST", "GET" },  { 307, "POST", NULL },
    { 308, "POST", NULL },   { 301, "PUT", NULL },
    { 302, "PUT", "GET" },   { 303, "PUT", "GET" },
    { 307, "PUT", NULL },    { 302, "get", "GET" },
    { 307, "get", NULL },    { 301, "OPTIONS", "OPTIONS" },
    { 303, "TRACE", "GET" }, { 307, "PROPFIND", "PROPFIND" },
    { 303, "HEAD", "HEAD" }, { 308, "HEAD", "HEAD" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Trip) trip = trip_new ();
    g_autoptr (GBytes) body = g_bytes_new_static ("body", 4);
    SoupMessage *message = trip->attempt->message;

    soup_message_set_method (message, cases[i].before);
    soup_message_set_request_body_from_bytes (message, "text/plain", body);
    trip_begin (trip, cases[i].status, "/x");
    if (cases[i].after) {
      gboolean same = !strcmp (cases[i].before, cases[i].after) && cases[i].status != 303;

      trip_arrive (trip, trip->first);
      g_assert_no_error (trip->attempt->error);
      g_assert_cmpstr (soup_message_get_method (message), ==, cases[i].after);
      g_assert_true (g_str_has_prefix (trip->asked_again, cases[i].after));
      assert_field (trip->asked_again, "Content-Length", same ? "4" : NULL);
      assert_field (trip->asked_again, "Content-Type", same ? "text/plain" : NULL);
    } else {
      wait_until (trip->attempt->done);
      g_assert_error (trip->attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
      g_assert_cmpuint (soup_message_get_status (message), ==, cases[i].status);
      settle (5);
    }
  }
}

static void
other_statuses (void)
{
  static const int statuses[] = { 200, 201, 300, 304, 305, 306, 309, 399, 401 };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (Trip) trip = trip_new ();

    trip_begin (trip, statuses[i], "/x");
    wait_until (trip->attempt->done);
    settle (5);
    g_assert_error (trip->attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
    g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE " got-headers got-body finished done unqueued");
  }
}

/* Nothing is followed to a place that no message could be for. */
static void
bad_locations (void)
{
  static const struct {
    const char *location;
    int code; /* of the session's errors; -1 for a refusal like any other */
  } cases[] = {
    { "", SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION },
    { "   ", SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION },
    { "http:", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "http://", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "ws:///x", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "ftp://127.0.0.1/", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "file:///etc/passwd", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "file://localhost/etc/passwd", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "data:text/plain,hi", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "resource:///x", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "javascript:alert(1)", SOUP_SESSION_ERROR_REDIRECT_BAD_URI },
    { "http://[::zz]/", -1 },
    { "http://127.0.0.1:99999/", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Trip) trip = trip_new ();
    GError *error;

    trip_begin (trip, 302, cases[i].location);
    wait_until (trip->attempt->done);
    settle (5);
    error = trip->attempt->error;
    if (cases[i].code < 0)
      g_assert_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
    else
      g_assert_error (error, SOUP_SESSION_ERROR, cases[i].code);
    g_assert_cmpstr (trip->attempt->log->str, ==, PROLOGUE " got-headers got-body finished done unqueued");
    g_assert_cmpuint (soup_message_get_status (trip->attempt->message), ==, 302);
  }
}

/* CVE-2026-1467, CVE-2026-3632: hosts that say more than a name. */
static void
cve_2026_1467_hosts_that_say_more (void)
{
  static const char *const hosts[] = { "a%0d%0aX-Evil:%201", "a%20b", "a b", "a%00b", "%5B::1", "a%3A80" };

  if (differs ("libsoup 3.2 looks them up"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++) {
    g_autoptr (Trip) trip = trip_new ();
    g_autofree char *location = g_strdup_printf ("ws://%s/", hosts[i]);

    trip_begin (trip, 302, location);
    wait_until (trip->attempt->done);
    settle (5);
    g_assert_nonnull (trip->attempt->error);
    g_assert_null (strstr (trip->attempt->log->str, "restarted"));
  }
}

static void
line_breaks_stay_encoded (void)
{
  g_autoptr (Trip) trip = trip_new ();

  trip_begin (trip, 302, "/a%0d%0aX-Evil:%201\xff");
  trip_arrive (trip, trip->first);
  g_assert_no_error (trip->attempt->error);
  g_assert_true (g_str_has_prefix (trip->asked_again, "GET /a%0D%0AX-Evil:%201%EF%BF%BD HTTP/1.1\r\n"));
}

static void
without_a_location (void)
{
  g_autoptr (Attempt) attempt = answered ("HTTP/1.1 302 Where\r\nContent-Length: 0\r\n\r\n", FALSE);

  g_assert_error (attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpstr (attempt->log->str, ==, PROLOGUE " got-headers got-body finished done unqueued");
}

/* The flag counts when the message is queued. */
static void
toggle (SoupMessage *message)
{
  soup_message_set_flags (message, soup_message_get_flags (message) ^ SOUP_MESSAGE_NO_REDIRECT);
}

static void
no_redirect (void)
{
  for (int forbidden = 0; forbidden < 2; forbidden++) {
    g_autoptr (Trip) trip = trip_new ();

    if (forbidden)
      soup_message_add_flags (trip->attempt->message, SOUP_MESSAGE_NO_REDIRECT);
    g_signal_connect (trip->attempt->message, "got-headers", G_CALLBACK (toggle), NULL);
    trip_begin (trip, 302, "/x");
    if (!forbidden)
      trip_arrive (trip, trip->first);
    wait_until (trip->attempt->done);
    settle (5);
    if (forbidden)
      g_assert_error (trip->attempt->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
    else
      g_assert_no_error (trip->attempt->error);
  }
}

static void
too_many (void)
{
  g_autoptr (Listener) listener = listener_new ();
  g_autoptr (Attempt) attempt = attempt_new (listener->url);
  guint asked = 0, restarts = 0;

  attempt_begin (attempt, NULL, NULL);
  for (; asked <= 20; asked++) {
    g_autoptr (Peer) peer = peer_accept (listener->listener);
    g_autofree char *head = peer_head (peer), *location = g_strdup_printf ("/%u", asked);

    peer_redirect (peer, 302, location);
    settle (2);
  }
  wait_until (attempt->done);
  settle (5);
  g_assert_error (attempt->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS);
  g_assert_cmpstr (g_uri_get_path (soup_message_get_uri (attempt->message)), ==, "/20");
  g_assert_cmpuint (soup_message_get_status (attempt->message), ==, 302);
  for (const char *at = attempt->log->str; (at = strstr (at, "restarted")); at++)
    restarts++;
  g_assert_cmpuint (restarts, ==, 20);
  g_assert_true (g_str_has_suffix (attempt->log->str, "got-headers got-body finished done unqueued"));
}

static void
trip_with_credentials (Trip *trip, const char *location)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (trip->attempt->message);

  soup_message_headers_append (headers, "Authorization", "secret");
  soup_message_headers_append (headers, "Proxy-Authorization", "secret");
  soup_message_headers_append (headers, "Cookie", "secret=1");
  soup_message_headers_append (headers, "Referer", "http://page/");
  soup_message_headers_append (headers, "X-Own", "own");
  soup_message_headers_append (headers, "Host", "my.own");
  trip_begin (trip, 302, location);
  assert_field (trip->asked, "Authorization", "secret");
  assert_field (trip->asked, "Host", "my.own");
}

static void
credentials_stay_with_their_origin (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *location = place (trip->first, "ws://127.0.0.1:PORT/x");
  g_autofree char *host = place (trip->first, "127.0.0.1:PORT");

  trip_with_credentials (trip, location);
  trip_arrive (trip, trip->first);
  assert_field (trip->asked_again, "Authorization", "secret");
  assert_field (trip->asked_again, "Proxy-Authorization", "secret");
  assert_field (trip->asked_again, "Cookie", "secret=1");
  assert_field (trip->asked_again, "X-Own", "own");
  assert_field (trip->asked_again, "Host", host);
}

/* Another port, another name, another scheme. */
static void
cve_2025_46421_credentials_for_nobody_else (void)
{
  static const char *const locations[] = { "//127.0.0.1:PORT/x", "ws://localhost:PORT/x", "http://127.0.0.1:PORT/x" };

  for (gsize i = 0; i < G_N_ELEMENTS (locations); i++) {
    g_autoptr (Trip) trip = trip_new ();
    Listener *where = i == 0 ? trip->second : trip->first;
    g_autofree char *location = place (where, locations[i]);

    trip_with_credentials (trip, location);
    trip_arrive (trip, where);
    g_assert_no_error (trip->attempt->error);
    assert_field (trip->asked_again, "Authorization", NULL);
    assert_field (trip->asked_again, "Referer", "http://page/");
    assert_field (trip->asked_again, "X-Own", "own");
  }
}

static void
cve_2026_1539_nor_other_secrets (void)
{
  g_autoptr (Trip) trip = trip_new ();
  g_autofree char *location = place (trip->second, "//127.0.0.1:PORT/x");

  if (differs ("libsoup 3.2 tells them"))
    return;
  trip_with_credentials (trip, location);
  trip_arrive (trip, trip->second);
  assert_field (trip->asked_again, "Proxy-Authorization", NULL);
  assert_field (trip->asked_again, "Cookie", NULL);
  g_assert_null (strstr (trip->asked_again, "secret"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redirect/followed", followed);
  g_test_add_func ("/redirect/notifications", notifications);
  g_test_add_func ("/redirect/methods", methods);
  g_test_add_func ("/redirect/other-statuses", other_statuses);
  g_test_add_func ("/redirect/bad-locations", bad_locations);
  g_test_add_func ("/redirect/cve-2026-1467-hosts-that-say-more", cve_2026_1467_hosts_that_say_more);
  g_test_add_func ("/redirect/line-breaks-stay-encoded", line_breaks_stay_encoded);
  g_test_add_func ("/redirect/without-a-location", without_a_location);
  g_test_add_func ("/redirect/no-redirect", no_redirect);
  g_test_add_func ("/redirect/too-many", too_many);
  g_test_add_func ("/redirect/credentials-stay-with-their-origin", credentials_stay_with_their_origin);
  g_test_add_func ("/redirect/cve-2025-46421-credentials-for-nobody-else", cve_2025_46421_credentials_for_nobody_else);
  g_test_add_func ("/redirect/cve-2026-1539-nor-other-secrets", cve_2026_1539_nor_other_secrets);
  return g_test_run ();
}
