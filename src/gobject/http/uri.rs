//! Comparing URIs as HTTP does.

use std::ffi::{CStr, c_char};

use glib::ffi::GUri;

/// Whether two URIs name the same: the host without regard to case, no path as "/", all else as it is written.
///
/// # Safety
///
/// Both are live `GUri`s.
pub unsafe fn equal(a: *mut GUri, b: *mut GUri) -> bool {
    // SAFETY: the caller's URIs; GLib's strings live as long as they do.
    let (a, b) = unsafe { (Parts::of(a), Parts::of(b)) };
    a.scheme == b.scheme
        && a.user == b.user
        && a.password == b.password
        && a.host.map(<[u8]>::to_ascii_lowercase) == b.host.map(<[u8]>::to_ascii_lowercase)
        && a.port == b.port
        && a.path() == b.path()
        && a.query == b.query
        && a.fragment == b.fragment
}

struct Parts<'a> {
    scheme: Option<&'a [u8]>,
    user: Option<&'a [u8]>,
    password: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    port: i32,
    path: Option<&'a [u8]>,
    query: Option<&'a [u8]>,
    fragment: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    unsafe fn of(uri: *mut GUri) -> Parts<'a> {
        // SAFETY: the caller's URI.
        unsafe {
            Parts {
                scheme: part(glib::ffi::g_uri_get_scheme(uri)),
                user: part(glib::ffi::g_uri_get_user(uri)),
                password: part(glib::ffi::g_uri_get_password(uri)),
                host: part(glib::ffi::g_uri_get_host(uri)),
                port: glib::ffi::g_uri_get_port(uri),
                path: part(glib::ffi::g_uri_get_path(uri)),
                query: part(glib::ffi::g_uri_get_query(uri)),
                fragment: part(glib::ffi::g_uri_get_fragment(uri)),
            }
        }
    }

    fn path(&self) -> &'a [u8] {
        self.path.filter(|path| !path.is_empty()).unwrap_or(b"/")
    }
}

unsafe fn part<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: NULL or one of the URI's strings.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}
