//! The five signals of a connection: registered and emitted through GObject's C functions, because glib-rs boxes
//! every argument of an emission, and "message" is emitted for each message.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr;
use std::sync::OnceLock;

use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

use super::WebsocketConnection;
use crate::gobject::enums::WebsocketDataType;

/// The signals' numbers.
struct Signals {
    message: c_uint,
    error: c_uint,
    closing: c_uint,
    closed: c_uint,
    pong: c_uint,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

unsafe extern "C" {
    /// gobject-sys leaves it out, because it has no name for a `va_list`.
    fn g_signal_set_va_marshaller(
        signal: c_uint,
        instance_type: glib::ffi::GType,
        marshaller: unsafe extern "C" fn(),
    );
    /// In variadic.c: calls a handler of "message" with its arguments straight off the `va_list`.
    fn bisque_marshal_message();
}

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(type_: glib::Type) {
    let first = gobject_ffi::G_SIGNAL_RUN_FIRST;
    let last = gobject_ffi::G_SIGNAL_RUN_LAST;
    let (int, bytes) = (glib::Type::I32, glib::Bytes::static_type());
    let signals = Signals {
        message: signal(type_, c"message", first, &[int, bytes]),
        error: signal(type_, c"error", first, &[glib::Error::static_type()]),
        closing: signal(type_, c"closing", last, &[]),
        closed: signal(type_, c"closed", first, &[]),
        pong: signal(type_, c"pong", first, &[bytes]),
    };
    // SAFETY: the marshaller's C signature is GSignalCVaMarshaller's; both sides take it as an untyped function.
    unsafe { g_signal_set_va_marshaller(signals.message, type_.into_glib(), bisque_marshal_message) };
    _ = SIGNALS.set(signals);
}

fn signal(type_: glib::Type, name: &CStr, flags: gobject_ffi::GSignalFlags, of: &[glib::Type]) -> c_uint {
    let mut types: Vec<glib::ffi::GType> = of.iter().map(|type_| type_.into_glib()).collect();
    // SAFETY: GLib copies the name and the types; no class closure, no accumulator; GLib picks the marshaller.
    unsafe {
        gobject_ffi::g_signal_newv(
            name.as_ptr(),
            type_.into_glib(),
            flags,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            None,
            gobject_ffi::G_TYPE_NONE,
            types.len() as c_uint,
            types.as_mut_ptr(),
        )
    }
}

/// Whether anybody listens to "message": otherwise there is no need to make a `GBytes`.
pub(super) fn message_is_wanted(connection: &WebsocketConnection) -> bool {
    SIGNALS
        .get()
        .is_some_and(|signals| has_handler(connection, signals.message))
}

/// Emits "message".
pub(super) fn message(connection: &WebsocketConnection, kind: WebsocketDataType, payload: &glib::Bytes) {
    if let Some(signals) = SIGNALS.get() {
        let bytes: *mut glib::ffi::GBytes = payload.to_glib_none().0;
        // SAFETY: the arguments are those the signal was registered with, and live through the call.
        unsafe {
            gobject_ffi::g_signal_emit(instance(connection), signals.message, 0, c_int::from(kind), bytes)
        };
    }
}

/// Emits "pong", if anybody listens; `payload` is made only then.
pub(super) fn pong(connection: &WebsocketConnection, payload: impl FnOnce() -> glib::Bytes) {
    if let Some(signals) = SIGNALS.get()
        && has_handler(connection, signals.pong)
    {
        let payload = payload();
        let bytes: *mut glib::ffi::GBytes = payload.to_glib_none().0;
        // SAFETY: as for "message".
        unsafe { gobject_ffi::g_signal_emit(instance(connection), signals.pong, 0, bytes) };
    }
}

/// Emits "error".
pub(super) fn error(connection: &WebsocketConnection, error: &glib::Error) {
    if let Some(signals) = SIGNALS.get() {
        let error: *const glib::ffi::GError = error.to_glib_none().0;
        // SAFETY: as for "message".
        unsafe { gobject_ffi::g_signal_emit(instance(connection), signals.error, 0, error) };
    }
}

/// Emits "closing".
pub(super) fn closing(connection: &WebsocketConnection) {
    if let Some(signals) = SIGNALS.get() {
        // SAFETY: the signal has no arguments.
        unsafe { gobject_ffi::g_signal_emit(instance(connection), signals.closing, 0) };
    }
}

/// Emits "closed".
pub(super) fn closed(connection: &WebsocketConnection) {
    if let Some(signals) = SIGNALS.get() {
        // SAFETY: the signal has no arguments.
        unsafe { gobject_ffi::g_signal_emit(instance(connection), signals.closed, 0) };
    }
}

fn has_handler(connection: &WebsocketConnection, signal: c_uint) -> bool {
    // SAFETY: a live instance of the type that the signal is registered for.
    unsafe {
        gobject_ffi::g_signal_has_handler_pending(instance(connection), signal, 0, glib::ffi::GFALSE) != 0
    }
}

fn instance(connection: &WebsocketConnection) -> *mut gobject_ffi::GObject {
    connection.as_ptr().cast::<c_void>().cast()
}
