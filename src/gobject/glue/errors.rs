//! Errors of the system and of GIO as `GError`s.

use std::io;

use glib::translate::*;

/// An error of GIO's domain.
pub fn io_error(kind: gio::IOErrorEnum, text: &str) -> glib::Error {
    glib::Error::new(kind, text)
}

/// What a transport reports: the `GError` that it carries, or GIO's code for the system's.
pub fn transport_error(error: io::Error) -> glib::Error {
    let text = error.to_string();
    if let Some(code) = error.raw_os_error() {
        // SAFETY: a function of numbers.
        let kind: gio::IOErrorEnum = unsafe { from_glib(gio::ffi::g_io_error_from_errno(code)) };
        return io_error(kind, &text);
    }
    if error.kind() == io::ErrorKind::WouldBlock {
        return io_error(gio::IOErrorEnum::WouldBlock, &text);
    }
    error
        .downcast::<glib::Error>()
        .unwrap_or_else(|_| io_error(gio::IOErrorEnum::Failed, &text))
}
