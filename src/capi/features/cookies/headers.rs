//! `soup_cookies_*`: lists of cookies, and the headers of messages.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GSList, g_slist_free, g_slist_prepend};

use crate::capi::guard::{hold, is};
use crate::gobject::Message;
use crate::gobject::features::cookies::{SoupCookie, from_request, from_response, to_request, to_response};
use crate::gobject::http::params;
use crate::gobject::message::SoupMessage;
use crate::proto::cookies::{Cookie, to_cookie_header};

/// @msg: a message whose response has headers
///
/// Reads the cookies that the response sets.
///
/// Returns: (element-type SoupCookie) (transfer full): the cookies; free them with soup_cookies_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_from_response(msg: *mut SoupMessage) -> *mut GSList {
    require! { soup_cookies_from_response => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    list_of(from_response(&unsafe { hold::<Message>(msg) }))
}

/// @msg: a message
///
/// Reads the cookies of the request. A Cookie header gives names and values only: the other attributes are empty.
///
/// Returns: (element-type SoupCookie) (transfer full): the cookies; free them with soup_cookies_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_from_request(msg: *mut SoupMessage) -> *mut GSList {
    require! { soup_cookies_from_request => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    list_of(from_request(&unsafe { hold::<Message>(msg) }))
}

/// @cookies: (element-type SoupCookie): cookies
/// @msg: a message
///
/// Adds a Set-Cookie header to the response for each of the cookies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_to_response(cookies: *mut GSList, msg: *mut SoupMessage) {
    require! { soup_cookies_to_response; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above; the C contract: a list of cookies.
    to_response(unsafe { cookies_of(cookies) }, &unsafe { hold::<Message>(msg) });
}

/// @cookies: (element-type SoupCookie): cookies
/// @msg: a message
///
/// Adds cookies to the Cookie header of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_to_request(cookies: *mut GSList, msg: *mut SoupMessage) {
    require! { soup_cookies_to_request; "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above; the C contract: a list of cookies.
    to_request(unsafe { cookies_of(cookies) }, &unsafe { hold::<Message>(msg) });
}

/// soup_cookies_free: (skip)
/// @cookies: (element-type SoupCookie) (transfer full): cookies
///
/// Frees a list and its cookies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_free(cookies: *mut GSList) {
    // SAFETY: the C contract: a list of cookies that nobody uses any more.
    unsafe {
        let mut link = cookies;
        while let Some(one) = link.as_ref() {
            if !one.data.is_null() {
                drop(Box::from_raw(one.data.cast::<SoupCookie>()));
            }
            link = one.next;
        }
        g_slist_free(cookies);
    }
}

/// @cookies: (element-type SoupCookie): cookies
///
/// Writes a Cookie header.
///
/// Returns: (transfer full): the header's value
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_cookies_to_cookie_header(cookies: *mut GSList) -> *mut c_char {
    require! { soup_cookies_to_cookie_header => ptr::null_mut(); "cookies != NULL": !cookies.is_null() }
    // SAFETY: the C contract: a list of cookies.
    params::string(to_cookie_header(unsafe { cookies_of(cookies) }).as_bytes())
}

/// A list for C of these cookies.
pub(super) fn list_of(cookies: Vec<Cookie>) -> *mut GSList {
    cookies.into_iter().rev().fold(ptr::null_mut(), |list, cookie| {
        // SAFETY: a valid list, or NULL; the cookie becomes the list's.
        unsafe { g_slist_prepend(list, SoupCookie::new(cookie).into_raw().cast()) }
    })
}

/// The cookies of a list, borrowed from its owner.
unsafe fn cookies_of<'a>(list: *mut GSList) -> Vec<&'a Cookie> {
    let mut cookies = Vec::new();
    let mut link = list;
    // SAFETY: the C contract: a list of cookies that lives through the call.
    unsafe {
        while let Some(one) = link.as_ref() {
            cookies.extend(one.data.cast::<SoupCookie>().as_ref().map(SoupCookie::cookie));
            link = one.next;
        }
    }
    cookies
}
