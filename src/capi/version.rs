//! `soup_get_major_version()` and its siblings: the version of libsoup whose interface this is.

use glib::ffi::gboolean;
use glib::translate::*;

use crate::capi::types::guint;

/// libsoup's version, not Bisque's: programs ask what they may call. All of 3.8's interface is declared.
const VERSION: (guint, guint, guint) = (3, 8, 0);

/// Gets the first number of the library's version, at run time.
///
/// Returns: the number, 3
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_get_major_version() -> guint {
    VERSION.0
}

/// Gets the second number of the library's version, at run time.
///
/// Returns: the number
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_get_minor_version() -> guint {
    VERSION.1
}

/// Gets the third number of the library's version, at run time.
///
/// Returns: the number
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_get_micro_version() -> guint {
    VERSION.2
}

/// @major: the first number
/// @minor: the second number
/// @micro: the third number
///
/// Checks at run time whether the library has the interface of this version of libsoup, or of a later one. The macro
/// SOUP_CHECK_VERSION() does so when a program is compiled.
///
/// Returns: whether it has
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_check_version(major: guint, minor: guint, micro: guint) -> gboolean {
    (VERSION >= (major, minor, micro)).into_glib()
}
