//! Names of files as the values of properties: they need not be UTF-8.

use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use glib::Value;
use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

/// A file's name as a property's value: it need not be UTF-8.
pub(super) fn file_value(file: &CStr) -> Value {
    let mut value = Value::from_type(glib::Type::STRING);
    // SAFETY: the value holds a string; GLib copies ours.
    unsafe { gobject_ffi::g_value_set_string(value.to_glib_none_mut().0, file.as_ptr()) };
    value
}

/// The file's name in a property's value.
pub(super) fn file_of(value: &Value) -> Option<PathBuf> {
    // SAFETY: GObject has checked that the value holds a string, which lives as long as the value.
    let name = unsafe {
        let name = gobject_ffi::g_value_get_string(value.to_glib_none().0);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_bytes().to_vec())
    };
    name.map(|name| PathBuf::from(OsString::from_vec(name)))
}

/// The file's name as a property's value.
pub(super) fn value_of(file: Option<&Path>) -> Value {
    let name = file.and_then(|file| CString::new(file.as_os_str().as_encoded_bytes()).ok());
    name.map_or_else(|| None::<&str>.to_value(), |name| file_value(&name))
}
