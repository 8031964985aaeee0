//! `SoupSessionFeature`: the interface of what changes what a session does.
//!
//! libsoup keeps the slots of its interface to itself, and so do we: C can name a feature, and only this library makes them.

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ffi, gobject_ffi};

glib::wrapper! {
    /// Something that changes what a session does.
    pub struct SessionFeature(ObjectInterface<iface::SessionFeature>);
}

/// What C's `SoupSessionFeature *` points to: an instance of any class that implements the interface.
pub type SoupSessionFeature = std::ffi::c_void;

impl SessionFeature {
    /// Takes in a part of its own, such as an extension's class, if it manages parts of this type; whether it does.
    pub fn add_part(&self, type_: glib::Type) -> bool {
        self.ask(type_, |slots| slots.add_part)
    }

    /// Lets go of a part; whether there was one of this type.
    pub fn remove_part(&self, type_: glib::Type) -> bool {
        self.ask(type_, |slots| slots.remove_part)
    }

    /// Whether it has a part of this type.
    pub fn has_part(&self, type_: glib::Type) -> bool {
        self.ask(type_, |slots| slots.has_part)
    }

    fn ask(&self, type_: glib::Type, slot: impl FnOnce(&iface::Slots) -> Option<iface::Part>) -> bool {
        let Some(slots) = self.interface::<SessionFeature>() else {
            return false;
        };
        let Some(slot) = slot(slots.as_ref()) else {
            return false;
        };
        let instance: *mut gobject_ffi::GObject = self.upcast_ref::<glib::Object>().as_ptr();
        // SAFETY: the slot belongs to the interface of this very instance.
        unsafe { slot(instance, type_.into_glib()) != ffi::GFALSE }
    }
}

/// What a class in this library says when it implements the interface. Parts are classes that a feature manages: a
/// session asks its features for a type that is no feature itself.
pub trait SessionFeatureImpl: ObjectImpl + ObjectSubclass<Type: IsA<glib::Object>> {
    /// Takes in a part of this type, if the feature manages such parts; whether it does.
    fn add_part(&self, _type: glib::Type) -> bool {
        false
    }

    /// Lets go of the part of this type; whether there was one.
    fn remove_part(&self, _type: glib::Type) -> bool {
        false
    }

    /// Whether there is a part of this type.
    fn has_part(&self, _type: glib::Type) -> bool {
        false
    }
}

// SAFETY: the slots are functions for `T`, and the interface has no instance data.
unsafe impl<T: SessionFeatureImpl> IsImplementable<T> for SessionFeature {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        let slots = interface.as_mut();
        slots.add_part = Some(add_part::<T>);
        slots.remove_part = Some(remove_part::<T>);
        slots.has_part = Some(has_part::<T>);
    }
}

/// The implementation behind an instance that a slot was called with.
unsafe fn implementation<'a, T: SessionFeatureImpl>(instance: *mut gobject_ffi::GObject) -> &'a T {
    // SAFETY: the slot was installed for `T`, so the instance is one of its class.
    unsafe { (*instance.cast::<T::Instance>()).imp() }
}

unsafe extern "C" fn add_part<T: SessionFeatureImpl>(
    instance: *mut gobject_ffi::GObject,
    type_: ffi::GType,
) -> ffi::gboolean {
    // SAFETY: called through the slot that was installed for `T`.
    unsafe {
        implementation::<T>(instance)
            .add_part(from_glib(type_))
            .into_glib()
    }
}

unsafe extern "C" fn remove_part<T: SessionFeatureImpl>(
    instance: *mut gobject_ffi::GObject,
    type_: ffi::GType,
) -> ffi::gboolean {
    // SAFETY: called through the slot that was installed for `T`.
    unsafe {
        implementation::<T>(instance)
            .remove_part(from_glib(type_))
            .into_glib()
    }
}

unsafe extern "C" fn has_part<T: SessionFeatureImpl>(
    instance: *mut gobject_ffi::GObject,
    type_: ffi::GType,
) -> ffi::gboolean {
    // SAFETY: called through the slot that was installed for `T`.
    unsafe {
        implementation::<T>(instance)
            .has_part(from_glib(type_))
            .into_glib()
    }
}

mod iface {
    use super::*;

    /// A slot about a part's type.
    pub type Part = unsafe extern "C" fn(*mut gobject_ffi::GObject, ffi::GType) -> ffi::gboolean;

    /// The interface struct. Later features bring further slots; nobody outside knows its size.
    #[derive(Clone, Copy)]
    #[repr(C)]
    pub struct Slots {
        parent: gobject_ffi::GTypeInterface,
        pub add_part: Option<Part>,
        pub remove_part: Option<Part>,
        pub has_part: Option<Part>,
    }

    // SAFETY: a repr(C) struct that begins with GTypeInterface.
    unsafe impl InterfaceStruct for Slots {
        type Type = SessionFeature;
    }

    pub struct SessionFeature;

    #[glib::object_interface]
    impl ObjectInterface for SessionFeature {
        const NAME: &'static str = "SoupSessionFeature";
        type Instance = std::ffi::c_void;
        type Interface = Slots;
        type Prerequisites = (glib::Object,);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod imp {
        use super::*;

        #[derive(Default)]
        pub struct Feature;

        #[glib::object_subclass]
        impl ObjectSubclass for Feature {
            const NAME: &'static str = "BisqueTestFeature";
            type Type = super::Feature;
            type Interfaces = (SessionFeature,);
        }

        impl ObjectImpl for Feature {}

        impl SessionFeatureImpl for Feature {
            fn has_part(&self, type_: glib::Type) -> bool {
                type_ == glib::Type::STRING
            }
        }
    }

    glib::wrapper! {
        pub struct Feature(ObjectSubclass<imp::Feature>) @implements SessionFeature;
    }

    #[test]
    fn a_feature_answers_for_its_parts() {
        let feature: SessionFeature = glib::Object::new::<Feature>().upcast();
        assert!(feature.has_part(glib::Type::STRING));
        assert!(!feature.has_part(glib::Type::I32));
        assert!(!feature.add_part(glib::Type::STRING));
        assert_eq!(SessionFeature::static_type().name(), "SoupSessionFeature");
    }
}
