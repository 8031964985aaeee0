//! The `GError`s of a connection, in the domain `SOUP_WEBSOCKET_ERROR` with close codes as codes, as libsoup has them.

use glib::error::ErrorDomain;
use glib::translate::*;

use crate::gobject::enums::WebsocketError;
use crate::proto::ws::{Violation, close};

/// What the peer did wrong.
pub(super) fn violation(violation: Violation) -> glib::Error {
    with_close_code(violation.close_code(), &violation.to_string())
}

/// What the application did wrong when it closed.
pub(super) fn bad_close_code() -> glib::Error {
    with_close_code(
        close::PROTOCOL_ERROR,
        "The application closed with a code that must not be sent",
    )
}

/// The server that made the connection has stopped, and could wait no longer.
pub(super) fn server_stopped() -> glib::Error {
    glib::Error::new(
        gio::IOErrorEnum::TimedOut,
        "The server was stopped before the connection had ended",
    )
}

/// An extension has refused a frame and said nothing about it.
pub(super) fn silent_refusal() -> glib::Error {
    with_close_code(close::PROTOCOL_ERROR, "An extension refused a frame")
}

/// The number in an error of the domain.
pub(super) fn code(error: &glib::Error) -> Option<u16> {
    let raw: *const glib::ffi::GError = error.to_glib_none().0;
    // SAFETY: a wrapper's pointer is to a live GError.
    let (domain, code) = unsafe { ((*raw).domain, (*raw).code) };
    (domain == WebsocketError::domain().into_glib()).then(|| u16::try_from(code).unwrap_or(0))
}

/// glib-rs makes errors of enumerations only, and close codes are none of `SoupWebsocketError`'s.
pub(super) fn with_close_code(code: u16, message: &str) -> glib::Error {
    let domain = WebsocketError::domain().into_glib();
    // SAFETY: GLib copies the message; the error is ours.
    unsafe {
        from_glib_full(glib::ffi::g_error_new_literal(
            domain,
            i32::from(code),
            message.to_glib_none().0,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_keeps_its_close_code() {
        let error = violation(Violation::MessageTooBig);
        assert_eq!(code(&error), Some(1009));
        assert!(!error.message().is_empty());
    }
}
