//! The opening handshake over header lists (RFC 6455, section 4). Request lines and statuses are HTTP's matter.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};

use crate::proto::Entropy;
use crate::proto::fallible;
use crate::proto::http1::grammar;
use crate::proto::http1::headers::{HeaderList, Refused};

/// Why a request or a response is no handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has no `Upgrade: websocket`, or no `Connection: Upgrade`.
    NotWebsocket,
    /// The client speaks another version than 13 (section 4.4).
    BadVersion,
    /// The client's key is not there once, or is not 16 bytes in base64 (section 4.2.1).
    BadKey,
    /// The server's answer to the key is not there once, or is wrong (section 4.1).
    BadAccept,
    /// The server chose a subprotocol that was not offered, or more than one (section 4.1).
    BadProtocol,
    /// The extension list breaks its grammar.
    BadExtensions,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotWebsocket => "WebSocket handshake expected",
            Refusal::BadVersion => "Unsupported WebSocket version",
            Refusal::BadKey => "Invalid WebSocket key",
            Refusal::BadAccept => "The server's answer to the WebSocket key is wrong",
            Refusal::BadProtocol => "The server chose a subprotocol that was not offered",
            Refusal::BadExtensions => "The list of WebSocket extensions is malformed",
        })
    }
}

impl std::error::Error for Refusal {}

/// A new Sec-WebSocket-Key: 16 unpredictable bytes in base64 (section 4.1).
pub fn client_key(entropy: &mut dyn Entropy) -> String {
    client_key_text(entropy).iter().copied().map(char::from).collect()
}

/// Like [`client_key`], without an allocation.
pub fn client_key_text(entropy: &mut dyn Entropy) -> [u8; 24] {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let mut text = [0; 24];
    // The 16 bytes fill it.
    _ = BASE64.encode_slice(bytes, &mut text);
    text
}

/// The Sec-WebSocket-Accept that answers a key (section 4.2.2), in base64.
pub fn accept_key(key: &[u8]) -> [u8; 28] {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let mut text = [0; 28];
    // The 20 bytes of the hash fill it.
    _ = BASE64.encode_slice(hash.finalize(), &mut text);
    text
}

/// Writes a client's headers into a request. No header is written for an empty list of protocols.
pub fn write_request(
    headers: &mut HeaderList,
    key: &str,
    origin: Option<&str>,
    protocols: &[&str],
    extensions: Option<&str>,
) -> Result<(), Refused> {
    headers.replace("Upgrade", "websocket")?;
    headers.replace("Connection", "Upgrade")?;
    headers.replace("Sec-WebSocket-Key", key)?;
    headers.replace("Sec-WebSocket-Version", "13")?;
    if let Some(origin) = origin {
        headers.replace("Origin", origin)?;
    }
    // One empty name is libsoup's way to say that there is none.
    if !protocols.is_empty() && protocols != [""] {
        let list = fallible::joined(protocols.iter().map(|name| name.as_bytes()))?;
        headers.replace("Sec-WebSocket-Protocol", list)?;
    }
    if let Some(extensions) = extensions.filter(|list| !list.is_empty()) {
        headers.replace("Sec-WebSocket-Extensions", extensions)?;
    }
    Ok(())
}

/// Checks a client's headers; returns its key.
pub fn check_request(headers: &HeaderList) -> Result<&[u8], Refusal> {
    check_upgrade(headers)?;
    if single(headers, "Sec-WebSocket-Version") != Some(b"13") {
        return Err(Refusal::BadVersion);
    }
    let key = single(headers, "Sec-WebSocket-Key").ok_or(Refusal::BadKey)?;
    // What has no room here is longer than 16 bytes.
    match BASE64.decode_slice(key, &mut [0; 18]) {
        Ok(16) => Ok(key),
        _ => Err(Refusal::BadKey),
    }
}

/// A server's choice: the first of the subprotocols in `supported` that the request offers, case and all.
pub fn choose_protocol<'a>(headers: &HeaderList, supported: &[&'a str]) -> Option<&'a str> {
    let offers = |name: &str| {
        let mut values = headers.values("Sec-WebSocket-Protocol");
        values.any(|value| grammar::contains_case_sensitive(value, name.as_bytes()))
    };
    supported.iter().find(|name| offers(name)).copied()
}

/// Writes a server's headers into its 101 response. `accept` answers the client's key.
pub fn write_response(
    headers: &mut HeaderList,
    accept: &[u8],
    protocol: Option<&str>,
    extensions: Option<&str>,
) -> Result<(), Refused> {
    headers.replace("Upgrade", "websocket")?;
    headers.replace("Connection", "Upgrade")?;
    headers.replace("Sec-WebSocket-Accept", accept)?;
    if let Some(protocol) = protocol {
        headers.replace("Sec-WebSocket-Protocol", protocol)?;
    }
    if let Some(extensions) = extensions.filter(|list| !list.is_empty()) {
        headers.replace("Sec-WebSocket-Extensions", extensions)?;
    }
    Ok(())
}

/// Checks the headers of a 101 response to a request with this key and these protocols; returns the protocol
/// chosen. The extensions are in [`extensions`].
pub fn check_response<'a>(
    headers: &HeaderList,
    key: &str,
    protocols: &[&'a str],
) -> Result<Option<&'a str>, Refusal> {
    check_upgrade(headers)?;
    if single(headers, "Sec-WebSocket-Accept") != Some(&accept_key(key.as_bytes())) {
        return Err(Refusal::BadAccept);
    }
    if !headers.contains("Sec-WebSocket-Protocol") {
        return Ok(None);
    }
    let chosen = single(headers, "Sec-WebSocket-Protocol").ok_or(Refusal::BadProtocol)?;
    let offered = protocols.iter().find(|name| name.as_bytes() == chosen);
    offered.copied().map(Some).ok_or(Refusal::BadProtocol)
}

/// The whole Sec-WebSocket-Extensions of a message, which may stand in several fields, to be read with
/// [`crate::proto::ws::extension::parse`].
pub fn extensions(headers: &HeaderList) -> Vec<u8> {
    headers
        .list("Sec-WebSocket-Extensions")
        .map_or_else(Vec::new, |list| list.into_owned())
}

fn check_upgrade(headers: &HeaderList) -> Result<(), Refusal> {
    match headers.contains_token("Upgrade", "websocket") && headers.contains_token("Connection", "Upgrade") {
        true => Ok(()),
        false => Err(Refusal::NotWebsocket),
    }
}

/// The value of a field that must not stand twice.
fn single<'a>(headers: &'a HeaderList, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.values(name);
    let first = values.next()?;
    values.next().is_none().then(|| grammar::trim(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::http1::headers::Kind;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn request(protocols: &[&str]) -> HeaderList {
        let mut headers = HeaderList::new(Kind::Request);
        write_request(
            &mut headers,
            KEY,
            Some("http://example.org"),
            protocols,
            Some("permessage-deflate"),
        )
        .unwrap();
        headers
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(&accept_key(KEY.as_bytes()), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn both_sides_agree() {
        let request = request(&["chat", "superchat"]);
        let key = check_request(&request).unwrap();
        let protocol = choose_protocol(&request, &["superchat", "chat"]);
        assert_eq!(protocol, Some("superchat"));
        let mut response = HeaderList::new(Kind::Response);
        write_response(
            &mut response,
            &accept_key(key),
            protocol,
            Some("permessage-deflate"),
        )
        .unwrap();
        assert_eq!(
            check_response(&response, KEY, &["chat", "superchat"]),
            Ok(Some("superchat"))
        );
        assert_eq!(
            check_response(&response, KEY, &["chat"]),
            Err(Refusal::BadProtocol)
        );
        assert_eq!(
            check_response(&response, "x", &["superchat"]),
            Err(Refusal::BadAccept)
        );
        assert_eq!(extensions(&response), b"permessage-deflate");
    }

    #[test]
    fn protocols_are_compared_with_their_case() {
        assert_eq!(choose_protocol(&request(&["Chat"]), &["chat"]), None);
    }

    #[test]
    fn an_empty_list_of_protocols_makes_no_header() {
        assert!(!request(&[]).contains("Sec-WebSocket-Protocol"));
        assert!(!request(&[""]).contains("Sec-WebSocket-Protocol"));
    }

    #[test]
    fn protocols_cannot_smuggle_headers() {
        let mut headers = HeaderList::new(Kind::Request);
        assert!(write_request(&mut headers, KEY, None, &["a\r\nX: y"], None).is_err());
    }

    #[test]
    fn the_accept_key_is_compared_with_its_case() {
        let mut response = HeaderList::new(Kind::Response);
        let accept = accept_key(KEY.as_bytes()).to_ascii_lowercase();
        write_response(&mut response, &accept, None, None).unwrap();
        assert_eq!(check_response(&response, KEY, &[]), Err(Refusal::BadAccept));
    }

    #[test]
    fn bad_requests() {
        let spoilt = |name: &str, value: &str| {
            let mut headers = request(&[]);
            headers.replace(name, value).unwrap();
            check_request(&headers).expect_err("refused")
        };
        assert_eq!(spoilt("Upgrade", "h2c"), Refusal::NotWebsocket);
        assert_eq!(spoilt("Connection", "close"), Refusal::NotWebsocket);
        assert_eq!(spoilt("Sec-WebSocket-Version", "8"), Refusal::BadVersion);
        let long = "c2hvcnQ=".repeat(9);
        for key in [
            "c2hvcnQ=",
            "dGhlIHNhbXBsZSBub25jZTE=",
            "dGhlIHNhbXBsZSBub25jZTEy",
            &long,
            "",
        ] {
            assert_eq!(spoilt("Sec-WebSocket-Key", key), Refusal::BadKey, "{key}");
        }
        let mut twice = request(&[]);
        twice.append("Sec-WebSocket-Key", KEY).unwrap();
        assert_eq!(check_request(&twice), Err(Refusal::BadKey));
    }
}
