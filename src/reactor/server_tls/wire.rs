//! A socket with a server's TLS in front of it, shared by the transport and by the streams that somebody may ask for.
//!
//! Law: the lock is held for one call, which never waits for the peer: who has to wait lets go of it first.

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gio::prelude::*;
use rustls::ServerConfig;

use super::engine::Engine;
use crate::reactor::cipher_socket::error_of;
use crate::reactor::scratch::Buffers;
use crate::reactor::socket::Behind;
use crate::reactor::tls_streams::Duct;

/// What the transport and the streams share.
pub(super) struct Wire(Mutex<State>);

/// The socket and its TLS.
pub(super) struct State {
    socket: Socket,
    pub(super) engine: Engine,
    /// One byte that is encrypted and counts as unwritten, until the kernel has taken all that was gathered.
    pub(super) owed: bool,
    /// The kernel had no room for what was encrypted; what else is encrypted has not been offered to it.
    refused: bool,
    /// The kernel has nothing more to read, until it says so.
    pub(super) dry: bool,
    /// The peer has ended its side of the socket.
    pub(super) read_closed: bool,
}

/// Who closes the descriptor.
enum Socket {
    Ours(OwnedFd),
    /// The `GSocket` that somebody asked for, and anybody who holds it may.
    Shared(gio::Socket),
    Closed,
}

// SAFETY: a GSocket may be used from any thread, and counts its references atomically.
unsafe impl Send for State {}

/// How much of the plaintext is encrypted for one write of the socket.
const GATHERED: usize = 256 * 1024;

/// How much is read of the socket at once, at the least.
const READ: usize = 17 * 1024;

impl Wire {
    pub(super) fn new(fd: OwnedFd, config: Arc<ServerConfig>) -> Result<Wire, rustls::Error> {
        Ok(Wire(Mutex::new(State {
            socket: Socket::Ours(fd),
            engine: Engine::new(config)?,
            owed: false,
            refused: false,
            dry: false,
            read_closed: false,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The descriptor, or `NotConnected` after a close.
    pub(super) fn fd(&self) -> io::Result<RawFd> {
        match &self.socket {
            Socket::Ours(fd) => Ok(fd.as_raw_fd()),
            Socket::Shared(socket) if !socket.is_closed() => Ok(socket.as_raw_fd()),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Whether nobody but us can close the descriptor.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.socket, Socket::Ours(_))
    }

    /// The `GSocket` of the descriptor, made now if there is none.
    pub(super) fn socket(&mut self) -> Option<gio::Socket> {
        match std::mem::replace(&mut self.socket, Socket::Closed) {
            Socket::Ours(fd) => {
                if let Ok(socket) = gio::Socket::from_fd(fd) {
                    self.socket = Socket::Shared(socket);
                }
            }
            other => self.socket = other,
        }
        match &self.socket {
            Socket::Shared(socket) => Some(socket.clone()),
            _ => None,
        }
    }

    /// Whether a read would find nothing, and not even the end.
    pub(super) fn expects_nothing(&self) -> bool {
        self.dry && !self.engine.has_plaintext() && !self.engine.has_ended()
    }

    /// Reads records until there is plaintext, or the handshake is over. What `sink` does not take waits.
    pub(super) fn read(
        &mut self,
        buffers: &Buffers,
        mut sink: impl FnMut(&[u8]) -> usize,
    ) -> io::Result<Came> {
        let mut count = 0;
        if self.engine.has_plaintext() {
            self.engine.take_plaintext(|waiting| {
                count = sink(waiting);
                count
            });
            return Ok(Came::Data(count));
        }
        let was_handshaking = self.engine.is_handshaking();
        loop {
            if self.engine.has_ended() {
                return Ok(Came::End);
            }
            if self.dry {
                return Err(self.would_block(buffers));
            }
            let (fd, read_closed) = (self.fd()?, self.read_closed);
            let mut dry = false;
            let received = self.engine.receive(
                buffers,
                |input| {
                    let received = receive(fd, input)?;
                    // After the end of the peer's side the next read says so, and no event does.
                    dry = received > 0 && !input.spare_capacity_mut().is_empty() && !read_closed;
                    Ok(received)
                },
                |plaintext| {
                    let taken = sink(plaintext);
                    count += taken;
                    taken
                },
            );
            self.dry = dry;
            match received {
                Ok(0) => return Ok(Came::End),
                Ok(_) if count > 0 => return Ok(Came::Data(count)),
                Ok(_) if was_handshaking && !self.engine.is_handshaking() => return Ok(Came::Handshake),
                Ok(_) => (),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.dry = true;
                    return Err(self.would_block(buffers));
                }
                Err(error) => {
                    // The alert, where the kernel has room for it.
                    let _ = self.flush(buffers);
                    return Err(error);
                }
            }
        }
    }

    /// Nothing to read: now is the time for what TLS has to say, and was not sent with an answer.
    fn would_block(&mut self, buffers: &Buffers) -> io::Error {
        match self.flush(buffers) {
            Ok(_) => io::ErrorKind::WouldBlock.into(),
            Err(error) => error,
        }
    }

    /// Encrypts the slices and sends the records with one call, together with what TLS itself has to say before them (tickets)
    /// and, where the end is `behind` them, after them (close_notify).
    ///
    /// Records that the kernel does not take wait here. As long as they do, the last byte of what they carry counts as
    /// unwritten: whoever waits until all is written waits for the kernel as well.
    pub(super) fn write(
        &mut self,
        slices: &[IoSlice<'_>],
        behind: Behind,
        buffers: &Buffers,
    ) -> io::Result<(usize, Sent)> {
        if self.refused && !self.flush(buffers)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if std::mem::take(&mut self.owed) {
            return Ok((1, Sent::All));
        }
        let count = match self.engine.encrypt(slices, GATHERED, buffers) {
            Ok(count) => count,
            Err(error) => {
                // What TLS has to say about it.
                let _ = self.flush(buffers);
                return Err(error);
            }
        };
        if behind == Behind::End && count == slices.iter().map(|slice| slice.len()).sum::<usize>() {
            self.engine.say_goodbye();
        }
        match (count, self.flush(buffers)?) {
            (count, true) => Ok((count, Sent::All)),
            (0, false) => Err(io::ErrorKind::WouldBlock.into()),
            (1, false) => {
                self.owed = true;
                Err(io::ErrorKind::WouldBlock.into())
            }
            (count, false) => {
                self.owed = true;
                Ok((count - 1, Sent::Part))
            }
        }
    }

    /// Sends what was encrypted; whether the kernel has taken all of it.
    pub(super) fn flush(&mut self, buffers: &Buffers) -> io::Result<bool> {
        self.refused = false;
        while !self.engine.unsent().is_empty() {
            let (fd, unsent) = (self.fd()?, self.engine.unsent());
            let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
            // SAFETY: the descriptor is open, the bytes live through the call.
            let sent = unsafe { libc::send(fd, unsent.as_ptr().cast(), unsent.len(), flags) };
            match usize::try_from(sent) {
                Ok(count) => self.engine.has_sent(count, buffers),
                Err(_) => {
                    let error = io::Error::last_os_error();
                    match error.kind() {
                        io::ErrorKind::Interrupted => (),
                        io::ErrorKind::WouldBlock => {
                            self.refused = true;
                            return Ok(false);
                        }
                        _ => return Err(error),
                    }
                }
            }
        }
        Ok(true)
    }

    /// Says that nothing more will be written, in TLS and, where all has left, to the kernel.
    pub(super) fn shutdown_write(&mut self, buffers: &Buffers) -> io::Result<()> {
        self.engine.say_goodbye();
        if self.flush(buffers)? {
            // SAFETY: the descriptor is open.
            if unsafe { libc::shutdown(self.fd()?, libc::SHUT_WR) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }

    /// Closes the socket, with a farewell where the kernel has room for it.
    pub(super) fn close(&mut self, buffers: &Buffers) {
        self.engine.say_goodbye();
        let _ = self.flush(buffers);
        match std::mem::replace(&mut self.socket, Socket::Closed) {
            // A failing close of a socket has closed it all the same.
            Socket::Shared(socket) => {
                let _ = socket.close();
            }
            Socket::Ours(_) | Socket::Closed => (),
        }
    }
}

/// What reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// So many bytes of plaintext, which the sink has taken.
    Data(usize),
    /// The end of the handshake.
    Handshake,
    /// The end of the stream, also one without close_notify: HTTP and WebSocket delimit their own messages.
    End,
}

/// Whether the kernel has taken all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    All,
    Part,
}

impl Duct for Wire {
    unsafe fn read(
        &self,
        into: *mut u8,
        length: usize,
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error> {
        let buffers = Buffers::default();
        loop {
            let mut filled = 0;
            let sink = |plaintext: &[u8]| {
                let count = plaintext.len().min(length - filled);
                // SAFETY: the caller's promise; no more than `length` bytes in all.
                unsafe { std::ptr::copy_nonoverlapping(plaintext.as_ptr(), into.add(filled), count) };
                filled += count;
                count
            };
            let mut state = self.lock();
            // GIO asks its socket itself: nobody tells us.
            state.dry = false;
            match state.read(&buffers, sink) {
                Ok(Came::Data(count)) => return Ok(count),
                Ok(Came::End) => return Ok(0),
                Ok(Came::Handshake) => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && blocking => {
                    let socket = state.socket();
                    drop(state);
                    wait(socket, glib::ffi::G_IO_IN, cancellable)?;
                }
                Err(error) => return Err(error_of(error)),
            }
        }
    }

    fn write(
        &self,
        from: &[u8],
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error> {
        let buffers = Buffers::default();
        loop {
            let mut state = self.lock();
            match state.write(&[IoSlice::new(from)], Behind::Anything, &buffers) {
                Ok((count, _)) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && blocking => {
                    let socket = state.socket();
                    drop(state);
                    wait(socket, glib::ffi::G_IO_OUT, cancellable)?;
                }
                Err(error) => return Err(error_of(error)),
            }
        }
    }

    fn flush(&self) -> io::Result<bool> {
        self.lock().flush(&Buffers::default())
    }

    fn has_unread(&self) -> bool {
        self.lock().engine.has_plaintext()
    }

    fn socket(&self) -> Option<gio::Socket> {
        self.lock().socket()
    }
}

/// Waits until the socket is ready.
fn wait(
    socket: Option<gio::Socket>,
    condition: glib::ffi::GIOCondition,
    cancellable: *mut gio::ffi::GCancellable,
) -> Result<(), glib::Error> {
    let Some(socket) = socket else {
        return Err(error_of(io::ErrorKind::NotConnected.into()));
    };
    let mut error = std::ptr::null_mut();
    // SAFETY: socket and cancellable are alive or NULL.
    let ready =
        unsafe { gio::ffi::g_socket_condition_wait(socket.as_ptr(), condition, cancellable, &mut error) };
    match ready {
        // SAFETY: set where the call fails.
        0 => Err(unsafe { glib::translate::from_glib_full(error) }),
        _ => Ok(()),
    }
}

/// Appends what the socket has to read to `input`.
fn receive(fd: RawFd, input: &mut Vec<u8>) -> io::Result<usize> {
    if input.spare_capacity_mut().len() < READ {
        input.reserve(READ);
    }
    let room = input.spare_capacity_mut();
    let (start, length) = (room.as_mut_ptr(), room.len());
    // SAFETY: the descriptor is open, the spare capacity writable.
    let count = unsafe { libc::recv(fd, start.cast(), length, libc::MSG_DONTWAIT) };
    let Ok(count) = usize::try_from(count) else {
        return Err(io::Error::last_os_error());
    };
    // SAFETY: the system has written that many bytes behind the length.
    unsafe { input.set_len(input.len() + count) };
    Ok(count)
}
