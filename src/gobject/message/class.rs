//! The class of `SoupMessage`: its properties, as GObject sees them.

use std::ffi::CStr;
use std::sync::OnceLock;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ParamSpec, Value};

use crate::gobject::MessageHeaders;
use crate::gobject::enums::{HttpVersion, MessageFlags, MessagePriority};
use crate::gobject::glue::quiet::quiet;
use crate::gobject::message::uri as message_uri;
use crate::gobject::message::{self, Parts, signals};

pub(in crate::gobject) mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct Message(pub(in crate::gobject) Parts);

    #[glib::object_subclass]
    impl ObjectSubclass for Message {
        const NAME: &'static str = "SoupMessage";
        const FINAL: bool = true;
        type Type = super::super::Message;

        fn class_init(class: &mut Self::Class) {
            signals::register(Self::type_());
            quiet(class);
        }
    }

    impl ObjectImpl for Message {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<Vec<ParamSpec>> = OnceLock::new();
            PROPERTIES.get_or_init(super::properties)
        }

        fn property(&self, _id: usize, pspec: &ParamSpec) -> Value {
            super::property(&self.obj(), pspec)
        }

        fn set_property(&self, _id: usize, value: &Value, pspec: &ParamSpec) {
            super::set_property(&self.0, value, pspec);
        }
    }
}

fn properties() -> Vec<ParamSpec> {
    use glib::{
        ParamSpecBoolean, ParamSpecBoxed, ParamSpecEnum, ParamSpecFlags, ParamSpecObject, ParamSpecString,
        ParamSpecUInt,
    };
    vec![
        ParamSpecString::builder("method").default_value("GET").build(),
        ParamSpecBoxed::builder::<glib::Uri>("uri").build(),
        ParamSpecEnum::builder_with_default("http-version", HttpVersion::Http11)
            .read_only()
            .build(),
        ParamSpecFlags::builder::<MessageFlags>("flags").build(),
        ParamSpecUInt::builder("status-code")
            .maximum(999)
            .read_only()
            .build(),
        ParamSpecString::builder("reason-phrase").read_only().build(),
        ParamSpecBoxed::builder::<glib::Uri>("first-party").build(),
        ParamSpecBoxed::builder::<MessageHeaders>("request-headers")
            .read_only()
            .build(),
        ParamSpecBoxed::builder::<MessageHeaders>("response-headers")
            .read_only()
            .build(),
        ParamSpecObject::builder::<gio::TlsCertificate>("tls-peer-certificate")
            .read_only()
            .build(),
        ParamSpecFlags::builder::<gio::TlsCertificateFlags>("tls-peer-certificate-errors")
            .read_only()
            .build(),
        ParamSpecEnum::builder_with_default("tls-protocol-version", gio::TlsProtocolVersion::Unknown)
            .read_only()
            .build(),
        ParamSpecString::builder("tls-ciphersuite-name")
            .read_only()
            .build(),
        ParamSpecObject::builder::<gio::SocketAddress>("remote-address")
            .read_only()
            .build(),
        ParamSpecEnum::builder_with_default("priority", MessagePriority::Normal).build(),
        ParamSpecBoxed::builder::<glib::Uri>("site-for-cookies").build(),
        ParamSpecBoolean::builder("is-top-level-navigation").build(),
        ParamSpecBoolean::builder("is-options-ping").build(),
    ]
}

fn property(message: &super::Message, pspec: &ParamSpec) -> Value {
    let parts = message.parts();
    match pspec.name() {
        "tls-peer-certificate" => message.tls_peer_certificate().to_value(),
        "tls-peer-certificate-errors" => message.tls_peer_certificate_errors().to_value(),
        "tls-protocol-version" => message.tls_protocol_version().to_value(),
        "tls-ciphersuite-name" => message.with_tls_ciphersuite_name(|name| {
            name.map(|name| name.to_string_lossy().into_owned()).to_value()
        }),
        "method" => parts.method.get().to_value(),
        "uri" => parts.uri.borrow().to_value(),
        "http-version" => parts.http_version.get().to_value(),
        "flags" => parts.flags.get().to_value(),
        "status-code" => parts.status.get().to_value(),
        "reason-phrase" => parts
            .reason
            .borrow()
            .as_ref()
            .map(|reason| reason.to_string_lossy().into_owned())
            .to_value(),
        "first-party" => parts.first_party.borrow().to_value(),
        "request-headers" => parts.request_headers.to_value(),
        "response-headers" => parts.response_headers.to_value(),
        "remote-address" => parts.remote_address.borrow().to_value(),
        "priority" => parts.priority.get().to_value(),
        "site-for-cookies" => parts.site_for_cookies.borrow().to_value(),
        "is-top-level-navigation" => parts.is_top_level_navigation.get().to_value(),
        "is-options-ping" => parts.is_options_ping.get().to_value(),
        _ => Value::from_type(pspec.value_type()),
    }
}

/// GObject notifies of the change itself. What no message may have is refused here as in the C setters.
fn set_property(parts: &Parts, value: &Value, pspec: &ParamSpec) {
    match pspec.name() {
        "method" => {
            let method: Option<&CStr> = c_string(value);
            if let Some(method) = method.filter(|method| message::is_method(method)) {
                parts.method.set(Some(message::intern(method)));
            }
        }
        "uri" => {
            let uri: Option<glib::Uri> = value.get().unwrap_or_default();
            if let Some(uri) = uri.filter(message_uri::is_valid) {
                parts.uri.replace(Some(message_uri::normalized(&uri)));
            }
        }
        "flags" => parts.flags.set(value.get().unwrap_or(MessageFlags::empty())),
        "first-party" => {
            message::replace_uri(
                &parts.first_party,
                value.get::<Option<glib::Uri>>().unwrap_or_default().as_ref(),
            );
        }
        "priority" => {
            parts.priority.set(value.get().unwrap_or(MessagePriority::Normal));
            parts.tell_queue();
        }
        "site-for-cookies" => {
            let uri: Option<glib::Uri> = value.get().unwrap_or_default();
            message::replace_uri(&parts.site_for_cookies, uri.as_ref());
        }
        "is-top-level-navigation" => parts.is_top_level_navigation.set(value.get().unwrap_or_default()),
        "is-options-ping" => parts.is_options_ping.set(value.get().unwrap_or_default()),
        _ => {}
    }
}

/// The string in a value, where it stands.
fn c_string(value: &Value) -> Option<&CStr> {
    // SAFETY: GObject has checked that the value holds a string; it lives as long as the value does.
    unsafe {
        let string = glib::gobject_ffi::g_value_get_string(value.to_glib_none().0);
        (!string.is_null()).then(|| CStr::from_ptr(string))
    }
}
