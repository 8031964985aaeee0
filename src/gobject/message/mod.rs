//! `SoupMessage`: a request that a session sends, and the response to it.
//!
//! Law: what C gets without a reference lives in the message until its setter replaces it; no borrow is held while a
//! signal or a notification runs.

mod class;
pub mod handlers;
pub(in crate::gobject) mod interaction;
pub mod metrics;
mod queued;
mod response;
pub(in crate::gobject) mod signals;
mod tls;
pub(in crate::gobject) mod uri;

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};
use std::rc::Weak;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{GStr, Uri};

use crate::gobject::MessageHeaders;
use crate::gobject::enums::{Encoding, HttpVersion, MessageFlags, MessageHeadersType, MessagePriority};
use crate::gobject::features::auth::attempt::Attempt;
use crate::gobject::message::class::imp;
use crate::gobject::message::interaction::Answers;
use crate::gobject::message::metrics::Metrics;
use crate::gobject::message::tls::Security;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::QueueItem;
use crate::proto::http1::grammar;

glib::wrapper! {
    /// A request that a session sends, and the response to it.
    pub struct Message(ObjectSubclass<imp::Message>);
}

/// What C's `SoupMessage *` points to.
pub type SoupMessage = <imp::Message as ObjectSubclass>::Instance;

/// What a message is made of.
pub(crate) struct Parts {
    /// Interned, so that C compares methods as pointers.
    pub(in crate::gobject) method: Cell<Option<&'static GStr>>,
    pub(in crate::gobject) uri: RefCell<Option<Uri>>,
    pub(in crate::gobject) flags: Cell<MessageFlags>,
    pub(in crate::gobject) priority: Cell<MessagePriority>,
    pub(in crate::gobject) first_party: RefCell<Option<Uri>>,
    pub(in crate::gobject) site_for_cookies: RefCell<Option<Uri>>,
    pub(in crate::gobject) is_top_level_navigation: Cell<bool>,
    pub(in crate::gobject) is_options_ping: Cell<bool>,
    pub(in crate::gobject) force_http1: Cell<bool>,
    pub(in crate::gobject) request_headers: MessageHeaders,
    pub(in crate::gobject) response_headers: MessageHeaders,
    pub(in crate::gobject) http_version: Cell<HttpVersion>,
    pub(in crate::gobject) status: Cell<u32>,
    pub(in crate::gobject) reason: RefCell<Option<CString>>,
    pub(in crate::gobject) remote_address: RefCell<Option<gio::SocketAddress>>,
    pub(in crate::gobject) connection_id: Cell<u64>,
    /// The TLS of the connection.
    pub(in crate::gobject) security: Security,
    /// What it has been asked about certificates.
    pub(in crate::gobject) answers: Answers,
    disabled_features: RefCell<Vec<glib::Type>>,
    request_body: RefCell<RequestBody>,
    /// Whether a session is busy with it.
    is_queued: Cell<bool>,
    /// Its place in that session's queue.
    queue_item: RefCell<Weak<QueueItem>>,
    /// The message that this one opens a tunnel for.
    principal: glib::WeakRef<Message>,
    /// The body of the response that has refused a WebSocket.
    refusal: RefCell<Option<glib::Bytes>>,
    metrics: Metrics,
    /// What it has tried to be let in.
    attempt: Attempt,
}

/// The body that the request is to have.
#[derive(Clone, Debug, Default)]
pub enum RequestBody {
    /// None.
    #[default]
    None,
    /// These bytes.
    Bytes(glib::Bytes),
    /// What a stream gives: that many bytes, or all until its end.
    Stream(gio::InputStream, Option<u64>),
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            method: Cell::default(),
            uri: RefCell::default(),
            flags: Cell::new(MessageFlags::empty()),
            priority: Cell::new(MessagePriority::Normal),
            first_party: RefCell::default(),
            site_for_cookies: RefCell::default(),
            is_top_level_navigation: Cell::default(),
            is_options_ping: Cell::default(),
            force_http1: Cell::default(),
            request_headers: MessageHeaders::new(MessageHeadersType::Request),
            response_headers: MessageHeaders::new(MessageHeadersType::Response),
            http_version: Cell::new(HttpVersion::Http11),
            status: Cell::default(),
            reason: RefCell::default(),
            remote_address: RefCell::default(),
            connection_id: Cell::default(),
            security: Security::default(),
            answers: Answers::default(),
            disabled_features: RefCell::default(),
            request_body: RefCell::default(),
            is_queued: Cell::default(),
            queue_item: RefCell::default(),
            principal: glib::WeakRef::new(),
            refusal: RefCell::default(),
            metrics: Metrics::default(),
            attempt: Attempt::default(),
        }
    }
}

/// Whether C may use these bytes as a method (RFC 9110, section 9.1; CVE-2026-3633).
pub fn is_method(method: &CStr) -> bool {
    grammar::is_token(method.to_bytes())
}

/// The URI in a text; `None` for what is no URI, and for one without a host.
pub fn parse_uri(text: &str) -> Option<Uri> {
    message_uri::parse(text).filter(|uri| uri.host().is_some())
}

/// Whether a message can be sent to this URI.
pub fn is_sendable(uri: &Uri) -> bool {
    message_uri::is_valid(uri)
}

impl Message {
    /// A request with this method for this URI. Both have been checked: `is_method`, `is_sendable`.
    pub fn new(method: &CStr, uri: &Uri) -> Message {
        let message: Message = glib::Object::new();
        let parts = message.parts();
        parts.method.set(Some(intern(method)));
        parts.uri.replace(Some(message_uri::normalized(uri)));
        message
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.imp().0
    }

    /// The method, interned; `None` as long as there is none.
    pub fn method(&self) -> Option<&'static GStr> {
        self.parts().method.get()
    }

    /// Sets the method, which has been checked with `is_method`.
    pub fn set_method(&self, method: &CStr) {
        let method = intern(method);
        let old = self.parts().method.replace(Some(method));
        if old != Some(method) {
            self.notify("method");
        }
    }

    /// Where the request goes.
    pub fn uri(&self) -> Option<Uri> {
        self.parts().uri.borrow().clone()
    }

    /// Sets where the request goes; it has been checked with `is_sendable`.
    pub fn set_uri(&self, uri: &Uri) {
        if replace_uri(&self.parts().uri, Some(uri)) {
            self.notify("uri");
        }
    }

    /// What a session may do with the message.
    pub fn flags(&self) -> MessageFlags {
        self.parts().flags.get()
    }

    /// Sets what a session may do with the message.
    pub fn set_flags(&self, flags: MessageFlags) {
        if self.parts().flags.replace(flags) != flags {
            self.notify("flags");
        }
    }

    /// How urgent the message is.
    pub fn priority(&self) -> MessagePriority {
        self.parts().priority.get()
    }

    /// Sets how urgent the message is.
    pub fn set_priority(&self, priority: MessagePriority) {
        if self.parts().priority.replace(priority) != priority {
            self.parts().tell_queue();
            self.notify("priority");
        }
    }

    /// The page that the message is for.
    pub fn first_party(&self) -> Option<Uri> {
        self.parts().first_party.borrow().clone()
    }

    /// Sets the page that the message is for.
    pub fn set_first_party(&self, uri: Option<&Uri>) {
        if replace_uri(&self.parts().first_party, uri) {
            self.notify("first-party");
        }
    }

    /// The site that the message's cookies are for.
    pub fn site_for_cookies(&self) -> Option<Uri> {
        self.parts().site_for_cookies.borrow().clone()
    }

    /// Sets the site that the message's cookies are for.
    pub fn set_site_for_cookies(&self, uri: Option<&Uri>) {
        if replace_uri(&self.parts().site_for_cookies, uri) {
            self.notify("site-for-cookies");
        }
    }

    /// Whether the message navigates from one page to another.
    pub fn is_top_level_navigation(&self) -> bool {
        self.parts().is_top_level_navigation.get()
    }

    /// Says whether the message navigates from one page to another.
    pub fn set_is_top_level_navigation(&self, is: bool) {
        if self.parts().is_top_level_navigation.replace(is) != is {
            self.notify("is-top-level-navigation");
        }
    }

    /// Whether this is an OPTIONS request about the server itself.
    pub fn is_options_ping(&self) -> bool {
        self.parts().is_options_ping.get()
    }

    /// Says whether this is an OPTIONS request about the server itself; the method becomes that.
    pub fn set_is_options_ping(&self, is: bool) {
        if self.parts().is_options_ping.replace(is) != is {
            self.notify("is-options-ping");
            if is {
                self.set_method(c"OPTIONS");
            }
        }
    }

    /// Whether the message goes over HTTP/1 even where the server knows more.
    pub fn force_http1(&self) -> bool {
        self.parts().force_http1.get()
    }

    /// Says whether the message goes over HTTP/1 even where the server knows more.
    pub fn set_force_http1(&self, force: bool) {
        self.parts().force_http1.set(force);
    }

    /// The headers of the request.
    pub fn request_headers(&self) -> &MessageHeaders {
        &self.parts().request_headers
    }

    /// The headers of the response.
    pub fn response_headers(&self) -> &MessageHeaders {
        &self.parts().response_headers
    }

    /// The version that was spoken.
    pub fn http_version(&self) -> HttpVersion {
        self.parts().http_version.get()
    }

    /// The response's status; 0 before there is one.
    pub fn status(&self) -> u32 {
        self.parts().status.get()
    }

    /// The response's reason phrase, for C; it lives until the next response.
    pub fn with_reason<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().reason.borrow().as_deref())
    }

    /// The peer's address, once there is a connection.
    pub fn remote_address(&self) -> Option<gio::SocketAddress> {
        self.parts().remote_address.borrow().clone()
    }

    /// Which connection carries the message; 0 before there is one.
    pub fn connection_id(&self) -> u64 {
        self.parts().connection_id.get()
    }

    /// Keeps features of this type away from the message.
    pub fn disable_feature(&self, type_: glib::Type) {
        self.parts().disabled_features.borrow_mut().push(type_);
    }

    /// Whether features of this type, or of one derived from it, are kept away from the message.
    pub fn is_feature_disabled(&self, type_: glib::Type) -> bool {
        self.parts()
            .disabled_features
            .borrow()
            .iter()
            .any(|disabled| disabled.is_a(type_))
    }

    /// The request's body.
    pub fn request_body(&self) -> RequestBody {
        self.parts().request_body.borrow().clone()
    }

    /// Sets the request's body, and the headers that go with it. A content type that no header may hold is left out.
    pub fn set_request_body(&self, content_type: Option<&CStr>, body: RequestBody) {
        let headers = self.request_headers();
        let length = match &body {
            RequestBody::None => {
                for name in ["Content-Type", "Content-Length", "Transfer-Encoding"] {
                    headers.remove(name);
                }
                self.parts().request_body.replace(body);
                return;
            }
            RequestBody::Bytes(bytes) => Some(bytes.len() as u64),
            RequestBody::Stream(_, length) => *length,
        };
        if let Some(content_type) = content_type {
            // A refusal leaves what was there (CVE-2026-3634).
            let _ = headers.replace("Content-Type", content_type.to_bytes());
        }
        let (unused, (name, value)) = match length {
            Some(length) => ("Transfer-Encoding", ("Content-Length", length.to_string())),
            None => ("Content-Length", ("Transfer-Encoding", "chunked".to_owned())),
        };
        headers.remove(unused);
        // Both names and both values are ours.
        let _ = headers.replace(name, value);
        let old = self.parts().request_body.replace(body);
        drop(old);
    }

    /// Whether the connection goes on after this message (RFC 9112, section 9.3), as far as its headers tell.
    pub fn is_keepalive(&self) -> bool {
        let (request, response) = (self.request_headers().list(), self.response_headers().list());
        if self.status() == 200 && self.method().is_some_and(|method| method == "CONNECT") {
            return true;
        }
        if self.response_encoding() == Encoding::Eof {
            return false;
        }
        match self.http_version() {
            HttpVersion::Http10 => response.contains_token("Connection", "Keep-Alive"),
            _ => ![request, response]
                .iter()
                .any(|headers| headers.contains_token("Connection", "close")),
        }
    }

    fn response_encoding(&self) -> Encoding {
        let response = self.response_headers().list();
        match (
            response.contains("Transfer-Encoding"),
            response.contains("Content-Length"),
        ) {
            (true, _) => Encoding::Chunked,
            (false, true) => Encoding::ContentLength,
            (false, false) => Encoding::Eof,
        }
    }
}

/// The one copy of this text that lives as long as the process does.
pub(in crate::gobject) fn intern(text: &CStr) -> &'static GStr {
    // SAFETY: GLib's interned strings live for ever, and a method is a token, hence UTF-8.
    unsafe { GStr::from_ptr(glib::ffi::g_intern_string(text.as_ptr())) }
}

/// Whether the place holds another URI now.
pub(in crate::gobject) fn replace_uri(place: &RefCell<Option<Uri>>, uri: Option<&Uri>) -> bool {
    let uri = uri.map(message_uri::normalized);
    let same = match (&*place.borrow(), &uri) {
        (None, None) => true,
        (Some(old), Some(new)) => old.to_str() == new.to_str(),
        _ => false,
    };
    if !same {
        place.replace(uri);
    }
    !same
}
