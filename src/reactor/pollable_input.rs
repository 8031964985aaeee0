//! A `GPollableInputStream` of our own: the C side of the interface, for classes that say the rest in Rust.
//!
//! The gio crate lets a class implement no pollable interface.

use std::time::Duration;

use gio::subclass::prelude::*;
use glib::ffi::{GError, GSource, gboolean};
use glib::translate::*;

use super::room::Room;

/// What a class says about its reading half.
pub trait PollableInput: ObjectSubclass {
    /// Whether the stream can be polled at all.
    fn can_poll(&self) -> bool {
        true
    }

    /// Whether a read would give something, or fail, at once.
    fn is_readable(&self) -> bool;

    /// What lies below says by this that it is readable.
    fn source_below(&self) -> Option<glib::Source>;

    /// What has been read already, and not been taken, is readable as long as this lasts; see [`at_once`].
    fn source_of_rest(&self) -> Option<glib::Source> {
        None
    }

    /// Reads without waiting: how many bytes lie in the room then.
    fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error>;
}

/// A source that is ready in every turn.
pub fn at_once() -> glib::Source {
    glib::timeout_source_new(Duration::ZERO, None, glib::Priority::DEFAULT, || {
        glib::ControlFlow::Continue
    })
}

/// Fills the interface's slots for a class.
pub fn implement<T: PollableInput>(interface: &mut glib::Interface<gio::PollableInputStream>) {
    let interface = interface.as_mut();
    interface.can_poll = Some(can_poll::<T>);
    interface.is_readable = Some(is_readable::<T>);
    interface.create_source = Some(create_source::<T>);
    interface.read_nonblocking = Some(read_nonblocking::<T>);
}

/// The outcome of a call as GIO wants it.
pub(super) fn told(outcome: Result<usize, glib::Error>, error: *mut *mut GError) -> isize {
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

/// The Rust half of the object that GIO calls a function of the interface for.
///
/// # Safety
///
/// `stream` is a live instance of the class.
unsafe fn imp<'a, T: PollableInput>(stream: *mut gio::ffi::GPollableInputStream) -> &'a T {
    // SAFETY: the caller's promise; whoever calls GIO holds the object.
    unsafe { &*stream.cast::<T::Instance>() }.imp()
}

unsafe extern "C" fn can_poll<T: PollableInput>(stream: *mut gio::ffi::GPollableInputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    unsafe { imp::<T>(stream) }.can_poll().into_glib()
}

unsafe extern "C" fn is_readable<T: PollableInput>(stream: *mut gio::ffi::GPollableInputStream) -> gboolean {
    // SAFETY: GIO calls this for our class.
    unsafe { imp::<T>(stream) }.is_readable().into_glib()
}

unsafe extern "C" fn create_source<T: PollableInput>(
    stream: *mut gio::ffi::GPollableInputStream,
    cancellable: *mut gio::ffi::GCancellable,
) -> *mut GSource {
    // SAFETY: GIO calls this for our class.
    let imp = unsafe { imp::<T>(stream) };
    let below = imp.source_below();
    // SAFETY: all three are alive or NULL; the source takes references of its own.
    let source: glib::Source = unsafe {
        from_glib_full(gio::ffi::g_pollable_source_new_full(
            stream.cast(),
            below.to_glib_none().0,
            cancellable,
        ))
    };
    if let Some(rest) = imp.source_of_rest() {
        source.add_child_source(&rest);
    }
    source.into_glib_ptr()
}

unsafe extern "C" fn read_nonblocking<T: PollableInput>(
    stream: *mut gio::ffi::GPollableInputStream,
    buffer: *mut u8,
    count: usize,
    error: *mut *mut GError,
) -> isize {
    // SAFETY: GIO calls this for our class, with room for `count` bytes.
    let (imp, room) = unsafe { (imp::<T>(stream), Room::from_raw(buffer, count)) };
    told(imp.read_nonblocking(room), error)
}
