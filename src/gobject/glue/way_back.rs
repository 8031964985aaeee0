//! The way from what lives in a context back to the object that owns it, whose last reference may go in any thread.

use std::ffi::c_uint;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::gobject_ffi;
use glib::prelude::*;
use glib::translate::*;

use crate::reactor::Home;

/// A weak pointer to an object. It is cheaper than a `GWeakRef`, and knows the object from its construction on.
///
/// Law: the object's class calls [`WayBack::dispose`] in its own dispose, and does what that says.
pub struct WayBack<T> {
    place: Mutex<Option<NonNull<gobject_ffi::GObject>>>,
    class: PhantomData<T>,
}

// SAFETY: the pointer is followed under the lock only.
unsafe impl<T> Send for WayBack<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for WayBack<T> {}

/// What a dispose has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// Take the object apart: this thread is home.
    Here,
    /// Nothing. Either home holds the object just now and disposes it again, or what is to be taken apart goes home when the object is
    /// finalized.
    Elsewhere,
}

impl<T: IsA<glib::Object>> WayBack<T> {
    /// A way that leads nowhere until [`WayBack::lead_to`].
    pub fn new() -> WayBack<T> {
        WayBack {
            place: Mutex::new(None),
            class: PhantomData,
        }
    }

    /// The way leads to that object from now on.
    pub fn lead_to(&self, object: *mut T::GlibType) {
        *self.lock() = NonNull::new(object.cast());
    }

    /// The object, unless it is going away. Call at home.
    pub fn object(&self) -> Option<T> {
        let place = self.lock();
        place.map(|object| {
            // SAFETY: alive: whoever gives up the last reference passes `dispose` or `end`, which wait for the lock.
            let object: glib::Object = unsafe { from_glib_none(object.as_ptr()) };
            // SAFETY: `lead_to` got an instance of the class.
            unsafe { object.unsafe_cast() }
        })
    }

    /// The object is being disposed, in any thread. `home` is where the things are that it owns, if it has any. After
    /// [`Disposal::Here`] the way stays until [`WayBack::end`]; elsewhere it has ended.
    pub fn dispose(&self, home: Option<&Home>) -> Disposal {
        if home.is_none_or(Home::is_here) {
            return Disposal::Here;
        }
        // Home may hold the object just now. It takes no further reference: the one that is given up here, or the one there, is the
        // last, and nobody knows which.
        self.end();
        Disposal::Elsewhere
    }

    /// The way leads nowhere any more.
    pub fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<NonNull<gobject_ffi::GObject>>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: IsA<glib::Object>> Default for WayBack<T> {
    fn default() -> WayBack<T> {
        WayBack::new()
    }
}

/// How many references there are to an object.
///
/// # Safety
///
/// The object is alive.
pub unsafe fn references(object: *mut gobject_ffi::GObject) -> c_uint {
    // SAFETY: the caller's promise; GObject touches the field with atomic operations only.
    unsafe { AtomicU32::from_ptr(&raw mut (*object).ref_count) }.load(Ordering::Acquire)
}
