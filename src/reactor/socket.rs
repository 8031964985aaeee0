//! The plain transport: a socket's descriptor, read and written with the system's own calls.
//!
//! An accepted socket is owned, and becomes a `GSocketConnection` only when somebody asks; from then on the
//! `GSocketConnection` owns the descriptor and both use it.

use std::cell::RefCell;
use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use gio::prelude::*;
use glib::translate::*;

use super::transport::Attempt;

/// A connected or listening socket, TCP or Unix.
pub struct SocketTransport {
    owner: RefCell<Owner>,
}

/// Who closes the descriptor.
enum Owner {
    /// We do.
    Ours(OwnedFd),
    /// The `GSocketConnection`'s `GSocket` does, and anybody who holds it may.
    Stream(gio::SocketConnection),
    /// A listening `GSocket` does.
    Listener(gio::Socket),
    /// Whoever has taken the `GSocketConnection` does. Its `GSocket` closes with its last reference, and none of those is ours.
    Taken(glib::WeakRef<gio::Socket>),
    /// Nobody any more.
    Closed,
}

impl SocketTransport {
    /// A socket that `accept4` or `socket` gave us, in non-blocking mode.
    pub fn owned(fd: OwnedFd) -> Self {
        SocketTransport {
            owner: RefCell::new(Owner::Ours(fd)),
        }
    }

    /// A socket that listens.
    pub fn listener(socket: &gio::Socket) -> Self {
        SocketTransport {
            owner: RefCell::new(Owner::Listener(socket.clone())),
        }
    }

    /// The descriptor of a plain `GSocketConnection` (of TCP or Unix, not one wrapped in another stream).
    pub fn for_stream(stream: &gio::IOStream) -> Option<Self> {
        let connection = stream.downcast_ref::<gio::SocketConnection>()?;
        is_plain(connection).then(|| SocketTransport {
            owner: RefCell::new(Owner::Stream(connection.clone())),
        })
    }

    /// The descriptor, or `NotConnected` after a close.
    pub(super) fn fd(&self) -> io::Result<RawFd> {
        match &*self.owner.borrow() {
            Owner::Ours(fd) => Ok(fd.as_raw_fd()),
            Owner::Stream(connection) => open(&connection.socket()),
            Owner::Listener(socket) => open(socket),
            Owner::Taken(_) => open(&self.socket()?),
            Owner::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Whether nobody but us can close the descriptor.
    pub(super) fn is_ours(&self) -> bool {
        matches!(&*self.owner.borrow(), Owner::Ours(_))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.fd().is_err()
    }

    /// The `GSocketConnection` of the descriptor, made now if there is none.
    pub(super) fn io_stream(&self) -> io::Result<gio::IOStream> {
        self.connection().map(Cast::upcast)
    }

    /// The same, given away for good: whoever drops it closes the socket.
    pub(super) fn hand_over(&self) -> io::Result<gio::IOStream> {
        let connection = self.connection()?;
        *self.owner.borrow_mut() = Owner::Taken(connection.socket().downgrade());
        Ok(connection.upcast())
    }

    /// The `GSocket` of the descriptor, made now if there is none.
    pub(super) fn socket(&self) -> io::Result<gio::Socket> {
        if let Owner::Taken(socket) = &*self.owner.borrow() {
            return socket.upgrade().ok_or(io::ErrorKind::NotConnected.into());
        }
        self.connection().map(|connection| connection.socket())
    }

    fn connection(&self) -> io::Result<gio::SocketConnection> {
        let mut owner = self.owner.borrow_mut();
        match std::mem::replace(&mut *owner, Owner::Closed) {
            Owner::Ours(fd) => {
                let socket = gio::Socket::from_fd(fd).map_err(io::Error::other)?;
                *owner = Owner::Stream(socket.connection_factory_create_connection());
            }
            other => *owner = other,
        }
        match &*owner {
            Owner::Stream(connection) => Ok(connection.clone()),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads into memory that need not be initialised: `length` bytes at `into`.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    pub(super) unsafe fn read(&self, into: *mut u8, length: usize) -> io::Result<Attempt> {
        let fd = self.fd()?;
        // SAFETY: the descriptor is open (checked above), the caller vouches for the memory.
        let read = unsafe { libc::recv(fd, into.cast(), length, libc::MSG_DONTWAIT) };
        attempt(read, length)
    }

    /// Looks at what there is to read.
    pub(super) fn peek(&self, into: &mut [u8]) -> io::Result<usize> {
        let fd = self.fd()?;
        let flags = libc::MSG_DONTWAIT | libc::MSG_PEEK;
        // SAFETY: the descriptor is open, the slice writable for its length.
        let count = unsafe { libc::recv(fd, into.as_mut_ptr().cast(), into.len(), flags) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    /// Writes the slices with one call that never raises SIGPIPE.
    pub(super) fn write_vectored(&self, slices: &[IoSlice<'_>], behind: Behind) -> io::Result<Attempt> {
        let fd = self.fd()?;
        let length = slices.iter().map(|slice| slice.len()).sum();
        let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT | behind.flag();
        let written = if let [one] = slices {
            // SAFETY: the descriptor is open, the slice is alive for the call.
            unsafe { libc::send(fd, one.as_ptr().cast(), one.len(), flags) }
        } else {
            // SAFETY: a msghdr of zeros is a valid empty one.
            let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
            // IoSlice is documented to have iovec's layout; sendmsg does not write through it.
            message.msg_iov = slices.as_ptr().cast_mut().cast();
            message.msg_iovlen = slices.len() as _;
            // SAFETY: the descriptor is open, the header points to slices that are alive for the call.
            unsafe { libc::sendmsg(fd, &message, flags) }
        };
        attempt(written, length)
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        let fd = self.fd()?;
        // SAFETY: the descriptor is open.
        match unsafe { libc::shutdown(fd, libc::SHUT_WR) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Accepts one connection from a listening socket.
    pub(super) fn accept(&self) -> io::Result<OwnedFd> {
        let fd = self.fd()?;
        super::source::accept(fd)
    }

    /// Whether a connection waits to be accepted. `accept4` makes a socket before it looks whether there is a use for it: to
    /// ask costs a tenth of an attempt in vain.
    pub(super) fn has_connection(&self) -> bool {
        let Ok(fd) = self.fd() else { return false };
        let mut listener = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one entry, alive for the call, which does not wait.
        unsafe { libc::poll(&mut listener, 1, 0) != 0 }
    }

    /// Closes the descriptor, and with it the stream that somebody may hold.
    pub(super) fn close(&self) {
        let owner = std::mem::replace(&mut *self.owner.borrow_mut(), Owner::Closed);
        match owner {
            // A failing close of a socket has closed it all the same.
            Owner::Stream(connection) => {
                let _ = connection.close(gio::Cancellable::NONE);
                *self.owner.borrow_mut() = Owner::Stream(connection);
            }
            Owner::Listener(socket) => {
                let _ = socket.close();
            }
            Owner::Ours(_) | Owner::Taken(_) | Owner::Closed => (),
        }
    }
}

/// One end of a connection.
pub(super) enum End {
    Local,
    Remote,
}

impl End {
    /// The address of this end of a socket that is open.
    pub(super) fn address(self, fd: RawFd) -> io::Result<gio::SocketAddress> {
        // SAFETY: storage of zeros is a valid empty address.
        let mut storage: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
        let mut length = libc::socklen_t::try_from(size_of_val(&storage)).unwrap_or_default();
        let pointer = (&raw mut storage).cast();
        let result = match self {
            // SAFETY: the descriptor is open; the storage is as long as `length` says.
            End::Local => unsafe { libc::getsockname(fd, pointer, &mut length) },
            // SAFETY: as above.
            End::Remote => unsafe { libc::getpeername(fd, pointer, &mut length) },
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        let length = usize::try_from(length).unwrap_or_default();
        // SAFETY: the system has written an address of that length.
        let address: Option<gio::SocketAddress> =
            unsafe { from_glib_full(gio::ffi::g_socket_address_new_from_native(pointer.cast(), length)) };
        address.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }
}

/// Whether a connection's bytes are its socket's. A subclass may carry another protocol on top: `GTcpWrapperConnection` reads
/// and writes another stream.
pub(super) fn is_plain(connection: &gio::SocketConnection) -> bool {
    let plain = [
        gio::SocketConnection::static_type(),
        gio::TcpConnection::static_type(),
        unix_connection(),
    ];
    plain.contains(&connection.type_())
}

/// What comes behind the bytes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Nobody knows.
    Anything,
    /// At once the end of the stream, in the same packet.
    End,
}

impl Behind {
    fn flag(self) -> c_int {
        match self {
            #[cfg(target_os = "linux")]
            Behind::End => libc::MSG_MORE,
            // On other systems there are two packets.
            _ => 0,
        }
    }
}

/// The descriptor of a socket that others hold as well.
fn open(socket: &gio::Socket) -> io::Result<RawFd> {
    if socket.is_closed() {
        Err(io::ErrorKind::NotConnected.into())
    } else {
        Ok(socket.as_raw_fd())
    }
}

/// The system's answer as an attempt: less than was asked for says that the next call would block.
fn attempt(result: isize, length: usize) -> io::Result<Attempt> {
    match usize::try_from(result) {
        Ok(count) if count == length => Ok(Attempt::Full(count)),
        Ok(count) => Ok(Attempt::Short(count)),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// The GType of `GUnixConnection`, which the gio crate binds on Unix.
fn unix_connection() -> glib::Type {
    gio::UnixConnection::static_type()
}
