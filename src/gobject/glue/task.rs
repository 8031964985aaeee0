//! The `GTask` of an asynchronous function: it has the caller's own callback, and is answered once.

use std::ffi::c_void;
use std::ptr::NonNull;

use gio::prelude::*;
use glib::translate::*;

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
    /// A task of `source`. `tag` is the address of the function that began it, by which its `_finish` knows it.
    pub(crate) fn new(
        source: &impl IsA<glib::Object>,
        cancellable: Option<&gio::Cancellable>,
        priority: glib::Priority,
        callback: Callback,
        tag: *mut c_void,
    ) -> Option<Task> {
        // SAFETY: the objects are alive; the callback and its data are the caller's, as the C contract says.
        unsafe {
            let source = source.upcast_ref::<glib::Object>().as_ptr();
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
    pub fn set_message(&self, message: &crate::gobject::Message) {
        let message: *mut glib::gobject_ffi::GObject = message.upcast_ref::<glib::Object>().to_glib_full();
        // SAFETY: the task owns the reference from here on, and gives it back with this function.
        unsafe { gio::ffi::g_task_set_task_data(self.0.as_ptr(), message.cast(), Some(unref)) };
    }

    /// Answers with an error.
    pub fn fail(self, error: glib::Error) {
        // SAFETY: the task is alive, and takes the error over.
        unsafe { gio::ffi::g_task_return_error(self.0.as_ptr(), error.into_glib_ptr()) };
    }

    /// Answers that there is nothing.
    pub fn succeed_with_nothing(self) {
        // SAFETY: the task is alive; NULL is nobody's.
        unsafe { gio::ffi::g_task_return_pointer(self.0.as_ptr(), std::ptr::null_mut(), None) };
    }

    /// Answers with bytes.
    pub fn succeed_bytes(self, bytes: glib::Bytes) {
        let bytes: *mut glib::ffi::GBytes = bytes.into_glib_ptr();
        // SAFETY: the task is alive, and takes the reference over.
        unsafe { gio::ffi::g_task_return_pointer(self.0.as_ptr(), bytes.cast(), Some(unref_bytes)) };
    }

    /// Answers with a length.
    pub fn succeed_size(self, size: isize) {
        // SAFETY: the task is alive.
        unsafe { gio::ffi::g_task_return_int(self.0.as_ptr(), size) };
    }

    /// Answers with %TRUE.
    pub fn succeed_boolean(self) {
        // SAFETY: the task is alive.
        unsafe { gio::ffi::g_task_return_boolean(self.0.as_ptr(), glib::ffi::GTRUE) };
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

unsafe extern "C" fn unref_bytes(bytes: *mut c_void) {
    // SAFETY: called with the reference that was put in with it.
    unsafe { glib::ffi::g_bytes_unref(bytes.cast()) };
}
