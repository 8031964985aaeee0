//! A message in a session's queue: from "request-queued" to "request-unqueued".
//!
//! | step | file |
//! |---|---|
//! | queued | here |
//! | a place in the pool, the request | `pool`, `running` |
//! | connecting, a proxy's tunnel, TLS | `connect`, `tunnel`, `tls` |
//! | the exchange's events, what features make of the head | `response` |
//! | redirects, restarts | `redirect` |
//! | the body, for whoever reads it | `body_stream` |
//! | who has asked | `send`, `websocket` |
//! | the end | `ending` |
//!
//! Law: an item is touched only by the thread that runs its context, and ends once. Whoever ends it takes the reply out first, and
//! nothing is borrowed while user code runs: each call to it may have ended the item.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gio::prelude::*;

use crate::gobject::enums::SessionError;
use crate::gobject::glue::errors::io_error;
use crate::gobject::glue::trace::trace;
use crate::gobject::session::dispatcher::{self, Dispatcher, Waker};
use crate::gobject::session::exchange::ClientExchange;
use crate::gobject::session::feature::Verdict;
use crate::gobject::session::pool::{Destination, Place};
use crate::gobject::session::redirect::Redirects;
use crate::gobject::session::response::Discard;
use crate::gobject::session::stage::Stage;
use crate::gobject::session::tunnel::{Tunnel, TunnelRequest};
use crate::gobject::session::websocket::HandshakeRequest;
use crate::gobject::websocket::WebsocketConnection;
use crate::gobject::{Message, Session};

/// A message in a session's queue.
pub(in crate::gobject) struct QueueItem {
    number: u64,
    pub(super) session: Session,
    pub(super) message: Message,
    pub(super) dispatcher: Rc<Dispatcher>,
    pub(super) purpose: Purpose,
    /// The answer to whoever has asked, until it is given.
    pub(super) reply: RefCell<Option<Reply>>,
    /// Cancelled with the caller's, and by `abort`.
    pub(super) cancellable: gio::Cancellable,
    /// The caller's, and our handler on it.
    chain: RefCell<Option<(gio::Cancellable, gio::CancelledHandlerId)>>,
    pub(super) stage: RefCell<Stage>,
    pub(super) place: RefCell<Option<Place>>,
    pub(super) redirects: Cell<Redirects>,
    /// How often it was sent again because of an answer.
    pub(super) restarts: Cell<u32>,
    /// Whether an attempt has begun to send it.
    pub(super) sent: Cell<bool>,
    /// GIO connects, and tells by itself that it was cancelled.
    pub(super) gio_connects: Cell<bool>,
    /// Whether the next attempt wants a connection that nobody has used.
    pub(super) fresh: Cell<bool>,
    /// Whether the features have been asked before this attempt.
    pub(super) prepared: Cell<bool>,
    /// What is done with the rest of a response that nobody reads.
    pub(super) discard: RefCell<Option<Discard>>,
    /// Why there is no more of the body.
    pub(super) broken: RefCell<Option<glib::Error>>,
    /// Who is told that the body is readable.
    pub(super) reader: RefCell<Option<Rc<dyn Fn()>>>,
    /// "got-body" was emitted for this response.
    pub(super) got_body: Cell<bool>,
}

/// What a message was queued for.
pub(in crate::gobject) enum Purpose {
    /// The response is wanted. `now`: nobody runs the context when the call has returned. `whole`: the call lasts until the
    /// body has been read, and with it the caller's cancellable.
    Send { now: bool, whole: bool },
    /// A WebSocket is wanted.
    Websocket(HandshakeRequest),
    /// A connection for later messages is wanted.
    Connect,
    /// A tunnel for another message is wanted.
    Tunnel(TunnelRequest),
}

/// What came of a message.
pub(in crate::gobject) enum Outcome {
    /// The response has begun; this is its body.
    Body(gio::InputStream),
    /// A WebSocket.
    Websocket(WebsocketConnection),
    /// A connection was made.
    Connected,
    /// What came of a CONNECT.
    Tunnel(Tunnel),
}

/// Takes what came of a message.
pub(in crate::gobject) type Reply = Box<dyn FnOnce(Result<Outcome, glib::Error>)>;

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was made for this message, which knows all about it.
    New,
    /// It was kept.
    Pool,
}

impl Session {
    /// Puts a message into the queue, for `reply`. Nothing is sent before the main loop runs. `None` if the message is in a
    /// queue already: the reply has been given then.
    pub(super) fn queue(
        &self,
        message: &Message,
        purpose: Purpose,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        reply: Reply,
    ) -> Option<Rc<QueueItem>> {
        if !message.queue() {
            let text = "The message is in the queue of a session already";
            reply(Err(glib::Error::new(SessionError::MessageAlreadyInQueue, text)));
            return None;
        }
        message.clear_attempt();
        message.begin_metrics();
        let dispatcher = self.parts().dispatchers.current(priority);
        let item = QueueItem::new(self, message, purpose, dispatcher, reply);
        item.enter_queue(cancellable);
        item.take_ticket();
        item.wake();
        Some(item)
    }
}

impl QueueItem {
    /// An item that is in no queue yet.
    pub(super) fn new(
        session: &Session,
        message: &Message,
        purpose: Purpose,
        dispatcher: Rc<Dispatcher>,
        reply: Reply,
    ) -> Rc<QueueItem> {
        let item = Rc::new(QueueItem {
            number: dispatcher::next_number(),
            session: session.clone(),
            message: message.clone(),
            dispatcher,
            purpose,
            reply: RefCell::new(Some(reply)),
            cancellable: gio::Cancellable::new(),
            chain: RefCell::default(),
            stage: RefCell::new(Stage::Queued(None)),
            place: RefCell::default(),
            redirects: Cell::new(Redirects::for_message(message)),
            restarts: Cell::new(0),
            sent: Cell::new(false),
            gio_connects: Cell::new(false),
            fresh: Cell::new(false),
            prepared: Cell::new(false),
            discard: RefCell::default(),
            broken: RefCell::default(),
            reader: RefCell::default(),
            got_body: Cell::new(false),
        });
        item.fresh.set(item.wants_new_connection());
        item
    }

    /// Puts it into the queue, and tells so.
    pub(super) fn enter_queue(self: &Rc<Self>, cancellable: Option<&gio::Cancellable>) {
        self.message.set_queue_item(self);
        self.dispatcher.add(self);
        self.follow(cancellable);
        self.session.request_queued(&self.message);
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(in crate::gobject) fn context(&self) -> &glib::MainContext {
        &self.dispatcher.context
    }

    /// Goes on to another stage, the one place where it changes. What was the last one's is dropped; a finished item stays so.
    pub(super) fn enter(&self, stage: Stage) {
        let from = self.stage.borrow().name();
        if !self.stage.borrow().may_become(&stage) {
            debug_assert!(from == "finished", "{from} cannot become {}", stage.name());
            return;
        }
        trace!("message {}: {from} -> {}", self.number, stage.name());
        let old = self.stage.replace(stage);
        drop(old);
    }

    /// Whether it has ended, maybe by a handler that we have just called.
    pub(super) fn is_over(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Finished)
    }

    /// Whether it is cancelled, and so will be over soon.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancellable.is_cancelled()
    }

    /// Whether it goes on: neither over nor about to be.
    pub(super) fn goes_on(&self) -> bool {
        !self.is_over() && !self.is_cancelled()
    }

    /// The exchange, in the stages that have one.
    pub(super) fn exchange(&self) -> Option<Rc<dyn ClientExchange>> {
        self.stage.borrow().exchange().cloned()
    }

    /// How long a server may make no progress.
    pub(super) fn timeout(&self) -> Option<Duration> {
        let seconds = self.session.timeout();
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }

    /// Has `woken` called in the next turn of the loop. From any thread: see `Mailbox`.
    pub(super) fn wake(&self) {
        self.dispatcher.mailbox.wake(self.number);
    }

    /// Cancels it: its end comes in a later turn of the main loop.
    pub(super) fn abort(self: &Rc<Self>) {
        self.cancellable.cancel();
        self.wake();
    }

    /// Cancels our cancellable when the caller's is cancelled, in whatever thread that happens.
    fn follow(&self, cancellable: Option<&gio::Cancellable>) {
        let Some(cancellable) = cancellable else { return };
        let (own, number, mailbox) = (
            self.cancellable.clone(),
            self.number,
            self.dispatcher.mailbox.clone(),
        );
        let cancel = move |_: &gio::Cancellable| {
            own.cancel();
            mailbox.wake(number);
        };
        if let Some(handler) = cancellable.connect_cancelled(cancel) {
            self.chain.replace(Some((cancellable.clone(), handler)));
        }
    }

    /// The caller's cancellable is of no concern any more.
    pub(super) fn unfollow(&self) {
        if let Some((cancellable, handler)) = self.chain.take() {
            cancellable.disconnect_cancelled(handler);
        }
    }

    /// Waits for a place in the pool.
    pub(super) fn take_ticket(&self) {
        let pool = &self.session.parts().pool;
        let ticket = pool.wait(
            &Destination::of(&self.message),
            self.message.priority().into(),
            self.fresh.get(),
            self.number,
            &self.dispatcher.mailbox,
        );
        self.enter(Stage::Queued(Some(ticket)));
    }

    /// The message's priority has changed.
    pub(in crate::gobject) fn priority_changed(&self) {
        if let Stage::Queued(Some(ticket)) = &mut *self.stage.borrow_mut() {
            ticket.set_priority(self.message.priority().into());
        }
    }

    /// Somebody has something for it: a turn, a place, its cancellation.
    pub(super) fn woken(self: &Rc<Self>) {
        if self.is_over() {
            return;
        }
        if let (true, Err(error)) = (
            self.is_cancelled() && !self.others_tell(),
            self.cancellable.set_error_if_cancelled(),
        ) {
            return self.fail(error);
        }
        if !matches!(*self.stage.borrow(), Stage::Queued(Some(_))) {
            return;
        }
        if !self.prepared.replace(true) {
            match self.prepare() {
                Verdict::Continue | Verdict::Restart => {}
                Verdict::AnswerFrom(stream) => return self.answer_from(&stream),
                // Whoever waits wakes it.
                Verdict::Wait => return self.prepared.set(false),
            }
        }
        if self.goes_on() {
            self.look_for_place();
        }
    }

    /// Whether somebody is at work for it who tells by himself that it was cancelled: GIO, or its CONNECT.
    fn others_tell(&self) -> bool {
        self.gio_connects.get() || matches!(*self.stage.borrow(), Stage::Tunneling)
    }

    /// Whether nobody runs the context when the call has returned.
    pub(super) fn is_alone(&self) -> bool {
        matches!(self.purpose, Purpose::Send { now: true, .. })
    }

    /// What gets back to it from any thread.
    pub(super) fn waker(&self) -> Waker {
        Waker {
            mailbox: self.dispatcher.mailbox.clone(),
            number: self.number,
        }
    }

    /// Emits "network-event".
    pub(super) fn network_event(&self, event: gio::SocketClientEvent, stream: Option<&gio::IOStream>) {
        if !self.is_over() {
            self.message
                .emit_by_name::<()>("network-event", &[&event, &stream]);
        }
    }
}

/// An error for what the program has asked for.
pub(super) fn misused(text: &str) -> glib::Error {
    io_error(gio::IOErrorEnum::InvalidArgument, text)
}
