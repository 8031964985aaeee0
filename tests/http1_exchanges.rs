//! Exchanges: who writes what when, what stays in the input, and whether the connection goes on.

mod http1_support;

use std::time::{Duration, Instant};

use bisque::proto::http1::exchange::{ClientExchange, ServerEvent, ServerExchange, Timeouts, Wait};
use bisque::proto::http1::head::{HeadLimits, ResponseHead, Version};
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::http1::violation::{Misuse, Violation};
use bisque::proto::limits;
use http1_support::{ask, request, serve};

fn response(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
    let mut headers = HeaderList::new(Kind::Response);
    for (name, value) in fields {
        headers.append(name, value).unwrap();
    }
    ResponseHead {
        version: Version::Http11,
        status,
        reason: "R".into(),
        headers,
    }
}

/// A server that has read all of the one request in `bytes`.
fn asked(bytes: &str) -> ServerExchange {
    let mut exchange = ServerExchange::new();
    let mut input = bytes.as_bytes();
    while let Some(event) = exchange.receive(Instant::now(), &mut input).unwrap() {
        if matches!(event, ServerEvent::BodyEnd(_)) {
            break;
        }
    }
    assert!(input.is_empty());
    exchange
}

/// The bytes of an answer with a body of three bytes, and whether the connection goes on.
fn answer(mut exchange: ServerExchange, fields: &[(&str, &str)]) -> (String, bool) {
    let mut out = Vec::new();
    exchange.respond(&response(200, fields), &mut out).unwrap();
    exchange.write_body(b"abc", &mut out).unwrap();
    exchange.finish_body(&mut out).unwrap();
    (String::from_utf8(out).unwrap(), exchange.go_on())
}

#[test]
fn frames_behind_an_upgrade_stay_in_the_input() {
    let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let outcome = serve(format!("{head}\u{1}frames").as_bytes(), false);
    assert_eq!(outcome.events, ["head GET / n=3", "end n=0"]);
    assert_eq!(outcome.rest, b"\x01frames");

    let mut exchange = asked(head);
    let mut out = Vec::new();
    exchange
        .respond(&response(101, &[("Upgrade", "websocket")]), &mut out)
        .unwrap();
    assert_eq!(out, b"HTTP/1.1 101 R\r\nUpgrade: websocket\r\n\r\n");
    assert!(exchange.is_switched() && !exchange.go_on());
    let mut input = &b"frames"[..];
    assert!(exchange.receive(Instant::now(), &mut input).unwrap().is_none());
    assert_eq!(input, b"frames");

    let outcome = ask(
        "GET",
        true,
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nframes",
        false,
    );
    assert_eq!(outcome.events, ["switched n=1"]);
    assert_eq!(outcome.rest, b"frames");
}

#[test]
fn a_pipelined_request_waits_for_its_turn() {
    let one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let outcome = serve(format!("{one}GET /2 HTTP/1.1\r\n").as_bytes(), false);
    assert_eq!(outcome.events, ["head GET /1 n=1", "end n=0"]);
    assert_eq!(outcome.rest, b"GET /2 HTTP/1.1\r\n");
}

#[test]
fn keep_alive() {
    let length = [("Content-Length", "3")];
    let (text, goes_on) = answer(asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &length);
    assert_eq!(
        (&text[..], goes_on),
        ("HTTP/1.1 200 R\r\nContent-Length: 3\r\n\r\nabc", true)
    );
    let (text, goes_on) = answer(
        asked("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"),
        &length,
    );
    assert!(text.contains("Connection: close\r\n") && !goes_on);
    let (text, goes_on) = answer(asked("GET / HTTP/1.0\r\n\r\n"), &length);
    assert!(text.contains("Connection: close\r\n") && !goes_on);
    let (text, goes_on) = answer(asked("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), &length);
    assert!(text.contains("Connection: keep-alive\r\n") && goes_on);
    let (text, goes_on) = answer(asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &[]);
    assert!(text.contains("Connection: close\r\n") && !goes_on);
    let (text, goes_on) = answer(
        asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        &[("Transfer-Encoding", "chunked")],
    );
    assert_eq!(
        (&text[..], goes_on),
        (
            "HTTP/1.1 200 R\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            true
        )
    );
}

#[test]
fn cve_2026_1760_both_lengths_are_answered_and_then_the_connection_closes() {
    let exchange = asked(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    let (text, goes_on) = answer(exchange, &[("Content-Length", "3")]);
    assert!(text.contains("Connection: close\r\n") && !goes_on);
}

#[test]
fn a_violation_is_answered_and_then_the_connection_closes() {
    let mut exchange = ServerExchange::new();
    let violation = exchange.receive(Instant::now(), &mut &b"G\0T"[..]).unwrap_err();
    let mut out = Vec::new();
    exchange
        .respond(
            &response(violation.status(), &[("Content-Length", "0")]),
            &mut out,
        )
        .unwrap();
    exchange.finish_body(&mut out).unwrap();
    assert_eq!(
        out,
        b"HTTP/1.1 400 R\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert!(!exchange.go_on());
    assert_eq!(
        exchange.receive(Instant::now(), &mut &b"GET"[..]).unwrap_err(),
        violation
    );
}

#[test]
fn a_server_may_have_other_limits_on_heads() {
    let most = HeadLimits {
        bytes: 2000,
        fields: 300,
    };
    let head = |fields: usize, bytes: usize| {
        let mut head =
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}P: ", "a:\r\n".repeat(fields - 2)).into_bytes();
        head.resize(bytes - 4, b'x');
        head.extend_from_slice(b"\r\n\r\n");
        head
    };
    let read = |bytes: &[u8], piece: usize| {
        let mut exchange = ServerExchange::new();
        let mut input = Vec::new();
        for piece in bytes.chunks(piece) {
            input.extend_from_slice(piece);
            let mut rest = &input[..];
            match exchange.receive_within(Instant::now(), &mut rest, &most) {
                Ok(Some(ServerEvent::Head(_))) => return Ok(()),
                Ok(_) => input.drain(..input.len() - rest.len()),
                Err(violation) => return Err(violation),
            };
        }
        Err(Violation::Truncated)
    };
    for piece in [1, 7, 10_000] {
        assert_eq!(read(&head(300, 2000), piece), Ok(()));
        assert_eq!(read(&head(301, 2000), piece), Err(Violation::TooManyHeaders));
        assert_eq!(read(&head(300, 2001), piece), Err(Violation::HeadTooLarge));
    }
}

#[test]
fn a_head_at_a_byte_a_second_runs_into_its_deadline() {
    let start = Instant::now();
    let mut exchange = ServerExchange::new();
    assert!(exchange.receive(start, &mut &b""[..]).unwrap().is_none());
    let timeouts = Timeouts::default();
    let first = exchange.wait_for_input(start, &timeouts);
    assert_eq!(first, Some(start + limits::FIRST_BYTE_TIME));
    for (second, byte) in b"GET / HTTP/1.1\r\nHost: a".iter().enumerate() {
        let now = start + Duration::from_secs(second as u64);
        assert!(exchange.receive(now, &mut &[*byte][..]).unwrap().is_none());
        assert_eq!(exchange.handle_timeout(now, &timeouts), None);
    }
    let late = start + Duration::from_secs(20);
    let deadline = exchange.wait_for_input(late, &timeouts).unwrap();
    assert_eq!(deadline, start + limits::HEAD_TIME);
    assert_eq!(exchange.handle_timeout(deadline, &timeouts), Some(Wait::Head));
    assert_eq!(exchange.wait_for_input(deadline, &timeouts), None);
    let violation = exchange.receive(deadline, &mut &b"x"[..]).unwrap_err();
    assert_eq!((violation, violation.status()), (Violation::TooSlow, 408));
}

#[test]
fn each_wait_for_a_client_has_its_own_deadline() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let timeouts = Timeouts {
        first_byte: seconds(1),
        head: seconds(2),
        body: seconds(3),
        response: seconds(4),
        idle: seconds(5),
    };
    let mut exchange = ServerExchange::new();
    assert_eq!(exchange.wait_for_input(start, &timeouts), Some(at(1)));
    assert_eq!(
        exchange.wait_for_input(at(1), &timeouts),
        Some(at(1)),
        "it is not put off"
    );
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
    exchange.receive(at(1), &mut &head[..]).unwrap();
    // The program had the word for a while: a pause, or a signal's handler.
    exchange.wait_for_nobody();
    assert_eq!(exchange.wait_for_input(at(50), &timeouts), Some(at(53)));
    exchange.receive(at(52), &mut &b"a"[..]).unwrap();
    assert_eq!(
        exchange.wait_for_input(at(52), &timeouts),
        Some(at(55)),
        "a byte is progress"
    );
    exchange.receive(at(53), &mut &b"bc"[..]).unwrap();
    exchange.receive(at(53), &mut &b""[..]).unwrap();
    assert_eq!(
        exchange.wait_for_input(at(53), &timeouts),
        None,
        "the request is complete"
    );

    let mut out = Vec::new();
    exchange
        .respond(&response(200, &[("Content-Length", "3")]), &mut out)
        .unwrap();
    assert_eq!(exchange.wait_for_room(at(60), false, &timeouts), Some(at(64)));
    assert_eq!(exchange.wait_for_room(at(62), false, &timeouts), Some(at(64)));
    assert_eq!(exchange.wait_for_room(at(63), true, &timeouts), Some(at(67)));
    assert_eq!(exchange.handle_timeout(at(67), &timeouts), Some(Wait::Response));
    exchange.write_body(b"abc", &mut out).unwrap();
    exchange.finish_body(&mut out).unwrap();
    assert!(exchange.go_on());
    assert_eq!(exchange.wait_for_input(at(70), &timeouts), Some(at(75)));
    assert_eq!(exchange.handle_timeout(at(75), &timeouts), Some(Wait::Idle));
    let forever = Timeouts {
        idle: None,
        ..timeouts
    };
    assert_eq!(exchange.wait_for_input(at(75), &forever), None);
}

#[test]
fn a_client_that_waits_for_leave_gets_it_once() {
    let mut exchange = ServerExchange::new();
    let mut input = &b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n"[..];
    assert!(matches!(
        exchange.receive(Instant::now(), &mut input),
        Ok(Some(ServerEvent::Head(_)))
    ));
    assert!(exchange.awaits_continue());
    let mut out = Vec::new();
    exchange.inform(&response(100, &[]), &mut out).unwrap();
    assert_eq!(out, b"HTTP/1.1 100 R\r\n\r\n");
    assert!(!exchange.awaits_continue());
    assert_eq!(
        exchange.inform(&response(200, &[]), &mut out),
        Err(Misuse::HeadNotDue)
    );
    // A refusal before the body: the body is not waited for.
    exchange
        .respond(&response(417, &[("Content-Length", "0")]), &mut out)
        .unwrap();
    exchange.finish_body(&mut out).unwrap();
    assert!(!exchange.go_on());
}

#[test]
fn bodies_that_do_not_fit_their_heads_are_misuse() {
    let mut out = Vec::new();
    let mut exchange = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(exchange.write_body(b"x", &mut out), Err(Misuse::TooMuchBody));
    exchange
        .respond(&response(200, &[("Content-Length", "2")]), &mut out)
        .unwrap();
    assert_eq!(
        exchange.respond(&response(200, &[]), &mut out),
        Err(Misuse::HeadNotDue)
    );
    assert_eq!(exchange.write_body(b"xyz", &mut out), Err(Misuse::TooMuchBody));
    exchange.write_body(b"x", &mut out).unwrap();
    assert_eq!(exchange.finish_body(&mut out), Err(Misuse::TooLittleBody));
    assert!(!exchange.go_on());

    let mut old = asked("GET / HTTP/1.0\r\n\r\n");
    let chunked = [("Transfer-Encoding", "chunked")];
    assert_eq!(
        old.respond(&response(200, &chunked), &mut out),
        Err(Misuse::ChunkedForOldPeer)
    );
    let mut head = asked("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    head.respond(&response(200, &[("Content-Length", "2")]), &mut out)
        .unwrap();
    assert_eq!(head.write_body(b"x", &mut out), Err(Misuse::TooMuchBody));
    head.finish_body(&mut out).unwrap();
    assert!(head.go_on());
}

#[test]
fn a_client_reads_informational_heads_before_the_answer() {
    let outcome = ask(
        "GET",
        true,
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Go\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nabc",
        false,
    );
    assert_eq!(
        outcome.events,
        [
            "informational 103",
            "informational 100",
            "head 404 No n=1",
            "body ab",
            "end n=0"
        ]
    );
    assert_eq!(outcome.rest, b"c");
    let endless = "HTTP/1.1 100 Go\r\n\r\n".repeat(limits::INFORMATIONAL_COUNT as usize + 1);
    assert_eq!(
        ask("GET", true, endless.as_bytes(), false).violation,
        Some(Violation::TooManyInformational)
    );
}

#[test]
fn a_server_that_speaks_out_of_turn() {
    assert_eq!(
        ask("GET", false, b"HTTP/1.1 101 S\r\n\r\n", false).violation,
        Some(Violation::UnaskedSwitch)
    );
    let mut exchange = ClientExchange::new();
    assert_eq!(exchange.receive(&mut &b"H"[..]).unwrap_err(), Violation::Unasked);
    assert_eq!(ask("GET", false, b"", true).violation, Some(Violation::Truncated));
    assert_eq!(
        ask("GET", false, b"HTTP/1.1 200", true).violation,
        Some(Violation::Truncated)
    );
}

#[test]
fn a_client_keeps_a_connection_or_does_not() {
    let mut exchange = ClientExchange::new();
    for (answer, goes_on) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            false,
        ),
    ] {
        let mut out = Vec::new();
        exchange.request(&request("GET", false), &mut out).unwrap();
        exchange.finish_body(&mut out).unwrap();
        assert_eq!(out, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
        let mut input = answer.as_bytes();
        while exchange.receive(&mut input).unwrap().is_some() {}
        assert_eq!(exchange.go_on(), goes_on);
    }
}
