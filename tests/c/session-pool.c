/* A session's connections: kept, shared, limited, given up; and what waits for them. */

#include "common-service.h"

#include <unistd.h>

typedef struct {
  int listener;
  guint16 port;
  SoupSession *session;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->listener = peer_listen (&fixture->port);
  fixture->session = soup_session_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_assert_finalize_object (fixture->session);
  close (fixture->listener);
}

static SoupMessage *
begin (Fixture *fixture, const char *method, Fetched *fetched)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", fixture->port);
  SoupMessage *message = soup_message_new (method, url);

  soup_session_send_and_read_async (fixture->session, message, G_PRIORITY_DEFAULT, NULL, fetched_bytes, fetched);
  return message;
}

static void
answer (Peer *peer, const char *body, const char *more)
{
  g_autofree char *head = peer_head (peer);
  g_autofree char *text
      = g_strdup_printf ("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", more, (int) strlen (body), body);

  peer_write_text (peer, text);
}

static void
kept (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);

  (void) data;
  answer (peer, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  for (int i = 0; i < 3; i++) {
    g_autoptr (SoupMessage) next = begin (fixture, "GET", &fetched);

    answer (peer, "more", "");
    wait_until (fetched.done);
    g_assert_no_error (fetched.error);
    g_assert_cmpuint (soup_message_get_connection_id (next), ==, soup_message_get_connection_id (first));
    fetched_clear (&fetched);
  }
}

static void
not_kept (Fixture *fixture, gconstpointer headers)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);
  g_autoptr (SoupMessage) second = NULL;
  g_autoptr (Peer) next = NULL;

  answer (peer, "one", headers);
  wait_until (fetched.done);
  wait_until (peer_ended (peer));
  fetched_clear (&fetched);
  second = begin (fixture, "GET", &fetched);
  next = peer_accept (fixture->listener);
  answer (next, "two", "");
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
}

static void
asked_for_another (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);
  g_autoptr (Peer) other = NULL;
  guint64 before;

  (void) data;
  answer (peer, "one", "");
  wait_until (fetched.done);
  before = soup_message_get_connection_id (first);
  fetched_clear (&fetched);
  soup_message_add_flags (first, SOUP_MESSAGE_NEW_CONNECTION);
  soup_session_send_and_read_async (fixture->session, first, 0, NULL, fetched_bytes, &fetched);
  other = peer_accept (fixture->listener);
  answer (other, "two", "");
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  g_assert_cmpuint (soup_message_get_connection_id (first), !=, before);
  fetched_clear (&fetched);
}

/* What must not be sent twice is not sent where a server may give up at the same moment. */
static void
not_for_all_methods (Fixture *fixture, gconstpointer method)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);
  g_autoptr (SoupMessage) second = NULL;
  g_autoptr (Peer) next = NULL;

  answer (peer, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  second = begin (fixture, method, &fetched);
  next = peer_accept (fixture->listener);
  answer (next, "two", "");
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
}

/* The server has given up a kept connection: the message goes over another one, and nobody sees it. */
static void
given_up_by_the_server (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);
  g_autoptr (SoupMessage) second = NULL;
  g_autoptr (Peer) next = NULL;

  (void) data;
  answer (peer, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  g_clear_pointer (&peer, peer_free);
  settle (20);
  second = begin (fixture, "POST", &fetched);
  next = peer_accept (fixture->listener);
  answer (next, "two", "");
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
}

/* It gives it up when the request is there already. */
static void
given_up_with_the_request (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) first = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) peer = peer_accept (fixture->listener);
  g_autoptr (SoupMessage) second = NULL;
  g_autoptr (Peer) next = NULL;
  g_autofree char *head = NULL;

  (void) data;
  answer (peer, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  second = begin (fixture, "GET", &fetched);
  head = peer_head (peer);
  g_clear_pointer (&peer, peer_free);
  next = peer_accept (fixture->listener);
  answer (next, "two", "");
  wait_until (fetched.done);
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
}

static void
idle_for_too_long (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 };
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (Peer) peer = NULL;

  (void) data;
  soup_session_set_idle_timeout (fixture->session, 1);
  message = begin (fixture, "GET", &fetched);
  peer = peer_accept (fixture->listener);
  answer (peer, "one", "");
  wait_until (fetched.done);
  g_assert_false (peer_ended (peer));
  wait_until (peer_ended (peer));
  fetched_clear (&fetched);
}

static void
aborted (Fixture *fixture, gconstpointer data)
{
  Fetched fetched = { 0 }, late = { 0 };
  g_autoptr (SoupMessage) message = begin (fixture, "GET", &fetched);
  g_autoptr (Peer) idle = peer_accept (fixture->listener);
  g_autoptr (Peer) busy = NULL;
  g_autoptr (SoupMessage) one = NULL;
  g_autoptr (SoupMessage) two = NULL;
  g_autofree char *head = NULL;

  (void) data;
  answer (idle, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  one = begin (fixture, "GET", &fetched);
  head = peer_head (idle);
  two = begin (fixture, "GET", &late);
  busy = peer_accept (fixture->listener);
  soup_session_abort (fixture->session);
  wait_until (fetched.done && late.done);
  g_assert_error (fetched.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (late.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until (peer_ended (idle) && peer_ended (busy));
  g_assert_cmpuint (G_OBJECT (one)->ref_count, ==, 1);
  fetched_clear (&fetched);
  fetched_clear (&late);
}

static void
two_to_a_host (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Service) service = service_new ();
  Fetched fetched[20] = { 0 };

  (void) data;
  for (int i = 0; i < 20; i++) {
    g_autoptr (SoupMessage) message = service_message (service, "GET", "/chunked", NULL);

    soup_session_send_and_read_async (fixture->session, message, 0, NULL, fetched_bytes, &fetched[i]);
  }
  for (int i = 0; i < 20; i++) {
    wait_until (fetched[i].done);
    g_assert_no_error (fetched[i].error);
    fetched_clear (&fetched[i]);
  }
  g_assert_cmpint (g_atomic_int_get (&service->connections), ==, 2);
  soup_session_abort (fixture->session);
}

static void
urgent_ones_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupSession) session = soup_session_new_with_options ("max-conns", 1, NULL);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", fixture->port);
  Fetched fetched[4] = { 0 };
  SoupMessage *messages[4];
  g_autoptr (Peer) peer = NULL;

  (void) data;
  if (differs ("libsoup 3.2 serves what waits in another order"))
    return;
  for (int i = 0; i < 4; i++) {
    messages[i] = soup_message_new ("GET", url);
    soup_session_send_and_read_async (session, messages[i], 0, NULL, fetched_bytes, &fetched[i]);
  }
  peer = peer_accept (fixture->listener);
  settle (10);
  /* They wait; the last is moved to the front, the second to the end. */
  soup_message_set_priority (messages[3], SOUP_MESSAGE_PRIORITY_VERY_HIGH);
  g_object_set (messages[1], "priority", SOUP_MESSAGE_PRIORITY_LOW, NULL);
  static const int order[] = { 0, 3, 2, 1 };
  for (int i = 0; i < 4; i++) {
    answer (peer, "x", "");
    wait_until (fetched[order[i]].done);
    if (i < 3)
      g_assert_false (fetched[order[i + 1]].done);
  }
  for (int i = 0; i < 4; i++) {
    fetched_clear (&fetched[i]);
    g_object_unref (messages[i]);
  }
}

/* An idle connection to one host makes room for another host. */
static void
room_for_another_host (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupSession) session = soup_session_new_with_options ("max-conns", 1, NULL);
  guint16 port;
  int listener = peer_listen (&port);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%d/", fixture->port);
  g_autofree char *other_url = g_strdup_printf ("http://127.0.0.1:%d/", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (SoupMessage) other_message = soup_message_new ("GET", other_url);
  g_autoptr (Peer) peer = NULL;
  g_autoptr (Peer) other = NULL;
  Fetched fetched = { 0 };

  (void) data;
  soup_session_send_and_read_async (session, message, 0, NULL, fetched_bytes, &fetched);
  peer = peer_accept (fixture->listener);
  answer (peer, "one", "");
  wait_until (fetched.done);
  fetched_clear (&fetched);
  soup_session_send_and_read_async (session, other_message, 0, NULL, fetched_bytes, &fetched);
  other = peer_accept (listener);
  answer (other, "two", "");
  wait_until (fetched.done);
  wait_until (peer_ended (peer));
  g_assert_no_error (fetched.error);
  fetched_clear (&fetched);
  close (listener);
}

#define add(name, function, data) g_test_add (name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/pool/kept", kept, NULL);
  add ("/pool/not-kept/close", not_kept, "Connection: close\r\n");
  add ("/pool/not-kept/a-list", not_kept, "Connection: Keep-Alive, Close\r\n");
  add ("/pool/asked-for-another", asked_for_another, NULL);
  add ("/pool/not-for-all-methods/post", not_for_all_methods, "POST");
  add ("/pool/not-for-all-methods/own", not_for_all_methods, "OWN");
  add ("/pool/given-up-by-the-server", given_up_by_the_server, NULL);
  add ("/pool/given-up-with-the-request", given_up_with_the_request, NULL);
  add ("/pool/idle-for-too-long", idle_for_too_long, NULL);
  add ("/pool/aborted", aborted, NULL);
  add ("/pool/two-to-a-host", two_to_a_host, NULL);
  add ("/pool/urgent-ones-first", urgent_ones_first, NULL);
  add ("/pool/room-for-another-host", room_for_another_host, NULL);
  return g_test_run ();
}
