//! Handlers of a message's signals that are called only for a certain header or status code.

use std::ffi::{CStr, c_char, c_uint, c_void};

use glib::prelude::*;
use glib::translate::*;
use glib::{ffi, gobject_ffi};

use crate::gobject::Message;

/// When a handler is called.
pub enum When<'a> {
    /// The response has this header.
    Header(&'a CStr),
    /// The response has this status.
    Status(u32),
}

/// Connects a C callback to `signal`, to be called only when the response is so.
///
/// The handler is an ordinary C closure with the user's data, so that GObject's functions find it by that.
///
/// # Safety
///
/// `callback` is a function for the signal's signature, and may be called with `data` as long as the handler is connected.
pub unsafe fn connect(
    message: &Message,
    signal: &CStr,
    when: When<'_>,
    callback: gobject_ffi::GCallback,
    data: *mut c_void,
) -> c_uint {
    let (condition, marshal): (*mut c_void, gobject_ffi::GClosureMarshal) = match when {
        // SAFETY: a NUL-terminated string; an interned copy lives for ever.
        When::Header(name) => (
            unsafe { ffi::g_intern_string(name.as_ptr()) }.cast_mut().cast(),
            Some(if_header),
        ),
        When::Status(status) => (std::ptr::without_provenance_mut(status as usize), Some(if_status)),
    };
    // SAFETY: the closure is new and floating, and the connection takes it; the caller vouches for the callback.
    let id = unsafe {
        let closure = gobject_ffi::g_cclosure_new(callback, data, None);
        gobject_ffi::g_closure_set_meta_marshal(closure, condition, marshal);
        gobject_ffi::g_signal_connect_closure(message.as_ptr().cast(), signal.as_ptr(), closure, ffi::GFALSE)
    };
    // libsoup's prototype says guint.
    id as c_uint
}

/// The public beginning of a `GCClosure`, which the bindings leave out.
#[repr(C)]
struct CClosure {
    bits: c_uint,
    marshal: gobject_ffi::GClosureMarshal,
    data: *mut c_void,
    notifiers: *mut c_void,
    callback: *mut c_void,
}

unsafe extern "C" fn if_header(
    closure: *mut gobject_ffi::GClosure,
    result: *mut gobject_ffi::GValue,
    count: c_uint,
    values: *const gobject_ffi::GValue,
    hint: *mut c_void,
    condition: *mut c_void,
) {
    // SAFETY: the condition is the interned name that `connect` put there.
    let name = unsafe { CStr::from_ptr(condition.cast::<c_char>()) };
    // SAFETY: called by GObject for a signal of a message.
    let message = unsafe { emitter(values) };
    let has = name
        .to_str()
        .is_ok_and(|name| message.response_headers().list().contains(name));
    if has {
        // SAFETY: the arguments are GObject's own.
        unsafe { invoke(closure, result, count, values, hint) };
    }
}

unsafe extern "C" fn if_status(
    closure: *mut gobject_ffi::GClosure,
    result: *mut gobject_ffi::GValue,
    count: c_uint,
    values: *const gobject_ffi::GValue,
    hint: *mut c_void,
    condition: *mut c_void,
) {
    // SAFETY: called by GObject for a signal of a message.
    let message = unsafe { emitter(values) };
    if message.status() as usize == condition.addr() {
        // SAFETY: the arguments are GObject's own.
        unsafe { invoke(closure, result, count, values, hint) };
    }
}

/// The message that emits.
unsafe fn emitter(values: *const gobject_ffi::GValue) -> Message {
    // SAFETY: the first value of an emission is the instance, here a SoupMessage: `connect` took one.
    unsafe { from_glib_none(gobject_ffi::g_value_get_object(values).cast::<super::SoupMessage>()) }
}

/// Calls the callback as GObject would have called it.
unsafe fn invoke(
    closure: *mut gobject_ffi::GClosure,
    result: *mut gobject_ffi::GValue,
    count: c_uint,
    values: *const gobject_ffi::GValue,
    hint: *mut c_void,
) {
    // SAFETY: `connect` made a GCClosure, and GObject has given it a marshaller when it was connected.
    unsafe {
        let own = closure.cast::<CClosure>();
        if let Some(marshal) = (*own).marshal {
            marshal(closure, result, count, values, hint, (*own).callback);
        }
    }
}
