//! GIO's input and output stream, blocking and pollable, over whatever moves bytes through a socket: a [`Duct`].

use std::io;
use std::sync::{Arc, OnceLock};

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::IOCondition;
use glib::ffi::{GError, GSource, gboolean};
use glib::translate::*;

use super::cipher_socket::error_of;
use super::pollable_input::{self, PollableInput, at_once};
use super::room::Room;

/// What the two streams read and write: a socket with something in front of it. Used from any thread, by one at a time for
/// each direction.
pub(super) trait Duct: Send + Sync {
    /// Reads; without `blocking` it fails with `G_IO_ERROR_WOULD_BLOCK` where it would have to wait.
    ///
    /// # Safety
    ///
    /// `into` points to `length` writable bytes, which need not be initialized; `cancellable` is alive or NULL.
    unsafe fn read(
        &self,
        into: *mut u8,
        length: usize,
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error>;

    /// Writes, in the same two ways.
    fn write(
        &self,
        from: &[u8],
        blocking: bool,
        cancellable: *mut gio::ffi::GCancellable,
    ) -> Result<usize, glib::Error>;

    /// Sends what was written and waits; whether the kernel has taken all of it.
    fn flush(&self) -> io::Result<bool>;

    /// Whether something was read from the socket that nobody has taken yet.
    fn has_unread(&self) -> bool;

    /// The socket, as long as it is open.
    fn socket(&self) -> Option<gio::Socket>;
}

glib::wrapper! {
    /// Reads from a [`Duct`].
    pub struct DuctInput(ObjectSubclass<imp::DuctInput>)
        @extends gio::InputStream, @implements gio::PollableInputStream;
}

glib::wrapper! {
    /// Writes to a [`Duct`].
    pub struct DuctOutput(ObjectSubclass<imp::DuctOutput>)
        @extends gio::OutputStream, @implements gio::PollableOutputStream;
}

impl DuctInput {
    pub(super) fn over(duct: Arc<dyn Duct>) -> DuctInput {
        let input: DuctInput = glib::Object::new();
        // The object is new.
        let _ = input.imp().duct.set(duct);
        input
    }
}

impl DuctOutput {
    pub(super) fn over(duct: Arc<dyn Duct>) -> DuctOutput {
        let output: DuctOutput = glib::Object::new();
        // The object is new.
        let _ = output.imp().duct.set(duct);
        output
    }
}

mod imp {
    use super::*;

    /// The reading half.
    #[derive(Default)]
    pub struct DuctInput {
        pub(super) duct: OnceLock<Arc<dyn Duct>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DuctInput {
        const NAME: &'static str = "BisqueDuctInput";
        type Type = super::DuctInput;
        type ParentType = gio::InputStream;
        type Interfaces = (gio::PollableInputStream,);
    }

    impl ObjectImpl for DuctInput {}

    impl InputStreamImpl for DuctInput {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            let Some(duct) = self.duct.get() else { return Ok(0) };
            let cancellable = cancellable.to_glib_none();
            // SAFETY: the slice is writable for its length.
            unsafe { duct.read(into.as_mut_ptr(), into.len(), true, cancellable.0) }
        }
    }

    /// The writing half.
    #[derive(Default)]
    pub struct DuctOutput {
        pub(super) duct: OnceLock<Arc<dyn Duct>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DuctOutput {
        const NAME: &'static str = "BisqueDuctOutput";
        type Type = super::DuctOutput;
        type ParentType = gio::OutputStream;
        type Interfaces = (gio::PollableOutputStream,);
    }

    impl ObjectImpl for DuctOutput {}

    impl OutputStreamImpl for DuctOutput {
        fn write(&self, from: &[u8], cancellable: Option<&gio::Cancellable>) -> Result<usize, glib::Error> {
            let Some(duct) = self.duct.get() else {
                return Err(error_of(io::ErrorKind::NotConnected.into()));
            };
            duct.write(from, true, cancellable.to_glib_none().0)
        }
    }
}

impl PollableInput for imp::DuctInput {
    fn is_readable(&self) -> bool {
        self.duct
            .get()
            .is_some_and(|duct| duct.has_unread() || is_ready(&**duct, IOCondition::IN))
    }

    fn source_below(&self) -> Option<glib::Source> {
        let duct = self.duct.get()?;
        // Whoever waits for an answer has asked. What fails now fails again at the read.
        let _ = duct.flush();
        source_of(&**duct, glib::ffi::G_IO_IN)
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        let duct = self.duct.get()?;
        duct.has_unread().then(at_once)
    }

    fn read_nonblocking(&self, mut into: Room<'_>) -> Result<usize, glib::Error> {
        let Some(duct) = self.duct.get() else { return Ok(0) };
        // SAFETY: the room is writable for its length.
        unsafe { duct.read(into.as_mut_ptr(), into.len(), false, std::ptr::null_mut()) }
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::DuctInput> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        pollable_input::implement::<imp::DuctInput>(interface);
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::DuctOutput> for gio::PollableOutputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        let interface = interface.as_mut();
        interface.is_writable = Some(is_writable);
        interface.create_source = Some(output_source);
        interface.write_nonblocking = Some(write_nonblocking);
    }
}

/// The duct of an object that GIO calls a function of the interface for.
///
/// # Safety
///
/// `stream` is a [`DuctOutput`] that is alive.
unsafe fn duct_of<'a>(stream: *mut gio::ffi::GPollableOutputStream) -> Option<&'a dyn Duct> {
    // SAFETY: the caller's promise; the object outlives GIO's call.
    let instance = unsafe { &*stream.cast::<<imp::DuctOutput as ObjectSubclass>::Instance>() };
    instance.imp().duct.get().map(|duct| &**duct)
}

unsafe extern "C" fn is_writable(stream: *mut gio::ffi::GPollableOutputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    let duct = unsafe { duct_of(stream) };
    duct.is_some_and(|duct| is_ready(duct, IOCondition::OUT))
        .into_glib()
}

unsafe extern "C" fn output_source(
    stream: *mut gio::ffi::GPollableOutputStream,
    cancellable: *mut gio::ffi::GCancellable,
) -> *mut GSource {
    // SAFETY: GIO calls this for our class.
    let socket = unsafe { duct_of(stream) }.and_then(|duct| source_of(duct, glib::ffi::G_IO_OUT));
    // SAFETY: all three are alive or NULL; the source takes references of its own.
    unsafe { gio::ffi::g_pollable_source_new_full(stream.cast(), socket.to_glib_none().0, cancellable) }
}

/// Whether the socket is ready; one that is closed is, because the next call fails at once.
fn is_ready(duct: &dyn Duct, condition: IOCondition) -> bool {
    duct.socket()
        .is_none_or(|socket| SocketExt::condition_check(&socket, condition) != IOCondition::empty())
}

/// A source of the socket's.
fn source_of(duct: &dyn Duct, condition: glib::ffi::GIOCondition) -> Option<glib::Source> {
    let socket = duct.socket()?;
    // SAFETY: the socket is alive, and no cancellable is allowed.
    Some(unsafe {
        from_glib_full(gio::ffi::g_socket_create_source(
            socket.as_ptr(),
            condition,
            std::ptr::null_mut(),
        ))
    })
}

unsafe extern "C" fn write_nonblocking(
    stream: *mut gio::ffi::GPollableOutputStream,
    buffer: *mut u8,
    count: usize,
    error: *mut *mut GError,
) -> isize {
    // SAFETY: GIO calls this for our class.
    let duct = unsafe { duct_of(stream) };
    // SAFETY: GIO vouches for `count` bytes, which is not 0.
    let from = unsafe { std::slice::from_raw_parts(buffer, count) };
    let outcome = match duct {
        Some(duct) => duct.write(from, false, std::ptr::null_mut()),
        None => Err(error_of(io::ErrorKind::NotConnected.into())),
    };
    pollable_input::told(outcome, error)
}
