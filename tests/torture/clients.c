/* Clients: a session, and raw peers that do everything. */

#include "torture.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void
on_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) connection
      = soup_session_websocket_connect_finish (SOUP_SESSION (session), result, &error);

  (void) data;
  world.connecting--;
  g_assert_true (!connection == !!error);
  if (connection && any (4))
    keep_connection (connection);
  maybe_act (2);
}

void
connect_session (void)
{
  static const char *const signals[]
      = { "starting", "wrote-headers", "got-headers", "got-informational", "restarted", "finished", "network-event" };
  guint16 port = world.servers[any (SERVERS)].port;
  g_autofree char *url
      = g_strdup_printf ("%s://127.0.0.1:%u/%s", world.tls ? "wss" : "ws", port, any (5) ? "ws" : "http");
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  if (!port || world.connecting > 8)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (any (4) == 0)
      g_signal_connect (message, signals[i], G_CALLBACK (on_anything), NULL);
  world.connecting++;
  soup_session_websocket_connect_async (world.session, message, NULL, NULL, G_PRIORITY_DEFAULT, world.cancellable,
                                        on_connected, NULL);
}

static void
new_peer (void)
{
  Client *peer = &world.peers[any (PEERS)];
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = g_htons (world.servers[any (SERVERS)].port),
                                 .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK) };

  if (peer->descriptor >= 0) {
    struct linger reset = { 1, 0 };

    if (any (3) == 0)
      setsockopt (peer->descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close (peer->descriptor);
  }
  *peer = (Client){ address.sin_port ? socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1, FALSE };
  if (peer->descriptor >= 0)
    connect (peer->descriptor, (struct sockaddr *) &address, sizeof address);
}

static void
say (Client *peer, gconstpointer data, gsize length)
{
  if (peer->descriptor >= 0 && send (peer->descriptor, data, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    errno = 0; /* the peer does not care */
}

static void
say_text (Client *peer, const char *text)
{
  say (peer, text, strlen (text));
}

static void
say_frame (Client *peer)
{
  static const guint8 firsts[] = { 0x81, 0x82, 0x01, 0x80, 0x89, 0x8a, 0x88, 0xc1, 0x8b };
  guint8 frame[6 + 125] = { firsts[any (any (20) ? 6 : G_N_ELEMENTS (firsts))], 0x80 };
  guint length = any (126);

  frame[1] |= length;
  for (guint i = 0; i < length; i++)
    frame[6 + i] = 'a' + i % 26;
  say (peer, frame, 6 + (any (20) ? length : any (length + 1)));
}

void
peer_acts (void)
{
  Client *peer = &world.peers[any (PEERS)];
  char buffer[65536];

  if (peer->upgraded && any (4)) {
    for (guint i = 1 + any (8); i > 0; i--)
      say_frame (peer);
    return;
  }
  switch (any (12)) {
  case 0:
  case 1:
    new_peer ();
    break;
  case 2:
    say_text (peer, "GET /http HTTP/1.1\r\nHost: x\r\n\r\n");
    break;
  case 3:
    for (guint i = any (20); i > 0; i--)
      say_text (peer, any (9) ? "GET /http/early HTTP/1.1\r\nHost: x\r\n\r\n" : "HEAD /no HTTP/1.0\r\n\r\n");
    break;
  case 4:
    say_text (peer, "POST /http HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (guint i = any (200); i > 0; i--)
      say_text (peer, "1\r\nx\r\n");
    if (any (3))
      say_text (peer, "0\r\n\r\n");
    break;
  case 5:
    say_text (peer, "POST /http HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    say_text (peer, any (3) ? "hello" : "he");
    break;
  case 6:
  case 7: {
    g_autofree char *request = upgrade_request ("/ws");

    say_text (peer, request);
    if (any (2))
      say_text (peer,
                any (2) ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "Sec-WebSocket-Extensions: random\r\n");
    say_text (peer, "\r\n");
    peer->upgraded = TRUE;
    say_frame (peer);
    break;
  }
  case 8:
    for (guint i = 0; i < sizeof buffer / 64; i++)
      buffer[i] = any (256);
    say (peer, buffer, any (sizeof buffer / 64));
    break;
  case 9: {
    static const guint8 hello[] = { 22, 3, 1, 0, 2, 1, 0 };

    say (peer, hello, any (2) ? sizeof hello : 3);
    break;
  }
  case 10:
    if (peer->descriptor >= 0 && any (3) == 0)
      shutdown (peer->descriptor, SHUT_WR);
    break;
  default:
    while (peer->descriptor >= 0 && recv (peer->descriptor, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
      if (any (3) == 0)
        break;
  }
}
