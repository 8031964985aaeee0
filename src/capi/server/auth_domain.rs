//! `soup_auth_domain_*`: what asks for passwords. The two `_new()` are variadic, and stand in variadic.c.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GDestroyNotify, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, bytes, hold, is, text};
use crate::capi::types::gpointer;
use crate::gobject::auth_domain::{
    AuthDomainBasic, AuthDomainDigest, SoupAuthDomain, SoupAuthDomainBasicAuthCallback,
    SoupAuthDomainDigestAuthCallback, SoupAuthDomainFilter, SoupAuthDomainGenericAuthCallback,
};
use crate::gobject::http::params;
use crate::gobject::server_message::SoupServerMessage;
use crate::gobject::{AuthDomain, ServerMessage};

/// The GType of `SoupAuthDomain`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_domain_get_type() -> GType {
    AuthDomain::static_type().into_glib()
}

/// The GType of `SoupAuthDomainBasic`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_domain_basic_get_type() -> GType {
    AuthDomainBasic::static_type().into_glib()
}

/// The GType of `SoupAuthDomainDigest`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_auth_domain_digest_get_type() -> GType {
    AuthDomainDigest::static_type().into_glib()
}

/// @domain: the domain
/// @path: a path
///
/// Protects @path and the paths that begin with it, but for those that a longer path of soup_auth_domain_remove_path() leaves
/// open. A domain of a proxy covers all requests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_add_path(domain: *mut SoupAuthDomain, path: *const c_char) {
    require! { soup_auth_domain_add_path;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "path != NULL": !path.is_null(),
    }
    // SAFETY: checked above.
    let (this, path) = unsafe { (hold::<AuthDomain>(domain), text(path)) };
    this.add_path(path.unwrap_or_default());
}

/// @domain: the domain
/// @path: a path
///
/// Leaves @path and the paths that begin with it open, but for those that a longer path of soup_auth_domain_add_path()
/// protects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_remove_path(domain: *mut SoupAuthDomain, path: *const c_char) {
    require! { soup_auth_domain_remove_path;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "path != NULL": !path.is_null(),
    }
    // SAFETY: checked above.
    let (this, path) = unsafe { (hold::<AuthDomain>(domain), text(path)) };
    // A path that is no text was never added: nothing is opened.
    if let Some(path) = path {
        this.remove_path(path);
    }
}

/// @domain: the domain
/// @filter: (scope notified) (closure filter_data) (destroy dnotify): decides about requests
/// @filter_data: data for @filter
/// @dnotify: frees @filter_data
///
/// Has @filter decide which of the requests for protected paths need a password: those for which it returns %TRUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_set_filter(
    domain: *mut SoupAuthDomain,
    filter: SoupAuthDomainFilter,
    filter_data: gpointer,
    dnotify: GDestroyNotify,
) {
    require! { soup_auth_domain_set_filter;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
    }
    // SAFETY: checked above.
    unsafe { hold::<AuthDomain>(domain) }.set_filter(filter, filter_data, dnotify);
}

/// @domain: the domain
///
/// Gets the realm, which clients show to their users.
///
/// Returns: the realm
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_get_realm(domain: *mut SoupAuthDomain) -> *const c_char {
    require! { soup_auth_domain_get_realm => ptr::null();
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
    }
    // SAFETY: checked above.
    unsafe { borrow::<AuthDomain>(domain) }.realm_c()
}

/// @domain: the domain
/// @auth_callback: (scope notified) (closure auth_data) (destroy dnotify): decides about users
/// @auth_data: data for @auth_callback
/// @dnotify: frees @auth_data
///
/// Has @auth_callback decide about users, whatever the scheme, where the scheme's own callback is not set. It calls
/// soup_auth_domain_check_password() with the passwords that it knows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_set_generic_auth_callback(
    domain: *mut SoupAuthDomain,
    auth_callback: SoupAuthDomainGenericAuthCallback,
    auth_data: gpointer,
    dnotify: GDestroyNotify,
) {
    require! { soup_auth_domain_set_generic_auth_callback;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
    }
    // SAFETY: checked above.
    unsafe { hold::<AuthDomain>(domain) }.set_generic_auth_callback(auth_callback, auth_data, dnotify);
}

/// @domain: the domain
/// @msg: a request
/// @username: a user
/// @password: the user's password
///
/// Returns whether @msg was sent by @username, who knows @password. It is called by the callback of
/// soup_auth_domain_set_generic_auth_callback().
///
/// Returns: whether the password is right
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_check_password(
    domain: *mut SoupAuthDomain,
    msg: *mut SoupServerMessage,
    username: *const c_char,
    password: *const c_char,
) -> gboolean {
    require! { soup_auth_domain_check_password => 0;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
        "username != NULL": !username.is_null(),
        "password != NULL": !password.is_null(),
    }
    // SAFETY: checked above; strings.
    let (user, password) = unsafe { (CStr::from_ptr(username), CStr::from_ptr(password)) };
    // SAFETY: checked above.
    let (this, message) = unsafe { (hold::<AuthDomain>(domain), hold::<ServerMessage>(msg)) };
    this.check_password(&message, user, password).into_glib()
}

/// @domain: the domain
/// @msg: a request
///
/// Returns whether @msg needs a password of @domain: its path is protected, and the filter has nothing against it.
///
/// Returns: whether it does
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_covers(
    domain: *mut SoupAuthDomain,
    msg: *mut SoupServerMessage,
) -> gboolean {
    require! { soup_auth_domain_covers => 0;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    let (this, message) = unsafe { (hold::<AuthDomain>(domain), hold::<ServerMessage>(msg)) };
    this.covers(&message).into_glib()
}

/// @domain: the domain
/// @msg: a request
///
/// Looks whether @msg comes with credentials that are good. A handler learns the user's name with this.
///
/// Returns: (transfer full) (nullable): the user, or %NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_accepts(
    domain: *mut SoupAuthDomain,
    msg: *mut SoupServerMessage,
) -> *mut c_char {
    require! { soup_auth_domain_accepts => ptr::null_mut();
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    let (this, message) = unsafe { (hold::<AuthDomain>(domain), hold::<ServerMessage>(msg)) };
    this.accepts(&message)
        .map_or(ptr::null_mut(), |user| params::string(user.as_bytes()))
}

/// @domain: the domain
/// @msg: a request
///
/// Answers @msg with 401 and a WWW-Authenticate header, or, for a domain of a proxy, with 407 and Proxy-Authenticate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_challenge(
    domain: *mut SoupAuthDomain,
    msg: *mut SoupServerMessage,
) {
    require! { soup_auth_domain_challenge;
        "SOUP_IS_AUTH_DOMAIN (domain)": is::<AuthDomain>(domain),
        "SOUP_IS_SERVER_MESSAGE (msg)": is::<ServerMessage>(msg),
    }
    // SAFETY: checked above.
    let (this, message) = unsafe { (hold::<AuthDomain>(domain), hold::<ServerMessage>(msg)) };
    this.challenge(&message);
}

/// @domain: (type SoupAuthDomainBasic): the domain
/// @callback: (scope notified) (closure user_data) (destroy dnotify): decides about users and passwords
/// @user_data: data for @callback
/// @dnotify: frees @user_data
///
/// Has @callback decide who is let in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_basic_set_auth_callback(
    domain: *mut SoupAuthDomain,
    callback: SoupAuthDomainBasicAuthCallback,
    user_data: gpointer,
    dnotify: GDestroyNotify,
) {
    require! { soup_auth_domain_basic_set_auth_callback;
        "SOUP_IS_AUTH_DOMAIN_BASIC (domain)": is::<AuthDomainBasic>(domain),
    }
    // SAFETY: checked above.
    unsafe { hold::<AuthDomainBasic>(domain) }.set_auth_callback(callback, user_data, dnotify);
}

/// @domain: (type SoupAuthDomainDigest): the domain
/// @callback: (scope notified) (closure user_data) (destroy dnotify): gives the passwords of users
/// @user_data: data for @callback
/// @dnotify: frees @user_data
///
/// Has @callback give the password of a user, as soup_auth_domain_digest_encode_password() encodes it, or %NULL for a user that
/// it does not know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_digest_set_auth_callback(
    domain: *mut SoupAuthDomain,
    callback: SoupAuthDomainDigestAuthCallback,
    user_data: gpointer,
    dnotify: GDestroyNotify,
) {
    require! { soup_auth_domain_digest_set_auth_callback;
        "SOUP_IS_AUTH_DOMAIN_DIGEST (domain)": is::<AuthDomainDigest>(domain),
    }
    // SAFETY: checked above.
    unsafe { hold::<AuthDomainDigest>(domain) }.set_auth_callback(callback, user_data, dnotify);
}

/// @username: a user
/// @realm: the realm of the domain
/// @password: the user's password
///
/// Encodes a password for a #SoupAuthDomainDigest: who keeps passwords so can let users in, and need not know them.
///
/// Returns: (transfer full): the encoded password
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_auth_domain_digest_encode_password(
    username: *const c_char,
    realm: *const c_char,
    password: *const c_char,
) -> *mut c_char {
    require! { soup_auth_domain_digest_encode_password => ptr::null_mut();
        "username != NULL": !username.is_null(),
        "realm != NULL": !realm.is_null(),
        "password != NULL": !password.is_null(),
    }
    // SAFETY: the C contract: strings.
    let (user, realm, password) = unsafe { (bytes(username), bytes(realm), bytes(password)) };
    params::string(AuthDomainDigest::encode_password(user, realm, password).as_bytes())
}
