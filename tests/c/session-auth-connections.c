/* Passwords for connections: NTLM, which authenticates one, and WebSockets; and one that another thread gives. */

#include "common-auth.h"
#include "common-service.h"

static void
check_ntlm (Answer answer, const char *refused, guint times, const char *log)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (answer);

  house->location = refused;
  soup_session_add_feature_by_type (client->session, SOUP_TYPE_AUTH_NTLM);
  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, times);
  g_assert_cmpuint (client->retried, ==, times - 1);
  house_check_log (house, log);
  g_assert_cmpuint (client_get (client, house, "/ntlm"), ==, 204);
  g_assert_cmpuint (client->asked, ==, 0);
#ifndef ORACLE_LIBSOUP
  /* The connection is known: nothing more is said. */
  house_check_log (house, "-");
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

static guint asked_for_user;

static gboolean
give_user (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  g_assert_false (retrying);
  asked_for_user++;
  soup_auth_authenticate (auth, "user", "secret");
  return TRUE;
}

/* An auth that is used before the server asks begins at once, and asks for the user when the challenge is there. */
static void
test_ntlm_unasked (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (NOW);
  g_autoptr (SoupAuth) auth = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  Fetched fetched = { 0 };

  soup_session_add_feature_by_type (client->session, SOUP_TYPE_AUTH_NTLM);
  message = client_message (client, "http", "", house, "/ntlm");
  auth = g_object_new (SOUP_TYPE_AUTH_NTLM, NULL);
  soup_auth_manager_use_auth (SOUP_AUTH_MANAGER (soup_session_get_feature (client->session, SOUP_TYPE_AUTH_MANAGER)),
                              soup_message_get_uri (message), auth);
  g_signal_handlers_disconnect_by_data (message, client);
  g_signal_connect (message, "authenticate", G_CALLBACK (give_user), NULL);
  asked_for_user = 0;
  soup_session_send_and_read_async (client->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, &fetched);
  while (!fetched.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (fetched.error);
  g_assert_cmpuint (soup_message_get_status (message), ==, 204);
  g_assert_cmpuint (asked_for_user, ==, 1);
  house_check_log (house, "aa");
  fetched_clear (&fetched);
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

  for (guint i = 0; i < N_SCHEMES * G_N_ELEMENTS (answers); i++) {
    g_autoptr (House) house = house_new (FALSE);
    g_autoptr (Client) client = client_new (answers[i / 2]);
    g_autofree char *path = g_strconcat (SCHEMES[i % 2], "/socket", NULL);

    for (guint round = 0; round < 2; round++) {
      g_autoptr (SoupMessage) message = client_message (client, "ws", "", house, path);

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
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, "/digest/page");
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
  g_autoptr (SoupMessage) message = client_message (client, "ws", "", house, "/basic/socket");

  g_assert_cmpuint (client_get (client, house, "/basic/page"), ==, 200);
  client_reset (client);
  soup_session_websocket_connect_async (client->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, connected,
                                        client);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (client->error);
  g_assert_cmpuint (client->asked, ==, 0);
  house_check_log (house, "-aa");
}
#endif

static void
test_websocket_refused (void)
{
  g_autoptr (House) house = house_new (FALSE);
  g_autoptr (Client) client = client_new (CANCEL_LATER);
  g_autoptr (SoupMessage) message = client_message (client, "ws", "", house, "/basic/socket");

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
  /* The passwords are those that are given here: session-auth-helper.c has the others. */
  g_setenv ("SOUP_NTLM_AUTH_DEBUG", "", TRUE);
  g_test_add_func ("/session-auth-connections/ntlm", test_ntlm);
  g_test_add_func ("/session-auth-connections/ntlm-unasked", test_ntlm_unasked);
  g_test_add_func ("/session-auth-connections/websocket", test_websocket);
#ifndef ORACLE_LIBSOUP
  g_test_add_func ("/session-auth-connections/answered-by-another-thread", test_answered_by_another_thread);
  g_test_add_func ("/session-auth-connections/a-login-lets-the-websocket-in", test_a_login_lets_the_websocket_in);
#endif
  g_test_add_func ("/session-auth-connections/websocket-refused", test_websocket_refused);
  return g_test_run ();
}
