//! `soup_websocket_client_*_handshake()` and `soup_websocket_server_*_handshake()`: the opening handshake by hand.

use std::ffi::{CStr, c_char};

use glib::ffi::{GError, GList, GPtrArray, gboolean};
use glib::translate::*;

use crate::capi::guard::{empty, given, hold, is, strings, texts};
use crate::gobject::message::SoupMessage;
use crate::gobject::server_message::SoupServerMessage;
use crate::gobject::websocket::{ExtensionList, Offer, handshake};
use crate::gobject::{Message, ServerMessage};

/// @msg: the message that is to carry the handshake
/// @origin: (nullable): the origin
/// @protocols: (nullable) (array zero-terminated=1): the subprotocols to offer, the preferred one first
/// @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions to offer
///
/// Writes what a WebSocket needs into the request headers of @msg, and nothing else. An origin or a subprotocol that cannot
/// stand in a header is refused: then nothing is written.
///
/// soup_session_websocket_connect_async() does this by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_client_prepare_handshake(
    msg: *mut SoupMessage,
    origin: *const c_char,
    protocols: *mut *mut c_char,
    supported_extensions: *mut GPtrArray,
) {
    require! { soup_websocket_client_prepare_handshake;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<Message>(msg) };
    // SAFETY: the C contract: NULL or a string, a NULL-terminated array of strings, an array of classes.
    let (origin, protocols, offer) = unsafe {
        let origin = (!origin.is_null()).then(|| CStr::from_ptr(origin));
        (
            origin,
            strings(protocols).unwrap_or_default(),
            classes(supported_extensions),
        )
    };
    let written = handshake::prepare_client(&this, origin, &protocols, &offer);
    require! { soup_websocket_client_prepare_handshake;
        "origin and protocols are valid in a header": written.is_ok(),
    }
}

/// @msg: a message with both sides of a handshake
/// @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that were offered
/// @accepted_extensions: (out) (optional) (nullable) (element-type SoupWebsocketExtension) (transfer full): the extensions
///   that the server has granted
/// @error: where an error goes
///
/// Checks whether the response in @msg answers the handshake in its request: status, headers, subprotocol, extensions and the
/// answer to the key.
///
/// soup_session_websocket_connect_async() does this by itself.
///
/// Returns: whether it does
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_client_verify_handshake(
    msg: *mut SoupMessage,
    supported_extensions: *mut GPtrArray,
    accepted_extensions: *mut *mut GList,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_websocket_client_verify_handshake => 0;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "accepted_extensions == NULL || *accepted_extensions == NULL": empty(accepted_extensions),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above, and the C contract for the array.
    let (this, offer) = unsafe { (hold::<Message>(msg), classes(supported_extensions)) };
    let protocols = handshake::offered_protocols(&this);
    match handshake::verify_client(&this, &protocols, &offer) {
        Ok(extensions) => {
            give(accepted_extensions, || {
                ExtensionList::from_iter(extensions).into_raw()
            });
            1
        }
        Err(refusal) => {
            give(error, || refusal.into_glib_ptr());
            0
        }
    }
}

/// @msg: the message with the client's side of a handshake
/// @origin: (nullable): the origin that the client must have
/// @protocols: (nullable) (array zero-terminated=1): the subprotocols that are supported, the preferred one first
/// @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that are supported
/// @error: where an error goes
///
/// Checks whether @msg is a handshake that can be accepted: its method, its headers, its origin and its subprotocols.
///
/// soup_websocket_server_process_handshake() does this by itself.
///
/// Returns: whether it can
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_server_check_handshake(
    msg: *mut SoupServerMessage,
    origin: *const c_char,
    protocols: *mut *mut c_char,
    supported_extensions: *mut GPtrArray,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_websocket_server_check_handshake => 0;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above, and the C contract for the rest.
    let (this, origin, protocols, types) = unsafe {
        (
            hold::<ServerMessage>(msg),
            given(origin),
            texts(protocols),
            classes(supported_extensions),
        )
    };
    match handshake::check_server(&this, origin, protocols.as_deref(), types.types()) {
        Ok(_) => 1,
        Err(refusal) => {
            give(error, || refusal.into_glib_ptr());
            0
        }
    }
}

/// @msg: the message with the client's side of a handshake
/// @expected_origin: (nullable): the origin that the client must have
/// @protocols: (nullable) (array zero-terminated=1): the subprotocols that are supported, the preferred one first
/// @supported_extensions: (nullable) (element-type GObject.TypeClass): the classes of the extensions that are supported
/// @accepted_extensions: (out) (optional) (nullable) (element-type SoupWebsocketExtension) (transfer full): the extensions
///   that were granted
///
/// Answers the handshake in @msg: with 101 if it can be accepted, otherwise with the status that says why not.
///
/// soup_server_add_websocket_handler() does this by itself.
///
/// Returns: whether it was accepted
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_server_process_handshake(
    msg: *mut SoupServerMessage,
    expected_origin: *const c_char,
    protocols: *mut *mut c_char,
    supported_extensions: *mut GPtrArray,
    accepted_extensions: *mut *mut GList,
) -> gboolean {
    require! { soup_websocket_server_process_handshake => 0;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "accepted_extensions == NULL || *accepted_extensions == NULL": empty(accepted_extensions),
    }
    // SAFETY: checked above, and the C contract for the rest.
    let (this, origin, protocols, types) = unsafe {
        (
            hold::<ServerMessage>(msg),
            given(expected_origin),
            texts(protocols),
            classes(supported_extensions),
        )
    };
    match handshake::process_server(&this, origin, protocols.as_deref(), types.types()) {
        Some(extensions) => {
            give(accepted_extensions, || {
                ExtensionList::from_iter(extensions).into_raw()
            });
            1
        }
        None => 0,
    }
}

/// The types of an array of classes.
unsafe fn classes(array: *mut GPtrArray) -> Offer {
    // SAFETY: the caller's promise: NULL or an array of classes.
    let Some(array) = (unsafe { array.as_ref() }) else {
        return Offer::default();
    };
    if array.pdata.is_null() {
        return Offer::default();
    }
    // SAFETY: GLib's array has as many elements as it says.
    let classes = unsafe { std::slice::from_raw_parts(array.pdata, array.len as usize) };
    let classes = classes
        .iter()
        .map(|class| class.cast::<glib::gobject_ffi::GTypeClass>());
    // SAFETY: the caller's promise: each element is a class.
    let types = classes
        .filter(|class| !class.is_null())
        .map(|class| unsafe { from_glib((*class).g_type) });
    Offer::new(types.collect())
}

/// Writes a result where C wants it.
fn give<T>(place: *mut *mut T, value: impl FnOnce() -> *mut T) {
    if !place.is_null() {
        // SAFETY: not NULL, and `empty` has looked at it.
        unsafe { *place = value() };
    }
}
