//! The opening handshake: what a peer offers, and what it answers.

use bisque::proto::http1::head::RequestHead;
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::ws::deflate::{self, Params};
use bisque::proto::ws::{extension, handshake};

use super::websocket::extensions;

/// Header lines of a handshake, read as a client's and as a server's; and an extension list by itself.
pub fn offers(bytes: &[u8]) {
    extensions(bytes);
    let head = [b"GET / HTTP/1.1\r\nHost: a\r\n", bytes, b"\r\n\r\n"].concat();
    if let Ok(Some((head, _))) = RequestHead::parse_without_host(&head) {
        request(&head.headers);
        response(&head.headers);
    }
}

/// A server answers what it accepts, and the client that asked so is content.
fn request(headers: &HeaderList) {
    let Ok(key) = handshake::check_request(headers) else {
        return;
    };
    let protocol = handshake::choose_protocol(headers, &["chat", "superchat"]);
    let list = handshake::extensions(headers);
    let offers = extension::parse(&list).unwrap_or_default();
    let agreed = deflate::negotiate(&offers, Params::default());
    let answer = agreed.map(|(_, answer)| answer.to_string());
    let mut out = HeaderList::new(Kind::Response);
    handshake::write_response(&mut out, &handshake::accept_key(key), protocol, answer.as_deref())
        .expect("what is agreed can be written");
    let key = std::str::from_utf8(key).expect("base64 is text");
    let chosen = handshake::check_response(&out, key, &["superchat", "chat"]);
    assert_eq!(chosen, Ok(protocol));
    let Some((params, _)) = agreed else { return };
    let offers: Vec<_> = offers
        .iter()
        .filter(|offer| offer.name.eq_ignore_ascii_case(deflate::NAME))
        .filter_map(|offer| deflate::Offer::parse(&offer.params))
        .collect();
    let list = handshake::extensions(&out);
    let answers = extension::parse(&list).expect("what was written is a list");
    assert_eq!(
        deflate::confirm(&offers, &answers[0]),
        Some(params),
        "the client reads the answer as it was meant"
    );
}

fn response(headers: &HeaderList) {
    let chosen = handshake::check_response(headers, KEY, &["chat"]);
    assert!(chosen.is_err() || headers.contains("Sec-WebSocket-Accept"));
    let list = handshake::extensions(headers);
    let offer = deflate::Offer::parse(&[]).expect("an offer without parameters");
    for answer in extension::parse(&list).unwrap_or_default() {
        if let Some(params) = deflate::confirm(&[offer], &answer) {
            assert_eq!(params.client_max_window_bits, 15, "it was not offered");
        }
    }
}

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
