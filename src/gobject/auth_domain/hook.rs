//! A callback of C's that is also two properties: function and data may be set apart from each other.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

use glib::ffi::GDestroyNotify;

use crate::gobject::Callback;

/// New properties for a class whose scheme has a hook: the function and its data.
pub(super) fn auth_properties() -> [glib::ParamSpec; 2] {
    [FUNCTION, "auth-data"].map(|name| glib::ParamSpecPointer::builder(name).build())
}

const FUNCTION: &str = "auth-callback";

/// A function, its data, and who frees the data. `F` is an `Option` of a function pointer.
pub(super) struct Hook<F> {
    function: Cell<F>,
    data: Cell<*mut c_void>,
    owner: RefCell<Option<Rc<Callback<()>>>>,
}

/// What a hook was when it was asked: its data lives as long as this.
pub(super) struct Hooked<F> {
    pub(super) function: F,
    pub(super) data: *mut c_void,
    _owner: Option<Rc<Callback<()>>>,
}

impl<F: Copy + Default> Default for Hook<F> {
    fn default() -> Hook<F> {
        Hook {
            function: Cell::default(),
            data: Cell::new(std::ptr::null_mut()),
            owner: RefCell::default(),
        }
    }
}

impl<F: Copy> Hook<F> {
    const IS_POINTER: () = assert!(size_of::<F>() == size_of::<*mut c_void>());

    /// Replaces all three. The old data is freed when nobody uses it any more: call with nothing borrowed.
    pub(super) fn set(&self, function: F, data: *mut c_void, destroy: GDestroyNotify) {
        self.function.set(function);
        self.data.set(data);
        let old = self
            .owner
            .replace(Some(Rc::new(Callback::new((), data, destroy))));
        drop(old);
    }

    /// The function, to be called with nothing borrowed.
    pub(super) fn get(&self) -> Hooked<F> {
        Hooked {
            function: self.function.get(),
            data: self.data.get(),
            _owner: self.owner.borrow().clone(),
        }
    }

    /// Frees the data.
    pub(super) fn clear(&self)
    where
        F: Default,
    {
        self.set(F::default(), std::ptr::null_mut(), None);
    }

    /// Sets one of [`auth_properties`].
    pub(super) fn set_property(&self, value: &glib::Value, spec: &glib::ParamSpec) {
        match spec.name() {
            FUNCTION => self.set_function_value(value),
            _ => self.set_data_value(value),
        }
    }

    /// Gets one of [`auth_properties`].
    pub(super) fn property(&self, spec: &glib::ParamSpec) -> glib::Value {
        match spec.name() {
            FUNCTION => self.function_value(),
            _ => self.data_value(),
        }
    }

    /// The function as a property has it.
    pub(super) fn function_value(&self) -> glib::Value {
        let () = Self::IS_POINTER;
        let function = self.function.get();
        // SAFETY: an Option of a function pointer is one pointer, NULL for None.
        let pointer: glib::Pointer = unsafe { std::mem::transmute_copy(&function) };
        glib::value::ToValue::to_value(&pointer)
    }

    /// Takes the function that a property was set to.
    pub(super) fn set_function_value(&self, value: &glib::Value) {
        let () = Self::IS_POINTER;
        let pointer: glib::Pointer = value.get().unwrap_or(std::ptr::null_mut());
        // SAFETY: as above; the C contract of the property: a function of that type.
        self.function.set(unsafe { std::mem::transmute_copy(&pointer) });
    }

    /// The data as a property has it.
    pub(super) fn data_value(&self) -> glib::Value {
        let pointer: glib::Pointer = self.data.get();
        glib::value::ToValue::to_value(&pointer)
    }

    /// Takes the data that a property was set to.
    pub(super) fn set_data_value(&self, value: &glib::Value) {
        let pointer: glib::Pointer = value.get().unwrap_or(std::ptr::null_mut());
        self.data.set(pointer);
    }
}
