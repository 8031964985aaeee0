/* Which credentials a session gives to which path of a server, and what becomes of those that are still to be given. */

#include "common-service.h"

#include <string.h>

/* A server of realms: /a wants realm A, /a/b realm B, /digest knows two algorithms, and only the second is one. */
typedef struct {
  SoupServer *server;
  SoupSession *session;
  guint16 port;
  GString *log; /* what each request gave: user and password, "Digest", or "-" */
} Realms;

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Realms *realms = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *given = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");
  gboolean is_below = g_str_has_prefix (path, "/a/b");
  g_autofree char *pair = NULL;
  gsize length;

  if (given && g_str_has_prefix (given, "Basic ")) {
    pair = (char *) g_base64_decode (given + strlen ("Basic "), &length);
    g_string_append_printf (realms->log, "%.*s ", (int) length, pair);
  } else {
    g_string_append (realms->log, given && g_str_has_prefix (given, "Digest ") ? "Digest " : "- ");
  }
  if (g_str_has_prefix (path, "/digest")) {
    soup_message_headers_append (headers, "WWW-Authenticate",
                                 "Digest realm=\"D\", nonce=\"1\", qop=\"auth\", algorithm=NONE");
    soup_message_headers_append (headers, "WWW-Authenticate", "Digest realm=\"D\", nonce=\"2\", qop=\"auth\"");
    soup_server_message_set_status (message, given && strstr (given, "nonce=\"2\"") ? 204 : 401, NULL);
    return;
  }
  if (pair && length >= 3 && !strncmp (pair, is_below ? "b:b" : "a:a", length)) {
    soup_server_message_set_status (message, 204, NULL);
    return;
  }
  soup_message_headers_append (headers, "WWW-Authenticate", is_below ? "Basic realm=\"B\"" : "Basic realm=\"A\"");
  soup_server_message_set_status (message, 401, NULL);
}

static Realms *
realms_new (void)
{
  Realms *realms = g_new0 (Realms, 1);

  realms->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (realms->server, NULL, answer, realms, NULL);
  realms->port = server_listen (realms->server);
  realms->session = soup_session_new ();
  realms->log = g_string_new (NULL);
  return realms;
}

static void
realms_free (Realms *realms)
{
  soup_session_abort (realms->session);
  g_object_unref (realms->session);
  soup_server_disconnect (realms->server);
  g_object_unref (realms->server);
  g_string_free (realms->log, TRUE);
  g_free (realms);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Realms, realms_free)

static gboolean
give (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer name)
{
  if (!retrying && name)
    soup_auth_authenticate (auth, name, name);
  return !retrying && name;
}

static SoupMessage *
message_for (Realms *realms, const char *user, const char *path)
{
  g_autofree char *uri = g_strdup_printf ("http://%s127.0.0.1:%u%s", user, realms->port, path);

  return soup_message_new ("GET", uri);
}

/* Gets a page, and says what was given. Who is `name` answers when asked; NULL does not. */
static void
get (Realms *realms, const char *user, const char *path, const char *name, guint status, const char *log)
{
  g_autoptr (SoupMessage) message = message_for (realms, user, path);
  Fetched fetched = { 0 };

  g_test_message ("%s as %s", path, name ? name : "nobody");
  g_signal_connect (message, "authenticate", G_CALLBACK (give), (gpointer) name);
  soup_session_send_and_read_async (realms->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
  g_assert_cmpuint (soup_message_get_status (message), ==, status);
  g_assert_cmpstr (realms->log->str, ==, log);
  g_string_truncate (realms->log, 0);
}

/* A path that another realm has claimed does not get these credentials again, though nobody knows that realm's; when
   somebody does, all paths of the realm get them. */
static void
claimed (void)
{
  g_autoptr (Realms) realms = realms_new ();

  get (realms, "", "/a/b/", "x", 401, "- x:x ");
  get (realms, "", "/a/", "a", 204, "- a:a ");
  get (realms, "", "/a/c/", NULL, 204, "a:a ");
  get (realms, "", "/a/b/", NULL, 401, "- ");
  get (realms, "", "/a/b/c/", "b", 204, "- b:b ");
  get (realms, "", "/a/b/", NULL, 204, "b:b ");
  get (realms, "", "/a/", NULL, 204, "a:a ");
}

/* A user without a password has an empty one. */
static void
user_alone (void)
{
  g_autoptr (Realms) realms = realms_new ();

  get (realms, "u@", "/a/", NULL, 401, "- u: ");
}

static void
several_algorithms (void)
{
  g_autoptr (Realms) realms = realms_new ();

  get (realms, "", "/digest/", "d", 204, "- Digest ");
}

static gboolean
keep (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer kept)
{
  *(SoupAuth **) kept = g_object_ref (auth);
  return TRUE;
}

/* Messages that wait for one realm's credentials wait for the same, also if another message has given up meanwhile. */
static void
waited_for (void)
{
  g_autoptr (Realms) realms = realms_new ();
  g_autoptr (SoupMessage) one = message_for (realms, "", "/a/1"), other = message_for (realms, "", "/a/2");
  SoupAuth *first = NULL, *second = NULL;
  Fetched fetched = { 0 }, fetched_too = { 0 };

  g_signal_connect (one, "authenticate", G_CALLBACK (keep), &first);
  soup_session_send_and_read_async (realms->session, one, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (first);
  g_string_truncate (realms->log, 0);
  get (realms, "", "/a/3", NULL, 401, "- ");
  g_signal_connect (other, "authenticate", G_CALLBACK (keep), &second);
  soup_session_send_and_read_async (realms->session, other, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched_too);
  wait_until (second);
  g_assert_true (first == second);
  soup_auth_authenticate (first, "a", "a");
  wait_until (fetched.done && fetched_too.done);
  g_assert_cmpuint (soup_message_get_status (one), ==, 204);
  g_assert_cmpuint (soup_message_get_status (other), ==, 204);
  fetched_clear (&fetched);
  fetched_clear (&fetched_too);
  g_object_unref (first);
  g_object_unref (second);
  g_string_truncate (realms->log, 0);
  get (realms, "", "/a/4", NULL, 204, "a:a ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-auth-realms/claimed", claimed);
  g_test_add_func ("/session-auth-realms/user-alone", user_alone);
  g_test_add_func ("/session-auth-realms/several-algorithms", several_algorithms);
  g_test_add_func ("/session-auth-realms/waited-for", waited_for);
  return g_test_run ();
}
