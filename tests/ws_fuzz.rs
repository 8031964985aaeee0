//! The WebSocket engine's entry points for fuzzing, run over seeds and random bytes; properties of the frame codec and the
//! extension grammar.

#[path = "../fuzz/entries/mod.rs"]
mod entries;

use bisque::proto::ws::deflate::{Deflater, Offer, Params};
use bisque::proto::ws::frame::{Header, Opcode, RSV};
use bisque::proto::ws::utf8::Utf8;
use bisque::proto::ws::{Role, Violation, extension, mask};
use entries::websocket::{connection, extensions, inflater};
use entries::ws_common::{Rng, masked, plain};
use proptest::prelude::*;

fn everything(bytes: &[u8]) {
    for role in [Role::Client, Role::Server] {
        for (deflate, filter) in [(false, false), (true, false), (false, true)] {
            connection(role, deflate, filter, bytes);
        }
    }
    inflater(bytes);
    extensions(bytes);
}

fn seeds() -> Vec<Vec<u8>> {
    let mut compressed = Vec::new();
    Deflater::new(15, true).message(
        &b"some text, some text, some other text".repeat(9),
        &mut compressed,
    );
    let frame = |first: u8, payload: &[u8]| [masked(first, payload), plain(first, payload)];
    let mut seeds: Vec<Vec<u8>> = [
        frame(0x81, "grüße".as_bytes()),
        frame(0x82, &[9; 300]),
        frame(0x01, b"frag"),
        frame(0x80, b"ment"),
        frame(0x89, b"ping"),
        frame(0x8a, b""),
        frame(0x88, b"\x03\xe8bye"),
        frame(0xc1, &compressed),
        frame(0x41, &compressed[..5]),
    ]
    .into_iter()
    .flatten()
    .collect();
    seeds.push(seeds.concat());
    seeds.push(
        b"permessage-deflate; client_max_window_bits=\"10\"; server_no_context_takeover, x; y=z".to_vec(),
    );
    seeds
}

#[test]
fn seeds_and_what_becomes_of_them() {
    let mut rng = Rng(2026);
    let seeds = seeds();
    for round in 0..600 {
        // A few seeds behind each other, with some bytes changed.
        let mut bytes: Vec<u8> = (0..=round % 4)
            .flat_map(|_| seeds[rng.below(seeds.len())].clone())
            .collect();
        for _ in 0..round / 100 {
            let place = rng.below(bytes.len());
            bytes[place] = match rng.below(3) {
                0 => rng.next() as u8,
                1 => bytes[place] ^ 1 << rng.below(8),
                _ => 0xff,
            };
        }
        bytes.truncate(if rng.below(3) == 0 {
            rng.below(bytes.len())
        } else {
            bytes.len()
        });
        everything(&bytes);
    }
}

#[test]
fn random_bytes() {
    let mut rng = Rng(4);
    for _ in 0..600 {
        let len = rng.below(400);
        everything(&rng.bytes(len));
    }
}

fn any_opcode() -> impl Strategy<Value = Opcode> {
    let opcodes = [
        Opcode::Continuation,
        Opcode::Text,
        Opcode::Binary,
        Opcode::Close,
        Opcode::Ping,
        Opcode::Pong,
    ];
    proptest::sample::select(opcodes.to_vec())
}

proptest! {
    #[test]
    fn headers_survive_the_wire(opcode in any_opcode(), fin: bool, rsv: u8, mask: Option<[u8; 4]>, shift in 0u32..64, low: u64) {
        let len = (low >> shift) & (u64::MAX >> 1);
        let header = Header { fin, rsv: rsv & RSV, opcode, mask, len };
        let (bytes, length) = header.encode();
        let parsed = Header::parse(&bytes[..length]);
        let refused = if !opcode.is_control() { None }
            else if len > 125 { Some(Violation::ControlTooLong) }
            else if !fin { Some(Violation::ControlFragmented) }
            else { None };
        match refused {
            Some(violation) => prop_assert_eq!(parsed, Err(violation)),
            None => prop_assert_eq!(parsed, Ok(Some((header, length)))),
        }
    }

    #[test]
    fn a_parsed_header_is_written_as_it_was(bytes in proptest::collection::vec(any::<u8>(), 0..16)) {
        if let Ok(Some((header, length))) = Header::parse(&bytes) {
            let (again, again_length) = header.encode();
            prop_assert_eq!(&again[..again_length], &bytes[..length]);
        }
    }

    #[test]
    fn masks_undo_themselves_in_pieces(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), key: [u8; 4], cut: prop::sample::Index) {
        let original = bytes.clone();
        mask::apply(&mut bytes, key, 0);
        let cut = cut.index(bytes.len() + 1);
        let (left, right) = bytes.split_at_mut(cut);
        mask::apply(left, key, 0);
        mask::apply(right, key, cut);
        prop_assert_eq!(bytes, original);
    }

    #[test]
    fn utf8_agrees_with_std(bytes in prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..20),
        any::<String>().prop_map(String::into_bytes),
    ], piece in 1usize..9) {
        let mut utf8 = Utf8::new();
        let fed = bytes.chunks(piece).try_for_each(|piece| utf8.feed(piece)).and_then(|()| utf8.finish());
        prop_assert_eq!(fed.is_ok(), std::str::from_utf8(&bytes).is_ok());
    }

    #[test]
    fn extension_lists_survive(text in "[a-c \t;,=\"\\\\]{0,24}") {
        extensions(text.as_bytes());
    }

    #[test]
    fn agreements_are_agreed_on(
        flags: (bool, bool, bool, bool),
        server in proptest::option::of(8u8..16),
        client in proptest::option::of(proptest::option::of(8u8..16)),
        wish in (8u8..16, 8u8..16),
    ) {
        let offer = Offer {
            server_no_context_takeover: flags.0,
            client_no_context_takeover: flags.1,
            server_max_window_bits: server,
            client_max_window_bits: client,
        };
        let wish = Params {
            server_no_context_takeover: flags.2,
            client_no_context_takeover: flags.3,
            server_max_window_bits: wish.0,
            client_max_window_bits: wish.1,
        };
        let (params, answer) = offer.accept(wish);
        let line = answer.to_string();
        let read = Offer::parse(&extension::parse(line.as_bytes()).unwrap()[0].params);
        prop_assert_eq!(read, Some(answer));
        prop_assert_eq!(offer.confirm(&answer), Some(params));
        prop_assert!(params.server_max_window_bits <= server.unwrap_or(15).min(wish.server_max_window_bits));
    }
}
