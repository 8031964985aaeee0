//! GLib's names for C's integers and libsoup's for its enums, so that the prototypes cbindgen prints read like GLib's.
#![expect(non_camel_case_types, missing_docs, reason = "C's names, verbatim")]

pub type guint8 = u8;
pub type gint = std::ffi::c_int;
pub type guint = std::ffi::c_uint;
pub type gushort = std::ffi::c_ushort;
pub type gint64 = i64;
pub type guint64 = u64;
pub type gsize = usize;
pub type gssize = isize;
pub type gpointer = *mut std::ffi::c_void;
pub type gconstpointer = *const std::ffi::c_void;
pub type goffset = i64;
