//! Multipart bodies (RFC 2046, section 5.1): a parser that takes pieces, and a writer.
//!
//! Law: a delimiter is CR LF, two hyphens, the boundary, and then blanks and CR LF, or two hyphens more for the last. Its line may
//! end with a lone LF, as some cameras write it. It is decided whole, wherever the pieces end. A body that ends before its last
//! delimiter is truncated; no part is delivered twice, and none without end.

use std::fmt;

use super::http1::grammar::trim;
use super::http1::headers::{HeaderList, Kind, Refused};
use super::http1::params::{self, Separator};
use super::limits;

/// What a parser has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A part begins, with these headers.
    Part(HeaderList),
    /// Bytes of the part.
    Data(Vec<u8>),
    /// The part has ended.
    PartEnd,
    /// The last part has ended; what follows is not looked at.
    End,
}

/// What is wrong with a multipart body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// More parts than [`MULTIPART_PARTS`](limits::MULTIPART_PARTS).
    TooManyParts,
    /// Headers of a part longer than [`MULTIPART_HEAD_BYTES`](limits::MULTIPART_HEAD_BYTES), or too many of them.
    HeadTooLarge,
    /// A part's header that is none.
    Header,
    /// The body ended before its last delimiter.
    Truncated,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyParts => "the multipart body has too many parts",
            Self::HeadTooLarge => "the headers of a part are too large",
            Self::Header => "a part has an invalid header",
            Self::Truncated => "the multipart body ended before its last boundary",
        })
    }
}

impl std::error::Error for Violation {}

/// The boundary that a Content-Type gives; `None` if it is no multipart type, and for one that is empty, longer than 70 bytes, or has bytes
/// that no boundary has (RFC 2046, section 5.1.1).
pub fn boundary_of(content_type: &[u8]) -> Option<Vec<u8>> {
    let all = params::parse(content_type, Separator::Semicolon);
    let (kind, params) = all.split_first()?;
    let start = kind.name.get(.."multipart/".len())?;
    if kind.value.is_some() || !start.eq_ignore_ascii_case(b"multipart/") {
        return None;
    }
    let boundary = params.iter().find(|param| param.is("boundary"))?;
    let boundary = boundary.value.as_deref()?;
    is_boundary(boundary).then(|| boundary.to_vec())
}

fn is_boundary(boundary: &[u8]) -> bool {
    let is_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    (1..=70).contains(&boundary.len()) && boundary.iter().all(is_byte) && !boundary.ends_with(b" ")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// In the headers of a part.
    Head,
    /// At the empty line behind them, whose line end may be that of a delimiter: a part without data.
    Blank,
    /// In its data.
    Data,
    /// Behind the last delimiter, or after a violation.
    Over,
}

/// Reads a multipart body from pieces. It holds a delimiter's length of data, or a part's headers.
#[derive(Clone, Debug)]
pub struct Parser {
    /// CR LF, two hyphens and the boundary.
    delimiter: Vec<u8>,
    state: State,
    /// What is not decided yet.
    held: Vec<u8>,
    parts: usize,
    ended: bool,
}

impl Parser {
    /// A parser for the body of a message with this Content-Type; see [`boundary_of`].
    pub fn new(content_type: &[u8]) -> Option<Parser> {
        let boundary = boundary_of(content_type)?;
        Some(Parser {
            delimiter: [b"\r\n--", &*boundary].concat(),
            state: State::Preamble,
            // The first delimiter may stand at the very front.
            held: b"\r\n".to_vec(),
            parts: 0,
            ended: false,
        })
    }

    /// Takes the next piece, and appends what was found. After a violation nothing more comes.
    pub fn feed(&mut self, piece: &[u8], events: &mut Vec<Event>) -> Result<(), Violation> {
        if self.state == State::Over {
            return Ok(());
        }
        self.held.extend_from_slice(piece);
        let held = std::mem::take(&mut self.held);
        let mut rest = &*held;
        let outcome = loop {
            let before = (self.state, rest.len());
            let step = match self.state {
                State::Preamble | State::Data => self.data(&mut rest, events),
                State::Head => self.head(&mut rest, events),
                State::Blank => self.blank(&mut rest, events),
                State::Over => break Ok(()),
            };
            if step.is_err() || before == (self.state, rest.len()) {
                break step;
            }
        };
        match outcome {
            Ok(()) if self.state != State::Over => self.held = rest.to_vec(),
            Ok(()) => {}
            Err(_) => self.state = State::Over,
        }
        outcome
    }

    /// Says that no more pieces come. A delimiter with nothing behind it ends the body, too, when it ends a part: cameras leave
    /// the last one's hyphens out.
    pub fn finish(&mut self) -> Result<(), Violation> {
        let ends_a_part = self.state == State::Head && self.held.is_empty() && self.parts > 1;
        self.state = State::Over;
        self.held = Vec::new();
        self.ended |= ends_a_part;
        if self.ended {
            Ok(())
        } else {
            Err(Violation::Truncated)
        }
    }

    /// Takes data up to a delimiter, or as far as none can begin.
    fn data(&mut self, rest: &mut &[u8], events: &mut Vec<Event>) -> Result<(), Violation> {
        let mut at = 0;
        loop {
            let Some(tail) = rest.get(at..) else {
                return Ok(());
            };
            let Some(found) = tail.iter().position(|&byte| byte == b'\r') else {
                self.give(rest, rest.len(), events);
                return Ok(());
            };
            at += found;
            match self.delimiter_at(rest.get(at..).unwrap_or_default()) {
                Delimiter::None => at += 1,
                Delimiter::Cut => {
                    self.give(rest, at, events);
                    return Ok(());
                }
                Delimiter::Found { length, last } => {
                    self.give(rest, at, events);
                    *rest = rest.get(length..).unwrap_or_default();
                    return self.delimited(last, events);
                }
            }
        }
    }

    fn delimited(&mut self, last: bool, events: &mut Vec<Event>) -> Result<(), Violation> {
        if self.state == State::Data {
            events.push(Event::PartEnd);
        }
        if last {
            events.push(Event::End);
            self.ended = true;
            self.state = State::Over;
            return Ok(());
        }
        self.parts += 1;
        if self.parts > limits::MULTIPART_PARTS {
            return Err(Violation::TooManyParts);
        }
        self.state = State::Head;
        Ok(())
    }

    /// Takes `length` bytes of data.
    fn give(&self, rest: &mut &[u8], length: usize, events: &mut Vec<Event>) {
        let (data, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if self.state == State::Data && !data.is_empty() {
            events.push(Event::Data(data.to_vec()));
        }
        *rest = after;
    }

    /// What stands at a CR.
    fn delimiter_at(&self, text: &[u8]) -> Delimiter {
        let Some(tail) = text.strip_prefix(&*self.delimiter) else {
            return match self.delimiter.starts_with(text) {
                true => Delimiter::Cut,
                false => Delimiter::None,
            };
        };
        let (tail, last) = match tail {
            [b'-', b'-', tail @ ..] => (tail, true),
            [] | [b'-'] => return Delimiter::Cut,
            tail => (tail, false),
        };
        let padding = tail
            .iter()
            .take(limits::MULTIPART_PADDING)
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let begins = self.delimiter.len() + if last { 2 } else { 0 } + padding;
        match tail.get(padding..) {
            // The last line of a body need not end.
            _ if last => Delimiter::Found { length: begins, last },
            Some([b'\r', b'\n', ..]) => Delimiter::Found {
                length: begins + 2,
                last,
            },
            Some([b'\n', ..]) => Delimiter::Found {
                length: begins + 1,
                last,
            },
            Some([] | [b'\r']) => Delimiter::Cut,
            _ => Delimiter::None,
        }
    }

    /// Takes the headers of a part, once they are whole.
    fn head(&mut self, rest: &mut &[u8], events: &mut Vec<Event>) -> Result<(), Violation> {
        let window = rest.get(..limits::MULTIPART_HEAD_BYTES).unwrap_or(rest);
        let (head, length) = match window {
            [b'\r', b'\n', ..] => (&[][..], 2),
            window => match window.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => (window.get(..end).unwrap_or_default(), end + 4),
                None if rest.len() >= limits::MULTIPART_HEAD_BYTES => return Err(Violation::HeadTooLarge),
                None => return Ok(()),
            },
        };
        let headers = headers(head)?;
        events.push(Event::Part(headers));
        // The empty line itself stays.
        *rest = rest.get(length - 2..).unwrap_or_default();
        self.state = State::Blank;
        Ok(())
    }

    /// Goes over the empty line.
    fn blank(&mut self, rest: &mut &[u8], events: &mut Vec<Event>) -> Result<(), Violation> {
        match self.delimiter_at(rest) {
            Delimiter::Cut => Ok(()),
            Delimiter::None => {
                *rest = rest.get(2..).unwrap_or_default();
                self.state = State::Data;
                Ok(())
            }
            Delimiter::Found { length, last } => {
                *rest = rest.get(length..).unwrap_or_default();
                self.state = State::Data;
                self.delimited(last, events)
            }
        }
    }
}

/// What stands at a place in the body.
enum Delimiter {
    /// No delimiter.
    None,
    /// Perhaps the beginning of one.
    Cut,
    /// A delimiter with its padding and its line end.
    Found { length: usize, last: bool },
}

/// The headers of a part, without the empty line; a line that begins with a blank belongs to the one before it.
fn headers(head: &[u8]) -> Result<HeaderList, Violation> {
    let mut fields: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for line in head.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        if let [b' ' | b'\t', ..] = line {
            let (_, value) = fields.last_mut().ok_or(Violation::Header)?;
            value.push(b' ');
            value.extend_from_slice(trim(line));
            continue;
        }
        if fields.len() >= limits::TRAILER_COUNT {
            return Err(Violation::HeadTooLarge);
        }
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .ok_or(Violation::Header)?;
        let (name, value) = line.split_at_checked(colon).ok_or(Violation::Header)?;
        fields.push((name, trim(value.get(1..).unwrap_or_default()).to_vec()));
    }
    let mut list = HeaderList::with_room(Kind::Multipart, fields.len());
    for (name, value) in fields {
        list.append(name, value).map_err(|_| Violation::Header)?;
    }
    Ok(list)
}

/// Writes the parts of a body, one after the other, and its end.
#[derive(Clone, Debug)]
pub struct Writer {
    boundary: String,
}

impl Writer {
    /// A writer with a boundary that is made of random bytes: what a part holds cannot be one.
    pub fn new(random: [u8; 16]) -> Writer {
        let boundary = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Writer { boundary }
    }

    /// The boundary.
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The value of Content-Type for a body of `kind`, as `multipart/form-data`.
    pub fn content_type(&self, kind: &str) -> String {
        format!("{kind}; boundary={}", self.boundary)
    }

    /// Appends what stands before a part's data.
    pub fn begin(&self, headers: &HeaderList, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("--{}\r\n", self.boundary).as_bytes());
        for (name, value) in headers.iter() {
            for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a whole part.
    pub fn part(&self, headers: &HeaderList, data: &[u8], out: &mut Vec<u8>) {
        self.begin(headers, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the end of the body.
    pub fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
    }
}

/// The headers of a form's field: of a file, where there is a `file_name`.
pub fn field_headers(
    name: &str,
    file_name: Option<&str>,
    content_type: Option<&str>,
) -> Result<HeaderList, Refused> {
    let mut value = b"form-data; ".to_vec();
    params::append_param_quoted(&mut value, b"name", name.as_bytes());
    if let Some(file_name) = file_name {
        value.extend_from_slice(b"; ");
        params::append_param_quoted(&mut value, b"filename", file_name.as_bytes());
    }
    let mut headers = HeaderList::new(Kind::Multipart);
    headers.append("Content-Disposition", value)?;
    if let Some(content_type) = content_type {
        headers.append("Content-Type", content_type)?;
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
