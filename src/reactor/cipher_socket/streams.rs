//! The two halves of a [`super::CipherSocket`]: GIO's streams over a [`Wire`], blocking and pollable.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::IOCondition;
use glib::ffi::{GError, GSource, gboolean};
use glib::translate::*;

use super::wire::{Wire, error_of};
use crate::reactor::PollableInput;
use crate::reactor::pollable_input;

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

impl CipherInput {
    pub(super) fn over(wire: &Wire) -> CipherInput {
        let input: CipherInput = glib::Object::new();
        // The object is new.
        let _ = input.imp().wire.set(wire.clone());
        input
    }
}

impl CipherOutput {
    pub(super) fn over(wire: &Wire) -> CipherOutput {
        let output: CipherOutput = glib::Object::new();
        // The object is new.
        let _ = output.imp().wire.set(wire.clone());
        output
    }
}

mod imp {
    use super::*;

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

impl PollableInput for imp::CipherInput {
    fn is_readable(&self) -> bool {
        self.wire.get().is_some_and(|wire| {
            !wire.lock().unread().is_empty()
                || SocketExt::condition_check(wire.socket(), IOCondition::IN) != IOCondition::empty()
        })
    }

    fn source_below(&self) -> Option<glib::Source> {
        let wire = self.wire.get()?;
        // Whoever waits for an answer has asked. What fails now fails again at the read.
        let _ = wire.flush();
        Some(source_of(wire, glib::ffi::G_IO_IN))
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        let wire = self.wire.get()?;
        let now = || {
            glib::timeout_source_new(Duration::ZERO, None, glib::Priority::DEFAULT, || {
                glib::ControlFlow::Continue
            })
        };
        (!wire.lock().unread().is_empty()).then(now)
    }

    unsafe fn read_nonblocking(&self, into: *mut u8, length: usize) -> Result<usize, glib::Error> {
        let Some(wire) = self.wire.get() else { return Ok(0) };
        // SAFETY: the caller's promise.
        unsafe { wire.read(into, length, false, std::ptr::null_mut()) }
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::CipherInput> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        pollable_input::implement::<imp::CipherInput>(interface);
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
/// `stream` is a [`CipherOutput`] that is alive.
unsafe fn wire_of_output<'a>(stream: *mut gio::ffi::GPollableOutputStream) -> Option<&'a Wire> {
    // SAFETY: the caller's promise; the object outlives GIO's call.
    let instance = unsafe { &*stream.cast::<<imp::CipherOutput as ObjectSubclass>::Instance>() };
    instance.imp().wire.get()
}

unsafe extern "C" fn is_writable(stream: *mut gio::ffi::GPollableOutputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_output(stream) };
    let ready = wire.is_some_and(|wire| {
        SocketExt::condition_check(wire.socket(), IOCondition::OUT) != IOCondition::empty()
    });
    ready.into_glib()
}

unsafe extern "C" fn output_source(
    stream: *mut gio::ffi::GPollableOutputStream,
    cancellable: *mut gio::ffi::GCancellable,
) -> *mut GSource {
    // SAFETY: GIO calls this for our class.
    let socket = unsafe { wire_of_output(stream) }.map(|wire| source_of(wire, glib::ffi::G_IO_OUT));
    // SAFETY: all three are alive or NULL; the source takes references of its own.
    unsafe { gio::ffi::g_pollable_source_new_full(stream.cast(), socket.to_glib_none().0, cancellable) }
}

/// A source of the socket's.
fn source_of(wire: &Wire, condition: glib::ffi::GIOCondition) -> glib::Source {
    // SAFETY: the socket is alive, and no cancellable is allowed.
    unsafe {
        from_glib_full(gio::ffi::g_socket_create_source(
            wire.socket().as_ptr(),
            condition,
            std::ptr::null_mut(),
        ))
    }
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
    pollable_input::told(outcome, error)
}
