//! `soup_uri_*`, but for `soup_uri_copy()`, which is variadic and stands in variadic.c.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GBytes, GUri, gboolean};
use glib::translate::*;

use crate::capi::guard::bytes;
use crate::gobject::http::{params, uri};
use crate::proto::http1::data_uri;

/// @uri: a "data:" URI
/// @content_type: (out) (optional) (nullable) (transfer full): where to put the data's type
///
/// Takes apart a URI that holds its data itself (RFC 2397).
///
/// Returns: (transfer full) (nullable): the data, or %NULL if @uri is none or is malformed; @content_type is left
///   alone then
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_uri_decode_data_uri(
    uri: *const c_char,
    content_type: *mut *mut c_char,
) -> *mut GBytes {
    require! { soup_uri_decode_data_uri => ptr::null_mut(); "uri != NULL": !uri.is_null() }
    // SAFETY: checked; the C contract.
    let Some(found) = data_uri::parse(unsafe { bytes(uri) }) else {
        return ptr::null_mut();
    };
    if !content_type.is_null() {
        // SAFETY: the C contract: room for a pointer.
        unsafe { content_type.write(params::string(found.content_type.as_bytes())) };
    }
    glib::Bytes::from_owned(found.data).into_glib_ptr()
}

/// @uri1: a #GUri
/// @uri2: another one
///
/// Compares all parts of two URIs. The case of the host does not count, and no path is the path "/".
///
/// Returns: whether they are the same
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_uri_equal(uri1: *mut GUri, uri2: *mut GUri) -> gboolean {
    require! { soup_uri_equal => 0;
        "uri1 != NULL": !uri1.is_null(),
        "uri2 != NULL": !uri2.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { uri::equal(uri1, uri2) }.into_glib()
}
