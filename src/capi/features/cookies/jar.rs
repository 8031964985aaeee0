//! `soup_cookie_jar_*`: what keeps cookies.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GSList, GType, GUri, gboolean};
use glib::prelude::*;
use glib::translate::*;

use super::headers::list_of;
use crate::capi::guard::{bytes, hold, is};
use crate::gobject::features::cookies::enums::{AcceptPolicy, SoupCookieJarAcceptPolicy};
use crate::gobject::features::cookies::jar::Lookup;
use crate::gobject::features::cookies::{CookieJar, SoupCookie, SoupCookieJar};
use crate::gobject::http::params;
use crate::proto::cookies::{Cookie, to_cookie_header};

/// The GType of `SoupCookieJar`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_get_type() -> GType {
    CookieJar::static_type().into_glib()
}

/// The GType of `SoupCookieJarAcceptPolicy`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_accept_policy_get_type() -> GType {
    AcceptPolicy::static_type().into_glib()
}

/// Makes a jar that keeps cookies in memory. It is a session feature: a session that has it keeps the cookies of responses, and sends
/// them.
///
/// Returns: (transfer full): the jar
#[unsafe(no_mangle)]
pub extern "C" fn soup_cookie_jar_new() -> *mut SoupCookieJar {
    CookieJar::new().into_glib_ptr()
}

/// @jar: the jar
/// @uri: a URI
/// @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
///
/// Gets the Cookie header of a request for @uri.
///
/// Returns: (transfer full) (nullable): the header's value, or %NULL if there are no cookies for @uri
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_get_cookies(
    jar: *mut SoupCookieJar,
    uri: *mut GUri,
    for_http: gboolean,
) -> *mut c_char {
    require! { soup_cookie_jar_get_cookies => ptr::null_mut();
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "uri != NULL": !uri.is_null(),
    }
    // SAFETY: checked above.
    let cookies = unsafe { plain_lookup(jar, uri, for_http) };
    match cookies.is_empty() {
        true => ptr::null_mut(),
        false => params::string(to_cookie_header(&cookies).as_bytes()),
    }
}

/// @jar: the jar
/// @uri: a URI
/// @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
///
/// Gets the cookies of a request for @uri, in the order in which they are sent.
///
/// Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_get_cookie_list(
    jar: *mut SoupCookieJar,
    uri: *mut GUri,
    for_http: gboolean,
) -> *mut GSList {
    require! { soup_cookie_jar_get_cookie_list => ptr::null_mut();
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "uri != NULL": !uri.is_null(),
    }
    // SAFETY: checked above.
    list_of(unsafe { plain_lookup(jar, uri, for_http) })
}

/// @jar: the jar
/// @uri: a URI
/// @top_level: (nullable): the page that the user sees
/// @site_for_cookies: (nullable): the site that decides whether the request is a same-site one
/// @for_http: %TRUE for a request, %FALSE for a script, which does not see every cookie
/// @is_safe_method: whether the request's method is safe
/// @is_top_level_navigation: whether the request replaces what the user sees
///
/// Gets the cookies of a request for @uri, in the order in which they are sent, without those whose #SoupSameSitePolicy is against it.
///
/// Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_get_cookie_list_with_same_site_info(
    jar: *mut SoupCookieJar,
    uri: *mut GUri,
    top_level: *mut GUri,
    site_for_cookies: *mut GUri,
    for_http: gboolean,
    is_safe_method: gboolean,
    is_top_level_navigation: gboolean,
) -> *mut GSList {
    require! { soup_cookie_jar_get_cookie_list_with_same_site_info => ptr::null_mut();
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "uri != NULL": !uri.is_null(),
    }
    // SAFETY: NULL or live URIs.
    let (top_level, site) = unsafe { (optional(top_level), optional(site_for_cookies)) };
    // SAFETY: checked above.
    let (this, uri) = unsafe { (hold::<CookieJar>(jar), glib::Uri::from_glib_none(uri)) };
    let lookup = Lookup {
        top_level: top_level.as_ref(),
        site_for_cookies: site.as_ref(),
        for_http: for_http != 0,
        safe_method: is_safe_method != 0,
        top_level_navigation: is_top_level_navigation != 0,
    };
    list_of(this.cookies_for(&uri, lookup))
}

/// @jar: the jar
/// @uri: where the cookie comes from
/// @cookie: the value of a Set-Cookie header
///
/// Takes the cookie of a response. Which page the request was made for is not known: a jar whose policy is
/// %SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY or %SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY needs
/// soup_cookie_jar_set_cookie_with_first_party().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_set_cookie(
    jar: *mut SoupCookieJar,
    uri: *mut GUri,
    cookie: *const c_char,
) {
    require! { soup_cookie_jar_set_cookie;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "uri != NULL": !uri.is_null(),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above.
    let (this, uri) = unsafe { (hold::<CookieJar>(jar), glib::Uri::from_glib_none(uri)) };
    let policy = this.accept_policy();
    require! { soup_cookie_jar_set_cookie;
        "the policy needs no first party": matches!(policy, AcceptPolicy::Always | AcceptPolicy::Never),
    }
    // SAFETY: checked above.
    this.set(&uri, None, unsafe { bytes(cookie) });
}

/// @jar: the jar
/// @uri: where the cookie comes from
/// @first_party: the page that the request was made for
/// @cookie: the value of a Set-Cookie header
///
/// Takes the cookie of a response, if the accept policy allows it for that page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_set_cookie_with_first_party(
    jar: *mut SoupCookieJar,
    uri: *mut GUri,
    first_party: *mut GUri,
    cookie: *const c_char,
) {
    require! { soup_cookie_jar_set_cookie_with_first_party;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "uri != NULL": !uri.is_null(),
        "first_party != NULL": !first_party.is_null(),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above.
    let (this, uri) = unsafe { (hold::<CookieJar>(jar), glib::Uri::from_glib_none(uri)) };
    // SAFETY: checked above.
    let (first_party, cookie) = unsafe { (glib::Uri::from_glib_none(first_party), bytes(cookie)) };
    this.set(&uri, Some(&first_party), cookie);
}

/// @jar: the jar
/// @cookie: (transfer full): the cookie
///
/// Adds a cookie, whatever the accept policy. #SoupCookieJar::changed tells what became of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_add_cookie(jar: *mut SoupCookieJar, cookie: *mut SoupCookie) {
    require! { soup_cookie_jar_add_cookie;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above; the cookie is ours now.
    let (this, cookie) = unsafe { (hold::<CookieJar>(jar), taken(cookie)) };
    this.add(cookie, None, None);
}

/// @jar: the jar
/// @first_party: the page that the request was made for
/// @cookie: (transfer full): the cookie
///
/// Adds a cookie, if the accept policy allows it for that page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_add_cookie_with_first_party(
    jar: *mut SoupCookieJar,
    first_party: *mut GUri,
    cookie: *mut SoupCookie,
) {
    require! { soup_cookie_jar_add_cookie_with_first_party;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "first_party != NULL": !first_party.is_null(),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above; the cookie is ours now.
    let (this, cookie) = unsafe { (hold::<CookieJar>(jar), taken(cookie)) };
    // SAFETY: checked above.
    this.add(
        cookie,
        None,
        Some(&unsafe { glib::Uri::from_glib_none(first_party) }),
    );
}

/// @jar: the jar
/// @cookie: (transfer full): the cookie
/// @uri: (nullable): where the cookie comes from
/// @first_party: (nullable): the page that the request was made for
///
/// Adds a cookie, if the accept policy allows it for that page, and if it does not come without TLS and is, or would take the place of,
/// one that wants TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_add_cookie_full(
    jar: *mut SoupCookieJar,
    cookie: *mut SoupCookie,
    uri: *mut GUri,
    first_party: *mut GUri,
) {
    require! { soup_cookie_jar_add_cookie_full;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above; the cookie is ours now.
    let (this, cookie) = unsafe { (hold::<CookieJar>(jar), taken(cookie)) };
    // SAFETY: NULL or live URIs.
    let (uri, first_party) = unsafe { (optional(uri), optional(first_party)) };
    this.add(cookie, uri.as_ref(), first_party.as_ref());
}

/// @jar: the jar
/// @cookie: a cookie that soup_cookie_jar_all_cookies() or soup_cookie_jar_get_cookie_list() gave
///
/// Removes a cookie.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_delete_cookie(jar: *mut SoupCookieJar, cookie: *mut SoupCookie) {
    require! { soup_cookie_jar_delete_cookie;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "cookie != NULL": !cookie.is_null(),
    }
    // SAFETY: checked above. A copy: a handler may free the caller's.
    let (this, cookie) = unsafe { (hold::<CookieJar>(jar), (*cookie).cookie().clone()) };
    this.remove(&cookie);
}

/// @jar: the jar
///
/// Gets all cookies.
///
/// Returns: (transfer full) (element-type SoupCookie): copies of the cookies; free them with soup_cookies_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_all_cookies(jar: *mut SoupCookieJar) -> *mut GSList {
    require! { soup_cookie_jar_all_cookies => ptr::null_mut(); "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar) }
    // SAFETY: checked above.
    list_of(unsafe { hold::<CookieJar>(jar) }.all())
}

/// @jar: the jar
/// @policy: the policy
///
/// Says whose cookies the jar takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_set_accept_policy(
    jar: *mut SoupCookieJar,
    policy: SoupCookieJarAcceptPolicy,
) {
    require! { soup_cookie_jar_set_accept_policy;
        "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar),
        "policy is a SoupCookieJarAcceptPolicy": AcceptPolicy::try_from(policy).is_ok(),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<CookieJar>(jar) };
    this.set_accept_policy(AcceptPolicy::try_from(policy).unwrap_or(AcceptPolicy::Never));
}

/// @jar: the jar
///
/// Gets whose cookies the jar takes.
///
/// Returns: the policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_get_accept_policy(
    jar: *mut SoupCookieJar,
) -> SoupCookieJarAcceptPolicy {
    require! { soup_cookie_jar_get_accept_policy => 0; "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar) }
    // SAFETY: checked above.
    unsafe { hold::<CookieJar>(jar) }.accept_policy().into()
}

/// @jar: the jar
///
/// Returns whether the jar's cookies outlive the program.
///
/// Returns: whether they do
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookie_jar_is_persistent(jar: *mut SoupCookieJar) -> gboolean {
    require! { soup_cookie_jar_is_persistent => 0; "SOUP_IS_COOKIE_JAR (jar)": is::<CookieJar>(jar) }
    // SAFETY: checked above.
    unsafe { hold::<CookieJar>(jar) }.is_persistent().into_glib()
}

/// The cookies for `uri` when nobody says who asks.
unsafe fn plain_lookup(jar: *mut SoupCookieJar, uri: *mut GUri, for_http: gboolean) -> Vec<Cookie> {
    // SAFETY: the caller has checked both.
    let (this, uri) = unsafe { (hold::<CookieJar>(jar), glib::Uri::from_glib_none(uri)) };
    let lookup = Lookup {
        top_level: None,
        site_for_cookies: None,
        for_http: for_http != 0,
        safe_method: false,
        top_level_navigation: false,
    };
    this.cookies_for(&uri, lookup)
}

unsafe fn optional(uri: *mut GUri) -> Option<glib::Uri> {
    // SAFETY: the C contract: NULL or a live URI.
    unsafe { from_glib_none(uri) }
}

/// A cookie that C has handed over.
unsafe fn taken(cookie: *mut SoupCookie) -> Cookie {
    // SAFETY: the C contract: a cookie of this library's that is ours from now on.
    unsafe { Box::from_raw(cookie) }.into_cookie()
}
