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
            || SocketExt::condition_check(wire.socket(), IOCondition::IN) != IOCondition::empty()
    });
    ready.into_glib()
}

unsafe extern "C" fn is_writable(stream: *mut gio::ffi::GPollableOutputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    let wire = unsafe { wire_of_output(stream) };
    let ready = wire.is_some_and(|wire| {
        SocketExt::condition_check(wire.socket(), IOCondition::OUT) != IOCondition::empty()
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
            wire.socket().as_ptr(),
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
