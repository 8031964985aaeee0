//! A tunnel through an HTTP proxy (RFC 9110, section 9.3.6): a CONNECT, which is a message of its own with a queue item of its
//! own, sent on the connection of the message that it is for.
//!
//! | the proxy says | the CONNECT | the message that it is for |
//! |---|---|---|
//! | 2xx | ends | goes on through the tunnel |
//! | 407, and somebody knows a password | is sent again on the same connection | |
//! | the same, and ends the connection | ends | is restarted, with a new connection and another CONNECT |
//! | anything else | ends | ends with that status, without headers and body: they are the proxy's |
//!
//! Law: what the proxy says is no server's answer, and what is meant for the proxy goes no further.

use std::rc::{Rc, Weak};

use gio::prelude::*;

use crate::gobject::Message;
use crate::gobject::enums::MessageFlags;
use crate::gobject::glue::errors::io_error;
use crate::gobject::message::signals::Signal;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::ending::Ending;
use crate::gobject::session::item::{Origin, Outcome, Purpose, QueueItem, Reply, misused};
use crate::gobject::session::stage::Stage;

/// What came of a CONNECT.
pub(in crate::gobject) enum Tunnel {
    /// The connection leads to the server.
    Open(Connection),
    /// The proxy has refused; the CONNECT has its status.
    Refused,
    /// The proxy has ended the connection, and should be asked again.
    Again,
}

/// Whom a CONNECT is for.
pub(in crate::gobject) struct TunnelRequest {
    item: Weak<QueueItem>,
}

impl QueueItem {
    /// Whether the proxy that a new connection leads to must not read the request: it could not, with TLS, and forwards no
    /// upgrade (RFC 6455, section 4.1).
    pub(super) fn wants_tunnel(&self, connection: &Connection) -> bool {
        let uri = self.message.uri();
        connection.is_to_proxy() && uri.is_some_and(|uri| uri.scheme() != "http")
    }

    /// Asks the proxy that the connection leads to for a tunnel, and goes on through it.
    pub(super) fn open_tunnel(self: &Rc<Self>, connection: Connection, target: &gio::SocketConnectable) {
        let Some(uri) = self.message.uri() else {
            return self.fail(misused("The message has no URI"));
        };
        self.enter(Stage::Tunneling);
        let connect = Message::new(c"CONNECT", &uri);
        connect.set_flags(MessageFlags::NO_REDIRECT);
        connect.set_principal(&self.message);
        let purpose = Purpose::Tunnel(TunnelRequest {
            item: Rc::downgrade(self),
        });
        let (item, asked, target) = (self.clone(), connect.clone(), target.clone());
        let reply: Reply = Box::new(move |outcome| item.tunnel_ended(outcome, &asked, &target));
        let dispatcher = self.dispatcher.clone();
        let tunnel = QueueItem::new(&self.session, &connect, purpose, dispatcher, reply);
        tunnel.enter_queue(Some(&self.cancellable));
        connect.set_remote_address(connection.remote_address());
        tunnel.run_on(connection, Origin::New);
    }

    /// What the CONNECT asks for, if this is one.
    pub(super) fn tunnel_target(&self) -> Option<String> {
        let uri = self.message.uri().filter(|_| self.is_tunnel())?;
        message_uri::authority(&uri)
    }

    /// Whether this is the CONNECT of another message.
    pub(super) fn is_tunnel(&self) -> bool {
        matches!(self.purpose, Purpose::Tunnel(_))
    }

    /// Tells the message that the CONNECT is for, and the CONNECT, how far the proxy is.
    pub(super) fn tunnel_event(&self, event: gio::SocketClientEvent, connection: &gio::SocketConnection) {
        let Purpose::Tunnel(request) = &self.purpose else {
            return;
        };
        if let Some(item) = request.item.upgrade() {
            item.network_event(event, Some(connection.upcast_ref()));
        }
        self.network_event(event, Some(connection.upcast_ref()));
    }

    /// The proxy has let the CONNECT through.
    pub(super) fn tunnel_opened(self: &Rc<Self>) {
        self.got_body.set(true);
        self.message.emit(Signal::GotBody);
        let Some(exchange) = self.exchange().filter(|_| self.goes_on()) else {
            return;
        };
        let Some(connection) = exchange.take_tunnel() else {
            let text = "The proxy sent data that nobody has asked for";
            return self.fail(io_error(gio::IOErrorEnum::ProxyFailed, text));
        };
        self.tunnel_event(gio::SocketClientEvent::ProxyNegotiated, connection.stream());
        match self.goes_on() {
            true => self.end(
                Ok(Outcome::Tunnel(Tunnel::Open(connection.tunneled()))),
                Ending::Tunnel,
            ),
            false => connection.close(),
        }
    }

    /// The proxy's refusal has been read.
    pub(super) fn tunnel_refused(self: &Rc<Self>) {
        self.hang_up();
        self.end(Ok(Outcome::Tunnel(Tunnel::Refused)), Ending::Tunnel);
    }

    /// The connection has ended below a CONNECT that may be sent again.
    pub(super) fn tunnel_lost(self: &Rc<Self>) {
        self.hang_up();
        self.end(Ok(Outcome::Tunnel(Tunnel::Again)), Ending::Tunnel);
    }

    /// Sends the CONNECT again, on the same connection where that goes on.
    pub(super) fn ask_proxy_again(self: &Rc<Self>) {
        let kept = self.exchange().and_then(|exchange| {
            let kept = exchange.take_connection();
            if kept.is_none() {
                exchange.cancel();
            }
            kept
        });
        self.enter(Stage::Restarting);
        self.message.request_headers().remove("Host");
        self.message.emit(Signal::Restarted);
        match kept.filter(Connection::is_alive) {
            Some(connection) if self.goes_on() => {
                self.message.clear_response();
                self.enter(Stage::Queued(None));
                self.run_on(connection, Origin::New);
            }
            Some(connection) => connection.close(),
            None => self.tunnel_lost(),
        }
    }

    /// The CONNECT for this message has ended.
    fn tunnel_ended(
        self: &Rc<Self>,
        outcome: Result<Outcome, glib::Error>,
        connect: &Message,
        target: &gio::SocketConnectable,
    ) {
        match outcome {
            Ok(Outcome::Tunnel(Tunnel::Open(connection))) if self.goes_on() => {
                self.enter(Stage::Connecting);
                self.go_through(connection, target);
            }
            Ok(Outcome::Tunnel(Tunnel::Open(connection))) => {
                connection.close();
                if let Err(error) = self.cancellable.set_error_if_cancelled() {
                    self.fail(error);
                }
            }
            Ok(Outcome::Tunnel(Tunnel::Again)) => {
                self.enter(Stage::Restarting);
                let place = self.place.take();
                drop(place);
                self.begin_again();
            }
            Ok(Outcome::Tunnel(Tunnel::Refused)) => self.refused_by_proxy(connect),
            Ok(_) => self.fail(misused("A feature has answered the CONNECT of a tunnel")),
            Err(error) => self.fail(error),
        }
    }

    /// The proxy opens no tunnel: its status is all that is told, as in libsoup.
    fn refused_by_proxy(self: &Rc<Self>, connect: &Message) {
        let status = u16::try_from(connect.status()).unwrap_or_default();
        let reason = connect.with_reason(|reason| {
            reason.map_or_else(String::new, |reason| reason.to_string_lossy().into_owned())
        });
        self.message.set_response(connect.http_version(), status, &reason);
        match &self.purpose {
            Purpose::Websocket(_) => self.refuse("The proxy"),
            Purpose::Connect => {
                let code = match status {
                    407 => gio::IOErrorEnum::ProxyNeedAuth,
                    _ => gio::IOErrorEnum::ProxyNotAllowed,
                };
                let text = format!("The proxy opened no tunnel: {status} {reason}");
                self.fail(io_error(code, text.trim_end()));
            }
            Purpose::Send { .. } | Purpose::Tunnel(_) => {
                let body = gio::MemoryInputStream::new().upcast();
                self.message.finish_metrics();
                self.end(Ok(Outcome::Body(body)), Ending::Early);
            }
        }
    }
}
