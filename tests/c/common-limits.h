/* What the tests of a server's limits share: a server that says hello, and raw peers that ask it. */

#pragma once

#include "common-tls.h"

#if !ON_LIBSOUP
#include <bisque.h>
#endif

#define GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

/* A handler that answers with 200 and "hello". */
void hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data);
/* A server with that handler for everything. */
Site *serving (SoupServerCallback handler, gpointer data);
/* The status of the head that comes. */
guint status_of (Peer *peer);
/* A whole answer of `hello` comes. */
void served (Peer *peer);
