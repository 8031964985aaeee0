//! The signals of a message, registered and emitted through GObject's C functions: an emission that nobody listens
//! to costs next to nothing there.

use std::ffi::{CStr, c_uint, c_void};
use std::ptr;
use std::sync::OnceLock;

use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

use super::ServerMessage;

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
    plain: [c_uint; 9],
    wrote_body_data: c_uint,
    got_chunk: c_uint,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(type_: glib::Type) {
    let last = gobject_ffi::G_SIGNAL_RUN_LAST;
    let none = glib::Type::UNIT;
    let certificate = [
        gio::TlsCertificate::static_type(),
        gio::TlsCertificateFlags::static_type(),
    ];
    let signals = Signals {
        accept_certificate: new(type_, c"accept-certificate", last, glib::Type::BOOL, &certificate),
        plain: PLAIN.map(|name| new(type_, name, last, none, &[])),
        wrote_body_data: new(type_, c"wrote-body-data", last, none, &[glib::Type::U32]),
        got_chunk: new(
            type_,
            c"got-chunk",
            gobject_ffi::G_SIGNAL_RUN_FIRST,
            none,
            &[glib::Bytes::static_type()],
        ),
    };
    _ = SIGNALS.set(signals);
}

fn new(
    type_: glib::Type,
    name: &CStr,
    flags: gobject_ffi::GSignalFlags,
    returns: glib::Type,
    of: &[glib::Type],
) -> c_uint {
    let mut types: Vec<glib::ffi::GType> = of.iter().map(|type_| type_.into_glib()).collect();
    // SAFETY: GLib copies the name and the types; no class closure; GLib picks the marshaller. A boolean signal stops at
    // the first handler that says yes.
    unsafe {
        gobject_ffi::g_signal_newv(
            name.as_ptr(),
            type_.into_glib(),
            flags,
            ptr::null_mut(),
            (returns == glib::Type::BOOL).then_some(gobject_ffi::g_signal_accumulator_true_handled as _),
            ptr::null_mut(),
            None,
            returns.into_glib(),
            c_uint::try_from(types.len()).unwrap_or_default(),
            types.as_mut_ptr(),
        )
    }
}

/// Emits a signal without arguments. Call with nothing borrowed.
pub(in super::super) fn emit(message: &ServerMessage, signal: Signal) {
    if let Some(signals) = SIGNALS.get() {
        let number = signals.plain.get(signal as usize).copied().unwrap_or_default();
        // SAFETY: the signal has no arguments; the message lives through the call.
        unsafe { gobject_ffi::g_signal_emit(instance(message), number, 0) };
    }
}

/// Emits "wrote-body-data".
pub(in super::super) fn wrote_body_data(message: &ServerMessage, count: usize) {
    if let Some(signals) = SIGNALS.get() {
        let count = c_uint::try_from(count).unwrap_or(c_uint::MAX);
        // SAFETY: the argument is the one the signal was registered with.
        unsafe { gobject_ffi::g_signal_emit(instance(message), signals.wrote_body_data, 0, count) };
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
