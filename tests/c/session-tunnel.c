/* A session and a server over TLS with a proxy between them that wants a password: by Basic, by Digest, by NTLM. */

#include "common-service.h"
#include "common-tls.h"

/* A proxy: CONNECT opens a tunnel, anything else is answered by the proxy itself. */
typedef struct {
  SoupServer *server;
  GString *log; /* a letter for each request: C with a password, c without, G and g for others */
  GPtrArray *streams;
  guint16 ntlm; /* the port of a connection that NTLM let in */
  gboolean wants_ntlm;
} Gate;

static void
spliced (GObject *output, GAsyncResult *result, gpointer data)
{
  (void) data;
  g_output_stream_splice_finish (G_OUTPUT_STREAM (output), result, NULL);
}

static void
splice (GIOStream *from, GIOStream *to)
{
  g_output_stream_splice_async (g_io_stream_get_output_stream (to), g_io_stream_get_input_stream (from),
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, NULL, spliced, NULL);
}

static void
dig (SoupServerMessage *message, Gate *gate)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autofree char *port = g_object_steal_data (G_OBJECT (message), "port");
  GIOStream *client_side = soup_server_message_steal_connection (message), *server_side;

  g_socket_client_set_enable_proxy (client, FALSE);
  server_side = G_IO_STREAM (
      g_socket_client_connect_to_host (client, "127.0.0.1", g_ascii_strtoull (port, NULL, 10), NULL, NULL));
  g_assert_nonnull (server_side);
  g_ptr_array_add (gate->streams, client_side);
  g_ptr_array_add (gate->streams, server_side);
  splice (client_side, server_side);
  splice (server_side, client_side);
}

/* Whether NTLM lets the request in, on its connection. */
static gboolean
ntlm_lets_in (Gate *gate, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  GSocketAddress *address = soup_server_message_get_remote_address (message);
  guint16 port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  const char *header = soup_message_headers_get_one (headers, "Proxy-Authorization"), *answer = "NTLM";

  if (header && g_str_has_prefix (header, "NTLM TlRMTVNTUAAD")) {
    g_assert_cmpuint (gate->ntlm, ==, port);
    return TRUE;
  }
  if (header && g_str_has_prefix (header, "NTLM TlRMTVNTUAAB")) {
    gate->ntlm = port;
    answer = "NTLM TlRMTVNTUAACAAAADAAMADAAAAABAgABAQIDBAUGBwgAAAAAAAAAAAAAAAA8AAAARABvAG0AYQBpAG4A";
  }
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Proxy-Authenticate", answer);
  soup_server_message_set_status (message, 407, NULL);
  return FALSE;
}

static void
pass (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Gate *gate = data;

  (void) server;
  (void) path;
  (void) query;
  if (gate->wants_ntlm && !ntlm_lets_in (gate, message))
    return;
  if (g_str_equal (soup_server_message_get_method (message), "CONNECT")) {
    int port = g_uri_get_port (soup_server_message_get_uri (message));

    g_object_set_data_full (G_OBJECT (message), "port", g_strdup_printf ("%d", port), g_free);
    g_signal_connect (message, "wrote-body", G_CALLBACK (dig), gate);
    soup_server_message_set_status (message, 200, NULL);
    return;
  }
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "proxy", 5);
  soup_server_message_set_status (message, 200, NULL);
}

static void
was_asked (SoupServer *server, SoupServerMessage *message, Gate *gate)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  char letter = *soup_server_message_get_method (message);

  (void) server;
  g_assert_null (soup_message_headers_get_one (headers, "Authorization"));
  g_string_append_c (gate->log,
                     soup_message_headers_get_one (headers, "Proxy-Authorization") ? letter : g_ascii_tolower (letter));
}

static gboolean
knows_basic (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, const char *password, gpointer data)
{
  (void) domain;
  (void) message;
  (void) data;
  return g_str_equal (user, "user") && g_str_equal (password, "right");
}

static char *
knows_digest (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, gpointer data)
{
  (void) domain;
  (void) message;
  (void) data;
  return soup_auth_domain_digest_encode_password (user, "gate", "right");
}

typedef enum { OPEN, BASIC, DIGEST, NTLM } Lock;

static Gate *
gate_new (Lock lock, SoupSession *session)
{
  Gate *gate = g_new0 (Gate, 1);
  g_autoptr (SoupAuthDomain) domain = NULL;
  g_autoptr (GProxyResolver) resolver = NULL;
  g_autofree char *uri = NULL;

  gate->server = soup_server_new (NULL, NULL);
  gate->log = g_string_new (NULL);
  gate->streams = g_ptr_array_new_with_free_func (g_object_unref);
  gate->wants_ntlm = lock == NTLM;
  if (lock == BASIC)
    domain = soup_auth_domain_basic_new ("realm", "gate", "proxy", TRUE, "auth-callback", knows_basic, NULL);
  if (lock == DIGEST)
    domain = soup_auth_domain_digest_new ("realm", "gate", "proxy", TRUE, "auth-callback", knows_digest, NULL);
  if (domain)
    soup_server_add_auth_domain (gate->server, domain);
  soup_server_add_handler (gate->server, NULL, pass, gate, NULL);
  g_signal_connect (gate->server, "request-read", G_CALLBACK (was_asked), gate);
  uri = g_strdup_printf ("http://127.0.0.1:%u", server_listen (gate->server));
  resolver = g_simple_proxy_resolver_new (uri, NULL);
  soup_session_set_proxy_resolver (session, resolver);
  if (lock == NTLM)
    soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_NTLM);
  return gate;
}

static void
gate_free (Gate *gate)
{
  soup_server_disconnect (gate->server);
  g_object_unref (gate->server);
  g_string_free (gate->log, TRUE);
  g_ptr_array_unref (gate->streams);
  g_free (gate);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gate, gate_free)

static void
gate_check (Gate *gate, const char *expected)
{
  g_assert_cmpstr (gate->log->str, ==, expected);
  g_string_truncate (gate->log, 0);
}

/* What the handler of "authenticate" says. */
typedef struct {
  const char *password;
  gboolean later;
  guint asked;
} Guard;

static gboolean
answer_later (gpointer data)
{
  SoupAuth *auth = data;

  soup_auth_authenticate (auth, "user", g_object_get_data (G_OBJECT (auth), "password"));
  return G_SOURCE_REMOVE;
}

static gboolean
on_authenticate (SoupMessage *message, SoupAuth *auth, gboolean retrying, Guard *guard)
{
  guard->asked++;
  g_assert_cmpstr (soup_message_get_method (message), ==, "GET");
  g_assert_true (soup_auth_is_for_proxy (auth));
  if (retrying)
    return FALSE;
  if (guard->later) {
    g_object_set_data (G_OBJECT (auth), "password", (gpointer) guard->password);
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_later, g_object_ref (auth), g_object_unref);
  } else {
    soup_auth_authenticate (auth, "user", guard->password);
  }
  return TRUE;
}

/* What the server behind the tunnel sees. */
static void
serve (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
#ifndef ORACLE_LIBSOUP /* which tells servers the proxy's password */
  g_assert_null (
      soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Proxy-Authorization"));
#endif
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "inside", 6);
  soup_server_message_set_status (message, 200, NULL);
}

static SoupMessage *
message_at (Site *site, const char *scheme, Guard *guard)
{
  g_autofree char *url = g_strdup_printf ("%s://127.0.0.1:%d/path", scheme, site->port);
  SoupMessage *message = soup_message_new ("GET", url);

  g_signal_connect (message, "authenticate", G_CALLBACK (on_authenticate), guard);
  return message;
}

/* Sends a request there; its status. */
static guint
visit (Site *site, const char *scheme, Guard *guard, const char *body)
{
  g_autoptr (SoupMessage) message = message_at (site, scheme, guard);
  Fetched fetched = { 0 };

  soup_session_send_and_read_async (site->session, message, 0, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_cmpmem (g_bytes_get_data (fetched.bytes, NULL), g_bytes_get_size (fetched.bytes), body, strlen (body));
  fetched_clear (&fetched);
  return soup_message_get_status (message);
}

/* Each way to be let in: asked once for all tunnels, whether the answer comes at once or later. */
static void
test_password (gconstpointer data)
{
  static const char *const logs[] = { "c", "cC", "cC", "cCC" };
  Lock lock = GPOINTER_TO_INT (data);

  if (lock == DIGEST && differs ("cannot check a Digest for a CONNECT as a server"))
    return;
  if (lock == NTLM && differs ("begins anew for each tunnel of NTLM, or not at all"))
    return;
  for (int later = 0; later < 2; later++) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (Gate) gate = gate_new (lock, site->session);
    Guard guard = { "right", later, 0 };

    soup_server_add_handler (site->server, NULL, serve, NULL, NULL);
    g_assert_cmpuint (visit (site, "https", &guard, "inside"), ==, 200);
    g_assert_cmpuint (guard.asked, ==, lock == OPEN ? 0 : 1);
    gate_check (gate, logs[lock]);
    /* The tunnel is kept. */
    g_assert_cmpuint (visit (site, "https", &guard, "inside"), ==, 200);
    gate_check (gate, "");
    /* Another one, for another message, with the password that is known. */
    soup_session_abort (site->session);
    g_assert_cmpuint (visit (site, "https", &guard, "inside"), ==, 200);
    g_assert_cmpuint (guard.asked, ==, lock == OPEN ? 0 : 1);
    if (lock != NTLM)
      gate_check (gate, lock == OPEN ? "c" : "C");
  }
}

static void
wrong_password (void)
{
  for (Lock lock = BASIC; lock <= DIGEST; lock++) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (Gate) gate = gate_new (lock, site->session);
    Guard guard = { "wrong", FALSE, 0 };

    g_assert_cmpuint (visit (site, "https", &guard, ""), ==, 407);
    g_assert_cmpuint (guard.asked, ==, 2);
    gate_check (gate, "cC");
  }
}

/* The tunnel's password is the one for requests that the proxy forwards. */
static void
one_password_for_both (void)
{
  for (Lock lock = BASIC; lock <= (ON_LIBSOUP ? BASIC : DIGEST); lock++) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (Gate) gate = gate_new (lock, site->session);
    Guard guard = { "right", FALSE, 0 };

    soup_server_add_handler (site->server, NULL, serve, NULL, NULL);
    g_assert_cmpuint (visit (site, "http", &guard, "proxy"), ==, 200);
    g_assert_cmpuint (visit (site, "https", &guard, "inside"), ==, 200);
    g_assert_cmpuint (guard.asked, ==, 1);
    gate_check (gate, "gGC");
  }
}

/* A message that refuses passwords gets none for its tunnel either. */
static void
without_a_manager (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Gate) gate = gate_new (BASIC, site->session);
  Guard guard = { "right", FALSE, 0 };
  g_autoptr (SoupMessage) message = message_at (site, "https", &guard);
  Fetched fetched = { 0 };

  if (differs ("asks features about a CONNECT that its message refuses"))
    return;
  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  soup_session_send_and_read_async (site->session, message, 0, NULL, fetched_bytes, &fetched);
  wait_until (fetched.done);
  g_assert_cmpuint (soup_message_get_status (message), ==, 407);
  g_assert_cmpuint (guard.asked, ==, 0);
  fetched_clear (&fetched);
}

static void
websocket (void)
{
  for (Lock lock = OPEN; lock <= (ON_LIBSOUP ? BASIC : DIGEST); lock++) {
    g_autoptr (Site) site = tls_site_new ("server");
    g_autoptr (Gate) gate = gate_new (lock, site->session);
    Guard guard = { "right", FALSE, 0 };
    g_autoptr (SoupMessage) message = message_at (site, "wss", &guard);
    g_autoptr (GError) error = NULL;
    g_autoptr (End) end = NULL;

    site_accept (site, "/", NULL, NULL);
    end = site_connect_message (site->session, message, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (guard.asked, ==, lock == OPEN ? 0 : 1);
    gate_check (gate, lock == OPEN ? "c" : "cC");
    soup_websocket_connection_send_text (site_end (site, 0)->connection, "through");
    wait_until (end->messages->len == 1);
    g_assert_cmpstr (end_messages (end), ==, "through");
  }
}

/* A call that waits, in a thread of its own. */
typedef struct {
  Site *site;
  Guard guard;
  guint status;
  gboolean done;
} Call;

static gpointer
call_and_wait (gpointer data)
{
  Call *call = data;
  g_autoptr (SoupMessage) message = message_at (call->site, "https", &call->guard);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read (call->site->session, message, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 6);
  call->status = soup_message_get_status (message);
  g_atomic_int_set (&call->done, TRUE);
  return NULL;
}

static void
from_a_thread (void)
{
  g_autoptr (Site) site = tls_site_new ("server");
  g_autoptr (Gate) gate = gate_new (BASIC, site->session);
  Call call = { site, { "right", FALSE, 0 }, 0, FALSE };
  GThread *thread;

  soup_server_add_handler (site->server, NULL, serve, NULL, NULL);
  thread = g_thread_new ("caller", call_and_wait, &call);
  wait_until (g_atomic_int_get (&call.done));
  g_thread_join (thread);
  g_assert_cmpuint (call.status, ==, 200);
  g_assert_cmpuint (call.guard.asked, ==, 1);
  gate_check (gate, "cC");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/session/tunnel/open", GINT_TO_POINTER (OPEN), test_password);
  g_test_add_data_func ("/session/tunnel/basic", GINT_TO_POINTER (BASIC), test_password);
  g_test_add_data_func ("/session/tunnel/digest", GINT_TO_POINTER (DIGEST), test_password);
  g_test_add_data_func ("/session/tunnel/ntlm", GINT_TO_POINTER (NTLM), test_password);
  g_test_add_func ("/session/tunnel/wrong-password", wrong_password);
  g_test_add_func ("/session/tunnel/one-password-for-both", one_password_for_both);
  g_test_add_func ("/session/tunnel/without-a-manager", without_a_manager);
  g_test_add_func ("/session/tunnel/websocket", websocket);
  g_test_add_func ("/session/tunnel/from-a-thread", from_a_thread);
  return g_test_run ();
}
