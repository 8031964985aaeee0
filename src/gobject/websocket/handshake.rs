//! The opening handshake over messages, with its extensions: what the session, the server and the four helpers share.
//!
//! Law: an offer of permessage-deflate with parameters that cannot be had is declined (RFC 7692, section 7.1), the handshake
//! goes on; a refusal by an application's own extension ends it.

use std::ffi::{CStr, CString};

use glib::ffi;
use glib::prelude::*;
use glib::translate::*;

use super::{Offer, WebsocketExtension, WebsocketExtensionDeflate};
use crate::gobject::enums::{HttpVersion, WebsocketConnectionType, WebsocketError};
use crate::gobject::{Message, MessageHeaders, ServerMessage};
use crate::proto::http1::headers::{HeaderList, Kind, Refused};
use crate::proto::ws::extension::{self, Extension};
use crate::proto::ws::handshake::{self, Refusal};
use crate::reactor::Reactor;

/// What a client's handshake asks for, and a server grants.
pub struct Accepted {
    /// The answer to the client's key.
    accept: [u8; 28],
    protocol: Option<String>,
    /// The extensions in use, configured, in the client's order.
    pub extensions: Vec<WebsocketExtension>,
}

/// Writes a client's handshake into `message`'s request. Refused where the origin or a protocol cannot be a header's value:
/// then nothing is written.
pub fn prepare_client(
    message: &Message,
    origin: Option<&CStr>,
    protocols: &[&CStr],
    offer: &Offer,
) -> Result<(), Refused> {
    let elements: Vec<String> = offer.enabled(message).into_iter().filter_map(element).collect();
    let key = handshake::client_key(&mut Reactor::current().entropy());
    let origin = origin.map(CStr::to_string_lossy);
    let protocols: Vec<_> = protocols
        .iter()
        .map(|protocol| protocol.to_string_lossy())
        .collect();
    let protocols: Vec<&str> = protocols.iter().map(AsRef::as_ref).collect();
    let mut headers = HeaderList::new(Kind::Request);
    handshake::write_request(
        &mut headers,
        &key,
        origin.as_deref(),
        &protocols,
        Some(&elements.join(", ")),
    )?;
    message.request_headers().merge(headers);
    Ok(())
}

/// Gives a client's handshake another key: each connection has its own (RFC 6455, section 4.1).
pub fn renew_key(message: &Message) {
    let key = handshake::client_key(&mut Reactor::current().entropy());
    // A key is base64, which no header refuses.
    let _ = message.request_headers().replace("Sec-WebSocket-Key", key);
}

/// Checks the answer to a client's handshake; the extensions that the server has granted.
pub fn verify_client(
    message: &Message,
    protocols: &[CString],
    offer: &Offer,
) -> Result<Vec<WebsocketExtension>, glib::Error> {
    match message.status() {
        SWITCHING_PROTOCOLS => (),
        BAD_REQUEST => return Err(bad("The server has rejected the WebSocket handshake")),
        _ => return Err(ignored()),
    }
    let request = message.request_headers().list();
    let key = request
        .one_str("Sec-WebSocket-Key")
        .unwrap_or_default()
        .to_owned();
    drop(request);
    let list = message.response_headers().list();
    let names: Vec<&str> = protocols
        .iter()
        .filter_map(|protocol| protocol.to_str().ok())
        .collect();
    handshake::check_response(&list, &key, &names).map_err(|refusal| match refusal {
        Refusal::NotWebsocket => ignored(),
        refusal => bad(&refusal.to_string()),
    })?;
    let granted = handshake::extensions(&list);
    // An application's extension looks at the headers, or changes them.
    drop(list);
    let granted = extension::parse(&granted).map_err(|_| bad(&Refusal::BadExtensions.to_string()))?;
    let offered = offer.enabled(message);
    let mut extensions: Vec<WebsocketExtension> = Vec::new();
    for element in &granted {
        let type_ = find(&offered, element.name).filter(|type_| !is_among(&extensions, *type_));
        let Some(extension) = type_.and_then(WebsocketExtension::of_type) else {
            return Err(bad(
                "The server has chosen a WebSocket extension that was not offered",
            ));
        };
        configure(&extension, WebsocketConnectionType::Client, element).map_err(|error| {
            error.unwrap_or_else(|| bad("The server's answer to a WebSocket extension is malformed"))
        })?;
        extensions.push(extension);
    }
    Ok(extensions)
}

/// The protocols that `message` offers.
pub fn offered_protocols(message: &Message) -> Vec<CString> {
    let headers = message.request_headers().list();
    headers
        .elements("Sec-WebSocket-Protocol")
        .filter_map(|name| CString::new(name).ok())
        .collect()
}

/// Checks the headers of a client's handshake against what a server expects and supports. `None` for `protocols` is a
/// server that does not care.
fn check_headers(
    headers: &MessageHeaders,
    origin: Option<&[u8]>,
    protocols: Option<&[String]>,
    supported: &[glib::Type],
) -> Result<Accepted, glib::Error> {
    let list = headers.list();
    let key = handshake::check_request(&list).map_err(|refusal| match refusal {
        Refusal::NotWebsocket => not_a_handshake(),
        refusal => bad(&refusal.to_string()),
    })?;
    let accept = handshake::accept_key(key);
    if let Some(expected) = origin
        && !is_origin(&list, expected)
    {
        return Err(glib::Error::new(
            WebsocketError::BadOrigin,
            "Incorrect WebSocket \u{201c}Origin\u{201d} header",
        ));
    }
    let mut protocol = None;
    if let Some(supported) = protocols
        && list.contains("Sec-WebSocket-Protocol")
    {
        let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
        let chosen = handshake::choose_protocol(&list, &supported);
        protocol = Some(
            chosen
                .ok_or_else(|| bad("Unsupported WebSocket subprotocol"))?
                .to_owned(),
        );
    }
    let offers = handshake::extensions(&list);
    // An application's extension looks at the headers, or changes them.
    drop(list);
    let extensions = grant(&offers, supported)?;
    Ok(Accepted {
        accept,
        protocol,
        extensions,
    })
}

/// Checks a client's handshake. It must be a GET of HTTP/1.1 (RFC 6455, section 4.1).
pub fn check_server(
    message: &ServerMessage,
    origin: Option<&[u8]>,
    protocols: Option<&[String]>,
    supported: &[glib::Type],
) -> Result<Accepted, glib::Error> {
    if message.method() != c"GET" || message.http_version() != HttpVersion::Http11 {
        return Err(not_a_handshake());
    }
    check_headers(message.request_headers(), origin, protocols, supported)
}

/// Answers a client's handshake: with 101 and the extensions that it returns, or with 400 or 403, and `None`.
pub fn process_server(
    message: &ServerMessage,
    origin: Option<&[u8]>,
    protocols: Option<&[String]>,
    supported: &[glib::Type],
) -> Option<Vec<WebsocketExtension>> {
    let error = match check_server(message, origin, protocols, supported) {
        Ok(accepted) => match accepted.write(message.response_headers()) {
            Ok(()) => {
                message.set_status(SWITCHING_PROTOCOLS, None);
                return Some(accepted.extensions);
            }
            Err(refused) => bad(&refused.to_string()),
        },
        Err(error) => error,
    };
    refuse(message, &error);
    None
}

/// Answers what is no acceptable handshake, and says why unless it is the origin.
fn refuse(message: &ServerMessage, error: &glib::Error) {
    let (status, text) = match error.matches(WebsocketError::BadOrigin) {
        true => (
            FORBIDDEN,
            "403 Forbidden</title></head>\r\n<body>The WebSocket's origin is not welcome".to_owned(),
        ),
        false => {
            let why = glib::markup_escape_text(error.message());
            (
                BAD_REQUEST,
                format!(
                    "400 Bad Request</title></head>\r\n<body>This is no acceptable WebSocket handshake: {why}"
                ),
            )
        }
    };
    let page = format!("<html><head><title>{text}</body></html>\r\n");
    message.set_status(status, None);
    message.set_response_type(Some(c"text/html"));
    message.response_body().append(glib::Bytes::from_owned(page));
    let headers = message.response_headers();
    // A client of another version learns which one to try (RFC 6455, section 4.4). Neither value can be refused.
    _ = headers
        .replace("Connection", "close")
        .and_then(|()| headers.replace("Sec-WebSocket-Version", "13"));
}

/// What a request that is no handshake at all is told.
fn not_a_handshake() -> glib::Error {
    glib::Error::new(WebsocketError::NotWebsocket, &Refusal::NotWebsocket.to_string())
}

impl Accepted {
    /// Writes a server's answer into the headers of its 101. Refused where a protocol cannot be a header's value.
    pub fn write(&self, headers: &MessageHeaders) -> Result<(), Refused> {
        let elements: Vec<String> = self.extensions.iter().filter_map(answer).collect();
        let mut list = HeaderList::with_room(Kind::Response, ANSWERED);
        handshake::write_response(
            &mut list,
            &self.accept,
            self.protocol.as_deref(),
            Some(&elements.join(", ")),
        )?;
        headers.merge(list);
        Ok(())
    }
}

/// The extensions that a server grants: of each class the first offer that it can meet.
fn grant(offers: &[u8], supported: &[glib::Type]) -> Result<Vec<WebsocketExtension>, glib::Error> {
    let offers = extension::parse(offers).map_err(|_| bad(&Refusal::BadExtensions.to_string()))?;
    let mut extensions: Vec<WebsocketExtension> = Vec::new();
    for offer in &offers {
        let type_ = find(supported, offer.name).filter(|type_| !is_among(&extensions, *type_));
        let Some(extension) = type_.and_then(WebsocketExtension::of_type) else {
            continue;
        };
        match configure(&extension, WebsocketConnectionType::Server, offer) {
            Ok(()) => extensions.push(extension),
            Err(_) if extension.is::<WebsocketExtensionDeflate>() => (),
            Err(error) => {
                return Err(error.unwrap_or_else(|| bad("A WebSocket extension cannot be configured")));
            }
        }
    }
    Ok(extensions)
}

/// Whether the request has one Origin, and it is the expected one. Schemes and hosts have no case.
fn is_origin(list: &HeaderList, expected: &[u8]) -> bool {
    let mut origins = list.values("Origin");
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.eq_ignore_ascii_case(expected),
        _ => false,
    }
}

/// The class of this name.
fn find(types: &[glib::Type], name: &str) -> Option<glib::Type> {
    types
        .iter()
        .copied()
        .find(|type_| WebsocketExtension::name_of_type(*type_).as_deref() == Some(name))
}

fn is_among(extensions: &[WebsocketExtension], type_: glib::Type) -> bool {
    extensions.iter().any(|extension| extension.type_() == type_)
}

/// The element of a client's list.
fn element(type_: glib::Type) -> Option<String> {
    let name = WebsocketExtension::name_of_type(type_)?;
    let extension = WebsocketExtension::of_type(type_)?;
    let parameters = extension.request_params();
    Some(name + parameters.as_deref().unwrap_or_default())
}

/// The element of a server's list.
fn answer(extension: &WebsocketExtension) -> Option<String> {
    let name = WebsocketExtension::name_of_type(extension.type_())?;
    let parameters = extension.response_params();
    Some(name + parameters.as_deref().unwrap_or_default())
}

/// Gives an extension its parameters, as the table of strings that C's extensions take.
fn configure(
    extension: &WebsocketExtension,
    kind: WebsocketConnectionType,
    element: &Extension<'_>,
) -> Result<(), Option<glib::Error>> {
    let table = Table::new();
    for parameter in &element.params {
        if !table.insert(parameter.name, parameter.value.as_deref()) {
            let name = element.name;
            let text = format!("Duplicated parameter in \u{201c}{name}\u{201d} WebSocket extension header");
            return Err(Some(bad(&text)));
        }
    }
    let parameters = if element.params.is_empty() {
        std::ptr::null_mut()
    } else {
        table.0
    };
    // SAFETY: a table of strings that lives through the call.
    unsafe { extension.configure_with_table(kind, parameters) }
}

/// A `GHashTable` of strings.
struct Table(*mut ffi::GHashTable);

impl Table {
    fn new() -> Table {
        // SAFETY: keys and values are freed with g_free().
        Table(unsafe {
            let (hash, equal) = (Some(ffi::g_str_hash as _), Some(ffi::g_str_equal as _));
            ffi::g_hash_table_new_full(hash, equal, Some(ffi::g_free), Some(ffi::g_free))
        })
    }

    /// Whether the name is new.
    fn insert(&self, name: &str, value: Option<&str>) -> bool {
        let name: *mut std::ffi::c_char = name.to_glib_full();
        let value: *mut std::ffi::c_char = value.to_glib_full();
        // SAFETY: the table takes over both strings.
        unsafe { ffi::g_hash_table_insert(self.0, name.cast(), value.cast()) != 0 }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: the one reference is ours.
        unsafe { ffi::g_hash_table_unref(self.0) };
    }
}

fn ignored() -> glib::Error {
    glib::Error::new(
        WebsocketError::NotWebsocket,
        "The server has ignored the WebSocket handshake",
    )
}

fn bad(text: &str) -> glib::Error {
    glib::Error::new(WebsocketError::BadHandshake, text)
}

/// How many fields a server's answer has at the most.
const ANSWERED: usize = 5;
const SWITCHING_PROTOCOLS: u32 = 101;
const BAD_REQUEST: u32 = 400;
const FORBIDDEN: u32 = 403;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gobject::enums::MessageHeadersType;

    fn request(more: &[(&str, &str)]) -> MessageHeaders {
        let headers = MessageHeaders::new(MessageHeadersType::Request);
        let first = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in first.iter().chain(more) {
            headers.append(name, value).unwrap();
        }
        headers
    }

    fn check(
        more: &[(&str, &str)],
        origin: Option<&str>,
        protocols: Option<&[&str]>,
    ) -> Result<Accepted, Option<WebsocketError>> {
        let protocols: Option<Vec<String>> =
            protocols.map(|list| list.iter().map(|name| name.to_string()).collect());
        let types = [WebsocketExtensionDeflate::static_type()];
        let origin = origin.map(str::as_bytes);
        check_headers(&request(more), origin, protocols.as_deref(), &types).map_err(|error| error.kind())
    }

    fn answered(more: &[(&str, &str)]) -> Option<String> {
        let headers = MessageHeaders::new(MessageHeadersType::Response);
        check(more, None, None).unwrap().write(&headers).unwrap();
        assert_eq!(
            headers.list().one_str("Sec-WebSocket-Accept"),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        headers
            .list()
            .one_str("Sec-WebSocket-Extensions")
            .map(str::to_owned)
    }

    #[test]
    fn origins_are_compared_whole_without_case() {
        let expected = Some("http://A.example");
        assert!(check(&[("Origin", "HTTP://a.example")], expected, None).is_ok());
        for wrong in [
            &[][..],
            &[("Origin", "http://b")],
            &[("Origin", "http://a.example.")],
            &[("Origin", "http://a.example:80")],
            &[("Origin", "null")],
            &[("Origin", "http://a.example"), ("Origin", "http://b")],
        ] {
            assert_eq!(
                check(wrong, expected, None).err(),
                Some(Some(WebsocketError::BadOrigin)),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn the_server_s_first_protocol_wins_and_case_matters() {
        let offered = [("Sec-WebSocket-Protocol", "Super, chat")];
        assert_eq!(
            check(&offered, None, Some(&["chat", "Super"]))
                .unwrap()
                .protocol
                .as_deref(),
            Some("chat")
        );
        assert_eq!(check(&offered, None, None).unwrap().protocol, None);
        assert_eq!(check(&[], None, Some(&["chat"])).unwrap().protocol, None);
        for none in [&["CHAT"][..], &[]] {
            assert_eq!(
                check(&offered, None, Some(none)).err(),
                Some(Some(WebsocketError::BadHandshake))
            );
        }
    }

    #[test]
    fn the_first_offer_that_can_be_met_is_granted_once() {
        let list = |list| [("Sec-WebSocket-Extensions", list)];
        assert_eq!(answered(&[]), None);
        assert_eq!(answered(&list("bogus")), None);
        assert_eq!(answered(&list("permessage-deflate; foo")), None);
        let twice = "permessage-deflate; server_max_window_bits=10, permessage-deflate";
        assert_eq!(
            answered(&list(twice)).as_deref(),
            Some("permessage-deflate; server_max_window_bits=10")
        );
        let second = "permessage-deflate; a; a, bogus; x=\"ab\", permessage-deflate; client_max_window_bits";
        assert_eq!(
            answered(&list(second)).as_deref(),
            Some("permessage-deflate; client_max_window_bits=15")
        );
        assert!(check(&list("permessage-deflate; ="), None, None).is_err());
    }

    #[test]
    fn a_protocol_cannot_smuggle_a_header() {
        let message = Message::new(
            c"GET",
            &glib::Uri::parse("http://h/", glib::UriFlags::NONE).unwrap(),
        );
        let offer = Offer::default();
        assert!(prepare_client(&message, None, &[c"a\r\nX: y"], &offer).is_err());
        assert!(prepare_client(&message, Some(c"o\r\nX: y"), &[], &offer).is_err());
        assert!(message.request_headers().list().is_empty());
        assert!(prepare_client(&message, None, &[], &offer).is_ok());
        assert!(
            !message
                .request_headers()
                .list()
                .contains("Sec-WebSocket-Protocol")
        );
    }
}
