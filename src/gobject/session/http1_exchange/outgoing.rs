//! The request on its way out: a buffer, what is told when its parts have been written, and what follows of the body.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::rc::Rc;

use gio::prelude::*;

use super::{Http1Exchange, PIECE, misused};
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
    /// So many bytes of the body.
    Body(usize),
    /// All of it.
    End,
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
}

impl Default for Outgoing {
    fn default() -> Self {
        Outgoing {
            bytes: Vec::new(),
            written: 0,
            queued: 0,
            marks: VecDeque::new(),
            rest: Rest::Nothing,
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

    /// Tells what has been written by now.
    pub(super) fn tell_written(&self) {
        loop {
            let mut outgoing = self.outgoing.borrow_mut();
            let written = outgoing.written;
            let is_due = outgoing.marks.front().is_some_and(|mark| mark.at <= written);
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
                Written::Body(count) => sink.wrote_body_data(count),
                Written::End => sink.wrote_body(),
            }
        }
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
                    0 => self.put_end(&mut outgoing)?,
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
        let (at, event) = (outgoing.queued, Written::Body(piece.len()));
        if !piece.is_empty() {
            outgoing.marks.push_back(Mark { at, event });
        }
        Ok(())
    }

    pub(super) fn put_end(&self, outgoing: &mut Outgoing) -> Result<(), Misuse> {
        let before = outgoing.bytes.len();
        self.engine.borrow_mut().finish_body(&mut outgoing.bytes)?;
        outgoing.queued += (outgoing.bytes.len() - before) as u64;
        let at = outgoing.queued;
        outgoing.marks.push_back(Mark {
            at,
            event: Written::End,
        });
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
                true => self.put_end(&mut outgoing),
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
