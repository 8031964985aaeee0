//! `soup_cookie_jar_text_*` and `soup_cookie_jar_db_*`: jars in files.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GError, GQuark, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{empty, hold, is};
use crate::capi::types::guint64;
use crate::gobject::features::cookies::enums::CookieJarError;
use crate::gobject::features::cookies::{
    CookieJar, CookieJarDb, CookieJarText, SoupCookieJar, SoupCookieJarDB,
};

/// The GType of `SoupCookieJarText`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_text_get_type() -> GType {
    CookieJarText::static_type().into_glib()
}

/// The GType of `SoupCookieJarDB`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_db_get_type() -> GType {
    CookieJarDb::static_type().into_glib()
}

/// The GType of `SoupCookieJarError`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_error_get_type() -> GType {
    CookieJarError::static_type().into_glib()
}

/// The domain of the errors of jars: see #SoupCookieJarError.
///
/// Returns: the quark
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_error_quark() -> GQuark {
    <CookieJarError as glib::error::ErrorDomain>::domain().into_glib()
}

/// @filename: the file, which need not exist
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

/// @filename: the database, which need not exist
/// @read_only: whether the database is read only
///
/// Makes a jar whose lasting cookies are in a SQLite database, in the table that libsoup has. The database is read now, and written with
/// each change. If it cannot be opened, a warning says so, and cookies are kept in memory.
///
/// Returns: (transfer full): the jar
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_db_new(
    filename: *const c_char,
    read_only: gboolean,
) -> *mut SoupCookieJar {
    require! { soup_cookie_jar_db_new => ptr::null_mut(); "filename != NULL": !filename.is_null() }
    // SAFETY: checked above.
    let jar = CookieJarDb::new(unsafe { CStr::from_ptr(filename) }, read_only != 0);
    jar.upcast::<CookieJar>().into_glib_ptr()
}

/// @filename: the database, which need not exist
/// @read_only: whether the database is read only
/// @error: where an error goes
///
/// Makes a jar like soup_cookie_jar_db_new(), but fails if the database cannot be opened.
///
/// Returns: (transfer full) (nullable): the jar, or %NULL with an error of the domain %SOUP_COOKIE_JAR_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_db_new_with_error(
    filename: *const c_char,
    read_only: gboolean,
    error: *mut *mut GError,
) -> *mut SoupCookieJar {
    require! { soup_cookie_jar_db_new_with_error => ptr::null_mut();
        "filename != NULL": !filename.is_null(),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    match CookieJarDb::try_new(unsafe { CStr::from_ptr(filename) }, read_only != 0) {
        Ok(jar) => jar.upcast::<CookieJar>().into_glib_ptr(),
        Err(failure) => {
            // SAFETY: checked above.
            unsafe { set_error(error, failure) };
            ptr::null_mut()
        }
    }
}

/// @jar: the jar
/// @max_size: the limit in bytes; 0 for none
/// @error: where an error goes
///
/// Limits the size of the database. It does not become smaller; what has no room is kept in memory, and a warning says so once.
///
/// Returns: whether the limit is set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_db_set_max_size(
    jar: *mut SoupCookieJarDB,
    max_size: guint64,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_cookie_jar_db_set_max_size => 0;
        "SOUP_IS_COOKIE_JAR_DB (jar)": is::<CookieJarDb>(jar),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    match unsafe { hold::<CookieJarDb>(jar) }.set_max_size(max_size) {
        Ok(()) => true.into_glib(),
        Err(trouble) => {
            // SAFETY: checked above.
            unsafe { set_error(error, glib::Error::new(CookieJarError::Db, &trouble)) };
            false.into_glib()
        }
    }
}

/// @jar: the jar
///
/// Gets the limit of the database's size.
///
/// Returns: the limit in bytes; 0 for none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_db_get_max_size(jar: *mut SoupCookieJarDB) -> guint64 {
    require! { soup_cookie_jar_db_get_max_size => 0; "SOUP_IS_COOKIE_JAR_DB (jar)": is::<CookieJarDb>(jar) }
    // SAFETY: checked above.
    unsafe { hold::<CookieJarDb>(jar) }.max_size()
}

unsafe fn set_error(place: *mut *mut GError, error: glib::Error) {
    if !place.is_null() {
        // SAFETY: the C contract: room for an error.
        unsafe { place.write(error.into_glib_ptr()) };
    }
}
