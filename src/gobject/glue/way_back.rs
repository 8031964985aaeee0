//! The way from what lives in a context back to the object that owns it, whose last reference may go in any thread.

use std::ffi::c_uint;
use std::sync::atomic::{AtomicU32, Ordering};

use glib::gobject_ffi;
use glib::prelude::*;

use crate::reactor::Home;

/// A weak reference to the object that owns this.
///
/// Law: it is a `GWeakRef`, and no pointer with a lock of ours. GObject clears those before it disposes an object, so that nobody takes a
/// reference while another thread gives up the last one: `g_object_unref()` touches the object after its dispose, and would find it freed
/// if the reference taken meanwhile were given up first.
///
/// The object's class calls [`WayBack::dispose`] in its own dispose, and does what that says.
pub struct WayBack<T: ObjectType>(glib::WeakRef<T>);

// SAFETY: a GWeakRef may be read in any thread; it is set where the object is made and where it is disposed, while nobody else knows it,
// or nobody can get it.
unsafe impl<T: ObjectType> Send for WayBack<T> {}
// SAFETY: as above.
unsafe impl<T: ObjectType> Sync for WayBack<T> {}

/// What a dispose has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// Take the object apart: this thread is home.
    Here,
    /// Nothing: what is to be taken apart goes home when the object is finalized.
    Elsewhere,
}

impl<T: ObjectType> WayBack<T> {
    /// A way that leads nowhere until [`WayBack::lead_to`].
    pub fn new() -> WayBack<T> {
        WayBack(glib::WeakRef::new())
    }

    /// The way leads to that object from now on.
    pub fn lead_to(&self, object: &T) {
        self.0.set(Some(object));
    }

    /// The object, unless it is going away.
    pub fn object(&self) -> Option<T> {
        self.0.upgrade()
    }

    /// `object` is being disposed, in any thread. `home` is where the things are that it owns, if it has any. After
    /// [`Disposal::Here`] the way leads to it until [`WayBack::end`], for what is emitted meanwhile.
    pub fn dispose(&self, object: &T, home: Option<&Home>) -> Disposal {
        if home.is_some_and(|home| !home.is_here()) {
            return Disposal::Elsewhere;
        }
        self.lead_to(object);
        Disposal::Here
    }

    /// The way leads nowhere any more.
    pub fn end(&self) {
        self.0.set(None);
    }
}

impl<T: ObjectType> Default for WayBack<T> {
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
