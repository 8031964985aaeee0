//! Signals by their numbers, registered and emitted through GObject's C functions. An emission that nobody listens to costs next to
//! nothing there; glib-rs would look the name up, ask what the arguments are, and box each of them first.
//!
//! Law: emit with nothing borrowed.

use std::ffi::{CStr, c_uint};
use std::marker::PhantomData;
use std::ptr;

use glib::gobject_ffi;
use glib::object::ObjectType;
use glib::prelude::*;
use glib::translate::*;

/// What a signal is registered with, beside its class and its name.
pub struct Shape<'a> {
    /// When the class's own handler runs: before the others or behind them.
    pub flags: gobject_ffi::GSignalFlags,
    /// Where the class struct has the handler that subclasses replace: an offset in bytes.
    pub slot: Option<usize>,
    /// Nothing (`glib::Type::UNIT`), or a boolean: then the first handler that says yes has answered.
    pub returns: glib::Type,
    /// Their types, in order.
    pub arguments: &'a [glib::Type],
}

impl Shape<'_> {
    /// A signal without arguments, answer and slot.
    pub fn plain(flags: gobject_ffi::GSignalFlags) -> Shape<'static> {
        Shape {
            flags,
            slot: None,
            returns: glib::Type::UNIT,
            arguments: &[],
        }
    }
}

/// Registers a signal, and gives its number. For the initialization of a class.
pub fn register(class: glib::Type, name: &CStr, shape: &Shape<'_>) -> c_uint {
    let mut types: Vec<glib::ffi::GType> = shape.arguments.iter().map(|type_| type_.into_glib()).collect();
    let slot = shape.slot.and_then(|slot| c_uint::try_from(slot).ok());
    let accumulator =
        (shape.returns == glib::Type::BOOL).then_some(gobject_ffi::g_signal_accumulator_true_handled as _);
    // SAFETY: the slot lies in the class struct and takes what the signal says; GLib copies the name and the types, and picks the
    // marshaller.
    unsafe {
        let slot = slot.map_or(ptr::null_mut(), |slot| {
            gobject_ffi::g_signal_type_cclosure_new(class.into_glib(), slot)
        });
        gobject_ffi::g_signal_newv(
            name.as_ptr(),
            class.into_glib(),
            shape.flags,
            slot,
            accumulator,
            ptr::null_mut(),
            None,
            shape.returns.into_glib(),
            c_uint::try_from(types.len()).unwrap_or_default(),
            types.as_mut_ptr(),
        )
    }
}

/// A signal without arguments.
#[derive(Clone, Copy, Debug)]
pub struct Plain(c_uint);

impl Plain {
    /// Registers it, for the initialization of a class.
    pub fn new(class: glib::Type, name: &CStr, flags: gobject_ffi::GSignalFlags) -> Plain {
        Plain(register(class, name, &Shape::plain(flags)))
    }

    /// Calls the handlers.
    pub fn emit(self, instance: &impl IsA<glib::Object>) {
        // SAFETY: the signal has no arguments; the instance lives through the call.
        unsafe { gobject_ffi::g_signal_emit(pointer(instance), self.0, 0) };
    }
}

/// A signal with a number of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Counting(c_uint);

impl Counting {
    /// Registers it, for the initialization of a class.
    pub fn new(class: glib::Type, name: &CStr, flags: gobject_ffi::GSignalFlags) -> Counting {
        let shape = Shape {
            arguments: &[glib::Type::U32],
            ..Shape::plain(flags)
        };
        Counting(register(class, name, &shape))
    }

    /// Calls the handlers.
    pub fn emit(self, instance: &impl IsA<glib::Object>, count: usize) {
        let count = c_uint::try_from(count).unwrap_or(c_uint::MAX);
        // SAFETY: the argument is a guint; the instance lives through the call.
        unsafe { gobject_ffi::g_signal_emit(pointer(instance), self.0, 0, count) };
    }
}

/// A signal about an object of the class `T`, with a slot in the class struct.
#[derive(Debug)]
pub struct About<T>(c_uint, PhantomData<fn(&T)>);

impl<T: ObjectType> About<T> {
    /// Registers it, for the initialization of a class.
    pub fn new(class: glib::Type, name: &CStr, flags: gobject_ffi::GSignalFlags, slot: usize) -> About<T> {
        let shape = Shape {
            slot: Some(slot),
            arguments: &[T::static_type()],
            ..Shape::plain(flags)
        };
        About(register(class, name, &shape), PhantomData)
    }

    /// Calls the handlers.
    pub fn emit(&self, instance: &impl IsA<glib::Object>, about: &T) {
        // SAFETY: the argument is an object of the class that the signal was registered with; both live through the call.
        unsafe { gobject_ffi::g_signal_emit(pointer(instance), self.0, 0, about.as_ptr()) };
    }
}

fn pointer(instance: &impl IsA<glib::Object>) -> *mut gobject_ffi::GObject {
    instance.upcast_ref::<glib::Object>().as_ptr()
}
