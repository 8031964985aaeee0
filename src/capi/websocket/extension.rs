//! `soup_websocket_extension_*`: what a C program calls on an extension, or derives from.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GBytes, GError, GHashTable, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{empty, hold, is};
use crate::capi::types::guint8;
use crate::gobject::enums::{SoupWebsocketConnectionType, WebsocketConnectionType};
use crate::gobject::websocket::{
    SoupWebsocketExtension, WebsocketExtension, WebsocketExtensionDeflate, WebsocketExtensionManager,
};

/// The GType of `SoupWebsocketExtension`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_websocket_extension_get_type() -> GType {
    WebsocketExtension::static_type().into_glib()
}

/// The GType of `SoupWebsocketExtensionDeflate`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_websocket_extension_deflate_get_type() -> GType {
    WebsocketExtensionDeflate::static_type().into_glib()
}

/// The GType of `SoupWebsocketExtensionManager`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_websocket_extension_manager_get_type() -> GType {
    WebsocketExtensionManager::static_type().into_glib()
}

/// @extension: the extension
/// @connection_type: which end of the connection this is
/// @params: (nullable): the parameters that the peer gave, strings
/// @error: where an error goes
///
/// Tells @extension the parameters that stood behind its name in the header of the peer. A parameter without a value is %NULL
/// in the table.
///
/// Returns: whether @extension can work with them
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_extension_configure(
    extension: *mut SoupWebsocketExtension,
    connection_type: SoupWebsocketConnectionType,
    params: *mut GHashTable,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_websocket_extension_configure => 0;
        "SOUP_IS_WEBSOCKET_EXTENSION (extension)": is::<WebsocketExtension>(extension),
        "connection_type != SOUP_WEBSOCKET_CONNECTION_UNKNOWN": connection_type != UNKNOWN,
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketExtension>(extension) };
    // What is no value goes to the class as the end that knows nothing: it is theirs to judge.
    let kind = WebsocketConnectionType::try_from(connection_type).unwrap_or(WebsocketConnectionType::Unknown);
    // SAFETY: the C contract: NULL or a table of strings.
    match unsafe { this.configure_with_table(kind, params) } {
        Ok(()) => 1,
        Err(refusal) => {
            give(error, refusal);
            0
        }
    }
}

/// @extension: the extension
///
/// What stands behind the name of @extension in the header of a client: a semicolon, then parameters.
///
/// Returns: (nullable) (transfer full): the parameters, or %NULL if there are none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_extension_get_request_params(
    extension: *mut SoupWebsocketExtension,
) -> *mut c_char {
    require! { soup_websocket_extension_get_request_params => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_EXTENSION (extension)": is::<WebsocketExtension>(extension),
    }
    // SAFETY: checked above.
    unsafe { hold::<WebsocketExtension>(extension) }
        .request_params()
        .into_glib_ptr()
}

/// @extension: the extension
///
/// What stands behind the name of @extension in the answer of a server: a semicolon, then parameters.
///
/// Returns: (nullable) (transfer full): the parameters, or %NULL if there are none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_extension_get_response_params(
    extension: *mut SoupWebsocketExtension,
) -> *mut c_char {
    require! { soup_websocket_extension_get_response_params => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_EXTENSION (extension)": is::<WebsocketExtension>(extension),
    }
    // SAFETY: checked above.
    unsafe { hold::<WebsocketExtension>(extension) }
        .response_params()
        .into_glib_ptr()
}

/// @extension: the extension
/// @header: (inout): the first byte of the header of the frame: FIN, the three reserved bits, the opcode
/// @payload: (transfer full): the payload of the frame
/// @error: where an error goes
///
/// Shows @extension a frame that is about to be sent. It may change the reserved bits in @header, and give another payload.
///
/// Returns: (nullable) (transfer full): the payload that takes the place of @payload (it may be @payload itself), or %NULL if
///   there was an error
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_extension_process_outgoing_message(
    extension: *mut SoupWebsocketExtension,
    header: *mut guint8,
    payload: *mut GBytes,
    error: *mut *mut GError,
) -> *mut GBytes {
    require! { soup_websocket_extension_process_outgoing_message => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_EXTENSION (extension)": is::<WebsocketExtension>(extension),
        "header != NULL": !header.is_null(),
        "payload != NULL": !payload.is_null(),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above; the caller gives up its reference to the payload.
    let (this, payload, header) = unsafe {
        (
            hold::<WebsocketExtension>(extension),
            from_glib_full(payload),
            &mut *header,
        )
    };
    match this.process_outgoing(header, payload) {
        Ok(payload) => payload.into_glib_ptr(),
        Err(refusal) => {
            give(error, refusal);
            ptr::null_mut()
        }
    }
}

/// @extension: the extension
/// @header: (inout): the first byte of the header of the frame: FIN, the three reserved bits, the opcode
/// @payload: (transfer full): the payload of the frame
/// @error: where an error goes
///
/// Shows @extension a frame that was received. It may change the reserved bits in @header, and give another payload.
///
/// Returns: (nullable) (transfer full): the payload that takes the place of @payload (it may be @payload itself), or %NULL if
///   there was an error
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_extension_process_incoming_message(
    extension: *mut SoupWebsocketExtension,
    header: *mut guint8,
    payload: *mut GBytes,
    error: *mut *mut GError,
) -> *mut GBytes {
    require! { soup_websocket_extension_process_incoming_message => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_EXTENSION (extension)": is::<WebsocketExtension>(extension),
        "header != NULL": !header.is_null(),
        "payload != NULL": !payload.is_null(),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above; the caller gives up its reference to the payload.
    let (this, payload, header) = unsafe {
        (
            hold::<WebsocketExtension>(extension),
            from_glib_full(payload),
            &mut *header,
        )
    };
    match this.process_incoming(header, payload) {
        Ok(payload) => payload.into_glib_ptr(),
        Err(refusal) => {
            give(error, refusal);
            ptr::null_mut()
        }
    }
}

/// Gives an error to C, if it wants one.
fn give(place: *mut *mut GError, error: Option<glib::Error>) {
    if let Some(error) = error
        && !place.is_null()
    {
        // SAFETY: not NULL, and `empty` has looked at it.
        unsafe { *place = error.into_glib_ptr() };
    }
}

const UNKNOWN: SoupWebsocketConnectionType = 0;
