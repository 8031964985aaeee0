//! The moving part of a connection: the engine, and what is delivered and asked for between it and the application.
//!
//! Law: nothing is borrowed while a signal is emitted, an extension is called or a stream of the caller's is used. The
//! object may be gone after each of these; whoever calls in here holds the `Rc`.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, IoSlice};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use super::filter::Filters;
use super::signals::Emitter;
use super::{BisqueMessageFunc, WebsocketConnection, WebsocketExtension, errors, payload};
use crate::gobject::Callback;
use crate::gobject::enums::{WebsocketDataType, WebsocketState};
use crate::gobject::glue::errors::transport_error;
use crate::gobject::glue::trace::trace;
use crate::gobject::glue::upgraded::UpgradedConnection;
use crate::proto::Context;
use crate::proto::ws::{
    Connection, DataType, Disposition, Event, Misuse, Payload, Role, Settings, State, close,
};
use crate::reactor::{Handler, Home, Link, Reactor, Transport};

/// What one WebSocket connection is made of, below its GObject.
pub(super) struct Core {
    /// The object, which owns this and is what signals are emitted on.
    pub(super) emitter: Emitter,
    pub(super) engine: RefCell<Connection<glib::Bytes>>,
    link: OnceCell<Rc<Link>>,
    pub(super) phase: Cell<Phase>,
    /// `drain_events` is on the stack.
    settling: Cell<bool>,
    /// `ready` is on the stack, which settles when it has read.
    pub(super) serving: Cell<bool>,
    /// No code of anybody else's runs when the link is read and written.
    pub(super) plain: Cell<bool>,
    /// The state that the last notification was about.
    shown: Cell<WebsocketState>,
    /// Made by a handshake in this turn: what is there already is not read yet.
    pub(super) fresh: Cell<bool>,
    /// What has come with the handshake, until it is read.
    #[expect(
        clippy::box_collection,
        reason = "one pointer for the thousands that have none"
    )]
    pub(super) leftover: Cell<Option<Box<Vec<u8>>>>,
    /// Who sees every frame, if anybody does.
    filters: Option<Box<Filters>>,
    /// Who takes the messages, if not the signal.
    message_func: RefCell<Option<MessageFunc>>,
    /// A server's WebSocket counts as its server's until it is closed.
    upgraded: Cell<Option<UpgradedConnection>>,
}

/// Held by whoever calls it: it may replace itself meanwhile.
pub(super) type MessageFunc = Rc<Callback<BisqueMessageFunc>>;

/// How far the connection is towards its end, beyond what the engine knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// The engine knows it all.
    Live,
    /// An error has been emitted here, which stands in the place of "closing".
    Accused,
    /// The write side has been shut down.
    Shut,
    /// The stream is being closed.
    Ending,
    /// "closed" has been emitted, or the object is disposed.
    Finished,
}

/// What an application asks of a connection.
pub(super) enum Verb {
    Send(DataType, glib::Bytes),
    Close(u16, String),
    GiveUp(u16),
}

impl Core {
    /// The core of `object` over a transport that no reactor knows yet.
    pub(super) fn register(
        object: &WebsocketConnection,
        transport: Transport,
        settings: Settings,
        extensions: Vec<WebsocketExtension>,
    ) -> io::Result<Rc<Core>> {
        let reactor = Reactor::current();
        let core = Core::new(object, settings, extensions, Vec::new(), reactor.now());
        let link = reactor.register(transport, Core::handler(&core))?;
        core.show_deadline(core.attach(link));
        Ok(core)
    }

    /// The core of `object` over a link that has carried the handshake and read `leftover` behind it.
    pub(super) fn adopt(
        object: &WebsocketConnection,
        link: Rc<Link>,
        leftover: Vec<u8>,
        settings: Settings,
        extensions: Vec<WebsocketExtension>,
    ) -> Rc<Core> {
        // Whoever waits for the connection in a loop of his own connects to its signals after this turn, in which nothing
        // of it is read, whether it is there already or comes meanwhile.
        link.reactor().end_turn();
        let fresh = !leftover.is_empty() || link.is_readable();
        let core = Core::new(object, settings, extensions, leftover, link.reactor().now());
        let link = core.attach(link);
        link.set_handler(Core::handler(&core));
        core.show_deadline(link);
        if !fresh {
            return core;
        }
        core.fresh.set(true);
        let weak = Rc::downgrade(&core);
        link.reactor().defer(move || {
            if let Some(core) = weak.upgrade() {
                core.fresh.set(false);
                if let Some(link) = core.link() {
                    link.wake();
                }
            }
        });
        core
    }

    fn new(
        object: &WebsocketConnection,
        mut settings: Settings,
        extensions: Vec<WebsocketExtension>,
        leftover: Vec<u8>,
        now: Instant,
    ) -> Rc<Core> {
        settings.filter = !extensions.is_empty();
        let filters = settings.filter.then(|| Box::new(Filters::new(extensions)));
        Rc::new(Core {
            emitter: Emitter::new(object),
            engine: RefCell::new(Connection::new(settings, now)),
            link: OnceCell::new(),
            phase: Cell::new(Phase::Live),
            settling: Cell::new(false),
            serving: Cell::new(false),
            plain: Cell::new(false),
            shown: Cell::new(WebsocketState::Open),
            fresh: Cell::new(false),
            leftover: Cell::new((!leftover.is_empty()).then(|| Box::new(leftover))),
            filters,
            message_func: RefCell::default(),
            upgraded: Cell::default(),
        })
    }

    /// It counts as its server's from now on.
    pub(super) fn set_upgraded(&self, upgraded: Option<UpgradedConnection>) {
        self.upgraded.set(upgraded);
    }

    /// It is closed: it counts no more.
    pub(super) fn leave_server(&self) {
        self.upgraded.take();
    }

    pub(super) fn belongs_to(&self, server: usize) -> bool {
        let upgraded = self.upgraded.take();
        let belongs = upgraded
            .as_ref()
            .is_some_and(|upgraded| upgraded.belongs_to(server));
        self.upgraded.set(upgraded);
        belongs
    }

    fn attach(&self, link: Rc<Link>) -> &Rc<Link> {
        self.plain.set(link.is_quiet());
        self.link.get_or_init(|| link)
    }

    fn handler(core: &Rc<Core>) -> Weak<dyn Handler> {
        let weak: Weak<Core> = Rc::downgrade(core);
        weak
    }

    /// The link; there is one from the constructors on.
    pub(super) fn link(&self) -> Option<&Rc<Link>> {
        self.link.get()
    }

    /// Where it lives.
    pub(super) fn home(&self) -> Option<Home> {
        Some(self.link()?.reactor().home())
    }

    /// The state that the application sees: closed is what has been announced as closed.
    pub(super) fn state(&self) -> WebsocketState {
        match self.phase.get() {
            Phase::Finished => WebsocketState::Closed,
            Phase::Ending => WebsocketState::Closing,
            Phase::Live | Phase::Accused | Phase::Shut => match self.engine.borrow().state() {
                State::Open => WebsocketState::Open,
                State::Closing | State::Closed => WebsocketState::Closing,
            },
        }
    }

    /// Who sees every frame, if anybody does.
    pub(super) fn filters(&self) -> Option<&Filters> {
        self.filters.as_deref()
    }

    /// Looks at the engine.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Connection<glib::Bytes>) -> T) -> T {
        at(&self.engine.borrow())
    }

    /// How many bytes wait to be written.
    pub(super) fn buffered_amount(&self) -> usize {
        let asked = self.filters().map_or(0, Filters::waiting_amount);
        self.engine.borrow().buffered_amount().saturating_add(asked)
    }

    /// Changes one of the limits.
    pub(super) fn limit(&self, change: impl FnOnce(&mut Connection<glib::Bytes>)) {
        self.with_engine(change);
    }

    /// Changes the keepalive.
    pub(super) fn set_keepalive(&self, interval: Option<Duration>, pong_timeout: Option<Duration>) {
        if let Some(link) = self.link() {
            let now = link.reactor().now();
            self.with_engine(|engine| engine.set_keepalive(now, interval, pong_timeout));
            self.show_deadline(link);
        }
    }

    /// Queues a message.
    pub(super) fn send(&self, kind: DataType, message: &glib::Bytes) -> Result<(), Misuse> {
        trace!("websocket {self:p}: sends {kind:?}, {} bytes", message.len());
        if self.filters.is_some() {
            return self.act(Verb::Send(kind, message.clone()));
        }
        self.queue(|engine, cx| engine.send(cx, kind, message))
    }

    /// Queues a message that is not a `GBytes`.
    pub(super) fn send_copied(&self, kind: DataType, message: &[u8]) -> Result<(), Misuse> {
        trace!("websocket {self:p}: sends {kind:?}, {} bytes", message.len());
        if self.filters.is_some() {
            return self.act(Verb::Send(kind, glib::Bytes::from(message)));
        }
        self.queue(|engine, cx| engine.send_copied(cx, kind, message))
    }

    /// Has the engine queue a message, which leaves at the end of the turn.
    fn queue(
        &self,
        put: impl FnOnce(&mut Connection<glib::Bytes>, &mut Context<'_>) -> Result<(), Misuse>,
    ) -> Result<(), Misuse> {
        let Some(link) = self.link() else {
            return Err(Misuse::NotOpen);
        };
        self.with_context(link, put)?;
        self.sent(link);
        Ok(())
    }

    /// Begins the closing handshake. The engine lets "closing" be emitted, while sending is still allowed, before it
    /// queues the frame.
    pub(super) fn close(&self, code: u16, reason: &str) {
        trace!("websocket {self:p}: closes with {code}");
        // A close that crosses another has nothing to do.
        _ = self.act(Verb::Close(code, reason.to_owned()));
    }

    /// What libsoup does when it is asked to send a code that no endpoint may send: an error, then 1002. A client waits
    /// for the answer, a server hears the peer no more.
    pub(super) fn close_badly(&self, role: Role) {
        self.report_error(&errors::bad_close_code());
        _ = self.act(match role {
            Role::Client => Verb::Close(close::PROTOCOL_ERROR, String::new()),
            Role::Server => Verb::GiveUp(close::PROTOCOL_ERROR),
        });
    }

    /// The object goes away: writes what can be written now and closes the stream, without a signal.
    pub(super) fn dispose(&self) {
        self.emitter.silence();
        self.set_message_func(None);
        let phase = self.phase.replace(Phase::Finished);
        self.leave_server();
        let Some(link) = self.link() else { return };
        if phase < Phase::Ending {
            // An error has nobody left to be told to.
            let _ = self.write(link);
            link.close();
        }
    }

    /// Does what is asked, or keeps it until the extension on the stack has returned.
    pub(super) fn act(&self, verb: Verb) -> Result<(), Misuse> {
        let Some(link) = self.link() else {
            return Err(Misuse::NotOpen);
        };
        let verb = match self.filters() {
            None => Some(verb),
            Some(filters) => filters.keep(verb),
        };
        match (verb, self.filters()) {
            (None, _) => return Ok(()),
            (Some(Verb::Send(kind, message)), Some(filters)) => {
                return self.send_filtered(link, filters, kind, message);
            }
            (Some(Verb::Send(kind, message)), None) => {
                return self.queue(|engine, cx| engine.send(cx, kind, &message));
            }
            (Some(Verb::Close(code, reason)), _) => {
                self.with_context(link, |engine, cx| engine.close(cx, code, &reason))?;
                self.drain_events(link);
            }
            (Some(Verb::GiveUp(code)), _) => {
                self.with_context(link, |engine, cx| engine.give_up(cx, code));
                self.drain_events(link);
            }
        }
        Ok(())
    }

    /// A message is in the queue: it leaves at the end of the turn.
    pub(super) fn sent(&self, link: &Rc<Link>) {
        link.request_flush();
        if !self.serving.get() {
            self.drain_events(link);
        }
    }

    pub(super) fn with_context<T>(
        &self,
        link: &Link,
        verb: impl FnOnce(&mut Connection<glib::Bytes>, &mut Context<'_>) -> T,
    ) -> T {
        let reactor = link.reactor();
        let mut random = reactor.entropy();
        let mut context = Context {
            now: reactor.now(),
            entropy: &mut random,
        };
        self.with_engine(|engine| verb(engine, &mut context))
    }

    /// The one place that borrows the engine to change it. What it no longer needs is dropped when nothing is borrowed: the
    /// last reference to a `GBytes` runs the application's free function, which may do anything.
    #[inline]
    pub(super) fn with_engine<T>(&self, act: impl FnOnce(&mut Connection<glib::Bytes>) -> T) -> T {
        let mut engine = self.engine.borrow_mut();
        let done = act(&mut engine);
        let spent = engine.take_spent();
        drop(engine);
        drop(spent);
        done
    }

    /// Emits "error" for something that the engine does not know of.
    pub(super) fn report_error(&self, error: &glib::Error) {
        if self.phase.get() == Phase::Live {
            self.phase.set(Phase::Accused);
        }
        self.emitter.error(error);
    }

    /// Delivers what did not come out of reading, and asks for what is to be done next. What a handler causes meanwhile
    /// is left to the outermost call, so that nothing overtakes the handler.
    pub(super) fn drain_events(&self, link: &Rc<Link>) {
        let (quiet, waiting) = self.look(|engine| (engine.is_quiet(), engine.buffered_amount() > 0));
        if quiet {
            if waiting {
                link.request_flush();
            }
            return;
        }
        if self.settling.get() {
            return;
        }
        let Some(held) = self.emitter.hold() else { return };
        self.settling.set(true);
        loop {
            while !held.is_let_go()
                && let Some(event) = self.with_context(link, |engine, cx| engine.poll_event(cx))
            {
                self.deliver(link, event);
            }
            if !self.write_last(link) {
                break;
            }
        }
        self.settling.set(false);
        if held.is_let_go() {
            return;
        }
        let phase = self.phase.get();
        if phase < Phase::Ending {
            let (deadline, flush) = self.look(|engine| {
                let shut = phase < Phase::Shut && engine.disposition() != Disposition::Open;
                (engine.poll_timeout(), shut || engine.buffered_amount() > 0)
            });
            link.set_deadline(deadline);
            if flush {
                link.request_flush();
            }
        }
        self.show_state();
    }

    /// Writes the output of a connection that is closed as soon as it is empty; whether anything was written.
    fn write_last(&self, link: &Rc<Link>) -> bool {
        let last = |engine: &Connection<glib::Bytes>| {
            engine.disposition() == Disposition::Close && engine.buffered_amount() > 0
        };
        if !self.plain.get() || link.is_readable() || !self.look(last) {
            return false;
        }
        let written = self.look(|engine| {
            let mut slices = [IoSlice::new(&[]); 4];
            let count = engine.output(&mut slices);
            link.write_last(slices.get(..count).unwrap_or_default())
        });
        // What goes wrong shows when the rest is flushed.
        let written = written.unwrap_or(0);
        self.with_engine(|engine| engine.consume_output(written));
        written > 0
    }

    pub(super) fn deliver(&self, link: &Rc<Link>, event: Event<'_>) {
        self.trace(&event);
        match event {
            Event::Message { kind, payload } => self.deliver_message(data_type(kind), payload),
            Event::Pong(data) => self.emitter.pong(|| payload::bytes(data)),
            Event::Closing => {
                if self.phase.get() == Phase::Live {
                    self.emitter.closing();
                }
            }
            Event::Error(violation) => {
                let refusal = self.filters().and_then(Filters::take_refusal);
                self.emitter
                    .error(&refusal.unwrap_or_else(|| errors::violation(violation)));
            }
            Event::Closed => self.end(link),
            Event::Filter {
                flow,
                header,
                payload,
            } => self.answer(link, flow, header, payload),
        }
    }

    /// Tells of an event in the debug log.
    fn trace(&self, event: &Event<'_>) {
        match event {
            Event::Message { kind, payload } => {
                trace!("websocket {self:p}: got {kind:?}, {} bytes", payload.len());
            }
            Event::Pong(data) => trace!("websocket {self:p}: got a pong, {} bytes", data.len()),
            Event::Closing => trace!("websocket {self:p}: closing"),
            Event::Error(violation) => trace!("websocket {self:p}: the peer is wrong: {violation}"),
            Event::Closed => trace!("websocket {self:p}: closed"),
            Event::Filter {
                flow,
                header,
                payload,
            } => {
                trace!(
                    "websocket {self:p}: {flow:?} through extensions: {:#04x}, {} bytes",
                    header,
                    payload.len()
                );
            }
        }
    }

    fn deliver_message(&self, kind: WebsocketDataType, payload: Payload<'_>) {
        let func = self.message_func.borrow().clone();
        match func {
            Some(func) => func.call(&self.emitter, kind, payload),
            None if self.emitter.message_is_wanted() => self.emitter.message(kind, &payload::bytes(payload)),
            None => payload::discard(payload),
        }
    }

    /// Has `func` take the messages from now on, or the signal.
    pub(super) fn set_message_func(&self, func: Option<MessageFunc>) {
        let before = self.message_func.replace(func);
        // Its destroy notify runs with nothing borrowed.
        drop(before);
    }

    /// The stream has failed: says so, and ends the connection without a close frame.
    pub(super) fn fail(&self, link: &Rc<Link>, error: io::Error) {
        if self.phase.get() >= Phase::Ending {
            return;
        }
        let Some(_held) = self.emitter.hold() else { return };
        self.report_error(&transport_error(error));
        self.with_context(link, |engine, cx| engine.abort(cx));
        self.drain_events(link);
    }

    /// Closes the stream; "closed" follows when that is done.
    fn end(&self, link: &Rc<Link>) {
        if self.phase.get() < Phase::Ending {
            self.phase.set(Phase::Ending);
            link.close();
        }
    }

    /// Tells the reactor when the engine wants to be called without an event from outside.
    fn show_deadline(&self, link: &Link) {
        link.set_deadline(self.engine.borrow().poll_timeout());
    }

    /// Notifies of a change of the state, once per change.
    pub(super) fn show_state(&self) {
        let state = self.state();
        if self.shown.replace(state) != state {
            self.emitter.notify_state();
        }
    }
}

/// The enumeration of the C face.
fn data_type(kind: DataType) -> WebsocketDataType {
    match kind {
        DataType::Text => WebsocketDataType::Text,
        DataType::Binary => WebsocketDataType::Binary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_small() {
        // With the private part of the object and the link, and what the allocator adds: less than 900 bytes.
        assert!(size_of::<Core>() <= 344, "{}", size_of::<Core>());
    }
}
