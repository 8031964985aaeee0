/* libsoup's enumerations and their GTypes, as far as Bisque has them. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <glib-object.h>

#include <libsoup/soup-version.h>

G_BEGIN_DECLS

/**
 * SoupStatus:
 * @SOUP_STATUS_NONE: no status yet
 * @SOUP_STATUS_CONTINUE: 100, continue
 * @SOUP_STATUS_SWITCHING_PROTOCOLS: 101, switching protocols
 * @SOUP_STATUS_PROCESSING: 102, processing
 * @SOUP_STATUS_OK: 200, ok
 * @SOUP_STATUS_CREATED: 201, created
 * @SOUP_STATUS_ACCEPTED: 202, accepted
 * @SOUP_STATUS_NON_AUTHORITATIVE: 203, non authoritative
 * @SOUP_STATUS_NO_CONTENT: 204, no content
 * @SOUP_STATUS_RESET_CONTENT: 205, reset content
 * @SOUP_STATUS_PARTIAL_CONTENT: 206, partial content
 * @SOUP_STATUS_MULTI_STATUS: 207, multi status
 * @SOUP_STATUS_MULTIPLE_CHOICES: 300, multiple choices
 * @SOUP_STATUS_MOVED_PERMANENTLY: 301, moved permanently
 * @SOUP_STATUS_FOUND: 302, found
 * @SOUP_STATUS_MOVED_TEMPORARILY: another name of @SOUP_STATUS_FOUND
 * @SOUP_STATUS_SEE_OTHER: 303, see other
 * @SOUP_STATUS_NOT_MODIFIED: 304, not modified
 * @SOUP_STATUS_USE_PROXY: 305, use proxy
 * @SOUP_STATUS_NOT_APPEARING_IN_THIS_PROTOCOL: 306, not appearing in this protocol
 * @SOUP_STATUS_TEMPORARY_REDIRECT: 307, temporary redirect
 * @SOUP_STATUS_PERMANENT_REDIRECT: 308, permanent redirect
 * @SOUP_STATUS_BAD_REQUEST: 400, bad request
 * @SOUP_STATUS_UNAUTHORIZED: 401, unauthorized
 * @SOUP_STATUS_PAYMENT_REQUIRED: 402, payment required
 * @SOUP_STATUS_FORBIDDEN: 403, forbidden
 * @SOUP_STATUS_NOT_FOUND: 404, not found
 * @SOUP_STATUS_METHOD_NOT_ALLOWED: 405, method not allowed
 * @SOUP_STATUS_NOT_ACCEPTABLE: 406, not acceptable
 * @SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED: 407, proxy authentication required
 * @SOUP_STATUS_PROXY_UNAUTHORIZED: another name of @SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED
 * @SOUP_STATUS_REQUEST_TIMEOUT: 408, request timeout
 * @SOUP_STATUS_CONFLICT: 409, conflict
 * @SOUP_STATUS_GONE: 410, gone
 * @SOUP_STATUS_LENGTH_REQUIRED: 411, length required
 * @SOUP_STATUS_PRECONDITION_FAILED: 412, precondition failed
 * @SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE: 413, request entity too large
 * @SOUP_STATUS_REQUEST_URI_TOO_LONG: 414, request uri too long
 * @SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE: 415, unsupported media type
 * @SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE: 416, requested range not satisfiable
 * @SOUP_STATUS_INVALID_RANGE: another name of @SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE
 * @SOUP_STATUS_EXPECTATION_FAILED: 417, expectation failed
 * @SOUP_STATUS_MISDIRECTED_REQUEST: 421, misdirected request
 * @SOUP_STATUS_UNPROCESSABLE_ENTITY: 422, unprocessable entity
 * @SOUP_STATUS_LOCKED: 423, locked
 * @SOUP_STATUS_FAILED_DEPENDENCY: 424, failed dependency
 * @SOUP_STATUS_INTERNAL_SERVER_ERROR: 500, internal server error
 * @SOUP_STATUS_NOT_IMPLEMENTED: 501, not implemented
 * @SOUP_STATUS_BAD_GATEWAY: 502, bad gateway
 * @SOUP_STATUS_SERVICE_UNAVAILABLE: 503, service unavailable
 * @SOUP_STATUS_GATEWAY_TIMEOUT: 504, gateway timeout
 * @SOUP_STATUS_HTTP_VERSION_NOT_SUPPORTED: 505, http version not supported
 * @SOUP_STATUS_INSUFFICIENT_STORAGE: 507, insufficient storage
 * @SOUP_STATUS_NOT_EXTENDED: 510, not extended
 *
 * The status codes of HTTP, with WebDAV's (RFC 9110, RFC 4918, RFC 2774).
 */
typedef enum {
  SOUP_STATUS_NONE = 0,
  SOUP_STATUS_CONTINUE = 100,
  SOUP_STATUS_SWITCHING_PROTOCOLS = 101,
  SOUP_STATUS_PROCESSING = 102,
  SOUP_STATUS_OK = 200,
  SOUP_STATUS_CREATED = 201,
  SOUP_STATUS_ACCEPTED = 202,
  SOUP_STATUS_NON_AUTHORITATIVE = 203,
  SOUP_STATUS_NO_CONTENT = 204,
  SOUP_STATUS_RESET_CONTENT = 205,
  SOUP_STATUS_PARTIAL_CONTENT = 206,
  SOUP_STATUS_MULTI_STATUS = 207,
  SOUP_STATUS_MULTIPLE_CHOICES = 300,
  SOUP_STATUS_MOVED_PERMANENTLY = 301,
  SOUP_STATUS_FOUND = 302,
  SOUP_STATUS_MOVED_TEMPORARILY = 302,
  SOUP_STATUS_SEE_OTHER = 303,
  SOUP_STATUS_NOT_MODIFIED = 304,
  SOUP_STATUS_USE_PROXY = 305,
  SOUP_STATUS_NOT_APPEARING_IN_THIS_PROTOCOL = 306,
  SOUP_STATUS_TEMPORARY_REDIRECT = 307,
  SOUP_STATUS_PERMANENT_REDIRECT = 308,
  SOUP_STATUS_BAD_REQUEST = 400,
  SOUP_STATUS_UNAUTHORIZED = 401,
  SOUP_STATUS_PAYMENT_REQUIRED = 402,
  SOUP_STATUS_FORBIDDEN = 403,
  SOUP_STATUS_NOT_FOUND = 404,
  SOUP_STATUS_METHOD_NOT_ALLOWED = 405,
  SOUP_STATUS_NOT_ACCEPTABLE = 406,
  SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED = 407,
  SOUP_STATUS_PROXY_UNAUTHORIZED = 407,
  SOUP_STATUS_REQUEST_TIMEOUT = 408,
  SOUP_STATUS_CONFLICT = 409,
  SOUP_STATUS_GONE = 410,
  SOUP_STATUS_LENGTH_REQUIRED = 411,
  SOUP_STATUS_PRECONDITION_FAILED = 412,
  SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE = 413,
  SOUP_STATUS_REQUEST_URI_TOO_LONG = 414,
  SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE = 415,
  SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE = 416,
  SOUP_STATUS_INVALID_RANGE = 416,
  SOUP_STATUS_EXPECTATION_FAILED = 417,
  SOUP_STATUS_MISDIRECTED_REQUEST = 421,
  SOUP_STATUS_UNPROCESSABLE_ENTITY = 422,
  SOUP_STATUS_LOCKED = 423,
  SOUP_STATUS_FAILED_DEPENDENCY = 424,
  SOUP_STATUS_INTERNAL_SERVER_ERROR = 500,
  SOUP_STATUS_NOT_IMPLEMENTED = 501,
  SOUP_STATUS_BAD_GATEWAY = 502,
  SOUP_STATUS_SERVICE_UNAVAILABLE = 503,
  SOUP_STATUS_GATEWAY_TIMEOUT = 504,
  SOUP_STATUS_HTTP_VERSION_NOT_SUPPORTED = 505,
  SOUP_STATUS_INSUFFICIENT_STORAGE = 507,
  SOUP_STATUS_NOT_EXTENDED = 510,
} SoupStatus;

/* The classes of statuses (RFC 9110, section 15). */
#define SOUP_STATUS_IS_INFORMATIONAL(status) ((status) >= 100 && (status) < 200)
#define SOUP_STATUS_IS_SUCCESSFUL(status) ((status) >= 200 && (status) < 300)
#define SOUP_STATUS_IS_REDIRECTION(status) ((status) >= 300 && (status) < 400)
#define SOUP_STATUS_IS_CLIENT_ERROR(status) ((status) >= 400 && (status) < 500)
#define SOUP_STATUS_IS_SERVER_ERROR(status) ((status) >= 500 && (status) < 600)

#define SOUP_TYPE_STATUS (soup_status_get_type ())
GType soup_status_get_type (void) G_GNUC_CONST;

/**
 * SoupHTTPVersion:
 * @SOUP_HTTP_1_0: HTTP/1.0
 * @SOUP_HTTP_1_1: HTTP/1.1
 * @SOUP_HTTP_2_0: HTTP/2
 *
 * A version of HTTP.
 */
typedef enum {
  SOUP_HTTP_1_0 = 0, /*< nick=http-1-0 >*/
  SOUP_HTTP_1_1 = 1, /*< nick=http-1-1 >*/
  SOUP_HTTP_2_0 = 2, /*< nick=http-2-0 >*/
} SoupHTTPVersion;

#define SOUP_TYPE_HTTP_VERSION (soup_http_version_get_type ())
GType soup_http_version_get_type (void) G_GNUC_CONST;

/**
 * SoupEncoding:
 * @SOUP_ENCODING_UNRECOGNIZED: a Transfer-Encoding that is not known
 * @SOUP_ENCODING_NONE: there is no body
 * @SOUP_ENCODING_CONTENT_LENGTH: by its Content-Length
 * @SOUP_ENCODING_EOF: by the end of the connection (responses only)
 * @SOUP_ENCODING_CHUNKED: by its last chunk
 * @SOUP_ENCODING_BYTERANGES: by the last part of multipart/byteranges
 *
 * How the end of a body is told.
 */
typedef enum {
  SOUP_ENCODING_UNRECOGNIZED = 0,
  SOUP_ENCODING_NONE = 1,
  SOUP_ENCODING_CONTENT_LENGTH = 2,
  SOUP_ENCODING_EOF = 3,
  SOUP_ENCODING_CHUNKED = 4,
  SOUP_ENCODING_BYTERANGES = 5,
} SoupEncoding;

#define SOUP_TYPE_ENCODING (soup_encoding_get_type ())
GType soup_encoding_get_type (void) G_GNUC_CONST;

/**
 * SoupExpectation:
 * @SOUP_EXPECTATION_UNRECOGNIZED: something that is not known
 * @SOUP_EXPECTATION_CONTINUE: 100-continue
 *
 * What an Expect header asks for.
 */
typedef enum { /*< flags >*/
  SOUP_EXPECTATION_UNRECOGNIZED = (1 << 0),
  SOUP_EXPECTATION_CONTINUE = (1 << 1),
} SoupExpectation;

#define SOUP_TYPE_EXPECTATION (soup_expectation_get_type ())
GType soup_expectation_get_type (void) G_GNUC_CONST;

/**
 * SoupMemoryUse:
 * @SOUP_MEMORY_STATIC: it is constant and outlives the body
 * @SOUP_MEMORY_TAKE: the body owns it from now on and frees it with g_free()
 * @SOUP_MEMORY_COPY: it is copied
 *
 * What becomes of a buffer that is handed to a body.
 */
typedef enum {
  SOUP_MEMORY_STATIC = 0,
  SOUP_MEMORY_TAKE = 1,
  SOUP_MEMORY_COPY = 2,
} SoupMemoryUse;

#define SOUP_TYPE_MEMORY_USE (soup_memory_use_get_type ())
GType soup_memory_use_get_type (void) G_GNUC_CONST;

/**
 * SoupMessageHeadersType:
 * @SOUP_MESSAGE_HEADERS_REQUEST: those of a request
 * @SOUP_MESSAGE_HEADERS_RESPONSE: those of a response
 * @SOUP_MESSAGE_HEADERS_MULTIPART: those of a part of a multipart body
 *
 * Which headers a list of headers holds.
 */
typedef enum {
  SOUP_MESSAGE_HEADERS_REQUEST = 0,
  SOUP_MESSAGE_HEADERS_RESPONSE = 1,
  SOUP_MESSAGE_HEADERS_MULTIPART = 2,
} SoupMessageHeadersType;

#define SOUP_TYPE_MESSAGE_HEADERS_TYPE (soup_message_headers_type_get_type ())
GType soup_message_headers_type_get_type (void) G_GNUC_CONST;

/**
 * SoupMessageFlags:
 * @SOUP_MESSAGE_NO_REDIRECT: redirects are not followed
 * @SOUP_MESSAGE_NEW_CONNECTION: a connection of its own, not one that is idle
 * @SOUP_MESSAGE_IDEMPOTENT: sending it twice does no harm
 * @SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE: no stored credentials are sent, and none are stored
 * @SOUP_MESSAGE_COLLECT_METRICS: times and sizes are collected
 *
 * How a session treats a message.
 */
typedef enum { /*< flags >*/
  SOUP_MESSAGE_NO_REDIRECT = (1 << 1),
  SOUP_MESSAGE_NEW_CONNECTION = (1 << 2),
  SOUP_MESSAGE_IDEMPOTENT = (1 << 3),
  SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE = (1 << 4),
  SOUP_MESSAGE_COLLECT_METRICS = (1 << 5),
} SoupMessageFlags;

#define SOUP_TYPE_MESSAGE_FLAGS (soup_message_flags_get_type ())
GType soup_message_flags_get_type (void) G_GNUC_CONST;

/**
 * SoupMessagePriority:
 * @SOUP_MESSAGE_PRIORITY_VERY_LOW: after all others
 * @SOUP_MESSAGE_PRIORITY_LOW: after normal ones
 * @SOUP_MESSAGE_PRIORITY_NORMAL: the default
 * @SOUP_MESSAGE_PRIORITY_HIGH: before normal ones
 * @SOUP_MESSAGE_PRIORITY_VERY_HIGH: before all others
 *
 * Which message a session sends first.
 */
typedef enum {
  SOUP_MESSAGE_PRIORITY_VERY_LOW = 0,
  SOUP_MESSAGE_PRIORITY_LOW = 1,
  SOUP_MESSAGE_PRIORITY_NORMAL = 2,
  SOUP_MESSAGE_PRIORITY_HIGH = 3,
  SOUP_MESSAGE_PRIORITY_VERY_HIGH = 4,
} SoupMessagePriority;

#define SOUP_TYPE_MESSAGE_PRIORITY (soup_message_priority_get_type ())
GType soup_message_priority_get_type (void) G_GNUC_CONST;

/**
 * SoupDateFormat:
 * @SOUP_DATE_HTTP: as in a Date header: "Sun, 06 Nov 1994 08:49:37 GMT"
 * @SOUP_DATE_COOKIE: as in a cookie: "Sun, 06-Nov-1994 08:49:37 GMT"
 *
 * How a date is written.
 */
typedef enum {
  SOUP_DATE_HTTP = 1,
  SOUP_DATE_COOKIE = 2,
} SoupDateFormat;

#define SOUP_TYPE_DATE_FORMAT (soup_date_format_get_type ())
GType soup_date_format_get_type (void) G_GNUC_CONST;

/**
 * SoupURIComponent:
 * @SOUP_URI_NONE: ends the list
 * @SOUP_URI_SCHEME: the scheme
 * @SOUP_URI_USER: the user
 * @SOUP_URI_PASSWORD: the password
 * @SOUP_URI_AUTH_PARAMS: the authentication parameters
 * @SOUP_URI_HOST: the host
 * @SOUP_URI_PORT: the port, an int
 * @SOUP_URI_PATH: the path
 * @SOUP_URI_QUERY: the query
 * @SOUP_URI_FRAGMENT: the fragment
 *
 * A part of a URI, for soup_uri_copy().
 */
typedef enum {
  SOUP_URI_NONE = 0,
  SOUP_URI_SCHEME = 1,
  SOUP_URI_USER = 2,
  SOUP_URI_PASSWORD = 3,
  SOUP_URI_AUTH_PARAMS = 4,
  SOUP_URI_HOST = 5,
  SOUP_URI_PORT = 6,
  SOUP_URI_PATH = 7,
  SOUP_URI_QUERY = 8,
  SOUP_URI_FRAGMENT = 9,
} SoupURIComponent;

#define SOUP_TYPE_URI_COMPONENT (soup_uri_component_get_type ())
GType soup_uri_component_get_type (void) G_GNUC_CONST;

/**
 * SoupServerListenOptions:
 * @SOUP_SERVER_LISTEN_HTTPS: with TLS
 * @SOUP_SERVER_LISTEN_IPV4_ONLY: on IPv4 addresses alone
 * @SOUP_SERVER_LISTEN_IPV6_ONLY: on IPv6 addresses alone
 *
 * How a server listens.
 */
typedef enum { /*< flags >*/
  SOUP_SERVER_LISTEN_HTTPS = (1 << 0),
  SOUP_SERVER_LISTEN_IPV4_ONLY = (1 << 1),
  SOUP_SERVER_LISTEN_IPV6_ONLY = (1 << 2),
} SoupServerListenOptions;

#define SOUP_TYPE_SERVER_LISTEN_OPTIONS (soup_server_listen_options_get_type ())
GType soup_server_listen_options_get_type (void) G_GNUC_CONST;

/**
 * SoupSessionError:
 * @SOUP_SESSION_ERROR_PARSING: the answer is not HTTP
 * @SOUP_SESSION_ERROR_ENCODING: the body is not encoded as its headers say
 * @SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS: redirected too often
 * @SOUP_SESSION_ERROR_TOO_MANY_RESTARTS: sent again too often
 * @SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION: a redirect without a Location
 * @SOUP_SESSION_ERROR_REDIRECT_BAD_URI: a redirect to a Location that is no URI
 * @SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE: the message is being sent already
 *
 * Why a session failed.
 */
typedef enum {
  SOUP_SESSION_ERROR_PARSING = 0,
  SOUP_SESSION_ERROR_ENCODING = 1,
  SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS = 2,
  SOUP_SESSION_ERROR_TOO_MANY_RESTARTS = 3,
  SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION = 4,
  SOUP_SESSION_ERROR_REDIRECT_BAD_URI = 5,
  SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE = 6,
} SoupSessionError;

#define SOUP_TYPE_SESSION_ERROR (soup_session_error_get_type ())
GType soup_session_error_get_type (void) G_GNUC_CONST;

/**
 * SoupWebsocketError:
 * @SOUP_WEBSOCKET_ERROR_FAILED: a failure without a name
 * @SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET: the other side does not speak WebSocket
 * @SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE: the handshake breaks a rule
 * @SOUP_WEBSOCKET_ERROR_BAD_ORIGIN: the Origin is not the one that is asked for
 *
 * Why a WebSocket failed, other than by a close code.
 */
typedef enum {
  SOUP_WEBSOCKET_ERROR_FAILED = 0,
  SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET = 1,
  SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE = 2,
  SOUP_WEBSOCKET_ERROR_BAD_ORIGIN = 3,
} SoupWebsocketError;

#define SOUP_TYPE_WEBSOCKET_ERROR (soup_websocket_error_get_type ())
GType soup_websocket_error_get_type (void) G_GNUC_CONST;

/**
 * SoupWebsocketConnectionType:
 * @SOUP_WEBSOCKET_CONNECTION_UNKNOWN: not known
 * @SOUP_WEBSOCKET_CONNECTION_CLIENT: the client: its frames are masked
 * @SOUP_WEBSOCKET_CONNECTION_SERVER: the server
 *
 * Which side of a WebSocket a connection is.
 */
typedef enum {
  SOUP_WEBSOCKET_CONNECTION_UNKNOWN = 0,
  SOUP_WEBSOCKET_CONNECTION_CLIENT = 1,
  SOUP_WEBSOCKET_CONNECTION_SERVER = 2,
} SoupWebsocketConnectionType;

#define SOUP_TYPE_WEBSOCKET_CONNECTION_TYPE (soup_websocket_connection_type_get_type ())
GType soup_websocket_connection_type_get_type (void) G_GNUC_CONST;

/**
 * SoupWebsocketDataType:
 * @SOUP_WEBSOCKET_DATA_TEXT: UTF-8 text
 * @SOUP_WEBSOCKET_DATA_BINARY: bytes
 *
 * What a WebSocket message holds.
 */
typedef enum {
  SOUP_WEBSOCKET_DATA_TEXT = 1,
  SOUP_WEBSOCKET_DATA_BINARY = 2,
} SoupWebsocketDataType;

#define SOUP_TYPE_WEBSOCKET_DATA_TYPE (soup_websocket_data_type_get_type ())
GType soup_websocket_data_type_get_type (void) G_GNUC_CONST;

/**
 * SoupWebsocketCloseCode:
 * @SOUP_WEBSOCKET_CLOSE_NORMAL: the purpose is fulfilled
 * @SOUP_WEBSOCKET_CLOSE_GOING_AWAY: a server goes down, or a browser leaves the page
 * @SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR: the peer broke the protocol
 * @SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA: data of a type that cannot be accepted
 * @SOUP_WEBSOCKET_CLOSE_NO_STATUS: a close frame without a code; never sent
 * @SOUP_WEBSOCKET_CLOSE_ABNORMAL: closed without a close frame; never sent
 * @SOUP_WEBSOCKET_CLOSE_BAD_DATA: data that does not fit its type, such as text that is not UTF-8
 * @SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION: a message against a policy
 * @SOUP_WEBSOCKET_CLOSE_TOO_BIG: a message that is too big
 * @SOUP_WEBSOCKET_CLOSE_NO_EXTENSION: a client misses an extension; never sent by servers
 * @SOUP_WEBSOCKET_CLOSE_SERVER_ERROR: a condition that the server did not expect
 * @SOUP_WEBSOCKET_CLOSE_TLS_HANDSHAKE: the TLS handshake failed; never sent
 *
 * Why a WebSocket is closed (RFC 6455, section 7.4.1).
 *
 * A connection may also be closed with a code of IANA's registry that stands here under no name, or with one of
 * the application's own, from 3000 to 4999.
 */
typedef enum {
  SOUP_WEBSOCKET_CLOSE_NORMAL = 1000,
  SOUP_WEBSOCKET_CLOSE_GOING_AWAY = 1001,
  SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR = 1002,
  SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA = 1003,
  SOUP_WEBSOCKET_CLOSE_NO_STATUS = 1005,
  SOUP_WEBSOCKET_CLOSE_ABNORMAL = 1006,
  SOUP_WEBSOCKET_CLOSE_BAD_DATA = 1007,
  SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION = 1008,
  SOUP_WEBSOCKET_CLOSE_TOO_BIG = 1009,
  SOUP_WEBSOCKET_CLOSE_NO_EXTENSION = 1010,
  SOUP_WEBSOCKET_CLOSE_SERVER_ERROR = 1011,
  SOUP_WEBSOCKET_CLOSE_TLS_HANDSHAKE = 1015,
} SoupWebsocketCloseCode;

#define SOUP_TYPE_WEBSOCKET_CLOSE_CODE (soup_websocket_close_code_get_type ())
GType soup_websocket_close_code_get_type (void) G_GNUC_CONST;

/**
 * SoupWebsocketState:
 * @SOUP_WEBSOCKET_STATE_OPEN: messages go both ways
 * @SOUP_WEBSOCKET_STATE_CLOSING: a close frame is sent or received
 * @SOUP_WEBSOCKET_STATE_CLOSED: all is over
 *
 * How far the life of a WebSocket has come.
 */
typedef enum {
  SOUP_WEBSOCKET_STATE_OPEN = 1,
  SOUP_WEBSOCKET_STATE_CLOSING = 2,
  SOUP_WEBSOCKET_STATE_CLOSED = 3,
} SoupWebsocketState;

#define SOUP_TYPE_WEBSOCKET_STATE (soup_websocket_state_get_type ())
GType soup_websocket_state_get_type (void) G_GNUC_CONST;

/**
 * SoupSameSitePolicy:
 * @SOUP_SAME_SITE_POLICY_NONE: with all of them
 * @SOUP_SAME_SITE_POLICY_LAX: with top-level navigations by safe methods
 * @SOUP_SAME_SITE_POLICY_STRICT: with none
 *
 * Whether a cookie goes with requests that another site causes.
 */
typedef enum {
  SOUP_SAME_SITE_POLICY_NONE = 0,
  SOUP_SAME_SITE_POLICY_LAX = 1,
  SOUP_SAME_SITE_POLICY_STRICT = 2,
} SoupSameSitePolicy;

#define SOUP_TYPE_SAME_SITE_POLICY (soup_same_site_policy_get_type ())
GType soup_same_site_policy_get_type (void) G_GNUC_CONST;

/**
 * SoupCookieJarAcceptPolicy:
 * @SOUP_COOKIE_JAR_ACCEPT_ALWAYS: everybody's
 * @SOUP_COOKIE_JAR_ACCEPT_NEVER: nobody's
 * @SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY: those of the site that the user sees, which soup_message_set_first_party() says
 * @SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY: those too of who has cookies in the jar already
 *
 * Whose cookies a #SoupCookieJar takes.
 */
typedef enum {
  SOUP_COOKIE_JAR_ACCEPT_ALWAYS = 0,
  SOUP_COOKIE_JAR_ACCEPT_NEVER = 1,
  SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY = 2,
  SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY = 3,
} SoupCookieJarAcceptPolicy;

#define SOUP_TYPE_COOKIE_JAR_ACCEPT_POLICY (soup_cookie_jar_accept_policy_get_type ())
GType soup_cookie_jar_accept_policy_get_type (void) G_GNUC_CONST;

/**
 * SoupCacheType:
 * @SOUP_CACHE_SINGLE_USER: one user, for whom private responses may be stored
 * @SOUP_CACHE_SHARED: several, for whom they may not
 *
 * Who uses a #SoupCache.
 */
typedef enum {
  SOUP_CACHE_SINGLE_USER = 0,
  SOUP_CACHE_SHARED = 1,
} SoupCacheType;

#define SOUP_TYPE_CACHE_TYPE (soup_cache_type_get_type ())
GType soup_cache_type_get_type (void) G_GNUC_CONST;

/**
 * SoupCacheability:
 * @SOUP_CACHE_CACHEABLE: it may be stored
 * @SOUP_CACHE_UNCACHEABLE: it may not
 * @SOUP_CACHE_INVALIDATES: what is stored for its URI is not valid any more
 * @SOUP_CACHE_VALIDATES: it says that what is stored is still valid
 *
 * What a response does to a #SoupCache.
 */
typedef enum { /*< flags >*/
  SOUP_CACHE_CACHEABLE = (1 << 0),
  SOUP_CACHE_UNCACHEABLE = (1 << 1),
  SOUP_CACHE_INVALIDATES = (1 << 2),
  SOUP_CACHE_VALIDATES = (1 << 3),
} SoupCacheability;

#define SOUP_TYPE_CACHEABILITY (soup_cacheability_get_type ())
GType soup_cacheability_get_type (void) G_GNUC_CONST;

/**
 * SoupLoggerLogLevel:
 * @SOUP_LOGGER_LOG_NONE: nothing
 * @SOUP_LOGGER_LOG_MINIMAL: request lines and status lines
 * @SOUP_LOGGER_LOG_HEADERS: all headers too
 * @SOUP_LOGGER_LOG_BODY: bodies too
 *
 * How much a #SoupLogger prints.
 */
typedef enum {
  SOUP_LOGGER_LOG_NONE = 0,
  SOUP_LOGGER_LOG_MINIMAL = 1,
  SOUP_LOGGER_LOG_HEADERS = 2,
  SOUP_LOGGER_LOG_BODY = 3,
} SoupLoggerLogLevel;

#define SOUP_TYPE_LOGGER_LOG_LEVEL (soup_logger_log_level_get_type ())
GType soup_logger_log_level_get_type (void) G_GNUC_CONST;

/**
 * SoupCookieJarError:
 * @SOUP_COOKIE_JAR_ERROR_DB: the database could not be opened, read or written
 *
 * What an error of the domain %SOUP_COOKIE_JAR_ERROR says.
 */
typedef enum {
  SOUP_COOKIE_JAR_ERROR_DB = 0,
} SoupCookieJarError;

#define SOUP_TYPE_COOKIE_JAR_ERROR (soup_cookie_jar_error_get_type ())
GType soup_cookie_jar_error_get_type (void) G_GNUC_CONST;

/**
 * SoupTLDError:
 * @SOUP_TLD_ERROR_INVALID_HOSTNAME: the name is none
 * @SOUP_TLD_ERROR_IS_IP_ADDRESS: it is an IP address
 * @SOUP_TLD_ERROR_NOT_ENOUGH_DOMAINS: it is a public suffix itself
 * @SOUP_TLD_ERROR_NO_BASE_DOMAIN: it ends in no suffix that is known
 * @SOUP_TLD_ERROR_NO_PSL_DATA: there is no list of suffixes; it does not happen
 *
 * Why a host has no base domain.
 */
typedef enum {
  SOUP_TLD_ERROR_INVALID_HOSTNAME = 0,
  SOUP_TLD_ERROR_IS_IP_ADDRESS = 1,
  SOUP_TLD_ERROR_NOT_ENOUGH_DOMAINS = 2,
  SOUP_TLD_ERROR_NO_BASE_DOMAIN = 3,
  SOUP_TLD_ERROR_NO_PSL_DATA = 4,
} SoupTLDError;

#define SOUP_TYPE_TLD_ERROR (soup_tld_error_get_type ())
GType soup_tld_error_get_type (void) G_GNUC_CONST;

G_END_DECLS
