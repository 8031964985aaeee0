//! What carries the bytes of a link: a socket's descriptor, TLS over one, or a pollable stream.

use std::io::{self, IoSlice};
use std::os::fd::RawFd;

use super::scratch::Buffers;
use super::{PollableTransport, ServerTlsTransport, SocketTransport, TlsTransport};

/// A way to read and write without blocking, before it is registered with a reactor. All are as large as a plain socket: what
/// others need is boxed.
pub enum Transport {
    /// A descriptor, read and written directly.
    Socket(SocketTransport),
    /// TLS of GIO's over a descriptor.
    Tls(Box<TlsTransport>),
    /// A server's TLS over a descriptor.
    ServerTls(Box<ServerTlsTransport>),
    /// Any `GIOStream` whose two halves are pollable.
    Pollable(Box<PollableTransport>),
}

impl Transport {
    /// The transport for a stream of the caller's: its descriptor where it is a plain `GSocketConnection`, otherwise
    /// its pollable halves. `None` where it is neither.
    pub fn for_stream(stream: &gio::IOStream) -> Option<Transport> {
        SocketTransport::for_stream(stream)
            .map(Transport::Socket)
            .or_else(|| {
                PollableTransport::for_stream(stream).map(|stream| Transport::Pollable(Box::new(stream)))
            })
    }

    /// The stream, made now if there is none yet.
    pub(super) fn io_stream(&self) -> io::Result<gio::IOStream> {
        match self {
            Transport::Socket(socket) => socket.io_stream(),
            Transport::Tls(tls) => Ok(tls.io_stream()),
            Transport::ServerTls(tls) => Ok(tls.io_stream()),
            Transport::Pollable(pollable) => Ok(pollable.io_stream()),
        }
    }

    /// The stream, for somebody who takes it for good. A plain socket keeps no reference to it.
    pub(super) fn hand_over(&self) -> io::Result<gio::IOStream> {
        match self {
            Transport::Socket(socket) => socket.hand_over(),
            Transport::Tls(_) | Transport::ServerTls(_) | Transport::Pollable(_) => self.io_stream(),
        }
    }

    /// The descriptor that the kernel is asked about, if there is one.
    pub(super) fn fd(&self) -> Option<io::Result<RawFd>> {
        match self {
            Transport::Socket(socket) => Some(socket.fd()),
            Transport::Tls(tls) => Some(tls.socket().fd()),
            Transport::ServerTls(tls) => Some(tls.fd()),
            Transport::Pollable(_) => None,
        }
    }

    /// The stream's own poll sources, if it may need them.
    pub(super) fn pollable(&self) -> Option<&PollableTransport> {
        match self {
            Transport::Socket(_) | Transport::ServerTls(_) => None,
            Transport::Tls(tls) => Some(tls.stream()),
            Transport::Pollable(pollable) => Some(pollable),
        }
    }

    /// Whether nobody but us can close the descriptor.
    pub(super) fn is_ours(&self) -> bool {
        match self {
            Transport::Socket(socket) => socket.is_ours(),
            Transport::ServerTls(tls) => tls.is_ours(),
            Transport::Tls(_) | Transport::Pollable(_) => false,
        }
    }

    /// Whether the stream was closed, by us or by whoever else holds it.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Transport::Socket(socket) => socket.is_closed(),
            Transport::Tls(tls) => tls.is_closed(),
            Transport::ServerTls(tls) => tls.is_closed(),
            Transport::Pollable(pollable) => pollable.is_closed(),
        }
    }

    /// Tells the peer that nothing more will come, where the transport can.
    pub(super) fn shutdown_write(&self, buffers: &Buffers) -> io::Result<()> {
        match self {
            Transport::Socket(socket) => socket.shutdown_write(),
            Transport::Tls(tls) => tls.shutdown_write(buffers),
            Transport::ServerTls(tls) => tls.shutdown_write(buffers),
            Transport::Pollable(_) => Ok(()),
        }
    }
}

/// What one attempt to read or write came to.
pub(super) enum Attempt {
    /// That many bytes, and there may be more room or data at once.
    Full(usize),
    /// That many bytes, and the next attempt would block.
    Short(usize),
}

/// The slices of `from`, at most `at_most` bytes of them, as one buffer.
pub(super) fn gather(from: &[IoSlice<'_>], at_most: usize) -> Vec<u8> {
    let mut gathered = Vec::with_capacity(at_most.min(from.iter().map(|slice| slice.len()).sum()));
    for slice in from {
        let room = at_most.saturating_sub(gathered.len());
        gathered.extend_from_slice(slice.get(..room).unwrap_or(slice));
    }
    gathered
}
