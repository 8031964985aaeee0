//! TLS between a session's connection and its handshake: who the server has to be, and whether it is taken for that.
//!
//! Law: GIO shakes hands in a thread and asks in the item's context; nothing is borrowed then, and each answer may have
//! ended the item.

use std::rc::Rc;
use std::time::Duration;

use gio::prelude::*;

use crate::gobject::glue::errors::io_error;
use crate::gobject::glue::source::AttachedSource;
use crate::gobject::message::interaction::Interaction;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::item::{Origin, Purpose, QueueItem};
use crate::gobject::session::stage::Stage;
use crate::reactor::{CipherSocket, HandshakeCallbacks, Home, shake_hands};

/// A handshake under way: it is cancelled when this is dropped.
pub(in crate::gobject) struct TlsHandshake {
    cancellable: gio::Cancellable,
    /// What limits its time.
    _alarm: Option<AttachedSource>,
}

impl Drop for TlsHandshake {
    fn drop(&mut self) {
        self.cancellable.cancel();
    }
}

impl QueueItem {
    /// Shakes hands over a connected stream, and goes on over what comes out of it.
    pub(in crate::gobject) fn secure(
        self: &Rc<Self>,
        connection: Connection,
        identity: &gio::SocketConnectable,
    ) -> Result<(), glib::Error> {
        let stream = connection.stream();
        // A proxy may have given a stream that is no plain socket.
        let below = CipherSocket::over(stream);
        let base: gio::IOStream = match &below {
            Some(socket) => socket.clone().upcast(),
            None => stream.clone().upcast(),
        };
        let tls = self.tls_over(&base, identity)?;
        self.message.set_was_asked_for_certificate(false);
        if self.message.collects_metrics() {
            self.message
                .metrics()
                .network_event(gio::SocketClientEvent::TlsHandshaking);
        }
        self.network_event(gio::SocketClientEvent::TlsHandshaking, Some(tls.upcast_ref()));
        if self.is_over() {
            return Ok(());
        }
        let cancellable = gio::Cancellable::new();
        self.enter(Stage::Securing(TlsHandshake {
            cancellable: cancellable.clone(),
            _alarm: self.alarm(),
        }));
        let (asked, item, shaken) = (self.clone(), self.clone(), tls.clone());
        let desk = HandshakeCallbacks {
            accept: Box::new(move |certificate, errors| asked.accepts(certificate, errors)),
            done: Box::new(move |outcome| item.shaken(outcome, &shaken, below, connection)),
        };
        shake_hands(&tls, &cancellable, &Home::of(self.context()), desk)
    }

    /// The client's side of TLS over `base`.
    fn tls_over(
        &self,
        base: &gio::IOStream,
        identity: &gio::SocketConnectable,
    ) -> Result<gio::TlsConnection, glib::Error> {
        let mut tls = gio::Initable::builder_with_type(gio::TlsBackend::default().client_connection_type())
            .property("base-io-stream", base)
            .property("server-identity", identity);
        if let Some(database) = self.session.own_tls_database() {
            // Said later, GIO would have loaded what the system trusts by then.
            tls = tls.property("database", database);
        }
        let tls = tls.build(gio::Cancellable::NONE)?;
        let tls: gio::TlsConnection = tls.dynamic_cast().map_err(|_| {
            glib::Error::new(
                gio::TlsError::Unavailable,
                "No TLS backend is installed (install glib-networking)",
            )
        })?;
        let interaction = self.session.tls_interaction();
        tls.set_interaction(Some(&match interaction {
            Some(interaction) => interaction,
            None => Interaction::of(&self.message, self.context())?.upcast(),
        }));
        if let Some(certificate) = self.message.tls_client_certificate() {
            tls.set_certificate(&certificate);
        }
        // HTTP and WebSocket delimit their own messages, so that a missing close_notify is not a truncation.
        tls.set_require_close_notify(false);
        tls.set_advertised_protocols(["http/1.1"]);
        Ok(tls)
    }

    /// Whether a handler takes a certificate that is not trusted.
    fn accepts(&self, certificate: &gio::TlsCertificate, errors: gio::TlsCertificateFlags) -> bool {
        // A handler may end the item.
        !self.is_over()
            && self
                .message
                .emit_by_name("accept-certificate", &[certificate, &errors])
    }

    /// The server wants a certificate that the message does not have, or whose key wants a password: whether the message's handlers
    /// may be asked. Those of a preconnection are not: it fails, and the message that is sent later makes its own connection.
    pub(in crate::gobject) fn may_be_asked(self: &Rc<Self>) -> bool {
        let may = !matches!(self.purpose, Purpose::Connect);
        if !may {
            let text = "The server asks for a certificate, which a preconnection does not have";
            self.fail(glib::Error::new(gio::TlsError::CertificateRequired, text));
        }
        may
    }

    /// What it means that a connection is broken off before a response.
    pub(super) fn explain_end(&self, error: glib::Error) -> glib::Error {
        let is_end = error.matches(gio::TlsError::Misc)
            || error.matches(gio::IOErrorEnum::PartialInput)
            || error.matches(gio::IOErrorEnum::BrokenPipe);
        if !is_end || !self.message.was_asked_for_certificate() {
            return error;
        }
        // With TLS 1.3 a client learns behind its handshake that the server does not take it (RFC 8446, section 4.4.2.4).
        let text = "The server requires a certificate from the client, and has accepted none";
        let text = format!("{text}: {}", error.message());
        glib::Error::new(gio::TlsError::CertificateRequired, &text)
    }

    /// Gives the server a session's `timeout` for its part.
    fn alarm(self: &Rc<Self>) -> Option<AttachedSource> {
        let timeout = Duration::from_secs(self.session.timeout().into());
        let fail = |item: &Rc<QueueItem>| {
            let text = "The server did not end the TLS handshake in time";
            item.fail(io_error(gio::IOErrorEnum::TimedOut, text));
        };
        (!timeout.is_zero()).then(|| AttachedSource::after(self.context(), timeout, self.clone(), fail))
    }

    fn shaken(
        self: &Rc<Self>,
        outcome: Result<(), glib::Error>,
        tls: &gio::TlsConnection,
        below: Option<CipherSocket>,
        connection: Connection,
    ) {
        if self.is_over() {
            // Its thread had the socket until now.
            return connection.close();
        }
        self.enter(Stage::Connecting);
        self.message.take_tls(tls);
        if let Err(error) = outcome {
            connection.close();
            let error = explained(error, self.message.tls_peer_certificate_errors());
            return self.fail(self.explain_end(error));
        }
        for event in [
            gio::SocketClientEvent::TlsHandshaked,
            gio::SocketClientEvent::Complete,
        ] {
            if self.message.collects_metrics() {
                self.message.metrics().network_event(event);
            }
            self.network_event(event, Some(tls.upcast_ref()));
        }
        let connection = connection.secured(tls, below);
        match self.goes_on() {
            true => self.run_on(connection, Origin::New),
            false => connection.close(),
        }
    }
}

/// What GIO says about a certificate that is not accepted, in the user's language, followed by what was wrong with it.
fn explained(error: glib::Error, flags: gio::TlsCertificateFlags) -> glib::Error {
    let reasons: Vec<&str> = REASONS
        .iter()
        .filter_map(|&(flag, reason)| flags.contains(flag).then_some(reason))
        .collect();
    if reasons.is_empty() || !error.matches(gio::TlsError::BadCertificate) {
        return error;
    }
    glib::Error::new(
        gio::TlsError::BadCertificate,
        &format!("{}: {}", error.message(), reasons.join("; ")),
    )
}

const REASONS: [(gio::TlsCertificateFlags, &str); 7] = [
    (
        gio::TlsCertificateFlags::UNKNOWN_CA,
        "no authority that is trusted here has signed it (set the session's \"tls-database\", or install the authority's certificate)",
    ),
    (
        gio::TlsCertificateFlags::BAD_IDENTITY,
        "it was made for another host name than the one that was asked for",
    ),
    (
        gio::TlsCertificateFlags::NOT_ACTIVATED,
        "it is not valid yet (compare its dates with this machine's clock)",
    ),
    (
        gio::TlsCertificateFlags::EXPIRED,
        "it has expired (compare its dates with this machine's clock)",
    ),
    (gio::TlsCertificateFlags::REVOKED, "its authority has revoked it"),
    (
        gio::TlsCertificateFlags::INSECURE,
        "it uses an algorithm that is not secure any more",
    ),
    (gio::TlsCertificateFlags::GENERIC_ERROR, "it could not be checked"),
];
