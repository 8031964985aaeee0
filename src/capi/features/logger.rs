//! `soup_logger_*`: what prints a session's messages.

use std::ffi::c_int;
use std::ptr;

use glib::ffi::{GDestroyNotify, GType, gpointer};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is};
use crate::gobject::features::logger::{
    Logger, LoggerLogLevel, SoupLogger, SoupLoggerFilter, SoupLoggerLogLevel, SoupLoggerPrinter,
};

/// The GType of `SoupLogger`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_logger_get_type() -> GType {
    Logger::static_type().into_glib()
}

/// The GType of `SoupLoggerLogLevel`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_logger_log_level_get_type() -> GType {
    LoggerLogLevel::static_type().into_glib()
}

/// @level: how much is printed
///
/// Makes a logger. It is a session feature: a session that has it has its requests and responses printed, to the standard output unless
/// soup_logger_set_printer() is called. Passwords of Basic authentication are left out; all else is printed as it is.
///
/// Returns: (transfer full): the logger
#[unsafe(no_mangle)]
pub extern "C" fn soup_logger_new(level: SoupLoggerLogLevel) -> *mut SoupLogger {
    require! { soup_logger_new => ptr::null_mut();
        "level is a SoupLoggerLogLevel": LoggerLogLevel::try_from(level).is_ok(),
    }
    Logger::new(LoggerLogLevel::try_from(level).unwrap_or_default()).into_glib_ptr()
}

/// @logger: the logger
/// @request_filter: (scope notified) (closure filter_data) (destroy destroy) (nullable): says how much is printed of a request; %NULL for
///   #SoupLogger:level
/// @filter_data: data for @request_filter
/// @destroy: (nullable): frees @filter_data
///
/// Sets how much is printed of each request. It is called in the thread that sends the message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_logger_set_request_filter(
    logger: *mut SoupLogger,
    request_filter: SoupLoggerFilter,
    filter_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_logger_set_request_filter;
        "SOUP_IS_LOGGER (logger)": is::<Logger>(logger),
    }
    // SAFETY: checked above.
    unsafe { hold::<Logger>(logger) }.set_request_filter(request_filter, filter_data, destroy);
}

/// @logger: the logger
/// @response_filter: (scope notified) (closure filter_data) (destroy destroy) (nullable): says how much is printed of a response; %NULL
///   for #SoupLogger:level
/// @filter_data: data for @response_filter
/// @destroy: (nullable): frees @filter_data
///
/// Sets how much is printed of each response. It is called in the thread that sends the message, when the headers have come and again
/// when the response is printed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_logger_set_response_filter(
    logger: *mut SoupLogger,
    response_filter: SoupLoggerFilter,
    filter_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_logger_set_response_filter;
        "SOUP_IS_LOGGER (logger)": is::<Logger>(logger),
    }
    // SAFETY: checked above.
    unsafe { hold::<Logger>(logger) }.set_response_filter(response_filter, filter_data, destroy);
}

/// @logger: the logger
/// @printer: (scope notified) (closure printer_data) (destroy destroy) (nullable): prints a line; %NULL for the standard output
/// @printer_data: data for @printer
/// @destroy: (nullable): frees @printer_data
///
/// Sets what prints. It is called in the thread that sends the message, once for each line.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_logger_set_printer(
    logger: *mut SoupLogger,
    printer: SoupLoggerPrinter,
    printer_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { soup_logger_set_printer;
        "SOUP_IS_LOGGER (logger)": is::<Logger>(logger),
    }
    // SAFETY: checked above.
    unsafe { hold::<Logger>(logger) }.set_printer(printer, printer_data, destroy);
}

/// @logger: the logger
/// @max_body_size: the number of bytes, or -1
///
/// Sets how many bytes of a body are printed at the most. The default is -1: as many as are kept, 16 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_logger_set_max_body_size(logger: *mut SoupLogger, max_body_size: c_int) {
    require! { soup_logger_set_max_body_size;
        "SOUP_IS_LOGGER (logger)": is::<Logger>(logger),
        "max_body_size >= -1": max_body_size >= -1,
    }
    // SAFETY: checked above.
    unsafe { hold::<Logger>(logger) }.set_max_body_size(max_body_size);
}

/// @logger: the logger
///
/// Gets how many bytes of a body are printed at the most.
///
/// Returns: the number of bytes, or -1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_logger_get_max_body_size(logger: *mut SoupLogger) -> c_int {
    require! { soup_logger_get_max_body_size => 0;
        "SOUP_IS_LOGGER (logger)": is::<Logger>(logger),
    }
    // SAFETY: checked above.
    unsafe { hold::<Logger>(logger) }.max_body_size()
}
