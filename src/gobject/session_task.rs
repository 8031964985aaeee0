//! What a session leaves to GLib while it waits: the caller's `GTask`, and sources in the caller's context.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;
use std::time::Duration;

use gio::prelude::*;
use glib::ffi;
use glib::translate::*;

use super::Session;

/// A `GTask` with the caller's own callback, which has not been answered yet.
pub struct Task(NonNull<gio::ffi::GTask>);

/// The callback of an asynchronous function of C's, and its data.
#[derive(Clone, Copy)]
pub struct Callback {
    /// The function; none for a caller who does not care.
    pub function: gio::ffi::GAsyncReadyCallback,
    /// What it is called with.
    pub data: *mut c_void,
}

impl Task {
    /// A task of `session`. `tag` is the address of the function that began it, by which its `_finish` knows it.
    pub(crate) fn new(
        session: &Session,
        cancellable: Option<&gio::Cancellable>,
        priority: glib::Priority,
        callback: Callback,
        tag: *mut c_void,
    ) -> Option<Task> {
        // SAFETY: the objects are alive; the callback and its data are the caller's, as the C contract says.
        unsafe {
            let source = session.upcast_ref::<glib::Object>().as_ptr();
            let task = gio::ffi::g_task_new(
                source,
                cancellable.map_or(std::ptr::null_mut(), |cancellable| cancellable.as_ptr()),
                callback.function,
                callback.data,
            );
            gio::ffi::g_task_set_priority(task, priority.into_glib());
            gio::ffi::g_task_set_source_tag(task, tag);
            NonNull::new(task).map(Task)
        }
    }

    /// Keeps the message where `soup_session_get_async_result_message()` finds it.
    pub fn set_message(&self, message: &super::Message) {
        let message: *mut glib::gobject_ffi::GObject = message.upcast_ref::<glib::Object>().to_glib_full();
        // SAFETY: the task owns the reference from here on, and gives it back with this function.
        unsafe { gio::ffi::g_task_set_task_data(self.0.as_ptr(), message.cast(), Some(unref)) };
    }

    /// Answers with an error.
    pub fn fail(self, error: glib::Error) {
        // SAFETY: the task is alive, and takes the error over.
        unsafe { gio::ffi::g_task_return_error(self.0.as_ptr(), error.into_glib_ptr()) };
    }

    /// Answers with an object.
    pub fn succeed(self, object: &impl IsA<glib::Object>) {
        let object: *mut glib::gobject_ffi::GObject = object.upcast_ref::<glib::Object>().to_glib_full();
        // SAFETY: the task is alive, and takes the reference over.
        unsafe { gio::ffi::g_task_return_pointer(self.0.as_ptr(), object.cast(), Some(unref)) };
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: the reference that `new` made.
        unsafe { glib::gobject_ffi::g_object_unref(self.0.as_ptr().cast()) };
    }
}

unsafe extern "C" fn unref(object: *mut c_void) {
    // SAFETY: called with the reference that was put in with it.
    unsafe { glib::gobject_ffi::g_object_unref(object.cast()) };
}

/// A source in a context, gone when this is dropped.
pub struct Watch(glib::Source);

impl Watch {
    /// Calls `function` with `data` once when the context has nothing more urgent to do than `priority`.
    pub fn idle<T: 'static>(
        context: &glib::MainContext,
        priority: glib::Priority,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> Watch {
        // SAFETY: a new source, which is attached below.
        let source = unsafe { ffi::g_idle_source_new() };
        // SAFETY: an idle source calls a GSourceFunc.
        unsafe { Watch::attach(source, context, priority, data, function, Some(called::<T>)) }
    }

    /// Calls `function` with `data` once after that time.
    pub fn after<T: 'static>(
        context: &glib::MainContext,
        time: Duration,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> Watch {
        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        // SAFETY: a new source, which is attached below.
        let source = unsafe { ffi::g_timeout_source_new(milliseconds) };
        let priority = glib::Priority::DEFAULT;
        // SAFETY: a timeout source calls a GSourceFunc.
        unsafe { Watch::attach(source, context, priority, data, function, Some(called::<T>)) }
    }

    /// Calls `function` with `data` once when `cancellable` is cancelled, whoever does so in whatever thread.
    pub fn cancelled<T: 'static>(
        context: &glib::MainContext,
        cancellable: &gio::Cancellable,
        data: Rc<T>,
        function: fn(&Rc<T>),
    ) -> Watch {
        // SAFETY: a new source, which is attached below.
        let source = unsafe { gio::ffi::g_cancellable_source_new(cancellable.as_ptr()) };
        type WithCancellable =
            unsafe extern "C" fn(*mut gio::ffi::GCancellable, *mut c_void) -> ffi::gboolean;
        let callback: WithCancellable = called_with_cancellable::<T>;
        // SAFETY: a cancellable's source calls its function with two arguments; GSourceFunc stands for any signature.
        unsafe {
            let callback = std::mem::transmute::<WithCancellable, SourceFunction>(callback);
            Watch::attach(
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
    ) -> Watch {
        let call = Box::into_raw(Box::new(Call { data, function }));
        // SAFETY: the source is new; it frees the call with itself.
        unsafe {
            ffi::g_source_set_priority(source, priority.into_glib());
            ffi::g_source_set_callback(source, callback, call.cast(), Some(free::<T>));
            ffi::g_source_attach(source, context.to_glib_none().0);
            Watch(from_glib_full(source))
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

type SourceFunction = unsafe extern "C" fn(*mut c_void) -> ffi::gboolean;

/// What a source is to do.
struct Call<T> {
    data: Rc<T>,
    function: fn(&Rc<T>),
}

unsafe extern "C" fn called<T>(call: *mut c_void) -> ffi::gboolean {
    // SAFETY: the source owns the call, and GLib keeps it while the callback runs.
    let call = unsafe { &*call.cast::<Call<T>>() };
    (call.function)(&call.data);
    ffi::G_SOURCE_REMOVE
}

unsafe extern "C" fn called_with_cancellable<T>(
    _cancellable: *mut gio::ffi::GCancellable,
    call: *mut c_void,
) -> ffi::gboolean {
    // SAFETY: as above.
    unsafe { called::<T>(call) }
}

unsafe extern "C" fn free<T>(call: *mut c_void) {
    // SAFETY: made by `attach`, and freed once by GLib.
    drop(unsafe { Box::from_raw(call.cast::<Call<T>>()) });
}
