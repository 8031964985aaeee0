/* Message heads, taken apart: the strictness of a server and of a client. */

#include "common.h"

typedef struct {
  const char *text;
  int length; /* 0: up to the NUL */
  const char *found;
} Case;

static void
append_to_string (const char *name, const char *value, gpointer string)
{
  g_string_append_printf (string, " {%s: %s}", name, value);
}

static int
length_of (const Case *this)
{
  g_autofree char *escaped = g_strescape (this->text, NULL);

  g_test_message ("%s", escaped);
  return this->length ? this->length : (int) strlen (this->text);
}

static void
assert_request (const Case *this)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GString) string = g_string_new (NULL);
  char *method = GINT_TO_POINTER (1), *path = GINT_TO_POINTER (1);
  SoupHTTPVersion version = 77;
  guint status = soup_headers_parse_request (this->text, length_of (this), hdrs, &method, &path, &version);

  g_string_append_printf (string, "%u", status);
  if (status == SOUP_STATUS_OK) {
    g_string_append_printf (string, " %s %s %d", method, path, version);
    soup_message_headers_foreach (hdrs, append_to_string, string);
    g_free (method);
    g_free (path);
  } else {
    g_assert_true (method == GINT_TO_POINTER (1) && path == GINT_TO_POINTER (1) && (int) version == 77);
  }
  g_assert_cmpstr (string->str, ==, this->found);
}

static void
requests (void)
{
  static const Case cases[] = {
    { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "200 GET / 1 {Host: a}" },
    { "GET / HTTP/1.1\r\nHost: a\r\n", 0, "200 GET / 1 {Host: a}" },
    { "GET / HTTP/1.1\nHost: a\n\n", 0, "200 GET / 1 {Host: a}" },
    { "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "200 GET / 1 {Host: a}" },
    { "GET / HTTP/1.0\r\n\r\n", 0, "200 GET / 0" },
    { "get http://a/b?c HTTP/1.1\r\n\r\n", 0, "200 get http://a/b?c 1" },
    { "OPTIONS * HTTP/1.1\r\n\r\n", 0, "200 OPTIONS * 1" },
    { "GET / HTTP/1.1\r\nX-A: 1 \r\n \tfolded\r\n\ttwice\r\nX-B: 2\r\n", 0, "200 GET / 1 {X-A: 1 folded twice} {X-B: 2}" },
    { "GET / HTTP/1.1\r\nX-A:\r\n 1\r\n\r\n", 0, "200 GET / 1 {X-A: 1}" },
    { "GET  /\tHTTP/01.01 \r\nX-A: b\r\n", 0, "200 GET / 1 {X-A: b}" },
    { "GET / HTTP/1.1\r\n lost\r\nA b: c\r\nX-A: b\r\nA : c\r\nno colon\r\n: c\r\nA\rb: c\r\n", 0,
      "200 GET / 1 {X-A: b}" },
    { "GET / HTTP/1.1\r\nX-A: \rx\ry\r\r\n", 0, "200 GET / 1 {X-A: x y}" },
    { "GET / HTTP/2000.0\r\n\r\n", 0, "505" },
    { "POST / HTTP/1.1\r\nX-A:b\r\nX-A:   c  \r\nX-B:\r\n\r\n", 0, "200 POST / 1 {X-A: b} {X-A: c} {X-B: }" },
    /* More was to come. */
    { "GET / HTTP/1.1", 0, "400" },
    { "GET / HTTP/1.1\r\nHost: a\r\nX-A: b", 0, "400" },
    /* A proxy may not have known Connection in the times of HTTP/1.0. */
    { "GET / HTTP/1.0\r\nConnection: X-A\r\nX-A: 1\r\nX-B: 2\r\n", 0, "200 GET / 0 {Connection: X-A} {X-B: 2}" },
    { "GET / HTTP/1.1\r\nConnection: X-A\r\nX-A: 1\r\n", 0, "200 GET / 1 {Connection: X-A} {X-A: 1}" },
    { "GET /\r\n\r\n", 0, "400" },
    { "GET / FOO/1.1\r\n\r\n", 0, "400" },
    { "GET / HTTP/1\r\n\r\n", 0, "400" },
    { "GET / a HTTP/1.1\r\n\r\n", 0, "400" },
    { "GET / HTTP/2.0\r\n\r\n", 0, "505" },
    { "GET / HTTP/1.2\r\n\r\n", 0, "505" },
    { "GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", 0, "200 GET / 1 {Expect: 100-continue}" },
    { "GET / HTTP/1.1\r\nExpect: foo\r\n\r\n", 0, "417" },
    /* CVE-2024-52530 */
    { "GET / HTTP/1.1\r\nHost\0: a\r\n\r\n", 28, "400" },
    { "GET / HTTP/1.1\r\nTransfer-Encoding\0: chunked\r\n\r\n", 47, "400" },
    { "GET / HTTP/1.1\r\nFoo: b\0ar\r\n\r\n", 29, "400" },
    /* CVE-2025-32906 */
    { "GET / HTTP/100.", 0, "400" },
    { "\n\n\n\n", 0, "400" },
    { "\r\n", 0, "400" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_request (&cases[i]);
}

static void
requests_strictly (void)
{
  static const Case cases[] = {
    { "GE(T / HTTP/1.1\r\n\r\n", 0, "400" },
    /* Issues 380 and 441 */
    { "GET /\r\n HTTP/1.1\r\n\r\n", 0, "400" },
    { "G\r\nET / HTTP/1.1\r\n\r\n", 0, "400" },
    /* CVE-2025-14523 */
    { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 0, "400" },
    { "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 0, "400" },
  };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  if (differs ("libsoup 3.2 takes a method that is no token, line ends in the first line, and two Hosts"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_request (&cases[i]);
  /* Refused, nothing of it stays. */
  soup_message_headers_append (hdrs, "Host", "old");
  g_assert_cmpuint (soup_headers_parse_request ("GET / HTTP/1.1\r\nX-A: b\r\nHost: a\r\n\r\n", 36, hdrs, NULL, NULL,
                                                NULL),
                    ==, 400);
  g_assert_null (soup_message_headers_get_one (hdrs, "X-A"));
}

static void
assert_status_line (const char *line, const char *found)
{
  g_autofree char *string = NULL;
  char *reason = GINT_TO_POINTER (1);
  SoupHTTPVersion version = 77;
  guint status = 7;

  if (soup_headers_parse_status_line (line, &version, &status, &reason)) {
    string = g_strdup_printf ("%d %u %s", version, status, reason);
    g_free (reason);
  } else {
    g_assert_true (reason == GINT_TO_POINTER (1) && status == 7);
    string = g_strdup ("none");
  }
  g_test_message ("%s", line);
  g_assert_cmpstr (string, ==, found);
  soup_headers_parse_status_line (line, NULL, NULL, NULL);
}

static void
status_lines (void)
{
  static const char *const table[][2] = {
    { "HTTP/1.1 200 OK", "1 200 OK" },
    { "HTTP/1.0 404 Not Found", "0 404 Not Found" },
    { "HTTP/1.1 200 ", "1 200 " },
    { "HTTP/1.1 200", "1 200 " },
    { "HTTP/1.1 999 x", "1 999 x" },
    { "HTTP/1.1 200 OK\r\nA: b", "1 200 OK" },
    { "ICY 200 OK", "0 200 OK" },
    { "HTTP/1.1 200OK", "1 200 OK" },
    { "HTTP/1.1  200 OK", "1 200 OK" },
    { "HTTP/1.1 20 OK", "none" },
    { "HTTP/1.1 2000 OK", "none" },
    { "HTTP/1.1 2x0 OK", "none" },
    { "HTTP/1.1 099 x", "none" },
    { "HTTP/2 200 OK", "none" },
    { "HTTP/1.2 200 OK", "none" },
    { "http/1.1 200 OK", "none" },
    { "HTTP/1.1", "none" },
    { "", "none" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    assert_status_line (table[i][0], table[i][1]);
}

static void
assert_response (const Case *this)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_autoptr (GString) string = g_string_new (NULL);
  char *reason = GINT_TO_POINTER (1);
  SoupHTTPVersion version = 77;
  guint status = 7;

  if (soup_headers_parse_response (this->text, length_of (this), hdrs, &version, &status, &reason)) {
    g_string_append_printf (string, "%d %u %s", version, status, reason);
    soup_message_headers_foreach (hdrs, append_to_string, string);
    g_free (reason);
  } else {
    g_assert_true (reason == GINT_TO_POINTER (1) && status == 7 && (int) version == 77);
    g_string_append (string, "none");
  }
  g_assert_cmpstr (string->str, ==, this->found);
}

static void
responses (void)
{
  static const Case cases[] = {
    { "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n", 0, "1 200 OK {X-A: b}" },
    { "HTTP/1.1 200 OK\r\n\r\n", 0, "1 200 OK" },
    { "HTTP/1.1 200 OK\nX-A: b\n\n", 0, "1 200 OK {X-A: b}" },
    { "HTTP/1.1 200\r\nX-A: b\r\n", 0, "1 200  {X-A: b}" },
    { "HTTP/1.1 200 OK\r\nX-A: b\r\n \t c\r\n\r\n", 0, "1 200 OK {X-A: b c}" },
    { "HTTP/1.1 200 OK\r\nbad\r\nX A: c\r\nX-A: b\r\n\r\n", 0, "1 200 OK {X-A: b}" },
    { "HTTP/1.1 200 OK\r\nX-A: b\rc\r\n\r\n", 0, "1 200 OK {X-A: b c}" },
    { "HTTP/01.01\t200OK \r\n  \r\n", 0, "1 200 OK" },
    { "FOO\r\nX-A: b\r\n\r\n", 0, "none" },
    /* Radio servers speak so. */
    { "ICY 200 OK\r\nX-A: b\r\n", 0, "0 200 OK {X-A: b}" },
    /* Allowed in a response (issue 510). */
    { "HTTP/1.1 200 OK\r\nHost: a\r\nHost: b\r\n\r\n", 0, "1 200 OK {Host: a} {Host: b}" },
    { "HTTP/1.1 200 O\0K\r\nX-A: b\r\n\r\n", 29, "none" },
    { "", 0, "none" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_response (&cases[i]);
}

static void
assert_headers (SoupMessageHeadersType type, const Case *this)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (type);
  g_autoptr (GString) string = g_string_new (NULL);

  soup_message_headers_append (hdrs, "X-Old", "1");
  g_string_append (string, soup_headers_parse (this->text, length_of (this), hdrs) ? "yes" : "no");
  soup_message_headers_foreach (hdrs, append_to_string, string);
  g_assert_cmpstr (string->str, ==, this->found);
}

static void
headers (void)
{
  static const Case cases[] = {
    { "whatever\r\nX-A: 1\r\nX-B:2\r\n\r\n", 0, "yes {X-Old: 1} {X-A: 1} {X-B: 2}" },
    { "whatever\nX-A: 1\n\n", 0, "yes {X-Old: 1} {X-A: 1}" },
    { "whatever\r\n", 0, "yes {X-Old: 1}" },
    { "whatever", 0, "no {X-Old: 1}" },
    { "", 0, "no {X-Old: 1}" },
    { "\r\nX-A: 1\r\n 2\r\nX-B: 3\r\n\r\n", 0, "yes {X-Old: 1} {X-A: 1 2} {X-B: 3}" },
    { "x\r\nX-A: 1\r\nno colon\r\n: 2\r\n\r\n", 0, "yes {X-Old: 1} {X-A: 1}" },
  };
  static const Case nul = { "x\r\nX-A: 1\r\nX-B\0: 2\r\n\r\n", 22, "no {X-Old: 1}" };
  static const Case hosts = { "x\r\nHost: 1\r\nHost: 2\r\n\r\n", 0, "no {X-Old: 1}" };

  for (int type = SOUP_MESSAGE_HEADERS_REQUEST; type <= SOUP_MESSAGE_HEADERS_MULTIPART; type++)
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      assert_headers (type, &cases[i]);
  if (differs ("libsoup adds the headers before the one that it refuses, and a second Host"))
    return;
  for (int type = SOUP_MESSAGE_HEADERS_REQUEST; type <= SOUP_MESSAGE_HEADERS_MULTIPART; type++)
    assert_headers (type, &nul);
  assert_headers (SOUP_MESSAGE_HEADERS_REQUEST, &hosts);
}

static void
misuse (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  critical (g_assert_false (soup_headers_parse (NULL, 1, hdrs)));
  critical (g_assert_false (soup_headers_parse ("x", 1, NULL)));
  critical (
      g_assert_cmpuint (soup_headers_parse_request (NULL, 1, hdrs, NULL, NULL, NULL), ==, SOUP_STATUS_BAD_REQUEST));
  critical (g_assert_false (soup_headers_parse_response (NULL, 1, hdrs, NULL, NULL, NULL)));
  critical (g_assert_false (soup_headers_parse_status_line (NULL, NULL, NULL, NULL)));
  if (differs ("libsoup reads a negative length as a very big one"))
    return;
  critical (
      g_assert_cmpuint (soup_headers_parse_request ("x", 1, NULL, NULL, NULL, NULL), ==, SOUP_STATUS_BAD_REQUEST));
  critical (g_assert_false (soup_headers_parse_response ("x", 1, NULL, NULL, NULL, NULL)));
  g_assert_cmpuint (soup_headers_parse_request ("x", -1, hdrs, NULL, NULL, NULL), ==, SOUP_STATUS_BAD_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parse/requests-cve-2024-52530-2025-32906", requests);
  g_test_add_func ("/parse/requests-strictly-cve-2025-14523", requests_strictly);
  g_test_add_func ("/parse/status-lines", status_lines);
  g_test_add_func ("/parse/responses", responses);
  g_test_add_func ("/parse/headers", headers);
  g_test_add_func ("/parse/misuse", misuse);
  return g_test_run ();
}
