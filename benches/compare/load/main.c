// A load generator for WebSocket and HTTP, servers and clients: raw epoll, frames built beforehand, no library of
// either.
//   load MODE name=value ...      MODE: echo, idle, upgrade, feed; http, http-idle, httpd; stall
#include "load.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

void
fail (const char *what, ...)
{
  va_list arguments;
  va_start (arguments, what);
  fputs ("load: ", stderr);
  vfprintf (stderr, what, arguments);
  fputc ('\n', stderr);
  exit (1);
}

int
main (int argc, char **argv)
{
  struct options options = { .connections = 1, .in_flight = 1, .size = 64, .seconds = 1, .warmup = 0.3 };
  struct rlimit files;
  getrlimit (RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit (RLIMIT_NOFILE, &files);
  signal (SIGPIPE, SIG_IGN);
  for (int i = 2; i < argc; i++) {
    char *value = strchr (argv[i], '=');
    if (!value)
      fail ("%s?", argv[i]);
    *value++ = 0;
    const char *name = argv[i];
    double number = atof (value);
    if (!strcmp (name, "port"))
      options.port = number;
    else if (!strcmp (name, "pid"))
      options.pid = number;
    else if (!strcmp (name, "connections"))
      options.connections = number;
    else if (!strcmp (name, "in_flight"))
      options.in_flight = number;
    else if (!strcmp (name, "idle"))
      options.idle = number;
    else if (!strcmp (name, "size"))
      options.size = number;
    else if (!strcmp (name, "seconds"))
      options.seconds = number;
    else if (!strcmp (name, "warmup"))
      options.warmup = number;
    else if (!strcmp (name, "deflate"))
      options.deflate = number;
    else if (!strcmp (name, "text"))
      options.text = number;
    else if (!strcmp (name, "broadcast"))
      options.broadcast = number;
    else if (!strcmp (name, "tls"))
      options.tls = number;
    else if (!strcmp (name, "tickets"))
      options.tickets = number;
    else if (!strcmp (name, "limit"))
      options.limit = number;
    else
      fail ("%s?", name);
  }
  const char *mode = argc > 1 ? argv[1] : "";
  if (!strcmp (mode, "echo"))
    run_echo (&options);
  else if (!strcmp (mode, "idle"))
    run_idle (&options);
  else if (!strcmp (mode, "upgrade"))
    run_upgrade (&options);
  else if (!strcmp (mode, "feed"))
    run_feed (&options);
  else if (!strcmp (mode, "http"))
    run_http (&options);
  else if (!strcmp (mode, "http-idle"))
    run_http_idle (&options);
  else if (!strcmp (mode, "httpd"))
    run_httpd (&options);
  else if (!strcmp (mode, "stall"))
    run_stall (&options);
  else
    fail ("load echo|idle|upgrade|feed|http|http-idle|httpd|stall name=value ...");
  return 0;
}
