//! The signals of a server's message, and their emission.

use std::ffi::{CStr, c_uint, c_void};
use std::sync::OnceLock;

use glib::gobject_ffi::{self, G_SIGNAL_RUN_FIRST, G_SIGNAL_RUN_LAST};
use glib::prelude::*;
use glib::translate::*;

use super::ServerMessage;
use crate::gobject::glue::signals::{self, Counting, Plain, Shape};

/// The signals without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(in super::super) enum Signal {
    WroteHeaders,
    WroteBody,
    GotHeaders,
    GotBody,
    Finished,
    WroteInformational,
    WroteChunk,
    Connected,
    Disconnected,
}

const PLAIN: [&CStr; 9] = [
    c"wrote-headers",
    c"wrote-body",
    c"got-headers",
    c"got-body",
    c"finished",
    c"wrote-informational",
    c"wrote-chunk",
    c"connected",
    c"disconnected",
];

/// The signals' numbers.
struct Signals {
    accept_certificate: c_uint,
    plain: [Plain; 9],
    wrote_body_data: Counting,
    got_chunk: c_uint,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(type_: glib::Type) {
    let certificate = [
        gio::TlsCertificate::static_type(),
        gio::TlsCertificateFlags::static_type(),
    ];
    let accept_certificate = Shape {
        arguments: &certificate,
        returns: glib::Type::BOOL,
        ..Shape::plain(G_SIGNAL_RUN_LAST)
    };
    let got_chunk = Shape {
        arguments: &[glib::Bytes::static_type()],
        ..Shape::plain(G_SIGNAL_RUN_FIRST)
    };
    let signals = Signals {
        accept_certificate: signals::register(type_, c"accept-certificate", &accept_certificate),
        plain: PLAIN.map(|name| Plain::new(type_, name, G_SIGNAL_RUN_LAST)),
        wrote_body_data: Counting::new(type_, c"wrote-body-data", G_SIGNAL_RUN_LAST),
        got_chunk: signals::register(type_, c"got-chunk", &got_chunk),
    };
    _ = SIGNALS.set(signals);
}

/// Emits a signal without arguments. Call with nothing borrowed.
pub(in super::super) fn emit(message: &ServerMessage, signal: Signal) {
    if let Some(plain) = SIGNALS
        .get()
        .and_then(|signals| signals.plain.get(signal as usize))
    {
        plain.emit(message);
    }
}

/// Emits "wrote-body-data".
pub(in super::super) fn wrote_body_data(message: &ServerMessage, count: usize) {
    if let Some(signals) = SIGNALS.get() {
        signals.wrote_body_data.emit(message, count);
    }
}

/// Emits "got-chunk".
pub(in super::super) fn got_chunk(message: &ServerMessage, chunk: &glib::Bytes) {
    if let Some(signals) = SIGNALS.get() {
        let bytes: *mut glib::ffi::GBytes = chunk.to_glib_none().0;
        // SAFETY: the argument is the one the signal was registered with, and lives through the call.
        unsafe { gobject_ffi::g_signal_emit(instance(message), signals.got_chunk, 0, bytes) };
    }
}

/// Emits "accept-certificate"; whether a handler takes the certificate.
pub(in super::super) fn accept_certificate(
    message: &ServerMessage,
    certificate: &gio::TlsCertificate,
    errors: gio::TlsCertificateFlags,
) -> bool {
    let Some(signals) = SIGNALS.get() else {
        return false;
    };
    let mut accepted = glib::ffi::GFALSE;
    // SAFETY: the arguments are those that the signal was registered with, and live through the call.
    unsafe {
        gobject_ffi::g_signal_emit(
            instance(message),
            signals.accept_certificate,
            0,
            certificate.as_ptr(),
            errors.into_glib(),
            &mut accepted,
        );
    }
    accepted != glib::ffi::GFALSE
}

fn instance(message: &ServerMessage) -> *mut gobject_ffi::GObject {
    message.as_ptr().cast::<c_void>().cast()
}
