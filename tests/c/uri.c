/* URIs. */

#include "common.h"

static char *
decoded (const char *uri)
{
  char *type = GINT_TO_POINTER (1), *text;
  GBytes *data = soup_uri_decode_data_uri (uri, &type);
  GString *string;

  g_test_message ("%s", uri);
  if (!data) {
    g_assert_true (type == GINT_TO_POINTER (1));
    return g_strdup ("none");
  }
  string = g_string_new_len (g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  text = g_strescape (string->str, NULL);
  g_string_printf (string, "%s, %s (%" G_GSIZE_FORMAT ")", type, text, g_bytes_get_size (data));
  g_bytes_unref (data);
  g_free (type);
  g_free (text);
  return g_string_free (string, FALSE);
}

static void
assert_decoded (const char *uri, const char *expected)
{
  g_autofree char *found = decoded (uri);

  g_assert_cmpstr (found, ==, expected);
}

static void
data_uris (void)
{
  GBytes *data;

  assert_decoded ("data:text/plain,foo%20bar", "text/plain, foo bar (7)");
  assert_decoded ("data:text/plain;base64,Zm9v", "text/plain, foo (3)");
  assert_decoded ("data:,x", "text/plain;charset=US-ASCII, x (1)");
  assert_decoded ("DATA:;BASE64,Zm9v", "text/plain;charset=US-ASCII, foo (3)");
  assert_decoded ("data:text/html;charset=UTF-8;base64,PGI+", "text/html;charset=UTF-8, <b> (3)");
  assert_decoded ("data:te%78t/plain,x", "text/plain, x (1)");
  assert_decoded ("data:,a?b#c", "text/plain;charset=US-ASCII, a?b#c (5)");
  assert_decoded ("data:image/png;base64,%5aa%3d%3d", "image/png, e (1)");
  assert_decoded ("data:text/plain;base64,Zm9v%0AZm9v", "text/plain, foofoo (6)");
  assert_decoded ("data:,", "text/plain;charset=US-ASCII,  (0)");
  assert_decoded ("data:", "text/plain;charset=US-ASCII,  (0)");
  assert_decoded ("data:,%ff", "text/plain;charset=US-ASCII, \\377 (1)");
  assert_decoded ("data:text/plain;base64,", "text/plain,  (0)");
  assert_decoded ("http://x/", "none");
  assert_decoded ("", "none");
  data = soup_uri_decode_data_uri ("data:,x", NULL);
  g_bytes_unref (data);
}

static void
cve_2025_32051_malformed (void)
{
  assert_decoded ("data://foo,x", "none");
  assert_decoded ("data://", "none");
  assert_decoded ("data:%", "none");
  assert_decoded ("data:,%", "none");
  if (differs ("libsoup passes on what is left of bad base64, and parameters without a type; and lets line breaks into "
               "types"))
    return;
  assert_decoded ("data:;base64,!!!", "none");
  assert_decoded ("data:;base64,Z", "none");
  assert_decoded ("data:;base64,Zm9", "text/plain;charset=US-ASCII, fo (2)");
  assert_decoded ("data:;charset=utf-8,x", "text/plain;charset=utf-8, x (1)");
  assert_decoded ("data:text/plain%0d%0aX-A:b,x", "none");
}

static void
cve_2026_102555_nul_in_base64 (void)
{
  assert_decoded ("data:,a%00b", "text/plain;charset=US-ASCII, a (3)");
  if (differs ("libsoup reads past the NUL, or not up to it"))
    return;
  assert_decoded ("data:;base64,Zm9v%00Zm9v", "none");
}

static void
assert_equal (const char *a, const char *b, gboolean equal)
{
  g_autoptr (GUri) uri1 = g_uri_parse (a, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GUri) uri2 = g_uri_parse (b, SOUP_HTTP_URI_FLAGS, NULL);

  g_test_message ("%s %s", a, b);
  g_assert_cmpint (soup_uri_equal (uri1, uri2), ==, equal);
  g_assert_cmpint (soup_uri_equal (uri2, uri1), ==, equal);
  g_assert_true (soup_uri_equal (uri1, uri1));
}

static void
equality (void)
{
  g_autoptr (GUri) bare = g_uri_parse ("http://a", G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) slash = g_uri_parse ("http://a/", G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) port = g_uri_parse ("http://a:80/", G_URI_FLAGS_NONE, NULL);

  assert_equal ("http://a", "http://a/", TRUE);
  assert_equal ("http://a:80/", "http://a/", TRUE);
  assert_equal ("https://a:443/", "https://a/", TRUE);
  assert_equal ("ws://a:80/", "ws://a/", TRUE);
  assert_equal ("HTTP://A/", "http://a/", TRUE);
  assert_equal ("http://a/b?c#d", "http://a/b?c#d", TRUE);
  assert_equal ("http://u:p@a/", "http://u:p@a/", TRUE);
  assert_equal ("http://a/%2f", "http://a/%2F", TRUE);
  assert_equal ("http://a/%41", "http://a/A", TRUE);
  assert_equal ("http://a/b", "http://a/B", FALSE);
  assert_equal ("http://a/?x", "http://a/", FALSE);
  assert_equal ("http://a/?", "http://a/", FALSE);
  assert_equal ("http://a/#x", "http://a/#y", FALSE);
  assert_equal ("http://a/#", "http://a/", FALSE);
  assert_equal ("http://u@a/", "http://a/", FALSE);
  assert_equal ("http://u:p@a/", "http://u:q@a/", FALSE);
  assert_equal ("http://a:81/", "http://a/", FALSE);
  assert_equal ("http://a/", "https://a/", FALSE);
  assert_equal ("http://a/", "http://b/", FALSE);
  g_assert_true (soup_uri_equal (bare, slash));
  g_assert_false (soup_uri_equal (slash, port));
}

#define assert_copy(expected, ...)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GUri) copy = soup_uri_copy (uri, __VA_ARGS__);                                                          \
    g_autofree char *string = g_uri_to_string (copy);                                                                  \
    g_assert_cmpstr (string, ==, expected);                                                                            \
  }                                                                                                                    \
  G_STMT_END

static void
copies (void)
{
  g_autoptr (GUri) uri = g_uri_parse ("http://user:pass@host:81/p?q#f", SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GUri) same = soup_uri_copy (uri, SOUP_URI_NONE);

  g_assert_true (soup_uri_equal (uri, same));
  g_assert_cmpint (g_uri_get_flags (same), ==, g_uri_get_flags (uri));
  assert_copy ("http://user:pass@host:81/p?q#f", SOUP_URI_NONE);
  assert_copy ("http://user:pass@host:81/x?q#f", SOUP_URI_PATH, "/x", SOUP_URI_NONE);
  assert_copy ("http://user:pass@host/p?q#f", SOUP_URI_PORT, -1, SOUP_URI_NONE);
  assert_copy ("http://user:pass@host:99/p", SOUP_URI_PORT, 99, SOUP_URI_QUERY, NULL, SOUP_URI_FRAGMENT, NULL,
               SOUP_URI_NONE);
  assert_copy ("ws://user:pass@h2:81/p?q#f", SOUP_URI_SCHEME, "ws", SOUP_URI_HOST, "h2", SOUP_URI_NONE);
  assert_copy ("http://host:81/p?q#f", SOUP_URI_USER, NULL, SOUP_URI_PASSWORD, NULL, SOUP_URI_NONE);
  assert_copy ("http://u2:pass;ap@host:81/p?q#f", SOUP_URI_USER, "u2", SOUP_URI_AUTH_PARAMS, "ap", SOUP_URI_NONE);
  assert_copy ("http://user:p2@host:81/p?q#f2", SOUP_URI_PASSWORD, "p2", SOUP_URI_FRAGMENT, "f2", SOUP_URI_NONE);
}

static void
misuse (void)
{
  g_autoptr (GUri) uri = g_uri_parse ("http://host/", SOUP_HTTP_URI_FLAGS, NULL);

  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_null (soup_uri_decode_data_uri (NULL, NULL));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_false (soup_uri_equal (NULL, uri));
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_false (soup_uri_equal (uri, NULL));
  g_test_assert_expected_messages ();
  if (differs ("libsoup asks NULL for its flags first"))
    return;
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL, "*assertion '*' failed");
  g_assert_null (soup_uri_copy (NULL, SOUP_URI_NONE));
  g_test_assert_expected_messages ();
}

static void
a_copy_with_another_scheme (void)
{
  static const struct {
    const char *uri, *scheme;
    int port;
  } rows[] = { { "http://a:80/", "https", -1 }, { "https://a:443/", "wss", -1 }, { "http://a:81/", "https", 81 },
               { "http://a/", "https", -1 },    { "foo://a:80/", "https", 80 },  { "ws://a:80/", "http", -1 } };

  if (differs ("libsoup 3.2 keeps the port"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GUri) uri = g_uri_parse (rows[i].uri, G_URI_FLAGS_NONE, NULL);
    g_autoptr (GUri) copy = soup_uri_copy (uri, SOUP_URI_SCHEME, rows[i].scheme, SOUP_URI_NONE);
    g_autoptr (GUri) other = soup_uri_copy (uri, SOUP_URI_SCHEME, rows[i].scheme, SOUP_URI_PORT, 80, SOUP_URI_NONE);

    g_assert_cmpint (g_uri_get_port (copy), ==, rows[i].port);
    g_assert_cmpint (g_uri_get_port (other), ==, 80);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri/data", data_uris);
  g_test_add_func ("/uri/cve-2025-32051-malformed", cve_2025_32051_malformed);
  g_test_add_func ("/uri/cve-2026-102555-nul-in-base64", cve_2026_102555_nul_in_base64);
  g_test_add_func ("/uri/equality", equality);
  g_test_add_func ("/uri/copies", copies);
  g_test_add_func ("/uri/misuse", misuse);
  g_test_add_func ("/uri/a-copy-with-another-scheme", a_copy_with_another_scheme);
  return g_test_run ();
}
