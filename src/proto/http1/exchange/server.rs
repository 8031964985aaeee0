//! The server's side of the exchanges on one connection.

use std::time::Instant;

use super::waiting::Waiting;
use super::{Method, Reading, Request, Timeouts, Wait, Writing};
use crate::proto::http1::body::{Decoder, Encoder, Framing, Piece};
use crate::proto::http1::head::{Head, HeadLimits, HeadReader, RequestHead, ResponseHead, Version};
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::violation::{Misuse, Violation};

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
    waiting: Waiting,
    /// A request has been answered before.
    reused: bool,
    request: Request,
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
            waiting: Waiting::default(),
            reused: false,
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
        self.receive_within(now, input, &HeadLimits::default())
    }

    /// The same with other limits on a head than the usual ones.
    pub fn receive_within<'a>(
        &mut self,
        now: Instant,
        input: &mut &'a [u8],
        most: &HeadLimits,
    ) -> Result<Option<ServerEvent<'a>>, Violation> {
        let event = self.read(now, input, most);
        if let Err(violation) = event {
            self.fail(violation);
        }
        event
    }

    /// The connection waits for the client's bytes: when `handle_timeout` is due.
    pub fn wait_for_input(&mut self, now: Instant, timeouts: &Timeouts) -> Option<Instant> {
        let wait = match &self.reading {
            Reading::Head(reader) if reader.is_started() => Wait::Head,
            Reading::Head(_) if self.reused => Wait::Idle,
            Reading::Head(_) => Wait::FirstByte,
            Reading::Body(_) => Wait::Body,
            Reading::Complete | Reading::Switched | Reading::Failed(_) => {
                self.waiting.rest();
                return None;
            }
        };
        self.waiting.begin(now, wait);
        self.waiting.deadline(timeouts)
    }

    /// The connection waits until the client takes more of the response: when `handle_timeout` is due. `moved` says that some has
    /// left since the last call.
    pub fn wait_for_room(&mut self, now: Instant, moved: bool, timeouts: &Timeouts) -> Option<Instant> {
        self.waiting.begin(now, Wait::Response);
        if moved {
            self.waiting.moved(now);
        }
        self.waiting.deadline(timeouts)
    }

    /// The connection does not wait for the client: the program has the word.
    pub fn wait_for_nobody(&mut self) {
        self.waiting.rest();
    }

    /// What the connection waits for, and since when.
    pub fn waits(&self) -> Option<(Wait, Instant)> {
        self.waiting.get()
    }

    /// The time may have come: what the client is late with. A request that has begun is answered with
    /// [`Violation::TooSlow`], everything else ends without a word.
    pub fn handle_timeout(&mut self, now: Instant, timeouts: &Timeouts) -> Option<Wait> {
        let late = self.waiting.overdue(now, timeouts)?;
        if matches!(late, Wait::Head | Wait::Body) {
            self.fail(Violation::TooSlow);
        }
        Some(late)
    }

    /// The peer sends no more: a violation in the middle of a request.
    pub fn handle_eof(&mut self) -> Result<(), Violation> {
        let violation = match &self.reading {
            Reading::Head(reader) if reader.is_started() => reader.truncated::<RequestHead>(),
            Reading::Body(_) => Violation::Truncated,
            _ => {
                self.request.persistent = false;
                return Ok(());
            }
        };
        self.fail(violation);
        Err(violation)
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
    /// connection ends with the body. What it says in Connection is kept, and what it must say there is added on the wire.
    pub fn respond(&mut self, head: &ResponseHead, out: &mut Vec<u8>) -> Result<(), Misuse> {
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
        let framing =
            Framing::of_response(self.request.method.as_str(), head).map_err(|_| Misuse::Framing)?;
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
        let word = word.filter(|word| !head.headers.contains_token("Connection", word));
        head.write_connected(word, out);
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
    pub fn go_on(&mut self) -> bool {
        let complete = matches!(
            (&self.reading, &self.writing),
            (Reading::Complete, Writing::Complete)
        );
        if complete && self.request.persistent {
            *self = Self::new();
            self.reused = true;
            return true;
        }
        false
    }

    fn read<'a>(
        &mut self,
        now: Instant,
        input: &mut &'a [u8],
        most: &HeadLimits,
    ) -> Result<Option<ServerEvent<'a>>, Violation> {
        match &mut self.reading {
            Reading::Head(reader) => {
                let Some(head) = reader.read_within::<RequestHead>(input, most)? else {
                    if reader.is_started() {
                        self.waiting.begin(now, Wait::Head);
                    }
                    return Ok(None);
                };
                self.waiting.rest();
                self.request = Request::of(&head);
                self.reading = Reading::Body(Decoder::new(Framing::of_request(&head)?, Kind::Request));
                Ok(Some(ServerEvent::Head(head)))
            }
            Reading::Body(decoder) => Ok(match decoder.decode(input)? {
                Some(Piece::Data(data)) => {
                    self.waiting.moved(now);
                    Some(ServerEvent::BodyData(data))
                }
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
        self.waiting.rest();
        self.request.persistent = false;
        self.reading = Reading::Failed(violation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_exchange_is_small_and_owns_no_buffer() {
        // Ten thousand of them wait for a request at the same time.
        assert!(
            size_of::<ServerExchange>() <= 160,
            "{}",
            size_of::<ServerExchange>()
        );
        let mut exchange = ServerExchange::new();
        let whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert!(matches!(
            exchange.receive(Instant::now(), &mut &whole[..]),
            Ok(Some(ServerEvent::Head(_)))
        ));
        assert!(matches!(exchange.reading, Reading::Body(_)));
    }
}
