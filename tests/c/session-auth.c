/* A session that is asked for passwords: by servers of its own, at once and later, for messages at once and one after
 * another. */

#include "common-auth.h"

#include <string.h>

static void
check_answered (Answer answer, guint status, guint times, const char *log)
{
  for (guint i = 0; i < N_SCHEMES; i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (answer);
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page?q=1", NULL);

    g_assert_cmpuint (client_get (client, house, path), ==, status);
    g_assert_cmpuint (client->asked, ==, times);
    g_assert_cmpuint (client->retried, ==, times - 1);
    house_check_log (house, log);
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
  for (guint i = 0; i < N_SCHEMES; i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autofree char *first = g_strconcat (SCHEMES[i], "/dir/page", NULL);
    g_autofree char *below = g_strconcat (SCHEMES[i], "/dir/deeper/page", NULL);

    g_assert_cmpuint (client_get (client, house, first), ==, 200);
    g_assert_cmpuint (client->asked, ==, 1);
    g_assert_cmpuint (client_get (client, house, below), ==, 200);
    g_assert_cmpuint (client->asked, ==, 0);
    g_assert_cmpuint (client_get (client, house, "/open"), ==, 200);
    /* A Digest challenge without domains is for all of the server. */
    house_check_log (house, i == 0 ? "-aa-" : "-aaa");
  }
}

static void
test_another_space_of_a_realm (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  g_assert_cmpuint (client_get (client, house, "/basic/one/page"), ==, 200);
  g_assert_cmpuint (client_get (client, house, "/basic/two/page"), ==, 200);
  g_assert_cmpuint (client->asked, ==, 0);
  g_assert_cmpuint (client_get (client, house, "/basic/two/page"), ==, 200);
  house_check_log (house, "-a-aa");
}

static void
test_no_cache (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  for (guint i = 0; i < 2; i++) {
    g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/basic/page");

    soup_message_add_flags (message, SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
    client_send (client, message);
    g_assert_cmpuint (client->status, ==, 200);
    g_assert_cmpuint (client->asked, ==, 1);
  }
  g_assert_cmpuint (client_get (client, house, "/basic/page"), ==, 200);
  g_assert_cmpuint (client->asked, ==, 1);
  house_check_log (house, "-a-a-a");
}

static void
test_manager (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (REFUSE);
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/basic/page");
  g_autoptr (SoupAuth) auth = soup_auth_new (SOUP_TYPE_AUTH_BASIC, message, "Basic realm=\"basic realm\"");
  SoupAuthManager *manager = SOUP_AUTH_MANAGER (soup_session_get_feature (client->session, SOUP_TYPE_AUTH_MANAGER));

  soup_auth_authenticate (auth, "user", "right");
  soup_auth_manager_use_auth (manager, soup_message_get_uri (message), auth);
  g_assert_cmpuint (client_get (client, house, "/basic/page"), ==, 200);
  house_check_log (house, "a");
  soup_auth_manager_clear_cached_credentials (manager);
  g_assert_cmpuint (client_get (client, house, "/basic/page"), ==, 401);
  g_assert_cmpuint (client->asked, ==, 1);
  house_check_log (house, "-");
}

static void
test_disabled (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/basic/page");

  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  client_send (client, message);
  g_assert_cmpuint (client->status, ==, 401);
  g_assert_cmpuint (client->asked, ==, 0);
}

static void
test_credentials_in_the_uri (void)
{
  for (guint i = 0; i < N_SCHEMES; i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autoptr (SoupMessage) right = NULL;
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page", NULL);

    right = client_message (client, "http", "us%65r:right@", house, path);
    client_send (client, right);
    g_assert_cmpuint (client->status, ==, 200);
    g_assert_cmpuint (client->asked, ==, 0);
    house_check_log (house, "-a");
  }
}

static void
test_a_wrong_password_in_the_uri (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupMessage) message = client_message (client, "http", "user:wrong@", house, "/basic/page");

  client_send (client, message);
  g_assert_cmpuint (client->status, ==, 200);
  g_assert_cmpuint (client->asked, ==, 1);
  g_assert_cmpuint (client->retried, ==, 1);
  house_check_log (house, "-aa");
}

static void
test_two_at_once (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) first = client_new (LATER);
  g_autoptr (Client) second = client_new (LATER);
  g_autoptr (SoupMessage) one = client_message (first, "http", "", house, "/basic/one");
  g_autoptr (SoupMessage) two = client_message (second, "http", "", house, "/basic/two");

  soup_session_send_and_read_async (first->session, one, 0, NULL, client_sent, first);
  soup_session_send_and_read_async (first->session, two, 0, NULL, client_sent, second);
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
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/basic/page");

  client_send (client, message);
  g_assert_error (client->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* Nobody waits for it any more. */
  soup_auth_authenticate (client->auth, "user", "right");
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  house_check_log (house, "-");
  g_assert_false (g_signal_has_handler_pending (client->auth, g_signal_lookup ("notify", G_TYPE_OBJECT), 0, TRUE));
}

static void
test_credentials_stay_with_their_origin (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (House) other = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);

  for (guint i = 0; i < N_SCHEMES; i++) {
    g_autofree char *path = g_strconcat (SCHEMES[i], "/page", NULL);

    g_assert_cmpuint (client_get (client, house, path), ==, 200);
    client->answer = REFUSE;
    g_assert_cmpuint (client_get (client, other, path), ==, 401);
    g_assert_cmpuint (client->asked, ==, 1);
    house_check_log (other, "-");
    client->answer = NOW;
  }
}

static void
test_cve_2025_46421_and_2026_1539_redirects (void)
{
  for (guint i = 0; i < N_SCHEMES; i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (House) other = house_new (FALSE);
    g_autoptr (Client) client = client_new (NOW);
    g_autofree char *location = g_strdup_printf ("http://127.0.0.1:%u/open", other->port);
    g_autofree char *path = g_strconcat (SCHEMES[i], "/away", NULL);

    house->location = location;
    g_assert_cmpuint (client_get (client, house, path), ==, 200);
    house_check_log (house, "-a");
    house_check_log (other, "-");
#ifndef ORACLE_LIBSOUP
    /* To a place outside of the protection space, on the same server. */
    house->location = "/open";
    g_assert_cmpuint (client_get (client, house, path), ==, 200);
    house_check_log (house, i == 0 ? "a-" : "aa");
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
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/stale");

  soup_server_add_handler (house->server, "/stale", always_stale, house, NULL);
  client_send (client, message);
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
    g_autoptr (SoupMessage) one = client_message (first, "http", "", house, "/two");
    g_autoptr (SoupMessage) two = client_message (second, "http", "", house, "/two");
    g_autoptr (SoupAuth) auth
        = soup_auth_new (i == 0 ? SOUP_TYPE_AUTH_BASIC : SOUP_TYPE_AUTH_DIGEST, one, challenges[i]);
    SoupSessionFeature *manager = soup_session_get_feature (first->session, SOUP_TYPE_AUTH_MANAGER);

    soup_server_add_handler (house->server, "/two", refuse_two, house, NULL);
    house->location = challenges[i];
    soup_auth_authenticate (auth, "user", "wrong");
    soup_auth_manager_use_auth (SOUP_AUTH_MANAGER (manager), soup_message_get_uri (one), auth);
    soup_session_send_and_read_async (first->session, one, 0, NULL, client_sent, first);
    soup_session_send_and_read_async (first->session, two, 0, NULL, client_sent, second);
    while (!first->done || !second->done)
      g_main_context_iteration (NULL, TRUE);
    g_assert_cmpuint (soup_message_get_status (one), ==, 204);
    g_assert_cmpuint (soup_message_get_status (two), ==, 204);
    g_assert_cmpuint (first->asked + second->asked, ==, 1);
    house_check_log (house, "aaaa");
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
  g_assert_cmpuint (client_get (client, house, "/stale"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 1);
  house_check_log (house, "-aa");
}

/* Nobody but a proxy gets what is for a proxy. */
static void
test_a_server_is_no_proxy (void)
{
  g_autoptr (House) house = house_new (TRUE);
  g_autoptr (Client) client = client_new (NOW);

  g_assert_cmpuint (client_get (client, house, "/page"), ==, 407);
  g_assert_cmpuint (client->asked, ==, 0);
  house_check_log (house, "-");
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
  return g_test_run ();
}
