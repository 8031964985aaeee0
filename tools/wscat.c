/* wscat: talks to a WebSocket by hand. Lines of the standard input go out as messages, messages alone come out on the
 * standard output, and everything else is said on the standard error. It needs libsoup's names only. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "terminal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <libsoup/soup.h>

#ifndef WSCAT_VERSION
#define WSCAT_VERSION "unknown"
#endif
#define LARGEST_MESSAGE (64 * 1024 * 1024)
/* With so many bytes on their way, no more input is read. */
#define MOST_UNDERWAY (1024 * 1024)
#define CLOSE_PATIENCE_S 3

enum { EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

static struct {
  char **headers, **protocols, **execute;
  char *origin, *auth, *listen;
  int ping, wait;
  gboolean insecure, binary, version;
} options;

static const GOptionEntry entries[] = {
  { "header", 'H', 0, G_OPTION_ARG_STRING_ARRAY, &options.headers, "Send this header, too", "'NAME: VALUE'" },
  { "subprotocol", 's', 0, G_OPTION_ARG_STRING_ARRAY, &options.protocols, "Offer a subprotocol", "NAME" },
  { "protocol", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &options.protocols, NULL, NULL },
  { "origin", 'o', 0, G_OPTION_ARG_STRING, &options.origin, "Send this Origin", "ORIGIN" },
  { "auth", 0, 0, G_OPTION_ARG_STRING, &options.auth, "Log in, with the Basic scheme", "USER:PASSWORD" },
  { "insecure", 'k', 0, G_OPTION_ARG_NONE, &options.insecure, "Accept any certificate", NULL },
  { "binary", 'b', 0, G_OPTION_ARG_NONE, &options.binary, "Send binary messages, and print those that come", NULL },
  { "execute", 'x', 0, G_OPTION_ARG_STRING_ARRAY, &options.execute,
    "Send this instead of the input, and close after as many messages have come", "MESSAGE" },
  { "wait", 'w', 0, G_OPTION_ARG_INT, &options.wait, "With -x: wait so long for messages", "SECONDS" },
  { "listen", 'l', 0, G_OPTION_ARG_STRING, &options.listen, "Be the server, on this port of this machine", "PORT" },
  { "ping", 'p', 0, G_OPTION_ARG_INT, &options.ping, "Ping again and again", "SECONDS" },
  { "version", 'V', 0, G_OPTION_ARG_NONE, &options.version, "Print the version", NULL },
  { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
};

static struct {
  GMainLoop *loop;
  GList *connections; /* of SoupWebsocketConnection, a reference each: one, or those of a server */
  guint received;
  gboolean leaving; /* no more input, and the end when the last connection has closed */
  int status;
} cat;

/* bisque_websocket_connection_get_buffered_amount(), where it is there: libsoup has no such thing. */
static gsize (*buffered_amount) (SoupWebsocketConnection *);

static void
finish (void)
{
  g_main_loop_quit (cat.loop);
}

static gboolean
give_up (gpointer user_data)
{
  (void) user_data;
  terminal_say ("the peer does not close");
  cat.status = cat.status ? cat.status : EXIT_FAILURE;
  finish ();
  return G_SOURCE_REMOVE;
}

/* Closes all that is open; the program ends with the last "closed". */
static void
leave (gushort code, int status)
{
  gboolean any = FALSE;

  cat.status = status ? status : cat.status;
  if (cat.leaving)
    return;
  cat.leaving = TRUE;
  for (GList *each = cat.connections; each; each = each->next) {
    SoupWebsocketConnection *connection = SOUP_WEBSOCKET_CONNECTION (each->data);
    any = TRUE;
    if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (connection, code, NULL);
  }
  if (any)
    g_timeout_add_seconds (CLOSE_PATIENCE_S, give_up, NULL);
  else
    finish ();
}

static gboolean
on_signal (gpointer user_data)
{
  (void) user_data;
  if (cat.leaving) {
    cat.status = EXIT_INTERRUPTED;
    finish (); /* the second Ctrl-C */
  } else {
    leave (SOUP_WEBSOCKET_CLOSE_GOING_AWAY, EXIT_INTERRUPTED);
  }
  return G_SOURCE_CONTINUE;
}

static void
send_to (SoupWebsocketConnection *connection, GBytes *message)
{
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (connection,
                                            options.binary ? SOUP_WEBSOCKET_DATA_BINARY : SOUP_WEBSOCKET_DATA_TEXT,
                                            message);
}

/* Where the bytes are no UTF-8; NULL if they are. GLib takes a NUL for such a place, and WebSockets do not. */
static const char *
first_bad_byte (const char *data, gsize size)
{
  const char *bad, *end = data + size;
  while (data < end && !g_utf8_validate_len (data, (gsize) (end - data), &bad)) {
    if (*bad != '\0')
      return bad;
    data = bad + 1;
  }
  return NULL;
}

static void
on_line (GBytes *line, gpointer user_data)
{
  (void) user_data;
  if (!line) {
    if (!options.listen)
      leave (SOUP_WEBSOCKET_CLOSE_NORMAL, 0);
    return;
  }
  gsize size;
  const char *data = (const char *) g_bytes_get_data (line, &size);
  const char *bad = options.binary ? NULL : first_bad_byte (data, size);
  if (bad) {
    terminal_say ("not sent: the line is not UTF-8 (byte 0x%02x at %" G_GSIZE_FORMAT "); --binary sends it as it is",
                  (guchar) *bad, (gsize) (bad - data));
    cat.status = EXIT_FAILURE;
    return;
  }
  for (GList *each = cat.connections; each; each = each->next)
    send_to (SOUP_WEBSOCKET_CONNECTION (each->data), line);
}

static gboolean
is_busy (gpointer user_data)
{
  (void) user_data;
  for (GList *each = cat.connections; each && buffered_amount; each = each->next)
    if (buffered_amount (SOUP_WEBSOCKET_CONNECTION (each->data)) > MOST_UNDERWAY)
      return TRUE;
  return FALSE;
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, gpointer user_data)
{
  gboolean is_text = type == SOUP_WEBSOCKET_DATA_TEXT;
  (void) connection, (void) user_data;

  if (!is_text && !options.binary)
    terminal_say ("a binary message of %" G_GSIZE_FORMAT " bytes (--binary prints them)", g_bytes_get_size (message));
  else if (!terminal_show (message, is_text))
    leave (SOUP_WEBSOCKET_CLOSE_GOING_AWAY, EXIT_FAILURE); /* whoever read our output has gone */
  if (options.execute && !options.listen && ++cat.received >= g_strv_length (options.execute))
    leave (SOUP_WEBSOCKET_CLOSE_NORMAL, 0);
}

static void
on_pong (SoupWebsocketConnection *connection, GBytes *message, gpointer opened)
{
  (void) connection, (void) message;
  terminal_say ("pong after %.1f s", (double) (g_get_monotonic_time () - *(gint64 *) opened) / G_USEC_PER_SEC);
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, gpointer user_data)
{
  (void) connection, (void) user_data;
  terminal_say ("error: %s", error->message);
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer user_data)
{
  gushort code = soup_websocket_connection_get_close_code (connection);
  const char *reason = soup_websocket_connection_get_close_data (connection);
  (void) user_data;

  if (code == 0)
    terminal_say ("closed: the peer went away without a close code");
  else
    terminal_say ("closed: %u%s%s", code, reason && *reason ? " " : "", reason ? reason : "");
  if (!options.listen && code != SOUP_WEBSOCKET_CLOSE_NORMAL && !cat.status)
    cat.status = EXIT_FAILURE;
  cat.connections = g_list_remove (cat.connections, connection);
  if (!cat.connections && (cat.leaving || !options.listen))
    finish ();
  g_object_unref (connection);
}

/* Keeps a connection that is open. */
static void
adopt (SoupWebsocketConnection *connection)
{
  gint64 *opened = g_new (gint64, 1);
  *opened = g_get_monotonic_time ();
  cat.connections = g_list_prepend (cat.connections, connection);
  soup_websocket_connection_set_max_incoming_payload_size (connection, LARGEST_MESSAGE);
  /* libsoup 3.4 and later have a limit on whole messages, too. */
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (connection), "max-total-message-size"))
    g_object_set (connection, "max-total-message-size", (guint64) LARGEST_MESSAGE, NULL);
  soup_websocket_connection_set_keepalive_interval (connection, (guint) options.ping);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect_data (connection, "pong", G_CALLBACK (on_pong), opened, (GClosureNotify) G_CALLBACK (g_free), 0);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), NULL);
  for (char **text = options.execute; text && *text; text++) {
    g_autoptr (GBytes) message = g_bytes_new (*text, strlen (*text));
    send_to (connection, message);
  }
}

static gboolean
waited (gpointer user_data)
{
  (void) user_data;
  terminal_say ("%u of %u messages have come", cat.received, g_strv_length (options.execute));
  leave (SOUP_WEBSOCKET_CLOSE_NORMAL, EXIT_FAILURE);
  return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer user_data)
{
  SoupMessage *message = SOUP_MESSAGE (user_data);
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  if (!connection) {
    guint status = soup_message_get_status (message);
    if (status >= 100 && status != SOUP_STATUS_SWITCHING_PROTOCOLS)
      terminal_say ("the server answers %u %s: %s", status, soup_message_get_reason_phrase (message), error->message);
    else
      terminal_say ("cannot connect: %s", error->message);
    cat.status = EXIT_FAILURE;
    finish ();
    return;
  }
  const char *protocol = soup_websocket_connection_get_protocol (connection);
  terminal_say ("connected%s%s", protocol ? ", subprotocol " : "", protocol ? protocol : "");
  adopt (connection);
  if (options.execute && options.wait > 0)
    g_timeout_add_seconds ((guint) options.wait, waited, NULL);
  if (!options.execute)
    terminal_start (on_line, is_busy, NULL);
}

static gboolean
on_certificate (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer user_data)
{
  static const struct {
    GTlsCertificateFlags flag;
    const char *words;
  } reasons[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA, "nobody whom this machine trusts has signed it" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "it belongs to another host" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet" },
    { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
    { G_TLS_CERTIFICATE_REVOKED, "it has been revoked" },
    { G_TLS_CERTIFICATE_INSECURE, "its cryptography is too weak" },
  };
  (void) message, (void) certificate, (void) user_data;

  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (errors & reasons[i].flag)
      terminal_say ("the certificate is not to be trusted: %s%s", reasons[i].words,
                    options.insecure ? "" : " (-k accepts it)");
  return options.insecure;
}

static gboolean
add_headers (SoupMessageHeaders *headers)
{
  for (char **header = options.headers; header && *header; header++) {
    g_auto (GStrv) parts = g_strsplit (*header, ":", 2);
    if (!parts[0] || !parts[1] || !*g_strstrip (parts[0]) || strpbrk (*header, "\r\n")) {
      g_printerr ("%s: a header has the form 'Name: value'\n", *header);
      return FALSE;
    }
    soup_message_headers_append (headers, parts[0], g_strstrip (parts[1]));
  }
  if (options.auth) {
    g_autofree char *token = g_base64_encode ((const guchar *) options.auth, strlen (options.auth));
    g_autofree char *value = g_strconcat ("Basic ", token, NULL);
    soup_message_headers_replace (headers, "Authorization", value);
  }
  return TRUE;
}

static int
run_client (const char *address)
{
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, address);
  const char *scheme = message ? g_uri_get_scheme (soup_message_get_uri (message)) : NULL;

  if (!message || !(g_str_equal (scheme, "ws") || g_str_equal (scheme, "wss") || g_str_has_prefix (scheme, "http"))) {
    g_printerr ("%s is not a WebSocket's address: ws://host/path or wss://host/path\n", address);
    return EXIT_USAGE;
  }
  if (!add_headers (soup_message_get_request_headers (message)))
    return EXIT_USAGE;
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_certificate), NULL);

  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  soup_session_websocket_connect_async (session, message, options.origin, options.protocols, G_PRIORITY_DEFAULT,
                                        cancellable, on_connected, message);
  g_main_loop_run (cat.loop);
  return cat.status;
}

static void
on_guest (SoupServer *server,
          SoupServerMessage *request,
          const char *path,
          SoupWebsocketConnection *connection,
          gpointer user_data)
{
  (void) server, (void) user_data;
  if (cat.leaving)
    return;
  terminal_say ("connected: %s, %s", soup_server_message_get_remote_host (request), path);
  adopt (g_object_ref (connection));
}

static int
run_server (void)
{
  g_autoptr (GError) error = NULL;
  guint64 port;

  if (!g_ascii_string_to_unsigned (options.listen, 10, 0, G_MAXUINT16, &port, &error)) {
    g_printerr ("--listen: %s\n", error->message);
    return EXIT_USAGE;
  }
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "wscat/" WSCAT_VERSION, NULL);
  soup_server_add_websocket_handler (server, NULL, options.origin, options.protocols, on_guest, NULL, NULL);
  if (!soup_server_listen_local (server, (guint) port, 0, &error)) {
    terminal_say ("cannot listen on port %u: %s", (guint) port, error->message);
    return EXIT_FAILURE;
  }
  GSList *uris = soup_server_get_uris (server);
  terminal_say ("listening on ws://localhost:%d/", g_uri_get_port ((GUri *) uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  terminal_start (on_line, is_busy, NULL);
  g_main_loop_run (cat.loop);
  return cat.status;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URI");
  g_autoptr (GError) error = NULL;

  /* A closed standard stream is one that has ended; its number must not become a socket's. */
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", O_RDWR) < 0)
      return EXIT_FAILURE;
  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN); /* write() says it */
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context,
                                "Talks to a WebSocket by hand: lines of the standard input go out as messages, "
                                "messages come out on the standard output.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || options.ping < 0 || options.wait < 0
      || (!options.version && argc != (options.listen ? 1 : 2))) {
    g_printerr ("wscat: %s\nusage: wscat [OPTION...] URI, or wscat --listen PORT; --help says more\n",
                error ? error->message : "one URI is needed, and intervals are not negative");
    return EXIT_USAGE;
  }
  if (options.version) {
    g_print ("wscat " WSCAT_VERSION ", on libsoup's interface %u.%u.%u\n", soup_get_major_version (),
             soup_get_minor_version (), soup_get_micro_version ());
    return EXIT_SUCCESS;
  }
  *(void **) &buffered_amount = dlsym (RTLD_DEFAULT, "bisque_websocket_connection_get_buffered_amount");
  cat.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGINT, on_signal, NULL);
  g_unix_signal_add (SIGTERM, on_signal, NULL);
  int status = options.listen ? run_server () : run_client (argv[1]);
  terminal_stop ();
  g_list_free_full (cat.connections, g_object_unref);
  g_main_loop_unref (cat.loop);
  return status;
}
