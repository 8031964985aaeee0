/* SoupMessageHeaders: the headers that have a meaning of their own. */

#include "common.h"

/* ---- Encoding and length ---- */

typedef struct {
  const char *content_length;
  const char *transfer_encoding;
  SoupEncoding encoding;
  goffset length;
} Framing;

static void
assert_framing (SoupMessageHeadersType type, const Framing *framing)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (type);

  if (framing->content_length)
    soup_message_headers_append (hdrs, "Content-Length", framing->content_length);
  if (framing->transfer_encoding)
    soup_message_headers_append (hdrs, "Transfer-Encoding", framing->transfer_encoding);
  g_test_message ("%s, %s", framing->content_length, framing->transfer_encoding);
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, framing->encoding);
  g_assert_cmpint (soup_message_headers_get_content_length (hdrs), ==, framing->length);
}

static void
encoding_as_the_headers_say (void)
{
  static const Framing framings[] = {
    { NULL, NULL, SOUP_ENCODING_NONE, 0 },
    { "12", NULL, SOUP_ENCODING_CONTENT_LENGTH, 12 },
    { "0", NULL, SOUP_ENCODING_CONTENT_LENGTH, 0 },
    { "9223372036854775807", NULL, SOUP_ENCODING_CONTENT_LENGTH, G_MAXINT64 },
    { "x12", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "12x", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { NULL, "chunked", SOUP_ENCODING_CHUNKED, 0 },
    { NULL, "Chunked", SOUP_ENCODING_CHUNKED, 0 },
    { NULL, "identity", SOUP_ENCODING_NONE, 0 },
    { NULL, "gzip", SOUP_ENCODING_UNRECOGNIZED, 0 },
    { NULL, "gzip, chunked", SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "12", "chunked", SOUP_ENCODING_CHUNKED, 0 },
    { "12", "identity", SOUP_ENCODING_CONTENT_LENGTH, 12 },
  };
  static const Framing response = { NULL, NULL, SOUP_ENCODING_EOF, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
    assert_framing (SOUP_MESSAGE_HEADERS_REQUEST, &framings[i]);
  assert_framing (SOUP_MESSAGE_HEADERS_RESPONSE, &response);
  assert_framing (SOUP_MESSAGE_HEADERS_MULTIPART, &framings[0]);
}

static void
cve_2026_2708_content_lengths (void)
{
  static const Framing framings[] = {
    { "2, 4", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "2, 2", NULL, SOUP_ENCODING_CONTENT_LENGTH, 2 },
    { "-12", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "+12", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "9223372036854775808", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
    { "18446744073709551616, 18446744073709551617", NULL, SOUP_ENCODING_UNRECOGNIZED, 0 },
  };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  if (differs ("libsoup 3.2 takes signs, numbers that overflow, and the last of several lengths"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
    assert_framing (SOUP_MESSAGE_HEADERS_REQUEST, &framings[i]);
  soup_message_headers_append (hdrs, "Content-Length", "2");
  soup_message_headers_append (hdrs, "Content-Length", "4");
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_UNRECOGNIZED);
}

static void
encoding_as_it_was_set (void)
{
  static const int wrong[] = { SOUP_ENCODING_UNRECOGNIZED, SOUP_ENCODING_BYTERANGES, 77 };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  soup_message_headers_set_encoding (hdrs, SOUP_ENCODING_CHUNKED);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Transfer-Encoding"), ==, "chunked");
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_CHUNKED);

  soup_message_headers_set_content_length (hdrs, 5);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Length"), ==, "5");
  g_assert_null (soup_message_headers_get_one (hdrs, "Transfer-Encoding"));
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_CONTENT_LENGTH);
  g_assert_cmpint (soup_message_headers_get_content_length (hdrs), ==, 5);

  soup_message_headers_set_encoding (hdrs, SOUP_ENCODING_EOF);
  g_assert_null (soup_message_headers_get_one (hdrs, "Content-Length"));
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_EOF);
  g_assert_cmpint (soup_message_headers_get_content_length (hdrs), ==, 0);

  /* A header that is set afterwards counts. */
  soup_message_headers_append (hdrs, "Content-Length", "9");
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_CONTENT_LENGTH);
  g_assert_cmpint (soup_message_headers_get_content_length (hdrs), ==, 9);

  soup_message_headers_set_encoding (hdrs, SOUP_ENCODING_NONE);
  g_assert_null (soup_message_headers_get_one (hdrs, "Content-Length"));
  soup_message_headers_set_encoding (hdrs, SOUP_ENCODING_CONTENT_LENGTH);
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_CONTENT_LENGTH);
  soup_message_headers_append (hdrs, "Transfer-Encoding", "chunked");
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_CHUNKED);
  soup_message_headers_remove (hdrs, "Transfer-Encoding");
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_NONE);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*set_encoding*");
    soup_message_headers_set_encoding (hdrs, wrong[i]);
    g_test_assert_expected_messages ();
  }
  g_assert_cmpint (soup_message_headers_get_encoding (hdrs), ==, SOUP_ENCODING_NONE);
}

static void
one_of_two_framings_stays (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);

  soup_message_headers_append (hdrs, "Content-Length", "5");
  soup_message_headers_append (hdrs, "Transfer-Encoding", "chunked");
  if (differs ("libsoup does nothing for the encoding that there is, and leaves both headers"))
    return;
  soup_message_headers_set_encoding (hdrs, SOUP_ENCODING_CHUNKED);
  g_assert_null (soup_message_headers_get_one (hdrs, "Content-Length"));
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Transfer-Encoding"), ==, "chunked");
}

static void
expectations (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  g_assert_cmpint (soup_message_headers_get_expectations (hdrs), ==, 0);
  soup_message_headers_append (hdrs, "Expect", "100-Continue");
  g_assert_cmpint (soup_message_headers_get_expectations (hdrs), ==, SOUP_EXPECTATION_CONTINUE);
  soup_message_headers_append (hdrs, "Expect", "x");
  g_assert_cmpint (soup_message_headers_get_expectations (hdrs), ==, SOUP_EXPECTATION_UNRECOGNIZED);
  soup_message_headers_set_expectations (hdrs, SOUP_EXPECTATION_CONTINUE);
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Expect"), ==, "100-continue");
  critical (soup_message_headers_set_expectations (hdrs, SOUP_EXPECTATION_UNRECOGNIZED));
  soup_message_headers_set_expectations (hdrs, 0);
  g_assert_null (soup_message_headers_get_list (hdrs, "Expect"));
}

/* ---- Ranges ---- */

static char *
ranges_of (const char *header, goffset total)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  SoupRange *ranges = GINT_TO_POINTER (1);
  int length = 77;
  GString *string = g_string_new (NULL);

  if (header)
    soup_message_headers_append (hdrs, "Range", header);
  if (!soup_message_headers_get_ranges (hdrs, total, &ranges, &length)) {
    g_assert_true (ranges == GINT_TO_POINTER (1) && length == 77);
    return g_string_free (g_string_append (string, "none"), FALSE);
  }
  g_assert_cmpint (length, >, 0);
  for (int i = 0; i < length; i++)
    g_string_append_printf (string, "%s%" G_GOFFSET_FORMAT "..%" G_GOFFSET_FORMAT, i ? " " : "", ranges[i].start,
                            ranges[i].end);
  soup_message_headers_free_ranges (hdrs, ranges);
  return g_string_free (string, FALSE);
}

typedef struct {
  const char *header;
  const char *of_hundred;
  const char *of_unknown;
} Ranges;

static void
assert_ranges (const Ranges *ranges, guint count)
{
  for (guint i = 0; i < count; i++) {
    g_autofree char *of_hundred = ranges_of (ranges[i].header, 100);
    g_autofree char *of_unknown = ranges_of (ranges[i].header, 0);

    g_test_message ("%s", ranges[i].header);
    g_assert_cmpstr (of_hundred, ==, ranges[i].of_hundred);
    g_assert_cmpstr (of_unknown, ==, ranges[i].of_unknown);
  }
}

static void
ranges (void)
{
  static const Ranges table[] = {
    { NULL, "none", "none" },
    { "bytes=0-49", "0..49", "0..49" },
    { "bytes=50-", "50..99", "50..-1" },
    { "bytes=-10", "90..99", "-10..-1" },
    { "bytes=-100", "0..99", "-100..-1" },
    { "bytes=0-0,-1", "0..0 99..99", "0..0 -1..-1" },
    { "bytes=10-20,15-30", "10..30", "10..20 15..30" },
    { "bytes=10-20,21-30", "10..20 21..30", "10..20 21..30" },
    { "bytes=30-40, 0-10 ,", "0..10 30..40", "30..40 0..10" },
    { "bytes=200-300", "200..300", "200..300" },
    { "bytes=0-200", "0..200", "0..200" },
    { "bytes=20-10", "none", "none" },
    { "bytes=abc", "none", "none" },
    { "bytes=", "none", "none" },
    { "bytes=-", "none", "none" },
    { "bytes=--5", "none", "none" },
    { "bytes=0--1", "none", "none" },
    { "bytes=0-1;x", "none", "none" },
    { "items=0-1", "none", "none" },
    { "", "none", "none" },
  };

  assert_ranges (table, G_N_ELEMENTS (table));
}

static void
ranges_strictly (void)
{
  static const Ranges table[] = {
    { "bytes=-0", "none", "none" },
    { "bytes=1", "none", "none" },
    { "bytes=+1-2", "none", "none" },
    { "Bytes=0-1", "0..1", "0..1" },
    { "bytes=0-5,0-5,0-5,0-5", "0..5", "0..5 0..5 0..5 0..5" },
  };

  if (differs (
          "libsoup takes ranges without a hyphen, with a sign, and of nothing; does not know that the case of the unit "
          "does not count; and leaves some that overlap"))
    return;
  assert_ranges (table, G_N_ELEMENTS (table));
}

static void
cve_2025_32907_thousands_of_ranges (void)
{
  g_autoptr (GString) header = g_string_new ("bytes=0-1");
  g_autofree char *found = NULL;

  if (differs ("libsoup takes any number of ranges"))
    return;
  for (int i = 1; i < 10000; i++)
    g_string_append_printf (header, ",%d-%d", 3 * i, 3 * i + 1);
  found = ranges_of (header->str, 100000);
  g_assert_cmpstr (found, ==, "none");
}

static void
cve_2026_2443_ranges_that_overflow (void)
{
  static const Ranges table[] = {
    { "bytes=0-99999999999999999999", "none", "none" },
    { "bytes=99999999999999999999-", "none", "none" },
    { "bytes=-99999999999999999999", "none", "none" },
    { "bytes=0-9223372036854775807", "0..9223372036854775807", "0..9223372036854775807" },
  };

  if (differs ("libsoup makes negative numbers of those that are too big"))
    return;
  assert_ranges (table, G_N_ELEMENTS (table));
}

static void
cve_2026_12549_suffix_longer_than_the_body (void)
{
  static const Ranges table[] = { { "bytes=-101", "0..99", "-101..-1" } };

  if (differs ("libsoup gives a negative start"))
    return;
  assert_ranges (table, G_N_ELEMENTS (table));
}

static void
set_ranges (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  SoupRange several[] = { { 1, 2 }, { 5, -1 }, { -7, -1 } };
  SoupRange wrong = { 10, 5 };

  soup_message_headers_set_range (hdrs, 5, 10);
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Range"), ==, "bytes=5-10");
  soup_message_headers_set_range (hdrs, 5, -1);
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Range"), ==, "bytes=5-");
  soup_message_headers_set_range (hdrs, -5, -1);
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Range"), ==, "bytes=-5");
  soup_message_headers_set_ranges (hdrs, several, G_N_ELEMENTS (several));
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Range"), ==, "bytes=1-2,5-,-7");
  if (differs ("libsoup writes ranges that nobody can read"))
    return;
  critical (soup_message_headers_set_range (hdrs, 10, 5));
  critical (soup_message_headers_set_range (hdrs, -5, 8));
  critical (soup_message_headers_set_ranges (hdrs, &wrong, 1));
  critical (soup_message_headers_set_ranges (hdrs, several, 0));
  critical (soup_message_headers_set_ranges (hdrs, NULL, 1));
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Range"), ==, "bytes=1-2,5-,-7");
}

static char *
content_range_of (const char *header)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  goffset start = -7, end = -7, total = -7;

  soup_message_headers_append (hdrs, "Content-Range", header);
  if (!soup_message_headers_get_content_range (hdrs, &start, &end, &total))
    return g_strdup ("none");
  g_assert_true (soup_message_headers_get_content_range (hdrs, &start, &end, NULL));
  return g_strdup_printf ("%" G_GOFFSET_FORMAT "..%" G_GOFFSET_FORMAT " of %" G_GOFFSET_FORMAT, start, end, total);
}

static void
content_ranges (void)
{
  static const char *const table[][2] = {
    { "bytes 0-49/100", "0..49 of 100" },
    { "bytes 0-49/*", "0..49 of -1" },
    { "bytes  0-1/2", "0..1 of 2" },
    { "bytes */100", "none" },
    { "items 0-4/10", "none" },
    { "bytes 0-49", "none" },
    { "bytes 0-1/2x", "none" },
    { "bytes -1-2/3", "none" },
    { "bytes 0 - 1/2", "none" },
    { "bytes=0-1/2", "none" },
    { "", "none" },
  };
  static const char *const strict[] = { "bytes 5-2/10", "bytes 0-100/50", "bytes 0-49/",
                                        "bytes 99999999999999999999-1/2", "bytes 0-1/99999999999999999999" };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  goffset start, end;

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *found = content_range_of (table[i][0]);
    g_assert_cmpstr (found, ==, table[i][1]);
  }
  g_assert_false (soup_message_headers_get_content_range (hdrs, &start, &end, NULL));
  soup_message_headers_set_content_range (hdrs, 1, 2, 3);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Range"), ==, "bytes 1-2/3");
  soup_message_headers_set_content_range (hdrs, 1, 2, -1);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Range"), ==, "bytes 1-2/*");
  if (differs ("libsoup takes parts that are not within their whole"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (strict); i++) {
    g_autofree char *found = content_range_of (strict[i]);
    g_assert_cmpstr (found, ==, "none");
  }
  critical (soup_message_headers_set_content_range (hdrs, 5, 2, 10));
}

/* ---- Values with parameters ---- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static char *
described (const char *value, GHashTable *params)
{
  GString *string = g_string_new (value ? value : "(none)");
  GList *names = g_list_sort (g_hash_table_get_keys (params), by_name);

  for (GList *name = names; name; name = name->next) {
    const char *text = g_hash_table_lookup (params, name->data);
    g_string_append_printf (string, " | %s", (char *) name->data);
    if (text)
      g_string_append_printf (string, " = %s", text);
  }
  g_list_free (names);
  g_hash_table_unref (params);
  return g_string_free (string, FALSE);
}

static char *
content_type_of (const char *header)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  GHashTable *params = GINT_TO_POINTER (1);
  const char *type;

  soup_message_headers_append (hdrs, "Content-Type", header);
  type = soup_message_headers_get_content_type (hdrs, &params);
  g_assert_cmpstr (soup_message_headers_get_content_type (hdrs, NULL), ==, type);
  if (!type) {
    g_assert_true (params == GINT_TO_POINTER (1));
    return g_strdup ("none");
  }
  return described (type, params);
}

static void
content_types (void)
{
  static const char *const table[][2] = {
    { "text/plain", "text/plain" },
    { "text/html; charset=utf-8", "text/html | charset = utf-8" },
    { "text/html; charset=\"a;b\"; x", "text/html | charset = a;b | x" },
    { "TEXT/Html ;charset=x", "TEXT/Html | charset = x" },
    { "text/html;charset=a;Charset=b", "text/html | charset = a" },
    { "text/html; charset*=UTF-8''x", "text/html | charset = x" },
    { "text/html ;", "text/html" },
    { "text/plain, text/html", "none" },
    { "a/b, c/d; e=f", "none" },
    { "text", "none" },
    { "", "none" },
    { "; charset=x", "none" },
    { "text /html", "none" },
    { "a/b c", "none" },
    { "a/b/c", "none" },
  };
  static const char *const strict[] = { "/", "a/", "/b", "a(/b" };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  g_assert_null (soup_message_headers_get_content_type (hdrs, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *found = content_type_of (table[i][0]);
    g_assert_cmpstr (found, ==, table[i][1]);
  }
  if (differs ("libsoup asks for a slash only"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (strict); i++) {
    g_autofree char *found = content_type_of (strict[i]);
    g_assert_cmpstr (found, ==, "none");
  }
}

static void
set_content_type (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);

  soup_message_headers_set_content_type (hdrs, "text/plain", NULL);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Type"), ==, "text/plain");
  g_hash_table_insert (params, "charset", "utf-8");
  soup_message_headers_set_content_type (hdrs, "text/plain", params);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Type"), ==, "text/plain; charset=utf-8");
  g_assert_cmpstr (soup_message_headers_get_content_type (hdrs, NULL), ==, "text/plain");
  g_hash_table_insert (params, "charset", "u f");
  soup_message_headers_set_content_type (hdrs, "text/html", params);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Type"), ==, "text/html; charset=\"u f\"");
  g_assert_cmpstr (soup_message_headers_get_content_type (hdrs, NULL), ==, "text/html");
}

static void
cve_2026_3634_line_breaks_in_content_type (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);

  if (differs ("libsoup 3.2 writes line breaks into Content-Type"))
    return;
  soup_message_headers_set_content_type (hdrs, "text/plain", NULL);
  critical (soup_message_headers_set_content_type (hdrs, "text/html\r\nX-A: b", NULL));
  g_hash_table_insert (params, "charset", "a\r\nX-A: b");
  critical (soup_message_headers_set_content_type (hdrs, "text/html", params));
  critical (soup_message_headers_set_content_disposition (hdrs, "attachment", params));
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Type"), ==, "text/plain");
  g_assert_null (soup_message_headers_get_one (hdrs, "Content-Disposition"));
}

static char *
content_disposition_of (const char *header)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  char *disposition = GINT_TO_POINTER (1);
  GHashTable *params = GINT_TO_POINTER (1);
  char *found;

  soup_message_headers_append (hdrs, "Content-Disposition", header);
  g_assert_true (soup_message_headers_get_content_disposition (hdrs, &disposition, NULL));
  g_free (disposition);
  g_assert_true (soup_message_headers_get_content_disposition (hdrs, &disposition, &params));
  found = described (disposition, params);
  g_free (disposition);
  return found;
}

static void
content_dispositions (void)
{
  static const char *const table[][2] = {
    { "attachment", "attachment" },
    { "attachment; filename=foo", "attachment | filename = foo" },
    { "form-data; name=\"x\"; filename=\"y;z\"", "form-data | filename = y;z | name = x" },
    { "attachment; filename=\"../../etc/passwd\"", "attachment | filename = passwd" },
    { "attachment; filename*=UTF-8''a%2Fb", "attachment | filename = b" },
    { "attachment; filename=x; filename*=UTF-8''%C3%A9", "attachment | filename = \xc3\xa9" },
    { "attachment; filename*=UTF-8''y; filename=x", "attachment | filename = y" },
    { "attachment; filename=/", "attachment | filename = " },
    { "attachment; FileName=\"x/y\"", "attachment | FileName = y" },
    { "attachment, x; filename=y", "attachment, x | filename = y" },
    { "filename=foo", "(none) | filename = foo" },
    { "", "" },
    /* CVE-2025-32911, CVE-2025-32913 */
    { ";filename", "" },
    { "; filename=x", " | filename = x" },
    { "attachment; filename", "attachment" },
    { "attachment; filename=\"", "attachment | filename = " },
  };
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  char *disposition = GINT_TO_POINTER (1);
  GHashTable *params = GINT_TO_POINTER (1);

  g_assert_false (soup_message_headers_get_content_disposition (hdrs, &disposition, &params));
  g_assert_true (disposition == GINT_TO_POINTER (1) && params == GINT_TO_POINTER (1));
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *found = content_disposition_of (table[i][0]);
    g_assert_cmpstr (found, ==, table[i][1]);
  }
}

static void
set_content_disposition (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (params, "filename", "foo");
  soup_message_headers_set_content_disposition (hdrs, "attachment", params);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Disposition"), ==, "attachment; filename=foo");
  g_hash_table_insert (params, "filename", "\xc3\xa9");
  soup_message_headers_set_content_disposition (hdrs, "attachment", params);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Disposition"), ==,
                   "attachment; filename*=UTF-8''%C3%A9");
  g_hash_table_insert (params, "filename", NULL);
  soup_message_headers_set_content_disposition (hdrs, "attachment", params);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Disposition"), ==, "attachment; filename");
  soup_message_headers_set_content_disposition (hdrs, "inline", NULL);
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "Content-Disposition"), ==, "inline");
}

static void
misuse_that_libsoup_does_not_check (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  SoupRange *ranges, range = { 0, 1 };
  char *disposition;
  goffset a, b;
  int length;

  if (differs ("libsoup does not check for NULL"))
    return;
  critical (g_assert_cmpint (soup_message_headers_get_encoding (NULL), ==, SOUP_ENCODING_UNRECOGNIZED));
  critical (soup_message_headers_set_encoding (NULL, SOUP_ENCODING_NONE));
  critical (g_assert_cmpint (soup_message_headers_get_content_length (NULL), ==, 0));
  critical (soup_message_headers_set_content_length (NULL, 1));
  critical (soup_message_headers_set_content_length (hdrs, -1));
  critical (g_assert_cmpint (soup_message_headers_get_expectations (NULL), ==, 0));
  critical (soup_message_headers_set_expectations (NULL, 0));
  critical (g_assert_false (soup_message_headers_get_ranges (NULL, 1, &ranges, &length)));
  critical (g_assert_false (soup_message_headers_get_ranges (hdrs, 1, NULL, &length)));
  critical (g_assert_false (soup_message_headers_get_ranges (hdrs, 1, &ranges, NULL)));
  critical (soup_message_headers_set_ranges (NULL, &range, 1));
  critical (soup_message_headers_set_range (NULL, 0, 1));
  critical (g_assert_false (soup_message_headers_get_content_range (NULL, &a, &b, NULL)));
  critical (g_assert_false (soup_message_headers_get_content_range (hdrs, NULL, &b, NULL)));
  critical (g_assert_false (soup_message_headers_get_content_range (hdrs, &a, NULL, NULL)));
  critical (soup_message_headers_set_content_range (NULL, 0, 1, 2));
  critical (g_assert_null (soup_message_headers_get_content_type (NULL, NULL)));
  critical (soup_message_headers_set_content_type (NULL, "a/b", NULL));
  critical (soup_message_headers_set_content_type (hdrs, NULL, NULL));
  critical (g_assert_false (soup_message_headers_get_content_disposition (NULL, &disposition, NULL)));
  critical (soup_message_headers_set_content_disposition (NULL, "inline", NULL));
  critical (soup_message_headers_set_content_disposition (hdrs, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fields/encoding-as-the-headers-say", encoding_as_the_headers_say);
  g_test_add_func ("/fields/cve-2026-2708-content-lengths", cve_2026_2708_content_lengths);
  g_test_add_func ("/fields/encoding-as-it-was-set", encoding_as_it_was_set);
  g_test_add_func ("/fields/one-of-two-framings-stays", one_of_two_framings_stays);
  g_test_add_func ("/fields/expectations", expectations);
  g_test_add_func ("/fields/ranges", ranges);
  g_test_add_func ("/fields/ranges-strictly", ranges_strictly);
  g_test_add_func ("/fields/cve-2025-32907-thousands-of-ranges", cve_2025_32907_thousands_of_ranges);
  g_test_add_func ("/fields/cve-2026-2443-ranges-that-overflow", cve_2026_2443_ranges_that_overflow);
  g_test_add_func ("/fields/cve-2026-12549-suffix-longer-than-the-body", cve_2026_12549_suffix_longer_than_the_body);
  g_test_add_func ("/fields/set-ranges", set_ranges);
  g_test_add_func ("/fields/content-ranges", content_ranges);
  g_test_add_func ("/fields/content-types", content_types);
  g_test_add_func ("/fields/set-content-type", set_content_type);
  g_test_add_func ("/fields/cve-2026-3634-line-breaks-in-content-type", cve_2026_3634_line_breaks_in_content_type);
  g_test_add_func ("/fields/content-dispositions-cve-2025-32911-32913", content_dispositions);
  g_test_add_func ("/fields/set-content-disposition", set_content_disposition);
  g_test_add_func ("/fields/misuse-that-libsoup-does-not-check", misuse_that_libsoup_does_not_check);
  return g_test_run ();
}
