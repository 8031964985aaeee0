//! `SoupWebsocketConnection`: the class, its properties, and what an application calls.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ParamFlags, ParamSpec, gobject_ffi};

use super::core::Core;
use super::{ExtensionList, WebsocketExtension, WebsocketExtensionDeflate, signals};
use crate::gobject::enums::{WebsocketConnectionType, WebsocketDataType, WebsocketState};
use crate::proto::limits;
use crate::proto::ws::{Connection, DataType, Misuse, Role, Settings, close};
use crate::reactor::{Link, Transport};

/// Undoes a hook of glib-rs. With a "notify" of the class's own, GObject emits that signal for each construct property of
/// each new object although nobody can listen yet: a quarter of what an upgrade costs.
fn quiet_notify(class: *mut gobject_ffi::GObjectClass) {
    // SAFETY: called by `class_init` with the class under construction, which begins with a GObjectClass; GObject's own
    // class is alive as long as any class.
    unsafe {
        let object =
            gobject_ffi::g_type_class_peek(gobject_ffi::G_TYPE_OBJECT).cast::<gobject_ffi::GObjectClass>();
        (*class).notify = (*object).notify;
        (*class).dispatch_properties_changed = (*object).dispatch_properties_changed;
    }
}

/// The instance struct.
#[repr(C)]
pub struct SoupWebsocketConnection {
    parent_instance: gobject_ffi::GObject,
}

const _: () = assert!(size_of::<SoupWebsocketConnection>() == 24);

glib::wrapper! {
    /// One end of a WebSocket (RFC 6455) after its handshake.
    pub struct WebsocketConnection(ObjectSubclass<imp::WebsocketConnection>);
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
        let connection: WebsocketConnection = glib::Object::new();
        let imp = connection.imp();
        imp.kind.set(opening.kind);
        imp.place.replace(opening.place);
        imp.origin.replace(opening.origin);
        imp.protocol.replace(opening.protocol);
        imp.extensions.replace(opening.extensions.into_iter().collect());
        let (settings, filters) = imp.finished_settings();
        _ = imp.core.set(Core::adopt(
            &connection,
            link,
            opening.leftover,
            settings,
            filters,
        ));
        connection
    }

    /// Where the connection stands.
    pub fn state(&self) -> WebsocketState {
        self.imp()
            .core
            .get()
            .map_or(WebsocketState::Closed, |core| core.state())
    }

    /// Which end this is.
    pub fn connection_type(&self) -> WebsocketConnectionType {
        self.imp().kind.get()
    }

    /// Sends a message, behind everything sent before. `BadUtf8` for text that is not, `NotOpen` too late.
    pub fn send(&self, kind: WebsocketDataType, message: glib::Bytes) -> Result<(), Misuse> {
        self.core()?.send(data_type(kind), message)
    }

    /// Sends a message that the caller keeps.
    pub fn send_copied(&self, kind: WebsocketDataType, message: &[u8]) -> Result<(), Misuse> {
        self.core()?.send_copied(data_type(kind), message)
    }

    /// Begins the closing handshake behind everything sent before. 1005 closes without a code; a long reason is cut.
    pub fn close(&self, code: u16, reason: &str) {
        let role = self.imp().role();
        let Ok(core) = self.core() else { return };
        match code {
            close::NO_STATUS => core.close(code, ""),
            _ if close::is_sendable(code, role) => core.close(code, reason),
            _ => core.close_badly(),
        }
    }

    /// The core, held: the object may be gone when it has emitted something.
    fn core(&self) -> Result<Rc<Core>, Misuse> {
        self.imp().core.get().cloned().ok_or(Misuse::NotOpen)
    }

    /// The code in the peer's close frame: 1005 if it had none, 0 before there was one.
    pub fn close_code(&self) -> u16 {
        let core = self.imp().core.get();
        core.and_then(|core| core.look(|engine| engine.close_code()))
            .unwrap_or(0)
    }

    /// The stream, made now if there is none yet.
    pub fn io_stream(&self) -> Option<gio::IOStream> {
        self.imp().core.get()?.link()?.io_stream().ok()
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
                .core
                .get()
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

    /// Changes the longest payload of one incoming frame.
    pub fn set_max_incoming_payload_size(&self, bytes: u64) {
        if self.imp().max_incoming.replace(bytes) != bytes {
            self.imp().limit(|engine| engine.set_max_frame_payload(bytes));
            self.notify(MAX_INCOMING_PAYLOAD_SIZE);
        }
    }

    /// The longest incoming message, in bytes; 0 is no limit.
    pub fn max_total_message_size(&self) -> u64 {
        self.imp().max_total.get()
    }

    /// Changes the longest incoming message.
    pub fn set_max_total_message_size(&self, bytes: u64) {
        if self.imp().max_total.replace(bytes) != bytes {
            self.imp().limit(|engine| engine.set_max_message(bytes));
            self.imp().limit_inflating(bytes);
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
        self.imp().core.get().map_or(0, |core| core.buffered_amount())
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
        if let Some(property) = imp::WebsocketConnection::properties().get(property) {
            self.notify_by_pspec(property);
        }
    }
}

mod imp {
    use super::*;

    /// The private part: what a getter gives back, and the core that does the rest.
    pub struct WebsocketConnection {
        pub(super) core: OnceCell<Rc<Core>>,
        pub(super) kind: Cell<WebsocketConnectionType>,
        pub(super) place: RefCell<Place>,
        pub(super) origin: RefCell<Option<CString>>,
        pub(super) protocol: RefCell<Option<CString>>,
        pub(super) extensions: RefCell<ExtensionList>,
        pub(super) close_data: OnceCell<CString>,
        pub(super) max_incoming: Cell<u64>,
        pub(super) max_total: Cell<u64>,
        pub(super) max_queued: Cell<usize>,
        pub(super) interval: Cell<u32>,
        pub(super) pong_timeout: Cell<u32>,
        /// The construct property, until the core takes it over.
        stream: RefCell<Option<gio::IOStream>>,
    }

    impl Default for WebsocketConnection {
        fn default() -> Self {
            WebsocketConnection {
                core: OnceCell::new(),
                kind: Cell::new(WebsocketConnectionType::Unknown),
                place: RefCell::default(),
                origin: RefCell::default(),
                protocol: RefCell::default(),
                extensions: RefCell::default(),
                close_data: OnceCell::new(),
                max_incoming: Cell::new(limits::WS_FRAME_PAYLOAD),
                max_total: Cell::new(0),
                max_queued: Cell::new(limits::WS_QUEUED_OUTPUT),
                interval: Cell::new(0),
                pong_timeout: Cell::new(0),
                stream: RefCell::default(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for WebsocketConnection {
        const NAME: &'static str = "SoupWebsocketConnection";
        const FINAL: bool = true;
        type Type = super::WebsocketConnection;
        type Instance = SoupWebsocketConnection;
        type Class = glib::subclass::basic::ClassStruct<Self>;

        fn new() -> Self {
            Self::default()
        }

        fn class_init(class: &mut Self::Class) {
            signals::register(Self::type_());
            let class: *mut gobject_ffi::GObjectClass = ptr::from_mut(class).cast();
            // SAFETY: the class struct begins with GObject's, whose class is the parent and initialized. glib-rs puts methods
            // into these slots for all classes; with them there GObject emits "notify" for each construct property of each
            // connection, heard or not, which is a quarter of what an upgrade costs.
            unsafe {
                let parent: *mut gobject_ffi::GObjectClass =
                    gobject_ffi::g_type_class_peek_parent(class.cast()).cast();
                (*class).dispatch_properties_changed = (*parent).dispatch_properties_changed;
                (*class).notify = (*parent).notify;
            }
        }
    }

    impl ObjectImpl for WebsocketConnection {
        fn properties() -> &'static [ParamSpec] {
            &PROPERTIES
        }

        fn set_property(&self, id: usize, value: &glib::Value, _pspec: &ParamSpec) {
            let object = self.obj();
            match id - 1 {
                IO_STREAM => _ = self.stream.replace(got(value)),
                CONNECTION_TYPE => self
                    .kind
                    .set(value.get().unwrap_or(WebsocketConnectionType::Unknown)),
                URI => _ = self.place.replace(got(value).map_or(Place::Unknown, Place::Uri)),
                ORIGIN => _ = self.origin.replace(c_string(value)),
                PROTOCOL => _ = self.protocol.replace(c_string(value)),
                MAX_INCOMING_PAYLOAD_SIZE => object.set_max_incoming_payload_size(value.get().unwrap_or(0)),
                KEEPALIVE_INTERVAL => object.set_keepalive_interval(value.get().unwrap_or(0)),
                KEEPALIVE_PONG_TIMEOUT => object.set_keepalive_pong_timeout(value.get().unwrap_or(0)),
                EXTENSIONS => {
                    let list: glib::Pointer = value.get().unwrap_or(ptr::null_mut());
                    // SAFETY: the property's contract, as libsoup's: a GList that the connection takes over.
                    _ = self
                        .extensions
                        .replace(unsafe { ExtensionList::from_raw(list.cast()) });
                }
                MAX_TOTAL_MESSAGE_SIZE => object.set_max_total_message_size(value.get().unwrap_or(0)),
                _ => (),
            }
        }

        fn property(&self, id: usize, _pspec: &ParamSpec) -> glib::Value {
            let object = self.obj();
            match id - 1 {
                IO_STREAM => object.io_stream().to_value(),
                CONNECTION_TYPE => self.kind.get().to_value(),
                URI => object.uri().to_value(),
                ORIGIN => text(&self.origin).to_value(),
                PROTOCOL => text(&self.protocol).to_value(),
                MAX_INCOMING_PAYLOAD_SIZE => object.max_incoming_payload_size().to_value(),
                KEEPALIVE_INTERVAL => object.keepalive_interval().to_value(),
                KEEPALIVE_PONG_TIMEOUT => object.keepalive_pong_timeout().to_value(),
                EXTENSIONS => object.extensions_c().cast::<std::ffi::c_void>().to_value(),
                MAX_TOTAL_MESSAGE_SIZE => object.max_total_message_size().to_value(),
                _ => object.state().to_value(),
            }
        }

        fn constructed(&self) {
            self.parent_constructed();
            let Some(stream) = self.stream.take() else { return };
            let Some(transport) = Transport::for_stream(&stream) else {
                glib::g_critical!(
                    "libsoup",
                    "a WebSocket needs an I/O stream whose two halves are pollable"
                );
                return;
            };
            let (settings, filters) = self.finished_settings();
            match Core::register(&self.obj(), transport, settings, filters) {
                Ok(core) => _ = self.core.set(core),
                Err(error) => {
                    glib::g_critical!("libsoup", "a WebSocket's I/O stream cannot be watched: {error}")
                }
            }
        }

        fn dispose(&self) {
            if let Some(core) = self.core.get() {
                core.dispose();
            }
        }
    }

    impl WebsocketConnection {
        /// Which end this is, for the engine.
        pub(super) fn role(&self) -> Role {
            match self.kind.get() {
                WebsocketConnectionType::Server => Role::Server,
                WebsocketConnectionType::Client | WebsocketConnectionType::Unknown => Role::Client,
            }
        }

        /// Tells the core about a changed limit, if there is one already.
        pub(super) fn limit(&self, change: impl FnOnce(&mut Connection<glib::Bytes>)) {
            if let Some(core) = self.core.get() {
                core.limit(change);
            }
        }

        pub(super) fn show_keepalive(&self) {
            if let Some(core) = self.core.get() {
                core.set_keepalive(duration(self.interval.get()), duration(self.pong_timeout.get()));
            }
        }

        /// Tells the compressors among the extensions how much a message may be.
        pub(super) fn limit_inflating(&self, bytes: u64) {
            if self.extensions.borrow().as_ptr().is_null() {
                return;
            }
            for extension in self.extensions.borrow().to_vec() {
                if let Some(deflate) = extension.downcast_ref::<WebsocketExtensionDeflate>() {
                    deflate.set_limit(bytes);
                }
            }
        }

        /// The settings that the core begins with, and the extensions that shall see every frame: none if there are none
        /// but permessage-deflate, which the engine has built in.
        pub(super) fn finished_settings(&self) -> (Settings, Vec<WebsocketExtension>) {
            let mut settings = Settings::new(self.role());
            if settings.role == Role::Server && self.max_total.get() == 0 {
                // Nobody has set it: construct properties begin with their default.
                self.max_total.set(limits::WS_SERVER_MESSAGE);
            }
            settings.max_frame_payload = self.max_incoming.get();
            settings.max_message = self.max_total.get();
            settings.max_queued_output = self.max_queued.get();
            settings.keepalive_interval = duration(self.interval.get());
            settings.pong_timeout = duration(self.pong_timeout.get());
            self.limit_inflating(settings.max_message);
            let extensions = self.extensions.borrow().to_vec();
            if let [only] = extensions.as_slice()
                && let Some(deflate) = only.downcast_ref::<WebsocketExtensionDeflate>()
            {
                settings.deflate = Some(deflate.params());
                return (settings, Vec::new());
            }
            (settings, extensions)
        }
    }

    /// The value of an object or boxed property.
    fn got<'v, T: glib::value::FromValue<'v>>(value: &'v glib::Value) -> Option<T>
    where
        Option<T>: glib::value::FromValue<'v>,
    {
        value.get::<Option<T>>().ok().flatten()
    }

    fn c_string(value: &glib::Value) -> Option<CString> {
        let text = value.get::<Option<&str>>().ok().flatten()?;
        CString::new(text).ok()
    }

    fn text(kept: &RefCell<Option<CString>>) -> Option<String> {
        kept.borrow()
            .as_ref()
            .map(|text| text.to_string_lossy().into_owned())
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupWebsocketConnection {
    type Type = imp::WebsocketConnection;
}

/// The properties, in libsoup's order; the constants are their places.
static PROPERTIES: LazyLock<Vec<ParamSpec>> = LazyLock::new(|| {
    let construct = ParamFlags::READWRITE | ParamFlags::CONSTRUCT;
    let only = ParamFlags::READWRITE | ParamFlags::CONSTRUCT_ONLY;
    let unknown = WebsocketConnectionType::Unknown;
    vec![
        glib::ParamSpecObject::builder::<gio::IOStream>("io-stream")
            .flags(only)
            .build(),
        glib::ParamSpecEnum::builder_with_default("connection-type", unknown)
            .flags(only)
            .build(),
        glib::ParamSpecBoxed::builder::<glib::Uri>("uri")
            .flags(only)
            .build(),
        glib::ParamSpecString::builder("origin").flags(only).build(),
        glib::ParamSpecString::builder("protocol").flags(only).build(),
        glib::ParamSpecEnum::builder_with_default("state", WebsocketState::Open)
            .read_only()
            .build(),
        glib::ParamSpecUInt64::builder("max-incoming-payload-size")
            .default_value(limits::WS_FRAME_PAYLOAD)
            .flags(construct)
            .build(),
        glib::ParamSpecUInt::builder("keepalive-interval")
            .flags(construct)
            .build(),
        glib::ParamSpecUInt::builder("keepalive-pong-timeout")
            .flags(construct)
            .build(),
        glib::ParamSpecPointer::builder("extensions").flags(only).build(),
        glib::ParamSpecUInt64::builder("max-total-message-size")
            .flags(construct)
            .build(),
    ]
});

/// The property "state".
pub(super) fn state_property() -> &'static ParamSpec {
    &PROPERTIES[STATE]
}

const IO_STREAM: usize = 0;
const CONNECTION_TYPE: usize = 1;
const URI: usize = 2;
const ORIGIN: usize = 3;
const PROTOCOL: usize = 4;
const STATE: usize = 5;
const MAX_INCOMING_PAYLOAD_SIZE: usize = 6;
const KEEPALIVE_INTERVAL: usize = 7;
const KEEPALIVE_PONG_TIMEOUT: usize = 8;
const EXTENSIONS: usize = 9;
const MAX_TOTAL_MESSAGE_SIZE: usize = 10;

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

fn duration(seconds: u32) -> Option<Duration> {
    (seconds != 0).then(|| Duration::from_secs(seconds.into()))
}
