//! A value that belongs to a context, for contexts that nobody may ever run again.
//!
//! It differs from the reactor's `AtHome` in one thing: a thread that can acquire the context may drop the value, whoever ran the
//! context last. Synchronous calls leave such contexts behind, and the streams that they return are dropped in any thread.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use glib::ffi;
use glib::translate::*;

/// A value that is used and dropped only by the thread that runs its context.
pub struct InContext<T: 'static> {
    context: glib::MainContext,
    value: ManuallyDrop<T>,
}

// SAFETY: whoever shares it looks at the value in the thread that runs the context, or while nobody does; dropping it elsewhere
// sends the value there.
unsafe impl<T> Send for InContext<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for InContext<T> {}

impl<T: 'static> InContext<T> {
    /// A value that belongs to `context`.
    pub fn new(context: &glib::MainContext, value: T) -> InContext<T> {
        InContext {
            context: context.clone(),
            value: ManuallyDrop::new(value),
        }
    }

    /// The context.
    pub fn context(&self) -> &glib::MainContext {
        &self.context
    }
}

impl<T: 'static> Deref for InContext<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: 'static> Drop for InContext<T> {
    fn drop(&mut self) {
        // SAFETY: taken once, here; nobody can look any more.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        if self.context.is_owner() {
            return drop(value);
        }
        // SAFETY: the context is alive; what was acquired is released.
        unsafe {
            let context = self.context.to_glib_none().0;
            if ffi::g_main_context_acquire(context) != 0 {
                drop(value);
                ffi::g_main_context_release(context);
                return;
            }
        }
        // A source that is freed without having run drops the value as well: the context is gone then.
        // SAFETY: the value goes into the source, which frees it once.
        unsafe {
            let source = ffi::g_idle_source_new();
            let data = Box::into_raw(Box::new(value)).cast();
            ffi::g_source_set_callback(source, Some(remove), data, Some(free::<T>));
            ffi::g_source_attach(source, self.context.to_glib_none().0);
            ffi::g_source_unref(source);
        }
    }
}

unsafe extern "C" fn remove(_: *mut c_void) -> ffi::gboolean {
    ffi::G_SOURCE_REMOVE
}

unsafe extern "C" fn free<T>(value: *mut c_void) {
    // SAFETY: boxed in `drop`, and freed once by GLib.
    drop(unsafe { Box::from_raw(value.cast::<T>()) });
}
