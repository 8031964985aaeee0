/* component-common.c: two handles in one process, and a pump that carries bytes between them. */
#include "component-common.h"

WEB_SOCKET_HTTP_HEADER
component_field (const char *name, const char *value)
{
  WEB_SOCKET_HTTP_HEADER field = { (PCHAR) name, (ULONG) strlen (name), (PCHAR) value, (ULONG) strlen (value) };
  return field;
}

ULONG
component_request (WEB_SOCKET_HTTP_HEADER *fields, const char *version)
{
  fields[0] = component_field ("Connection", "Upgrade");
  fields[1] = component_field ("Upgrade", "websocket");
  fields[2] = component_field ("Host", "");
  fields[3] = component_field ("Sec-WebSocket-Version", version);
  fields[4] = component_field ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
  return 5;
}

WEB_SOCKET_HANDLE
component_handle (gboolean client, const SideOptions *options)
{
  SideOptions defaults = { 0 };
  WEB_SOCKET_PROPERTY properties[4];
  WEB_SOCKET_HANDLE handle = NULL;
  ULONG count = 0;

  if (options == NULL)
    options = &defaults;
  if (options->receive_size)
    properties[count++] = (WEB_SOCKET_PROPERTY){ WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE,
                                                 (PVOID) &options->receive_size, sizeof (ULONG) };
  if (options->send_size)
    properties[count++] = (WEB_SOCKET_PROPERTY){ WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE,
                                                 (PVOID) &options->send_size, sizeof (ULONG) };
  properties[count++] = (WEB_SOCKET_PROPERTY){ WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE,
                                               (PVOID) &options->no_masking, sizeof (BOOL) };
  properties[count++] = (WEB_SOCKET_PROPERTY){ WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE,
                                               (PVOID) &options->no_utf8, sizeof (BOOL) };
  assert_ok ((client ? WebSocketCreateClientHandle : WebSocketCreateServerHandle) (properties, count, &handle));
  return handle;
}

void
side_init (Side *side, WEB_SOCKET_HANDLE handle)
{
  memset (side, 0, sizeof *side);
  side->handle = handle;
  side->wire = g_byte_array_new ();
  side->shown = g_string_new (NULL);
  side->capacity = 2;
}

void
side_clear (Side *side)
{
  WebSocketDeleteHandle (side->handle);
  g_byte_array_unref (side->wire);
  g_string_free (side->shown, TRUE);
}

void
pair_init (Pair *pair, const SideOptions *client, const SideOptions *server)
{
  const char *offered = client ? client->extension : NULL;
  const char *selected = server ? server->extension : NULL;
  WEB_SOCKET_HTTP_HEADER *added, request[16], *response;
  ULONG i, count, n_request = 0;

  side_init (&pair->client, component_handle (TRUE, client));
  side_init (&pair->server, component_handle (FALSE, server));
  assert_ok (WebSocketBeginClientHandshake (pair->client.handle, NULL, 0, &offered, offered != NULL, NULL, 0, &added,
                                            &count));
  request[n_request++] = component_field ("Host", "localhost");
  for (i = 0; i < count; i++)
    request[n_request++] = added[i];
  assert_ok (WebSocketBeginServerHandshake (pair->server.handle, NULL, &selected, selected != NULL, request, n_request,
                                            &response, &count));
  assert_ok (WebSocketEndClientHandshake (pair->client.handle, response, count, NULL, NULL, NULL));
  assert_ok (WebSocketEndServerHandshake (pair->server.handle));
}

void
pair_clear (Pair *pair)
{
  side_clear (&pair->client);
  side_clear (&pair->server);
}

static void
show (Side *side, WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER *buffer)
{
  static const char letters[] = "TtBbCPU";
  guint32 index = type - WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
  const char *bytes = (const char *) buffer->Data.pbBuffer;

  if (type == 0)
    g_string_append (side->shown, "- ");
  else if (type == WEB_SOCKET_CLOSE_BUFFER_TYPE)
    {
      g_string_append_printf (side->shown, "C:%u:", buffer->CloseStatus.usStatus);
      g_string_append_len (side->shown, (const char *) buffer->CloseStatus.pbReason,
                           buffer->CloseStatus.ulReasonLength);
      g_string_append_c (side->shown, ' ');
    }
  else
    {
      g_string_append_printf (side->shown, "%c:", index < 7 ? letters[index] : 'X');
      g_string_append_len (side->shown, bytes, buffer->Data.ulBufferLength);
      g_string_append_c (side->shown, ' ');
    }
}

/* Completes the receive that is outstanding, if bytes have come. */
static gboolean
side_fill (Side *side)
{
  PVOID waiting = side->waiting;
  gsize length = MIN (side->room.Data.ulBufferLength, side->wire->len);

  if (side->chunk)
    length = MIN (length, side->chunk);
  if (waiting == NULL || length == 0)
    return FALSE;
  memcpy (side->room.Data.pbBuffer, side->wire->data, length);
  g_byte_array_remove_range (side->wire, 0, (guint) length);
  side->waiting = NULL;
  WebSocketCompleteAction (side->handle, waiting, (ULONG) length);
  return TRUE;
}

gboolean
side_step (Side *side, Side *peer, WEB_SOCKET_ACTION_QUEUE queue)
{
  WEB_SOCKET_BUFFER buffers[2];
  ULONG i, count = side->capacity, done = 0;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context, action_context;
  HRESULT result;

  result = WebSocketGetAction (side->handle, queue, buffers, &count, &action, &type, &context, &action_context);
  if (FAILED (result))
    {
      if (side->failure == S_OK)
        side->failure = result;
      return FALSE;
    }
  g_assert_cmpuint (count, <=, side->capacity);
  switch (action)
    {
    case WEB_SOCKET_NO_ACTION:
      g_assert_cmpuint (count, ==, 0);
      return FALSE;
    case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
      for (i = 0; i < count; i++)
        {
          g_byte_array_append (peer->wire, buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength);
          done += buffers[i].Data.ulBufferLength;
        }
      break;
    case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
      side->sends_done++;
      break;
    case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
      g_assert_cmpuint (count, ==, 1);
      g_assert_cmpuint (buffers[0].Data.ulBufferLength, >, 0);
      side->room = buffers[0];
      side->waiting = action_context;
      return side_fill (side);
    case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
      g_assert_cmpuint (count, ==, 1);
      show (side, type, &buffers[0]);
      break;
    }
  WebSocketCompleteAction (side->handle, action_context, done);
  if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION && side->receiving)
    (void) side_receive (side);
  return TRUE;
}

/* One side, as far as it goes. */
static gboolean
side_run (Side *side, Side *peer)
{
  gboolean any = FALSE;

  while (side_fill (side) || side_step (side, peer, WEB_SOCKET_ALL_ACTION_QUEUE))
    any = TRUE;
  return any;
}

void
pair_run (Pair *pair)
{
  gboolean any;

  do
    {
      any = side_run (&pair->client, &pair->server);
      any |= side_run (&pair->server, &pair->client);
    }
  while (any);
}

HRESULT
side_send_bytes (Side *side, WEB_SOCKET_BUFFER_TYPE type, const void *bytes, gsize length)
{
  WEB_SOCKET_BUFFER buffer;
  buffer.Data.pbBuffer = (PBYTE) bytes;
  buffer.Data.ulBufferLength = (ULONG) length;
  return WebSocketSend (side->handle, type, &buffer, NULL);
}

HRESULT
side_send (Side *side, WEB_SOCKET_BUFFER_TYPE type, const char *text)
{
  return side_send_bytes (side, type, text, strlen (text));
}

HRESULT
side_close (Side *side, USHORT status, const char *reason)
{
  WEB_SOCKET_BUFFER buffer;
  buffer.CloseStatus.usStatus = status;
  buffer.CloseStatus.pbReason = (PBYTE) reason;
  buffer.CloseStatus.ulReasonLength = reason ? (ULONG) strlen (reason) : 0;
  return WebSocketSend (side->handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, &buffer, NULL);
}

HRESULT
side_receive (Side *side)
{
  return WebSocketReceive (side->handle, NULL, NULL);
}

HRESULT
side_feed (Side *side, const void *bytes, gsize length)
{
  Side nobody;

  side_init (&nobody, NULL);
  g_byte_array_append (side->wire, bytes, (guint) length);
  side->receiving = TRUE;
  assert_ok (side_receive (side));
  side_run (side, &nobody);
  side_clear (&nobody);
  return side->failure;
}
