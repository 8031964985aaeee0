//! One WebSocket that a session is connecting: queued, connected by GIO, answered by the server, maybe redirected.
//!
//! | step | what runs | ends with |
//! |---|---|---|
//! | queued | an idle source, then the queue | `begin`, `start` |
//! | connecting | GSocketClient | `connected` |
//! | securing | a thread of GIO's, for TLS, in `session_tls` | `shaken` |
//! | talking | the link's handler, in `session_handshake` | `succeed`, `answered` or `fail` |
//! | answered | `session_redirect` | `fail`, or queued again |
//!
//! Law: an item ends once. Whoever ends it takes the task out first, and nothing is borrowed while user code runs.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_void};
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicU64, Ordering};

use gio::prelude::*;
use glib::translate::*;

use crate::gobject::enums::{MessageFlags, SessionError};
use crate::gobject::glue::source::AttachedSource;
use crate::gobject::glue::task::Task;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::handshake::Http1Exchange;
use crate::gobject::session::queue::{Stage, host_of};
use crate::gobject::session::redirect::Redirects;
use crate::gobject::websocket::{Offer, WebsocketConnection, WebsocketExtensionManager, handshake};
use crate::gobject::{Message, Session};
use crate::reactor::Transport;

/// A WebSocket under way.
pub(crate) struct QueueItem {
    pub(in crate::gobject) session: Session,
    pub(in crate::gobject) message: Message,
    pub(in crate::gobject) context: glib::MainContext,
    /// The caller's task, until it is answered: the item is over then.
    task: RefCell<Option<Task>>,
    /// Cancelled with the caller's, and by `abort`.
    cancellable: gio::Cancellable,
    /// The caller's, and our handler on it.
    chain: RefCell<Option<(gio::Cancellable, gio::CancelledHandlerId)>>,
    /// The source that the item waits for, if it is one.
    watch: RefCell<Option<AttachedSource>>,
    /// Where it connects to.
    target: RefCell<Option<gio::SocketConnectable>>,
    stage: RefCell<Stage>,
    /// What counts as its host while it is in the queue.
    pub(in crate::gobject) host: RefCell<(String, u16)>,
    pub(in crate::gobject) redirects: Cell<Redirects>,
    /// What the application asked for.
    pub(in crate::gobject) asked: HandshakeRequest,
}

/// What an application asks of a WebSocket.
#[derive(Default)]
pub(crate) struct HandshakeRequest {
    /// The Origin.
    pub(crate) origin: Option<std::ffi::CString>,
    /// The protocols, the best one first.
    pub(crate) protocols: Vec<std::ffi::CString>,
    /// The extensions that the session's feature offers.
    pub(crate) offer: Offer,
}

/// In which order an item's end is told; libsoup has these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gobject) enum Ending {
    /// "finished", the callback, "request-unqueued".
    Failed,
    /// The callback, "finished", "request-unqueued".
    BadHandshake,
    /// "finished", "request-unqueued", the callback.
    Cancelled,
}

impl Session {
    /// Begins to connect a WebSocket with `message`, and answers `task` when that has succeeded or failed. Nothing is sent
    /// before the main loop runs.
    pub fn connect_websocket(
        &self,
        message: &Message,
        origin: Option<&CStr>,
        protocols: &[&CStr],
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        task: Task,
    ) {
        task.set_message(message);
        if !message.queue() {
            let text = "The message is in the queue of a session already";
            return task.fail(glib::Error::new(SessionError::MessageAlreadyInQueue, text));
        }
        message.set_flags(message.flags() | MessageFlags::NEW_CONNECTION);
        message.clear_response();
        let asked = HandshakeRequest {
            origin: origin.map(CStr::to_owned),
            protocols: protocols.iter().map(|&protocol| protocol.to_owned()).collect(),
            offer: self.websocket_offer(message),
        };
        if let Err(refused) = handshake::prepare_client(message, origin, protocols, &asked.offer) {
            message.unqueue();
            return task.fail(io_error(gio::IOErrorEnum::InvalidArgument, &refused.to_string()));
        }
        let item = Rc::new(QueueItem {
            session: self.clone(),
            message: message.clone(),
            context: glib::MainContext::ref_thread_default(),
            task: RefCell::new(Some(task)),
            cancellable: gio::Cancellable::new(),
            chain: RefCell::default(),
            watch: RefCell::default(),
            target: RefCell::default(),
            stage: RefCell::new(Stage::Queued),
            host: RefCell::new(host_of(message)),
            redirects: Cell::new(Redirects::for_message(message)),
            asked,
        });
        item.follow(cancellable);
        self.parts().items.borrow_mut().push(item.clone());
        self.request_queued(message);
        let idle = AttachedSource::idle(&item.context, priority, item.clone(), QueueItem::begin);
        item.wait_for(Some(idle));
    }
}

impl Session {
    /// The extensions that the session's feature offers for a message.
    fn websocket_offer(&self, message: &Message) -> Offer {
        let feature = self.feature_for_message(WebsocketExtensionManager::static_type(), message);
        let manager = feature.and_then(|feature| feature.downcast::<WebsocketExtensionManager>().ok());
        manager.map_or_else(Offer::default, |manager| manager.offer(message))
    }
}

impl QueueItem {
    /// Whether it takes one of the places for connections.
    pub(in crate::gobject) fn is_active(&self) -> bool {
        !matches!(*self.stage.borrow(), Stage::Queued | Stage::Waiting) && !self.is_over()
    }

    /// Whether it is in the queue and has not been started.
    pub(in crate::gobject) fn is_to_start(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Queued | Stage::Waiting) && !self.is_over()
    }

    /// Whether there was no room for it when its turn came.
    pub(in crate::gobject) fn is_waiting(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Waiting) && !self.is_over()
    }

    /// Whether this is the attempt that counts: the item goes on with it.
    pub(in crate::gobject) fn is_at(&self, hop: &Rc<Http1Exchange>) -> bool {
        matches!(&*self.stage.borrow(), Stage::Talking(current) if Rc::ptr_eq(current, hop))
            && !self.is_over()
    }

    /// Goes on to another stage. What was the last one's is gone.
    pub(in crate::gobject) fn enter(&self, stage: Stage) {
        let old = self.stage.replace(stage);
        drop(old);
    }

    /// Closes its connection, if it has one that is its own.
    pub(in crate::gobject) fn hang_up(&self) {
        let hop = match &*self.stage.borrow() {
            Stage::Talking(hop) => Some(hop.clone()),
            _ => None,
        };
        if let Some(hop) = hop {
            hop.close();
        }
        let securing = matches!(*self.stage.borrow(), Stage::Securing(_));
        if securing {
            // The handshake is cancelled with its stage.
            self.enter(Stage::Connecting);
            self.message.drop_questions();
        }
    }

    /// Whether somebody has ended it, maybe a handler that we have just called.
    pub(in crate::gobject) fn is_over(&self) -> bool {
        self.task.borrow().is_none()
    }

    /// Cancels it; its end comes in a later turn of the main loop.
    pub(in crate::gobject) fn cancel(&self) {
        self.cancellable.cancel();
    }

    /// Whether it is cancelled, and so will be over soon.
    pub(in crate::gobject) fn is_cancelled(&self) -> bool {
        self.cancellable.is_cancelled()
    }

    /// Cancels our cancellable when the caller's is cancelled, in whatever thread that happens.
    fn follow(&self, cancellable: Option<&gio::Cancellable>) {
        let Some(cancellable) = cancellable else { return };
        let own = self.cancellable.clone();
        if let Some(handler) = cancellable.connect_cancelled(move |_| own.cancel()) {
            self.chain.replace(Some((cancellable.clone(), handler)));
        }
    }

    pub(in crate::gobject) fn wait_for(&self, watch: Option<AttachedSource>) {
        let old = self.watch.replace(watch);
        drop(old);
    }

    /// Its turn of the main loop has come: starts it and what waits beside it, as far as there is room.
    pub(in crate::gobject) fn begin(self: &Rc<Self>) {
        self.session.start_items(&self.context);
        if self.is_to_start() {
            self.enter(Stage::Waiting);
            let watch = AttachedSource::cancelled(
                &self.context,
                &self.cancellable,
                self.clone(),
                QueueItem::on_cancelled,
            );
            self.wait_for(Some(watch));
        }
    }

    /// Starts to connect.
    pub(in crate::gobject) fn start(self: &Rc<Self>) {
        self.wait_for(None);
        self.message
            .set_connection_id(CONNECTIONS.fetch_add(1, Ordering::Relaxed) + 1);
        self.message.clear_tls();
        self.add_session_headers();
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
        let done = self.context.with_thread_default(begin);
        done.map_err(|error| io_error(gio::IOErrorEnum::Failed, &error.to_string()))
    }

    fn add_session_headers(&self) {
        let headers = self.message.request_headers();
        // What no header may hold is left out.
        self.session.with_user_agent(|name| {
            name.map(|name| headers.replace("User-Agent", name.to_bytes()).ok());
        });
        self.session.with_accept_language(|languages| {
            let languages = languages.filter(|_| !headers.list().contains("Accept-Language"));
            languages.map(|languages| headers.append("Accept-Language", languages.to_bytes()).ok());
        });
    }

    /// Where the connection goes.
    fn connectable(&self) -> Result<gio::SocketConnectable, glib::Error> {
        let uri = self.message.uri().filter(message_uri::is_valid);
        let uri =
            uri.ok_or_else(|| io_error(gio::IOErrorEnum::InvalidArgument, "The message has no valid URI"))?;
        let scheme = uri.scheme();
        if !message_uri::is_served(&scheme) {
            let text = format!("“{scheme}” is no scheme of a WebSocket");
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
        client.set_local_address(self.session.local_address().as_ref());
        let weak: Weak<QueueItem> = Rc::downgrade(self);
        client.connect_event(move |_, event, _, stream| {
            if let Some(item) = weak.upgrade() {
                item.client_event(event, stream);
            }
        });
        self.target.replace(Some(target.clone()));
        unsafe extern "C" fn connected(
            client: *mut glib::gobject_ffi::GObject,
            result: *mut gio::ffi::GAsyncResult,
            item: *mut c_void,
        ) {
            // SAFETY: the reference that was given along; called once by GIO, with its own arguments.
            unsafe {
                let item = Rc::from_raw(item.cast::<QueueItem>().cast_const());
                let mut error = std::ptr::null_mut();
                let stream = gio::ffi::g_socket_client_connect_finish(client.cast(), result, &mut error);
                item.connected(if error.is_null() {
                    Ok(from_glib_full(stream))
                } else {
                    Err(from_glib_full(error))
                });
            }
        }
        // gio's own wrapper insists on owning the context, which a caller of C's need not do yet.
        // SAFETY: the objects are alive; the callback takes the reference over.
        unsafe {
            gio::ffi::g_socket_client_connect_async(
                client.as_ptr(),
                target.as_ptr(),
                self.cancellable.as_ptr(),
                Some(connected),
                Rc::into_raw(self.clone()).cast_mut().cast(),
            );
        }
    }

    /// Tells about an event of the `GSocketClient`.
    fn client_event(&self, event: gio::SocketClientEvent, stream: Option<&gio::IOStream>) {
        if self.is_over() {
            return;
        }
        if event == gio::SocketClientEvent::Complete {
            // GIO completes what has failed as well, without a stream; that is told by the error.
            let Some(stream) = stream else { return };
            let socket = stream.downcast_ref::<gio::SocketConnection>();
            self.message
                .set_remote_address(socket.and_then(|socket| socket.remote_address().ok()));
            if self.is_secure() {
                return;
            }
        }
        self.network_event(event, stream);
    }

    /// Emits "network-event".
    pub(in crate::gobject) fn network_event(
        &self,
        event: gio::SocketClientEvent,
        stream: Option<&gio::IOStream>,
    ) {
        if !self.is_over() {
            self.message
                .emit_by_name::<()>("network-event", &[&event, &stream]);
        }
    }

    /// Whether its connection has TLS.
    fn is_secure(&self) -> bool {
        let uri = self.message.uri();
        uri.is_some_and(|uri| message_uri::has_tls(&uri.scheme()))
    }

    fn connected(self: &Rc<Self>, result: Result<gio::SocketConnection, glib::Error>) {
        if self.is_over() {
            return;
        }
        match result {
            Ok(stream) => {
                let watch = AttachedSource::cancelled(
                    &self.context,
                    &self.cancellable,
                    self.clone(),
                    QueueItem::on_cancelled,
                );
                self.wait_for(Some(watch));
                // From here on the deadlines are the link's.
                stream.socket().set_timeout(0);
                let begun = match self.target.take().filter(|_| self.is_secure()) {
                    Some(target) => self.secure(&stream, &target),
                    None => self.talk(Transport::for_stream(stream.upcast_ref()), &stream.socket()),
                };
                if let Err(error) = begun {
                    self.fail(error);
                }
            }
            Err(error) => self.fail(error),
        }
    }

    fn on_cancelled(self: &Rc<Self>) {
        if let Err(error) = self.cancellable.set_error_if_cancelled() {
            self.fail(error);
        }
    }

    /// Ends it with a connection.
    pub(in crate::gobject) fn succeed(self: &Rc<Self>, connection: &WebsocketConnection) {
        let Some(task) = self.take_task() else { return };
        self.unqueue();
        task.succeed(connection);
    }

    /// Ends it with an error before the server's answer was complete.
    pub(in crate::gobject) fn fail(self: &Rc<Self>, error: glib::Error) {
        let cancelled = error.matches(gio::IOErrorEnum::Cancelled) && self.cancellable.is_cancelled();
        self.end(
            error,
            if cancelled {
                Ending::Cancelled
            } else {
                Ending::Failed
            },
        );
    }

    /// Ends it with an error.
    pub(in crate::gobject) fn end(self: &Rc<Self>, error: glib::Error, ending: Ending) {
        let Some(task) = self.take_task() else { return };
        self.hang_up();
        glib::g_debug!("libsoup", "WebSocket handshake: {error}");
        let finish = || self.message.emit_by_name::<()>("finished", &[]);
        match ending {
            Ending::Failed => {
                finish();
                task.fail(error);
                self.unqueue();
            }
            Ending::BadHandshake => {
                task.fail(error);
                finish();
                self.unqueue();
            }
            Ending::Cancelled => {
                finish();
                self.unqueue();
                task.fail(error);
            }
        }
    }

    /// The task of an item that is not over yet; it is from here on.
    fn take_task(&self) -> Option<Task> {
        let task = self.task.take()?;
        self.wait_for(None);
        if let Some((cancellable, handler)) = self.chain.take() {
            cancellable.disconnect_cancelled(handler);
        }
        Some(task)
    }

    fn unqueue(self: &Rc<Self>) {
        self.session
            .parts()
            .items
            .borrow_mut()
            .retain(|item| !Rc::ptr_eq(item, self));
        self.message.unqueue();
        self.session.request_unqueued(&self.message);
        self.session.wake_queue();
    }
}

pub(in crate::gobject) fn io_error(kind: gio::IOErrorEnum, text: &str) -> glib::Error {
    glib::Error::new(kind, text)
}

/// How many connections there have been.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
