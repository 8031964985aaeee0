//! One request of HTTP/1 on a connection of its own: registered with the reactor for as long as the exchange lasts.
//!
//! | the request | then |
//! |---|---|
//! | head | "wrote-headers"; the body, or waiting for 100 |
//! | body, piece by piece | "wrote-body-data"; the end: "wrote-body" |
//!
//! | the response | who reads |
//! |---|---|
//! | heads | the reactor's turn, into its scratch buffer |
//! | body | whoever calls `read_body`: without a coding right from the socket to where it is wanted |

mod incoming;
mod outgoing;

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use gio::prelude::*;
use glib::translate::*;

use crate::gobject::glue::errors::{io_error, transport_error};
use crate::gobject::message::RequestBody;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::exchange::{ClientExchange, ResponseSink};
use crate::gobject::session::http1_exchange::incoming::Unread;
use crate::gobject::session::http1_exchange::outgoing::{Mark, Outgoing, Rest, Told, Written};
use crate::proto::http1::exchange::{self as proto, ClientTimeout};
use crate::proto::http1::head::RequestHead;
use crate::proto::http1::violation::Misuse;
use crate::reactor::{Handler, Link, Progress, Reactor, Room};

/// One request of HTTP/1 on a connection.
pub(in crate::gobject) struct Http1Exchange {
    link: OnceCell<Rc<Link>>,
    connection: RefCell<Option<Connection>>,
    sink: RefCell<Option<Weak<dyn ResponseSink>>>,
    engine: RefCell<proto::ClientExchange>,
    outgoing: RefCell<Outgoing>,
    /// What was read of the body and has not been taken.
    unread: RefCell<Unread>,
    phase: Cell<Phase>,
    /// What ended the body too early, for whoever reads it.
    failure: RefCell<Option<glib::Error>>,
    paused: Cell<bool>,
    /// How many bytes the heads of the response have had.
    head_size: Cell<u64>,
    /// How many bytes its body has had, framing included, and nobody has been told of.
    body_size: Cell<u64>,
    context: glib::MainContext,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Head,
    Body,
    Switched,
    /// Cancelled, failed, or given away.
    Over,
}

/// How much of a request's body is written at once.
const PIECE: usize = 64 * 1024;

impl Http1Exchange {
    /// An exchange on `connection`, whose events come in `context`. The server may make no progress for `timeout`.
    pub(super) fn new(
        connection: Connection,
        context: &glib::MainContext,
        timeout: Option<Duration>,
    ) -> Result<Rc<Http1Exchange>, glib::Error> {
        let transport = connection
            .transport()
            .ok_or_else(|| io_error(gio::IOErrorEnum::NotSupported, "The connection cannot be polled"))?;
        let this = Rc::new(Http1Exchange {
            link: OnceCell::new(),
            connection: RefCell::new(Some(connection)),
            sink: RefCell::default(),
            engine: RefCell::default(),
            outgoing: RefCell::default(),
            unread: RefCell::default(),
            phase: Cell::new(Phase::Head),
            failure: RefCell::default(),
            paused: Cell::new(false),
            head_size: Cell::new(0),
            body_size: Cell::new(0),
            context: context.clone(),
        });
        let handler: Weak<Http1Exchange> = Rc::downgrade(&this);
        let link = Reactor::of(context)
            .register(transport, handler)
            .map_err(transport_error)?;
        this.engine
            .borrow_mut()
            .set_timeout(link.reactor().now(), timeout);
        // A new cell is empty.
        let _ = this.link.set(link);
        Ok(this)
    }

    fn link(&self) -> Option<&Rc<Link>> {
        self.link.get()
    }

    fn sink(&self) -> Option<Rc<dyn ResponseSink>> {
        self.sink.borrow().as_ref().and_then(Weak::upgrade)
    }

    fn is_over(&self) -> bool {
        self.phase.get() == Phase::Over
    }

    /// Has the reactor call `timeout` when the engine wants it.
    fn arm(&self) {
        if let Some(link) = self.link() {
            let paused = self.paused.get() && self.phase.get() == Phase::Body;
            let deadline = self.engine.borrow().poll_timeout();
            link.set_deadline(deadline.filter(|_| !paused));
        }
    }

    /// The server has done something.
    fn progress(&self) {
        if let Some(link) = self.link() {
            self.engine.borrow_mut().progress(link.reactor().now());
        }
    }

    /// Ends the exchange with an error: the sink is told before the head, whoever reads the body behind it.
    fn fail(self: &Rc<Self>, error: glib::Error, stale: bool) {
        let phase = self.phase.get();
        match phase {
            Phase::Head => {
                self.tell_written(Told::Later);
                let Some(sink) = self.sink().filter(|_| !self.is_over()) else {
                    return;
                };
                sink.failed(error, stale);
            }
            Phase::Body => {
                self.failure.replace(Some(error));
                self.engine.borrow_mut().close_afterwards();
                if let Some(sink) = self.sink().filter(|_| !self.paused.get()) {
                    sink.body_readable();
                }
            }
            Phase::Switched | Phase::Over => {}
        }
    }

    /// The server has said 100, or has been waited for long enough.
    fn resume_body(self: &Rc<Self>) {
        match (self.refill(), self.link()) {
            (Ok(true), Some(link)) => link.request_flush(),
            (Err(misuse), _) => self.fail(misused(misuse), false),
            _ => {}
        }
    }
}

impl ClientExchange for Http1Exchange {
    fn start(
        self: Rc<Self>,
        head: &RequestHead,
        body: RequestBody,
        to: Weak<dyn ResponseSink>,
    ) -> Result<(), glib::Error> {
        self.sink.replace(Some(to));
        let Some(link) = self.link() else { return Ok(()) };
        let mut outgoing = self.outgoing.borrow_mut();
        self.engine
            .borrow_mut()
            .request(head, &mut outgoing.bytes)
            .map_err(misused)?;
        let size = outgoing.bytes.len() as u64;
        outgoing.queued = size;
        outgoing.marks.push_back(Mark {
            at: size,
            event: Written::Head(size),
        });
        match body {
            RequestBody::None => self.put_end(&mut outgoing, Told::AtOnce).map_err(misused)?,
            RequestBody::Bytes(bytes) if bytes.is_empty() => {
                self.put_end(&mut outgoing, Told::AtOnce).map_err(misused)?;
            }
            RequestBody::Bytes(bytes) => outgoing.rest = Rest::Bytes(bytes),
            RequestBody::Stream(stream, _) => outgoing.rest = Rest::Stream(stream),
        }
        let waits = self.engine.borrow_mut().await_continue(link.reactor().now());
        if let (false, Rest::Bytes(bytes)) = (waits, &outgoing.rest)
            && bytes.len() <= PIECE
        {
            // Head and body leave together.
            let bytes = bytes.clone();
            outgoing.rest = Rest::Nothing;
            self.put_body(&mut outgoing, &bytes).map_err(misused)?;
            self.put_end(&mut outgoing, Told::Later).map_err(misused)?;
        }
        drop(outgoing);
        self.arm();
        link.request_flush();
        Ok(())
    }

    fn read_body(&self, mut into: Room<'_>) -> io::Result<usize> {
        if let Some(error) = &*self.failure.borrow() {
            return Err(io::Error::other(error.clone()));
        }
        let (Phase::Body, Some(link), false) = (self.phase.get(), self.link(), into.is_empty()) else {
            return Ok(0);
        };
        if self.engine.borrow().is_complete() {
            return Ok(0);
        }
        let read = match self.decode(&mut into) {
            Ok(Some(count)) => Ok(count),
            Ok(None) => self.read_network(link, into),
            Err(violation) => Err(self.spoil(violation)),
        };
        match &read {
            Ok(_) => self.engine.borrow_mut().rest(),
            // Somebody waits: the server's time runs.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if self.engine.borrow().poll_timeout().is_none() {
                    self.progress();
                }
            }
            Err(error) => {
                let mut failure = self.failure.borrow_mut();
                if failure.is_none() {
                    let kind = error.raw_os_error().map(io::Error::from_raw_os_error);
                    *failure = Some(transport_error(
                        kind.unwrap_or_else(|| io::Error::other(error.to_string())),
                    ));
                }
            }
        }
        self.arm();
        read
    }

    fn take_received(&self) -> u64 {
        self.body_size.take()
    }

    fn is_readable(&self) -> bool {
        self.failure.borrow().is_some()
            || self.phase.get() != Phase::Body
            || self.engine.borrow().is_complete()
            || self.engine.borrow().plain_left() == 0 && !self.unread.borrow().rest().is_empty()
            || !self.unread.borrow().rest().is_empty()
            || self
                .link()
                .is_some_and(|link| link.is_readable() || link.is_closed())
    }

    fn wait_readable(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
        let Some(link) = self.link() else { return Ok(()) };
        let Some(socket) = link.socket() else {
            return Ok(());
        };
        let now = Instant::now();
        let time = self.engine.borrow().poll_timeout();
        let time = time.map_or(-1, |until| {
            i64::try_from(until.saturating_duration_since(now).as_micros()).unwrap_or(i64::MAX)
        });
        socket.condition_timed_wait(glib::IOCondition::IN, time, cancellable)?;
        link.polled_readable();
        Ok(())
    }

    fn readable_source(&self) -> Option<glib::Source> {
        let socket = self.link()?.socket()?;
        // SAFETY: the socket is alive, and keeps itself alive in the source; no cancellable is allowed.
        unsafe {
            from_glib_full(gio::ffi::g_socket_create_source(
                socket.as_ptr(),
                glib::ffi::G_IO_IN,
                std::ptr::null_mut(),
            ))
        }
    }

    fn is_complete(&self) -> bool {
        self.finish_reading();
        self.engine.borrow().is_complete()
    }

    fn set_paused(&self, paused: bool) {
        self.paused.set(paused);
        self.arm();
    }

    fn cancel(&self) {
        self.phase.set(Phase::Over);
        if let Some(link) = self.link() {
            link.close();
        }
        let connection = self.connection.take();
        if let Some(connection) = connection {
            connection.close();
        }
    }

    fn take_upgrade(&self) -> Option<(Rc<Link>, Vec<u8>)> {
        if self.phase.get() != Phase::Switched {
            return None;
        }
        self.phase.set(Phase::Over);
        let link = self.link()?.clone();
        link.set_deadline(None);
        self.connection.take();
        Some((link, std::mem::take(&mut *self.unread.borrow_mut()).into_rest()))
    }

    fn take_tunnel(&self) -> Option<Connection> {
        let link = self.link()?;
        let nothing_left = self.unread.borrow().rest().is_empty();
        if self.phase.get() != Phase::Body || !nothing_left || !self.engine.borrow().is_tunnel() {
            return None;
        }
        self.phase.set(Phase::Over);
        let connection = self.connection.take()?;
        link.detach().ok()?;
        Some(connection)
    }

    fn take_connection(&self) -> Option<Connection> {
        let nothing_left = self.unread.borrow().rest().is_empty();
        let link = self.link()?;
        if self.phase.get() != Phase::Body || !nothing_left || !self.engine.borrow_mut().go_on() {
            return None;
        }
        self.phase.set(Phase::Over);
        let mut connection = self.connection.take()?;
        // The stream stays ours; the link has done its work.
        link.detach().ok()?;
        connection.count_exchange();
        Some(connection)
    }
}

impl Handler for Http1Exchange {
    fn ready(self: Rc<Self>) -> Progress {
        let Some(link) = self.link() else {
            return Progress::Drained;
        };
        while self.phase.get() == Phase::Head {
            let mut scratch = link.reactor().scratch();
            match link.read(&mut scratch) {
                Ok(0) => self.broken_off(None),
                // Only whole heads count as progress, so that a byte now and then does not.
                Ok(count) => self.take_heads(scratch.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Drained,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.broken_off(Some(error)),
            }
            if self.phase.get() == Phase::Head && link.is_closed() {
                return Progress::Drained;
            }
            if self.phase.get() != Phase::Head {
                // Who took the head has read what there was of the body.
                return Progress::Drained;
            }
        }
        if let Some(sink) = self
            .sink()
            .filter(|_| self.phase.get() == Phase::Body && !self.paused.get())
        {
            sink.body_readable();
        }
        Progress::Drained
    }

    fn flush(self: Rc<Self>) {
        let Some(link) = self.link() else { return };
        while !self.is_over() {
            let done = match self.write(link) {
                Ok(done) => done,
                // The server may have answered before it stopped to listen.
                Err(_) if link.is_readable() => return,
                Err(error) => return self.broken_off(Some(error)),
            };
            self.tell_written(Told::AtOnce);
            if !done || self.is_over() {
                break;
            }
            match self.refill() {
                Ok(true) => {}
                Ok(false) => break,
                Err(misuse) => return self.fail(misused(misuse), false),
            }
        }
        self.arm();
    }

    fn timeout(self: Rc<Self>, now: Instant) {
        let outcome = self.engine.borrow_mut().handle_timeout(now);
        match outcome {
            ClientTimeout::NotYet => self.arm(),
            ClientTimeout::SendBody => self.resume_body(),
            ClientTimeout::TooSlow => {
                let text = "The server made no progress within the session's timeout";
                self.fail(io_error(gio::IOErrorEnum::TimedOut, text), false);
            }
        }
    }
}

fn misused(misuse: Misuse) -> glib::Error {
    io_error(gio::IOErrorEnum::InvalidArgument, &misuse.to_string())
}
