/* HSTS: policies, who enforces them, and what C programs derive. */

#include "common-service.h"

#include <glib/gstdio.h>

static void
note (SoupHSTSEnforcer *enforcer, SoupHSTSPolicy *old_policy, SoupHSTSPolicy *new_policy, gpointer log)
{
  g_assert_true (SOUP_IS_HSTS_ENFORCER (enforcer));
  g_string_append_printf (log, "%s>%s ", old_policy ? soup_hsts_policy_get_domain (old_policy) : "",
                          new_policy ? soup_hsts_policy_get_domain (new_policy) : "");
}

static void
set (SoupHSTSEnforcer *enforcer, const char *domain, gulong max_age, gboolean subdomains)
{
  g_autoptr (SoupHSTSPolicy) policy = soup_hsts_policy_new (domain, max_age, subdomains);

  soup_hsts_enforcer_set_policy (enforcer, policy);
}

static void
policies (void)
{
  g_autoptr (SoupHSTSPolicy) policy = soup_hsts_policy_new ("example.com", 100, TRUE);
  g_autoptr (SoupHSTSPolicy) copy = soup_hsts_policy_copy (policy);
  g_autoptr (SoupHSTSPolicy) session = soup_hsts_policy_new_session_policy ("s.org", FALSE);
  g_autoptr (SoupHSTSPolicy) past = soup_hsts_policy_new ("z.org", SOUP_HSTS_POLICY_MAX_AGE_PAST, FALSE);
  g_autoptr (GDateTime) then = g_date_time_new_utc (2000, 1, 1, 0, 0, 0);
  g_autoptr (SoupHSTSPolicy) old = soup_hsts_policy_new_full ("f.org", 7, then, TRUE);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gpointer boxed = g_boxed_copy (SOUP_TYPE_HSTS_POLICY, policy);

  g_assert_cmpstr (soup_hsts_policy_get_domain (policy), ==, "example.com");
  g_assert_cmpuint (soup_hsts_policy_get_max_age (policy), ==, 100);
  g_assert_cmpint (g_date_time_to_unix (soup_hsts_policy_get_expires (policy)), >=, now + 40);
  g_assert_cmpint (g_date_time_to_unix (soup_hsts_policy_get_expires (policy)), <=, now + 100);
  g_assert_true (soup_hsts_policy_includes_subdomains (policy));
  g_assert_false (soup_hsts_policy_is_expired (policy));
  g_assert_false (soup_hsts_policy_is_session_policy (policy));
  g_assert_true (soup_hsts_policy_equal (policy, copy));
  g_assert_false (soup_hsts_policy_equal (policy, session));
  g_boxed_free (SOUP_TYPE_HSTS_POLICY, boxed);

  g_assert_true (soup_hsts_policy_is_session_policy (session));
  g_assert_null (soup_hsts_policy_get_expires (session));
  g_assert_false (soup_hsts_policy_is_expired (session));
  g_assert_false (soup_hsts_policy_includes_subdomains (session));
  g_assert_true (soup_hsts_policy_is_expired (past));
  g_assert_true (soup_hsts_policy_is_expired (old));
  g_assert_cmpuint (soup_hsts_policy_get_max_age (old), ==, 7);
  g_assert_cmpint (g_date_time_to_unix (soup_hsts_policy_get_expires (old)), ==, g_date_time_to_unix (then));
}

static void
responses (void)
{
  static const struct {
    const char *header;
    gulong max_age;
  } table[] = {
    { "max-age=77", 77 },
    { "max-age=77; includeSubDomains", 77 },
    { "includeSubDomains; max-age=\"77\"; other=x", 77 },
    { "max-age=77; max-age=78", G_MAXULONG },
    { "includeSubDomains", G_MAXULONG },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("GET", "https://example.com/");
    g_autoptr (SoupHSTSPolicy) policy = NULL;

    soup_message_headers_append (soup_message_get_response_headers (message), "Strict-Transport-Security",
                                 table[i].header);
    policy = soup_hsts_policy_new_from_response (message);
    g_test_message ("%s", table[i].header);
    if (table[i].max_age == G_MAXULONG) {
      g_assert_null (policy);
    } else {
      g_assert_cmpuint (soup_hsts_policy_get_max_age (policy), ==, table[i].max_age);
      g_assert_cmpstr (soup_hsts_policy_get_domain (policy), ==, "example.com");
    }
  }
}

static void
enforcer (void)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  GList *domains, *known;

  g_signal_connect (enforcer, "changed", G_CALLBACK (note), log);
  g_assert_false (soup_hsts_enforcer_is_persistent (enforcer));
  set (enforcer, "example.com", 100, TRUE);
  set (enforcer, "example.com", 200, FALSE);
  set (enforcer, "example.com", 0, FALSE);
  set (enforcer, "unknown.org", 0, FALSE);
  g_assert_cmpstr (log->str, ==, ">example.com example.com>example.com example.com> ");
  soup_hsts_enforcer_set_session_policy (enforcer, "session.org", TRUE);
  set (enforcer, "kept.org", 500, FALSE);
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "kept.org"));
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "KEPT.org"));
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "session.org"));
  g_assert_false (soup_hsts_enforcer_has_valid_policy (enforcer, "www.session.org"));
  g_assert_false (soup_hsts_enforcer_has_valid_policy (enforcer, "example.com"));

  domains = soup_hsts_enforcer_get_domains (enforcer, FALSE);
  g_assert_cmpuint (g_list_length (domains), ==, 1);
  g_assert_cmpstr (domains->data, ==, "kept.org");
  g_list_free_full (domains, g_free);
  known = soup_hsts_enforcer_get_policies (enforcer, TRUE);
  g_assert_cmpuint (g_list_length (known), ==, 2);
  g_list_free_full (known, (GDestroyNotify) soup_hsts_policy_free);
}

/* ---- A class of C's ---- */

typedef SoupHSTSEnforcer Strict;
typedef SoupHSTSEnforcerClass StrictClass;
GType strict_get_type (void);
G_DEFINE_TYPE (Strict, strict, SOUP_TYPE_HSTS_ENFORCER)
static guint heard;

static gboolean
strict_is_persistent (SoupHSTSEnforcer *enforcer)
{
  return TRUE;
}

static gboolean
strict_has_valid_policy (SoupHSTSEnforcer *enforcer, const char *domain)
{
  return g_str_equal (domain, "preloaded.org")
         || SOUP_HSTS_ENFORCER_CLASS (strict_parent_class)->has_valid_policy (enforcer, domain);
}

static void
strict_changed (SoupHSTSEnforcer *enforcer, SoupHSTSPolicy *old_policy, SoupHSTSPolicy *new_policy)
{
  heard++;
}

static void
strict_class_init (StrictClass *klass)
{
  klass->is_persistent = strict_is_persistent;
  klass->has_valid_policy = strict_has_valid_policy;
  klass->changed = strict_changed;
}

static void
strict_init (Strict *enforcer)
{
}

static void
derived (void)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = g_object_new (strict_get_type (), NULL);

  g_assert_true (soup_hsts_enforcer_is_persistent (enforcer));
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "preloaded.org"));
  g_assert_false (soup_hsts_enforcer_has_valid_policy (enforcer, "kept.org"));
  set (enforcer, "kept.org", 500, FALSE);
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "kept.org"));
  g_assert_cmpuint (heard, ==, 1);
}

/* ---- A session ---- */

static void
count (gpointer object, guint *number)
{
  (*number)++;
}

/* Nothing listens on the port, with TLS or without: what counts is where the message was going. */
static void
rewritten (const char *scheme, const char *host, const char *wanted, guint enforced)
{
  guint16 port;
  int listener = peer_listen (&port);
  g_autofree char *uri = g_strdup_printf ("%s://%s:%u/x?y", scheme, host, port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_new ();
  g_autoptr (GBytes) body = NULL;
  guint number = 0;

  close (listener);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (enforcer));
  set (enforcer, "localhost", 500, TRUE);
  g_signal_connect (message, "hsts-enforced", G_CALLBACK (count), &number);
  body = soup_session_send_and_read (session, message, NULL, NULL);
  g_assert_null (body);
  g_assert_cmpstr (g_uri_get_scheme (soup_message_get_uri (message)), ==, wanted);
  g_assert_cmpint (g_uri_get_port (soup_message_get_uri (message)), ==, port);
  g_assert_cmpstr (g_uri_get_query (soup_message_get_uri (message)), ==, "y");
  g_assert_cmpuint (number, ==, enforced);
}

static void
session (void)
{
  rewritten ("http", "localhost", "https", 1);
  rewritten ("http", "127.0.0.1", "http", 0);
  rewritten ("https", "localhost", "https", 0);
  if (differs ("makes wss of ws, and not https"))
    return;
  rewritten ("ws", "localhost", "wss", 1);
}

static void
enforced (SoupMessage *message, GString *log)
{
  g_string_append_printf (log, "enforced:%s ", g_uri_get_scheme (soup_message_get_uri (message)));
}

/* Takes the message away from the host with the policy again, once it has been seen. */
static void
restarted (SoupMessage *message, GString *log)
{
  g_autoptr (GUri) uri = g_uri_parse (g_object_get_data (G_OBJECT (message), "home"), SOUP_HTTP_URI_FLAGS, NULL);

  g_string_append_printf (log, "restarted:%s ", g_uri_get_scheme (soup_message_get_uri (message)));
  soup_message_set_uri (message, uri);
}

static void
queued (SoupSession *session, SoupMessage *message, GString *log)
{
  g_signal_connect (message, "restarted", G_CALLBACK (restarted), log);
  g_string_append_printf (log, "queued:%s ", g_uri_get_scheme (soup_message_get_uri (message)));
}

static void
redirecting (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  if (g_str_equal (path, "/away"))
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "http://known.test/");
  else
    soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
}

/* The URI has changed before handlers of "request-queued" and of "restarted" see it, and what they set counts. */
static void
when (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_new ();
  g_autoptr (SoupMessage) elsewhere = soup_message_new ("GET", "http://known.test/");
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autofree char *home = g_strdup_printf ("http://localhost:%u/", server_listen (server));
  g_autofree char *away = g_strconcat (home, "away", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", away);
  g_autoptr (GString) log = g_string_new (NULL);
  Fetched fetched = { 0 };

  soup_server_add_handler (server, NULL, redirecting, NULL, NULL);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (enforcer));
  set (enforcer, "known.test", 500, FALSE);
  g_signal_connect (session, "request-queued", G_CALLBACK (queued), log);
  g_object_set_data (G_OBJECT (message), "home", home);
  g_signal_connect (message, "hsts-enforced", G_CALLBACK (enforced), log);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_cmpuint (soup_message_get_status (message), ==, SOUP_STATUS_NO_CONTENT);
  g_assert_cmpstr (log->str, ==, "queued:http enforced:https restarted:https ");
  fetched_clear (&fetched);

  g_string_truncate (log, 0);
  g_signal_connect (elsewhere, "hsts-enforced", G_CALLBACK (enforced), log);
  soup_session_send_async (session, elsewhere, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_assert_cmpstr (log->str, ==, "enforced:https queued:https ");
  soup_session_abort (session);
  soup_server_disconnect (server);
}

/* Encoded or not, it is the same host; policies have it in Unicode. */
static void
idna (void)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_new ();
  g_autoptr (GString) log = g_string_new (NULL);

  soup_hsts_enforcer_set_session_policy (enforcer, "xn--mnchen-3ya.de", FALSE);
  soup_hsts_enforcer_set_session_policy (enforcer, "\303\251t\303\251.fr", FALSE);
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "m\303\274nchen.de"));
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "xn--mnchen-3ya.de"));
  g_assert_true (soup_hsts_enforcer_has_valid_policy (enforcer, "xn--t-9fab.fr"));
  g_signal_connect (enforcer, "changed", G_CALLBACK (note), log);
  soup_hsts_enforcer_set_session_policy (enforcer, "m\303\274nchen.de", TRUE);
  soup_hsts_enforcer_set_session_policy (enforcer, "xn--t-9fab.fr", TRUE);
  g_assert_cmpstr (log->str, ==, "m\303\274nchen.de>m\303\274nchen.de \303\251t\303\251.fr>\303\251t\303\251.fr ");
  if (differs ("takes only what it would encode so for an encoded name"))
    return;
  soup_hsts_enforcer_set_session_policy (enforcer, "xn--alice-.example.com", FALSE);
  g_assert_false (soup_hsts_enforcer_has_valid_policy (enforcer, "alice.example.com"));
}

static void
misuse (void)
{
  g_autoptr (SoupHSTSEnforcer) enforcer = soup_hsts_enforcer_new ();
  g_autoptr (SoupHSTSPolicy) policy = soup_hsts_policy_new ("example.com", 5, FALSE);
  gpointer wrong = g_object_new (G_TYPE_OBJECT, NULL);

  if (differs ("crashes on NULL"))
    return;
  critical (g_assert_null (soup_hsts_policy_new (NULL, 5, FALSE)));
  critical (g_assert_null (soup_hsts_policy_new ("127.0.0.1", 5, FALSE)));
  critical (g_assert_null (soup_hsts_policy_new_full ("", 5, NULL, FALSE)));
  critical (g_assert_null (soup_hsts_policy_new_session_policy ("::1", FALSE)));
  critical (g_assert_null (soup_hsts_policy_new_from_response (wrong)));
  critical (g_assert_null (soup_hsts_policy_copy (NULL)));
  critical (soup_hsts_policy_free (NULL));
  critical (g_assert_false (soup_hsts_policy_equal (NULL, policy)));
  critical (g_assert_false (soup_hsts_policy_equal (policy, NULL)));
  critical (g_assert_null (soup_hsts_policy_get_domain (NULL)));
  critical (g_assert_null (soup_hsts_policy_get_expires (NULL)));
  critical (g_assert_cmpuint (soup_hsts_policy_get_max_age (NULL), ==, 0));
  critical (g_assert_true (soup_hsts_policy_is_expired (NULL)));
  critical (g_assert_false (soup_hsts_policy_includes_subdomains (NULL)));
  critical (g_assert_false (soup_hsts_policy_is_session_policy (NULL)));
  critical (g_assert_false (soup_hsts_enforcer_is_persistent (wrong)));
  critical (g_assert_false (soup_hsts_enforcer_has_valid_policy (wrong, "a.org")));
  critical (g_assert_false (soup_hsts_enforcer_has_valid_policy (enforcer, NULL)));
  critical (soup_hsts_enforcer_set_session_policy (wrong, "a.org", FALSE));
  critical (soup_hsts_enforcer_set_session_policy (enforcer, NULL, FALSE));
  critical (soup_hsts_enforcer_set_session_policy (enforcer, "127.0.0.1", FALSE));
  critical (soup_hsts_enforcer_set_policy (wrong, policy));
  critical (soup_hsts_enforcer_set_policy (enforcer, NULL));
  critical (g_assert_null (soup_hsts_enforcer_get_domains (wrong, TRUE)));
  critical (g_assert_null (soup_hsts_enforcer_get_policies (wrong, TRUE)));
  critical (g_assert_null (soup_hsts_enforcer_db_new (NULL)));
  g_object_unref (wrong);
}

static void
sizes (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_HSTS_ENFORCER, &query);
  g_assert_cmpuint (query.instance_size, ==, sizeof (SoupHSTSEnforcer));
  g_assert_cmpuint (query.class_size, ==, sizeof (SoupHSTSEnforcerClass));
  g_assert_true (g_type_is_a (SOUP_TYPE_HSTS_ENFORCER, SOUP_TYPE_SESSION_FEATURE));
  g_assert_true (g_type_is_a (SOUP_TYPE_HSTS_ENFORCER_DB, SOUP_TYPE_HSTS_ENFORCER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hsts/policies", policies);
  g_test_add_func ("/hsts/responses", responses);
  g_test_add_func ("/hsts/enforcer", enforcer);
  g_test_add_func ("/hsts/derived", derived);
  g_test_add_func ("/hsts/session", session);
  g_test_add_func ("/hsts/when", when);
  g_test_add_func ("/hsts/idna", idna);
  g_test_add_func ("/hsts/misuse", misuse);
  g_test_add_func ("/hsts/sizes", sizes);
  return g_test_run ();
}
