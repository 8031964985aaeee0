//! A client and a server of the WebSocket engine with each other: every scenario whole, byte by byte and cut at
//! random, with the same events.

mod ws_common;

use std::time::{Duration, Instant};

use bisque::proto::ws::deflate::Params;
use bisque::proto::ws::{DataType, Flow, Misuse, Role, Settings, State, Violation};
use ws_common::{Cut, Pair, Peer, Rng, Seen, cuts, plain};

fn text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

#[test]
fn messages_go_both_ways_and_the_client_closes() {
    for cut in cuts() {
        let mut pair = Pair::new(cut);
        pair.client.text("hello \u{1f600}");
        pair.client.binary(&[]);
        pair.server.binary(&[7; 70_000]);
        pair.server.text("nul \0 inside");
        pair.client.close(1000, "bye");
        assert_eq!(pair.client.connection.state(), State::Closing);
        pair.carry();
        assert_eq!(
            pair.server.seen,
            [
                text("hello \u{1f600}"),
                Seen::Binary(vec![]),
                Seen::Closing,
                Seen::Closed
            ]
        );
        assert_eq!(
            pair.client.seen,
            [
                Seen::Closing,
                Seen::Binary(vec![7; 70_000]),
                text("nul \0 inside"),
                Seen::Closed
            ]
        );
        assert_eq!(pair.server.connection.close_code(), Some(1000));
        assert_eq!(pair.server.connection.close_data(), Some("bye"));
        assert_eq!(pair.client.connection.close_data(), Some("bye"));
    }
}

#[test]
fn the_server_closes_without_a_code() {
    for cut in cuts() {
        let mut pair = Pair::new(cut);
        pair.server.close(1005, "");
        pair.carry();
        assert_eq!(pair.server.seen, [Seen::Closing, Seen::Closed]);
        assert_eq!(pair.client.seen, [Seen::Closing, Seen::Closed]);
        assert_eq!(pair.client.connection.close_code(), Some(1005));
        assert_eq!(pair.server.connection.close_code(), Some(1000));
    }
}

#[test]
fn both_close_at_once() {
    for cut in cuts() {
        let mut pair = Pair::new(cut);
        pair.server.close(1001, "");
        pair.client.close(4000, "mine");
        pair.carry();
        assert_eq!(pair.server.seen, [Seen::Closing, Seen::Closed]);
        assert_eq!(pair.client.seen, [Seen::Closing, Seen::Closed]);
        assert_eq!(pair.client.connection.close_code(), Some(1001));
        assert_eq!(pair.server.connection.close_code(), Some(4000));
    }
}

#[test]
fn last_words_in_closing_go_before_the_close_frame() {
    for cut in cuts() {
        let mut pair = Pair::new(cut);
        pair.server.last_words = Some("one more");
        pair.client.close(1001, "client closed");
        pair.carry();
        assert_eq!(pair.client.seen, [Seen::Closing, text("one more"), Seen::Closed]);
    }
}

#[test]
fn misuse_changes_nothing() {
    let mut pair = Pair::new(Cut::Whole);
    let client = &mut pair.client;
    assert_eq!(
        client.act(|c, cx| c.send_copied(cx, DataType::Text, b"\xff")),
        Err(Misuse::BadUtf8)
    );
    assert_eq!(
        client.act(|c, cx| c.ping(cx, &[0; 126])),
        Err(Misuse::ControlTooLong)
    );
    assert_eq!(
        client.act(|c, cx| c.close(cx, 1006, "")),
        Err(Misuse::BadCloseCode)
    );
    assert_eq!(
        client.act(|c, cx| c.close(cx, 1011, "")),
        Err(Misuse::BadCloseCode)
    );
    assert_eq!(
        client.act(|c, cx| c.close(cx, 1005, "x")),
        Err(Misuse::ReasonWithoutCode)
    );
    assert_eq!(client.connection.buffered_amount(), 0);
    client.close(1000, "");
    assert_eq!(
        client.act(|c, cx| c.close(cx, 1000, "")),
        Err(Misuse::AlreadyClosing)
    );
    assert_eq!(
        client.act(|c, cx| c.send_copied(cx, DataType::Text, b"late")),
        Err(Misuse::NotOpen)
    );
    pair.carry();
    assert_eq!(pair.server.seen, [Seen::Closing, Seen::Closed]);
}

#[test]
fn a_silent_peer_is_given_five_seconds_to_close() {
    let mut pair = Pair::new(Cut::Whole);
    pair.client.close(1000, "");
    pair.client.written();
    pair.client.advance(Duration::from_millis(4999));
    assert_eq!(pair.client.seen, [Seen::Closing]);
    pair.client.advance(Duration::from_millis(1));
    assert_eq!(pair.client.seen, [Seen::Closing, Seen::Closed]);
    assert_eq!(pair.client.connection.close_code(), None);
    assert_eq!(pair.client.connection.poll_timeout(), None);
}

#[test]
fn a_peer_that_vanishes_closes_without_closing() {
    for cut in cuts() {
        let mut pair = Pair::new(cut);
        pair.client.text("half a fr");
        let bytes = pair.client.written();
        pair.server.read_cut(&bytes[..7], cut);
        pair.server.act(|c, cx| c.handle_eof(cx));
        pair.server.act(|c, cx| c.handle_eof(cx));
        assert_eq!(pair.server.seen, [Seen::Closed]);
    }
}

#[test]
fn keepalive_pings_are_answered_and_missed() {
    let every = |seconds| Some(Duration::from_secs(seconds));
    let mut pair = Pair::with(Cut::Whole, |settings| {
        if settings.role == bisque::proto::ws::Role::Server {
            (settings.keepalive_interval, settings.pong_timeout) = (every(10), every(4));
        }
    });
    for _ in 0..3 {
        pair.advance(Duration::from_secs(10));
        pair.carry();
    }
    assert_eq!(pair.server.seen.len(), 3, "{:?}", pair.server.seen);
    assert!(pair.server.seen.iter().all(|seen| matches!(seen, Seen::Pong(_))));
    pair.server.seen.clear();
    pair.server.advance(Duration::from_secs(10));
    pair.server.written();
    pair.server.advance(Duration::from_millis(3999));
    assert_eq!(pair.server.seen, []);
    pair.server.advance(Duration::from_millis(1));
    assert_eq!(
        pair.server.seen,
        [Seen::Error(Violation::PongTimeout), Seen::Closed]
    );
}

#[test]
fn large_messages_both_ways() {
    let big: Vec<u8> = (0..1_000_000u32)
        .map(|i| (i.wrapping_mul(i) >> 7) as u8)
        .collect();
    for cut in cuts().filter(|cut| !matches!(cut, Cut::Each)) {
        let mut pair = Pair::with(cut, |settings| {
            (settings.max_frame_payload, settings.max_message) = (0, 0)
        });
        pair.client.binary(&big);
        pair.server.binary(&big);
        pair.carry();
        assert!(pair.server.seen == [Seen::Binary(big.clone())]);
        assert!(pair.client.seen == [Seen::Binary(big.clone())]);
    }
}

#[test]
fn deflate_with_every_window_and_takeover() {
    let mut rng = Rng(5);
    let repetitive: String = (0..400)
        .map(|i| format!("{{\"id\":{},\"name\":\"value {}\"}},", i % 7, i % 13))
        .collect();
    let noise = rng.bytes(40_000);
    for bits in 8..=15 {
        for no_takeover in [false, true] {
            for cut in [Cut::Whole, Cut::Each, Cut::Random(3)] {
                let mut pair = Pair::with(cut, |settings| {
                    settings.deflate = Some(Params {
                        server_no_context_takeover: no_takeover,
                        client_no_context_takeover: no_takeover,
                        server_max_window_bits: bits,
                        client_max_window_bits: bits,
                    });
                });
                let mut sent = 0;
                for _ in 0..3 {
                    pair.client.text(&repetitive);
                    pair.client.binary(&noise);
                    pair.server.text(&repetitive);
                    pair.server.text("");
                    sent += pair.server.connection.buffered_amount();
                    pair.carry();
                    pair.advance(Duration::from_secs(20)); // state is given back in between
                }
                let server = [text(&repetitive), Seen::Binary(noise.clone())];
                assert!(
                    pair.server.seen == [&server[..], &server[..], &server[..]].concat(),
                    "{bits} {cut:?}"
                );
                let client = [text(&repetitive), text("")];
                assert!(
                    pair.client.seen == [&client[..], &client[..], &client[..]].concat(),
                    "{bits} {cut:?}"
                );
                assert!(sent < repetitive.len(), "it is compressed");
            }
        }
    }
}

#[test]
fn deflate_context_survives_idleness() {
    let mut pair = Pair::with(Cut::Whole, |settings| settings.deflate = Some(Params::default()));
    let message = Rng(9)
        .bytes(500)
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect::<String>();
    let mut sizes = Vec::new();
    for _ in 0..3 {
        pair.client.text(&message);
        sizes.push(pair.client.connection.buffered_amount());
        pair.carry();
        pair.server.advance(Duration::from_secs(20)); // only the receiver gives its state back
        assert_eq!(pair.server.connection.poll_timeout(), None);
    }
    assert!(
        sizes[1] < 40 && sizes[2] < 40,
        "later messages refer to the first: {sizes:?}"
    );
    assert_eq!(pair.server.seen, [text(&message), text(&message), text(&message)]);
}

#[test]
fn filters_see_every_frame_of_both_directions() {
    for cut in cuts() {
        let mut pair = Pair::with(cut, |settings| settings.filter = true);
        let rot = |_: Flow, header: u8, payload: &[u8]| {
            Ok((header ^ 0x20, payload.iter().map(|b| b ^ 0x55).collect()))
        };
        pair.client.filter = rot;
        pair.server.filter = rot;
        let (header, payload) = rot(Flow::Outgoing, 0x81, b"hello").unwrap_or_default();
        pair.client
            .act(|c, cx| c.send_filtered(cx, header, &payload))
            .expect("open");
        pair.client.act(|c, cx| c.ping(cx, b"p")).expect("open");
        pair.carry();
        assert_eq!(pair.server.seen, [text("hello")]);
        assert_eq!(pair.client.seen, [Seen::Pong(b"p".to_vec())]);
        pair.server.close(1000, "done");
        pair.carry();
        assert_eq!(pair.client.connection.close_data(), Some("done"));
        assert_eq!(
            pair.client.seen,
            [Seen::Pong(b"p".to_vec()), Seen::Closing, Seen::Closed]
        );
        assert_eq!(pair.server.seen, [text("hello"), Seen::Closing, Seen::Closed]);
    }
}

#[test]
fn a_filter_refuses_a_frame() {
    for cut in cuts() {
        let mut pair = Pair::with(cut, |settings| settings.filter = true);
        pair.server.filter = |flow, header, payload| match flow {
            Flow::Incoming => Err(1003),
            Flow::Outgoing => Ok((header, payload.to_vec())),
        };
        pair.client
            .act(|c, cx| c.send_filtered(cx, 0x82, &vec![1]))
            .expect("open");
        pair.carry();
        assert_eq!(
            pair.server.seen,
            [Seen::Error(Violation::Extension(1003)), Seen::Closed]
        );
        assert_eq!(pair.client.connection.close_code(), Some(1003));
        assert_eq!(pair.client.seen, [Seen::Closing, Seen::Closed]);
    }
}

#[test]
fn no_fragment_is_read_past_its_filter() {
    // Found by fuzzing: the rest of a long fragment went straight into the message, as the peer had sent it.
    let mut settings = Settings::new(Role::Client);
    settings.filter = true;
    let mut peer = Peer::new(settings, Instant::now());
    peer.filter = |_, header, payload| Ok((header, payload.iter().map(u8::to_ascii_uppercase).collect()));
    peer.read(&plain(0x01, b""), true);
    let fragment = plain(0x80, &[b'a'; 40_000]);
    peer.read(&fragment[..10], true);
    peer.read(&fragment[10..], true);
    assert_eq!(peer.seen, [Seen::Text("A".repeat(40_000))]);
}
