//! The five signals of a connection: registered and emitted through GObject's C functions, because glib-rs boxes
//! every argument of an emission, and "message" is emitted for each message.

use std::cell::Cell;
use std::ffi::{c_int, c_uint};
use std::ptr::NonNull;
use std::sync::OnceLock;

use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

use super::connection_class::state_property;
use super::{SoupWebsocketConnection, WebsocketConnection};
use crate::gobject::enums::WebsocketDataType;
use crate::gobject::glue::signals::{self, Shape};
use crate::gobject::glue::way_back::{Disposal, WayBack, references};
use crate::reactor::Home;

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
    let signal = |name, flags, arguments: &[glib::Type]| {
        let shape = Shape {
            arguments,
            ..Shape::plain(flags)
        };
        signals::register(type_, name, &shape)
    };
    let signals = Signals {
        message: signal(c"message", first, &[int, bytes]),
        error: signal(c"error", first, &[glib::Error::static_type()]),
        closing: signal(c"closing", last, &[]),
        closed: signal(c"closed", first, &[]),
        pong: signal(c"pong", first, &[bytes]),
    };
    // SAFETY: the marshaller's C signature is GSignalCVaMarshaller's; both sides take it as an untyped function.
    unsafe { g_signal_set_va_marshaller(signals.message, type_.into_glib(), bisque_marshal_message) };
    _ = SIGNALS.set(signals);
}

/// The object that signals are emitted on, as seen from its core. Nothing is emitted once it is disposed.
///
/// Law: the object is held while something is emitted: by an application that calls it, or by what the reactor calls, with
/// [`Emitter::hold`], once for all that it emits. A reference for each emission would cost as much as the rest of it.
pub(super) struct Emitter {
    way: WayBack<WebsocketConnection>,
    instance: Cell<Option<NonNull<gobject_ffi::GObject>>>,
    /// How many of the references are those of `Held`s.
    held: Cell<u32>,
    /// Somebody has listened to "message", and is taken to do so still: to ask costs as much as to emit.
    listened: Cell<bool>,
}

impl Emitter {
    /// `connection` silences it when it is disposed, which is before it is finalized.
    pub(super) fn new(connection: &WebsocketConnection) -> Emitter {
        let instance: *mut SoupWebsocketConnection = connection.as_ptr();
        let way = WayBack::new();
        way.lead_to(connection);
        Emitter {
            way,
            instance: Cell::new(NonNull::new(instance.cast())),
            held: Cell::new(0),
            listened: Cell::new(false),
        }
    }

    /// The object, held.
    pub(super) fn connection(&self) -> Option<WebsocketConnection> {
        let instance: *mut SoupWebsocketConnection = self.instance.get()?.as_ptr().cast();
        // SAFETY: a live instance of the class, or `silence` would have been called.
        Some(unsafe { from_glib_none(instance) })
    }

    /// Holds the object, unless it is going away.
    pub(super) fn hold(&self) -> Option<Held<'_>> {
        let object = self.way.object()?;
        self.held.set(self.held.get() + 1);
        Some(Held {
            emitter: self,
            _object: object,
        })
    }

    /// The object is being disposed, in any thread.
    pub(super) fn dispose(&self, connection: &WebsocketConnection, home: &Home) -> Disposal {
        self.way.dispose(connection, Some(home))
    }

    /// The object goes away, or has gone.
    pub(super) fn silence(&self) {
        self.way.end();
        self.instance.set(None);
    }

    /// Whether anybody listens to "message": otherwise there is no need to make a `GBytes`.
    pub(super) fn message_is_wanted(&self) -> bool {
        if !self.listened.get() {
            let listens = self.with(|instance, signals| has_handler(instance, signals.message));
            self.listened.set(listens.unwrap_or(false));
        }
        self.listened.get()
    }

    /// Emits "message".
    pub(super) fn message(&self, kind: WebsocketDataType, payload: &glib::Bytes) {
        let bytes: *mut glib::ffi::GBytes = payload.to_glib_none().0;
        self.with(|instance, signals| {
            // SAFETY: a live instance; the arguments are those the signal was registered with, and live through the call.
            unsafe { gobject_ffi::g_signal_emit(instance, signals.message, 0, c_int::from(kind), bytes) };
        });
    }

    /// Emits "pong", if anybody listens; `payload` is made only then.
    pub(super) fn pong(&self, payload: impl FnOnce() -> glib::Bytes) {
        self.with(|instance, signals| {
            if has_handler(instance, signals.pong) {
                let payload = payload();
                let bytes: *mut glib::ffi::GBytes = payload.to_glib_none().0;
                // SAFETY: as for "message".
                unsafe { gobject_ffi::g_signal_emit(instance, signals.pong, 0, bytes) };
            }
        });
    }

    /// Emits "error".
    pub(super) fn error(&self, error: &glib::Error) {
        let error: *const glib::ffi::GError = error.to_glib_none().0;
        // SAFETY: as for "message".
        self.with(|instance, signals| unsafe {
            gobject_ffi::g_signal_emit(instance, signals.error, 0, error)
        });
    }

    /// Emits "closing".
    pub(super) fn closing(&self) {
        // SAFETY: a live instance; the signal has no arguments.
        self.with(|instance, signals| unsafe { gobject_ffi::g_signal_emit(instance, signals.closing, 0) });
    }

    /// Emits "closed".
    pub(super) fn closed(&self) {
        // SAFETY: a live instance; the signal has no arguments.
        self.with(|instance, signals| unsafe { gobject_ffi::g_signal_emit(instance, signals.closed, 0) });
    }

    /// Notifies of a change of "state".
    pub(super) fn notify_state(&self) {
        self.with(|instance, _| {
            let property = state_property().to_glib_none().0;
            // SAFETY: a live instance, and a property of its class.
            unsafe { gobject_ffi::g_object_notify_by_pspec(instance, property) };
        });
    }

    fn with<T>(&self, act: impl FnOnce(*mut gobject_ffi::GObject, &Signals) -> T) -> Option<T> {
        Some(act(self.instance.get()?.as_ptr(), SIGNALS.get()?))
    }
}

/// The object, held while something is emitted on it.
pub(super) struct Held<'a> {
    emitter: &'a Emitter,
    _object: WebsocketConnection,
}

impl Held<'_> {
    /// Whether nobody else holds the object: it is gone, but for us.
    pub(super) fn is_let_go(&self) -> bool {
        let emitter = self.emitter;
        let Some(instance) = emitter.instance.get() else {
            return true;
        };
        // SAFETY: alive: this holds a reference.
        unsafe { references(instance.as_ptr()) <= emitter.held.get() }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.emitter.held.set(self.emitter.held.get() - 1);
    }
}

fn has_handler(instance: *mut gobject_ffi::GObject, signal: c_uint) -> bool {
    // SAFETY: a live instance of the type that the signal is registered for.
    unsafe { gobject_ffi::g_signal_has_handler_pending(instance, signal, 0, glib::ffi::GFALSE) != 0 }
}
