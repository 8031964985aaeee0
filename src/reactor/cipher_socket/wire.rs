//! A socket with buffers on both ways: what was read and not yet taken, what was written and not yet sent.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gio::prelude::*;
use glib::translate::*;

use crate::reactor::scratch::{self, Buffers};
use crate::reactor::tls_streams::Duct;

/// What the three objects share.
#[derive(Clone)]
pub(super) struct Wire(Arc<Shared>);

struct Shared {
    socket: gio::Socket,
    state: Mutex<State>,
}

// SAFETY: a GSocket may be used from any thread; the rest sits behind the lock.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// What becomes of the TLS library's reads and writes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are the socket's.
    #[default]
    Direct,
    /// Writes wait for the next read.
    Handshake,
    /// Those of one thread are gathered.
    Gathering(usize),
}

#[derive(Default)]
pub(super) struct State {
    pub(super) mode: Mode,
    /// What was read and not yet taken, from `taken` on.
    pub(super) input: Vec<u8>,
    taken: usize,
    /// What is to be written, from `sent` on.
    pub(super) output: Vec<u8>,
    sent: usize,
    /// The kernel has nothing more to read, until it says so.
    pub(super) dry: bool,
    /// The peer has ended its side: a short read says nothing about the next one.
    pub(super) read_closed: bool,
}

impl State {
    pub(super) fn unread(&self) -> &[u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    pub(super) fn unsent(&self) -> &[u8] {
        self.output.get(self.sent..).unwrap_or_default()
    }

    /// Gives buffers back that hold nothing: an idle connection owns none.
    pub(super) fn give_back(&mut self, buffers: &Buffers) {
        if self.unread().is_empty() {
            self.taken = 0;
            buffers.give(std::mem::take(&mut self.input));
        }
        if self.unsent().is_empty() {
            self.sent = 0;
            buffers.give(std::mem::take(&mut self.output));
        }
    }

    /// Takes what was read; `None` when that is nothing.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    unsafe fn take(&mut self, into: *mut u8, length: usize) -> Option<usize> {
        let unread = self.unread();
        let count = unread.len().min(length);
        if count == 0 {
            return None;
        }
        // SAFETY: both places are `count` bytes long, and nobody else holds the caller's.
        unsafe { std::ptr::copy_nonoverlapping(unread.as_ptr(), into, count) };
        self.taken += count;
        if self.unread().is_empty() {
            self.input.clear();
            self.taken = 0;
        }
        Some(count)
    }
}

impl Wire {
    /// The socket with nothing read and nothing written.
    pub(super) fn new(socket: &gio::Socket) -> Wire {
        Wire(Arc::new(Shared {
            socket: socket.clone(),
            state: Mutex::default(),
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fd(&self) -> io::Result<RawFd> {
        if self.0.socket.is_closed() {
            Err(io::ErrorKind::NotConnected.into())
        } else {
            Ok(self.0.socket.as_raw_fd())
        }
    }

    /// Reads as much as fits from the socket into the empty input. 0 at the end of the stream.
    fn fill(&self, state: &mut State) -> Result<usize, glib::Error> {
        let fd = self.fd().map_err(error_of)?;
        if state.input.capacity() == 0 {
            state.input.reserve(scratch::BUFFER);
        }
        let room = state.input.spare_capacity_mut();
        let (start, length) = (room.as_mut_ptr(), room.len());
        loop {
            // SAFETY: the descriptor is open, the spare capacity writable.
            let count = unsafe { libc::recv(fd, start.cast(), length, libc::MSG_DONTWAIT) };
            let Ok(count) = usize::try_from(count) else {
                let error = io::Error::last_os_error();
                match error.kind() {
                    io::ErrorKind::Interrupted => continue,
                    io::ErrorKind::WouldBlock => state.dry = true,
                    _ => (),
                }
                return Err(error_of(error));
            };
            state.dry = count > 0 && count < length && !state.read_closed;
            // SAFETY: the system has written that many bytes behind the length, which was 0.
            unsafe { state.input.set_len(count) };
            return Ok(count);
        }
    }

    /// Sends what was gathered before something else happens.
    fn drain<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<MutexGuard<'a, State>, glib::Error> {
        while !state.unsent().is_empty() && !self.send(&mut state).map_err(error_of)? {
            if !blocking {
                return Err(would_block());
            }
            drop(state);
            // SAFETY: socket and cancellable are alive or NULL.
            unsafe {
                let mut error = std::ptr::null_mut();
                let socket = self.0.socket.as_ptr();
                if gio::ffi::g_socket_condition_wait(socket, glib::ffi::G_IO_OUT, cancellable, &mut error)
                    == 0
                {
                    return Err(from_glib_full(error));
                }
            }
            state = self.lock();
        }
        Ok(state)
    }

    /// Sends it, as far as the kernel takes it.
    fn send(&self, state: &mut State) -> io::Result<bool> {
        let fd = self.fd()?;
        loop {
            let unsent = state.unsent();
            let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
            // SAFETY: the descriptor is open, the bytes live through the call.
            let count = unsafe { libc::send(fd, unsent.as_ptr().cast::<c_void>(), unsent.len(), flags) };
            match usize::try_from(count) {
                Ok(count) => state.sent += count,
                Err(_) => {
                    let error = io::Error::last_os_error();
                    match error.kind() {
                        io::ErrorKind::Interrupted => continue,
                        io::ErrorKind::WouldBlock => return Ok(false),
                        _ => return Err(error),
                    }
                }
            }
            let done = state.unsent().is_empty();
            if done {
                state.output.clear();
                state.sent = 0;
            }
            return Ok(done);
        }
    }
}

impl Duct for Wire {
    /// Reads for the TLS library.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    unsafe fn read(
        &self,
        into: *mut u8,
        length: usize,
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error> {
        let mut state = self.lock();
        loop {
            // SAFETY: the caller's promise.
            if let Some(count) = unsafe { state.take(into, length) } {
                return Ok(count);
            }
            if state.mode != Mode::Gathering(this_thread()) {
                break;
            }
            if state.dry {
                return Err(would_block());
            }
            if self.fill(&mut state)? == 0 {
                return Ok(0);
            }
        }
        if state.mode == Mode::Handshake {
            state = self.drain(state, blocking, cancellable)?;
        }
        drop(state);
        let mut error = std::ptr::null_mut();
        // SAFETY: the socket is alive, the memory the caller's promise.
        let count = unsafe {
            gio::ffi::g_socket_receive_with_blocking(
                self.0.socket.as_ptr(),
                into,
                length,
                blocking.into_glib(),
                cancellable,
                &mut error,
            )
        };
        // SAFETY: set where the count is negative.
        usize::try_from(count).map_err(|_| unsafe { from_glib_full(error) })
    }

    /// Writes for the TLS library.
    fn write(
        &self,
        from: &[u8],
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error> {
        let mut state = self.lock();
        let gathers = match state.mode {
            Mode::Direct => false,
            Mode::Handshake => blocking && state.unsent().len() + from.len() <= FLIGHT,
            Mode::Gathering(thread) => thread == this_thread(),
        };
        if gathers {
            state.output.extend_from_slice(from);
            return Ok(from.len());
        }
        drop(self.drain(state, blocking, cancellable)?);
        let mut error = std::ptr::null_mut();
        // SAFETY: the socket is alive, the bytes live through the call.
        let count = unsafe {
            gio::ffi::g_socket_send_with_blocking(
                self.0.socket.as_ptr(),
                from.as_ptr(),
                from.len(),
                blocking.into_glib(),
                cancellable,
                &mut error,
            )
        };
        // SAFETY: set where the count is negative.
        usize::try_from(count).map_err(|_| unsafe { from_glib_full(error) })
    }

    /// Sends what was gathered; whether that is all.
    fn flush(&self) -> io::Result<bool> {
        let mut state = self.lock();
        if state.unsent().is_empty() {
            return Ok(true);
        }
        self.send(&mut state)
    }

    fn has_unread(&self) -> bool {
        !self.lock().unread().is_empty()
    }

    fn socket(&self) -> Option<gio::Socket> {
        Some(self.0.socket.clone())
    }
}

/// A name for the running thread, cheaper than its `ThreadId`.
pub(super) fn this_thread() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| std::ptr::from_ref(place).addr())
}

fn would_block() -> glib::Error {
    glib::Error::new(gio::IOErrorEnum::WouldBlock, "the socket would block")
}

/// The system's error as GIO's.
pub(in crate::reactor) fn error_of(error: io::Error) -> glib::Error {
    let text = error.to_string();
    let kind = match error.raw_os_error() {
        // SAFETY: a function of numbers.
        Some(code) => unsafe { from_glib(gio::ffi::g_io_error_from_errno(code)) },
        None => gio::IOErrorEnum::Closed,
    };
    glib::Error::new(kind, &text)
}

/// How much a handshake's messages may be that wait for the next read.
pub(super) const FLIGHT: usize = 64 * 1024;
