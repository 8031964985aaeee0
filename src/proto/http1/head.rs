//! Request and response heads: found in the input, parsed by httparse under our limits, and written (RFC 9112, sections 2 to 5).

use std::borrow::Cow;
use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Status};

use super::headers::{Field, HeaderList, Kind, Refused};
use super::violation::Violation;
use crate::proto::limits;

/// The version of a message (RFC 9112, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

impl Version {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }

    fn from_minor(minor: Option<u8>) -> Result<Self, Violation> {
        match minor {
            Some(0) => Ok(Self::Http10),
            Some(1) => Ok(Self::Http11),
            _ => Err(Violation::Version),
        }
    }
}

/// A request line and its headers (RFC 9112, section 3).
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method, a token.
    pub method: String,
    /// The request target as it stands in the line: a path with its query, an absolute URI, an authority, or "*".
    pub target: String,
    /// The peer's version.
    pub version: Version,
    /// The headers, in order.
    pub headers: HeaderList,
}

/// A status line and its headers (RFC 9112, section 4).
#[derive(Clone, Debug)]
pub struct ResponseHead {
    /// The peer's version.
    pub version: Version,
    /// The status, three digits.
    pub status: u16,
    /// The reason phrase, which may be empty.
    pub reason: Cow<'static, str>,
    /// The headers, in order.
    pub headers: HeaderList,
}

/// What a peer's head may have. A server's program may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes, from the start line to the empty line.
    pub bytes: usize,
    /// Header lines.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            bytes: limits::HEAD_BYTES,
            fields: limits::HEADER_COUNT,
        }
    }
}

/// A head of either role.
pub trait Head: Sized {
    /// Parses the head at the front of `bytes`, with the usual number of header lines at the most: the head and its length, or `None`
    /// while it is incomplete.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        Self::parse_with(bytes, limits::HEADER_COUNT)
    }

    /// The same, with so many header lines at the most.
    fn parse_with(bytes: &[u8], fields: usize) -> Result<Option<(Self, usize)>, Violation>;

    /// Appends the head as it goes over the wire, with its empty line.
    fn write(&self, out: &mut Vec<u8>);
}

impl RequestHead {
    /// Like [`Head::parse`], but takes an HTTP/1.1 request without Host: for who checks that later.
    pub fn parse_without_host(bytes: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        Self::parse_any_host(bytes, limits::HEADER_COUNT)
    }

    fn parse_any_host(bytes: &[u8], fields: usize) -> Result<Option<(Self, usize)>, Violation> {
        let mut few = [const { MaybeUninit::<Header<'_>>::uninit() }; limits::HEADER_COUNT];
        let mut many = Vec::new();
        // No field is shorter than this.
        let fields = fields.min(bytes.len() / b"a:\n".len() + 1);
        let room = match few.get_mut(..fields) {
            Some(room) => room,
            None => {
                many.resize_with(fields, MaybeUninit::uninit);
                &mut many[..]
            }
        };
        let mut request = httparse::Request::new(&mut []);
        let parsed = ParserConfig::default().parse_request_with_uninit_headers(&mut request, bytes, room);
        let Some(length) = whole(parsed, bytes)? else {
            return Ok(None);
        };
        let (Some(method), Some(target)) = (request.method, request.path) else {
            return Err(Violation::StartLine);
        };
        let version = Version::from_minor(request.version)?;
        let headers = fields_of(Kind::Request, request.headers)?;
        Ok(Some((
            Self {
                method: method.to_owned(),
                target: target.to_owned(),
                version,
                headers,
            },
            length,
        )))
    }
}

impl Head for RequestHead {
    fn parse_with(bytes: &[u8], fields: usize) -> Result<Option<(Self, usize)>, Violation> {
        let parsed = Self::parse_any_host(bytes, fields)?;
        match &parsed {
            Some((head, _)) if head.version >= Version::Http11 && !head.headers.contains("Host") => {
                Err(Violation::MissingHost)
            }
            _ => Ok(parsed),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        for part in [
            &self.method,
            " ",
            &self.target,
            " ",
            self.version.as_str(),
            "\r\n",
        ] {
            out.extend_from_slice(part.as_bytes());
        }
        write_fields(&self.headers, None, out);
    }
}

impl ResponseHead {
    /// Like [`Head::write`], with one word more in Connection.
    pub(super) fn write_connected(&self, word: Option<&str>, out: &mut Vec<u8>) {
        out.reserve(START_LINE + self.reason.len() + room_for(&self.headers));
        out.extend_from_slice(self.version.as_str().as_bytes());
        out.extend_from_slice(&status_word(self.status));
        out.extend_from_slice(self.reason.as_bytes());
        out.extend_from_slice(b"\r\n");
        write_fields(&self.headers, word, out);
    }
}

impl Head for ResponseHead {
    /// A client's limit is fixed.
    #[expect(clippy::only_used_in_recursion, reason = "a server's limit is an argument")]
    fn parse_with(bytes: &[u8], fields: usize) -> Result<Option<(Self, usize)>, Violation> {
        // Servers of radio streams name a protocol of their own, and mean HTTP/1.0.
        if let Some(rest) = bytes.strip_prefix(b"ICY ") {
            const MEANT: &[u8] = b"HTTP/1.0 ";
            let parsed = Self::parse_with(&[MEANT, rest].concat(), fields)?;
            let added = MEANT.len() - b"ICY ".len();
            return Ok(parsed.map(|(head, length)| (head, length - added)));
        }
        let mut fields = [const { MaybeUninit::<Header<'_>>::uninit() }; limits::HEADER_COUNT];
        let mut response = httparse::Response::new(&mut []);
        // A client reads folded lines as one (RFC 9112, section 5.2); `keep` takes the line ends out.
        let mut config = ParserConfig::default();
        config.allow_obsolete_multiline_headers_in_responses(true);
        let parsed = config.parse_response_with_uninit_headers(&mut response, bytes, &mut fields);
        let Some(length) = whole(parsed, bytes)? else {
            return Ok(None);
        };
        let status = response
            .code
            .filter(|code| (100..=999).contains(code))
            .ok_or(Violation::StartLine)?;
        let version = Version::from_minor(response.version)?;
        let reason = response.reason.unwrap_or_default().to_owned().into();
        let headers = fields_of(Kind::Response, response.headers)?;
        Ok(Some((
            Self {
                version,
                status,
                reason,
                headers,
            },
            length,
        )))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.write_connected(None, out);
    }
}

/// Collects a head that arrives in pieces. It holds a buffer only while a head is incomplete.
#[derive(Debug, Default)]
pub struct HeadReader {
    held: Vec<u8>,
    /// How much of the head is known to hold no end.
    scanned: usize,
    /// The length at which the incomplete head is tried next, so that nonsense is refused before its end; it doubles.
    tried: usize,
}

impl HeadReader {
    /// Whether a part of a head has arrived.
    pub fn is_started(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes bytes from the front of `input`, up to the end of a head at the most.
    pub fn read<H: Head>(&mut self, input: &mut &[u8]) -> Result<Option<H>, Violation> {
        self.read_within(input, &HeadLimits::default())
    }

    /// The same within other limits than the usual ones.
    pub fn read_within<H: Head>(
        &mut self,
        input: &mut &[u8],
        most: &HeadLimits,
    ) -> Result<Option<H>, Violation> {
        if self.held.is_empty() {
            // The usual case: the whole head in one piece, parsed where it stands. The parser goes no further than its end.
            let window = front(input, most.bytes);
            check_empty_lines(window)?;
            if let Some((head, length)) = H::parse_with(window, most.fields)? {
                *input = input.get(length..).unwrap_or_default();
                return Ok(Some(head));
            }
        }
        let room = most.bytes.saturating_sub(self.held.len());
        let before = self.held.len();
        self.held.extend_from_slice(front(input, room));
        let Some(end) = head_end(&self.held, self.scanned) else {
            *input = input.get(self.held.len() - before..).unwrap_or_default();
            self.scanned = self.held.len();
            return self.give_up_early::<H>(most).map(|()| None);
        };
        let held = std::mem::take(self).held;
        *input = input.get(end.saturating_sub(before)..).unwrap_or_default();
        let mut rest = front(&held, end);
        self.parse(front(&held, end), &mut rest, most).map(Some)
    }

    /// What is wrong with a head that ends here: that it is cut off, unless it could not have become one.
    pub fn truncated<H: Head>(&self) -> Violation {
        check_empty_lines(&self.held)
            .and_then(|()| H::parse(&self.held))
            .err()
            .unwrap_or(Violation::Truncated)
    }

    /// Parses a head that is known to be whole, and advances `input` over it.
    fn parse<H: Head>(&self, head: &[u8], input: &mut &[u8], most: &HeadLimits) -> Result<H, Violation> {
        check_empty_lines(head)?;
        // The scan and the parser agree on where a head ends; were it otherwise, the head is not one.
        let (parsed, length) = H::parse_with(head, most.fields)?.ok_or(Violation::StartLine)?;
        *input = input.get(length..).unwrap_or_default();
        Ok(parsed)
    }

    /// Refuses what can no longer become a head, without parsing the same bytes again and again.
    fn give_up_early<H: Head>(&mut self, most: &HeadLimits) -> Result<(), Violation> {
        check_empty_lines(&self.held)?;
        let full = self.held.len() >= most.bytes;
        if full || self.held.len() >= self.tried {
            H::parse_with(&self.held, most.fields)?;
            self.tried = self.held.len().saturating_mul(2).max(FIRST_TRY);
        }
        if full {
            Err(Violation::HeadTooLarge)
        } else {
            Ok(())
        }
    }
}

/// Reads trailers (RFC 9112, section 7.1.2) from a block that ends with its empty line.
pub(super) fn parse_trailers(block: &[u8], kind: Kind) -> Result<HeaderList, Violation> {
    let mut fields = [httparse::EMPTY_HEADER; limits::TRAILER_COUNT];
    let Some((_, fields)) = whole(httparse::parse_headers(block, &mut fields), block)? else {
        return Err(Violation::Truncated);
    };
    fields_of(kind, fields)
}

/// The end of the head that begins at the front of `bytes`: after its first empty line behind a line that is not.
/// Everything before `from` is known to hold none.
fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let start = bytes
        .iter()
        .position(|&byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len());
    // An empty line is LF LF or LF CR LF: what was scanned before may end within one.
    let mut at = start.max(from.saturating_sub(2));
    while let Some(found) = bytes.get(at..)?.iter().position(|&byte| byte == b'\n') {
        let next = at + found + 1;
        match bytes.get(next..)? {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

/// One empty line before a start line is left over from an old client's body; a second one is nonsense. A CR that no LF
/// follows ends no line: the parser says so, and does that wherever the input was cut.
fn check_empty_lines(mut bytes: &[u8]) -> Result<(), Violation> {
    for _ in 0..2 {
        match bytes {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => bytes = rest,
            _ => return Ok(()),
        }
    }
    Err(Violation::EmptyLines)
}

/// httparse's verdict on `bytes`: the result, `None` while more is needed, or what is wrong.
fn whole<T>(parsed: httparse::Result<T>, bytes: &[u8]) -> Result<Option<T>, Violation> {
    match parsed {
        Ok(Status::Complete(result)) => Ok(Some(result)),
        Ok(Status::Partial) => Ok(None),
        Err(error) => refusal(error, bytes).map_or(Ok(None), Err),
    }
}

/// What httparse's refusal means; `None` for a version whose line has not arrived, so that the verdict is the same however
/// the input was cut.
fn refusal(error: httparse::Error, bytes: &[u8]) -> Option<Violation> {
    match error {
        httparse::Error::HeaderName => Some(Violation::HeaderName),
        httparse::Error::HeaderValue => Some(Violation::HeaderValue),
        httparse::Error::TooManyHeaders => Some(Violation::TooManyHeaders),
        httparse::Error::Version => match start_line(bytes) {
            Some(line) if names_a_version(line) => Some(Violation::Version),
            Some(_) => Some(Violation::StartLine),
            None => None,
        },
        _ => Some(Violation::StartLine),
    }
}

/// The first line that is not empty, once its end is there. Nothing behind it is looked at, or the verdict would depend on
/// how the input was cut.
fn start_line(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let line = bytes.get(start..)?;
    line.get(..line.iter().position(|&byte| byte == b'\n')?)
}

/// Whether the start line says `HTTP/`, one digit, a dot and one digit where a version belongs.
fn names_a_version(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ').skip(2);
    let version = words.next().map(<[u8]>::trim_ascii_end);
    let [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] = version.unwrap_or_default() else {
        return false;
    };
    major.is_ascii_digit() && minor.is_ascii_digit() && words.next().is_none()
}

/// The header list of what httparse found; a folded value becomes one line.
fn fields_of(kind: Kind, fields: &[Header<'_>]) -> Result<HeaderList, Violation> {
    let mut headers = HeaderList::with_room(kind, fields.len());
    for field in fields {
        let value = match field.value.contains(&b'\n') {
            true => Cow::Owned(unfold(field.value)),
            false => Cow::Borrowed(field.value),
        };
        let kept = headers.append(field.name, as_text(value));
        kept.map_err(|refused| match refused {
            Refused::Name => Violation::HeaderName,
            Refused::Value => Violation::HeaderValue,
            Refused::SecondHost => Violation::RepeatedHost,
            Refused::NoMemory => Violation::HeadTooLarge,
        })?;
    }
    Ok(headers)
}

/// What is no UTF-8 becomes U+FFFD, byte for byte as in GLib: C programs take values for text.
fn as_text(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if value.is_ascii() || std::str::from_utf8(&value).is_ok() {
        return value;
    }
    let mut text = String::with_capacity(value.len() * 2);
    for chunk in value.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text.into_bytes())
}

fn unfold(value: &[u8]) -> Vec<u8> {
    let lines = value
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(&b' ')
}

/// The three digits of a status between two blanks.
fn status_word(status: u16) -> [u8; 5] {
    let digit = |weight: u16| b'0' + (status / weight % 10) as u8;
    [b' ', digit(100), digit(10), digit(1), b' ']
}

/// How many bytes the fields take on the wire.
fn room_for(headers: &HeaderList) -> usize {
    let length = |field: &Field| field.name_bytes().len() + field.value().len() + 4;
    headers.fields().iter().map(length).sum()
}

fn write_fields(headers: &HeaderList, connection: Option<&str>, out: &mut Vec<u8>) {
    for field in headers.fields() {
        out.extend_from_slice(field.name_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(field.value());
        out.extend_from_slice(b"\r\n");
    }
    if let Some(word) = connection {
        out.extend_from_slice(b"Connection: ");
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

fn front(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// Room for a status line without its phrase, for another Connection, and for the empty line.
const START_LINE: usize = 48;

/// The length at which an incomplete head is parsed for the first time.
const FIRST_TRY: usize = 32;
