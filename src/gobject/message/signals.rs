//! The signals of a message: what they are, and the emission of those that every message has.

use std::sync::OnceLock;

use glib::gobject_ffi::{G_SIGNAL_RUN_FIRST, G_SIGNAL_RUN_LAST};
use glib::prelude::*;
use glib::translate::*;

use super::Message;
use crate::gobject::features::auth::Auth;
use crate::gobject::glue::signals::{self, Counting, Plain, Shape};

/// The signals without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(in crate::gobject) enum Signal {
    WroteHeaders,
    WroteBody,
    GotInformational,
    GotHeaders,
    GotBody,
    Starting,
    Restarted,
    Finished,
}

struct Signals {
    /// In the order of [`Signal`].
    plain: [Plain; 8],
    wrote_body_data: Counting,
    got_body_data: Counting,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// Registers the signals. Called by the class's initialization, which happens once.
pub(super) fn register(class: glib::Type) {
    let plain = |name| Plain::new(class, name, G_SIGNAL_RUN_FIRST);
    let counting = |name| Counting::new(class, name, G_SIGNAL_RUN_FIRST);
    let telling = |name, arguments: &[glib::Type]| {
        let shape = Shape {
            arguments,
            ..Shape::plain(G_SIGNAL_RUN_FIRST)
        };
        signals::register(class, name, &shape);
    };
    // One that the first handler to say TRUE has answered.
    let question = |name, arguments: &[glib::Type]| {
        let shape = Shape {
            arguments,
            returns: glib::Type::BOOL,
            ..Shape::plain(G_SIGNAL_RUN_LAST)
        };
        signals::register(class, name, &shape);
    };
    _ = SIGNALS.set(Signals {
        plain: [
            c"wrote-headers",
            c"wrote-body",
            c"got-informational",
            c"got-headers",
            c"got-body",
            c"starting",
            c"restarted",
            c"finished",
        ]
        .map(plain),
        wrote_body_data: counting(c"wrote-body-data"),
        got_body_data: counting(c"got-body-data"),
    });
    telling(c"content-sniffed", &[glib::Type::STRING, hash_table()]);
    question(c"authenticate", &[Auth::static_type(), glib::Type::BOOL]);
    telling(
        c"network-event",
        &[
            gio::SocketClientEvent::static_type(),
            gio::IOStream::static_type(),
        ],
    );
    question(
        c"accept-certificate",
        &[
            gio::TlsCertificate::static_type(),
            gio::TlsCertificateFlags::static_type(),
        ],
    );
    question(c"request-certificate", &[gio::TlsClientConnection::static_type()]);
    question(
        c"request-certificate-password",
        &[gio::TlsPassword::static_type()],
    );
    signals::register(class, c"hsts-enforced", &Shape::plain(G_SIGNAL_RUN_LAST));
}

/// The GType of a `GHashTable`, which the glib crate does not bind.
fn hash_table() -> glib::Type {
    // SAFETY: a GType function without preconditions.
    unsafe { from_glib(glib::ffi::g_hash_table_get_type()) }
}

impl Message {
    /// Emits a signal without arguments. Call with nothing borrowed.
    pub(in crate::gobject) fn emit(&self, signal: Signal) {
        if let Some(plain) = SIGNALS
            .get()
            .and_then(|signals| signals.plain.get(signal as usize))
        {
            plain.emit(self);
        }
    }

    /// Emits "wrote-body-data". Call with nothing borrowed.
    pub(in crate::gobject) fn emit_wrote_body_data(&self, count: usize) {
        if let Some(signals) = SIGNALS.get() {
            signals.wrote_body_data.emit(self, count);
        }
    }

    /// Emits "got-body-data". Call with nothing borrowed.
    pub(in crate::gobject) fn emit_got_body_data(&self, count: usize) {
        if let Some(signals) = SIGNALS.get() {
            signals.got_body_data.emit(self, count);
        }
    }
}
