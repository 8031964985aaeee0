/* Which handler a server calls for a WebSocket, in what order, and what becomes of the handler's data. */

#include "common.h"

#include <stdlib.h>

typedef struct {
  GString *log;
  guint destroyed;
  SoupServerMessage *paused;
} Record;

static Record *record;

static void
set_up (void)
{
  record = g_new0 (Record, 1);
  record->log = g_string_new (NULL);
}

static void
tear_down (void)
{
  g_string_free (record->log, TRUE);
  g_clear_pointer (&record, g_free);
}

static void
gone (gpointer data)
{
  g_string_append_printf (record->log, "-%s ", (char *) data);
  record->destroyed++;
}

static void
websocket (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
           gpointer data)
{
  (void) server;
  (void) connection;
  g_assert_true (SOUP_IS_SERVER_MESSAGE (message));
  g_assert_cmpstr (path, ==, g_uri_get_path (soup_server_message_get_uri (message)));
  /* #306: the connection's socket is still known here. */
  g_assert_nonnull (soup_server_message_get_socket (message));
  g_assert_nonnull (soup_server_message_get_remote_address (message));
  g_assert_cmpstr (soup_server_message_get_remote_host (message), ==, "127.0.0.1");
  g_string_append_printf (record->log, "websocket:%s ", (char *) data);
}

static void
ordinary (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) message;
  (void) path;
  (void) query;
  g_string_append_printf (record->log, "handler:%s ", (char *) data);
}

static void
early (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) message;
  (void) path;
  (void) query;
  g_string_append_printf (record->log, "early:%s ", (char *) data);
}

static void
forbidding (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  g_string_append (record->log, "forbidden ");
  soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
}

static void
pausing (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  (void) server;
  (void) path;
  (void) query;
  (void) data;
  g_string_append (record->log, "paused ");
  record->paused = g_object_ref (message);
  soup_server_message_pause (message);
}

/* The status that a request for a WebSocket at the path gets. */
static guint
visit (Site *site, const char *path)
{
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request (path), *answer = NULL;

  peer_write_text (peer, request);
  peer_write_text (peer, "\r\n");
  answer = peer_head (peer);
  g_assert_nonnull (answer);
  return atoi (answer + strlen ("HTTP/1.1 "));
}

static void
expect (Site *site, const char *path, guint status, const char *log)
{
  g_string_truncate (record->log, 0);
  g_assert_cmpint (visit (site, path), ==, status);
  settle (5);
  g_strchomp (record->log->str);
  g_assert_cmpstr (record->log->str, ==, log);
}

static void
add (Site *site, const char *path, const char *name)
{
  soup_server_add_websocket_handler (site->server, path, NULL, NULL, websocket, (gpointer) name, gone);
}

static void
longest_path (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a", "a");
  add (site, "/a/b/c", "abc");
  add (site, "/a/b", "ab");
  expect (site, "/a", 101, "websocket:a");
  expect (site, "/a/", 101, "websocket:a");
  expect (site, "/a/b", 101, "websocket:ab");
  expect (site, "/a/b/c/d", 101, "websocket:abc");
  expect (site, "/a/x", 101, "websocket:a");
  expect (site, "/", 404, "");
  expect (site, "/b", 404, "");
}

static void
default_handlers (void)
{
  for (int i = 0; i < 2; i++) {
    g_autoptr (Site) site = site_new ();

    add (site, i ? "/" : NULL, "default");
    add (site, "/a", "a");
    expect (site, "/", 101, "websocket:default");
    expect (site, "/elsewhere", 101, "websocket:default");
    expect (site, "/a", 101, "websocket:a");
  }
}

/* The ordinary handler of the path is called first; the WebSocket's comes unless that one has set a status. */
static void
after_the_ordinary_handler (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/", "default");
  add (site, "/seen", "seen");
  add (site, "/forbidden", "forbidden");
  soup_server_add_handler (site->server, "/seen", ordinary, "seen", NULL);
  soup_server_add_handler (site->server, "/forbidden", forbidding, NULL, NULL);
  soup_server_add_handler (site->server, "/plain", ordinary, "plain", NULL);
  expect (site, "/seen", 101, "handler:seen websocket:seen");
  /* The longest path decides for both: where only an ordinary handler is, there is no WebSocket. */
  expect (site, "/plain", 500, "handler:plain");
  expect (site, "/forbidden", 403, "forbidden");
  expect (site, "/free", 101, "websocket:default");
}

static void
early_handlers (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/", "default");
  soup_server_add_early_handler (site->server, "/", early, "early", NULL);
  soup_server_add_handler (site->server, "/", ordinary, "late", NULL);
  soup_server_add_early_handler (site->server, "/forbidden", forbidding, NULL, NULL);
  expect (site, "/", 101, "early:early handler:late websocket:default");
  expect (site, "/forbidden", 403, "forbidden");
}

static void
pause_and_unpause (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  g_autofree char *request = upgrade_request ("/"), *answer = NULL;

  add (site, "/", "default");
  soup_server_add_early_handler (site->server, "/", pausing, NULL, NULL);
  peer_write_text (peer, request);
  peer_write_text (peer, "\r\n");
  wait_until (record->paused);
  settle (20);
  g_assert_cmpstr (record->log->str, ==, "paused ");
  g_assert_false (peer_ended (peer));
  g_assert_cmpint (peer->input->len, ==, 0);
  soup_server_message_unpause (record->paused);
  answer = peer_head (peer);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 "));
  wait_until (g_str_equal (record->log->str, "paused websocket:default "));
  g_object_unref (record->paused);
}

static void
request_signals (SoupServer *server, SoupServerMessage *message, gpointer name)
{
  (void) server;
  g_assert_true (SOUP_IS_SERVER_MESSAGE (message));
  g_string_append_printf (record->log, "%s ", (char *) name);
}

static void
server_signals (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/", "default");
  g_signal_connect (site->server, "request-started", G_CALLBACK (request_signals), "started");
  g_signal_connect (site->server, "request-read", G_CALLBACK (request_signals), "read");
  expect (site, "/", 101, "started read websocket:default");
}

/* ---- Handlers that go ---- */

static void
removed (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a", "a");
  add (site, "/a/b", "ab");
  expect (site, "/a/b", 101, "websocket:ab");
  soup_server_remove_handler (site->server, "/a/b");
  g_assert_cmpint (record->destroyed, ==, 1);
  expect (site, "/a/b", 101, "websocket:a");
  soup_server_remove_handler (site->server, "/a");
  g_assert_cmpint (record->destroyed, ==, 2);
  expect (site, "/a/b", 404, "");
}

static void
replaced (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a", "first");
  g_assert_cmpint (record->destroyed, ==, 0);
  add (site, "/a", "second");
  g_assert_cmpint (record->destroyed, ==, 1);
  expect (site, "/a", 101, "websocket:second");
}

static void
disposed (void)
{
  Site *site = site_new ();

  add (site, "/a", "a");
  add (site, NULL, "default");
  site_free (site);
  wait_until (record->destroyed == 2);
}

/* An ordinary handler at the same path is a thing of its own; removal takes both. */
static void
both_kinds_at_a_path (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a", "socket");
  soup_server_add_handler (site->server, "/a", ordinary, "plain", gone);
  expect (site, "/a", 101, "handler:plain websocket:socket");
  soup_server_remove_handler (site->server, "/a");
  g_assert_cmpint (record->destroyed, ==, 2);
  expect (site, "/a", 404, "");
}

static void
encoded_path (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a b", "space");
  expect (site, "/a%20b", 101, "websocket:space");
}

static void
query_is_not_path (void)
{
  g_autoptr (Site) site = site_new ();

  add (site, "/a", "a");
  expect (site, "/a?b=/c", 101, "websocket:a");
}

static void
add_test (const char *path, void (*test) (void))
{
  g_test_add (path, char, NULL, (void (*) (char *, gconstpointer)) set_up, (void (*) (char *, gconstpointer)) test,
              (void (*) (char *, gconstpointer)) tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("/handlers/longest-path", longest_path);
  add_test ("/handlers/default", default_handlers);
  add_test ("/handlers/after-the-ordinary-handler", after_the_ordinary_handler);
  add_test ("/handlers/early", early_handlers);
  add_test ("/handlers/pause-and-unpause", pause_and_unpause);
  add_test ("/handlers/server-signals", server_signals);
  add_test ("/handlers/removed", removed);
  add_test ("/handlers/replaced", replaced);
  add_test ("/handlers/disposed", disposed);
  add_test ("/handlers/both-kinds-at-a-path", both_kinds_at_a_path);
  add_test ("/handlers/encoded-path", encoded_path);
  add_test ("/handlers/query-is-not-path", query_is_not_path);
  return g_test_run ();
}
