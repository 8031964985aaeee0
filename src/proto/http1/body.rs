//! Where a body ends (RFC 9112, section 6), and the decoders and encoders that follow from it.

use super::head::{RequestHead, ResponseHead, Version, parse_trailers};
use super::headers::{HeaderList, Kind};
use super::violation::{Misuse, Violation};
use crate::proto::limits;

/// How the end of a body is found (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    None,
    /// This many bytes.
    Length(u64),
    /// The chunked coding.
    Chunked,
    /// Whatever comes until the connection ends: responses only.
    UntilEnd,
}

impl Framing {
    /// The framing of a request's body.
    pub fn of_request(head: &RequestHead) -> Result<Self, Violation> {
        match transfer_coding(&head.headers)? {
            Coding::Chunked if head.version == Version::Http10 => Err(Violation::TransferEncoding),
            // The length means nothing here, but one that is none shows a peer that is up to something.
            Coding::Chunked => content_length(&head.headers).map(|_| Self::Chunked),
            Coding::Open => Err(Violation::TransferEncoding),
            Coding::Plain => Ok(match content_length(&head.headers)? {
                Some(length) if length > 0 => Self::Length(length),
                _ => Self::None,
            }),
        }
    }

    /// The framing of the body of a response to a request with `method`.
    pub fn of_response(method: &str, head: &ResponseHead) -> Result<Self, Violation> {
        let bodiless = method == "HEAD" || matches!(head.status, 100..=199 | 204 | 304);
        if bodiless || (method == "CONNECT" && matches!(head.status, 200..=299)) {
            return Ok(Self::None);
        }
        match transfer_coding(&head.headers)? {
            Coding::Chunked => Ok(Self::Chunked),
            Coding::Open => Ok(Self::UntilEnd),
            Coding::Plain => Ok(match content_length(&head.headers)? {
                Some(0) => Self::None,
                Some(length) => Self::Length(length),
                None => Self::UntilEnd,
            }),
        }
    }

    /// Whether both Content-Length and Transfer-Encoding are there, which somebody between the peers may have read the
    /// other way: the message is answered, and the connection ends (RFC 9112, section 6.3; CVE-2026-1760).
    pub fn is_ambiguous(headers: &HeaderList) -> bool {
        headers.contains("Content-Length") && headers.contains("Transfer-Encoding")
    }
}

/// What Transfer-Encoding says.
enum Coding {
    /// There is none.
    Plain,
    /// chunked, and nothing else.
    Chunked,
    /// Something of which chunked is not the last: only the connection's end tells.
    Open,
}

fn transfer_coding(headers: &HeaderList) -> Result<Coding, Violation> {
    if !headers.contains("Transfer-Encoding") {
        return Ok(Coding::Plain);
    }
    let (mut count, mut chunked, mut ends_chunked) = (0, 0, false);
    for coding in headers
        .elements("Transfer-Encoding")
        .filter(|coding| !coding.is_empty())
    {
        ends_chunked = coding.eq_ignore_ascii_case(b"chunked");
        chunked += usize::from(ends_chunked);
        count += 1;
    }
    match (count, chunked) {
        (1, 1) => Ok(Coding::Chunked),
        (1.., 0) => Ok(Coding::Open),
        (_, 1) if ends_chunked => Err(Violation::UnknownTransferCoding),
        _ => Err(Violation::TransferEncoding),
    }
}

/// Content-Length over all its fields and lists: equal numbers are one, others are refused (CVE-2026-2708).
pub(crate) fn content_length(headers: &HeaderList) -> Result<Option<u64>, Violation> {
    let mut found = None;
    for item in headers
        .values("Content-Length")
        .flat_map(|field| field.split(|&byte| byte == b','))
    {
        let length = decimal(item.trim_ascii())?;
        if found.is_some_and(|earlier| earlier != length) {
            return Err(Violation::ContentLength);
        }
        found = Some(length);
    }
    Ok(found)
}

fn decimal(digits: &[u8]) -> Result<u64, Violation> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Violation::ContentLength);
    }
    let value = digits.iter().try_fold(0u64, |value, &digit| {
        value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))
            .filter(|&value| value <= LARGEST_BODY)
    });
    value.ok_or(Violation::BodyTooLarge)
}

/// What a decoder found.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Bytes of the body.
    Data(&'a [u8]),
    /// The end, with the trailers of a chunked body. It comes once.
    End(HeaderList),
}

/// Takes one body out of the input.
#[derive(Debug)]
pub struct Decoder {
    state: Decoding,
    /// Whose trailers they are.
    kind: Kind,
}

#[derive(Debug)]
enum Decoding {
    /// So many bytes are left.
    Length(u64),
    UntilEnd,
    /// In a chunk's first line, behind `digits` digits.
    Size {
        size: u64,
        digits: u8,
        extensions: usize,
    },
    /// In the extensions of a chunk's first line.
    Extension {
        size: u64,
        extensions: usize,
    },
    /// Behind the CR of a chunk's first line.
    SizeEnd {
        size: u64,
        extensions: usize,
    },
    /// In a chunk.
    Data {
        left: u64,
        extensions: usize,
    },
    /// Behind a chunk's bytes: its CR, then its LF.
    DataEnd {
        cr: bool,
        extensions: usize,
    },
    Trailers(Vec<u8>),
    Ended,
}

impl Decoder {
    /// A decoder for one body of a message of this kind.
    pub fn new(framing: Framing, kind: Kind) -> Self {
        let state = match framing {
            Framing::None => Decoding::Length(0),
            Framing::Length(length) => Decoding::Length(length),
            Framing::Chunked => Decoding::Size {
                size: 0,
                digits: 0,
                extensions: 0,
            },
            Framing::UntilEnd => Decoding::UntilEnd,
        };
        Self { state, kind }
    }

    /// Whether the end has been delivered.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, Decoding::Ended)
    }

    /// How many bytes follow that stand in the stream as they are: none inside the chunked coding.
    pub fn plain_left(&self) -> u64 {
        match self.state {
            Decoding::Length(left) => left,
            Decoding::UntilEnd => u64::MAX,
            _ => 0,
        }
    }

    /// Takes bytes from the front of `input`; `None` when it needs more, or when the body has ended.
    pub fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, Violation> {
        loop {
            match &mut self.state {
                Decoding::Ended => return Ok(None),
                Decoding::Length(0) => return Ok(Some(self.end(HeaderList::new(self.kind)))),
                Decoding::Length(left) => return Ok(take(input, left).map(Piece::Data)),
                Decoding::UntilEnd => return Ok(take(input, &mut u64::MAX.clone()).map(Piece::Data)),
                Decoding::Data { left: 0, extensions } => {
                    self.state = Decoding::DataEnd {
                        cr: false,
                        extensions: *extensions,
                    };
                }
                Decoding::Data { left, .. } => return Ok(take(input, left).map(Piece::Data)),
                _ => {
                    let Some((&byte, rest)) = input.split_first() else {
                        return Ok(None);
                    };
                    *input = rest;
                    if let Some(trailers) = self.step(byte)? {
                        return Ok(Some(self.end(trailers)));
                    }
                }
            }
        }
    }

    /// The connection ended: the end of a body without a length, and the truncation of any other.
    pub fn handle_eof(&mut self) -> Result<Option<Piece<'static>>, Violation> {
        match self.state {
            Decoding::UntilEnd | Decoding::Length(0) => Ok(Some(self.end(HeaderList::new(self.kind)))),
            Decoding::Ended => Ok(None),
            _ => Err(Violation::Truncated),
        }
    }

    fn end(&mut self, trailers: HeaderList) -> Piece<'static> {
        self.state = Decoding::Ended;
        Piece::End(trailers)
    }

    /// One byte of the chunked coding outside the chunks; the trailers when the body has ended. Line ends are CR LF
    /// and nothing else (CVE-2026-1801).
    fn step(&mut self, byte: u8) -> Result<Option<HeaderList>, Violation> {
        let next = match std::mem::replace(&mut self.state, Decoding::Ended) {
            Decoding::Size {
                size,
                digits,
                extensions,
            } => match byte {
                b'\r' if digits > 0 => Decoding::SizeEnd { size, extensions },
                b';' if digits > 0 => Decoding::Extension { size, extensions },
                b'\n' if digits > 0 => return Err(Violation::ChunkLineEnd),
                _ => {
                    let digit = char::from(byte).to_digit(16).ok_or(Violation::ChunkSize)?;
                    let digits = digits + 1;
                    if digits > CHUNK_SIZE_DIGITS {
                        return Err(Violation::ChunkSize);
                    }
                    // Sixteen digits fit; what a signed number does not hold is refused (CVE-2026-6324).
                    let size = size.wrapping_shl(4) | u64::from(digit);
                    if size > LARGEST_BODY {
                        return Err(Violation::ChunkTooLarge);
                    }
                    Decoding::Size {
                        size,
                        digits,
                        extensions,
                    }
                }
            },
            Decoding::Extension { size, extensions } => match byte {
                b'\r' => Decoding::SizeEnd { size, extensions },
                b'\n' => return Err(Violation::ChunkLineEnd),
                b'\t' | b' '..=b'~' | 0x80.. if extensions < limits::CHUNK_EXTENSION_BYTES => {
                    Decoding::Extension {
                        size,
                        extensions: extensions + 1,
                    }
                }
                _ => return Err(Violation::ChunkExtension),
            },
            Decoding::SizeEnd { .. } if byte != b'\n' => return Err(Violation::ChunkLineEnd),
            Decoding::SizeEnd { size: 0, .. } => Decoding::Trailers(Vec::new()),
            Decoding::SizeEnd { size, extensions } => Decoding::Data {
                left: size,
                extensions,
            },
            Decoding::DataEnd {
                cr: false,
                extensions,
            } if byte == b'\r' => Decoding::DataEnd { cr: true, extensions },
            Decoding::DataEnd { cr: true, extensions } if byte == b'\n' => Decoding::Size {
                size: 0,
                digits: 0,
                extensions,
            },
            Decoding::DataEnd { .. } => return Err(Violation::ChunkLineEnd),
            Decoding::Trailers(mut block) => {
                if block.len() >= limits::TRAILER_BYTES {
                    return Err(Violation::TrailersTooLarge);
                }
                let returned = block.last() == Some(&b'\r');
                if returned != (byte == b'\n') {
                    return Err(Violation::ChunkLineEnd);
                }
                block.push(byte);
                if block == b"\r\n" || block.ends_with(b"\r\n\r\n") {
                    return parse_trailers(&block, self.kind).map(Some);
                }
                Decoding::Trailers(block)
            }
            other @ (Decoding::Length(_) | Decoding::UntilEnd | Decoding::Data { .. } | Decoding::Ended) => {
                other
            }
        };
        self.state = next;
        Ok(None)
    }
}

/// At most `left` bytes from the front of `input`, counted off; `None` if there are none.
fn take<'a>(input: &mut &'a [u8], left: &mut u64) -> Option<&'a [u8]> {
    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    let (taken, rest) = input.split_at_checked(most)?;
    *input = rest;
    *left -= taken.len() as u64;
    (!taken.is_empty()).then_some(taken)
}

/// Puts one body into the output.
#[derive(Debug)]
pub struct Encoder {
    framing: Framing,
}

impl Encoder {
    /// An encoder for one body.
    pub fn new(framing: Framing) -> Self {
        Self { framing }
    }

    /// Appends `data` in its coding.
    pub fn encode(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Misuse> {
        if data.is_empty() {
            // An empty chunk would be the end.
            return Ok(());
        }
        match &mut self.framing {
            Framing::None => return Err(Misuse::TooMuchBody),
            Framing::Length(left) => {
                *left = left.checked_sub(data.len() as u64).ok_or(Misuse::TooMuchBody)?
            }
            Framing::Chunked => {
                out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
                out.extend_from_slice(data);
                out.extend_from_slice(b"\r\n");
                return Ok(());
            }
            Framing::UntilEnd => {}
        }
        out.extend_from_slice(data);
        Ok(())
    }

    /// Appends the body's end.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Misuse> {
        match self.framing {
            Framing::Length(left) if left > 0 => return Err(Misuse::TooLittleBody),
            Framing::Chunked => out.extend_from_slice(b"0\r\n\r\n"),
            _ => {}
        }
        self.framing = Framing::None;
        Ok(())
    }
}

/// The longest body, and the longest chunk: what a signed 64-bit number holds.
const LARGEST_BODY: u64 = i64::MAX as u64;

/// The digits of a 64-bit number: more of them, though they be zeros, are a peer playing for time.
const CHUNK_SIZE_DIGITS: u8 = 16;
