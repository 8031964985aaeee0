//! The methods of HTTP: data symbols that the macros `SOUP_METHOD_*` fill with interned strings.
//!
//! Law: a program may hold copies of these variables (copy relocation) and writes to them; so does nobody here.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::AtomicPtr;

macro_rules! methods {
    ($($name:ident)+) => {
        $(
            /// NULL, or the interned name of the method: C reads and writes it atomically.
            #[unsafe(no_mangle)]
            pub static $name: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
        )+
    };
}

methods! {
    _SOUP_METHOD_OPTIONS _SOUP_METHOD_GET _SOUP_METHOD_HEAD _SOUP_METHOD_POST _SOUP_METHOD_PUT _SOUP_METHOD_DELETE
    _SOUP_METHOD_TRACE _SOUP_METHOD_CONNECT _SOUP_METHOD_PATCH
    _SOUP_METHOD_PROPFIND _SOUP_METHOD_PROPPATCH _SOUP_METHOD_MKCOL _SOUP_METHOD_COPY _SOUP_METHOD_MOVE
    _SOUP_METHOD_LOCK _SOUP_METHOD_UNLOCK
}
