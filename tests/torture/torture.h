/* What the parts of the torture test share. */

#pragma once

#include "../c/common-tls.h"

#include <bisque.h>

enum {
  CONNECTIONS = 24,
  MESSAGES = 12,
  BODIES = 8,
  PEERS = 16,
  SERVERS = 2,
  DEEPEST = 4,
  DESCRIPTORS = 400,
  LARGE = 16 * 1024,
};

typedef struct {
  SoupServer *server;
  guint16 port;
} Listening;

typedef struct {
  int descriptor;
  gboolean upgraded;
} Client;

/* What there is to act on. Each place holds a reference, or nothing. */
typedef struct {
  Listening servers[SERVERS];
  SoupSession *session;
  SoupWebsocketConnection *connections[CONNECTIONS];
  SoupServerMessage *messages[MESSAGES];
  SoupMessageBody *bodies[BODIES];
  Client peers[PEERS];
  GCancellable *cancellable;
  guint connecting;
  GThreadPool *droppers;
  GTlsCertificate *certificate;
  GTlsDatabase *database;
  GThread *thread;
  GRand *rand;
  guint depth;
  guint64 actions;
  guint opened, requests;
  gint alive;
  gboolean tls, streams, over;
} World;

extern World world;

/* Does something at random, unless too much is on the stack already. */
void act (void);
/* A number from 0 to `below` - 1. */
guint any (guint below);
/* Acts once in so many times, in the main thread. */
void maybe_act (guint one_in);

/* ---- Callbacks, all of which act ---- */

void on_anything (void);
/* A free function, and a destroy notify. */
void release (gpointer data);
/* Bytes with that free function. */
GBytes *hostile_bytes (void);
void message_func (SoupWebsocketConnection *connection,
                   SoupWebsocketDataType kind,
                   const guint8 *data,
                   gsize size,
                   gpointer user);
/* Puts a new connection into a place. */
void keep_connection (SoupWebsocketConnection *connection);
gboolean on_idle (gpointer data);

#define TEST_TYPE_RANDOM (test_random_get_type ())
G_DECLARE_FINAL_TYPE (TestRandom, test_random, TEST, RANDOM, SoupWebsocketExtension)

/* ---- What is made ---- */

void new_server (void);
void add_handlers (SoupServer *server);
void answer (SoupServerMessage *message);
void new_pair (void);
void accept_stream (void);
void connect_session (void);
/* One of the raw peers says something, right or wrong. */
void peer_acts (void);
