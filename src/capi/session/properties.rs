//! `SoupSession` for C.

use std::ffi::{CStr, c_char};
use std::ptr;

use gio::ffi::{GInetSocketAddress, GProxyResolver, GSocketConnectable, GTlsDatabase, GTlsInteraction};
use glib::ffi::{GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, hold, is, text};
use crate::capi::types::guint;
use crate::gobject::session::{Session, SoupSession};

/// The type's #GType.
#[unsafe(no_mangle)]
pub extern "C" fn soup_session_get_type() -> GType {
    Session::static_type().into_glib()
}

/// Makes a session with the default properties.
///
/// Returns: (transfer full): the session
#[unsafe(no_mangle)]
pub extern "C" fn soup_session_new() -> *mut SoupSession {
    Session::new().into_glib_ptr()
}

/// @session: a session
///
/// Gets the address from which connections are made.
///
/// Returns: (transfer none) (nullable): the address, %NULL if the system chooses
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_local_address(
    session: *mut SoupSession,
) -> *mut GInetSocketAddress {
    require! { soup_session_get_local_address => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the address.
    unsafe {
        borrow::<Session>(session)
            .local_address()
            .map_or(ptr::null_mut(), |address| address.as_ptr())
    }
}

/// @session: a session
///
/// Gets how many connections the session may have at once.
///
/// Returns: the number
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_max_conns(session: *mut SoupSession) -> guint {
    require! { soup_session_get_max_conns => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { borrow::<Session>(session).max_conns() }
}

/// @session: a session
///
/// Gets how many connections the session may have to one host at once.
///
/// Returns: the number
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_max_conns_per_host(session: *mut SoupSession) -> guint {
    require! { soup_session_get_max_conns_per_host => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { borrow::<Session>(session).max_conns_per_host() }
}

/// @session: a session
/// @proxy_resolver: (nullable): the resolver, or %NULL for no proxies
///
/// Sets who says which proxy leads to a host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_proxy_resolver(
    session: *mut SoupSession,
    proxy_resolver: *mut GProxyResolver,
) {
    require! { soup_session_set_proxy_resolver;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "proxy_resolver == NULL || G_IS_PROXY_RESOLVER (proxy_resolver)":
            proxy_resolver.is_null() || is::<gio::ProxyResolver>(proxy_resolver),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Session>(session).set_proxy_resolver(from_glib_none(proxy_resolver)) };
}

/// @session: a session
///
/// Gets who says which proxy leads to a host.
///
/// Returns: (transfer none) (nullable): the resolver
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_proxy_resolver(session: *mut SoupSession) -> *mut GProxyResolver {
    require! { soup_session_get_proxy_resolver => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the resolver, or GIO its own.
    unsafe {
        borrow::<Session>(session)
            .proxy_resolver()
            .map_or(ptr::null_mut(), |resolver| resolver.as_ptr())
    }
}

/// @session: a session
/// @tls_database: (nullable): the database
///
/// Sets which certificates are trusted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_tls_database(
    session: *mut SoupSession,
    tls_database: *mut GTlsDatabase,
) {
    require! { soup_session_set_tls_database;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "tls_database == NULL || G_IS_TLS_DATABASE (tls_database)":
            tls_database.is_null() || is::<gio::TlsDatabase>(tls_database),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Session>(session).set_tls_database(from_glib_none(tls_database)) };
}

/// @session: a session
///
/// Gets which certificates are trusted: the system's, as long as no other database was set.
///
/// Returns: (transfer none) (nullable): the database
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_tls_database(session: *mut SoupSession) -> *mut GTlsDatabase {
    require! { soup_session_get_tls_database => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the database.
    unsafe {
        borrow::<Session>(session)
            .tls_database()
            .map_or(ptr::null_mut(), |database| database.as_ptr())
    }
}

/// @session: a session
/// @tls_interaction: (nullable): the interaction
///
/// Sets who asks the user when TLS needs an answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_tls_interaction(
    session: *mut SoupSession,
    tls_interaction: *mut GTlsInteraction,
) {
    require! { soup_session_set_tls_interaction;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "tls_interaction == NULL || G_IS_TLS_INTERACTION (tls_interaction)":
            tls_interaction.is_null() || is::<gio::TlsInteraction>(tls_interaction),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Session>(session).set_tls_interaction(from_glib_none(tls_interaction)) };
}

/// @session: a session
///
/// Gets who asks the user when TLS needs an answer.
///
/// Returns: (transfer none) (nullable): the interaction
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_tls_interaction(session: *mut SoupSession) -> *mut GTlsInteraction {
    require! { soup_session_get_tls_interaction => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the interaction.
    unsafe {
        borrow::<Session>(session)
            .tls_interaction()
            .map_or(ptr::null_mut(), |interaction| interaction.as_ptr())
    }
}

/// @session: a session
/// @timeout: seconds, or 0 for no limit
///
/// Sets how long a connection may make no progress: while it is made, and until the server has answered. A WebSocket
/// that is open has no such limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_timeout(session: *mut SoupSession, timeout: guint) {
    require! { soup_session_set_timeout; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).set_timeout(timeout) };
}

/// @session: a session
///
/// Gets how long a connection may make no progress.
///
/// Returns: seconds, or 0 for no limit
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_timeout(session: *mut SoupSession) -> guint {
    require! { soup_session_get_timeout => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { borrow::<Session>(session).timeout() }
}

/// @session: a session
/// @timeout: seconds, or 0 for no limit
///
/// Sets how long a connection that is not in use is kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_idle_timeout(session: *mut SoupSession, timeout: guint) {
    require! { soup_session_set_idle_timeout; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).set_idle_timeout(timeout) };
}

/// @session: a session
///
/// Gets how long a connection that is not in use is kept.
///
/// Returns: seconds, or 0 for no limit
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_idle_timeout(session: *mut SoupSession) -> guint {
    require! { soup_session_get_idle_timeout => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { borrow::<Session>(session).idle_timeout() }
}

/// @session: a session
/// @user_agent: the program's name
///
/// Sets the User-Agent header of all requests. To a name that ends in a blank the library's own is added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_user_agent(session: *mut SoupSession, user_agent: *const c_char) {
    require! { soup_session_set_user_agent; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above; NULL or a string, by the C contract.
    unsafe { hold::<Session>(session).set_user_agent(text(user_agent)) };
}

/// @session: a session
///
/// Gets the User-Agent header of all requests.
///
/// Returns: (nullable): the program's name
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_user_agent(session: *mut SoupSession) -> *const c_char {
    require! { soup_session_get_user_agent => ptr::null(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the text until another is set.
    unsafe { borrow::<Session>(session).with_user_agent(|name| name.map_or(ptr::null(), CStr::as_ptr)) }
}

/// @session: a session
/// @accept_language: languages, as the header says them
///
/// Sets the Accept-Language header of all requests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_accept_language(
    session: *mut SoupSession,
    accept_language: *const c_char,
) {
    require! { soup_session_set_accept_language; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above; NULL or a string, by the C contract.
    unsafe { hold::<Session>(session).set_accept_language(text(accept_language)) };
}

/// @session: a session
///
/// Gets the Accept-Language header of all requests.
///
/// Returns: (nullable): languages, as the header says them
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_accept_language(session: *mut SoupSession) -> *const c_char {
    require! { soup_session_get_accept_language => ptr::null(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the text until another is set.
    unsafe {
        borrow::<Session>(session)
            .with_accept_language(|languages| languages.map_or(ptr::null(), CStr::as_ptr))
    }
}

/// @session: a session
/// @accept_language_auto: whether it does
///
/// Says whether the Accept-Language header names the languages that the user reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_set_accept_language_auto(
    session: *mut SoupSession,
    accept_language_auto: gboolean,
) {
    require! { soup_session_set_accept_language_auto; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).set_accept_language_auto(accept_language_auto != 0) };
}

/// @session: a session
///
/// Says whether the Accept-Language header names the languages that the user reads.
///
/// Returns: %TRUE if it does
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_accept_language_auto(session: *mut SoupSession) -> gboolean {
    require! { soup_session_get_accept_language_auto => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { borrow::<Session>(session).accept_language_auto().into_glib() }
}

/// @session: a session
///
/// Gets where all connections go instead of the host of their URI.
///
/// Returns: (transfer none) (nullable): the place
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_remote_connectable(
    session: *mut SoupSession,
) -> *mut GSocketConnectable {
    require! { soup_session_get_remote_connectable => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps it.
    unsafe {
        borrow::<Session>(session)
            .remote_connectable()
            .map_or(ptr::null_mut(), |place| place.as_ptr())
    }
}
