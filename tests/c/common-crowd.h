/* Clients in a process of their own, with descriptors of their own: raw sockets that block. */

#pragma once

#include "common.h"

#include <sys/resource.h>

/* Runs the site's server until the clients' process, which calls the function, has ended well; fails after so many
 * seconds. With a limit, the server has no more descriptors than that from there on. */
void serve_crowd (Site *site, void (*clients) (guint16 port), guint seconds, const struct rlimit *limit);

/* The clients' side, which ends the process with that status where something fails. */
int dial (guint16 port);
void say (int fd, gconstpointer data, gsize length, int status);
/* Reads exactly so many bytes. */
void hear (int fd, gpointer into, gsize length, int status);
