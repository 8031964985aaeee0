//! Instances that are made for each connection: what glib-rs has GObject do beyond making them is left out.

use std::ptr;

use glib::gobject_ffi;
use glib::object::IsClass;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

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

/// A new instance with nothing set, like `glib::Object::new()`, which asks five questions about the class before.
pub fn instance<T: IsClass>() -> T {
    let class = T::static_type().into_glib();
    // SAFETY: a class of GObject's, as its Rust type says, and no property.
    let object = unsafe { gobject_ffi::g_object_new_with_properties(class, 0, ptr::null_mut(), ptr::null()) };
    // SAFETY: the new object's one reference is ours.
    let object: glib::Object = unsafe { from_glib_full(object) };
    // SAFETY: it is of the class that was asked for.
    unsafe { object.unsafe_cast() }
}
