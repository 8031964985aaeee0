//! `SoupMessage` for C.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GBytes, GType, GUri, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, hold, is, text};
use crate::capi::types::{gssize, guint64};
use crate::gobject::enums::SoupHTTPVersion;
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::http::status::SoupStatus;
use crate::gobject::message::{self, Message, RequestBody, SoupMessage};

use gio::ffi::{GInputStream, GSocketAddress};

/// The type's #GType.
#[unsafe(no_mangle)]
pub extern "C" fn soup_message_get_type() -> GType {
    Message::static_type().into_glib()
}

/// @method: the HTTP method
/// @uri_string: the URI, as text
///
/// Makes a request. The URI is parsed as HTTP parses it, and needs a host.
///
/// Returns: (transfer full) (nullable): the message, or %NULL if there is no such URI
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_new(
    method: *const c_char,
    uri_string: *const c_char,
) -> *mut SoupMessage {
    require! { soup_message_new => ptr::null_mut();
        "method != NULL": !method.is_null(),
        "uri_string != NULL": !uri_string.is_null(),
    }
    // SAFETY: checked above.
    let Some(uri) = (unsafe { text(uri_string) }).and_then(message::parse_uri) else {
        return ptr::null_mut();
    };
    // SAFETY: checked above; the URI is alive.
    unsafe { soup_message_new_from_uri(method, uri.to_glib_none().0) }
}

/// @method: the HTTP method
/// @uri: the URI
///
/// Makes a request.
///
/// Returns: (transfer full): the message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_new_from_uri(
    method: *const c_char,
    uri: *mut GUri,
) -> *mut SoupMessage {
    require! { soup_message_new_from_uri => ptr::null_mut();
        "method != NULL": !method.is_null(),
        "soup_method_is_token (method)": is_method(method),
        "SOUP_URI_IS_VALID (uri)": is_sendable(uri),
    }
    // SAFETY: both checked above.
    let (method, uri) = unsafe { (CStr::from_ptr(method), from_glib_borrow::<_, glib::Uri>(uri)) };
    Message::new(method, &uri).into_glib_ptr()
}

/// @base_uri: a URI of the server
///
/// Makes an OPTIONS request about the server itself, which has no side effects.
///
/// Returns: (transfer full): the message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_new_options_ping(base_uri: *mut GUri) -> *mut SoupMessage {
    require! { soup_message_new_options_ping => ptr::null_mut();
        "SOUP_URI_IS_VALID (base_uri)": is_sendable(base_uri),
    }
    // SAFETY: checked above.
    let uri = unsafe { from_glib_borrow::<_, glib::Uri>(base_uri) };
    let message = Message::new(c"OPTIONS", &uri);
    message.set_is_options_ping(true);
    message.into_glib_ptr()
}

/// @msg: a message
/// @content_type: (nullable): the body's media type
/// @stream: (nullable): where the body comes from
/// @content_length: the body's length in bytes, or -1 if it is not known
///
/// Sets the request's body, with its Content-Type, and its Content-Length or Transfer-Encoding. Without a stream the
/// request has no body, and none of these headers. The stream of a request that is sent again has been read already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_request_body(
    msg: *mut SoupMessage,
    content_type: *const c_char,
    stream: *mut GInputStream,
    content_length: gssize,
) {
    require! { soup_message_set_request_body;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "stream == NULL || G_IS_INPUT_STREAM (stream)": stream.is_null() || is::<gio::InputStream>(stream),
        "content_length == -1 || content_length >= 0": content_length >= -1,
    }
    // SAFETY: checked above.
    let stream: Option<gio::InputStream> = unsafe { from_glib_none(stream) };
    let body = match stream {
        Some(stream) => RequestBody::Stream(stream, u64::try_from(content_length).ok()),
        None => RequestBody::None,
    };
    // SAFETY: checked above; the C contract for the string.
    unsafe { hold::<Message>(msg).set_request_body(c_str(content_type), body) };
}

/// @msg: a message
/// @content_type: (nullable): the body's media type
/// @bytes: (nullable): the body
///
/// Sets the request's body, with its Content-Type and its Content-Length. Without bytes the request has no body, and
/// none of these headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_request_body_from_bytes(
    msg: *mut SoupMessage,
    content_type: *const c_char,
    bytes: *mut GBytes,
) {
    require! { soup_message_set_request_body_from_bytes;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
    }
    // SAFETY: NULL or bytes, by the C contract.
    let bytes: Option<glib::Bytes> = unsafe { from_glib_none(bytes) };
    let body = bytes.map_or(RequestBody::None, RequestBody::Bytes);
    // SAFETY: checked above; the C contract for the string.
    unsafe { hold::<Message>(msg).set_request_body(c_str(content_type), body) };
}

/// @msg: a message
///
/// Returns: the version of HTTP that was spoken; HTTP/1.1 before a response
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_http_version(msg: *mut SoupMessage) -> SoupHTTPVersion {
    require! { soup_message_get_http_version => 1; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).http_version().into() }
}

/// @msg: a message
///
/// Says whether the connection is kept open after this message, as far as the headers of both sides tell.
///
/// Returns: %TRUE if it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_is_keepalive(msg: *mut SoupMessage) -> gboolean {
    require! { soup_message_is_keepalive => 1; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).is_keepalive().into_glib() }
}

/// @msg: a message
///
/// Returns: (transfer none): where the request goes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_uri(msg: *mut SoupMessage) -> *mut GUri {
    require! { soup_message_get_uri => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the URI until another is set.
    unsafe {
        borrow::<Message>(msg)
            .uri()
            .map_or(ptr::null_mut(), |uri| uri.as_ptr())
    }
}

/// @msg: a message
/// @uri: the URI
///
/// Sets where the request goes. It takes effect when the message is sent the next time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_uri(msg: *mut SoupMessage, uri: *mut GUri) {
    require! { soup_message_set_uri;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "SOUP_URI_IS_VALID (uri)": is_sendable(uri),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Message>(msg).set_uri(&from_glib_none(uri)) };
}

/// @msg: a message
///
/// Returns: (transfer none) (nullable): the page that the message is for
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_first_party(msg: *mut SoupMessage) -> *mut GUri {
    require! { soup_message_get_first_party => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the URI until another is set.
    unsafe {
        borrow::<Message>(msg)
            .first_party()
            .map_or(ptr::null_mut(), |uri| uri.as_ptr())
    }
}

/// @msg: a message
/// @first_party: the page's URI
///
/// Says which page the message is for, so that others' cookies can be told from its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_first_party(msg: *mut SoupMessage, first_party: *mut GUri) {
    require! { soup_message_set_first_party;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "first_party != NULL": !first_party.is_null(),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Message>(msg).set_first_party(Some(&from_glib_none(first_party))) };
}

/// @msg: a message
///
/// Returns: (transfer none) (nullable): the site whose cookies the message may carry
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_site_for_cookies(msg: *mut SoupMessage) -> *mut GUri {
    require! { soup_message_get_site_for_cookies => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the URI until another is set.
    unsafe {
        borrow::<Message>(msg)
            .site_for_cookies()
            .map_or(ptr::null_mut(), |uri| uri.as_ptr())
    }
}

/// @msg: a message
/// @site_for_cookies: (nullable): the site's URI
///
/// Says from which site the message is, for cookies that go to their own site only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_site_for_cookies(
    msg: *mut SoupMessage,
    site_for_cookies: *mut GUri,
) {
    require! { soup_message_set_site_for_cookies; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above; NULL or a URI, by the C contract.
    unsafe {
        let uri: Option<glib::Uri> = from_glib_none(site_for_cookies);
        hold::<Message>(msg).set_site_for_cookies(uri.as_ref());
    }
}

/// @msg: a message
/// @is_top_level_navigation: whether it is
///
/// Says whether the message navigates from one page to another, for cookies that go along only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_is_top_level_navigation(
    msg: *mut SoupMessage,
    is_top_level_navigation: gboolean,
) {
    require! { soup_message_set_is_top_level_navigation; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg).set_is_top_level_navigation(is_top_level_navigation != 0) };
}

/// @msg: a message
///
/// Returns: whether the message navigates from one page to another
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_is_top_level_navigation(msg: *mut SoupMessage) -> gboolean {
    require! { soup_message_get_is_top_level_navigation => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).is_top_level_navigation().into_glib() }
}

/// @msg: a message
///
/// Returns: the HTTP method, which can be compared with %SOUP_METHOD_GET and its like as a pointer
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_method(msg: *mut SoupMessage) -> *const c_char {
    require! { soup_message_get_method => ptr::null(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe {
        borrow::<Message>(msg)
            .method()
            .map_or(ptr::null(), |method| method.as_ptr())
    }
}

/// @msg: a message
/// @method: the HTTP method
///
/// Sets the HTTP method.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_method(msg: *mut SoupMessage, method: *const c_char) {
    require! { soup_message_set_method;
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "method != NULL": !method.is_null(),
        "soup_method_is_token (method)": is_method(method),
    }
    // SAFETY: both checked above.
    unsafe { hold::<Message>(msg).set_method(CStr::from_ptr(method)) };
}

/// @msg: a message
///
/// Returns: the response's status, %SOUP_STATUS_NONE before there is one
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_status(msg: *mut SoupMessage) -> SoupStatus {
    require! { soup_message_get_status => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).status() }
}

/// @msg: a message
///
/// Returns: (nullable): the response's reason phrase
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_reason_phrase(msg: *mut SoupMessage) -> *const c_char {
    require! { soup_message_get_reason_phrase => ptr::null(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the phrase until the next response.
    unsafe { borrow::<Message>(msg).with_reason(|reason| reason.map_or(ptr::null(), CStr::as_ptr)) }
}

/// @msg: a message
///
/// Returns: (transfer none): the request's headers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_request_headers(msg: *mut SoupMessage) -> *mut SoupMessageHeaders {
    require! { soup_message_get_request_headers => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps its headers.
    unsafe { borrow::<Message>(msg).request_headers().as_ptr() }
}

/// @msg: a message
///
/// Returns: (transfer none): the response's headers, which come with #SoupMessage::got-headers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_response_headers(msg: *mut SoupMessage) -> *mut SoupMessageHeaders {
    require! { soup_message_get_response_headers => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps its headers.
    unsafe { borrow::<Message>(msg).response_headers().as_ptr() }
}

/// @msg: a message
///
/// Returns: whether this is an OPTIONS request about the server itself
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_is_options_ping(msg: *mut SoupMessage) -> gboolean {
    require! { soup_message_get_is_options_ping => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).is_options_ping().into_glib() }
}

/// @msg: a message
/// @is_options_ping: whether it is
///
/// Says whether this is an OPTIONS request about the server itself: its target is then "*".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_is_options_ping(msg: *mut SoupMessage, is_options_ping: gboolean) {
    require! { soup_message_set_is_options_ping; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { hold::<Message>(msg).set_is_options_ping(is_options_ping != 0) };
}

/// @msg: a message
///
/// Returns: the number of the connection that carries the message, 0 before there is one
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_connection_id(msg: *mut SoupMessage) -> guint64 {
    require! { soup_message_get_connection_id => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).connection_id() }
}

/// @msg: a message
///
/// Returns: (transfer none) (nullable): the server's address, once the connection is made
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_remote_address(msg: *mut SoupMessage) -> *mut GSocketAddress {
    require! { soup_message_get_remote_address => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the address until the next connection.
    unsafe {
        borrow::<Message>(msg)
            .remote_address()
            .map_or(ptr::null_mut(), |address| address.as_ptr())
    }
}

/// @msg: a message
///
/// Returns: whether the message goes over HTTP/1 even where the server knows more
///
/// Since: 3.4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_force_http1(msg: *mut SoupMessage) -> gboolean {
    require! { soup_message_get_force_http1 => 0; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).force_http1().into_glib() }
}

/// @msg: a message
/// @value: whether it does
///
/// Says whether the message goes over HTTP/1 even where the server knows more.
///
/// Since: 3.4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_set_force_http1(msg: *mut SoupMessage, value: gboolean) {
    require! { soup_message_set_force_http1; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    unsafe { borrow::<Message>(msg).set_force_http1(value != 0) };
}

unsafe fn c_str<'a>(string: *const c_char) -> Option<&'a CStr> {
    // SAFETY: NULL or a string that outlives the call, by the C contract.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) })
}

fn is_method(method: *const c_char) -> bool {
    // SAFETY: checked for NULL by the condition before; a string, by the C contract.
    message::is_method(unsafe { CStr::from_ptr(method) })
}

pub(crate) fn is_sendable(uri: *mut GUri) -> bool {
    if uri.is_null() {
        return false;
    }
    // SAFETY: a URI, by the C contract.
    let uri = unsafe { from_glib_borrow::<_, glib::Uri>(uri) };
    message::is_sendable(&uri)
}
