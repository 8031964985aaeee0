//! The class of `SoupSession`: its C struct, which programs derive from, its properties and signals.

use std::ffi::CStr;
use std::mem::offset_of;
use std::sync::OnceLock;

use gio::prelude::*;
use glib::gobject_ffi::{self, G_SIGNAL_RUN_LAST};
use glib::subclass::prelude::*;
use glib::subclass::types::ClassStruct;
use glib::{ParamFlags, ParamSpec, Value};

use crate::gobject::Message;
use crate::gobject::glue::signals::About;
use crate::gobject::message::SoupMessage;
use crate::gobject::session::{Parts, SoupSession};

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupSessionClass {
    parent_class: gobject_ffi::GObjectClass,
    /// The default handler of "request-queued".
    pub request_queued: Option<unsafe extern "C" fn(*mut SoupSession, *mut SoupMessage)>,
    /// The default handler of "request-unqueued".
    pub request_unqueued: Option<unsafe extern "C" fn(*mut SoupSession, *mut SoupMessage)>,
    padding: [Option<unsafe extern "C" fn()>; 8],
}

const _: () = assert!(size_of::<SoupSessionClass>() == 216);
const _: () = assert!(size_of::<SoupSession>() == 24);

// SAFETY: a repr(C) struct that begins with the parent's class struct.
unsafe impl ClassStruct for SoupSessionClass {
    type Type = imp::Session;
}

pub(in crate::gobject) mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct Session(pub(in crate::gobject) Parts);

    #[glib::object_subclass]
    impl ObjectSubclass for Session {
        const NAME: &'static str = "SoupSession";
        type Type = super::super::Session;
        type Class = SoupSessionClass;

        fn class_init(_class: &mut SoupSessionClass) {
            super::register_signals(Self::type_());
            crate::reactor::descriptors::prepare_gio();
        }
    }

    impl ObjectImpl for Session {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().add_default_features();
        }

        fn dispose(&self) {
            self.obj().let_go();
        }

        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<Vec<ParamSpec>> = OnceLock::new();
            PROPERTIES.get_or_init(super::properties)
        }

        fn property(&self, _id: usize, pspec: &ParamSpec) -> Value {
            super::property(&self.0, pspec)
        }

        fn set_property(&self, _id: usize, value: &Value, pspec: &ParamSpec) {
            super::set_property(&self.0, value, pspec);
        }
    }
}

/// "request-queued" and "request-unqueued".
static SIGNALS: OnceLock<[About<Message>; 2]> = OnceLock::new();

fn register_signals(class: glib::Type) {
    let signals = [
        (c"request-queued", offset_of!(SoupSessionClass, request_queued)),
        (
            c"request-unqueued",
            offset_of!(SoupSessionClass, request_unqueued),
        ),
    ];
    _ = SIGNALS.set(signals.map(|(name, slot)| About::new(class, name, G_SIGNAL_RUN_LAST, slot)));
}

impl super::Session {
    /// Emits "request-queued". Call with nothing borrowed.
    pub(super) fn emit_request_queued(&self, message: &Message) {
        if let Some([queued, _]) = SIGNALS.get() {
            queued.emit(self, message);
        }
    }

    /// Emits "request-unqueued". Call with nothing borrowed.
    pub(super) fn emit_request_unqueued(&self, message: &Message) {
        if let Some([_, unqueued]) = SIGNALS.get() {
            unqueued.emit(self, message);
        }
    }
}

fn properties() -> Vec<ParamSpec> {
    use glib::{ParamSpecBoolean, ParamSpecInt, ParamSpecObject, ParamSpecString, ParamSpecUInt};
    let once = ParamFlags::READWRITE | ParamFlags::CONSTRUCT_ONLY;
    vec![
        ParamSpecObject::builder::<gio::ProxyResolver>("proxy-resolver").build(),
        ParamSpecInt::builder("max-conns")
            .minimum(1)
            .default_value(10)
            .flags(once)
            .build(),
        ParamSpecInt::builder("max-conns-per-host")
            .minimum(1)
            .default_value(2)
            .flags(once)
            .build(),
        ParamSpecObject::builder::<gio::TlsDatabase>("tls-database").build(),
        ParamSpecUInt::builder("timeout").build(),
        ParamSpecString::builder("user-agent").build(),
        ParamSpecString::builder("accept-language").build(),
        ParamSpecBoolean::builder("accept-language-auto").build(),
        ParamSpecObject::builder::<gio::SocketConnectable>("remote-connectable")
            .flags(once)
            .build(),
        ParamSpecUInt::builder("idle-timeout").default_value(60).build(),
        ParamSpecObject::builder::<gio::InetSocketAddress>("local-address")
            .flags(once)
            .build(),
        ParamSpecObject::builder::<gio::TlsInteraction>("tls-interaction").build(),
    ]
}

fn property(parts: &Parts, pspec: &ParamSpec) -> Value {
    let limit = |limit: usize| i32::try_from(limit).unwrap_or(i32::MAX).to_value();
    let mut settings = parts.settings();
    match pspec.name() {
        "proxy-resolver" => settings.proxy_resolver().to_value(),
        "max-conns" => limit(parts.pool.max()),
        "max-conns-per-host" => limit(parts.pool.max_each()),
        "tls-database" => settings.tls_database().to_value(),
        "timeout" => settings.timeout.to_value(),
        "user-agent" => settings.user_agent.as_deref().map(text).to_value(),
        "accept-language" => settings.accept_language.as_deref().map(text).to_value(),
        "accept-language-auto" => settings.accept_language_auto.to_value(),
        "remote-connectable" => settings.remote_connectable.to_value(),
        "idle-timeout" => settings.idle_timeout.to_value(),
        "local-address" => settings.local_address.to_value(),
        "tls-interaction" => settings.tls_interaction.to_value(),
        _ => Value::from_type(pspec.value_type()),
    }
}

/// GObject has checked the types and ranges, and notifies of the change itself.
fn set_property(parts: &Parts, value: &Value, pspec: &ParamSpec) {
    let limit = |default| usize::try_from(value.get().unwrap_or(default)).unwrap_or(1);
    let mut settings = parts.settings();
    match pspec.name() {
        "proxy-resolver" => {
            settings.set_proxy_resolver(value.get().unwrap_or_default());
        }
        "max-conns" => parts.pool.set_max(limit(10)),
        "max-conns-per-host" => parts.pool.set_max_each(limit(2)),
        "tls-database" => {
            settings.set_tls_database(value.get().unwrap_or_default());
        }
        "timeout" => settings.timeout = value.get().unwrap_or_default(),
        "user-agent" => {
            settings.set_user_agent(value.get::<Option<&str>>().unwrap_or_default());
        }
        "accept-language" => {
            settings.set_accept_language(value.get::<Option<&str>>().unwrap_or_default());
        }
        "accept-language-auto" => {
            settings.set_accept_language_auto(value.get().unwrap_or_default());
        }
        "remote-connectable" => settings.remote_connectable = value.get().unwrap_or_default(),
        "idle-timeout" => settings.idle_timeout = value.get().unwrap_or_default(),
        "local-address" => settings.local_address = value.get().unwrap_or_default(),
        "tls-interaction" => settings.tls_interaction = value.get().unwrap_or_default(),
        _ => {}
    }
}

fn text(string: &CStr) -> String {
    string.to_string_lossy().into_owned()
}
