/* A server in a thread of its own, for clients that wait without a main loop, and messages whose signals are recorded.
 */

#pragma once

#include "common.h"

typedef struct {
  char *url; /* http://127.0.0.1:PORT */
  GThread *thread;
  GMainLoop *loop;
  gint requests;    /* how many have come; atomic */
  gint connections; /* over how many connections; atomic */
} Service;

/* Answers GET /ok with "hello", /chunked with "hello world" in two chunks, /empty with nothing, /echo with the
 * request's body, /redirect by 302 to /ok, /large with a MiB, /fresh with what may be stored, /401 with that status, anything else with 404. */
Service *service_new (void);
void service_free (Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_free)

/* A message for a path of the service, whose signals go into the log, a word each. */
SoupMessage *service_message (Service *service, const char *method, const char *path, GString *log);
/* Records the signals of a message, and the session's about it. */
void record_message (SoupMessage *message, GString *log);
void record_session (SoupSession *session, GString *log);

/* What an asynchronous call has come to. */
typedef struct {
  gboolean done;
  GInputStream *stream;
  GBytes *bytes;
  gssize size;
  gboolean connected;
  GError *error;
  GString *log; /* "done" goes there */
} Fetched;

void fetched_clear (Fetched *fetched);
void fetched_stream (GObject *session, GAsyncResult *result, gpointer fetched);
void fetched_bytes (GObject *session, GAsyncResult *result, gpointer fetched);
void fetched_connected (GObject *session, GAsyncResult *result, gpointer fetched);
