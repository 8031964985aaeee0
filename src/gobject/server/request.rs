//! What a server does about a request: the message, its handlers in their order, and refusals.

use std::borrow::Cow;
use std::rc::{Rc, Weak};

use gio::prelude::*;
use glib::subclass::prelude::*;

use super::Server;
use super::connection::{Connection, State};
use super::response::{Outcome, with_date, write_out};
use super::signals::{self, Signal};
use super::upgrade::Upgrade;
use crate::gobject::ServerMessage;
use crate::gobject::auth_domain::{Access, admit};
use crate::gobject::enums::{Encoding, Expectation};
use crate::gobject::multipart::FormTable;
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::proto::http1::head::RequestHead;
use crate::proto::http1::target::{BadTarget, Target};
use crate::proto::http1::violation::Violation;

impl Connection {
    /// A head has come: makes the message, and lets the early handler see it.
    pub(super) fn got_head(self: &Rc<Self>, head: RequestHead) {
        let Some(server) = self.owner.server() else {
            return self.abort();
        };
        let authority: Cow<'_, str> = match head.headers.one("Host") {
            // What is no UTF-8 is no host either, and becomes none.
            Some(host) if !host.is_empty() => String::from_utf8_lossy(host),
            _ => self.own_authority().into(),
        };
        let scheme = if self.peer_tls().is_some() {
            "https"
        } else {
            "http"
        };
        let target = Target::parse(&head.method, &head.target, scheme, &authority, server.raw_paths());
        if target == Err(BadTarget::Malformed) {
            let message = self.begin(&server, Some((head, None)));
            return self.answer_with(&message, 400);
        }
        let refused = target.is_err();
        let message = self.begin(&server, Some((head, target.ok())));
        if !self.carries(&message) {
            return;
        }
        let expected = message.request_headers().expectations();
        let handlers = server
            .imp()
            .paths
            .find(message.path().to_bytes())
            .unwrap_or_default();
        // A handshake has no body, and what nobody serves has no reader.
        self.body_is_wanted
            .set(handlers.early.is_some() || handlers.request.is_some());
        if refused {
            message.set_status(400, None);
        } else if expected.contains(Expectation::UNRECOGNIZED) && message.status() == 0 {
            message.set_status(417, None);
        } else if message.status() == 0
            && self.is_open(&server, &message)
            && message.status() == 0
            && !self.paused.get()
            && let Some(early) = handlers.early
        {
            early.call(&server, &message, message.path(), query_of(&message).as_ref());
        }
        if self.carries(&message) {
            message_signals::emit(&message, MessageSignal::GotHeaders);
        }
        if self.carries(&message) && self.state.get() == State::Reading {
            self.refuse_announced_body(&message);
        }
    }

    /// A body that says that it will be too large to be kept is refused before it comes.
    fn refuse_announced_body(self: &Rc<Self>, message: &ServerMessage) {
        let headers = message.request_headers();
        if headers.encoding() == Encoding::ContentLength
            && let Ok(length) = u64::try_from(headers.content_length())
            && !self.owner.limits.allow_body(length)
            && self.body_is_wanted.get()
            && message.request_body().accumulates()
        {
            self.refuse(Violation::BodyTooLarge);
        }
    }

    /// Whether the early handler sees the request: no domain wants a password for it. As in libsoup, that handler is not called for
    /// those who have given one either.
    fn is_open(&self, server: &Server, message: &ServerMessage) -> bool {
        let domains = server.imp().auth_domains.borrow().clone();
        admit(&domains, message) == Access::Open && self.carries(message)
    }

    /// Makes the message of a request, and says that it has begun. One that was made during the handshake is the first
    /// request's.
    pub(super) fn begin(
        self: &Rc<Self>,
        server: &Server,
        request: Option<(RequestHead, Option<Target>)>,
    ) -> ServerMessage {
        if let Some(message) = self.message() {
            if let Some(request) = request {
                message.fill(request);
                self.show_connected(&message);
            }
            return message;
        }
        let shaking = self.state.get() == State::Shaking;
        let exchange: Weak<Connection> = Rc::downgrade(self);
        let message = ServerMessage::new(&self.home, exchange, request);
        if let Some(link) = self.link() {
            message.came_over(&link);
        }
        if let Some(tls) = self.peer_tls() {
            message.is_secured_by(tls);
        }
        if let Some(addresses) = &self.addresses {
            message.came_between(addresses.local.clone(), addresses.remote.clone());
        }
        self.carry(message.clone());
        signals::emit(server, Signal::Started, &message);
        if !shaking {
            self.show_connected(&message);
        }
        let headers = message.response_headers();
        // A header of ours with a line break in it is the application's mistake: then there is none.
        if let Some(name) = server.server_header() {
            let _ = headers.append("Server", name);
        }
        let _ = with_date(|date| headers.append("Date", date));
        message
    }

    /// Says with the first request of a connection that there is one.
    fn show_connected(&self, message: &ServerMessage) {
        if self.carries(message) && !self.seen.replace(true) {
            message_signals::emit(message, MessageSignal::Connected);
        }
    }

    /// The client waits for leave to send its body: gives it, or answers at once where a status is set by now.
    pub(super) fn give_leave(self: &Rc<Self>, message: &ServerMessage) {
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

    /// Writes "100 Continue"; whether the connection is still there.
    fn say_continue(self: &Rc<Self>) -> bool {
        let informed = self.response.borrow_mut().inform(&mut self.exchange.borrow_mut());
        let Some(link) = self.link() else { return false };
        let written = informed.is_ok() && write_out(&self.response, &link) != Outcome::Failed;
        if !written {
            self.abort();
        }
        written
    }

    /// A piece of the request's body has come.
    pub(super) fn got_data(self: &Rc<Self>, chunk: &glib::Bytes) {
        let Some(message) = self.message() else { return };
        let body = message.request_body();
        if body.accumulates() && self.body_is_wanted.get() {
            let (limits, count) = (&self.owner.limits, chunk.len() as u64);
            if !limits.allow_body(body.len().saturating_add(count)) {
                return self.refuse(Violation::BodyTooLarge);
            }
            self.kept.set(self.kept.get().saturating_add(count));
            if !limits.keep(count) {
                return self.answer_with(&message, 503);
            }
            body.got_chunk(chunk);
        }
        message_signals::got_chunk(&message, chunk);
    }

    /// The request is complete: handlers in their order, and then the answer.
    pub(super) fn got_end(self: &Rc<Self>) {
        let (Some(message), Some(server)) = (self.message(), self.owner.server()) else {
            return;
        };
        self.state.set(State::Due);
        message.request_body().complete_received();
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
    pub(super) fn refuse(self: &Rc<Self>, violation: Violation) {
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

/// The decoded query of a request, if it has one.
fn query_of(message: &ServerMessage) -> Option<FormTable> {
    message.query().map(|query| FormTable::decode(query.as_bytes()))
}
