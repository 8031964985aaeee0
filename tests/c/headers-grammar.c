/* Header values, taken apart and put together. */

#include "common.h"

static char *
joined (GSList *list)
{
  GString *string = g_string_new (NULL);

  for (GSList *item = list; item; item = item->next)
    g_string_append_printf (string, "[%s]", (char *) item->data);
  soup_header_free_list (list);
  return g_string_free (string, FALSE);
}

static void
lists (void)
{
  static const char *const table[][2] = {
    { "a, b,c ,,  d", "[a][b][c][d]" },
    { "\"a, b\", c", "[\"a, b\"][c]" },
    { "a;q=\"x,y\" , b", "[a;q=\"x,y\"][b]" },
    { " , a\t,\tb c , ", "[a][b c]" },
    { "a \"x\\\", y\" z, b", "[a \"x\\\", y\" z][b]" },
    { "a\"b,c\"d,e", "[a\"b,c\"d][e]" },
    { "\"unterminated, b", "[\"unterminated, b]" },
    { "a (comment, x), b", "[a (comment][x)][b]" },
    { ",", "" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *found = joined (soup_header_parse_list (table[i][0]));
    g_assert_cmpstr (found, ==, table[i][1]);
  }
}

static void
quality_lists (void)
{
  static const char *const table[][3] = {
    { "a;q=0.5, b, c;q=0.8", "[b][c][a]", "" },
    { "a;q=0, b;q=0.0, c;q=1", "[c]", "[b][a]" },
    { "a;q=0;level=1, b; q = 0.3", "[b]", "[a]" },
    { "text/html;level=1;q=0.7, */*;q=x", "[*/*;q=x][text/html;level=1]", "" },
    { "a;q=0.5,b;q=0.5,c;q=0.5,d", "[d][a][b][c]", "" },
    { "a;q=0.12345, b;q=.5,c;q=1.", "[b;q=.5][c][a]", "" },
    { "a;q=0001,b;q=1.5,c;q=0.9999", "[b][c]", "[a]" },
    { "gzip; q = 0.5 , b;q", "[b;q][gzip]", "" },
    { "a; q=0.4; ext=1, b;fooq=0.1", "[b;fooq=0.1][a]", "" },
    { "a;q=2", "[a;q=2]", "" },
    { "a;q=-1", "[a;q=-1]", "" },
    /* CVE-2025-46420: the elements leaked. */
    { "a;q=0, b;q=0", "", "[b][a]" },
    { "", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    GSList *unacceptable = GINT_TO_POINTER (1);
    g_autofree char *good = joined (soup_header_parse_quality_list (table[i][0], &unacceptable));
    g_autofree char *bad = joined (unacceptable);

    g_test_message ("%s", table[i][0]);
    g_assert_cmpstr (good, ==, table[i][1]);
    g_assert_cmpstr (bad, ==, table[i][2]);
    soup_header_free_list (soup_header_parse_quality_list (table[i][0], NULL));
  }
}

static void
containing (void)
{
  g_assert_true (soup_header_contains ("a, b, c", "B"));
  g_assert_true (soup_header_contains ("a  ,b", "a"));
  g_assert_true (soup_header_contains ("a,  b  ", "b"));
  g_assert_false (soup_header_contains ("a;q=1, b", "a"));
  g_assert_false (soup_header_contains ("\"a, b\"", "b"));
  g_assert_false (soup_header_contains ("ab, b", "a"));
  g_assert_false (soup_header_contains ("", "a"));
  g_assert_false (soup_header_contains ("a", ""));
#if !ON_LIBSOUP
  g_assert_true (soup_header_contains_case_sensitive ("a, B, c", "B"));
  g_assert_false (soup_header_contains_case_sensitive ("a, b, c", "B"));
  g_assert_false (soup_header_contains_case_sensitive ("\"a, b\"", "b"));
#endif
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static char *
described (GHashTable *params)
{
  GString *string = g_string_new (NULL);
  GList *names;

  if (!params)
    return g_string_free (g_string_append (string, "NULL"), FALSE);
  names = g_list_sort (g_hash_table_get_keys (params), by_name);
  for (GList *name = names; name; name = name->next) {
    const char *value = g_hash_table_lookup (params, name->data);
    g_string_append_printf (string, value ? "[%s=%s]" : "[%s]", (char *) name->data, value);
  }
  g_list_free (names);
  soup_header_free_param_list (params);
  return g_string_free (string, FALSE);
}

typedef struct {
  const char *header;
  const char *params;
  const char *strict; /* the same if NULL */
} Params;

static void
assert_params (const Params *params, GHashTable *(*parse) (const char *), GHashTable *(*parse_strict) (const char *) )
{
  g_autofree char *found = described (parse (params->header));
  g_autofree char *strict = described (parse_strict (params->header));

  g_test_message ("%s", params->header);
  g_assert_cmpstr (found, ==, params->params);
  g_assert_cmpstr (strict, ==, params->strict ? params->strict : params->params);
}

static void
param_lists (void)
{
  static const Params table[] = {
    { "a=b, c=d", "[a=b][c=d]", NULL },
    { "a, b=\"c d\", e= f , g =h", "[a][b=c d][e=f][g=h]", NULL },
    { "a=b, a=c", "[a=b]", "NULL" },
    { "a=b, A=c", "[a=b]", "NULL" },
    { "a=\"x\\\"y\\\\z\"", "[a=x\"y\\z]", NULL },
    { "a=\"b,c\",d", "[a=b,c][d]", NULL },
    { "a=\"unterminated", "[a=unterminated]", NULL },
    { "a=\"b\"c", "[a=b]", NULL },
    { "a=b c=d", "[a=b c=d]", NULL },
    { "a==b", "[a==b]", NULL },
    { "a=, b=\"\"", "[a=][b=]", NULL },
    { "=x, b", "[b]", NULL },
    { "a;b=c,d;e=f", "[a;b=c][d;e=f]", NULL },
    { "\"a\"=b", "[\"a\"=b]", NULL },
    { "", "", NULL },
    { "a*=UTF-8''%e2%82%ac%20rates", "[a=\xe2\x82\xac rates]", NULL },
    { "a*=utf-8'en'x%20y, a=z", "[a=x y]", "NULL" },
    { "a=z, a*=UTF-8'en'x%20y", "[a=x y]", "NULL" },
    { "a*=ISO-8859-1''%e9t%e9", "[a=\xc3\xa9t\xc3\xa9]", NULL },
    { "a*='x'y", "[a=y]", NULL },
    { "a*=UTF-8''", "[a=]", NULL },
    { "a*", "[a*]", NULL },
    { "*=UTF-8''x", "[*=UTF-8''x]", NULL },
    { "a*=bogus''x", "", NULL },
    { "a*=UTF-8''x%0", "", NULL },
    { "a*=UTF-8''a%00b", "", NULL },
    { "a*=x", "", NULL },
    { "a*=", "", NULL },
    { "a*=\"UTF-8''x%20y\"", "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    assert_params (&table[i], soup_header_parse_param_list, soup_header_parse_param_list_strict);
}

static void
semi_param_lists (void)
{
  static const Params table[] = {
    { "a=b; c=d", "[a=b][c=d]", NULL },
    { "a=b;a=c", "[a=b]", "NULL" },
    { "a; a", "[a]", "NULL" },
    { "form-data; name=\"x\"; filename=\"a;b\"", "[filename=a;b][form-data][name=x]", NULL },
    { "attachment; filename=a,b; x", "[attachment][filename=a,b][x]", NULL },
    { "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
      "[client_max_window_bits][permessage-deflate][server_max_window_bits=10]", NULL },
    { ";filename", "[filename]", NULL },
    { "filename=\"", "[filename=]", NULL },
    { "a=\"b\\", "[a=b\\]", NULL },
    { "a;;b", "[a][b]", NULL },
    { ";", "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    assert_params (&table[i], soup_header_parse_semi_param_list, soup_header_parse_semi_param_list_strict);
}

static void
cve_2024_52531_invalid_utf8_in_encoded_params (void)
{
  static const char *const headers[] = { "a*=UTF-8''%ff", "a*=UTF-8''%c3%28%ff%e2%82", "a*=UTF-8''%ff%ff%ff%ff%ff%ff" };

  if (differs ("libsoup 3.2 passes some of it on"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    GHashTable *params = soup_header_parse_param_list (headers[i]);
    const char *value = g_hash_table_lookup (params, "a");

    g_assert_true (g_utf8_validate (value, -1, NULL));
    g_assert_nonnull (strstr (value, "\xef\xbf\xbd"));
    soup_header_free_param_list (params);
  }
}

static void
params_are_found_in_any_case (void)
{
  GHashTable *params = soup_header_parse_param_list ("Realm=\"x\"");

  g_assert_cmpstr (g_hash_table_lookup (params, "rEALM"), ==, "x");
  soup_header_free_param_list (params);
}

static void
append_params (void)
{
  static const char *const table[][3] = {
    { "b", "n=b", "n=\"b\"" },
    { "b c", "n=\"b c\"", "n=\"b c\"" },
    { "b\"c\\", "n=\"b\\\"c\\\\\"", "n=\"b\\\"c\\\\\"" },
    { "a,b", "n=\"a,b\"", "n=\"a,b\"" },
    { "a=b", "n=\"a=b\"", "n=\"a=b\"" },
    { "", "n=", "n=\"\"" },
    { "\xc3\xa9", "n*=UTF-8''%C3%A9", "n*=UTF-8''%C3%A9" },
    { "\xff\xfe", "n=\"\xff\xfe\"", "n=\"\xff\xfe\"" },
    { NULL, "n", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GString) plain = g_string_new ("x; ");
    g_autoptr (GString) quoted = g_string_new ("y; ");

    soup_header_g_string_append_param (plain, "n", table[i][0]);
    g_assert_cmpstr (plain->str + 3, ==, table[i][1]);
    if (!table[i][2])
      continue;
    soup_header_g_string_append_param_quoted (quoted, "n", table[i][0]);
    g_assert_cmpstr (quoted->str + 3, ==, table[i][2]);
  }
}

static void
cve_2025_32050_long_quoted_params (void)
{
  g_autoptr (GString) string = g_string_new (NULL);
  g_autofree char *value = g_strnfill (1 << 20, '"');

  soup_header_g_string_append_param_quoted (string, "n", value);
  g_assert_cmpuint (string->len, ==, 4 + (2 << 20));
}

static void
misuse (void)
{
  g_autoptr (GString) string = g_string_new (NULL);

  critical (g_assert_null (soup_header_parse_list (NULL)));
  critical (g_assert_null (soup_header_parse_quality_list (NULL, NULL)));
  critical (g_assert_null (soup_header_parse_param_list (NULL)));
  critical (g_assert_null (soup_header_parse_param_list_strict (NULL)));
  critical (g_assert_null (soup_header_parse_semi_param_list (NULL)));
  critical (g_assert_null (soup_header_parse_semi_param_list_strict (NULL)));
  critical (soup_header_free_param_list (NULL));
  soup_header_free_list (NULL);
  critical (g_assert_false (soup_header_contains (NULL, "x")));
  critical (g_assert_false (soup_header_contains ("x", NULL)));
  critical (soup_header_g_string_append_param (NULL, "x", "y"));
  critical (soup_header_g_string_append_param (string, NULL, "y"));
  critical (soup_header_g_string_append_param_quoted (NULL, "x", "y"));
  critical (soup_header_g_string_append_param_quoted (string, NULL, "y"));
  critical (soup_header_g_string_append_param_quoted (string, "x", NULL));
#if !ON_LIBSOUP
  critical (g_assert_false (soup_header_contains_case_sensitive (NULL, "x")));
  critical (g_assert_false (soup_header_contains_case_sensitive ("x", NULL)));
#endif
  g_assert_cmpstr (string->str, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grammar/lists", lists);
  g_test_add_func ("/grammar/quality-lists-cve-2025-46420", quality_lists);
  g_test_add_func ("/grammar/containing", containing);
  g_test_add_func ("/grammar/param-lists", param_lists);
  g_test_add_func ("/grammar/semi-param-lists", semi_param_lists);
  g_test_add_func ("/grammar/cve-2024-52531-invalid-utf8-in-encoded-params",
                   cve_2024_52531_invalid_utf8_in_encoded_params);
  g_test_add_func ("/grammar/params-are-found-in-any-case", params_are_found_in_any_case);
  g_test_add_func ("/grammar/append-params", append_params);
  g_test_add_func ("/grammar/cve-2025-32050-long-quoted-params", cve_2025_32050_long_quoted_params);
  g_test_add_func ("/grammar/misuse", misuse);
  return g_test_run ();
}
