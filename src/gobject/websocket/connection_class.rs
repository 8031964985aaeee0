//! The class of `SoupWebsocketConnection`: its private part, its properties, how it is made and disposed.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::CString;
use std::ops::Deref;
use std::ptr;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::{ParamFlags, ParamSpec};

use super::connection::{Place, SoupWebsocketConnection};
use super::core::Core;
use super::{ExtensionList, WebsocketExtension, WebsocketExtensionDeflate, signals};
use crate::gobject::enums::{WebsocketConnectionType, WebsocketState};
use crate::gobject::glue::quiet::quiet;
use crate::gobject::glue::way_back::Disposal;
use crate::proto::limits;
use crate::proto::ws::{Connection, Role, Settings};
use crate::reactor::{AtHome, Transport};

/// The private part: what a getter gives back, and the core that does the rest.
pub struct WebsocketConnection {
    core: OnceCell<AtHome<OwnedCore>>,
    pub(super) kind: Cell<WebsocketConnectionType>,
    pub(super) place: RefCell<Place>,
    pub(super) origin: RefCell<Option<CString>>,
    pub(super) protocol: RefCell<Option<CString>>,
    pub(super) extensions: RefCell<ExtensionList>,
    pub(super) close_data: OnceCell<CString>,
    pub(super) max_incoming: Cell<u64>,
    pub(super) max_total: Cell<u64>,
    /// The longest message is a server's default, which nobody has set.
    pub(super) total_is_default: Cell<bool>,
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
            total_is_default: Cell::new(false),
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
        quiet(class);
    }
}

impl ObjectImpl for WebsocketConnection {
    fn properties() -> &'static [ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, id: usize, value: &glib::Value, pspec: &ParamSpec) {
        // What can only be set while the object is made is not set yet.
        if pspec.flags().contains(ParamFlags::CONSTRUCT_ONLY) && is_nothing(value) {
            return;
        }
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
            Ok(core) => self.set_core(core),
            Err(error) => {
                glib::g_critical!("libsoup", "a WebSocket's I/O stream cannot be watched: {error}")
            }
        }
    }

    fn dispose(&self) {
        let Some(core) = self.core.get() else { return };
        if core.emitter.dispose(&self.obj(), core.home()) == Disposal::Here {
            core.dispose();
        }
    }
}

/// The core as the object has it: it ends with the object.
struct OwnedCore(Rc<Core>);

impl Deref for OwnedCore {
    type Target = Rc<Core>;

    fn deref(&self) -> &Rc<Core> {
        &self.0
    }
}

impl Drop for OwnedCore {
    fn drop(&mut self) {
        self.0.dispose();
    }
}

impl WebsocketConnection {
    /// The core; there is one when the object has been made.
    pub(super) fn core(&self) -> Option<&Rc<Core>> {
        self.core.get().map(|core| &***core)
    }

    /// The object is made.
    pub(super) fn set_core(&self, core: Rc<Core>) {
        if let Some(home) = core.home() {
            // Made once.
            let _ = self.core.set(AtHome::new(&home, OwnedCore(core)));
        }
    }

    /// Which end this is, for the engine.
    pub(super) fn role(&self) -> Role {
        match self.kind.get() {
            WebsocketConnectionType::Server => Role::Server,
            WebsocketConnectionType::Client | WebsocketConnectionType::Unknown => Role::Client,
        }
    }

    /// Tells the core about a changed limit, if there is one already.
    pub(super) fn limit(&self, change: impl FnOnce(&mut Connection<glib::Bytes>)) {
        if let Some(core) = self.core() {
            core.limit(change);
        }
    }

    pub(super) fn show_keepalive(&self) {
        if let Some(core) = self.core() {
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
        settings.max_frame_payload = self.max_incoming.get();
        settings.max_message = self.max_total.get();
        settings.max_queued_output = self.max_queued.get();
        settings.keepalive_interval = duration(self.interval.get());
        settings.pong_timeout = duration(self.pong_timeout.get());
        self.limit_inflating(settings.max_inflated());
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

/// Whether a value is NULL, or the 0 of an enumeration: to ask so costs less than to take it out.
fn is_nothing(value: &glib::Value) -> bool {
    // SAFETY: every value lies in the first of the two words of a GValue, which begin as zeros.
    unsafe { (*value.as_ptr()).data[0].v_uint64 == 0 }
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

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupWebsocketConnection {
    type Type = WebsocketConnection;
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
pub(super) const MAX_INCOMING_PAYLOAD_SIZE: usize = 6;
pub(super) const KEEPALIVE_INTERVAL: usize = 7;
pub(super) const KEEPALIVE_PONG_TIMEOUT: usize = 8;
const EXTENSIONS: usize = 9;
pub(super) const MAX_TOTAL_MESSAGE_SIZE: usize = 10;

fn duration(seconds: u32) -> Option<Duration> {
    (seconds != 0).then(|| Duration::from_secs(seconds.into()))
}
