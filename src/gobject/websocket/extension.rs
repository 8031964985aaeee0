//! `SoupWebsocketExtension`: the abstract class that C programs derive their WebSocket extensions from.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ffi, gobject_ffi};

use crate::gobject::enums::{SoupWebsocketConnectionType, WebsocketConnectionType};

/// The instance struct.
#[repr(C)]
pub struct SoupWebsocketExtension {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's. A slot that is NULL means the default that its function documents.
#[repr(C)]
pub struct SoupWebsocketExtensionClass {
    parent_class: gobject_ffi::GObjectClass,
    /// The extension's name, as it stands in `Sec-WebSocket-Extensions`.
    pub name: *const c_char,
    /// Takes the negotiated parameters.
    pub configure: Option<
        unsafe extern "C" fn(
            *mut SoupWebsocketExtension,
            SoupWebsocketConnectionType,
            *mut ffi::GHashTable,
            *mut *mut ffi::GError,
        ) -> ffi::gboolean,
    >,
    /// What a client's offer says behind the name.
    pub get_request_params: Option<unsafe extern "C" fn(*mut SoupWebsocketExtension) -> *mut c_char>,
    /// What a server's answer says behind the name.
    pub get_response_params: Option<unsafe extern "C" fn(*mut SoupWebsocketExtension) -> *mut c_char>,
    /// Changes a frame that is about to be sent.
    pub process_outgoing_message: Option<ProcessMessage>,
    /// Changes a frame that was received.
    pub process_incoming_message: Option<ProcessMessage>,
    padding: [*mut c_void; 6],
}

/// A slot that takes a frame's first byte and payload, and returns the payload that shall replace it.
pub type ProcessMessage = unsafe extern "C" fn(
    *mut SoupWebsocketExtension,
    *mut u8,
    *mut ffi::GBytes,
    *mut *mut ffi::GError,
) -> *mut ffi::GBytes;

const _: () = assert!(size_of::<SoupWebsocketExtension>() == 24);
const _: () = assert!(size_of::<SoupWebsocketExtensionClass>() == 232);

glib::wrapper! {
    /// An extension of one WebSocket connection (RFC 6455, section 9).
    pub struct WebsocketExtension(ObjectSubclass<imp::WebsocketExtension>);
}

impl WebsocketExtension {
    /// A new extension of a class: `None` where the class is no (concrete) extension.
    pub fn of_type(type_: glib::Type) -> Option<WebsocketExtension> {
        // SAFETY: asks the type system about a valid GType.
        let is_abstract = unsafe {
            gobject_ffi::g_type_test_flags(type_.into_glib(), gobject_ffi::G_TYPE_FLAG_ABSTRACT) != 0
        };
        if is_abstract || !type_.is_a(WebsocketExtension::static_type()) {
            return None;
        }
        glib::Object::with_type(type_).downcast().ok()
    }

    /// The name under which the class of `type_` is negotiated; `None` when it has none, or is no extension.
    pub fn name_of_type(type_: glib::Type) -> Option<String> {
        let class = glib::Class::<WebsocketExtension>::from_type(type_)?;
        name_of_class(class.as_ref())
    }

    /// Takes the parameters that were negotiated. An extension without the slot takes any.
    ///
    /// # Safety
    ///
    /// `parameters` is NULL or a table of strings, in which a NULL value is a name alone.
    pub unsafe fn configure_with_table(
        &self,
        kind: WebsocketConnectionType,
        parameters: *mut ffi::GHashTable,
    ) -> Result<(), Option<glib::Error>> {
        let Some(configure) = self.slots().configure else {
            return Ok(());
        };
        let mut error = ptr::null_mut();
        // SAFETY: the class promises the slot's contract; the instance and the table live through the call.
        let done = unsafe { configure(self.as_ptr(), kind.into(), parameters, &mut error) };
        // SAFETY: the slot has either left the error NULL or given us one.
        let error: Option<glib::Error> = unsafe { from_glib_full(error) };
        if done != 0 { Ok(()) } else { Err(error) }
    }

    /// What stands behind the name in a client's offer.
    pub fn request_params(&self) -> Option<glib::GString> {
        let slot = self.slots().get_request_params?;
        // SAFETY: the class promises the slot's contract: NULL or a string of our own.
        unsafe { from_glib_full(slot(self.as_ptr())) }
    }

    /// What stands behind the name in a server's answer.
    pub fn response_params(&self) -> Option<glib::GString> {
        let slot = self.slots().get_response_params?;
        // SAFETY: as for the request's.
        unsafe { from_glib_full(slot(self.as_ptr())) }
    }

    /// Shows the extension a frame that is about to be sent: the header's first byte and the payload, both of which it
    /// may change.
    pub fn process_outgoing(
        &self,
        header: &mut u8,
        payload: glib::Bytes,
    ) -> Result<glib::Bytes, Option<glib::Error>> {
        self.process(self.slots().process_outgoing_message, header, payload)
    }

    /// Shows the extension a frame that was received.
    pub fn process_incoming(
        &self,
        header: &mut u8,
        payload: glib::Bytes,
    ) -> Result<glib::Bytes, Option<glib::Error>> {
        self.process(self.slots().process_incoming_message, header, payload)
    }

    fn process(
        &self,
        slot: Option<ProcessMessage>,
        header: &mut u8,
        payload: glib::Bytes,
    ) -> Result<glib::Bytes, Option<glib::Error>> {
        let Some(slot) = slot else { return Ok(payload) };
        let mut error = ptr::null_mut();
        // SAFETY: the class promises the slot's contract: it consumes the payload and returns NULL or one of ours.
        let result = unsafe { slot(self.as_ptr(), header, payload.into_glib_ptr(), &mut error) };
        // SAFETY: the slot has either left the error NULL or given us one.
        let error: Option<glib::Error> = unsafe { from_glib_full(error) };
        // SAFETY: as said above.
        let result: Option<glib::Bytes> = unsafe { from_glib_full(result) };
        result.ok_or(error)
    }

    fn as_ptr(&self) -> *mut SoupWebsocketExtension {
        self.as_object_ref().to_glib_none().0.cast()
    }

    fn slots(&self) -> &SoupWebsocketExtensionClass {
        self.class().as_ref()
    }
}

/// The name in a class struct.
pub fn name_of_class(class: &SoupWebsocketExtensionClass) -> Option<String> {
    if class.name.is_null() {
        return None;
    }
    // SAFETY: the class struct's contract: NULL or a string as static as the class.
    unsafe { CStr::from_ptr(class.name) }
        .to_str()
        .ok()
        .map(str::to_owned)
}

mod imp {
    use super::*;

    /// Nothing: the class struct is all there is to it.
    #[derive(Default)]
    pub struct WebsocketExtension;

    #[glib::object_subclass]
    impl ObjectSubclass for WebsocketExtension {
        const NAME: &'static str = "SoupWebsocketExtension";
        const ABSTRACT: bool = true;
        type Type = super::WebsocketExtension;
        type Instance = SoupWebsocketExtension;
        type Class = SoupWebsocketExtensionClass;
    }

    impl ObjectImpl for WebsocketExtension {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupWebsocketExtension {
    type Type = imp::WebsocketExtension;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupWebsocketExtensionClass {
    type Type = imp::WebsocketExtension;
}

/// What a Rust class of extension says about itself; its slots are set in its `class_init`.
pub trait WebsocketExtensionImpl: ObjectImpl {}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: WebsocketExtensionImpl> IsSubclassable<T> for WebsocketExtension {}
