/* A session that is asked for passwords: by servers of its own, at once and later, for requests and for WebSockets. */

#define _GNU_SOURCE /* memmem */

#include "common.h"

#include <string.h>

typedef enum { NOW, LATER, WRONG_ONCE, CANCEL, CANCEL_LATER, REFUSE, NEVER } Answer;

typedef struct {
  SoupServer *server;
  guint16 port;
  GString *log; /* a letter for each request: 'a' with an Authorization header, '-' without */
  const char *location;
  guint stage;
  guint authenticated; /* the port of a connection that NTLM let in */
} House;

typedef struct {
  SoupSession *session;
  Answer answer;
  guint asked;
  guint retried;
  SoupAuth *auth; /* to be answered later */
  gboolean done;
  guint status;
  GBytes *body;
  GError *error;
  GCancellable *cancellable;
  SoupWebsocketConnection *connection;
} Client;

/* ---- The server ---- */

static void
read_request (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  House *house = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gboolean has = soup_message_headers_get_one (headers, "Authorization") != NULL;

  g_string_append_c (house->log, has ? 'a' : '-');
  if (soup_message_headers_get_one (headers, "Proxy-Authorization"))
    g_string_append_c (house->log, 'p');
}

static void
handle (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;

  if (house->location && g_str_has_suffix (path, "/away")) {
    soup_message_headers_append (soup_server_message_get_response_headers (message), "Location", house->location);
    soup_server_message_set_status (message, 302, NULL);
    return;
  }
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "inside", 6);
  soup_server_message_set_status (message, 200, NULL);
}

static void
take_socket (SoupServer *server,
             SoupServerMessage *message,
             const char *path,
             SoupWebsocketConnection *connection,
             gpointer data)
{
  soup_websocket_connection_close (connection, 1000, NULL);
}

static gboolean
knows_basic (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, const char *password, gpointer data)
{
  return g_str_equal (user, "user") && g_str_equal (password, "right");
}

static char *
knows_digest (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, gpointer data)
{
  if (!g_str_equal (user, "user"))
    return NULL;
  return soup_auth_domain_digest_encode_password (user, "digest realm", "right");
}

static void
add_domain (House *house, SoupAuthDomain *domain, const char *path)
{
  if (path)
    soup_auth_domain_add_path (domain, path);
  soup_server_add_auth_domain (house->server, domain);
  g_object_unref (domain);
}

static House *
house_new (gboolean is_proxy)
{
  House *house = g_new0 (House, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (house->server, NULL, handle, house, NULL);
  soup_server_add_websocket_handler (house->server, "/basic/socket", NULL, NULL, take_socket, house, NULL);
  soup_server_add_websocket_handler (house->server, "/digest/socket", NULL, NULL, take_socket, house, NULL);
  g_signal_connect (house->server, "request-read", G_CALLBACK (read_request), house);
  if (is_proxy) {
    add_domain (house,
                soup_auth_domain_basic_new ("realm", "proxy realm", "proxy", TRUE, "auth-callback", knows_basic, NULL),
                NULL);
  } else {
    add_domain (house, soup_auth_domain_basic_new ("realm", "basic realm", "auth-callback", knows_basic, NULL),
                "/basic");
    add_domain (house, soup_auth_domain_digest_new ("realm", "digest realm", "auth-callback", knows_digest, NULL),
                "/digest");
  }
  soup_server_listen_local (house->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (house->server);
  house->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return house;
}

static void
house_free (House *house)
{
  soup_server_disconnect (house->server);
  g_object_unref (house->server);
  g_string_free (house->log, TRUE);
  g_free (house);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

/* ---- The client ---- */

static Client *
client_new (Answer answer)
{
  Client *client = g_new0 (Client, 1);

  client->session = soup_session_new ();
  soup_session_set_proxy_resolver (client->session, NULL);
  client->answer = answer;
  client->cancellable = g_cancellable_new ();
  return client;
}

static void
client_reset (Client *client)
{
  client->done = FALSE;
  client->asked = client->retried = client->status = 0;
  g_clear_pointer (&client->body, g_bytes_unref);
  g_clear_error (&client->error);
  g_clear_object (&client->connection);
  g_clear_object (&client->auth);
}

static void
client_free (Client *client)
{
  client_reset (client);
  soup_session_abort (client->session);
  g_object_unref (client->session);
  g_object_unref (client->cancellable);
  g_free (client);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

static gboolean
answer_later (gpointer data)
{
  Client *client = data;
  g_autoptr (SoupAuth) auth = g_steal_pointer (&client->auth);

  if (client->answer == CANCEL_LATER)
    soup_auth_cancel (auth);
  else
    soup_auth_authenticate (auth, "user", "right");
  return G_SOURCE_REMOVE;
}

static gboolean
asked (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  Client *client = data;

  client->asked++;
  client->retried += retrying ? 1 : 0;
  g_assert_false (soup_auth_is_for_proxy (auth));
  g_assert_false (soup_auth_is_authenticated (auth));
  switch (client->answer) {
  case NOW:
    soup_auth_authenticate (auth, "user", "right");
    return TRUE;
  case LATER:
  case CANCEL_LATER:
    client->auth = g_object_ref (auth);
    g_idle_add (answer_later, client);
    return TRUE;
  case WRONG_ONCE:
    soup_auth_authenticate (auth, "user", retrying ? "right" : "wrong");
    return TRUE;
  case CANCEL:
    soup_auth_cancel (auth);
    return TRUE;
  case NEVER:
    client->auth = g_object_ref (auth);
    g_cancellable_cancel (client->cancellable);
    return TRUE;
  case REFUSE:
    break;
  }
  return FALSE;
}

static void
sent (GObject *object, GAsyncResult *result, gpointer data)
{
  Client *client = data;

  client->body = soup_session_send_and_read_finish (SOUP_SESSION (object), result, &client->error);
  client->done = TRUE;
}

static SoupMessage *
message_for (Client *client, const char *scheme, const char *user, House *house, const char *path)
{
  g_autofree char *uri = g_strdup_printf ("%s://%s127.0.0.1:%u%s", scheme, user, house->port, path);
  SoupMessage *message = soup_message_new ("GET", uri);

  g_signal_connect (message, "authenticate", G_CALLBACK (asked), client);
  return message;
}

static void
send_message (Client *client, SoupMessage *message)
{
  client_reset (client);
  soup_session_send_and_read_async (client->session, message, G_PRIORITY_DEFAULT, client->cancellable, sent, client);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  client->status = soup_message_get_status (message);
}

static guint
get (Client *client, House *house, const char *path)
{
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, path);

  send_message (client, message);
  g_assert_no_error (client->error);
  return client->status;
}

static void
check_log (House *house, const char *expected)
{
  g_assert_cmpstr (house->log->str, ==, expected);
  g_string_truncate (house->log, 0);
}

static const char *const SCHEMES[] = { "/basic", "/digest" };

/* ---- Tests ---- */

static void
check_answered (Answer answer, guint status, guint times, const char *log)
{
  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (answer);
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page?q=1", NULL);

    g_assert_cmpuint (get (client, house, path), ==, status);
    g_assert_cmpuint (client->asked, ==, times);
    g_assert_cmpuint (client->retried, ==, times - 1);
    check_log (house, log);
    if (status == 200)
      g_assert_cmpmem (g_bytes_get_data (client->body, NULL), g_bytes_get_size (client->body), "inside", 6);
  }
}

static void
test_answered_at_once (void)
{
  check_answered (NOW, 200, 1, "-a");
}

static void
test_answered_later (void)
{
  check_answered (LATER, 200, 1, "-a");
}

static void
test_wrong_password (void)
{
  check_answered (WRONG_ONCE, 200, 2, "-aa");
}

static void
test_cancelled (void)
{
  check_answered (CANCEL, 401, 1, "-");
  check_answered (CANCEL_LATER, 401, 1, "-");
}

static void
test_not_answered (void)
{
  check_answered (REFUSE, 401, 1, "-");
}

static void
test_protection_space (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autofree char *first = g_strconcat (SCHEMES[i], "/dir/page", NULL);
    g_autofree char *below = g_strconcat (SCHEMES[i], "/dir/deeper/page", NULL);

    g_assert_cmpuint (get (client, house, first), ==, 200);
    g_assert_cmpuint (client->asked, ==, 1);
    g_assert_cmpuint (get (client, house, below), ==, 200);
    g_assert_cmpuint (client->asked, ==, 0);
    g_assert_cmpuint (get (client, house, "/open"), ==, 200);
    /* A Digest challenge without domains is for all of the server. */
    check_log (house, i == 0 ? "-aa-" : "-aaa");
  }
}

static void
test_another_space_of_a_realm (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  g_assert_cmpuint (get (client, house, "/basic/one/page"), ==, 200);
  g_assert_cmpuint (get (client, house, "/basic/two/page"), ==, 200);
  g_assert_cmpuint (client->asked, ==, 0);
  g_assert_cmpuint (get (client, house, "/basic/two/page"), ==, 200);
  check_log (house, "-a-aa");
}

static void
test_no_cache (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  for (guint i = 0; i < 2; i++) {
    g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/basic/page");

    soup_message_add_flags (message, SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
    send_message (client, message);
    g_assert_cmpuint (client->status, ==, 200);
    g_assert_cmpuint (client->asked, ==, 1);
  }
  g_assert_cmpuint (get (client, house, "/basic/page"), ==, 200);
  g_assert_cmpuint (client->asked, ==, 1);
  check_log (house, "-a-a-a");
}

static void
test_manager (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (REFUSE);
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/basic/page");
  g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"basic realm\"");
  SoupAuthManager *manager = SOUP_AUTH_MANAGER (soup_session_get_feature (client->session, SOUP_TYPE_AUTH_MANAGER));

  soup_auth_authenticate (auth, "user", "right");
  soup_auth_manager_use_auth (manager, soup_message_get_uri (message), auth);
  g_assert_cmpuint (get (client, house, "/basic/page"), ==, 200);
  check_log (house, "a");
  soup_auth_manager_clear_cached_credentials (manager);
  g_assert_cmpuint (get (client, house, "/basic/page"), ==, 401);
  g_assert_cmpuint (client->asked, ==, 1);
  check_log (house, "-");
}

static void
test_disabled (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/basic/page");

  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  send_message (client, message);
  g_assert_cmpuint (client->status, ==, 401);
  g_assert_cmpuint (client->asked, ==, 0);
}

static void
test_credentials_in_the_uri (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autoptr (SoupMessage) right = NULL;
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page", NULL);

    right = message_for (client, "http", "us%65r:right@", house, path);
    send_message (client, right);
    g_assert_cmpuint (client->status, ==, 200);
    g_assert_cmpuint (client->asked, ==, 0);
    check_log (house, "-a");
  }
}

static void
test_a_wrong_password_in_the_uri (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = message_for (client, "http", "user:wrong@", house, "/basic/page");

  send_message (client, message);
  g_assert_cmpuint (client->status, ==, 200);
  g_assert_cmpuint (client->asked, ==, 1);
  g_assert_cmpuint (client->retried, ==, 1);
  check_log (house, "-aa");
}

static void
test_two_at_once (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) first = client_new (LATER);
  g_autoptr (Client) second = client_new (LATER);
  g_autoptr (SoupMessage) one = message_for (first, "http", "", house, "/basic/one");
  g_autoptr (SoupMessage) two = message_for (second, "http", "", house, "/basic/two");

  soup_session_send_and_read_async (first->session, one, 0, NULL, sent, first);
  soup_session_send_and_read_async (first->session, two, 0, NULL, sent, second);
  while (!first->done || !second->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (soup_message_get_status (one), ==, 200);
  g_assert_cmpuint (soup_message_get_status (two), ==, 200);
}

static void
test_given_up_while_it_waits (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NEVER);
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/basic/page");

  send_message (client, message);
  g_assert_error (client->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* Nobody waits for it any more. */
  soup_auth_authenticate (client->auth, "user", "right");
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  check_log (house, "-");
  g_assert_false (g_signal_has_handler_pending (client->auth, g_signal_lookup ("notify", G_TYPE_OBJECT), 0, TRUE));
}

static void
test_credentials_stay_with_their_origin (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (House) other = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++) {
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page", NULL);

    g_assert_cmpuint (get (client, house, path), ==, 200);
    client->answer = REFUSE;
    g_assert_cmpuint (get (client, other, path), ==, 401);
    g_assert_cmpuint (client->asked, ==, 1);
    check_log (other, "-");
    client->answer = NOW;
  }
}

static void
test_cve_2025_46421_and_2026_1539_redirects (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (House) other = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autofree char *location = g_strdup_printf ("http://127.0.0.1:%u/open", other->port);
    g_autofree char *path = g_strconcat (SCHEMES[i], "/away", NULL);

    house->location = location;
    g_assert_cmpuint (get (client, house, path), ==, 200);
    check_log (house, "-a");
    check_log (other, "-");
#ifndef ORACLE_LIBSOUP
    /* To a place outside of the protection space, on the same server. */
    house->location = "/open";
    g_assert_cmpuint (get (client, house, path), ==, 200);
    check_log (house, i == 0 ? "a-" : "aa");
#endif
  }
}

static void
always_stale (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;
  g_autofree char *value
      = g_strdup_printf ("Digest realm=\"r\", nonce=\"n%u\", qop=\"auth\", stale=true", house->stage++);

  soup_message_headers_append (soup_server_message_get_response_headers (message), "WWW-Authenticate", value);
  soup_server_message_set_status (message, 401, NULL);
}

static void
test_no_endless_loop (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/stale");

  soup_server_add_handler (house->server, "/stale", always_stale, house, NULL);
  send_message (client, message);
  g_assert_error (client->error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_TOO_MANY_RESTARTS);
  g_assert_cmpuint (client->asked, ==, 1);
  /* The first one, and twenty more. */
  g_assert_cmpuint (house->stage, ==, 21);
}

/* Refuses the first two passwords, when both are there. */
static void
refuse_two (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  static SoupServerMessage *first;
  House *house = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *header = soup_message_headers_get_one (headers, "Authorization");

  if (house->stage == 2 && header) {
    soup_server_message_set_status (message, 204, NULL);
    return;
  }
  soup_message_headers_append (soup_server_message_get_response_headers (message), "WWW-Authenticate", house->location);
  soup_server_message_set_status (message, 401, NULL);
  if (!header)
    return;
  if (house->stage++ == 0) {
    first = message;
    soup_server_message_pause (message);
  } else {
    soup_server_message_unpause (first);
  }
}

/* Two messages have sent a password that was wrong. Who hears that second does not forget what the first one was told.
 */
static void
test_two_wrong_passwords_at_once (void)
{
  static const char *const challenges[] = { "Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"" };

  if (differs ("forgets the password that another message was told meanwhile"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (challenges); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) first = client_new (WRONG_ONCE);
    g_autoptr (Client) second = client_new (WRONG_ONCE);
    g_autoptr (SoupMessage) one = message_for (first, "http", "", house, "/two");
    g_autoptr (SoupMessage) two = message_for (second, "http", "", house, "/two");
    g_autoptr (SoupAuth) auth
        = soup_auth_new (i == 0 ? SOUP_TYPE_AUTH_BASIC : SOUP_TYPE_AUTH_DIGEST, one, challenges[i]);
    SoupSessionFeature *manager = soup_session_get_feature (first->session, SOUP_TYPE_AUTH_MANAGER);

    soup_server_add_handler (house->server, "/two", refuse_two, house, NULL);
    house->location = challenges[i];
    soup_auth_authenticate (auth, "user", "wrong");
    soup_auth_manager_use_auth (SOUP_AUTH_MANAGER (manager), soup_message_get_uri (one), auth);
    soup_session_send_and_read_async (first->session, one, 0, NULL, sent, first);
    soup_session_send_and_read_async (first->session, two, 0, NULL, sent, second);
    while (!first->done || !second->done)
      g_main_context_iteration (NULL, TRUE);
    g_assert_cmpuint (soup_message_get_status (one), ==, 204);
    g_assert_cmpuint (soup_message_get_status (two), ==, 204);
    g_assert_cmpuint (first->asked + second->asked, ==, 1);
    check_log (house, "aaaa");
  }
}

static void
stale_once (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  static const char *const challenges[] = { "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"",
                                            "Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", stale=true" };
  House *house = data;

  if (house->stage == 2) {
    const char *header
        = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");

    g_assert_nonnull (strstr (header, "nonce=\"n2\""));
    g_assert_nonnull (strstr (header, "nc=00000001"));
    soup_server_message_set_status (message, 204, NULL);
    return;
  }
  soup_message_headers_append (soup_server_message_get_response_headers (message), "WWW-Authenticate",
                               challenges[house->stage++]);
  soup_server_message_set_status (message, 401, NULL);
}

static void
test_stale_nonce (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  soup_server_add_handler (house->server, "/stale", stale_once, house, NULL);
  g_assert_cmpuint (get (client, house, "/stale"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 1);
  check_log (house, "-aa");
}

/* Nobody but a proxy gets what is for a proxy. */
static void
test_a_server_is_no_proxy (void)
{
  g_autoptr (House) house = house_new (TRUE);
  g_autoptr (Client) client = client_new (NOW);

  g_assert_cmpuint (get (client, house, "/page"), ==, 407);
  g_assert_cmpuint (client->asked, ==, 0);
  check_log (house, "-");
}

/* ---- NTLM, which authenticates a connection ---- */

static char *
ntlm_challenge (void)
{
  static const guint8 message[] = {
    'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 2,   0, 0,   0, 12,  0, 12,  0, 48,  0, 0,   0,
    1,   2,   0,   0,   1,   2,   3,   4, 5,   6, 7,   8, 0,   0, 0,   0, 0,   0, 0,   0,
    0,   0,   0,   0,   60,  0,   0,   0, 'D', 0, 'o', 0, 'm', 0, 'a', 0, 'i', 0, 'n', 0,
  };
  g_autofree char *token = g_base64_encode (message, sizeof message);

  return g_strconcat ("NTLM ", token, NULL);
}

static void
ntlm (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  House *house = data;
  const char *header
      = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");
  g_autofree char *answer = g_strdup ("NTLM");
  GSocketAddress *address = soup_server_message_get_remote_address (message);
  guint16 port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));

  if (header && g_str_has_prefix (header, "NTLM TlRMTVNTUAAB")) {
    g_free (answer);
    answer = ntlm_challenge ();
    house->stage = port;
  } else if (header && g_str_has_prefix (header, "NTLM TlRMTVNTUAAD")) {
    g_autofree guchar *response = NULL;
    gsize length = 0;

    g_assert_cmpuint (house->stage, ==, port);
    response = g_base64_decode (header + strlen ("NTLM "), &length);
    g_assert_nonnull (memmem (response, length, "u\0s\0e\0r\0", 8));
    if (!house->location) {
      house->authenticated = port;
      g_clear_pointer (&answer, g_free);
    }
    house->location = NULL;
  } else if (house->authenticated == port) {
    g_clear_pointer (&answer, g_free);
  }
  if (answer)
    soup_message_headers_append (soup_server_message_get_response_headers (message), "WWW-Authenticate", answer);
  soup_server_message_set_status (message, answer ? 401 : 204, NULL);
}

static void
check_ntlm (Answer answer, const char *refused, guint times, const char *log)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (answer);

  house->location = refused;
  soup_session_add_feature_by_type (client->session, SOUP_TYPE_AUTH_NTLM);
  soup_server_add_handler (house->server, "/ntlm", ntlm, house, NULL);
  g_assert_cmpuint (get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, times);
  g_assert_cmpuint (client->retried, ==, times - 1);
  check_log (house, log);
  g_assert_cmpuint (get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 0);
#ifndef ORACLE_LIBSOUP
  /* The connection is known: nothing more is said. */
  check_log (house, "-");
#endif
}

static void
test_ntlm (void)
{
  check_ntlm (NOW, NULL, 1, "-aa");
  check_ntlm (LATER, NULL, 1, "-aa");
#ifndef ORACLE_LIBSOUP /* libsoup restarts until it gives up */
  check_ntlm (WRONG_ONCE, "refused", 2, "-aaaa");
#endif
}

static void
connected (GObject *object, GAsyncResult *result, gpointer data)
{
  Client *client = data;

  client->connection = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &client->error);
  client->done = TRUE;
}

static void
test_websocket (void)
{
  static const Answer answers[] = { NOW, LATER, WRONG_ONCE };

  for (guint i = 0; i < G_N_ELEMENTS (SCHEMES) * G_N_ELEMENTS (answers); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (answers[i / 2]);
    g_autofree char *path = g_strconcat (SCHEMES[i % 2], "/socket", NULL);

    for (guint round = 0; round < 2; round++) {
      g_autoptr (SoupMessage) message = message_for (client, "ws", "", house, path);

      client_reset (client);
      soup_session_websocket_connect_async (client->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, connected,
                                            client);
      while (!client->done)
        g_main_context_iteration (NULL, TRUE);
      g_assert_no_error (client->error);
      g_assert_nonnull (client->connection);
      g_assert_cmpuint (client->asked, ==, round == 1 ? 0 : answers[i / 2] == WRONG_ONCE ? 2 : 1);
    }
  }
}

#ifndef ORACLE_LIBSOUP
static gboolean
thread_ended (gpointer data)
{
  ((Client *) data)->done = TRUE;
  return G_SOURCE_REMOVE;
}

static gpointer
send_in_thread (gpointer data)
{
  Client *client = g_object_get_data (data, "client");

  client->body = soup_session_send_and_read (client->session, data, NULL, &client->error);
  client->status = soup_message_get_status (data);
  g_idle_add (thread_ended, client);
  return NULL;
}

/* The password comes from another thread than the one that waits for the response. */
static void
test_answered_by_another_thread (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (LATER);
  g_autoptr (SoupMessage) message = message_for (client, "http", "", house, "/digest/page");
  GThread *thread;

  g_object_set_data (G_OBJECT (message), "client", client);
  thread = g_thread_new ("client", send_in_thread, message);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_no_error (client->error);
  g_assert_cmpuint (client->status, ==, 200);
  g_assert_cmpuint (client->asked, ==, 1);
}
#endif

#ifndef ORACLE_LIBSOUP
static void
test_a_login_lets_the_websocket_in (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = message_for (client, "ws", "", house, "/basic/socket");

  g_assert_cmpuint (get (client, house, "/basic/page"), ==, 200);
  client_reset (client);
  soup_session_websocket_connect_async (client->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, connected,
                                        client);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (client->error);
  g_assert_cmpuint (client->asked, ==, 0);
  check_log (house, "-aa");
}
#endif

static void
test_websocket_refused (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (CANCEL_LATER);
  g_autoptr (SoupMessage) message = message_for (client, "ws", "", house, "/basic/socket");

  soup_session_websocket_connect_async (client->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, connected,
                                        client);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (client->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET);
  g_assert_cmpuint (soup_message_get_status (message), ==, 401);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-auth/answered-at-once", test_answered_at_once);
  g_test_add_func ("/session-auth/answered-later", test_answered_later);
  g_test_add_func ("/session-auth/wrong-password", test_wrong_password);
  g_test_add_func ("/session-auth/cancelled", test_cancelled);
  g_test_add_func ("/session-auth/not-answered", test_not_answered);
  g_test_add_func ("/session-auth/protection-space", test_protection_space);
  g_test_add_func ("/session-auth/another-space-of-a-realm", test_another_space_of_a_realm);
  g_test_add_func ("/session-auth/no-cache", test_no_cache);
  g_test_add_func ("/session-auth/manager", test_manager);
  g_test_add_func ("/session-auth/disabled", test_disabled);
  g_test_add_func ("/session-auth/credentials-in-the-uri", test_credentials_in_the_uri);
  g_test_add_func ("/session-auth/a-wrong-password-in-the-uri", test_a_wrong_password_in_the_uri);
  g_test_add_func ("/session-auth/two-at-once", test_two_at_once);
  g_test_add_func ("/session-auth/given-up-while-it-waits", test_given_up_while_it_waits);
  g_test_add_func ("/session-auth/credentials-stay-with-their-origin", test_credentials_stay_with_their_origin);
  g_test_add_func ("/session-auth/cve-2025-46421-and-2026-1539-redirects", test_cve_2025_46421_and_2026_1539_redirects);
  g_test_add_func ("/session-auth/no-endless-loop", test_no_endless_loop);
  g_test_add_func ("/session-auth/two-wrong-passwords-at-once", test_two_wrong_passwords_at_once);
  g_test_add_func ("/session-auth/stale-nonce", test_stale_nonce);
  g_test_add_func ("/session-auth/a-server-is-no-proxy", test_a_server_is_no_proxy);
  g_test_add_func ("/session-auth/ntlm", test_ntlm);
  g_test_add_func ("/session-auth/websocket", test_websocket);
#ifndef ORACLE_LIBSOUP
  g_test_add_func ("/session-auth/answered-by-another-thread", test_answered_by_another_thread);
  g_test_add_func ("/session-auth/a-login-lets-the-websocket-in", test_a_login_lets_the_websocket_in);
#endif
  g_test_add_func ("/session-auth/websocket-refused", test_websocket_refused);
  return g_test_run ();
}
