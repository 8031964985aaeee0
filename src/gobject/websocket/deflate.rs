//! `SoupWebsocketExtensionDeflate`: permessage-deflate (RFC 7692) as an extension object.
//!
//! Where it is the only extension of a connection the engine takes its parameters and does the work itself; beside
//! others, or called by C, it is a filter of frames like any other.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::extension::{SoupWebsocketExtension, SoupWebsocketExtensionClass};
use super::negotiated::Negotiated;
use super::{WebsocketExtension, WebsocketExtensionImpl, errors, payload};
use crate::gobject::enums::{SoupWebsocketConnectionType, WebsocketConnectionType, WebsocketError};
use crate::proto::ws::deflate::{Deflater, Inflater, Params, Trouble};
use crate::proto::ws::{Payload, close};

/// The instance struct.
#[repr(C)]
pub struct SoupWebsocketExtensionDeflate {
    parent_instance: SoupWebsocketExtension,
}

/// The class struct.
#[repr(C)]
pub struct SoupWebsocketExtensionDeflateClass {
    parent_class: SoupWebsocketExtensionClass,
}

const _: () = assert!(size_of::<SoupWebsocketExtensionDeflate>() == 24);
const _: () = assert!(size_of::<SoupWebsocketExtensionDeflateClass>() == 232);

glib::wrapper! {
    /// permessage-deflate for one connection.
    pub struct WebsocketExtensionDeflate(ObjectSubclass<imp::WebsocketExtensionDeflate>) @extends WebsocketExtension;
}

impl WebsocketExtensionDeflate {
    /// What has been agreed on, for the engine.
    pub fn params(&self) -> Params {
        self.imp().negotiated.get().params()
    }

    /// How many bytes a message may be after inflating; 0 is no limit.
    pub(super) fn set_limit(&self, bytes: u64) {
        self.imp().limit.set(bytes);
    }
}

mod imp {
    use super::*;

    /// The parameters, and the two directions for when frames are filtered.
    #[derive(Default)]
    pub struct WebsocketExtensionDeflate {
        pub(super) negotiated: Cell<Negotiated>,
        is_server: Cell<bool>,
        pub(super) limit: Cell<u64>,
        filter: RefCell<Option<Box<Filter>>>,
    }

    /// The two directions, made with the first frame.
    struct Filter {
        deflater: Deflater,
        inflater: Inflater,
        /// Whether the message under way is compressed.
        deflating: bool,
        inflating: bool,
        /// How much the message under way has become so far.
        inflated: u64,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for WebsocketExtensionDeflate {
        const NAME: &'static str = "SoupWebsocketExtensionDeflate";
        const FINAL: bool = true;
        type Type = super::WebsocketExtensionDeflate;
        type ParentType = WebsocketExtension;
        type Instance = SoupWebsocketExtensionDeflate;
        type Class = SoupWebsocketExtensionDeflateClass;

        fn class_init(class: &mut Self::Class) {
            let class = &mut class.parent_class;
            class.name = c"permessage-deflate".as_ptr();
            class.configure = Some(configure);
            class.get_request_params = Some(get_request_params);
            class.get_response_params = Some(get_response_params);
            class.process_outgoing_message = Some(process_outgoing_message);
            class.process_incoming_message = Some(process_incoming_message);
        }
    }

    impl ObjectImpl for WebsocketExtensionDeflate {}
    impl WebsocketExtensionImpl for WebsocketExtensionDeflate {}

    impl WebsocketExtensionDeflate {
        pub(super) fn configure(
            &self,
            role: WebsocketConnectionType,
            parameters: &[(String, Option<String>)],
        ) -> Result<(), String> {
            let mut negotiated = Negotiated::default();
            for (name, value) in parameters {
                negotiated.take(role, name, value.as_deref())?;
            }
            self.negotiated.set(negotiated);
            self.is_server.set(role == WebsocketConnectionType::Server);
            self.filter.take();
            Ok(())
        }

        /// Compresses the payload of a data frame, unless it is an empty message.
        pub(super) fn outgoing(&self, header: &mut u8, payload: &[u8]) -> Option<Vec<u8>> {
            let (first, last) = match *header & OPCODE {
                TEXT | BINARY => (true, *header & FIN != 0),
                CONTINUATION => (false, *header & FIN != 0),
                _ => return None,
            };
            let mut filter = self.filter.borrow_mut();
            let filter = filter.get_or_insert_with(|| self.filter());
            if first {
                filter.deflating = !(last && payload.is_empty());
                if filter.deflating {
                    *header |= RSV1;
                }
            }
            if !filter.deflating {
                return None;
            }
            let mut out = Vec::new();
            filter.deflater.message(payload, &mut out);
            if !last {
                out.extend_from_slice(&TAIL);
            }
            Some(out)
        }

        /// Inflates the payload of a frame of a compressed message.
        pub(super) fn incoming(
            &self,
            header: &mut u8,
            payload: &[u8],
        ) -> Result<Option<Vec<u8>>, glib::Error> {
            let first = match *header & OPCODE {
                TEXT | BINARY => true,
                CONTINUATION => false,
                _ => return Ok(None),
            };
            let mut filter = self.filter.borrow_mut();
            let filter = filter.get_or_insert_with(|| self.filter());
            if first {
                filter.inflating = *header & RSV1 != 0;
                filter.inflated = 0;
            } else if *header & RSV1 != 0 {
                let text = "Received a continuation of a message with the bit of compression set";
                return Err(errors::with_close_code(close::PROTOCOL_ERROR, text));
            }
            if !filter.inflating {
                return Ok(None);
            }
            *header &= !RSV1;
            let limit = if self.limit.get() == 0 {
                u64::MAX
            } else {
                self.limit.get()
            };
            let limit = limit.saturating_sub(filter.inflated);
            let mut out = Vec::new();
            let mut done = filter.inflater.feed(payload, &mut out, limit);
            if done.is_ok() && *header & FIN != 0 {
                done = filter.inflater.finish(&mut out, limit);
            }
            filter.inflated = filter.inflated.saturating_add(out.len() as u64);
            match done {
                Ok(()) => Ok(Some(out)),
                Err(Trouble::Corrupt) => Err(errors::with_close_code(
                    close::PROTOCOL_ERROR,
                    "Failed to uncompress incoming frame",
                )),
                Err(Trouble::TooLong) => Err(errors::with_close_code(
                    close::TOO_BIG,
                    "The compressed message becomes too big",
                )),
            }
        }

        fn filter(&self) -> Box<Filter> {
            let params = self.negotiated.get().params();
            let server = (params.server_max_window_bits, !params.server_no_context_takeover);
            let client = (params.client_max_window_bits, !params.client_no_context_takeover);
            let (ours, theirs) = if self.is_server.get() {
                (server, client)
            } else {
                (client, server)
            };
            Box::new(Filter {
                deflater: Deflater::new(ours.0, ours.1),
                inflater: Inflater::new(theirs.0, theirs.1),
                deflating: false,
                inflating: false,
                inflated: 0,
            })
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupWebsocketExtensionDeflate {
    type Type = imp::WebsocketExtensionDeflate;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupWebsocketExtensionDeflateClass {
    type Type = imp::WebsocketExtensionDeflate;
}

/// The private part behind a slot's first argument.
unsafe fn imp<'a>(extension: *mut SoupWebsocketExtension) -> &'a imp::WebsocketExtensionDeflate {
    // SAFETY: GObject calls the slots of this class with instances of this class, which is final.
    unsafe { &*extension.cast::<SoupWebsocketExtensionDeflate>() }.imp()
}

unsafe extern "C" fn configure(
    extension: *mut SoupWebsocketExtension,
    role: SoupWebsocketConnectionType,
    parameters: *mut ffi::GHashTable,
    error: *mut *mut ffi::GError,
) -> ffi::gboolean {
    let role = WebsocketConnectionType::try_from(role).unwrap_or(WebsocketConnectionType::Unknown);
    // SAFETY: the slot's contract: NULL or a table of strings.
    let parameters = unsafe { pairs(parameters) };
    // SAFETY: a slot of this class.
    match unsafe { imp(extension) }.configure(role, &parameters) {
        Ok(()) => ffi::GTRUE,
        Err(text) => {
            // SAFETY: the slot's contract: NULL or a place for an error.
            unsafe { give(error, glib::Error::new(WebsocketError::BadHandshake, &text)) };
            ffi::GFALSE
        }
    }
}

unsafe extern "C" fn get_request_params(_extension: *mut SoupWebsocketExtension) -> *mut c_char {
    "; client_max_window_bits".to_glib_full()
}

unsafe extern "C" fn get_response_params(extension: *mut SoupWebsocketExtension) -> *mut c_char {
    // SAFETY: a slot of this class.
    unsafe { imp(extension) }.negotiated.get().answer().to_glib_full()
}

unsafe extern "C" fn process_outgoing_message(
    extension: *mut SoupWebsocketExtension,
    header: *mut u8,
    message: *mut ffi::GBytes,
    _error: *mut *mut ffi::GError,
) -> *mut ffi::GBytes {
    // SAFETY: the slot's contract: the payload is ours, the header is the caller's and lives through the call.
    let (message, header): (glib::Bytes, _) = unsafe { (from_glib_full(message), &mut *header) };
    // SAFETY: a slot of this class.
    match unsafe { imp(extension) }.outgoing(header, &message) {
        Some(compressed) => payload::bytes(Payload::Owned(compressed)).into_glib_ptr(),
        None => message.into_glib_ptr(),
    }
}

unsafe extern "C" fn process_incoming_message(
    extension: *mut SoupWebsocketExtension,
    header: *mut u8,
    message: *mut ffi::GBytes,
    error: *mut *mut ffi::GError,
) -> *mut ffi::GBytes {
    // SAFETY: the slot's contract: the payload is ours, the header is the caller's and lives through the call.
    let (message, header): (glib::Bytes, _) = unsafe { (from_glib_full(message), &mut *header) };
    // SAFETY: a slot of this class.
    match unsafe { imp(extension) }.incoming(header, &message) {
        Ok(Some(inflated)) => payload::bytes(Payload::Owned(inflated)).into_glib_ptr(),
        Ok(None) => message.into_glib_ptr(),
        Err(refusal) => {
            // SAFETY: the slot's contract: NULL or a place for an error.
            unsafe { give(error, refusal) };
            ptr::null_mut()
        }
    }
}

/// Gives an error to C, if it wants one.
unsafe fn give(place: *mut *mut ffi::GError, error: glib::Error) {
    if !place.is_null() {
        // SAFETY: not NULL, and the C contract says that it points to a NULL.
        unsafe { *place = error.into_glib_ptr() };
    }
}

/// The names and values in a table of header parameters; a NULL value is a name alone.
unsafe fn pairs(table: *mut ffi::GHashTable) -> Vec<(String, Option<String>)> {
    let mut pairs = Vec::new();
    if table.is_null() {
        return pairs;
    }
    let mut iter = std::mem::MaybeUninit::uninit();
    let (mut name, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a live table, which does not change while it is walked; its keys and values are strings or NULL.
    unsafe {
        ffi::g_hash_table_iter_init(iter.as_mut_ptr(), table);
        while ffi::g_hash_table_iter_next(iter.as_mut_ptr(), &mut name, &mut value) != 0 {
            if let Some(name) = string(name.cast()) {
                pairs.push((name, string(value.cast())));
            }
        }
    }
    pairs
}

/// A copy of a C string that may be NULL.
unsafe fn string(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise: NULL or a string.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// What is left out behind a message, and stays behind a fragment (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const OPCODE: u8 = 0x0f;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: WebsocketConnectionType = WebsocketConnectionType::Server;
    const CLIENT: WebsocketConnectionType = WebsocketConnectionType::Client;

    #[test]
    fn a_message_goes_there_and_back_whole_and_in_fragments() {
        let (client, server): (WebsocketExtensionDeflate, WebsocketExtensionDeflate) =
            (glib::Object::new(), glib::Object::new());
        client.imp().configure(CLIENT, &[]).unwrap();
        server.imp().configure(SERVER, &[]).unwrap();
        let text = b"hello hello hello hello hello";
        for frames in [
            vec![(0x81, &text[..])],
            vec![(0x01, &text[..7]), (0x00, &text[7..9]), (0x80, &text[9..])],
        ] {
            let mut back = Vec::new();
            for (first, piece) in frames {
                let mut header = first;
                let sent = client.imp().outgoing(&mut header, piece).unwrap();
                assert_eq!(header & RSV1 != 0, first & OPCODE != 0);
                back.extend(server.imp().incoming(&mut header, &sent).unwrap().unwrap());
                assert_eq!(header, first);
            }
            assert_eq!(back, text);
        }
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        let extension: WebsocketExtensionDeflate = glib::Object::new();
        extension.imp().configure(CLIENT, &[]).unwrap();
        let mut header = FIN | BINARY;
        let bomb = extension.imp().outgoing(&mut header, &vec![0; 1 << 20]).unwrap();
        extension.set_limit(1000);
        let error = extension.imp().incoming(&mut header, &bomb).unwrap_err();
        assert_eq!(errors::code(&error), Some(close::TOO_BIG));
    }
}
