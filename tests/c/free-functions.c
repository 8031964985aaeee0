/* Free functions are the application's code: they run with nothing half done, and may use what their bytes belonged to.
 */

#include "common.h"

/* ---- Bytes whose free function acts ---- */

typedef struct Hostile Hostile;

struct Hostile {
  void (*act) (Hostile *hostile);
  SoupWebsocketConnection **connection; /* whose place is emptied by drop_it() */
  SoupMessageBody *body;
  guint made, freed;
  guint sends; /* that it may still do */
};

enum { LARGE = 64 * 1024 };

static void
release (gpointer data)
{
  Hostile *hostile = data;

  hostile->freed++;
  hostile->act (hostile);
}

static GBytes *
bytes_of (Hostile *hostile)
{
  static char zeros[LARGE];

  hostile->made++;
  return g_bytes_new_with_free_func (zeros, sizeof zeros, release, hostile);
}

static void
send_it (SoupWebsocketConnection *connection, Hostile *hostile)
{
  GBytes *bytes = bytes_of (hostile);

  soup_websocket_connection_send_message (connection, SOUP_WEBSOCKET_DATA_BINARY, bytes);
  g_bytes_unref (bytes);
}

/* ---- What it does with a connection ---- */

static gboolean
is_open (SoupWebsocketConnection *connection)
{
  return connection && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

static void
looks (Hostile *hostile)
{
  SoupWebsocketConnection *connection = *hostile->connection;

  if (!connection)
    return;
  soup_websocket_connection_get_state (connection);
  soup_websocket_connection_get_close_code (connection);
  g_object_set (connection, "max-total-message-size", (guint64) hostile->freed, "keepalive-interval", 100, NULL);
}

static void
sends (Hostile *hostile)
{
  SoupWebsocketConnection *connection = *hostile->connection;

  looks (hostile);
  if (!is_open (connection) || !hostile->sends)
    return;
  hostile->sends--;
  send_it (connection, hostile);
  if (is_open (*hostile->connection))
    soup_websocket_connection_send_text (connection, "and this");
}

static void
closes (Hostile *hostile)
{
  SoupWebsocketConnection *connection = *hostile->connection;

  if (is_open (connection))
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, "freed");
}

static void
drops (Hostile *hostile)
{
  looks (hostile);
  g_clear_object (hostile->connection);
}

static void
loops (Hostile *hostile)
{
  looks (hostile);
  for (int i = 0; i < 3; i++)
    g_main_context_iteration (NULL, FALSE);
}

static void (*const actions[]) (Hostile *hostile) = { looks, sends, closes, drops, loops };

/* ---- The ways that a payload goes ---- */

/* Written, to a peer that reads. */
static void
is_written (Wire *wire)
{
  (void) wire;
}

/* The peer goes while it is queued. */
static void
peer_goes (Wire *wire)
{
  peer_close (wire->peer);
}

/* The peer breaks the protocol. */
static void
peer_errs (Wire *wire)
{
  peer_write_hex (wire->peer, "ff 00 00 00 00 00");
}

static void
peer_says_goodbye (Wire *wire)
{
  peer_send_close (wire->peer, 1000);
}

static void
application_drops (Wire *wire)
{
  g_clear_object (&wire->end->connection);
}

static void (*const ways[]) (Wire *wire) = { is_written, peer_goes, peer_errs, peer_says_goodbye, application_drops };

/* ---- Extensions ---- */

/* An extension that puts bytes with a free function of its own into the place of each payload, both ways. */
#define TEST_TYPE_SWAP (test_swap_get_type ())
G_DECLARE_FINAL_TYPE (TestSwap, test_swap, TEST, SWAP, SoupWebsocketExtension)

struct _TestSwap {
  SoupWebsocketExtension parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSwap, test_swap, SOUP_TYPE_WEBSOCKET_EXTENSION)

static Hostile *swapper;

static GBytes *
swapped (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  (void) extension;
  (void) error;
  if (*header & 0x08) /* a control frame */
    return payload;
  g_bytes_unref (payload);
  return bytes_of (swapper);
}

static void
test_swap_class_init (TestSwapClass *class)
{
  SoupWebsocketExtensionClass *extension = SOUP_WEBSOCKET_EXTENSION_CLASS (class);

  extension->name = "swap";
  extension->process_outgoing_message = swapped;
  extension->process_incoming_message = swapped;
}

static void
test_swap_init (TestSwap *swap)
{
  (void) swap;
}

/* ---- All of them ---- */

static void
payloads (gboolean swaps, guint way, guint action)
{
  GList *extensions = swaps ? g_list_append (NULL, g_object_new (TEST_TYPE_SWAP, NULL)) : NULL;
  Wire *wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, extensions);
  Hostile hostile = { .act = actions[action], .connection = &wire->end->connection, .sends = 3 };
  gpointer weak = wire->end->connection;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_handlers_disconnect_by_data (wire->end->connection, wire->end);
  swapper = &hostile;
  for (guint i = 0; i < 40 && is_open (wire->end->connection); i++)
    send_it (wire->end->connection, &hostile);
  settle (1);
  for (guint i = 0; i < 3; i++)
    peer_send_text (wire->peer, 0x81, "incoming");
  ways[way](wire);
  for (guint i = 0; i < 20 && hostile.freed < hostile.made; i++) {
    if (wire->peer->descriptor >= 0)
      peer_ended (wire->peer);
    turn ();
  }
  peer_close (wire->peer);
  settle (1);
  g_clear_object (&wire->end->connection);
  wait_until (!weak && hostile.freed == hostile.made);
  wire_free (wire);
}

static void
test_payloads (gconstpointer action)
{
  if (differs ("libsoup's connection is in pieces when a free function runs"))
    return;
  for (int swaps = 0; swaps < 2; swaps++)
    for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
      payloads (swaps, way, GPOINTER_TO_UINT (action));
}

/* ---- Bodies ---- */

static void
uses_the_body (Hostile *hostile)
{
  SoupMessageBody *body = hostile->body;
  GBytes *chunk;

  if (!body)
    return;
  soup_message_body_get_accumulate (body);
  if (hostile->sends) {
    hostile->sends--;
    soup_message_body_append (body, SOUP_MEMORY_COPY, "more", 4);
  }
  chunk = soup_message_body_get_chunk (body, 0);
  g_clear_pointer (&chunk, g_bytes_unref);
  if (soup_message_body_get_accumulate (body))
    g_bytes_unref (soup_message_body_flatten (body));
  soup_message_body_truncate (body);
}

static void
append_to (SoupMessageBody *body, Hostile *hostile)
{
  GBytes *bytes = bytes_of (hostile);

  soup_message_body_append_bytes (body, bytes);
  g_bytes_unref (bytes);
}

static void
body_is_truncated (void)
{
  Hostile hostile = { .act = uses_the_body, .body = soup_message_body_new (), .sends = 2 };

  if (differs ("libsoup walks through chunks that are going")) {
    soup_message_body_unref (hostile.body);
    return;
  }
  for (int i = 0; i < 3; i++)
    append_to (hostile.body, &hostile);
  g_bytes_unref (soup_message_body_flatten (hostile.body));
  soup_message_body_truncate (hostile.body);
  g_assert_cmpuint (hostile.freed, ==, 3);
  soup_message_body_unref (g_steal_pointer (&hostile.body));
}

static void
chunk_is_written (void)
{
  Hostile hostile = { .act = uses_the_body, .body = soup_message_body_new () };
  GBytes *chunk;

  if (differs ("libsoup walks through chunks that are going")) {
    soup_message_body_unref (hostile.body);
    return;
  }
  soup_message_body_set_accumulate (hostile.body, FALSE);
  for (int i = 0; i < 3; i++)
    append_to (hostile.body, &hostile);
  chunk = soup_message_body_get_chunk (hostile.body, 0);
  soup_message_body_wrote_chunk (hostile.body, chunk);
  g_bytes_unref (chunk);
  g_assert_cmpuint (hostile.freed, >=, 1);
  soup_message_body_unref (g_steal_pointer (&hostile.body));
  g_assert_cmpuint (hostile.freed, ==, 3);
}

/* The body of a response goes with its message. */
static void
respond (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Hostile *hostile = data;

  (void) server;
  (void) path;
  (void) query;
  hostile->body = soup_server_message_get_response_body (message);
  soup_message_body_set_accumulate (hostile->body, FALSE);
  for (int i = 0; i < 3; i++)
    append_to (hostile->body, hostile);
  soup_message_body_complete (hostile->body);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static void
forget_the_body (Hostile *hostile)
{
  GBytes *chunk = hostile->body ? soup_message_body_get_chunk (hostile->body, 0) : NULL;

  g_clear_pointer (&chunk, g_bytes_unref);
}

static void
response_is_written (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (Peer) peer = peer_connect (site->port);
  Hostile hostile = { .act = forget_the_body };

  if (differs ("libsoup walks through chunks that are going"))
    return;
  soup_server_add_handler (site->server, "/", respond, &hostile, NULL);
  peer_write_text (peer, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  wait_until (peer_ended (peer));
  wait_until (hostile.freed == 3);
  g_assert_cmpuint (peer->input->len, >, 3 * LARGE);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "looks", "sends", "closes", "drops", "loops" };

  g_test_init (&argc, &argv, NULL);
  for (guint action = 0; action < G_N_ELEMENTS (actions); action++) {
    g_autofree char *path = g_strconcat ("/free-functions/payload-", names[action], NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (action), test_payloads);
  }
  g_test_add_func ("/free-functions/body-is-truncated", body_is_truncated);
  g_test_add_func ("/free-functions/chunk-is-written", chunk_is_written);
  g_test_add_func ("/free-functions/response-is-written", response_is_written);
  return g_test_run ();
}
