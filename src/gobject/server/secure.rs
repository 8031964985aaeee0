//! A connection's way to TLS: a whole ClientHello first, then GIO's handshake, then HTTP.
//!
//! Law: GIO shakes hands in a thread of a small pool, so that a peer costs none before it has said what it wants. As long
//! as the thread runs, the socket is not closed: the handshake is cancelled, and lets go of it.

use std::io;
use std::rc::Rc;

use gio::prelude::*;

use super::Server;
use crate::reactor::{CipherSocket, HandshakeCallbacks, Link, TlsTransport, Transport, shake_hands};

/// A handshake under way.
pub(super) struct TlsHandshake {
    tls: gio::TlsConnection,
    cancellable: gio::Cancellable,
}

/// A handshake that is over.
pub(super) struct Shaken {
    outcome: Result<(), glib::Error>,
    tls: gio::TlsConnection,
    socket: CipherSocket,
}

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// The whole first record of a handshake.
    Complete,
    /// The beginning of one.
    Incomplete,
    /// Something else.
    Garbage,
}

/// Looks whether a ClientHello is there, and leaves it there.
pub(super) fn peek_hello(link: &Rc<Link>) -> Hello {
    let mut scratch = link.reactor().scratch();
    match link.peek(&mut scratch) {
        Ok(0) => Hello::Garbage,
        Ok(count) => hello(scratch.get(..count).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Hello::Incomplete,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            link.wake();
            Hello::Incomplete
        }
        Err(_) => Hello::Garbage,
    }
}

impl TlsHandshake {
    /// Begins the handshake over the socket of `link`. `accept` is asked about a certificate that is not trusted, `done` is
    /// called when the handshake is over, both in a later turn of the link's context.
    pub(super) fn begin(
        server: &Server,
        link: &Link,
        accept: impl Fn(&gio::TlsCertificate, gio::TlsCertificateFlags) -> bool + 'static,
        done: impl FnOnce(Shaken) + 'static,
    ) -> Option<TlsHandshake> {
        let socket = CipherSocket::new(&link.socket()?);
        let tls = server.tls_over(&socket)?;
        let cancellable = gio::Cancellable::new();
        let shaken = tls.clone();
        let callbacks = HandshakeCallbacks {
            accept: Box::new(accept),
            done: Box::new(move |outcome| {
                done(Shaken {
                    outcome,
                    tls: shaken,
                    socket,
                });
            }),
        };
        shake_hands(&tls, &cancellable, &link.reactor().home(), callbacks).ok()?;
        Some(TlsHandshake { tls, cancellable })
    }

    /// The TLS connection.
    pub(super) fn tls(&self) -> &gio::TlsConnection {
        &self.tls
    }

    /// Gives the handshake up. Its thread has the socket of `link` until it sees that.
    pub(super) fn abandon(&self, link: Option<Rc<Link>>) {
        self.cancellable.cancel();
        if let Some(link) = link {
            // What GIO still uses is closed with its last reference.
            drop(link.detach());
        }
    }
}

impl Shaken {
    /// The transport, if the handshake has succeeded.
    pub(super) fn into_transport(self) -> Option<Transport> {
        match self.outcome {
            Ok(()) => TlsTransport::new(&self.tls, &self.socket).map(Transport::Tls),
            Err(error) => {
                glib::g_debug!("libsoup", "TLS handshake: {error}");
                None
            }
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn close(self) {
        let _ = self.socket.close(gio::Cancellable::NONE);
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
