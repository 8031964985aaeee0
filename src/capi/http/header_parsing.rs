//! `soup_header_parse_*` and `soup_headers_parse*`: header values and message heads, taken apart.

use std::ffi::{c_char, c_int};
use std::ptr;

use glib::ffi::{GHashTable, GSList, GString, gboolean};
use glib::translate::*;

use crate::capi::guard::{buffer, bytes};
use crate::capi::types::guint;
use crate::gobject::enums::SoupHTTPVersion;
use crate::gobject::http::head::{self, StatusLine};
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::http::params;
use crate::proto::http1::grammar;
use crate::proto::http1::params::{Separator, append_param, append_param_quoted, parse, parse_strict};

/// @header: a header value
///
/// Takes a list apart at its commas. Commas in quoted strings do not count, and empty elements are left out.
///
/// Returns: (transfer full) (element-type utf8): the elements, for soup_header_free_list()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_list(header: *const c_char) -> *mut GSList {
    require! { soup_header_parse_list => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    new_list(grammar::list(unsafe { bytes(header) }))
}

/// @header: a header value, such as that of Accept-Language
/// @unacceptable: (out) (optional) (transfer full) (element-type utf8): where to put the elements with a quality
///   of 0, for soup_header_free_list()
///
/// Takes a list apart whose elements may have a quality, as in "en, de;q=0.5", and sorts it.
///
/// Returns: (transfer full) (element-type utf8): the acceptable elements, best first and without their qualities, for
///   soup_header_free_list()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_quality_list(
    header: *const c_char,
    unacceptable: *mut *mut GSList,
) -> *mut GSList {
    if !unacceptable.is_null() {
        // SAFETY: the C contract: NULL or room for a pointer.
        unsafe { unacceptable.write(ptr::null_mut()) };
    }
    require! { soup_header_parse_quality_list => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    let list = grammar::quality_list(unsafe { bytes(header) });
    if !unacceptable.is_null() {
        // SAFETY: as above.
        unsafe { unacceptable.write(new_list(list.unacceptable.into_iter())) };
    }
    new_list(list.acceptable.into_iter())
}

/// soup_header_free_list: (skip)
/// @list: (transfer full) (element-type utf8): the list
///
/// Frees a list that soup_header_parse_list() or soup_header_parse_quality_list() made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_free_list(list: *mut GSList) {
    // SAFETY: the C contract: NULL or a list of strings from `new_list`.
    unsafe { glib::ffi::g_slist_free_full(list, Some(glib::ffi::g_free)) };
}

/// @header: a header value
/// @token: what to look for
///
/// Checks whether a list has an element, in whatever case. Quoted strings are not searched.
///
/// Returns: whether it has
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_contains(header: *const c_char, token: *const c_char) -> gboolean {
    require! { soup_header_contains => 0;
        "header != NULL": !header.is_null(),
        "token != NULL": !token.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { grammar::contains(bytes(header), bytes(token)) }.into_glib()
}

/// @header: a header value
/// @token: what to look for
///
/// Checks whether a list has an element just as @token is written. Quoted strings are not searched.
///
/// Returns: whether it has
///
/// Since: 3.8
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_contains_case_sensitive(
    header: *const c_char,
    token: *const c_char,
) -> gboolean {
    require! { soup_header_contains_case_sensitive => 0;
        "header != NULL": !header.is_null(),
        "token != NULL": !token.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { grammar::contains_case_sensitive(bytes(header), bytes(token)) }.into_glib()
}

/// @header: a header value
///
/// Takes parameters apart that commas separate, as in WWW-Authenticate: `realm="a b", stale=true`. Quotes and
/// encodings (RFC 8187) are undone. Of two parameters of one name the first counts, but an encoded one counts
/// more than a plain one.
///
/// Returns: (transfer full) (element-type utf8 utf8): the parameters, for soup_header_free_param_list(); their
///   names are found in whatever case, and values are %NULL where there was no "="
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_param_list(header: *const c_char) -> *mut GHashTable {
    require! { soup_header_parse_param_list => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    params::new_table(&parse(unsafe { bytes(header) }, Separator::Comma))
}

/// @header: a header value
///
/// Takes parameters apart that semicolons separate, as in Content-Type; otherwise like
/// soup_header_parse_param_list().
///
/// Returns: (transfer full) (element-type utf8 utf8): the parameters, for soup_header_free_param_list(); their
///   names are found in whatever case, and values are %NULL where there was no "="
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_semi_param_list(header: *const c_char) -> *mut GHashTable {
    require! { soup_header_parse_semi_param_list => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    params::new_table(&parse(unsafe { bytes(header) }, Separator::Semicolon))
}

/// @header: a header value
///
/// Like soup_header_parse_param_list(), but refuses two parameters of one name.
///
/// Returns: (transfer full) (nullable) (element-type utf8 utf8): the parameters, for
///   soup_header_free_param_list(), or %NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_param_list_strict(header: *const c_char) -> *mut GHashTable {
    require! { soup_header_parse_param_list_strict => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    let found = parse_strict(unsafe { bytes(header) }, Separator::Comma);
    found.map_or(ptr::null_mut(), |found| params::new_table(&found))
}

/// @header: a header value
///
/// Like soup_header_parse_semi_param_list(), but refuses two parameters of one name.
///
/// Returns: (transfer full) (nullable) (element-type utf8 utf8): the parameters, for
///   soup_header_free_param_list(), or %NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_parse_semi_param_list_strict(header: *const c_char) -> *mut GHashTable {
    require! { soup_header_parse_semi_param_list_strict => ptr::null_mut(); "header != NULL": !header.is_null() }
    // SAFETY: checked; the C contract.
    let found = parse_strict(unsafe { bytes(header) }, Separator::Semicolon);
    found.map_or(ptr::null_mut(), |found| params::new_table(&found))
}

/// soup_header_free_param_list: (skip)
/// @param_list: (transfer full) (element-type utf8 utf8): the parameters
///
/// Frees what soup_header_parse_param_list() or one of its siblings made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_free_param_list(param_list: *mut GHashTable) {
    require! { soup_header_free_param_list; "param_list != NULL": !param_list.is_null() }
    // SAFETY: checked; the C contract: the caller's reference.
    unsafe { glib::ffi::g_hash_table_unref(param_list) };
}

/// @string: the string
/// @name: the parameter's name
/// @value: (nullable): its value
///
/// Appends a parameter to @string: `name=value`, quoted or encoded (RFC 8187) where @value needs it, or only the
/// name. Commas and semicolons between parameters are the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_g_string_append_param(
    string: *mut GString,
    name: *const c_char,
    value: *const c_char,
) {
    require! { soup_header_g_string_append_param;
        "string != NULL": !string.is_null(),
        "name != NULL": !name.is_null(),
    }
    let mut text = Vec::new();
    // SAFETY: checked; the C contract.
    unsafe {
        let value = (!value.is_null()).then(|| bytes(value));
        append_param(&mut text, bytes(name), value);
        append(string, &text);
    }
}

/// @string: the string
/// @name: the parameter's name
/// @value: its value
///
/// Appends a parameter to @string: `name="value"`, or encoded (RFC 8187) if @value is not ASCII.
///
/// Since: 3.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_header_g_string_append_param_quoted(
    string: *mut GString,
    name: *const c_char,
    value: *const c_char,
) {
    require! { soup_header_g_string_append_param_quoted;
        "string != NULL": !string.is_null(),
        "name != NULL": !name.is_null(),
        "value != NULL": !value.is_null(),
    }
    let mut text = Vec::new();
    // SAFETY: checked; the C contract.
    unsafe {
        append_param_quoted(&mut text, bytes(name), bytes(value));
        append(string, &text);
    }
}

/// @str: the text: a first line, which is skipped, and the headers
/// @len: its length in bytes
/// @dest: the headers to add to
///
/// Reads the headers of a message.
///
/// Returns: whether they are well formed; if not, @dest is as before
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_headers_parse(
    str: *const c_char,
    len: c_int,
    dest: *mut SoupMessageHeaders,
) -> gboolean {
    require! { soup_headers_parse => 0;
        "str != NULL": !str.is_null(),
        "dest != NULL": !dest.is_null(),
    }
    // SAFETY: checked; the C contract.
    let (text, dest) = unsafe { (sized(str, len), &*dest) };
    head::parse_headers(text, dest).is_some().into_glib()
}

/// @str: the text, to the end of the headers
/// @len: its length in bytes
/// @req_headers: the headers to add to
/// @req_method: (out) (optional) (transfer full): where to put the method
/// @req_path: (out) (optional) (transfer full): where to put the request's target
/// @ver: (out) (optional): where to put the version
///
/// Reads the head of a request, as strictly as a server does.
///
/// Returns: %SOUP_STATUS_OK, or the status that a server would answer with; then nothing has been changed
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_headers_parse_request(
    str: *const c_char,
    len: c_int,
    req_headers: *mut SoupMessageHeaders,
    req_method: *mut *mut c_char,
    req_path: *mut *mut c_char,
    ver: *mut SoupHTTPVersion,
) -> guint {
    require! { soup_headers_parse_request => 400;
        "str != NULL": !str.is_null(),
        "req_headers != NULL": !req_headers.is_null(),
    }
    // SAFETY: checked; the C contract.
    let (text, headers) = unsafe { (sized(str, len), &*req_headers) };
    let (method, target, version) = match head::parse_request(text, headers) {
        Ok(parts) => parts,
        Err(status) => return status,
    };
    // SAFETY: the C contract: each is NULL or has room.
    unsafe {
        put(req_method, || params::string(method.as_bytes()));
        put(req_path, || params::string(target.as_bytes()));
        put(ver, || version.into());
    }
    200
}

/// @status_line: the line
/// @ver: (out) (optional): where to put the version
/// @status_code: (out) (optional): where to put the status
/// @reason_phrase: (out) (optional) (transfer full): where to put the reason
///
/// Reads the first line of a response.
///
/// Returns: whether it is well formed; if not, nothing is put anywhere
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_headers_parse_status_line(
    status_line: *const c_char,
    ver: *mut SoupHTTPVersion,
    status_code: *mut guint,
    reason_phrase: *mut *mut c_char,
) -> gboolean {
    require! { soup_headers_parse_status_line => 0; "status_line != NULL": !status_line.is_null() }
    // SAFETY: checked; the C contract.
    let line = head::parse_status_line(unsafe { bytes(status_line) });
    // SAFETY: the C contract: each is NULL or has room.
    unsafe { put_status(line, ver, status_code, reason_phrase) }
}

/// @str: the text, to the end of the headers
/// @len: its length in bytes
/// @headers: the headers to add to
/// @ver: (out) (optional): where to put the version
/// @status_code: (out) (optional): where to put the status
/// @reason_phrase: (out) (optional) (transfer full): where to put the reason
///
/// Reads the head of a response, as strictly as a client does.
///
/// Returns: whether it is well formed; if not, nothing has been changed
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_headers_parse_response(
    str: *const c_char,
    len: c_int,
    headers: *mut SoupMessageHeaders,
    ver: *mut SoupHTTPVersion,
    status_code: *mut guint,
    reason_phrase: *mut *mut c_char,
) -> gboolean {
    require! { soup_headers_parse_response => 0;
        "str != NULL": !str.is_null(),
        "headers != NULL": !headers.is_null(),
    }
    // SAFETY: checked; the C contract.
    let line = unsafe { head::parse_response(sized(str, len), &*headers) };
    // SAFETY: the C contract: each is NULL or has room.
    unsafe { put_status(line, ver, status_code, reason_phrase) }
}

unsafe fn put_status(
    line: Option<StatusLine>,
    ver: *mut SoupHTTPVersion,
    status_code: *mut guint,
    reason_phrase: *mut *mut c_char,
) -> gboolean {
    let Some(line) = line else { return 0 };
    // SAFETY: the caller's places: each is NULL or has room.
    unsafe {
        put(ver, || line.version.into());
        put(status_code, || line.status.into());
        put(reason_phrase, || params::string(line.reason.as_bytes()));
    }
    1
}

unsafe fn put<T>(place: *mut T, value: impl FnOnce() -> T) {
    if !place.is_null() {
        // SAFETY: the caller's place, which has room.
        unsafe { place.write(value()) };
    }
}

/// A text with a length of C's type; nothing for a negative one.
unsafe fn sized<'a>(text: *const c_char, length: c_int) -> &'a [u8] {
    // SAFETY: the C contract: so many bytes.
    unsafe { buffer(text.cast(), usize::try_from(length).unwrap_or(0)) }
}

unsafe fn append(string: *mut GString, text: &[u8]) {
    let length = isize::try_from(text.len()).unwrap_or(isize::MAX);
    // SAFETY: the caller's string; GLib copies the bytes.
    unsafe { glib::ffi::g_string_append_len(string, text.as_ptr().cast(), length) };
}

fn new_list<'a>(items: impl Iterator<Item = &'a [u8]>) -> *mut GSList {
    let items: Vec<&[u8]> = items.collect();
    items.iter().rev().fold(ptr::null_mut(), |list, item| {
        // SAFETY: the list is ours, and takes the new string.
        unsafe { glib::ffi::g_slist_prepend(list, params::string(item).cast()) }
    })
}
