//! The socket below a TLS connection: a `GSocketConnection` that gathers what the TLS library reads and writes.
//!
//! Law: between [`CipherSocket::gather`] and the end of its guard nothing blocks in that thread: reads are served from one
//! large read of the socket, writes pile up until [`CipherSocket::flush`]. To everybody else this is an ordinary socket, but
//! that the messages of a handshake leave together, when their answer is waited for.
//!
//! `wire` is the socket with what was read and not taken, and what was written and not sent.

mod wire;

use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, OnceLock};

use gio::prelude::*;
use gio::subclass::prelude::*;

use super::scratch::Buffers;
use super::socket::is_plain;
use super::tls_streams::{Duct, DuctInput, DuctOutput};
pub(super) use wire::error_of;
use wire::{Mode, Wire, this_thread};

glib::wrapper! {
    /// The socket below a TLS connection.
    pub struct CipherSocket(ObjectSubclass<imp::CipherSocket>) @extends gio::SocketConnection, gio::IOStream;
}

/// How much of the TLS library's output is put together for one write.
pub(super) const GATHERED: usize = 256 * 1024;

impl CipherSocket {
    /// The socket of a plain connection, if it is one: others lead through something else.
    pub fn over(connection: &gio::SocketConnection) -> Option<CipherSocket> {
        is_plain(connection).then(|| CipherSocket::new(&connection.socket()))
    }

    /// The socket of a connection that carries nothing yet but what TLS will.
    pub fn new(socket: &gio::Socket) -> CipherSocket {
        let this: CipherSocket = glib::Object::builder().property("socket", socket).build();
        let wire = Wire::new(socket);
        let duct: Arc<dyn Duct> = Arc::new(wire.clone());
        let (input, output) = (DuctInput::over(duct.clone()), DuctOutput::over(duct));
        // The object is new.
        let _ = this.imp().parts.set((wire, input, output));
        this
    }

    /// The descriptor, or `NotConnected` after a close.
    pub(super) fn fd(&self) -> io::Result<RawFd> {
        self.wire()?.fd()
    }

    /// A handshake begins.
    pub(super) fn begin_handshake(&self) {
        if let Ok(wire) = self.wire() {
            wire.lock().mode = Mode::Handshake;
        }
    }

    /// The handshake is over, well or badly: its last messages leave.
    pub(super) fn end_handshake(&self) {
        if let Ok(wire) = self.wire() {
            wire.lock().mode = Mode::Direct;
            // What fails now fails again with what comes next.
            let _ = self.flush();
        }
    }

    /// Begins to gather in this thread, in a buffer of the pool's.
    pub(super) fn gather<'a>(&self, direction: Direction, buffers: &'a Buffers) -> Option<Gathering<'a>> {
        let wire = self.wire().ok()?.clone();
        let mut state = wire.lock();
        state.mode = Mode::Gathering(this_thread());
        let buffer = match direction {
            Direction::In => &mut state.input,
            Direction::Out => &mut state.output,
        };
        if buffer.capacity() == 0 {
            *buffer = buffers.take();
        }
        drop(state);
        Some(Gathering { wire, buffers })
    }

    /// The kernel has said that there is something to read, or that the peer will send nothing more.
    pub(super) fn readable(&self, read_closed: bool) {
        if let Ok(wire) = self.wire() {
            let mut state = wire.lock();
            state.dry = false;
            state.read_closed |= read_closed;
        }
    }

    /// Whether nothing is left but the end that the peer has sent.
    pub(super) fn is_at_end(&self) -> bool {
        self.wire().is_ok_and(|wire| {
            let state = wire.lock();
            state.read_closed && state.unread().is_empty()
        })
    }

    /// Whether the kernel has said that there is no more to read for now, and all that came was taken.
    pub(super) fn is_dry(&self) -> bool {
        self.wire().is_ok_and(|wire| {
            let state = wire.lock();
            state.dry && state.unread().is_empty()
        })
    }

    /// How much waits for [`CipherSocket::flush`].
    pub(super) fn gathered(&self) -> usize {
        self.wire().map_or(0, |wire| wire.lock().unsent().len())
    }

    /// Writes what was gathered; whether the kernel has taken all of it.
    pub(super) fn flush(&self) -> io::Result<bool> {
        self.wire()?.flush()
    }

    fn wire(&self) -> io::Result<&Wire> {
        let parts = self.imp().parts.get();
        parts
            .map(|(wire, _, _)| wire)
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// Which way bytes are about to go.
pub(super) enum Direction {
    In,
    Out,
}

/// As long as it lives, reads and writes of this thread are gathered. What is left unsent then waits for a flush.
pub(super) struct Gathering<'a> {
    wire: Wire,
    buffers: &'a Buffers,
}

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        let mut state = self.wire.lock();
        state.mode = Mode::Direct;
        state.give_back(self.buffers);
    }
}

mod imp {
    use super::*;

    /// The socket and its two halves.
    #[derive(Default)]
    pub struct CipherSocket {
        pub(super) parts: OnceLock<(Wire, DuctInput, DuctOutput)>,
    }

    // SAFETY: GIO's streams count their references atomically, and the rest sits behind a lock.
    unsafe impl Send for CipherSocket {}

    #[glib::object_subclass]
    impl ObjectSubclass for CipherSocket {
        const NAME: &'static str = "BisqueCipherSocket";
        type Type = super::CipherSocket;
        type ParentType = gio::SocketConnection;
    }

    impl ObjectImpl for CipherSocket {}

    impl IOStreamImpl for CipherSocket {
        fn input_stream(&self) -> gio::InputStream {
            match self.parts.get() {
                Some((_, input, _)) => input.clone().upcast(),
                None => self.parent_input_stream(),
            }
        }

        fn output_stream(&self) -> gio::OutputStream {
            match self.parts.get() {
                Some((_, _, output)) => output.clone().upcast(),
                None => self.parent_output_stream(),
            }
        }

        fn close(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            // What the kernel does not take now is lost, as with any close that must not block.
            let _ = self.obj().flush();
            self.parent_close(cancellable)
        }
    }
}

// SAFETY: the class struct of a subclass begins with GSocketConnection's, whose own parent is initialized by this.
unsafe impl IsSubclassable<imp::CipherSocket> for gio::SocketConnection {}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::wire::FLIGHT;
    use super::*;

    /// A socket during a handshake, and the peer's end of it, which does not wait.
    fn pair() -> (CipherSocket, UnixStream) {
        let (here, there) = UnixStream::pair().unwrap();
        there.set_nonblocking(true).unwrap();
        let socket = CipherSocket::new(&gio::Socket::from_fd(here.into()).unwrap());
        socket.begin_handshake();
        (socket, there)
    }

    fn received(peer: &mut UnixStream) -> Vec<u8> {
        let mut bytes = [0; 64];
        match peer.read(&mut bytes) {
            Ok(count) => bytes[..count].to_vec(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_flight_leaves_when_its_answer_is_read() {
        let (socket, mut peer) = pair();
        let (input, output) = (socket.input_stream(), socket.output_stream());
        for message in ["hello, ", "certificate, ", "finished"] {
            assert_eq!(
                output.write(message.as_bytes(), gio::Cancellable::NONE),
                Ok(message.len() as isize)
            );
        }
        assert_eq!(received(&mut peer), b"");
        peer.write_all(b"finished").unwrap();
        let mut answer = [0; 8];
        assert_eq!(input.read(&mut answer, gio::Cancellable::NONE), Ok(8));
        assert_eq!(received(&mut peer), b"hello, certificate, finished");
    }

    #[test]
    fn a_flight_leaves_with_the_end_of_the_handshake() {
        let (socket, mut peer) = pair();
        let output = socket.output_stream();
        assert_eq!(output.write(b"alert", gio::Cancellable::NONE), Ok(5));
        socket.end_handshake();
        assert_eq!(received(&mut peer), b"alert");
        assert_eq!(output.write(b"data", gio::Cancellable::NONE), Ok(4));
        assert_eq!(received(&mut peer), b"data");
    }

    #[test]
    fn an_endless_flight_does_not_pile_up() {
        let (socket, mut peer) = pair();
        let output = socket.output_stream();
        let flight = vec![1; FLIGHT];
        assert_eq!(output.write(&flight, gio::Cancellable::NONE), Ok(FLIGHT as isize));
        assert_eq!(received(&mut peer), b"");
        assert_eq!(output.write(b"more", gio::Cancellable::NONE), Ok(4));
        assert!(!received(&mut peer).is_empty());
    }
}
