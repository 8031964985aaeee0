// The same on libwebsockets: after its minimal examples, with buffers as large as its documentation allows and libev
// for the loop, because its own poll() loop looks at every connection on every turn.
#include "peer.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <stdbool.h>

enum { CHUNK = 64 * 1024 };

// A message or a part of one, with room for the header in front, shared by those who send it.
struct part {
  int owners;
  bool first, final, binary;
  size_t length;
  unsigned char data[]; // LWS_PRE bytes, then the payload
};

struct session {
  struct lws *wsi;
  struct session *next, **link; // all sessions, for the broadcast
  struct part **queue;
  size_t head, tail, room; // queue[head..tail]
};

static struct peer peer;
static struct lws_context *context;
static struct session *sessions;
static size_t received;
static bool done;

static void
part_release (struct part *part)
{
  if (--part->owners == 0)
    free (part);
}

static void
queue_part (struct session *session, struct part *part)
{
  if (session->tail == session->room) {
    if (session->head > 0) {
      memmove (session->queue, session->queue + session->head, (session->tail - session->head) * sizeof part);
      session->tail -= session->head;
      session->head = 0;
    }
    if (session->tail * 2 >= session->room) {
      session->room = session->room ? session->room * 2 : 4;
      session->queue = realloc (session->queue, session->room * sizeof part);
    }
  }
  part->owners++;
  session->queue[session->tail++] = part;
  lws_callback_on_writable (session->wsi);
}

static int
serve_callback (struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
  struct session *session = user;
  switch (reason) {
  case LWS_CALLBACK_ESTABLISHED:
    memset (session, 0, sizeof *session);
    session->wsi = wsi;
    session->next = sessions;
    session->link = &sessions;
    if (sessions)
      sessions->link = &session->next;
    sessions = session;
    break;
  case LWS_CALLBACK_CLOSED:
    *session->link = session->next;
    if (session->next)
      session->next->link = session->link;
    while (session->head < session->tail)
      part_release (session->queue[session->head++]);
    free (session->queue);
    break;
  case LWS_CALLBACK_RECEIVE: {
    struct part *part = malloc (sizeof *part + LWS_PRE + length);
    part->owners = 1;
    part->first = lws_is_first_fragment (wsi);
    part->final = lws_is_final_fragment (wsi);
    part->binary = lws_frame_is_binary (wsi);
    part->length = length;
    memcpy (part->data + LWS_PRE, in, length);
    if (peer.broadcast)
      for (struct session *each = sessions; each; each = each->next)
        queue_part (each, part);
    else
      queue_part (session, part);
    part_release (part);
    break;
  }
  case LWS_CALLBACK_SERVER_WRITEABLE:
    while (session->head < session->tail) {
      struct part *part = session->queue[session->head++];
      int flags = lws_write_ws_flags (part->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT, part->first, part->final);
      int n = lws_write (wsi, part->data + LWS_PRE, part->length, flags);
      bool failed = n < (int) part->length;
      part_release (part);
      if (failed)
        return -1;
      if (session->head < session->tail && lws_send_pipe_choked (wsi)) {
        lws_callback_on_writable (wsi);
        return 0;
      }
    }
    session->head = session->tail = 0;
    break;
  case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
    SSL_CTX_set_num_tickets (user, peer.tickets ? 2 : 0);
    break;
  default:
    break;
  }
  return 0;
}

static int
fetch_callback (struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
  switch (reason) {
  case LWS_CALLBACK_CLIENT_RECEIVE:
    if (lws_is_final_fragment (wsi))
      received++;
    break;
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    exit (1);
  case LWS_CALLBACK_CLIENT_CLOSED:
    done = true;
    lws_cancel_service (lws_get_context (wsi));
    break;
  default:
    break;
  }
  return 0;
}

static const struct lws_protocols serve_protocols[]
    = { { "echo", serve_callback, sizeof (struct session), CHUNK, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
static const struct lws_protocols fetch_protocols[]
    = { { "echo", fetch_callback, 0, CHUNK, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
static const struct lws_extension extensions[]
    = { { "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits" },
        { NULL, NULL, NULL } };

int
main (int argc, char **argv)
{
  struct lws_context_creation_info info;
  peer = peer_start (argc, argv);
  lws_set_log_level (LLL_ERR, NULL);
  memset (&info, 0, sizeof info);
  info.port = peer.client ? CONTEXT_PORT_NO_LISTEN : 0;
  info.iface = "127.0.0.1";
  info.protocols = peer.client ? fetch_protocols : serve_protocols;
  info.extensions = peer.deflate ? extensions : NULL;
  info.pt_serv_buf_size = CHUNK + 1024;
  info.gid = info.uid = -1;
  info.options = getenv ("LWS_POLL") ? 0 : LWS_SERVER_OPTION_LIBEV;
  if (peer.certificate) {
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.ssl_cert_filepath = peer.certificate;
    info.ssl_private_key_filepath = peer.key;
  }
  context = lws_create_context (&info);
  if (!context)
    return 1;
  if (peer.client) {
    struct lws_client_connect_info to;
    memset (&to, 0, sizeof to);
    to.context = context;
    to.port = peer.port;
    to.address = to.host = to.origin = "127.0.0.1";
    to.path = "/";
    if (!lws_client_connect_via_info (&to))
      return 1;
  } else {
    peer_listening (lws_get_vhost_listen_port (lws_get_vhost_by_name (context, "default")));
  }
  while (!done && lws_service (context, 0) >= 0)
    ;
  return 0;
}
