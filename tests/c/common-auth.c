/* Servers that ask for passwords, and a client that is asked. */

#define _GNU_SOURCE /* memmem */

#include "common-auth.h"

#include <string.h>

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

/* NTLM, which authenticates a connection. */
static char *
ntlm_challenge (void)
{
  static const guint8 message[] = {
    'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 2,   0, 0,   0, 14,  0, 14,  0, 48,  0, 0,   0, 1,
    2,   0,   0,   1,   2,   3,   4,   5, 6,   7, 8,   0, 0,   0, 0,   0, 0,   0, 0,   0, 0,
    0,   0,   62,  0,   0,   0,   'D', 0, 'o', 0, 'm', 0, 'a', 0, 'i', 0, 'n', 0, 's', 0,
  };
  /* One sign of padding, which could be taken for a parameter's. */
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
add_domain (House *house, SoupAuthDomain *domain, const char *path)
{
  if (path)
    soup_auth_domain_add_path (domain, path);
  soup_server_add_auth_domain (house->server, domain);
  g_object_unref (domain);
}

House *
house_new (gboolean is_proxy)
{
  House *house = g_new0 (House, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  house->log = g_string_new (NULL);
  house->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (house->server, NULL, handle, house, NULL);
  soup_server_add_handler (house->server, "/ntlm", ntlm, house, NULL);
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

void
house_free (House *house)
{
  soup_server_disconnect (house->server);
  g_object_unref (house->server);
  g_string_free (house->log, TRUE);
  g_free (house);
}
/* ---- The client ---- */

Client *
client_new (Answer answer)
{
  Client *client = g_new0 (Client, 1);

  client->session = soup_session_new ();
  soup_session_set_proxy_resolver (client->session, NULL);
  client->answer = answer;
  client->cancellable = g_cancellable_new ();
  return client;
}

void
client_reset (Client *client)
{
  client->done = FALSE;
  client->asked = client->retried = client->status = 0;
  g_clear_pointer (&client->body, g_bytes_unref);
  g_clear_error (&client->error);
  g_clear_object (&client->connection);
  g_clear_object (&client->auth);
}

void
client_free (Client *client)
{
  client_reset (client);
  soup_session_abort (client->session);
  g_object_unref (client->session);
  g_object_unref (client->cancellable);
  g_free (client);
}
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

void
client_sent (GObject *object, GAsyncResult *result, gpointer data)
{
  Client *client = data;

  client->body = soup_session_send_and_read_finish (SOUP_SESSION (object), result, &client->error);
  client->done = TRUE;
}

SoupMessage *
client_message (Client *client, const char *scheme, const char *user, House *house, const char *path)
{
  g_autofree char *uri = g_strdup_printf ("%s://%s127.0.0.1:%u%s", scheme, user, house->port, path);
  SoupMessage *message = soup_message_new ("GET", uri);

  g_signal_connect (message, "authenticate", G_CALLBACK (asked), client);
  return message;
}

void
client_send (Client *client, SoupMessage *message)
{
  client_reset (client);
  soup_session_send_and_read_async (client->session, message, G_PRIORITY_DEFAULT, client->cancellable, client_sent,
                                    client);
  while (!client->done)
    g_main_context_iteration (NULL, TRUE);
  client->status = soup_message_get_status (message);
}

guint
client_get (Client *client, House *house, const char *path)
{
  g_autoptr (SoupMessage) message = client_message (client, "http", "", house, path);

  client_send (client, message);
  g_assert_no_error (client->error);
  return client->status;
}

void
house_check_log (House *house, const char *expected)
{
  g_assert_cmpstr (house->log->str, ==, expected);
  g_string_truncate (house->log, 0);
}
