//! `soup_multipart_*`: bodies of several parts that are all there.

use std::ffi::{c_char, c_int};
use std::ptr;

use glib::Bytes;
use glib::ffi::{GBytes, GType, gboolean};
use glib::translate::*;

use crate::capi::guard::text;
use crate::gobject::MessageHeaders;
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::multipart::{SoupMultipart, multipart_type};

/// The GType of `SoupMultipart`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_multipart_get_type() -> GType {
    multipart_type()
}

/// @mime_type: the type of the body, such as "multipart/form-data"
///
/// Makes an empty body of several parts, with a boundary of its own.
///
/// Returns: (transfer full): the body
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_new(mime_type: *const c_char) -> *mut SoupMultipart {
    require! { soup_multipart_new => ptr::null_mut();
        "mime_type != NULL": !mime_type.is_null(),
    }
    // SAFETY: the C contract: a string.
    let kind = unsafe { text(mime_type) }.unwrap_or_default();
    Box::into_raw(Box::new(SoupMultipart::new(kind)))
}

/// @headers: the headers of a message
/// @body: its body
///
/// Takes a message's body apart.
///
/// Returns: (transfer full) (nullable): the parts, or %NULL if the message is no valid multipart message
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_new_from_message(
    headers: *mut SoupMessageHeaders,
    body: *mut GBytes,
) -> *mut SoupMultipart {
    require! { soup_multipart_new_from_message => ptr::null_mut();
        "headers != NULL": !headers.is_null(),
        "body != NULL": !body.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let (headers, body): (MessageHeaders, Bytes) = unsafe { (from_glib_none(headers), from_glib_none(body)) };
    SoupMultipart::from_message(&headers, &body)
        .map_or(ptr::null_mut(), |multipart| Box::into_raw(Box::new(multipart)))
}

/// @multipart: the body
///
/// Gets the number of parts.
///
/// Returns: the number
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_get_length(multipart: *mut SoupMultipart) -> c_int {
    require! { soup_multipart_get_length => 0;
        "multipart != NULL": !multipart.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let this = unsafe { &*multipart };
    c_int::try_from(this.len()).unwrap_or(c_int::MAX)
}

/// @multipart: the body
/// @part: the number of a part, from 0
/// @headers: (out) (transfer none): its headers
/// @body: (out) (transfer none): its data
///
/// Gets a part. Headers and data belong to @multipart.
///
/// Returns: whether there is such a part
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_get_part(
    multipart: *mut SoupMultipart,
    part: c_int,
    headers: *mut *mut SoupMessageHeaders,
    body: *mut *mut GBytes,
) -> gboolean {
    require! { soup_multipart_get_part => 0;
        "multipart != NULL": !multipart.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let this = unsafe { &*multipart };
    let Some(part) = this.part(part) else { return 0 };
    if !headers.is_null() {
        // SAFETY: a place for a result.
        unsafe { *headers = part.headers.as_ptr() };
    }
    if !body.is_null() {
        let bytes: *const GBytes = part.body.to_glib_none().0;
        // SAFETY: as above.
        unsafe { *body = bytes.cast_mut() };
    }
    1
}

/// @multipart: the body
/// @headers: the headers of the part
/// @body: its data
///
/// Adds a part with a copy of @headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_append_part(
    multipart: *mut SoupMultipart,
    headers: *mut SoupMessageHeaders,
    body: *mut GBytes,
) {
    require! { soup_multipart_append_part;
        "multipart != NULL": !multipart.is_null(),
        "headers != NULL": !headers.is_null(),
        "body != NULL": !body.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let (this, headers, body): (_, MessageHeaders, Bytes) =
        unsafe { (&*multipart, from_glib_none(headers), from_glib_none(body)) };
    this.append(&headers, body);
}

/// @multipart: the body
/// @control_name: the name of the field
/// @data: its text
///
/// Adds a field of a form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_append_form_string(
    multipart: *mut SoupMultipart,
    control_name: *const c_char,
    data: *const c_char,
) {
    // SAFETY: the C contract: NULL or strings.
    let (name, data) = unsafe { (text(control_name), text(data)) };
    require! { soup_multipart_append_form_string;
        "multipart != NULL": !multipart.is_null(),
        "control_name != NULL && data != NULL": name.is_some() && data.is_some(),
    }
    // SAFETY: checked above; the C contract.
    let this = unsafe { &*multipart };
    let body = Bytes::from(data.unwrap_or_default().as_bytes());
    // A name with a line break in it is not taken (CVE-2026-1536).
    let added = this.append_field(name.unwrap_or_default(), None, None, body);
    require! { soup_multipart_append_form_string;
        "the name can be a header's": added.is_ok(),
    }
}

/// @multipart: the body
/// @control_name: (nullable): the name of the field
/// @filename: (nullable): the name of the file
/// @content_type: (nullable): its type
/// @body: what is in it
///
/// Adds a file to a form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_append_form_file(
    multipart: *mut SoupMultipart,
    control_name: *const c_char,
    filename: *const c_char,
    content_type: *const c_char,
    body: *mut GBytes,
) {
    require! { soup_multipart_append_form_file;
        "multipart != NULL": !multipart.is_null(),
        "body != NULL": !body.is_null(),
    }
    // SAFETY: checked above; NULL or strings.
    let (name, filename, content_type) = unsafe { (text(control_name), text(filename), text(content_type)) };
    // SAFETY: checked above; the C contract.
    let (this, body): (_, Bytes) = unsafe { (&*multipart, from_glib_none(body)) };
    let added = this.append_field(
        name.unwrap_or_default(),
        Some(filename.unwrap_or_default()),
        content_type,
        body,
    );
    require! { soup_multipart_append_form_file;
        "names and type can be a header's": added.is_ok(),
    }
}

/// @multipart: the body
/// @dest_headers: the headers of a message, which get the type of the body
/// @dest_body: (out) (transfer full): the body
///
/// Writes the body for a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_to_message(
    multipart: *mut SoupMultipart,
    dest_headers: *mut SoupMessageHeaders,
    dest_body: *mut *mut GBytes,
) {
    require! { soup_multipart_to_message;
        "multipart != NULL": !multipart.is_null(),
        "dest_headers != NULL": !dest_headers.is_null(),
        "dest_body != NULL": !dest_body.is_null(),
    }
    // SAFETY: checked above; the C contract.
    let (this, headers): (_, MessageHeaders) = unsafe { (&*multipart, from_glib_none(dest_headers)) };
    let written = this.write(&headers);
    require! { soup_multipart_to_message;
        "the type can be a header's": written.is_ok(),
    }
    if let Ok(body) = written {
        // SAFETY: a place for a result.
        unsafe { *dest_body = body.into_glib_ptr() };
    }
}

/// @multipart: the body
///
/// Frees the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_free(multipart: *mut SoupMultipart) {
    require! { soup_multipart_free;
        "multipart != NULL": !multipart.is_null(),
    }
    // SAFETY: checked above; made by one of the constructors, and nobody uses it any more.
    drop(unsafe { Box::from_raw(multipart) });
}
