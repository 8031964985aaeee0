/* Certificates, and a server and a session that use them. */

#include "common-tls.h"

GTlsCertificate *
tls_certificate (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "tls", file, NULL);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (path, &error);

  g_assert_no_error (error);
  return certificate;
}

GTlsDatabase *
tls_database (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "tls", file, NULL);
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database = g_tls_file_database_new (path, &error);

  g_assert_no_error (error);
  return database;
}

GByteArray *
tls_some_hello (void)
{
  static const char hex[]
      = "1603010085010000810303c0266d6223347b1f942b7855743c97f3fe25a2facff88608b5ce8b027c7366f4000006"
        "c02fc02b00ff01000052000b000403000102000a000c000a001d0017001e00190018002300000016000000170000"
        "000d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602";
  GByteArray *hello = g_byte_array_new ();

  for (gsize i = 0; hex[i]; i += 2) {
    guint8 byte = g_ascii_xdigit_value (hex[i]) << 4 | g_ascii_xdigit_value (hex[i + 1]);

    g_byte_array_append (hello, &byte, 1);
  }
  return hello;
}

Site *
tls_site_new (const char *name)
{
  Site *site = site_new ();
  g_autoptr (GTlsCertificate) certificate = tls_certificate (name);
  g_autoptr (GTlsDatabase) database = tls_database ("authority");
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_disconnect (site->server);
  soup_server_set_tls_certificate (site->server, certificate);
  soup_server_listen_local (site->server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (site->server);
  g_assert_cmpstr (g_uri_get_scheme (uris->data), ==, "https");
  site->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_free (site->url);
  site->url = g_strdup_printf ("wss://127.0.0.1:%d", site->port);
  soup_session_set_tls_database (site->session, database);
  return site;
}

static gboolean
on_accept (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer accepts)
{
  Attempt *attempt = g_object_get_data (G_OBJECT (message), "attempt");

  g_assert_true (G_IS_TLS_CERTIFICATE (certificate));
  g_assert_cmpint (errors, !=, 0);
  attempt_note (attempt, "accept");
  return GPOINTER_TO_INT (accepts);
}

static void
on_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, Attempt *attempt)
{
  (void) message;
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING || event == G_SOCKET_CLIENT_TLS_HANDSHAKED) {
    g_assert_true (G_IS_TLS_CLIENT_CONNECTION (stream));
    attempt_note (attempt, event == G_SOCKET_CLIENT_TLS_HANDSHAKING ? "handshaking" : "handshaked");
  }
}

static void
on_notify (GObject *message, GParamSpec *spec, Attempt *attempt)
{
  (void) message;
  if (g_str_has_prefix (spec->name, "tls-"))
    attempt_note (attempt, spec->name);
}

Attempt *
tls_attempt_new (const char *url, gboolean accepts)
{
  Attempt *attempt = attempt_new (url);

  g_object_set_data (G_OBJECT (attempt->message), "attempt", attempt);
  g_signal_connect (attempt->message, "accept-certificate", G_CALLBACK (on_accept), GINT_TO_POINTER (accepts));
  g_signal_connect (attempt->message, "network-event", G_CALLBACK (on_event), attempt);
  g_signal_connect (attempt->message, "notify", G_CALLBACK (on_notify), attempt);
  return attempt;
}

void
tls_attempt_run (Attempt *attempt)
{
  attempt_begin (attempt, NULL, NULL);
  wait_until (attempt->done);
  settle (5);
}

Pair *
tls_pair_new (gboolean served)
{
  Pair *pair = g_new0 (Pair, 1);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GSocketConnectable) localhost = g_network_address_new ("localhost", 443);
  g_autoptr (GIOStream) first = NULL, second = NULL, client = NULL, server = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) error = NULL;

  if (served) {
    pair->site = tls_site_new ("server");
    site_accept (pair->site, "/", NULL, NULL);
    pair->client = site_connect (pair->site, "/", NULL, NULL, &error);
    g_assert_no_error (error);
    pair->server = site_end (pair->site, 0);
    g_ptr_array_steal_index (pair->site->opened, 0);
    return pair;
  }
  {
    int descriptor;

    stream_pair (&first, &descriptor);
    second = stream_of (descriptor);
  }
  certificate = tls_certificate ("server");
  database = tls_database ("authority");
  server = g_tls_server_connection_new (second, certificate, &error);
  g_assert_no_error (error);
  client = g_tls_client_connection_new (first, localhost, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (client), database);
  uri = g_uri_parse ("wss://localhost/", G_URI_FLAGS_NONE, NULL);
  pair->client
      = end_new (soup_websocket_connection_new (client, uri, SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL));
  pair->server
      = end_new (soup_websocket_connection_new (server, uri, SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL));
  return pair;
}
