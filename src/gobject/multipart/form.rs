//! The fields of a form as C has them: a table of strings.

use glib::ffi::{self, GHashTable};

use crate::gobject::http::params;
use crate::proto::form;

/// A reference to a table of strings, which owns them.
pub struct FormTable(*mut GHashTable);

impl Default for FormTable {
    fn default() -> FormTable {
        FormTable::new()
    }
}

impl FormTable {
    /// An empty table.
    pub fn new() -> FormTable {
        // SAFETY: keys and values are strings of our own, which the table frees.
        let table = unsafe {
            ffi::g_hash_table_new_full(
                Some(ffi::g_str_hash),
                Some(ffi::g_str_equal),
                Some(ffi::g_free),
                Some(ffi::g_free),
            )
        };
        FormTable(table)
    }

    /// Decodes `application/x-www-form-urlencoded` text. Of a name that comes twice the last one counts.
    pub fn decode(text: &[u8]) -> FormTable {
        let table = FormTable::new();
        for (name, value) in form::decode(text) {
            table.insert(&name, &value);
        }
        table
    }

    /// Puts a value in, up to its first NUL.
    pub fn insert(&self, name: &[u8], value: &[u8]) {
        // SAFETY: the table takes both strings.
        unsafe {
            ffi::g_hash_table_replace(
                self.as_ptr(),
                params::string(name).cast(),
                params::string(value).cast(),
            )
        };
    }

    /// The table, for as long as this is.
    pub fn as_ptr(&self) -> *mut GHashTable {
        self.0
    }

    /// The table, which belongs to the caller from now on.
    pub fn into_ptr(self) -> *mut GHashTable {
        let table = self.0;
        std::mem::forget(self);
        table
    }
}

impl Drop for FormTable {
    fn drop(&mut self) {
        // SAFETY: the reference of `new`.
        unsafe { ffi::g_hash_table_unref(self.0) };
    }
}
