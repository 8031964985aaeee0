//! Classes that GObject need not ask about notifications while it makes their instances.

use std::ptr;

use glib::gobject_ffi;
use glib::subclass::prelude::*;

/// Gives a class its parent's two notification slots back.
///
/// glib-rs puts methods into them for all classes; with them there GObject keeps a queue of notifications while it makes
/// an instance, and emits "notify" for each construct property, heard or not: a quarter of what an upgrade costs.
pub fn quiet<C: ClassStruct>(class: &mut C) {
    let class: *mut gobject_ffi::GObjectClass = ptr::from_mut(class).cast();
    // SAFETY: a ClassStruct begins with its parent's, and so with GObject's; the parent's class is initialized first.
    unsafe {
        let parent: *mut gobject_ffi::GObjectClass =
            gobject_ffi::g_type_class_peek_parent(class.cast()).cast();
        (*class).dispatch_properties_changed = (*parent).dispatch_properties_changed;
        (*class).notify = (*parent).notify;
    }
}
