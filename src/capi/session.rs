//! `SoupSession` for C.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use gio::ffi::{
    GAsyncReadyCallback, GAsyncResult, GCancellable, GInetSocketAddress, GProxyResolver, GSocketConnectable,
    GTlsDatabase, GTlsInteraction,
};
use glib::ffi::{GError, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use super::guard::{hold, is, text};
use super::types::{gpointer, guint};
use crate::gobject::message::SoupMessage;
use crate::gobject::session::{Session, SoupSession};
use crate::gobject::session_feature::SoupSessionFeature;
use crate::gobject::session_task::{Callback, Task};
use crate::gobject::websocket::SoupWebsocketConnection;
use crate::gobject::{Message, SessionFeature};

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
        borrow(session)
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
    unsafe { borrow(session).max_conns() }
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
    unsafe { borrow(session).max_conns_per_host() }
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
        borrow(session)
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
        borrow(session)
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
        borrow(session)
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
    unsafe { borrow(session).timeout() }
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
    unsafe { borrow(session).idle_timeout() }
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
    unsafe { borrow(session).with_user_agent(|name| name.map_or(ptr::null(), CStr::as_ptr)) }
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
    unsafe { borrow(session).with_accept_language(|languages| languages.map_or(ptr::null(), CStr::as_ptr)) }
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
    unsafe { borrow(session).accept_language_auto().into_glib() }
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
        borrow(session)
            .remote_connectable()
            .map_or(ptr::null_mut(), |place| place.as_ptr())
    }
}

/// @session: a session
///
/// Cancels all that the session is doing. Each operation ends with %G_IO_ERROR_CANCELLED when the main loop runs.
/// WebSockets that are open stay so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_abort(session: *mut SoupSession) {
    require! { soup_session_abort; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).abort() };
}

/// @session: a session
/// @result: the result that a callback got from one of the session's functions
///
/// Gets the message of an asynchronous operation, in its callback.
///
/// Returns: (transfer none) (nullable): the message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_async_result_message(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
) -> *mut SoupMessage {
    require! { soup_session_get_async_result_message => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
    }
    // SAFETY: checked above: a task of ours, which keeps the message.
    unsafe { gio::ffi::g_task_get_task_data(result.cast()).cast() }
}

/// @session: a session
/// @feature: the feature
///
/// Adds a feature. A session has one of a class at the most: a second one is ignored, with a warning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_add_feature(
    session: *mut SoupSession,
    feature: *mut SoupSessionFeature,
) {
    require! { soup_session_add_feature;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_SESSION_FEATURE (feature)": is::<SessionFeature>(feature),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Session>(session).add_feature(&hold(feature)) };
}

/// @session: a session
/// @feature_type: the class of a feature, or of a part of one
///
/// Adds a new feature of a class. A class that is no feature, such as one of #SoupWebsocketExtension's, is given to the
/// feature that manages such, which must have been added before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_add_feature_by_type(session: *mut SoupSession, feature_type: GType) {
    require! { soup_session_add_feature_by_type;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "G_TYPE_IS_OBJECT (feature_type)": is_object_type(feature_type),
    }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).add_feature_by_type(from_glib(feature_type)) };
}

/// @session: a session
/// @feature: the feature
///
/// Removes a feature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_remove_feature(
    session: *mut SoupSession,
    feature: *mut SoupSessionFeature,
) {
    require! { soup_session_remove_feature;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_SESSION_FEATURE (feature)": is::<SessionFeature>(feature),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Session>(session).remove_feature(&hold(feature)) };
}

/// @session: a session
/// @feature_type: the class of features, or of a part of one
///
/// Removes all features of a class. A class that is no feature is taken out of the feature that manages such.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_remove_feature_by_type(session: *mut SoupSession, feature_type: GType) {
    require! { soup_session_remove_feature_by_type; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe { hold::<Session>(session).remove_feature_by_type(from_glib(feature_type)) };
}

/// @session: a session
/// @feature_type: the class of a feature, or of a part of one
///
/// Says whether there is a feature of a class, or one that has a part of it.
///
/// Returns: %TRUE if there is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_has_feature(
    session: *mut SoupSession,
    feature_type: GType,
) -> gboolean {
    require! { soup_session_has_feature => 0; "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above.
    unsafe {
        hold::<Session>(session)
            .has_feature(from_glib(feature_type))
            .into_glib()
    }
}

/// @session: a session
/// @feature_type: the class of a feature
///
/// Gets the first feature of a class.
///
/// Returns: (transfer none) (nullable): the feature
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_feature(
    session: *mut SoupSession,
    feature_type: GType,
) -> *mut SoupSessionFeature {
    require! { soup_session_get_feature => ptr::null_mut(); "SOUP_IS_SESSION (session)": is::<Session>(session) }
    // SAFETY: checked above. The session keeps the feature.
    unsafe { feature_pointer(hold::<Session>(session).feature(from_glib(feature_type))) }
}

/// @session: a session
/// @feature_type: the class of a feature
/// @msg: a message
///
/// Gets the first feature of a class, unless the message was told to keep away from it.
///
/// Returns: (transfer none) (nullable): the feature
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_get_feature_for_message(
    session: *mut SoupSession,
    feature_type: GType,
    msg: *mut SoupMessage,
) -> *mut SoupSessionFeature {
    require! { soup_session_get_feature_for_message => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
    }
    // SAFETY: both checked above. The session keeps the feature.
    unsafe {
        feature_pointer(hold::<Session>(session).feature_for_message(from_glib(feature_type), &hold(msg)))
    }
}

/// @session: a session
/// @msg: the request for the handshake
/// @origin: (nullable): the origin of the page that connects
/// @protocols: (nullable) (array zero-terminated=1): the protocols that the program speaks, the best one first
/// @io_priority: the priority of the operation's sources
/// @cancellable: (nullable): a cancellable
/// @callback: (scope async): called when the connection is made, or cannot be
/// @user_data: the callback's data
///
/// Connects a WebSocket to the server of the message's URI, which begins with "ws" or "http". The extensions of the session's
/// #SoupWebsocketExtensionManager are offered, if it has one. If the server answers with something else than a WebSocket,
/// the error is %SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET, and the message has the answer's status and headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_websocket_connect_async(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    origin: *const c_char,
    protocols: *mut *mut c_char,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { soup_session_websocket_connect_async;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above; strings by the C contract.
    let (session, message, cancellable, origin, protocols) = unsafe {
        let cancellable: Option<gio::Cancellable> = from_glib_none(cancellable);
        let origin = (!origin.is_null()).then(|| CStr::from_ptr(origin));
        (
            hold::<Session>(session),
            hold::<Message>(msg),
            cancellable,
            origin,
            strings(protocols),
        )
    };
    // SAFETY: any number is a priority.
    let priority: glib::Priority = unsafe { from_glib(io_priority) };
    let callback = Callback {
        function: callback,
        data: user_data,
    };
    let Some(task) = Task::new(&session, cancellable.as_ref(), priority, callback, connect_tag()) else {
        return;
    };
    session.connect_websocket(&message, origin, &protocols, priority, cancellable.as_ref(), task);
}

/// @session: a session
/// @result: the result that the callback got
/// @error: return location for an error
///
/// Takes the WebSocket that soup_session_websocket_connect_async() has connected.
///
/// Returns: (transfer full): the connection, or %NULL if there is none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_websocket_connect_finish(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> *mut SoupWebsocketConnection {
    require! { soup_session_websocket_connect_finish => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
        "g_task_get_source_tag (result) == soup_session_websocket_connect_async": is_connect(result),
    }
    // SAFETY: checked above: the task's value is a connection, which now is the caller's.
    unsafe { gio::ffi::g_task_propagate_pointer(result.cast(), error).cast() }
}

/// The session behind a checked pointer, for a function that calls nobody.
unsafe fn borrow(session: *mut SoupSession) -> Borrowed<Session> {
    // SAFETY: the caller has checked the pointer.
    unsafe { from_glib_borrow(session) }
}

fn feature_pointer(feature: Option<SessionFeature>) -> *mut SoupSessionFeature {
    feature.map_or(ptr::null_mut(), |feature| {
        feature.upcast_ref::<glib::Object>().as_ptr().cast()
    })
}

/// By which `_finish` knows what `_async` began.
fn connect_tag() -> *mut c_void {
    soup_session_websocket_connect_async as *mut c_void
}

fn is_connect(result: *mut GAsyncResult) -> bool {
    // SAFETY: checked before: a task.
    unsafe { gio::ffi::g_task_get_source_tag(result.cast()) == connect_tag() }
}

fn is_task_of(result: *mut GAsyncResult, session: *mut SoupSession) -> bool {
    // SAFETY: GLib checks what the pointers are.
    unsafe { gio::ffi::g_task_is_valid(result.cast(), session.cast()) != 0 }
}

fn is_object_type(type_: GType) -> bool {
    // SAFETY: any number may be asked about.
    unsafe { glib::gobject_ffi::g_type_is_a(type_, glib::gobject_ffi::G_TYPE_OBJECT) != 0 }
}

/// The strings of a NULL-terminated array.
unsafe fn strings<'a>(array: *mut *mut c_char) -> Vec<&'a CStr> {
    let mut strings = Vec::new();
    if array.is_null() {
        return strings;
    }
    // SAFETY: the array ends with NULL, by the C contract.
    unsafe {
        let mut place = array;
        while !(*place).is_null() {
            strings.push(CStr::from_ptr(*place));
            place = place.add(1);
        }
    }
    strings
}
