//! `SoupCookie`: a cookie that C owns, with its texts as C reads them.

use std::ffi::CString;
use std::sync::OnceLock;

use glib::translate::*;

use crate::proto::cookies::Cookie;

glib::wrapper! {
    /// A cookie of our own in C's form; its clone is a copy.
    pub struct BoxedCookie(Boxed<SoupCookie>);

    match fn {
        copy => |ptr| copy(ptr.cast_mut().cast()).cast(),
        free => |ptr| free(ptr.cast()),
        type_ => || cookie_type(),
    }
}

/// What a `SoupCookie *` points to.
#[derive(Clone, Debug)]
pub struct SoupCookie {
    cookie: Cookie,
    name: CString,
    value: CString,
    domain: Option<CString>,
    path: Option<CString>,
    expires: Option<glib::DateTime>,
}

impl BoxedCookie {
    /// A cookie for C.
    pub fn new(cookie: Cookie) -> BoxedCookie {
        // SAFETY: a box of our own, which the wrapper frees.
        unsafe { from_glib_full(SoupCookie::new(cookie).into_raw()) }
    }
}

impl SoupCookie {
    /// A cookie with its texts for C.
    pub fn new(cookie: Cookie) -> SoupCookie {
        SoupCookie {
            name: c_text(&cookie.name),
            value: c_text(&cookie.value),
            domain: cookie.domain.as_deref().map(c_text),
            path: cookie.path.as_deref().map(c_text),
            expires: date_of(&cookie),
            cookie,
        }
    }

    /// Hands the cookie over to C, which frees it with `soup_cookie_free()`.
    pub fn into_raw(self) -> *mut SoupCookie {
        Box::into_raw(Box::new(self))
    }

    /// The cookie itself.
    pub fn cookie(&self) -> &Cookie {
        &self.cookie
    }

    /// The cookie itself, to keep.
    pub fn into_cookie(self) -> Cookie {
        self.cookie
    }

    /// The name, for C.
    pub fn name(&self) -> &CString {
        &self.name
    }

    /// The value, for C.
    pub fn value(&self) -> &CString {
        &self.value
    }

    /// The domain, for C.
    pub fn domain(&self) -> Option<&CString> {
        self.domain.as_ref()
    }

    /// The path, for C.
    pub fn path(&self) -> Option<&CString> {
        self.path.as_ref()
    }

    /// When it ends.
    pub fn expires(&self) -> Option<&glib::DateTime> {
        self.expires.as_ref()
    }

    /// Sets the name.
    pub fn set_name(&mut self, name: &[u8]) {
        self.cookie.name = text_of(name);
        self.name = c_text(&self.cookie.name);
    }

    /// Sets the value.
    pub fn set_value(&mut self, value: &[u8]) {
        self.cookie.value = text_of(value);
        self.value = c_text(&self.cookie.value);
    }

    /// Sets the domain.
    pub fn set_domain(&mut self, domain: Option<&[u8]>) {
        self.cookie.domain = domain.map(text_of);
        self.domain = self.cookie.domain.as_deref().map(c_text);
    }

    /// Sets the path.
    pub fn set_path(&mut self, path: Option<&[u8]>) {
        self.cookie.path = path.map(text_of);
        self.path = self.cookie.path.as_deref().map(c_text);
    }

    /// Sets when it ends, in seconds after `now`.
    pub fn set_max_age(&mut self, seconds: i64, now: i64) {
        self.cookie.set_max_age(seconds, now);
        self.expires = date_of(&self.cookie);
    }

    /// Sets when it ends; `None` for the end of the session.
    pub fn set_expires(&mut self, expires: Option<glib::DateTime>) {
        self.cookie.expires = expires.as_ref().map(glib::DateTime::to_unix);
        self.expires = expires;
    }

    /// Changes what has no text for C.
    pub fn change(&mut self, change: impl FnOnce(&mut Cookie)) {
        change(&mut self.cookie);
    }
}

/// The boxed type of that name.
pub fn cookie_type() -> glib::ffi::GType {
    static TYPE: OnceLock<glib::ffi::GType> = OnceLock::new();
    *TYPE.get_or_init(|| {
        // SAFETY: both functions take what `into_raw` gives, which is all that a SoupCookie can be.
        unsafe {
            glib::gobject_ffi::g_boxed_type_register_static(c"SoupCookie".as_ptr(), Some(copy), Some(free))
        }
    })
}

/// The time in seconds since 1970, which no layer below asks for itself.
pub fn now() -> i64 {
    // SAFETY: a function without preconditions.
    unsafe { glib::ffi::g_get_real_time() / 1_000_000 }
}

/// Bytes of C's as text: what is no UTF-8 becomes U+FFFD.
pub fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A text for C, which ends at its first NUL.
fn c_text(text: &str) -> CString {
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}

fn date_of(cookie: &Cookie) -> Option<glib::DateTime> {
    let expires = cookie.expires?;
    glib::DateTime::from_unix_utc(expires).ok()
}

unsafe extern "C" fn copy(cookie: glib::ffi::gpointer) -> glib::ffi::gpointer {
    // SAFETY: the C contract: a live cookie, which `into_raw` gave.
    let cookie = unsafe { &*cookie.cast::<SoupCookie>() };
    cookie.clone().into_raw().cast()
}

unsafe extern "C" fn free(cookie: glib::ffi::gpointer) {
    // SAFETY: the C contract: a cookie that `into_raw` gave, and that nobody uses any more.
    drop(unsafe { Box::from_raw(cookie.cast::<SoupCookie>()) });
}
