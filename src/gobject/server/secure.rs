//! A connection's way to TLS: a whole ClientHello first, then GIO's handshake, then HTTP.
//!
//! Law: GIO shakes hands in a thread of a small pool, so that a peer costs none before it has said what it wants. As long
//! as the thread runs, the socket is not closed: the handshake is cancelled, and lets go of it.

use std::cell::RefCell;
use std::io;
use std::rc::{Rc, Weak};

use gio::prelude::*;

use super::Server;
use super::connection::{Connection, State};
use crate::gobject::server_message::signals as message_signals;
use crate::proto::limits;
use crate::reactor::{CipherSocket, HandshakeCallbacks, Reactor, TlsTransport, Transport, shake_hands};

/// A handshake under way.
pub(super) struct Handshake {
    tls: gio::TlsConnection,
    cancellable: gio::Cancellable,
}

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hello {
    /// The whole first record of a handshake.
    Complete,
    /// The beginning of one.
    Incomplete,
    /// Something else.
    Garbage,
}

impl Connection {
    /// Waits for a client's ClientHello.
    pub(super) fn greet(self: &Rc<Self>) {
        self.state.set(State::Greeting);
        if let Some(link) = self.link() {
            link.set_deadline(Some(link.reactor().now() + limits::TLS_HANDSHAKE_TIME));
        }
    }

    /// Looks whether the ClientHello is there, and begins the handshake when it is.
    pub(super) fn read_hello(self: &Rc<Self>) {
        let Some(link) = self.link() else { return };
        let mut scratch = link.reactor().scratch();
        let hello = match link.peek(&mut scratch) {
            Ok(0) => Hello::Garbage,
            Ok(count) => hello(scratch.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Hello::Incomplete,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return link.wake(),
            Err(_) => Hello::Garbage,
        };
        drop(scratch);
        match hello {
            Hello::Complete => {
                if self.begin_handshake().is_none() {
                    self.abort();
                }
            }
            Hello::Incomplete => (),
            Hello::Garbage => self.abort(),
        }
    }

    fn begin_handshake(self: &Rc<Self>) -> Option<()> {
        let (server, link) = (self.owner.server()?, self.link()?);
        let socket = CipherSocket::new(&link.socket()?);
        let tls = server.tls_over(&socket)?;
        let cancellable = gio::Cancellable::new();
        self.state.set(State::Shaking);
        self.handshake.replace(Some(Box::new(Handshake {
            tls: tls.clone(),
            cancellable: cancellable.clone(),
        })));
        let (asked, connection, shaken) = (self.clone(), self.clone(), tls.clone());
        let desk = HandshakeCallbacks {
            accept: Box::new(move |certificate, errors| asked.accept_certificate(certificate, errors)),
            done: Box::new(move |outcome| connection.shaken(outcome, &shaken, &socket)),
        };
        shake_hands(&tls, &cancellable, &link.reactor().home(), desk).ok()
    }

    /// Whether a handler takes a certificate that is not trusted. The message is made for this question, if nobody has
    /// asked before.
    fn accept_certificate(
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

    /// The handshake is over.
    fn shaken(
        self: &Rc<Self>,
        outcome: Result<(), glib::Error>,
        tls: &gio::TlsConnection,
        socket: &CipherSocket,
    ) {
        if self.state.get() != State::Shaking {
            // Nobody waits for it any more.
            let _ = socket.close(gio::Cancellable::NONE);
            return;
        }
        // Its thread is done with the socket.
        self.handshake.take();
        let transport = match outcome {
            Ok(()) => TlsTransport::new(tls, socket).map(Transport::Tls),
            Err(error) => {
                glib::g_debug!("libsoup", "TLS handshake: {error}");
                None
            }
        };
        if self.take_over(transport).is_none() {
            self.abort();
        }
    }

    /// Goes on over the transport that the handshake has made.
    fn take_over(self: &Rc<Self>, transport: Option<Transport>) -> Option<()> {
        let (transport, plain) = (transport?, self.take_link()?);
        let reactor: Reactor = plain.reactor().clone();
        // Two registrations of one descriptor would not do.
        plain.detach().ok()?;
        let handler: Weak<Connection> = Rc::downgrade(self);
        let link = reactor.register_accepted(transport, handler).ok()?;
        self.set_link(link);
        self.state.set(State::Reading);
        if let Some(message) = self.message() {
            message.notify("tls-peer-certificate");
            message.notify("tls-peer-certificate-errors");
        }
        Some(())
    }

    /// Gives up a handshake under way; whether there was one. Its thread has the socket until it sees that.
    pub(super) fn abandon_handshake(&self) -> bool {
        let Some(handshake) = self.handshake.take() else {
            return false;
        };
        handshake.cancellable.cancel();
        if let Some(link) = self.take_link() {
            // What GIO still uses is closed with its last reference.
            drop(link.detach());
        }
        true
    }

    /// The TLS connection, during its handshake and after it.
    pub(super) fn tls(&self) -> Option<gio::TlsConnection> {
        let shaking = self
            .handshake
            .borrow()
            .as_ref()
            .map(|handshake| handshake.tls.clone());
        shaking.or_else(|| self.link()?.tls())
    }
}

impl Server {
    /// The server's side of TLS over `socket`, with what the properties say now.
    fn tls_over(&self, socket: &CipherSocket) -> Option<gio::TlsConnection> {
        // All at once: without a word about the database at this moment GIO loads what the system trusts, each time.
        gio::Initable::builder_with_type(gio::TlsBackend::default().server_connection_type())
            .property("base-io-stream", socket)
            .property("certificate", self.tls_certificate())
            .property("database", self.tls_database())
            .property("authentication-mode", self.tls_auth_mode())
            // HTTP and WebSocket say themselves where something ends.
            .property("require-close-notify", false)
            .property("advertised-protocols", ["http/1.1"].as_slice())
            .build(gio::Cancellable::NONE)
            .ok()?
            .dynamic_cast()
            .ok()
    }
}

/// What the beginning of a connection is (RFC 8446, section 5.1; a ClientHello in several records is waited for by GIO).
fn hello(bytes: &[u8]) -> Hello {
    const HANDSHAKE: u8 = 22;
    const VERSION: u8 = 3;
    const HEADER: usize = 5;
    let prefix_fits = bytes
        .iter()
        .zip([HANDSHAKE, VERSION])
        .all(|(byte, wanted)| *byte == wanted);
    if !prefix_fits {
        return Hello::Garbage;
    }
    let [_, _, _, high, low, ..] = bytes else {
        return Hello::Incomplete;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    match length {
        0 | 16_385.. => Hello::Garbage,
        length if bytes.len() - HEADER < length => Hello::Incomplete,
        _ => Hello::Complete,
    }
}

/// A place for a handshake, empty for plain connections.
pub(super) type Place = RefCell<Option<Box<Handshake>>>;

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_server_says_how_it_speaks_tls() {
        let (here, _there) = UnixStream::pair().unwrap();
        let socket = gio::Socket::from_fd(here.into()).unwrap();
        let server: Server = glib::Object::new();
        server.set_tls_auth_mode(gio::TlsAuthenticationMode::Requested);
        let tls = server.tls_over(&CipherSocket::new(&socket)).unwrap();
        assert_eq!(tls.database(), None, "and not the system's");
        assert!(!tls.requires_close_notify());
        assert_eq!(tls.property::<Vec<String>>("advertised-protocols"), ["http/1.1"]);
        let mode: gio::TlsAuthenticationMode = tls.property("authentication-mode");
        assert_eq!(mode, gio::TlsAuthenticationMode::Requested);
    }

    #[test]
    fn only_a_whole_record_is_a_hello() {
        assert_eq!(hello(&[]), Hello::Incomplete);
        assert_eq!(hello(&[22]), Hello::Incomplete);
        assert_eq!(hello(&[22, 3, 1, 0, 2]), Hello::Incomplete);
        assert_eq!(hello(&[22, 3, 1, 0, 2, 1]), Hello::Incomplete);
        assert_eq!(hello(&[22, 3, 1, 0, 2, 1, 0]), Hello::Complete);
        assert_eq!(hello(&[22, 3, 1, 0, 2, 1, 0, 9]), Hello::Complete);
    }

    #[test]
    fn what_is_no_tls_is_garbage_at_its_first_byte() {
        assert_eq!(hello(b"GET / HTTP/1.1\r\n"), Hello::Garbage);
        assert_eq!(hello(b"G"), Hello::Garbage);
        assert_eq!(hello(&[22, 2]), Hello::Garbage);
        assert_eq!(hello(&[22, 3, 1, 0, 0]), Hello::Garbage);
        assert_eq!(hello(&[22, 3, 1, 0x40, 1]), Hello::Garbage);
    }
}
