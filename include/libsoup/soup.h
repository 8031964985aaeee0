/* Generated from src/capi by build.rs. Do not edit: change the Rust function and build. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */

#pragma once


#include <libsoup/soup-types.h>

G_BEGIN_DECLS

/**
 * soup_session_error_quark:
 * The domain of the errors that sessions give: see #SoupSessionError.
 *
 * Returns: the quark
 */
GQuark soup_session_error_quark(void);

/**
 * soup_websocket_error_quark:
 * The domain of the errors that WebSockets give: see #SoupWebsocketError.
 *
 * Returns: the quark
 */
GQuark soup_websocket_error_quark(void);

/**
 * soup_auth_manager_use_auth:
 * @manager: the manager
 * @uri: a URI
 * @auth: the auth to use
 *
 * Has messages for @uri, and for what belongs to the same protection space, use @auth without being asked.
 */
void soup_auth_manager_use_auth(SoupAuthManager *manager, GUri *uri, SoupAuth *auth);

/**
 * soup_auth_manager_clear_cached_credentials:
 * @manager: the manager
 *
 * Forgets all credentials. Servers and proxies have to ask again.
 */
void soup_auth_manager_clear_cached_credentials(SoupAuthManager *manager);

/**
 * soup_auth_negotiate_supported:
 * Returns whether this library was built with GSSAPI. Without it #SoupAuthNegotiate declines all challenges.
 *
 * A session answers challenges of Negotiate once %SOUP_TYPE_AUTH_NEGOTIATE was added to it, with the tickets of the user who runs the
 * program, and asks for no password. It answers servers that it reaches by TLS, or, where the environment variable
 * `SOUP_GSSAPI_TRUSTED_URIS` names any, those alone whose scheme, host and port stand there, with commas between them; and never
 * those in `SOUP_GSSAPI_BLOCKLISTED_URIS`. A proxy is answered where the server behind it would be. A message waits for its ticket without blocking the main loop.
 *
 * Returns: whether challenges of Negotiate can be answered
 */
gboolean soup_auth_negotiate_supported(void);

/**
 * soup_auth_new:
 * @type: the type of the auth, derived from #SoupAuth
 * @msg: the message whose response holds the challenge
 * @auth_header: the value of the WWW-Authenticate or Proxy-Authenticate header
 *
 * Makes an auth for a challenge. Of several challenges in @auth_header it is the first.
 *
 * Returns: (nullable) (transfer full): the auth, or %NULL if the challenge is not of the type's scheme, or cannot be answered
 */
SoupAuth *soup_auth_new(GType type,
                        SoupMessage *msg,
                        const char *auth_header);

/**
 * soup_auth_update:
 * @auth: the auth
 * @msg: the message whose response holds the challenge
 * @auth_header: the value of the WWW-Authenticate or Proxy-Authenticate header
 *
 * Gives @auth another challenge of its scheme and realm. Unless that says that only a nonce was too old, the credentials of
 * @auth were wrong, and are forgotten.
 *
 * Returns: %TRUE, or %FALSE if the challenge is none for @auth, or @auth was cancelled
 */
gboolean soup_auth_update(SoupAuth *auth,
                          SoupMessage *msg,
                          const char *auth_header);

/**
 * soup_auth_is_for_proxy:
 * @auth: the auth
 *
 * Returns: whether a proxy has asked for it, and not the server
 */
gboolean soup_auth_is_for_proxy(SoupAuth *auth);

/**
 * soup_auth_get_scheme_name:
 * @auth: the auth
 *
 * Returns: the name of its scheme, such as "Basic"
 */
const char *soup_auth_get_scheme_name(SoupAuth *auth);

/**
 * soup_auth_get_authority:
 * @auth: the auth
 *
 * Returns: host and port of the server that has asked
 */
const char *soup_auth_get_authority(SoupAuth *auth);

/**
 * soup_auth_get_realm:
 * @auth: the auth
 *
 * Returns: the realm: a text for the user, that tells the parts of a server from each other
 */
const char *soup_auth_get_realm(SoupAuth *auth);

/**
 * soup_auth_get_info:
 * @auth: the auth
 *
 * Gets a text that tells @auth from the other auths of its server: two auths of one text are for the same realm.
 *
 * Returns: (transfer full): the text
 */
char *soup_auth_get_info(SoupAuth *auth);

/**
 * soup_auth_authenticate:
 * @auth: the auth
 * @username: the user
 * @password: the password
 *
 * Answers #SoupMessage::authenticate, in its handler or later, from any thread: the messages that wait for @auth are sent again.
 * It does nothing once @auth was cancelled.
 */
void soup_auth_authenticate(SoupAuth *auth,
                            const char *username,
                            const char *password);

/**
 * soup_auth_cancel:
 * @auth: the auth
 *
 * Answers #SoupMessage::authenticate with no: the messages that wait for @auth get the response that asks for a password. @auth
 * is of no use any more.
 */
void soup_auth_cancel(SoupAuth *auth);

/**
 * soup_auth_is_authenticated:
 * @auth: the auth
 *
 * Returns: whether @auth has credentials that are not known to be wrong
 */
gboolean soup_auth_is_authenticated(SoupAuth *auth);

/**
 * soup_auth_is_cancelled:
 * @auth: the auth
 *
 * Returns: whether soup_auth_cancel() was called
 */
gboolean soup_auth_is_cancelled(SoupAuth *auth);

/**
 * soup_auth_is_ready:
 * @auth: the auth
 * @msg: a message
 *
 * Returns: whether @auth has what it takes to send @msg
 */
gboolean soup_auth_is_ready(SoupAuth *auth, SoupMessage *msg);

/**
 * soup_auth_can_authenticate:
 * @auth: the auth
 *
 * Returns: whether soup_auth_authenticate() would help
 */
gboolean soup_auth_can_authenticate(SoupAuth *auth);

/**
 * soup_auth_get_authorization:
 * @auth: the auth
 * @msg: the message that is to be sent
 *
 * Gets the value of the Authorization or Proxy-Authorization header for @msg. Each is for one request.
 *
 * Returns: (nullable) (transfer full): the value, or %NULL if @auth has no credentials
 */
char *soup_auth_get_authorization(SoupAuth *auth, SoupMessage *msg);

/**
 * soup_auth_get_protection_space:
 * @auth: the auth
 * @source_uri: the URI of the request that was asked for credentials
 *
 * Gets the paths that the credentials of @auth are for, with all that lies below them.
 *
 * Returns: (element-type utf8) (transfer full): the paths; free them with soup_auth_free_protection_space()
 */
GSList *soup_auth_get_protection_space(SoupAuth *auth, GUri *source_uri);

/**
 * soup_auth_free_protection_space: (skip)
 * @auth: the auth
 * @space: (element-type utf8) (transfer full): what soup_auth_get_protection_space() has returned
 *
 * Frees @space.
 */
void soup_auth_free_protection_space(SoupAuth *auth, GSList *space);

/**
 * soup_cache_new:
 * @cache_dir: (nullable): where the responses are kept; it need not exist yet. %NULL means `httpcache` in the user's folder for caches
 * @cache_type: who uses the cache
 *
 * Makes a cache. It is a session feature: a session that has it keeps responses, and answers requests with them. What is in @cache_dir
 * already is used after soup_cache_load().
 *
 * Returns: (transfer full): the cache
 */
SoupCache *soup_cache_new(const char *cache_dir,
                          SoupCacheType cache_type);

/**
 * soup_cache_flush:
 * @cache: the cache
 *
 * Waits until all responses that have come are in files. Files are written in a thread of the cache's own, so that the main loop does not
 * wait for a disk; this function does.
 */
void soup_cache_flush(SoupCache *cache);

/**
 * soup_cache_clear:
 * @cache: the cache
 *
 * Forgets all responses, and has their files removed.
 */
void soup_cache_clear(SoupCache *cache);

/**
 * soup_cache_dump:
 * @cache: the cache
 *
 * Makes sure that another cache in the same folder finds the responses with soup_cache_load(). Every file says itself what it holds, so this
 * does what soup_cache_flush() does; a program that ends without it loses the responses of its last moments, and no other.
 */
void soup_cache_dump(SoupCache *cache);

/**
 * soup_cache_load:
 * @cache: the cache
 *
 * Takes in the responses that are in the cache's folder. It returns at once; messages that are sent meanwhile wait until it is done.
 */
void soup_cache_load(SoupCache *cache);

/**
 * soup_cache_set_max_size:
 * @cache: the cache
 * @max_size: how many bytes
 *
 * Sets how much the files may take. Responses that were not used for longest are removed until the others fit; a response that would take
 * more than a tenth is not stored. The default is 50 MiB.
 */
void soup_cache_set_max_size(SoupCache *cache,
                             unsigned int max_size);

/**
 * soup_cache_get_max_size:
 * @cache: the cache
 *
 * Gets how much the files may take.
 *
 * Returns: how many bytes
 */
unsigned int soup_cache_get_max_size(SoupCache *cache);

/**
 * soup_cookie_new:
 * @name: the name
 * @value: the value
 * @domain: (nullable): the host, or, after a dot, the domain
 * @path: (nullable): the path
 * @max_age: for how many seconds it is kept; -1 for the length of the session, 0 for a cookie that has ended
 *
 * Makes a cookie. Its other attributes are set with functions of their own.
 *
 * Returns: (transfer full): the cookie
 */
SoupCookie *soup_cookie_new(const char *name,
                            const char *value,
                            const char *domain,
                            const char *path,
                            gint max_age);

/**
 * soup_cookie_parse:
 * @header: the value of a Set-Cookie header
 * @origin: (nullable): where it came from
 *
 * Reads a cookie. @origin gives the host and the path that the header does not say.
 *
 * Returns: (transfer full) (nullable): the cookie, or %NULL if @header is none, or @origin may not set it
 */
SoupCookie *soup_cookie_parse(const char *header, GUri *origin);

/**
 * soup_cookie_copy:
 * @cookie: a cookie
 *
 * Copies a cookie.
 *
 * Returns: (transfer full): the copy
 */
SoupCookie *soup_cookie_copy(SoupCookie *cookie);

/**
 * soup_cookie_free:
 * @cookie: a cookie
 *
 * Frees a cookie.
 */
void soup_cookie_free(SoupCookie *cookie);

/**
 * soup_cookie_get_name:
 * @cookie: a cookie
 *
 * Gets the name.
 *
 * Returns: the name
 */
const char *soup_cookie_get_name(SoupCookie *cookie);

/**
 * soup_cookie_set_name:
 * @cookie: a cookie
 * @name: the name
 *
 * Sets the name.
 */
void soup_cookie_set_name(SoupCookie *cookie, const char *name);

/**
 * soup_cookie_get_value:
 * @cookie: a cookie
 *
 * Gets the value.
 *
 * Returns: the value
 */
const char *soup_cookie_get_value(SoupCookie *cookie);

/**
 * soup_cookie_set_value:
 * @cookie: a cookie
 * @value: the value
 *
 * Sets the value.
 */
void soup_cookie_set_value(SoupCookie *cookie, const char *value);

/**
 * soup_cookie_get_domain:
 * @cookie: a cookie
 *
 * Gets the domain: one host's name, or, after a dot, the name of a domain whose hosts all get the cookie.
 *
 * Returns: (nullable): the domain
 */
const char *soup_cookie_get_domain(SoupCookie *cookie);

/**
 * soup_cookie_set_domain:
 * @cookie: a cookie
 * @domain: (nullable): the domain
 *
 * Sets the domain: see soup_cookie_get_domain().
 */
void soup_cookie_set_domain(SoupCookie *cookie, const char *domain);

/**
 * soup_cookie_get_path:
 * @cookie: a cookie
 *
 * Gets the path.
 *
 * Returns: (nullable): the path
 */
const char *soup_cookie_get_path(SoupCookie *cookie);

/**
 * soup_cookie_set_path:
 * @cookie: a cookie
 * @path: (nullable): the path
 *
 * Sets the path: requests for it, and for what lies below it, get the cookie.
 */
void soup_cookie_set_path(SoupCookie *cookie, const char *path);

/**
 * soup_cookie_set_max_age:
 * @cookie: a cookie
 * @max_age: for how many seconds it is kept from now; -1 for the length of the session, 0 for a cookie that has ended
 *
 * Sets when a cookie ends.
 */
void soup_cookie_set_max_age(SoupCookie *cookie,
                             gint max_age);

/**
 * soup_cookie_get_expires:
 * @cookie: a cookie
 *
 * Gets when a cookie ends.
 *
 * Returns: (nullable) (transfer none): the time, %NULL for the end of the session
 */
GDateTime *soup_cookie_get_expires(SoupCookie *cookie);

/**
 * soup_cookie_set_expires:
 * @cookie: a cookie
 * @expires: (nullable): the time, %NULL for the end of the session
 *
 * Sets when a cookie ends.
 */
void soup_cookie_set_expires(SoupCookie *cookie, GDateTime *expires);

/**
 * soup_cookie_get_secure:
 * @cookie: a cookie
 *
 * Returns whether a cookie is sent over TLS only.
 *
 * Returns: whether it is
 */
gboolean soup_cookie_get_secure(SoupCookie *cookie);

/**
 * soup_cookie_set_secure:
 * @cookie: a cookie
 * @secure: whether it is sent over TLS only
 *
 * Says whether a cookie is sent over TLS only.
 */
void soup_cookie_set_secure(SoupCookie *cookie, gboolean secure);

/**
 * soup_cookie_get_http_only:
 * @cookie: a cookie
 *
 * Returns whether a cookie is hidden from scripts.
 *
 * Returns: whether it is
 */
gboolean soup_cookie_get_http_only(SoupCookie *cookie);

/**
 * soup_cookie_set_http_only:
 * @cookie: a cookie
 * @http_only: whether it is hidden from scripts
 *
 * Says whether a cookie is hidden from scripts.
 */
void soup_cookie_set_http_only(SoupCookie *cookie, gboolean http_only);

/**
 * soup_cookie_get_same_site_policy:
 * @cookie: a cookie
 *
 * Gets whether a cookie goes with requests that another site causes.
 *
 * Returns: the policy
 */
SoupSameSitePolicy soup_cookie_get_same_site_policy(SoupCookie *cookie);

/**
 * soup_cookie_set_same_site_policy:
 * @cookie: a cookie
 * @policy: the policy
 *
 * Says whether a cookie goes with requests that another site causes.
 */
void soup_cookie_set_same_site_policy(SoupCookie *cookie, SoupSameSitePolicy policy);

/**
 * soup_cookie_to_set_cookie_header:
 * @cookie: a cookie
 *
 * Writes a cookie for a Set-Cookie header.
 *
 * Returns: (transfer full): the header's value
 */
char *soup_cookie_to_set_cookie_header(SoupCookie *cookie);

/**
 * soup_cookie_to_cookie_header:
 * @cookie: a cookie
 *
 * Writes a cookie for a Cookie header.
 *
 * Returns: (transfer full): what the header says of it
 */
char *soup_cookie_to_cookie_header(SoupCookie *cookie);

/**
 * soup_cookie_applies_to_uri:
 * @cookie: a cookie
 * @uri: a URI
 *
 * Returns whether a request for @uri gets @cookie, as far as domain, path and TLS decide.
 *
 * Returns: whether it does
 */
gboolean soup_cookie_applies_to_uri(SoupCookie *cookie, GUri *uri);

/**
 * soup_cookie_domain_matches:
 * @cookie: a cookie
 * @host: a host's name
 *
 * Returns whether @host is in the domain of @cookie.
 *
 * Returns: whether it is
 */
gboolean soup_cookie_domain_matches(SoupCookie *cookie, const char *host);

/**
 * soup_cookie_equal:
 * @cookie1: a cookie
 * @cookie2: another one
 *
 * Compares names, values and paths.
 *
 * Returns: whether they are the same
 */
gboolean soup_cookie_equal(SoupCookie *cookie1, SoupCookie *cookie2);

/**
 * soup_cookies_from_response:
 * @msg: a message whose response has headers
 *
 * Reads the cookies that the response sets.
 *
 * Returns: (element-type SoupCookie) (transfer full): the cookies; free them with soup_cookies_free()
 */
GSList *soup_cookies_from_response(SoupMessage *msg);

/**
 * soup_cookies_from_request:
 * @msg: a message
 *
 * Reads the cookies of the request. A Cookie header gives names and values only: the other attributes are empty.
 *
 * Returns: (element-type SoupCookie) (transfer full): the cookies; free them with soup_cookies_free()
 */
GSList *soup_cookies_from_request(SoupMessage *msg);

/**
 * soup_cookies_to_response:
 * @cookies: (element-type SoupCookie): cookies
 * @msg: a message
 *
 * Adds a Set-Cookie header to the response for each of the cookies.
 */
void soup_cookies_to_response(GSList *cookies, SoupMessage *msg);

/**
 * soup_cookies_to_request:
 * @cookies: (element-type SoupCookie): cookies
 * @msg: a message
 *
 * Adds cookies to the Cookie header of the request.
 */
void soup_cookies_to_request(GSList *cookies, SoupMessage *msg);

/**
 * soup_cookies_free: (skip)
 * @cookies: (element-type SoupCookie) (transfer full): cookies
 *
 * Frees a list and its cookies.
 */
void soup_cookies_free(GSList *cookies);

/**
 * soup_cookies_to_cookie_header:
 * @cookies: (element-type SoupCookie): cookies
 *
 * Writes a Cookie header.
 *
 * Returns: (transfer full): the header's value
 */
char *soup_cookies_to_cookie_header(GSList *cookies);

/**
 * soup_cookie_jar_new:
 * Makes a jar that keeps cookies in memory. It is a session feature: a session that has it keeps the cookies of responses, and sends
 * them.
 *
 * Returns: (transfer full): the jar
 */
SoupCookieJar *soup_cookie_jar_new(void);

/**
 * soup_cookie_jar_get_cookies:
 * @jar: the jar
 * @uri: a URI
 * @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
 *
 * Gets the Cookie header of a request for @uri.
 *
 * Returns: (transfer full) (nullable): the header's value, or %NULL if there are no cookies for @uri
 */
char *soup_cookie_jar_get_cookies(SoupCookieJar *jar, GUri *uri, gboolean for_http);

/**
 * soup_cookie_jar_get_cookie_list:
 * @jar: the jar
 * @uri: a URI
 * @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
 *
 * Gets the cookies of a request for @uri, in the order in which they are sent.
 *
 * Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
 */
GSList *soup_cookie_jar_get_cookie_list(SoupCookieJar *jar,
                                        GUri *uri,
                                        gboolean for_http);

/**
 * soup_cookie_jar_get_cookie_list_with_same_site_info:
 * @jar: the jar
 * @uri: a URI
 * @top_level: (nullable): the page that the user sees
 * @site_for_cookies: (nullable): the site that decides whether the request is a same-site one
 * @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
 * @is_safe_method: whether the request's method is safe
 * @is_top_level_navigation: whether the request replaces what the user sees
 *
 * Gets the cookies of a request for @uri, in the order in which they are sent, without those whose #SoupSameSitePolicy is against it.
 *
 * Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
 */
GSList *soup_cookie_jar_get_cookie_list_with_same_site_info(SoupCookieJar *jar,
                                                            GUri *uri,
                                                            GUri *top_level,
                                                            GUri *site_for_cookies,
                                                            gboolean for_http,
                                                            gboolean is_safe_method,
                                                            gboolean is_top_level_navigation);

/**
 * soup_cookie_jar_set_cookie:
 * @jar: the jar
 * @uri: where the cookie comes from
 * @cookie: the value of a Set-Cookie header
 *
 * Takes the cookie of a response. Which page the request was made for is not known: a jar whose policy is
 * %SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY or %SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY needs
 * soup_cookie_jar_set_cookie_with_first_party().
 */
void soup_cookie_jar_set_cookie(SoupCookieJar *jar, GUri *uri, const char *cookie);

/**
 * soup_cookie_jar_set_cookie_with_first_party:
 * @jar: the jar
 * @uri: where the cookie comes from
 * @first_party: the page that the request was made for
 * @cookie: the value of a Set-Cookie header
 *
 * Takes the cookie of a response, if the accept policy allows it for that page.
 */
void soup_cookie_jar_set_cookie_with_first_party(SoupCookieJar *jar,
                                                 GUri *uri,
                                                 GUri *first_party,
                                                 const char *cookie);

/**
 * soup_cookie_jar_add_cookie:
 * @jar: the jar
 * @cookie: (transfer full): the cookie
 *
 * Adds a cookie, whatever the accept policy. #SoupCookieJar::changed tells what became of it.
 */
void soup_cookie_jar_add_cookie(SoupCookieJar *jar, SoupCookie *cookie);

/**
 * soup_cookie_jar_add_cookie_with_first_party:
 * @jar: the jar
 * @first_party: the page that the request was made for
 * @cookie: (transfer full): the cookie
 *
 * Adds a cookie, if the accept policy allows it for that page.
 */
void soup_cookie_jar_add_cookie_with_first_party(SoupCookieJar *jar, GUri *first_party, SoupCookie *cookie);

/**
 * soup_cookie_jar_add_cookie_full:
 * @jar: the jar
 * @cookie: (transfer full): the cookie
 * @uri: (nullable): where the cookie comes from
 * @first_party: (nullable): the page that the request was made for
 *
 * Adds a cookie, if the accept policy allows it for that page, and if it does not come without TLS and is, or would take the place of,
 * one that wants TLS.
 */
void soup_cookie_jar_add_cookie_full(SoupCookieJar *jar,
                                     SoupCookie *cookie,
                                     GUri *uri,
                                     GUri *first_party);

/**
 * soup_cookie_jar_delete_cookie:
 * @jar: the jar
 * @cookie: a cookie that soup_cookie_jar_all_cookies() or soup_cookie_jar_get_cookie_list() gave
 *
 * Removes a cookie.
 */
void soup_cookie_jar_delete_cookie(SoupCookieJar *jar, SoupCookie *cookie);

/**
 * soup_cookie_jar_all_cookies:
 * @jar: the jar
 *
 * Gets all cookies.
 *
 * Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
 */
GSList *soup_cookie_jar_all_cookies(SoupCookieJar *jar);

/**
 * soup_cookie_jar_set_accept_policy:
 * @jar: the jar
 * @policy: the policy
 *
 * Says whose cookies the jar takes.
 */
void soup_cookie_jar_set_accept_policy(SoupCookieJar *jar, SoupCookieJarAcceptPolicy policy);

/**
 * soup_cookie_jar_get_accept_policy:
 * @jar: the jar
 *
 * Gets whose cookies the jar takes.
 *
 * Returns: the policy
 */
SoupCookieJarAcceptPolicy soup_cookie_jar_get_accept_policy(SoupCookieJar *jar);

/**
 * soup_cookie_jar_is_persistent:
 * @jar: the jar
 *
 * Returns whether the jar's cookies outlive the program.
 *
 * Returns: whether they do
 */
gboolean soup_cookie_jar_is_persistent(SoupCookieJar *jar);

/**
 * soup_cookie_jar_error_quark:
 * The domain of the errors of jars: see #SoupCookieJarError.
 *
 * Returns: the quark
 */
GQuark soup_cookie_jar_error_quark(void);

/**
 * soup_cookie_jar_text_new:
 * @filename: the file, which need not exist
 * @read_only: whether the file is read only
 *
 * Makes a jar whose lasting cookies are in a text file, in the format that Netscape's browser had. The file is read now, and written
 * with each change.
 *
 * Returns: (transfer full): the jar
 */
SoupCookieJar *soup_cookie_jar_text_new(const char *filename,
                                        gboolean read_only);

/**
 * soup_cookie_jar_db_new:
 * @filename: the database, which need not exist
 * @read_only: whether the database is read only
 *
 * Makes a jar whose lasting cookies are in a SQLite database, in the table that libsoup has. The database is read now, and written with
 * each change. If it cannot be opened, a warning says so, and cookies are kept in memory.
 *
 * Returns: (transfer full): the jar
 */
SoupCookieJar *soup_cookie_jar_db_new(const char *filename,
                                      gboolean read_only);

/**
 * soup_cookie_jar_db_new_with_error:
 * @filename: the database, which need not exist
 * @read_only: whether the database is read only
 * @error: where an error goes
 *
 * Makes a jar like soup_cookie_jar_db_new(), but fails if the database cannot be opened.
 *
 * Returns: (transfer full) (nullable): the jar, or %NULL with an error of the domain %SOUP_COOKIE_JAR_ERROR
 */
SoupCookieJar *soup_cookie_jar_db_new_with_error(const char *filename, gboolean read_only, GError **error);

/**
 * soup_cookie_jar_db_set_max_size:
 * @jar: the jar
 * @max_size: the limit in bytes; 0 for none
 * @error: where an error goes
 *
 * Limits the size of the database. It does not become smaller; what has no room is kept in memory, and a warning says so once.
 *
 * Returns: whether the limit is set
 */
gboolean soup_cookie_jar_db_set_max_size(SoupCookieJarDB *jar,
                                         guint64 max_size,
                                         GError **error);

/**
 * soup_cookie_jar_db_get_max_size:
 * @jar: the jar
 *
 * Gets the limit of the database's size.
 *
 * Returns: the limit in bytes; 0 for none
 */
guint64 soup_cookie_jar_db_get_max_size(SoupCookieJarDB *jar);

/**
 * soup_hsts_enforcer_new:
 * Makes an enforcer that keeps policies in memory. It is a session feature.
 *
 * Returns: (transfer full): the enforcer
 */
SoupHSTSEnforcer *soup_hsts_enforcer_new(void);

/**
 * soup_hsts_enforcer_db_new:
 * @filename: the database, which need not exist
 *
 * Makes an enforcer that keeps policies in a SQLite database. libsoup's databases have the same tables.
 *
 * Returns: (transfer full): the enforcer
 */
SoupHSTSEnforcer *soup_hsts_enforcer_db_new(const char *filename);

/**
 * soup_hsts_enforcer_is_persistent:
 * @hsts_enforcer: the enforcer
 *
 * Returns whether policies outlive the program.
 *
 * Returns: whether they do
 */
gboolean soup_hsts_enforcer_is_persistent(SoupHSTSEnforcer *hsts_enforcer);

/**
 * soup_hsts_enforcer_has_valid_policy:
 * @hsts_enforcer: the enforcer
 * @domain: a host's name
 *
 * Returns whether @domain itself has a policy that has not ended.
 *
 * Returns: whether it has
 */
gboolean soup_hsts_enforcer_has_valid_policy(SoupHSTSEnforcer *hsts_enforcer, const char *domain);

/**
 * soup_hsts_enforcer_set_session_policy:
 * @hsts_enforcer: the enforcer
 * @domain: a host's name, which is no IP address
 * @include_subdomains: whether the hosts below are meant too
 *
 * Sets a policy that holds as long as the enforcer.
 */
void soup_hsts_enforcer_set_session_policy(SoupHSTSEnforcer *hsts_enforcer,
                                           const char *domain,
                                           gboolean include_subdomains);

/**
 * soup_hsts_enforcer_set_policy:
 * @hsts_enforcer: the enforcer
 * @policy: (transfer none): a policy
 *
 * Sets a policy. One that has ended takes back what its host said before.
 */
void soup_hsts_enforcer_set_policy(SoupHSTSEnforcer *hsts_enforcer, SoupHSTSPolicy *policy);

/**
 * soup_hsts_enforcer_get_domains:
 * @hsts_enforcer: the enforcer
 * @session_policies: whether those that hold as long as the enforcer are wanted too
 *
 * Gets the hosts whose policies are known.
 *
 * Returns: (element-type utf8) (transfer full): the hosts' names
 */
GList *soup_hsts_enforcer_get_domains(SoupHSTSEnforcer *hsts_enforcer, gboolean session_policies);

/**
 * soup_hsts_enforcer_get_policies:
 * @hsts_enforcer: the enforcer
 * @session_policies: whether those that hold as long as the enforcer are wanted too
 *
 * Gets the policies that are known.
 *
 * Returns: (element-type SoupHSTSPolicy) (transfer full): copies of the policies
 */
GList *soup_hsts_enforcer_get_policies(SoupHSTSEnforcer *hsts_enforcer, gboolean session_policies);

/**
 * soup_hsts_policy_new:
 * @domain: the host's name, which is no IP address
 * @max_age: for how many seconds from now; 0 takes a policy back
 * @include_subdomains: whether the hosts below are meant too
 *
 * Makes a policy.
 *
 * Returns: (transfer full) (nullable): the policy
 */
SoupHSTSPolicy *soup_hsts_policy_new(const char *domain, unsigned long max_age, gboolean include_subdomains);

/**
 * soup_hsts_policy_new_full:
 * @domain: the host's name, which is no IP address
 * @max_age: for how many seconds the host wants it
 * @expires: (nullable): when it ends; %NULL for never
 * @include_subdomains: whether the hosts below are meant too
 *
 * Makes a policy that began earlier.
 *
 * Returns: (transfer full) (nullable): the policy
 */
SoupHSTSPolicy *soup_hsts_policy_new_full(const char *domain,
                                          unsigned long max_age,
                                          GDateTime *expires,
                                          gboolean include_subdomains);

/**
 * soup_hsts_policy_new_session_policy:
 * @domain: the host's name, which is no IP address
 * @include_subdomains: whether the hosts below are meant too
 *
 * Makes a policy that holds as long as the enforcer it is given to.
 *
 * Returns: (transfer full) (nullable): the policy
 */
SoupHSTSPolicy *soup_hsts_policy_new_session_policy(const char *domain, gboolean include_subdomains);

/**
 * soup_hsts_policy_new_from_response:
 * @msg: a message whose response has headers
 *
 * Reads the Strict-Transport-Security header of a response. Whether it came over TLS is not looked at.
 *
 * Returns: (transfer full) (nullable): the policy, or %NULL if there is none
 */
SoupHSTSPolicy *soup_hsts_policy_new_from_response(SoupMessage *msg);

/**
 * soup_hsts_policy_copy:
 * @policy: a policy
 *
 * Copies a policy.
 *
 * Returns: (transfer full): the copy
 */
SoupHSTSPolicy *soup_hsts_policy_copy(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_free:
 * @policy: (transfer full): a policy
 *
 * Frees a policy.
 */
void soup_hsts_policy_free(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_equal:
 * @policy1: a policy
 * @policy2: another one
 *
 * Compares all that policies say.
 *
 * Returns: whether they are the same
 */
gboolean soup_hsts_policy_equal(SoupHSTSPolicy *policy1, SoupHSTSPolicy *policy2);

/**
 * soup_hsts_policy_get_domain:
 * @policy: a policy
 *
 * Gets the host, in lower case.
 *
 * Returns: the host's name
 */
const char *soup_hsts_policy_get_domain(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_get_expires:
 * @policy: a policy
 *
 * Gets when a policy ends.
 *
 * Returns: (transfer none) (nullable): the time; %NULL for never, and for a session's policy
 */
GDateTime *soup_hsts_policy_get_expires(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_get_max_age:
 * @policy: a policy
 *
 * Gets for how long the host wants it.
 *
 * Returns: the time in seconds, 0 for a session's policy
 */
unsigned long soup_hsts_policy_get_max_age(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_is_expired:
 * @policy: a policy
 *
 * Returns whether a policy has ended.
 *
 * Returns: whether it has
 */
gboolean soup_hsts_policy_is_expired(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_includes_subdomains:
 * @policy: a policy
 *
 * Returns whether the hosts below are meant too.
 *
 * Returns: whether they are
 */
gboolean soup_hsts_policy_includes_subdomains(SoupHSTSPolicy *policy);

/**
 * soup_hsts_policy_is_session_policy:
 * @policy: a policy
 *
 * Returns whether a policy holds as long as its enforcer.
 *
 * Returns: whether it does
 */
gboolean soup_hsts_policy_is_session_policy(SoupHSTSPolicy *policy);

/**
 * soup_logger_new:
 * @level: how much is printed
 *
 * Makes a logger. It is a session feature: a session that has it has its requests and responses printed, to the standard output unless
 * soup_logger_set_printer() is called. Passwords of Basic authentication are left out; all else is printed as it is.
 *
 * Returns: (transfer full): the logger
 */
SoupLogger *soup_logger_new(SoupLoggerLogLevel level);

/**
 * soup_logger_set_request_filter:
 * @logger: the logger
 * @request_filter: (scope notified) (closure filter_data) (destroy destroy) (nullable): says how much is printed of a request; %NULL for
 *   #SoupLogger:level
 * @filter_data: data for @request_filter
 * @destroy: (nullable): frees @filter_data
 *
 * Sets how much is printed of each request. It is called in the thread that sends the message.
 */
void soup_logger_set_request_filter(SoupLogger *logger,
                                    SoupLoggerFilter request_filter,
                                    gpointer filter_data,
                                    GDestroyNotify destroy);

/**
 * soup_logger_set_response_filter:
 * @logger: the logger
 * @response_filter: (scope notified) (closure filter_data) (destroy destroy) (nullable): says how much is printed of a response; %NULL
 *   for #SoupLogger:level
 * @filter_data: data for @response_filter
 * @destroy: (nullable): frees @filter_data
 *
 * Sets how much is printed of each response. It is called in the thread that sends the message, when the headers have come and again
 * when the response is printed.
 */
void soup_logger_set_response_filter(SoupLogger *logger,
                                     SoupLoggerFilter response_filter,
                                     gpointer filter_data,
                                     GDestroyNotify destroy);

/**
 * soup_logger_set_printer:
 * @logger: the logger
 * @printer: (scope notified) (closure printer_data) (destroy destroy) (nullable): prints a line; %NULL for the standard output
 * @printer_data: data for @printer
 * @destroy: (nullable): frees @printer_data
 *
 * Sets what prints. It is called in the thread that sends the message, once for each line.
 */
void soup_logger_set_printer(SoupLogger *logger,
                             SoupLoggerPrinter printer,
                             gpointer printer_data,
                             GDestroyNotify destroy);

/**
 * soup_logger_set_max_body_size:
 * @logger: the logger
 * @max_body_size: the number of bytes, or -1
 *
 * Sets how many bytes of a body are printed at the most. The default is -1: as many as are kept, 16 MiB.
 */
void soup_logger_set_max_body_size(SoupLogger *logger, int max_body_size);

/**
 * soup_logger_get_max_body_size:
 * @logger: the logger
 *
 * Gets how many bytes of a body are printed at the most.
 *
 * Returns: the number of bytes, or -1
 */
int soup_logger_get_max_body_size(SoupLogger *logger);

/**
 * soup_content_sniffer_new:
 * Makes a sniffer. It is a session feature: a session that has it emits #SoupMessage::content-sniffed before the body of a response is
 * handed over.
 *
 * Returns: (transfer full): the sniffer
 */
SoupContentSniffer *soup_content_sniffer_new(void);

/**
 * soup_content_sniffer_sniff:
 * @sniffer: the sniffer
 * @msg: a message whose response headers are there
 * @buffer: the first bytes of its response body; 512 are enough
 * @params: (element-type utf8 utf8) (out) (transfer full) (nullable) (optional): where to put the parameters of the Content-Type
 *   header, for g_hash_table_unref(); left alone without a valid one
 *
 * Finds the type of a body by its first bytes and by the message's Content-Type, as the MIME Sniffing standard says. What
 * `X-Content-Type-Options: nosniff` declares is believed.
 *
 * Returns: (transfer full): the type, without parameters, for g_free()
 */
char *soup_content_sniffer_sniff(SoupContentSniffer *sniffer,
                                 SoupMessage *msg,
                                 GBytes *buffer,
                                 GHashTable **params);

/**
 * soup_tld_error_quark:
 * The domain of the errors of soup_tld_get_base_domain(): see #SoupTLDError.
 *
 * Returns: the quark
 */
GQuark soup_tld_error_quark(void);

/**
 * soup_tld_get_base_domain:
 * @hostname: a host's name, in UTF-8 or as ASCII
 * @error: where an error goes
 *
 * Finds the part of @hostname that one owner registered: the public suffix and one label more. For "www.example.co.uk" that is
 * "example.co.uk".
 *
 * Returns: (transfer none) (nullable): the end of @hostname, or %NULL with an error of the domain %SOUP_TLD_ERROR
 */
const char *soup_tld_get_base_domain(const char *hostname,
                                     GError **error);

/**
 * soup_tld_domain_is_public_suffix:
 * @domain: a domain
 *
 * Returns whether @domain is one under which everybody can register names, such as "co.uk".
 *
 * Returns: whether it is
 */
gboolean soup_tld_domain_is_public_suffix(const char *domain);

/**
 * soup_message_headers_new:
 * @type: what the headers belong to
 *
 * Makes a list without any headers.
 *
 * Returns: (transfer full): the headers
 */
SoupMessageHeaders *soup_message_headers_new(SoupMessageHeadersType type);

/**
 * soup_message_headers_ref:
 * @hdrs: the headers
 *
 * Takes another reference to @hdrs. References may be counted from any thread.
 *
 * Returns: (transfer full): @hdrs
 */
SoupMessageHeaders *soup_message_headers_ref(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_unref:
 * @hdrs: (transfer full): the headers
 *
 * Gives back a reference to @hdrs, which are freed with the last one.
 */
void soup_message_headers_unref(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_get_headers_type:
 * @hdrs: the headers
 *
 * Says what @hdrs belong to.
 *
 * Returns: the type that was given to soup_message_headers_new()
 */
SoupMessageHeadersType soup_message_headers_get_headers_type(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_append:
 * @hdrs: the headers
 * @name: the header's name
 * @value: its value
 *
 * Adds a header at the end, beside those that @name has already.
 *
 * The name must be a token (RFC 9110, section 5.6.2), and the value must not hold a line break. A request's headers
 * take one Host only.
 */
void soup_message_headers_append(SoupMessageHeaders *hdrs,
                                 const char *name,
                                 const char *value);

/**
 * soup_message_headers_replace:
 * @hdrs: the headers
 * @name: the header's name
 * @value: its value
 *
 * Puts a header in the place of all those called @name. What soup_message_headers_append() refuses changes nothing.
 */
void soup_message_headers_replace(SoupMessageHeaders *hdrs,
                                  const char *name,
                                  const char *value);

/**
 * soup_message_headers_remove:
 * @hdrs: the headers
 * @name: the name, in whatever case
 *
 * Removes all headers called @name, if there are any.
 */
void soup_message_headers_remove(SoupMessageHeaders *hdrs, const char *name);

/**
 * soup_message_headers_clear:
 * @hdrs: the headers
 *
 * Removes all headers.
 */
void soup_message_headers_clear(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_clean_connection_headers:
 * @hdrs: the headers
 *
 * Removes the headers that Connection names: they were for one connection, and whoever passes a message on leaves
 * them out (RFC 9110, section 7.6.1).
 *
 * Since: 3.0
 */
void soup_message_headers_clean_connection_headers(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_get_one:
 * @hdrs: the headers
 * @name: the name, in whatever case
 *
 * Gets the value of a header that stands alone. If there are several called @name, it is the last one's.
 *
 * Returns: (nullable) (transfer none): the value, or %NULL if there is no such header. It is valid until the
 *   header is changed or removed.
 */
const char *soup_message_headers_get_one(SoupMessageHeaders *hdrs, const char *name);

/**
 * soup_message_headers_get_list:
 * @hdrs: the headers
 * @name: the name, in whatever case
 *
 * Gets the values of all headers called @name, joined by commas: for headers whose value is a list.
 *
 * Returns: (nullable) (transfer none): the values, or %NULL if there is no such header. They are valid until such a
 *   header is added, changed or removed.
 */
const char *soup_message_headers_get_list(SoupMessageHeaders *hdrs,
                                          const char *name);

/**
 * soup_message_headers_header_contains:
 * @hdrs: the headers
 * @name: the name, in whatever case
 * @token: what to look for
 *
 * Checks whether the list in the headers called @name has @token, in whatever case. Quoted strings are not searched.
 *
 * Returns: whether it is there
 */
gboolean soup_message_headers_header_contains(SoupMessageHeaders *hdrs,
                                              const char *name,
                                              const char *token);

/**
 * soup_message_headers_header_equals:
 * @hdrs: the headers
 * @name: the name, in whatever case
 * @value: what to compare with
 *
 * Checks whether the headers called @name, joined by commas, are just @value, in whatever case.
 *
 * Returns: whether they are; %FALSE if there is no such header
 */
gboolean soup_message_headers_header_equals(SoupMessageHeaders *hdrs, const char *name, const char *value);

/**
 * soup_message_headers_foreach:
 * @hdrs: the headers
 * @func: (scope call): what to call
 * @user_data: data for @func
 *
 * Calls @func for each header: first for those of widespread names, then for the others, each in the order in which they
 * were added. @func must not change @hdrs.
 */
void soup_message_headers_foreach(SoupMessageHeaders *hdrs,
                                  SoupMessageHeadersForeachFunc func,
                                  gpointer user_data);

/**
 * soup_message_headers_iter_init:
 * @iter: (out) (transfer none): what to prepare, most often on the stack
 * @hdrs: the headers
 *
 * Prepares @iter for a walk over @hdrs, which must not change until it ends. The order is that of
 * soup_message_headers_foreach().
 */
void soup_message_headers_iter_init(SoupMessageHeadersIter *iter, SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_iter_next:
 * @iter: (inout) (transfer none): what soup_message_headers_iter_init() has prepared
 * @name: (out) (optional) (transfer none): where to put the header's name
 * @value: (out) (optional) (transfer none): where to put its value
 *
 * Goes to the next header.
 *
 * Returns: whether there was one; when there was none, @name and @value are left alone
 */
gboolean soup_message_headers_iter_next(SoupMessageHeadersIter *iter, const char **name, const char **value);

/**
 * soup_message_headers_get_encoding:
 * @hdrs: the headers
 *
 * Says how the end of the message's body is told: as soup_message_headers_set_encoding() said, or else as the
 * headers Transfer-Encoding and Content-Length do, or else as is usual for this type of headers.
 *
 * Returns: the encoding; %SOUP_ENCODING_UNRECOGNIZED if the headers are malformed or contradict one another
 */
SoupEncoding soup_message_headers_get_encoding(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_set_encoding:
 * @hdrs: the headers
 * @encoding: the encoding; neither %SOUP_ENCODING_UNRECOGNIZED nor %SOUP_ENCODING_BYTERANGES
 *
 * Says how the end of the message's body is told, and sets or removes Transfer-Encoding and Content-Length so
 * that they agree. For %SOUP_ENCODING_CONTENT_LENGTH use soup_message_headers_set_content_length().
 */
void soup_message_headers_set_encoding(SoupMessageHeaders *hdrs, SoupEncoding encoding);

/**
 * soup_message_headers_get_content_length:
 * @hdrs: the headers
 *
 * Gets the length of the message's body, as the Content-Length header gives it.
 *
 * Returns: the length; 0 unless soup_message_headers_get_encoding() is %SOUP_ENCODING_CONTENT_LENGTH
 */
goffset soup_message_headers_get_content_length(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_set_content_length:
 * @hdrs: the headers
 * @content_length: the length, not negative
 *
 * Sets the length of the message's body, and thereby its encoding.
 */
void soup_message_headers_set_content_length(SoupMessageHeaders *hdrs, goffset content_length);

/**
 * soup_message_headers_get_expectations:
 * @hdrs: the headers
 *
 * Says what the Expect header asks of the server.
 *
 * Returns: the expectations; %SOUP_EXPECTATION_UNRECOGNIZED for any but "100-continue"
 */
SoupExpectation soup_message_headers_get_expectations(SoupMessageHeaders *hdrs);

/**
 * soup_message_headers_set_expectations:
 * @hdrs: the headers
 * @expectations: %SOUP_EXPECTATION_CONTINUE or 0
 *
 * Sets or removes the Expect header. With %SOUP_EXPECTATION_CONTINUE a client waits for the server's consent
 * before it sends the body.
 */
void soup_message_headers_set_expectations(SoupMessageHeaders *hdrs, SoupExpectation expectations);

/**
 * soup_message_headers_get_ranges:
 * @hdrs: the headers
 * @total_length: the length of the body, or 0 if it is not known
 * @ranges: (out) (array length=length): where to put the ranges, for soup_message_headers_free_ranges()
 * @length: (out): where to put their count
 *
 * Gets the ranges of bytes that the Range header asks for.
 *
 * With a @total_length the ranges have a start and an end, are sorted and do not overlap; they may still lie
 * beyond the end. With a @total_length of 0 they are as they were written: an end of -1 is the end of the body,
 * and a negative start counts from there.
 *
 * Returns: whether there is a valid Range header; if there is none, @ranges and @length are left alone
 */
gboolean soup_message_headers_get_ranges(SoupMessageHeaders *hdrs,
                                         goffset total_length,
                                         SoupRange **ranges,
                                         int *length);

/**
 * soup_message_headers_free_ranges:
 * @hdrs: the headers
 * @ranges: the ranges
 *
 * Frees what soup_message_headers_get_ranges() gave.
 */
void soup_message_headers_free_ranges(SoupMessageHeaders *hdrs, SoupRange *ranges);

/**
 * soup_message_headers_set_ranges:
 * @hdrs: the headers
 * @ranges: the ranges; with an end of -1, a start is from there to the end of the body, and a negative
 *   start is so many bytes of its end
 * @length: their count, at least 1
 *
 * Sets the Range header. For one range soup_message_headers_set_range() is easier.
 */
void soup_message_headers_set_ranges(SoupMessageHeaders *hdrs, SoupRange *ranges, int length);

/**
 * soup_message_headers_set_range:
 * @hdrs: the headers
 * @start: the first byte
 * @end: the last byte, or -1
 *
 * Sets the Range header to one range: from @start to @end, from @start to the end of the body (@end is -1), or
 * the last bytes of it (@start is negative: minus their count; @end is -1).
 */
void soup_message_headers_set_range(SoupMessageHeaders *hdrs,
                                    goffset start,
                                    goffset end);

/**
 * soup_message_headers_get_content_range:
 * @hdrs: the headers
 * @start: (out): where to put the first byte
 * @end: (out): where to put the last byte
 * @total_length: (out) (optional): where to put the length of the whole, -1 if it is not known
 *
 * Gets which part of the whole the message's body is, as the Content-Range header gives it.
 *
 * Returns: whether there is a valid Content-Range header of bytes; if there is none, nothing is put anywhere
 */
gboolean soup_message_headers_get_content_range(SoupMessageHeaders *hdrs,
                                                goffset *start,
                                                goffset *end,
                                                goffset *total_length);

/**
 * soup_message_headers_set_content_range:
 * @hdrs: the headers
 * @start: the first byte
 * @end: the last byte
 * @total_length: the length of the whole, or -1 if it is not known
 *
 * Sets the Content-Range header: which part of the whole the message's body is.
 */
void soup_message_headers_set_content_range(SoupMessageHeaders *hdrs,
                                            goffset start,
                                            goffset end,
                                            goffset total_length);

/**
 * soup_message_headers_get_content_type:
 * @hdrs: the headers
 * @params: (out) (optional) (nullable) (element-type utf8 utf8) (transfer full): where to put the parameters, for
 *   g_hash_table_unref(); their names are found in whatever case
 *
 * Gets the Content-Type header, taken apart.
 *
 * Returns: (nullable) (transfer none): the type without its parameters, or %NULL if there is none or it is not
 *   valid; @params are left alone then
 */
const char *soup_message_headers_get_content_type(SoupMessageHeaders *hdrs,
                                                  GHashTable **params);

/**
 * soup_message_headers_set_content_type:
 * @hdrs: the headers
 * @content_type: the type
 * @params: (nullable) (element-type utf8 utf8): its parameters
 *
 * Sets the Content-Type header.
 */
void soup_message_headers_set_content_type(SoupMessageHeaders *hdrs,
                                           const char *content_type,
                                           GHashTable *params);

/**
 * soup_message_headers_get_content_disposition:
 * @hdrs: the headers
 * @disposition: (out) (transfer full): where to put what stands before the parameters
 * @params: (out) (optional) (transfer full) (element-type utf8 utf8): where to put the parameters, for
 *   g_hash_table_unref(); their names are found in whatever case
 *
 * Gets the Content-Disposition header, taken apart: how a part of a form or a download is to be shown or saved.
 *
 * Directories in "filename", which are the sender's, are left out. Do not trust the rest of it either.
 *
 * Returns: whether there is such a header; if there is none, nothing is put anywhere
 */
gboolean soup_message_headers_get_content_disposition(SoupMessageHeaders *hdrs,
                                                      char **disposition,
                                                      GHashTable **params);

/**
 * soup_message_headers_set_content_disposition:
 * @hdrs: the headers
 * @disposition: what comes before the parameters, such as "attachment"
 * @params: (nullable) (element-type utf8 utf8): the parameters
 *
 * Sets the Content-Disposition header.
 */
void soup_message_headers_set_content_disposition(SoupMessageHeaders *hdrs,
                                                  const char *disposition,
                                                  GHashTable *params);

/**
 * soup_header_parse_list:
 * @header: a header value
 *
 * Takes a list apart at its commas. Commas in quoted strings do not count, and empty elements are left out.
 *
 * Returns: (transfer full) (element-type utf8): the elements, for soup_header_free_list()
 */
GSList *soup_header_parse_list(const char *header);

/**
 * soup_header_parse_quality_list:
 * @header: a header value, such as that of Accept-Language
 * @unacceptable: (out) (optional) (transfer full) (element-type utf8): where to put the elements with a quality
 *   of 0, for soup_header_free_list()
 *
 * Takes a list apart whose elements may have a quality, as in "en, de;q=0.5", and sorts it.
 *
 * Returns: (transfer full) (element-type utf8): the acceptable elements, best first and without their qualities, for
 *   soup_header_free_list()
 */
GSList *soup_header_parse_quality_list(const char *header,
                                       GSList **unacceptable);

/**
 * soup_header_free_list: (skip)
 * @list: (transfer full) (element-type utf8): the list
 *
 * Frees a list that soup_header_parse_list() or soup_header_parse_quality_list() made.
 */
void soup_header_free_list(GSList *list);

/**
 * soup_header_contains:
 * @header: a header value
 * @token: what to look for
 *
 * Checks whether a list has an element, in whatever case. Quoted strings are not searched.
 *
 * Returns: whether it has
 */
gboolean soup_header_contains(const char *header, const char *token);

/**
 * soup_header_contains_case_sensitive:
 * @header: a header value
 * @token: what to look for
 *
 * Checks whether a list has an element just as @token is written. Quoted strings are not searched.
 *
 * Returns: whether it has
 *
 * Since: 3.8
 */
gboolean soup_header_contains_case_sensitive(const char *header, const char *token);

/**
 * soup_header_parse_param_list:
 * @header: a header value
 *
 * Takes parameters apart that commas separate, as in WWW-Authenticate: `realm="a b", stale=true`. Quotes and
 * encodings (RFC 8187) are undone. Of two parameters of one name the first counts, but an encoded one counts
 * more than a plain one.
 *
 * Returns: (transfer full) (element-type utf8 utf8): the parameters, for soup_header_free_param_list(); their
 *   names are found in whatever case, and values are %NULL where there was no "="
 */
GHashTable *soup_header_parse_param_list(const char *header);

/**
 * soup_header_parse_semi_param_list:
 * @header: a header value
 *
 * Takes parameters apart that semicolons separate, as in Content-Type; otherwise like
 * soup_header_parse_param_list().
 *
 * Returns: (transfer full) (element-type utf8 utf8): the parameters, for soup_header_free_param_list(); their
 *   names are found in whatever case, and values are %NULL where there was no "="
 */
GHashTable *soup_header_parse_semi_param_list(const char *header);

/**
 * soup_header_parse_param_list_strict:
 * @header: a header value
 *
 * Like soup_header_parse_param_list(), but refuses two parameters of one name.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): the parameters, for
 *   soup_header_free_param_list(), or %NULL
 */
GHashTable *soup_header_parse_param_list_strict(const char *header);

/**
 * soup_header_parse_semi_param_list_strict:
 * @header: a header value
 *
 * Like soup_header_parse_semi_param_list(), but refuses two parameters of one name.
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): the parameters, for
 *   soup_header_free_param_list(), or %NULL
 */
GHashTable *soup_header_parse_semi_param_list_strict(const char *header);

/**
 * soup_header_free_param_list: (skip)
 * @param_list: (transfer full) (element-type utf8 utf8): the parameters
 *
 * Frees what soup_header_parse_param_list() or one of its siblings made.
 */
void soup_header_free_param_list(GHashTable *param_list);

/**
 * soup_header_g_string_append_param:
 * @string: the string
 * @name: the parameter's name
 * @value: (nullable): its value
 *
 * Appends a parameter to @string: `name=value`, quoted or encoded (RFC 8187) where @value needs it, or only the
 * name. Commas and semicolons between parameters are the caller's.
 */
void soup_header_g_string_append_param(GString *string,
                                       const char *name,
                                       const char *value);

/**
 * soup_header_g_string_append_param_quoted:
 * @string: the string
 * @name: the parameter's name
 * @value: its value
 *
 * Appends a parameter to @string: `name="value"`, or encoded (RFC 8187) if @value is not ASCII.
 *
 * Since: 3.0
 */
void soup_header_g_string_append_param_quoted(GString *string, const char *name, const char *value);

/**
 * soup_headers_parse:
 * @str: the text: a first line, which is skipped, and the headers
 * @len: its length in bytes
 * @dest: the headers to add to
 *
 * Reads the headers of a message.
 *
 * Returns: whether they are well formed; if not, @dest is as before
 */
gboolean soup_headers_parse(const char *str, int len, SoupMessageHeaders *dest);

/**
 * soup_headers_parse_request:
 * @str: the text, to the end of the headers
 * @len: its length in bytes
 * @req_headers: the headers to add to
 * @req_method: (out) (optional) (transfer full): where to put the method
 * @req_path: (out) (optional) (transfer full): where to put the request's target
 * @ver: (out) (optional): where to put the version
 *
 * Reads the head of a request, as strictly as a server does.
 *
 * Returns: %SOUP_STATUS_OK, or the status that a server would answer with; then nothing has been changed
 */
guint soup_headers_parse_request(const char *str,
                                 int len,
                                 SoupMessageHeaders *req_headers,
                                 char **req_method,
                                 char **req_path,
                                 SoupHTTPVersion *ver);

/**
 * soup_headers_parse_status_line:
 * @status_line: the line
 * @ver: (out) (optional): where to put the version
 * @status_code: (out) (optional): where to put the status
 * @reason_phrase: (out) (optional) (transfer full): where to put the reason
 *
 * Reads the first line of a response.
 *
 * Returns: whether it is well formed; if not, nothing is put anywhere
 */
gboolean soup_headers_parse_status_line(const char *status_line,
                                        SoupHTTPVersion *ver,
                                        guint *status_code,
                                        char **reason_phrase);

/**
 * soup_headers_parse_response:
 * @str: the text, to the end of the headers
 * @len: its length in bytes
 * @headers: the headers to add to
 * @ver: (out) (optional): where to put the version
 * @status_code: (out) (optional): where to put the status
 * @reason_phrase: (out) (optional) (transfer full): where to put the reason
 *
 * Reads the head of a response, as strictly as a client does.
 *
 * Returns: whether it is well formed; if not, nothing has been changed
 */
gboolean soup_headers_parse_response(const char *str,
                                     int len,
                                     SoupMessageHeaders *headers,
                                     SoupHTTPVersion *ver,
                                     guint *status_code,
                                     char **reason_phrase);

/**
 * soup_message_body_new:
 * Makes an empty body.
 *
 * Returns: (transfer full): the body
 */
SoupMessageBody *soup_message_body_new(void);

/**
 * soup_message_body_ref:
 * @body: the body
 *
 * Takes another reference to @body. References may be counted from any thread.
 *
 * Returns: (transfer full): @body
 */
SoupMessageBody *soup_message_body_ref(SoupMessageBody *body);

/**
 * soup_message_body_unref:
 * @body: (transfer full): the body
 *
 * Gives back a reference to @body, which is freed with the last one.
 */
void soup_message_body_unref(SoupMessageBody *body);

/**
 * soup_message_body_set_accumulate:
 * @body: the body
 * @accumulate: whether to keep the chunks
 *
 * Says whether the chunks of a body are kept. If not, a chunk that was sent is let go, and one that was received
 * is in the signal that announces it and nowhere else.
 */
void soup_message_body_set_accumulate(SoupMessageBody *body,
                                      gboolean accumulate);

/**
 * soup_message_body_get_accumulate:
 * @body: the body
 *
 * Says whether the chunks of a body are kept: see soup_message_body_set_accumulate().
 *
 * Returns: whether they are
 */
gboolean soup_message_body_get_accumulate(SoupMessageBody *body);

/**
 * soup_message_body_append:
 * @body: the body
 * @use: what happens to the memory
 * @data: (array length=length) (element-type guint8): the bytes
 * @length: their count
 *
 * Adds bytes at the end. None are no chunk.
 */
void soup_message_body_append(SoupMessageBody *body, SoupMemoryUse use, gconstpointer data, gsize length);

/**
 * soup_message_body_append_take: (rename-to soup_message_body_append)
 * @body: the body
 * @data: (array length=length) (transfer full): the bytes, which the body frees with g_free()
 * @length: their count
 *
 * Adds bytes at the end, and takes their memory over.
 */
void soup_message_body_append_take(SoupMessageBody *body, unsigned char *data, gsize length);

/**
 * soup_message_body_append_bytes:
 * @body: the body
 * @buffer: the bytes
 *
 * Adds bytes at the end without copying them.
 */
void soup_message_body_append_bytes(SoupMessageBody *body, GBytes *buffer);

/**
 * soup_message_body_truncate:
 * @body: the body
 *
 * Removes everything from @body.
 */
void soup_message_body_truncate(SoupMessageBody *body);

/**
 * soup_message_body_complete:
 * @body: the body
 *
 * Says that nothing will be added any more: with %SOUP_ENCODING_CHUNKED the message ends here.
 */
void soup_message_body_complete(SoupMessageBody *body);

/**
 * soup_message_body_flatten:
 * @body: the body, which accumulates
 *
 * Joins all chunks, and makes the field `data` of @body point to them, until something is added or removed. A
 * NUL follows.
 *
 * Returns: (transfer full) (nullable): the whole body, without the NUL
 */
GBytes *soup_message_body_flatten(SoupMessageBody *body);

/**
 * soup_message_body_get_chunk:
 * @body: the body
 * @offset: where in the body to begin
 *
 * Gets the next piece of @body to be sent: the rest of the chunk that @offset lies in.
 *
 * Returns: (transfer full) (nullable): the piece, empty at the end of a complete body; %NULL if there is nothing
 *   at @offset yet
 */
GBytes *soup_message_body_get_chunk(SoupMessageBody *body,
                                    goffset offset);

/**
 * soup_message_body_got_chunk:
 * @body: the body
 * @chunk: what was received
 *
 * Tells @body that @chunk has been received: it is added, if @body accumulates.
 */
void soup_message_body_got_chunk(SoupMessageBody *body, GBytes *chunk);

/**
 * soup_message_body_wrote_chunk:
 * @body: the body
 * @chunk: what was sent, as soup_message_body_get_chunk() gave it
 *
 * Tells @body that @chunk has been sent: it is let go, unless @body accumulates.
 */
void soup_message_body_wrote_chunk(SoupMessageBody *body, GBytes *chunk);

/**
 * soup_status_get_phrase:
 * @status_code: a status code
 *
 * Says in a few words what an HTTP status means: "Not Found" for 404. The words are for people, and in English.
 *
 * Returns: (transfer none): the words; "Unknown Error" for a code that has none
 */
const char *soup_status_get_phrase(guint status_code);

/**
 * soup_date_time_new_from_http_string:
 * @date_string: the date
 *
 * Reads a date in any of the forms that HTTP and cookies use. One without a time zone is UTC.
 *
 * Returns: (transfer full) (nullable): the date in the time zone it was given in, or %NULL if it is none
 */
GDateTime *soup_date_time_new_from_http_string(const char *date_string);

/**
 * soup_date_time_to_string:
 * @date: the date
 * @format: for what it is written
 *
 * Writes a date for a header or a cookie, in UTC.
 *
 * Returns: (transfer full) (nullable): the text
 */
char *soup_date_time_to_string(GDateTime *date, SoupDateFormat format);

/**
 * soup_uri_decode_data_uri:
 * @uri: a "data:" URI
 * @content_type: (out) (optional) (nullable) (transfer full): where to put the data's type
 *
 * Takes apart a URI that holds its data itself (RFC 2397).
 *
 * Returns: (transfer full) (nullable): the data, or %NULL if @uri is none or is malformed; @content_type is left
 *   alone then
 */
GBytes *soup_uri_decode_data_uri(const char *uri,
                                 char **content_type);

/**
 * soup_uri_equal:
 * @uri1: a #GUri
 * @uri2: another one
 *
 * Compares all parts of two URIs. The case of the host does not count, and no path is the path "/".
 *
 * Returns: whether they are the same
 */
gboolean soup_uri_equal(GUri *uri1, GUri *uri2);

/**
 * soup_multipart_new:
 * @mime_type: the type of the body, such as "multipart/form-data"
 *
 * Makes an empty body of several parts, with a boundary of its own.
 *
 * Returns: (transfer full): the body
 */
SoupMultipart *soup_multipart_new(const char *mime_type);

/**
 * soup_multipart_new_from_message:
 * @headers: the headers of a message
 * @body: its body
 *
 * Takes a message's body apart.
 *
 * Returns: (transfer full) (nullable): the parts, or %NULL if the message is no valid multipart message
 */
SoupMultipart *soup_multipart_new_from_message(SoupMessageHeaders *headers, GBytes *body);

/**
 * soup_multipart_get_length:
 * @multipart: the body
 *
 * Gets the number of parts.
 *
 * Returns: the number
 */
int soup_multipart_get_length(SoupMultipart *multipart);

/**
 * soup_multipart_get_part:
 * @multipart: the body
 * @part: the number of a part, from 0
 * @headers: (out) (transfer none): its headers
 * @body: (out) (transfer none): its data
 *
 * Gets a part. Headers and data belong to @multipart.
 *
 * Returns: whether there is such a part
 */
gboolean soup_multipart_get_part(SoupMultipart *multipart,
                                 int part,
                                 SoupMessageHeaders **headers,
                                 GBytes **body);

/**
 * soup_multipart_append_part:
 * @multipart: the body
 * @headers: the headers of the part
 * @body: its data
 *
 * Adds a part with a copy of @headers.
 */
void soup_multipart_append_part(SoupMultipart *multipart, SoupMessageHeaders *headers, GBytes *body);

/**
 * soup_multipart_append_form_string:
 * @multipart: the body
 * @control_name: the name of the field
 * @data: its text
 *
 * Adds a field of a form.
 */
void soup_multipart_append_form_string(SoupMultipart *multipart, const char *control_name, const char *data);

/**
 * soup_multipart_append_form_file:
 * @multipart: the body
 * @control_name: (nullable): the name of the field
 * @filename: (nullable): the name of the file
 * @content_type: (nullable): its type
 * @body: what is in it
 *
 * Adds a file to a form.
 */
void soup_multipart_append_form_file(SoupMultipart *multipart,
                                     const char *control_name,
                                     const char *filename,
                                     const char *content_type,
                                     GBytes *body);

/**
 * soup_multipart_to_message:
 * @multipart: the body
 * @dest_headers: the headers of a message, which get the type of the body
 * @dest_body: (out) (transfer full): the body
 *
 * Writes the body for a message.
 */
void soup_multipart_to_message(SoupMultipart *multipart,
                               SoupMessageHeaders *dest_headers,
                               GBytes **dest_body);

/**
 * soup_multipart_free:
 * @multipart: the body
 *
 * Frees the body.
 */
void soup_multipart_free(SoupMultipart *multipart);

/**
 * soup_multipart_input_stream_new:
 * @msg: a message whose response has a multipart type
 * @base_stream: its body
 *
 * Makes a stream that gives the parts of a body one after the other.
 *
 * Returns: (transfer full): the stream
 */
SoupMultipartInputStream *soup_multipart_input_stream_new(SoupMessage *msg, GInputStream *base_stream);

/**
 * soup_multipart_input_stream_next_part:
 * @multipart: the stream
 * @cancellable: (nullable): cancels the call
 * @error: where an error goes
 *
 * Waits for the next part. What is left of the part before is passed over, and its stream ends. The headers are those of
 * soup_multipart_input_stream_get_headers().
 *
 * Returns: (transfer full) (nullable): the part, or %NULL behind the last one and for an error
 */
GInputStream *soup_multipart_input_stream_next_part(SoupMultipartInputStream *multipart,
                                                    GCancellable *cancellable,
                                                    GError **error);

/**
 * soup_multipart_input_stream_next_part_async:
 * @multipart: the stream
 * @io_priority: the priority of the operation
 * @cancellable: (nullable): cancels the operation
 * @callback: (scope async) (closure data): called when the part is there
 * @data: data for @callback
 *
 * Waits for the next part without blocking; see soup_multipart_input_stream_next_part().
 */
void soup_multipart_input_stream_next_part_async(SoupMultipartInputStream *multipart,
                                                 int io_priority,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer data);

/**
 * soup_multipart_input_stream_next_part_finish:
 * @multipart: the stream
 * @result: the result that the callback got
 * @error: where an error goes
 *
 * Ends soup_multipart_input_stream_next_part_async().
 *
 * Returns: (transfer full) (nullable): the part, or %NULL behind the last one and for an error
 */
GInputStream *soup_multipart_input_stream_next_part_finish(SoupMultipartInputStream *multipart,
                                                           GAsyncResult *result,
                                                           GError **error);

/**
 * soup_multipart_input_stream_get_headers:
 * @multipart: the stream
 *
 * Gets the headers of the part that soup_multipart_input_stream_next_part() has given last. They belong to @multipart, until the next
 * part is asked for.
 *
 * Returns: (transfer none) (nullable): the headers, or %NULL before the first part and behind the last
 */
SoupMessageHeaders *soup_multipart_input_stream_get_headers(SoupMultipartInputStream *multipart);

/**
 * soup_form_decode:
 * @encoded_form: the text of a form
 *
 * Decodes a form of type application/x-www-form-urlencoded. Of fields with one name the last one counts.
 *
 * Returns: (transfer container) (element-type utf8 utf8): the fields
 */
GHashTable *soup_form_decode(const char *encoded_form);

/**
 * soup_form_decode_multipart:
 * @multipart: a body of type multipart/form-data
 * @file_control_name: (nullable): the name of the field with the file
 * @filename: (out) (optional) (transfer full): the name of the file
 * @content_type: (out) (optional) (transfer full): its type
 * @file: (out) (optional) (transfer full): what is in it
 *
 * Decodes a form of several parts. The field called @file_control_name goes to the last three, all others into the table.
 *
 * Returns: (transfer container) (nullable) (element-type utf8 utf8): the fields
 */
GHashTable *soup_form_decode_multipart(SoupMultipart *multipart,
                                       const char *file_control_name,
                                       char **filename,
                                       char **content_type,
                                       GBytes **file);

/**
 * soup_form_encode_hash:
 * @form_data_set: (element-type utf8 utf8): the fields
 *
 * Encodes a form as application/x-www-form-urlencoded, in the order of the table.
 *
 * Returns: (transfer full): the text
 */
char *soup_form_encode_hash(GHashTable *form_data_set);

/**
 * soup_form_encode_datalist:
 * @form_data_set: the fields
 *
 * Encodes a form as application/x-www-form-urlencoded, in the order of the list.
 *
 * Returns: (transfer full): the text
 */
char *soup_form_encode_datalist(GData **form_data_set);

/**
 * soup_get_major_version:
 * Gets the first number of the library's version, at run time.
 *
 * Returns: the number, 3
 */
guint soup_get_major_version(void);

/**
 * soup_get_minor_version:
 * Gets the second number of the library's version, at run time.
 *
 * Returns: the number
 */
guint soup_get_minor_version(void);

/**
 * soup_get_micro_version:
 * Gets the third number of the library's version, at run time.
 *
 * Returns: the number
 */
guint soup_get_micro_version(void);

/**
 * soup_check_version:
 * @major: the first number
 * @minor: the second number
 * @micro: the third number
 *
 * Checks at run time whether the library has the interface of this version of libsoup, or of a later one. The macro
 * SOUP_CHECK_VERSION() does so when a program is compiled.
 *
 * Returns: whether it has
 */
gboolean soup_check_version(guint major,
                            guint minor,
                            guint micro);

/**
 * soup_message_new:
 * @method: the HTTP method
 * @uri_string: the URI, as text
 *
 * Makes a request. The URI is parsed as HTTP parses it, and needs a host.
 *
 * Returns: (transfer full) (nullable): the message, or %NULL if there is no such URI
 */
SoupMessage *soup_message_new(const char *method, const char *uri_string);

/**
 * soup_message_new_from_uri:
 * @method: the HTTP method
 * @uri: the URI
 *
 * Makes a request.
 *
 * Returns: (transfer full): the message
 */
SoupMessage *soup_message_new_from_uri(const char *method, GUri *uri);

/**
 * soup_message_new_options_ping:
 * @base_uri: a URI of the server
 *
 * Makes an OPTIONS request about the server itself, which has no side effects.
 *
 * Returns: (transfer full): the message
 */
SoupMessage *soup_message_new_options_ping(GUri *base_uri);

/**
 * soup_message_set_request_body:
 * @msg: a message
 * @content_type: (nullable): the body's media type
 * @stream: (nullable): where the body comes from
 * @content_length: the body's length in bytes, or -1 if it is not known
 *
 * Sets the request's body, with its Content-Type, and its Content-Length or Transfer-Encoding. Without a stream the
 * request has no body, and none of these headers. The stream of a request that is sent again has been read already.
 */
void soup_message_set_request_body(SoupMessage *msg,
                                   const char *content_type,
                                   GInputStream *stream,
                                   gssize content_length);

/**
 * soup_message_set_request_body_from_bytes:
 * @msg: a message
 * @content_type: (nullable): the body's media type
 * @bytes: (nullable): the body
 *
 * Sets the request's body, with its Content-Type and its Content-Length. Without bytes the request has no body, and
 * none of these headers.
 */
void soup_message_set_request_body_from_bytes(SoupMessage *msg,
                                              const char *content_type,
                                              GBytes *bytes);

/**
 * soup_message_get_http_version:
 * @msg: a message
 *
 * Returns: the version of HTTP that was spoken; HTTP/1.1 before a response
 */
SoupHTTPVersion soup_message_get_http_version(SoupMessage *msg);

/**
 * soup_message_is_keepalive:
 * @msg: a message
 *
 * Says whether the connection is kept open after this message, as far as the headers of both sides tell.
 *
 * Returns: %TRUE if it is
 */
gboolean soup_message_is_keepalive(SoupMessage *msg);

/**
 * soup_message_get_uri:
 * @msg: a message
 *
 * Returns: (transfer none): where the request goes
 */
GUri *soup_message_get_uri(SoupMessage *msg);

/**
 * soup_message_set_uri:
 * @msg: a message
 * @uri: the URI
 *
 * Sets where the request goes. It takes effect when the message is sent the next time.
 */
void soup_message_set_uri(SoupMessage *msg, GUri *uri);

/**
 * soup_message_get_first_party:
 * @msg: a message
 *
 * Returns: (transfer none) (nullable): the page that the message is for
 */
GUri *soup_message_get_first_party(SoupMessage *msg);

/**
 * soup_message_set_first_party:
 * @msg: a message
 * @first_party: the page's URI
 *
 * Says which page the message is for, so that others' cookies can be told from its own.
 */
void soup_message_set_first_party(SoupMessage *msg, GUri *first_party);

/**
 * soup_message_get_site_for_cookies:
 * @msg: a message
 *
 * Returns: (transfer none) (nullable): the site whose cookies the message may carry
 */
GUri *soup_message_get_site_for_cookies(SoupMessage *msg);

/**
 * soup_message_set_site_for_cookies:
 * @msg: a message
 * @site_for_cookies: (nullable): the site's URI
 *
 * Says from which site the message is, for cookies that go to their own site only.
 */
void soup_message_set_site_for_cookies(SoupMessage *msg, GUri *site_for_cookies);

/**
 * soup_message_set_is_top_level_navigation:
 * @msg: a message
 * @is_top_level_navigation: whether it is
 *
 * Says whether the message navigates from one page to another, for cookies that go along only then.
 */
void soup_message_set_is_top_level_navigation(SoupMessage *msg, gboolean is_top_level_navigation);

/**
 * soup_message_get_is_top_level_navigation:
 * @msg: a message
 *
 * Returns: whether the message navigates from one page to another
 */
gboolean soup_message_get_is_top_level_navigation(SoupMessage *msg);

/**
 * soup_message_get_method:
 * @msg: a message
 *
 * Returns: the HTTP method, which can be compared with %SOUP_METHOD_GET and its like as a pointer
 */
const char *soup_message_get_method(SoupMessage *msg);

/**
 * soup_message_set_method:
 * @msg: a message
 * @method: the HTTP method
 *
 * Sets the HTTP method.
 */
void soup_message_set_method(SoupMessage *msg, const char *method);

/**
 * soup_message_get_status:
 * @msg: a message
 *
 * Returns: the response's status, %SOUP_STATUS_NONE before there is one
 */
SoupStatus soup_message_get_status(SoupMessage *msg);

/**
 * soup_message_get_reason_phrase:
 * @msg: a message
 *
 * Returns: (nullable): the response's reason phrase
 */
const char *soup_message_get_reason_phrase(SoupMessage *msg);

/**
 * soup_message_get_request_headers:
 * @msg: a message
 *
 * Returns: (transfer none): the request's headers
 */
SoupMessageHeaders *soup_message_get_request_headers(SoupMessage *msg);

/**
 * soup_message_get_response_headers:
 * @msg: a message
 *
 * Returns: (transfer none): the response's headers, which come with #SoupMessage::got-headers
 */
SoupMessageHeaders *soup_message_get_response_headers(SoupMessage *msg);

/**
 * soup_message_get_is_options_ping:
 * @msg: a message
 *
 * Returns: whether this is an OPTIONS request about the server itself
 */
gboolean soup_message_get_is_options_ping(SoupMessage *msg);

/**
 * soup_message_set_is_options_ping:
 * @msg: a message
 * @is_options_ping: whether it is
 *
 * Says whether this is an OPTIONS request about the server itself: its target is then "*".
 */
void soup_message_set_is_options_ping(SoupMessage *msg, gboolean is_options_ping);

/**
 * soup_message_get_connection_id:
 * @msg: a message
 *
 * Returns: the number of the connection that carries the message, 0 before there is one
 */
guint64 soup_message_get_connection_id(SoupMessage *msg);

/**
 * soup_message_get_remote_address:
 * @msg: a message
 *
 * Returns: (transfer none) (nullable): the server's address, once the connection is made
 */
GSocketAddress *soup_message_get_remote_address(SoupMessage *msg);

/**
 * soup_message_get_force_http1:
 * @msg: a message
 *
 * Returns: whether the message goes over HTTP/1 even where the server knows more
 *
 * Since: 3.4
 */
gboolean soup_message_get_force_http1(SoupMessage *msg);

/**
 * soup_message_set_force_http1:
 * @msg: a message
 * @value: whether it does
 *
 * Says whether the message goes over HTTP/1 even where the server knows more.
 *
 * Since: 3.4
 */
void soup_message_set_force_http1(SoupMessage *msg, gboolean value);

/**
 * soup_message_set_flags:
 * @msg: a message
 * @flags: the flags
 *
 * Says what a session may do with the message.
 */
void soup_message_set_flags(SoupMessage *msg, SoupMessageFlags flags);

/**
 * soup_message_get_flags:
 * @msg: a message
 *
 * Returns: what a session may do with the message
 */
SoupMessageFlags soup_message_get_flags(SoupMessage *msg);

/**
 * soup_message_add_flags:
 * @msg: a message
 * @flags: more flags
 *
 * Sets these flags as well.
 */
void soup_message_add_flags(SoupMessage *msg, SoupMessageFlags flags);

/**
 * soup_message_remove_flags:
 * @msg: a message
 * @flags: the flags to clear
 *
 * Clears these flags.
 */
void soup_message_remove_flags(SoupMessage *msg, SoupMessageFlags flags);

/**
 * soup_message_query_flags:
 * @msg: a message
 * @flags: some flags
 *
 * Returns: whether one of these flags is set
 */
gboolean soup_message_query_flags(SoupMessage *msg, SoupMessageFlags flags);

/**
 * soup_message_get_tls_peer_certificate:
 * @msg: a message
 *
 * Returns: (transfer none) (nullable): the server's certificate, %NULL on a connection without TLS
 */
GTlsCertificate *soup_message_get_tls_peer_certificate(SoupMessage *msg);

/**
 * soup_message_get_tls_peer_certificate_errors:
 * @msg: a message
 *
 * Returns: what was wrong with the server's certificate
 */
GTlsCertificateFlags soup_message_get_tls_peer_certificate_errors(SoupMessage *msg);

/**
 * soup_message_get_tls_protocol_version:
 * @msg: a message
 *
 * Returns: the version of TLS that was spoken, %G_TLS_PROTOCOL_VERSION_UNKNOWN without TLS
 */
GTlsProtocolVersion soup_message_get_tls_protocol_version(SoupMessage *msg);

/**
 * soup_message_get_tls_ciphersuite_name:
 * @msg: a message
 *
 * Returns: (nullable): the name of the cipher suite, %NULL without TLS
 */
const char *soup_message_get_tls_ciphersuite_name(SoupMessage *msg);

/**
 * soup_message_set_tls_client_certificate:
 * @msg: a message
 * @certificate: (nullable): the certificate, or %NULL for none
 *
 * Says which certificate to show to a server that asks for one. In a handler of #SoupMessage::request-certificate, and
 * later if that has returned %TRUE, this is the answer; before a connection is made it spares the question.
 */
void soup_message_set_tls_client_certificate(SoupMessage *msg,
                                             GTlsCertificate *certificate);

/**
 * soup_message_tls_client_certificate_password_request_complete:
 * @msg: a message
 *
 * Says that the password which #SoupMessage::request-certificate-password has asked for is set. The signal's handler has
 * returned %TRUE, or is about to.
 */
void soup_message_tls_client_certificate_password_request_complete(SoupMessage *msg);

/**
 * soup_message_add_header_handler: (skip)
 * @msg: a message
 * @signal: the signal's name
 * @header: a response header's name
 * @callback: (scope notified): the handler
 * @user_data: the handler's data
 *
 * Connects a handler that is called only when the response has this header.
 *
 * Returns: the handler's ID
 */
guint soup_message_add_header_handler(SoupMessage *msg,
                                      const char *signal,
                                      const char *header,
                                      GCallback callback,
                                      gpointer user_data);

/**
 * soup_message_add_status_code_handler: (skip)
 * @msg: a message
 * @signal: the signal's name
 * @status_code: a status
 * @callback: (scope notified): the handler
 * @user_data: the handler's data
 *
 * Connects a handler that is called only when the response has this status.
 *
 * Returns: the handler's ID
 */
guint soup_message_add_status_code_handler(SoupMessage *msg,
                                           const char *signal,
                                           guint status_code,
                                           GCallback callback,
                                           gpointer user_data);

/**
 * soup_message_disable_feature:
 * @msg: a message
 * @feature_type: the type of a session feature
 *
 * Keeps a session's features of this type away from the message.
 */
void soup_message_disable_feature(SoupMessage *msg, GType feature_type);

/**
 * soup_message_is_feature_disabled:
 * @msg: a message
 * @feature_type: the type of a session feature
 *
 * Returns: whether features of this type are kept away from the message
 */
gboolean soup_message_is_feature_disabled(SoupMessage *msg, GType feature_type);

/**
 * soup_message_set_priority:
 * @msg: a message
 * @priority: the priority
 *
 * Says how urgent the message is.
 */
void soup_message_set_priority(SoupMessage *msg, SoupMessagePriority priority);

/**
 * soup_message_get_priority:
 * @msg: a message
 *
 * Returns: how urgent the message is
 */
SoupMessagePriority soup_message_get_priority(SoupMessage *msg);

/**
 * soup_message_get_metrics:
 * @msg: a message
 *
 * Gets the measurements of a message with %SOUP_MESSAGE_COLLECT_METRICS. They are measured anew each time it is sent.
 *
 * Returns: (transfer none) (nullable): the measurements, %NULL without that flag
 */
SoupMessageMetrics *soup_message_get_metrics(SoupMessage *msg);

/**
 * soup_message_metrics_copy:
 * @metrics: measurements
 *
 * Copies measurements.
 *
 * Returns: (transfer full): the copy
 */
SoupMessageMetrics *soup_message_metrics_copy(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_free:
 * @metrics: (transfer full): measurements
 *
 * Frees a copy of measurements.
 */
void soup_message_metrics_free(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_fetch_start:
 * @metrics: measurements
 *
 * Gets when the message was sent by the program, or restarted.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_fetch_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_dns_start:
 * @metrics: measurements
 *
 * Gets when the name's resolution began; 0 if there was none.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_dns_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_dns_end:
 * @metrics: measurements
 *
 * Gets when it ended.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_dns_end(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_connect_start:
 * @metrics: measurements
 *
 * Gets when the connection was begun; 0 for a connection that was kept.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_connect_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_connect_end:
 * @metrics: measurements
 *
 * Gets when it was made, its TLS handshake included.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_connect_end(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_tls_start:
 * @metrics: measurements
 *
 * Gets when the TLS handshake began; 0 if there was none.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_tls_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_request_start:
 * @metrics: measurements
 *
 * Gets when the request was begun.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_request_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_response_start:
 * @metrics: measurements
 *
 * Gets when the head of the response came.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_response_start(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_response_end:
 * @metrics: measurements
 *
 * Gets when the response was complete.
 *
 * Returns: microseconds of g_get_monotonic_time()
 */
guint64 soup_message_metrics_get_response_end(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_request_header_bytes_sent:
 * @metrics: measurements
 *
 * Gets the size of the request's head on the wire.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_request_header_bytes_sent(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_request_body_size:
 * @metrics: measurements
 *
 * Gets the size of the request's body.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_request_body_size(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_request_body_bytes_sent:
 * @metrics: measurements
 *
 * Gets how many bytes of the request's body were sent, with the framing of its chunks.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_request_body_bytes_sent(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_response_header_bytes_received:
 * @metrics: measurements
 *
 * Gets the size of the heads of the response on the wire.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_response_header_bytes_received(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_response_body_size:
 * @metrics: measurements
 *
 * Gets the size of the response's body, decoded.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_response_body_size(SoupMessageMetrics *metrics);

/**
 * soup_message_metrics_get_response_body_bytes_received:
 * @metrics: measurements
 *
 * Gets how many bytes of the response's body came over the wire, encoded and with the framing of its chunks.
 *
 * Returns: bytes
 */
guint64 soup_message_metrics_get_response_body_bytes_received(SoupMessageMetrics *metrics);

/**
 * soup_message_new_from_encoded_form:
 * @method: "GET", "POST" or "PUT"
 * @uri_string: where the form goes
 * @encoded_form: (transfer full): the form, as soup_form_encode() writes it
 *
 * Makes a request that sends a form: in the query of the URI for GET, and in the body for the two others.
 *
 * @encoded_form belongs to Bisque afterwards, but for one case: it stays the caller's, who frees it with g_free(), when a
 * message for GET is returned. Programs written for libsoup before 3.5 free it then.
 *
 * Returns: (transfer full) (nullable): the message, or %NULL if @uri_string is no URI
 */
SoupMessage *soup_message_new_from_encoded_form(const char *method,
                                                const char *uri_string,
                                                char *encoded_form);

/**
 * soup_message_new_from_multipart:
 * @uri_string: where the body goes
 * @multipart: a body of several parts
 *
 * Makes a POST request with that body.
 *
 * Returns: (transfer full) (nullable): the message, or %NULL if @uri_string is no URI
 */
SoupMessage *soup_message_new_from_multipart(const char *uri_string, SoupMultipart *multipart);

/**
 * soup_auth_domain_add_path:
 * @domain: the domain
 * @path: a path
 *
 * Protects @path and the paths that begin with it, but for those that a longer path of soup_auth_domain_remove_path() leaves
 * open. A domain of a proxy covers all requests.
 */
void soup_auth_domain_add_path(SoupAuthDomain *domain,
                               const char *path);

/**
 * soup_auth_domain_remove_path:
 * @domain: the domain
 * @path: a path
 *
 * Leaves @path and the paths that begin with it open, but for those that a longer path of soup_auth_domain_add_path()
 * protects.
 */
void soup_auth_domain_remove_path(SoupAuthDomain *domain,
                                  const char *path);

/**
 * soup_auth_domain_set_filter:
 * @domain: the domain
 * @filter: (scope notified) (closure filter_data) (destroy dnotify): decides about requests
 * @filter_data: data for @filter
 * @dnotify: frees @filter_data
 *
 * Has @filter decide which of the requests for protected paths need a password: those for which it returns %TRUE.
 */
void soup_auth_domain_set_filter(SoupAuthDomain *domain,
                                 SoupAuthDomainFilter filter,
                                 gpointer filter_data,
                                 GDestroyNotify dnotify);

/**
 * soup_auth_domain_get_realm:
 * @domain: the domain
 *
 * Gets the realm, which clients show to their users.
 *
 * Returns: the realm
 */
const char *soup_auth_domain_get_realm(SoupAuthDomain *domain);

/**
 * soup_auth_domain_set_generic_auth_callback:
 * @domain: the domain
 * @auth_callback: (scope notified) (closure auth_data) (destroy dnotify): decides about users
 * @auth_data: data for @auth_callback
 * @dnotify: frees @auth_data
 *
 * Has @auth_callback decide about users, whatever the scheme, where the scheme's own callback is not set. It calls
 * soup_auth_domain_check_password() with the passwords that it knows.
 */
void soup_auth_domain_set_generic_auth_callback(SoupAuthDomain *domain,
                                                SoupAuthDomainGenericAuthCallback auth_callback,
                                                gpointer auth_data,
                                                GDestroyNotify dnotify);

/**
 * soup_auth_domain_check_password:
 * @domain: the domain
 * @msg: a request
 * @username: a user
 * @password: the user's password
 *
 * Returns whether @msg was sent by @username, who knows @password. It is called by the callback of
 * soup_auth_domain_set_generic_auth_callback().
 *
 * Returns: whether the password is right
 */
gboolean soup_auth_domain_check_password(SoupAuthDomain *domain,
                                         SoupServerMessage *msg,
                                         const char *username,
                                         const char *password);

/**
 * soup_auth_domain_covers:
 * @domain: the domain
 * @msg: a request
 *
 * Returns whether @msg needs a password of @domain: its path is protected, and the filter has nothing against it.
 *
 * Returns: whether it does
 */
gboolean soup_auth_domain_covers(SoupAuthDomain *domain,
                                 SoupServerMessage *msg);

/**
 * soup_auth_domain_accepts:
 * @domain: the domain
 * @msg: a request
 *
 * Looks whether @msg comes with credentials that are good. A handler learns the user's name with this.
 *
 * Returns: (transfer full) (nullable): the user, or %NULL
 */
char *soup_auth_domain_accepts(SoupAuthDomain *domain, SoupServerMessage *msg);

/**
 * soup_auth_domain_challenge:
 * @domain: the domain
 * @msg: a request
 *
 * Answers @msg with 401 and a WWW-Authenticate header, or, for a domain of a proxy, with 407 and Proxy-Authenticate.
 */
void soup_auth_domain_challenge(SoupAuthDomain *domain,
                                SoupServerMessage *msg);

/**
 * soup_auth_domain_basic_set_auth_callback:
 * @domain: (type SoupAuthDomainBasic): the domain
 * @callback: (scope notified) (closure user_data) (destroy dnotify): decides about users and passwords
 * @user_data: data for @callback
 * @dnotify: frees @user_data
 *
 * Has @callback decide who is let in.
 */
void soup_auth_domain_basic_set_auth_callback(SoupAuthDomain *domain,
                                              SoupAuthDomainBasicAuthCallback callback,
                                              gpointer user_data,
                                              GDestroyNotify dnotify);

/**
 * soup_auth_domain_digest_set_auth_callback:
 * @domain: (type SoupAuthDomainDigest): the domain
 * @callback: (scope notified) (closure user_data) (destroy dnotify): gives the passwords of users
 * @user_data: data for @callback
 * @dnotify: frees @user_data
 *
 * Has @callback give the password of a user, as soup_auth_domain_digest_encode_password() encodes it, or %NULL for a user that
 * it does not know.
 */
void soup_auth_domain_digest_set_auth_callback(SoupAuthDomain *domain,
                                               SoupAuthDomainDigestAuthCallback callback,
                                               gpointer user_data,
                                               GDestroyNotify dnotify);

/**
 * soup_auth_domain_digest_encode_password:
 * @username: a user
 * @realm: the realm of the domain
 * @password: the user's password
 *
 * Encodes a password for a #SoupAuthDomainDigest: who keeps passwords so can let users in, and need not know them.
 *
 * Returns: (transfer full): the encoded password
 */
char *soup_auth_domain_digest_encode_password(const char *username,
                                              const char *realm,
                                              const char *password);

/**
 * soup_server_set_tls_certificate:
 * @server: the server
 * @certificate: the certificate that the server shows
 *
 * Sets the certificate for HTTPS.
 */
void soup_server_set_tls_certificate(SoupServer *server, GTlsCertificate *certificate);

/**
 * soup_server_get_tls_certificate:
 * @server: the server
 *
 * The certificate for HTTPS.
 *
 * Returns: (transfer none) (nullable): the certificate
 */
GTlsCertificate *soup_server_get_tls_certificate(SoupServer *server);

/**
 * soup_server_set_tls_database:
 * @server: the server
 * @tls_database: the database
 *
 * Sets what the certificates of clients are checked with.
 */
void soup_server_set_tls_database(SoupServer *server, GTlsDatabase *tls_database);

/**
 * soup_server_get_tls_database:
 * @server: the server
 *
 * What the certificates of clients are checked with.
 *
 * Returns: (transfer none) (nullable): the database
 */
GTlsDatabase *soup_server_get_tls_database(SoupServer *server);

/**
 * soup_server_set_tls_auth_mode:
 * @server: the server
 * @mode: whether clients shall show a certificate
 *
 * Sets whether clients shall show a certificate.
 */
void soup_server_set_tls_auth_mode(SoupServer *server, GTlsAuthenticationMode mode);

/**
 * soup_server_get_tls_auth_mode:
 * @server: the server
 *
 * Whether clients shall show a certificate.
 *
 * Returns: the mode
 */
GTlsAuthenticationMode soup_server_get_tls_auth_mode(SoupServer *server);

/**
 * soup_server_is_https:
 * @server: the server
 *
 * Whether the server can take HTTPS connections: whether it has a certificate.
 *
 * Returns: whether it can
 */
gboolean soup_server_is_https(SoupServer *server);

/**
 * soup_server_add_handler:
 * @server: the server
 * @path: (nullable): the path, or %NULL for "/"
 * @callback: (scope notified) (closure user_data) (destroy destroy): answers the requests
 * @user_data: data for @callback
 * @destroy: frees @user_data
 *
 * Has @callback answer the requests for @path and all paths that begin with it, unless a longer one is registered. What
 * was registered for @path is replaced. The path "*" has to be registered by name.
 */
void soup_server_add_handler(SoupServer *server,
                             const char *path,
                             SoupServerCallback callback,
                             gpointer user_data,
                             GDestroyNotify destroy);

/**
 * soup_server_add_early_handler:
 * @server: the server
 * @path: (nullable): the path, or %NULL for "/"
 * @callback: (scope notified) (closure user_data) (destroy destroy): sees the requests
 * @user_data: data for @callback
 * @destroy: frees @user_data
 *
 * Has @callback see the requests for @path when their headers have come, before their bodies: to refuse them, or to take the
 * body chunk by chunk.
 */
void soup_server_add_early_handler(SoupServer *server,
                                   const char *path,
                                   SoupServerCallback callback,
                                   gpointer user_data,
                                   GDestroyNotify destroy);

/**
 * soup_server_add_websocket_handler:
 * @server: the server
 * @path: (nullable): the path, or %NULL for "/"
 * @origin: (nullable): the origin that clients must come from
 * @protocols: (nullable) (array zero-terminated=1): the protocols that the handler speaks
 * @callback: (scope notified) (closure user_data) (destroy destroy): takes the connections
 * @user_data: data for @callback
 * @destroy: frees @user_data
 *
 * Has @callback take the WebSockets that clients open at @path. The handshake is looked at after all other handlers
 * for the path, unless one of them has set a status.
 */
void soup_server_add_websocket_handler(SoupServer *server,
                                       const char *path,
                                       const char *origin,
                                       char **protocols,
                                       SoupServerWebsocketCallback callback,
                                       gpointer user_data,
                                       GDestroyNotify destroy);

/**
 * soup_server_add_auth_domain:
 * @server: the server
 * @auth_domain: a domain
 *
 * Has the requests that @auth_domain covers answered with 401 or 407, unless they come with good credentials. Several domains may
 * cover a request: the credentials of one are enough.
 */
void soup_server_add_auth_domain(SoupServer *server,
                                 SoupAuthDomain *auth_domain);

/**
 * soup_server_remove_auth_domain:
 * @server: the server
 * @auth_domain: a domain
 *
 * Removes a domain that was added with soup_server_add_auth_domain().
 */
void soup_server_remove_auth_domain(SoupServer *server, SoupAuthDomain *auth_domain);

/**
 * soup_server_add_websocket_extension:
 * @server: the server
 * @extension_type: a subclass of #SoupWebsocketExtension
 *
 * Lets clients negotiate an extension. permessage-deflate is there without.
 */
void soup_server_add_websocket_extension(SoupServer *server, GType extension_type);

/**
 * soup_server_remove_websocket_extension:
 * @server: the server
 * @extension_type: a subclass of #SoupWebsocketExtension
 *
 * Lets clients negotiate an extension no longer.
 */
void soup_server_remove_websocket_extension(SoupServer *server, GType extension_type);

/**
 * soup_server_remove_handler:
 * @server: the server
 * @path: (nullable): the path, or %NULL for "/"
 *
 * Removes all handlers that were registered for @path.
 */
void soup_server_remove_handler(SoupServer *server, const char *path);

/**
 * soup_server_pause_message:
 * @server: the server
 * @msg: a message of @server
 *
 * Pauses a message: see soup_server_message_pause(), which is the newer name.
 *
 * Deprecated: 3.2: Use soup_server_message_pause() instead.
 */
void soup_server_pause_message(SoupServer *server, SoupServerMessage *msg);

/**
 * soup_server_unpause_message:
 * @server: the server
 * @msg: a message of @server
 *
 * Goes on with a message: see soup_server_message_unpause(), which is the newer name.
 *
 * Deprecated: 3.2: Use soup_server_message_unpause() instead.
 */
void soup_server_unpause_message(SoupServer *server, SoupServerMessage *msg);

/**
 * soup_server_listen:
 * @server: the server
 * @address: the address to listen on
 * @options: how to listen
 * @error: where an error goes
 *
 * Listens on @address. Several addresses can be listened on, one after another.
 *
 * Returns: whether the server listens
 */
gboolean soup_server_listen(SoupServer *server,
                            GSocketAddress *address,
                            SoupServerListenOptions options,
                            GError **error);

/**
 * soup_server_listen_all:
 * @server: the server
 * @port: the port, or 0 for one that the system chooses
 * @options: how to listen
 * @error: where an error goes
 *
 * Listens on all addresses of this machine: IPv4 and IPv6, on the same port.
 *
 * Returns: whether the server listens
 */
gboolean soup_server_listen_all(SoupServer *server,
                                guint port,
                                SoupServerListenOptions options,
                                GError **error);

/**
 * soup_server_listen_local:
 * @server: the server
 * @port: the port, or 0 for one that the system chooses
 * @options: how to listen
 * @error: where an error goes
 *
 * Listens on the loopback addresses: IPv4 and IPv6, on the same port.
 *
 * Returns: whether the server listens
 */
gboolean soup_server_listen_local(SoupServer *server,
                                  guint port,
                                  SoupServerListenOptions options,
                                  GError **error);

/**
 * soup_server_listen_socket:
 * @server: the server
 * @socket: a socket that is bound to an address
 * @options: how to listen
 * @error: where an error goes
 *
 * Listens with @socket.
 *
 * Returns: whether the server listens
 */
gboolean soup_server_listen_socket(SoupServer *server,
                                   GSocket *socket,
                                   SoupServerListenOptions options,
                                   GError **error);

/**
 * soup_server_get_uris:
 * @server: the server
 *
 * The URIs under which the server can be reached. The host in them may be "0.0.0.0" or "::", which stands for all addresses
 * of this machine.
 *
 * Returns: (transfer full) (element-type GUri): the URIs
 */
GSList *soup_server_get_uris(SoupServer *server);

/**
 * soup_server_get_listeners:
 * @server: the server
 *
 * The sockets that the server listens with.
 *
 * Returns: (transfer container) (element-type Gio.Socket): the sockets
 */
GSList *soup_server_get_listeners(SoupServer *server);

/**
 * soup_server_disconnect:
 * @server: the server
 *
 * Stops listening, and closes the connections that carry HTTP. The server can listen again.
 */
void soup_server_disconnect(SoupServer *server);

/**
 * soup_server_accept_iostream:
 * @server: the server
 * @stream: a stream
 * @local_addr: (nullable): the address of our end
 * @remote_addr: (nullable): the address of the client's end
 * @error: where an error goes
 *
 * Serves a client on a connection that the caller has accepted.
 *
 * Returns: whether the server can serve on such a stream
 */
gboolean soup_server_accept_iostream(SoupServer *server,
                                     GIOStream *stream,
                                     GSocketAddress *local_addr,
                                     GSocketAddress *remote_addr,
                                     GError **error);

/**
 * soup_server_message_get_request_headers:
 * @msg: the message
 *
 * The headers of the request.
 *
 * Returns: (transfer none): the headers
 */
SoupMessageHeaders *soup_server_message_get_request_headers(SoupServerMessage *msg);

/**
 * soup_server_message_get_response_headers:
 * @msg: the message
 *
 * The headers of the response.
 *
 * Returns: (transfer none): the headers
 */
SoupMessageHeaders *soup_server_message_get_response_headers(SoupServerMessage *msg);

/**
 * soup_server_message_get_request_body:
 * @msg: the message
 *
 * The body of the request.
 *
 * Returns: (transfer none): the body
 */
SoupMessageBody *soup_server_message_get_request_body(SoupServerMessage *msg);

/**
 * soup_server_message_get_response_body:
 * @msg: the message
 *
 * The body of the response.
 *
 * Returns: (transfer none): the body
 */
SoupMessageBody *soup_server_message_get_response_body(SoupServerMessage *msg);

/**
 * soup_server_message_get_method:
 * @msg: the message
 *
 * The method of the request. Those that have a `SOUP_METHOD_` are the same pointer.
 *
 * Returns: the method
 */
const char *soup_server_message_get_method(SoupServerMessage *msg);

/**
 * soup_server_message_get_http_version:
 * @msg: the message
 *
 * The version of HTTP.
 *
 * Returns: the version
 */
SoupHTTPVersion soup_server_message_get_http_version(SoupServerMessage *msg);

/**
 * soup_server_message_set_http_version:
 * @msg: the message
 * @version: the version
 *
 * Sets the version of the response.
 */
void soup_server_message_set_http_version(SoupServerMessage *msg, SoupHTTPVersion version);

/**
 * soup_server_message_get_reason_phrase:
 * @msg: the message
 *
 * The reason phrase of the response.
 *
 * Returns: (nullable): the phrase, or %NULL as long as no status is set
 */
const char *soup_server_message_get_reason_phrase(SoupServerMessage *msg);

/**
 * soup_server_message_get_status:
 * @msg: the message
 *
 * The status of the response.
 *
 * Returns: the status, or 0 as long as none is set
 */
guint soup_server_message_get_status(SoupServerMessage *msg);

/**
 * soup_server_message_set_status:
 * @msg: the message
 * @status_code: the status
 * @reason_phrase: (nullable): its phrase, or %NULL for the usual one
 *
 * Sets the status of the response.
 */
void soup_server_message_set_status(SoupServerMessage *msg, guint status_code, const char *reason_phrase);

/**
 * soup_server_message_get_uri:
 * @msg: the message
 *
 * The URI of the request.
 *
 * Returns: (transfer none): the URI
 */
GUri *soup_server_message_get_uri(SoupServerMessage *msg);

/**
 * soup_server_message_set_response:
 * @msg: the message
 * @content_type: (nullable): the type of the body
 * @resp_use: what happens to the memory
 * @resp_body: (nullable) (array length=resp_length) (element-type guint8): the body
 * @resp_length: its length
 *
 * Sets the body of the response and its Content-Type; without a type, takes both away.
 */
void soup_server_message_set_response(SoupServerMessage *msg,
                                      const char *content_type,
                                      SoupMemoryUse resp_use,
                                      const char *resp_body,
                                      gsize resp_length);

/**
 * soup_server_message_set_redirect:
 * @msg: the message
 * @status_code: a status of redirection
 * @redirect_uri: where to, relative to the URI of the request
 *
 * Answers with a redirection.
 */
void soup_server_message_set_redirect(SoupServerMessage *msg, guint status_code, const char *redirect_uri);

/**
 * soup_server_message_get_socket:
 * @msg: the message
 *
 * The socket under the connection of @msg. When that was stolen, the stolen stream keeps the socket, not @msg.
 *
 * Returns: (nullable) (transfer none): the socket, or %NULL for a connection without one
 */
GSocket *soup_server_message_get_socket(SoupServerMessage *msg);

/**
 * soup_server_message_get_local_address:
 * @msg: the message
 *
 * The address that the client has connected to.
 *
 * Returns: (nullable) (transfer none): the address
 */
GSocketAddress *soup_server_message_get_local_address(SoupServerMessage *msg);

/**
 * soup_server_message_get_remote_address:
 * @msg: the message
 *
 * The address of the client.
 *
 * Returns: (nullable) (transfer none): the address
 */
GSocketAddress *soup_server_message_get_remote_address(SoupServerMessage *msg);

/**
 * soup_server_message_get_remote_host:
 * @msg: the message
 *
 * The IP address of the client, as text.
 *
 * Returns: (nullable): the address
 */
const char *soup_server_message_get_remote_host(SoupServerMessage *msg);

/**
 * soup_server_message_steal_connection:
 * @msg: the message
 *
 * Takes the connection away from the server, at once, to speak another protocol on it. What of the response has not been
 * written is not sent: steal in a handler of "wrote-informational" or "wrote-body" to let it go first. Bytes that
 * the client has sent beyond the request, and the server has read, are the first that the stream gives; it need not be a
 * #GSocketConnection then. Dropping the stream closes the connection, also while @msg is kept, unless it has TLS: that one is
 * to be closed.
 *
 * Returns: (transfer full) (nullable): the stream, or %NULL if the connection is gone
 */
GIOStream *soup_server_message_steal_connection(SoupServerMessage *msg);

/**
 * soup_server_message_is_options_ping:
 * @msg: the message
 *
 * Whether the request is "OPTIONS *".
 *
 * Returns: whether it is
 */
gboolean soup_server_message_is_options_ping(SoupServerMessage *msg);

/**
 * soup_server_message_pause:
 * @msg: the message
 *
 * Stops the exchange: nothing more is read or written until soup_server_message_unpause(). For an answer that takes time.
 *
 * Since: 3.2
 */
void soup_server_message_pause(SoupServerMessage *msg);

/**
 * soup_server_message_unpause:
 * @msg: the message
 *
 * Goes on with the exchange: after soup_server_message_pause(), or when a body that is sent chunk by chunk has got another one.
 *
 * Since: 3.2
 */
void soup_server_message_unpause(SoupServerMessage *msg);

/**
 * soup_server_message_get_tls_peer_certificate:
 * @msg: the message
 *
 * The certificate that the client has shown.
 *
 * Returns: (nullable) (transfer none): the certificate, or %NULL for a connection without TLS
 *
 * Since: 3.2
 */
GTlsCertificate *soup_server_message_get_tls_peer_certificate(SoupServerMessage *msg);

/**
 * soup_server_message_get_tls_peer_certificate_errors:
 * @msg: the message
 *
 * What is wrong with the certificate that the client has shown.
 *
 * Returns: the flags; none for a connection without TLS
 *
 * Since: 3.2
 */
GTlsCertificateFlags soup_server_message_get_tls_peer_certificate_errors(SoupServerMessage *msg);

/**
 * soup_session_new:
 * Makes a session with the default properties.
 *
 * Returns: (transfer full): the session
 */
SoupSession *soup_session_new(void);

/**
 * soup_session_get_local_address:
 * @session: a session
 *
 * Gets the address from which connections are made.
 *
 * Returns: (transfer none) (nullable): the address, %NULL if the system chooses
 */
GInetSocketAddress *soup_session_get_local_address(SoupSession *session);

/**
 * soup_session_get_max_conns:
 * @session: a session
 *
 * Gets how many connections the session may have at once.
 *
 * Returns: the number
 */
guint soup_session_get_max_conns(SoupSession *session);

/**
 * soup_session_get_max_conns_per_host:
 * @session: a session
 *
 * Gets how many connections the session may have to one host at once.
 *
 * Returns: the number
 */
guint soup_session_get_max_conns_per_host(SoupSession *session);

/**
 * soup_session_set_proxy_resolver:
 * @session: a session
 * @proxy_resolver: (nullable): the resolver, or %NULL for no proxies
 *
 * Sets who says which proxy leads to a host.
 */
void soup_session_set_proxy_resolver(SoupSession *session, GProxyResolver *proxy_resolver);

/**
 * soup_session_get_proxy_resolver:
 * @session: a session
 *
 * Gets who says which proxy leads to a host.
 *
 * Returns: (transfer none) (nullable): the resolver
 */
GProxyResolver *soup_session_get_proxy_resolver(SoupSession *session);

/**
 * soup_session_set_tls_database:
 * @session: a session
 * @tls_database: (nullable): the database
 *
 * Sets which certificates are trusted.
 */
void soup_session_set_tls_database(SoupSession *session, GTlsDatabase *tls_database);

/**
 * soup_session_get_tls_database:
 * @session: a session
 *
 * Gets which certificates are trusted: the system's, as long as no other database was set.
 *
 * Returns: (transfer none) (nullable): the database
 */
GTlsDatabase *soup_session_get_tls_database(SoupSession *session);

/**
 * soup_session_set_tls_interaction:
 * @session: a session
 * @tls_interaction: (nullable): the interaction
 *
 * Sets who asks the user when TLS needs an answer.
 */
void soup_session_set_tls_interaction(SoupSession *session, GTlsInteraction *tls_interaction);

/**
 * soup_session_get_tls_interaction:
 * @session: a session
 *
 * Gets who asks the user when TLS needs an answer.
 *
 * Returns: (transfer none) (nullable): the interaction
 */
GTlsInteraction *soup_session_get_tls_interaction(SoupSession *session);

/**
 * soup_session_set_timeout:
 * @session: a session
 * @timeout: seconds, or 0 for no limit
 *
 * Sets how long a connection may make no progress: while it is made, and until the server has answered. A WebSocket
 * that is open has no such limit.
 */
void soup_session_set_timeout(SoupSession *session,
                              guint timeout);

/**
 * soup_session_get_timeout:
 * @session: a session
 *
 * Gets how long a connection may make no progress.
 *
 * Returns: seconds, or 0 for no limit
 */
guint soup_session_get_timeout(SoupSession *session);

/**
 * soup_session_set_idle_timeout:
 * @session: a session
 * @timeout: seconds, or 0 for no limit
 *
 * Sets how long a connection that is not in use is kept.
 */
void soup_session_set_idle_timeout(SoupSession *session, guint timeout);

/**
 * soup_session_get_idle_timeout:
 * @session: a session
 *
 * Gets how long a connection that is not in use is kept.
 *
 * Returns: seconds, or 0 for no limit
 */
guint soup_session_get_idle_timeout(SoupSession *session);

/**
 * soup_session_set_user_agent:
 * @session: a session
 * @user_agent: the program's name
 *
 * Sets the User-Agent header of all requests. To a name that ends in a blank the library's own is added.
 */
void soup_session_set_user_agent(SoupSession *session, const char *user_agent);

/**
 * soup_session_get_user_agent:
 * @session: a session
 *
 * Gets the User-Agent header of all requests.
 *
 * Returns: (nullable): the program's name
 */
const char *soup_session_get_user_agent(SoupSession *session);

/**
 * soup_session_set_accept_language:
 * @session: a session
 * @accept_language: languages, as the header says them
 *
 * Sets the Accept-Language header of all requests.
 */
void soup_session_set_accept_language(SoupSession *session, const char *accept_language);

/**
 * soup_session_get_accept_language:
 * @session: a session
 *
 * Gets the Accept-Language header of all requests.
 *
 * Returns: (nullable): languages, as the header says them
 */
const char *soup_session_get_accept_language(SoupSession *session);

/**
 * soup_session_set_accept_language_auto:
 * @session: a session
 * @accept_language_auto: whether it does
 *
 * Says whether the Accept-Language header names the languages that the user reads.
 */
void soup_session_set_accept_language_auto(SoupSession *session, gboolean accept_language_auto);

/**
 * soup_session_get_accept_language_auto:
 * @session: a session
 *
 * Says whether the Accept-Language header names the languages that the user reads.
 *
 * Returns: %TRUE if it does
 */
gboolean soup_session_get_accept_language_auto(SoupSession *session);

/**
 * soup_session_get_remote_connectable:
 * @session: a session
 *
 * Gets where all connections go instead of the host of their URI.
 *
 * Returns: (transfer none) (nullable): the place
 */
GSocketConnectable *soup_session_get_remote_connectable(SoupSession *session);

/**
 * soup_session_abort:
 * @session: a session
 *
 * Cancels all that the session is doing. Each operation ends with %G_IO_ERROR_CANCELLED when the main loop runs.
 * WebSockets that are open stay so.
 */
void soup_session_abort(SoupSession *session);

/**
 * soup_session_get_async_result_message:
 * @session: a session
 * @result: the result that a callback got from one of the session's functions
 *
 * Gets the message of an asynchronous operation, in its callback.
 *
 * Returns: (transfer none) (nullable): the message
 */
SoupMessage *soup_session_get_async_result_message(SoupSession *session, GAsyncResult *result);

/**
 * soup_session_add_feature:
 * @session: a session
 * @feature: the feature
 *
 * Adds a feature. A session has one of a class at the most: a second one is ignored, with a warning.
 */
void soup_session_add_feature(SoupSession *session, SoupSessionFeature *feature);

/**
 * soup_session_add_feature_by_type:
 * @session: a session
 * @feature_type: the class of a feature, or of a part of one
 *
 * Adds a new feature of a class. A class that is no feature, such as one of #SoupWebsocketExtension's, is given to the
 * feature that manages such, which must have been added before.
 */
void soup_session_add_feature_by_type(SoupSession *session,
                                      GType feature_type);

/**
 * soup_session_remove_feature:
 * @session: a session
 * @feature: the feature
 *
 * Removes a feature.
 */
void soup_session_remove_feature(SoupSession *session, SoupSessionFeature *feature);

/**
 * soup_session_remove_feature_by_type:
 * @session: a session
 * @feature_type: the class of features, or of a part of one
 *
 * Removes all features of a class. A class that is no feature is taken out of the feature that manages such.
 */
void soup_session_remove_feature_by_type(SoupSession *session, GType feature_type);

/**
 * soup_session_has_feature:
 * @session: a session
 * @feature_type: the class of a feature, or of a part of one
 *
 * Says whether there is a feature of a class, or one that has a part of it.
 *
 * Returns: %TRUE if there is
 */
gboolean soup_session_has_feature(SoupSession *session, GType feature_type);

/**
 * soup_session_get_feature:
 * @session: a session
 * @feature_type: the class of a feature
 *
 * Gets the first feature of a class.
 *
 * Returns: (transfer none) (nullable): the feature
 */
SoupSessionFeature *soup_session_get_feature(SoupSession *session, GType feature_type);

/**
 * soup_session_get_feature_for_message:
 * @session: a session
 * @feature_type: the class of a feature
 * @msg: a message
 *
 * Gets the first feature of a class, unless the message was told to keep away from it.
 *
 * Returns: (transfer none) (nullable): the feature
 */
SoupSessionFeature *soup_session_get_feature_for_message(SoupSession *session,
                                                         GType feature_type,
                                                         SoupMessage *msg);

/**
 * soup_session_websocket_connect_async:
 * @session: a session
 * @msg: the request for the handshake
 * @origin: (nullable): the origin of the page that connects
 * @protocols: (nullable) (array zero-terminated=1): the protocols that the program speaks, the best one first
 * @io_priority: the priority of the operation's sources
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the connection is made, or cannot be
 * @user_data: the callback's data
 *
 * Connects a WebSocket to the server of the message's URI, which begins with "ws" or "http". The extensions of the session's
 * #SoupWebsocketExtensionManager are offered, if it has one. If the server answers with something else than a WebSocket,
 * the error is %SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET, and the message has the answer's status and headers.
 *
 * A redirect to another place of these schemes is followed, up to twenty times, unless the message has
 * %SOUP_MESSAGE_NO_REDIRECT when this function is called: the message gets the new URI and emits #SoupMessage::restarted,
 * and each attempt has the session's timeout for itself. Authorization, Proxy-Authorization and Cookie headers are removed
 * where scheme, host or port change. Nothing leads from TLS to a place without:
 * that fails with %SOUP_SESSION_ERROR_REDIRECT_BAD_URI, as does a place that is no server's.
 */
void soup_session_websocket_connect_async(SoupSession *session,
                                          SoupMessage *msg,
                                          const char *origin,
                                          char **protocols,
                                          int io_priority,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);

/**
 * soup_session_websocket_connect_finish:
 * @session: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Takes the WebSocket that soup_session_websocket_connect_async() has connected.
 *
 * Returns: (transfer full): the connection, or %NULL if there is none
 */
SoupWebsocketConnection *soup_session_websocket_connect_finish(SoupSession *session,
                                                               GAsyncResult *result,
                                                               GError **error);

/**
 * soup_session_send_async:
 * @session: a session
 * @msg: a message
 * @io_priority: the priority of the operation's sources
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread-default main context of the caller
 * @user_data: the callback's data
 *
 * Sends a message. @callback is called when the head of the final response has come, after redirects and authentication,
 * or when the message has failed; soup_session_send_finish() then gives the body, which is read from the network as the
 * program reads it. The message has finished when that stream has been closed.
 *
 * A message that is in a queue already fails with %SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE.
 */
void soup_session_send_async(SoupSession *session,
                             SoupMessage *msg,
                             int io_priority,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/**
 * soup_session_send_finish:
 * @session: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Takes what soup_session_send_async() came to.
 *
 * Returns: (transfer full): the response's body, which can be polled, or %NULL with @error set
 */
GInputStream *soup_session_send_finish(SoupSession *session, GAsyncResult *result, GError **error);

/**
 * soup_session_send:
 * @session: a session
 * @msg: a message
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message and waits for the head of the final response. It may be called from any thread, also while other threads use
 * the session: the message works in a main context of its own, with connections that all threads share.
 *
 * Returns: (transfer full): the response's body, or %NULL with @error set
 */
GInputStream *soup_session_send(SoupSession *session,
                                SoupMessage *msg,
                                GCancellable *cancellable,
                                GError **error);

/**
 * soup_session_send_and_read_async:
 * @session: a session
 * @msg: a message
 * @io_priority: the priority of the operation's sources
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread-default main context of the caller
 * @user_data: the callback's data
 *
 * Sends a message, and reads the whole body of its response into memory. The message has finished when @callback is called.
 */
void soup_session_send_and_read_async(SoupSession *session,
                                      SoupMessage *msg,
                                      int io_priority,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/**
 * soup_session_send_and_read_finish:
 * @session: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Takes what soup_session_send_and_read_async() came to. A response with an error status is no error here.
 *
 * Returns: (transfer full): the body, or %NULL with @error set
 */
GBytes *soup_session_send_and_read_finish(SoupSession *session, GAsyncResult *result, GError **error);

/**
 * soup_session_send_and_read:
 * @session: a session
 * @msg: a message
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message and waits for the whole body of its response: see soup_session_send(). A response with an error status is
 * no error here.
 *
 * Returns: (transfer full): the body, or %NULL with @error set
 */
GBytes *soup_session_send_and_read(SoupSession *session,
                                   SoupMessage *msg,
                                   GCancellable *cancellable,
                                   GError **error);

/**
 * soup_session_send_and_splice_async:
 * @session: a session
 * @msg: a message
 * @out_stream: where the body goes
 * @flags: whether @out_stream is closed in the end
 * @io_priority: the priority of the operation's sources
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread-default main context of the caller
 * @user_data: the callback's data
 *
 * Sends a message, and writes the body of its response into @out_stream.
 *
 * Since: 3.4
 */
void soup_session_send_and_splice_async(SoupSession *session,
                                        SoupMessage *msg,
                                        GOutputStream *out_stream,
                                        GOutputStreamSpliceFlags flags,
                                        int io_priority,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/**
 * soup_session_send_and_splice_finish:
 * @session: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Takes what soup_session_send_and_splice_async() came to.
 *
 * Returns: how many bytes were written, or -1 with @error set
 *
 * Since: 3.4
 */
gssize soup_session_send_and_splice_finish(SoupSession *session, GAsyncResult *result, GError **error);

/**
 * soup_session_send_and_splice:
 * @session: a session
 * @msg: a message
 * @out_stream: where the body goes
 * @flags: whether @out_stream is closed in the end
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message, writes the body of its response into @out_stream, and waits for the end: see soup_session_send().
 *
 * Returns: how many bytes were written, or -1 with @error set
 *
 * Since: 3.4
 */
gssize soup_session_send_and_splice(SoupSession *session,
                                    SoupMessage *msg,
                                    GOutputStream *out_stream,
                                    GOutputStreamSpliceFlags flags,
                                    GCancellable *cancellable,
                                    GError **error);

/**
 * soup_session_preconnect_async:
 * @session: a session
 * @msg: a message
 * @io_priority: the priority of the operation's sources
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called in the thread-default main context of the caller
 * @user_data: the callback's data
 *
 * Makes a connection for @msg, which is not sent: a later message to the same host finds it in the session. Proxies, names and
 * TLS are dealt with as for any message.
 */
void soup_session_preconnect_async(SoupSession *session,
                                   SoupMessage *msg,
                                   int io_priority,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

/**
 * soup_session_preconnect_finish:
 * @session: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Takes what soup_session_preconnect_async() came to.
 *
 * Returns: %TRUE if there is a connection, %FALSE with @error set otherwise
 */
gboolean soup_session_preconnect_finish(SoupSession *session, GAsyncResult *result, GError **error);

/**
 * soup_websocket_connection_new:
 * @stream: a stream whose two halves are pollable
 * @uri: the URI of the connection
 * @type: which end of the connection this is
 * @origin: (nullable): the origin of the client
 * @protocol: (nullable): the subprotocol in use
 * @extensions: (element-type SoupWebsocketExtension) (transfer full): the extensions in use
 *
 * Speaks WebSocket on @stream, which has carried the handshake already. The connection lives in the thread-default main
 * context of the caller.
 *
 * Returns: (transfer full): the connection
 */
SoupWebsocketConnection *soup_websocket_connection_new(GIOStream *stream,
                                                       GUri *uri,
                                                       SoupWebsocketConnectionType type,
                                                       const char *origin,
                                                       const char *protocol,
                                                       GList *extensions);

/**
 * soup_websocket_connection_get_io_stream:
 * @connection: the connection
 *
 * The stream that @connection uses, which it goes on to own.
 *
 * Returns: (transfer none) (nullable): the stream
 */
GIOStream *soup_websocket_connection_get_io_stream(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_connection_type:
 * @connection: the connection
 *
 * Which end of the connection this is.
 *
 * Returns: the type
 */
SoupWebsocketConnectionType soup_websocket_connection_get_connection_type(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_uri:
 * @connection: the connection
 *
 * The URI of @connection: the one that the client has connected to.
 *
 * Returns: (transfer none): the URI
 */
GUri *soup_websocket_connection_get_uri(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_origin:
 * @connection: the connection
 *
 * The origin that the client has given.
 *
 * Returns: (nullable): the origin
 */
const char *soup_websocket_connection_get_origin(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_protocol:
 * @connection: the connection
 *
 * The subprotocol that both ends have agreed on.
 *
 * Returns: (nullable): the subprotocol
 */
const char *soup_websocket_connection_get_protocol(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_extensions:
 * @connection: the connection
 *
 * The extensions that both ends have agreed on, in their order.
 *
 * Returns: (element-type SoupWebsocketExtension) (transfer none): the extensions
 */
GList *soup_websocket_connection_get_extensions(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_state:
 * @connection: the connection
 *
 * Where @connection stands.
 *
 * Returns: the state
 */
SoupWebsocketState soup_websocket_connection_get_state(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_close_code:
 * @connection: the connection
 *
 * The close code that the peer has sent: one of #SoupWebsocketCloseCode, or a code of its own. A close frame without a
 * code counts as %SOUP_WEBSOCKET_CLOSE_NO_STATUS.
 *
 * Returns: the code, 0 before there was a close frame
 */
gushort soup_websocket_connection_get_close_code(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_get_close_data:
 * @connection: the connection
 *
 * The reason that the peer has given in its close frame.
 *
 * Returns: (nullable): the reason
 */
const char *soup_websocket_connection_get_close_data(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_send_text:
 * @connection: the connection
 * @text: the message, ended by a NUL
 *
 * Sends a message of text, which must be valid UTF-8. It leaves when the main loop runs, behind everything that was sent
 * before. Text that holds NULs goes with soup_websocket_connection_send_message().
 */
void soup_websocket_connection_send_text(SoupWebsocketConnection *connection,
                                         const char *text);

/**
 * soup_websocket_connection_send_binary:
 * @connection: the connection
 * @data: (array length=length) (element-type guint8) (nullable): the message
 * @length: the length of @data
 *
 * Sends a message of bytes. It leaves when the main loop runs, behind everything that was sent before. An empty message is
 * a message too.
 */
void soup_websocket_connection_send_binary(SoupWebsocketConnection *connection,
                                           gconstpointer data,
                                           gsize length);

/**
 * soup_websocket_connection_send_message:
 * @connection: the connection
 * @type: text or binary
 * @message: the message
 *
 * Sends a message without copying it where that pays: one #GBytes may be sent on any number of connections. Text must be
 * valid UTF-8, and may hold NULs. It leaves when the main loop runs, behind everything that was sent before.
 */
void soup_websocket_connection_send_message(SoupWebsocketConnection *connection,
                                            SoupWebsocketDataType type,
                                            GBytes *message);

/**
 * soup_websocket_connection_close:
 * @connection: the connection
 * @code: the close code
 * @data: (nullable): the reason, in UTF-8
 *
 * Closes in order: everything that was sent before goes first, then a close frame with @code and @data, then the peer has
 * five seconds to answer with its own. #SoupWebsocketConnection::closed says when it is over.
 *
 * With %SOUP_WEBSOCKET_CLOSE_NO_STATUS the frame holds neither code nor reason. A reason of more than 123 bytes is cut.
 */
void soup_websocket_connection_close(SoupWebsocketConnection *connection,
                                     gushort code,
                                     const char *data);

/**
 * soup_websocket_connection_get_max_incoming_payload_size:
 * @connection: the connection
 *
 * How many bytes of payload one incoming frame may hold; 0 is no limit.
 *
 * Returns: the value
 */
guint64 soup_websocket_connection_get_max_incoming_payload_size(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_set_max_incoming_payload_size:
 * @connection: the connection
 * @max_incoming_payload_size: the new value
 *
 * Changes how many bytes of payload one incoming frame may hold; 0 is no limit. What is sent is not limited by it.
 */
void soup_websocket_connection_set_max_incoming_payload_size(SoupWebsocketConnection *connection,
                                                             guint64 max_incoming_payload_size);

/**
 * soup_websocket_connection_get_keepalive_interval:
 * @connection: the connection
 *
 * How many seconds lie between two pings that are sent by themselves; 0 is none at all.
 *
 * Returns: the value
 */
guint soup_websocket_connection_get_keepalive_interval(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_set_keepalive_interval:
 * @connection: the connection
 * @interval: the new value
 *
 * Changes how many seconds lie between two pings that are sent by themselves; 0 is none at all.
 */
void soup_websocket_connection_set_keepalive_interval(SoupWebsocketConnection *connection, guint interval);

/**
 * soup_websocket_connection_get_keepalive_pong_timeout:
 * @connection: the connection
 *
 * How many seconds such a ping may stay unanswered; 0 is for ever.
 *
 * Returns: the value
 *
 * Since: 3.6
 */
guint soup_websocket_connection_get_keepalive_pong_timeout(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_set_keepalive_pong_timeout:
 * @connection: the connection
 * @pong_timeout: the new value
 *
 * Changes how many seconds a ping of the keepalive may stay unanswered before the connection is given up; 0 is for ever.
 *
 * Since: 3.6
 */
void soup_websocket_connection_set_keepalive_pong_timeout(SoupWebsocketConnection *connection,
                                                          guint pong_timeout);

/**
 * soup_websocket_connection_get_max_total_message_size:
 * @connection: the connection
 *
 * How many bytes an incoming message may hold, all its frames together and uncompressed; 0 is no limit.
 *
 * Returns: the value
 *
 * Since: 3.8
 */
guint64 soup_websocket_connection_get_max_total_message_size(SoupWebsocketConnection *connection);

/**
 * soup_websocket_connection_set_max_total_message_size:
 * @connection: the connection
 * @max_total_message_size: the new value
 *
 * Changes how many bytes an incoming message may hold, all its frames together and uncompressed; 0 is no limit. A server
 * begins with 128 KiB.
 *
 * Since: 3.8
 */
void soup_websocket_connection_set_max_total_message_size(SoupWebsocketConnection *connection,
                                                          guint64 max_total_message_size);

/**
 * soup_websocket_extension_configure:
 * @extension: the extension
 * @connection_type: which end of the connection this is
 * @params: (nullable): the parameters that the peer gave, strings
 * @error: where an error goes
 *
 * Tells @extension the parameters that stood behind its name in the header of the peer. A parameter without a value is %NULL
 * in the table.
 *
 * Returns: whether @extension can work with them
 */
gboolean soup_websocket_extension_configure(SoupWebsocketExtension *extension,
                                            SoupWebsocketConnectionType connection_type,
                                            GHashTable *params,
                                            GError **error);

/**
 * soup_websocket_extension_get_request_params:
 * @extension: the extension
 *
 * What stands behind the name of @extension in the header of a client: a semicolon, then parameters.
 *
 * Returns: (nullable) (transfer full): the parameters, or %NULL if there are none
 */
char *soup_websocket_extension_get_request_params(SoupWebsocketExtension *extension);

/**
 * soup_websocket_extension_get_response_params:
 * @extension: the extension
 *
 * What stands behind the name of @extension in the answer of a server: a semicolon, then parameters.
 *
 * Returns: (nullable) (transfer full): the parameters, or %NULL if there are none
 */
char *soup_websocket_extension_get_response_params(SoupWebsocketExtension *extension);

/**
 * soup_websocket_extension_process_outgoing_message:
 * @extension: the extension
 * @header: (inout): the first byte of the header of the frame: FIN, the three reserved bits, the opcode
 * @payload: (transfer full): the payload of the frame
 * @error: where an error goes
 *
 * Shows @extension a frame that is about to be sent. It may change the reserved bits in @header, and give another payload.
 *
 * Returns: (nullable) (transfer full): the payload that takes the place of @payload (it may be @payload itself), or %NULL if
 *   there was an error
 */
GBytes *soup_websocket_extension_process_outgoing_message(SoupWebsocketExtension *extension,
                                                          guint8 *header,
                                                          GBytes *payload,
                                                          GError **error);

/**
 * soup_websocket_extension_process_incoming_message:
 * @extension: the extension
 * @header: (inout): the first byte of the header of the frame: FIN, the three reserved bits, the opcode
 * @payload: (transfer full): the payload of the frame
 * @error: where an error goes
 *
 * Shows @extension a frame that was received. It may change the reserved bits in @header, and give another payload.
 *
 * Returns: (nullable) (transfer full): the payload that takes the place of @payload (it may be @payload itself), or %NULL if
 *   there was an error
 */
GBytes *soup_websocket_extension_process_incoming_message(SoupWebsocketExtension *extension,
                                                          guint8 *header,
                                                          GBytes *payload,
                                                          GError **error);

/**
 * soup_websocket_client_prepare_handshake:
 * @msg: the message that is to carry the handshake
 * @origin: (nullable): the origin
 * @protocols: (nullable) (array zero-terminated=1): the subprotocols to offer, the preferred one first
 * @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions to offer
 *
 * Writes what a WebSocket needs into the request headers of @msg, and nothing else. An origin or a subprotocol that cannot
 * stand in a header is refused: then nothing is written.
 *
 * soup_session_websocket_connect_async() does this by itself.
 */
void soup_websocket_client_prepare_handshake(SoupMessage *msg,
                                             const char *origin,
                                             char **protocols,
                                             GPtrArray *supported_extensions);

/**
 * soup_websocket_client_verify_handshake:
 * @msg: a message with both sides of a handshake
 * @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that were offered
 * @accepted_extensions: (out) (optional) (nullable) (element-type SoupWebsocketExtension) (transfer full): the extensions
 *   that the server has granted
 * @error: where an error goes
 *
 * Checks whether the response in @msg answers the handshake in its request: status, headers, subprotocol, extensions and the
 * answer to the key.
 *
 * soup_session_websocket_connect_async() does this by itself.
 *
 * Returns: whether it does
 */
gboolean soup_websocket_client_verify_handshake(SoupMessage *msg,
                                                GPtrArray *supported_extensions,
                                                GList **accepted_extensions,
                                                GError **error);

/**
 * soup_websocket_server_check_handshake:
 * @msg: the message with the client's side of a handshake
 * @origin: (nullable): the origin that the client must have
 * @protocols: (nullable) (array zero-terminated=1): the subprotocols that are supported, the preferred one first
 * @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that are supported
 * @error: where an error goes
 *
 * Checks whether @msg is a handshake that can be accepted: its method, its headers, its origin and its subprotocols.
 *
 * soup_websocket_server_process_handshake() does this by itself.
 *
 * Returns: whether it can
 */
gboolean soup_websocket_server_check_handshake(SoupServerMessage *msg,
                                               const char *origin,
                                               char **protocols,
                                               GPtrArray *supported_extensions,
                                               GError **error);

/**
 * soup_websocket_server_process_handshake:
 * @msg: the message with the client's side of a handshake
 * @expected_origin: (nullable): the origin that the client must have
 * @protocols: (nullable) (array zero-terminated=1): the subprotocols that are supported, the preferred one first
 * @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that are supported
 * @accepted_extensions: (out) (optional) (nullable) (element-type SoupWebsocketExtension) (transfer full): the extensions
 *   that were granted
 *
 * Answers the handshake in @msg: with 101 if it can be accepted, otherwise with the status that says why not.
 *
 * soup_server_add_websocket_handler() does this by itself.
 *
 * Returns: whether it was accepted
 */
gboolean soup_websocket_server_process_handshake(SoupServerMessage *msg,
                                                 const char *expected_origin,
                                                 char **protocols,
                                                 GPtrArray *supported_extensions,
                                                 GList **accepted_extensions);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupCookie, soup_cookie_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupHSTSPolicy, soup_hsts_policy_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupMessageHeaders, soup_message_headers_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupMultipart, soup_multipart_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupMessageBody, soup_message_body_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SoupMessageMetrics, soup_message_metrics_free)

G_END_DECLS
