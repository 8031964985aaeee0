//! `soup_message_new_from_encoded_form()` and `soup_message_new_from_multipart()`: requests that send forms.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::Bytes;
use glib::translate::*;

use crate::capi::guard::text;
use crate::gobject::Message;
use crate::gobject::message::{self, RequestBody, SoupMessage};
use crate::gobject::multipart::SoupMultipart;

/// @method: "GET", "POST" or "PUT"
/// @uri_string: where the form goes
/// @encoded_form: (transfer full): the form, as soup_form_encode() writes it
///
/// Makes a request that sends a form: in the query of the URI for GET, and in the body for the two others.
///
/// @encoded_form belongs to Bisque afterwards, but for one case: it stays the caller's, who frees it with g_free(), when a
/// message for GET is returned. Programs written for libsoup before 3.5 free it then.
///
/// Returns: (transfer full) (nullable): the message, or %NULL if @uri_string is no URI
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_new_from_encoded_form(
    method: *const c_char,
    uri_string: *const c_char,
    encoded_form: *mut c_char,
) -> *mut SoupMessage {
    require! { soup_message_new_from_encoded_form => ptr::null_mut();
        "method != NULL": !method.is_null(),
        "uri_string != NULL": !uri_string.is_null(),
        "encoded_form != NULL": !encoded_form.is_null(),
    }
    // SAFETY: checked above: strings.
    let (method, uri) = unsafe { (CStr::from_ptr(method), text(uri_string)) };
    let in_query = method == c"GET";
    require! { soup_message_new_from_encoded_form => ptr::null_mut();
        "the method sends a form": in_query || method == c"POST" || method == c"PUT",
    }
    let Some(uri) = uri.and_then(message::parse_uri) else {
        // SAFETY: the form is ours, since there is no message.
        unsafe { glib::ffi::g_free(encoded_form.cast()) };
        return ptr::null_mut();
    };
    if in_query {
        // SAFETY: a string, which stays the caller's.
        let form = unsafe { glib::GStr::from_ptr(encoded_form) };
        return Message::new(method, &with_query(&uri, form)).into_glib_ptr();
    }
    // SAFETY: a string, which is ours.
    let form: glib::GString = unsafe { from_glib_full(encoded_form) };
    let message = Message::new(method, &uri);
    let body = Bytes::from(form.as_bytes());
    message.set_request_body(Some(URL_ENCODED), RequestBody::Bytes(body));
    message.into_glib_ptr()
}

/// @uri_string: where the body goes
/// @multipart: a body of several parts
///
/// Makes a POST request with that body.
///
/// Returns: (transfer full) (nullable): the message, or %NULL if @uri_string is no URI
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_new_from_multipart(
    uri_string: *const c_char,
    multipart: *mut SoupMultipart,
) -> *mut SoupMessage {
    require! { soup_message_new_from_multipart => ptr::null_mut();
        "uri_string != NULL": !uri_string.is_null(),
        "multipart != NULL": !multipart.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let (multipart, uri) = unsafe { (&*multipart, text(uri_string)) };
    let Some(uri) = uri.and_then(message::parse_uri) else {
        return ptr::null_mut();
    };
    let message = Message::new(c"POST", &uri);
    let written = multipart.write(message.request_headers());
    require! { soup_message_new_from_multipart => ptr::null_mut();
        "the type can be a header's": written.is_ok(),
    }
    if let Ok(body) = written {
        message.set_request_body(None, RequestBody::Bytes(body));
    }
    message.into_glib_ptr()
}

const URL_ENCODED: &CStr = c"application/x-www-form-urlencoded";

/// The URI with another query.
fn with_query(uri: &glib::Uri, query: &str) -> glib::Uri {
    glib::Uri::build_with_user(
        uri.flags(),
        &uri.scheme(),
        uri.user().as_deref(),
        uri.password().as_deref(),
        uri.auth_params().as_deref(),
        uri.host().as_deref(),
        uri.port(),
        &uri.path(),
        Some(query),
        uri.fragment().as_deref(),
    )
}
