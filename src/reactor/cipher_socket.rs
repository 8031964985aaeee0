//! The socket below a TLS connection: a `GSocketConnection` that gathers what the TLS library reads and writes.
//!
//! Law: between [`CipherSocket::gather`] and the end of its guard nothing blocks in that thread: reads are served from one
//! large read of the socket, writes pile up until [`CipherSocket::flush`]. To everybody else this is an ordinary socket, but
//! that the messages of a handshake leave together, when their answer is waited for.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::IOCondition;
use glib::ffi::{GError, GSource, gboolean};
use glib::translate::*;

use super::scratch::Buffers;
use super::socket::is_plain;

glib::wrapper! {
    /// The socket below a TLS connection.
    pub struct CipherSocket(ObjectSubclass<imp::CipherSocket>) @extends gio::SocketConnection, gio::IOStream;
}

glib::wrapper! {
    /// What the TLS library reads from.
    pub struct CipherInput(ObjectSubclass<imp::CipherInput>)
        @extends gio::InputStream, @implements gio::PollableInputStream;
}

glib::wrapper! {
    /// What the TLS library writes to.
    pub struct CipherOutput(ObjectSubclass<imp::CipherOutput>)
        @extends gio::OutputStream, @implements gio::PollableOutputStream;
}

/// How much of the TLS library's output is put together for one write.
pub(super) const GATHERED: usize = 256 * 1024;

/// How much a handshake's messages may be that wait for the next read.
const FLIGHT: usize = 64 * 1024;

impl CipherSocket {
    /// The socket of a plain connection, if it is one: others lead through something else.
    pub fn over(connection: &gio::SocketConnection) -> Option<CipherSocket> {
        is_plain(connection).then(|| CipherSocket::new(&connection.socket()))
    }

    /// The socket of a connection that carries nothing yet but what TLS will.
    pub fn new(socket: &gio::Socket) -> CipherSocket {
        let this: CipherSocket = glib::Object::builder().property("socket", socket).build();
        let wire = Wire(Arc::new(Shared {
            socket: socket.clone(),
            state: Mutex::default(),
        }));
        let input: CipherInput = glib::Object::new();
        let output: CipherOutput = glib::Object::new();
        // All three objects are new.
        let _ = input.imp().wire.set(wire.clone());
        let _ = output.imp().wire.set(wire.clone());
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

/// What the three objects share.
#[derive(Clone)]
struct Wire(Arc<Shared>);

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
enum Mode {
    /// They are the socket's.
    #[default]
    Direct,
    /// Writes wait for the next read.
    Handshake,
    /// Those of one thread are gathered.
    Gathering(usize),
}

#[derive(Default)]
struct State {
    mode: Mode,
    /// What was read and not yet taken, from `taken` on.
    input: Vec<u8>,
    taken: usize,
    /// What is to be written, from `sent` on.
    output: Vec<u8>,
    sent: usize,
    /// The kernel has nothing more to read, until it says so.
    dry: bool,
    /// The peer has ended its side: a short read says nothing about the next one.
    read_closed: bool,
}

impl State {
    fn unread(&self) -> &[u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    fn unsent(&self) -> &[u8] {
        self.output.get(self.sent..).unwrap_or_default()
    }

    /// Gives buffers back that hold nothing: an idle connection owns none.
    fn give_back(&mut self, buffers: &Buffers) {
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
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fd(&self) -> io::Result<RawFd> {
        if self.0.socket.is_closed() {
            Err(io::ErrorKind::NotConnected.into())
        } else {
            Ok(self.0.socket.as_raw_fd())
        }
    }

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

    /// Reads as much as fits from the socket into the empty input. 0 at the end of the stream.
    fn fill(&self, state: &mut State) -> Result<usize, glib::Error> {
        let fd = self.fd().map_err(error_of)?;
        if state.input.capacity() == 0 {
            state.input.reserve(super::scratch::BUFFER);
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

/// A name for the running thread, cheaper than its `ThreadId`.
fn this_thread() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| std::ptr::from_ref(place).addr())
}

fn would_block() -> glib::Error {
    glib::Error::new(gio::IOErrorEnum::WouldBlock, "the socket would block")
}

/// The system's error as GIO's.
fn error_of(error: io::Error) -> glib::Error {
    let text = error.to_string();
    let kind = match error.raw_os_error() {
        // SAFETY: a function of numbers.
        Some(code) => unsafe { from_glib(gio::ffi::g_io_error_from_errno(code)) },
        None => gio::IOErrorEnum::Closed,
    };
    glib::Error::new(kind, &text)
}

mod imp {
    use super::*;

    /// The socket and its two halves.
    #[derive(Default)]
    pub struct CipherSocket {
        pub(super) parts: OnceLock<(Wire, super::CipherInput, super::CipherOutput)>,
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

    /// The reading half.
    #[derive(Default)]
    pub struct CipherInput {
        pub(super) wire: OnceLock<Wire>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for CipherInput {
        const NAME: &'static str = "BisqueCipherInput";
        type Type = super::CipherInput;
        type ParentType = gio::InputStream;
        type Interfaces = (gio::PollableInputStream,);
    }

    impl ObjectImpl for CipherInput {}

    impl InputStreamImpl for CipherInput {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            let Some(wire) = self.wire.get() else { return Ok(0) };
            let cancellable = cancellable.to_glib_none();
            // SAFETY: the slice is writable for its length.
            unsafe { wire.read(into.as_mut_ptr(), into.len(), true, cancellable.0) }
        }
    }

    /// The writing half.
    #[derive(Default)]
    pub struct CipherOutput {
        pub(super) wire: OnceLock<Wire>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for CipherOutput {
        const NAME: &'static str = "BisqueCipherOutput";
        type Type = super::CipherOutput;
        type ParentType = gio::OutputStream;
        type Interfaces = (gio::PollableOutputStream,);
    }

    impl ObjectImpl for CipherOutput {}

    impl OutputStreamImpl for CipherOutput {
        fn write(&self, from: &[u8], cancellable: Option<&gio::Cancellable>) -> Result<usize, glib::Error> {
            let Some(wire) = self.wire.get() else {
                return Err(error_of(io::ErrorKind::NotConnected.into()));
            };
            wire.write(from, true, cancellable.to_glib_none().0)
        }
    }
}

// SAFETY: the class struct of a subclass begins with GSocketConnection's, whose own parent is initialized by this.
unsafe impl IsSubclassable<imp::CipherSocket> for gio::SocketConnection {}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::CipherInput> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        let interface = interface.as_mut();
        interface.is_readable = Some(is_readable);
        interface.create_source = Some(input_source);
        interface.read_nonblocking = Some(read_nonblocking);
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::CipherOutput> for gio::PollableOutputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        let interface = interface.as_mut();
        interface.is_writable = Some(is_writable);
        interface.create_source = Some(output_source);
        interface.write_nonblocking = Some(write_nonblocking);
    }
}

/// The wire of an object that GIO calls a function of the interface for.
///
/// # Safety
///
/// `stream` is a [`CipherInput`] that is alive.
unsafe fn wire_of_input<'a>(stream: *mut gio::ffi::GPollableInputStream) -> Option<&'a Wire> {
    // SAFETY: the caller's promise; the object outlives GIO's call.
    let instance = unsafe { &*stream.cast::<<imp::CipherInput as ObjectSubclass>::Instance>() };
    instance.imp().wire.get()
}

/// The same for a [`CipherOutput`].
///
/// # Safety
///
/// `stream` is a [`CipherOutput`] that is alive.
unsafe fn wire_of_output<'a>(stream: *mut gio::ffi::GPollableOutputStream) -> Option<&'a Wire> {
    // SAFETY: the caller's promise; the object outlives GIO's call.
    let instance = unsafe { &*stream.cast::<<imp::CipherOutput as ObjectSubclass>::Instance>() };
    instance.imp().wire.get()
}

unsafe extern "C" fn is_readable(stream: *mut gio::ffi::GPollableInputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_input(stream) };
    let ready = wire.is_some_and(|wire| {
        !wire.lock().unread().is_empty()
            || SocketExt::condition_check(&wire.0.socket, IOCondition::IN) != IOCondition::empty()
    });
    ready.into_glib()
}

unsafe extern "C" fn is_writable(stream: *mut gio::ffi::GPollableOutputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_output(stream) };
    let ready = wire.is_some_and(|wire| {
        SocketExt::condition_check(&wire.0.socket, IOCondition::OUT) != IOCondition::empty()
    });
    ready.into_glib()
}

/// A source for the socket; ready at once where something has been read already.
unsafe extern "C" fn input_source(
    stream: *mut gio::ffi::GPollableInputStream,
    cancellable: *mut gio::ffi::GCancellable,
) -> *mut GSource {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_input(stream) };
    if let Some(wire) = wire {
        // Whoever waits for an answer has asked. What fails now fails again at the read.
        let _ = wire.flush();
    }
    // SAFETY: as above.
    let source = unsafe { source_of(stream.cast(), wire, glib::ffi::G_IO_IN, cancellable) };
    if wire.is_some_and(|wire| !wire.lock().unread().is_empty()) {
        let now = glib::timeout_source_new(Duration::ZERO, None, glib::Priority::DEFAULT, || {
            glib::ControlFlow::Continue
        });
        source.add_child_source(&now);
    }
    source.into_glib_ptr()
}

unsafe extern "C" fn output_source(
    stream: *mut gio::ffi::GPollableOutputStream,
    cancellable: *mut gio::ffi::GCancellable,
) -> *mut GSource {
    // SAFETY: GIO calls this for our class.
    unsafe {
        source_of(
            stream.cast(),
            wire_of_output(stream),
            glib::ffi::G_IO_OUT,
            cancellable,
        )
    }
    .into_glib_ptr()
}

/// A pollable source of `stream` over one of its socket.
///
/// # Safety
///
/// `stream` is alive, `cancellable` is alive or NULL.
unsafe fn source_of(
    stream: *mut glib::gobject_ffi::GObject,
    wire: Option<&Wire>,
    condition: glib::ffi::GIOCondition,
    cancellable: *mut gio::ffi::GCancellable,
) -> glib::Source {
    // SAFETY: the socket is alive, and no cancellable is allowed.
    let socket: Option<glib::Source> = wire.map(|wire| unsafe {
        from_glib_full(gio::ffi::g_socket_create_source(
            wire.0.socket.as_ptr(),
            condition,
            std::ptr::null_mut(),
        ))
    });
    // SAFETY: the caller's promise; the source takes references of its own.
    unsafe {
        from_glib_full(gio::ffi::g_pollable_source_new_full(
            stream.cast(),
            socket.to_glib_none().0,
            cancellable,
        ))
    }
}

unsafe extern "C" fn read_nonblocking(
    stream: *mut gio::ffi::GPollableInputStream,
    buffer: *mut u8,
    count: usize,
    error: *mut *mut GError,
) -> isize {
    // SAFETY: GIO calls this for our class, with room for `count` bytes.
    let outcome = unsafe {
        wire_of_input(stream).map_or(Ok(0), |wire| {
            wire.read(buffer, count, false, std::ptr::null_mut())
        })
    };
    told(outcome, error)
}

unsafe extern "C" fn write_nonblocking(
    stream: *mut gio::ffi::GPollableOutputStream,
    buffer: *mut u8,
    count: usize,
    error: *mut *mut GError,
) -> isize {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_output(stream) };
    // SAFETY: GIO vouches for `count` bytes, which is not 0.
    let from = unsafe { std::slice::from_raw_parts(buffer, count) };
    let outcome = match wire {
        Some(wire) => wire.write(from, false, std::ptr::null_mut()),
        None => Err(error_of(io::ErrorKind::NotConnected.into())),
    };
    told(outcome, error)
}

/// The outcome as GIO wants it.
fn told(outcome: Result<usize, glib::Error>, error: *mut *mut GError) -> isize {
    match outcome {
        Ok(count) => isize::try_from(count).unwrap_or(isize::MAX),
        Err(failure) => {
            if !error.is_null() {
                // SAFETY: the caller's place for an error.
                unsafe { *error = failure.into_glib_ptr() };
            }
            -1
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

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
