/* component-peer.h: what the component's echo server and client share: a blocking pump over a socket, messages put
 * together, and HTTP heads read and written. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <websocket.h>

#define MAX_FIELDS 64

typedef struct Peer Peer;
struct Peer
{
  int fd;
  WEB_SOCKET_HANDLE handle;
  /* What to do with a whole message; 0 ends the connection. */
  int (*message) (Peer *peer, WEB_SOCKET_BUFFER_TYPE type);
  char *bytes;
  size_t length, room;
  int sending;
  long result;
};

static void
peer_fail (const char *what)
{
  fprintf (stderr, "component: %s\n", what);
  exit (1);
}

static WEB_SOCKET_HANDLE
peer_handle (int client, ULONG size)
{
  WEB_SOCKET_PROPERTY properties[] = {
    { WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size },
    { WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size },
  };
  WEB_SOCKET_HANDLE handle;

  if (FAILED ((client ? WebSocketCreateClientHandle : WebSocketCreateServerHandle) (properties, 2, &handle)))
    peer_fail ("no handle");
  return handle;
}

static int
peer_write (int fd, const void *bytes, size_t length)
{
  const char *at = bytes;
  while (length > 0)
    {
      ssize_t written = send (fd, at, length, MSG_NOSIGNAL);
      if (written <= 0)
        return 0;
      at += written;
      length -= (size_t) written;
    }
  return 1;
}

/* Reads a head, a byte at a time so that nothing behind it is taken; its fields point into `head`. Returns the length of
 * the first line, 0 when there is no head. */
static size_t
peer_read_head (int fd, char *head, size_t size, WEB_SOCKET_HTTP_HEADER *fields, ULONG *count)
{
  size_t length, first;
  char *line, *end;

  for (length = 0; length < 4 || memcmp (head + length - 4, "\r\n\r\n", 4) != 0; length++)
    if (length + 1 == size || read (fd, head + length, 1) != 1)
      return 0;
  head[length - 2] = '\0';
  first = (size_t) (strstr (head, "\r\n") - head);
  *count = 0;
  for (line = head + first + 2; *line != '\0' && *count < MAX_FIELDS; line = end + 2)
    {
      char *colon = strchr (line, ':');
      end = strstr (line, "\r\n");
      if (colon == NULL || end == NULL || colon > end)
        return 0;
      fields[*count].pcName = line;
      fields[*count].ulNameLength = (ULONG) (colon - line);
      for (colon++; *colon == ' '; colon++)
        ;
      fields[*count].pcValue = colon;
      fields[*count].ulValueLength = (ULONG) (end - colon);
      (*count)++;
    }
  return first;
}

/* Writes a head: its first line, the fields that the component gave, and the empty line. */
static int
peer_write_head (int fd, const char *first, const WEB_SOCKET_HTTP_HEADER *fields, ULONG count)
{
  char head[8192];
  size_t length = (size_t) snprintf (head, sizeof head, "%s\r\n", first);
  ULONG i;

  for (i = 0; i < count && length < sizeof head; i++)
    length += (size_t) snprintf (head + length, sizeof head - length, "%.*s: %.*s\r\n", (int) fields[i].ulNameLength,
                                 fields[i].pcName, (int) fields[i].ulValueLength, fields[i].pcValue);
  if (length + 2 >= sizeof head)
    return 0;
  memcpy (head + length, "\r\n", 2);
  return peer_write (fd, head, length + 2);
}

/* Takes a piece of a message; the last one is the whole message. */
static int
peer_piece (Peer *peer, WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER *buffer)
{
  ULONG length = buffer->Data.ulBufferLength;

  if (peer->length + length > peer->room)
    {
      peer->room = 2 * (peer->length + length);
      peer->bytes = realloc (peer->bytes, peer->room);
      if (peer->bytes == NULL)
        peer_fail ("no memory");
    }
  if (length > 0)
    memcpy (peer->bytes + peer->length, buffer->Data.pbBuffer, length);
  peer->length += length;
  if (type == WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE || type == WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE)
    return SUCCEEDED (WebSocketReceive (peer->handle, NULL, NULL));
  return peer->message (peer, type);
}

static int
peer_received (Peer *peer, WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER *buffer)
{
  WEB_SOCKET_BUFFER answer;

  switch (type)
    {
    case 0:
      return 0;
    case WEB_SOCKET_CLOSE_BUFFER_TYPE:
      answer.CloseStatus = buffer->CloseStatus;
      answer.CloseStatus.ulReasonLength = 0;
      answer.CloseStatus.pbReason = NULL;
      peer->sending = -1;
      return SUCCEEDED (WebSocketSend (peer->handle, type, &answer, NULL));
    case WEB_SOCKET_PING_PONG_BUFFER_TYPE:
    case WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE:
      return SUCCEEDED (WebSocketReceive (peer->handle, NULL, NULL));
    default:
      return peer_piece (peer, type, buffer);
    }
}

/* Echoes the message; the next one is received when this one is out, for it is the same memory. */
static int
peer_echo (Peer *peer, WEB_SOCKET_BUFFER_TYPE type)
{
  WEB_SOCKET_BUFFER buffer;

  buffer.Data.pbBuffer = (PBYTE) peer->bytes;
  buffer.Data.ulBufferLength = (ULONG) peer->length;
  peer->sending = 1;
  return SUCCEEDED (WebSocketSend (peer->handle, type, &buffer, NULL));
}

/* Pumps until the connection is over. */
static void
peer_run (Peer *peer)
{
  int open = SUCCEEDED (WebSocketReceive (peer->handle, NULL, NULL));

  while (open)
    {
      WEB_SOCKET_BUFFER buffers[2];
      ULONG i, count = 2, done = 0;
      WEB_SOCKET_ACTION action;
      WEB_SOCKET_BUFFER_TYPE type;
      PVOID context, action_context;
      ssize_t got;

      if (FAILED (WebSocketGetAction (peer->handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
                                      &context, &action_context)))
        break;
      switch (action)
        {
        case WEB_SOCKET_NO_ACTION:
          open = 0;
          break;
        case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
          for (i = 0; i < count && open; i++)
            {
              open = peer_write (peer->fd, buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength);
              done += buffers[i].Data.ulBufferLength;
            }
          break;
        case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
          got = read (peer->fd, buffers[0].Data.pbBuffer, buffers[0].Data.ulBufferLength);
          done = got > 0 ? (ULONG) got : 0;
          break;
        case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
          open = peer_received (peer, type, &buffers[0]);
          break;
        case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
          if (peer->sending > 0)
            {
              peer->sending = 0;
              peer->length = 0;
              open = SUCCEEDED (WebSocketReceive (peer->handle, NULL, NULL));
            }
          break;
        }
      WebSocketCompleteAction (peer->handle, action_context, done);
    }
  WebSocketAbortHandle (peer->handle);
  WebSocketDeleteHandle (peer->handle);
  free (peer->bytes);
}
