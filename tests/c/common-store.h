/* A session with a cache, and a server that counts what it is asked. */

#pragma once

#include "common-service.h"

typedef struct {
  SoupServer *server;
  SoupSession *session;
  SoupCache *cache;
  char *folder;
  char *url;        /* http://127.0.0.1:PORT */
  guint requests;   /* how many have come */
  guint conditions; /* how many of them were conditional */
  guint confirmed;  /* how many of those were answered by 304 */
} Store;

/* What has come for a message. */
typedef struct {
  guint status;
  char *body;
  char *log; /* its signals */
  SoupMessage *message;
} Reply;

/* The server answers with the path as the body, and with what the path begins with: /age (fresh for long), /private,
 * /no-store, /etag and /modified (confirmed when asked), /vary, /gzip, /large (60 kB), /cookie, anything else without
 * a word about caching. */
Store *store_new (SoupCacheType type);
/* With a folder of the caller's, which stays. */
Store *store_in (const char *folder, SoupCacheType type);
void store_free (Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Store, store_free)

/* Another cache in the same folder takes the place of the first, and loads. */
void store_reopen (Store *store);

/* Sends a message with one more header, or NULL, reads the body, and has the cache written. */
Reply *store_ask (Store *store, const char *method, const char *path, const char *name, const char *value);
/* The same for GET, which has to succeed: how many requests the server got of it. */
guint store_get (Store *store, const char *path);
void reply_free (Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

/* A folder in memory where there is one: what a killed process has written the kernel keeps anyway. */
char *folder_new (void);
/* Removes it, and all in it. */
void folder_free (char *folder);

/* Begins this program again with two arguments, and kills it when it has written so many bytes to its output; how many
 * bytes it has written until its end. What comes before a newline goes into the line. */
guint kill_writer (const char *mode, const char *folder, guint after, char **line);
