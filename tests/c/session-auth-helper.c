/* NTLM without a password: a program answers for a user who has logged in elsewhere. A stand-in does here, for which
 * the user's name says what it answers (ntlm-helper.sh). */

#include "common-auth.h"

#include <errno.h>
#include <sys/wait.h>

static void
use_helper (const char *user)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "ntlm-helper.sh", NULL);

  g_setenv ("SOUP_NTLM_AUTH_DEBUG", path, TRUE);
  if (user)
    g_setenv ("NTLMUSER", user, TRUE);
  else
    g_unsetenv ("NTLMUSER");
}

static Client *
ntlm_client (const char *user, Answer answer)
{
  Client *client;

  use_helper (user);
  client = client_new (answer);
  soup_session_add_feature_by_type (client->session, SOUP_TYPE_AUTH_NTLM);
  return client;
}

/* The program is asked once, and has no answer. */
static void
test_logged_in (void)
{
  static const char *const users[] = {
    "DOMAIN\\in-domain",
    "DOMAIN/in-domain",
#ifndef ORACLE_LIBSOUP /* which wants a domain */
    "logged-in",
#endif
  };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = ntlm_client (users[i], REFUSE);

    g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
    g_assert_cmpuint (client->asked, ==, 1);
    house_check_log (house, "-aa");
    g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
    g_assert_cmpuint (client->asked, ==, 0);
#ifndef ORACLE_LIBSOUP
    /* The connection is known. */
    house_check_log (house, "-");
#endif
  }
}

#ifndef ORACLE_LIBSOUP
/* Where nobody says who the user is there is none. */
static void
test_nobody (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = ntlm_client (NULL, REFUSE);

  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 401);
  g_assert_cmpuint (client->asked, ==, 1);
}

static guint asked;

static gboolean
answer_at_last (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  g_assert_false (retrying);
  if (asked++ == 0)
    return FALSE;
  soup_auth_authenticate (auth, "user", "right");
  return TRUE;
}

/* The program has no answer at first, and then a password. */
static void
check_password_at_last (const char *user, const char *refused, const char *log)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = ntlm_client (user, NOW);
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/ntlm");

  g_test_message ("%s", user);
  asked = 0;
  house->location = refused;
  g_signal_handlers_disconnect_by_data (message, client);
  g_signal_connect (message, "authenticate", G_CALLBACK (answer_at_last), NULL);
  client_send (client, message);
  g_assert_no_error (client->error);
  g_assert_cmpuint (client->status, ==, 204);
  g_assert_cmpuint (asked, ==, 2);
  house_check_log (house, log);
  /* From now on it is the password. */
  soup_session_abort (client->session);
  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 0);
  house_check_log (house, "aa");
}

/* The helper knows nothing. */
static void
test_helpless (void)
{
  static const char *const users[] = { "no-hello", "no-response",     "bad-hello", "bad-response", "no-token",
                                       "endless",  "carriage-return", "killed",    "in-domain",    "unknown" };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    check_password_at_last (users[i], NULL, "-aa");
}

/* What the helper makes does not please the server. */
static void
test_refused (void)
{
  check_password_at_last ("logged-in", "refused", "-aaaa");
}

/* Each connection has a helper of its own. */
static void
test_another_connection (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = ntlm_client ("logged-in", REFUSE);

  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  soup_session_abort (client->session);
  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 0);
  house_check_log (house, "-aa-aa");
}

/* A user without password is one whom the helper may know; one with a password is not. */
static void
test_given (void)
{
  static const char *const users[] = { "logged-in:@", "logged-in@", "user:right@" };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = ntlm_client (i == 2 ? "no-hello" : NULL, REFUSE);
    g_autoptr (SoupMessage) message = client_message (client, "http", users[i], house, "/ntlm");

    client_send (client, message);
    g_assert_no_error (client->error);
    g_assert_cmpuint (client->status, ==, 204);
    g_assert_cmpuint (client->asked, ==, 0);
    house_check_log (house, "-aa");
  }
}

static gboolean
answer_the_auth (gpointer auth)
{
  soup_auth_authenticate (auth, "logged-in", "");
  return G_SOURCE_REMOVE;
}

static gboolean
answer_later (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, answer_the_auth, g_object_ref (auth), g_object_unref);
  return TRUE;
}

/* The user is named later, and then the helper is asked. */
static void
test_given_later (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = ntlm_client (NULL, NOW);
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/ntlm");

  g_signal_handlers_disconnect_by_data (message, client);
  g_signal_connect (message, "authenticate", G_CALLBACK (answer_later), NULL);
  client_send (client, message);
  g_assert_no_error (client->error);
  g_assert_cmpuint (client->status, ==, 204);
  house_check_log (house, "-aa");
}

static gboolean
cancel (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* A helper that says nothing does not stop the loop, and whoever gives the message up does not wait for it. */
static void
test_silent (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = ntlm_client ("silent", REFUSE);
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/ntlm");
  gint64 began = g_get_monotonic_time ();

  g_timeout_add (50, cancel, client->cancellable);
  client_send (client, message);
  g_assert_error (client->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  house_check_log (house, "-");
  g_assert_cmpint (g_get_monotonic_time () - began, <, 20 * G_USEC_PER_SEC);
}

/* Runs last: no helper is left, nor its status. */
static void
test_none_is_left (void)
{
  siginfo_t info;
  g_autoptr (House) house = house_new (FALSE);
  Client *client = ntlm_client ("logged-in", REFUSE);

  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  client_free (client);
  while (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (errno, ==, ECHILD);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-auth-helper/logged-in", test_logged_in);
#ifndef ORACLE_LIBSOUP
  g_test_add_func ("/session-auth-helper/nobody", test_nobody);
  g_test_add_func ("/session-auth-helper/helpless", test_helpless);
  g_test_add_func ("/session-auth-helper/refused", test_refused);
  g_test_add_func ("/session-auth-helper/another-connection", test_another_connection);
  g_test_add_func ("/session-auth-helper/given", test_given);
  g_test_add_func ("/session-auth-helper/given-later", test_given_later);
  g_test_add_func ("/session-auth-helper/none-is-left", test_none_is_left);
  g_test_add_func ("/session-auth-helper/silent", test_silent);
#endif
  return g_test_run ();
}
