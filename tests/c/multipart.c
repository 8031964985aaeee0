/* Bodies of several parts, and forms. */

#include "common.h"

#define TYPE "multipart/form-data; boundary=b"

static SoupMultipart *
parse (const char *type, const char *text)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  SoupMultipart *multipart;

  if (type)
    soup_message_headers_append (headers, "Content-Type", type);
  multipart = soup_multipart_new_from_message (headers, body);
  soup_message_headers_unref (headers);
  return multipart;
}

/* "HEADER=VALUE,...:DATA", with "|" between the parts; NULL for no multipart. */
static char *
described (SoupMultipart *multipart)
{
  GString *text;

  if (!multipart)
    return NULL;
  text = g_string_new (NULL);
  for (int i = 0; i < soup_multipart_get_length (multipart); i++) {
    SoupMessageHeaders *headers;
    GBytes *body;
    SoupMessageHeadersIter iter;
    const char *name, *value;

    g_assert_true (soup_multipart_get_part (multipart, i, &headers, &body));
    g_assert_cmpint (soup_message_headers_get_headers_type (headers), ==, SOUP_MESSAGE_HEADERS_MULTIPART);
    if (i > 0)
      g_string_append_c (text, '|');
    soup_message_headers_iter_init (&iter, headers);
    while (soup_message_headers_iter_next (&iter, &name, &value))
      g_string_append_printf (text, "%s=%s,", name, value);
    g_string_append_c (text, ':');
    g_string_append_len (text, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  }
  return g_string_free (text, FALSE);
}

static void
expect (const char *type, const char *text, const char *parts)
{
  SoupMultipart *multipart = parse (type, text);
  g_autofree char *found = described (multipart);

  g_assert_cmpstr (found, ==, parts);
  g_clear_pointer (&multipart, soup_multipart_free);
}

static void
parts_of_a_message (void)
{
  expect (TYPE, "--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", "A=1,:one|:two");
  expect (TYPE, "pre\r\n--b\r\n\r\none\r\n--b--\r\npost", ":one");
  expect (TYPE, "--b\r\n\r\n\r\n--b--\r\n", ":");
  expect (TYPE, "--b\r\n\r\nx\r\n--bb\r\ny\r\n--b--\r\n", ":x\r\n--bb\r\ny");
  expect ("multipart/mixed; boundary=\"b\"", "--b\r\n\r\nx\r\n--b--\r\n", ":x");
  expect (TYPE, "--b--\r\n", "");
}

static void
messages_without_parts (void)
{
  expect (TYPE, "", NULL);
  expect (TYPE, "--b\r\nA: 1\r\n\r\none\r\n", NULL);
  expect (NULL, "--b\r\n\r\nx\r\n--b--\r\n", NULL);
  expect ("text/plain; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n", NULL);
  expect ("multipart/mixed", "--b\r\n\r\nx\r\n--b--\r\n", NULL);
  if (differs ("headers that are none make a part invalid"))
    return;
  expect (TYPE, "--b\r\nfoo\r\n\r\nx\r\n--b--\r\n", NULL);
}

static void
too_many_parts (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (differs ("the number of parts is limited"))
    return;
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "--b\r\n\r\n\r\n");
  g_string_append (text, "--b--\r\n");
  expect (TYPE, text->str, NULL);
}

static void
written_and_read (void)
{
  SoupMultipart *multipart = soup_multipart_new (SOUP_FORM_MIME_TYPE_MULTIPART), *again, *copy;
  SoupMessageHeaders *part = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (GBytes) data = g_bytes_new_static ("DATA", 4);
  g_autoptr (GBytes) body = NULL;
  g_autofree char *before = NULL, *after = NULL, *copied = NULL;

  soup_multipart_append_form_string (multipart, "na\"me", "va\r\nlue");
  soup_multipart_append_form_string (multipart, "ä", "ö");
  soup_multipart_append_form_file (multipart, "f", "fi le.txt", "text/plain", data);
  soup_multipart_append_form_file (multipart, "g", "x", NULL, data);
  soup_message_headers_append (part, "X-A", "1");
  soup_multipart_append_part (multipart, part, data);
  soup_message_headers_append (part, "X-B", "2");
  before = described (multipart);
  g_assert_cmpstr (before, ==,
                   "Content-Disposition=form-data; name=\"na\\\"me\",:va\r\nlue|"
                   "Content-Disposition=form-data; name*=UTF-8''%C3%A4,:ö|"
                   "Content-Disposition=form-data; name=\"f\"; filename=\"fi le.txt\",Content-Type=text/plain,:DATA|"
                   "Content-Disposition=form-data; name=\"g\"; filename=\"x\",:DATA|X-A=1,:DATA");

  soup_message_headers_append (headers, "Content-Type", "text/plain");
  soup_multipart_to_message (multipart, headers, &body);
  g_assert_true (
      g_str_has_prefix (soup_message_headers_get_list (headers, "Content-Type"), "multipart/form-data; boundary="));
  again = soup_multipart_new_from_message (headers, body);
  after = described (again);
  g_assert_cmpstr (after, ==, before);
  copy = g_boxed_copy (SOUP_TYPE_MULTIPART, again);
  soup_multipart_free (again);
  copied = described (copy);
  g_assert_cmpstr (copied, ==, before);
  g_boxed_free (SOUP_TYPE_MULTIPART, copy);

  soup_multipart_free (multipart);
  soup_message_headers_unref (part);
  soup_message_headers_unref (headers);
}

static void
forms_of_parts (void)
{
  SoupMultipart *multipart = parse (
      TYPE,
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x/y.txt\"\r\nContent-Type: text/x; q=1\r\n"
      "\r\nDATA\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntwo\r\n"
      "--b\r\nContent-Disposition: attachment; name=\"c\"\r\n\r\nno\r\n"
      "--b\r\n\r\nno\r\n--b--\r\n");
  GHashTable *table, *none;
  g_autofree char *name = NULL, *type = NULL;
  g_autoptr (GBytes) file = NULL;

  table = soup_form_decode_multipart (multipart, "file", &name, &type, &file);
  g_assert_cmpuint (g_hash_table_size (table), ==, 1);
  g_assert_cmpstr (g_hash_table_lookup (table, "a"), ==, "two");
  g_assert_cmpstr (type, ==, "text/x");
  g_assert_cmpmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), "DATA", 4);
  g_assert_true (g_str_has_suffix (name, "y.txt"));
  if (!differs ("who wants no file need not ask for one")) {
    g_assert_cmpstr (name, ==, "y.txt");
    none = soup_form_decode_multipart (multipart, NULL, NULL, NULL, NULL);
    g_assert_cmpuint (g_hash_table_size (none), ==, 2);
    g_assert_cmpstr (g_hash_table_lookup (none, "file"), ==, "DATA");
    /* libsoup frees what is not its own. */
    g_hash_table_unref (none);
    g_hash_table_unref (table);
    soup_multipart_free (multipart);
  }
}

static char *
encode_list (const char *first, ...)
{
  va_list args;
  char *text;

  va_start (args, first);
  text = soup_form_encode_valist (first, args);
  va_end (args);
  return text;
}

static void
url_encoded_forms (void)
{
  g_autoptr (GHashTable) table = soup_form_decode ("a=b&c=d+e%20f&a=x&noeq&bad=%4&n=&=e");
  g_autoptr (GHashTable) fields = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *text = soup_form_encode ("a b", "c&d", "ä", "~!*'()-._", "", "", NULL);
  g_autofree char *list = encode_list ("x", "1", "x", "2", NULL);
  g_autofree char *of_table = NULL, *of_data = NULL;
  GData *data;

  g_assert_cmpuint (g_hash_table_size (table), ==, 4);
  g_assert_cmpstr (g_hash_table_lookup (table, "a"), ==, "x");
  g_assert_cmpstr (g_hash_table_lookup (table, "c"), ==, "d e f");
  g_assert_cmpstr (g_hash_table_lookup (table, "n"), ==, "");
  g_assert_cmpstr (g_hash_table_lookup (table, ""), ==, "e");
  g_assert_cmpstr (text, ==, "a+b=c%26d&%C3%A4=%7E%21%2A%27%28%29-._&=");
  g_assert_cmpstr (list, ==, "x=1&x=2");

  g_hash_table_insert (fields, (gpointer) "k", (gpointer) "v w");
  of_table = soup_form_encode_hash (fields);
  g_assert_cmpstr (of_table, ==, "k=v+w");
  g_datalist_init (&data);
  g_datalist_set_data (&data, "one", (gpointer) "1");
  g_datalist_set_data (&data, "two", (gpointer) "2 3");
  of_data = soup_form_encode_datalist (&data);
  g_assert_cmpstr (of_data, ==, "one=1&two=2+3");
  g_datalist_clear (&data);
}

static const char *
request_header (SoupMessage *message, const char *name)
{
  return soup_message_headers_get_one (soup_message_get_request_headers (message), name);
}

static void
requests_with_forms (void)
{
  static const char *const methods[] = { "POST", "PUT" };
  /* A form that goes into the query stays the caller's. */
  g_autofree char *query = g_strdup ("a=b");
  g_autoptr (SoupMessage) get = soup_message_new_from_encoded_form ("GET", "http://a/x?old=1#f", query);
  g_autofree char *uri = g_uri_to_string (soup_message_get_uri (get));

  g_assert_cmpstr (uri, ==, "http://a/x?a=b#f");
  g_assert_null (request_header (get, "Content-Type"));
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_autoptr (SoupMessage) message =
      soup_message_new_from_encoded_form (methods[i], "http://a/x?old=1", g_strdup ("a=b"));

    g_assert_cmpstr (soup_message_get_method (message), ==, methods[i]);
    g_assert_cmpstr (g_uri_get_query (soup_message_get_uri (message)), ==, "old=1");
    g_assert_cmpstr (request_header (message, "Content-Type"), ==, SOUP_FORM_MIME_TYPE_URLENCODED);
    g_assert_cmpstr (request_header (message, "Content-Length"), ==, "3");
  }
  g_assert_null (soup_message_new_from_encoded_form ("GET", "nonsense", g_strdup ("a=b")));
}

static void
request_with_parts (void)
{
  SoupMultipart *multipart = soup_multipart_new (SOUP_FORM_MIME_TYPE_MULTIPART);
  g_autoptr (SoupMessage) message = NULL;

  soup_multipart_append_form_string (multipart, "a", "b");
  message = soup_message_new_from_multipart ("http://a/", multipart);
  g_assert_cmpstr (soup_message_get_method (message), ==, "POST");
  g_assert_true (g_str_has_prefix (request_header (message, "Content-Type"), "multipart/form-data; boundary="));
  g_assert_cmpint (soup_message_headers_get_content_length (soup_message_get_request_headers (message)), >, 50);
  g_assert_null (soup_message_new_from_multipart ("nonsense", multipart));
  soup_multipart_free (multipart);
}

static void
misuse (void)
{
  SoupMultipart *multipart = soup_multipart_new ("multipart/mixed");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_MULTIPART);
  GBytes *body = NULL;

  if (!differs ("every argument is checked")) {
    critical (g_assert_null (soup_multipart_new (NULL)));
    critical (g_assert_null (soup_multipart_new_from_message (NULL, bytes)));
    critical (g_assert_null (soup_multipart_new_from_message (headers, NULL)));
    critical (g_assert_cmpint (soup_multipart_get_length (NULL), ==, 0));
    critical (g_assert_false (soup_multipart_get_part (NULL, 0, NULL, NULL)));
    g_assert_false (soup_multipart_get_part (multipart, 0, NULL, NULL));
    g_assert_false (soup_multipart_get_part (multipart, -1, NULL, NULL));
    critical (soup_multipart_append_part (multipart, NULL, bytes));
    critical (soup_multipart_append_part (multipart, headers, NULL));
    critical (soup_multipart_append_form_string (multipart, NULL, "x"));
    critical (soup_multipart_append_form_string (multipart, "line\r\nbreak", "x"));
    critical (soup_multipart_append_form_file (multipart, "x", "y", "line\r\nbreak", bytes));
    critical (soup_multipart_append_form_file (multipart, "x", "y", NULL, NULL));
    critical (soup_multipart_to_message (multipart, NULL, &body));
    critical (soup_multipart_to_message (multipart, headers, NULL));
    critical (soup_multipart_free (NULL));
    critical (g_assert_null (soup_message_new_from_encoded_form ("HEAD", "http://a/", (char *) "a=b")));
    critical (g_assert_null (soup_message_new_from_encoded_form ("GET", "http://a/", NULL)));
    critical (g_assert_null (soup_message_new_from_multipart ("http://a/", NULL)));
    critical (g_assert_null (soup_form_decode (NULL)));
    critical (g_assert_null (soup_form_decode_multipart (NULL, NULL, NULL, NULL, NULL)));
    critical (g_assert_null (soup_form_encode_hash (NULL)));
    critical (g_assert_null (soup_form_encode_datalist (NULL)));
    g_assert_cmpint (soup_multipart_get_length (multipart), ==, 0);
  }
  soup_message_headers_unref (headers);
  soup_multipart_free (multipart);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multipart/parts", parts_of_a_message);
  g_test_add_func ("/multipart/no-parts", messages_without_parts);
  g_test_add_func ("/multipart/too-many-parts", too_many_parts);
  g_test_add_func ("/multipart/written-and-read", written_and_read);
  g_test_add_func ("/multipart/forms", forms_of_parts);
  g_test_add_func ("/form/url-encoded", url_encoded_forms);
  g_test_add_func ("/form/requests", requests_with_forms);
  g_test_add_func ("/multipart/request", request_with_parts);
  g_test_add_func ("/multipart/misuse", misuse);
  return g_test_run ();
}
