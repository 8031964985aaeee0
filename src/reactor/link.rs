//! A transport registered with a reactor: its remembered readiness, its deadline, its place in the queues.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::rc::{Rc, Weak};
use std::time::Instant;

use super::bit;
use super::handshake::Handshake;
use super::socket::Behind;
use super::timers::{NEVER, Tick};
use super::transport::Attempt;
use super::{Handler, PollableTransport, Reactor, Room, Transport};

/// A registered transport. It is alive as long as somebody holds it, and deregistered with its last reference.
///
/// All methods take `&self` and none of them calls the handler: whoever holds a borrow of its own may call them.
/// (A pollable stream of the caller's may run the caller's code: call `read` and `write_vectored` with nothing borrowed
/// that a callback wants.)
pub struct Link {
    pub(super) reactor: Reactor,
    pub(super) key: Cell<u64>,
    pub(super) state: Cell<u16>,
    /// The deadline that is wanted, and the tick armed for this link in the heap.
    pub(super) deadline: Cell<Tick>,
    pub(super) armed: Cell<Tick>,
    pub(super) handler: RefCell<Weak<dyn Handler>>,
    pub(super) transport: Transport,
}

impl Link {
    pub(super) fn new(
        reactor: Reactor,
        transport: Transport,
        handler: Weak<dyn Handler>,
        state: u16,
    ) -> Self {
        Link {
            reactor,
            key: Cell::new(0),
            state: Cell::new(state),
            deadline: Cell::new(NEVER),
            armed: Cell::new(NEVER),
            handler: RefCell::new(handler),
            transport,
        }
    }

    /// The reactor that serves this link.
    pub fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    /// Gives the link to another handler, which is called when there is something to read, or was already; also in a
    /// nested main loop of the old one, which is done with the link.
    pub fn set_handler(self: &Rc<Self>, handler: Weak<dyn Handler>) {
        drop(self.handler.replace(handler));
        self.clear(bit::RUNNING | bit::AGAIN);
        if self.has(bit::READABLE) {
            self.reactor.enqueue(self);
        }
    }

    /// Reads into `into`. `WouldBlock` when there is nothing now; 0 at the end of the stream.
    ///
    /// A GLib error comes as the inner error of the `io::Error`.
    pub fn read(self: &Rc<Self>, into: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the slice is writable for its length.
        unsafe { self.read_raw(into.as_mut_ptr(), into.len()) }
    }

    /// Looks at what a socket has to read, and leaves it there. The handler is called again when more comes.
    pub fn peek(self: &Rc<Self>, into: &mut [u8]) -> io::Result<usize> {
        let Transport::Socket(socket) = &self.transport else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        self.clear(bit::READABLE);
        self.watch_read()?;
        socket.peek(into)
    }

    /// The same, into memory whose content is not known: what has come.
    pub fn read_into<'a>(self: &Rc<Self>, mut room: Room<'a>) -> io::Result<&'a [u8]> {
        if let Transport::Pollable(_) = self.transport {
            // A GInputStream may look at the buffer before it writes there.
            room = Room::of(room.cleared());
        }
        // SAFETY: the room is writable for its length.
        let count = unsafe { self.read_raw(room.as_mut_ptr(), room.len()) }?;
        // SAFETY: the transport has written that many.
        Ok(unsafe { room.filled(count) })
    }

    /// Reads into the spare capacity of `into`, at most `room` bytes.
    pub fn read_spare(self: &Rc<Self>, into: &mut Vec<u8>, room: usize) -> io::Result<usize> {
        let read = self.read_into(Room::spare(into, room))?.len();
        // SAFETY: the transport has written `read` bytes behind the old length.
        unsafe { into.set_len(into.len() + read) };
        Ok(read)
    }

    /// The one place that reads and keeps the books of readiness.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes, initialised ones if the transport is a stream.
    unsafe fn read_raw(self: &Rc<Self>, into: *mut u8, length: usize) -> io::Result<usize> {
        if length == 0 || !self.has(bit::READABLE) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let attempt = match &self.transport {
            // SAFETY: the caller's promise.
            Transport::Socket(socket) => unsafe { socket.read(into, length) },
            // SAFETY: the caller's promise.
            Transport::Tls(tls) => unsafe { tls.read(into, length, &self.reactor.0.buffers) },
            // SAFETY: the caller's promise.
            Transport::ServerTls(tls) => unsafe { tls.read(into, length, &self.reactor.0.buffers) },
            Transport::Pollable(pollable) => {
                // SAFETY: the caller's promise, initialised bytes included.
                pollable.read(unsafe { std::slice::from_raw_parts_mut(into, length) })
            }
        };
        match attempt {
            Ok(Attempt::Short(count)) if count > 0 && !self.has(bit::READ_CLOSED) => {
                // Where the kernel cannot be asked, the next attempt will say so.
                if self.watch_read().is_ok() {
                    self.clear(bit::READABLE);
                }
                self.reactor.count_read(count);
                Ok(count)
            }
            Ok(Attempt::Short(0) | Attempt::Full(0)) => {
                self.clear(bit::READABLE);
                Ok(0)
            }
            Ok(Attempt::Short(count) | Attempt::Full(count)) => {
                self.reactor.count_read(count);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.clear(bit::READABLE);
                if error.kind() == io::ErrorKind::WouldBlock {
                    self.watch_read()?;
                }
                Err(error)
            }
        }
    }

    /// Reading has come to its end for now: makes sure that somebody tells when it goes on.
    fn watch_read(self: &Rc<Self>) -> io::Result<()> {
        match &self.transport {
            Transport::Tls(tls) if !tls.waits_for_socket() => {
                if let Some(context) = self.reactor.context() {
                    tls.stream().watch_read(Rc::downgrade(self), &context);
                }
            }
            Transport::Socket(_) | Transport::Tls(_) | Transport::ServerTls(_)
                if self.has(bit::UNWATCHED) =>
            {
                self.reactor.watch(self, self.has(bit::WATCHED_WRITE))?;
            }
            Transport::Socket(_) | Transport::Tls(_) | Transport::ServerTls(_) => (),
            Transport::Pollable(pollable) => {
                if let Some(context) = self.reactor.context() {
                    pollable.watch_read(Rc::downgrade(self), &context);
                }
            }
        }
        Ok(())
    }

    /// The same for writing.
    fn watch_write(self: &Rc<Self>) -> io::Result<()> {
        match &self.transport {
            Transport::Tls(tls) if !tls.waits_for_room() => {
                if let Some(context) = self.reactor.context() {
                    tls.stream().watch_write(Rc::downgrade(self), &context);
                }
            }
            Transport::Socket(_) | Transport::Tls(_) | Transport::ServerTls(_)
                if !self.has(bit::WATCHED_WRITE) =>
            {
                self.reactor.watch(self, true)?;
                self.set(bit::WATCHED_WRITE);
            }
            Transport::Socket(_) | Transport::Tls(_) | Transport::ServerTls(_) => (),
            Transport::Pollable(pollable) => {
                if let Some(context) = self.reactor.context() {
                    pollable.watch_write(Rc::downgrade(self), &context);
                }
            }
        }
        Ok(())
    }

    /// Writes the slices, as much of them as the transport takes. After `WouldBlock`, and after a short write, the
    /// handler's `flush` is called as soon as there is room again.
    pub fn write_vectored(self: &Rc<Self>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_ahead_of(Behind::Anything, slices)
    }

    /// The same for the last bytes of a stream that is closed as soon as they are written: they leave with its end, so that
    /// there is one packet and not two. Everything must have been read: the kernel drops them where a close finds unread bytes.
    pub fn write_last(self: &Rc<Self>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_ahead_of(Behind::End, slices)
    }

    fn write_ahead_of(self: &Rc<Self>, behind: Behind, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.has(bit::WRITABLE) {
            self.set(bit::FLUSH_WANTED);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let attempt = match &self.transport {
            Transport::Socket(socket) => socket.write_vectored(slices, behind),
            Transport::Tls(tls) => tls.write_vectored(slices, &self.reactor.0.buffers),
            Transport::ServerTls(tls) => tls.write_vectored(slices, behind, &self.reactor.0.buffers),
            Transport::Pollable(pollable) => pollable.write_vectored(slices),
        };
        match attempt {
            Ok(Attempt::Full(count)) => Ok(count),
            Ok(Attempt::Short(count)) => {
                self.set(bit::FLUSH_WANTED);
                // Where the kernel cannot be asked, the next attempt will say so.
                if self.watch_write().is_ok() {
                    self.clear(bit::WRITABLE);
                }
                Ok(count)
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::WouldBlock {
                    self.clear(bit::WRITABLE);
                    self.set(bit::FLUSH_WANTED);
                    self.watch_write()?;
                }
                Err(error)
            }
        }
    }

    /// Goes on with the handshake of a server's TLS. The handler is called again when more comes.
    pub fn shake_hands(self: &Rc<Self>) -> io::Result<Handshake> {
        let Transport::ServerTls(tls) = &self.transport else {
            return Ok(Handshake::Done);
        };
        let handshake = tls.shake_hands(&self.reactor.0.buffers)?;
        if handshake == Handshake::UnderWay {
            self.clear(bit::READABLE);
            self.watch_read()?;
            if !tls.flush(&self.reactor.0.buffers)? {
                self.clear(bit::WRITABLE);
                self.watch_write()?;
            }
        }
        Ok(handshake)
    }

    /// Accepts one connection, if the transport is a listening socket. `WouldBlock` when none waits.
    pub fn accept(&self) -> io::Result<OwnedFd> {
        if !self.has(bit::READABLE) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let Transport::Socket(socket) = &self.transport else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let accepted = socket.accept();
        let none_left = match &accepted {
            Ok(_) => !socket.has_connection(),
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        if none_left {
            self.clear(bit::READABLE);
        }
        accepted
    }

    /// Somebody has polled the descriptor outside of the reactor, and it was readable.
    pub fn polled_readable(self: &Rc<Self>) {
        if let Transport::Tls(tls) = &self.transport {
            tls.socket().readable(self.has(bit::READ_CLOSED));
        }
        self.set(bit::READABLE);
    }

    /// Whether an attempt to read may give something: what is remembered, no system call.
    pub fn is_readable(&self) -> bool {
        self.has(bit::READABLE)
    }

    /// Tells the peer that nothing more will be written, where the transport can.
    pub fn shutdown_write(&self) -> io::Result<()> {
        self.transport.shutdown_write(&self.reactor.0.buffers)
    }

    /// Closes the stream, also under whoever else holds it. [`Handler::closed`] is called in a later turn, once.
    pub fn close(self: &Rc<Self>) {
        if self.has(bit::CLOSED) {
            return;
        }
        self.set(bit::CLOSED);
        self.clear(bit::READABLE | bit::WRITABLE | bit::FLUSH_WANTED);
        self.set_deadline(None);
        self.reactor.deregister(self);
        match &self.transport {
            Transport::Socket(socket) => {
                socket.close();
                self.close_done();
            }
            Transport::Tls(tls) => match tls.close(&self.reactor.0.buffers) {
                true => self.close_done(),
                false => self.close_later(tls.stream()),
            },
            Transport::ServerTls(tls) => {
                tls.close(&self.reactor.0.buffers);
                self.close_done();
            }
            Transport::Pollable(pollable) => self.close_later(pollable),
        }
    }

    /// Closes a stream whose close may block.
    fn close_later(self: &Rc<Self>, pollable: &PollableTransport) {
        let link = self.clone();
        // The callback of an asynchronous close goes to the thread-default context.
        let close = || pollable.close(move || link.close_done());
        let begun = self
            .reactor
            .context()
            .is_some_and(|context| context.with_thread_default(close).is_ok());
        if !begun {
            self.close_done();
        }
    }

    /// Whether the stream is closed, by [`Link::close`] or by whoever else holds the stream.
    pub fn is_closed(&self) -> bool {
        self.has(bit::CLOSED) || self.transport.is_closed()
    }

    /// Has `flush` called once at the end of this turn, or in the next one when no turn is under way.
    pub fn request_flush(self: &Rc<Self>) {
        if self.has(bit::CLOSED) {
            return;
        }
        if !self.has(bit::WRITABLE) {
            self.set(bit::FLUSH_WANTED);
        } else if !self.has(bit::FLUSH_QUEUED) {
            self.set(bit::FLUSH_QUEUED);
            self.reactor.enqueue_flush(self);
        }
    }

    /// Has `ready` called in a later turn whether or not bytes have come: to go on after a pause.
    pub fn wake(self: &Rc<Self>) {
        self.set(bit::WOKEN);
        self.reactor.enqueue(self);
    }

    /// Calls the handler now, as a turn would: for what is known to be there already. Call with nothing borrowed.
    pub fn serve(self: &Rc<Self>) {
        self.reactor.serve_link(self);
    }

    /// Sets the one deadline of this link, or clears it. Moving it later and clearing it cost nothing.
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        let tick = deadline.map_or(NEVER, |deadline| self.reactor.tick(deadline));
        self.deadline.set(tick);
        self.clear(bit::TIMED_OUT);
        if tick < self.armed.get() {
            self.armed.set(tick);
            self.reactor.arm(tick, self.key.get());
        }
    }

    pub(super) fn has(&self, bits: u16) -> bool {
        self.state.get() & bits != 0
    }

    pub(super) fn set(&self, bits: u16) {
        self.state.set(self.state.get() | bits);
    }

    pub(super) fn clear(&self, bits: u16) {
        self.state.set(self.state.get() & !bits);
    }

    /// An edge of a descriptor, from mio.
    pub(super) fn descriptor_event(self: &Rc<Self>, event: &mio::event::Event) {
        let broken = event.is_error();
        if event.is_read_closed() || broken {
            self.set(bit::READ_CLOSED);
        }
        if event.is_readable() || event.is_read_closed() || broken {
            match &self.transport {
                Transport::Tls(tls) => tls.socket().readable(self.has(bit::READ_CLOSED)),
                Transport::ServerTls(tls) => tls.readable(self.has(bit::READ_CLOSED)),
                Transport::Socket(_) | Transport::Pollable(_) => (),
            }
            self.set(bit::READABLE);
            self.reactor.enqueue(self);
        }
        if event.is_writable() || event.is_write_closed() || broken {
            self.now_writable();
        }
    }

    pub(super) fn pollable_readable(self: &Rc<Self>) {
        if let Some(pollable) = self.transport.pollable() {
            pollable.forget_read();
        }
        self.set(bit::READABLE);
        self.reactor.enqueue(self);
    }

    pub(super) fn pollable_writable(self: &Rc<Self>) {
        if let Some(pollable) = self.transport.pollable() {
            pollable.forget_write();
        }
        self.now_writable();
    }

    fn now_writable(self: &Rc<Self>) {
        self.set(bit::WRITABLE);
        if let Transport::ServerTls(tls) = &self.transport {
            // What TLS itself had to say. What fails now fails again with the next read or write.
            let _ = tls.flush(&self.reactor.0.buffers);
        }
        if self.has(bit::FLUSH_WANTED) {
            self.clear(bit::FLUSH_WANTED);
            self.request_flush();
        }
    }

    fn close_done(self: &Rc<Self>) {
        self.set(bit::CLOSE_DONE);
        self.reactor.enqueue(self);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if !self.has(bit::CLOSED) {
            self.reactor.deregister(self);
        }
        self.reactor.forget(self.key.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_link_is_small() {
        assert!(size_of::<Link>() <= 96, "{}", size_of::<Link>());
    }
}
