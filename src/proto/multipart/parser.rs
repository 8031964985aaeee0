//! Reads a multipart body from pieces.
//!
//! Law: a delimiter is CR LF, two hyphens, the boundary, and then blanks and CR LF, or two hyphens more for the last. Its line may
//! end with a lone LF, as some cameras write it. It is decided whole, wherever the pieces end. A body that ends before its last
//! delimiter is truncated; no part is delivered twice, and none without end.

use std::fmt;

use crate::proto::http1::grammar::trim;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::params::{self, Separator};
use crate::proto::limits;

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

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
