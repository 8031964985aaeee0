/* Callbacks, each of which may act: signals, free functions, an extension. */

#include "torture.h"

guint
any (guint below)
{
  return g_rand_int_range (world.rand, 0, below);
}

void
maybe_act (guint one_in)
{
  if (g_thread_self () == world.thread && !world.over && any (one_in) == 0)
    act ();
}

void
release (gpointer data)
{
  (void) data;
  maybe_act (3);
}

GBytes *
hostile_bytes (void)
{
  static const char zeros[LARGE];

  return g_bytes_new_with_free_func (zeros, any (4) ? LARGE : 4000 + any (200), release, NULL);
}

static void
on_message (SoupWebsocketConnection *connection, SoupWebsocketDataType kind, GBytes *message)
{
  (void) kind;
  (void) message;
  if (any (4) == 0 && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (connection, SOUP_WEBSOCKET_DATA_BINARY, message);
  maybe_act (2);
}

void
on_anything (void)
{
  maybe_act (2);
}

void
message_func (SoupWebsocketConnection *connection,
              SoupWebsocketDataType kind,
              const guint8 *data,
              gsize size,
              gpointer user)
{
  (void) connection;
  (void) kind;
  (void) data;
  (void) size;
  (void) user;
  maybe_act (2);
}

static void
gone (gpointer data, GObject *object)
{
  (void) data;
  (void) object;
  g_atomic_int_add (&world.alive, -1);
  maybe_act (4);
}

void
keep_connection (SoupWebsocketConnection *connection)
{
  static const char *const signals[] = { "error", "closing", "closed", "pong", "notify::state" };
  SoupWebsocketConnection **place = &world.connections[any (CONNECTIONS)], *before = *place;

  world.opened++;
  g_atomic_int_inc (&world.alive);
  g_object_weak_ref (G_OBJECT (connection), gone, NULL);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (any (4))
      g_signal_connect (connection, signals[i], G_CALLBACK (on_anything), NULL);
  *place = g_object_ref (connection);
  g_clear_object (&before);
}

gboolean
on_idle (gpointer data)
{
  (void) data;
  maybe_act (1);
  return G_SOURCE_REMOVE;
}

/* ---- Extensions ---- */

struct _TestRandom {
  SoupWebsocketExtension parent_instance;
};

G_DEFINE_FINAL_TYPE (TestRandom, test_random, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
process (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  (void) extension;
  maybe_act (3);
  if (*header & 0x08 || any (4))
    return payload;
  g_bytes_unref (payload);
  if (any (50))
    return hostile_bytes ();
  if (any (2))
    g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "at random");
  return NULL;
}

static void
test_random_class_init (TestRandomClass *class)
{
  SoupWebsocketExtensionClass *extension = SOUP_WEBSOCKET_EXTENSION_CLASS (class);

  extension->name = "random";
  extension->process_outgoing_message = process;
  extension->process_incoming_message = process;
}

static void
test_random_init (TestRandom *random)
{
  (void) random;
}
