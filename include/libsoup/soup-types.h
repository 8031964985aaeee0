/* libsoup's types, as far as Bisque has them: what cbindgen cannot say about the functions in soup.h, and the
 * classes. Their properties and signals are documented in properties-and-signals.h. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include <libsoup/soup-enums.h>
#include <libsoup/soup-version.h>

G_BEGIN_DECLS

/* ---- Methods: interned strings, so that methods may be compared as pointers ---- */

#define _SOUP_INTERN_METHOD(method)                                                                          \
  ((const char *) (g_atomic_pointer_get (&_SOUP_METHOD_##method)                                             \
                     ? _SOUP_METHOD_##method                                                                 \
                     : (g_atomic_pointer_set (&_SOUP_METHOD_##method,                                        \
                                              (gpointer) g_intern_static_string (#method)),                  \
                        _SOUP_METHOD_##method)))

#define SOUP_METHOD_OPTIONS   _SOUP_INTERN_METHOD (OPTIONS)
#define SOUP_METHOD_GET       _SOUP_INTERN_METHOD (GET)
#define SOUP_METHOD_HEAD      _SOUP_INTERN_METHOD (HEAD)
#define SOUP_METHOD_POST      _SOUP_INTERN_METHOD (POST)
#define SOUP_METHOD_PUT       _SOUP_INTERN_METHOD (PUT)
#define SOUP_METHOD_DELETE    _SOUP_INTERN_METHOD (DELETE)
#define SOUP_METHOD_TRACE     _SOUP_INTERN_METHOD (TRACE)
#define SOUP_METHOD_CONNECT   _SOUP_INTERN_METHOD (CONNECT)
#define SOUP_METHOD_PATCH     _SOUP_INTERN_METHOD (PATCH)
#define SOUP_METHOD_PROPFIND  _SOUP_INTERN_METHOD (PROPFIND)
#define SOUP_METHOD_PROPPATCH _SOUP_INTERN_METHOD (PROPPATCH)
#define SOUP_METHOD_MKCOL     _SOUP_INTERN_METHOD (MKCOL)
#define SOUP_METHOD_COPY      _SOUP_INTERN_METHOD (COPY)
#define SOUP_METHOD_MOVE      _SOUP_INTERN_METHOD (MOVE)
#define SOUP_METHOD_LOCK      _SOUP_INTERN_METHOD (LOCK)
#define SOUP_METHOD_UNLOCK    _SOUP_INTERN_METHOD (UNLOCK)

/* The macros above fill these in; no program uses them by name. */
SOUP_VAR gpointer _SOUP_METHOD_OPTIONS;
SOUP_VAR gpointer _SOUP_METHOD_GET;
SOUP_VAR gpointer _SOUP_METHOD_HEAD;
SOUP_VAR gpointer _SOUP_METHOD_POST;
SOUP_VAR gpointer _SOUP_METHOD_PUT;
SOUP_VAR gpointer _SOUP_METHOD_DELETE;
SOUP_VAR gpointer _SOUP_METHOD_TRACE;
SOUP_VAR gpointer _SOUP_METHOD_CONNECT;
SOUP_VAR gpointer _SOUP_METHOD_PATCH;
SOUP_VAR gpointer _SOUP_METHOD_PROPFIND;
SOUP_VAR gpointer _SOUP_METHOD_PROPPATCH;
SOUP_VAR gpointer _SOUP_METHOD_MKCOL;
SOUP_VAR gpointer _SOUP_METHOD_COPY;
SOUP_VAR gpointer _SOUP_METHOD_MOVE;
SOUP_VAR gpointer _SOUP_METHOD_LOCK;
SOUP_VAR gpointer _SOUP_METHOD_UNLOCK;

/* ---- URIs ---- */

/**
 * SOUP_HTTP_URI_FLAGS:
 *
 * The #GUriFlags that every #GUri of this library is parsed with.
 */
#define SOUP_HTTP_URI_FLAGS                                                                                  \
  (G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY |                         \
   G_URI_FLAGS_ENCODED_FRAGMENT | G_URI_FLAGS_SCHEME_NORMALIZE)

/**
 * soup_uri_copy:
 * @uri: a #GUri
 * @first_component: the first component to change
 * @...: the component's new value, and further pairs of component and value, ended by %SOUP_URI_NONE
 *
 * Copies @uri with some of its components changed. A value is a string, but for %SOUP_URI_PORT, whose value is an
 * int (-1 for none).
 *
 * Returns: (transfer full): the new URI
 */
GUri *soup_uri_copy (GUri *uri, SoupURIComponent first_component, ...);

/* ---- Errors ---- */

/**
 * SOUP_SESSION_ERROR:
 *
 * The #GError domain of sessions. Its codes are in #SoupSessionError.
 */
#define SOUP_SESSION_ERROR (soup_session_error_quark ())

/**
 * SOUP_WEBSOCKET_ERROR:
 *
 * The #GError domain of WebSockets. Its codes are in #SoupWebsocketError.
 */
#define SOUP_WEBSOCKET_ERROR (soup_websocket_error_quark ())

/* ---- SoupMessageHeaders ---- */

/**
 * SoupMessageHeaders:
 *
 * The headers of a request or a response: an ordered list of names and values. Names are found in whatever case,
 * and are sent in the case in which they were added.
 */
typedef struct _SoupMessageHeaders SoupMessageHeaders;

#define SOUP_TYPE_MESSAGE_HEADERS (soup_message_headers_get_type ())
GType soup_message_headers_get_type (void) G_GNUC_CONST;

/**
 * SoupMessageHeadersIter:
 *
 * Walks over the headers of a #SoupMessageHeaders, which must not change while it does. It lives on the stack.
 */
typedef struct {
  /*< private >*/
  gpointer dummy[3];
} SoupMessageHeadersIter;

/**
 * SoupMessageHeadersForeachFunc:
 * @name: a header's name
 * @value: its value
 * @user_data: the caller's data
 *
 * What soup_message_headers_foreach() calls for each header.
 */
typedef void (*SoupMessageHeadersForeachFunc) (const char *name, const char *value, gpointer user_data);

/**
 * SoupRange:
 * @start: the first byte; negative for a count of bytes from the end
 * @end: the last byte, -1 for the end
 *
 * A range of bytes, as a Range header gives it.
 */
typedef struct {
  goffset start;
  goffset end;
} SoupRange;

/* ---- SoupMessageMetrics ---- */

/**
 * SoupMessageMetrics:
 *
 * When a message that has %SOUP_MESSAGE_COLLECT_METRICS went through which stage, and how large it was.
 */
typedef struct _SoupMessageMetrics SoupMessageMetrics;

#define SOUP_TYPE_MESSAGE_METRICS (soup_message_metrics_get_type ())
GType soup_message_metrics_get_type (void) G_GNUC_CONST;

/* ---- SoupMessageBody ---- */

/**
 * SoupMessageBody:
 * @data: (array length=length) (element-type guint8): the body's bytes, once it has been flattened; a NUL follows
 * @length: the count of the body's bytes
 *
 * The body of a request or a response on a server: a list of chunks, or, once soup_message_body_flatten() has been
 * called, one piece.
 */
typedef struct {
  const char *data;
  goffset length;
} SoupMessageBody;

#define SOUP_TYPE_MESSAGE_BODY (soup_message_body_get_type ())
GType soup_message_body_get_type (void) G_GNUC_CONST;

/* ---- SoupMessage ---- */

/**
 * SoupMessage:
 *
 * A request that a #SoupSession sends, and the response to it.
 *
 * One message is one request: make another for the next. The headers of the request may change until it is sent;
 * those of the response are there when #SoupMessage::got-headers is emitted.
 */
#define SOUP_TYPE_MESSAGE (soup_message_get_type ())
G_DECLARE_FINAL_TYPE (SoupMessage, soup_message, SOUP, MESSAGE, GObject)

/* ---- SoupSession ---- */

/**
 * SoupSessionFeature:
 *
 * Something that changes what a #SoupSession does, such as #SoupWebsocketExtensionManager. Features come and go
 * with soup_session_add_feature() and soup_session_remove_feature().
 */
#define SOUP_TYPE_SESSION_FEATURE (soup_session_feature_get_type ())
G_DECLARE_INTERFACE (SoupSessionFeature, soup_session_feature, SOUP, SESSION_FEATURE, GObject)

/**
 * SoupSession:
 *
 * Sends messages to servers, and opens WebSockets. It works in the thread-default main context of the thread that
 * uses it.
 */
#define SOUP_TYPE_SESSION (soup_session_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupSession, soup_session, SOUP, SESSION, GObject)

/**
 * SoupSessionClass:
 * @parent_class: the parent class
 * @request_queued: the default handler of #SoupSession::request-queued
 * @request_unqueued: the default handler of #SoupSession::request-unqueued
 *
 * The class of #SoupSession.
 */
struct _SoupSessionClass {
  GObjectClass parent_class;

  void (*request_queued) (SoupSession *session, SoupMessage *msg);
  void (*request_unqueued) (SoupSession *session, SoupMessage *msg);

  /*< private >*/
  void (*_soup_reserved1) (void);
  void (*_soup_reserved2) (void);
  void (*_soup_reserved3) (void);
  void (*_soup_reserved4) (void);
  void (*_soup_reserved5) (void);
  void (*_soup_reserved6) (void);
  void (*_soup_reserved7) (void);
  void (*_soup_reserved8) (void);
};

/**
 * soup_session_new_with_options:
 * @optname1: the name of a property
 * @...: its value, and further pairs of name and value, ended by %NULL
 *
 * Makes a session with some of its properties set.
 *
 * Returns: (transfer full): the session
 */
SoupSession *soup_session_new_with_options (const char *optname1, ...) G_GNUC_NULL_TERMINATED;

/* ---- WebSockets ---- */

/**
 * SoupWebsocketConnection:
 *
 * One end of a WebSocket (RFC 6455).
 *
 * A client gets it from soup_session_websocket_connect_finish(), a server in the callback that it gave to
 * soup_server_add_websocket_handler(). Connect to #SoupWebsocketConnection::message to receive, call
 * soup_websocket_connection_send_text() and its siblings to send: nothing leaves before the main loop runs.
 */
#define SOUP_TYPE_WEBSOCKET_CONNECTION (soup_websocket_connection_get_type ())
G_DECLARE_FINAL_TYPE (SoupWebsocketConnection, soup_websocket_connection, SOUP, WEBSOCKET_CONNECTION, GObject)

/**
 * SoupWebsocketExtension:
 *
 * The base class of WebSocket extensions, which see every frame that goes out or comes in.
 */
#define SOUP_TYPE_WEBSOCKET_EXTENSION (soup_websocket_extension_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupWebsocketExtension, soup_websocket_extension, SOUP, WEBSOCKET_EXTENSION, GObject)

/**
 * SoupWebsocketExtensionClass:
 * @parent_class: the parent class
 * @name: the name of the extension in the handshake
 * @configure: called with the parameters that the peer gave
 * @get_request_params: called for the parameters of the client's offer
 * @get_response_params: called for the parameters of the server's answer
 * @process_outgoing_message: called for each frame that goes out
 * @process_incoming_message: called for each frame that comes in
 *
 * The class of #SoupWebsocketExtension.
 */
struct _SoupWebsocketExtensionClass {
  GObjectClass parent_class;

  const char *name;

  gboolean (*configure) (SoupWebsocketExtension *extension,
                         SoupWebsocketConnectionType connection_type,
                         GHashTable *params,
                         GError **error);

  char *(*get_request_params) (SoupWebsocketExtension *extension);

  char *(*get_response_params) (SoupWebsocketExtension *extension);

  GBytes *(*process_outgoing_message) (SoupWebsocketExtension *extension,
                                       guint8 *header,
                                       GBytes *payload,
                                       GError **error);

  GBytes *(*process_incoming_message) (SoupWebsocketExtension *extension,
                                       guint8 *header,
                                       GBytes *payload,
                                       GError **error);

  /*< private >*/
  gpointer padding[6];
};

/**
 * SoupWebsocketExtensionDeflate:
 *
 * permessage-deflate (RFC 7692): messages travel compressed.
 */
#define SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE (soup_websocket_extension_deflate_get_type ())
G_DECLARE_FINAL_TYPE (SoupWebsocketExtensionDeflate,
                      soup_websocket_extension_deflate,
                      SOUP,
                      WEBSOCKET_EXTENSION_DEFLATE,
                      SoupWebsocketExtension)

/**
 * SoupWebsocketExtensionManager:
 *
 * The session feature that knows which extensions a session's WebSockets offer: #SoupWebsocketExtensionDeflate, and what
 * soup_session_add_feature_by_type() adds once the session has this feature. A new session does not have it.
 */
#define SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER (soup_websocket_extension_manager_get_type ())
G_DECLARE_FINAL_TYPE (SoupWebsocketExtensionManager,
                      soup_websocket_extension_manager,
                      SOUP,
                      WEBSOCKET_EXTENSION_MANAGER,
                      GObject)

/* ---- Authentication by sessions ---- */

/**
 * SoupAuth:
 *
 * A realm of a server or a proxy that asks for a user and a password. #SoupMessage::authenticate passes it to the program, which
 * answers with soup_auth_authenticate() or soup_auth_cancel(), at once or later.
 *
 * Programs can derive schemes of their own, and add their types to a session that has a #SoupAuthManager with
 * soup_session_add_feature_by_type().
 */
#define SOUP_TYPE_AUTH (soup_auth_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupAuth, soup_auth, SOUP, AUTH, GObject)

/**
 * SoupAuthClass:
 * @parent_class: the parent class
 * @scheme_name: the name of the scheme in headers
 * @strength: of several challenges, the one whose class has the highest is answered
 * @update: takes the parameters of a challenge; returns whether it can be answered
 * @get_protection_space: returns the paths that the credentials are for
 * @authenticate: takes a user and a password
 * @is_authenticated: whether there are credentials that are not known to be wrong
 * @get_authorization: makes the value of the header that answers
 * @is_ready: whether a message can be sent with what is known now; where it is not set, @is_authenticated is asked
 * @can_authenticate: whether a user and a password would help
 *
 * The class of #SoupAuth.
 */
struct _SoupAuthClass {
  GObjectClass parent_class;

  const char *scheme_name;
  guint strength;

  gboolean (*update) (SoupAuth *auth, SoupMessage *msg, GHashTable *auth_header);
  GSList *(*get_protection_space) (SoupAuth *auth, GUri *source_uri);
  void (*authenticate) (SoupAuth *auth, const char *username, const char *password);
  gboolean (*is_authenticated) (SoupAuth *auth);
  char *(*get_authorization) (SoupAuth *auth, SoupMessage *msg);
  gboolean (*is_ready) (SoupAuth *auth, SoupMessage *msg);
  gboolean (*can_authenticate) (SoupAuth *auth);

  /*< private >*/
  gpointer padding[6];
};

/**
 * SoupAuthBasic:
 *
 * Basic authentication: user and password are sent as they are.
 */
#define SOUP_TYPE_AUTH_BASIC (soup_auth_basic_get_type ())
GType soup_auth_basic_get_type (void);

/**
 * SoupAuthDigest:
 *
 * Digest authentication, with MD5 or SHA-256: the password is proved, not sent.
 */
#define SOUP_TYPE_AUTH_DIGEST (soup_auth_digest_get_type ())
GType soup_auth_digest_get_type (void);

/**
 * SoupAuthNTLM:
 *
 * NTLM authentication of Windows' servers. A session has it after soup_session_add_feature_by_type().
 */
#define SOUP_TYPE_AUTH_NTLM (soup_auth_ntlm_get_type ())
GType soup_auth_ntlm_get_type (void);

/**
 * SoupAuthNegotiate:
 *
 * Negotiate authentication, with Kerberos. This library is built without it: see soup_auth_negotiate_supported().
 */
#define SOUP_TYPE_AUTH_NEGOTIATE (soup_auth_negotiate_get_type ())
GType soup_auth_negotiate_get_type (void);

/**
 * SoupAuthManager:
 *
 * The session feature that answers servers and proxies that ask for credentials. A new session has one, with Basic and Digest.
 */
#define SOUP_TYPE_AUTH_MANAGER (soup_auth_manager_get_type ())
G_DECLARE_FINAL_TYPE (SoupAuthManager, soup_auth_manager, SOUP, AUTH_MANAGER, GObject)

/* ---- SoupServer ---- */

/**
 * SoupServerMessage:
 *
 * A request that a #SoupServer got, and the response to it.
 */
#define SOUP_TYPE_SERVER_MESSAGE (soup_server_message_get_type ())
G_DECLARE_FINAL_TYPE (SoupServerMessage, soup_server_message, SOUP, SERVER_MESSAGE, GObject)

/**
 * SoupServer:
 *
 * A server of HTTP and WebSockets.
 *
 * Give it handlers for the paths it serves, then call soup_server_listen_local() or one of its siblings, and run the
 * main loop.
 */
#define SOUP_TYPE_SERVER (soup_server_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupServer, soup_server, SOUP, SERVER, GObject)

/**
 * SoupServerClass:
 * @parent_class: the parent class
 * @request_started: the default handler of #SoupServer::request-started
 * @request_read: the default handler of #SoupServer::request-read
 * @request_finished: the default handler of #SoupServer::request-finished
 * @request_aborted: the default handler of #SoupServer::request-aborted
 *
 * The class of #SoupServer.
 */
struct _SoupServerClass {
  GObjectClass parent_class;

  void (*request_started) (SoupServer *server, SoupServerMessage *msg);
  void (*request_read) (SoupServer *server, SoupServerMessage *msg);
  void (*request_finished) (SoupServer *server, SoupServerMessage *msg);
  void (*request_aborted) (SoupServer *server, SoupServerMessage *msg);

  /*< private >*/
  gpointer padding[6];
};

/**
 * SoupServerCallback:
 * @server: the server
 * @msg: the request, which the callback answers
 * @path: the path of the request's URI
 * @query: (element-type utf8 utf8) (nullable): the fields of the URI's query
 * @user_data: the data given to soup_server_add_handler()
 *
 * Answers a request: with soup_server_message_set_status() and the response's headers and body.
 */
typedef void (*SoupServerCallback) (SoupServer *server,
                                    SoupServerMessage *msg,
                                    const char *path,
                                    GHashTable *query,
                                    gpointer user_data);

/**
 * SoupServerWebsocketCallback:
 * @server: the server
 * @msg: the request of the handshake
 * @path: the path of the request's URI
 * @connection: the new connection
 * @user_data: the data given to soup_server_add_websocket_handler()
 *
 * Takes over a new WebSocket. A callback that wants to keep @connection takes a reference.
 */
typedef void (*SoupServerWebsocketCallback) (SoupServer *server,
                                             SoupServerMessage *msg,
                                             const char *path,
                                             SoupWebsocketConnection *connection,
                                             gpointer user_data);

/**
 * soup_server_new:
 * @optname1: (nullable): the name of a property
 * @...: its value, and further pairs of name and value, ended by %NULL
 *
 * Makes a server with some of its properties set.
 *
 * Returns: (transfer full) (nullable): the server
 */
SoupServer *soup_server_new (const char *optname1, ...) G_GNUC_NULL_TERMINATED;

/* ---- Bodies of several parts, and forms ---- */

/**
 * SoupMultipart:
 *
 * A body of several parts, such as a form with files, that is all there.
 */
typedef struct _SoupMultipart SoupMultipart;

#define SOUP_TYPE_MULTIPART (soup_multipart_get_type ())
GType soup_multipart_get_type (void) G_GNUC_CONST;

/**
 * SoupMultipartInputStream:
 *
 * The parts of a response's body as they come, such as the pictures of a camera: each is a stream of its own.
 */
#define SOUP_TYPE_MULTIPART_INPUT_STREAM (soup_multipart_input_stream_get_type ())
G_DECLARE_FINAL_TYPE (SoupMultipartInputStream,
                      soup_multipart_input_stream,
                      SOUP,
                      MULTIPART_INPUT_STREAM,
                      GFilterInputStream)

/**
 * SOUP_FORM_MIME_TYPE_URLENCODED:
 *
 * The type of a form whose fields are text.
 */
#define SOUP_FORM_MIME_TYPE_URLENCODED "application/x-www-form-urlencoded"

/**
 * SOUP_FORM_MIME_TYPE_MULTIPART:
 *
 * The type of a form of several parts, which may be files.
 */
#define SOUP_FORM_MIME_TYPE_MULTIPART "multipart/form-data"

/**
 * soup_form_encode:
 * @first_field: the name of the first field
 * @...: its value, and further pairs of name and value, ended by %NULL
 *
 * Encodes a form as application/x-www-form-urlencoded.
 *
 * Returns: (transfer full): the text
 */
char *soup_form_encode (const char *first_field, ...) G_GNUC_NULL_TERMINATED;

/**
 * soup_form_encode_valist:
 * @first_field: the name of the first field
 * @args: its value, and further pairs of name and value, ended by %NULL
 *
 * Encodes a form as application/x-www-form-urlencoded.
 *
 * Returns: (transfer full): the text
 */
char *soup_form_encode_valist (const char *first_field, va_list args);

/* ---- Authentication on servers ---- */

/**
 * SoupAuthDomain:
 *
 * A part of a #SoupServer that asks for a user and a password.
 *
 * Give it the paths that it protects with soup_auth_domain_add_path(), and who knows the passwords with the callback of its scheme;
 * then add it with soup_server_add_auth_domain(). WebSockets are protected as everything else.
 */
#define SOUP_TYPE_AUTH_DOMAIN (soup_auth_domain_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupAuthDomain, soup_auth_domain, SOUP, AUTH_DOMAIN, GObject)

/**
 * SoupAuthDomainClass:
 * @parent_class: the parent class
 * @accepts: reads the header with the credentials, and returns the user if they are good
 * @challenge: makes the value of the header that asks for credentials
 * @check_password: whether the request was made by who knows a password
 *
 * The class of #SoupAuthDomain.
 */
struct _SoupAuthDomainClass {
  GObjectClass parent_class;

  char *(*accepts) (SoupAuthDomain *domain, SoupServerMessage *msg, const char *header);
  char *(*challenge) (SoupAuthDomain *domain, SoupServerMessage *msg);
  gboolean (*check_password) (SoupAuthDomain *domain,
                              SoupServerMessage *msg,
                              const char *username,
                              const char *password);

  /*< private >*/
  gpointer padding[6];
};

/**
 * SoupAuthDomainFilter:
 * @domain: the domain
 * @msg: a request for a protected path
 * @user_data: the data given to soup_auth_domain_set_filter()
 *
 * Decides whether a request needs a password.
 *
 * Returns: %TRUE if it does
 */
typedef gboolean (*SoupAuthDomainFilter) (SoupAuthDomain *domain, SoupServerMessage *msg, gpointer user_data);

/**
 * SoupAuthDomainGenericAuthCallback:
 * @domain: the domain
 * @msg: the request
 * @username: the user that it names
 * @user_data: the data given to soup_auth_domain_set_generic_auth_callback()
 *
 * Decides about a user, whatever the scheme: with soup_auth_domain_check_password().
 *
 * Returns: whether the user is let in
 */
typedef gboolean (*SoupAuthDomainGenericAuthCallback) (SoupAuthDomain *domain,
                                                       SoupServerMessage *msg,
                                                       const char *username,
                                                       gpointer user_data);

/**
 * SoupAuthDomainBasic:
 *
 * A domain of Basic authentication: passwords are sent as they are, and so belong under TLS.
 */
#define SOUP_TYPE_AUTH_DOMAIN_BASIC (soup_auth_domain_basic_get_type ())
G_DECLARE_FINAL_TYPE (SoupAuthDomainBasic, soup_auth_domain_basic, SOUP, AUTH_DOMAIN_BASIC, SoupAuthDomain)

/**
 * SoupAuthDomainBasicAuthCallback:
 * @domain: (type SoupAuthDomainBasic): the domain
 * @msg: the request
 * @username: the user that it names
 * @password: the password that it gives
 * @user_data: the data given to soup_auth_domain_basic_set_auth_callback()
 *
 * Decides about a user and a password.
 *
 * Returns: whether the user is let in
 */
typedef gboolean (*SoupAuthDomainBasicAuthCallback) (SoupAuthDomain *domain,
                                                     SoupServerMessage *msg,
                                                     const char *username,
                                                     const char *password,
                                                     gpointer user_data);

/**
 * soup_auth_domain_basic_new: (constructor)
 * @optname1: the name of a property
 * @...: its value, and further pairs of name and value, ended by %NULL
 *
 * Makes a domain of Basic authentication. #SoupAuthDomain:realm must be among the properties.
 *
 * Returns: (transfer full): the domain
 */
SoupAuthDomain *soup_auth_domain_basic_new (const char *optname1, ...) G_GNUC_NULL_TERMINATED;

/**
 * SoupAuthDomainDigest:
 *
 * A domain of Digest authentication: passwords are proved, not sent. A nonce is good for five minutes, and once for each
 * request, so that a request that was overheard cannot be sent again.
 */
#define SOUP_TYPE_AUTH_DOMAIN_DIGEST (soup_auth_domain_digest_get_type ())
G_DECLARE_FINAL_TYPE (SoupAuthDomainDigest, soup_auth_domain_digest, SOUP, AUTH_DOMAIN_DIGEST, SoupAuthDomain)

/**
 * SoupAuthDomainDigestAuthCallback:
 * @domain: (type SoupAuthDomainDigest): the domain
 * @msg: the request
 * @username: the user that it names
 * @user_data: the data given to soup_auth_domain_digest_set_auth_callback()
 *
 * Gives the password of a user, as soup_auth_domain_digest_encode_password() encodes it.
 *
 * Returns: (transfer full) (nullable): the encoded password, or %NULL for a user that is not known
 */
typedef char *(*SoupAuthDomainDigestAuthCallback) (SoupAuthDomain *domain,
                                                   SoupServerMessage *msg,
                                                   const char *username,
                                                   gpointer user_data);

/**
 * soup_auth_domain_digest_new: (constructor)
 * @optname1: the name of a property
 * @...: its value, and further pairs of name and value, ended by %NULL
 *
 * Makes a domain of Digest authentication. #SoupAuthDomain:realm must be among the properties.
 *
 * Returns: (transfer full): the domain
 */
SoupAuthDomain *soup_auth_domain_digest_new (const char *optname1, ...) G_GNUC_NULL_TERMINATED;

/* ---- Cookies ---- */

/**
 * SoupCookie:
 *
 * A cookie (RFC 6265).
 */
typedef struct _SoupCookie SoupCookie;

#define SOUP_TYPE_COOKIE (soup_cookie_get_type ())
GType soup_cookie_get_type (void) G_GNUC_CONST;

/**
 * SOUP_COOKIE_MAX_AGE_ONE_HOUR:
 *
 * An hour, for soup_cookie_new() and soup_cookie_set_max_age().
 */
#define SOUP_COOKIE_MAX_AGE_ONE_HOUR (60 * 60)

/**
 * SOUP_COOKIE_MAX_AGE_ONE_DAY:
 *
 * A day, for soup_cookie_new() and soup_cookie_set_max_age().
 */
#define SOUP_COOKIE_MAX_AGE_ONE_DAY (SOUP_COOKIE_MAX_AGE_ONE_HOUR * 24)

/**
 * SOUP_COOKIE_MAX_AGE_ONE_WEEK:
 *
 * A week, for soup_cookie_new() and soup_cookie_set_max_age().
 */
#define SOUP_COOKIE_MAX_AGE_ONE_WEEK (SOUP_COOKIE_MAX_AGE_ONE_DAY * 7)

/**
 * SOUP_COOKIE_MAX_AGE_ONE_YEAR:
 *
 * A year, for soup_cookie_new() and soup_cookie_set_max_age().
 */
#define SOUP_COOKIE_MAX_AGE_ONE_YEAR (SOUP_COOKIE_MAX_AGE_ONE_DAY * 365.2422)

/**
 * SoupCookieJar:
 *
 * Keeps cookies: in memory, or, as #SoupCookieJarText, in a file. A session to which it is added with
 * soup_session_add_feature() keeps the cookies of its responses in it, and sends them. One jar may serve several sessions.
 */
#define SOUP_TYPE_COOKIE_JAR (soup_cookie_jar_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupCookieJar, soup_cookie_jar, SOUP, COOKIE_JAR, GObject)

/**
 * SoupCookieJarClass:
 * @parent_class: the parent class
 * @save: not called
 * @is_persistent: whether cookies outlive the program
 * @changed: the default handler of #SoupCookieJar::changed
 *
 * The class of #SoupCookieJar.
 */
struct _SoupCookieJarClass {
  GObjectClass parent_class;

  void (*save) (SoupCookieJar *jar);
  gboolean (*is_persistent) (SoupCookieJar *jar);
  void (*changed) (SoupCookieJar *jar, SoupCookie *old_cookie, SoupCookie *new_cookie);

  /*< private >*/
  gpointer padding[6];
};

/**
 * SoupCookieJarText:
 *
 * A jar in a text file, in the format that Netscape's browser had. The file is only for its owner to read, and is replaced as a whole
 * with each change.
 */
#define SOUP_TYPE_COOKIE_JAR_TEXT (soup_cookie_jar_text_get_type ())
G_DECLARE_FINAL_TYPE (SoupCookieJarText, soup_cookie_jar_text, SOUP, COOKIE_JAR_TEXT, SoupCookieJar)

/**
 * SoupCookieJarDB:
 *
 * A jar in a SQLite database, which several programs may share: each reads it when the jar is made.
 */
#define SOUP_TYPE_COOKIE_JAR_DB (soup_cookie_jar_db_get_type ())
G_DECLARE_FINAL_TYPE (SoupCookieJarDB, soup_cookie_jar_db, SOUP, COOKIE_JAR_DB, SoupCookieJar)

/**
 * SOUP_COOKIE_JAR_ERROR:
 *
 * The #GError domain of #SoupCookieJarDB. Its codes are in #SoupCookieJarError.
 */
#define SOUP_COOKIE_JAR_ERROR (soup_cookie_jar_error_quark ())

/**
 * SOUP_TLD_ERROR:
 *
 * The #GError domain of soup_tld_get_base_domain(). Its codes are in #SoupTLDError.
 */
#define SOUP_TLD_ERROR (soup_tld_error_quark ())

/* ---- HSTS ---- */

/**
 * SoupHSTSPolicy:
 *
 * What a host asks for with a Strict-Transport-Security header (RFC 6797).
 */
typedef struct _SoupHSTSPolicy SoupHSTSPolicy;

#define SOUP_TYPE_HSTS_POLICY (soup_hsts_policy_get_type ())
GType soup_hsts_policy_get_type (void) G_GNUC_CONST;

/**
 * SOUP_HSTS_POLICY_MAX_AGE_PAST:
 *
 * The age of a policy that takes back what its host said before.
 */
#define SOUP_HSTS_POLICY_MAX_AGE_PAST (0)

/**
 * SoupHSTSEnforcer:
 *
 * Asks the hosts that want it over TLS only (RFC 6797). A session to which it is added with soup_session_add_feature() learns
 * policies from responses, and sends messages for `http` and `ws` URIs of such hosts over TLS; #SoupMessage::hsts-enforced tells of it.
 */
#define SOUP_TYPE_HSTS_ENFORCER (soup_hsts_enforcer_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupHSTSEnforcer, soup_hsts_enforcer, SOUP, HSTS_ENFORCER, GObject)

/**
 * SoupHSTSEnforcerClass:
 * @parent_class: the parent class
 * @is_persistent: whether policies outlive the program
 * @has_valid_policy: whether a host itself has a policy that has not ended
 * @changed: the default handler of #SoupHSTSEnforcer::changed
 *
 * The class of #SoupHSTSEnforcer.
 */
struct _SoupHSTSEnforcerClass {
  GObjectClass parent_class;

  gboolean (*is_persistent) (SoupHSTSEnforcer *hsts_enforcer);
  gboolean (*has_valid_policy) (SoupHSTSEnforcer *hsts_enforcer, const char *domain);
  void (*changed) (SoupHSTSEnforcer *enforcer, SoupHSTSPolicy *old_policy, SoupHSTSPolicy *new_policy);

  /*< private >*/
  gpointer padding[4];
};

/**
 * SoupHSTSEnforcerDB:
 *
 * An enforcer whose policies are in a SQLite database.
 */
#define SOUP_TYPE_HSTS_ENFORCER_DB (soup_hsts_enforcer_db_get_type ())
G_DECLARE_FINAL_TYPE (SoupHSTSEnforcerDB, soup_hsts_enforcer_db, SOUP, HSTS_ENFORCER_DB, SoupHSTSEnforcer)

/* ---- The cache ---- */

/**
 * SoupCache:
 *
 * Keeps responses in files, and answers requests with them (RFC 9111). A session to which it is added with soup_session_add_feature() asks
 * a server only for what is not stored, and whether what is stored for too long still holds.
 *
 * A response that is stored is answered with after #SoupMessage::starting and #SoupMessage::got-headers; the other signals of a message are
 * about a server, and are not emitted.
 */
#define SOUP_TYPE_CACHE (soup_cache_get_type ())
G_DECLARE_DERIVABLE_TYPE (SoupCache, soup_cache, SOUP, CACHE, GObject)

/**
 * SoupCacheClass:
 * @parent_class: the parent class
 * @get_cacheability: says what the response to a message does to the cache
 *
 * The class of #SoupCache.
 */
struct _SoupCacheClass {
  GObjectClass parent_class;

  SoupCacheability (*get_cacheability) (SoupCache *cache, SoupMessage *msg);

  /*< private >*/
  gpointer padding[4];
};

/* ---- Content codings ---- */

/**
 * SoupContentDecoder:
 *
 * A session feature that asks servers for compressed bodies and undoes their Content-Encoding: gzip, deflate, and, over TLS, Brotli and
 * Zstandard. A new session has one; soup_session_remove_feature_by_type() removes it, and soup_message_disable_feature() keeps it away
 * from a message.
 */
#define SOUP_TYPE_CONTENT_DECODER (soup_content_decoder_get_type ())
G_DECLARE_FINAL_TYPE (SoupContentDecoder, soup_content_decoder, SOUP, CONTENT_DECODER, GObject)

/**
 * SoupContentSniffer:
 *
 * A session feature that finds the type of a response's body by its first bytes, and emits #SoupMessage::content-sniffed with it before
 * the body is handed over. Sessions have none until one is added with soup_session_add_feature().
 */
#define SOUP_TYPE_CONTENT_SNIFFER (soup_content_sniffer_get_type ())
G_DECLARE_FINAL_TYPE (SoupContentSniffer, soup_content_sniffer, SOUP, CONTENT_SNIFFER, GObject)

/* ---- Logging ---- */

/**
 * SoupLogger:
 *
 * A session feature that prints requests and responses, for debugging. Each line has a direction: `>` for requests, `<` for responses,
 * and a blank for the empty line behind them.
 */
#define SOUP_TYPE_LOGGER (soup_logger_get_type ())
G_DECLARE_FINAL_TYPE (SoupLogger, soup_logger, SOUP, LOGGER, GObject)

/**
 * SoupLoggerFilter:
 * @logger: the logger
 * @msg: the message
 * @user_data: the data of the filter
 *
 * Says how much is printed of a message.
 *
 * Returns: the level
 */
typedef SoupLoggerLogLevel (*SoupLoggerFilter) (SoupLogger *logger, SoupMessage *msg, gpointer user_data);

/**
 * SoupLoggerPrinter:
 * @logger: the logger
 * @level: the level to which the line belongs
 * @direction: `>`, `<` or a blank
 * @data: the line
 * @user_data: the data of the printer
 *
 * Prints a line.
 */
typedef void (*SoupLoggerPrinter) (SoupLogger *logger, SoupLoggerLogLevel level, char direction, const char *data,
                                   gpointer user_data);

G_END_DECLS
