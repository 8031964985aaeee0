//! One exchange after another on a connection: who may say what when, for both roles (RFC 9112, section 9).
//!
//! | server reads | client reads | then |
//! |---|---|---|
//! | head | informational heads, head | the body |
//! | body | body | nothing, until `next()` |
//! | - | 101 | nothing: the rest of the input belongs to the new protocol |
//!
//! Input is taken only where it is due: what comes behind a message stays where it is.

use std::time::Instant;

use super::body::{Decoder, Encoder, Framing, Piece};
use super::head::{Head, HeadReader, RequestHead, ResponseHead, Version};
use super::headers::{HeaderList, Kind};
use super::violation::{Misuse, Violation};
use crate::proto::limits;

/// What a server reads.
#[derive(Debug)]
pub enum ServerEvent<'a> {
    /// A request begins.
    Head(RequestHead),
    /// Bytes of its body.
    BodyData(&'a [u8]),
    /// The request is complete: this comes for every request, with the trailers of a chunked one.
    BodyEnd(HeaderList),
}

/// The server's side of the exchanges on one connection.
#[derive(Debug)]
pub struct ServerExchange {
    reading: Reading,
    writing: Writing,
    /// When the head that has begun must be complete.
    deadline: Option<Instant>,
    request: Request,
}

/// What a server remembers of the request that it answers.
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

impl Default for ServerExchange {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerExchange {
    /// The server's side of a new connection.
    pub fn new() -> Self {
        Self {
            reading: Reading::Head(HeadReader::default()),
            writing: Writing::Head,
            deadline: None,
            request: Request {
                version: Version::Http11,
                method: Method::Other,
                persistent: false,
                expects_continue: false,
            },
        }
    }

    /// Takes bytes from the front of `input` until there is an event; `None` when more is needed, and also when none is due:
    /// when the request is complete, and for good after a switch. A violation stays: answer it with its status, and close.
    pub fn receive<'a>(
        &mut self,
        now: Instant,
        input: &mut &'a [u8],
    ) -> Result<Option<ServerEvent<'a>>, Violation> {
        let event = self.read(now, input);
        if let Err(violation) = event {
            self.fail(violation);
        }
        event
    }

    /// When `handle_timeout` is due. A connection on which no request has begun has no deadline.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time has come: a head that is still incomplete is a violation.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Violation> {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.fail(Violation::TooSlow);
            return Err(Violation::TooSlow);
        }
        Ok(())
    }

    /// The peer sends no more: a violation in the middle of a request.
    pub fn handle_eof(&mut self) -> Result<(), Violation> {
        let truncated = match &self.reading {
            Reading::Head(reader) => reader.is_started(),
            Reading::Body(_) => true,
            Reading::Complete | Reading::Switched | Reading::Failed(_) => false,
        };
        self.request.persistent = false;
        if truncated {
            self.fail(Violation::Truncated);
            return Err(Violation::Truncated);
        }
        Ok(())
    }

    /// Whether a request has begun that has not been answered completely.
    pub fn is_busy(&self) -> bool {
        match &self.reading {
            Reading::Head(reader) => reader.is_started(),
            Reading::Switched => false,
            _ => true,
        }
    }

    /// Whether the request's head has arrived and no response has begun, and the client waits for leave to send
    /// the body (RFC 9110, section 10.1.1): `inform` with 100, or `respond` with a refusal.
    pub fn awaits_continue(&self) -> bool {
        self.request.expects_continue && matches!(self.writing, Writing::Head)
    }

    /// Whether the connection can go on after this exchange, as far as can be told by now.
    pub fn is_persistent(&self) -> bool {
        self.request.persistent
    }

    /// Ends the connection after this exchange: the response will say so.
    pub fn close_afterwards(&mut self) {
        self.request.persistent = false;
    }

    /// Whether a 101 has been written: bytes in both directions belong to the new protocol.
    pub fn is_switched(&self) -> bool {
        matches!(self.reading, Reading::Switched)
    }

    /// Appends an informational head other than 101 (RFC 9110, section 15.2). An HTTP/1.0 client gets none.
    pub fn inform(&mut self, head: &ResponseHead, out: &mut Vec<u8>) -> Result<(), Misuse> {
        if !matches!(self.writing, Writing::Head) || !matches!(head.status, 100 | 102..=199) {
            return Err(Misuse::HeadNotDue);
        }
        if self.request.version >= Version::Http11 {
            self.request.expects_continue = false;
            head.write(out);
        }
        Ok(())
    }

    /// Appends the response's head. Its Content-Length or Transfer-Encoding says how the body is framed; with neither, the
    /// connection ends with the body. What it says in Connection is kept, and what it must say there is added.
    pub fn respond(&mut self, head: &mut ResponseHead, out: &mut Vec<u8>) -> Result<(), Misuse> {
        if !matches!(self.writing, Writing::Head) || matches!(head.status, 100 | 102..=199) {
            return Err(Misuse::HeadNotDue);
        }
        let answers_garbage = matches!(self.reading, Reading::Failed(_));
        if matches!(self.reading, Reading::Head(_)) {
            return Err(Misuse::HeadNotDue);
        }
        if head.status == 101 {
            if !matches!(self.reading, Reading::Complete) {
                return Err(Misuse::HeadNotDue);
            }
            self.reading = Reading::Switched;
            self.writing = Writing::Complete;
            head.write(out);
            return Ok(());
        }
        let method = match self.request.method {
            Method::Head => "HEAD",
            Method::Connect => "CONNECT",
            Method::Other => "GET",
        };
        let framing = Framing::of_response(method, head).map_err(|_| Misuse::Framing)?;
        if framing == Framing::Chunked && self.request.version < Version::Http11 && !answers_garbage {
            return Err(Misuse::ChunkedForOldPeer);
        }
        // A response before the request's end leaves bytes behind that are not worth waiting for.
        let complete = matches!(self.reading, Reading::Complete);
        if framing == Framing::UntilEnd || !complete || head.headers.contains_token("Connection", "close") {
            self.request.persistent = false;
        }
        let word = match (self.request.persistent, self.request.version) {
            (false, _) => Some("close"),
            (true, Version::Http10) => Some("keep-alive"),
            (true, Version::Http11) => None,
        };
        if let Some(word) = word.filter(|word| !head.headers.contains_token("Connection", word)) {
            head.headers
                .append("Connection", word)
                .map_err(|_| Misuse::Framing)?;
        }
        head.write(out);
        self.writing = Writing::Body(Encoder::new(framing));
        Ok(())
    }

    /// Appends bytes of the response's body in their coding.
    pub fn write_body(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Misuse> {
        self.writing.encode(data, out)
    }

    /// Appends the end of the response.
    pub fn finish_body(&mut self, out: &mut Vec<u8>) -> Result<(), Misuse> {
        self.writing.finish(out)
    }

    /// After both messages are complete: goes on to the next exchange, or says that there is none (`false`: close). A second
    /// request that is in the input already is read by the next `receive`.
    pub fn next(&mut self) -> bool {
        let complete = matches!(
            (&self.reading, &self.writing),
            (Reading::Complete, Writing::Complete)
        );
        if complete && self.request.persistent {
            *self = Self::new();
            return true;
        }
        false
    }

    fn read<'a>(&mut self, now: Instant, input: &mut &'a [u8]) -> Result<Option<ServerEvent<'a>>, Violation> {
        match &mut self.reading {
            Reading::Head(reader) => {
                let Some(head) = reader.read::<RequestHead>(input)? else {
                    if reader.is_started() {
                        self.deadline = self.deadline.or_else(|| now.checked_add(limits::HEAD_TIME));
                    }
                    return Ok(None);
                };
                self.deadline = None;
                self.request = Request::of(&head);
                self.reading = Reading::Body(Decoder::new(Framing::of_request(&head)?, Kind::Request));
                Ok(Some(ServerEvent::Head(head)))
            }
            Reading::Body(decoder) => Ok(match decoder.decode(input)? {
                Some(Piece::Data(data)) => Some(ServerEvent::BodyData(data)),
                Some(Piece::End(trailers)) => {
                    self.reading = Reading::Complete;
                    Some(ServerEvent::BodyEnd(trailers))
                }
                None => None,
            }),
            Reading::Complete | Reading::Switched => Ok(None),
            Reading::Failed(violation) => Err(*violation),
        }
    }

    fn fail(&mut self, violation: Violation) {
        self.deadline = None;
        self.request.persistent = false;
        self.reading = Reading::Failed(violation);
    }
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

/// What a client reads.
#[derive(Debug)]
pub enum ClientEvent<'a> {
    /// A head before the response's (RFC 9110, section 15.2).
    Informational(ResponseHead),
    /// 101: the rest of the input belongs to the new protocol. The last event.
    Switched(ResponseHead),
    /// The response begins.
    Head(ResponseHead),
    /// Bytes of its body.
    BodyData(&'a [u8]),
    /// The response is complete: this comes for every response, with the trailers of a chunked one.
    BodyEnd(HeaderList),
}

/// The client's side of the exchanges on one connection.
#[derive(Debug)]
pub struct ClientExchange {
    reading: Reading,
    writing: Writing,
    method: Method,
    asked_to_switch: bool,
    persistent: bool,
    informational: u32,
}

impl Default for ClientExchange {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientExchange {
    /// The client's side of a new connection.
    pub fn new() -> Self {
        Self {
            reading: Reading::Head(HeadReader::default()),
            writing: Writing::Head,
            method: Method::Other,
            asked_to_switch: false,
            persistent: false,
            informational: 0,
        }
    }

    /// Appends the request's head. Its Content-Length or Transfer-Encoding says how the body is framed.
    pub fn request(&mut self, head: &RequestHead, out: &mut Vec<u8>) -> Result<(), Misuse> {
        if !matches!(self.writing, Writing::Head) {
            return Err(Misuse::HeadNotDue);
        }
        let framing = Framing::of_request(head).map_err(|_| Misuse::Framing)?;
        let request = Request::of(head);
        self.method = request.method;
        self.persistent = request.persistent;
        self.asked_to_switch =
            head.headers.contains_token("Connection", "upgrade") && head.headers.contains("Upgrade");
        head.write(out);
        self.writing = Writing::Body(Encoder::new(framing));
        Ok(())
    }

    /// Appends bytes of the request's body in their coding.
    pub fn write_body(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Misuse> {
        self.writing.encode(data, out)
    }

    /// Appends the end of the request.
    pub fn finish_body(&mut self, out: &mut Vec<u8>) -> Result<(), Misuse> {
        self.writing.finish(out)
    }

    /// Takes bytes from the front of `input` until there is an event; `None` when more is needed, and also when none is due.
    pub fn receive<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<ClientEvent<'a>>, Violation> {
        let event = self.read(input);
        if let Err(violation) = event {
            self.reading = Reading::Failed(violation);
            self.persistent = false;
        }
        event
    }

    /// The peer sends no more: the end of a body that has no length, and a violation in the middle of anything else. A
    /// connection that ends before a response began is `Truncated` too, if there is a request.
    pub fn handle_eof(&mut self) -> Result<Option<ClientEvent<'static>>, Violation> {
        self.persistent = false;
        let outcome = match &mut self.reading {
            Reading::Head(reader) if reader.is_started() || !matches!(self.writing, Writing::Head) => {
                Err(Violation::Truncated)
            }
            Reading::Body(decoder) => decoder.handle_eof(),
            _ => Ok(None),
        };
        match outcome {
            Ok(Some(Piece::End(trailers))) => {
                self.reading = Reading::Complete;
                Ok(Some(ClientEvent::BodyEnd(trailers)))
            }
            Ok(_) => Ok(None),
            Err(violation) => {
                self.reading = Reading::Failed(violation);
                Err(violation)
            }
        }
    }

    /// Whether the connection can go on after this exchange, as far as can be told by now.
    pub fn is_persistent(&self) -> bool {
        self.persistent
    }

    /// Whether a 101 has been read.
    pub fn is_switched(&self) -> bool {
        matches!(self.reading, Reading::Switched)
    }

    /// After both messages are complete: goes on to the next exchange, or says that there is none (`false`: close).
    pub fn next(&mut self) -> bool {
        let complete = matches!(
            (&self.reading, &self.writing),
            (Reading::Complete, Writing::Complete)
        );
        if complete && self.persistent {
            *self = Self::new();
            return true;
        }
        false
    }

    fn read<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<ClientEvent<'a>>, Violation> {
        match &mut self.reading {
            Reading::Head(_) if matches!(self.writing, Writing::Head) => match input.is_empty() {
                true => Ok(None),
                false => Err(Violation::Unasked),
            },
            Reading::Head(reader) => match reader.read::<ResponseHead>(input)? {
                Some(head) => self.take_head(head).map(Some),
                None => Ok(None),
            },
            Reading::Body(decoder) => Ok(match decoder.decode(input)? {
                Some(Piece::Data(data)) => Some(ClientEvent::BodyData(data)),
                Some(Piece::End(trailers)) => {
                    self.reading = Reading::Complete;
                    Some(ClientEvent::BodyEnd(trailers))
                }
                None => None,
            }),
            Reading::Complete | Reading::Switched => Ok(None),
            Reading::Failed(violation) => Err(*violation),
        }
    }

    fn take_head(&mut self, head: ResponseHead) -> Result<ClientEvent<'static>, Violation> {
        if head.status == 101 {
            if !self.asked_to_switch {
                return Err(Violation::UnaskedSwitch);
            }
            self.reading = Reading::Switched;
            return Ok(ClientEvent::Switched(head));
        }
        if head.status < 200 {
            self.informational += 1;
            if self.informational > limits::INFORMATIONAL_COUNT {
                return Err(Violation::TooManyInformational);
            }
            return Ok(ClientEvent::Informational(head));
        }
        let method = match self.method {
            Method::Head => "HEAD",
            Method::Connect => "CONNECT",
            Method::Other => "GET",
        };
        let framing = Framing::of_response(method, &head)?;
        let stays = wants_to_stay(head.version, &head.headers) && !Framing::is_ambiguous(&head.headers);
        self.persistent &= stays && framing != Framing::UntilEnd;
        self.reading = Reading::Body(Decoder::new(framing, Kind::Response));
        Ok(ClientEvent::Head(head))
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
