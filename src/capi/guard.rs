//! The checks and conversions at the boundary with C: the only road from a raw pointer to a reference.

use std::ffi::{CStr, c_char};

use glib::object::ObjectType;
use glib::prelude::*;
use glib::translate::*;

/// Returns early, with a GLib critical in the domain "libsoup", unless every condition holds.
///
/// ```ignore
/// require! { soup_session_get_timeout => 0;
///     "SOUP_IS_SESSION (session)": is::<Session>(session),
/// }
/// ```
macro_rules! require {
    ($function:ident; $($rest:tt)*) => { require! { $function => (); $($rest)* } };
    ($function:ident => $neutral:expr; $($text:literal : $condition:expr),+ $(,)?) => {
        $(
            if !$condition {
                $crate::capi::guard::criticize(
                    concat!(stringify!($function), "\0"),
                    concat!($text, "\0"),
                );
                return $neutral;
            }
        )+
    };
}

/// Logs what `g_return_if_fail()` logs: "FUNCTION: assertion 'TEXT' failed", as a critical.
pub(crate) fn criticize(function: &'static str, assertion: &'static str) {
    // SAFETY: `require!` ends all three strings with a NUL.
    unsafe {
        glib::ffi::g_return_if_fail_warning(
            c"libsoup".as_ptr(),
            function.as_ptr().cast(),
            assertion.as_ptr().cast(),
        );
    }
}

/// Whether `pointer` is an instance of `T` or of a class derived from it; false for NULL.
pub(crate) fn is<T: StaticType>(pointer: *const impl Sized) -> bool {
    let instance = pointer.cast_mut().cast::<glib::gobject_ffi::GTypeInstance>();
    let wanted = T::static_type().into_glib();
    // SAFETY: the C contract: NULL or an instance of some GType, whose class pointer may be read. Most are instances of
    // just this type, which takes no call to see.
    unsafe {
        instance
            .as_ref()
            .and_then(|instance| instance.g_class.as_ref())
            .is_some_and(|class| class.g_type == wanted)
            || glib::gobject_ffi::g_type_check_instance_is_a(instance, wanted) != 0
    }
}

/// An instance that `is` has checked, borrowed from the caller: for getters, and where no code of anybody else's runs.
pub(crate) unsafe fn borrow<T: ObjectType>(pointer: *mut impl Sized) -> Borrowed<T> {
    // SAFETY: the caller has checked the type; wrappers of one GType share its instance struct's address. `Borrowed`
    // never lets go of the reference that it was not given.
    unsafe {
        let object = glib::object::ObjectRef::from_glib_borrow(pointer.cast::<glib::gobject_ffi::GObject>());
        Borrowed::new(T::unsafe_from(object.into_inner()))
    }
}

/// A reference of our own to an instance that `is` has checked: for calls that may emit, call back or dispatch.
pub(crate) unsafe fn hold<T: ObjectType>(pointer: *mut impl Sized) -> T {
    // SAFETY: the caller has checked the type; wrappers of one GType share its instance struct's address.
    unsafe { T::unsafe_from(glib::object::ObjectRef::from_glib_none(pointer.cast())) }
}

/// A string argument, or `None` for NULL or for bytes that are not UTF-8.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Option<&'a str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the C contract: a NUL-terminated string that outlives the call.
    unsafe { CStr::from_ptr(pointer) }.to_str().ok()
}

/// A string argument as bytes, which may be in any encoding; empty for NULL.
pub(crate) unsafe fn bytes<'a>(pointer: *const c_char) -> &'a [u8] {
    if pointer.is_null() {
        return &[];
    }
    // SAFETY: the C contract: a NUL-terminated string that outlives the call.
    unsafe { CStr::from_ptr(pointer) }.to_bytes()
}

/// A string argument as bytes, `None` for NULL alone: for what says who is let in. Bytes that are no UTF-8 are compared as they
/// stand, and never count as "anybody".
pub(crate) unsafe fn given<'a>(pointer: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise is that of `bytes`.
    (!pointer.is_null()).then(|| unsafe { bytes(pointer) })
}

/// The strings of an array that NULL ends; `None` for no array.
pub(crate) unsafe fn strings<'a>(array: *mut *mut c_char) -> Option<Vec<&'a CStr>> {
    if array.is_null() {
        return None;
    }
    let mut strings = Vec::new();
    // SAFETY: the C contract: strings, and NULL behind the last.
    unsafe {
        let mut place = array;
        while !(*place).is_null() {
            strings.push(CStr::from_ptr(*place));
            place = place.add(1);
        }
    }
    Some(strings)
}

/// The strings of such an array as text; those that are not UTF-8 match nothing, and are left out.
pub(crate) unsafe fn texts(array: *mut *mut c_char) -> Option<Vec<String>> {
    // SAFETY: the same contract.
    let strings = unsafe { strings(array) }?;
    let texts = strings.into_iter().filter_map(|string| string.to_str().ok());
    Some(texts.map(str::to_owned).collect())
}

/// Whether a place for a result or an error is there and empty, or is not there.
pub(crate) fn empty<T>(place: *mut *mut T) -> bool {
    // SAFETY: the C contract: NULL or a place that can be read.
    place.is_null() || unsafe { (*place).is_null() }
}

/// A buffer argument: empty for a length of 0, whatever the pointer.
pub(crate) unsafe fn buffer<'a>(pointer: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: `require!` has checked that the pointer is not NULL; the C contract gives its length.
    unsafe { std::slice::from_raw_parts(pointer, length) }
}
