//! One exchange after another on a connection: who may say what when (RFC 9112, section 9).
//!
//! | server reads | client reads | then |
//! |---|---|---|
//! | head | informational heads, head | the body |
//! | body | body | nothing, until `go_on()` |
//! | - | 101 | nothing: the rest of the input belongs to the new protocol |
//!
//! Input is taken only where it is due: what comes behind a message stays where it is.

mod client;
mod server;
mod waiting;

pub use client::{ClientEvent, ClientExchange, ClientTimeout};
pub use server::{ServerEvent, ServerExchange};
pub use waiting::{Timeouts, Wait};

use super::body::{Decoder, Encoder, Framing};
use super::head::{HeadReader, RequestHead, Version};
use super::headers::HeaderList;
use super::violation::{Misuse, Violation};

/// What both sides remember of a request that is being answered.
#[derive(Debug)]
struct Request {
    version: Version,
    /// HEAD and CONNECT change what a response's headers mean.
    method: Method,
    persistent: bool,
    expects_continue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    Other,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::Connect => "CONNECT",
            Self::Other => "GET",
        }
    }
}

/// How far the peer's message has come.
#[derive(Debug)]
enum Reading {
    Head(HeadReader),
    Body(Decoder),
    Complete,
    /// The connection speaks another protocol now.
    Switched,
    Failed(Violation),
}

/// How far our message has come.
#[derive(Debug)]
enum Writing {
    /// The head has not been written.
    Head,
    Body(Encoder),
    Complete,
}

impl Request {
    fn of(head: &RequestHead) -> Self {
        let ambiguous = Framing::is_ambiguous(&head.headers);
        Self {
            version: head.version,
            method: match &head.method[..] {
                "HEAD" => Method::Head,
                "CONNECT" => Method::Connect,
                _ => Method::Other,
            },
            persistent: !ambiguous && wants_to_stay(head.version, &head.headers),
            expects_continue: head.version >= Version::Http11
                && head.headers.contains_token("Expect", "100-continue"),
        }
    }
}

impl Writing {
    fn encode(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Misuse> {
        match self {
            Self::Body(encoder) => encoder.encode(data, out),
            Self::Head | Self::Complete => Err(Misuse::TooMuchBody),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Misuse> {
        match self {
            Self::Body(encoder) => encoder.finish(out)?,
            Self::Head | Self::Complete => return Err(Misuse::TooMuchBody),
        }
        *self = Self::Complete;
        Ok(())
    }
}

/// Whether a message's sender keeps the connection open after it (RFC 9112, section 9.3).
fn wants_to_stay(version: Version, headers: &HeaderList) -> bool {
    match version {
        _ if headers.contains_token("Connection", "close") => false,
        Version::Http11 => true,
        Version::Http10 => headers.contains_token("Connection", "keep-alive"),
    }
}
