/* component-common.h: two handles in one process, and a pump that carries bytes between them. */
#pragma once

#include <glib.h>
#include <string.h>
#include <websocket.h>

/* What a test knows of one handle: what it has sent and not delivered, and what it was shown. */
typedef struct
{
  WEB_SOCKET_HANDLE handle;
  GByteArray *wire;   /* bytes on their way to this side */
  GString *shown;     /* "T:text " for each message, "t:..." for a fragment, "C:1000:reason ", "P:", "U:" */
  gsize chunk;        /* at most so many bytes are received at a time; 0 is all */
  ULONG capacity;     /* how many buffers GetAction gets */
  HRESULT failure;    /* the first failure of GetAction */
  guint sends_done;   /* how many sends were indicated as complete */
  WEB_SOCKET_BUFFER room; /* where bytes go once there are some: a receive that is outstanding */
  PVOID waiting;          /* its action context */
  gboolean receiving; /* a receive is queued again after each indication */
} Side;

typedef struct
{
  Side client;
  Side server;
} Pair;

/* The properties of a side, in the order given: sizes of 0 are left out. */
typedef struct
{
  ULONG receive_size;
  ULONG send_size;
  BOOL no_masking;
  BOOL no_utf8;
  const char *extension;
} SideOptions;

void side_init (Side *side, WEB_SOCKET_HANDLE handle);
void side_clear (Side *side);

/* Handles that have shaken hands, with default options for NULL. */
void pair_init (Pair *pair, const SideOptions *client, const SideOptions *server);
void pair_clear (Pair *pair);

/* Does one action of `side`; what it sends goes to `peer`. FALSE when there was none. */
gboolean side_step (Side *side, Side *peer, WEB_SOCKET_ACTION_QUEUE queue);

/* Pumps both until neither has anything to do. */
void pair_run (Pair *pair);

HRESULT side_send (Side *side, WEB_SOCKET_BUFFER_TYPE type, const char *text);
HRESULT side_send_bytes (Side *side, WEB_SOCKET_BUFFER_TYPE type, const void *bytes, gsize length);
HRESULT side_close (Side *side, USHORT status, const char *reason);
HRESULT side_receive (Side *side);

/* Gives `side` bytes as if its peer had sent them, runs it, and returns the first failure (S_OK if none). */
HRESULT side_feed (Side *side, const void *bytes, gsize length);

WEB_SOCKET_HANDLE component_handle (gboolean client, const SideOptions *options);
WEB_SOCKET_HTTP_HEADER component_field (const char *name, const char *value);
/* A client's request with everything a server wants, and room for `more`; returns how many fields there are. */
ULONG component_request (WEB_SOCKET_HTTP_HEADER *fields, const char *version);

#define assert_ok(call) g_assert_cmphex ((guint32) (call), ==, (guint32) S_OK)
#define assert_hr(call, expected) g_assert_cmphex ((guint32) (call), ==, (guint32) (expected))
