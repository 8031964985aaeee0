/* A client that disconnects at each of thirty points of an exchange, in each of three ways: the server lets go of
 * everything, and goes on. */

#include "common.h"

#include <sys/socket.h>

enum { LARGE = 8 * 1024 * 1024 };

#define POST                                                                                                           \
  "POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nT: "         \
  "t\r\n\r\n"
#define SECOND "GET /post HTTP/1.1\r\nHost: x\r\n\r\n"
/* A text message, one in two fragments, the beginning of a long one, a ping within it. */
#define FRAMES                                                                                                         \
  "81 82 00 00 00 00 68 69 01 82 00 00 00 00 68 69 89 80 00 00 00 00 80 82 00 00 00 00 68 69 82 fe 10 00 00 00 00 00 " \
  "78"

typedef enum {
  REQUEST,  /* has sent so many bytes of two requests */
  PAUSED,   /* the program has not answered yet; the client has sent so many bytes of a next request */
  RESPONSE, /* has read so many bytes of a large response */
  UPGRADE,  /* has sent so many bytes of a handshake */
  SOCKET,   /* has sent so many bytes of frames */
} Phase;

typedef struct {
  Phase phase;
  guint bytes;
} Point;

static const Point points[] = {
  { REQUEST, 0 },     { REQUEST, 1 },   { REQUEST, 4 },    { REQUEST, 19 },         { REQUEST, 24 },
  { REQUEST, 60 },    { REQUEST, 61 },  { REQUEST, 62 },   { REQUEST, 66 },         { REQUEST, 70 },
  { REQUEST, 78 },    { REQUEST, 84 },  { REQUEST, 90 },   { REQUEST, 95 },         { REQUEST, 97 },
  { REQUEST, 110 },   { REQUEST, 130 }, { PAUSED, 0 },     { PAUSED, 10 },          { PAUSED, sizeof SECOND - 1 },
  { RESPONSE, 0 },    { RESPONSE, 1 },  { RESPONSE, 100 }, { RESPONSE, LARGE / 2 }, { UPGRADE, 40 },
  { UPGRADE, 10000 }, { SOCKET, 1 },    { SOCKET, 9 },     { SOCKET, 20 },          { SOCKET, 39 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (points) == 30);

/* How the client goes. */
typedef enum { CLOSES, RESETS, STOPS_WRITING } Way;

typedef struct {
  guint started, ended, alive;
  SoupServerMessage *paused;
} Seen;

static void
gone (gpointer seen, GObject *message)
{
  ((Seen *) seen)->alive--;
}

static void
started (SoupServer *server, SoupServerMessage *message, Seen *seen)
{
  seen->started++;
  seen->alive++;
  g_object_weak_ref (G_OBJECT (message), gone, seen);
}

static void
ended (SoupServer *server, SoupServerMessage *message, Seen *seen)
{
  seen->ended++;
}

static void
answers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Seen *seen = data;

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (path, "/large")) {
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_malloc0 (LARGE), LARGE);
    return;
  }
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
  if (g_str_equal (path, "/pause")) {
    seen->paused = g_object_ref (message);
    soup_server_message_pause (message);
  }
}

/* Has the client get as far as the point. */
static void
go_to (Peer *peer, Site *site, const Point *point, Seen *seen)
{
  g_autofree char *request = upgrade_request ("/socket");
  g_autofree char *upgrade = g_strconcat (request, "\r\n", NULL);
  char sink[65536];
  guint read = 0;

  switch (point->phase) {
  case REQUEST:
    peer_write (peer, POST SECOND, MIN (point->bytes, sizeof (POST SECOND) - 1));
    break;
  case PAUSED:
    peer_write_text (peer, "GET /pause HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_until (seen->paused);
    peer_write (peer, SECOND, point->bytes);
    break;
  case RESPONSE:
    peer_write_text (peer, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    while (read < point->bytes) {
      gssize count = recv (peer->descriptor, sink, MIN (sizeof sink, point->bytes - read), 0);

      if (count > 0)
        read += count;
      turn ();
    }
    break;
  case UPGRADE:
    peer_write (peer, upgrade, MIN (point->bytes, strlen (upgrade)));
    break;
  case SOCKET:
    peer_upgrade (peer, "/socket");
    {
      g_autofree char *hex = g_strndup (FRAMES, 3 * point->bytes - 1);

      peer_write_hex (peer, hex);
    }
    break;
  }
  settle (2);
}

static void
go (Peer *peer, Way way)
{
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  switch (way) {
  case CLOSES:
    peer_close (peer);
    break;
  case RESETS:
    setsockopt (peer->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close (peer);
    break;
  case STOPS_WRITING:
    peer_shutdown (peer);
    settle (5);
    peer_close (peer);
    break;
  }
}

static gboolean
all_closed (GPtrArray *opened)
{
  for (guint i = 0; i < opened->len; i++) {
    if (!end_closed (opened->pdata[i]))
      return FALSE;
  }
  return TRUE;
}

static void
vanishes (gconstpointer way)
{
  g_autoptr (Site) site = site_new ();
  Seen seen = { 0 };

  g_signal_connect (site->server, "request-started", G_CALLBACK (started), &seen);
  g_signal_connect (site->server, "request-finished", G_CALLBACK (ended), &seen);
  g_signal_connect (site->server, "request-aborted", G_CALLBACK (ended), &seen);
  soup_server_add_handler (site->server, NULL, answers, &seen, NULL);
  site_accept (site, "/socket", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (points); i++) {
    g_autoptr (Peer) peer = peer_connect (site->port);
    g_autoptr (Peer) next = NULL;
    g_autofree char *head = NULL;

    g_test_message ("point %u: phase %d, %u bytes", i, points[i].phase, points[i].bytes);
    go_to (peer, site, &points[i], &seen);
    go (peer, GPOINTER_TO_INT (way));
    settle (2);
    if (seen.paused) {
      /* Too late, and of no consequence. */
      soup_server_message_unpause (seen.paused);
      g_clear_object (&seen.paused);
    }
    wait_until (seen.alive == 0 && all_closed (site->opened));
    /* A WebSocket's handshake does not end as a request does. */
    if (points[i].phase < UPGRADE && !ON_LIBSOUP)
      g_assert_cmpuint (seen.started, ==, seen.ended);
    seen.started = seen.ended = 0;

    next = peer_connect (site->port);
    peer_write_text (next, SECOND);
    head = peer_head (next);
    g_assert_true (g_str_has_prefix (head, "HTTP/1.1 200"));
    peer_close (next);
    wait_until (seen.alive == 0);
    seen.started = seen.ended = 0;
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/server-vanish/closes", GINT_TO_POINTER (CLOSES), vanishes);
  g_test_add_data_func ("/server-vanish/resets", GINT_TO_POINTER (RESETS), vanishes);
  g_test_add_data_func ("/server-vanish/stops-writing", GINT_TO_POINTER (STOPS_WRITING), vanishes);
  return g_test_run ();
}
