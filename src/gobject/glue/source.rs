//! A source in a context that calls back once, and is gone when its owner drops it.

use std::ffi::c_void;
use std::rc::Rc;
use std::time::Duration;

use gio::prelude::*;
use glib::ffi;
use glib::translate::*;

use crate::reactor::{AtHome, Home};

/// A source in a context, gone when this is dropped.
pub struct AttachedSource(glib::Source);

impl AttachedSource {
    /// Calls `function` with `data` once when the context has nothing more urgent to do than `priority`.
    pub fn idle<T: 'static>(
        context: &glib::MainContext,
        priority: glib::Priority,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> AttachedSource {
        // SAFETY: a new source, which is attached below.
        let source = unsafe { ffi::g_idle_source_new() };
        // SAFETY: an idle source calls a GSourceFunc.
        unsafe { AttachedSource::attach(source, context, priority, data, function, Some(called::<T>)) }
    }

    /// Calls `function` with `data` from the context's loop whenever somebody has rung, in whatever thread: see [`Ringer`].
    /// The source may recurse: in a nested main loop it goes on.
    pub fn bell<T: 'static>(
        context: &glib::MainContext,
        priority: glib::Priority,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> AttachedSource {
        // SAFETY: GLib only reads the functions. The source is new, and is attached below; its time comes when somebody rings.
        let source = unsafe {
            let functions = (&raw const BELL.0).cast_mut();
            let source = ffi::g_source_new(functions, size_of::<ffi::GSource>() as u32);
            ffi::g_source_set_ready_time(source, -1);
            ffi::g_source_set_can_recurse(source, ffi::GTRUE);
            source
        };
        // SAFETY: the bell's dispatch calls a GSourceFunc.
        unsafe { AttachedSource::attach(source, context, priority, data, function, Some(called::<T>)) }
    }

    /// What rings a bell.
    pub fn ringer(&self) -> Ringer {
        Ringer(self.0.clone())
    }

    /// Calls `function` with `data` once after that time.
    pub fn after<T: 'static>(
        context: &glib::MainContext,
        time: Duration,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> AttachedSource {
        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        // SAFETY: a new source, which is attached below.
        let source = unsafe { ffi::g_timeout_source_new(milliseconds) };
        let priority = glib::Priority::DEFAULT;
        // SAFETY: a timeout source calls a GSourceFunc.
        unsafe { AttachedSource::attach(source, context, priority, data, function, Some(called::<T>)) }
    }

    /// Calls `function` with `data` once when `cancellable` is cancelled, whoever does so in whatever thread.
    pub fn cancelled<T: 'static>(
        context: &glib::MainContext,
        cancellable: &gio::Cancellable,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> AttachedSource {
        // SAFETY: a new source, which is attached below.
        let source = unsafe { gio::ffi::g_cancellable_source_new(cancellable.as_ptr()) };
        type WithCancellable =
            unsafe extern "C" fn(*mut gio::ffi::GCancellable, *mut c_void) -> ffi::gboolean;
        let callback: WithCancellable = called_with_cancellable::<T>;
        // SAFETY: a cancellable's source calls its function with two arguments; GSourceFunc stands for any signature.
        unsafe {
            let callback = std::mem::transmute::<WithCancellable, SourceFunction>(callback);
            AttachedSource::attach(
                source,
                context,
                glib::Priority::DEFAULT,
                data,
                function,
                Some(callback),
            )
        }
    }

    unsafe fn attach<T: 'static>(
        source: *mut ffi::GSource,
        context: &glib::MainContext,
        priority: glib::Priority,
        data: Rc<T>,
        function: fn(&Rc<T>),
        callback: Option<SourceFunction>,
    ) -> AttachedSource {
        let data = AtHome::new(&Home::of(context), data);
        let call = Box::into_raw(Box::new(Call { data, function }));
        // SAFETY: the source is new; it frees the call with itself.
        unsafe {
            ffi::g_source_set_priority(source, priority.into_glib());
            ffi::g_source_set_callback(source, callback, call.cast(), Some(free::<T>));
            ffi::g_source_attach(source, context.to_glib_none().0);
            AttachedSource(from_glib_full(source))
        }
    }
}

impl Drop for AttachedSource {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

/// What rings a bell, in any thread. Its owner sees to it that it is gone when the context is freed.
pub struct Ringer(glib::Source);

impl Ringer {
    /// Has the bell's function called in the next turn of its context.
    pub fn ring(&self) {
        // SAFETY: GLib allows this in any thread, also for a source that was destroyed.
        unsafe { ffi::g_source_set_ready_time(self.0.to_glib_none().0, 0) };
    }
}

type SourceFunction = unsafe extern "C" fn(*mut c_void) -> ffi::gboolean;

/// What a source is to do. It goes with the source, and that with its context, in any thread.
struct Call<T: 'static> {
    data: AtHome<Rc<T>>,
    function: fn(&Rc<T>),
}

unsafe extern "C" fn called<T: 'static>(call: *mut c_void) -> ffi::gboolean {
    // SAFETY: the source owns the call, and GLib keeps it while the callback runs.
    let call = unsafe { &*call.cast::<Call<T>>() };
    (call.function)(&call.data);
    ffi::G_SOURCE_REMOVE
}

/// The functions of a bell: it is ready when its time has come, which GLib looks after.
struct Functions(ffi::GSourceFuncs);

// SAFETY: never written to.
unsafe impl Sync for Functions {}

static BELL: Functions = Functions(ffi::GSourceFuncs {
    prepare: None,
    check: None,
    dispatch: Some(rung),
    finalize: None,
    closure_callback: None,
    closure_marshal: None,
});

unsafe extern "C" fn rung(
    source: *mut ffi::GSource,
    callback: ffi::GSourceFunc,
    data: *mut c_void,
) -> ffi::gboolean {
    // Whoever rings from now on rings anew.
    // SAFETY: called by GLib for this source, with what `attach` has set.
    unsafe {
        ffi::g_source_set_ready_time(source, -1);
        if let Some(callback) = callback {
            callback(data);
        }
    }
    ffi::G_SOURCE_CONTINUE
}

unsafe extern "C" fn called_with_cancellable<T: 'static>(
    _cancellable: *mut gio::ffi::GCancellable,
    call: *mut c_void,
) -> ffi::gboolean {
    // SAFETY: as above.
    unsafe { called::<T>(call) }
}

unsafe extern "C" fn free<T: 'static>(call: *mut c_void) {
    // SAFETY: made by `attach`, and freed once by GLib.
    drop(unsafe { Box::from_raw(call.cast::<Call<T>>()) });
}
