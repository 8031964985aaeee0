//! Making a connection for a queue item: names, SOCKS and sockets by GIO, then an HTTP proxy's tunnel (`tunnel`) and TLS (`tls`).

use std::ffi::c_void;
use std::rc::{Rc, Weak};
use std::sync::atomic::Ordering;

use gio::prelude::*;
use glib::translate::*;

use crate::gobject::Message;
use crate::gobject::glue::errors::io_error;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::connection::{Connection, PROXY_PROTOCOL};
use crate::gobject::session::item::{Origin, QueueItem, misused};
use crate::gobject::session::pool::Destination;
use crate::gobject::session::stage::Stage;

impl Destination {
    /// Where a message goes.
    pub(super) fn of(message: &Message) -> Destination {
        let Some(uri) = message.uri() else {
            return Destination::default();
        };
        let scheme = uri.scheme();
        Destination {
            secure: message_uri::has_tls(&scheme),
            host: uri.host().unwrap_or_default().to_ascii_lowercase(),
            port: u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&scheme)),
        }
    }
}

impl QueueItem {
    /// Begins to make a connection; it has a place in the pool.
    pub(super) fn start_connecting(self: &Rc<Self>) {
        self.enter(Stage::Connecting);
        let id = self.session.parts().connections.fetch_add(1, Ordering::Relaxed) + 1;
        self.message.set_connection_id(id);
        self.message.clear_tls();
        let begun = match self.connectable() {
            // Whatever GIO calls back, it calls back in our context.
            Ok(target) => self.in_context(|| self.connect(&target)),
            Err(error) => Err(error),
        };
        if let Err(error) = begun {
            self.fail(error);
        }
    }

    /// Calls `begin` with the item's context as the thread's default.
    fn in_context<T>(&self, begin: impl FnOnce() -> T) -> Result<T, glib::Error> {
        let done = self.context().with_thread_default(begin);
        done.map_err(|error| io_error(gio::IOErrorEnum::Failed, &error.to_string()))
    }

    /// Where the connection goes.
    fn connectable(&self) -> Result<gio::SocketConnectable, glib::Error> {
        let uri = self.message.uri().filter(message_uri::is_valid);
        let uri = uri.ok_or_else(|| misused("The message has no valid URI"))?;
        let scheme = uri.scheme();
        if !message_uri::is_served(&scheme) {
            let text = format!("The scheme “{scheme}” is not one of HTTP's or WebSocket's");
            return Err(io_error(gio::IOErrorEnum::NotSupported, &text));
        }
        if let Some(connectable) = self.session.remote_connectable() {
            return Ok(connectable);
        }
        let port = u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&scheme));
        let address: gio::NetworkAddress = glib::Object::builder()
            .property("hostname", uri.host())
            .property("port", u32::from(port))
            .property("scheme", &scheme[..])
            .build();
        Ok(address.upcast())
    }

    fn connect(self: &Rc<Self>, target: &gio::SocketConnectable) {
        let client = gio::SocketClient::new();
        client.set_timeout(self.session.timeout());
        let resolver = self.session.proxy_resolver();
        client.set_enable_proxy(resolver.is_some());
        client.set_proxy_resolver(resolver.as_ref());
        // GIO connects to such a proxy and leaves the rest to us.
        client.add_application_proxy(PROXY_PROTOCOL);
        client.set_local_address(self.session.local_address().as_ref());
        let weak: Weak<QueueItem> = Rc::downgrade(self);
        client.connect_event(move |_, event, _, stream| {
            if let Some(item) = weak.upgrade() {
                item.client_event(event, stream);
            }
        });
        unsafe extern "C" fn connected(
            client: *mut glib::gobject_ffi::GObject,
            result: *mut gio::ffi::GAsyncResult,
            data: *mut c_void,
        ) {
            // SAFETY: the box that was given along; called once by GIO, with its own arguments.
            unsafe {
                let attempt = Box::from_raw(data.cast::<Attempt>());
                let mut error = std::ptr::null_mut();
                let stream = gio::ffi::g_socket_client_connect_finish(client.cast(), result, &mut error);
                let outcome = match error.is_null() {
                    true => Ok(from_glib_full(stream)),
                    false => Err(from_glib_full(error)),
                };
                attempt.item.connected(outcome, &attempt.target);
            }
        }
        self.gio_connects.set(true);
        let attempt = Box::new(Attempt {
            item: self.clone(),
            target: target.clone(),
        });
        // gio's own wrapper insists on owning the context, which a caller of C's need not do yet.
        // SAFETY: the objects are alive; the callback takes the box over.
        unsafe {
            gio::ffi::g_socket_client_connect_async(
                client.as_ptr(),
                target.as_ptr(),
                self.cancellable.as_ptr(),
                Some(connected),
                Box::into_raw(attempt).cast(),
            );
        }
    }

    /// Tells about an event of the `GSocketClient`.
    fn client_event(&self, event: gio::SocketClientEvent, stream: Option<&gio::IOStream>) {
        if self.is_over() {
            return;
        }
        if self.message.collects_metrics() {
            self.message.metrics().network_event(event);
        }
        if event == gio::SocketClientEvent::Complete {
            // GIO completes what has failed as well, without a stream; that is told by the error.
            let Some(stream) = stream else { return };
            let socket = stream.downcast_ref::<gio::SocketConnection>();
            let connection = socket.map(|socket| Connection::plain(self.message.connection_id(), socket));
            let address = connection.as_ref().and_then(Connection::remote_address);
            self.message.set_remote_address(address);
            if self.is_secure() || connection.is_some_and(|connection| self.wants_tunnel(&connection)) {
                return;
            }
        }
        self.network_event(event, stream);
    }

    /// Whether its connection has TLS.
    fn is_secure(&self) -> bool {
        let uri = self.message.uri();
        uri.is_some_and(|uri| message_uri::has_tls(&uri.scheme()))
    }

    fn connected(
        self: &Rc<Self>,
        result: Result<gio::SocketConnection, glib::Error>,
        target: &gio::SocketConnectable,
    ) {
        self.gio_connects.set(false);
        if self.is_over() {
            return;
        }
        let stream = match result {
            Ok(stream) => stream,
            Err(error) => return self.fail(error),
        };
        if let Err(error) = self.cancellable.set_error_if_cancelled() {
            let _ = stream.socket().close();
            return self.fail(error);
        }
        // From here on the deadlines are the exchange's.
        let socket = stream.socket();
        socket.set_timeout(0);
        // Small requests leave at once. A Unix socket does not know the option, and does not need it.
        let _ = socket.set_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        let connection = Connection::plain(self.message.connection_id(), &stream);
        match self.wants_tunnel(&connection) {
            true => self.open_tunnel(connection, target),
            false => self.go_through(connection, target),
        }
    }

    /// The connection leads to the server: shakes hands for TLS, and sends the request.
    pub(super) fn go_through(self: &Rc<Self>, connection: Connection, target: &gio::SocketConnectable) {
        match self.is_secure() {
            true => {
                if let Err(error) = self.secure(connection, target) {
                    self.fail(error);
                }
            }
            false => self.run_on(connection, Origin::New),
        }
    }
}

/// A connection that GIO is making.
struct Attempt {
    item: Rc<QueueItem>,
    target: gio::SocketConnectable,
}
