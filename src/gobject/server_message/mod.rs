//! `SoupServerMessage`: a request that a server got, and the response to it.
//!
//! Law: what a request does not say is not made: addresses, sockets and bodies exist once somebody asks for them.

mod exchange;
mod method;
mod peer;
mod response;
pub(super) mod signals;

pub(super) use exchange::ServerExchange;
pub(super) use peer::{PeerTls, ShownCertificate};

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CStr, CString};
use std::rc::{Rc, Weak};

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ffi, gobject_ffi};

use crate::gobject::enums::{Encoding, HttpVersion, MessageHeadersType};
use crate::gobject::glue::quiet::{instance, quiet};
use crate::gobject::message::uri as message_uri;
use crate::gobject::{MessageBody, MessageHeaders};
use crate::proto::http1::head::{RequestHead, Version};
use crate::proto::http1::target::Target;
use crate::reactor::{AtHome, Home};
use method::{Method, interned};
use response::Reason;

/// The instance struct.
#[repr(C)]
pub struct SoupServerMessage {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct.
#[repr(C)]
pub struct SoupServerMessageClass {
    parent_class: gobject_ffi::GObjectClass,
}

const _: () = assert!(size_of::<SoupServerMessageClass>() == 136);

glib::wrapper! {
    /// A request that a server got, and the response to it.
    pub struct ServerMessage(ObjectSubclass<imp::ServerMessage>);
}

impl ServerMessage {
    /// The message of a request that `exchange` carries, which stays at `home`. Without a head or a target, garbage came.
    pub(super) fn new(
        home: &Home,
        exchange: Weak<dyn ServerExchange>,
        request: Option<(RequestHead, Option<Target>)>,
    ) -> ServerMessage {
        let message: ServerMessage = instance();
        // A new object's place is empty.
        let _ = message
            .imp()
            .exchange
            .set(AtHome::new(home, RefCell::new(Some(exchange))));
        if let Some(request) = request {
            message.fill(request);
        }
        message
    }

    /// The head of the request has come.
    pub(super) fn fill(&self, (head, target): (RequestHead, Option<Target>)) {
        let this = self.imp();
        let version = if head.version == Version::Http10 {
            HttpVersion::Http10
        } else {
            HttpVersion::Http11
        };
        this.version.set(version);
        // Who asks for the method of a request that has not come gets GET.
        let _ = this.method.set(Method::of(&head.method));
        match this.request_headers.get() {
            None => drop(this.request_headers.set(MessageHeaders::from_list(head.headers))),
            Some(headers) => headers.assign(head.headers),
        }
        if let Some(mut target) = target {
            // Target lets no NUL in.
            let _ = this
                .path
                .set(CString::new(std::mem::take(&mut target.path)).unwrap_or_default());
            let _ = this.target.set(target);
        }
    }

    /// The method.
    pub fn method(&self) -> &CStr {
        self.imp()
            .method
            .get()
            .map_or_else(|| interned("GET").unwrap_or_default(), Method::as_c_str)
    }

    /// The version of the request, or what it was set to: the response is of the same.
    pub fn http_version(&self) -> HttpVersion {
        self.imp().version.get()
    }

    /// Changes the version of the response.
    pub fn set_http_version(&self, version: HttpVersion) {
        self.imp().version.set(version);
    }

    /// Where the request wants to go, its path decoded unless the server leaves paths raw; `None` where the request
    /// line was garbage.
    pub fn uri(&self) -> Option<&glib::Uri> {
        let this = self.imp();
        let target = this.target.get()?;
        Some(this.uri.get_or_init(|| {
            let text = |text: &str| CString::new(text).unwrap_or_default();
            let (host, query) = (text(&target.host), target.query.as_deref().map(text));
            // SAFETY: NUL-terminated strings that outlive the call. The path may be no UTF-8, so it goes no other way.
            unsafe {
                from_glib_full(ffi::g_uri_build(
                    HTTP_URI_FLAGS.into_glib(),
                    self.scheme().as_ptr(),
                    std::ptr::null(),
                    host.as_ptr(),
                    target.port.map_or(-1, i32::from),
                    self.path().as_ptr(),
                    query.as_ref().map_or(std::ptr::null(), |query| query.as_ptr()),
                    std::ptr::null(),
                ))
            }
        }))
    }

    /// The text of the request's URI, its path as it came.
    pub(super) fn uri_text(&self) -> String {
        let target = self.imp().target.get();
        target.map_or_else(String::new, |target| {
            target.to_text(&self.scheme().to_string_lossy())
        })
    }

    /// The target of the request as it came, but for dot segments and without an authority, which is all that a CONNECT has.
    pub(super) fn target_text(&self) -> String {
        if self.method() == c"CONNECT" {
            return self.uri().and_then(message_uri::authority).unwrap_or_default();
        }
        let target = self.imp().target.get();
        target.map_or_else(String::new, |target| match &target.query {
            Some(query) => format!("{}?{query}", target.encoded_path),
            None => target.encoded_path.clone(),
        })
    }

    /// The address of the domain that has taken this request's nonce as spent; 0 for none.
    pub(super) fn nonce_spent_by(&self) -> usize {
        self.imp().nonce_spent_by.get()
    }

    /// Says which domain has taken this request's nonce as spent.
    pub(super) fn set_nonce_spent_by(&self, domain: usize) {
        self.imp().nonce_spent_by.set(domain);
    }

    /// The path that handlers see; empty where the request line was garbage.
    pub(super) fn path(&self) -> &CStr {
        self.imp().path.get().map_or(c"", |path| path)
    }

    /// The query as it came.
    pub(super) fn query(&self) -> Option<&str> {
        self.imp().target.get()?.query.as_deref()
    }

    /// Whether the request is `OPTIONS *`, which asks about the server as a whole.
    pub fn is_options_ping(&self) -> bool {
        self.method() == c"OPTIONS" && self.path() == c"*"
    }

    /// The headers of the request.
    pub fn request_headers(&self) -> &MessageHeaders {
        self.imp()
            .request_headers
            .get_or_init(|| MessageHeaders::new(MessageHeadersType::Request))
    }

    /// The headers of the response.
    pub fn response_headers(&self) -> &MessageHeaders {
        self.imp().response_headers.get_or_init(|| {
            let headers = MessageHeaders::new(MessageHeadersType::Response);
            headers.set_encoding(Encoding::ContentLength);
            headers
        })
    }

    /// The body of the request.
    pub fn request_body(&self) -> &MessageBody {
        self.imp().request_body.get_or_init(MessageBody::new)
    }

    /// The body of the response.
    pub fn response_body(&self) -> &MessageBody {
        self.imp().response_body.get_or_init(MessageBody::new)
    }

    fn scheme(&self) -> &'static CStr {
        if self.is_secured() { c"https" } else { c"http" }
    }

    /// Stops the exchange until `unpause`: nothing of the response is written.
    pub fn pause(&self) {
        if let Some(exchange) = self.exchange() {
            exchange.pause();
        }
    }

    /// Goes on with the exchange.
    pub fn unpause(&self) {
        if let Some(exchange) = self.exchange() {
            exchange.unpause();
        }
    }

    /// Takes the connection away from the server: its holder speaks another protocol on it.
    pub fn steal_connection(&self) -> Option<gio::IOStream> {
        let exchange = self.exchange()?;
        self.keep_addresses();
        exchange.steal()
    }

    /// The exchange is over: what is asked of it from now on does nothing.
    pub(super) fn leave_exchange(&self) {
        if let Some(exchange) = self.imp().exchange.get() {
            drop(exchange.take());
        }
    }

    fn exchange(&self) -> Option<Rc<dyn ServerExchange>> {
        self.imp().exchange.get()?.borrow().as_ref()?.upgrade()
    }
}

/// The flags of libsoup's URIs: what is encoded stays so.
pub(super) const HTTP_URI_FLAGS: glib::UriFlags = glib::UriFlags::HAS_PASSWORD
    .union(glib::UriFlags::ENCODED_PATH)
    .union(glib::UriFlags::ENCODED_QUERY)
    .union(glib::UriFlags::ENCODED_FRAGMENT)
    .union(glib::UriFlags::SCHEME_NORMALIZE);

/// The exchange that carries a message, until it is over.
type Place = RefCell<Option<Weak<dyn ServerExchange>>>;

mod imp {
    use super::*;

    /// What a message holds.
    pub struct ServerMessage {
        pub(super) exchange: OnceCell<AtHome<Place>>,
        pub(super) method: OnceCell<Method>,
        pub(super) version: Cell<HttpVersion>,
        pub(super) status: Cell<u32>,
        pub(super) reason: RefCell<Reason>,
        pub(super) target: OnceCell<Target>,
        pub(super) path: OnceCell<CString>,
        pub(super) uri: OnceCell<glib::Uri>,
        pub(super) request_headers: OnceCell<MessageHeaders>,
        pub(super) response_headers: OnceCell<MessageHeaders>,
        pub(super) request_body: OnceCell<MessageBody>,
        pub(super) response_body: OnceCell<MessageBody>,
        pub(super) nonce_spent_by: Cell<usize>,
        pub(super) peer: super::peer::Peer,
    }

    impl Default for ServerMessage {
        fn default() -> ServerMessage {
            ServerMessage {
                exchange: OnceCell::new(),
                method: OnceCell::new(),
                version: Cell::new(HttpVersion::Http11),
                status: Cell::new(0),
                reason: RefCell::default(),
                target: OnceCell::new(),
                path: OnceCell::new(),
                uri: OnceCell::new(),
                request_headers: OnceCell::new(),
                response_headers: OnceCell::new(),
                request_body: OnceCell::new(),
                response_body: OnceCell::new(),
                nonce_spent_by: Cell::new(0),
                peer: Default::default(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for ServerMessage {
        const NAME: &'static str = "SoupServerMessage";
        const FINAL: bool = true;
        type Type = super::ServerMessage;
        type Instance = SoupServerMessage;
        type Class = SoupServerMessageClass;

        fn class_init(class: &mut Self::Class) {
            signals::register(Self::type_());
            quiet(class);
        }
    }

    impl ObjectImpl for ServerMessage {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::OnceLock<[glib::ParamSpec; 2]> = std::sync::OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    glib::ParamSpecObject::builder::<gio::TlsCertificate>("tls-peer-certificate")
                        .read_only()
                        .build(),
                    glib::ParamSpecFlags::builder::<gio::TlsCertificateFlags>("tls-peer-certificate-errors")
                        .read_only()
                        .build(),
                ]
            })
        }

        fn property(&self, _id: usize, spec: &glib::ParamSpec) -> glib::Value {
            match spec.name() {
                "tls-peer-certificate" => self.obj().tls_peer_certificate().to_value(),
                _ => self.obj().tls_peer_certificate_errors().to_value(),
            }
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupServerMessage {
    type Type = imp::ServerMessage;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupServerMessageClass {
    type Type = imp::ServerMessage;
}
