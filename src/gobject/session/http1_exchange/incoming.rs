//! The response on its way in: heads from the reactor's turns, the body for whoever reads it.

use std::io;
use std::rc::Rc;

use super::{Http1Exchange, PIECE, Phase};
use crate::gobject::enums::SessionError;
use crate::gobject::glue::errors::{io_error, transport_error};
use crate::gobject::session::connection::Connection;
use crate::gobject::session::http1_exchange::outgoing::{Rest, Told};
use crate::proto::http1::exchange::ClientEvent;
use crate::proto::http1::violation::Violation;
use crate::reactor::{Link, Room};

/// Bytes that were read, with a place up to which they have been taken.
#[derive(Default)]
pub(super) struct Unread {
    pub(super) bytes: Vec<u8>,
    pub(super) taken: usize,
}

impl Http1Exchange {
    /// Takes the bytes of one read, in which heads begin.
    pub(super) fn take_heads(self: &Rc<Self>, mut input: &[u8]) {
        while self.phase.get() == Phase::Head {
            let before = input.len();
            // The event borrows from the input alone.
            let event = self.engine.borrow_mut().receive(&mut input);
            self.head_size
                .set(self.head_size.get() + (before - input.len()) as u64);
            if let Ok(Some(_)) = event {
                self.progress();
                self.tell_written(Told::Later);
            }
            let Some(sink) = self.sink().filter(|_| !self.is_over()) else {
                return;
            };
            match event {
                Ok(Some(ClientEvent::Informational(head))) => {
                    let goes_on = head.status == 100;
                    sink.informational(head);
                    if goes_on && !self.is_over() {
                        self.resume_body();
                    }
                }
                Ok(Some(ClientEvent::Switched(head))) => {
                    self.phase.set(Phase::Switched);
                    self.unread.borrow_mut().bytes = input.to_vec();
                    sink.clone().head_received(self.head_size.take());
                    return sink.switched(head);
                }
                Ok(Some(ClientEvent::Head(head))) => {
                    self.phase.set(Phase::Body);
                    self.unread.borrow_mut().bytes = input.to_vec();
                    if !self.engine.borrow().is_written() && head.status >= 300 {
                        // Nobody wants the rest of the body.
                        self.engine.borrow_mut().close_afterwards();
                        self.outgoing.borrow_mut().rest = Rest::Nothing;
                    }
                    self.arm();
                    sink.clone().head_received(self.head_size.take());
                    return sink.head(head);
                }
                Ok(Some(ClientEvent::BodyData(_) | ClientEvent::BodyEnd(_))) => {}
                Ok(None) => break,
                Err(violation) => {
                    let stale = false;
                    return self.fail(malformed(violation), stale);
                }
            }
        }
        self.arm();
    }

    /// The connection has ended before the response's head, or cannot be read.
    pub(super) fn broken_off(self: &Rc<Self>, error: Option<io::Error>) {
        let mut engine = self.engine.borrow_mut();
        let silent = !engine.is_answered();
        let violation = engine.handle_eof().err();
        drop(engine);
        let used = self.connection.borrow().as_ref().is_some_and(Connection::is_used);
        let error = match (error, violation) {
            (Some(error), _) => transport_error(error),
            (None, Some(violation)) if !silent => malformed(violation),
            _ => io_error(
                gio::IOErrorEnum::PartialInput,
                "The server closed the connection without a response",
            ),
        };
        self.fail(error, silent && used);
    }

    /// Takes a piece of the body out of what has been read: `None` when more is needed.
    pub(super) fn decode(&self, into: &mut Room<'_>) -> Result<Option<usize>, Violation> {
        let mut unread = self.unread.borrow_mut();
        loop {
            let rest = unread.rest();
            let window = rest.get(..into.len()).unwrap_or(rest);
            let mut input = window;
            let event = self.engine.borrow_mut().receive(&mut input)?;
            let taken = window.len() - input.len();
            self.count_body(taken);
            let count = match event {
                Some(ClientEvent::BodyData(data)) => {
                    // There is never more of it: the window is as long as the room.
                    Some(into.put(data))
                }
                Some(_) => Some(0),
                None => None,
            };
            unread.take(taken);
            match count {
                None if taken > 0 => {}
                count => return Ok(count),
            }
        }
    }

    fn count_body(&self, count: usize) {
        self.body_size
            .set(self.body_size.get().saturating_add(count as u64));
    }

    /// Reads from the network, and decodes.
    pub(super) fn read_network(&self, link: &Rc<Link>, mut into: Room<'_>) -> io::Result<usize> {
        loop {
            let plain = self.engine.borrow().plain_left();
            let room = usize::try_from(plain).unwrap_or(usize::MAX).min(into.len());
            let read = match room {
                // The bytes are where they are wanted: the engine only counts them.
                1.. => link.read_into(into.first(room)).map(|mut input| {
                    let count = input.len();
                    self.count_body(count);
                    let counted = self.engine.borrow_mut().receive(&mut input).is_ok();
                    (count, counted.then_some(count))
                }),
                _ => {
                    let mut unread = std::mem::take(&mut self.unread.borrow_mut().bytes);
                    unread.clear();
                    unread.reserve(PIECE);
                    let read = link.read_spare(&mut unread, PIECE);
                    *self.unread.borrow_mut() = Unread {
                        bytes: unread,
                        taken: 0,
                    };
                    read.map(|count| (count, None))
                }
            };
            match read {
                Ok((0, _)) => return self.read_end(),
                Ok((_, direct)) => {
                    self.progress();
                    if let Some(count) = direct {
                        return Ok(count);
                    }
                    if let Some(count) = self
                        .decode(&mut into)
                        .map_err(|violation| self.spoil(violation))?
                    {
                        return Ok(count);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The connection has ended in the body.
    pub(super) fn read_end(&self) -> io::Result<usize> {
        let end = self.engine.borrow_mut().handle_eof();
        match end {
            Ok(_) => Ok(0),
            Err(violation) => Err(self.spoil(violation)),
        }
    }

    /// What is wrong with the body is the answer to every further read.
    pub(super) fn spoil(&self, violation: Violation) -> io::Error {
        let error = match violation {
            Violation::Truncated => io_error(
                gio::IOErrorEnum::PartialInput,
                "The connection ended inside the response's body",
            ),
            violation => malformed(violation),
        };
        self.failure.replace(Some(error.clone()));
        io::Error::other(error)
    }

    /// Reads the end of a body of which nothing else is left, if it is there.
    pub(super) fn finish_reading(&self) {
        let due = !self.unread.borrow().rest().is_empty() || self.engine.borrow().plain_left() == 0;
        if self.phase.get() == Phase::Body && due && !self.engine.borrow().is_complete() {
            // Room for no data: only an end can come of this.
            let _ = self.decode_end();
        }
    }

    /// Decodes as far as no data comes.
    pub(super) fn decode_end(&self) -> Result<(), Violation> {
        let mut unread = self.unread.borrow_mut();
        let mut input = unread.rest();
        let before = input.len();
        if self.engine.borrow().plain_left() == 0 {
            let event = self.engine.borrow_mut().receive(&mut input)?;
            let data = matches!(event, Some(ClientEvent::BodyData(_)));
            let taken = before - input.len();
            self.count_body(taken);
            unread.take(taken);
            if data {
                // Somebody has left bytes unread: the connection is not worth reading them.
                self.engine.borrow_mut().close_afterwards();
            }
        }
        Ok(())
    }
}

impl Unread {
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= self.bytes.len() {
            // Memory is held only while there is something.
            *self = Unread::default();
        }
    }

    pub(super) fn into_rest(mut self) -> Vec<u8> {
        self.bytes.drain(..self.taken.min(self.bytes.len()));
        self.bytes
    }
}

fn malformed(violation: Violation) -> glib::Error {
    let text = format!("The server's response is not valid HTTP: {violation}");
    glib::Error::new(SessionError::Parsing, &text)
}
