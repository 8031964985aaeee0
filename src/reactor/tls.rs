//! TLS over a socket: GIO's `GTlsConnection`, whose bytes go through a [`CipherSocket`] that this reactor polls.
//!
//! The handshake comes first, in a thread ([`shake_hands`](super::shake_hands)). From then on no call blocks, none runs code of
//! anybody else's, and one system call carries what several records need.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};

use gio::prelude::*;
use glib::translate::*;

use super::PollableTransport;
use super::cipher_socket::{CipherSocket, Direction, GATHERED};
use super::pollable::io_error;
use super::scratch::Buffers;
use super::transport::Attempt;

/// A TLS connection that has shaken hands.
pub struct TlsTransport {
    socket: CipherSocket,
    tls: gio::TlsConnection,
    /// The same as any pollable stream: for what a thread of GIO's has to finish first.
    stream: PollableTransport,
    input: gio::PollableInputStream,
    output: gio::PollableOutputStream,
    /// One byte that is encrypted and counts as unwritten, until the kernel has taken all that was gathered.
    owed: Cell<bool>,
    /// What came behind bytes that had to be handed over first: the end, or an error.
    end: RefCell<Option<io::Result<()>>>,
    /// A read has said that there is nothing, so that the handshake has left nothing behind in the TLS library.
    settled: Cell<bool>,
}

/// The most that one TLS record carries (RFC 8446, section 5.1).
const RECORD: usize = 16 * 1024;

impl TlsTransport {
    /// The transport over a connection that has shaken hands over `socket`.
    pub fn new(tls: &gio::TlsConnection, socket: &CipherSocket) -> Option<Box<TlsTransport>> {
        let input = tls.input_stream().dynamic_cast().ok()?;
        let output = tls.output_stream().dynamic_cast().ok()?;
        Some(Box::new(TlsTransport {
            socket: socket.clone(),
            tls: tls.clone(),
            stream: PollableTransport::for_stream(tls.upcast_ref())?,
            input,
            output,
            owed: Cell::new(false),
            end: RefCell::default(),
            settled: Cell::new(false),
        }))
    }

    pub(super) fn socket(&self) -> &CipherSocket {
        &self.socket
    }

    pub(super) fn io_stream(&self) -> gio::IOStream {
        self.tls.clone().upcast()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.tls.is_closed() || self.socket.fd().is_err()
    }

    /// Reads as many records as there are and fit.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    pub(super) unsafe fn read(&self, into: *mut u8, length: usize, buffers: &Buffers) -> io::Result<Attempt> {
        if let Some(end) = self.end.take() {
            return end.map(|()| Attempt::Full(0));
        }
        let Some(gathering) = self.socket.gather(Direction::In, buffers) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let mut count = 0;
        let outcome = loop {
            let room = length - count;
            if room == 0 {
                break Ok(Attempt::Full(count));
            }
            // SAFETY: the caller's promise; `count` bytes of it are filled.
            match unsafe { self.read_record(into.add(count), room) } {
                Ok(0) if count == 0 => break Ok(Attempt::Full(0)),
                Ok(0) => {
                    self.end.replace(Some(Ok(())));
                    break Ok(Attempt::Full(count));
                }
                Ok(read) => {
                    count += read;
                    // Behind an end without a farewell the TLS library writes no more: what was asked is answered first.
                    if self.socket.is_at_end() {
                        break Ok(Attempt::Full(count));
                    }
                    // A record that was read to its end leaves nothing in the TLS library: no need to be told.
                    if read < room && self.settled.get() && self.socket.is_dry() {
                        break Ok(Attempt::Short(count));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.settled.set(true);
                    break match count {
                        0 => Err(error),
                        count => Ok(Attempt::Short(count)),
                    };
                }
                Err(error) if count == 0 => break Err(error),
                Err(error) => {
                    self.end.replace(Some(Err(error)));
                    break Ok(Attempt::Full(count));
                }
            }
        };
        // What the TLS library had to answer. What does not leave now leaves before the next record, or fails with it: what
        // was read counts.
        let _ = self.socket.flush();
        drop(gathering);
        outcome
    }

    /// Reads from one record.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes.
    unsafe fn read_record(&self, into: *mut u8, length: usize) -> io::Result<usize> {
        let mut error = std::ptr::null_mut();
        // SAFETY: the stream is alive, the memory the caller's promise. It is not a slice: it may be uninitialized.
        let count = unsafe {
            gio::ffi::g_pollable_input_stream_read_nonblocking(
                self.input.as_ptr(),
                into.cast(),
                length,
                std::ptr::null_mut(),
                &mut error,
            )
        };
        // SAFETY: set where the count is negative.
        usize::try_from(count).map_err(|_| io_error(unsafe { from_glib_full(error) }))
    }

    /// Encrypts the slices, and writes the records with one call.
    ///
    /// Records that the kernel does not take wait in the [`CipherSocket`]. As long as they do, the last byte of what they
    /// carry counts as unwritten: whoever waits until all is written waits for the kernel as well.
    pub(super) fn write_vectored(&self, slices: &[IoSlice<'_>], buffers: &Buffers) -> io::Result<Attempt> {
        if !self.socket.flush()? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.owed.take() {
            return Ok(Attempt::Full(1));
        }
        let Some(gathering) = self.socket.gather(Direction::Out, buffers) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let encrypted = self.encrypt(slices, buffers);
        let flushed = self.socket.flush();
        drop(gathering);
        match (encrypted?, flushed?) {
            (count, true) => Ok(Attempt::Full(count)),
            (0, false) => Err(io::ErrorKind::WouldBlock.into()),
            (count, false) => {
                self.owed.set(true);
                match count - 1 {
                    0 => Err(io::ErrorKind::WouldBlock.into()),
                    count => Ok(Attempt::Short(count)),
                }
            }
        }
    }

    /// Makes records of the slices, as many as one write takes; how many bytes they carry.
    fn encrypt(&self, mut slices: &[IoSlice<'_>], buffers: &Buffers) -> io::Result<usize> {
        let mut joined = Vec::new();
        let mut count = 0;
        let mut offset = 0;
        while let Some((slice, behind)) = slices.split_first() {
            if self.socket.gathered() >= GATHERED {
                break;
            }
            let rest = slice.get(offset..).unwrap_or_default();
            if rest.is_empty() {
                slices = behind;
                offset = 0;
                continue;
            }
            // A header shares its record with what comes behind it, where that is short.
            let record = match behind.first() {
                Some(next) if rest.len() + next.len() <= RECORD => {
                    if joined.capacity() == 0 {
                        joined = buffers.take();
                    }
                    join(&mut joined, rest, behind);
                    &joined
                }
                _ => rest,
            };
            match self.output.write_nonblocking(record, gio::Cancellable::NONE) {
                Ok(written) => {
                    let mut written = usize::try_from(written).unwrap_or_default();
                    count += written;
                    // The slices that the record holds whole are done with.
                    while let Some((slice, behind)) = slices.split_first() {
                        let left = slice.len() - offset;
                        if written < left {
                            break;
                        }
                        written -= left;
                        slices = behind;
                        offset = 0;
                    }
                    offset += written;
                }
                Err(_) if count > 0 => break,
                Err(error) => return Err(io_error(error)),
            }
        }
        buffers.give(joined);
        Ok(count)
    }

    /// Whether a call that says WOULD_BLOCK means the socket, and not a thread of GIO's.
    pub(super) fn waits_for_socket(&self) -> bool {
        self.socket.is_dry()
    }

    /// The same for writing.
    pub(super) fn waits_for_room(&self) -> bool {
        self.socket.gathered() > 0
    }

    /// What tells when GIO has finished what is in the way.
    pub(super) fn stream(&self) -> &PollableTransport {
        &self.stream
    }

    /// Says that nothing more will be written.
    pub(super) fn shutdown_write(&self, buffers: &Buffers) -> io::Result<()> {
        let gathering = self.socket.gather(Direction::Out, buffers);
        let closed = self.tls.output_stream().close(gio::Cancellable::NONE);
        let flushed = self.socket.flush();
        drop(gathering);
        closed.map_err(io_error)?;
        flushed.map(|_| ())
    }

    /// Closes the stream at once, with a farewell if the kernel has room for it. `false` where somebody else is using the
    /// stream in another thread: that has to be waited for.
    pub(super) fn close(&self, buffers: &Buffers) -> bool {
        self.stream.unwatch();
        let (input, output) = (self.tls.input_stream(), self.tls.output_stream());
        if self.tls.has_pending() || input.has_pending() || output.has_pending() {
            return false;
        }
        let gathering = self.socket.gather(Direction::Out, buffers);
        // A failing close has closed it all the same.
        let _ = self.tls.close(gio::Cancellable::NONE);
        drop(gathering);
        let _ = self.socket.socket().close();
        true
    }
}

/// One record's worth of what begins with `rest` and goes on with `behind`.
fn join(joined: &mut Vec<u8>, rest: &[u8], behind: &[IoSlice<'_>]) {
    joined.clear();
    joined.extend_from_slice(rest);
    for slice in behind {
        let room = RECORD.saturating_sub(joined.len());
        joined.extend_from_slice(slice.get(..room).unwrap_or(slice));
    }
}
