//! Between link and engine: reading, writing, and what the reactor calls.

use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::Instant;

use super::core::{Core, Phase};
use super::errors;
use super::signals::Held;
use crate::proto::ws::{Disposition, Input, close};
use crate::reactor::{CONNECTION_SHARE, Handler, Link, Progress};

impl Handler for Core {
    fn ready(self: Rc<Self>) -> Progress {
        let Some(link) = self.link().filter(|_| !self.fresh.get()) else {
            return Progress::Drained;
        };
        let Some(held) = self.emitter.hold() else {
            return Progress::Drained;
        };
        self.serving.set(true);
        if let Some(mut leftover) = self.leftover.take() {
            self.feed(link, &held, &mut leftover);
        }
        let mut share = CONNECTION_SHARE;
        let progress = loop {
            if self.phase.get() >= Phase::Ending || held.is_let_go() {
                break Progress::Drained;
            }
            match self.read(link, &held) {
                Ok(count) if count >= share => break Progress::MoreWork,
                Ok(count) => share -= count,
                Err(progress) => break progress,
            }
        };
        self.serving.set(false);
        if !held.is_let_go() {
            self.drain_events(link);
        }
        progress
    }

    fn flush(self: Rc<Self>) {
        let Some(link) = self.link() else { return };
        if let Err(error) = self.write(link) {
            return self.fail(link, error);
        }
        let shut = self.look(|engine| {
            engine.disposition() == Disposition::ShutdownWrite && engine.buffered_amount() == 0
        });
        if shut && self.phase.get() < Phase::Shut {
            self.phase.set(Phase::Shut);
            // A peer that is gone already is as good as told.
            let _ = link.shutdown_write();
        }
        self.drain_events(link);
    }

    fn timeout(self: Rc<Self>, _now: Instant) {
        let Some(link) = self.link() else { return };
        self.with_context(link, |engine, cx| engine.handle_timeout(cx));
        self.drain_events(link);
    }

    fn server_stops(self: Rc<Self>, server: usize, at_once: bool) {
        let (Some(link), true) = (self.link(), self.belongs_to(server)) else {
            return;
        };
        match at_once {
            false => self.close(close::GOING_AWAY, ""),
            true => self.fail(link, io::Error::other(errors::server_stopped())),
        }
    }

    fn closed(self: Rc<Self>) {
        let Some(_held) = self.emitter.hold() else { return };
        if self.phase.replace(Phase::Finished) < Phase::Finished {
            self.show_state();
            self.emitter.closed();
        }
        self.leave_server();
    }
}

impl Core {
    /// Reads and delivers the bytes of one read.
    fn feed(&self, link: &Rc<Link>, held: &Held<'_>, bytes: &mut [u8]) {
        let mut input = Input::new(bytes);
        while self.phase.get() < Phase::Ending && !held.is_let_go() {
            match self.with_context(link, |engine, cx| engine.receive(cx, &mut input)) {
                Some(event) => self.deliver(link, event),
                None => break,
            }
        }
    }

    /// Writes as much of the output as the transport takes.
    pub(super) fn write(&self, link: &Rc<Link>) -> io::Result<()> {
        loop {
            let written = match self.plain.get() {
                true => {
                    let engine = self.engine.borrow();
                    let mut slices = [IoSlice::new(&[]); SLICES];
                    let count = engine.output(&mut slices);
                    let slices = slices.get(..count).unwrap_or_default();
                    if slices.is_empty() {
                        Ok(0)
                    } else {
                        link.write_vectored(slices)
                    }
                }
                // A stream may run code of the caller's, which may come back here.
                false => {
                    let piece = self.output_copied();
                    if piece.is_empty() {
                        Ok(0)
                    } else {
                        link.write_vectored(&[IoSlice::new(&piece)])
                    }
                }
            };
            match written {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    let left = self.with_engine(|engine| {
                        engine.consume_output(count);
                        engine.buffered_amount()
                    });
                    if left == 0 {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    link.request_flush();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The beginning of the output.
    fn output_copied(&self) -> Vec<u8> {
        let engine = self.engine.borrow();
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = engine.output(&mut slices);
        let mut piece = Vec::new();
        for slice in slices.get(..count).unwrap_or_default() {
            let room = STREAM_WRITE.saturating_sub(piece.len());
            piece.extend_from_slice(slice.get(..room).unwrap_or(slice));
        }
        piece
    }

    /// Reads into the buffer of a large payload under way. `None` when there is no such payload.
    fn read_direct(&self, link: &Rc<Link>) -> Option<io::Result<usize>> {
        if !self.plain.get() {
            return None;
        }
        let mut engine = self.engine.borrow_mut();
        let direct = engine.direct_buffer()?;
        Some(link.read_spare(direct.buffer, direct.room))
    }

    /// Reads once. How many bytes came, or what reading has come to.
    fn read(&self, link: &Rc<Link>, held: &Held<'_>) -> Result<usize, Progress> {
        let read = match self.read_direct(link) {
            Some(Ok(count)) if count > 0 => {
                if let Some(event) = self.with_context(link, |engine, cx| engine.handle_direct(cx)) {
                    self.deliver(link, event);
                }
                return Ok(count);
            }
            Some(read) => read,
            None => {
                let reactor = link.reactor();
                let mut scratch = reactor.scratch();
                match link.read(&mut scratch) {
                    Ok(count) if count > 0 => {
                        self.feed(link, held, scratch.get_mut(..count).unwrap_or_default());
                        return Ok(count);
                    }
                    read => read,
                }
            }
        };
        match read {
            Ok(_) => self.with_context(link, |engine, cx| engine.handle_eof(cx)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(0),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
            Err(error) => self.fail(link, error),
        }
        Err(Progress::Drained)
    }
}

/// How many slices one vectored write takes. Small frames share one slice; each large payload takes two.
const SLICES: usize = 16;

/// How many bytes one write to a stream that is not a plain socket takes.
const STREAM_WRITE: usize = 64 * 1024;
