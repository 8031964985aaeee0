//! `soup_message_headers_get_encoding()` and its siblings: the headers that have a meaning of their own.

use std::ffi::{c_char, c_int};
use std::ptr;

use glib::ffi::{GHashTable, gboolean};
use glib::translate::*;

use crate::capi::guard::bytes;
use crate::capi::http::headers::complain;
use crate::capi::types::goffset;
use crate::gobject::enums::{Encoding, Expectation, SoupEncoding, SoupExpectation};
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::http::params;
use crate::proto::http1::ranges::{self, ContentRange, Range};

/// C's `SoupRange`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SoupRange {
    start: goffset,
    end: goffset,
}

/// @hdrs: the headers
///
/// Says how the end of the message's body is told: as soup_message_headers_set_encoding() said, or else as the
/// headers Transfer-Encoding and Content-Length do, or else as is usual for this type of headers.
///
/// Returns: the encoding; %SOUP_ENCODING_UNRECOGNIZED if the headers are malformed or contradict one another
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_encoding(hdrs: *mut SoupMessageHeaders) -> SoupEncoding {
    require! { soup_message_headers_get_encoding => Encoding::Unrecognized.into(); "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.encoding().into()
}

/// @hdrs: the headers
/// @encoding: the encoding; neither %SOUP_ENCODING_UNRECOGNIZED nor %SOUP_ENCODING_BYTERANGES
///
/// Says how the end of the message's body is told, and sets or removes Transfer-Encoding and Content-Length so
/// that they agree. For %SOUP_ENCODING_CONTENT_LENGTH use soup_message_headers_set_content_length().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_encoding(
    hdrs: *mut SoupMessageHeaders,
    encoding: SoupEncoding,
) {
    let known = match Encoding::try_from(encoding) {
        Ok(Encoding::Unrecognized | Encoding::Byteranges) | Err(_) => None,
        Ok(encoding) => Some(encoding),
    };
    require! { soup_message_headers_set_encoding;
        "hdrs != NULL": !hdrs.is_null(),
        "encoding >= SOUP_ENCODING_NONE && encoding <= SOUP_ENCODING_CHUNKED": known.is_some(),
    }
    if let Some(encoding) = known {
        // SAFETY: checked; the C contract.
        unsafe { &*hdrs }.set_encoding(encoding);
    }
}

/// @hdrs: the headers
///
/// Gets the length of the message's body, as the Content-Length header gives it.
///
/// Returns: the length; 0 unless soup_message_headers_get_encoding() is %SOUP_ENCODING_CONTENT_LENGTH
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_content_length(hdrs: *mut SoupMessageHeaders) -> goffset {
    require! { soup_message_headers_get_content_length => 0; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.content_length()
}

/// @hdrs: the headers
/// @content_length: the length, not negative
///
/// Sets the length of the message's body, and thereby its encoding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_content_length(
    hdrs: *mut SoupMessageHeaders,
    content_length: goffset,
) {
    require! { soup_message_headers_set_content_length;
        "hdrs != NULL": !hdrs.is_null(),
        "content_length >= 0": content_length >= 0,
    }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.set_content_length(content_length.unsigned_abs());
}

/// @hdrs: the headers
///
/// Says what the Expect header asks of the server.
///
/// Returns: the expectations; %SOUP_EXPECTATION_UNRECOGNIZED for any but "100-continue"
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_expectations(
    hdrs: *mut SoupMessageHeaders,
) -> SoupExpectation {
    require! { soup_message_headers_get_expectations => 0; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.expectations().bits()
}

/// @hdrs: the headers
/// @expectations: %SOUP_EXPECTATION_CONTINUE or 0
///
/// Sets or removes the Expect header. With %SOUP_EXPECTATION_CONTINUE a client waits for the server's consent
/// before it sends the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_expectations(
    hdrs: *mut SoupMessageHeaders,
    expectations: SoupExpectation,
) {
    require! { soup_message_headers_set_expectations;
        "hdrs != NULL": !hdrs.is_null(),
        "(expectations & ~SOUP_EXPECTATION_CONTINUE) == 0": expectations & !Expectation::CONTINUE.bits() == 0,
    }
    // SAFETY: checked; the C contract.
    unsafe { &*hdrs }.set_expectations(Expectation::from_bits_truncate(expectations));
}

/// @hdrs: the headers
/// @total_length: the length of the body, or 0 if it is not known
/// @ranges: (out) (array length=length): where to put the ranges, for soup_message_headers_free_ranges()
/// @length: (out): where to put their count
///
/// Gets the ranges of bytes that the Range header asks for.
///
/// With a @total_length the ranges have a start and an end, are sorted and do not overlap; they may still lie
/// beyond the end. With a @total_length of 0 they are as they were written: an end of -1 is the end of the body,
/// and a negative start counts from there.
///
/// Returns: whether there is a valid Range header; if there is none, @ranges and @length are left alone
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_ranges(
    hdrs: *mut SoupMessageHeaders,
    total_length: goffset,
    ranges: *mut *mut SoupRange,
    length: *mut c_int,
) -> gboolean {
    require! { soup_message_headers_get_ranges => 0;
        "hdrs != NULL": !hdrs.is_null(),
        "ranges != NULL": !ranges.is_null(),
        "length != NULL": !length.is_null(),
    }
    // SAFETY: checked; the C contract.
    let found = unsafe { &*hdrs }.ranges((total_length > 0).then_some(total_length));
    let Some(found) = found else { return 0 };
    let Ok(count) = c_int::try_from(found.len()) else {
        return 0;
    };
    // SAFETY: g_malloc_n() gives room for all of them or aborts; the C contract gives room for the results.
    unsafe {
        let array = glib::ffi::g_malloc_n(found.len(), size_of::<SoupRange>()).cast::<SoupRange>();
        for (index, Range { first, last }) in found.into_iter().enumerate() {
            array.add(index).write(SoupRange {
                start: first,
                end: last,
            });
        }
        ranges.write(array);
        length.write(count);
    }
    1
}

/// @hdrs: the headers
/// @ranges: the ranges
///
/// Frees what soup_message_headers_get_ranges() gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_free_ranges(
    hdrs: *mut SoupMessageHeaders,
    ranges: *mut SoupRange,
) {
    let _ = hdrs;
    // SAFETY: the C contract: NULL or an array from g_malloc_n().
    unsafe { glib::ffi::g_free(ranges.cast()) };
}

/// @hdrs: the headers
/// @ranges: the ranges; with an end of -1, a start is from there to the end of the body, and a negative
///   start is so many bytes of its end
/// @length: their count, at least 1
///
/// Sets the Range header. For one range soup_message_headers_set_range() is easier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_ranges(
    hdrs: *mut SoupMessageHeaders,
    ranges: *mut SoupRange,
    length: c_int,
) {
    let count = usize::try_from(length).unwrap_or(0);
    require! { soup_message_headers_set_ranges;
        "hdrs != NULL": !hdrs.is_null(),
        "ranges != NULL": !ranges.is_null(),
        "length > 0": count > 0,
    }
    // SAFETY: checked; the C contract.
    let ranges = unsafe { std::slice::from_raw_parts(ranges, count) };
    let ranges: Vec<Range> = ranges.iter().copied().map(Range::from).collect();
    require! { soup_message_headers_set_ranges;
        "range->end == -1 || (range->start >= 0 && range->start <= range->end)": ranges.iter().all(is_writable),
    }
    // SAFETY: checked; the C contract. A name and a value of our own are never refused.
    let _ = unsafe { &*hdrs }.replace("Range", ranges::write(&ranges));
}

/// @hdrs: the headers
/// @start: the first byte
/// @end: the last byte, or -1
///
/// Sets the Range header to one range: from @start to @end, from @start to the end of the body (@end is -1), or
/// the last bytes of it (@start is negative: minus their count; @end is -1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_range(
    hdrs: *mut SoupMessageHeaders,
    start: goffset,
    end: goffset,
) {
    let range = Range {
        first: start,
        last: end,
    };
    require! { soup_message_headers_set_range;
        "hdrs != NULL": !hdrs.is_null(),
        "end == -1 || (start >= 0 && start <= end)": is_writable(&range),
    }
    // SAFETY: checked; the C contract. A name and a value of our own are never refused.
    let _ = unsafe { &*hdrs }.replace("Range", ranges::write(&[range]));
}

/// @hdrs: the headers
/// @start: (out): where to put the first byte
/// @end: (out): where to put the last byte
/// @total_length: (out) (optional): where to put the length of the whole, -1 if it is not known
///
/// Gets which part of the whole the message's body is, as the Content-Range header gives it.
///
/// Returns: whether there is a valid Content-Range header of bytes; if there is none, nothing is put anywhere
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_content_range(
    hdrs: *mut SoupMessageHeaders,
    start: *mut goffset,
    end: *mut goffset,
    total_length: *mut goffset,
) -> gboolean {
    require! { soup_message_headers_get_content_range => 0;
        "hdrs != NULL": !hdrs.is_null(),
        "start != NULL": !start.is_null(),
        "end != NULL": !end.is_null(),
    }
    // SAFETY: checked; the C contract.
    let Some(content) = unsafe { &*hdrs }.content_range() else {
        return 0;
    };
    // SAFETY: checked; the C contract.
    unsafe {
        start.write(content.range.first);
        end.write(content.range.last);
        if !total_length.is_null() {
            total_length.write(content.total.unwrap_or(-1));
        }
    }
    1
}

/// @hdrs: the headers
/// @start: the first byte
/// @end: the last byte
/// @total_length: the length of the whole, or -1 if it is not known
///
/// Sets the Content-Range header: which part of the whole the message's body is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_content_range(
    hdrs: *mut SoupMessageHeaders,
    start: goffset,
    end: goffset,
    total_length: goffset,
) {
    require! { soup_message_headers_set_content_range;
        "hdrs != NULL": !hdrs.is_null(),
        "start >= 0 && start <= end": (0..=end).contains(&start),
    }
    let content = ContentRange {
        range: Range {
            first: start,
            last: end,
        },
        total: (total_length >= 0).then_some(total_length),
    };
    // SAFETY: checked; the C contract. A name and a value of our own are never refused.
    let _ = unsafe { &*hdrs }.replace("Content-Range", ranges::write_content_range(content));
}

/// @hdrs: the headers
/// @params: (out) (optional) (nullable) (element-type utf8 utf8) (transfer full): where to put the parameters, for
///   g_hash_table_unref(); their names are found in whatever case
///
/// Gets the Content-Type header, taken apart.
///
/// Returns: (nullable) (transfer none): the type without its parameters, or %NULL if there is none or it is not
///   valid; @params are left alone then
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_content_type(
    hdrs: *mut SoupMessageHeaders,
    params: *mut *mut GHashTable,
) -> *const c_char {
    require! { soup_message_headers_get_content_type => ptr::null(); "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    let headers = unsafe { &*hdrs };
    if !params.is_null() {
        let table = headers.with_content_type(|_, found| params::new_table(found));
        if let Some(table) = table {
            // SAFETY: checked; the C contract.
            unsafe { params.write(table) };
        }
    }
    headers.content_type_c()
}

/// @hdrs: the headers
/// @content_type: the type
/// @params: (nullable) (element-type utf8 utf8): its parameters
///
/// Sets the Content-Type header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_content_type(
    hdrs: *mut SoupMessageHeaders,
    content_type: *const c_char,
    params: *mut GHashTable,
) {
    require! { soup_message_headers_set_content_type;
        "hdrs != NULL": !hdrs.is_null(),
        "content_type != NULL": !content_type.is_null(),
    }
    // SAFETY: checked; the C contract: strings for keys, strings or NULL for values.
    let set = unsafe { (*hdrs).set_content("Content-Type", bytes(content_type), params) };
    if let Err(refused) = set {
        complain("soup_message_headers_set_content_type\0", refused);
    }
}

/// @hdrs: the headers
/// @disposition: (out) (transfer full): where to put what stands before the parameters
/// @params: (out) (optional) (transfer full) (element-type utf8 utf8): where to put the parameters, for
///   g_hash_table_unref(); their names are found in whatever case
///
/// Gets the Content-Disposition header, taken apart: how a part of a form or a download is to be shown or saved.
///
/// Directories in "filename", which are the sender's, are left out. Do not trust the rest of it either.
///
/// Returns: whether there is such a header; if there is none, nothing is put anywhere
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_get_content_disposition(
    hdrs: *mut SoupMessageHeaders,
    disposition: *mut *mut c_char,
    params: *mut *mut GHashTable,
) -> gboolean {
    require! { soup_message_headers_get_content_disposition => 0; "hdrs != NULL": !hdrs.is_null() }
    // SAFETY: checked; the C contract.
    let found = unsafe { &*hdrs }.with_content_disposition(|value, found| {
        // SAFETY: the C contract: each is NULL or room for a pointer.
        unsafe {
            if !disposition.is_null() {
                disposition.write(value.map_or(ptr::null_mut(), params::string));
            }
            if !params.is_null() {
                params.write(params::new_table(found));
            }
        }
    });
    found.is_some().into_glib()
}

/// @hdrs: the headers
/// @disposition: what comes before the parameters, such as "attachment"
/// @params: (nullable) (element-type utf8 utf8): the parameters
///
/// Sets the Content-Disposition header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_headers_set_content_disposition(
    hdrs: *mut SoupMessageHeaders,
    disposition: *const c_char,
    params: *mut GHashTable,
) {
    require! { soup_message_headers_set_content_disposition;
        "hdrs != NULL": !hdrs.is_null(),
        "disposition != NULL": !disposition.is_null(),
    }
    // SAFETY: checked; the C contract: strings for keys, strings or NULL for values.
    let set = unsafe { (*hdrs).set_content("Content-Disposition", bytes(disposition), params) };
    if let Err(refused) = set {
        complain("soup_message_headers_set_content_disposition\0", refused);
    }
}

impl From<SoupRange> for Range {
    fn from(range: SoupRange) -> Range {
        Range {
            first: range.start,
            last: range.end,
        }
    }
}

fn is_writable(range: &Range) -> bool {
    range.last == -1 || (0..=range.last).contains(&range.first)
}

const _: () = assert!(size_of::<SoupRange>() == 2 * size_of::<goffset>());
