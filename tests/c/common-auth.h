/* A session that is asked for passwords by servers of its own: the servers and the client. */

#pragma once

#include "common.h"

/* What the client does when it is asked. */
typedef enum { NOW, LATER, WRONG_ONCE, CANCEL, CANCEL_LATER, REFUSE, NEVER } Answer;

typedef struct {
  SoupServer *server;
  guint16 port;
  GString *log; /* a letter for each request: 'a' with an Authorization header, '-' without */
  const char *location;
  guint stage;
  guint authenticated; /* the port of a connection that NTLM let in */
} House;

typedef struct {
  SoupSession *session;
  Answer answer;
  guint asked;
  guint retried;
  SoupAuth *auth; /* to be answered later */
  gboolean done;
  guint status;
  GBytes *body;
  GError *error;
  GCancellable *cancellable;
  SoupWebsocketConnection *connection;
} Client;

/* Where the house asks for a password. */
#define SCHEMES ((const char *const[]){ "/basic", "/digest" })
enum { N_SCHEMES = 2 };

House *house_new (gboolean is_proxy);
void house_free (House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)
/* The requests since the last time. */
void house_check_log (House *house, const char *expected);

Client *client_new (Answer answer);
/* Forgets what the last message has come to. */
void client_reset (Client *client);
void client_free (Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)
/* The callback of soup_session_send_and_read_async(). */
void client_sent (GObject *object, GAsyncResult *result, gpointer data);
/* A message whose questions the client answers. */
SoupMessage *client_message (Client *client, const char *scheme, const char *user, House *house, const char *path);
/* Sends it, until it is answered. */
void client_send (Client *client, SoupMessage *message);
/* The same; the status. */
guint client_get (Client *client, House *house, const char *path);
