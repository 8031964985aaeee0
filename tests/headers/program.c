/* Uses what programs use of the header's macros: it has to compile without a warning, as C and as C++. */
#include <libsoup/soup.h>
#include <libsoup/soup-message-headers.h>
#include <libsoup/soup-server.h>
#include <libsoup/soup-session.h>
#include <libsoup/soup-websocket-connection.h>
#include <libsoup/soup-websocket-extension-deflate.h>

#if !SOUP_CHECK_VERSION(3, 0, 0) || SOUP_CHECK_VERSION(4, 0, 0)
#error "the version macros"
#endif

/* A class derived in C, with libsoup's slots. */
typedef struct {
  SoupWebsocketExtension parent;
} Reverse;
typedef struct {
  SoupWebsocketExtensionClass parent_class;
} ReverseClass;
GType reverse_get_type (void);
G_DEFINE_TYPE (Reverse, reverse, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
reverse_process (SoupWebsocketExtension *extension, guint8 *header, GBytes *payload, GError **error)
{
  (void) extension, (void) header, (void) error;
  return payload;
}

static void
reverse_class_init (ReverseClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);
  extension_class->name = "x-reverse";
  extension_class->process_incoming_message = reverse_process;
  extension_class->process_outgoing_message = reverse_process;
}

static void
reverse_init (Reverse *reverse)
{
  (void) reverse;
}

G_STATIC_ASSERT (sizeof (SoupMessageHeadersIter) == 3 * sizeof (gpointer));
G_STATIC_ASSERT (sizeof (SoupRange) == 16);
G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (SoupMessageBody) == 16);
G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (SoupServerClass) == 216);
G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (SoupSessionClass) == 216);
G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (SoupWebsocketExtensionClass) == 232);
G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (SoupServer) == 24);

int
main (void)
{
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", 5u, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, "ws://127.0.0.1/");
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (SoupWebsocketConnection) connection = NULL;
  g_autoptr (SoupWebsocketExtension) extension = SOUP_WEBSOCKET_EXTENSION (g_object_new (reverse_get_type (), NULL));
  g_autoptr (GError) error = g_error_new_literal (SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_FAILED, "example");
  SoupMessageHeadersIter iter;
  const char *name, *value;

  g_assert_true (SOUP_IS_SESSION (session) && SOUP_IS_MESSAGE (message) && SOUP_IS_SERVER (server));
  g_assert_true (SOUP_SERVER_GET_CLASS (server) != NULL);
  g_assert_true (g_type_is_a (SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE, SOUP_TYPE_WEBSOCKET_EXTENSION));
  g_assert_true (g_type_is_a (SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER, SOUP_TYPE_SESSION_FEATURE));
  g_assert_true (SOUP_METHOD_GET == g_intern_string ("GET"));
  g_assert_true (soup_message_get_method (message) == SOUP_METHOD_GET);
  g_assert_cmpint (SOUP_STATUS_SWITCHING_PROTOCOLS, ==, 101);
  g_assert_cmpint (SOUP_WEBSOCKET_CLOSE_TOO_BIG, ==, 1009);
  g_assert_true (G_TYPE_IS_ENUM (SOUP_TYPE_WEBSOCKET_STATE) && G_TYPE_IS_FLAGS (SOUP_TYPE_MESSAGE_FLAGS));

  soup_message_headers_append (headers, "Name", "value");
  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    g_assert_cmpstr (value, ==, "value");
  return 0;
}
