/* An HTTP server that lets in whom Kerberos knows, by the system's GSSAPI. Each body is "PRINCIPAL LOG": a letter for
 * each request of that URI, 'N' with a token of Negotiate, 'B' with a password, '-' with neither; the principal of
 * whoever is not let in is "-".
 *
 *   /request       every request wants a token
 *   /connection    a connection wants one
 *   /either        every request wants a token, or any password
 *   /either-wrong  the same, but no token is good
 *   /password      every request wants any password
 *   /proxy         the same as /request, as a proxy asks
 *   /wrong         whatever is sent is refused
 *   /endless       whatever is sent is answered by something that is no token
 *   /impostor      a token is taken, and the answer is not of whom it was meant for
 *   /close         as /request, and every connection is closed
 *
 * gss-server CERTIFICATE-WITH-KEY prints its two ports, without and with TLS, and serves until its input ends. */

#include <libsoup/soup.h>

#include <gssapi/gssapi.h>
#include <stdio.h>
#include <string.h>

/* By URI. */
static GHashTable *logs;
/* The ports of clients whose connections are let in. */
static GHashTable *known;

/* The principal whose token that is, or NULL. */
static char *
accept_token (const char *token, char **answer)
{
  OM_uint32 minor, major;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  gss_name_t name = GSS_C_NO_NAME;
  gss_buffer_desc in = { 0, NULL }, out = GSS_C_EMPTY_BUFFER, text = GSS_C_EMPTY_BUFFER;
  gsize length = 0;
  g_autofree guchar *bytes = g_base64_decode (token, &length);
  char *principal = NULL;

  in.value = bytes;
  in.length = length;
  major = gss_accept_sec_context (&minor, &context, GSS_C_NO_CREDENTIAL, &in, GSS_C_NO_CHANNEL_BINDINGS, &name, NULL,
                                  &out, NULL, NULL, NULL);
  if (major == GSS_S_COMPLETE && gss_display_name (&minor, name, &text, NULL) == GSS_S_COMPLETE) {
    principal = g_strndup (text.value, text.length);
    *answer = g_base64_encode (out.value, out.length);
  }
  gss_release_buffer (&minor, &text);
  gss_release_buffer (&minor, &out);
  gss_release_name (&minor, &name);
  gss_delete_sec_context (&minor, &context, GSS_C_NO_BUFFER);
  return principal;
}

static GString *
log_of (SoupServerMessage *message)
{
  g_autofree char *uri = g_uri_to_string (soup_server_message_get_uri (message));
  GString *log = g_hash_table_lookup (logs, uri);

  if (!log) {
    log = g_string_new (NULL);
    g_hash_table_insert (logs, g_steal_pointer (&uri), log);
  }
  return log;
}

static gpointer
client_port (SoupServerMessage *message)
{
  GSocketAddress *address = soup_server_message_get_remote_address (message);

  return GUINT_TO_POINTER ((guint) g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
}

static void
handle (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  gboolean takes_password = g_str_has_prefix (path, "/either") || g_str_equal (path, "/password");
  gboolean is_proxy = g_str_equal (path, "/proxy");
  const char *name = is_proxy ? "Proxy-Authorization" : "Authorization";
  const char *challenge = is_proxy ? "Proxy-Authenticate" : "WWW-Authenticate";
  const char *header = soup_message_headers_get_one (soup_server_message_get_request_headers (message), name);
  const char *token = header && g_str_has_prefix (header, "Negotiate ") ? header + 10 : NULL;
  gboolean is_connection = g_str_equal (path, "/connection");
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *answer = NULL, *principal = NULL, *body = NULL;
  GString *log = log_of (message);

  (void) server;
  (void) query;
  (void) data;
  g_string_append_c (log, token ? 'N' : header ? 'B' : '-');
  if (token && !g_str_has_suffix (path, "wrong") && !g_str_equal (path, "/endless"))
    principal = accept_token (token, &answer);
  else if (is_connection && g_hash_table_contains (known, client_port (message)))
    principal = g_strdup ("known");
  else if (header && !token && takes_password)
    principal = g_strdup ("guest");
  if (principal && is_connection)
    g_hash_table_add (known, client_port (message));
  if (principal && answer) {
    g_autofree char *value = g_strconcat ("Negotiate ", g_str_equal (path, "/impostor") ? "YWJj" : answer, NULL);

    soup_message_headers_append (headers, challenge, value);
  }
  if (!principal && !g_str_equal (path, "/password"))
    soup_message_headers_append (headers, challenge,
                                 token && g_str_equal (path, "/endless") ? "Negotiate YWJj" : "Negotiate");
  if (!principal && takes_password)
    soup_message_headers_append (headers, challenge, "Basic realm=\"either\"");
  if (g_str_equal (path, "/close"))
    soup_message_headers_append (headers, "Connection", "close");
  body = g_strdup_printf ("%s %s", principal ? principal : "-", log->str);
  soup_server_message_set_status (message, principal ? 200 : is_proxy ? 407 : 401, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, body, strlen (body));
}

static gboolean
input_ended (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  (void) channel;
  (void) condition;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
free_log (gpointer log)
{
  g_string_free (log, TRUE);
}

int
main (int argc, char **argv)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (argc > 1 ? argv[1] : "", &error);
  GSList *uris;

  logs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_log);
  known = g_hash_table_new (NULL, NULL);
  g_assert_no_error (error);
  soup_server_set_tls_certificate (server, certificate);
  soup_server_add_handler (server, NULL, handle, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | SOUP_SERVER_LISTEN_HTTPS, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  for (GSList *each = uris; each; each = each->next)
    g_print ("%s %d\n", g_uri_get_scheme (each->data), g_uri_get_port (each->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fflush (stdout);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, input_ended, loop);
  g_main_loop_run (loop);
  g_hash_table_unref (known);
  g_hash_table_unref (logs);
  return 0;
}
