//! Any pollable `GIOStream`, driven by GIO's non-blocking calls; GIO's poll source exists only after a WOULD_BLOCK.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::rc::Weak;

use gio::prelude::*;

use super::transport::{Attempt, gather};
use super::{AtHome, Home, Link};

/// A stream whose halves are a `GPollableInputStream` and a `GPollableOutputStream`.
pub struct PollableTransport {
    stream: gio::IOStream,
    input: gio::PollableInputStream,
    output: gio::PollableOutputStream,
    /// The length of the write that would have blocked: TLS wants the same bytes again before any others.
    retry: Cell<Option<usize>>,
    read_source: RefCell<Option<glib::Source>>,
    write_source: RefCell<Option<glib::Source>>,
}

/// The most that one write gathers from several slices.
const GATHERED: usize = 64 * 1024;

impl PollableTransport {
    /// The transport over `stream`, if both of its halves can be polled.
    pub fn for_stream(stream: &gio::IOStream) -> Option<Self> {
        let input = stream
            .input_stream()
            .dynamic_cast::<gio::PollableInputStream>()
            .ok()?;
        let output = stream
            .output_stream()
            .dynamic_cast::<gio::PollableOutputStream>()
            .ok()?;
        (input.can_poll() && output.can_poll()).then(|| PollableTransport {
            stream: stream.clone(),
            input,
            output,
            retry: Cell::new(None),
            read_source: RefCell::new(None),
            write_source: RefCell::new(None),
        })
    }

    pub(super) fn io_stream(&self) -> gio::IOStream {
        self.stream.clone()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.stream.is_closed()
    }

    pub(super) fn read(&self, into: &mut [u8]) -> io::Result<Attempt> {
        let read = self
            .input
            .read_nonblocking(into, gio::Cancellable::NONE)
            .map_err(io_error)?;
        usize::try_from(read).map(Attempt::Full).map_err(io::Error::other)
    }

    pub(super) fn write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<Attempt> {
        let first = slices
            .iter()
            .find(|slice| !slice.is_empty())
            .map_or(&[][..], |slice| slice);
        let gathered;
        let bytes = match self.retry.get() {
            Some(length) if length <= first.len() => first.get(..length).unwrap_or(first),
            Some(length) => {
                gathered = gather(slices, length);
                &gathered
            }
            None if first.len() >= GATHERED || slices.len() <= 1 => first,
            None => {
                gathered = gather(slices, GATHERED);
                &gathered
            }
        };
        match self.output.write_nonblocking(bytes, gio::Cancellable::NONE) {
            Ok(written) => {
                self.retry.set(None);
                usize::try_from(written)
                    .map(Attempt::Full)
                    .map_err(io::Error::other)
            }
            Err(error) => {
                let error = io_error(error);
                if error.kind() == io::ErrorKind::WouldBlock {
                    self.retry.set(Some(bytes.len()));
                }
                Err(error)
            }
        }
    }

    /// Has `link` told when bytes can be read.
    pub(super) fn watch_read(&self, link: Weak<Link>, context: &glib::MainContext) {
        if self.read_source.borrow().is_some() {
            return;
        }
        // The source goes with its context, in any thread.
        let link = AtHome::new(&Home::of(context), link);
        let source =
            self.input
                .create_source(gio::Cancellable::NONE, None, glib::Priority::DEFAULT, move |_| {
                    if let Some(link) = link.upgrade() {
                        link.pollable_readable();
                    }
                    glib::ControlFlow::Break
                });
        source.attach(Some(context));
        *self.read_source.borrow_mut() = Some(source);
    }

    /// Has `link` told when bytes can be written.
    pub(super) fn watch_write(&self, link: Weak<Link>, context: &glib::MainContext) {
        if self.write_source.borrow().is_some() {
            return;
        }
        let link = AtHome::new(&Home::of(context), link);
        let source =
            self.output
                .create_source(gio::Cancellable::NONE, None, glib::Priority::DEFAULT, move |_| {
                    if let Some(link) = link.upgrade() {
                        link.pollable_writable();
                    }
                    glib::ControlFlow::Break
                });
        source.attach(Some(context));
        *self.write_source.borrow_mut() = Some(source);
    }

    /// The poll source has fired, and with that is gone.
    pub(super) fn forget_read(&self) {
        let fired = self.read_source.replace(None);
        drop(fired);
    }

    /// The poll source has fired, and with that is gone.
    pub(super) fn forget_write(&self) {
        let fired = self.write_source.replace(None);
        drop(fired);
    }

    /// Stops polling.
    pub(super) fn unwatch(&self) {
        for source in [self.read_source.take(), self.write_source.take()]
            .into_iter()
            .flatten()
        {
            source.destroy();
        }
    }

    /// Closes the stream; `done` is called from the main loop when that is through, or has failed.
    pub(super) fn close(&self, done: impl FnOnce() + 'static) {
        self.unwatch();
        self.stream
            .close_async(glib::Priority::DEFAULT, gio::Cancellable::NONE, move |_| done());
    }
}

impl Drop for PollableTransport {
    fn drop(&mut self) {
        self.unwatch();
    }
}

/// A GLib error as an I/O error that still carries it.
pub(super) fn io_error(error: glib::Error) -> io::Error {
    if error.matches(gio::IOErrorEnum::WouldBlock) {
        return io::ErrorKind::WouldBlock.into();
    }
    io::Error::other(error)
}
