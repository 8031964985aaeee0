//! Errors of the system and of GIO as `GError`s.

use std::io;

use glib::translate::*;

/// An error of GIO's domain.
pub fn io_error(kind: gio::IOErrorEnum, text: &str) -> glib::Error {
    glib::Error::new(kind, text)
}

/// What a transport reports: the `GError` that it carries, or GIO's code for the system's, in the words of the user's language.
pub fn transport_error(error: io::Error) -> glib::Error {
    if let Some(code) = error.raw_os_error() {
        // SAFETY: functions of numbers; the text is GLib's own and lives for ever.
        let (kind, text): (gio::IOErrorEnum, String) = unsafe {
            (
                from_glib(gio::ffi::g_io_error_from_errno(code)),
                from_glib_none(glib::ffi::g_strerror(code)),
            )
        };
        return io_error(kind, &text);
    }
    let text = error.to_string();
    if error.kind() == io::ErrorKind::WouldBlock {
        return io_error(gio::IOErrorEnum::WouldBlock, &text);
    }
    error
        .downcast::<glib::Error>()
        .unwrap_or_else(|_| io_error(gio::IOErrorEnum::Failed, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_errors_are_gio_s_without_a_number() {
        let reset = transport_error(io::Error::from_raw_os_error(libc::ECONNRESET));
        assert!(reset.matches(gio::IOErrorEnum::BrokenPipe));
        assert!(!reset.message().contains("os error"));
        let inner = glib::Error::new(gio::IOErrorEnum::TimedOut, "late");
        assert!(transport_error(io::Error::other(inner)).matches(gio::IOErrorEnum::TimedOut));
    }
}
