//! The signals of a server. Their class closures are the slots of `SoupServerClass`, so that a C subclass's methods run.

use std::ffi::{CStr, c_uint, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::OnceLock;

use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

use super::{Server, SoupServerClass};
use crate::gobject::ServerMessage;

/// The signals; each has the message as its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Signal {
    Started,
    Read,
    Finished,
    Aborted,
}

static SIGNALS: OnceLock<[c_uint; 4]> = OnceLock::new();

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(type_: glib::Type) {
    let signals = [
        (c"request-started", offset_of!(SoupServerClass, request_started)),
        (c"request-read", offset_of!(SoupServerClass, request_read)),
        (c"request-finished", offset_of!(SoupServerClass, request_finished)),
        (c"request-aborted", offset_of!(SoupServerClass, request_aborted)),
    ];
    _ = SIGNALS.set(signals.map(|(name, slot)| new(type_, name, slot)));
}

fn new(type_: glib::Type, name: &CStr, slot: usize) -> c_uint {
    let mut argument = ServerMessage::static_type().into_glib();
    let slot = c_uint::try_from(slot).unwrap_or_default();
    // SAFETY: the slot lies in the class struct and is a function of the signal's signature; GLib copies the rest.
    unsafe {
        gobject_ffi::g_signal_newv(
            name.as_ptr(),
            type_.into_glib(),
            gobject_ffi::G_SIGNAL_RUN_FIRST,
            gobject_ffi::g_signal_type_cclosure_new(type_.into_glib(), slot),
            None,
            ptr::null_mut(),
            None,
            gobject_ffi::G_TYPE_NONE,
            1,
            &mut argument,
        )
    }
}

/// Emits a signal. Call with nothing borrowed.
pub(super) fn emit(server: &Server, signal: Signal, message: &ServerMessage) {
    if let Some(number) = SIGNALS.get().and_then(|signals| signals.get(signal as usize)) {
        let instance: *mut gobject_ffi::GObject = server.as_ptr().cast::<c_void>().cast();
        // SAFETY: the argument is the one the signal was registered with; both objects live through the call.
        unsafe { gobject_ffi::g_signal_emit(instance, *number, 0, message.as_ptr()) };
    }
}
