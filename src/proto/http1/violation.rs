//! What a peer can get wrong in HTTP/1, and the status that answers it.

use std::fmt;

/// The peer's fault. On the server's side it is answered with [`status`](Self::status), and then the connection closes;
/// on the client's side it ends the exchange with its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Empty lines where a start line belongs (RFC 9112, section 2.2 allows one).
    EmptyLines,
    /// A start line that is none (RFC 9112, sections 3 and 4).
    StartLine,
    /// A version other than HTTP/1.0 and HTTP/1.1 (RFC 9112, section 2.3).
    Version,
    /// A header line without a colon, with a byte that no name may hold, or folded in a request (RFC 9112, section 5).
    HeaderName,
    /// A header value with a NUL, a bare CR or another control character (RFC 9110, section 5.5).
    HeaderValue,
    /// An HTTP/1.1 request without a Host (RFC 9112, section 3.2).
    MissingHost,
    /// A request with more than one Host (RFC 9112, section 3.2).
    RepeatedHost,
    /// A head longer than [`HEAD_BYTES`](crate::proto::limits::HEAD_BYTES), or what a server has set instead.
    HeadTooLarge,
    /// More header lines than [`HEADER_COUNT`](crate::proto::limits::HEADER_COUNT), or what a server has set instead.
    TooManyHeaders,
    /// A Content-Length that is no number, or several that differ (RFC 9112, section 6.3).
    ContentLength,
    /// A Content-Length beyond what a signed 64-bit number holds.
    BodyTooLarge,
    /// A Transfer-Encoding that leaves the body's end open (RFC 9112, section 6.3).
    TransferEncoding,
    /// A transfer coding other than chunked (RFC 9112, section 7).
    UnknownTransferCoding,
    /// A chunk size that is not hexadecimal digits, or too many of them (RFC 9112, section 7.1).
    ChunkSize,
    /// A chunk size beyond what a signed 64-bit number holds.
    ChunkTooLarge,
    /// Chunk extensions with a control character, or longer than
    /// [`CHUNK_EXTENSION_BYTES`](crate::proto::limits::CHUNK_EXTENSION_BYTES).
    ChunkExtension,
    /// A line of the chunked coding that does not end in CR LF (RFC 9112, section 7.1).
    ChunkLineEnd,
    /// Trailers longer than [`TRAILER_BYTES`](crate::proto::limits::TRAILER_BYTES).
    TrailersTooLarge,
    /// The connection ended inside a message.
    Truncated,
    /// A head that did not arrive within [`HEAD_TIME`](crate::proto::limits::HEAD_TIME).
    TooSlow,
    /// Bytes from a server that was not asked anything.
    Unasked,
    /// 101 in answer to a request that asked for no other protocol (RFC 9110, section 15.2.2).
    UnaskedSwitch,
    /// More informational answers than [`INFORMATIONAL_COUNT`](crate::proto::limits::INFORMATIONAL_COUNT).
    TooManyInformational,
}

impl Violation {
    /// The status that a server answers with.
    pub fn status(self) -> u16 {
        match self {
            Self::Version => 505,
            Self::HeadTooLarge | Self::TooManyHeaders | Self::TrailersTooLarge => 431,
            Self::BodyTooLarge | Self::ChunkTooLarge => 413,
            Self::UnknownTransferCoding => 501,
            Self::TooSlow => 408,
            _ => 400,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLines => "empty lines before the first line of an HTTP message",
            Self::StartLine => "the first line is not HTTP",
            Self::Version => "not a version of HTTP/1",
            Self::HeaderName => "a header line without a valid name",
            Self::HeaderValue => "a header value with a control character",
            Self::MissingHost => "an HTTP/1.1 request without Host",
            Self::RepeatedHost => "more than one Host",
            Self::HeadTooLarge => "the HTTP head is too large",
            Self::TooManyHeaders => "too many headers",
            Self::ContentLength => "an invalid Content-Length",
            Self::BodyTooLarge => "the Content-Length is too large",
            Self::TransferEncoding => "an invalid Transfer-Encoding",
            Self::UnknownTransferCoding => "an unknown transfer coding",
            Self::ChunkSize => "an invalid chunk size",
            Self::ChunkTooLarge => "the chunk size is too large",
            Self::ChunkExtension => "invalid chunk extensions",
            Self::ChunkLineEnd => "a line of the chunked coding without CR LF",
            Self::TrailersTooLarge => "the trailers are too large",
            Self::Truncated => "the connection ended inside a message",
            Self::TooSlow => "the HTTP head did not arrive in time",
            Self::Unasked => "an answer without a request",
            Self::UnaskedSwitch => "a switch to another protocol that was not asked for",
            Self::TooManyInformational => "too many informational answers",
        })
    }
}

impl std::error::Error for Violation {}

/// The caller's fault: a call that does not fit the exchange's state. Nothing has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The head is not due: another one was already written, or the request has not arrived.
    HeadNotDue,
    /// Body bytes where none belong, or more than the Content-Length says.
    TooMuchBody,
    /// The body ends before its Content-Length.
    TooLittleBody,
    /// A body of unknown length for a peer that does not know the chunked coding.
    ChunkedForOldPeer,
    /// The head's own framing headers are not valid.
    Framing,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeadNotDue => "no head is due in this state of the exchange",
            Self::TooMuchBody => "the body is longer than announced",
            Self::TooLittleBody => "the body is shorter than announced",
            Self::ChunkedForOldPeer => "an HTTP/1.0 peer does not know the chunked coding",
            Self::Framing => "the head's Content-Length or Transfer-Encoding is not valid",
        })
    }
}

impl std::error::Error for Misuse {}
