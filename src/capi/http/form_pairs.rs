//! What variadic.c needs of Rust to encode a form. It is in no header, and the shared library does not export it.

use std::ffi::c_char;

use crate::capi::guard::bytes;
use crate::gobject::http::params;
use crate::proto::form;

/// Encodes `count` pairs of strings.
#[unsafe(no_mangle)]
unsafe extern "C" fn form_encode_pairs(pairs: *const *const c_char, count: usize) -> *mut c_char {
    // SAFETY: variadic.c's promise: twice as many strings.
    let pair = |index: usize| unsafe { (bytes(*pairs.add(2 * index)), bytes(*pairs.add(2 * index + 1))) };
    params::string(form::encode((0..count).map(pair)).as_bytes())
}
