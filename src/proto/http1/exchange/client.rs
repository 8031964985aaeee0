//! The client's side of the exchanges on one connection.

use std::time::{Duration, Instant};

use super::{Method, Reading, Request, Writing, wants_to_stay};
use crate::proto::http1::body::{Decoder, Encoder, Framing, Piece};
use crate::proto::http1::head::{Head, HeadReader, RequestHead, ResponseHead};
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::violation::{Misuse, Violation};
use crate::proto::limits;

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
    /// How long the peer may make no progress.
    timeout: Option<Duration>,
    /// When that time is over.
    deadline: Option<Instant>,
    /// Whether the body waits for 100 (RFC 9110, section 10.1.1), and until when.
    expects_continue: Option<Instant>,
    /// Whether the request's head has asked for 100.
    expects: bool,
    /// Whether the server has accepted a CONNECT.
    tunnel: bool,
}

/// What a deadline that has passed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientTimeout {
    /// No deadline has passed.
    NotYet,
    /// The server has not said 100: the body is sent without.
    SendBody,
    /// The server has made no progress for too long: the exchange is over.
    TooSlow,
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
            timeout: None,
            deadline: None,
            expects_continue: None,
            expects: false,
            tunnel: false,
        }
    }

    /// Sets how long the server may make no progress; `None` for ever.
    pub fn set_timeout(&mut self, now: Instant, timeout: Option<Duration>) {
        self.timeout = timeout;
        self.progress(now);
    }

    /// Something went well: the server has its whole time again.
    pub fn progress(&mut self, now: Instant) {
        self.deadline = self.timeout.and_then(|timeout| now.checked_add(timeout));
    }

    /// Nobody waits for the server now: its time stands still until [`progress`](Self::progress).
    pub fn rest(&mut self) {
        self.deadline = None;
    }

    /// When `handle_timeout` is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.expects_continue, self.deadline) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// The time has come.
    pub fn handle_timeout(&mut self, now: Instant) -> ClientTimeout {
        if self.expects_continue.is_some_and(|until| until <= now) {
            self.expects_continue = None;
            return ClientTimeout::SendBody;
        }
        match self.deadline.is_some_and(|deadline| deadline <= now) {
            true => ClientTimeout::TooSlow,
            false => ClientTimeout::NotYet,
        }
    }

    /// Begins to wait for 100 before the body is sent, if the request has asked for it; returns whether it waits.
    pub fn await_continue(&mut self, now: Instant) -> bool {
        if self.expects {
            self.expects_continue = now.checked_add(limits::CONTINUE_TIME);
        }
        std::mem::take(&mut self.expects)
    }

    /// Whether the body waits for 100.
    pub fn awaits_continue(&self) -> bool {
        self.expects_continue.is_some()
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
        self.expects = request.expects_continue && framing != Framing::None;
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
                Err(reader.truncated::<ResponseHead>())
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

    /// Whether a part of a head has arrived, which `handle_eof` would cut off.
    pub fn is_in_head(&self) -> bool {
        matches!(&self.reading, Reading::Head(reader) if reader.is_started())
    }

    /// Whether the whole request has been written.
    pub fn is_written(&self) -> bool {
        matches!(self.writing, Writing::Complete)
    }

    /// Whether the response is complete.
    pub fn is_complete(&self) -> bool {
        matches!(self.reading, Reading::Complete)
    }

    /// Whether any part of a response has arrived.
    pub fn is_answered(&self) -> bool {
        !matches!(&self.reading, Reading::Head(reader) if !reader.is_started()) || self.informational > 0
    }

    /// How many bytes of the body follow that need no decoding: they can be read to where they are wanted.
    pub fn plain_left(&self) -> u64 {
        match &self.reading {
            Reading::Body(decoder) => decoder.plain_left(),
            _ => 0,
        }
    }

    /// Ends the connection after this exchange.
    pub fn close_afterwards(&mut self) {
        self.persistent = false;
    }

    /// Whether a 101 has been read.
    pub fn is_switched(&self) -> bool {
        matches!(self.reading, Reading::Switched)
    }

    /// Whether a CONNECT was accepted: what follows its head belongs to the tunnel (RFC 9110, section 9.3.6).
    pub fn is_tunnel(&self) -> bool {
        self.tunnel
    }

    /// After both messages are complete: goes on to the next exchange, or says that there is none (`false`: close).
    pub fn go_on(&mut self) -> bool {
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
            if head.status == 100 {
                self.expects_continue = None;
            }
            return Ok(ClientEvent::Informational(head));
        }
        self.expects_continue = None;
        self.tunnel = self.method == Method::Connect && matches!(head.status, 200..=299);
        let framing = Framing::of_response(self.method.as_str(), &head)?;
        let stays = wants_to_stay(head.version, &head.headers) && !Framing::is_ambiguous(&head.headers);
        self.persistent &= stays && framing != Framing::UntilEnd;
        self.reading = Reading::Body(Decoder::new(framing, Kind::Response));
        Ok(ClientEvent::Head(head))
    }
}
