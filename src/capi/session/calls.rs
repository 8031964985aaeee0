//! What a `SoupSession` does: its features, and its WebSockets.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use gio::ffi::{GAsyncReadyCallback, GAsyncResult, GCancellable};
use glib::ffi::{GError, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is, strings};
use crate::capi::types::gpointer;
use crate::gobject::glue::task::{Callback, Task};
use crate::gobject::message::SoupMessage;
use crate::gobject::session::feature::SoupSessionFeature;
use crate::gobject::session::{Session, SoupSession};
use crate::gobject::websocket::SoupWebsocketConnection;
use crate::gobject::{Message, SessionFeature};

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
///
/// A redirect to another place of these schemes is followed, up to twenty times, unless the message has
/// %SOUP_MESSAGE_NO_REDIRECT when this function is called: the message gets the new URI and emits #SoupMessage::restarted,
/// and each attempt has the session's timeout for itself. Authorization, Proxy-Authorization and Cookie headers are removed
/// where scheme, host or port change. Nothing leads from TLS to a place without:
/// that fails with %SOUP_SESSION_ERROR_REDIRECT_BAD_URI, as does a place that is no server's.
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
            strings(protocols).unwrap_or_default(),
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
