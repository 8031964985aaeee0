//! What stands in for `server_tls` where Bisque is built without rustls: no acceptor can be made, so that none of the rest ever is.

use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::os::fd::{OwnedFd, RawFd};

use super::handshake::{ClientCertificates, Handshake};
use super::scratch::Buffers;
use super::socket::Behind;
use super::transport::Attempt;

/// Accepts TLS connections with one certificate.
#[derive(Clone)]
pub struct TlsAcceptor(Infallible);

/// The server's end of a TLS connection over a socket.
pub struct ServerTlsTransport(Infallible);

impl TlsAcceptor {
    /// Fails.
    pub fn new(
        _certificate: &gio::TlsCertificate,
        _clients: ClientCertificates,
        _protocols: &[&[u8]],
    ) -> Result<TlsAcceptor, &'static str> {
        Err("Bisque was built without it")
    }
}

impl ServerTlsTransport {
    /// Cannot be called.
    pub fn new(_fd: OwnedFd, acceptor: &TlsAcceptor) -> Result<Box<ServerTlsTransport>, &'static str> {
        match acceptor.0 {}
    }

    pub(super) fn fd(&self) -> io::Result<RawFd> {
        match self.0 {}
    }

    pub(super) fn is_ours(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn is_closed(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn socket(&self) -> Option<gio::Socket> {
        match self.0 {}
    }

    pub(super) fn io_stream(&self) -> gio::IOStream {
        match self.0 {}
    }

    pub(super) fn peer_certificates(&self) -> Vec<Vec<u8>> {
        match self.0 {}
    }

    pub(super) fn readable(&self, _read_closed: bool) {
        match self.0 {}
    }

    pub(super) fn shake_hands(&self, _buffers: &Buffers) -> io::Result<Handshake> {
        match self.0 {}
    }

    /// # Safety
    ///
    /// None: it cannot be called.
    pub(super) unsafe fn read(
        &self,
        _into: *mut u8,
        _length: usize,
        _buffers: &Buffers,
    ) -> io::Result<Attempt> {
        match self.0 {}
    }

    pub(super) fn write_vectored(
        &self,
        _slices: &[IoSlice<'_>],
        _behind: Behind,
        _buffers: &Buffers,
    ) -> io::Result<Attempt> {
        match self.0 {}
    }

    pub(super) fn flush(&self, _buffers: &Buffers) -> io::Result<bool> {
        match self.0 {}
    }

    pub(super) fn shutdown_write(&self, _buffers: &Buffers) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn close(&self, _buffers: &Buffers) {
        match self.0 {}
    }
}
