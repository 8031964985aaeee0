//! `SoupServer`: listens, reads requests, gives them to handlers, and hands WebSocket connections out.

mod connection;
mod handlers;
mod handshakes;
mod limits;
mod listeners;
mod progress;
mod ranges;
mod request;
mod response;
mod room;
mod secure;
mod settings;
mod signals;
mod stolen;
mod stop;
mod tls;
mod unread;
mod upgrade;

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;

use gio::prelude::*;
use glib::gobject_ffi;
use glib::subclass::prelude::*;
use glib::translate::*;

use connection::Connection;
use handlers::{Paths, WebsocketHandler};
pub use handlers::{SoupServerCallback, SoupServerWebsocketCallback};
use handshakes::Handshakes;
pub use limits::Limit;
use limits::Limits;
use listeners::Listener;
use slab::Slab;
use stop::Stop;

use super::glue::upgraded::UpgradedConnections;
use super::glue::way_back::{Disposal, WayBack};
use super::server_message::SoupServerMessage;
use super::websocket::{WebsocketExtension, WebsocketExtensionDeflate};
use super::{AuthDomain, Callback};
use crate::reactor::Home;

/// The instance struct.
#[repr(C)]
pub struct SoupServer {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupServerClass {
    parent_class: gobject_ffi::GObjectClass,
    /// The class's own handler of "request-started".
    pub request_started: Slot,
    /// The class's own handler of "request-read".
    pub request_read: Slot,
    /// The class's own handler of "request-finished".
    pub request_finished: Slot,
    /// The class's own handler of "request-aborted".
    pub request_aborted: Slot,
    padding: [*mut c_void; 6],
}

/// A slot of the class.
pub type Slot = Option<unsafe extern "C" fn(*mut SoupServer, *mut SoupServerMessage)>;

const _: () = assert!(size_of::<SoupServer>() == 24);
const _: () = assert!(size_of::<SoupServerClass>() == 216);

glib::wrapper! {
    /// A server of HTTP and WebSocket.
    pub struct Server(ObjectSubclass<imp::Server>);
}

impl Server {
    /// Registers the handler of requests for `path` and what lies below it.
    pub fn add_handler(&self, path: &[u8], callback: Callback<SoupServerCallback>) {
        drop(
            self.imp()
                .paths
                .change(path, |handlers| handlers.request = Some(Rc::new(callback))),
        );
    }

    /// Registers a handler that sees a request as soon as its head has come.
    pub fn add_early_handler(&self, path: &[u8], callback: Callback<SoupServerCallback>) {
        drop(
            self.imp()
                .paths
                .change(path, |handlers| handlers.early = Some(Rc::new(callback))),
        );
    }

    /// Registers the handler of WebSocket connections. A client must have this origin and one of these protocols, if
    /// they are given.
    pub fn add_websocket_handler(
        &self,
        path: &[u8],
        origin: Option<Vec<u8>>,
        protocols: Option<Vec<String>>,
        callback: Callback<SoupServerWebsocketCallback>,
    ) {
        let handler = Rc::new(WebsocketHandler {
            origin,
            protocols,
            callback,
        });
        drop(
            self.imp()
                .paths
                .change(path, |handlers| handlers.websocket = Some(handler)),
        );
    }

    /// Removes all handlers of exactly `path`.
    pub fn remove_handler(&self, path: &[u8]) {
        drop(self.imp().paths.remove(path));
    }

    /// Has requests that a domain covers ask for a password.
    pub fn add_auth_domain(&self, domain: &AuthDomain) {
        self.imp().auth_domains.borrow_mut().push(domain.clone());
    }

    /// Takes a domain out.
    pub fn remove_auth_domain(&self, domain: &AuthDomain) {
        let mut domains = self.imp().auth_domains.borrow_mut();
        let place = domains.iter().position(|known| known == domain);
        let removed = place.map(|place| domains.remove(place));
        drop(domains);
        drop(removed);
    }

    /// Adds a class of extension that clients may negotiate. Of a class that is no extension nothing happens but a warning.
    pub fn add_websocket_extension(&self, type_: glib::Type) {
        if !is_extension(type_) {
            return;
        }
        let mut types = self.imp().extension_types.borrow_mut();
        if !types.contains(&type_) {
            types.push(type_);
        }
    }

    /// Removes a class of extension.
    pub fn remove_websocket_extension(&self, type_: glib::Type) {
        if is_extension(type_) {
            self.imp()
                .extension_types
                .borrow_mut()
                .retain(|known| *known != type_);
        }
    }

    /// Stops listening and closes all connections that are not WebSockets by now.
    pub fn disconnect(&self) {
        self.imp().links.disconnect();
    }

    /// Takes in a connection.
    fn add_connection(&self, connection: Rc<Connection>) {
        let mut connections = self.imp().links.connections.borrow_mut();
        let entry = connections.vacant_entry();
        connection.place.set(Some(entry.key()));
        entry.insert(connection);
    }

    /// Lets go of a connection that is closed, or is no longer ours.
    fn remove_connection(&self, connection: &Connection) {
        let place = connection.place.take();
        let gone = place.and_then(|place| self.imp().links.connections.borrow_mut().try_remove(place));
        drop(gone);
        if self.is_stopping() {
            self.imp().owner.look_after_stop();
        }
    }
}

/// What connections and listeners share with their server, which owns them: the way back, and the limits, which are used at home.
#[derive(Default)]
pub(super) struct Owner {
    way: WayBack<Server>,
    limits: Limits,
    /// The server is being stopped: no connection has a further request.
    stopping: Cell<bool>,
}

// SAFETY: the way has a lock of its own; the rest are plain values, which are used at home and may be dropped anywhere.
unsafe impl Send for Owner {}
// SAFETY: as above.
unsafe impl Sync for Owner {}

impl Owner {
    /// A reference to the server, unless it is gone.
    fn server(&self) -> Option<Server> {
        self.way.object()
    }
}

/// What a server has in the context that it listens in.
#[derive(Default)]
struct Links {
    listeners: RefCell<Vec<Rc<Listener>>>,
    /// The connections that carry HTTP.
    connections: RefCell<Slab<Rc<Connection>>>,
    handshakes: Handshakes,
    /// The WebSockets that came of such.
    upgraded: UpgradedConnections,
}

impl Links {
    fn stop_listening(&self) {
        let listeners = self.listeners.take();
        for listener in listeners {
            listener.close();
        }
    }

    /// The connections of this moment.
    fn all(&self) -> Vec<Rc<Connection>> {
        let connections = self.connections.borrow();
        connections
            .iter()
            .map(|(_, connection)| connection.clone())
            .collect()
    }

    /// Stops listening and closes all connections.
    fn disconnect(&self) {
        self.stop_listening();
        for connection in self.all() {
            connection.abort();
        }
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.disconnect();
    }
}

/// Whether `type_` is a class of extension; a warning where it is not.
fn is_extension(type_: glib::Type) -> bool {
    let is = type_.is_a(WebsocketExtension::static_type());
    if !is {
        glib::g_warning!(
            "libsoup",
            "Type '{}' is not a SoupWebsocketExtension",
            type_.name()
        );
    }
    is
}

mod imp {
    use super::*;

    /// What a server holds.
    pub struct Server {
        pub(super) owner: Arc<Owner>,
        /// Where the links are, once there is one.
        pub(super) home: OnceCell<Home>,
        pub(super) links: Links,
        pub(super) stop: RefCell<Option<Box<Stop>>>,
        pub(super) paths: Paths,
        pub(super) auth_domains: RefCell<Vec<AuthDomain>>,
        pub(super) extension_types: RefCell<Vec<glib::Type>>,
        pub(super) server_header: RefCell<Option<String>>,
        pub(super) raw_paths: Cell<bool>,
        pub(super) tls_certificate: RefCell<Option<gio::TlsCertificate>>,
        /// How connections shake hands; found when the first one comes.
        pub(super) tls_way: RefCell<Option<super::tls::Way>>,
        pub(super) tls_database: RefCell<Option<gio::TlsDatabase>>,
        pub(super) tls_auth_mode: Cell<gio::TlsAuthenticationMode>,
    }

    impl Default for Server {
        fn default() -> Server {
            Server {
                owner: Arc::new(Owner::default()),
                home: OnceCell::new(),
                links: Links::default(),
                stop: RefCell::default(),
                paths: Paths::default(),
                auth_domains: RefCell::default(),
                extension_types: RefCell::new(vec![WebsocketExtensionDeflate::static_type()]),
                server_header: RefCell::default(),
                raw_paths: Cell::new(false),
                tls_certificate: RefCell::default(),
                tls_way: RefCell::default(),
                tls_database: RefCell::default(),
                tls_auth_mode: Cell::new(gio::TlsAuthenticationMode::None),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Server {
        const NAME: &'static str = "SoupServer";
        type Type = super::Server;
        type Instance = SoupServer;
        type Class = SoupServerClass;

        fn class_init(_class: &mut Self::Class) {
            signals::register(Self::type_());
        }
    }

    impl ObjectImpl for Server {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::OnceLock<[glib::ParamSpec; 5]> = std::sync::OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    glib::ParamSpecObject::builder::<gio::TlsCertificate>("tls-certificate")
                        .construct()
                        .build(),
                    glib::ParamSpecObject::builder::<gio::TlsDatabase>("tls-database")
                        .construct()
                        .build(),
                    glib::ParamSpecEnum::builder_with_default(
                        "tls-auth-mode",
                        gio::TlsAuthenticationMode::None,
                    )
                    .construct()
                    .build(),
                    glib::ParamSpecBoolean::builder("raw-paths")
                        .construct_only()
                        .build(),
                    glib::ParamSpecString::builder("server-header")
                        .construct()
                        .build(),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &glib::Value, spec: &glib::ParamSpec) {
            let this = self.obj();
            // GObject has checked the value against the specification.
            match spec.name() {
                "tls-certificate" => this.set_tls_certificate(value.get().ok().flatten()),
                "tls-database" => this.set_tls_database(value.get().ok().flatten()),
                "tls-auth-mode" => {
                    this.set_tls_auth_mode(value.get().unwrap_or(gio::TlsAuthenticationMode::None));
                }
                "raw-paths" => self.raw_paths.set(value.get().unwrap_or_default()),
                _ => this.set_server_header(value.get::<Option<&str>>().ok().flatten()),
            }
        }

        fn property(&self, _id: usize, spec: &glib::ParamSpec) -> glib::Value {
            let this = self.obj();
            match spec.name() {
                "tls-certificate" => this.tls_certificate().to_value(),
                "tls-database" => this.tls_database().to_value(),
                "tls-auth-mode" => this.tls_auth_mode().to_value(),
                "raw-paths" => this.raw_paths().to_value(),
                _ => this.server_header().to_value(),
            }
        }

        fn constructed(&self) {
            self.parent_constructed();
            self.owner.way.lead_to(&self.obj());
        }

        fn dispose(&self) {
            if self.owner.way.dispose(&self.obj(), self.home.get()) == Disposal::Elsewhere {
                return;
            }
            self.obj().disconnect();
            self.owner.way.end();
            for (_, handlers) in self.paths.take() {
                drop(handlers);
            }
            drop(self.auth_domains.take());
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            if let Some(home) = self.home.take() {
                home.drop_there((std::mem::take(&mut self.links), std::mem::take(&mut self.paths)));
            }
        }
    }
}

/// What a Rust class of server says about itself.
pub trait ServerImpl: ObjectImpl {}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: ServerImpl> IsSubclassable<T> for Server {}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupServer {
    type Type = imp::Server;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupServerClass {
    type Type = imp::Server;
}
