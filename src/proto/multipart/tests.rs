//! What is written is read again, however it is cut; what is malformed or too much is refused.

use super::*;
use crate::proto::multipart::{Writer, field_headers};

const TYPE: &[u8] = b"multipart/form-data; boundary=123";

/// The parts as text, and how it ended.
fn parsed(pieces: &[&[u8]]) -> (Vec<String>, Result<(), Violation>) {
    let mut parser = Parser::new(TYPE).unwrap();
    let mut events = Vec::new();
    let fed = pieces
        .iter()
        .try_for_each(|piece| parser.feed(piece, &mut events));
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for event in events {
        match event {
            Event::Part(headers) => {
                assert!(!std::mem::replace(&mut open, true));
                parts.push(format!("{headers:?}"));
            }
            Event::Data(data) => parts
                .last_mut()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&data)),
            Event::PartEnd => assert!(std::mem::replace(&mut open, false)),
            Event::End => assert!(!open),
        }
    }
    (parts, fed.and_then(|()| parser.finish()))
}

const CASES: [(&str, &[&str], Result<(), Violation>); 24] = [
    ("--123\r\nA: b\r\n\r\nx\r\n--123--\r\n", &["[A: b]x"], Ok(())),
    (
        "--123\r\nA: b\r\n\r\nx\r\n--123\r\n\r\ny\r\n--123--",
        &["[A: b]x", "[]y"],
        Ok(()),
    ),
    (
        "pre\r\n--123\r\nA: b\r\n\r\nx\r\n--123--\r\nepi",
        &["[A: b]x"],
        Ok(()),
    ),
    ("--123\r\n\r\nx\r\n--123", &["[]x"], Err(Violation::Truncated)),
    ("--123\r\n\r\nx", &["[]x"], Err(Violation::Truncated)),
    ("--123\r\n\r\nx\r\n--123\r\n", &["[]x"], Ok(())),
    (
        "--123\r\n\r\nx\r\n--123\r\nA",
        &["[]x"],
        Err(Violation::Truncated),
    ),
    ("--123\r\n", &[], Err(Violation::Truncated)),
    ("--123--\r\n", &[], Ok(())),
    ("", &[], Err(Violation::Truncated)),
    ("--123  \r\n\r\nx\r\n--123-- \r\n", &["[]x"], Ok(())),
    (
        "--1234\r\n\r\nx\r\n--123\r\n\r\ny\r\n--123--\r\n",
        &["[]y"],
        Ok(()),
    ),
    ("\r\n--123\r\n\r\nx\r\n--123--\r\n", &["[]x"], Ok(())),
    ("\n--123\r\nline\r\n--123--\r", &[], Ok(())),
    (
        "--123\r\n\r\na--123b\r\n--123x\r\n--123--\r\n",
        &["[]a--123b\r\n--123x"],
        Ok(()),
    ),
    ("--123\r\n\r\n\r\n--123--\r\n", &["[]"], Ok(())),
    ("--123\r\n\r\n--123--\r\n", &["[]"], Ok(())),
    (
        "--123\r\n\r\n\r\r\n\r\n--12\r\n--123--",
        &["[]\r\r\n\r\n--12"],
        Ok(()),
    ),
    (
        "--123\r\nA: b\r\n c\r\n\r\nx\r\n--123--\r\n",
        &["[A: b c]x"],
        Ok(()),
    ),
    (
        "--123\r\nbad header\r\n\r\nx\r\n--123--\r\n",
        &[],
        Err(Violation::Header),
    ),
    (
        "--123\r\n b: c\r\n\r\nx\r\n--123--\r\n",
        &[],
        Err(Violation::Header),
    ),
    ("x--123\r\n\r\nx\r\n--123--\r\n", &[], Ok(())),
    (
        "--123 \nA: b\nC: d\r\n\r\nx\r\n--123\n\r\ny\r\n--123--\n",
        &["[A: b, C: d]x", "[]y"],
        Ok(()),
    ),
    (
        "--123\n\r\nx\n--123\r\n\r\n--123--\n",
        &["[]x\n--123\r\n"],
        Ok(()),
    ),
];

#[test]
fn bodies_whole_byte_by_byte_and_in_two() {
    for (body, parts, end) in CASES {
        let wanted = (parts.iter().map(|part| part.to_string()).collect::<Vec<_>>(), end);
        let bytes = body.as_bytes();
        assert_eq!(parsed(&[bytes]), wanted, "{body:?}");
        assert_eq!(parsed(&bytes.chunks(1).collect::<Vec<_>>()), wanted, "{body:?}");
        for cut in 0..bytes.len() {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(parsed(&[front, back]), wanted, "{body:?} at {cut}");
        }
    }
}

#[test]
fn cve_2025_32914_and_2026_15714_boundaries_short_odd_and_oversized() {
    let long = "b".repeat(71);
    for (content_type, wanted) in [
        ("multipart/mixed; boundary=\"1 2\"", Some("1 2")),
        ("Multipart/X; Boundary=a; boundary=b", Some("a")),
        ("multipart/mixed; boundary=\"\"", None),
        ("multipart/mixed; boundary=", None),
        ("multipart/mixed; boundary", None),
        ("multipart/mixed", None),
        ("text/plain; boundary=123", None),
        ("multipart; boundary=123", None),
        ("multipart/mixed; boundary=\"1 \"", None),
        ("multipart/mixed; boundary=\"a\\\"b\"", None),
        ("", None),
        (&*format!("multipart/mixed; boundary={long}"), None),
        (
            &*format!("multipart/mixed; boundary={}", &long[1..]),
            Some(&long[1..]),
        ),
    ] {
        let boundary = boundary_of(content_type.as_bytes());
        assert_eq!(boundary.as_deref(), wanted.map(str::as_bytes), "{content_type}");
    }
}

#[test]
fn cve_2025_4948_and_2026_1761_cut_delimiters() {
    assert_eq!(parsed(&[b"\n--123\r\nline\r\n--123--\r"]), (vec![], Ok(())));
    let body = b"--123\r\nA: b\r\n\r\nx\r\n--123\r\n\r\n\r\n--123--";
    // Behind the first part, where its delimiter ends.
    let enough = b"--123\r\nA: b\r\n\r\nx\r\n--123\r\n".len();
    for length in (0..body.len()).filter(|length| *length != enough) {
        assert_eq!(
            parsed(&[&body[..length]]).1,
            Err(Violation::Truncated),
            "{length}"
        );
    }
    assert_eq!(parsed(&[body]).1, Ok(()));
}

#[test]
fn limits_on_parts_and_headers() {
    let mut body = "--123\r\n\r\n\r\n".repeat(limits::MULTIPART_PARTS);
    assert_eq!(parsed(&[format!("{body}--123--").as_bytes()]).1, Ok(()));
    body += "--123\r\n\r\n\r\n--123--";
    assert_eq!(parsed(&[body.as_bytes()]).1, Err(Violation::TooManyParts));
    let head = format!("--123\r\nA: {}", "x".repeat(limits::MULTIPART_HEAD_BYTES));
    assert_eq!(parsed(&[head.as_bytes()]).1, Err(Violation::HeadTooLarge));
    let fields = format!("--123\r\n{}\r\n", "A: b\r\n".repeat(limits::TRAILER_COUNT + 1));
    assert_eq!(parsed(&[fields.as_bytes()]).1, Err(Violation::HeadTooLarge));
}

#[test]
fn little_is_held() {
    let mut parser = Parser::new(TYPE).unwrap();
    let mut events = Vec::new();
    parser.feed(b"--123\r\n\r\n", &mut events).unwrap();
    for piece in [
        "x".repeat(100_000),
        "\r\n--12".repeat(10_000),
        format!("\r\n--123{}", " ".repeat(100_000)),
    ] {
        parser.feed(piece.as_bytes(), &mut events).unwrap();
        assert!(parser.held.len() <= parser.delimiter.len() + limits::MULTIPART_PADDING + 4);
    }
}

#[test]
fn written_and_read_again() {
    let writer = Writer::new([0xab; 16]);
    let mut out = Vec::new();
    let string = field_headers("na\"me", None, None).unwrap();
    let file = field_headers("f", Some("filé.txt"), Some("text/plain")).unwrap();
    writer.part(&string, b"v", &mut out);
    writer.part(&file, b"", &mut out);
    writer.end(&mut out);
    let boundary = writer.boundary();
    let wanted = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"na\\\"me\"\r\n\r\nv\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''fil%C3%A9.txt\r\n\
         Content-Type: text/plain\r\n\r\n\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&out), wanted);
    let mut parser = Parser::new(writer.content_type("multipart/form-data").as_bytes()).unwrap();
    let mut events = Vec::new();
    parser.feed(&out, &mut events).unwrap();
    let wanted = [
        Event::Part(string),
        Event::Data(b"v".to_vec()),
        Event::PartEnd,
        Event::Part(file),
        Event::PartEnd,
        Event::End,
    ];
    assert_eq!(events, wanted);
    assert!(field_headers("a\r\nX: y", None, None).is_err());
    assert!(field_headers("a", None, Some("x\r\n")).is_err());
}

proptest::proptest! {
    #[test]
    fn pieces_do_not_matter(body in "([\\r\\n123x-]|--123|\\r\\n){0,60}", cut in 0usize..60) {
        let bytes = body.as_bytes();
        let (front, back) = bytes.split_at(cut.min(bytes.len()));
        proptest::prop_assert_eq!(parsed(&[bytes]), parsed(&[front, back]));
    }
}
