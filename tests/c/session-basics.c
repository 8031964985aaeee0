/* SoupSession: its properties, its features, and classes derived from it. */

#include "common.h"

static void
shape (void)
{
  GTypeQuery query;

  g_type_query (SOUP_TYPE_SESSION, &query);
  g_assert_cmpstr (query.type_name, ==, "SoupSession");
  g_assert_cmpuint (query.instance_size, ==, sizeof (SoupSession));
  g_assert_cmpuint (query.class_size, ==, sizeof (SoupSessionClass));
  g_assert_cmpuint (sizeof (SoupSession), ==, 24);
  g_assert_cmpuint (sizeof (SoupSessionClass), ==, 216);
  g_assert_true (G_TYPE_IS_INTERFACE (SOUP_TYPE_SESSION_FEATURE));
  g_assert_cmpstr (g_quark_to_string (SOUP_SESSION_ERROR), ==, "soup-session-error-quark");
}

static void
defaults (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();

  g_assert_cmpuint (soup_session_get_timeout (session), ==, 60);
  g_assert_cmpuint (soup_session_get_idle_timeout (session), ==, 60);
  g_assert_cmpuint (soup_session_get_max_conns (session), ==, 10);
  g_assert_cmpuint (soup_session_get_max_conns_per_host (session), ==, 2);
  g_assert_null (soup_session_get_user_agent (session));
  g_assert_null (soup_session_get_accept_language (session));
  g_assert_false (soup_session_get_accept_language_auto (session));
  g_assert_true (soup_session_get_proxy_resolver (session) == g_proxy_resolver_get_default ());
  g_assert_true (G_IS_TLS_DATABASE (soup_session_get_tls_database (session)));
  g_assert_null (soup_session_get_tls_interaction (session));
  g_assert_null (soup_session_get_local_address (session));
  g_assert_null (soup_session_get_remote_connectable (session));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
  g_assert_null (soup_session_get_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
}

static void
options (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketConnectable) place = g_network_address_new ("localhost", 1);
  g_autoptr (SoupSession) session
      = soup_session_new_with_options ("user-agent", "agent", "timeout", 7, "max-conns", 3, "max-conns-per-host", 1,
                                       "idle-timeout", 9, "accept-language", "de", "proxy-resolver", NULL,
                                       "local-address", address, "remote-connectable", place, "tls-database", NULL,
                                       NULL);

  g_assert_cmpstr (soup_session_get_user_agent (session), ==, "agent");
  g_assert_cmpuint (soup_session_get_timeout (session), ==, 7);
  g_assert_cmpuint (soup_session_get_max_conns (session), ==, 3);
  g_assert_cmpuint (soup_session_get_max_conns_per_host (session), ==, 1);
  g_assert_cmpuint (soup_session_get_idle_timeout (session), ==, 9);
  g_assert_cmpstr (soup_session_get_accept_language (session), ==, "de");
  g_assert_null (soup_session_get_proxy_resolver (session));
  g_assert_null (soup_session_get_tls_database (session));
  g_assert_true ((gpointer) soup_session_get_local_address (session) == (gpointer) address);
  g_assert_true (soup_session_get_remote_connectable (session) == place);
}

static void
properties (void)
{
  static const struct {
    const char *name;
    GParamFlags flags;
  } wanted[] = {
    { "proxy-resolver", G_PARAM_READWRITE },
    { "max-conns", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "max-conns-per-host", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "tls-database", G_PARAM_READWRITE },
    { "timeout", G_PARAM_READWRITE },
    { "user-agent", G_PARAM_READWRITE },
    { "accept-language", G_PARAM_READWRITE },
    { "accept-language-auto", G_PARAM_READWRITE },
    { "remote-connectable", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "idle-timeout", G_PARAM_READWRITE },
    { "local-address", G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY },
    { "tls-interaction", G_PARAM_READWRITE },
  };
  g_autoptr (SoupSession) session = soup_session_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (session), wanted[i].name);
    GValue value = G_VALUE_INIT;

    g_assert_nonnull (spec);
    g_assert_cmpint (spec->flags & 0xf, ==, wanted[i].flags);
    g_object_get_property (G_OBJECT (session), wanted[i].name, &value);
    if (!(spec->flags & G_PARAM_CONSTRUCT_ONLY))
      g_object_set_property (G_OBJECT (session), wanted[i].name, &value);
    g_value_unset (&value);
  }
}

static void
count (GObject *object, GParamSpec *spec, guint *number)
{
  (void) object;
  (void) spec;
  *number += 1;
}

static void
setters_notify (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (NULL, NULL);
  g_autoptr (GTlsInteraction) interaction = g_object_new (G_TYPE_TLS_INTERACTION, NULL);
  guint number = 0;

  g_signal_connect (session, "notify", G_CALLBACK (count), &number);
  soup_session_set_timeout (session, 5);
  soup_session_set_idle_timeout (session, 6);
  soup_session_set_user_agent (session, "me");
  soup_session_set_accept_language (session, "fr");
  soup_session_set_proxy_resolver (session, resolver);
  soup_session_set_tls_interaction (session, interaction);
  g_assert_cmpuint (number, ==, 7);
  soup_session_set_timeout (session, 5);
  soup_session_set_user_agent (session, "me");
  soup_session_set_accept_language (session, "fr");
  soup_session_set_proxy_resolver (session, resolver);
  soup_session_set_tls_interaction (session, interaction);
  g_assert_cmpuint (number, ==, 7);
  g_assert_true (soup_session_get_proxy_resolver (session) == resolver);
  g_assert_true (soup_session_get_tls_interaction (session) == interaction);
  soup_session_set_tls_database (session, NULL);
  g_assert_null (soup_session_get_tls_database (session));
}

static void
user_agent (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();

  soup_session_set_user_agent (session, "me");
  g_assert_cmpstr (soup_session_get_user_agent (session), ==, "me");
  soup_session_set_user_agent (session, "me ");
  g_assert_true (g_str_has_prefix (soup_session_get_user_agent (session), "me libsoup/3."));
  soup_session_set_user_agent (session, "");
  g_assert_true (g_str_has_prefix (soup_session_get_user_agent (session), "libsoup/3."));
  soup_session_set_user_agent (session, NULL);
  g_assert_null (soup_session_get_user_agent (session));
}

static void
accept_language (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();

  g_setenv ("LANGUAGE", "de_DE:en", TRUE);
  soup_session_set_accept_language_auto (session, TRUE);
  g_assert_cmpstr (soup_session_get_accept_language (session), ==, "de-de, de;q=0.9, en;q=0.8");
  g_assert_true (soup_session_get_accept_language_auto (session));
  soup_session_set_accept_language (session, "fr");
  g_assert_false (soup_session_get_accept_language_auto (session));
  soup_session_set_accept_language_auto (session, TRUE);
  soup_session_set_accept_language_auto (session, FALSE);
  g_assert_null (soup_session_get_accept_language (session));
}

static void
features (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://a/");
  SoupSessionFeature *feature;

  g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, "*feature*SoupWebsocketExtensionDeflate*");
  soup_session_add_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_test_assert_expected_messages ();
  soup_session_add_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
  feature = soup_session_get_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_assert_true (SOUP_IS_SESSION_FEATURE (feature));
  g_assert_true (soup_session_get_feature_for_message (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER, message)
                 == feature);
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_assert_null (soup_session_get_feature_for_message (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER, message));

  g_test_expect_message ("libsoup", G_LOG_LEVEL_WARNING, "*already has a SoupWebsocketExtensionManager*");
  soup_session_add_feature (session, feature);
  g_test_assert_expected_messages ();

  soup_session_remove_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
  g_object_ref (feature);
  soup_session_remove_feature (session, feature);
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
  soup_session_remove_feature (session, feature);
  soup_session_add_feature (session, feature);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_assert_false (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER));
  g_assert_cmpuint (G_OBJECT (feature)->ref_count, ==, 1);
  g_object_unref (feature);
}

static void
errors (void)
{
  g_autoptr (GEnumClass) class = g_type_class_ref (SOUP_TYPE_SESSION_ERROR);

  g_assert_cmpstr (g_enum_get_value (class, SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE)->value_nick, ==,
                   "message-already-in-queue");
}

static void
misuse (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "ws://a/");

  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_session_get_timeout: assertion 'SOUP_IS_SESSION (session)' failed");
  g_assert_cmpuint (soup_session_get_timeout ((SoupSession *) message), ==, 0);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_session_add_feature: assertion 'SOUP_IS_SESSION_FEATURE (feature)' failed");
  soup_session_add_feature (session, (SoupSessionFeature *) message);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_session_websocket_connect_async: assertion 'SOUP_IS_MESSAGE (msg)' failed");
  soup_session_websocket_connect_async (session, NULL, NULL, NULL, 0, NULL, NULL, NULL);
  g_test_expect_message ("libsoup", G_LOG_LEVEL_CRITICAL,
                         "soup_session_websocket_connect_finish: assertion 'g_task_is_valid (result, session)' failed");
  g_assert_null (soup_session_websocket_connect_finish (session, NULL, NULL));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/shape", shape);
  g_test_add_func ("/session/defaults", defaults);
  g_test_add_func ("/session/options", options);
  g_test_add_func ("/session/properties", properties);
  g_test_add_func ("/session/setters-notify", setters_notify);
  g_test_add_func ("/session/user-agent", user_agent);
  g_test_add_func ("/session/accept-language", accept_language);
  g_test_add_func ("/session/features", features);
  g_test_add_func ("/session/errors", errors);
  g_test_add_func ("/session/misuse", misuse);
  return g_test_run ();
}
