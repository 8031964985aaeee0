/* Authentication without connections: challenges, credentials, protection spaces, classes of the program's own. */

#include "common.h"

#include <string.h>

#define PAGE "http://h.example:8080/dir/page.html?q=1"

static SoupMessage *
page (void)
{
  return soup_message_new ("GET", PAGE);
}

static void
count (GObject *object, GParamSpec *property, gpointer data)
{
  (*(guint *) data)++;
}

static void
check_authorization (SoupAuth *auth, const char *expected)
{
  g_autoptr (SoupMessage) message = page ();
  g_autofree char *value = soup_auth_get_authorization (auth, message);

  g_assert_cmpstr (value, ==, expected);
}

static void
test_basic (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "basic realm=\"a realm\"");
  g_autofree char *info = soup_auth_get_info (auth);
  guint authenticated = 0, cancelled = 0;

  g_assert_true (G_TYPE_CHECK_INSTANCE_TYPE (auth, SOUP_TYPE_AUTH_BASIC));
  g_signal_connect (auth, "notify::is-authenticated", G_CALLBACK (count), &authenticated);
  g_signal_connect (auth, "notify::is-cancelled", G_CALLBACK (count), &cancelled);
  g_assert_cmpstr (soup_auth_get_scheme_name (auth), ==, "Basic");
  g_assert_cmpstr (soup_auth_get_realm (auth), ==, "a realm");
  g_assert_cmpstr (soup_auth_get_authority (auth), ==, "h.example:8080");
  g_assert_cmpstr (info, ==, "Basic:a realm");
  g_assert_false (soup_auth_is_for_proxy (auth));
  g_assert_false (soup_auth_is_authenticated (auth));
  g_assert_false (soup_auth_is_ready (auth, message));
  g_assert_true (soup_auth_can_authenticate (auth));

  soup_auth_authenticate (auth, "Aladdin", "open sesame");
  g_assert_true (soup_auth_is_authenticated (auth));
  g_assert_true (soup_auth_is_ready (auth, message));
  check_authorization (auth, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  soup_auth_authenticate (auth, "u", "p");
  check_authorization (auth, "Basic dTpw");
  g_assert_cmpuint (authenticated, ==, 1);

  /* Who is asked again was wrong. */
  g_assert_true (soup_auth_update (auth, message, "Basic realm=\"a realm\""));
  g_assert_false (soup_auth_is_authenticated (auth));
  g_assert_cmpuint (authenticated, ==, 2);
  g_assert_false (soup_auth_update (auth, message, "Basic realm=\"another\""));
  g_assert_false (soup_auth_update (auth, message, "Digest realm=\"a realm\", nonce=\"n\""));

  soup_auth_cancel (auth);
  soup_auth_cancel (auth);
  g_assert_cmpuint (cancelled, ==, 1);
  g_assert_true (soup_auth_is_cancelled (auth));
  soup_auth_authenticate (auth, "u", "p");
  g_assert_false (soup_auth_is_authenticated (auth));
  g_assert_false (soup_auth_is_ready (auth, message));
  g_assert_false (soup_auth_can_authenticate (auth));
  g_assert_false (soup_auth_update (auth, message, "Basic realm=\"a realm\""));
  g_assert_cmpuint (authenticated, ==, 2);
}

static void
test_digest (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\"");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  g_assert_false (soup_auth_is_authenticated (auth));
  soup_auth_authenticate (auth, "u", "p");
  g_assert_true (soup_auth_is_ready (auth, message));
  check_authorization (auth, "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/dir/page.html?q=1\", "
                             "algorithm=MD5, response=\"daaf6bcdb33e014976fab4137e55467c\"");

  /* A nonce that is too old says nothing about the password. */
  g_assert_true (soup_auth_update (auth, message, "Digest realm=\"r\", nonce=\"n2\", stale=true, qop=\"auth\""));
  g_assert_true (soup_auth_is_authenticated (auth));
  first = soup_auth_get_authorization (auth, message);
  g_assert_nonnull (strstr (first, "nonce=\"n2\""));
  g_assert_nonnull (strstr (first, "nc=00000001, qop=auth"));
  second = soup_auth_get_authorization (auth, message);
  g_assert_nonnull (strstr (second, "nc=00000002"));
  g_assert_true (soup_auth_update (auth, message, "Digest realm=\"r\", nonce=\"n3\""));
  g_assert_false (soup_auth_is_authenticated (auth));
}

static void
test_declined (void)
{
  g_autoptr (SoupMessage) message = page ();

  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Digest realm=\"r\", nonce=\"n\""));
  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Basic realm=\"r\""));
  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""));
  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\", algorithm=ROT13"));
  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, ""));
}

static void
test_cve_2025_32910_and_32912 (void)
{
  const char *const headers[] = { "Digest qop=\"auth\"",
                                  "Digest realm=\"r\", qop=\"auth\"",
                                  "Digest nonce=\"n\"",
                                  "Digest realm=\"r\", nonce",
                                  "Digest",
                                  "Digest ,,,",
                                  "Digest =" };
  g_autoptr (SoupMessage) message = page ();

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, headers[i]));
}

#ifndef ORACLE_LIBSOUP
static void
test_without_credentials (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) basic = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"r\"");
  g_autoptr (SoupAuth) digest
      = soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");

  check_authorization (basic, NULL);
  check_authorization (digest, NULL);
  soup_auth_authenticate (basic, "u", "p");
  soup_auth_cancel (basic);
}
#endif

/* Tickets come from the user's login; tests/interop/with_kerberos.py has one. */
static void
test_negotiate (void)
{
  g_autoptr (SoupMessage) plain = soup_message_new ("GET", "http://localhost/");
  g_autoptr (SoupAuth) unused = g_object_new (SOUP_TYPE_AUTH_NEGOTIATE, NULL);

  g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_NEGOTIATE, plain, "Basic realm=\"r\""));
  g_assert_false (soup_auth_is_authenticated (unused));
  g_assert_false (soup_auth_can_authenticate (unused));
  soup_auth_authenticate (unused, "user", "password");
  g_assert_false (soup_auth_is_authenticated (unused));
#ifndef ORACLE_LIBSOUP /* which looks for the ticket at once */
  {
    g_autoptr (SoupMessage) secure = soup_message_new ("GET", "https://localhost/");
    g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_NEGOTIATE, secure, "Negotiate");

    g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_NEGOTIATE, plain, "Negotiate"));
    g_assert_true ((auth != NULL) == soup_auth_negotiate_supported ());
    g_assert_null (auth ? soup_auth_get_authorization (auth, secure) : NULL);
  }
#endif
}

static void
check_space (SoupAuth *auth, const char *uri, const char *expected)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  GSList *space = g_slist_sort (soup_auth_get_protection_space (auth, parsed), (GCompareFunc) strcmp);

  for (GSList *path = space; path; path = path->next)
    g_string_append_printf (found, "[%s]", (char *) path->data);
  soup_auth_free_protection_space (auth, space);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_spaces (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) basic = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"r\"");
  g_autoptr (SoupAuth) whole = soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\"");
  g_autoptr (SoupAuth) some
      = soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message,
                       "Digest realm=\"r\", nonce=\"n\", domain=\"/a /b/c http://h.example:8080/d http://other/e\"");
  g_autoptr (SoupAuth) elsewhere
      = soup_auth_new (SOUP_TYPE_AUTH_DIGEST, message, "Digest realm=\"r\", nonce=\"n\", domain=\"http://other/\"");

  check_space (basic, PAGE, "[/dir]");
  check_space (basic, "http://h.example:8080/x/", "[/x/]");
  check_space (basic, "http://h.example:8080/x", "[/]");
  check_space (basic, "http://h.example:8080/", "[/]");
  check_space (basic, "http://h.example:8080", "[/]");
  check_space (whole, PAGE, "[]");
  check_space (some, PAGE, "[/a][/b/c][/d]");
  check_space (elsewhere, PAGE, "");
}

static void
test_properties (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"r\"");
  g_autofree char *scheme = NULL;
  g_autofree char *realm = NULL;
  g_autofree char *authority = NULL;
  gboolean proxy, authenticated, cancelled;
  guint count = 0;

  g_free (g_signal_list_ids (SOUP_TYPE_AUTH, &count));
  g_assert_cmpuint (count, ==, 0);
  g_object_set (auth, "realm", "other", "authority", "host:1", "is-for-proxy", TRUE, NULL);
  g_object_get (auth, "scheme-name", &scheme, "realm", &realm, "authority", &authority, "is-for-proxy", &proxy,
                "is-authenticated", &authenticated, "is-cancelled", &cancelled, NULL);
  g_assert_cmpstr (scheme, ==, "Basic");
  g_assert_cmpstr (realm, ==, "other");
  g_assert_cmpstr (authority, ==, "host:1");
  g_assert_true (proxy && soup_auth_is_for_proxy (auth));
  g_assert_false (authenticated || cancelled);
}

static void
check_class (GType type, const char *scheme, guint strength, const char *parent)
{
  SoupAuthClass *class = g_type_class_ref (type);
  GTypeQuery query;

  g_type_query (type, &query);
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_cmpuint (query.class_size, ==, g_str_equal (parent, "SoupAuth") ? 256 : 296);
  g_assert_cmpstr (class->scheme_name, ==, scheme);
  g_assert_cmpuint (class->strength, ==, strength);
  g_assert_cmpstr (g_type_name (g_type_parent (type)), ==, parent);
  g_type_class_unref (class);
}

static void
test_types (void)
{
  GSignalQuery query;

  G_STATIC_ASSERT (sizeof (SoupAuth) == 24);
  G_STATIC_ASSERT (sizeof (SoupAuthClass) == 256);
  g_assert_true (G_TYPE_IS_ABSTRACT (SOUP_TYPE_AUTH));
  check_class (SOUP_TYPE_AUTH_BASIC, "Basic", 1, "SoupAuth");
  check_class (SOUP_TYPE_AUTH_DIGEST, "Digest", 5, "SoupAuth");
  check_class (SOUP_TYPE_AUTH_NTLM, "NTLM", 3, "SoupConnectionAuth");
  check_class (SOUP_TYPE_AUTH_NEGOTIATE, "Negotiate", 7, "SoupConnectionAuth");
  g_assert_true (g_type_is_a (SOUP_TYPE_AUTH_MANAGER, SOUP_TYPE_SESSION_FEATURE));
  g_type_class_unref (g_type_class_ref (SOUP_TYPE_MESSAGE));
  g_signal_query (g_signal_lookup ("authenticate", SOUP_TYPE_MESSAGE), &query);
  g_assert_true ((query.param_types[0] & ~G_SIGNAL_TYPE_STATIC_SCOPE) == SOUP_TYPE_AUTH);
}

/* ---- A scheme of the program's ---- */

typedef struct {
  SoupAuth parent;
  char *nonce;
  char *answer;
} Own;

typedef struct {
  SoupAuthClass parent;
} OwnClass;

G_DEFINE_TYPE (Own, own, SOUP_TYPE_AUTH)

static gboolean
own_update (SoupAuth *auth, SoupMessage *message, GHashTable *params)
{
  Own *own = (Own *) auth;

  g_assert_true (SOUP_IS_MESSAGE (message));
  g_assert_cmpstr (g_hash_table_lookup (params, "NONCE"), ==, g_hash_table_lookup (params, "nonce"));
  g_free (own->nonce);
  own->nonce = g_strdup (g_hash_table_lookup (params, "nonce"));
  g_clear_pointer (&own->answer, g_free);
  return own->nonce != NULL;
}

static GSList *
own_space (SoupAuth *auth, GUri *uri)
{
  return g_slist_prepend (NULL, g_strdup (g_uri_get_path (uri)));
}

static void
own_authenticate (SoupAuth *auth, const char *user, const char *password)
{
  Own *own = (Own *) auth;

  g_free (own->answer);
  own->answer = g_strdup_printf ("Own %s.%s.%s", own->nonce, user, password);
}

static gboolean
own_is_authenticated (SoupAuth *auth)
{
  return ((Own *) auth)->answer != NULL;
}

static char *
own_authorization (SoupAuth *auth, SoupMessage *message)
{
  return g_strdup (((Own *) auth)->answer);
}

static void
own_finalize (GObject *object)
{
  g_free (((Own *) object)->nonce);
  g_free (((Own *) object)->answer);
  G_OBJECT_CLASS (own_parent_class)->finalize (object);
}

static void
own_class_init (OwnClass *class)
{
  G_OBJECT_CLASS (class)->finalize = own_finalize;
  class->parent.scheme_name = "Own";
  class->parent.strength = 6;
  class->parent.update = own_update;
  class->parent.get_protection_space = own_space;
  class->parent.authenticate = own_authenticate;
  class->parent.is_authenticated = own_is_authenticated;
  class->parent.get_authorization = own_authorization;
}

static void
own_init (Own *own)
{
}

static gboolean
own_is_ready (SoupAuth *auth, SoupMessage *message)
{
  return TRUE;
}

static void
test_subclass (void)
{
  g_autoptr (SoupMessage) message = page ();
  g_autoptr (SoupAuth) auth = NULL;
  guint authenticated = 0;

  /* Without the slot a ready one is an authenticated one in ours; libsoup wants it set. */
  ((SoupAuthClass *) g_type_class_ref (own_get_type ()))->is_ready = own_is_ready;
  g_assert_null (soup_auth_new (own_get_type (), message, "Own realm=\"r\""));
  auth = soup_auth_new (own_get_type (), message, "OWN realm=\"r\", nonce=\"a\\\"b\"");
  g_assert_nonnull (auth);
  g_signal_connect (auth, "notify::is-authenticated", G_CALLBACK (count), &authenticated);
  g_assert_true (soup_auth_is_ready (auth, message));
  g_assert_true (soup_auth_can_authenticate (auth));
  soup_auth_authenticate (auth, "u", "p");
  check_authorization (auth, "Own a\"b.u.p");
  check_space (auth, PAGE, "[/dir/page.html]");
  g_assert_true (soup_auth_update (auth, message, "Own realm=\"r\", nonce=c"));
  g_assert_cmpuint (authenticated, ==, 2);
}

static void
test_parts (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupAuthManager) manager = g_object_new (SOUP_TYPE_AUTH_MANAGER, NULL);
  SoupSessionFeature *feature = soup_session_get_feature (session, SOUP_TYPE_AUTH_MANAGER);

  g_assert_nonnull (feature);
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_AUTH_BASIC));
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_AUTH_DIGEST));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_AUTH_NTLM));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_AUTH_NEGOTIATE));
  soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_NTLM);
  soup_session_add_feature_by_type (session, own_get_type ());
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_AUTH_NTLM));
  g_assert_true (soup_session_has_feature (session, own_get_type ()));
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_BASIC);
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_AUTH_BASIC));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, "*No feature manager*SoupAuthBasic*");
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_BASIC);
  g_test_assert_expected_messages ();

  /* A manager of one's own has nothing in it. */
  soup_session_remove_feature (session, feature);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (manager));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_AUTH_DIGEST));
  soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_DIGEST);
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_AUTH_DIGEST));
  soup_auth_manager_clear_cached_credentials (manager);
}

static void
test_misuse (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (SoupMessage) message = page ();
    g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"r\"");
    g_autoptr (GUri) uri = g_uri_parse (PAGE, SOUP_HTTP_URI_FLAGS, NULL);
    g_autoptr (SoupAuthManager) manager = g_object_new (SOUP_TYPE_AUTH_MANAGER, NULL);

    g_log_set_always_fatal (G_LOG_FATAL_MASK);
    g_assert_null (soup_auth_new (SOUP_TYPE_MESSAGE, message, "Basic realm=\"r\""));
    g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_BASIC, NULL, "Basic realm=\"r\""));
    g_assert_null (soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, NULL));
    g_assert_false (soup_auth_update ((SoupAuth *) message, message, "Basic realm=\"r\""));
    g_assert_false (soup_auth_update (auth, NULL, "Basic realm=\"r\""));
    g_assert_false (soup_auth_update (auth, message, NULL));
    soup_auth_authenticate (auth, NULL, "p");
    soup_auth_authenticate (auth, "u", NULL);
    soup_auth_authenticate (NULL, "u", "p");
    g_assert_false (soup_auth_is_authenticated (auth));
    soup_auth_cancel (NULL);
    g_assert_null (soup_auth_get_realm (NULL));
    g_assert_null (soup_auth_get_authority (NULL));
    g_assert_null (soup_auth_get_scheme_name (NULL));
    g_assert_null (soup_auth_get_info (NULL));
    g_assert_null (soup_auth_get_authorization (auth, NULL));
    g_assert_null (soup_auth_get_protection_space (auth, NULL));
    g_assert_false (soup_auth_is_for_proxy (NULL));
    g_assert_true (soup_auth_is_cancelled (NULL));
    g_assert_true (soup_auth_is_authenticated (NULL) && soup_auth_is_ready (auth, NULL));
    g_assert_false (soup_auth_can_authenticate (NULL));
#ifndef ORACLE_LIBSOUP /* libsoup does not look */
    soup_auth_manager_use_auth (NULL, uri, auth);
    soup_auth_manager_use_auth (manager, NULL, auth);
    soup_auth_manager_use_auth (manager, uri, NULL);
#endif
    soup_auth_manager_clear_cached_credentials (NULL);
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*soup_auth_new: assertion 'g_type_is_a (type, SOUP_TYPE_AUTH)' failed*");
  g_test_trap_assert_stderr ("*soup_auth_new: assertion 'SOUP_IS_MESSAGE (msg)' failed*");
  g_test_trap_assert_stderr ("*soup_auth_authenticate: assertion 'username != NULL' failed*");
  g_test_trap_assert_stderr ("*soup_auth_authenticate: assertion 'password != NULL' failed*");
  g_test_trap_assert_stderr ("*soup_auth_cancel: assertion 'SOUP_IS_AUTH (auth)' failed*");
  g_test_trap_assert_stderr ("*soup_auth_get_protection_space: assertion 'SOUP_URI_IS_VALID (source_uri)' failed*");
  g_test_trap_assert_stderr ("*soup_auth_manager_clear_cached_credentials: assertion*failed*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/basic", test_basic);
  g_test_add_func ("/auth/digest", test_digest);
  g_test_add_func ("/auth/declined", test_declined);
  g_test_add_func ("/auth/cve-2025-32910-and-32912", test_cve_2025_32910_and_32912);
#ifndef ORACLE_LIBSOUP
  g_test_add_func ("/auth/without-credentials", test_without_credentials);
#endif
  g_test_add_func ("/auth/negotiate", test_negotiate);
  g_test_add_func ("/auth/spaces", test_spaces);
  g_test_add_func ("/auth/properties", test_properties);
  g_test_add_func ("/auth/types", test_types);
  g_test_add_func ("/auth/subclass", test_subclass);
  g_test_add_func ("/auth/parts", test_parts);
  g_test_add_func ("/auth/misuse", test_misuse);
  return g_test_run ();
}
