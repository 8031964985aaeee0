//! The moving part of a connection: engine and link, served by the reactor.
//!
//! Law: nothing is borrowed while a signal is emitted, an extension is called or a stream of the caller's is used.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, IoSlice};
use std::ptr::NonNull;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use glib::prelude::*;
use glib::translate::*;

use super::filter::Filters;
use super::{SoupWebsocketConnection, WebsocketConnection, WebsocketExtension, errors, payload, signals};
use crate::gobject::enums::{WebsocketDataType, WebsocketState};
use crate::proto::Context;
use crate::proto::ws::{Connection, DataType, Disposition, Event, Input, Misuse, Settings, State, close};
use crate::reactor::{CONNECTION_SHARE, Handler, Link, Progress, Reactor, Transport};

/// What one WebSocket connection is made of, below its GObject.
pub(super) struct Core {
    /// The object, which owns this. It takes itself out when it is disposed, and is referenced while it is served.
    object: Cell<Option<NonNull<SoupWebsocketConnection>>>,
    engine: RefCell<Connection<glib::Bytes>>,
    link: OnceCell<Rc<Link>>,
    phase: Cell<Phase>,
    /// `settle` is on the stack.
    settling: Cell<bool>,
    /// `ready` is on the stack, which settles when it has read.
    serving: Cell<bool>,
    /// The link is a plain socket: no code of anybody else's runs when it is read and written.
    plain: Cell<bool>,
    /// The state that the last notification was about.
    shown: Cell<WebsocketState>,
    /// Made by a handshake in this turn: nothing is read yet.
    fresh: Cell<bool>,
    /// What has come with the handshake, until it is read.
    leftover: RefCell<Vec<u8>>,
    /// Who sees every frame, if anybody does.
    filters: Option<Box<Filters>>,
}

/// How far the connection is towards its end, beyond what the engine knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
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
        let core = Core::new(object, settings, extensions, leftover, link.reactor().now());
        let link = core.attach(link);
        link.set_handler(Core::handler(&core));
        core.show_deadline(link);
        // Whoever waits for the connection in a loop of his own connects to its signals after this turn.
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
            object: Cell::new(NonNull::new(object.as_ptr())),
            engine: RefCell::new(Connection::new(settings, now)),
            link: OnceCell::new(),
            phase: Cell::new(Phase::Live),
            settling: Cell::new(false),
            serving: Cell::new(false),
            plain: Cell::new(false),
            shown: Cell::new(WebsocketState::Open),
            fresh: Cell::new(false),
            leftover: RefCell::new(leftover),
            filters,
        })
    }

    fn attach(&self, link: Rc<Link>) -> &Rc<Link> {
        self.plain.set(link.fd().is_some());
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
        change(&mut self.engine.borrow_mut());
    }

    /// Changes the keepalive.
    pub(super) fn set_keepalive(&self, interval: Option<Duration>, pong_timeout: Option<Duration>) {
        if let Some(link) = self.link() {
            self.engine
                .borrow_mut()
                .set_keepalive(link.reactor().now(), interval, pong_timeout);
            self.show_deadline(link);
        }
    }

    /// Queues a message.
    pub(super) fn send(
        &self,
        object: &WebsocketConnection,
        kind: DataType,
        message: glib::Bytes,
    ) -> Result<(), Misuse> {
        self.act(object, Verb::Send(kind, message))
    }

    /// Queues a message that the caller keeps.
    pub(super) fn send_copied(
        &self,
        object: &WebsocketConnection,
        kind: DataType,
        message: &[u8],
    ) -> Result<(), Misuse> {
        let Some(link) = self.link() else {
            return Err(Misuse::NotOpen);
        };
        if self.filters.is_some() {
            return self.act(object, Verb::Send(kind, glib::Bytes::from(message)));
        }
        self.with_context(link, |engine, cx| engine.send_copied(cx, kind, message))?;
        self.sent(object, link);
        Ok(())
    }

    /// Begins the closing handshake. The engine lets "closing" be emitted, while sending is still allowed, before it
    /// queues the frame.
    pub(super) fn close(&self, object: &WebsocketConnection, code: u16, reason: &str) {
        // A close that crosses another has nothing to do.
        _ = self.act(object, Verb::Close(code, reason.to_owned()));
    }

    /// What libsoup does when it is asked to send a code that no endpoint may send: an error, then 1002.
    pub(super) fn close_badly(&self, object: &WebsocketConnection) {
        self.accuse(object, &errors::bad_close_code());
        _ = self.act(object, Verb::Close(close::PROTOCOL_ERROR, String::new()));
    }

    /// The object goes away: writes what can be written now and closes the stream, without a signal.
    pub(super) fn dispose(&self) {
        self.object.set(None);
        let phase = self.phase.replace(Phase::Finished);
        let Some(link) = self.link() else { return };
        if phase < Phase::Ending {
            // An error has nobody left to be told to.
            let _ = self.write(link);
            link.close();
        }
    }

    /// Does what is asked, or keeps it until the extension on the stack has returned.
    pub(super) fn act(&self, object: &WebsocketConnection, verb: Verb) -> Result<(), Misuse> {
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
                return self.send_filtered(&object.clone(), link, filters, kind, message);
            }
            (Some(Verb::Send(kind, message)), None) => {
                self.with_context(link, |engine, cx| engine.send(cx, kind, message))?;
                self.sent(object, link);
            }
            (Some(Verb::Close(code, reason)), _) => {
                self.with_context(link, |engine, cx| engine.close(cx, code, &reason))?;
                self.settle(object, link);
            }
        }
        Ok(())
    }

    /// A message is in the queue: it leaves at the end of the turn.
    pub(super) fn sent(&self, object: &WebsocketConnection, link: &Rc<Link>) {
        link.request_flush();
        if !self.serving.get() {
            // Of our own, because a handler may drop the caller's. While the connection is served there is one anyway.
            self.settle(&object.clone(), link);
        }
    }

    pub(super) fn with_context<T>(
        &self,
        link: &Link,
        verb: impl FnOnce(&mut Connection<glib::Bytes>, &mut Context<'_>) -> T,
    ) -> T {
        let reactor = link.reactor();
        let mut random = reactor.entropy();
        verb(
            &mut self.engine.borrow_mut(),
            &mut Context {
                now: reactor.now(),
                entropy: &mut random,
            },
        )
    }

    /// Emits "error" for something that the engine does not know of.
    pub(super) fn accuse(&self, object: &WebsocketConnection, error: &glib::Error) {
        if self.phase.get() == Phase::Live {
            self.phase.set(Phase::Accused);
        }
        signals::error(object, error);
    }

    /// Reads and delivers the bytes of one read.
    fn feed(&self, object: &WebsocketConnection, link: &Rc<Link>, bytes: &mut [u8]) {
        let mut input = Input::new(bytes);
        // Looked up once for all messages of a read, unless a handler has come meanwhile.
        let mut wanted = false;
        while self.phase.get() < Phase::Ending {
            match self.with_context(link, |engine, cx| engine.receive(cx, &mut input)) {
                Some(Event::Message { kind, payload }) => {
                    wanted = wanted || signals::message_is_wanted(object);
                    if wanted {
                        signals::message(object, data_type(kind), &payload::bytes(payload));
                    }
                }
                Some(event) => self.deliver(object, link, event),
                None => break,
            }
        }
    }

    /// Delivers what did not come out of reading, and asks for what is to be done next. What a handler causes meanwhile
    /// is left to the outermost call, so that nothing overtakes the handler.
    pub(super) fn settle(&self, object: &WebsocketConnection, link: &Rc<Link>) {
        if self.settling.replace(true) {
            return;
        }
        while let Some(event) = self.with_context(link, |engine, cx| engine.poll_event(cx)) {
            self.deliver(object, link, event);
        }
        self.settling.set(false);
        if self.phase.get() < Phase::Ending {
            self.show_deadline(link);
            if self.wants_flush() {
                link.request_flush();
            }
        }
        self.show_state(object);
    }

    /// Whether there is something to write, or to shut down.
    fn wants_flush(&self) -> bool {
        let unshut = self.phase.get() < Phase::Shut;
        self.look(|engine| {
            engine.buffered_amount() > 0 || (unshut && engine.disposition() != Disposition::Open)
        })
    }

    pub(super) fn deliver(&self, object: &WebsocketConnection, link: &Rc<Link>, event: Event<'_>) {
        match event {
            Event::Message { kind, payload } => {
                if signals::message_is_wanted(object) {
                    signals::message(object, data_type(kind), &payload::bytes(payload));
                }
            }
            Event::Pong(data) => signals::pong(object, || payload::bytes(data)),
            Event::Closing => {
                if self.phase.get() == Phase::Live {
                    signals::closing(object);
                }
            }
            Event::Error(violation) => {
                let refusal = self.filters().and_then(Filters::take_refusal);
                signals::error(object, &refusal.unwrap_or_else(|| errors::violation(violation)));
            }
            Event::Closed => self.end(link),
            Event::Filter {
                flow,
                header,
                payload,
            } => self.answer(object, link, flow, header, payload),
        }
    }

    /// The stream has failed: says so, and ends the connection without a close frame.
    fn fail(&self, object: &WebsocketConnection, link: &Rc<Link>, error: io::Error) {
        if self.phase.get() >= Phase::Ending {
            return;
        }
        self.accuse(object, &errors::transport(error));
        self.with_context(link, |engine, cx| engine.abort(cx));
        self.settle(object, link);
    }

    /// Closes the stream; "closed" follows when that is done.
    fn end(&self, link: &Rc<Link>) {
        if self.phase.get() < Phase::Ending {
            self.phase.set(Phase::Ending);
            link.close();
        }
    }

    /// Writes as much of the output as the transport takes.
    fn write(&self, link: &Rc<Link>) -> io::Result<()> {
        loop {
            let written = match self.plain.get() {
                true => {
                    let engine = self.engine.borrow();
                    let mut slices = [IoSlice::new(&[]); SLICES];
                    let count = engine.output(&mut slices);
                    let slices = slices.get(..count).unwrap_or_default();
                    if slices.is_empty() {
                        Ok(0)
                    } else {
                        link.write_vectored(slices)
                    }
                }
                // A stream may run code of the caller's, which may come back here.
                false => {
                    let piece = self.output_copied();
                    if piece.is_empty() {
                        Ok(0)
                    } else {
                        link.write_vectored(&[IoSlice::new(&piece)])
                    }
                }
            };
            match written {
                Ok(0) => return Ok(()),
                Ok(count) => self.engine.borrow_mut().consume_output(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    link.request_flush();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The beginning of the output.
    fn output_copied(&self) -> Vec<u8> {
        let engine = self.engine.borrow();
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = engine.output(&mut slices);
        let mut piece = Vec::new();
        for slice in slices.get(..count).unwrap_or_default() {
            let room = STREAM_WRITE.saturating_sub(piece.len());
            piece.extend_from_slice(slice.get(..room).unwrap_or(slice));
        }
        piece
    }

    /// Reads into the buffer of a large payload under way. `None` when there is no such payload.
    fn read_direct(&self, link: &Rc<Link>) -> Option<io::Result<usize>> {
        if !self.plain.get() {
            return None;
        }
        let mut engine = self.engine.borrow_mut();
        let direct = engine.direct_buffer()?;
        Some(link.read_spare(direct.buffer, direct.room))
    }

    /// Reads once. How many bytes came, or what reading has come to.
    fn read(&self, object: &WebsocketConnection, link: &Rc<Link>) -> Result<usize, Progress> {
        let read = match self.read_direct(link) {
            Some(Ok(count)) if count > 0 => {
                if let Some(event) = self.with_context(link, |engine, cx| engine.handle_direct(cx)) {
                    self.deliver(object, link, event);
                }
                return Ok(count);
            }
            Some(read) => read,
            None => {
                let reactor = link.reactor();
                let mut scratch = reactor.scratch();
                match link.read(&mut scratch) {
                    Ok(count) if count > 0 => {
                        self.feed(object, link, scratch.get_mut(..count).unwrap_or_default());
                        return Ok(count);
                    }
                    read => read,
                }
            }
        };
        match read {
            Ok(_) => self.with_context(link, |engine, cx| engine.handle_eof(cx)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(0),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
            Err(error) => self.fail(object, link, error),
        }
        Err(Progress::Drained)
    }

    /// Tells the reactor when the engine wants to be called without an event from outside.
    fn show_deadline(&self, link: &Link) {
        link.set_deadline(self.engine.borrow().poll_timeout());
    }

    /// Notifies of a change of the state, once per change.
    fn show_state(&self, object: &WebsocketConnection) {
        let state = self.state();
        if self.shown.replace(state) != state {
            object.notify_state();
        }
    }

    /// The object, with a reference of our own, and the link.
    fn held(&self) -> Option<(WebsocketConnection, &Rc<Link>)> {
        let object = self.object.get()?;
        // SAFETY: the object takes itself out before it is finalized, so it is alive.
        let object = unsafe { from_glib_none(object.as_ptr()) };
        Some((object, self.link()?))
    }
}

impl Handler for Core {
    fn ready(self: Rc<Self>) -> Progress {
        let Some((object, link)) = self.held().filter(|_| !self.fresh.get()) else {
            return Progress::Drained;
        };
        self.serving.set(true);
        let mut leftover = self.leftover.take();
        self.feed(&object, link, &mut leftover);
        drop(leftover);
        let mut share = CONNECTION_SHARE;
        let progress = loop {
            if self.phase.get() >= Phase::Ending {
                break Progress::Drained;
            }
            match self.read(&object, link) {
                Ok(count) if count >= share => break Progress::MoreWork,
                Ok(count) => share -= count,
                Err(progress) => break progress,
            }
        };
        self.serving.set(false);
        self.settle(&object, link);
        progress
    }

    fn flush(self: Rc<Self>) {
        let Some((object, link)) = self.held() else { return };
        if let Err(error) = self.write(link) {
            return self.fail(&object, link, error);
        }
        let shut = self.look(|engine| {
            engine.buffered_amount() == 0 && engine.disposition() == Disposition::ShutdownWrite
        });
        if shut && self.phase.get() < Phase::Shut {
            self.phase.set(Phase::Shut);
            // A peer that is gone already is as good as told.
            let _ = link.shutdown_write();
        }
        self.settle(&object, link);
    }

    fn timeout(self: Rc<Self>, _now: Instant) {
        let Some((object, link)) = self.held() else { return };
        self.with_context(link, |engine, cx| engine.handle_timeout(cx));
        self.settle(&object, link);
    }

    fn closed(self: Rc<Self>) {
        let Some((object, _)) = self.held() else { return };
        self.phase.set(Phase::Finished);
        self.show_state(&object);
        signals::closed(&object);
    }
}

/// The enumeration of the C face.
fn data_type(kind: DataType) -> WebsocketDataType {
    match kind {
        DataType::Text => WebsocketDataType::Text,
        DataType::Binary => WebsocketDataType::Binary,
    }
}

/// How many slices one vectored write takes.
const SLICES: usize = 64;

/// How many bytes one write to a stream that is not a plain socket takes.
const STREAM_WRITE: usize = 64 * 1024;
