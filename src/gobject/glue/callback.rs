//! A function of C's with its data and its destroy notify.

use std::ffi::c_void;

use glib::ffi::GDestroyNotify;

/// A function of C's with its data; dropping it calls the destroy notify, once.
pub struct Callback<F> {
    pub(in crate::gobject) function: F,
    pub(in crate::gobject) data: *mut c_void,
    destroy: GDestroyNotify,
}

impl<F> Callback<F> {
    /// What C has registered. The data belongs to the callback from now on.
    pub fn new(function: F, data: *mut c_void, destroy: GDestroyNotify) -> Self {
        Callback {
            function,
            data,
            destroy,
        }
    }
}

impl<F> Drop for Callback<F> {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the C contract: the notify belongs to the data.
            unsafe { destroy(self.data) };
        }
    }
}
