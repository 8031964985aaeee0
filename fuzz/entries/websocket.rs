//! The WebSocket engine in both roles, its extension lists, and the inflater.

use std::time::{Duration, Instant};

use bisque::proto::ws::deflate::{Deflater, Inflater, Offer, Params};
use bisque::proto::ws::{Role, Settings, extension};

use super::ws_common::{Cut, Peer, Seen};

/// A client's bytes. The first byte says what was negotiated.
pub fn server(bytes: &[u8]) {
    endpoint(Role::Server, bytes);
}

/// A server's bytes. The first byte says what was negotiated.
pub fn client(bytes: &[u8]) {
    endpoint(Role::Client, bytes);
}

fn endpoint(role: Role, bytes: &[u8]) {
    if let Some((flags, bytes)) = bytes.split_first() {
        connection(role, flags & 1 != 0, flags & 2 != 0, bytes);
    }
}

/// Compressed bytes, and bytes that are compressed here.
pub fn inflate(bytes: &[u8]) {
    inflater(bytes);
    for (window_bits, takeover) in [(9, true), (9, false), (15, false)] {
        let mut deflater = Deflater::new(window_bits, takeover);
        let mut inflater = Inflater::new(window_bits, takeover);
        for message in [bytes, bytes.get(..bytes.len() / 2).unwrap_or_default()] {
            let (mut compressed, mut again) = (Vec::new(), Vec::new());
            deflater.message(message, &mut compressed);
            inflater
                .feed(&compressed, &mut again, message.len() as u64)
                .and_then(|()| inflater.finish(&mut again, message.len() as u64))
                .expect("what was compressed can be inflated");
            assert_eq!(again, message);
        }
    }
}

/// Feeds `bytes` to an endpoint; what holds of any input is asserted.
pub fn connection(role: Role, deflate: bool, filter: bool, bytes: &[u8]) {
    let mut settings = Settings::new(role);
    settings.deflate = deflate.then(Params::default);
    settings.filter = filter;
    let runs = [Cut::Whole, Cut::Each, Cut::Random(bytes.len() as u64 + 1)].map(|cut| {
        let mut peer = Peer::new(settings.clone(), Instant::now());
        peer.read_cut(bytes, cut);
        assert!(peer.connection.buffered_amount() < 8192, "answers are bounded");
        let written = peer.written();
        peer.act(|c, cx| c.handle_eof(cx));
        peer.advance(Duration::from_secs(60));
        assert_eq!(peer.connection.poll_timeout(), None);
        let errors = peer
            .seen
            .iter()
            .filter(|seen| matches!(seen, Seen::Error(_)))
            .count();
        assert!(errors <= 1 && peer.seen.iter().filter(|seen| **seen == Seen::Closed).count() == 1);
        assert_eq!(peer.seen.last(), Some(&Seen::Closed));
        let end = peer
            .seen
            .iter()
            .position(|seen| matches!(seen, Seen::Error(_) | Seen::Closing));
        assert!(
            end.is_none_or(|end| peer.seen[end + 1..] == [Seen::Closed]),
            "nothing is delivered after the end"
        );
        (peer.seen, written.len())
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

/// Inflates `bytes` in both ways, within a limit.
pub fn inflater(bytes: &[u8]) {
    let mut out = Vec::new();
    let mut inflater = Inflater::new(9, true);
    let whole = inflater
        .feed(bytes, &mut out, 10_000)
        .and_then(|()| inflater.finish(&mut out, 10_000));
    assert!(out.capacity() < 16_000, "{}", out.capacity());
    let (mut inflater, mut rest, mut stepped) = (Inflater::new(9, true), bytes, Vec::new());
    let result = loop {
        let mut room = [0; 100];
        let piece = &rest[..rest.len().min(7)];
        match inflater.step(piece, &mut room, piece.len() == rest.len()) {
            Ok(step) => {
                rest = &rest[step.consumed..];
                stepped.extend_from_slice(&room[..step.produced]);
                if step.done || stepped.len() > 10_000 || (step.consumed == 0 && step.produced == 0) {
                    break true;
                }
            }
            Err(_) => break false,
        }
    };
    if whole.is_ok() {
        assert!(result && stepped == out);
    }
}

/// Reads an extension list; what it understands means the same when it is written again.
pub fn extensions(bytes: &[u8]) {
    let Ok(list) = extension::parse(bytes) else { return };
    let written = list
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let again = extension::parse(written.as_bytes()).expect("what was written is a list");
    assert_eq!(list, again);
    for extension in &list {
        let _ = Offer::parse(&extension.params)
            .map(|offer| offer.confirm(&offer.accept(Params::default()).1).expect("ours"));
    }
}
