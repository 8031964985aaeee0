/* What GObject introspection is told about properties and signals: without a block a signal has invented parameter
 * names. The scanner reads this file, no compiler does, and it is not installed. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* ---- SoupMessage ---- */

/**
 * SoupMessage:method:
 *
 * The method of the request.
 */

/**
 * SoupMessage:uri:
 *
 * The URI of the request.
 */

/**
 * SoupMessage:http-version:
 *
 * The version of HTTP that the message goes with.
 */

/**
 * SoupMessage:flags:
 *
 * How the session treats the message.
 */

/**
 * SoupMessage:status-code:
 *
 * The status of the response, 0 before there is one.
 */

/**
 * SoupMessage:reason-phrase:
 *
 * The words beside the status.
 */

/**
 * SoupMessage:first-party:
 *
 * The URI of the document that the request is made for.
 */

/**
 * SoupMessage:site-for-cookies:
 *
 * The site that decides whether the request is a same-site one.
 */

/**
 * SoupMessage:is-top-level-navigation:
 *
 * Whether the request is a navigation of the topmost page.
 */

/**
 * SoupMessage:request-headers:
 *
 * The headers of the request.
 */

/**
 * SoupMessage:response-headers:
 *
 * The headers of the response.
 */

/**
 * SoupMessage:tls-peer-certificate:
 *
 * The certificate that the server showed.
 */

/**
 * SoupMessage:tls-peer-certificate-errors:
 *
 * What is wrong with #SoupMessage:tls-peer-certificate.
 */

/**
 * SoupMessage:tls-protocol-version:
 *
 * The version of TLS that was agreed on.
 */

/**
 * SoupMessage:tls-ciphersuite-name:
 *
 * The name of the cipher suite that was agreed on.
 */

/**
 * SoupMessage:remote-address:
 *
 * The address that the message was sent to.
 */

/**
 * SoupMessage:priority:
 *
 * Which messages the session sends before this one.
 */

/**
 * SoupMessage:is-options-ping:
 *
 * Whether the request is `OPTIONS *`, whatever the path of its URI.
 */

/**
 * SoupMessage::wrote-headers:
 * @msg: the message
 *
 * Emitted when the request's headers are sent.
 */

/**
 * SoupMessage::wrote-body-data:
 * @msg: the message
 * @chunk_size: the count of bytes
 *
 * Emitted when a piece of the request's body is sent.
 */

/**
 * SoupMessage::wrote-body:
 * @msg: the message
 *
 * Emitted when all of the request is sent.
 */

/**
 * SoupMessage::got-informational:
 * @msg: the message
 *
 * Emitted for a response with a status of 100 to 199. The response's headers are cleared when the handlers are done.
 */

/**
 * SoupMessage::got-headers:
 * @msg: the message
 *
 * Emitted when the status and the headers of the response are there.
 */

/**
 * SoupMessage::got-body-data:
 * @msg: the message
 * @chunk_size: the count of bytes, framing included
 *
 * Emitted when a piece of the response's body has arrived.
 *
 * Since: 3.4
 */

/**
 * SoupMessage::got-body:
 * @msg: the message
 *
 * Emitted when all of the response has arrived.
 */

/**
 * SoupMessage::content-sniffed:
 * @msg: the message
 * @type: the content type
 * @params: (element-type utf8 utf8): its parameters
 *
 * Emitted when the type of the response's body is known.
 */

/**
 * SoupMessage::starting:
 * @msg: the message
 *
 * Emitted just before the request is sent on a connection.
 */

/**
 * SoupMessage::restarted:
 * @msg: the message
 *
 * Emitted when the request will be sent again.
 */

/**
 * SoupMessage::finished:
 * @msg: the message
 *
 * Emitted when the session is done with the message.
 */

/**
 * SoupMessage::authenticate:
 * @msg: the message
 * @auth: what asks for a password
 * @retrying: whether the last answer was refused
 *
 * Emitted when the server or a proxy asks for a password. The handler answers with soup_auth_authenticate() or soup_auth_cancel(); if it
 * returns %TRUE, the message waits until one of them is called.
 *
 * Returns: %TRUE when the handler answers, now or later
 */

/**
 * SoupMessage::network-event:
 * @msg: the message
 * @event: what happens
 * @connection: the connection it happens to
 *
 * Emitted while a connection is being made for the message.
 */

/**
 * SoupMessage::accept-certificate:
 * @msg: the message
 * @tls_peer_certificate: the server's certificate
 * @tls_peer_errors: what is wrong with it
 *
 * Emitted when the server's certificate is not trusted.
 *
 * Returns: %TRUE to trust it
 */

/**
 * SoupMessage::request-certificate:
 * @msg: the message
 * @tls_connection: the connection
 *
 * Emitted when the server asks for the client's certificate.
 *
 * Returns: %TRUE when the handler answers, now or later
 */

/**
 * SoupMessage::request-certificate-password:
 * @msg: the message
 * @tls_password: what asks for it
 *
 * Emitted when the client's certificate needs a password.
 *
 * Returns: %TRUE when the handler answers, now or later
 */

/**
 * SoupMessage::hsts-enforced:
 * @msg: the message
 *
 * Emitted when http turned to https because the host asked for it earlier.
 */

/* ---- SoupSession ---- */

/**
 * SoupSession:proxy-resolver:
 *
 * What knows the proxies. Setting it to %NULL takes the proxies away; the system's resolver is the default.
 */

/**
 * SoupSession:max-conns:
 *
 * How many connections the session has at once.
 */

/**
 * SoupSession:max-conns-per-host:
 *
 * How many connections the session has at once with one host.
 */

/**
 * SoupSession:tls-database:
 *
 * The certificates that servers are checked with; the system's by default.
 */

/**
 * SoupSession:timeout:
 *
 * After how many seconds without anything arriving a connection is given up; 0 for never.
 */

/**
 * SoupSession:user-agent:
 *
 * The User-Agent header of the requests. A value that ends with a space gets the library's own name appended.
 */

/**
 * SoupSession:accept-language:
 *
 * The Accept-Language header of the requests.
 */

/**
 * SoupSession:accept-language-auto:
 *
 * Whether #SoupSession:accept-language follows the languages of the locale.
 */

/**
 * SoupSession:remote-connectable:
 *
 * Where the session connects to, whatever the URIs of its messages say.
 */

/**
 * SoupSession:idle-timeout:
 *
 * After how many seconds an unused connection is closed; 0 for never.
 */

/**
 * SoupSession:local-address:
 *
 * The address that connections are made from.
 */

/**
 * SoupSession:tls-interaction:
 *
 * What asks the user for certificates and passwords.
 */

/**
 * SoupSession::request-queued:
 * @session: the session
 * @msg: the message
 *
 * Emitted when a message is handed to the session.
 */

/**
 * SoupSession::request-unqueued:
 * @session: the session
 * @msg: the message
 *
 * Emitted when the session is done with a message.
 */

/* ---- SoupWebsocketConnection ---- */

/**
 * SoupWebsocketConnection:io-stream:
 *
 * The stream that the frames go over. Its two halves must be pollable.
 */

/**
 * SoupWebsocketConnection:connection-type:
 *
 * Which side of the WebSocket this is.
 */

/**
 * SoupWebsocketConnection:uri:
 *
 * The URI of the WebSocket.
 */

/**
 * SoupWebsocketConnection:origin:
 *
 * The Origin that the client gave.
 */

/**
 * SoupWebsocketConnection:protocol:
 *
 * The subprotocol that both sides agreed on.
 */

/**
 * SoupWebsocketConnection:state:
 *
 * How far the connection's life has come.
 */

/**
 * SoupWebsocketConnection:max-incoming-payload-size:
 *
 * The greatest frame, in bytes, that the peer may send; 0 for no limit.
 */

/**
 * SoupWebsocketConnection:max-total-message-size:
 *
 * The greatest message, in bytes, that the peer may send: all of its frames together, decompressed; 0 for no limit. A
 * server that does not set it has a limit of 128 KiB, a client none.
 *
 * Since: 3.8
 */

/**
 * SoupWebsocketConnection:keepalive-interval:
 *
 * After how many seconds a ping is sent, again and again; 0 for never.
 */

/**
 * SoupWebsocketConnection:keepalive-pong-timeout:
 *
 * Within how many seconds the peer must answer a ping of the keepalive, or be taken for gone; 0 for no limit.
 *
 * Since: 3.6
 */

/**
 * SoupWebsocketConnection:extensions:
 *
 * A #GList of the #SoupWebsocketExtension objects that both sides agreed on.
 */

/**
 * SoupWebsocketConnection::message:
 * @connection: the connection
 * @type: what the message holds, one of #SoupWebsocketDataType
 * @message: the message
 *
 * Emitted when a whole message has arrived. A NUL follows the bytes of @message, which its size does not count.
 */

/**
 * SoupWebsocketConnection::error:
 * @connection: the connection
 * @error: what happened
 *
 * Emitted when something goes wrong. #SoupWebsocketConnection::closed follows when it is the end.
 */

/**
 * SoupWebsocketConnection::closing:
 * @connection: the connection
 *
 * Emitted once in an orderly close, when the closing handshake begins.
 */

/**
 * SoupWebsocketConnection::closed:
 * @connection: the connection
 *
 * Emitted once, when the connection is closed, in whatever way.
 */

/**
 * SoupWebsocketConnection::pong:
 * @connection: the connection
 * @message: the payload of the pong
 *
 * Emitted when a pong has arrived. A NUL follows the bytes of @message, which its size does not count.
 */

/* ---- SoupServerMessage ---- */

/**
 * SoupServerMessage:tls-peer-certificate:
 *
 * The certificate that the client showed.
 *
 * Since: 3.2
 */

/**
 * SoupServerMessage:tls-peer-certificate-errors:
 *
 * What is wrong with #SoupServerMessage:tls-peer-certificate.
 *
 * Since: 3.2
 */

/**
 * SoupServerMessage::wrote-informational:
 * @msg: the message
 *
 * Emitted when a response with a status of 100 to 199 is sent.
 */

/**
 * SoupServerMessage::wrote-headers:
 * @msg: the message
 *
 * Emitted when the response's headers are sent.
 */

/**
 * SoupServerMessage::wrote-chunk:
 * @msg: the message
 *
 * Emitted when a chunk of the response's body is sent.
 */

/**
 * SoupServerMessage::wrote-body-data:
 * @msg: the message
 * @chunk_size: the count of bytes
 *
 * Emitted when a piece of the response's body is sent.
 */

/**
 * SoupServerMessage::wrote-body:
 * @msg: the message
 *
 * Emitted when all of the response is sent.
 */

/**
 * SoupServerMessage::got-headers:
 * @msg: the message
 *
 * Emitted when the request's headers are there.
 */

/**
 * SoupServerMessage::got-chunk:
 * @msg: the message
 * @chunk: the bytes
 *
 * Emitted when a piece of the request's body has arrived.
 */

/**
 * SoupServerMessage::got-body:
 * @msg: the message
 *
 * Emitted when all of the request has arrived.
 */

/**
 * SoupServerMessage::finished:
 * @msg: the message
 *
 * Emitted when the exchange is over.
 */

/**
 * SoupServerMessage::connected:
 * @msg: the message
 *
 * Emitted when the client's connection is ready.
 */

/**
 * SoupServerMessage::disconnected:
 * @msg: the message
 *
 * Emitted when the client's connection is gone.
 */

/**
 * SoupServerMessage::accept-certificate:
 * @msg: the message
 * @tls_peer_certificate: the client's certificate
 * @tls_peer_errors: what is wrong with it
 *
 * Emitted when the client shows a certificate.
 *
 * Returns: %TRUE to trust it
 */

/* ---- SoupServer ---- */

/**
 * SoupServer:tls-certificate:
 *
 * The certificate that the server shows.
 */

/**
 * SoupServer:tls-database:
 *
 * The certificates that clients are checked with.
 */

/**
 * SoupServer:tls-auth-mode:
 *
 * Whether clients must show a certificate.
 */

/**
 * SoupServer:raw-paths:
 *
 * Whether the paths of requests are left percent-encoded.
 */

/**
 * SoupServer:server-header:
 *
 * The Server header of the responses. A value that ends with a space gets the library's own name appended.
 */

/**
 * SoupServer::request-started:
 * @server: the server
 * @message: the request
 *
 * Emitted when a request begins.
 */

/**
 * SoupServer::request-read:
 * @server: the server
 * @message: the request
 *
 * Emitted when all of a request has arrived, before the handlers are called.
 */

/**
 * SoupServer::request-finished:
 * @server: the server
 * @message: the request
 *
 * Emitted when all of a response is sent.
 */

/**
 * SoupServer::request-aborted:
 * @server: the server
 * @message: the request
 *
 * Emitted when an exchange ends before its response is sent.
 */

/**
 * SoupMultipartInputStream:message:
 *
 * The message whose body is read.
 */

/**
 * SoupAuthDomain:realm:
 *
 * The realm, which clients show to their users.
 */

/**
 * SoupAuthDomain:proxy:
 *
 * Whether the domain is that of a proxy: it asks with 407, and for every request.
 */

/**
 * SoupAuthDomain:filter: (type SoupAuthDomainFilter)
 *
 * The #SoupAuthDomainFilter that decides which requests need a password.
 */

/**
 * SoupAuthDomain:filter-data:
 *
 * The data of #SoupAuthDomain:filter.
 */

/**
 * SoupAuthDomain:generic-auth-callback: (type SoupAuthDomainGenericAuthCallback)
 *
 * The #SoupAuthDomainGenericAuthCallback that decides about users.
 */

/**
 * SoupAuthDomain:generic-auth-data:
 *
 * The data of #SoupAuthDomain:generic-auth-callback.
 */

/**
 * SoupAuthDomainBasic:auth-callback: (type SoupAuthDomainBasicAuthCallback)
 *
 * The #SoupAuthDomainBasicAuthCallback that decides about users and passwords.
 */

/**
 * SoupAuthDomainBasic:auth-data:
 *
 * The data of #SoupAuthDomainBasic:auth-callback.
 */

/**
 * SoupAuthDomainDigest:auth-callback: (type SoupAuthDomainDigestAuthCallback)
 *
 * The #SoupAuthDomainDigestAuthCallback that gives the passwords of users.
 */

/**
 * SoupAuthDomainDigest:auth-data:
 *
 * The data of #SoupAuthDomainDigest:auth-callback.
 */

/* ---- SoupCookieJar ---- */

/**
 * SoupCookieJar:read-only:
 *
 * Whether nothing is written, and #SoupCookieJar::changed not emitted.
 */

/**
 * SoupCookieJar:accept-policy:
 *
 * Whose cookies the jar takes.
 */

/**
 * SoupCookieJar::changed:
 * @jar: the jar
 * @old_cookie: (nullable): the cookie that was there
 * @new_cookie: (nullable): the cookie that is there now
 *
 * Emitted when a cookie comes (@old_cookie is %NULL), is replaced, or goes (@new_cookie is %NULL).
 */

/**
 * SoupCookieJarClass::save:
 * @jar: the jar
 *
 * Nobody calls it.
 */

/**
 * SoupCookieJarText:filename:
 *
 * The file.
 */

/* ---- SoupLogger ---- */

/**
 * SoupLogger:level:
 *
 * How much is printed.
 */

/**
 * SoupLogger:max-body-size:
 *
 * How many bytes of a body are printed at the most, or -1.
 */

/**
 * SoupCookieJarDB:filename:
 *
 * The database.
 */

/**
 * SoupCookieJarDB:max-size:
 *
 * How large the database may become, in bytes; 0 for any size.
 */

/* ---- SoupHSTSEnforcer ---- */

/**
 * SoupHSTSEnforcer::changed:
 * @hsts_enforcer: the enforcer
 * @old_policy: (nullable): the policy that was there
 * @new_policy: (nullable): the policy that is there now
 *
 * Emitted when a policy comes (@old_policy is %NULL), is replaced, or goes (@new_policy is %NULL).
 */

/**
 * SoupHSTSEnforcerDB:filename:
 *
 * The database.
 */

/* ---- SoupCache ---- */

/**
 * SoupCacheClass::get_cacheability:
 * @cache: the cache
 * @msg: a message whose response's headers have come
 *
 * Says what the response to @msg does to the cache. A class that overrides it asks its parent's first, which knows the rules of HTTP.
 *
 * Returns: what it does
 */

/**
 * SoupCache:cache-dir:
 *
 * The folder of the responses.
 */

/**
 * SoupCache:cache-type:
 *
 * Who uses the cache.
 */

/* ---- SoupAuth ---- */

/**
 * SoupAuth:scheme-name:
 *
 * The name of the scheme.
 */

/**
 * SoupAuth:realm:
 *
 * The realm: a text for the user, that tells the parts of a server from each other.
 */

/**
 * SoupAuth:authority:
 *
 * Host and port of the server that has asked.
 */

/**
 * SoupAuth:is-for-proxy:
 *
 * Whether a proxy has asked.
 */

/**
 * SoupAuth:is-authenticated:
 *
 * Whether there are credentials that are not known to be wrong.
 */

/**
 * SoupAuth:is-cancelled:
 *
 * Whether soup_auth_cancel() was called.
 */
