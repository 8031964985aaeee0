// An HTTP client on libcurl's multi interface: ten transfers at once, their handles used again, as its documentation
// advises.
#include "peer.h"

#include <curl/curl.h>

static size_t
take (char *data, size_t size, size_t count, void *kept)
{
  if (kept) // what a caller gets who wants the whole body
    g_byte_array_append (kept, (guint8 *) data, size * count);
  return size * count;
}

int
main (int argc, char **argv)
{
  struct peer peer = peer_start (argc, argv);
  int at_once = peer.download ? 1 : 10;
  char *uri = g_strdup_printf ("http://127.0.0.1:%d/", peer.port);
  curl_global_init (CURL_GLOBAL_DEFAULT);
  CURLM *multi = curl_multi_init ();
  for (int i = 0; i < at_once; i++) {
    CURL *easy = curl_easy_init ();
    GByteArray *body = peer.download ? NULL : g_byte_array_new ();
    curl_easy_setopt (easy, CURLOPT_URL, uri);
    curl_easy_setopt (easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt (easy, CURLOPT_WRITEDATA, body);
    curl_easy_setopt (easy, CURLOPT_PRIVATE, body);
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, 256 * 1024L);
    curl_multi_add_handle (multi, easy);
  }
  for (;;) {
    int running, left;
    CURLMsg *message;
    if (curl_multi_perform (multi, &running) != CURLM_OK)
      return 1;
    while ((message = curl_multi_info_read (multi, &left))) {
      CURL *easy = message->easy_handle;
      GByteArray *body;
      if (message->data.result != CURLE_OK)
        return 0; // the load generator has ended
      curl_easy_getinfo (easy, CURLINFO_PRIVATE, &body);
      if (body)
        g_byte_array_set_size (body, 0);
      curl_multi_remove_handle (multi, easy);
      curl_multi_add_handle (multi, easy);
      running = 1;
    }
    if (curl_multi_poll (multi, NULL, 0, 1000, NULL) != CURLM_OK)
      return 1;
  }
}
