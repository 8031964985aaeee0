//! `soup_message_headers_*`: the list of headers itself.

use std::ffi::c_char;
use std::ptr;

use glib::translate::*;

use crate::capi::guard::{bytes, criticize, text};
use crate::capi::types::gpointer;
use crate::gobject::MessageHeaders;
use crate::gobject::enums::{MessageHeadersType, SoupMessageHeadersType};
use crate::gobject::http::headers::{SoupMessageHeaders, Walk};
use crate::proto::http1::headers::Refused;

/// What `soup_message_headers_foreach()` calls.
pub type SoupMessageHeadersForeachFunc =
    Option<unsafe extern "C" fn(name: *const c_char, value: *const c_char, user_data: gpointer)>;

/// C's `SoupMessageHeadersIter`: three pointers on the caller's stack.
#[repr(C)]
pub struct SoupMessageHeadersIter {
    hdrs: *const SoupMessageHeaders,
    walk: Walk,
}

/// @type: what the headers belong to
///
/// Makes a list without any headers.
///
/// Returns: (transfer full): the headers
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_new(r#type: SoupMessageHeadersType) -> *mut SoupMessageHeaders {
    require! { soup_message_headers_new => ptr::null_mut();
        "type <= SOUP_MESSAGE_HEADERS_MULTIPART": MessageHeadersType::try_from(r#type).is_ok(),
    }
    let kind = MessageHeadersType::try_from(r#type).unwrap_or(MessageHeadersType::Multipart);
    MessageHeaders::new(kind).into_glib_ptr()
}

/// @hdrs: the headers
///
/// Takes another reference to @hdrs. References may be counted from any thread.
///
/// Returns: (transfer full): @hdrs
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_ref(hdrs: *mut SoupMessageHeaders) -> *mut SoupMessageHeaders {
    require! { soup_message_headers_ref => ptr::null_mut(); "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: the C contract.
    let headers: MessageHeaders = unsafe { from_glib_none(hdrs) };
    headers.into_glib_ptr()
}

/// @hdrs: (transfer full): the headers
///
/// Gives back a reference to @hdrs, which are freed with the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_unref(hdrs: *mut SoupMessageHeaders) {
    require! { soup_message_headers_unref; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: the C contract: the caller's reference.
    drop::<MessageHeaders>(unsafe { from_glib_full(hdrs) });
}

/// @hdrs: the headers
///
/// Says what @hdrs belong to.
///
/// Returns: the type that was given to soup_message_headers_new()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_headers_type(
    hdrs: *mut SoupMessageHeaders,
) -> SoupMessageHeadersType {
    require! { soup_message_headers_get_headers_type => 0; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.kind().into()
}

/// @hdrs: the headers
/// @name: the header's name
/// @value: its value
///
/// Adds a header at the end, beside those that @name has already.
///
/// The name must be a token (RFC 9110, section 5.6.2), and the value must not hold a line break. A request's headers
/// take one Host only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_append(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
    value: *const c_char,
) {
    require! { soup_message_headers_append;
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
        "value != NULL": !value.is_null(),
    }
    // SAFETY: checked; the C contract.
    if let Err(refused) = unsafe { (*hdrs).append(bytes(name), bytes(value)) } {
        complain("soup_message_headers_append\0", refused);
    }
}

/// @hdrs: the headers
/// @name: the header's name
/// @value: its value
///
/// Puts a header in the place of all those called @name. What soup_message_headers_append() refuses changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_replace(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
    value: *const c_char,
) {
    require! { soup_message_headers_replace;
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
        "value != NULL": !value.is_null(),
    }
    // SAFETY: checked; the C contract.
    if let Err(refused) = unsafe { (*hdrs).replace(bytes(name), bytes(value)) } {
        complain("soup_message_headers_replace\0", refused);
    }
}

/// @hdrs: the headers
/// @name: the name, in whatever case
///
/// Removes all headers called @name, if there are any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_remove(hdrs: *mut SoupMessageHeaders, name: *const c_char) {
    require! { soup_message_headers_remove;
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
    }
    // SAFETY: checked; the C contract.
    if let Some(name) = unsafe { text(name) } {
        // SAFETY: as above.
        unsafe { &*hdrs }.remove(name);
    }
}

/// @hdrs: the headers
///
/// Removes all headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_clear(hdrs: *mut SoupMessageHeaders) {
    require! { soup_message_headers_clear; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.clear();
}

/// @hdrs: the headers
///
/// Removes the headers that Connection names: they were for one connection, and whoever passes a message on leaves
/// them out (RFC 9110, section 7.6.1).
///
/// Since: 3.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_clean_connection_headers(hdrs: *mut SoupMessageHeaders) {
    require! { soup_message_headers_clean_connection_headers; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.clean_connection_headers();
}

/// @hdrs: the headers
/// @name: the name, in whatever case
///
/// Gets the value of a header that stands alone. If there are several called @name, it is the last one's.
///
/// Returns: (nullable) (transfer none): the value, or %NULL if there is no such header. It is valid until the
///   header is changed or removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_one(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
) -> *const c_char {
    require! { soup_message_headers_get_one => ptr::null();
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { text(name).map_or(ptr::null(), |name| (*hdrs).one_c(name)) }
}

/// @hdrs: the headers
/// @name: the name, in whatever case
///
/// Gets the values of all headers called @name, joined by commas: for headers whose value is a list.
///
/// Returns: (nullable) (transfer none): the values, or %NULL if there is no such header. They are valid until such a
///   header is added, changed or removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_list(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
) -> *const c_char {
    require! { soup_message_headers_get_list => ptr::null();
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { text(name).map_or(ptr::null(), |name| (*hdrs).list_c(name)) }
}

/// @hdrs: the headers
/// @name: the name, in whatever case
/// @token: what to look for
///
/// Checks whether the list in the headers called @name has @token, in whatever case. Quoted strings are not searched.
///
/// Returns: whether it is there
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_header_contains(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
    token: *const c_char,
) -> glib::ffi::gboolean {
    require! { soup_message_headers_header_contains => 0;
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
        "token != NULL": !token.is_null(),
    }
    // SAFETY: checked; the C contract.
    let (headers, name, token) = unsafe { (&*hdrs, text(name), text(token)) };
    let both = name.zip(token);
    both.is_some_and(|(name, token)| headers.list().contains_token(name, token))
        .into()
}

/// @hdrs: the headers
/// @name: the name, in whatever case
/// @value: what to compare with
///
/// Checks whether the headers called @name, joined by commas, are just @value, in whatever case.
///
/// Returns: whether they are; %FALSE if there is no such header
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_header_equals(
    hdrs: *mut SoupMessageHeaders,
    name: *const c_char,
    value: *const c_char,
) -> glib::ffi::gboolean {
    require! { soup_message_headers_header_equals => 0;
        "hdrs != NULL": !hdrs.is_null(),
        "name != NULL": !name.is_null(),
        "value != NULL": !value.is_null(),
    }
    // SAFETY: checked; the C contract.
    let (headers, name, value) = unsafe { (&*hdrs, text(name), text(value)) };
    let both = name.zip(value);
    both.is_some_and(|(name, value)| headers.list().equals(name, value))
        .into()
}

/// @hdrs: the headers
/// @func: (scope call): what to call
/// @user_data: data for @func
///
/// Calls @func for each header: first for those of widespread names, then for the others, each in the order in which they
/// were added. @func must not change @hdrs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_foreach(
    hdrs: *mut SoupMessageHeaders,
    func: SoupMessageHeadersForeachFunc,
    user_data: gpointer,
) {
    require! { soup_message_headers_foreach;
        "hdrs != NULL": !hdrs.is_null(),
        "func != NULL": func.is_some(),
    }
    let Some(func) = func else { return };
    // SAFETY: checked; the C contract. A reference of our own: the function may drop the caller's.
    let headers: MessageHeaders = unsafe { from_glib_none(hdrs) };
    let mut walk = Walk::default();
    while let Some((name, value)) = headers.next_c(&mut walk) {
        // SAFETY: the C contract: the caller's function, with nothing borrowed.
        unsafe { func(name, value, user_data) };
    }
}

/// @iter: (out) (transfer none): what to prepare, most often on the stack
/// @hdrs: the headers
///
/// Prepares @iter for a walk over @hdrs, which must not change until it ends. The order is that of
/// soup_message_headers_foreach().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_iter_init(
    iter: *mut SoupMessageHeadersIter,
    hdrs: *mut SoupMessageHeaders,
) {
    require! { soup_message_headers_iter_init;
        "iter != NULL": !iter.is_null(),
        "hdrs != NULL": !hdrs.is_null(),
    }
    let start = SoupMessageHeadersIter {
        hdrs,
        walk: Walk::default(),
    };
    // SAFETY: checked; the C contract: room for three pointers.
    unsafe { iter.write(start) };
}

/// @iter: (inout) (transfer none): what soup_message_headers_iter_init() has prepared
/// @name: (out) (optional) (transfer none): where to put the header's name
/// @value: (out) (optional) (transfer none): where to put its value
///
/// Goes to the next header.
///
/// Returns: whether there was one; when there was none, @name and @value are left alone
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_iter_next(
    iter: *mut SoupMessageHeadersIter,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> glib::ffi::gboolean {
    require! { soup_message_headers_iter_next => 0; "iter != NULL": !iter.is_null() }
    // SAFETY: checked; the C contract: it was prepared, and its headers are alive.
    let (iter, headers) = unsafe { (&mut *iter, (*iter).hdrs.as_ref()) };
    let Some((field_name, field_value)) = headers.and_then(|headers| headers.next_c(&mut iter.walk)) else {
        return 0;
    };
    for (place, text) in [(name, field_name), (value, field_value)] {
        if !place.is_null() {
            // SAFETY: the C contract: NULL or room for a pointer.
            unsafe { place.write(text) };
        }
    }
    1
}

/// Says what is wrong with a header that a caller wanted to set.
pub(in crate::capi) fn complain(function: &'static str, refused: Refused) {
    criticize(
        function,
        match refused {
            Refused::Name => "*name && strpbrk (name, \" \\t\\r\\n:\") == NULL\0",
            Refused::Value => "strpbrk (value, \"\\r\\n\") == NULL\0",
            Refused::NoMemory => "malloc (strlen (name) + strlen (value)) != NULL\0",
            Refused::SecondHost => "soup_message_headers_get_one (hdrs, \"Host\") == NULL\0",
        },
    );
}

const _: () = assert!(size_of::<SoupMessageHeadersIter>() == 3 * size_of::<gpointer>());
