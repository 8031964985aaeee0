// An HTTP server on GNU libmicrohttpd: one thread, epoll, a response that is made once, as its documentation advises.
#include "peer.h"

#include <microhttpd.h>

static char body[1024];

static enum MHD_Result
answer (void *response,
        struct MHD_Connection *connection,
        const char *url,
        const char *method,
        const char *version,
        const char *data,
        size_t *size,
        void **state)
{
  static int asked;
  if (!*state) {
    // The head has come; an answer here would end the connection.
    *state = &asked;
    return MHD_YES;
  }
  *state = NULL;
  return MHD_queue_response (connection, MHD_HTTP_OK, response);
}

int
main (int argc, char **argv)
{
  int port, listener;
  peer_start (argc, argv);
  listener = peer_listen (&port);
  memset (body, 'x', sizeof body);
  struct MHD_Response *response = MHD_create_response_from_buffer (sizeof body, body, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header (response, "Content-Type", "application/octet-stream");
  if (!MHD_start_daemon (MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response, MHD_OPTION_LISTEN_SOCKET,
                         listener, MHD_OPTION_CONNECTION_LIMIT, 10000u, MHD_OPTION_END))
    return 1;
  peer_listening (port);
  pause ();
  return 0;
}
