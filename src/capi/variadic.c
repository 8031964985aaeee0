/* The functions with C's "...", which stable Rust cannot define. build.rs compiles them into the library. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define G_LOG_DOMAIN "libsoup"

#include <libsoup/soup.h>

SoupServer *
soup_server_new (const char *optname1, ...)
{
  va_list args;
  va_start (args, optname1);
  SoupServer *server = SOUP_SERVER (g_object_new_valist (SOUP_TYPE_SERVER, optname1, args));
  va_end (args);
  return server;
}

SoupSession *
soup_session_new_with_options (const char *optname1, ...)
{
  va_list args;
  va_start (args, optname1);
  SoupSession *session = SOUP_SESSION (g_object_new_valist (SOUP_TYPE_SESSION, optname1, args));
  va_end (args);
  return session;
}

SoupAuthDomain *
soup_auth_domain_basic_new (const char *optname1, ...)
{
  va_list args;
  va_start (args, optname1);
  SoupAuthDomain *domain = SOUP_AUTH_DOMAIN (g_object_new_valist (SOUP_TYPE_AUTH_DOMAIN_BASIC, optname1, args));
  va_end (args);
  /* One without a realm is nobody's. */
  if (soup_auth_domain_get_realm (domain) == NULL)
    g_clear_object (&domain);
  g_return_val_if_fail (domain != NULL, NULL);
  return domain;
}

SoupAuthDomain *
soup_auth_domain_digest_new (const char *optname1, ...)
{
  va_list args;
  va_start (args, optname1);
  SoupAuthDomain *domain = SOUP_AUTH_DOMAIN (g_object_new_valist (SOUP_TYPE_AUTH_DOMAIN_DIGEST, optname1, args));
  va_end (args);
  /* One without a realm is nobody's. */
  if (soup_auth_domain_get_realm (domain) == NULL)
    g_clear_object (&domain);
  g_return_val_if_fail (domain != NULL, NULL);
  return domain;
}

G_GNUC_INTERNAL char *form_encode_pairs (const char *const *pairs, gsize count);

char *
soup_form_encode_valist (const char *first_field, va_list args)
{
  g_return_val_if_fail (first_field != NULL, NULL);

  g_autoptr (GPtrArray) pairs = g_ptr_array_new ();
  for (const char *name = first_field; name != NULL; name = va_arg (args, const char *)) {
    const char *value = va_arg (args, const char *);
    g_return_val_if_fail (value != NULL, NULL);
    g_ptr_array_add (pairs, (gpointer) name);
    g_ptr_array_add (pairs, (gpointer) value);
  }
  return form_encode_pairs ((const char *const *) pairs->pdata, pairs->len / 2);
}

char *
soup_form_encode (const char *first_field, ...)
{
  va_list args;
  va_start (args, first_field);
  char *encoded = soup_form_encode_valist (first_field, args);
  va_end (args);
  return encoded;
}

static int
default_port (const char *scheme)
{
  if (!g_strcmp0 (scheme, "http") || !g_strcmp0 (scheme, "ws"))
    return 80;
  if (!g_strcmp0 (scheme, "https") || !g_strcmp0 (scheme, "wss"))
    return 443;
  return -1;
}

GUri *
soup_uri_copy (GUri *uri, SoupURIComponent first_component, ...)
{
  g_return_val_if_fail (uri != NULL, NULL);

  const char *parts[SOUP_URI_FRAGMENT + 1] = {
    [SOUP_URI_SCHEME] = g_uri_get_scheme (uri),     [SOUP_URI_USER] = g_uri_get_user (uri),
    [SOUP_URI_PASSWORD] = g_uri_get_password (uri), [SOUP_URI_AUTH_PARAMS] = g_uri_get_auth_params (uri),
    [SOUP_URI_HOST] = g_uri_get_host (uri),         [SOUP_URI_PATH] = g_uri_get_path (uri),
    [SOUP_URI_QUERY] = g_uri_get_query (uri),       [SOUP_URI_FRAGMENT] = g_uri_get_fragment (uri),
  };
  int port = g_uri_get_port (uri);
  gboolean has_new_scheme = FALSE, has_new_port = FALSE;

  va_list args;
  va_start (args, first_component);
  /* An int: the caller's component comes through "...". */
  int component = first_component;
  while (component > SOUP_URI_NONE && component <= SOUP_URI_FRAGMENT) {
    if (component == SOUP_URI_PORT)
      port = va_arg (args, int);
    else
      parts[component] = va_arg (args, const char *);
    has_new_port |= component == SOUP_URI_PORT;
    has_new_scheme |= component == SOUP_URI_SCHEME;
    component = va_arg (args, int);
  }
  va_end (args);
  /* The port of the old scheme says nothing about the new one. */
  if (has_new_scheme && !has_new_port && port > 0 && port == default_port (g_uri_get_scheme (uri)))
    port = -1;

  return g_uri_build_with_user (g_uri_get_flags (uri), parts[SOUP_URI_SCHEME], parts[SOUP_URI_USER],
                                parts[SOUP_URI_PASSWORD], parts[SOUP_URI_AUTH_PARAMS], parts[SOUP_URI_HOST], port,
                                parts[SOUP_URI_PATH], parts[SOUP_URI_QUERY], parts[SOUP_URI_FRAGMENT]);
}

/* The signal "message" (int, GBytes) without a GValue: what is emitted lives through the emission. */
G_GNUC_INTERNAL void bisque_marshal_message (GClosure *closure,
                                             GValue *return_value,
                                             gpointer instance,
                                             va_list args,
                                             gpointer marshal_data,
                                             int n_params,
                                             GType *param_types);

void
bisque_marshal_message (GClosure *closure,
                        GValue *return_value G_GNUC_UNUSED,
                        gpointer instance,
                        va_list args,
                        gpointer marshal_data,
                        int n_params G_GNUC_UNUSED,
                        GType *param_types G_GNUC_UNUSED)
{
  typedef void (*MessageFunc) (gpointer data1, int type, gpointer message, gpointer data2);

  va_list copy;
  va_copy (copy, args);
  int type = va_arg (copy, int);
  gpointer message = va_arg (copy, gpointer);
  va_end (copy);

  GCClosure *c_closure = (GCClosure *) closure;
  MessageFunc callback = (MessageFunc) (marshal_data ? marshal_data : c_closure->callback);
  if (G_CCLOSURE_SWAP_DATA (closure))
    callback (closure->data, type, message, instance);
  else
    callback (instance, type, message, closure->data);
}
