/* component-dotnet.c: the calls that .NET's WebSocketProtocolComponent makes, in its order, and what it relies on: one
 * buffer for everything that is given out, a handshake with dummy headers, arrays of one, and a drain after abort. */
#include "component-common.h"

#define RECEIVE_SIZE 16384
#define SEND_SIZE 16 /* what it passes for a server */
#define OVERHEAD 144

/* The one buffer, and the payload of the send under way: where every pointer must lie. */
static guint64 memory[(RECEIVE_SIZE + SEND_SIZE + OVERHEAD) / 8];
static BYTE payload[3000];

static void
assert_inside (const WEB_SOCKET_BUFFER *buffers, ULONG count, WEB_SOCKET_BUFFER_TYPE type)
{
  const guint8 *start = (const guint8 *) memory;
  ULONG i;

  for (i = 0; i < count; i++)
    {
      const guint8 *at = buffers[i].Data.pbBuffer;
      ULONG length
        = type == WEB_SOCKET_CLOSE_BUFFER_TYPE ? buffers[i].CloseStatus.ulReasonLength : buffers[i].Data.ulBufferLength;
      if (at == NULL && length == 0)
        continue;
      g_assert_true ((at >= start && at + length <= start + sizeof memory)
                     || (at >= payload && at + length <= payload + sizeof payload));
    }
}

static WEB_SOCKET_HANDLE
create (void)
{
  ULONG receive_size = RECEIVE_SIZE, send_size = SEND_SIZE;
  PVOID address = memory;
  WEB_SOCKET_PROPERTY properties[] = {
    { WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &receive_size, sizeof receive_size },
    { WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &send_size, sizeof send_size },
    { WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &address, sizeof memory },
  };
  WEB_SOCKET_HTTP_HEADER request[5], *response;
  WEB_SOCKET_HANDLE handle;
  ULONG count;

  assert_ok (WebSocketCreateServerHandle (properties, 3, &handle));
  /* The real handshake was HTTP's affair: this one has an empty Host and a key of zeros. */
  assert_ok (WebSocketBeginServerHandshake (handle, NULL, NULL, 0, request, component_request (request, "13"),
                                            &response, &count));
  assert_ok (WebSocketEndServerHandshake (handle));
  return handle;
}

/* One turn of its loop: gets an action of one queue with `room` buffers, checks, completes. */
static WEB_SOCKET_ACTION
turn (WEB_SOCKET_HANDLE handle, WEB_SOCKET_ACTION_QUEUE queue, ULONG room, GByteArray *in, GByteArray *out,
      WEB_SOCKET_BUFFER_TYPE *type, ULONG *shown)
{
  WEB_SOCKET_BUFFER buffers[2];
  WEB_SOCKET_ACTION action;
  PVOID context, action_context = NULL;
  ULONG i, count = room, done = 0;

  assert_ok (WebSocketGetAction (handle, queue, buffers, &count, &action, type, &context, &action_context));
  assert_inside (buffers, count, *type);
  switch (action)
    {
    case WEB_SOCKET_NO_ACTION:
      g_assert_cmpuint (*type, ==, 0);
      return action;
    case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
      for (i = 0; i < count; i++)
        {
          g_byte_array_append (out, buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength);
          done += buffers[i].Data.ulBufferLength;
        }
      break;
    case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
      done = MIN (in->len, buffers[0].Data.ulBufferLength);
      memcpy (buffers[0].Data.pbBuffer, in->data, done);
      g_byte_array_remove_range (in, 0, done);
      break;
    case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
      g_assert_cmpuint (count, ==, 1);
      *shown = *type == WEB_SOCKET_CLOSE_BUFFER_TYPE ? buffers[0].CloseStatus.usStatus : buffers[0].Data.ulBufferLength;
      break;
    default:
      break;
    }
  WebSocketCompleteAction (handle, action_context, done);
  return action;
}

static void
test_a_session (void)
{
  static const guint8 frames[] = { 0x89, 0x81, 0, 0, 0, 0, 'p', 0x82, 0x83, 1, 1, 1, 1, 'b', 'c', 'd',
                                   0x88, 0x82, 0, 0, 0, 0, 3,   0xe8 };
  GByteArray *in = g_byte_array_new (), *out = g_byte_array_new ();
  WEB_SOCKET_HANDLE handle = create ();
  WEB_SOCKET_BUFFER buffer = { .Data = { payload, sizeof payload } };
  WEB_SOCKET_BUFFER_TYPE type;
  ULONG shown = 0;

  /* SendAsync: the send queue, two buffers. */
  assert_ok (WebSocketSend (handle, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &buffer, NULL));
  g_assert_cmpuint (turn (handle, WEB_SOCKET_SEND_ACTION_QUEUE, 2, in, out, &type, &shown), ==,
                    WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  g_assert_cmpuint (out->len, ==, sizeof payload + 4);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_SEND_ACTION_QUEUE, 2, in, out, &type, &shown), ==,
                    WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_SEND_ACTION_QUEUE, 2, in, out, &type, &shown), ==, WEB_SOCKET_NO_ACTION);

  /* ReceiveAsync: the receive queue, one buffer; the reply to the ping comes by itself, and has no context. */
  g_byte_array_append (in, frames, sizeof frames);
  g_byte_array_set_size (out, 0);
  assert_ok (WebSocketReceive (handle, NULL, NULL));
  g_assert_cmpuint (turn (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, 1, in, out, &type, &shown), ==,
                    WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, 1, in, out, &type, &shown), ==,
                    WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  g_assert_cmpmem (out->data, out->len, "\x8a\x01p", 3);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, 1, in, out, &type, &shown), ==,
                    WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
  g_assert_cmphex (type, ==, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE);
  g_assert_cmpuint (shown, ==, 3);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, 1, in, out, &type, &shown), ==,
                    WEB_SOCKET_NO_ACTION);

  /* The peer closes; the application answers, and after that no ping. */
  assert_ok (WebSocketReceive (handle, NULL, NULL));
  g_assert_cmpuint (turn (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, 1, in, out, &type, &shown), ==,
                    WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
  g_assert_cmphex (type, ==, WEB_SOCKET_CLOSE_BUFFER_TYPE);
  g_assert_cmpuint (shown, ==, 1000);
  buffer.CloseStatus.pbReason = NULL;
  buffer.CloseStatus.ulReasonLength = 0;
  buffer.CloseStatus.usStatus = 1000;
  assert_ok (WebSocketSend (handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, &buffer, NULL));
  g_byte_array_set_size (out, 0);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_SEND_ACTION_QUEUE, 2, in, out, &type, &shown), ==,
                    WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  g_assert_cmpmem (out->data, out->len, "\x88\x02\x03\xe8", 4);
  g_assert_cmpuint (turn (handle, WEB_SOCKET_SEND_ACTION_QUEUE, 2, in, out, &type, &shown), ==,
                    WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION);
  WebSocketAbortHandle (handle);
  WebSocketDeleteHandle (handle);
  g_byte_array_unref (in);
  g_byte_array_unref (out);
}

/* Dispose: abort, then drain both queues with arrays of one and completions of zero. */
static void
test_drain_after_abort (void)
{
  WEB_SOCKET_ACTION_QUEUE queues[] = { WEB_SOCKET_SEND_ACTION_QUEUE, WEB_SOCKET_RECEIVE_ACTION_QUEUE };
  WEB_SOCKET_HANDLE handle = create ();
  WEB_SOCKET_BUFFER buffer = { .Data = { payload, sizeof payload } }, buffers[1];
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID sending, receiving, context, action_context;
  WEB_SOCKET_ACTION action;
  guint indications[2] = { 0, 0 };
  ULONG count = 1;
  gsize i;

  assert_ok (WebSocketSend (handle, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &buffer, NULL));
  assert_ok (WebSocketReceive (handle, NULL, NULL));
  /* Both directions are in the middle of their I/O. */
  assert_ok (WebSocketGetAction (handle, WEB_SOCKET_SEND_ACTION_QUEUE, buffers, &count, &action, &type, &context,
                                 &sending));
  count = 1;
  assert_ok (WebSocketGetAction (handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE, buffers, &count, &action, &type, &context,
                                 &receiving));
  g_assert_cmpuint (action, ==, WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION);
  WebSocketAbortHandle (handle);
  WebSocketCompleteAction (handle, sending, 0);
  WebSocketCompleteAction (handle, receiving, 0);
  for (i = 0; i < 2; i++)
    for (;;)
      {
        count = 1;
        assert_ok (WebSocketGetAction (handle, queues[i], buffers, &count, &action, &type, &context, &action_context));
        if (action == WEB_SOCKET_NO_ACTION)
          break;
        indications[i]++;
        g_assert_cmpuint (indications[i], <, 10);
        WebSocketCompleteAction (handle, action_context, 0);
      }
  g_assert_cmpuint (indications[0], ==, 1);
  g_assert_cmpuint (indications[1], ==, 1);
  WebSocketDeleteHandle (handle);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/component/dotnet/session", test_a_session);
  g_test_add_func ("/component/dotnet/drain-after-abort", test_drain_after_abort);
  return g_test_run ();
}
