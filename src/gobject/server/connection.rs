//! One connection while it carries HTTP: what it owns, and how it ends. How it moves on stands in `progress`.
//!
//! | state | what is next |
//! |---|---|
//! | `Greeting` | the first message of a TLS handshake; with rustls, all of it |
//! | `Shaking` | the end of that handshake; with rustls, what GIO says of the client's certificate |
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
use std::time::Duration;

use super::Owner;
use super::limits::Visitor;
use super::response::ResponseWriter;
use super::secure::TlsHandshake;
use super::signals::{self, Signal};
use super::stolen;
use super::unread::Unread;
use super::upgrade::Upgrade;
use crate::gobject::ServerMessage;
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::gobject::server_message::{ServerExchange, ShownCertificate};
use crate::proto::http1::exchange::ServerExchange as Http1Exchange;
use crate::reactor::{Home, Link, Reactor, Transport};

/// A connection while it carries HTTP.
pub(super) struct Connection {
    pub(super) owner: Arc<Owner>,
    /// Where it stands among the server's connections.
    pub(super) place: Cell<Option<usize>>,
    link: RefCell<Option<Rc<Link>>>,
    pub(super) home: Home,
    pub(super) exchange: RefCell<Http1Exchange>,
    pub(super) state: Cell<State>,
    pub(super) paused: Cell<bool>,
    /// Somebody further up the stack moves the connection on.
    pub(super) busy: Cell<bool>,
    /// A request was seen on this connection.
    pub(super) seen: Cell<bool>,
    /// How many responses have been finished in this turn.
    pub(super) finished: Cell<u32>,
    /// Bytes that were read and not yet taken: pipelined requests, or what follows an upgrade.
    pub(super) input: RefCell<Unread>,
    message: RefCell<Option<ServerMessage>>,
    pub(super) response: RefCell<ResponseWriter>,
    pub(super) upgrade: RefCell<Option<Upgrade>>,
    /// The TLS handshake, while it is under way.
    pub(super) handshake: RefCell<Option<Box<TlsHandshake>>>,
    /// The certificate that the client has shown to rustls.
    pub(super) shown: RefCell<Option<Box<ShownCertificate>>>,
    /// Addresses that whoever accepted the connection gave.
    pub(super) addresses: Option<Box<Addresses>>,
    /// A handler is to see the body of the request; otherwise it is read and thrown away.
    pub(super) body_is_wanted: Cell<bool>,
    /// How much of it the server keeps in memory.
    pub(super) kept: Cell<u64>,
    /// One of the connections that its address may have, if that is limited.
    pub(super) visitor: Cell<Option<Box<Visitor>>>,
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
            exchange: RefCell::new(Http1Exchange::new()),
            state: Cell::new(State::Reading),
            paused: Cell::new(false),
            busy: Cell::new(false),
            seen: Cell::new(false),
            finished: Cell::new(0),
            input: RefCell::default(),
            message: RefCell::new(None),
            response: RefCell::default(),
            upgrade: RefCell::new(None),
            handshake: RefCell::default(),
            shown: RefCell::default(),
            addresses,
            body_is_wanted: Cell::new(false),
            kept: Cell::new(0),
            visitor: Cell::default(),
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

    pub(super) fn take_link(&self) -> Option<Rc<Link>> {
        self.link.take()
    }

    /// Whether it is counted for that address.
    pub(super) fn is_from(&self, address: &str) -> bool {
        let visitor = self.visitor.take();
        let is = visitor.as_ref().is_some_and(|visitor| visitor.is_from(address));
        self.visitor.set(visitor);
        is
    }

    /// The message under way.
    pub(super) fn message(&self) -> Option<ServerMessage> {
        self.message.borrow().clone()
    }

    /// Whether `message` is still the one under way: a handler may have ended it.
    pub(super) fn carries(&self, message: &ServerMessage) -> bool {
        self.message.borrow().as_ref() == Some(message)
    }

    /// Begins the exchange of `message`.
    pub(super) fn carry(&self, message: ServerMessage) {
        self.message.replace(Some(message));
    }

    /// Ends the exchange of the message under way, which can no longer pause or steal what comes after it.
    pub(super) fn take_message(&self) -> Option<ServerMessage> {
        let message = self.message.take()?;
        self.owner.limits.forget(self.kept.take());
        message.leave_exchange();
        Some(message)
    }

    /// GIO's TLS connection, during its handshake and after it.
    pub(super) fn tls(&self) -> Option<gio::TlsConnection> {
        let shaking = self
            .handshake
            .borrow()
            .as_ref()
            .map(|handshake| handshake.tls().clone());
        shaking.or_else(|| self.link()?.tls())
    }

    /// Ends the connection now; a message under way is aborted.
    pub(super) fn abort(&self) {
        if self.state.get() == State::Gone {
            return;
        }
        let message = self.take_message();
        let (handshake, link) = (self.handshake.take(), self.take_link());
        match (handshake, link) {
            // Its thread has the socket until it sees that nobody waits any more.
            (Some(handshake), link) => handshake.abandon(link),
            (None, Some(link)) => link.close(),
            (None, None) => (),
        }
        let had_turn = matches!(self.state.get(), State::Greeting | State::Shaking);
        self.let_go();
        if had_turn {
            self.leave_handshakes();
        }
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
        self.take_message();
        self.upgrade.take();
        self.visitor.take();
        if let Some(server) = self.owner.server() {
            server.remove_connection(self);
        }
    }
}

/// The exchange under way: a message that it no longer carries does not know it any more.
impl ServerExchange for Connection {
    fn pause(&self) {
        self.paused.set(true);
    }

    fn unpause(&self) {
        self.paused.set(false);
        if let Some(link) = self.link() {
            link.wake();
        }
    }

    fn steal(&self) -> Option<gio::IOStream> {
        let message = self.message()?;
        let stream = self.take_link()?.detach().ok();
        let leftover = self.input.take().into_rest();
        let stream = stream.map(|stream| stolen::stream_behind(leftover, stream));
        self.let_go();
        message_signals::emit(&message, MessageSignal::Disconnected);
        stream
    }
}
