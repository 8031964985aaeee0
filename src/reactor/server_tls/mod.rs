//! TLS of servers by rustls: the handshake is a part of reading, and needs no thread, no context and no descriptor but the
//! socket's.
//!
//! - `engine`: records in and out, no I/O.
//! - `wire`: a socket with an engine in front of it, behind a lock.
//! - `stream`: the `GIOStream` that somebody may ask for.
//! - `acceptor`: what all connections of a server have in common: certificate, tickets, what is asked of clients.

mod acceptor;
mod engine;
mod stream;
mod wire;

use std::io::{self, IoSlice};
use std::os::fd::{OwnedFd, RawFd};
use std::sync::Arc;

pub use acceptor::TlsAcceptor;
use stream::ServerTlsStream;
use wire::{Came, Sent, Wire};

use super::handshake::Handshake;
use super::scratch::Buffers;
use super::socket::Behind;
use super::transport::Attempt;
use gio::prelude::*;

/// The server's end of a TLS connection over a socket.
pub struct ServerTlsTransport {
    wire: Arc<Wire>,
    /// The stream, once somebody has asked for it.
    stream: std::cell::OnceCell<ServerTlsStream>,
}

impl ServerTlsTransport {
    /// A connection that was accepted a moment ago.
    pub fn new(fd: OwnedFd, acceptor: &TlsAcceptor) -> Result<Box<ServerTlsTransport>, rustls::Error> {
        Ok(Box::new(ServerTlsTransport {
            wire: Arc::new(Wire::new(fd, acceptor.config())?),
            stream: std::cell::OnceCell::new(),
        }))
    }

    pub(super) fn fd(&self) -> io::Result<RawFd> {
        self.wire.lock().fd()
    }

    pub(super) fn is_ours(&self) -> bool {
        self.wire.lock().is_ours()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.fd().is_err()
    }

    pub(super) fn socket(&self) -> Option<gio::Socket> {
        self.wire.lock().socket()
    }

    /// The stream, made now if there is none yet.
    pub(super) fn io_stream(&self) -> gio::IOStream {
        self.stream
            .get_or_init(|| ServerTlsStream::over(&self.wire))
            .clone()
            .upcast()
    }

    /// The certificates that the client has shown, its own first.
    pub(super) fn peer_certificates(&self) -> Vec<Vec<u8>> {
        let state = self.wire.lock();
        let chain = state.engine.connection().peer_certificates().unwrap_or_default();
        chain.iter().map(|certificate| certificate.to_vec()).collect()
    }

    /// The kernel has said that there is something to read, or that the peer will send nothing more.
    pub(super) fn readable(&self, read_closed: bool) {
        let mut state = self.wire.lock();
        state.dry = false;
        state.read_closed |= read_closed;
    }

    /// Goes on with the handshake. Data that comes with its end waits for the next read.
    pub(super) fn shake_hands(&self, buffers: &Buffers) -> io::Result<Handshake> {
        let mut state = self.wire.lock();
        loop {
            if !state.engine.is_handshaking() {
                return Ok(Handshake::Done);
            }
            match state.read(buffers, |_| 0) {
                Ok(Came::End) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Came::Data(_) | Came::Handshake) => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Handshake::UnderWay),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads as many records as there are and fit.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    pub(super) unsafe fn read(&self, into: *mut u8, length: usize, buffers: &Buffers) -> io::Result<Attempt> {
        let mut state = self.wire.lock();
        loop {
            let mut filled = 0;
            let came = state.read(buffers, |plaintext| {
                let count = plaintext.len().min(length - filled);
                // SAFETY: the caller's promise; no more than `length` bytes in all.
                unsafe { std::ptr::copy_nonoverlapping(plaintext.as_ptr(), into.add(filled), count) };
                filled += count;
                count
            });
            return match came? {
                Came::Handshake => continue,
                Came::End => Ok(Attempt::Full(0)),
                // The next attempt would find nothing, and need not be made.
                Came::Data(count) if state.expects_nothing() => Ok(Attempt::Short(count)),
                Came::Data(count) => Ok(Attempt::Full(count)),
            };
        }
    }

    /// Encrypts the slices, and writes the records with one call.
    pub(super) fn write_vectored(
        &self,
        slices: &[IoSlice<'_>],
        behind: Behind,
        buffers: &Buffers,
    ) -> io::Result<Attempt> {
        match self.wire.lock().write(slices, behind, buffers)? {
            (count, Sent::All) => Ok(Attempt::Full(count)),
            (count, Sent::Part) => Ok(Attempt::Short(count)),
        }
    }

    /// Sends what was encrypted and the kernel did not take; whether that is all.
    pub(super) fn flush(&self, buffers: &Buffers) -> io::Result<bool> {
        self.wire.lock().flush(buffers)
    }

    /// Says that nothing more will be written.
    pub(super) fn shutdown_write(&self, buffers: &Buffers) -> io::Result<()> {
        self.wire.lock().shutdown_write(buffers)
    }

    /// Closes the socket, with a farewell where the kernel has room for it.
    pub(super) fn close(&self, buffers: &Buffers) {
        self.wire.lock().close(buffers);
    }
}
