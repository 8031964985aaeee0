/* component-handshake.c: handles, their properties, and the opening handshake. */
#include "component-common.h"

#include <stddef.h>

static void
test_layouts (void)
{
  g_assert_cmpuint (sizeof (ULONG), ==, 4);
  g_assert_cmpuint (sizeof (HRESULT), ==, 4);
  g_assert_cmpuint (sizeof (BOOL), ==, 4);
  g_assert_cmpuint (sizeof (USHORT), ==, 2);
  g_assert_cmpuint (sizeof (WEB_SOCKET_BUFFER_TYPE), ==, 4);
  g_assert_cmpuint (sizeof (WEB_SOCKET_ACTION), ==, 4);
#if GLIB_SIZEOF_VOID_P == 8
  g_assert_cmpuint (sizeof (WEB_SOCKET_PROPERTY), ==, 24);
  g_assert_cmpuint (offsetof (WEB_SOCKET_PROPERTY, pvValue), ==, 8);
  g_assert_cmpuint (offsetof (WEB_SOCKET_PROPERTY, ulValueSize), ==, 16);
  g_assert_cmpuint (sizeof (WEB_SOCKET_HTTP_HEADER), ==, 32);
  g_assert_cmpuint (offsetof (WEB_SOCKET_HTTP_HEADER, ulNameLength), ==, 8);
  g_assert_cmpuint (offsetof (WEB_SOCKET_HTTP_HEADER, ulValueLength), ==, 24);
  g_assert_cmpuint (sizeof (WEB_SOCKET_BUFFER), ==, 16);
  g_assert_cmpuint (offsetof (WEB_SOCKET_BUFFER, Data.ulBufferLength), ==, 8);
  g_assert_cmpuint (offsetof (WEB_SOCKET_BUFFER, CloseStatus.usStatus), ==, 12);
#endif
  g_assert_cmphex ((guint32) E_INVALID_PROTOCOL_OPERATION, ==, 0x83760001);
  g_assert_cmphex ((guint32) E_INVALID_PROTOCOL_FORMAT, ==, 0x83760002);
  g_assert_cmphex ((guint32) E_UNSUPPORTED_EXTENSION, ==, 0x83760003);
  g_assert_cmphex ((guint32) E_UNSUPPORTED_SUBPROTOCOL, ==, 0x83760004);
  g_assert_cmphex ((guint32) E_PROTOCOL_VERSION_NOT_SUPPORTED, ==, 0x83760005);
  g_assert_true (SUCCEEDED (S_OK) && FAILED (E_INVALIDARG) && FAILED (E_OUTOFMEMORY) && FAILED (E_FAIL));
}

static void
test_properties (void)
{
  WEB_SOCKET_HANDLE handle = NULL;
  ULONG size = 255;
  WEB_SOCKET_PROPERTY property = { WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size };

  assert_hr (WebSocketCreateClientHandle (&property, 1, &handle), E_INVALIDARG);
  g_assert_null (handle);
  size = 256;
  assert_ok (WebSocketCreateClientHandle (&property, 1, &handle));
  WebSocketDeleteHandle (handle);
  property.ulValueSize = 2;
  assert_hr (WebSocketCreateClientHandle (&property, 1, &handle), E_INVALIDARG);
  property = (WEB_SOCKET_PROPERTY){ WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &size, sizeof size };
  assert_hr (WebSocketCreateServerHandle (&property, 1, &handle), E_INVALIDARG);
  assert_hr (WebSocketCreateServerHandle (NULL, 1, &handle), E_INVALIDARG);
  assert_hr (WebSocketCreateServerHandle (NULL, 0, NULL), E_INVALIDARG);
  WebSocketDeleteHandle (NULL);
}

static void
test_global_properties (void)
{
  ULONG value = 0, size = 0;

  assert_hr (WebSocketGetGlobalProperty (WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size), E_INVALIDARG);
  g_assert_cmpuint (size, ==, sizeof value);
  assert_ok (WebSocketGetGlobalProperty (WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size));
  g_assert_cmpuint (value, ==, 30000);
  assert_ok (WebSocketGetGlobalProperty (WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, &value, &size));
  g_assert_cmpuint (value, ==, 13);
  assert_hr (WebSocketGetGlobalProperty (WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &value, &size), E_INVALIDARG);
  assert_hr (WebSocketGetGlobalProperty (WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, &value, NULL), E_INVALIDARG);
  g_setenv ("WEBSOCKET_KEEPALIVE_INTERVAL", "20000", TRUE);
  assert_ok (WebSocketGetGlobalProperty (WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size));
  g_assert_cmpuint (value, ==, 20000);
  g_setenv ("WEBSOCKET_KEEPALIVE_INTERVAL", "1", TRUE);
  assert_ok (WebSocketGetGlobalProperty (WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size));
  g_assert_cmpuint (value, ==, 15000);
  g_unsetenv ("WEBSOCKET_KEEPALIVE_INTERVAL");
}

/* What is in `fields` under `name`, as a string to free; NULL if nothing is. */
static char *
value_of (const WEB_SOCKET_HTTP_HEADER *fields, ULONG count, const char *name)
{
  ULONG i;

  for (i = 0; i < count; i++)
    if (fields[i].ulNameLength == strlen (name)
        && g_ascii_strncasecmp (fields[i].pcName, name, fields[i].ulNameLength) == 0)
      return g_strndup (fields[i].pcValue, fields[i].ulValueLength);
  return NULL;
}

static void
assert_value (const WEB_SOCKET_HTTP_HEADER *fields, ULONG count, const char *name, const char *expected)
{
  char *value = value_of (fields, count, name);
  g_assert_cmpstr (value, ==, expected);
  g_free (value);
}

static void
test_a_clients_fields (void)
{
  const char *protocols[] = { "chat", "superchat" }, *extensions[] = { "permessage-deflate; client_max_window_bits" };
  WEB_SOCKET_HTTP_HEADER *added, initial = component_field ("Host", "example.org");
  WEB_SOCKET_HANDLE handle = component_handle (TRUE, NULL);
  ULONG count;
  char *key;

  assert_ok (WebSocketBeginClientHandshake (handle, protocols, 2, extensions, 1, &initial, 1, &added, &count));
  assert_value (added, count, "Upgrade", "websocket");
  assert_value (added, count, "Connection", "Upgrade");
  assert_value (added, count, "Sec-WebSocket-Version", "13");
  assert_value (added, count, "Sec-WebSocket-Protocol", "chat, superchat");
  assert_value (added, count, "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
  assert_value (added, count, "Host", NULL);
  key = value_of (added, count, "Sec-WebSocket-Key");
  g_assert_cmpuint (strlen (key), ==, 24);
  g_free (key);
  WebSocketDeleteHandle (handle);
}

static void
test_a_client_asks_badly (void)
{
  const char *twice[] = { "chat", "chat" }, *header[] = { "chat\r\nX: y" }, *null[] = { NULL };
  const char *bad_extension[] = { "permessage-deflate; nonsense" }, *two[] = { "a, b" };
  WEB_SOCKET_HTTP_HEADER *added, initial = component_field ("X", "a\r\nb: c");
  WEB_SOCKET_HANDLE handle = component_handle (TRUE, NULL);
  ULONG count;

  assert_hr (WebSocketBeginClientHandshake (handle, twice, 2, NULL, 0, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, header, 1, NULL, 0, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, null, 1, NULL, 0, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, NULL, 1, NULL, 0, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, NULL, 0, bad_extension, 1, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, NULL, 0, two, 1, NULL, 0, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, NULL, 0, NULL, 0, &initial, 1, &added, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (handle, NULL, 0, NULL, 0, NULL, 0, NULL, &count), E_INVALIDARG);
  assert_hr (WebSocketBeginClientHandshake (NULL, NULL, 0, NULL, 0, NULL, 0, &added, &count), E_INVALIDARG);
  /* Of the other role, or before its time. */
  assert_hr (WebSocketEndServerHandshake (handle), E_INVALID_PROTOCOL_OPERATION);
  assert_hr (WebSocketEndClientHandshake (handle, &initial, 0, NULL, NULL, NULL), E_INVALID_PROTOCOL_OPERATION);
  assert_hr (WebSocketSend (handle, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, NULL), E_INVALID_PROTOCOL_OPERATION);
  WebSocketAbortHandle (handle);
  assert_ok (WebSocketBeginClientHandshake (handle, NULL, 0, NULL, 0, NULL, 0, &added, &count));
  WebSocketDeleteHandle (handle);
}

static void
test_a_servers_fields (void)
{
  WEB_SOCKET_HTTP_HEADER request[8], *response;
  WEB_SOCKET_HANDLE handle = component_handle (FALSE, NULL);
  const char *extensions[] = { "permessage-deflate" };
  ULONG n = component_request (request, "13"), count;

  request[n++] = component_field ("Sec-WebSocket-Protocol", "chat, superchat");
  request[n++] = component_field ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10");
  assert_ok (WebSocketBeginServerHandshake (handle, "superchat", extensions, 1, request, n, &response, &count));
  assert_value (response, count, "Upgrade", "websocket");
  assert_value (response, count, "Connection", "Upgrade");
  assert_value (response, count, "Sec-WebSocket-Accept", "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
  assert_value (response, count, "Sec-WebSocket-Protocol", "superchat");
  assert_value (response, count, "Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10");
  assert_ok (WebSocketEndServerHandshake (handle));
  assert_hr (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, request, n, &response, &count),
             E_INVALID_PROTOCOL_OPERATION);
  WebSocketDeleteHandle (handle);
}

/* One field of a good request spoilt at a time. */
static void
test_a_server_refuses (void)
{
  struct
  {
    int at;
    const char *name, *value;
  } cases[] = {
    { 0, "Connection", "keep-alive" },
    { 1, "Upgrade", "h2c" },
    { 3, "Sec-WebSocket-Version", "8" },
    { 3, "X-Nothing", "13" },
    { 4, "Sec-WebSocket-Key", "short" },
    { 4, "X-Nothing", "key" },
    { 5, "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==" },
    { 5, "Sec-WebSocket-Version", "13" },
    { 5, "Sec-WebSocket-Extensions", "a b" },
    { 5, "Sec-WebSocket-Extensions", "a; =" },
    { 5, "bad name", "x" },
    { 5, "X", "line\nbreak" },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WEB_SOCKET_HTTP_HEADER request[6], *response;
      WEB_SOCKET_HANDLE handle = component_handle (FALSE, NULL);
      ULONG n = component_request (request, "13"), count;

      request[cases[i].at] = component_field (cases[i].name, cases[i].value);
      g_test_message ("%s: %s", cases[i].name, cases[i].value);
      assert_hr (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, request, n + (cases[i].at == 5), &response,
                                                &count),
                 E_INVALID_PROTOCOL_FORMAT);
      WebSocketDeleteHandle (handle);
    }
}

static void
test_a_server_selects_what_was_not_offered (void)
{
  WEB_SOCKET_HTTP_HEADER request[8], *response;
  WEB_SOCKET_HANDLE handle = component_handle (FALSE, NULL);
  const char *deflate[] = { "permessage-deflate" }, *other[] = { "x-other" };
  ULONG n = component_request (request, "13"), count;

  assert_hr (WebSocketBeginServerHandshake (handle, "chat", NULL, 0, request, n, &response, &count),
             E_SUBPROTOCOL_NOT_SUPPORTED);
  assert_hr (WebSocketBeginServerHandshake (handle, NULL, deflate, 1, request, n, &response, &count),
             E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
  assert_hr (WebSocketBeginServerHandshake (handle, NULL, other, 1, request, n, &response, &count),
             E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
  assert_hr (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, NULL, 0, &response, &count),
             E_INVALID_PROTOCOL_FORMAT);
  WebSocketDeleteHandle (handle);
}

/* A client that has offered everything, and a response with `more` and the right key. */
static HRESULT
end_client (const WEB_SOCKET_HTTP_HEADER *more, ULONG n_more, ULONG *extensions, ULONG *n_extensions, ULONG *protocol)
{
  const char *protocols[] = { "chat", "superchat" }, *offered[] = { "x-first", "permessage-deflate", "x-last" };
  WEB_SOCKET_HANDLE client = component_handle (TRUE, NULL), server = component_handle (FALSE, NULL);
  WEB_SOCKET_HTTP_HEADER *added, *answer, response[8];
  ULONG i, count;
  HRESULT result;

  assert_ok (WebSocketBeginClientHandshake (client, protocols, 2, offered, 3, NULL, 0, &added, &count));
  assert_ok (WebSocketBeginServerHandshake (server, NULL, NULL, 0, added, count, &answer, &count));
  for (i = 0; i < count; i++)
    response[i] = answer[i];
  for (i = 0; i < n_more; i++)
    response[count + i] = more[i];
  result = WebSocketEndClientHandshake (client, response, count + n_more, extensions, n_extensions, protocol);
  WebSocketDeleteHandle (client);
  WebSocketDeleteHandle (server);
  return result;
}

static void
test_selections_are_indices (void)
{
  ULONG extensions[3], n_extensions = 3, protocol = 7;
  WEB_SOCKET_HTTP_HEADER more[] = {
    component_field ("Sec-WebSocket-Protocol", "superchat"),
    component_field ("Sec-WebSocket-Extensions", "x-last, permessage-deflate; server_no_context_takeover"),
  };

  assert_ok (end_client (more, 2, extensions, &n_extensions, &protocol));
  g_assert_cmpuint (n_extensions, ==, 2);
  g_assert_cmpuint (extensions[0], ==, 2);
  g_assert_cmpuint (extensions[1], ==, 1);
  g_assert_cmpuint (protocol, ==, 1);
  n_extensions = 3;
  assert_ok (end_client (NULL, 0, extensions, &n_extensions, &protocol));
  g_assert_cmpuint (n_extensions, ==, 0);
  g_assert_cmphex (protocol, ==, 0xffffffff);
  n_extensions = 2;
  assert_hr (end_client (NULL, 0, extensions, &n_extensions, &protocol), E_INVALIDARG);
}

static void
test_a_client_refuses (void)
{
  struct
  {
    const char *name, *value;
    HRESULT expected;
  } cases[] = {
    { "Sec-WebSocket-Protocol", "other", E_SUBPROTOCOL_NOT_SUPPORTED },
    { "Sec-WebSocket-Protocol", "Chat", E_SUBPROTOCOL_NOT_SUPPORTED },
    { "Sec-WebSocket-Extensions", "x-other", E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED },
    { "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=10",
      E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED },
    { "Sec-WebSocket-Extensions", "x-first, x-first", E_INVALID_PROTOCOL_FORMAT },
    { "Sec-WebSocket-Extensions", "x-first x-last", E_INVALID_PROTOCOL_FORMAT },
    { "Sec-WebSocket-Accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", E_INVALID_PROTOCOL_FORMAT },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WEB_SOCKET_HTTP_HEADER more = component_field (cases[i].name, cases[i].value);
      g_test_message ("%s: %s", cases[i].name, cases[i].value);
      assert_hr (end_client (&more, 1, NULL, NULL, NULL), cases[i].expected);
    }
}

/* The session of a server begins with its first call, too. */
static void
test_end_server_handshake_is_optional (void)
{
  WEB_SOCKET_HTTP_HEADER request[8], *response;
  WEB_SOCKET_HANDLE handle = component_handle (FALSE, NULL);
  ULONG n = component_request (request, "13"), count;

  assert_ok (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, request, n, &response, &count));
  assert_ok (WebSocketReceive (handle, NULL, NULL));
  assert_hr (WebSocketEndServerHandshake (handle), E_INVALID_PROTOCOL_OPERATION);
  WebSocketDeleteHandle (handle);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/component/handshake/layouts", test_layouts);
  g_test_add_func ("/component/handshake/properties", test_properties);
  g_test_add_func ("/component/handshake/global-properties", test_global_properties);
  g_test_add_func ("/component/handshake/client-fields", test_a_clients_fields);
  g_test_add_func ("/component/handshake/client-asks-badly", test_a_client_asks_badly);
  g_test_add_func ("/component/handshake/server-fields", test_a_servers_fields);
  g_test_add_func ("/component/handshake/server-refuses", test_a_server_refuses);
  g_test_add_func ("/component/handshake/server-selects-what-was-not-offered",
                   test_a_server_selects_what_was_not_offered);
  g_test_add_func ("/component/handshake/selections-are-indices", test_selections_are_indices);
  g_test_add_func ("/component/handshake/client-refuses", test_a_client_refuses);
  g_test_add_func ("/component/handshake/end-server-handshake-is-optional", test_end_server_handshake_is_optional);
  return g_test_run ();
}
