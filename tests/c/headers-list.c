/* SoupMessageHeaders: the list itself. */

#include "common.h"

static SoupMessageHeaders *
request (void)
{
  return soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
}

static void
append_to_string (const char *name, const char *value, gpointer string)
{
  g_string_append_printf (string, "%s=%s;", name, value);
}

static void
assert_headers (SoupMessageHeaders *hdrs, const char *expected)
{
  g_autoptr (GString) string = g_string_new (NULL);

  soup_message_headers_foreach (hdrs, append_to_string, string);
  g_assert_cmpstr (string->str, ==, expected);
}

static void
lookup (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  g_assert_null (soup_message_headers_get_one (hdrs, "X-A"));
  g_assert_null (soup_message_headers_get_list (hdrs, "X-A"));
  soup_message_headers_append (hdrs, "X-A", "1");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "x-a"), ==, "1");
  soup_message_headers_append (hdrs, "X-B", "");
  soup_message_headers_append (hdrs, "x-a", "two, 3");
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "X-a"), ==, "two, 3");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "x-A"), ==, "1, two, 3");
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "X-B"), ==, "");
  g_assert_true (soup_message_headers_header_equals (hdrs, "x-a", "1, TWO, 3"));
  g_assert_false (soup_message_headers_header_equals (hdrs, "x-a", "1"));
  g_assert_false (soup_message_headers_header_equals (hdrs, "X-C", ""));
  g_assert_true (soup_message_headers_header_contains (hdrs, "x-a", "Two"));
  g_assert_false (soup_message_headers_header_contains (hdrs, "x-a", "tw"));
  g_assert_false (soup_message_headers_header_contains (hdrs, "X-C", "two"));
  assert_headers (hdrs, "X-A=1;X-B=;x-a=two, 3;");
}

static void
replace_remove_clear (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  soup_message_headers_append (hdrs, "X-A", "1");
  soup_message_headers_append (hdrs, "X-B", "2");
  soup_message_headers_append (hdrs, "x-a", "3");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "X-A"), ==, "1, 3");
  soup_message_headers_replace (hdrs, "X-a", "4");
  assert_headers (hdrs, "X-B=2;X-a=4;");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "X-A"), ==, "4");
  soup_message_headers_remove (hdrs, "x-B");
  soup_message_headers_remove (hdrs, "X-None");
  assert_headers (hdrs, "X-a=4;");
  soup_message_headers_replace (hdrs, "X-New", "5");
  soup_message_headers_clear (hdrs);
  soup_message_headers_clear (hdrs);
  assert_headers (hdrs, "");
}

static void
case_is_kept (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  if (differs ("libsoup writes the names that it knows in its own way"))
    return;
  soup_message_headers_append (hdrs, "hOST", "1");
  soup_message_headers_append (hdrs, "x-Last", "2");
  assert_headers (hdrs, "hOST=1;x-Last=2;");
}

static void
strings_stay_while_their_header_does (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  const char *one, *list;

  soup_message_headers_append (hdrs, "X-A", "first");
  one = soup_message_headers_get_one (hdrs, "X-A");
  for (int i = 0; i < 100; i++) {
    g_autofree char *name = g_strdup_printf ("X-%d", i);
    soup_message_headers_append (hdrs, name, "value");
  }
  g_assert_cmpstr (one, ==, "first");
  soup_message_headers_append (hdrs, "X-A", "second");
  list = soup_message_headers_get_list (hdrs, "X-A");
  for (int i = 0; i < 50; i++) {
    g_autofree char *name = g_strdup_printf ("X-%d", i);
    soup_message_headers_append (hdrs, name, "again");
    g_assert_cmpstr (soup_message_headers_get_list (hdrs, name), ==, "value, again");
    soup_message_headers_remove (hdrs, name);
  }
  g_assert_cmpstr (list, ==, "first, second");
  g_assert_true (soup_message_headers_get_list (hdrs, "x-a") == list);
  g_assert_cmpstr (one, ==, "first");
}

static void
any_bytes_but_line_breaks (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  soup_message_headers_append (hdrs, "X-A", "\xff\xfe \x01");
  soup_message_headers_append (hdrs, "X-A", "\xc3\xa9");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "X-A"), ==, "\xff\xfe \x01, \xc3\xa9");
}

static void
assert_refused (SoupMessageHeaders *hdrs, const char *name, const char *value)
{
  g_autoptr (GString) before = g_string_new (NULL);

  soup_message_headers_foreach (hdrs, append_to_string, before);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*append: assertion * failed");
  soup_message_headers_append (hdrs, name, value);
  g_test_assert_expected_messages ();
  assert_headers (hdrs, before->str);
}

static void
cve_2026_1536_line_breaks (void)
{
  static const char *const values[] = { "a\r\nX-B: c", "a\nb", "a\rb", "a\r\n b", "\r", NULL };
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  soup_message_headers_append (hdrs, "X-A", "1");
  for (int i = 0; values[i]; i++)
    assert_refused (hdrs, "Content-Disposition", values[i]);
  if (differs ("libsoup's replace() has removed the old header when it refuses the new one"))
    return;
  for (int i = 0; values[i]; i++) {
    g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*replace: assertion * failed");
    soup_message_headers_replace (hdrs, "X-A", values[i]);
    g_test_assert_expected_messages ();
    assert_headers (hdrs, "X-A=1;");
  }
}

static void
names_are_tokens (void)
{
  static const char *const names[] = { "", "a b", "a:", "a\r\n", "a\tb", NULL };
  static const char *const more[] = { "a(b", "\xc3\xa9", "a\x7f", "a\x01", "\"a\"", NULL };
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  for (int i = 0; names[i]; i++)
    assert_refused (hdrs, names[i], "x");
  if (differs ("libsoup refuses only blanks, line breaks and colons in names"))
    return;
  for (int i = 0; more[i]; i++)
    assert_refused (hdrs, more[i], "x");
}

static void
cve_2025_14523_second_host (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  g_autoptr (SoupMessageHeaders) response = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);

  soup_message_headers_append (response, "Host", "a");
  soup_message_headers_append (response, "Host", "b");
  g_assert_cmpstr (soup_message_headers_get_list (response, "Host"), ==, "a, b");

  soup_message_headers_append (hdrs, "Host", "a");
  soup_message_headers_replace (hdrs, "Host", "b");
  if (differs ("libsoup 3.2 adds a second Host to a request"))
    return;
  assert_refused (hdrs, "host", "c");
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "Host"), ==, "b");
}

static void
iterators (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  SoupMessageHeadersIter iter;
  const char *name = "untouched", *value = "untouched";

  g_assert_cmpuint (sizeof iter, ==, 3 * sizeof (gpointer));
  soup_message_headers_iter_init (&iter, hdrs);
  g_assert_false (soup_message_headers_iter_next (&iter, &name, &value));
  g_assert_cmpstr (name, ==, "untouched");
  g_assert_cmpstr (value, ==, "untouched");

  soup_message_headers_append (hdrs, "X-A", "1");
  soup_message_headers_append (hdrs, "X-B", "2");
  soup_message_headers_iter_init (&iter, hdrs);
  g_assert_true (soup_message_headers_iter_next (&iter, &name, &value));
  g_assert_cmpstr (name, ==, "X-A");
  g_assert_cmpstr (value, ==, "1");
  g_assert_true (soup_message_headers_iter_next (&iter, &name, &value));
  g_assert_cmpstr (name, ==, "X-B");
  g_assert_cmpstr (value, ==, "2");
  g_assert_false (soup_message_headers_iter_next (&iter, &name, &value));
  g_assert_false (soup_message_headers_iter_next (&iter, &name, &value));
}

static void
widespread_names_come_first (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  static const char *const walk[] = { "Via", "Host", "Via", "X-B", "X-A" };
  SoupMessageHeadersIter iter;
  const char *name, *value;

  soup_message_headers_append (hdrs, "X-B", "1");
  soup_message_headers_append (hdrs, "Via", "2");
  soup_message_headers_append (hdrs, "X-A", "3");
  soup_message_headers_append (hdrs, "Host", "4");
  soup_message_headers_append (hdrs, "Via", "5");
  soup_message_headers_iter_init (&iter, hdrs);
  for (guint i = 0; i < G_N_ELEMENTS (walk); i++) {
    g_assert_true (soup_message_headers_iter_next (&iter, &name, &value));
    g_assert_cmpstr (name, ==, walk[i]);
  }
  g_assert_false (soup_message_headers_iter_next (&iter, &name, &value));
  assert_headers (hdrs, "Via=2;Host=4;Via=5;X-B=1;X-A=3;");
}

static void
types_and_references (void)
{
  for (int type = SOUP_MESSAGE_HEADERS_REQUEST; type <= SOUP_MESSAGE_HEADERS_MULTIPART; type++) {
    g_autoptr (SoupMessageHeaders) hdrs = soup_message_headers_new (type);
    GValue value = G_VALUE_INIT;

    g_assert_cmpint (soup_message_headers_get_headers_type (hdrs), ==, type);
    g_assert_true (soup_message_headers_ref (hdrs) == hdrs);
    soup_message_headers_unref (hdrs);
    g_value_init (&value, SOUP_TYPE_MESSAGE_HEADERS);
    g_value_set_boxed (&value, hdrs);
    g_assert_true (g_value_get_boxed (&value) == hdrs);
    soup_message_headers_append (g_value_get_boxed (&value), "X-A", "1");
    g_value_unset (&value);
    assert_headers (hdrs, "X-A=1;");
  }
}

static gpointer
count_references (gpointer hdrs)
{
  for (int i = 0; i < 20000; i++)
    soup_message_headers_unref (soup_message_headers_ref (hdrs));
  return NULL;
}

static void
references_are_counted_atomically (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new (NULL, count_references, hdrs);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  assert_headers (hdrs, "");
}

static void
connection_headers (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  soup_message_headers_append (hdrs, "X-Keep", "1");
  soup_message_headers_append (hdrs, "X-Hop", "2");
  soup_message_headers_append (hdrs, "Keep-Alive", "3");
  soup_message_headers_append (hdrs, "x-hop", "4");
  soup_message_headers_clean_connection_headers (hdrs);
  g_assert_cmpstr (soup_message_headers_get_list (hdrs, "X-Hop"), ==, "2, 4");
  soup_message_headers_append (hdrs, "Connection", "keep-alive, X-Hop, x-none, close");
  soup_message_headers_clean_connection_headers (hdrs);
  g_assert_null (soup_message_headers_get_one (hdrs, "X-Hop"));
  g_assert_null (soup_message_headers_get_one (hdrs, "Keep-Alive"));
  g_assert_cmpstr (soup_message_headers_get_one (hdrs, "X-Keep"), ==, "1");
  g_assert_nonnull (soup_message_headers_get_one (hdrs, "Connection"));
}

static void
misuse (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();

  critical (soup_message_headers_append (hdrs, NULL, "x"));
  critical (soup_message_headers_append (hdrs, "X", NULL));
  critical (soup_message_headers_remove (hdrs, NULL));
  critical (g_assert_null (soup_message_headers_get_one (hdrs, NULL)));
  critical (g_assert_null (soup_message_headers_get_list (hdrs, NULL)));
  critical (g_assert_false (soup_message_headers_header_contains (hdrs, NULL, "x")));
  critical (g_assert_false (soup_message_headers_header_equals (hdrs, NULL, "x")));
  assert_headers (hdrs, "");
}

static void
misuse_that_libsoup_does_not_check (void)
{
  g_autoptr (SoupMessageHeaders) hdrs = request ();
  SoupMessageHeadersIter iter;
  const char *text;

  if (differs ("libsoup does not check for NULL headers"))
    return;
  critical (g_assert_null (soup_message_headers_new (77)));
  critical (g_assert_null (soup_message_headers_ref (NULL)));
  critical (soup_message_headers_unref (NULL));
  critical (g_assert_cmpint (soup_message_headers_get_headers_type (NULL), ==, 0));
  critical (soup_message_headers_append (NULL, "X", "x"));
  critical (soup_message_headers_replace (NULL, "X", "x"));
  critical (soup_message_headers_replace (hdrs, NULL, "x"));
  critical (soup_message_headers_replace (hdrs, "X", NULL));
  critical (soup_message_headers_remove (NULL, "X"));
  critical (soup_message_headers_clear (NULL));
  critical (soup_message_headers_clean_connection_headers (NULL));
  critical (g_assert_null (soup_message_headers_get_one (NULL, "X")));
  critical (g_assert_null (soup_message_headers_get_list (NULL, "X")));
  critical (g_assert_false (soup_message_headers_header_contains (NULL, "X", "x")));
  critical (g_assert_false (soup_message_headers_header_contains (hdrs, "X", NULL)));
  critical (g_assert_false (soup_message_headers_header_equals (NULL, "X", "x")));
  critical (g_assert_false (soup_message_headers_header_equals (hdrs, "X", NULL)));
  critical (soup_message_headers_foreach (NULL, append_to_string, NULL));
  critical (soup_message_headers_foreach (hdrs, NULL, NULL));
  critical (soup_message_headers_iter_init (NULL, hdrs));
  critical (soup_message_headers_iter_init (&iter, NULL));
  critical (g_assert_false (soup_message_headers_iter_next (NULL, &text, &text)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/headers/lookup", lookup);
  g_test_add_func ("/headers/replace-remove-clear", replace_remove_clear);
  g_test_add_func ("/headers/case-is-kept", case_is_kept);
  g_test_add_func ("/headers/strings-stay-while-their-header-does", strings_stay_while_their_header_does);
  g_test_add_func ("/headers/any-bytes-but-line-breaks", any_bytes_but_line_breaks);
  g_test_add_func ("/headers/cve-2026-1536-line-breaks", cve_2026_1536_line_breaks);
  g_test_add_func ("/headers/names-are-tokens", names_are_tokens);
  g_test_add_func ("/headers/cve-2025-14523-second-host", cve_2025_14523_second_host);
  g_test_add_func ("/headers/iterators", iterators);
  g_test_add_func ("/headers/widespread-names-come-first", widespread_names_come_first);
  g_test_add_func ("/headers/types-and-references", types_and_references);
  g_test_add_func ("/headers/references-are-counted-atomically", references_are_counted_atomically);
  g_test_add_func ("/headers/connection-headers", connection_headers);
  g_test_add_func ("/headers/misuse", misuse);
  g_test_add_func ("/headers/misuse-that-libsoup-does-not-check", misuse_that_libsoup_does_not_check);
  return g_test_run ();
}
