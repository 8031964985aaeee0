//! The one GSource of a reactor: mio's epoll descriptor as a child of the caller's main loop.
//!
//! Deadlines are answered in `prepare`, not with `g_source_set_ready_time()`: that function writes to the context's
//! wakeup descriptor every time, two system calls for each change of the earliest deadline.

use std::cell::{OnceCell, UnsafeCell};
use std::ffi::c_int;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr::{NonNull, null_mut};
use std::sync::Weak;

use glib::ffi;
use glib::translate::*;

use super::Reactor;
use super::context::Inner;

/// The handle that the reactor keeps.
pub(super) struct Source {
    source: NonNull<ffi::GSource>,
    address: usize,
    /// What GLib polls for us, from the first descriptor on: GLib keeps its address.
    polled: OnceCell<Box<UnsafeCell<ffi::GPollFD>>>,
}

/// What GLib allocates: its own struct, and our way back.
#[repr(C)]
struct ReactorSource {
    source: ffi::GSource,
    /// Written once in `Source::new`, dropped in `finalize`.
    inner: std::mem::ManuallyDrop<Weak<Inner>>,
}

static FUNCTIONS: Functions = Functions(ffi::GSourceFuncs {
    prepare: Some(prepare),
    check: Some(check),
    dispatch: Some(dispatch),
    finalize: Some(finalize),
    closure_callback: None,
    closure_marshal: None,
});

/// GLib takes a mutable pointer to its table of functions, and does not write there.
struct Functions(ffi::GSourceFuncs);

// SAFETY: nobody writes to it.
unsafe impl Sync for Functions {}

impl Source {
    /// Attaches a source to `context`; it calls back into `inner`.
    pub(super) fn new(inner: Weak<Inner>, context: &glib::MainContext) -> Source {
        let size = u32::try_from(size_of::<ReactorSource>()).unwrap_or(u32::MAX);
        let functions = (&raw const FUNCTIONS.0).cast_mut();
        // SAFETY: the table is static, the size that of a struct which begins with a GSource.
        let source = unsafe { ffi::g_source_new(functions, size) };
        // The context tells us through the notify that it is being freed with the source still attached.
        let notify = Box::into_raw(Box::new(inner.clone()));
        // SAFETY: the source is new and ours: `inner` is written before anybody can read it.
        unsafe {
            (&raw mut (*source.cast::<ReactorSource>()).inner).write(std::mem::ManuallyDrop::new(inner));
            ffi::g_source_set_name(source, c"bisque".as_ptr());
            ffi::g_source_set_can_recurse(source, glib::ffi::GTRUE);
            ffi::g_source_set_callback(source, None, notify.cast(), Some(abandoned));
            ffi::g_source_attach(source, context.to_glib_none().0);
        }
        Source {
            // SAFETY: g_source_new aborts rather than return NULL.
            source: unsafe { NonNull::new_unchecked(source) },
            address: context.as_ptr() as usize,
            polled: OnceCell::new(),
        }
    }

    /// Polls `fd` as well; called once.
    ///
    /// By `g_source_add_poll()`: with `g_source_add_unix_fd()` GLib dispatches a source whose descriptor is ready whatever
    /// `check` says, so that a turn could be left to others only by not polling the descriptor, and each such change
    /// writes to the context's wakeup descriptor.
    pub(super) fn add_descriptor(&self, fd: RawFd) {
        let polled = self.polled.get_or_init(|| {
            Box::new(UnsafeCell::new(ffi::GPollFD {
                fd,
                events: ffi::G_IO_IN as u16,
                revents: 0,
            }))
        });
        // SAFETY: the source is alive as long as `self`; GLib forgets the place when the source is destroyed, which is
        // before `self` goes; the descriptor lives as long as the reactor.
        unsafe { ffi::g_source_add_poll(self.source.as_ptr(), polled.get()) };
    }

    /// Whether the descriptor was ready when the context last polled.
    fn descriptor_ready(&self) -> bool {
        self.polled
            .get()
            // SAFETY: GLib writes there only while it polls, which is not now.
            .is_some_and(|polled| unsafe { (*polled.get()).revents } != 0)
    }

    /// The address of the context, as a name only: the context may be gone.
    pub(super) fn address(&self) -> usize {
        self.address
    }

    /// The context, which may be used only while the home's lock says that it is there.
    pub(super) fn context_address(&self) -> *mut ffi::GMainContext {
        self.address as *mut ffi::GMainContext
    }

    /// Has the context dispatch the source as soon as it can, from any thread; or no longer. Under the home's lock.
    pub(super) fn set_ready(&self, ready: bool) {
        let time = if ready { 0 } else { -1 };
        // SAFETY: the source is alive as long as `self`, and its context waits for that lock before it is freed.
        unsafe { ffi::g_source_set_ready_time(self.source.as_ptr(), time) };
    }

    /// The context, unless it is being freed.
    pub(super) fn context(&self) -> Option<glib::MainContext> {
        if self.is_destroyed() {
            return None;
        }
        // SAFETY: the source is attached, so its context is alive.
        unsafe { from_glib_none(ffi::g_source_get_context(self.source.as_ptr())) }
    }

    fn is_destroyed(&self) -> bool {
        // SAFETY: we hold a reference on the source.
        unsafe { ffi::g_source_is_destroyed(self.source.as_ptr()) != 0 }
    }

    /// Interrupts the context's poll, if a thread other than this one may be in it.
    pub(super) fn wake(&self) {
        if let Some(context) = self.context()
            && !context.is_owner()
        {
            context.wakeup();
        }
    }

    /// Takes the source out of its context.
    pub(super) fn destroy(&self) {
        // SAFETY: we hold a reference on the source; destroying one twice is allowed.
        unsafe { ffi::g_source_destroy(self.source.as_ptr()) };
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: the reference that g_source_new gave us.
        unsafe { ffi::g_source_unref(self.source.as_ptr()) };
    }
}

/// The reactor of a source, unless it is gone.
///
/// # Safety
///
/// `source` was made by `Source::new` and is not finalized.
unsafe fn reactor_of(source: *mut ffi::GSource) -> Option<Reactor> {
    // SAFETY: the caller's promise; `inner` was written before the source was attached.
    unsafe { &(*source.cast::<ReactorSource>()).inner }
        .upgrade()
        .map(Reactor)
}

unsafe extern "C" fn prepare(source: *mut ffi::GSource, timeout: *mut c_int) -> ffi::gboolean {
    // SAFETY: GLib calls with a live source of ours.
    let Some(reactor) = (unsafe { reactor_of(source) }) else {
        return ffi::GFALSE;
    };
    let (ready, wait) = reactor.0.prepare();
    // SAFETY: GLib's out parameter.
    unsafe { *timeout = wait };
    ready.into_glib()
}

unsafe extern "C" fn check(source: *mut ffi::GSource) -> ffi::gboolean {
    // SAFETY: GLib calls with a live source of ours.
    let Some(reactor) = (unsafe { reactor_of(source) }) else {
        return ffi::GFALSE;
    };
    let ready = reactor.0.source.descriptor_ready();
    reactor.0.check(ready).into_glib()
}

unsafe extern "C" fn dispatch(
    source: *mut ffi::GSource,
    _callback: ffi::GSourceFunc,
    _data: ffi::gpointer,
) -> ffi::gboolean {
    // SAFETY: GLib calls with a live source of ours.
    if let Some(reactor) = unsafe { reactor_of(source) } {
        reactor.take_turn(reactor.0.source.descriptor_ready());
    }
    ffi::G_SOURCE_CONTINUE
}

unsafe extern "C" fn finalize(source: *mut ffi::GSource) {
    // SAFETY: GLib calls once, at the end; nobody reads `inner` after this.
    unsafe { std::mem::ManuallyDrop::drop(&mut (*source.cast::<ReactorSource>()).inner) };
}

/// The source is being destroyed: by its reactor, or because the context is freed.
unsafe extern "C" fn abandoned(data: ffi::gpointer) {
    // SAFETY: the box that `Source::new` gave away; GLib calls this once.
    let inner = unsafe { Box::from_raw(data.cast::<Weak<Inner>>()) };
    if let Some(inner) = inner.upgrade() {
        inner.abandon();
    }
}

/// Accepts one connection from the listening socket `fd`: non-blocking, close-on-exec.
pub(super) fn accept(fd: RawFd) -> io::Result<OwnedFd> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: no address is asked for.
    let accepted = unsafe { libc::accept4(fd, null_mut(), null_mut(), flags) };
    if accepted < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just given us the descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(accepted) })
}
