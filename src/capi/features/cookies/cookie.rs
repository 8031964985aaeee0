//! `soup_cookie_*`: one cookie.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GDateTime, GType, GUri, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{bytes, given};
use crate::capi::types::gint;
use crate::gobject::features::cookies::cookie::{cookie_type, now, text_of};
use crate::gobject::features::cookies::enums::{SameSitePolicy, SoupSameSitePolicy};
use crate::gobject::features::cookies::{SoupCookie, with_origin};
use crate::gobject::http::params;
use crate::proto::cookies::Cookie;

/// The GType of `SoupCookie`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_get_type() -> GType {
    cookie_type()
}

/// The GType of `SoupSameSitePolicy`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_same_site_policy_get_type() -> GType {
    SameSitePolicy::static_type().into_glib()
}

/// @name: the name
/// @value: the value
/// @domain: (nullable): the host, or, after a dot, the domain
/// @path: (nullable): the path
/// @max_age: for how many seconds it is kept; -1 for the length of the session, 0 for a cookie that has ended
///
/// Makes a cookie. Its other attributes are set with functions of their own.
///
/// Returns: (transfer full): the cookie
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_new(
    name: *const c_char,
    value: *const c_char,
    domain: *const c_char,
    path: *const c_char,
    max_age: gint,
) -> *mut SoupCookie {
    require! { soup_cookie_new => ptr::null_mut();
        "name != NULL": !name.is_null(),
        "value != NULL": !value.is_null(),
    }
    // SAFETY: checked; strings or NULL.
    let (name, value, domain, path) = unsafe { (bytes(name), bytes(value), given(domain), given(path)) };
    let mut cookie = Cookie {
        name: text_of(name),
        value: text_of(value),
        domain: domain.map(text_of),
        path: path.map(text_of),
        ..Cookie::default()
    };
    cookie.set_max_age(max_age.into(), now());
    SoupCookie::new(cookie).into_raw()
}

/// @header: the value of a Set-Cookie header
/// @origin: (nullable): where it came from
///
/// Reads a cookie. @origin gives the host and the path that the header does not say.
///
/// Returns: (transfer full) (nullable): the cookie, or %NULL if @header is none, or @origin may not set it
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_parse(header: *const c_char, origin: *mut GUri) -> *mut SoupCookie {
    require! { soup_cookie_parse => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; NULL or a live URI.
    let (header, origin) = unsafe { (bytes(header), Option::<glib::Uri>::from_glib_none(origin)) };
    let cookie = match origin {
        None => Cookie::parse(header, None, now()),
        Some(uri) => with_origin(&uri, |origin| Cookie::parse(header, Some(origin), now())).flatten(),
    };
    cookie.map_or(ptr::null_mut(), |cookie| SoupCookie::new(cookie).into_raw())
}

/// @cookie: a cookie
///
/// Copies a cookie.
///
/// Returns: (transfer full): the copy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_copy(cookie: *mut SoupCookie) -> *mut SoupCookie {
    require! { soup_cookie_copy => ptr::null_mut(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }.clone().into_raw()
}

/// @cookie: a cookie
///
/// Frees a cookie.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_free(cookie: *mut SoupCookie) {
    require! { soup_cookie_free; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above; the C contract: nobody uses it any more.
    drop(unsafe { Box::from_raw(cookie) });
}

/// @cookie: a cookie
///
/// Gets the name.
///
/// Returns: the name
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_name(cookie: *mut SoupCookie) -> *const c_char {
    require! { soup_cookie_get_name => ptr::null(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }.name().as_ptr()
}

/// @cookie: a cookie
/// @name: the name
///
/// Sets the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_name(cookie: *mut SoupCookie, name: *const c_char) {
    require! { soup_cookie_set_name; "cookie != NULL": !cookie.is_null(), "name != NULL": !name.is_null() }
    // SAFETY: checked above; the text may be the cookie's own, and is copied first.
    unsafe {
        let name = bytes(name).to_vec();
        (*cookie).set_name(&name);
    }
}

/// @cookie: a cookie
///
/// Gets the value.
///
/// Returns: the value
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_value(cookie: *mut SoupCookie) -> *const c_char {
    require! { soup_cookie_get_value => ptr::null(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }.value().as_ptr()
}

/// @cookie: a cookie
/// @value: the value
///
/// Sets the value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_value(cookie: *mut SoupCookie, value: *const c_char) {
    require! { soup_cookie_set_value; "cookie != NULL": !cookie.is_null(), "value != NULL": !value.is_null() }
    // SAFETY: checked above; the text may be the cookie's own, and is copied first.
    unsafe {
        let value = bytes(value).to_vec();
        (*cookie).set_value(&value);
    }
}

/// @cookie: a cookie
///
/// Gets the domain: one host's name, or, after a dot, the name of a domain whose hosts all get the cookie.
///
/// Returns: (nullable): the domain
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_domain(cookie: *mut SoupCookie) -> *const c_char {
    require! { soup_cookie_get_domain => ptr::null(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }
        .domain()
        .map_or(ptr::null(), |text| text.as_ptr())
}

/// @cookie: a cookie
/// @domain: (nullable): the domain
///
/// Sets the domain: see soup_cookie_get_domain().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_domain(cookie: *mut SoupCookie, domain: *const c_char) {
    require! { soup_cookie_set_domain; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above; the text may be the cookie's own, and is copied first.
    unsafe {
        let domain = given(domain).map(<[u8]>::to_vec);
        (*cookie).set_domain(domain.as_deref());
    }
}

/// @cookie: a cookie
///
/// Gets the path.
///
/// Returns: (nullable): the path
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_path(cookie: *mut SoupCookie) -> *const c_char {
    require! { soup_cookie_get_path => ptr::null(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }
        .path()
        .map_or(ptr::null(), |text| text.as_ptr())
}

/// @cookie: a cookie
/// @path: (nullable): the path
///
/// Sets the path: requests for it, and for what lies below it, get the cookie.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_path(cookie: *mut SoupCookie, path: *const c_char) {
    require! { soup_cookie_set_path; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above; the text may be the cookie's own, and is copied first.
    unsafe {
        let path = given(path).map(<[u8]>::to_vec);
        (*cookie).set_path(path.as_deref());
    }
}

/// @cookie: a cookie
/// @max_age: for how many seconds it is kept from now; -1 for the length of the session, 0 for a cookie that has ended
///
/// Sets when a cookie ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_max_age(cookie: *mut SoupCookie, max_age: gint) {
    require! { soup_cookie_set_max_age; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &mut *cookie }.set_max_age(max_age.into(), now());
}

/// @cookie: a cookie
///
/// Gets when a cookie ends.
///
/// Returns: (nullable) (transfer none): the time, %NULL for the end of the session
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_expires(cookie: *mut SoupCookie) -> *mut GDateTime {
    require! { soup_cookie_get_expires => ptr::null_mut(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above; the cookie holds the time.
    unsafe { (*cookie).expires().to_glib_none().0 }
}

/// @cookie: a cookie
/// @expires: (nullable): the time, %NULL for the end of the session
///
/// Sets when a cookie ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_expires(cookie: *mut SoupCookie, expires: *mut GDateTime) {
    require! { soup_cookie_set_expires; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above; NULL or a live time, of which we take a reference.
    unsafe { (*cookie).set_expires(from_glib_none(expires)) };
}

/// @cookie: a cookie
///
/// Returns whether a cookie is sent over TLS only.
///
/// Returns: whether it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_secure(cookie: *mut SoupCookie) -> gboolean {
    require! { soup_cookie_get_secure => 0; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }.cookie().secure.into_glib()
}

/// @cookie: a cookie
/// @secure: whether it is sent over TLS only
///
/// Says whether a cookie is sent over TLS only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_secure(cookie: *mut SoupCookie, secure: gboolean) {
    require! { soup_cookie_set_secure; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &mut *cookie }.change(|cookie| cookie.secure = secure != 0);
}

/// @cookie: a cookie
///
/// Returns whether a cookie is hidden from scripts.
///
/// Returns: whether it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_http_only(cookie: *mut SoupCookie) -> gboolean {
    require! { soup_cookie_get_http_only => 0; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &*cookie }.cookie().http_only.into_glib()
}

/// @cookie: a cookie
/// @http_only: whether it is hidden from scripts
///
/// Says whether a cookie is hidden from scripts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_http_only(cookie: *mut SoupCookie, http_only: gboolean) {
    require! { soup_cookie_set_http_only; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    unsafe { &mut *cookie }.change(|cookie| cookie.http_only = http_only != 0);
}

/// @cookie: a cookie
///
/// Gets whether a cookie goes with requests that another site causes.
///
/// Returns: the policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_get_same_site_policy(cookie: *mut SoupCookie) -> SoupSameSitePolicy {
    require! { soup_cookie_get_same_site_policy => 0; "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    SameSitePolicy::from(unsafe { &*cookie }.cookie().same_site).into()
}

/// @cookie: a cookie
/// @policy: the policy
///
/// Says whether a cookie goes with requests that another site causes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_set_same_site_policy(
    cookie: *mut SoupCookie,
    policy: SoupSameSitePolicy,
) {
    require! { soup_cookie_set_same_site_policy;
        "cookie != NULL": !cookie.is_null(),
        "policy is a SoupSameSitePolicy": SameSitePolicy::try_from(policy).is_ok(),
    }
    let policy = SameSitePolicy::try_from(policy).unwrap_or(SameSitePolicy::Strict);
    // SAFETY: checked above.
    unsafe { &mut *cookie }.change(|cookie| cookie.same_site = policy.into());
}

/// @cookie: a cookie
///
/// Writes a cookie for a Set-Cookie header.
///
/// Returns: (transfer full): the header's value
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_to_set_cookie_header(cookie: *mut SoupCookie) -> *mut c_char {
    require! { soup_cookie_to_set_cookie_header => ptr::null_mut(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    params::string(unsafe { &*cookie }.cookie().to_set_cookie_header().as_bytes())
}

/// @cookie: a cookie
///
/// Writes a cookie for a Cookie header.
///
/// Returns: (transfer full): what the header says of it
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_to_cookie_header(cookie: *mut SoupCookie) -> *mut c_char {
    require! { soup_cookie_to_cookie_header => ptr::null_mut(); "cookie != NULL": !cookie.is_null() }
    // SAFETY: checked above.
    params::string(unsafe { &*cookie }.cookie().to_cookie_header().as_bytes())
}

/// @cookie: a cookie
/// @uri: a URI
///
/// Returns whether a request for @uri gets @cookie, as far as domain, path and TLS decide.
///
/// Returns: whether it does
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_applies_to_uri(cookie: *mut SoupCookie, uri: *mut GUri) -> gboolean {
    require! { soup_cookie_applies_to_uri => 0;
        "cookie != NULL": !cookie.is_null(),
        "uri != NULL": !uri.is_null(),
    }
    // SAFETY: checked above.
    let (cookie, uri) = unsafe { (&*cookie, Option::<glib::Uri>::from_glib_none(uri)) };
    let applies = uri.and_then(|uri| with_origin(&uri, |origin| cookie.cookie().applies_to(origin)));
    applies.unwrap_or_default().into_glib()
}

/// @cookie: a cookie
/// @host: a host's name
///
/// Returns whether @host is in the domain of @cookie.
///
/// Returns: whether it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_domain_matches(
    cookie: *mut SoupCookie,
    host: *const c_char,
) -> gboolean {
    require! { soup_cookie_domain_matches => 0;
        "cookie != NULL": !cookie.is_null(),
        "host != NULL": !host.is_null(),
    }
    // SAFETY: checked above.
    let (cookie, host) = unsafe { (&*cookie, bytes(host)) };
    cookie.cookie().domain_matches(&text_of(host)).into_glib()
}

/// @cookie1: a cookie
/// @cookie2: another one
///
/// Compares names, values and paths.
///
/// Returns: whether they are the same
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_equal(cookie1: *mut SoupCookie, cookie2: *mut SoupCookie) -> gboolean {
    require! { soup_cookie_equal => 0;
        "cookie1 != NULL": !cookie1.is_null(),
        "cookie2 != NULL": !cookie2.is_null(),
    }
    // SAFETY: checked above.
    let (one, other) = unsafe { ((*cookie1).cookie(), (*cookie2).cookie()) };
    (one.name == other.name && one.value == other.value && one.path == other.path).into_glib()
}
