//! `SoupWebsocketConnection`: what an application calls.

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::rc::Rc;

use glib::gobject_ffi;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::connection_class::{
    self, KEEPALIVE_INTERVAL, KEEPALIVE_PONG_TIMEOUT, MAX_INCOMING_PAYLOAD_SIZE, MAX_TOTAL_MESSAGE_SIZE,
};
use super::core::Core;
use super::{BisqueMessageFunc, ExtensionList, WebsocketExtension};
use crate::gobject::Callback;
use crate::gobject::enums::{WebsocketConnectionType, WebsocketDataType, WebsocketState};
use crate::gobject::glue::quiet::instance;
use crate::gobject::glue::upgraded::UpgradedConnection;
use crate::proto::ws::{DataType, Misuse, close};
use crate::reactor::Link;

/// The instance struct.
#[repr(C)]
pub struct SoupWebsocketConnection {
    parent_instance: gobject_ffi::GObject,
}

const _: () = assert!(size_of::<SoupWebsocketConnection>() == 24);

glib::wrapper! {
    /// One end of a WebSocket (RFC 6455) after its handshake.
    pub struct WebsocketConnection(ObjectSubclass<connection_class::WebsocketConnection>);
}

/// What a handshake has established, for [`WebsocketConnection::for_link`].
pub struct Opening {
    /// Which end this is.
    pub kind: WebsocketConnectionType,
    /// The URI of the connection.
    pub place: Place,
    /// The client's origin.
    pub origin: Option<CString>,
    /// The protocol agreed on.
    pub protocol: Option<CString>,
    /// The extensions agreed on, in their order.
    pub extensions: Vec<WebsocketExtension>,
    /// Bytes that came behind the handshake and belong to the WebSocket.
    pub leftover: Vec<u8>,
    /// Counts the connection as its server's.
    pub upgraded: Option<UpgradedConnection>,
}

/// A URI, or its text until somebody asks for a `GUri`, which is five times as large.
#[derive(Clone, Debug, Default)]
pub enum Place {
    /// Nobody has said.
    #[default]
    Unknown,
    /// The text of a URI.
    Text(Box<str>),
    /// The `GUri`.
    Uri(glib::Uri),
}

impl WebsocketConnection {
    /// A connection over any stream, as `soup_websocket_connection_new()` makes it.
    pub fn new(
        stream: &gio::IOStream,
        uri: &glib::Uri,
        kind: WebsocketConnectionType,
        origin: Option<&str>,
        protocol: Option<&str>,
        extensions: ExtensionList,
    ) -> WebsocketConnection {
        glib::Object::builder()
            .property("io-stream", stream)
            .property("uri", uri)
            .property("connection-type", kind)
            .property("origin", origin)
            .property("protocol", protocol)
            .property("extensions", extensions.into_raw().cast::<std::ffi::c_void>())
            .build()
    }

    /// A connection over the link that has carried its handshake. It begins to read in a later turn of the main loop.
    pub(crate) fn for_link(link: Rc<Link>, opening: Opening) -> WebsocketConnection {
        let connection: WebsocketConnection = instance();
        let imp = connection.imp();
        imp.kind.set(opening.kind);
        imp.place.replace(opening.place);
        imp.origin.replace(opening.origin);
        imp.protocol.replace(opening.protocol);
        imp.extensions.replace(opening.extensions.into_iter().collect());
        if opening.kind == WebsocketConnectionType::Server {
            // Those that a SoupServer makes have a limit; 0 lifts it.
            imp.max_total.set(crate::proto::limits::WS_SERVER_MESSAGE);
            imp.total_is_default.set(true);
        }
        let (settings, filters) = imp.finished_settings();
        let core = Core::adopt(&connection, link, opening.leftover, settings, filters);
        core.set_upgraded(opening.upgraded);
        imp.set_core(core);
        connection
    }

    /// Where the connection stands.
    pub fn state(&self) -> WebsocketState {
        self.imp()
            .core()
            .map_or(WebsocketState::Closed, |core| core.state())
    }

    /// Which end this is.
    pub fn connection_type(&self) -> WebsocketConnectionType {
        self.imp().kind.get()
    }

    /// Sends a message, behind everything sent before. `BadUtf8` for text that is not, `NotOpen` too late.
    pub fn send(&self, kind: WebsocketDataType, message: &glib::Bytes) -> Result<(), Misuse> {
        self.core()?.send(data_type(kind), message)
    }

    /// Sends a message that the caller keeps.
    pub fn send_copied(&self, kind: WebsocketDataType, message: &[u8]) -> Result<(), Misuse> {
        self.core()?.send_copied(data_type(kind), message)
    }

    /// Has `func` called with the bytes of each message, in place of the signal "message"; `None` is the signal again.
    pub fn set_message_func(&self, func: Option<Callback<BisqueMessageFunc>>) {
        if let Ok(core) = self.core() {
            core.set_message_func(func.map(Rc::new));
        }
    }

    /// Begins the closing handshake behind everything sent before. 1005 closes without a code; a long reason is cut.
    pub fn close(&self, code: u16, reason: &str) {
        let role = self.imp().role();
        let Ok(core) = self.core() else { return };
        match code {
            close::NO_STATUS => core.close(code, ""),
            _ if close::is_sendable(code, role) => core.close(code, reason),
            _ => core.close_badly(role),
        }
    }

    /// The core, held: the object may be gone when it has emitted something.
    fn core(&self) -> Result<Rc<Core>, Misuse> {
        self.imp().core().cloned().ok_or(Misuse::NotOpen)
    }

    /// The code in the peer's close frame: 1005 if it had none, 0 before there was one.
    pub fn close_code(&self) -> u16 {
        let core = self.imp().core();
        core.and_then(|core| core.look(|engine| engine.close_code()))
            .unwrap_or(0)
    }

    /// The stream, made now if there is none yet.
    pub fn io_stream(&self) -> Option<gio::IOStream> {
        self.imp().core()?.link()?.io_stream().ok()
    }

    /// The URI of the connection.
    pub fn uri(&self) -> Option<glib::Uri> {
        let mut place = self.imp().place.borrow_mut();
        if let Place::Text(text) = &*place {
            *place = glib::Uri::parse(text, URI_FLAGS).map_or(Place::Unknown, Place::Uri);
        }
        match &*place {
            Place::Uri(uri) => Some(uri.clone()),
            Place::Unknown | Place::Text(_) => None,
        }
    }

    /// The client's origin, for C: it stays as long as the object.
    pub fn origin_c(&self) -> *const c_char {
        self.imp()
            .origin
            .borrow()
            .as_deref()
            .map_or(ptr::null(), CStr::as_ptr)
    }

    /// The protocol agreed on, for C: it stays as long as the object.
    pub fn protocol_c(&self) -> *const c_char {
        self.imp()
            .protocol
            .borrow()
            .as_deref()
            .map_or(ptr::null(), CStr::as_ptr)
    }

    /// The reason in the peer's close frame, for C: it stays as long as the object.
    pub fn close_data_c(&self) -> *const c_char {
        let imp = self.imp();
        if imp.close_data.get().is_none()
            && let Some(data) = imp
                .core()
                .and_then(|core| core.look(|engine| engine.close_data().map(str::to_owned)))
        {
            // A NUL in the reason ends it, as it does in every C string.
            let text = data.split('\0').next().unwrap_or_default();
            _ = imp.close_data.set(CString::new(text).unwrap_or_default());
        }
        imp.close_data.get().map_or(ptr::null(), |data| data.as_ptr())
    }

    /// The extensions agreed on, for C: the list is the object's.
    pub fn extensions_c(&self) -> *mut glib::ffi::GList {
        self.imp().extensions.borrow().as_ptr()
    }

    /// The longest payload of one incoming frame, in bytes; 0 is no limit.
    pub fn max_incoming_payload_size(&self) -> u64 {
        self.imp().max_incoming.get()
    }

    /// Changes the longest payload of one incoming frame. A server's program that allows larger frames and has not set the
    /// longest message means messages of that size: before libsoup 3.4 there was no other limit.
    pub fn set_max_incoming_payload_size(&self, bytes: u64) {
        if self.imp().max_incoming.replace(bytes) == bytes {
            return;
        }
        self.imp().limit(|engine| engine.set_max_frame_payload(bytes));
        if self.imp().total_is_default.get() && (bytes == 0 || bytes > self.max_total_message_size()) {
            self.change_max_total_message_size(bytes);
        }
        self.notify(MAX_INCOMING_PAYLOAD_SIZE);
    }

    /// The longest incoming message, in bytes; 0 is no limit.
    pub fn max_total_message_size(&self) -> u64 {
        self.imp().max_total.get()
    }

    /// Changes the longest incoming message.
    pub fn set_max_total_message_size(&self, bytes: u64) {
        self.imp().total_is_default.set(false);
        self.change_max_total_message_size(bytes);
    }

    fn change_max_total_message_size(&self, bytes: u64) {
        let before = self.imp().max_total.replace(bytes);
        // Also where it was 0 before: who says so means what is inflated as well.
        self.imp().limit(|engine| engine.set_max_message(bytes));
        self.imp().limit_inflating(bytes);
        if before != bytes {
            self.notify(MAX_TOTAL_MESSAGE_SIZE);
        }
    }

    /// How often a ping goes out by itself, in seconds; 0 is never.
    pub fn keepalive_interval(&self) -> u32 {
        self.imp().interval.get()
    }

    /// Changes how often a ping goes out by itself.
    pub fn set_keepalive_interval(&self, interval: u32) {
        if self.imp().interval.replace(interval) != interval {
            self.imp().show_keepalive();
            self.notify(KEEPALIVE_INTERVAL);
        }
    }

    /// How long such a ping may stay unanswered, in seconds; 0 is for ever.
    pub fn keepalive_pong_timeout(&self) -> u32 {
        self.imp().pong_timeout.get()
    }

    /// Changes how long such a ping may stay unanswered.
    pub fn set_keepalive_pong_timeout(&self, timeout: u32) {
        if self.imp().pong_timeout.replace(timeout) != timeout {
            self.imp().show_keepalive();
            self.notify(KEEPALIVE_PONG_TIMEOUT);
        }
    }

    /// How many bytes wait to be written.
    pub fn buffered_amount(&self) -> usize {
        self.imp().core().map_or(0, |core| core.buffered_amount())
    }

    /// How many bytes may wait to be written before the connection is given up.
    pub fn max_queued_output(&self) -> usize {
        self.imp().max_queued.get()
    }

    /// Changes how many bytes may wait to be written.
    pub fn set_max_queued_output(&self, bytes: usize) {
        self.imp().max_queued.set(bytes);
        self.imp().limit(|engine| engine.set_max_queued_output(bytes));
    }

    fn notify(&self, property: usize) {
        if let Some(property) = connection_class::WebsocketConnection::properties().get(property) {
            self.notify_by_pspec(property);
        }
    }
}

/// libsoup's `SOUP_HTTP_URI_FLAGS`.
const URI_FLAGS: glib::UriFlags = glib::UriFlags::HAS_PASSWORD
    .union(glib::UriFlags::ENCODED_PATH)
    .union(glib::UriFlags::ENCODED_QUERY)
    .union(glib::UriFlags::ENCODED_FRAGMENT)
    .union(glib::UriFlags::SCHEME_NORMALIZE);

fn data_type(kind: WebsocketDataType) -> DataType {
    match kind {
        WebsocketDataType::Text => DataType::Text,
        WebsocketDataType::Binary => DataType::Binary,
    }
}
