//! `soup_date_time_*`: dates in headers and cookies.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::GDateTime;

use crate::capi::guard::bytes;
use crate::gobject::enums::{DateFormat, SoupDateFormat};
use crate::gobject::http::params;
use crate::proto::http1::date::{self, Date, Format};

/// @date_string: the date
///
/// Reads a date in any of the forms that HTTP and cookies use. One without a time zone is UTC.
///
/// Returns: (transfer full) (nullable): the date in the time zone it was given in, or %NULL if it is none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_date_time_new_from_http_string(date_string: *const c_char) -> *mut GDateTime {
    require! { soup_date_time_new_from_http_string => ptr::null_mut(); "date_string != NULL": !date_string.is_null() }
    // SAFETY: checked; the C contract.
    let Some(date) = Date::parse(unsafe { bytes(date_string) }) else {
        return ptr::null_mut();
    };
    // SAFETY: GLib takes its own reference to the zone; the numbers are in range.
    unsafe {
        let zone = match date.offset {
            0 => glib::ffi::g_time_zone_new_utc(),
            minutes => glib::ffi::g_time_zone_new_offset(i32::from(minutes) * 60),
        };
        let time = glib::ffi::g_date_time_new(
            zone,
            date.year.into(),
            date.month.into(),
            date.day.into(),
            date.hour.into(),
            date.minute.into(),
            date.second.into(),
        );
        glib::ffi::g_time_zone_unref(zone);
        time
    }
}

/// @date: the date
/// @format: for what it is written
///
/// Writes a date for a header or a cookie, in UTC.
///
/// Returns: (transfer full) (nullable): the text
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_date_time_to_string(
    date: *mut GDateTime,
    format: SoupDateFormat,
) -> *mut c_char {
    require! { soup_date_time_to_string => ptr::null_mut();
        "date != NULL": !date.is_null(),
        "format == SOUP_DATE_HTTP || format == SOUP_DATE_COOKIE": DateFormat::try_from(format).is_ok(),
    }
    let format = match DateFormat::try_from(format) {
        Ok(DateFormat::Cookie) => Format::Cookie,
        Ok(DateFormat::Http) | Err(_) => Format::Http,
    };
    // SAFETY: checked; the C contract.
    let unix = unsafe { glib::ffi::g_date_time_to_unix(date) };
    params::string(date::write(unix, format).as_bytes())
}
