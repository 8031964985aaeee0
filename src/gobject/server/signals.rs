//! The signals of a server. Their class closures are the slots of `SoupServerClass`, so that a C subclass's methods run.

use std::mem::offset_of;
use std::sync::OnceLock;

use glib::gobject_ffi::G_SIGNAL_RUN_FIRST;

use super::{Server, SoupServerClass};
use crate::gobject::ServerMessage;
use crate::gobject::glue::signals::About;

/// The signals; each has the message as its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Signal {
    Started,
    Read,
    Finished,
    Aborted,
}

static SIGNALS: OnceLock<[About<ServerMessage>; 4]> = OnceLock::new();

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(type_: glib::Type) {
    let signals = [
        (c"request-started", offset_of!(SoupServerClass, request_started)),
        (c"request-read", offset_of!(SoupServerClass, request_read)),
        (c"request-finished", offset_of!(SoupServerClass, request_finished)),
        (c"request-aborted", offset_of!(SoupServerClass, request_aborted)),
    ];
    _ = SIGNALS.set(signals.map(|(name, slot)| About::new(type_, name, G_SIGNAL_RUN_FIRST, slot)));
}

/// Emits a signal. Call with nothing borrowed.
pub(super) fn emit(server: &Server, signal: Signal, message: &ServerMessage) {
    if let Some(about) = SIGNALS.get().and_then(|signals| signals.get(signal as usize)) {
        about.emit(server, message);
    }
}
