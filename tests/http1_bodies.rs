//! Where a body ends: the framing decision, the decoders, and the requests that were smuggled through them.

mod http1_support;

use bisque::proto::http1::violation::Violation;
use bisque::proto::limits;
use http1_support::{Outcome, ask, serve};

fn post(fields: &str, body: &str) -> Outcome {
    serve(
        format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}").as_bytes(),
        true,
    )
}

fn chunked(body: &str) -> Outcome {
    post("Transfer-Encoding: chunked\r\n", body)
}

#[test]
fn a_body_with_a_length() {
    let outcome = post("Content-Length: 5\r\n", "helloGET ");
    assert_eq!(outcome.events[1..], ["body hello", "end n=0"]);
    assert_eq!(outcome.rest, b"GET ");
    assert_eq!(post("", "x").events[1..], ["end n=0"]);
    assert_eq!(post("Content-Length: 0\r\n", "").events[1..], ["end n=0"]);
    assert_eq!(
        post("Content-Length: 5\r\n", "hell").violation,
        Some(Violation::Truncated)
    );
}

#[test]
fn cve_2026_2708_content_lengths_that_differ() {
    for fields in [
        "Content-Length: 2\r\nContent-Length: 4\r\n",
        "Content-Length: 2, 4\r\n",
        "Content-Length: 2,\r\n",
    ] {
        let outcome = post(fields, "abcd");
        assert_eq!(outcome.status(), Some(400), "{fields:?}");
        assert!(!outcome.events.iter().any(|event| event.starts_with("body")));
    }
    for fields in [
        "Content-Length: 2\r\ncontent-length: 2\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length: 02\r\n",
    ] {
        assert_eq!(
            post(fields, "ab").events[1..],
            ["body ab", "end n=0"],
            "{fields:?}"
        );
    }
    for length in ["+2", "-2", "2 2", "0x2", "", " ", "2;", "\u{b2}"] {
        assert_eq!(
            post(&format!("Content-Length: {length}\r\n"), "ab").status(),
            Some(400),
            "{length:?}"
        );
    }
    // Two numbers that both overflow are not equal, and not a length either.
    for fields in [
        "Content-Length: 18446744073709551618\r\n",
        "Content-Length: 18446744073709551618\r\nContent-Length: 18446744073709551619\r\n",
        "Content-Length: 9223372036854775808\r\n",
    ] {
        assert_eq!(
            post(fields, "ab").violation,
            Some(Violation::BodyTooLarge),
            "{fields:?}"
        );
    }
}

#[test]
fn transfer_codings() {
    assert_eq!(chunked("0\r\n\r\n").events[1..], ["end n=0"]);
    let of = |coding: &str| post(&format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n").status();
    assert_eq!(of("CHUNKED"), None);
    assert_eq!(of("gzip, chunked"), Some(501));
    for coding in [
        "gzip",
        "chunked, gzip",
        "chunked, chunked",
        "",
        ",",
        "identity",
        "x\r\nTransfer-Encoding: y",
    ] {
        assert_eq!(of(coding), Some(400), "{coding:?}");
    }
    let old = serve(
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        false,
    );
    assert_eq!(old.status(), Some(400));
}

#[test]
fn cve_2026_1801_lone_line_feeds_in_the_chunked_coding() {
    let smuggled = "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n";
    for body in [
        "5;ext\n data\r\n0\r\n\r\n",
        "5\ndata!\r\n0\r\n\r\n",
        "5\r\ndata!\n0\r\n\r\n",
        "5\r\ndata!\r\n0\n\n",
        "5\r\ndata!\r\n0\r\n\n",
    ] {
        let outcome = chunked(&format!("{body}{smuggled}"));
        assert_eq!(outcome.status(), Some(400), "{body:?}");
        assert!(!outcome.events.iter().any(|event| event.contains("secret")));
    }
}

#[test]
fn cve_2026_6324_chunk_sizes_beyond_a_signed_number() {
    for size in ["8000000000000001", "ffffffffffffffff", "8000000000000000"] {
        let outcome = chunked(&format!("{size}\r\nx\r\n0\r\n\r\n"));
        assert_eq!(outcome.status(), Some(413), "{size}");
    }
    for size in [
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "0x1",
        "g",
        "00000000000000001",
        "10000000000000000",
    ] {
        assert_eq!(
            chunked(&format!("{size}\r\nx\r\n0\r\n\r\n")).status(),
            Some(400),
            "{size:?}"
        );
    }
}

#[test]
fn issue_153_and_381_truncated_chunks() {
    let whole = "5\r\nhello\r\n0\r\n\r\n";
    for length in 0..whole.len() {
        assert_eq!(
            chunked(&whole[..length]).violation,
            Some(Violation::Truncated),
            "{length}"
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            &whole[..length]
        );
        assert_eq!(
            ask("GET", false, answer.as_bytes(), true).violation,
            Some(Violation::Truncated),
            "{length}"
        );
    }
    assert_eq!(chunked(whole).events[1..], ["body hello", "end n=0"]);
}

#[test]
fn chunk_extensions_are_bounded_over_the_whole_body() {
    assert_eq!(
        chunked("5;a=b;c=\"d\t\"\r\nhello\r\n0;z\r\n\r\n").events[1..],
        ["body hello", "end n=0"]
    );
    let most = limits::CHUNK_EXTENSION_BYTES;
    let long = "a".repeat(most);
    assert_eq!(chunked(&format!("1;{long}\r\nx\r\n0\r\n\r\n")).violation, None);
    assert_eq!(
        chunked(&format!("1;{long}\r\nx\r\n0;a\r\n\r\n")).violation,
        Some(Violation::ChunkExtension)
    );
    let many = "1;aaaaaaa\r\nx\r\n".repeat(most);
    assert_eq!(chunked(&many).violation, Some(Violation::ChunkExtension));
    assert_eq!(chunked("1;a\0\r\nx\r\n0\r\n\r\n").status(), Some(400));
    assert_eq!(chunked("1;a\rb\r\nx\r\n0\r\n\r\n").status(), Some(400));
}

#[test]
fn commit_72e566d8_trailers() {
    assert_eq!(chunked("0\r\nA: b\r\nC: d\r\n\r\n").events[1..], ["end n=2"]);
    assert_eq!(chunked("0\r\nA: b\r\n").violation, Some(Violation::Truncated));
    for trailer in ["A", "A : b", ": b", "A: \0", " A: b", "A: b\r\n c"] {
        assert_eq!(
            chunked(&format!("0\r\n{trailer}\r\n\r\n")).status(),
            Some(400),
            "{trailer:?}"
        );
    }
    let long = "a".repeat(limits::TRAILER_BYTES);
    assert_eq!(chunked(&format!("0\r\nA: {long}\r\n\r\n")).status(), Some(431));
    let many = "A: b\r\n".repeat(limits::TRAILER_COUNT + 1);
    assert_eq!(chunked(&format!("0\r\n{many}\r\n")).status(), Some(431));
}

#[test]
fn bodies_of_responses() {
    let of = |method: &str, head: &str, body: &str| {
        ask(
            method,
            false,
            format!("HTTP/1.1 {head}\r\n\r\n{body}").as_bytes(),
            true,
        )
    };
    assert_eq!(
        of("GET", "200 OK", "all of it").events[1..],
        ["body all of it", "end n=0"]
    );
    assert_eq!(
        of("GET", "200 OK\r\nContent-Length: 3", "all of it").events[1..],
        ["body all", "end n=0"]
    );
    assert_eq!(
        of("HEAD", "200 OK\r\nContent-Length: 3", "").events[1..],
        ["end n=0"]
    );
    assert_eq!(of("GET", "204 No Content", "").events[1..], ["end n=0"]);
    assert_eq!(
        of("GET", "304 Not Modified\r\nContent-Length: 3", "").events[1..],
        ["end n=0"]
    );
    assert_eq!(
        of("GET", "200 OK\r\nTransfer-Encoding: gzip", "zz").events[1..],
        ["body zz", "end n=0"]
    );
    assert_eq!(
        of("GET", "200 OK\r\nContent-Length: 3", "al").violation,
        Some(Violation::Truncated)
    );
    assert_eq!(
        of("GET", "200 OK\r\nContent-Length: 3\r\nContent-Length: 4", "al").violation,
        Some(Violation::ContentLength)
    );
}
