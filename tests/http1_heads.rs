//! Heads in both roles: what is a head, what is not, and what each refusal answers.

mod http1_support;

use bisque::proto::http1::head::{Head, RequestHead, ResponseHead, Version};
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::http1::violation::Violation;
use bisque::proto::limits;
use http1_support::{ask, parse, serve};
use proptest::prelude::*;

#[test]
fn a_request_head_is_read_as_it_is_written() {
    let head: RequestHead =
        parse(b"GET /chat?a=b HTTP/1.1\r\nhOst: example.org\r\nX-Empty:\r\nX: a \t b  \r\n\r\n")
            .unwrap()
            .unwrap();
    assert_eq!(
        (&head.method[..], &head.target[..], head.version),
        ("GET", "/chat?a=b", Version::Http11)
    );
    assert_eq!(head.headers.one("Host"), Some(&b"example.org"[..]));
    assert_eq!(head.headers.one("X-Empty"), Some(&b""[..]));
    assert_eq!(head.headers.one("x"), Some(&b"a \t b"[..]));
    let mut out = Vec::new();
    head.write(&mut out);
    assert_eq!(
        out,
        b"GET /chat?a=b HTTP/1.1\r\nhOst: example.org\r\nX-Empty: \r\nX: a \t b\r\n\r\n"
    );
}

#[test]
fn a_response_head_is_read_as_it_is_written() {
    let head: ResponseHead = parse(b"HTTP/1.0 404 Not Here\r\nServer: x\r\nServer: y\r\n\r\n")
        .unwrap()
        .unwrap();
    assert_eq!(
        (head.status, &head.reason[..], head.version),
        (404, "Not Here", Version::Http10)
    );
    let mut out = Vec::new();
    head.write(&mut out);
    assert_eq!(out, b"HTTP/1.0 404 Not Here\r\nServer: x\r\nServer: y\r\n\r\n");
    let bare: ResponseHead = parse(b"HTTP/1.1 200\r\n\r\n").unwrap().unwrap();
    assert_eq!((bare.status, &bare.reason[..]), (200, ""));
}

#[test]
fn start_lines_that_are_none() {
    for line in [
        "GET",
        "GET /",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 x",
        "GET / HTTP/1",
        "GET / http/1.1",
        "GE(T / HTTP/1.1",
        "GET /a b HTTP/1.1",
        " GET / HTTP/1.1",
        "GET /\t HTTP/1.1",
        "HTTP/1.1 200 OK",
    ] {
        let outcome = serve(format!("{line}\r\nHost: a\r\n\r\n").as_bytes(), false);
        assert_eq!(outcome.status(), Some(400), "{line:?}");
        assert!(outcome.events.is_empty());
    }
    for line in [
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 No",
        "HTTP/1.1  200 OK",
        "GET / HTTP/1.1",
        "ICY/1.0 200 OK",
        "icy 200 OK",
    ] {
        let outcome = ask(
            "GET",
            false,
            format!("{line}\r\nServer: a\r\n\r\n").as_bytes(),
            false,
        );
        assert!(outcome.violation.is_some(), "{line:?}");
    }
}

#[test]
fn radio_servers_mean_http_1_0() {
    let outcome = ask("GET", false, b"ICY 200 OK\r\nicy-name: a\r\n\r\nsound", true);
    assert_eq!(outcome.violation, None);
    assert!(
        outcome.events.iter().any(|event| event == "body sound"),
        "{:?}",
        outcome.events
    );
}

#[test]
fn other_versions_are_not_supported() {
    for version in ["HTTP/2.0", "HTTP/1.2", "HTTP/0.9"] {
        let outcome = serve(format!("GET / {version}\r\nHost: a\r\n\r\n").as_bytes(), false);
        assert_eq!(outcome.violation, Some(Violation::Version), "{version}");
        assert_eq!(outcome.status(), Some(505));
    }
}

#[test]
fn cve_2024_52530_nul_in_headers() {
    for field in ["Host\0: x", "Transfer-Encoding\0: chunked", "Foo: b\0ar"] {
        let outcome = serve(
            format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n").as_bytes(),
            false,
        );
        assert_eq!(outcome.status(), Some(400), "{field:?}");
        assert!(outcome.events.is_empty());
        let outcome = ask(
            "GET",
            false,
            format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n").as_bytes(),
            false,
        );
        assert!(outcome.violation.is_some(), "{field:?}");
    }
}

#[test]
fn cve_2025_32906_reads_past_the_end_of_a_request_line() {
    assert_eq!(
        serve(b"GET / HTTP/100.\r\nHost: a\r\n\r\n", false).status(),
        Some(400)
    );
    assert_eq!(serve(b"GET / HTTP/100.\n", true).status(), Some(400));
    assert_eq!(
        serve(b"GET / HTTP/100.", true).violation,
        Some(Violation::Truncated)
    );
    assert_eq!(serve(b"\n\n\n\n", false).violation, Some(Violation::EmptyLines));
    assert!(
        serve(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", false)
            .violation
            .is_none()
    );
}

#[test]
fn a_cr_that_no_lf_follows_is_no_empty_line_however_it_is_cut() {
    // Found by fuzzing: two empty lines in one piece, and a start line that is none in several.
    for bytes in [&b"\r\r\n\r\nGET / HTTP/1.1\r\n\r\n"[..], b"\n\r\r\n\n", b"\r\r\n"] {
        assert_eq!(
            serve(bytes, true).violation,
            Some(Violation::StartLine),
            "{bytes:?}"
        );
    }
    assert_eq!(serve(b"\r\n\n", false).violation, Some(Violation::EmptyLines));
}

#[test]
fn a_line_of_blanks_is_a_start_line_and_a_version_behind_it_none() {
    // Found by fuzzing: the third word of a later line was taken for the version, if it came in the same piece.
    let bytes = b"\t\r\n\na b HTTP/3.1\r\n\r\n";
    assert_eq!(
        ask("GET", false, bytes, true).violation,
        Some(Violation::StartLine)
    );
    assert_eq!(serve(bytes, true).violation, Some(Violation::StartLine));
}

#[test]
fn issue_380_and_441_line_breaks_in_a_request_line() {
    for line in [
        "GET /\r\n HTTP/1.1",
        "G\r\nET / HTTP/1.1",
        "GET /\r HTTP/1.1",
        "GET /\n HTTP/1.1",
    ] {
        assert_eq!(
            serve(format!("{line}\r\nHost: a\r\n\r\n").as_bytes(), false).status(),
            Some(400),
            "{line:?}"
        );
    }
}

#[test]
fn cve_2025_14523_two_hosts() {
    let outcome = serve(b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", false);
    assert_eq!(outcome.violation, Some(Violation::RepeatedHost));
    assert_eq!(outcome.status(), Some(400));
    assert_eq!(
        serve(b"GET / HTTP/1.1\r\nX: a\r\n\r\n", false).violation,
        Some(Violation::MissingHost)
    );
    assert_eq!(serve(b"GET / HTTP/1.0\r\nX: a\r\n\r\n", false).violation, None);
    // Issue 510: a response may have what it likes.
    let outcome = ask(
        "HEAD",
        false,
        b"HTTP/1.1 200 OK\r\nHost: a\r\nHost: b\r\n\r\n",
        false,
    );
    assert_eq!(outcome.events, ["head 200 OK n=2", "end n=0"]);
}

#[test]
fn cve_2026_1536_bare_and_folded_line_breaks_in_values() {
    for field in [
        "Foo: a\rb",
        "Foo: a\r\n b",
        "Foo: a\r\n\tb",
        "Foo : a",
        ": a",
        "Foo",
        "F\u{e9}: a",
        "Foo: \u{7f}",
        "Foo: \x1b",
    ] {
        let outcome = serve(
            format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n").as_bytes(),
            false,
        );
        assert_eq!(outcome.status(), Some(400), "{field:?}");
    }
}

#[test]
fn a_folded_value_of_a_response_becomes_one_line() {
    let head: ResponseHead = parse(b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\nY: z\r\n\r\n")
        .unwrap()
        .unwrap();
    assert_eq!(head.headers.one("X"), Some(&b"a b c"[..]));
    assert_eq!(head.headers.one("Y"), Some(&b"z"[..]));
}

#[test]
fn cve_2026_12548_endless_heads() {
    let most = limits::HEAD_BYTES;
    let server = |length: usize| {
        let mut bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
        bytes.resize(length - 4, b'a');
        bytes.extend_from_slice(b"\r\n\r\n");
        serve(&bytes, false)
    };
    assert_eq!(server(most).violation, None);
    assert_eq!(server(most + 1).violation, Some(Violation::HeadTooLarge));
    for length in [18, 20] {
        assert_eq!(server(length * 1024 + 256 * 1024).status(), Some(431));
    }
    let mut bytes = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
    bytes.resize((20 + 256) * 1024, b'a');
    assert_eq!(
        ask("GET", false, &bytes, false).violation,
        Some(Violation::HeadTooLarge)
    );
    // No line break at all.
    assert_eq!(
        serve(&vec![b'a'; 300 * 1024], false).violation,
        Some(Violation::HeadTooLarge)
    );
}

#[test]
fn ten_thousand_fields() {
    let of = |count: usize| {
        let fields = "a:\r\n".repeat(count - 1);
        serve(
            format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes(),
            false,
        )
    };
    assert_eq!(of(limits::HEADER_COUNT).violation, None);
    assert_eq!(
        of(limits::HEADER_COUNT + 1).violation,
        Some(Violation::TooManyHeaders)
    );
    assert_eq!(of(10_000).status(), Some(431));
}

#[test]
fn nonsense_is_refused_before_its_end() {
    // The first bytes of a TLS handshake.
    assert_eq!(serve(b"\x16\x03\x01\x02\x00\x01", false).status(), Some(400));
}

proptest! {
    #[test]
    fn every_valid_head_survives_the_wire(
        method in "[A-Z!#$%&'*+.^_`|~-]{1,12}",
        target in "/[!-~]{0,40}",
        fields in prop::collection::vec(("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}", "([!-~]([ -~]{0,30}[!-~])?)?"), 0..20),
    ) {
        let mut headers = HeaderList::new(Kind::Request);
        headers.append("Host", "h").unwrap();
        for (name, value) in &fields {
            let taken = headers.append(name, value);
            prop_assert_eq!(taken.is_ok(), !name.eq_ignore_ascii_case("host"));
        }
        let head = RequestHead { method, target, version: Version::Http11, headers };
        let mut out = Vec::new();
        head.write(&mut out);
        let (read, length) = RequestHead::parse(&out).unwrap().unwrap();
        prop_assert_eq!(length, out.len());
        prop_assert_eq!(read.headers, head.headers);
        prop_assert_eq!((read.method, read.target), (head.method, head.target));
    }

    #[test]
    fn garbage_is_events_or_one_violation(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        serve(&bytes, true);
        ask("GET", true, &bytes, true);
    }

    #[test]
    fn near_heads_are_events_or_one_violation(text in "(GET|POST|\r\n| |/|HTTP/1.[01]|:|Host|a|\n|\0|Content-Length|Transfer-Encoding|chunked|[0-9]){0,40}") {
        serve(text.as_bytes(), true);
        serve(format!("POST / HTTP/1.1\r\nHost: a\r\n{text}\r\n\r\n").as_bytes(), true);
        ask("GET", true, format!("HTTP/1.1 101 x\r\n{text}\r\n\r\n").as_bytes(), true);
    }
}
