//! One connection while it carries HTTP: reading it, moving it on, ending it.
//!
//! | state | what is next |
//! |---|---|
//! | `Greeting` | the first message of a TLS handshake |
//! | `Shaking` | the end of that handshake |
//! | `Reading` | a request's head, body, end |
//! | `Due` | the head of the response |
//! | `Writing` | the response's pieces, each announced when it is on its way |
//! | `Lingering` | the end of what the client still sends, so that it gets to read the response |
//! | `Switched` | whoever takes the connection after a 101 |
//! | `Gone` | nothing: closed, stolen or upgraded |
//!
//! Law: nothing is borrowed while a signal is emitted or a handler called, and each of them may have ended everything.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Owner;
use super::response::ResponseWriter;
use super::secure;
use super::signals::{self, Signal};
use super::stolen;
use super::unread::Unread;
use super::upgrade::Upgrade;
use crate::gobject::ServerMessage;
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::proto::http1::exchange::{ServerEvent, ServerExchange};
use crate::proto::http1::head::RequestHead;
use crate::proto::http1::violation::Violation;
use crate::reactor::{CONNECTION_SHARE, Handler, Home, Link, Progress, Reactor, Transport};

/// A connection while it carries HTTP.
pub(in super::super) struct Connection {
    pub(super) owner: Arc<Owner>,
    /// Where it stands among the server's connections.
    pub(super) place: Cell<Option<usize>>,
    link: RefCell<Option<Rc<Link>>>,
    pub(super) home: Home,
    pub(super) exchange: RefCell<ServerExchange>,
    pub(super) state: Cell<State>,
    pub(super) paused: Cell<bool>,
    /// Somebody further up the stack moves the connection on.
    busy: Cell<bool>,
    /// A request was seen on this connection.
    pub(super) seen: Cell<bool>,
    /// How many responses have been finished in this turn.
    pub(super) finished: Cell<u32>,
    /// Bytes that were read and not yet taken: pipelined requests, or what follows an upgrade.
    pub(super) input: RefCell<Unread>,
    pub(super) message: RefCell<Option<ServerMessage>>,
    pub(super) answer: RefCell<ResponseWriter>,
    pub(super) upgrade: RefCell<Option<Upgrade>>,
    /// The TLS handshake, while it is under way.
    pub(super) handshake: secure::Place,
    /// Addresses that whoever accepted the connection gave.
    pub(super) addresses: Option<Box<Addresses>>,
}

pub(super) struct Addresses {
    pub(super) local: Option<gio::SocketAddress>,
    pub(super) remote: Option<gio::SocketAddress>,
}

/// How far a connection is; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Greeting,
    Shaking,
    Reading,
    Due,
    Writing,
    Lingering,
    Switched,
    Gone,
}

/// How long a client may take to read the last response.
const LINGER: Duration = Duration::from_secs(2);

/// How many requests of one connection are answered in a turn.
const PIPELINED: u32 = 32;

/// What reading came to, with nothing borrowed.
enum Step {
    Head(RequestHead),
    Data(glib::Bytes),
    End,
    Bad(Violation),
}

impl Connection {
    /// A client on a transport that no reactor knows yet.
    pub(super) fn over(
        owner: Arc<Owner>,
        reactor: &Reactor,
        transport: Transport,
        local: Option<gio::SocketAddress>,
        remote: Option<gio::SocketAddress>,
    ) -> io::Result<Rc<Connection>> {
        let addresses = (local.is_some() || remote.is_some()).then(|| Box::new(Addresses { local, remote }));
        let connection = Rc::new(Connection {
            owner,
            place: Cell::new(None),
            link: RefCell::new(None),
            home: reactor.home(),
            exchange: RefCell::new(ServerExchange::new()),
            state: Cell::new(State::Reading),
            paused: Cell::new(false),
            busy: Cell::new(false),
            seen: Cell::new(false),
            finished: Cell::new(0),
            input: RefCell::default(),
            message: RefCell::new(None),
            answer: RefCell::default(),
            upgrade: RefCell::new(None),
            handshake: secure::Place::default(),
            addresses,
        });
        let handler: Weak<Connection> = Rc::downgrade(&connection);
        let link = reactor.register_accepted(transport, handler)?;
        connection.link.replace(Some(link));
        Ok(connection)
    }

    /// The link, as long as the connection is ours.
    pub(super) fn link(&self) -> Option<Rc<Link>> {
        self.link.borrow().clone()
    }

    /// Goes on over another link.
    pub(super) fn set_link(&self, link: Rc<Link>) {
        self.link.replace(Some(link));
    }

    /// The message under way.
    pub(super) fn message(&self) -> Option<ServerMessage> {
        self.message.borrow().clone()
    }

    /// Whether `message` is still the one under way: a handler may have ended it.
    pub(super) fn carries(&self, message: &ServerMessage) -> bool {
        self.message.borrow().as_ref() == Some(message)
    }

    /// Stops the exchange of `message`.
    pub fn pause(&self, message: &ServerMessage) {
        if self.carries(message) {
            self.paused.set(true);
        }
    }

    /// Goes on with the exchange of `message`, in a later turn.
    pub fn unpause(&self, message: &ServerMessage) {
        if self.carries(message) {
            self.paused.set(false);
            if let Some(link) = self.link() {
                link.wake();
            }
        }
    }

    /// Hands the stream out; the server forgets the connection.
    pub fn steal(&self, message: &ServerMessage) -> Option<gio::IOStream> {
        if !self.carries(message) {
            return None;
        }
        let stream = self.take_link()?.detach().ok();
        let leftover = self.input.take().into_rest();
        let stream = stream.map(|stream| stolen::stream_behind(leftover, stream));
        self.let_go();
        message_signals::emit(message, MessageSignal::Disconnected);
        stream
    }

    /// Closes the connection, whatever it is doing.
    pub(super) fn disconnect(&self) {
        self.abort();
    }

    /// Moves the connection on as far as it goes without reading.
    fn advance(self: &Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        loop {
            if self.finished.get() >= PIPELINED {
                // A client that sends requests in bulk waits for its next turn, as the others do.
                if let Some(link) = self.link() {
                    link.wake();
                }
                break;
            }
            let went_on = match self.state.get() {
                State::Reading if !self.paused.get() => self.take_stored_input(),
                State::Due if !self.paused.get() => self.begin_answer(),
                State::Writing => self.write_on(),
                _ => false,
            };
            if !went_on {
                break;
            }
        }
        self.busy.set(false);
        self.show_deadline();
    }

    /// Goes on with what came earlier; whether anything happened.
    fn take_stored_input(self: &Rc<Self>) -> bool {
        let before = self.input.borrow().rest().len();
        // A request under way may have more to say without further bytes: its end, or that it waits for leave.
        if before == 0 && self.message.borrow().is_none() {
            return false;
        }
        self.consume();
        self.input.borrow().rest().len() < before || self.state.get() != State::Reading
    }

    /// Takes what has just been read. It lies in `input` while signals are emitted: a handler may steal the rest.
    fn received(self: &Rc<Self>, bytes: &[u8]) {
        self.input.borrow_mut().add(bytes);
        self.busy.set(true);
        self.consume();
        self.busy.set(false);
        self.advance();
    }

    /// Takes the events of a request out of `input`, until there is none or the request is to be answered.
    fn consume(self: &Rc<Self>) {
        while self.state.get() == State::Reading && !self.paused.get() {
            if let Some(message) = self.message()
                && self.exchange.borrow().awaits_continue()
            {
                self.give_leave(&message);
                continue;
            }
            match self.step() {
                Some(Step::Head(head)) => self.got_head(head),
                Some(Step::Data(chunk)) => self.got_data(&chunk),
                Some(Step::End) => self.got_end(),
                Some(Step::Bad(violation)) => self.refuse(violation),
                None => return,
            }
        }
    }

    fn step(&self) -> Option<Step> {
        let now = self.link()?.reactor().now();
        let mut input = self.input.borrow_mut();
        let mut rest = input.rest();
        let event = self.exchange.borrow_mut().receive(now, &mut rest);
        let step = match event {
            Ok(Some(ServerEvent::Head(head))) => Some(Step::Head(head)),
            Ok(Some(ServerEvent::BodyData(data))) => Some(Step::Data(glib::Bytes::from(data))),
            Ok(Some(ServerEvent::BodyEnd(_))) => Some(Step::End),
            Ok(None) => None,
            Err(violation) => Some(Step::Bad(violation)),
        };
        let left = rest.len();
        input.keep_last(left);
        step
    }

    /// The client has ended its side.
    fn ended(self: &Rc<Self>) {
        let outcome = self.exchange.borrow_mut().handle_eof();
        match outcome {
            Ok(()) => self.abort(),
            Err(violation) => {
                self.refuse(violation);
                self.advance();
            }
        }
    }

    /// Ends the connection now; a message under way is aborted.
    pub(super) fn abort(&self) {
        if self.state.get() == State::Gone {
            return;
        }
        let message = self.message.take();
        if !self.abandon_handshake()
            && let Some(link) = self.take_link()
        {
            link.close();
        }
        self.let_go();
        if let Some(message) = message {
            message.set_status(500, None);
            message_signals::emit(&message, MessageSignal::Finished);
            if let Some(server) = self.owner.server() {
                signals::emit(&server, Signal::Aborted, &message);
            }
            message_signals::emit(&message, MessageSignal::Disconnected);
        }
    }

    /// Ends the connection once the client has read what was written.
    pub(super) fn linger(&self) {
        let Some(link) = self.link() else { return };
        self.state.set(State::Lingering);
        if link.shutdown_write().is_err() {
            return self.abort();
        }
        link.set_deadline(Some(link.reactor().now() + LINGER));
        // What lies here unread would turn the close into a reset.
        link.wake();
    }

    /// The connection is no longer the server's.
    pub(super) fn let_go(&self) {
        self.state.set(State::Gone);
        self.message.take();
        self.upgrade.take();
        if let Some(server) = self.owner.server() {
            server.remove_connection(self);
        }
    }

    pub(super) fn take_link(&self) -> Option<Rc<Link>> {
        self.link.take()
    }

    /// The head deadline is the link's.
    fn show_deadline(&self) {
        if self.state.get() == State::Reading
            && let Some(link) = self.link()
        {
            link.set_deadline(self.exchange.borrow().poll_timeout());
        }
    }
}

impl Handler for Connection {
    fn ready(self: Rc<Self>) -> Progress {
        self.finished.set(0);
        if self.state.get() == State::Greeting {
            self.read_hello();
            return Progress::Drained;
        }
        self.advance();
        let mut share = CONNECTION_SHARE;
        loop {
            let state = self.state.get();
            let hungry = !self.paused.get() && self.input.borrow().rest().is_empty();
            let wanted = state == State::Lingering || (state == State::Reading && hungry);
            let (Some(link), true) = (self.link(), wanted) else {
                return Progress::Drained;
            };
            if share == 0 {
                return Progress::MoreWork;
            }
            let mut scratch = link.reactor().scratch();
            match link.read(&mut scratch) {
                Ok(0) if state == State::Lingering => self.abort(),
                Ok(0) => self.ended(),
                Ok(count) => {
                    share = share.saturating_sub(count);
                    if state == State::Reading {
                        self.received(scratch.get(..count).unwrap_or_default());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Drained,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(_) => self.abort(),
            }
        }
    }

    fn flush(self: Rc<Self>) {
        self.advance();
    }

    fn timeout(self: Rc<Self>, now: Instant) {
        if matches!(
            self.state.get(),
            State::Greeting | State::Shaking | State::Lingering
        ) {
            return self.abort();
        }
        let outcome = self.exchange.borrow_mut().handle_timeout(now);
        if let Err(violation) = outcome {
            self.refuse(violation);
            self.advance();
        }
    }
}
