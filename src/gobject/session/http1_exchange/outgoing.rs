//! The request on its way out: a buffer, what is told when its parts have been written, and what follows of the body.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::rc::{Rc, Weak};

use gio::prelude::*;

use super::{Http1Exchange, PIECE, misused};
use crate::gobject::glue::source::AttachedSource;
use crate::proto::http1::violation::Misuse;
use crate::reactor::Link;

/// What is known when the output has been written up to a place.
pub(super) struct Mark {
    pub(super) at: u64,
    pub(super) event: Written,
}

pub(super) enum Written {
    /// The head, of so many bytes.
    Head(u64),
    /// So many bytes of the body, and so many with their framing.
    Body(usize, u64),
    /// All of it, with so many bytes of framing.
    End(u64, Told),
}

/// When the end of a request is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// When it has been written.
    AtOnce,
    /// In a later turn, or before the response: see `ResponseSink::wrote_body`.
    Later,
}

/// What follows of the request's body, behind the output.
pub(super) enum Rest {
    /// The end has been put into the output, or it is not known yet what follows.
    Nothing,
    Bytes(glib::Bytes),
    Stream(gio::InputStream),
}

/// The request on its way out.
pub(super) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    /// How many bytes have been written, and how many have been put in.
    pub(super) written: u64,
    pub(super) queued: u64,
    pub(super) marks: VecDeque<Mark>,
    pub(super) rest: Rest,
    /// Calls back to tell the end.
    end: Option<AttachedSource>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Outgoing {
            bytes: Vec::new(),
            written: 0,
            queued: 0,
            marks: VecDeque::new(),
            rest: Rest::Nothing,
            end: None,
        }
    }
}

impl Http1Exchange {
    /// Writes what the transport takes; whether all is written.
    pub(super) fn write(&self, link: &Rc<Link>) -> io::Result<bool> {
        loop {
            // A stream may run code of somebody else's: nothing is borrowed.
            let mut output = std::mem::take(&mut self.outgoing.borrow_mut().bytes);
            if output.is_empty() {
                return Ok(true);
            }
            let written = link.write_vectored(&[IoSlice::new(&output)]);
            let mut outgoing = self.outgoing.borrow_mut();
            if let Ok(count) = written {
                output.drain(..count.min(output.len()));
                outgoing.written += count as u64;
                drop(outgoing);
                self.progress();
                outgoing = self.outgoing.borrow_mut();
            }
            outgoing.bytes = output;
            drop(outgoing);
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
    }

    /// Tells what has been written by now, with or without what is told later.
    pub(super) fn tell_written(self: &Rc<Self>, which: Told) {
        loop {
            let mut outgoing = self.outgoing.borrow_mut();
            let written = outgoing.written;
            let due = outgoing.marks.front().filter(|mark| mark.at <= written);
            let is_early = |mark: &Mark| matches!(mark.event, Written::End(_, Told::Later));
            if which == Told::AtOnce && due.is_some_and(is_early) {
                drop(outgoing);
                return self.tell_end_later();
            }
            let is_due = due.is_some();
            let due = is_due.then(|| outgoing.marks.pop_front()).flatten();
            drop(outgoing);
            let (Some(mark), Some(sink), false) = (due, self.sink(), self.is_over()) else {
                return;
            };
            match mark.event {
                Written::Head(size) => {
                    sink.clone().head_sent(size);
                    sink.wrote_headers();
                }
                Written::Body(count, size) => {
                    sink.clone().body_sent(size);
                    sink.wrote_body_data(count);
                }
                Written::End(size, _) => {
                    sink.clone().body_sent(size);
                    sink.wrote_body();
                }
            }
        }
    }

    /// Has the end told when the loop has been through everything else that is ready.
    fn tell_end_later(self: &Rc<Self>) {
        let this = Rc::new(Rc::downgrade(self));
        let tell = |this: &Rc<Weak<Http1Exchange>>| {
            if let Some(this) = this.upgrade() {
                this.tell_written(Told::Later);
            }
        };
        let source = AttachedSource::idle(&self.context, glib::Priority::DEFAULT, this, tell);
        let old = self.outgoing.borrow_mut().end.replace(source);
        drop(old);
    }

    /// Puts more of the body into the output; whether there is something to write now.
    pub(super) fn refill(self: &Rc<Self>) -> Result<bool, Misuse> {
        let mut outgoing = self.outgoing.borrow_mut();
        if self.engine.borrow().awaits_continue() || !outgoing.bytes.is_empty() {
            return Ok(!outgoing.bytes.is_empty());
        }
        match std::mem::replace(&mut outgoing.rest, Rest::Nothing) {
            Rest::Nothing => Ok(false),
            Rest::Stream(stream) => {
                drop(outgoing);
                self.read_stream(stream);
                Ok(false)
            }
            Rest::Bytes(bytes) => {
                let piece = bytes.get(..PIECE).unwrap_or(&bytes);
                self.put_body(&mut outgoing, piece)?;
                match bytes.len() - piece.len() {
                    0 => self.put_end(&mut outgoing, Told::Later)?,
                    left => {
                        let start = bytes.len() - left;
                        outgoing.rest = Rest::Bytes(glib::Bytes::from_bytes(&bytes, start..bytes.len()));
                    }
                }
                Ok(true)
            }
        }
    }

    pub(super) fn put_body(&self, outgoing: &mut Outgoing, piece: &[u8]) -> Result<(), Misuse> {
        let before = outgoing.bytes.len();
        self.engine.borrow_mut().write_body(piece, &mut outgoing.bytes)?;
        outgoing.queued += (outgoing.bytes.len() - before) as u64;
        let size = (outgoing.bytes.len() - before) as u64;
        let (at, event) = (outgoing.queued, Written::Body(piece.len(), size));
        if !piece.is_empty() {
            outgoing.marks.push_back(Mark { at, event });
        }
        Ok(())
    }

    pub(super) fn put_end(&self, outgoing: &mut Outgoing, told: Told) -> Result<(), Misuse> {
        let before = outgoing.bytes.len();
        self.engine.borrow_mut().finish_body(&mut outgoing.bytes)?;
        let size = (outgoing.bytes.len() - before) as u64;
        outgoing.queued += size;
        let (at, event) = (outgoing.queued, Written::End(size, told));
        outgoing.marks.push_back(Mark { at, event });
        Ok(())
    }

    /// Reads a piece of the body from the program's stream.
    fn read_stream(self: &Rc<Self>, stream: gio::InputStream) {
        let this = Rc::downgrade(self);
        let next = stream.clone();
        let priority = glib::Priority::DEFAULT;
        stream.read_bytes_async(PIECE, priority, gio::Cancellable::NONE, move |outcome| {
            if let Some(this) = this.upgrade()
                && !this.is_over()
            {
                this.take_piece(outcome, next);
            }
        });
    }

    fn take_piece(self: &Rc<Self>, outcome: Result<glib::Bytes, glib::Error>, stream: gio::InputStream) {
        let put = outcome.and_then(|piece| {
            let mut outgoing = self.outgoing.borrow_mut();
            let put = match piece.is_empty() {
                true => self.put_end(&mut outgoing, Told::Later),
                false => {
                    outgoing.rest = Rest::Stream(stream);
                    self.put_body(&mut outgoing, &piece)
                }
            };
            put.map_err(misused)
        });
        match (put, self.link()) {
            (Ok(()), Some(link)) => link.request_flush(),
            (Err(error), _) => self.fail(error, false),
            _ => {}
        }
    }
}
