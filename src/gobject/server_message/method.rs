//! The method of a request. C programs compare methods as pointers.

use std::ffi::{CStr, CString};
use std::sync::LazyLock;

use glib::ffi;

/// The request's method. Only those with a name of their own are interned: a peer may send any token.
pub(super) enum Method {
    /// An interned string: C programs compare methods as pointers.
    Known(&'static CStr),
    Other(CString),
}

impl Method {
    pub(super) fn of(name: &str) -> Method {
        match interned(name) {
            Some(name) => Method::Known(name),
            None => Method::Other(CString::new(name).unwrap_or_default()),
        }
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        match self {
            Method::Known(name) => name,
            Method::Other(name) => name,
        }
    }
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_c_str().fmt(f)
    }
}

/// The interned string of a method that libsoup has a name for.
pub(super) fn interned(name: &str) -> Option<&'static CStr> {
    static INTERNED: LazyLock<Vec<&CStr>> = LazyLock::new(|| {
        // SAFETY: the interned string lives for ever.
        let intern = |name: &&CStr| unsafe { CStr::from_ptr(ffi::g_intern_static_string(name.as_ptr())) };
        KNOWN_METHODS.iter().map(intern).collect()
    });
    INTERNED
        .iter()
        .copied()
        .find(|known| known.to_bytes() == name.as_bytes())
}

/// The methods that libsoup has names for.
const KNOWN_METHODS: &[&CStr] = &[
    c"GET",
    c"HEAD",
    c"POST",
    c"PUT",
    c"DELETE",
    c"OPTIONS",
    c"CONNECT",
    c"TRACE",
    c"PATCH",
    c"PROPFIND",
    c"PROPPATCH",
    c"MKCOL",
    c"COPY",
    c"MOVE",
    c"LOCK",
    c"UNLOCK",
];
