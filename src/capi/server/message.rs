//! `soup_server_message_*`: a request on the server's side, and its response.

use std::ffi::{CStr, c_char};
use std::ptr;

use gio::ffi::{GIOStream, GSocket, GSocketAddress, GTlsCertificate, GTlsCertificateFlags};
use glib::ffi::{GType, GUri, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is, text};
use crate::capi::http::body::soup_message_body_append;
use crate::capi::types::{gsize, guint};
use crate::gobject::ServerMessage;
use crate::gobject::enums::{HttpVersion, MemoryUse, SoupHTTPVersion, SoupMemoryUse};
use crate::gobject::http::body::SoupMessageBody;
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::server_message::SoupServerMessage;

/// The GType of `SoupServerMessage`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_server_message_get_type() -> GType {
    ServerMessage::static_type().into_glib()
}

/// @msg: the message
///
/// The headers of the request.
///
/// Returns: (transfer none): the headers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_request_headers(
    msg: *mut SoupServerMessage,
) -> *mut SoupMessageHeaders {
    require! { soup_server_message_get_request_headers => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.request_headers().as_ptr()
}

/// @msg: the message
///
/// The headers of the response.
///
/// Returns: (transfer none): the headers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_response_headers(
    msg: *mut SoupServerMessage,
) -> *mut SoupMessageHeaders {
    require! { soup_server_message_get_response_headers => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.response_headers().as_ptr()
}

/// @msg: the message
///
/// The body of the request.
///
/// Returns: (transfer none): the body
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_request_body(
    msg: *mut SoupServerMessage,
) -> *mut SoupMessageBody {
    require! { soup_server_message_get_request_body => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.request_body().as_ptr()
}

/// @msg: the message
///
/// The body of the response.
///
/// Returns: (transfer none): the body
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_response_body(
    msg: *mut SoupServerMessage,
) -> *mut SoupMessageBody {
    require! { soup_server_message_get_response_body => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.response_body().as_ptr()
}

/// @msg: the message
///
/// The method of the request. Those that have a `SOUP_METHOD_` are the same pointer.
///
/// Returns: the method
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_method(msg: *mut SoupServerMessage) -> *const c_char {
    require! { soup_server_message_get_method => ptr::null();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.method().as_ptr()
}

/// @msg: the message
///
/// The version of HTTP.
///
/// Returns: the version
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_http_version(
    msg: *mut SoupServerMessage,
) -> SoupHTTPVersion {
    require! { soup_server_message_get_http_version => HttpVersion::Http11.into();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.http_version().into()
}

/// @msg: the message
/// @version: the version
///
/// Sets the version of the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_set_http_version(
    msg: *mut SoupServerMessage,
    version: SoupHTTPVersion,
) {
    require! { soup_server_message_set_http_version;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "version <= SOUP_HTTP_2_0": HttpVersion::try_from(version).is_ok(),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<ServerMessage>(msg) };
    if let Ok(version) = HttpVersion::try_from(version) {
        this.set_http_version(version);
    }
}

/// @msg: the message
///
/// The reason phrase of the response.
///
/// Returns: (nullable): the phrase, or %NULL as long as no status is set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_reason_phrase(msg: *mut SoupServerMessage) -> *const c_char {
    require! { soup_server_message_get_reason_phrase => ptr::null();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.reason_phrase_c()
}

/// @msg: the message
///
/// The status of the response.
///
/// Returns: the status, or 0 as long as none is set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_status(msg: *mut SoupServerMessage) -> guint {
    require! { soup_server_message_get_status => 0;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.status()
}

/// @msg: the message
/// @status_code: the status
/// @reason_phrase: (nullable): its phrase, or %NULL for the usual one
///
/// Sets the status of the response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_set_status(
    msg: *mut SoupServerMessage,
    status_code: guint,
    reason_phrase: *const c_char,
) {
    require! { soup_server_message_set_status;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "status_code != 0": status_code != 0,
    }
    // SAFETY: the C contract: NULL or a string.
    let reason = (!reason_phrase.is_null()).then(|| unsafe { CStr::from_ptr(reason_phrase) });
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.set_status(status_code, reason);
}

/// @msg: the message
///
/// The URI of the request.
///
/// Returns: (transfer none): the URI
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_uri(msg: *mut SoupServerMessage) -> *mut GUri {
    require! { soup_server_message_get_uri => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<ServerMessage>(msg) };
    // The message keeps the URI that it gives out.
    this.uri().map_or(ptr::null_mut(), |uri| uri.to_glib_none().0)
}

/// @msg: the message
/// @content_type: (nullable): the type of the body
/// @resp_use: what happens to the memory
/// @resp_body: (nullable) (array length=resp_length) (element-type guint8): the body
/// @resp_length: its length
///
/// Sets the body of the response and its Content-Type; without a type, takes both away.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_set_response(
    msg: *mut SoupServerMessage,
    content_type: *const c_char,
    resp_use: SoupMemoryUse,
    resp_body: *const c_char,
    resp_length: gsize,
) {
    require! { soup_server_message_set_response;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "content_type == NULL || resp_body != NULL || resp_length == 0":
            content_type.is_null() || !resp_body.is_null() || resp_length == 0,
        "resp_use <= SOUP_MEMORY_COPY": MemoryUse::try_from(resp_use).is_ok(),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<ServerMessage>(msg) };
    // SAFETY: the C contract: NULL or a string.
    let content_type = (!content_type.is_null()).then(|| unsafe { CStr::from_ptr(content_type) });
    this.set_response_type(content_type);
    if content_type.is_some() {
        let body = this.response_body().as_ptr();
        // SAFETY: the body is the message's; the memory is as the C contract says.
        unsafe { soup_message_body_append(body, resp_use, resp_body.cast(), resp_length) };
    }
}

/// @msg: the message
/// @status_code: a status of redirection
/// @redirect_uri: where to, relative to the URI of the request
///
/// Answers with a redirection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_set_redirect(
    msg: *mut SoupServerMessage,
    status_code: guint,
    redirect_uri: *const c_char,
) {
    require! { soup_server_message_set_redirect;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "status_code != 0": status_code != 0,
        "redirect_uri != NULL": !redirect_uri.is_null(),
    }
    // SAFETY: checked above.
    let (this, location) = unsafe { (hold::<ServerMessage>(msg), text(redirect_uri)) };
    if let Some(location) = location {
        this.set_redirect(status_code, location);
    }
}

/// @msg: the message
///
/// The socket under the connection of @msg. When that was stolen, the stolen stream keeps the socket, not @msg.
///
/// Returns: (nullable) (transfer none): the socket, or %NULL for a connection without one
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_socket(msg: *mut SoupServerMessage) -> *mut GSocket {
    require! { soup_server_message_get_socket => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .socket()
        .map_or(ptr::null_mut(), |socket| socket.as_ptr())
}

/// @msg: the message
///
/// The address that the client has connected to.
///
/// Returns: (nullable) (transfer none): the address
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_local_address(
    msg: *mut SoupServerMessage,
) -> *mut GSocketAddress {
    require! { soup_server_message_get_local_address => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .local_address()
        .map_or(ptr::null_mut(), |address| address.as_ptr())
}

/// @msg: the message
///
/// The address of the client.
///
/// Returns: (nullable) (transfer none): the address
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_remote_address(
    msg: *mut SoupServerMessage,
) -> *mut GSocketAddress {
    require! { soup_server_message_get_remote_address => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .remote_address()
        .map_or(ptr::null_mut(), |address| address.as_ptr())
}

/// @msg: the message
///
/// The IP address of the client, as text.
///
/// Returns: (nullable): the address
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_remote_host(msg: *mut SoupServerMessage) -> *const c_char {
    require! { soup_server_message_get_remote_host => ptr::null();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.remote_host_c()
}

/// @msg: the message
///
/// Takes the connection away from the server, at once, to speak another protocol on it. What of the response has not been
/// written is not sent: steal in a handler of "wrote-informational" or "wrote-body" to let it go first. Bytes that
/// the client has sent beyond the request, and the server has read, are the first that the stream gives; it need not be a
/// #GSocketConnection then. Dropping the stream closes the connection, also while @msg is kept, unless it has TLS: that one is
/// to be closed.
///
/// Returns: (transfer full) (nullable): the stream, or %NULL if the connection is gone
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_steal_connection(msg: *mut SoupServerMessage) -> *mut GIOStream {
    require! { soup_server_message_steal_connection => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .steal_connection()
        .map_or(ptr::null_mut(), IntoGlibPtr::into_glib_ptr)
}

/// @msg: the message
///
/// Whether the request is "OPTIONS *".
///
/// Returns: whether it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_is_options_ping(msg: *mut SoupServerMessage) -> gboolean {
    require! { soup_server_message_is_options_ping => 0;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .is_options_ping()
        .into_glib()
}

/// @msg: the message
///
/// Stops the exchange: nothing more is read or written until soup_server_message_unpause(). For an answer that takes time.
///
/// Since: 3.2
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_pause(msg: *mut SoupServerMessage) {
    require! { soup_server_message_pause;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.pause();
}

/// @msg: the message
///
/// Goes on with the exchange: after soup_server_message_pause(), or when a body that is sent chunk by chunk has got another one.
///
/// Since: 3.2
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_unpause(msg: *mut SoupServerMessage) {
    require! { soup_server_message_unpause;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }.unpause();
}

/// @msg: the message
///
/// The certificate that the client has shown.
///
/// Returns: (nullable) (transfer none): the certificate, or %NULL for a connection without TLS
///
/// Since: 3.2
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_tls_peer_certificate(
    msg: *mut SoupServerMessage,
) -> *mut GTlsCertificate {
    require! { soup_server_message_get_tls_peer_certificate => ptr::null_mut();
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    let message = unsafe { hold::<ServerMessage>(msg) };
    // The connection keeps the certificate, and the message the connection.
    message
        .tls_peer_certificate()
        .map_or(ptr::null_mut(), |certificate| certificate.as_ptr())
}

/// @msg: the message
///
/// What is wrong with the certificate that the client has shown.
///
/// Returns: the flags; none for a connection without TLS
///
/// Since: 3.2
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_server_message_get_tls_peer_certificate_errors(
    msg: *mut SoupServerMessage,
) -> GTlsCertificateFlags {
    require! { soup_server_message_get_tls_peer_certificate_errors => 0;
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    unsafe { hold::<ServerMessage>(msg) }
        .tls_peer_certificate_errors()
        .into_glib()
}
