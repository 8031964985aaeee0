//! How a connection moves on: it reads, has requests handled, writes, announces what has left, and begins anew.
//!
//! Law: one of these moves at a time. A nested main loop of a handler's may flush the connection, and nothing more.

use std::io;
use std::rc::{Rc, Weak};
use std::time::Instant;

use gio::prelude::*;

use super::connection::{Connection, State};
use super::handshakes::Turn;
use super::ranges;
use super::response::{Outcome, Piece, write_out};
use super::secure::{Hello, Shaken, TlsHandshake, peek_hello};
use super::signals::{self, Signal};
use crate::gobject::ServerMessage;
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::proto::http1::exchange::{ServerEvent, Wait};
use crate::proto::http1::head::RequestHead;
use crate::proto::http1::violation::Violation;
use crate::reactor::{CONNECTION_SHARE, Handler, Progress, Reactor, Transport};

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
                State::Due if !self.paused.get() => self.begin_response(),
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
        if before == 0 && self.message().is_none() {
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
        let event = self
            .exchange
            .borrow_mut()
            .receive_within(now, &mut rest, &self.owner.limits.head());
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

    /// Begins the response to the message under way; whether there is one.
    fn begin_response(&self) -> bool {
        let Some(message) = self.message() else {
            return false;
        };
        ranges::cut(&message);
        if self.owner.stopping.get() {
            self.exchange.borrow_mut().close_afterwards();
        }
        let begun = self
            .response
            .borrow_mut()
            .begin(&message, &mut self.exchange.borrow_mut());
        self.state.set(State::Writing);
        if let Err(misuse) = begun {
            glib::g_warning!("libsoup", "A response that cannot be sent: {misuse}");
            self.abort();
        }
        true
    }

    /// Gathers, writes and announces; whether anything happened.
    fn write_on(self: &Rc<Self>) -> bool {
        let (Some(message), Some(link)) = (self.message(), self.link()) else {
            return false;
        };
        let gathered = self
            .response
            .borrow_mut()
            .gather(&message, &mut self.exchange.borrow_mut());
        if gathered.is_err() {
            glib::g_warning!(
                "libsoup",
                "The body of a response is not as long as its Content-Length says"
            );
            self.abort();
            return true;
        }
        match write_out(&self.response, &link) {
            Outcome::Blocked => return false,
            Outcome::Failed => {
                self.abort();
                return true;
            }
            Outcome::Done => (),
        }
        let pieces = self.response.borrow_mut().take_pieces();
        let went_on = !pieces.is_empty();
        for piece in pieces {
            if !self.carries(&message) {
                break;
            }
            self.announce(&message, piece);
        }
        went_on
    }

    fn announce(self: &Rc<Self>, message: &ServerMessage, piece: Piece) {
        match piece {
            Piece::Head => message_signals::emit(message, MessageSignal::WroteHeaders),
            Piece::Switch => {
                self.state.set(State::Switched);
                message_signals::emit(message, MessageSignal::WroteInformational);
                if self.carries(message) {
                    self.complete_upgrade(message);
                }
            }
            Piece::Chunk(chunk) => {
                message_signals::wrote_body_data(message, chunk.len());
                if self.carries(message) {
                    message.response_body().wrote_chunk(&chunk);
                    message_signals::emit(message, MessageSignal::WroteChunk);
                }
            }
            Piece::End => {
                message_signals::emit(message, MessageSignal::WroteBody);
                if self.carries(message) {
                    self.finish(message);
                }
            }
        }
    }

    /// The 101 is on its way: the link is a WebSocket's. A 101 that no WebSocket handler has asked for leaves the connection
    /// to whoever steals it.
    fn complete_upgrade(&self, message: &ServerMessage) {
        let Some(upgrade) = self.upgrade.take() else {
            return;
        };
        let (Some(server), Some(link)) = (self.owner.server(), self.take_link()) else {
            return;
        };
        let leftover = self.input.take().into_rest();
        self.let_go();
        message_signals::emit(message, MessageSignal::Disconnected);
        upgrade.complete(&server, message, link, leftover);
    }

    /// The response is complete: the next request, or the end of the connection.
    fn finish(&self, message: &ServerMessage) {
        let unanswered = self.response.borrow_mut().finish();
        self.take_message();
        self.finished.set(self.finished.get().saturating_add(1));
        let goes_on = self.exchange.borrow_mut().go_on() && !self.owner.stopping.get();
        self.state
            .set(if goes_on { State::Reading } else { State::Lingering });
        message_signals::emit(message, MessageSignal::Finished);
        if let Some(server) = self.owner.server() {
            let signal = if unanswered {
                Signal::Aborted
            } else {
                Signal::Finished
            };
            signals::emit(&server, signal, message);
        }
        if !goes_on {
            message_signals::emit(message, MessageSignal::Disconnected);
            if self.state.get() == State::Lingering {
                self.linger();
            }
        }
    }

    /// Waits for a client's ClientHello.
    pub(super) fn greet(&self) {
        self.state.set(State::Greeting);
        if let (Some(link), Some(time)) = (self.link(), self.owner.limits.tls_handshake()) {
            link.set_deadline(link.reactor().now().checked_add(time));
        }
        self.show_deadline();
    }

    /// Looks whether the ClientHello is there, and begins the handshake when it is.
    fn read_hello(self: &Rc<Self>) {
        let Some(link) = self.link() else { return };
        let begun = match peek_hello(&link) {
            Hello::Complete => self.begin_handshake(),
            Hello::Incomplete => Some(()),
            Hello::Garbage => None,
        };
        if begun.is_none() {
            self.abort();
        }
    }

    fn begin_handshake(self: &Rc<Self>) -> Option<()> {
        let (server, link) = (self.owner.server()?, self.link()?);
        if server.handshakes().ask(self, &link) == Turn::Later {
            return Some(());
        }
        let (asked, told) = (self.clone(), self.clone());
        let handshake = TlsHandshake::begin(
            &server,
            &link,
            move |certificate, errors| asked.accept_certificate(certificate, errors),
            move |shaken| told.shaken(shaken),
        )?;
        self.state.set(State::Shaking);
        self.handshake.replace(Some(Box::new(handshake)));
        Some(())
    }

    /// The handshake is over.
    fn shaken(self: &Rc<Self>, shaken: Shaken) {
        if self.state.get() != State::Shaking {
            return shaken.close();
        }
        // Its thread is done with the socket.
        self.handshake.take();
        self.leave_handshakes();
        if self.take_over(shaken.into_transport()).is_none() {
            self.abort();
        }
    }

    /// Goes on over the transport that the handshake has made.
    fn take_over(self: &Rc<Self>, transport: Option<Transport>) -> Option<()> {
        let (transport, plain) = (transport?, self.take_link()?);
        let reactor: Reactor = plain.reactor().clone();
        // Two registrations of one descriptor would not do.
        plain.detach().ok()?;
        let handler: Weak<Connection> = Rc::downgrade(self);
        let link = reactor.register_accepted(transport, handler).ok()?;
        self.set_link(link);
        self.state.set(State::Reading);
        if let Some(message) = self.message() {
            message.notify("tls-peer-certificate");
            message.notify("tls-peer-certificate-errors");
        }
        Some(())
    }
}

impl Handler for Connection {
    fn ready(self: Rc<Self>) -> Progress {
        self.finished.set(0);
        if self.state.get() == State::Greeting {
            let by_reactor = self.link().is_some_and(|link| link.is_server_tls());
            if !by_reactor {
                self.read_hello();
                return Progress::Drained;
            }
            if !self.shake() {
                return Progress::Drained;
            }
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.leave_if_idle();
                    return Progress::Drained;
                }
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
        let timeouts = self.owner.limits.timeouts.get();
        let late = self.exchange.borrow_mut().handle_timeout(now, &timeouts);
        match late {
            Some(Wait::Head | Wait::Body) => {
                self.refuse(Violation::TooSlow);
                self.advance();
            }
            Some(Wait::FirstByte | Wait::Idle | Wait::Response) => self.abort(),
            None => self.show_deadline(),
        }
    }
}
