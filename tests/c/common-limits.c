/* A server that says hello, and what a raw peer gets from it. */

#include "common-limits.h"

void
hello (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

Site *
serving (SoupServerCallback handler, gpointer data)
{
  Site *site = site_new ();

  soup_server_add_handler (site->server, NULL, handler, data, NULL);
  return site;
}

guint
status_of (Peer *peer)
{
  g_autofree char *head = peer_head (peer);

  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 "));
  return g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

void
served (Peer *peer)
{
  g_assert_cmpuint (status_of (peer), ==, 200);
  wait_until (!peer_ended (peer) && peer->input->len >= 5);
  g_byte_array_set_size (peer->input, 0);
}
