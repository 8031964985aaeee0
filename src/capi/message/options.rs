//! What a `SoupMessage` is told beside what it asks for: flags, priority, features, handlers of its answer, and TLS.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GType, gboolean};
use glib::gobject_ffi::GCallback;
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, hold, is};
use crate::capi::types::{gpointer, guint};
use crate::gobject::enums::{MessageFlags, MessagePriority, SoupMessageFlags, SoupMessagePriority};
use crate::gobject::message::handlers::{self, When};
use crate::gobject::message::{Message, SoupMessage};

use gio::ffi::{GTlsCertificate, GTlsCertificateFlags, GTlsProtocolVersion};

/// @msg: a message
/// @flags: the flags
///
/// Says what a session may do with the message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_flags(msg: *mut SoupMessage, flags: SoupMessageFlags) {
    require! { soup_message_set_flags; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg).set_flags(MessageFlags::from_bits_retain(flags)) };
}

/// @msg: a message
///
/// Returns: what a session may do with the message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_flags(msg: *mut SoupMessage) -> SoupMessageFlags {
    require! { soup_message_get_flags => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).flags().bits() }
}

/// @msg: a message
/// @flags: more flags
///
/// Sets these flags as well.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_add_flags(msg: *mut SoupMessage, flags: SoupMessageFlags) {
    require! { soup_message_add_flags; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    let message: Message = unsafe { hold(msg) };
    message.set_flags(message.flags() | MessageFlags::from_bits_retain(flags));
}

/// @msg: a message
/// @flags: the flags to clear
///
/// Clears these flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_remove_flags(msg: *mut SoupMessage, flags: SoupMessageFlags) {
    require! { soup_message_remove_flags; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    let message: Message = unsafe { hold(msg) };
    message.set_flags(message.flags().difference(MessageFlags::from_bits_retain(flags)));
}

/// @msg: a message
/// @flags: some flags
///
/// Returns: whether one of these flags is set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_query_flags(
    msg: *mut SoupMessage,
    flags: SoupMessageFlags,
) -> gboolean {
    require! { soup_message_query_flags => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe {
        borrow::<Message>(msg)
            .flags()
            .intersects(MessageFlags::from_bits_retain(flags))
            .into_glib()
    }
}

/// @msg: a message
///
/// Returns: (transfer none) (nullable): the server's certificate, %NULL on a connection without TLS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_tls_peer_certificate(
    msg: *mut SoupMessage,
) -> *mut GTlsCertificate {
    require! { soup_message_get_tls_peer_certificate => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the certificate.
    let certificate = unsafe { borrow::<Message>(msg) }.tls_peer_certificate();
    certificate.map_or(ptr::null_mut(), |certificate| certificate.as_ptr())
}

/// @msg: a message
///
/// Returns: what was wrong with the server's certificate
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_tls_peer_certificate_errors(
    msg: *mut SoupMessage,
) -> GTlsCertificateFlags {
    require! { soup_message_get_tls_peer_certificate_errors => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).tls_peer_certificate_errors().into_glib() }
}

/// @msg: a message
///
/// Returns: the version of TLS that was spoken, %G_TLS_PROTOCOL_VERSION_UNKNOWN without TLS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_tls_protocol_version(msg: *mut SoupMessage) -> GTlsProtocolVersion {
    require! { soup_message_get_tls_protocol_version => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).tls_protocol_version().into_glib() }
}

/// @msg: a message
///
/// Returns: (nullable): the name of the cipher suite, %NULL without TLS
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_tls_ciphersuite_name(msg: *mut SoupMessage) -> *const c_char {
    require! { soup_message_get_tls_ciphersuite_name => ptr::null(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the name.
    unsafe { borrow::<Message>(msg).with_tls_ciphersuite_name(|name| name.map_or(ptr::null(), CStr::as_ptr)) }
}

/// @msg: a message
/// @certificate: (nullable): the certificate, or %NULL for none
///
/// Says which certificate to show to a server that asks for one. In a handler of #SoupMessage::request-certificate, and
/// later if that has returned %TRUE, this is the answer; before a connection is made it spares the question.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_tls_client_certificate(
    msg: *mut SoupMessage,
    certificate: *mut GTlsCertificate,
) {
    require! { soup_message_set_tls_client_certificate;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "certificate == NULL || G_IS_TLS_CERTIFICATE (certificate)":
            certificate.is_null() || is::<gio::TlsCertificate>(certificate),
    }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg).set_tls_client_certificate(from_glib_none(certificate)) };
}

/// @msg: a message
///
/// Says that the password which #SoupMessage::request-certificate-password has asked for is set. The signal's handler has
/// returned %TRUE, or is about to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_tls_client_certificate_password_request_complete(
    msg: *mut SoupMessage,
) {
    require! { soup_message_tls_client_certificate_password_request_complete;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        // SAFETY: checked by the line above.
        "a password was asked for": unsafe { borrow::<Message>(msg) }.is_asked_for_password(),
    }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg) }.complete_password();
}

/// soup_message_add_header_handler: (skip)
/// @msg: a message
/// @signal: the signal's name
/// @header: a response header's name
/// @callback: (scope notified): the handler
/// @user_data: the handler's data
///
/// Connects a handler that is called only when the response has this header.
///
/// Returns: the handler's ID
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_add_header_handler(
    msg: *mut SoupMessage,
    signal: *const c_char,
    header: *const c_char,
    callback: GCallback,
    user_data: gpointer,
) -> guint {
    require! { soup_message_add_header_handler => 0;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "signal != NULL": !signal.is_null(),
        "header != NULL": !header.is_null(),
        "callback != NULL": callback.is_some(),
    }
    // SAFETY: checked above; the C contract for the callback.
    unsafe {
        let when = When::Header(CStr::from_ptr(header));
        handlers::connect(&hold(msg), CStr::from_ptr(signal), when, callback, user_data)
    }
}

/// soup_message_add_status_code_handler: (skip)
/// @msg: a message
/// @signal: the signal's name
/// @status_code: a status
/// @callback: (scope notified): the handler
/// @user_data: the handler's data
///
/// Connects a handler that is called only when the response has this status.
///
/// Returns: the handler's ID
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_add_status_code_handler(
    msg: *mut SoupMessage,
    signal: *const c_char,
    status_code: guint,
    callback: GCallback,
    user_data: gpointer,
) -> guint {
    require! { soup_message_add_status_code_handler => 0;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "signal != NULL": !signal.is_null(),
        "status_code != 0": status_code != 0,
        "callback != NULL": callback.is_some(),
    }
    // SAFETY: checked above; the C contract for the callback.
    unsafe {
        let when = When::Status(status_code);
        handlers::connect(&hold(msg), CStr::from_ptr(signal), when, callback, user_data)
    }
}

/// @msg: a message
/// @feature_type: the type of a session feature
///
/// Keeps a session's features of this type away from the message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_disable_feature(msg: *mut SoupMessage, feature_type: GType) {
    require! { soup_message_disable_feature; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).disable_feature(from_glib(feature_type)) };
}

/// @msg: a message
/// @feature_type: the type of a session feature
///
/// Returns: whether features of this type are kept away from the message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_is_feature_disabled(
    msg: *mut SoupMessage,
    feature_type: GType,
) -> gboolean {
    require! { soup_message_is_feature_disabled => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe {
        borrow::<Message>(msg)
            .is_feature_disabled(from_glib(feature_type))
            .into_glib()
    }
}

/// @msg: a message
/// @priority: the priority
///
/// Says how urgent the message is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_priority(msg: *mut SoupMessage, priority: SoupMessagePriority) {
    let value = MessagePriority::try_from(priority);
    require! { soup_message_set_priority;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "SOUP_IS_MESSAGE_PRIORITY (priority)": value.is_ok(),
    }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg).set_priority(value.unwrap_or(MessagePriority::Normal)) };
}

/// @msg: a message
///
/// Returns: how urgent the message is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_priority(msg: *mut SoupMessage) -> SoupMessagePriority {
    require! { soup_message_get_priority => 2; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).priority().into() }
}
