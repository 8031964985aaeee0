//! WebSocket handshakes: one user of the client's exchange.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

use gio::prelude::*;

use crate::gobject::enums::{MessageFlags, WebsocketConnectionType, WebsocketError};
use crate::gobject::glue::task::Task;
use crate::gobject::session::ending::Ending;
use crate::gobject::session::exchange::ClientExchange;
use crate::gobject::session::item::{Outcome, Purpose, QueueItem, Reply, misused};
use crate::gobject::websocket::{
    Offer, Opening, Place, WebsocketConnection, WebsocketExtension, WebsocketExtensionManager, handshake,
};
use crate::gobject::{Message, Session};
use crate::proto::limits;

/// What an application asks of a WebSocket.
#[derive(Default)]
pub(in crate::gobject) struct HandshakeRequest {
    /// The Origin.
    origin: Option<std::ffi::CString>,
    /// The protocols, the best one first.
    protocols: Vec<std::ffi::CString>,
    /// The extensions that the session's feature offers.
    offer: Offer,
    /// What the server says when it refuses.
    refusal: Refusal,
}

/// The body of a response that refuses a WebSocket.
#[derive(Default)]
pub(super) struct Refusal {
    bytes: RefCell<Vec<u8>>,
    whole: Cell<bool>,
}

impl Refusal {
    /// Keeps what came, as far as there is room.
    pub(super) fn keep(&self, bytes: &[u8]) {
        let mut kept = self.bytes.borrow_mut();
        let room = limits::KEPT_REFUSAL_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.whole.set(bytes.len() <= room);
    }
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
        let reply: Reply = Box::new(move |outcome| match outcome {
            Ok(Outcome::Websocket(connection)) => task.succeed(&connection),
            Ok(_) => drop(task),
            Err(error) => task.fail(error),
        });
        if message.is_queued() {
            // The queue says so.
            self.queue(message, Purpose::Connect, priority, cancellable, reply);
            return;
        }
        message.set_flags(message.flags() | MessageFlags::NEW_CONNECTION);
        let offer = self.websocket_offer(message);
        if let Err(refused) = handshake::prepare_client(message, origin, protocols, &offer) {
            return reply(Err(misused(&refused.to_string())));
        }
        let request = HandshakeRequest {
            origin: origin.map(CStr::to_owned),
            protocols: protocols.iter().map(|&protocol| protocol.to_owned()).collect(),
            offer,
            refusal: Refusal::default(),
        };
        message.set_refusal(None);
        self.queue(message, Purpose::Websocket(request), priority, cancellable, reply);
    }

    /// The extensions that the session's feature offers for a message.
    fn websocket_offer(&self, message: &Message) -> Offer {
        let feature = self.feature_for_message(WebsocketExtensionManager::static_type(), message);
        let manager = feature.and_then(|feature| feature.downcast::<WebsocketExtensionManager>().ok());
        manager.map_or_else(Offer::default, |manager| manager.offer(message))
    }
}

impl QueueItem {
    /// Where the body of a refusal goes, if a WebSocket was wanted.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        match &self.purpose {
            Purpose::Websocket(request) => Some(&request.refusal),
            _ => None,
        }
    }

    /// The server, or a proxy before it, has answered with something else than a WebSocket, and sends us nowhere else.
    pub(super) fn refuse(self: &Rc<Self>, who: &str) {
        if let Some(refusal) = self.refusal() {
            let bytes = refusal.bytes.take();
            self.message.set_refusal(Some(glib::Bytes::from_owned(bytes)));
        }
        let status = self.message.status();
        let phrase = self
            .message
            .with_reason(|reason| reason.map(|reason| reason.to_string_lossy().into_owned()));
        let phrase = phrase.filter(|phrase| !phrase.is_empty());
        let phrase = phrase.map_or_else(String::new, |phrase| format!(" ({phrase})"));
        let text = format!("{who} answered the WebSocket handshake with status {status}{phrase}");
        self.fail(glib::Error::new(WebsocketError::NotWebsocket, &text));
    }

    /// The server has switched: checks how, and makes the connection.
    pub(super) fn switch(self: &Rc<Self>, exchange: &dyn ClientExchange) {
        let Purpose::Websocket(request) = &self.purpose else {
            return self.fail(misused("The server has switched to another protocol"));
        };
        match handshake::verify_client(&self.message, &request.protocols, &request.offer) {
            Ok(extensions) => {
                let Some((link, rest)) = exchange.take_upgrade().filter(|_| self.goes_on()) else {
                    return;
                };
                let opening = self.opening(request, extensions, rest);
                let connection = WebsocketConnection::for_link(link, opening);
                self.end(Ok(Outcome::Websocket(connection)), Ending::Upgraded);
            }
            Err(error) => self.fail_with(error, Ending::BadHandshake),
        }
    }

    fn opening(
        &self,
        request: &HandshakeRequest,
        extensions: Vec<WebsocketExtension>,
        rest: Vec<u8>,
    ) -> Opening {
        let headers = self.message.response_headers().list();
        Opening {
            kind: WebsocketConnectionType::Client,
            place: self.message.uri().map_or(Place::Unknown, Place::Uri),
            origin: request.origin.clone(),
            protocol: headers
                .field("Sec-WebSocket-Protocol")
                .map(|field| field.value_c().to_owned()),
            extensions,
            leftover: rest,
            upgraded: None,
        }
    }
}
