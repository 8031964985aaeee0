/* What the tests of a session's WebSockets share: attempts that write down everything about them, and a server that says what
 * the test wants. */

#pragma once

#include "common.h"

/* One attempt, everything about it written down. */
typedef struct {
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable;
  GString *log;
  SoupWebsocketConnection *connection;
  GError *error;
  gboolean done;
} Attempt;

Attempt *attempt_new (const char *url);
void attempt_begin (Attempt *attempt, const char *origin, char **protocols);
/* The callback of soup_session_websocket_connect_async(). */
void attempt_done (GObject *object, GAsyncResult *result, gpointer data);
void attempt_note (Attempt *attempt, const char *word);
void attempt_free (Attempt *attempt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

/* A server that says what the test wants. */
typedef struct {
  int listener;
  guint16 port;
  char *url;
} Listener;

Listener *listener_new (void);
void listener_free (Listener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listener, listener_free)

/* What is written down before the answer comes. */
#define PROLOGUE "queued connected complete starting wrote-headers wrote-body"

/* An attempt whose server answers with that text, and closes if `closes`. */
Attempt *answered (const char *answer, gboolean closes);

/* An attempt that its first server sends elsewhere. */
typedef struct {
  Attempt *attempt;
  Listener *first, *second;
  char *asked, *asked_again; /* the request heads */
  Peer *peer;                /* of the second request */
} Trip;

Trip *trip_new (void);
/* Begins, and has the first server redirect to that place. */
void trip_begin (Trip *trip, int status, const char *location);
/* The second request comes to that server, and gets its WebSocket. */
void trip_arrive (Trip *trip, Listener *where);
void trip_free (Trip *trip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trip, trip_free)
/* An answer that redirects, with a body of five bytes. */
void peer_redirect (Peer *peer, int status, const char *location);

/* What is written down from the redirect on, when it is followed. */
#define RESTART " got-headers got-body restarted connected complete starting wrote-headers wrote-body"
