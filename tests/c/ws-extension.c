/* SoupWebsocketExtension as a class that C code derives from: sizes, defaults, each vfunc. */

#include "common.h"

#if !ON_LIBSOUP
#include <bisque.h>
#endif
#include <stdlib.h>

/* An extension that turns letters round: "rot; by=N", where N is 13 unless configured. It marks its frames with RSV3.
 */
#define TEST_TYPE_ROT (test_rot_get_type ())
G_DECLARE_FINAL_TYPE (TestRot, test_rot, TEST, ROT, SoupWebsocketExtension)

struct _TestRot {
  SoupWebsocketExtension parent_instance;
  SoupWebsocketConnectionType side;
  int by;
  guint in, out;
  gboolean fail_in, fail_out;
};

G_DEFINE_FINAL_TYPE (TestRot, test_rot, SOUP_TYPE_WEBSOCKET_EXTENSION)

static guint rots_alive;
static TestRot *rot_of_server, *rot_of_client;

static gboolean
test_rot_configure (SoupWebsocketExtension *extension,
                    SoupWebsocketConnectionType side,
                    GHashTable *params,
                    GError **error)
{
  TestRot *rot = TEST_ROT (extension);
  const char *by = params ? g_hash_table_lookup (params, "by") : NULL;

  rot->side = side;
  *(side == SOUP_WEBSOCKET_CONNECTION_SERVER ? &rot_of_server : &rot_of_client) = rot;
  if (by)
    rot->by = atoi (by);
  if (rot->by == 0) {
    g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE, "no rotation at all");
    return FALSE;
  }
  return TRUE;
}

static char *
test_rot_request_params (SoupWebsocketExtension *extension)
{
  return g_strdup_printf ("; by=%d", TEST_ROT (extension)->by);
}

static char *
test_rot_response_params (SoupWebsocketExtension *extension)
{
  return g_strdup_printf ("; by=\"%d\"", TEST_ROT (extension)->by);
}

static GBytes *
rotated (GBytes *payload, int by)
{
  gsize size;
  const char *from = g_bytes_get_data (payload, &size);
  char *to = g_malloc0 (size + 1);

  for (gsize i = 0; i < size; i++)
    to[i] = g_ascii_islower (from[i]) ? 'a' + (from[i] - 'a' + 26 + by) % 26 : from[i];
  g_bytes_unref (payload);
  return g_bytes_new_take (to, size);
}

static GBytes *
test_rot_outgoing (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  TestRot *rot = TEST_ROT (extension);

  rot->out++;
  /* The close frame that follows comes here too, and must pass. */
  if (rot->fail_out && !(*header & 0x08)) {
    g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_SERVER_ERROR, "cannot send this");
    g_bytes_unref (payload);
    return NULL;
  }
  if (*header & 0x08) /* control frames stay as they are */
    return payload;
  *header |= 0x10;
  return rotated (payload, rot->by);
}

static GBytes *
test_rot_incoming (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  TestRot *rot = TEST_ROT (extension);

  rot->in++;
  if (rot->fail_in) {
    g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "cannot take this");
    g_bytes_unref (payload);
    return NULL;
  }
  if (*header & 0x08)
    return payload;
  g_assert_cmphex (*header & 0x10, ==, 0x10);
  *header &= ~0x10;
  return rotated (payload, -rot->by);
}

static void
test_rot_finalize (GObject *object)
{
  rots_alive--;
  G_OBJECT_CLASS (test_rot_parent_class)->finalize (object);
}

static void
test_rot_class_init (TestRotClass *klass)
{
  SoupWebsocketExtensionClass *extension = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_rot_finalize;
  extension->name = "rot";
  extension->configure = test_rot_configure;
  extension->get_request_params = test_rot_request_params;
  extension->get_response_params = test_rot_response_params;
  extension->process_outgoing_message = test_rot_outgoing;
  extension->process_incoming_message = test_rot_incoming;
}

static void
test_rot_init (TestRot *rot)
{
  rot->by = 13;
  rots_alive++;
}

/* One that overrides nothing but the name. */
#define TEST_TYPE_PLAIN (test_plain_get_type ())
G_DECLARE_FINAL_TYPE (TestPlain, test_plain, TEST, PLAIN, SoupWebsocketExtension)
struct _TestPlain {
  SoupWebsocketExtension parent_instance;
};
G_DEFINE_FINAL_TYPE (TestPlain, test_plain, SOUP_TYPE_WEBSOCKET_EXTENSION)
static void
test_plain_class_init (TestPlainClass *klass)
{
  SOUP_WEBSOCKET_EXTENSION_CLASS (klass)->name = "plain";
}
static void
test_plain_init (TestPlain *plain)
{
  (void) plain;
}

static void
sizes (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_WEBSOCKET_EXTENSION, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupWebsocketExtension");
  g_assert_cmpint (query.class_size, ==, sizeof (SoupWebsocketExtensionClass));
  g_assert_cmpint (query.instance_size, ==, sizeof (SoupWebsocketExtension));
  g_assert_cmpint (sizeof (SoupWebsocketExtensionClass), ==, sizeof (GObjectClass) + 12 * sizeof (gpointer));
  g_assert_cmpint (sizeof (SoupWebsocketExtension), ==, sizeof (GObject));
  g_assert_true (G_TYPE_IS_ABSTRACT (SOUP_TYPE_WEBSOCKET_EXTENSION));
}

static void
defaults (void)
{
  g_autoptr (SoupWebsocketExtension) plain = g_object_new (TEST_TYPE_PLAIN, NULL);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  GBytes *payload = g_bytes_new_static ("payload", 7), *result;
  guint8 header = 0x81;

  g_assert_true (soup_websocket_extension_configure (plain, SOUP_WEBSOCKET_CONNECTION_CLIENT, params, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (soup_websocket_extension_get_request_params (plain), ==, NULL);
  g_assert_cmpstr (soup_websocket_extension_get_response_params (plain), ==, NULL);
  result = soup_websocket_extension_process_outgoing_message (plain, &header, payload, &error);
  g_assert_true (result == payload);
  result = soup_websocket_extension_process_incoming_message (plain, &header, result, &error);
  g_assert_true (result == payload);
  g_assert_cmphex (header, ==, 0x81);
  g_bytes_unref (result);
}

static void
called_by_hand (void)
{
  g_autoptr (SoupWebsocketExtension) rot = g_object_new (TEST_TYPE_ROT, NULL);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GBytes) expected = g_bytes_new_static ("cde", 3);
  g_autoptr (GError) error = NULL;
  g_autofree char *request = NULL, *response = NULL;
  GBytes *payload;
  guint8 header = 0x81;

  g_hash_table_insert (params, "by", "2");
  g_assert_true (soup_websocket_extension_configure (rot, SOUP_WEBSOCKET_CONNECTION_SERVER, params, &error));
  request = soup_websocket_extension_get_request_params (rot);
  response = soup_websocket_extension_get_response_params (rot);
  g_assert_cmpstr (request, ==, "; by=2");
  g_assert_cmpstr (response, ==, "; by=\"2\"");
  payload = soup_websocket_extension_process_outgoing_message (rot, &header, g_bytes_new_static ("abc", 3), &error);
  g_assert_cmphex (header, ==, 0x91);
  g_assert_true (g_bytes_equal (payload, expected));
  payload = soup_websocket_extension_process_incoming_message (rot, &header, payload, &error);
  g_assert_cmphex (header, ==, 0x81);
  g_assert_cmpmem (g_bytes_get_data (payload, NULL), 3, "abc", 3);
  g_bytes_unref (payload);
  g_hash_table_insert (params, "by", "0");
  g_assert_false (soup_websocket_extension_configure (rot, SOUP_WEBSOCKET_CONNECTION_SERVER, params, &error));
  g_assert_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
}

static GList *
one_rot (TestRot **rot)
{
  *rot = g_object_new (TEST_TYPE_ROT, NULL);
  return g_list_append (NULL, *rot);
}

static void
frames_go_through_it (gconstpointer type)
{
  TestRot *rot;
  GList *list = one_rot (&rot);
  Wire *wire = wire_new (GPOINTER_TO_INT (type), list);

  g_assert_true (soup_websocket_connection_get_extensions (wire->end->connection)->data == rot);
  soup_websocket_connection_send_text (wire->end->connection, "hello");
  {
    g_autoptr (Frame) frame = peer_frame (wire->peer);

    g_assert_cmphex (frame->header, ==, 0x91);
    g_assert_cmpstr (g_bytes_get_data (frame->payload, NULL), ==, "uryyb");
  }
  g_assert_cmpint (rot->out, ==, 1);
  /* A fragment is a frame of its own to it. */
  peer_send_text (wire->peer, 0x11, "uryy");
  peer_send_text (wire->peer, 0x90, "b");
  wait_until (wire->end->messages->len == 1);
  g_assert_cmpstr (end_messages (wire->end), ==, "hello");
  g_assert_cmpint (rot->in, ==, 2);
  wire_free (wire);
  wait_until (rots_alive == 0);
}

static void
incoming_failure (gconstpointer type)
{
  TestRot *rot;
  GList *list = one_rot (&rot);
  g_autoptr (Wire) wire = wire_new (GPOINTER_TO_INT (type), list);

  rot->fail_in = TRUE;
  peer_send_text (wire->peer, 0x91, "uryyb");
  wait_until (wire->end->error);
  g_assert_cmpstr (wire->end->error->message, ==, "cannot take this");
  g_assert_cmpint (wire->end->messages->len, ==, 0);
  peer_expect_close (wire->peer, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION);
}

static void
outgoing_failure (gconstpointer type)
{
  TestRot *rot;
  GList *list = one_rot (&rot);
  g_autoptr (Wire) wire = wire_new (GPOINTER_TO_INT (type), list);

  rot->fail_out = TRUE;
  soup_websocket_connection_send_text (wire->end->connection, "hello");
  wait_until (wire->end->error);
  g_assert_cmpstr (wire->end->error->message, ==, "cannot send this");
}

#if !ON_LIBSOUP
/* A peer that pings and never reads is answered within the limit of unsent pongs, whoever sees the frames before. */
static void
unread_pongs_stay_few (void)
{
  enum { PINGS = 200 * 1000, MUCH = 64 * 1024 };
  TestRot *rot;
  g_autoptr (Wire) wire = wire_new (SOUP_WEBSOCKET_CONNECTION_SERVER, one_rot (&rot));
  g_autofree char *payload = g_strnfill (125, 'p');
  guint many = under_valgrind () ? PINGS / 50 : PINGS;

  for (guint i = 0; i < many; i++)
    peer_send (wire->peer, 0x89, payload, 125);
  wait_until (rot->in == many);
  g_assert_cmpuint (bisque_websocket_connection_get_buffered_amount (wire->end->connection), <, MUCH);
  /* What is not waited for is not answered, but the latest is. */
  peer_send (wire->peer, 0x89, "last", 4);
  for (gboolean last = FALSE; !last;) {
    g_autoptr (Frame) frame = peer_frame (wire->peer);

    g_assert_cmphex (frame->header, ==, 0x8a);
    last = g_bytes_get_size (frame->payload) == 4;
  }
}
#endif

static void
negotiated (void)
{
  g_autoptr (Site) site = site_new ();
  g_autoptr (GError) error = NULL;
  SoupSessionFeature *manager;
  End *client;

  soup_server_add_websocket_extension (site->server, TEST_TYPE_ROT);
  soup_server_remove_websocket_extension (site->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_session_add_feature_by_type (site->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  manager = soup_session_get_feature (site->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_assert_nonnull (manager);
  /* An extension of the session's is a feature of the manager's. */
  soup_session_add_feature_by_type (site->session, TEST_TYPE_ROT);
  site_accept (site, "/", NULL, NULL);
  client = site_connect (site, "/", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_list_length (soup_websocket_connection_get_extensions (client->connection)), ==, 1);
  g_assert_true (TEST_IS_ROT (soup_websocket_connection_get_extensions (client->connection)->data));
  g_assert_cmpint (g_list_length (soup_websocket_connection_get_extensions (site_end (site, 0)->connection)), ==, 1);
  soup_websocket_connection_send_text (client->connection, "round and round");
  wait_until (site_end (site, 0)->messages->len == 1);
  g_assert_cmpstr (end_messages (site_end (site, 0)), ==, "round and round");
  g_assert_cmpint (rot_of_client->out, ==, 1);
  g_assert_cmpint (rot_of_server->in, ==, 1);
  end_free (client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/extension/sizes", sizes);
  g_test_add_func ("/extension/defaults", defaults);
  g_test_add_func ("/extension/called-by-hand", called_by_hand);
  for (int type = SOUP_WEBSOCKET_CONNECTION_CLIENT; type <= SOUP_WEBSOCKET_CONNECTION_SERVER; type++) {
    const char *side = type == SOUP_WEBSOCKET_CONNECTION_CLIENT ? "client" : "server";
    g_autofree char *frames = g_strdup_printf ("/%s/frames-go-through-it", side);
    g_autofree char *incoming = g_strdup_printf ("/%s/incoming-failure", side);
    g_autofree char *outgoing = g_strdup_printf ("/%s/outgoing-failure", side);

    g_test_add_data_func (frames, GINT_TO_POINTER (type), frames_go_through_it);
    g_test_add_data_func (incoming, GINT_TO_POINTER (type), incoming_failure);
    g_test_add_data_func (outgoing, GINT_TO_POINTER (type), outgoing_failure);
  }
#if !ON_LIBSOUP
  g_test_add_func ("/server/unread-pongs-stay-few", unread_pongs_stay_few);
#endif
  g_test_add_func ("/served/negotiated", negotiated);
  return g_test_run ();
}
