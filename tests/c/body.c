/* SoupMessageBody. */

#include "common.h"

#define assert_state(body, expected_data, expected_length)                                                             \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_cmpstr ((body)->data, ==, expected_data);                                                                 \
    g_assert_cmpint ((body)->length, ==, expected_length);                                                             \
  }                                                                                                                    \
  G_STMT_END

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  gsize size;
  const char *data;

  if (!expected) {
    g_assert_null (bytes);
    return;
  }
  g_assert_nonnull (bytes);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpmem (data, size, expected, strlen (expected));
  g_bytes_unref (bytes);
}

static void
appending (void)
{
  SoupMessageBody *body = soup_message_body_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("kl", 2);

  assert_state (body, NULL, 0);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "abc", 3);
  soup_message_body_append (body, SOUP_MEMORY_STATIC, "defg", 4);
  soup_message_body_append (body, SOUP_MEMORY_TAKE, g_strdup ("hi"), 2);
  soup_message_body_append_take (body, (guchar *) g_strdup ("j"), 1);
  soup_message_body_append_bytes (body, bytes);
  assert_state (body, NULL, 12);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "", 0);
  soup_message_body_append (body, SOUP_MEMORY_COPY, NULL, 0);
  soup_message_body_append (body, SOUP_MEMORY_TAKE, g_strdup (""), 0);
  soup_message_body_append_take (body, (guchar *) g_strdup (""), 0);
  assert_state (body, NULL, 12);
  assert_bytes (soup_message_body_get_chunk (body, 12), NULL);
  assert_bytes (soup_message_body_flatten (body), "abcdefghijkl");
  assert_state (body, "abcdefghijkl", 12);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "m", 1);
  assert_state (body, NULL, 13);
  assert_bytes (soup_message_body_flatten (body), "abcdefghijklm");
  assert_bytes (soup_message_body_flatten (body), "abcdefghijklm");
  assert_state (body, "abcdefghijklm", 13);
  soup_message_body_truncate (body);
  assert_state (body, NULL, 0);
  assert_bytes (soup_message_body_flatten (body), "");
  assert_state (body, "", 0);
  soup_message_body_unref (body);
}

static void
chunks (void)
{
  SoupMessageBody *body = soup_message_body_new ();

  assert_bytes (soup_message_body_get_chunk (body, 0), NULL);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "abc", 3);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "defg", 4);
  assert_bytes (soup_message_body_get_chunk (body, 0), "abc");
  assert_bytes (soup_message_body_get_chunk (body, 1), "bc");
  assert_bytes (soup_message_body_get_chunk (body, 3), "defg");
  assert_bytes (soup_message_body_get_chunk (body, 5), "fg");
  assert_bytes (soup_message_body_get_chunk (body, 7), NULL);
  soup_message_body_complete (body);
  assert_state (body, NULL, 7);
  assert_bytes (soup_message_body_get_chunk (body, 7), "");
  assert_bytes (soup_message_body_get_chunk (body, 8), NULL);
  assert_bytes (soup_message_body_get_chunk (body, -1), NULL);
  assert_bytes (soup_message_body_flatten (body), "abcdefg");
  assert_bytes (soup_message_body_get_chunk (body, 0), "abc");
  soup_message_body_append (body, SOUP_MEMORY_COPY, "h", 1);
  assert_bytes (soup_message_body_get_chunk (body, 7), "");
  assert_bytes (soup_message_body_get_chunk (body, 8), NULL);
  soup_message_body_unref (body);
}

static void
without_accumulation (void)
{
  SoupMessageBody *body = soup_message_body_new ();
  g_autoptr (GBytes) got = g_bytes_new_static ("zz", 2);
  GBytes *chunk;

  g_assert_true (soup_message_body_get_accumulate (body));
  soup_message_body_set_accumulate (body, FALSE);
  g_assert_false (soup_message_body_get_accumulate (body));
  soup_message_body_append (body, SOUP_MEMORY_COPY, "abc", 3);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "def", 3);
  chunk = soup_message_body_get_chunk (body, 0);
  soup_message_body_wrote_chunk (body, chunk);
  assert_bytes (chunk, "abc");
  assert_state (body, NULL, 6);
  assert_bytes (soup_message_body_get_chunk (body, 0), NULL);
  assert_bytes (soup_message_body_get_chunk (body, 3), "def");
  assert_bytes (soup_message_body_get_chunk (body, 4), "ef");
  soup_message_body_got_chunk (body, got);
  assert_state (body, NULL, 6);
  soup_message_body_complete (body);
  assert_bytes (soup_message_body_get_chunk (body, 6), "");
  critical (g_assert_null (soup_message_body_flatten (body)));
  soup_message_body_set_accumulate (body, TRUE);
  soup_message_body_truncate (body);
  soup_message_body_got_chunk (body, got);
  soup_message_body_wrote_chunk (body, got);
  assert_bytes (soup_message_body_get_chunk (body, 0), "zz");
  soup_message_body_unref (body);
}

static void
references (void)
{
  SoupMessageBody *body = soup_message_body_new ();
  GValue value = G_VALUE_INIT;
  GBytes *flat;

  g_assert_true (soup_message_body_ref (body) == body);
  soup_message_body_unref (body);
  g_value_init (&value, SOUP_TYPE_MESSAGE_BODY);
  g_value_set_boxed (&value, body);
  g_assert_true (g_value_get_boxed (&value) == body);
  g_value_unset (&value);
  soup_message_body_append (body, SOUP_MEMORY_COPY, "abc", 3);
  flat = soup_message_body_flatten (body);
  g_assert_true (g_bytes_get_data (flat, NULL) == body->data);
  soup_message_body_unref (body);
  assert_bytes (flat, "abc");
}

static void
misuse_that_libsoup_does_not_check (void)
{
  SoupMessageBody *body;
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);

  if (differs ("libsoup does not check for NULL"))
    return;
  body = soup_message_body_new ();
  critical (g_assert_null (soup_message_body_ref (NULL)));
  critical (soup_message_body_unref (NULL));
  critical (soup_message_body_set_accumulate (NULL, TRUE));
  critical (g_assert_false (soup_message_body_get_accumulate (NULL)));
  critical (soup_message_body_append (NULL, SOUP_MEMORY_COPY, "a", 1));
  critical (soup_message_body_append (body, SOUP_MEMORY_COPY, NULL, 1));
  critical (soup_message_body_append (body, 77, "a", 1));
  critical (soup_message_body_append_take (NULL, NULL, 0));
  critical (soup_message_body_append_take (body, NULL, 1));
  critical (soup_message_body_append_bytes (NULL, empty));
  critical (soup_message_body_append_bytes (body, NULL));
  critical (soup_message_body_append_bytes (body, empty));
  critical (soup_message_body_truncate (NULL));
  critical (soup_message_body_complete (NULL));
  critical (g_assert_null (soup_message_body_flatten (NULL)));
  critical (g_assert_null (soup_message_body_get_chunk (NULL, 0)));
  critical (soup_message_body_got_chunk (NULL, empty));
  critical (soup_message_body_got_chunk (body, NULL));
  critical (soup_message_body_wrote_chunk (NULL, empty));
  critical (soup_message_body_wrote_chunk (body, NULL));
  assert_state (body, NULL, 0);
  soup_message_body_unref (body);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/body/appending", appending);
  g_test_add_func ("/body/chunks", chunks);
  g_test_add_func ("/body/without-accumulation", without_accumulation);
  g_test_add_func ("/body/references", references);
  g_test_add_func ("/body/misuse-that-libsoup-does-not-check", misuse_that_libsoup_does_not_check);
  return g_test_run ();
}
