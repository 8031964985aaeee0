/*
 * component-threads.c: one connection, two threads, on <websocket.h>: one sends, one receives, each with blocking I/O.
 *
 * The rule is the component's contract: every call under one lock, which is let go while bytes move. The receiving
 * thread looks at the receive queue alone, and so it is the one that answers pings.
 *
 *     cc component-threads.c $(pkg-config --cflags --libs websocket-component) -pthread -o component-threads
 *     ./component-threads 127.0.0.1 8080 1000
 *
 * sends 1,000 messages and counts the echoes.
 */
#define _GNU_SOURCE
#include <websocket.h>

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static WEB_SOCKET_HANDLE handle;
static int fd;
static long wanted, sent, echoed;

static void
fail (const char *what)
{
  fprintf (stderr, "component-threads: %s\n", what);
  exit (1);
}

static void
check (HRESULT result, const char *what)
{
  if (FAILED (result))
    fail (what);
}

static int
connect_to (const char *host, const char *port)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
  int connected;

  if (getaddrinfo (host, port, &hints, &found) != 0)
    fail ("no such host");
  connected = socket (found->ai_family, found->ai_socktype, found->ai_protocol);
  if (connected < 0 || connect (connected, found->ai_addr, found->ai_addrlen) != 0)
    fail ("cannot connect");
  freeaddrinfo (found);
  return connected;
}

/* One field of the response, after its name; the head is NUL-terminated. */
static WEB_SOCKET_HTTP_HEADER
field (char *head, char *name)
{
  WEB_SOCKET_HTTP_HEADER found = { name, (ULONG) strlen (name), NULL, 0 };
  char *at = strcasestr (head, name);

  if (at == NULL)
    fail ("the response lacks a field");
  found.pcValue = at + found.ulNameLength + 1;
  found.pcValue += strspn (found.pcValue, " ");
  found.ulValueLength = (ULONG) strcspn (found.pcValue, "\r");
  return found;
}

static void
shake_hands (const char *host)
{
  static char connection[] = "Connection", upgrade[] = "Upgrade", accept[] = "Sec-WebSocket-Accept";
  WEB_SOCKET_HTTP_HEADER *added, fields[3];
  char head[8192];
  size_t length;
  ULONG i, count;

  check (WebSocketBeginClientHandshake (handle, NULL, 0, NULL, 0, NULL, 0, &added, &count), "begin");
  length = (size_t) snprintf (head, sizeof head, "GET / HTTP/1.1\r\nHost: %s\r\n", host);
  for (i = 0; i < count; i++)
    length += (size_t) snprintf (head + length, sizeof head - length, "%.*s: %.*s\r\n", (int) added[i].ulNameLength,
                                 added[i].pcName, (int) added[i].ulValueLength, added[i].pcValue);
  length += (size_t) snprintf (head + length, sizeof head - length, "\r\n");
  if (send (fd, head, length, MSG_NOSIGNAL) != (ssize_t) length)
    fail ("cannot send");
  for (length = 0; length < 4 || memcmp (head + length - 4, "\r\n\r\n", 4) != 0; length++)
    if (length + 1 == sizeof head || read (fd, head + length, 1) != 1)
      fail ("no response");
  head[length] = '\0';
  if (strncmp (head, "HTTP/1.1 101", 12) != 0)
    fail ("the server does not speak WebSocket");
  /* "\nUpgrade", so that the value of Connection is not taken for it. */
  fields[0] = field (head, connection);
  fields[1] = field (strstr (head, "\r\nUpgrade") ? strstr (head, "\r\nUpgrade") : head, upgrade);
  fields[2] = field (head, accept);
  check (WebSocketEndClientHandshake (handle, fields, 3, NULL, NULL, NULL), "the handshake");
}

/* One action of `queue`. Called with the lock, which is let go for the I/O. Returns the action. */
static WEB_SOCKET_ACTION
step (WEB_SOCKET_ACTION_QUEUE queue)
{
  WEB_SOCKET_BUFFER buffers[2];
  ULONG i, count = 2, done = 0;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context, action_context;
  ssize_t got;

  check (WebSocketGetAction (handle, queue, buffers, &count, &action, &type, &context, &action_context),
         "the server broke the protocol");
  if (action == WEB_SOCKET_NO_ACTION)
    return action;
  pthread_mutex_unlock (&lock);
  if (action == WEB_SOCKET_SEND_TO_NETWORK_ACTION)
    for (i = 0; i < count; i++)
      {
        got = send (fd, buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength, MSG_NOSIGNAL);
        done += got > 0 ? (ULONG) got : 0;
      }
  else if (action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION)
    {
      got = read (fd, buffers[0].Data.pbBuffer, buffers[0].Data.ulBufferLength);
      done = got > 0 ? (ULONG) got : 0;
    }
  pthread_mutex_lock (&lock);
  if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION && type == WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE)
    echoed++;
  WebSocketCompleteAction (handle, action_context, done);
  pthread_cond_broadcast (&changed);
  return action;
}

static void *
send_all (void *unused)
{
  WEB_SOCKET_BUFFER message;

  pthread_mutex_lock (&lock);
  for (sent = 0; sent < wanted; sent++)
    {
      WEB_SOCKET_ACTION action;
      message.Data.pbBuffer = (PBYTE) &sent;
      message.Data.ulBufferLength = sizeof sent;
      check (WebSocketSend (handle, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &message, NULL), "send");
      /* NO_ACTION: the other thread is writing a pong, and will say when it has. */
      while ((action = step (WEB_SOCKET_SEND_ACTION_QUEUE)) != WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION)
        if (action == WEB_SOCKET_NO_ACTION)
          pthread_cond_wait (&changed, &lock);
    }
  pthread_mutex_unlock (&lock);
  return unused;
}

int
main (int argc, char **argv)
{
  pthread_t sender;

  if (argc == 2 && strcmp (argv[1], "--help") == 0)
    {
      printf ("usage: %s HOST PORT COUNT\n", argv[0]);
      return 0;
    }
  if (argc != 4 || (wanted = strtol (argv[3], NULL, 10)) <= 0)
    {
      fprintf (stderr, "usage: %s HOST PORT COUNT\n", argv[0]);
      return 2;
    }
  fd = connect_to (argv[1], argv[2]);
  check (WebSocketCreateClientHandle (NULL, 0, &handle), "create");
  shake_hands (argv[1]);

  pthread_create (&sender, NULL, send_all, NULL);
  pthread_mutex_lock (&lock);
  check (WebSocketReceive (handle, NULL, NULL), "receive");
  while (echoed < wanted)
    {
      WEB_SOCKET_ACTION action = step (WEB_SOCKET_RECEIVE_ACTION_QUEUE);
      if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION)
        check (WebSocketReceive (handle, NULL, NULL), "receive");
      else if (action == WEB_SOCKET_NO_ACTION)
        pthread_cond_wait (&changed, &lock);
    }
  pthread_mutex_unlock (&lock);
  pthread_join (sender, NULL);
  printf ("%ld sent, %ld echoed\n", sent, echoed);

  WebSocketAbortHandle (handle);
  WebSocketDeleteHandle (handle);
  close (fd);
  return 0;
}
