//! Header parameters as `GHashTable`s: names found without regard to case, values NULL where there are none.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GHashTable, g_free, g_hash_table_insert, g_hash_table_new_full, gpointer};

use crate::proto::http1::params::{self, Param};

/// A new table of `params`, for C. Its keys and values belong to it.
pub fn new_table(params: &[Param<'_>]) -> *mut GHashTable {
    // SAFETY: the two functions fit keys that are C strings; the table frees what `string` allocates.
    unsafe {
        let table = g_hash_table_new_full(Some(hash), Some(equal), Some(g_free), Some(g_free));
        for param in params {
            let value = param.value.as_deref().map_or(ptr::null_mut(), string);
            g_hash_table_insert(table, string(param.name).cast(), value.cast());
        }
        table
    }
}

/// Appends the parameters of `table`, which may be NULL, each behind a "; ".
///
/// # Safety
///
/// The table's keys are C strings, its values C strings or NULL.
pub unsafe fn append_table(out: &mut Vec<u8>, table: *mut GHashTable) {
    if table.is_null() {
        return;
    }
    // SAFETY: the iterator lives here, and nothing changes the table meanwhile; the caller vouches for the strings.
    unsafe {
        let mut iter = std::mem::zeroed();
        glib::ffi::g_hash_table_iter_init(&mut iter, table);
        let (mut key, mut value): (gpointer, gpointer) = (ptr::null_mut(), ptr::null_mut());
        while glib::ffi::g_hash_table_iter_next(&mut iter, &mut key, &mut value) != 0 {
            out.extend_from_slice(b"; ");
            let value = (!value.is_null()).then(|| CStr::from_ptr(value.cast()).to_bytes());
            params::append_param(out, CStr::from_ptr(key.cast()).to_bytes(), value);
        }
    }
}

/// A copy of `text`, up to its first NUL, for C to free with `g_free()`.
pub fn string(text: &[u8]) -> *mut c_char {
    // SAFETY: GLib copies no more than the slice's bytes, and adds a NUL.
    unsafe { glib::ffi::g_strndup(text.as_ptr().cast(), text.len()) }
}

/// FNV-1a over the letters in lower case.
unsafe extern "C" fn hash(key: glib::ffi::gconstpointer) -> u32 {
    // SAFETY: the table's keys are C strings.
    let key = unsafe { CStr::from_ptr(key.cast()) };
    key.to_bytes().iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

unsafe extern "C" fn equal(a: glib::ffi::gconstpointer, b: glib::ffi::gconstpointer) -> glib::ffi::gboolean {
    // SAFETY: the table's keys are C strings.
    let (a, b) = unsafe { (CStr::from_ptr(a.cast()), CStr::from_ptr(b.cast())) };
    a.to_bytes().eq_ignore_ascii_case(b.to_bytes()).into()
}
