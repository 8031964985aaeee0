/* What the WebSocket tests share: waiting on the main loop, recorded connections, pairs of them, and raw peers. */

#pragma once

#include <libsoup/soup.h>

#include <string.h>

/* ---- Two libraries ---- */

#ifdef ORACLE_LIBSOUP
#define ON_LIBSOUP 1
#else
#define ON_LIBSOUP 0
#endif

/* Where Bisque does on purpose what libsoup does not: `if (differs ("...")) return;` leaves the test out on libsoup, by
 * name. */
gboolean differs (const char *how);

/* ---- Misuse ---- */

/* The call is misuse, and a critical says so. */
#define critical(call)                                                                                               \
  G_STMT_START                                                                                                       \
  {                                                                                                                  \
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");                                \
    call;                                                                                                            \
    g_test_assert_expected_messages ();                                                                              \
  }                                                                                                                  \
  G_STMT_END

/* ---- Waiting ---- */

/* Runs the thread's main loop until the condition holds; after ten seconds (more under valgrind) the test fails. */
#define wait_until(condition)                                                                                        \
  G_STMT_START                                                                                                       \
  {                                                                                                                  \
    gint64 wait_end = g_get_monotonic_time () + patience () * G_USEC_PER_SEC;                                        \
    while (!(condition)) {                                                                                           \
      turn ();                                                                                                       \
      if (g_get_monotonic_time () > wait_end)                                                                        \
        g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                                   \
    }                                                                                                                \
  }                                                                                                                  \
  G_STMT_END

/* Where time and memory say nothing about the library. */
gboolean under_valgrind (void);
/* Seconds that anything may take. */
gint64 patience (void);
/* One turn of the thread's main loop, which takes a few milliseconds at most. */
void turn (void);
/* Turns for that long: what was to happen has happened. */
void settle (guint milliseconds);

/* ---- A recorded connection ---- */

typedef struct {
  SoupWebsocketConnection *connection;
  GString *log;        /* a word per signal: message, pong, error, closing, closed */
  GPtrArray *messages; /* of GBytes */
  SoupWebsocketDataType kind;
  GBytes *pong;
  GError *error;
} End;

/* Takes the reference. */
End *end_new (SoupWebsocketConnection *connection);
void end_free (End *end);
/* The messages so far, as text, with "|" between. */
const char *end_messages (End *end);
gboolean end_closed (End *end);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (End, end_free)

/* ---- A server and a session in one process ---- */

typedef struct {
  SoupServer *server;
  SoupSession *session;
  char *url; /* ws://127.0.0.1:PORT */
  guint16 port;
  GPtrArray *opened; /* End of each connection that the server has taken */
  char *path;        /* of the last one */
  SoupServerMessage *request;
} Site;

/* Has the server listen at a port of the system's choice of 127.0.0.1, and gives it. */
guint16 server_listen (SoupServer *server);
/* Without handlers. */
Site *site_new (void);
void site_free (Site *site);
/* Accepts WebSockets below the path. */
void site_accept (Site *site, const char *path, const char *origin, char **protocols);
/* Connects; NULL and the error where it fails. */
End *site_connect (Site *site, const char *path, const char *origin, char **protocols, GError **error);
/* The same with a message of the caller's own. */
End *site_connect_message (SoupSession *session, SoupMessage *message, const char *origin, char **protocols,
                           GCancellable *cancellable, GError **error);
/* The server's end number N, when it has come. */
End *site_end (Site *site, guint number);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Site, site_free)

/* ---- A client and a server that are connected ---- */

typedef struct {
  End *client;
  End *server;
  Site *site; /* NULL at the level of streams */
} Pair;

Pair *pair_new (gboolean served);
void pair_free (Pair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)
/* Registers the test twice: over a pair of streams (/direct/NAME), and over session and server (/served/NAME). */
void test_pair (const char *name, void (*test) (Pair *pair));

/* A connected pair of streams; the second may be left as a bare, non-blocking descriptor. */
void stream_pair (GIOStream **first, int *second);
GIOStream *stream_of (int descriptor);

/* ---- A raw peer ---- */

typedef struct {
  int descriptor;
  gboolean masks; /* it plays the client */
  GByteArray *input;
  gboolean ended;
} Peer;

typedef struct {
  guint8 header; /* FIN, RSV and opcode */
  gboolean masked;
  GBytes *payload; /* unmasked */
} Frame;

/* Takes the descriptor. */
Peer *peer_new (int descriptor, gboolean masks);
/* A TCP connection to that port of 127.0.0.1. */
Peer *peer_connect (guint16 port);
/* Listens at a port of the system's choice and accepts one connection. */
int peer_listen (guint16 *port);
Peer *peer_accept (int listener);
void peer_free (Peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

void peer_write (Peer *peer, gconstpointer data, gsize length);
void peer_write_text (Peer *peer, const char *text);
/* Bytes as in "81 05 68 65 6c 6c 6f". */
void peer_write_hex (Peer *peer, const char *hex);
/* A frame with the right length form, masked if the peer masks. */
void peer_send (Peer *peer, guint8 header, gconstpointer payload, gsize length);
void peer_send_text (Peer *peer, guint8 header, const char *payload);
void peer_send_close (Peer *peer, guint16 code);
/* Stops writing, or all. */
void peer_shutdown (Peer *peer);
void peer_close (Peer *peer);
/* Reads what there is; whether the other side has ended. */
gboolean peer_ended (Peer *peer);
/* The next frame that arrives. */
Frame *peer_frame (Peer *peer);
void frame_free (Frame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Frame, frame_free)
/* The next frame is a close frame with that code; 1005 for an empty one. */
void peer_expect_close (Peer *peer, guint16 code);
/* The HTTP head that arrives, up to its empty line. */
char *peer_head (Peer *peer);
/* What a client's request for a WebSocket needs, without its empty line, and a server's answer to the request that comes, or
 * that has come. */
char *upgrade_request (const char *path);
void peer_upgrade (Peer *peer, const char *path);
void peer_accept_upgrade (Peer *peer, const char *more_headers, gconstpointer more, gsize length);
void peer_switch (Peer *peer, const char *request, const char *more_headers, gconstpointer more, gsize length);

/* A connection under test and its raw peer, over a pair of streams. */
typedef struct {
  End *end;
  Peer *peer;
} Wire;

Wire *wire_new (SoupWebsocketConnectionType type, GList *extensions);
void wire_free (Wire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wire, wire_free)
/* Registers the test twice, with a client and with a server under test: /client/NAME, /server/NAME. */
void test_wire (const char *name, void (*test) (Wire *wire));
/* The peer was wrong: one error, a close frame with that code, and, when the peer is gone, "closed". */
void wire_fails (Wire *wire, guint16 code);
