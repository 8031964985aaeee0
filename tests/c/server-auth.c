/* Authentication on a SoupServer: Basic, Digest, classes of the program's own, with a raw peer. */

#include "common.h"

typedef struct {
  SoupServer *server;
  guint16 port;
  GString *log;
  char *nonce; /* of the last challenge */
  gboolean stale;
} House;

static void
note (House *house, const char *word)
{
  if (house->log->len > 0)
    g_string_append_c (house->log, ' ');
  g_string_append (house->log, word);
}

static void
handle (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  note (data, "handler");
  soup_server_message_set_status (message, 204, NULL);
}

static void
handle_early (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  note (data, "early");
}

static House *
house_new (void)
{
  House *house = g_new0 (House, 1);

  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (house->server, NULL, handle, house, NULL);
  soup_server_add_early_handler (house->server, NULL, handle_early, house, NULL);
  house->port = server_listen (house->server);
  return house;
}

static void
house_free (House *house)
{
  soup_server_disconnect (house->server);
  g_object_unref (house->server);
  g_string_free (house->log, TRUE);
  g_free (house->nonce);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

static void
add (House *house, SoupAuthDomain *domain, const char *path)
{
  soup_auth_domain_add_path (domain, path);
  soup_server_add_auth_domain (house->server, domain);
}

static guint
count (const char *text, const char *part)
{
  guint found = 0;

  for (const char *place = strstr (text, part); place; place = strstr (place + 1, part))
    found++;
  return found;
}

/* The head that answers the request. */
static char *
answer (House *house, const char *method, const char *target, const char *headers)
{
  g_autoptr (Peer) peer = peer_connect (house->port);
  g_autofree char *request = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, headers);
  char *head;
  const char *nonce;

  peer_write_text (peer, request);
  head = peer_head (peer);
  nonce = strstr (head, "nonce=\"");
  if (nonce) {
    nonce += strlen ("nonce=\"");
    g_free (house->nonce);
    house->nonce = g_strndup (nonce, strcspn (nonce, "\""));
    house->stale = strstr (nonce, "stale=true") != NULL;
  }
  return head;
}

static void
set_nonce (House *house, const char *nonce)
{
  g_free (house->nonce);
  house->nonce = g_strdup (nonce);
}

static guint
status (House *house, const char *method, const char *target, const char *headers)
{
  g_autofree char *head = answer (house, method, target, headers);

  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 "));
  return g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

static guint
basic (House *house, const char *target, const char *credentials)
{
  g_autofree char *encoded = g_base64_encode ((const guchar *) credentials, strlen (credentials));
  g_autofree char *header = g_strdup_printf ("Authorization: Basic %s\r\n", encoded);

  return status (house, "GET", target, header);
}

/* With the nonce of the last challenge. */
static guint
digest (House *house, const char *target, const char *uri, const char *user, const char *password, const char *count)
{
  g_autofree char *secret = soup_auth_domain_digest_encode_password (user, "realm", password);
  g_autofree char *request = g_strconcat ("GET:", uri, NULL);
  g_autofree char *hashed = g_compute_checksum_for_string (G_CHECKSUM_MD5, request, -1);
  g_autofree char *all = g_strdup_printf ("%s:%s:%s:c:auth:%s", secret, house->nonce, count, hashed);
  g_autofree char *response = g_compute_checksum_for_string (G_CHECKSUM_MD5, all, -1);
  g_autofree char *header = g_strdup_printf (
      "Authorization: Digest username=\"%s\", realm=\"realm\", nonce=\"%s\", uri=\"%s\", algorithm=MD5, "
      "response=\"%s\", qop=auth, nc=%s, cnonce=\"c\"\r\n",
      user, house->nonce, uri, response, count);

  return status (house, "GET", target, header);
}

/* ---- Callbacks ---- */

static gboolean
user_has_password (SoupAuthDomain *domain,
                   SoupServerMessage *message,
                   const char *user,
                   const char *password,
                   gpointer data)
{
  g_assert_true (SOUP_IS_AUTH_DOMAIN_BASIC (domain));
  return g_str_equal (user, "user") && g_str_equal (password, "pass:word");
}

static char *
password_of (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, gpointer data)
{
  if (!g_str_equal (user, "user"))
    return NULL;
  return soup_auth_domain_digest_encode_password (user, soup_auth_domain_get_realm (domain), "secret");
}

static gboolean
generic (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, gpointer data)
{
  g_assert_false (soup_auth_domain_check_password (domain, message, "another", "secret"));
  return soup_auth_domain_check_password (domain, message, user, "secret");
}

static gboolean
unless_put (SoupAuthDomain *domain, SoupServerMessage *message, gpointer data)
{
  return !g_str_equal (soup_server_message_get_method (message), "PUT");
}

static void
freed (gpointer data)
{
  ++*(guint *) data;
}

/* ---- Tests ---- */

static void
basic_in_its_paths (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain
      = soup_auth_domain_basic_new ("realm", "a \"b\"", "auth-callback", user_has_password, NULL);
  g_autofree char *head = NULL;

  add (house, domain, "/private");
  soup_auth_domain_remove_path (domain, "/private/open");
  g_assert_cmpstr (soup_auth_domain_get_realm (domain), ==, "a \"b\"");

  head = answer (house, "GET", "/private", "");
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 401 Unauthorized\r\n"));
  g_assert_nonnull (strstr (head, "\r\nWWW-Authenticate: Basic realm=\"a \\\"b\\\"\""));
  g_assert_cmpstr (house->log->str, ==, "");

  g_assert_cmpuint (basic (house, "/private", "user:pass:word"), ==, 204);
  /* Who has given a password is not shown to the early handler. */
  g_assert_cmpstr (house->log->str, ==, "handler");
  g_assert_cmpuint (basic (house, "/private/x", "user:pass:word"), ==, 204);
  g_assert_cmpuint (basic (house, "/privately", "user:wrong"), ==, 401);
  g_assert_cmpuint (basic (house, "/private", "user:pass"), ==, 401);
  g_assert_cmpuint (basic (house, "/private", "no colon"), ==, 401);
  g_assert_cmpuint (status (house, "GET", "/private", "Authorization: Basic !!\r\n"), ==, 401);
  g_assert_cmpuint (status (house, "GET", "/private", "Authorization: Digest x\r\n"), ==, 401);
  g_assert_cmpuint (status (house, "GET", "/%70rivate/x", ""), ==, 401);
  g_assert_cmpuint (status (house, "GET", "/x/../private", ""), ==, 401);
  g_string_truncate (house->log, 0);
  g_assert_cmpuint (status (house, "GET", "/private/open/x", ""), ==, 204);
  g_assert_cmpuint (status (house, "GET", "/", ""), ==, 204);
  g_assert_cmpstr (house->log->str, ==, "early handler early handler");

  soup_server_remove_auth_domain (house->server, domain);
  g_assert_cmpuint (status (house, "GET", "/private", ""), ==, 204);
  if (differs ("a domain that is not there can be removed"))
    return;
  soup_server_remove_auth_domain (house->server, domain);
}

static void
filters_and_data (void)
{
  g_autoptr (House) house = house_new ();
  SoupAuthDomain *domain = soup_auth_domain_basic_new ("realm", "r", "filter", unless_put, NULL);
  guint frees = 0;
  gpointer filter, data;

  add (house, domain, "/");
  g_assert_cmpuint (status (house, "GET", "/", ""), ==, 401);
  g_assert_cmpuint (status (house, "PUT", "/", "Content-Length: 0\r\n"), ==, 204);
  g_assert_cmpuint (status (house, "OPTIONS", "*", ""), ==, 401);
  /* Nobody knows anybody. */
  g_assert_cmpuint (basic (house, "/", "user:pass"), ==, 401);

  g_object_get (domain, "filter", &filter, "filter-data", &data, NULL);
  g_assert_true (filter == unless_put);
  g_assert_null (data);
  soup_auth_domain_set_filter (domain, unless_put, &frees, freed);
  g_object_get (domain, "filter-data", &data, NULL);
  g_assert_true (data == &frees);
  soup_auth_domain_set_filter (domain, NULL, NULL, NULL);
  g_assert_cmpuint (frees, ==, 1);
  g_assert_cmpuint (status (house, "PUT", "/", "Content-Length: 0\r\n"), ==, 401);

  soup_auth_domain_basic_set_auth_callback (domain, user_has_password, &frees, freed);
  soup_auth_domain_set_generic_auth_callback (domain, generic, &frees, freed);
  g_object_get (domain, "auth-callback", &filter, "auth-data", &data, NULL);
  g_assert_true (filter == user_has_password && data == &frees);
  g_object_get (domain, "generic-auth-callback", &filter, "generic-auth-data", &data, NULL);
  g_assert_true (filter == generic && data == &frees);
  g_assert_cmpuint (basic (house, "/", "user:pass:word"), ==, 204);
  g_object_unref (domain);
  g_assert_cmpuint (frees, ==, 1);
  soup_server_remove_auth_domain (house->server, domain);
  g_assert_cmpuint (frees, ==, 3);
}

static void
several_domains (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) one
      = soup_auth_domain_basic_new ("realm", "one", "auth-callback", user_has_password, NULL);
  g_autoptr (SoupAuthDomain) other = soup_auth_domain_basic_new ("realm", "other", NULL);
  g_autoptr (SoupAuthDomain) proxy
      = soup_auth_domain_basic_new ("realm", "proxy", "proxy", TRUE, "auth-callback", user_has_password, NULL);
  g_autofree char *both = NULL, *proxied = NULL, *encoded = NULL, *header = NULL;

  soup_auth_domain_set_generic_auth_callback (other, generic, NULL, NULL);
  add (house, one, "/a");
  add (house, other, "/a");
  both = answer (house, "GET", "/a", "");
  g_assert_cmpuint (count (both, "WWW-Authenticate: Basic realm="), ==, 2);
  g_assert_cmpuint (basic (house, "/a", "user:pass:word"), ==, 204);
  g_assert_cmpuint (basic (house, "/a", "anybody:secret"), ==, 204);
  g_assert_cmpuint (basic (house, "/a", "anybody:else"), ==, 401);

  /* A proxy's domain covers all there is, and CONNECT. */
  soup_server_add_auth_domain (house->server, proxy);
  proxied = answer (house, "GET", "/b", "");
  g_assert_true (g_str_has_prefix (proxied, "HTTP/1.1 407 Proxy Authentication Required\r\n"));
  g_assert_cmpuint (count (proxied, "\r\nProxy-Authenticate: Basic realm="), ==, 1);
  g_assert_cmpuint (status (house, "CONNECT", "a:1", ""), ==, 407);
  encoded = g_base64_encode ((const guchar *) "user:pass:word", 14);
  header = g_strdup_printf ("Proxy-Authorization: Basic %s\r\n", encoded);
  g_assert_cmpuint (status (house, "GET", "/b", header), ==, 204);
}

static void
refused_before_the_body (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain = soup_auth_domain_basic_new ("realm", "r", NULL);

  add (house, domain, "/");
  g_assert_cmpuint (status (house, "POST", "/", "Content-Length: 5\r\nExpect: 100-continue\r\n"), ==, 401);
  g_assert_cmpuint (status (house, "POST", "/", "Content-Length: 5\r\n\r\nhello"), ==, 401);
  g_assert_cmpstr (house->log->str, ==, "");
}

static void
digest_with_our_nonces (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain
      = soup_auth_domain_digest_new ("realm", "realm", "auth-callback", password_of, NULL);
  g_autofree char *head = NULL, *first = NULL;

  add (house, domain, "/");
  head = answer (house, "GET", "/", "");
  g_assert_nonnull (strstr (head, "\r\nWWW-Authenticate: Digest realm=\"realm\", nonce=\""));
  g_assert_nonnull (strstr (head, "qop=\"auth\""));
  g_assert_nonnull (strstr (head, "algorithm=MD5"));

  first = g_strdup (house->nonce);
  g_assert_cmpuint (digest (house, "/", "/", "user", "secret", "00000001"), ==, 204);
  g_assert_cmpuint (digest (house, "/a?b=c", "/a?b=c", "user", "secret", "00000002"), ==, 204);
  g_assert_cmpuint (digest (house, "/", "/", "user", "wrong", "00000003"), ==, 401);
  g_assert_false (house->stale);
  g_assert_cmpuint (digest (house, "/", "/", "nobody", "secret", "00000001"), ==, 401);
  /* For another resource than it says. */
  g_assert_cmpuint (digest (house, "/b", "/a", "user", "secret", "00000001"), ==, 401);

  if (differs ("a request that was overheard is refused when it comes again"))
    return;
  set_nonce (house, first);
  g_assert_cmpuint (digest (house, "/", "/", "user", "secret", "00000002"), ==, 401);
  g_assert_true (house->stale);
  /* The challenge's new nonce is good. */
  g_assert_cmpstr (house->nonce, !=, first);
  g_assert_cmpuint (digest (house, "/", "/", "user", "secret", "00000001"), ==, 204);
  /* One that nobody has issued is not; only who knows the password hears why. */
  set_nonce (house, "00000000000000000000000000000000");
  g_assert_cmpuint (digest (house, "/", "/", "user", "wrong", "00000001"), ==, 401);
  g_assert_false (house->stale);
  set_nonce (house, "00000000000000000000000000000000");
  g_assert_cmpuint (digest (house, "/", "/", "user", "secret", "00000001"), ==, 401);
  g_assert_true (house->stale);
}

static void
tell_user (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupAuthDomain *domain = data;
  g_autofree char *user = soup_auth_domain_accepts (domain, message),
                  *again = soup_auth_domain_accepts (domain, message);

  g_assert_true (soup_auth_domain_covers (domain, message));
  g_assert_cmpstr (user, ==, "user");
  g_assert_cmpstr (again, ==, "user");
  soup_server_message_set_status (message, 200, NULL);
}

static void
handlers_learn_the_user (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain = soup_auth_domain_digest_new ("realm", "realm", NULL);

  soup_auth_domain_set_generic_auth_callback (domain, generic, NULL, NULL);
  add (house, domain, "/");
  soup_server_add_handler (house->server, "/", tell_user, domain, NULL);
  g_assert_cmpuint (status (house, "GET", "/", ""), ==, 401);
  g_assert_cmpuint (digest (house, "/", "/", "user", "wrong", "00000001"), ==, 401);
  g_assert_cmpuint (digest (house, "/", "/", "user", "secret", "00000001"), ==, 200);
}

static void
opened (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        SoupWebsocketConnection *connection,
        gpointer data)
{
  note (data, "websocket");
}

static void
websockets (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain
      = soup_auth_domain_basic_new ("realm", "r", "auth-callback", user_has_password, NULL);
  const char *upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  g_autofree char *encoded = g_base64_encode ((const guchar *) "user:pass:word", 14), *header = NULL;

  soup_server_remove_handler (house->server, NULL);
  soup_server_remove_handler (house->server, "/");
  soup_server_add_websocket_handler (house->server, "/feed", NULL, NULL, opened, house, NULL);
  add (house, domain, "/feed");
  g_assert_cmpuint (status (house, "GET", "/feed", upgrade), ==, 401);
  g_assert_cmpstr (house->log->str, ==, "");
  header = g_strdup_printf ("%sAuthorization: Basic %s\r\n", upgrade, encoded);
  g_assert_cmpuint (status (house, "GET", "/feed", header), ==, 101);
  wait_until (g_str_equal (house->log->str, "websocket"));
}

/* ---- A scheme of the program's own ---- */

typedef struct {
  SoupAuthDomain parent_instance;
} Knock;
typedef struct {
  SoupAuthDomainClass parent_class;
} KnockClass;
static GType knock_get_type (void);
G_DEFINE_TYPE (Knock, knock, SOUP_TYPE_AUTH_DOMAIN)

static char *
knock_accepts (SoupAuthDomain *domain, SoupServerMessage *message, const char *header)
{
  g_assert_true (SOUP_IS_SERVER_MESSAGE (message));
  return g_str_equal (header, "Knock 3") ? g_strdup ("guest") : NULL;
}

static char *
knock_challenge (SoupAuthDomain *domain, SoupServerMessage *message)
{
  return g_strdup_printf ("Knock realm=\"%s\"", soup_auth_domain_get_realm (domain));
}

static gboolean
knock_check_password (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, const char *password)
{
  return g_str_equal (password, "knock");
}

static void
knock_class_init (KnockClass *class)
{
  SoupAuthDomainClass *domain_class = SOUP_AUTH_DOMAIN_CLASS (class);

  domain_class->accepts = knock_accepts;
  domain_class->challenge = knock_challenge;
  domain_class->check_password = knock_check_password;
}

static void
knock_init (Knock *knock)
{
}

static void
subclass (void)
{
  g_autoptr (House) house = house_new ();
  g_autoptr (SoupAuthDomain) domain = g_object_new (knock_get_type (), "realm", "door", NULL);
  g_autofree char *head = NULL;

  add (house, domain, "/");
  head = answer (house, "GET", "/", "");
  g_assert_nonnull (strstr (head, "\r\nWWW-Authenticate: Knock realm=\"door\"\r\n"));
  g_assert_cmpuint (status (house, "GET", "/", "Authorization: Knock 2\r\n"), ==, 401);
  g_assert_cmpuint (status (house, "GET", "/", "Authorization: Knock 3\r\n"), ==, 204);
}

/* ---- Domains that go away ---- */

static gboolean
leave (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, const char *password, gpointer data)
{
  House *house = data;

  soup_server_remove_auth_domain (house->server, domain);
  soup_auth_domain_basic_set_auth_callback (domain, user_has_password, NULL, NULL);
  soup_server_disconnect (house->server);
  return FALSE;
}

static void
callbacks_end_everything (void)
{
  g_autoptr (House) house = house_new ();
  SoupAuthDomain *domain = soup_auth_domain_basic_new ("realm", "r", NULL);
  g_autoptr (Peer) peer = peer_connect (house->port);

  if (differs ("a domain outlives its own callback")) {
    g_object_unref (domain);
    return;
  }
  soup_auth_domain_basic_set_auth_callback (domain, leave, house, NULL);
  add (house, domain, "/");
  g_object_unref (domain);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dTpw\r\n\r\n");
  wait_until (peer_ended (peer));
}

static void
types (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_AUTH_DOMAIN, &query);
  g_assert_cmpuint (query.instance_size, ==, sizeof (SoupAuthDomain));
  g_assert_cmpuint (query.class_size, ==, sizeof (SoupAuthDomainClass));
  g_type_query (SOUP_TYPE_AUTH_DOMAIN_BASIC, &query);
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_cmpuint (query.class_size, ==, 208);
  g_type_query (SOUP_TYPE_AUTH_DOMAIN_DIGEST, &query);
  g_assert_cmpuint (query.instance_size, ==, 24);
  g_assert_cmpuint (query.class_size, ==, 208);
  g_assert_true (G_TYPE_IS_ABSTRACT (SOUP_TYPE_AUTH_DOMAIN));
}

static void
encoded_passwords (void)
{
  g_autofree char *encoded = soup_auth_domain_digest_encode_password ("u", "r", "p");

  g_assert_cmpstr (encoded, ==, "44add22b6f3179b751eafd68ee370f7d");
}

static void
misuse (void)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (SoupAuthDomain) domain = soup_auth_domain_basic_new ("realm", "r", NULL);

  if (differs ("every argument is checked"))
    return;
  critical (soup_server_add_auth_domain (NULL, domain));
  critical (soup_server_add_auth_domain (server, NULL));
  critical (soup_server_remove_auth_domain (NULL, domain));
  critical (soup_server_remove_auth_domain (server, (SoupAuthDomain *) server));
  critical (soup_auth_domain_add_path (NULL, "/"));
  critical (soup_auth_domain_add_path (domain, NULL));
  critical (soup_auth_domain_remove_path (NULL, "/"));
  critical (soup_auth_domain_remove_path (domain, NULL));
  critical (soup_auth_domain_set_filter (NULL, NULL, NULL, NULL));
  critical (g_assert_null (soup_auth_domain_get_realm (NULL)));
  critical (soup_auth_domain_set_generic_auth_callback (NULL, NULL, NULL, NULL));
  critical (g_assert_false (soup_auth_domain_check_password (domain, NULL, "u", "p")));
  critical (g_assert_false (soup_auth_domain_covers (domain, NULL)));
  critical (g_assert_null (soup_auth_domain_accepts (domain, NULL)));
  critical (soup_auth_domain_challenge (domain, NULL));
  critical (soup_auth_domain_digest_set_auth_callback (domain, NULL, NULL, NULL));
  critical (soup_auth_domain_basic_set_auth_callback (NULL, NULL, NULL, NULL));
  critical (g_assert_null (soup_auth_domain_digest_encode_password (NULL, "r", "p")));
  critical (g_assert_null (soup_auth_domain_basic_new (NULL, NULL)));
  critical (g_assert_null (soup_auth_domain_digest_new (NULL, NULL)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-auth/basic", basic_in_its_paths);
  g_test_add_func ("/server-auth/filters-and-data", filters_and_data);
  g_test_add_func ("/server-auth/several-domains", several_domains);
  g_test_add_func ("/server-auth/refused-before-the-body", refused_before_the_body);
  g_test_add_func ("/server-auth/digest", digest_with_our_nonces);
  g_test_add_func ("/server-auth/handlers-learn-the-user", handlers_learn_the_user);
  g_test_add_func ("/server-auth/websockets", websockets);
  g_test_add_func ("/server-auth/subclass", subclass);
  g_test_add_func ("/server-auth/callbacks-end-everything", callbacks_end_everything);
  g_test_add_func ("/server-auth/types", types);
  g_test_add_func ("/server-auth/encoded-passwords", encoded_passwords);
  g_test_add_func ("/server-auth/misuse", misuse);
  return g_test_run ();
}
