//! `soup_status_get_phrase()`.

use std::ffi::c_char;

use crate::capi::types::guint;
use crate::gobject::http::status;

/// @status_code: a status code
///
/// Says in a few words what an HTTP status means: "Not Found" for 404. The words are for people, and in English.
///
/// Returns: (transfer none): the words; "Unknown Error" for a code that has none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_status_get_phrase(status_code: guint) -> *const c_char {
    status::phrase(status_code).as_ptr()
}
