//! TLS of a server's connections by rustls: which way a server takes, the handshake, and what is thought of a client's certificate.
//!
//! | what | way |
//! |---|---|
//! | a certificate whose key GIO gives out | rustls, in the reactor |
//! | a key that cannot be read (PKCS #11), or of a kind that rustls does not know | GIO's TLS, in threads (`secure`) |
//! | `BISQUE_SERVER_TLS=gio` in the environment | GIO's TLS |
//!
//! rustls makes sure that a client has the key of its certificate; whether the certificate is trusted is asked of GIO's database after
//! the handshake and before anything is read, off the loop.

use std::rc::Rc;
use std::sync::OnceLock;

use gio::prelude::*;
use glib::subclass::prelude::*;

use super::Server;
use super::connection::{Connection, State};
use crate::gobject::server_message::signals as message_signals;
use crate::gobject::server_message::{PeerTls, ShownCertificate};
use crate::reactor::{ClientCertificates, Handshake, TlsAcceptor};

/// How a server shakes hands.
#[derive(Clone)]
pub(super) enum Way {
    /// By rustls, in the reactor.
    Reactor(TlsAcceptor),
    /// By GIO, in threads.
    Threads,
}

impl Server {
    /// How connections shake hands with what the properties say now. `None` without a certificate.
    pub(super) fn tls_way(&self) -> Option<Way> {
        if let Some(way) = &*self.imp().tls_way.borrow() {
            return Some(way.clone());
        }
        let certificate = self.tls_certificate()?;
        let clients = match self.tls_auth_mode() {
            gio::TlsAuthenticationMode::Requested => ClientCertificates::Requested,
            gio::TlsAuthenticationMode::Required => ClientCertificates::Required,
            _ => ClientCertificates::Ignored,
        };
        let way = match wants_gio() {
            true => {
                glib::g_debug!("libsoup", "TLS of the server: GIO's, as BISQUE_SERVER_TLS says");
                Way::Threads
            }
            false => match TlsAcceptor::new(&certificate, clients, &[b"http/1.1"]) {
                Ok(acceptor) => {
                    glib::g_debug!("libsoup", "TLS of the server: rustls");
                    Way::Reactor(acceptor)
                }
                Err(error) => {
                    glib::g_debug!(
                        "libsoup",
                        "TLS of the server: GIO's, because rustls cannot use the certificate: {error}"
                    );
                    Way::Threads
                }
            },
        };
        self.imp().tls_way.replace(Some(way.clone()));
        Some(way)
    }

    /// The properties have changed: connections that come from now on shake hands with what they say.
    pub(super) fn forget_tls_way(&self) {
        self.imp().tls_way.take();
    }
}

impl Connection {
    /// Goes on with the handshake; whether it is over, and data can be read.
    pub(super) fn shake(self: &Rc<Self>) -> bool {
        let Some(link) = self.link() else { return false };
        match link.shake_hands() {
            Ok(Handshake::UnderWay) => return false,
            Ok(Handshake::Done) => (),
            Err(error) => {
                glib::g_debug!("libsoup", "TLS handshake: {error}");
                self.abort();
                return false;
            }
        }
        let Some(certificate) = certificate_of(&link.peer_certificates()) else {
            self.tls_done();
            return true;
        };
        self.state.set(State::Shaking);
        self.judge(certificate);
        false
    }

    /// What TLS says about the client, if the connection has TLS.
    pub(super) fn peer_tls(&self) -> Option<PeerTls> {
        if let Some(tls) = self.tls() {
            return Some(PeerTls::Gio(tls));
        }
        let shown = self.shown.borrow().as_deref().cloned();
        self.link()?.is_server_tls().then_some(PeerTls::Shown(shown))
    }

    /// Asks GIO what is wrong with the client's certificate.
    fn judge(self: &Rc<Self>, certificate: gio::TlsCertificate) {
        let Some(server) = self.owner.server() else {
            return self.abort();
        };
        let Some(database) = server.tls_database() else {
            // Without a database nobody is trusted, as with GIO's own TLS.
            let errors = gio::TlsCertificateFlags::UNKNOWN_CA
                | certificate.verify(gio::SocketConnectable::NONE, gio::TlsCertificate::NONE);
            return self.judged(certificate, errors);
        };
        let Some(context) = self.link().and_then(|link| link.reactor().context()) else {
            return self.abort();
        };
        let (connection, judged) = (self.clone(), certificate.clone());
        let ask = move || {
            database.verify_chain_async(
                &certificate,
                CLIENT,
                gio::SocketConnectable::NONE,
                gio::TlsInteraction::NONE,
                gio::TlsDatabaseVerifyFlags::NONE,
                gio::Cancellable::NONE,
                move |errors| {
                    let errors = errors.unwrap_or(gio::TlsCertificateFlags::GENERIC_ERROR);
                    connection.judged(judged, errors);
                },
            );
        };
        if context.with_thread_default(ask).is_err() {
            self.abort();
        }
    }

    /// The certificate has been looked at. As with GIO's own TLS, handlers of "accept-certificate" decide, also about one
    /// that is trusted, and without them none is taken.
    fn judged(self: &Rc<Self>, certificate: gio::TlsCertificate, errors: gio::TlsCertificateFlags) {
        if self.state.get() != State::Shaking {
            return;
        }
        self.shown.replace(Some(Box::new(ShownCertificate {
            certificate: certificate.clone(),
            errors,
        })));
        if !self.accept_certificate(&certificate, errors) {
            return self.abort();
        }
        if self.state.get() != State::Shaking {
            return;
        }
        self.tls_done();
        if let Some(message) = self.message() {
            message.notify("tls-peer-certificate");
            message.notify("tls-peer-certificate-errors");
        }
        if let Some(link) = self.link() {
            link.wake();
        }
    }

    fn tls_done(&self) {
        self.state.set(State::Reading);
        self.show_deadline();
    }

    /// Whether a handler takes a certificate that is not trusted. The message is made for this question, if nobody has
    /// asked before.
    pub(super) fn accept_certificate(
        self: &Rc<Self>,
        certificate: &gio::TlsCertificate,
        errors: gio::TlsCertificateFlags,
    ) -> bool {
        if self.state.get() != State::Shaking {
            return false;
        }
        let Some(server) = self.owner.server() else {
            return false;
        };
        let message = self.begin(&server, None);
        self.carries(&message) && message_signals::accept_certificate(&message, certificate, errors)
    }
}

/// GIO's certificate for a chain, the client's own first; `None` for an empty one, and for what GIO does not take for one.
fn certificate_of(chain: &[Vec<u8>]) -> Option<gio::TlsCertificate> {
    let type_ = gio::TlsBackend::default().certificate_type();
    chain.iter().rev().try_fold(None, |issuer, der| {
        let der = glib::ByteArray::from(&der[..]);
        let certificate = gio::Initable::builder_with_type(type_)
            .property("certificate", der)
            .property("issuer", issuer)
            .build(gio::Cancellable::NONE)
            .ok()?;
        Some(certificate.dynamic_cast::<gio::TlsCertificate>().ok())
    })?
}

/// Whether the environment says that servers use GIO's TLS.
fn wants_gio() -> bool {
    static WANTS: OnceLock<bool> = OnceLock::new();
    *WANTS.get_or_init(|| std::env::var_os("BISQUE_SERVER_TLS").is_some_and(|way| way == "gio"))
}

/// What a client's certificate is verified for (`G_TLS_DATABASE_PURPOSE_AUTHENTICATE_CLIENT`).
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
