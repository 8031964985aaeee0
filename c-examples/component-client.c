/*
 * component-client.c: a WebSocket client on <websocket.h> and libc alone.
 *
 * The component does no I/O: this program owns the socket, asks what to do next, and does it. It sends one message,
 * prints what comes back, and closes.
 *
 *     cc component-client.c $(pkg-config --cflags --libs websocket-component) -o component-client
 *     ./component-client 127.0.0.1 8080 /path "Hello"
 */
#include <websocket.h>

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FIELDS 64

static void
fail (const char *what)
{
  fprintf (stderr, "component-client: %s\n", what);
  exit (1);
}

static void
check (HRESULT result, const char *what)
{
  if (FAILED (result))
    {
      fprintf (stderr, "component-client: %s: 0x%08x\n", what, (unsigned) result);
      exit (1);
    }
}

static int
connect_to (const char *host, const char *port)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *at;
  int fd = -1;

  if (getaddrinfo (host, port, &hints, &found) != 0)
    fail ("no such host");
  for (at = found; at != NULL && fd < 0; at = at->ai_next)
    {
      fd = socket (at->ai_family, at->ai_socktype, at->ai_protocol);
      if (fd >= 0 && connect (fd, at->ai_addr, at->ai_addrlen) != 0)
        {
          close (fd);
          fd = -1;
        }
    }
  freeaddrinfo (found);
  if (fd < 0)
    fail ("cannot connect");
  return fd;
}

static void
write_all (int fd, const char *bytes, size_t length)
{
  while (length > 0)
    {
      ssize_t written = send (fd, bytes, length, MSG_NOSIGNAL);
      if (written <= 0)
        fail ("the server does not read");
      bytes += written;
      length -= (size_t) written;
    }
}

/* The request line and the head are ours; the component says which fields must be in it. */
static void
shake_hands (int fd, WEB_SOCKET_HANDLE handle, const char *host, const char *path)
{
  WEB_SOCKET_HTTP_HEADER *added, fields[MAX_FIELDS];
  ULONG i, count, n_fields = 0;
  char head[16384];
  size_t length;
  char *line, *end;

  check (WebSocketBeginClientHandshake (handle, NULL, 0, NULL, 0, NULL, 0, &added, &count), "begin");
  length = (size_t) snprintf (head, sizeof head, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, host);
  for (i = 0; i < count && length < sizeof head; i++)
    length += (size_t) snprintf (head + length, sizeof head - length, "%.*s: %.*s\r\n", (int) added[i].ulNameLength,
                                 added[i].pcName, (int) added[i].ulValueLength, added[i].pcValue);
  if (length + 3 > sizeof head)
    fail ("the request is too long");
  memcpy (head + length, "\r\n", 3);
  write_all (fd, head, length + 2);

  /* A byte at a time: what follows the head belongs to the component. */
  for (length = 0; length < 4 || memcmp (head + length - 4, "\r\n\r\n", 4) != 0; length++)
    if (length + 1 == sizeof head || read (fd, head + length, 1) != 1)
      fail ("no response");
  head[length - 2] = '\0';
  if (strncmp (head, "HTTP/1.1 101", 12) != 0)
    fail (strtok (head, "\r"));

  for (line = strstr (head, "\r\n") + 2; *line != '\0' && n_fields < MAX_FIELDS; line = end + 2)
    {
      char *colon = strchr (line, ':');
      end = strstr (line, "\r\n");
      if (colon == NULL || end == NULL || colon > end)
        fail ("the response has a line that is no field");
      fields[n_fields].pcName = line;
      fields[n_fields].ulNameLength = (ULONG) (colon - line);
      for (colon++; *colon == ' '; colon++)
        ;
      fields[n_fields].pcValue = colon;
      fields[n_fields].ulValueLength = (ULONG) (end - colon);
      n_fields++;
    }
  check (WebSocketEndClientHandshake (handle, fields, n_fields, NULL, NULL, NULL), "the handshake");
}

/* What to do about something that came; returns 0 when the connection is over. */
static int
received (WEB_SOCKET_HANDLE handle, WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER *buffer)
{
  WEB_SOCKET_BUFFER closing = { .CloseStatus = { .usStatus = WEB_SOCKET_SUCCESS_CLOSE_STATUS } };

  switch (type)
    {
    case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
    case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE:
      printf ("%.*s", (int) buffer->Data.ulBufferLength, (const char *) buffer->Data.pbBuffer);
      break;
    case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
    case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE:
      printf ("%.*s\n", (int) buffer->Data.ulBufferLength, (const char *) buffer->Data.pbBuffer);
      check (WebSocketSend (handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, &closing, NULL), "close");
      break;
    case WEB_SOCKET_CLOSE_BUFFER_TYPE:
      printf ("closed: %u\n", buffer->CloseStatus.usStatus);
      return 0;
    default: /* a pong */
      break;
    }
  check (WebSocketReceive (handle, NULL, NULL), "receive");
  return 1;
}

/* The pump: what the component wants done, until it wants nothing. Returns 0 when the connection is over. */
static int
pump (int fd, WEB_SOCKET_HANDLE handle)
{
  for (;;)
    {
      WEB_SOCKET_BUFFER buffers[2];
      ULONG i, count = 2, done = 0;
      WEB_SOCKET_ACTION action;
      WEB_SOCKET_BUFFER_TYPE type;
      PVOID context, action_context;
      int open = 1;
      ssize_t got;

      check (WebSocketGetAction (handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type, &context,
                                 &action_context),
             "the server broke the protocol");
      switch (action)
        {
        case WEB_SOCKET_NO_ACTION:
          return 1;
        case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
          for (i = 0; i < count; i++)
            {
              write_all (fd, (const char *) buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength);
              done += buffers[i].Data.ulBufferLength;
            }
          break;
        case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
          {
            struct pollfd readable = { .fd = fd, .events = POLLIN };
            if (poll (&readable, 1, -1) < 0)
              fail ("poll");
            got = read (fd, buffers[0].Data.pbBuffer, buffers[0].Data.ulBufferLength);
            if (got <= 0)
              fail ("the server went away");
            done = (ULONG) got;
            break;
          }
        case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
          open = received (handle, type, &buffers[0]);
          break;
        default: /* a send is complete: its buffer is ours again */
          break;
        }
      WebSocketCompleteAction (handle, action_context, done);
      if (!open)
        return 0;
    }
}

int
main (int argc, char **argv)
{
  WEB_SOCKET_HANDLE handle;
  WEB_SOCKET_BUFFER message;
  int fd;

  if (argc == 2 && strcmp (argv[1], "--help") == 0)
    {
      printf ("usage: %s HOST PORT PATH MESSAGE\n", argv[0]);
      return 0;
    }
  if (argc != 5)
    {
      fprintf (stderr, "usage: %s HOST PORT PATH MESSAGE\n", argv[0]);
      return 2;
    }
  fd = connect_to (argv[1], argv[2]);
  check (WebSocketCreateClientHandle (NULL, 0, &handle), "create");
  shake_hands (fd, handle, argv[1], argv[3]);

  message.Data.pbBuffer = (PBYTE) argv[4];
  message.Data.ulBufferLength = (ULONG) strlen (argv[4]);
  check (WebSocketSend (handle, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &message, NULL), "send");
  check (WebSocketReceive (handle, NULL, NULL), "receive");
  while (pump (fd, handle))
    ;

  WebSocketAbortHandle (handle);
  WebSocketDeleteHandle (handle);
  close (fd);
  return 0;
}
