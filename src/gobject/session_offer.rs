//! A client's half of the WebSocket handshake over a message: what it asks, and whether the answer fits (RFC 6455, section 4.1).

use std::ffi::{CStr, CString};

use super::enums::WebsocketError;
use super::websocket::WebsocketExtension;
use super::{Message, Session};
use crate::proto::http1::headers::Refused;
use crate::proto::ws::handshake;
use crate::reactor::Reactor;

/// The extensions that a session offers.
#[derive(Default)]
pub(crate) struct Offer;

impl Offer {
    /// What the session's feature offers for a message.
    pub(super) fn of_session(_session: &Session, _message: &Message) -> Offer {
        Offer
    }
}

/// Writes the client's headers.
pub(super) fn prepare_client(
    message: &Message,
    origin: Option<&CStr>,
    protocols: &[&CStr],
    _offer: &Offer,
) -> Result<(), Refused> {
    let key = handshake::client_key(&mut Reactor::current().entropy());
    let protocols: Vec<_> = protocols
        .iter()
        .map(|protocol| protocol.to_string_lossy())
        .collect();
    let protocols: Vec<&str> = protocols.iter().map(|protocol| &protocol[..]).collect();
    let origin = origin.map(CStr::to_string_lossy);
    let headers = message.request_headers();
    let mut list = headers.list().clone();
    handshake::write_request(&mut list, &key, origin.as_deref(), &protocols, None)?;
    headers.assign(list);
    Ok(())
}

/// Checks the server's headers.
pub(super) fn verify_client(
    message: &Message,
    protocols: &[CString],
    _offer: &Offer,
) -> Result<Vec<WebsocketExtension>, glib::Error> {
    let protocols: Vec<_> = protocols
        .iter()
        .map(|protocol| protocol.to_string_lossy())
        .collect();
    let protocols: Vec<&str> = protocols.iter().map(|protocol| &protocol[..]).collect();
    let (request, response) = (
        message.request_headers().list(),
        message.response_headers().list(),
    );
    let key = request.one_str("Sec-WebSocket-Key").unwrap_or_default();
    handshake::check_response(&response, key, &protocols)
        .map_err(|refusal| glib::Error::new(WebsocketError::BadHandshake, &refusal.to_string()))?;
    Ok(Vec::new())
}
