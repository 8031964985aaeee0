//! What a scheme of ours is, and the slots of `SoupAuthClass` that ask it.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GHashTable, GSList, gboolean, gpointer};
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::class::{Auth, SoupAuth, SoupAuthClass};
use crate::gobject::Message;
use crate::gobject::http::params;
use crate::gobject::message::SoupMessage;
use crate::proto::auth::challenge::Challenge;
use crate::proto::auth::space;
use crate::proto::http1::params::Param;

/// The Rust half of a scheme. Any thread may call; nothing here calls foreign code.
pub trait Scheme: ObjectSubclass<Type: IsA<Auth>> {
    /// Its name in headers.
    const SCHEME: &'static CStr;
    /// Of several challenges, the one whose class has the highest is answered.
    const STRENGTH: u32;

    /// Takes a challenge of this scheme; whether it can be answered.
    fn update(&self, message: &Message, challenge: &Challenge<'_>) -> bool;

    /// Takes a user and a password.
    fn authenticate(&self, user: &str, password: &str);

    /// Whether there are credentials that are not known to be wrong.
    fn is_authenticated(&self) -> bool;

    /// Whether `message` can be sent with what is known now.
    fn is_ready(&self, _message: &Message) -> bool {
        self.is_authenticated()
    }

    /// Whether a user and a password would help.
    fn can_authenticate(&self) -> bool {
        true
    }

    /// The value of Authorization.
    fn authorization(&self, message: &Message) -> Option<String>;

    /// The paths that the credentials are for: where nothing else is said, the directory of the first request.
    fn protection_space(&self, uri: &glib::Uri) -> Vec<String> {
        let path = uri.path();
        let space = match &*path {
            path if path.ends_with('/') => path,
            path => space::directory(path),
        };
        vec![if space.is_empty() { "/" } else { space }.to_owned()]
    }
}

/// Makes a class one of this scheme.
pub fn install<T: Scheme>(class: &mut SoupAuthClass) {
    class.scheme_name = T::SCHEME.as_ptr();
    class.strength = T::STRENGTH;
    class.update = Some(update::<T>);
    class.get_protection_space = Some(get_protection_space::<T>);
    class.authenticate = Some(authenticate::<T>);
    class.is_authenticated = Some(is_authenticated::<T>);
    class.get_authorization = Some(get_authorization::<T>);
    class.is_ready = Some(is_ready::<T>);
    class.can_authenticate = Some(can_authenticate::<T>);
}

/// The Rust half of an auth whose class has our slots.
unsafe fn scheme<'a, T: Scheme>(auth: *mut SoupAuth) -> &'a T {
    // SAFETY: the slots were installed for `T`, and the caller holds the object.
    unsafe { (*auth.cast::<T::Instance>()).imp() }
}

unsafe extern "C" fn update<T: Scheme>(
    auth: *mut SoupAuth,
    message: *mut SoupMessage,
    table: *mut GHashTable,
) -> gboolean {
    // SAFETY: the slot's contract: live objects of these classes, and a table of strings.
    let (scheme, message, params) = unsafe {
        let message: Message = from_glib_none(message);
        (scheme::<T>(auth), message, params_of(table))
    };
    // A name alone is one word, as NTLM has it.
    let token68 = match &params[..] {
        [only] if only.value.is_none() => std::str::from_utf8(only.name).ok(),
        _ => None,
    };
    let challenge = Challenge {
        scheme: T::SCHEME.to_str().unwrap_or_default(),
        token68,
        params,
    };
    scheme.update(&message, &challenge).into_glib()
}

/// The strings of a table; they belong to it.
unsafe fn params_of<'a>(table: *mut GHashTable) -> Vec<Param<'a>> {
    let mut params = Vec::new();
    // SAFETY: the iterator lives here, and nothing changes the table meanwhile; the caller vouches for the strings.
    unsafe {
        let mut iter = std::mem::zeroed();
        glib::ffi::g_hash_table_iter_init(&mut iter, table);
        let (mut key, mut value): (gpointer, gpointer) = (ptr::null_mut(), ptr::null_mut());
        while glib::ffi::g_hash_table_iter_next(&mut iter, &mut key, &mut value) != 0 {
            let value = (!value.is_null()).then(|| CStr::from_ptr(value.cast::<c_char>()).to_bytes());
            params.push(Param {
                name: CStr::from_ptr(key.cast::<c_char>()).to_bytes(),
                value: value.map(Cow::Borrowed),
            });
        }
    }
    params
}

unsafe extern "C" fn get_protection_space<T: Scheme>(
    auth: *mut SoupAuth,
    uri: *mut glib::ffi::GUri,
) -> *mut GSList {
    // SAFETY: the slot's contract: live objects of these classes.
    let (scheme, uri): (&T, glib::Uri) = unsafe { (scheme::<T>(auth), from_glib_none(uri)) };
    let mut list = ptr::null_mut();
    for path in scheme.protection_space(&uri).iter().rev() {
        // SAFETY: the list is ours, and takes the new string.
        list = unsafe { glib::ffi::g_slist_prepend(list, params::string(path.as_bytes()).cast()) };
    }
    list
}

unsafe extern "C" fn authenticate<T: Scheme>(
    auth: *mut SoupAuth,
    user: *const c_char,
    password: *const c_char,
) {
    // SAFETY: the slot's contract: a live object of this class, and strings.
    let (scheme, user, password) = unsafe {
        (
            scheme::<T>(auth),
            CStr::from_ptr(user).to_string_lossy(),
            CStr::from_ptr(password).to_string_lossy(),
        )
    };
    scheme.authenticate(&user, &password);
}

unsafe extern "C" fn is_authenticated<T: Scheme>(auth: *mut SoupAuth) -> gboolean {
    // SAFETY: the slot's contract: a live object of this class.
    unsafe { scheme::<T>(auth) }.is_authenticated().into_glib()
}

unsafe extern "C" fn get_authorization<T: Scheme>(
    auth: *mut SoupAuth,
    message: *mut SoupMessage,
) -> *mut c_char {
    // SAFETY: the slot's contract: live objects of these classes.
    let (scheme, message): (&T, Message) = unsafe { (scheme::<T>(auth), from_glib_none(message)) };
    let value = scheme.authorization(&message);
    value.map_or(ptr::null_mut(), |value| params::string(value.as_bytes()))
}

unsafe extern "C" fn is_ready<T: Scheme>(auth: *mut SoupAuth, message: *mut SoupMessage) -> gboolean {
    // SAFETY: the slot's contract: live objects of these classes.
    let (scheme, message): (&T, Message) = unsafe { (scheme::<T>(auth), from_glib_none(message)) };
    scheme.is_ready(&message).into_glib()
}

unsafe extern "C" fn can_authenticate<T: Scheme>(auth: *mut SoupAuth) -> gboolean {
    // SAFETY: the slot's contract: a live object of this class.
    unsafe { scheme::<T>(auth) }.can_authenticate().into_glib()
}
