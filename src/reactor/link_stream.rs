//! What a link shows of its transport: streams and sockets for the program, addresses, certificates; and giving the stream away.

use std::io;

use gio::prelude::*;

use super::socket::End;
use super::timers::NEVER;
use super::{Link, Transport, bit};

impl Link {
    /// The certificates (DER) that the client of a server's TLS has shown, its own first.
    pub fn peer_certificates(&self) -> Vec<Vec<u8>> {
        match &self.transport {
            Transport::ServerTls(tls) => tls.peer_certificates(),
            _ => Vec::new(),
        }
    }

    /// Whether this is a server's TLS, whose handshake is a part of reading.
    pub fn is_server_tls(&self) -> bool {
        matches!(self.transport, Transport::ServerTls(_))
    }

    /// The stream, made now if there is none yet. The link and its holder then use the same descriptor.
    pub fn io_stream(&self) -> io::Result<gio::IOStream> {
        self.transport.io_stream()
    }

    /// Whether reading and writing run no code of anybody else's.
    pub fn is_quiet(&self) -> bool {
        !matches!(self.transport, Transport::Pollable(_))
    }

    /// The socket below the stream, made now if there is none yet.
    pub fn socket(&self) -> Option<gio::Socket> {
        match &self.transport {
            Transport::Socket(socket) => socket.socket().ok(),
            Transport::Tls(tls) => Some(tls.socket().socket()),
            Transport::ServerTls(tls) => tls.socket(),
            Transport::Pollable(_) => base_of(self.io_stream().ok()?).map(|connection| connection.socket()),
        }
    }

    /// The TLS connection, if the stream is one.
    pub fn tls(&self) -> Option<gio::TlsConnection> {
        match &self.transport {
            Transport::Socket(_) | Transport::ServerTls(_) => None,
            _ => self.io_stream().ok()?.downcast().ok(),
        }
    }

    /// The address of our end of a socket.
    pub fn local_address(&self) -> io::Result<gio::SocketAddress> {
        self.address(End::Local)
    }

    /// The address of the peer's end of a socket.
    pub fn remote_address(&self) -> io::Result<gio::SocketAddress> {
        self.address(End::Remote)
    }

    fn address(&self, end: End) -> io::Result<gio::SocketAddress> {
        match self.transport.fd() {
            Some(fd) => end.address(fd?),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Takes the stream out of the reactor for good: nothing is read, written or timed any more. A socket's closes when
    /// its taker drops it, whoever still has the link.
    pub fn detach(&self) -> io::Result<gio::IOStream> {
        let stream = self.transport.hand_over()?;
        self.set(bit::CLOSED);
        self.clear(bit::READABLE | bit::WRITABLE | bit::FLUSH_WANTED);
        self.deadline.set(NEVER);
        if let Some(pollable) = self.transport.pollable() {
            pollable.unwatch();
        }
        self.reactor.deregister(self);
        Ok(stream)
    }
}

/// The socket connection that a stream is, or that TLS lies on.
fn base_of(stream: gio::IOStream) -> Option<gio::SocketConnection> {
    let base = match stream.downcast_ref::<gio::TlsConnection>() {
        Some(tls) => tls.base_io_stream()?,
        None => stream,
    };
    base.downcast().ok()
}
