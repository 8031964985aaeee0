//! From HTTP to WebSocket: what the handshake has agreed on, and the handing over of the connection.
//!
//! Law: accepted extensions belong to one upgrade, never to the handler: two upgrades on one path do not meet.

use std::ffi::CString;
use std::rc::Rc;

use glib::subclass::prelude::*;

use super::Server;
use super::handlers::WebsocketHandler;
use crate::gobject::ServerMessage;
use crate::gobject::enums::{WebsocketConnectionType, WebsocketState};
use crate::gobject::websocket::{Opening, Place, WebsocketConnection, WebsocketExtension, handshake};
use crate::proto::ws::close;
use crate::reactor::Link;

/// An upgrade that the server has agreed to, until the 101 is on its way.
pub(super) struct Upgrade {
    handler: Rc<WebsocketHandler>,
    extensions: Vec<WebsocketExtension>,
}

impl Upgrade {
    /// Answers the handshake in `message`: with 101, or with what is wrong with it.
    pub(super) fn offer(
        server: &Server,
        message: &ServerMessage,
        handler: Rc<WebsocketHandler>,
    ) -> Option<Upgrade> {
        let types = server.imp().extension_types.borrow().clone();
        let extensions = handshake::process_server(
            message,
            handler.origin.as_deref(),
            handler.protocols.as_deref(),
            &types,
        )?;
        Some(Upgrade { handler, extensions })
    }

    /// Gives the link to a WebSocket connection, and that to its handler: the 101 is on its way. `leftover` came behind the
    /// request.
    pub(super) fn complete(
        self,
        server: &Server,
        message: &ServerMessage,
        link: Rc<Link>,
        leftover: Vec<u8>,
    ) {
        let text = |value: Option<&[u8]>| value.and_then(|value| CString::new(value).ok());
        let connection = WebsocketConnection::for_link(
            link,
            Opening {
                kind: WebsocketConnectionType::Server,
                place: Place::Text(message.uri_text().into()),
                origin: text(message.request_headers().list().one("Origin")),
                protocol: text(message.response_headers().list().one("Sec-WebSocket-Protocol")),
                extensions: self.extensions,
                leftover,
                upgraded: Some(server.imp().links.upgraded.add()),
            },
        );
        self.handler
            .callback
            .call(server, message, message.path(), &connection);
        if server.is_stopping() && connection.state() == WebsocketState::Open {
            connection.close(close::GOING_AWAY, "");
        }
    }
}
