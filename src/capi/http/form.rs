//! `soup_form_*`: forms, as `application/x-www-form-urlencoded` and as several parts. `soup_form_encode()` is variadic, and stands with
//! `soup_form_encode_valist()` in variadic.c.

use std::ffi::{c_char, c_void};
use std::ptr;

use glib::ffi::{GBytes, GData, GHashTable, GQuark};
use glib::translate::*;

use crate::capi::guard::bytes;
use crate::gobject::http::params;
use crate::gobject::multipart::{FormTable, SoupMultipart};
use crate::proto::form;

/// @encoded_form: the text of a form
///
/// Decodes a form of type application/x-www-form-urlencoded. Of fields with one name the last one counts.
///
/// Returns: (transfer container) (element-type utf8 utf8): the fields
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_form_decode(encoded_form: *const c_char) -> *mut GHashTable {
    require! { soup_form_decode => ptr::null_mut();
        "encoded_form != NULL": !encoded_form.is_null(),
    }
    // SAFETY: the C contract: a string.
    FormTable::decode(unsafe { bytes(encoded_form) }).into_ptr()
}

/// @multipart: a body of type multipart/form-data
/// @file_control_name: (nullable): the name of the field with the file
/// @filename: (out) (optional) (transfer full): the name of the file
/// @content_type: (out) (optional) (transfer full): its type
/// @file: (out) (optional) (transfer full): what is in it
///
/// Decodes a form of several parts. The field called @file_control_name goes to the last three, all others into the table.
///
/// Returns: (transfer container) (nullable) (element-type utf8 utf8): the fields
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_form_decode_multipart(
    multipart: *mut SoupMultipart,
    file_control_name: *const c_char,
    filename: *mut *mut c_char,
    content_type: *mut *mut c_char,
    file: *mut *mut GBytes,
) -> *mut GHashTable {
    require! { soup_form_decode_multipart => ptr::null_mut();
        "multipart != NULL": !multipart.is_null(),
    }
    // SAFETY: checked above; NULL or a string.
    let (this, name) = unsafe { (&*multipart, bytes(file_control_name)) };
    let (table, found) = this.form((!file_control_name.is_null()).then_some(name));
    let string = |text: Option<&[u8]>| text.map_or(ptr::null_mut(), params::string);
    let found = found.as_ref();
    if !filename.is_null() {
        // SAFETY: a place for a result.
        unsafe { *filename = string(found.and_then(|file| file.name.as_deref())) };
    }
    if !content_type.is_null() {
        // SAFETY: a place for a result.
        unsafe { *content_type = string(found.and_then(|file| file.content_type.as_deref())) };
    }
    if !file.is_null() {
        let body = found.map_or(ptr::null_mut(), |file| file.body.clone().into_glib_ptr());
        // SAFETY: a place for a result.
        unsafe { *file = body };
    }
    table.into_ptr()
}

/// @form_data_set: (element-type utf8 utf8): the fields
///
/// Encodes a form as application/x-www-form-urlencoded, in the order of the table.
///
/// Returns: (transfer full): the text
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_form_encode_hash(form_data_set: *mut GHashTable) -> *mut c_char {
    require! { soup_form_encode_hash => ptr::null_mut();
        "form_data_set != NULL": !form_data_set.is_null(),
    }
    unsafe extern "C" fn add(name: *mut c_void, value: *mut c_void, fields: *mut c_void) {
        // SAFETY: the C contract of the table: strings; `fields` is the vector below.
        unsafe {
            (*fields.cast::<Fields>()).push((bytes(name.cast()).to_vec(), bytes(value.cast()).to_vec()))
        };
    }
    let mut fields = Fields::new();
    // SAFETY: the table does not change meanwhile.
    unsafe { glib::ffi::g_hash_table_foreach(form_data_set, Some(add), (&raw mut fields).cast()) };
    encoded(&fields)
}

/// @form_data_set: the fields
///
/// Encodes a form as application/x-www-form-urlencoded, in the order of the list.
///
/// Returns: (transfer full): the text
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_form_encode_datalist(form_data_set: *mut *mut GData) -> *mut c_char {
    require! { soup_form_encode_datalist => ptr::null_mut();
        "form_data_set != NULL": !form_data_set.is_null(),
    }
    unsafe extern "C" fn add(name: GQuark, value: *mut c_void, fields: *mut c_void) {
        // SAFETY: a quark's string; the C contract of the list: strings; `fields` is the vector below.
        unsafe {
            let name = bytes(glib::ffi::g_quark_to_string(name)).to_vec();
            (*fields.cast::<Fields>()).push((name, bytes(value.cast()).to_vec()));
        }
    }
    let mut fields = Fields::new();
    // SAFETY: the list does not change meanwhile.
    unsafe { glib::ffi::g_datalist_foreach(form_data_set, Some(add), (&raw mut fields).cast()) };
    encoded(&fields)
}

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn encoded(fields: &Fields) -> *mut c_char {
    let text = form::encode(fields.iter().map(|(name, value)| (&**name, &**value)));
    params::string(text.as_bytes())
}
