//! One connection while it carries HTTP: reading requests, and what a server does about them.
//!
//! | state | what is next |
//! |---|---|
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
use std::time::{Duration, Instant};

use gio::prelude::*;
use glib::subclass::prelude::*;

use super::answer::Answer;
use super::handlers::Query;
use super::signals::{self, Signal};
use super::target::{BadTarget, Target};
use super::upgrade::Upgrade;
use super::{Owner, Server};
use crate::gobject::ServerMessage;
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::proto::http1::exchange::{ServerEvent, ServerExchange};
use crate::proto::http1::head::RequestHead;
use crate::proto::http1::violation::Violation;
use crate::proto::limits;
use crate::reactor::{CONNECTION_SHARE, Handler, Link, Progress, Reactor, Transport};

/// A connection while it carries HTTP.
pub(in super::super) struct Client {
    pub(super) owner: Rc<Owner>,
    link: RefCell<Option<Rc<Link>>>,
    pub(super) exchange: RefCell<ServerExchange>,
    pub(super) state: Cell<State>,
    paused: Cell<bool>,
    /// Somebody further up the stack moves the connection on.
    busy: Cell<bool>,
    /// A request was seen on this connection.
    seen: Cell<bool>,
    /// How many responses have been finished in this turn.
    pub(super) finished: Cell<u32>,
    /// Bytes that came before they were due: pipelined requests, or what follows an upgrade.
    pub(super) input: RefCell<Vec<u8>>,
    pub(super) message: RefCell<Option<ServerMessage>>,
    pub(super) answer: RefCell<Answer>,
    pub(super) upgrade: RefCell<Option<Upgrade>>,
    /// Addresses that whoever accepted the connection gave.
    addresses: Option<Box<Addresses>>,
}

struct Addresses {
    local: Option<gio::SocketAddress>,
    remote: Option<gio::SocketAddress>,
}

/// How far a connection is; see the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
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

impl Client {
    /// A client on a transport that no reactor knows yet.
    pub(super) fn over(
        owner: Rc<Owner>,
        reactor: &Reactor,
        transport: Transport,
        local: Option<gio::SocketAddress>,
        remote: Option<gio::SocketAddress>,
    ) -> io::Result<Rc<Client>> {
        let addresses = (local.is_some() || remote.is_some()).then(|| Box::new(Addresses { local, remote }));
        let client = Rc::new(Client {
            owner,
            link: RefCell::new(None),
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
            addresses,
        });
        let handler: Weak<Client> = Rc::downgrade(&client);
        let link = reactor.register_accepted(transport, handler)?;
        client.link.replace(Some(link));
        Ok(client)
    }

    /// The link, as long as the connection is ours.
    pub(super) fn link(&self) -> Option<Rc<Link>> {
        self.link.borrow().clone()
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
        let stored = self.input.take();
        // A request under way may have more to say without further bytes: its end, or that it waits for leave.
        if stored.is_empty() && self.message.borrow().is_none() {
            return false;
        }
        let mut rest = &stored[..];
        self.consume(&mut rest);
        let took = rest.len() < stored.len() || self.state.get() != State::Reading;
        if !rest.is_empty() {
            self.input.replace(rest.to_vec());
        }
        took
    }

    /// Takes what has just been read.
    fn received(self: &Rc<Self>, bytes: &[u8]) {
        let mut rest = bytes;
        self.busy.set(true);
        self.consume(&mut rest);
        self.busy.set(false);
        if !rest.is_empty() {
            self.input.borrow_mut().extend_from_slice(rest);
        }
        self.advance();
    }

    /// Takes the events of a request out of `rest`, until there is none or the request is to be answered.
    fn consume(self: &Rc<Self>, rest: &mut &[u8]) {
        while self.state.get() == State::Reading && !self.paused.get() {
            if let Some(message) = self.message()
                && self.exchange.borrow().awaits_continue()
            {
                self.give_leave(&message);
                continue;
            }
            match self.step(rest) {
                Some(Step::Head(head)) => self.got_head(head),
                Some(Step::Data(chunk)) => self.got_data(&chunk),
                Some(Step::End) => self.got_end(),
                Some(Step::Bad(violation)) => self.refuse(violation),
                None => return,
            }
        }
    }

    fn step(&self, rest: &mut &[u8]) -> Option<Step> {
        let now = self.link()?.reactor().now();
        Some(match self.exchange.borrow_mut().receive(now, rest) {
            Ok(Some(ServerEvent::Head(head))) => Step::Head(head),
            Ok(Some(ServerEvent::BodyData(data))) => Step::Data(glib::Bytes::from(data)),
            Ok(Some(ServerEvent::BodyEnd(_))) => Step::End,
            Ok(None) => return None,
            Err(violation) => Step::Bad(violation),
        })
    }

    /// A head has come: makes the message, and lets the early handler see it.
    fn got_head(self: &Rc<Self>, head: RequestHead) {
        let Some(server) = self.owner.server() else {
            return self.abort();
        };
        let authority = match head.headers.one_str("Host") {
            Some(host) if !host.is_empty() => host.to_owned(),
            _ => self.own_authority(),
        };
        let target = Target::parse(&head.method, &head.target, &authority, server.raw_paths());
        if target == Err(BadTarget::Malformed) {
            let message = self.begin(&server, Some((head, None)));
            return self.answer_with(&message, 400);
        }
        let refused = target.is_err();
        let message = self.begin(&server, Some((head, target.ok())));
        if !self.carries(&message) {
            return;
        }
        if refused {
            message.set_status(400, None);
        } else if message.status() == 0 && !self.paused.get() {
            let early = server
                .imp()
                .paths
                .find(message.path().to_bytes())
                .and_then(|handlers| handlers.early);
            if let Some(early) = early {
                early.call(&server, &message, message.path(), query_of(&message).as_ref());
            }
        }
        if self.carries(&message) {
            message_signals::emit(&message, MessageSignal::GotHeaders);
        }
    }

    /// Makes the message of a request, and says that it has begun.
    fn begin(
        self: &Rc<Self>,
        server: &Server,
        request: Option<(RequestHead, Option<Target>)>,
    ) -> ServerMessage {
        let message = ServerMessage::new(Rc::downgrade(self), request);
        if let Some(link) = self.link() {
            message.came_over(&link);
        }
        if let Some(addresses) = &self.addresses {
            message.came_between(addresses.local.clone(), addresses.remote.clone());
        }
        let first = !self.seen.replace(true);
        self.message.replace(Some(message.clone()));
        signals::emit(server, Signal::Started, &message);
        if first && self.carries(&message) {
            message_signals::emit(&message, MessageSignal::Connected);
        }
        let headers = message.response_headers();
        // A header of ours with a line break in it is the application's mistake: then there is none.
        if let Some(name) = server.server_header() {
            let _ = headers.append("Server", name);
        }
        let _ = headers.append("Date", super::answer::date());
        message
    }

    /// The client waits for leave to send its body: gives it, or answers at once where a status is set by now.
    fn give_leave(self: &Rc<Self>, message: &ServerMessage) {
        if message.status() != 0 {
            self.state.set(State::Due);
            return;
        }
        if self.say_continue() && self.carries(message) {
            message.set_status(100, None);
            message_signals::emit(message, MessageSignal::WroteInformational);
            if message.status() == 100 {
                message.clear_status();
            }
        }
    }

    /// A piece of the request's body has come.
    fn got_data(self: &Rc<Self>, chunk: &glib::Bytes) {
        let Some(message) = self.message() else { return };
        let body = message.request_body();
        if body.accumulates() && body.len().saturating_add(chunk.len() as u64) > limits::SERVER_BODY {
            return self.refuse(Violation::BodyTooLarge);
        }
        body.got_chunk(chunk);
        message_signals::got_chunk(&message, chunk);
    }

    /// The request is complete: handlers in their order, and then the answer.
    fn got_end(self: &Rc<Self>) {
        let (Some(message), Some(server)) = (self.message(), self.owner.server()) else {
            return;
        };
        self.state.set(State::Due);
        signals::emit(&server, Signal::Read, &message);
        if self.carries(&message) && message.status() == 0 && !self.paused.get() {
            self.handle(&server, &message);
        }
        if self.carries(&message) {
            message_signals::emit(&message, MessageSignal::GotBody);
        }
    }

    fn handle(&self, server: &Server, message: &ServerMessage) {
        let Some(handlers) = server.imp().paths.find(message.path().to_bytes()) else {
            return message.set_status(404, None);
        };
        if let Some(handler) = handlers.request {
            handler.call(server, message, message.path(), query_of(message).as_ref());
            if message.status() != 0 || self.paused.get() || !self.carries(message) {
                return;
            }
        }
        if let Some(handler) = handlers.websocket {
            let upgrade = Upgrade::offer(server, message, handler);
            self.upgrade.replace(upgrade);
        }
    }

    /// The client has broken the protocol: it gets the status that says so, and the connection ends.
    fn refuse(self: &Rc<Self>, violation: Violation) {
        let Some(server) = self.owner.server() else {
            return self.abort();
        };
        let message = match self.message() {
            Some(message) => message,
            None => self.begin(&server, None),
        };
        self.answer_with(&message, u32::from(violation.status()));
    }

    /// Answers without asking any handler, and closes afterwards.
    fn answer_with(&self, message: &ServerMessage, status: u32) {
        if self.carries(message) {
            self.exchange.borrow_mut().close_afterwards();
            message.set_status(status, None);
            self.paused.set(false);
            self.state.set(State::Due);
        }
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
        if let Some(link) = self.take_link() {
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
            server.remove_client(self);
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

    /// Host and port that the client has connected to.
    fn own_authority(&self) -> String {
        let address = self.link().and_then(|link| link.local_address().ok());
        let address = address
            .as_ref()
            .and_then(|address| address.downcast_ref::<gio::InetSocketAddress>());
        match address {
            Some(address) => {
                let (host, port) = (address.address().to_str(), address.port());
                if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                }
            }
            None => "localhost".to_owned(),
        }
    }
}

impl Handler for Client {
    fn ready(self: Rc<Self>) -> Progress {
        self.finished.set(0);
        self.advance();
        let mut share = CONNECTION_SHARE;
        loop {
            let state = self.state.get();
            let hungry = !self.paused.get() && self.input.borrow().is_empty();
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
        if self.state.get() == State::Lingering {
            return self.abort();
        }
        let outcome = self.exchange.borrow_mut().handle_timeout(now);
        if let Err(violation) = outcome {
            self.refuse(violation);
            self.advance();
        }
    }
}

/// The decoded query of a request, if it has one.
fn query_of(message: &ServerMessage) -> Option<Query> {
    message.query().map(Query::decode)
}
