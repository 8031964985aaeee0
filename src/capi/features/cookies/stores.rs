//! `soup_cookie_jar_text_*`: jars in files.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::gobject::features::cookies::{CookieJar, CookieJarText, SoupCookieJar};

/// The GType of `SoupCookieJarText`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_text_get_type() -> GType {
    CookieJarText::static_type().into_glib()
}

/// @filename: (type filename): the file, which need not exist
/// @read_only: whether the file is read only
///
/// Makes a jar whose lasting cookies are in a text file, in the format that Netscape's browser had. The file is read now, and written
/// with each change.
///
/// Returns: (transfer full): the jar
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_text_new(
    filename: *const c_char,
    read_only: gboolean,
) -> *mut SoupCookieJar {
    require! { soup_cookie_jar_text_new => ptr::null_mut(); "filename != NULL": !filename.is_null() }
    // SAFETY: checked above.
    let jar = CookieJarText::new(unsafe { CStr::from_ptr(filename) }, read_only != 0);
    jar.upcast::<CookieJar>().into_glib_ptr()
}
