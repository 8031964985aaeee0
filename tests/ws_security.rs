//! What has gone wrong in other WebSocket implementations, fed to the engine as raw bytes in every cut.

mod ws_common;

use std::time::{Duration, Instant};

use bisque::proto::ws::deflate::{Deflater, Params};
use bisque::proto::ws::{DataType, Settings, State, Violation};
use ws_common::{Cut, Peer, Rng, Seen, client, cuts, masked, plain, raw, server};

fn fails(settings: &Settings, bytes: &[u8], violation: Violation) {
    let (seen, written) = raw(settings, bytes);
    assert_eq!(seen, [Seen::Error(violation)]);
    let role = settings.role.peer();
    let close = match role {
        bisque::proto::ws::Role::Client => written[2..4].to_vec(),
        bisque::proto::ws::Role::Server => written[6..8]
            .iter()
            .zip(&written[2..4])
            .map(|(a, b)| a ^ b)
            .collect(),
    };
    assert_eq!(close, violation.close_code().to_be_bytes(), "the peer is told");
}

fn unlimited(mut settings: Settings) -> Settings {
    (settings.max_frame_payload, settings.max_message) = (0, 0);
    settings
}

fn deflating(mut settings: Settings) -> Settings {
    settings.deflate = Some(Params::default());
    settings
}

fn deflated(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Deflater::new(15, true).message(message, &mut out);
    out
}

#[test]
fn cve_2024_52532_garbage_for_ever_fails_once_and_grows_nothing() {
    let mut peer = Peer::new(server(), Instant::now());
    for _ in 0..1000 {
        peer.read(&[0xff; 1000], true);
    }
    assert_eq!(peer.seen, [Seen::Error(Violation::ReservedBits)]);
    assert_eq!(peer.written().len(), 4);
    peer.advance(Duration::from_secs(5));
    assert_eq!(peer.seen.last(), Some(&Seen::Closed));
}

#[test]
fn cve_2025_32049_endless_fragments_stop_at_the_message_limit() {
    for cut in [Cut::Whole, Cut::Random(1)] {
        let mut peer = Peer::new(server(), Instant::now());
        peer.read_cut(&masked(0x01, &[b'a'; 1000]), cut);
        for _ in 0..1000 {
            peer.read_cut(&masked(0x00, &[b'a'; 1000]), cut);
        }
        assert_eq!(peer.seen, [Seen::Error(Violation::MessageTooBig)]);
        assert_eq!(peer.written()[2..], 1009u16.to_be_bytes());
    }
}

#[test]
fn cve_2026_0716_and_12478_lengths_that_wrap() {
    let to_server = b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xf6\xaa\xbb\xcc\xdd";
    fails(&unlimited(server()), to_server, Violation::BadLength);
    fails(
        &unlimited(client()),
        b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xf6",
        Violation::BadLength,
    );
}

#[test]
fn issue_469_fragments_of_two_messages_are_not_mixed() {
    let bytes = [
        &b"\x01\x10START_FRAGMENT_1"[..],
        b"\x02\x10WRONG_OPCODE_XXX",
        b"\x00\x08INJECTED",
        b"\x80\x05_DATA",
    ];
    fails(&client(), &bytes.concat(), Violation::ExpectedContinuation);
    fails(&client(), b"\x80\x05_DATA", Violation::UnexpectedContinuation);
}

#[test]
fn nothing_is_delivered_after_an_error_close() {
    let bytes = [
        masked(0x81, b"before"),
        masked(0x83, b""),
        masked(0x81, b"after"),
        masked(0x88, b""),
    ]
    .concat();
    let (seen, _) = raw(&server(), &bytes);
    assert_eq!(
        seen,
        [
            Seen::Text("before".into()),
            Seen::Error(Violation::ReservedOpcode)
        ]
    );
}

#[test]
fn codes_1005_1006_1015_on_the_wire_are_errors() {
    for code in [0u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        fails(
            &server(),
            &masked(0x88, &code.to_be_bytes()),
            Violation::BadCloseCode,
        );
    }
    fails(&server(), &masked(0x88, &[3]), Violation::BadCloseLength);
    fails(&server(), &masked(0x88, b"\x03\xe8\xff"), Violation::BadUtf8);
}

#[test]
fn codes_1012_to_1014_and_private_ones_are_fine() {
    for code in [1000u16, 1011, 1012, 1013, 1014, 3000, 4999] {
        let (seen, written) = raw(&server(), &masked(0x88, &code.to_be_bytes()));
        assert_eq!(seen, [Seen::Closing, Seen::Closed]);
        assert_eq!(written, plain(0x88, &code.to_be_bytes()));
    }
}

#[test]
fn a_second_close_does_not_overwrite_the_first() {
    for cut in cuts() {
        let mut peer = Peer::new(client(), Instant::now());
        peer.read_cut(
            &[plain(0x88, b"\x03\xe8one"), plain(0x88, b"\x0f\xa0two")].concat(),
            cut,
        );
        assert_eq!(peer.connection.close_code(), Some(1000));
        assert_eq!(peer.connection.close_data(), Some("one"));
        assert_eq!(peer.seen, [Seen::Closing]);
    }
}

#[test]
fn the_limit_itself_passes_and_one_more_does_not() {
    let mut settings = server();
    settings.max_frame_payload = 100;
    assert_eq!(
        raw(&settings, &masked(0x82, &[1; 100])).0,
        [Seen::Binary(vec![1; 100])]
    );
    fails(&settings, &masked(0x82, &[1; 101]), Violation::FrameTooBig);
    settings.max_message = 50;
    assert_eq!(
        raw(&settings, &masked(0x82, &[1; 50])).0,
        [Seen::Binary(vec![1; 50])]
    );
    let halves = [masked(0x02, &[1; 25]), masked(0x80, &[1; 25])].concat();
    assert_eq!(raw(&settings, &halves).0, [Seen::Binary(vec![1; 50])]);
    fails(
        &settings,
        &[masked(0x02, &[1; 25]), masked(0x80, &[1; 26])].concat(),
        Violation::MessageTooBig,
    );
}

#[test]
fn too_big_is_refused_at_the_header_with_1009() {
    let mut header = masked(0x82, &[0; 200_000]);
    header.truncate(14);
    fails(&server(), &header, Violation::FrameTooBig);
}

#[test]
fn nul_in_text_empty_messages_and_close_without_body_are_legal() {
    let bytes = [
        masked(0x81, b"a\0b"),
        masked(0x81, b""),
        masked(0x82, b""),
        masked(0x88, b""),
    ]
    .concat();
    let (seen, _) = raw(&server(), &bytes);
    let text = |text: &str| Seen::Text(text.into());
    assert_eq!(
        seen,
        [
            text("a\0b"),
            text(""),
            Seen::Binary(vec![]),
            Seen::Closing,
            Seen::Closed
        ]
    );
}

#[test]
fn masks_have_a_direction() {
    fails(&server(), b"\x81\x05hello", Violation::Unmasked);
    fails(&client(), b"\x81\x85\0\0\0\0hello", Violation::Masked);
}

#[test]
fn lengths_that_are_not_minimal_are_errors() {
    fails(&client(), b"\x82\x7e\x00\x7d", Violation::BadLength);
    fails(&client(), b"\x82\x7f\0\0\0\0\0\0\xff\xff", Violation::BadLength);
    fails(&client(), b"\x82\x7f\x80\0\0\0\0\x01\0\0", Violation::BadLength);
}

#[test]
fn cve_2026_15711_long_control_frames_are_refused_at_the_header() {
    fails(&client(), b"\x89\x7e\x00\x7e", Violation::ControlTooLong);
    fails(
        &client(),
        b"\x88\x7f\0\0\0\0\0\0\0\x7e",
        Violation::ControlTooLong,
    );
    fails(&client(), b"\x09\x00", Violation::ControlFragmented);
}

#[test]
fn cve_2026_15709_a_deflate_bomb_is_stopped_while_it_inflates() {
    let bomb = deflated(&vec![0; 50_000_000]);
    assert!(bomb.len() < 64 * 1024, "{} bytes for 50 MB", bomb.len());
    let mut settings = deflating(server());
    settings.max_frame_payload = 0;
    settings.max_message = 100_000;
    for cut in [Cut::Whole, Cut::Random(4)] {
        let mut peer = Peer::new(settings.clone(), Instant::now());
        peer.read_cut(&masked(0xc2, &bomb), cut);
        assert_eq!(peer.seen, [Seen::Error(Violation::MessageTooBig)]);
    }
    assert_eq!(
        raw(&settings, &masked(0xc2, &deflated(&vec![0; 100_000]))).0,
        [Seen::Binary(vec![0; 100_000])]
    );
    fails(
        &settings,
        &masked(0xc2, &deflated(&vec![0; 100_001])),
        Violation::MessageTooBig,
    );
}

#[test]
fn a_huge_declared_length_allocates_nothing() {
    let mut peer = Peer::new(unlimited(client()), Instant::now());
    peer.read(b"\x82\x7f\x00\xff\xff\xff\xff\xff\xff\xff", false);
    peer.read(&[1; 1000], false);
    let direct = peer
        .connection
        .direct_buffer()
        .expect("a large payload is under way");
    assert!(direct.buffer.capacity() < 100_000, "{}", direct.buffer.capacity());
    assert_eq!(peer.seen, []);
}

#[test]
fn empty_fragments_without_end() {
    let bytes = [masked(0x01, b""), masked(0x00, b"").repeat(2000)].concat();
    fails(&server(), &bytes, Violation::TooManyEmptyFragments);
}

#[test]
fn a_flood_of_pings_to_a_peer_that_does_not_read_grows_nothing() {
    let mut peer = Peer::new(server(), Instant::now());
    for i in 0..100_000u32 {
        peer.read(&masked(0x89, &i.to_be_bytes()), false);
    }
    assert!(peer.connection.buffered_amount() <= 4096);
    let written = peer.written();
    assert_eq!(
        written[..6],
        plain(0x8a, &0u32.to_be_bytes()),
        "a few are answered in order"
    );
    assert!(
        written.ends_with(&plain(0x8a, &99_999u32.to_be_bytes())),
        "and the latest, once there is room"
    );
}

#[test]
fn ten_pings_in_one_segment_get_ten_pongs() {
    let pings: Vec<u8> = (0..10).flat_map(|i| masked(0x89, &[i])).collect();
    let pongs: Vec<u8> = (0..10).flat_map(|i| plain(0x8a, &[i])).collect();
    assert_eq!(raw(&server(), &pings), (vec![], pongs));
}

#[test]
fn a_peer_that_does_not_read_fails_the_connection_at_the_queue_limit() {
    let mut settings = server();
    settings.max_queued_output = 10_000;
    let mut peer = Peer::new(settings, Instant::now());
    peer.binary(&[0; 20_000]); // the limit counts what is queued before
    assert_eq!(peer.seen, []);
    assert_eq!(peer.act(|c, cx| c.send(cx, DataType::Binary, &vec![1])), Ok(()));
    assert_eq!(peer.seen, [Seen::Error(Violation::OutputOverflow), Seen::Closed]);
    assert_eq!(peer.connection.state(), State::Closed);
    assert_eq!(peer.connection.buffered_amount(), 0);
}

#[test]
fn text_fails_at_the_first_bad_byte_not_at_the_end() {
    let mut frame = masked(0x01, &[&b"ok"[..], &[0xf4, 0x90], &[b'x'; 50_000]].concat());
    frame.truncate(8 + 4);
    fails(&server(), &frame, Violation::BadUtf8);
    fails(
        &server(),
        &[masked(0x01, b"\xce"), masked(0x80, b"")].concat(),
        Violation::BadUtf8,
    );
}

#[test]
fn compressed_text_is_checked_too() {
    fails(
        &deflating(server()),
        &masked(0xc1, &deflated(b"caf\xc3 and more, and more, and more")),
        Violation::BadUtf8,
    );
    fails(
        &deflating(server()),
        &masked(0xc2, b"\xff\xff\xff\xff"),
        Violation::BadDeflate,
    );
    fails(&deflating(server()), &masked(0xc9, b""), Violation::ReservedBits);
    fails(
        &deflating(server()),
        &[masked(0x42, b"\0"), masked(0xc0, b"")].concat(),
        Violation::ReservedBits,
    );
    fails(
        &server(),
        &masked(0xc1, &deflated(b"not negotiated")),
        Violation::ReservedBits,
    );
}

#[test]
fn blocks_marked_as_last_are_taken_and_their_flood_is_not() {
    // RFC 7692, section 7.2.3.5: "Hello" in a block with BFINAL, and the byte that aligns what follows.
    let hello = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
    let bytes = [masked(0xc1, hello), masked(0xc1, hello)].concat();
    let hello = Seen::Text("Hello".into());
    assert_eq!(raw(&deflating(server()), &bytes).0, [hello.clone(), hello]);
    fails(
        &deflating(server()),
        &masked(0xc2, &b"\x03\x00".repeat(1000)),
        Violation::BadDeflate,
    );
}

#[test]
fn the_examples_of_rfc_7692() {
    let hello = |bytes: &[u8]| assert_eq!(raw(&deflating(server()), bytes).0, [Seen::Text("Hello".into())]);
    hello(&masked(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
    hello(&[masked(0x41, b"\xf2\x48\xcd"), masked(0x80, b"\xc9\xc9\x07\x00")].concat());
    hello(&masked(0xc1, b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"));
    hello(&masked(
        0xc1,
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    ));
    let twice = [
        masked(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00"),
        masked(0xc1, b"\xf2\x00\x11\x00\x00"),
    ]
    .concat();
    assert_eq!(
        raw(&deflating(server()), &twice).0,
        vec![Seen::Text("Hello".into()); 2]
    );
    assert_eq!(
        raw(&deflating(server()), &masked(0xc1, b"\x00")).0,
        [Seen::Text(String::new())]
    );
}

#[test]
fn control_frames_between_fragments() {
    let bytes = [
        masked(0x01, b"one "),
        masked(0x89, b"?"),
        masked(0x8a, b"!"),
        masked(0x80, b"two"),
    ]
    .concat();
    let (seen, written) = raw(&server(), &bytes);
    assert_eq!(seen, [Seen::Pong(b"!".to_vec()), Seen::Text("one two".into())]);
    assert_eq!(written, plain(0x8a, b"?"));
}

#[test]
fn an_idle_connection_holds_no_buffers() {
    let mut peer = Peer::new(server(), Instant::now());
    let mut rng = Rng(1);
    for cut in cuts() {
        peer.read_cut(&masked(0x82, &rng.bytes(5000)), cut);
        peer.binary(&rng.bytes(5000));
        peer.written();
    }
    let shown = format!("{:?}", peer.connection);
    assert!(
        shown.contains("inbound: None") && shown.contains("tail: []") && shown.contains("queue: []"),
        "{shown}"
    );
}
