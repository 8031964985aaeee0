//! An open WebSocket connection, for either role: its state and its end. Receiving and sending stand in their
//! own files.
//!
//! | phase     | begins with                         | goes on to                                   |
//! |-----------|-------------------------------------|----------------------------------------------|
//! | Open      | the handshake                       | Announced, Failed, Closed                    |
//! | Announced | `close`, or the peer's close frame  | CloseSent or Both, when `Closing` was heard  |
//! | CloseSent | our close frame                     | Both, Failed, Closed                         |
//! | Both      | the second of the two close frames  | Closed                                       |
//! | Failed    | a violation                         | Closed                                       |
//! | Closed    | the end of it all                   |                                              |

use std::io::IoSlice;
use std::time::{Duration, Instant};

use crate::proto::Context;
use crate::proto::ws::deflate::Codec;
use crate::proto::ws::filter::Filter;
use crate::proto::ws::frame::Opcode;
use crate::proto::ws::keepalive::Keepalive;
use crate::proto::ws::output::Output;
use crate::proto::ws::receive::Inbound;
use crate::proto::ws::{Event, Misuse, Role, Settings, Violation, close};

/// The protocol of one connection, after its opening handshake. `P` is a payload that can be shared.
///
/// Bytes, time and verbs go in; after each of them ask [`Connection::poll_event`] until it has nothing, then
/// [`Connection::output`] and [`Connection::poll_timeout`]. While the application is told of an event, do not poll
/// for the next: what it sends while it hears of `Closing` still goes out before the close frame.
#[derive(Debug)]
pub struct Connection<P: AsRef<[u8]>> {
    pub(super) role: Role,
    pub(super) phase: Phase,
    /// What to fail with at the next `poll_event`.
    pub(super) failure: Option<Violation>,
    /// The longest payload of a frame.
    pub(super) max_frame: u64,
    /// The longest message.
    pub(super) max_message: u64,
    /// The longest message after inflating: a client has a limit there even where it has none for what comes plain.
    pub(super) max_inflated: u64,
    pub(super) max_queued: usize,
    pub(super) output: Output<P>,
    /// What is incomplete of the input; nothing most of the time.
    pub(super) inbound: Option<Box<Inbound>>,
    pub(super) codec: Option<Box<Codec>>,
    pub(super) filter: Option<Box<Filter>>,
    pub(super) keepalive: Option<Box<Keepalive>>,
    /// The payload of the latest ping that could not be answered yet.
    pub(super) late_pong: Option<Box<[u8]>>,
    /// When the end is no longer waited for.
    pub(super) deadline: Option<Instant>,
    /// The peer's close frame.
    pub(super) peer_close: Option<Box<(u16, Box<str>)>>,
}

/// Where the connection stands, in detail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// `Closing` is told (or has been, if `told`); then a close frame with this payload goes out.
    Announced {
        payload: Box<[u8]>,
        told: bool,
    },
    CloseSent,
    Both,
    Failed,
    Closed {
        told: bool,
    },
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Messages go both ways. This is so until the event `Closing` has been dealt with.
    Open,
    /// A close frame, or an error, has begun the end.
    Closing,
    /// Over; the transport is, or is to be, closed.
    Closed,
}

/// What the transport shall do once the output is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Nothing.
    Open,
    /// Shut down its write side (once), and go on reading.
    ShutdownWrite,
    /// Close. The event `Closed` comes from `poll_event` once the output is empty.
    Close,
}

impl<P: AsRef<[u8]>> Connection<P> {
    /// A connection whose handshake has just been completed.
    pub fn new(settings: Settings, now: Instant) -> Connection<P> {
        let mut connection = Connection {
            role: settings.role,
            phase: Phase::Open,
            failure: None,
            max_frame: 0,
            max_message: 0,
            max_inflated: 0,
            max_queued: settings.max_queued_output,
            output: Output::new(),
            inbound: None,
            codec: None,
            filter: None,
            keepalive: None,
            late_pong: None,
            deadline: None,
            peer_close: None,
        };
        connection.set_max_frame_payload(settings.max_frame_payload);
        connection.set_max_message(settings.max_message);
        connection.max_inflated = settings.max_inflated();
        connection.set_keepalive(now, settings.keepalive_interval, settings.pong_timeout);
        if settings.filter {
            connection.filter = Some(Box::default());
        } else if let Some(params) = settings.deflate {
            connection.codec = Some(Box::new(Codec::new(params, settings.role)));
        }
        connection
    }

    /// Changes the longest payload of an incoming frame; 0 is no limit.
    pub fn set_max_frame_payload(&mut self, bytes: u64) {
        self.max_frame = if bytes == 0 { u64::MAX } else { bytes };
    }

    /// Changes the longest incoming message, also after inflating; 0 is no limit.
    pub fn set_max_message(&mut self, bytes: u64) {
        self.max_message = if bytes == 0 { u64::MAX } else { bytes };
        self.max_inflated = self.max_message;
    }

    /// Changes how much may be queued before a further send fails the connection.
    pub fn set_max_queued_output(&mut self, bytes: usize) {
        self.max_queued = bytes;
    }

    /// Changes the keepalive: how often a ping goes out, and how long it may stay unanswered. Setting what is set
    /// already changes nothing; else the first ping is due after one interval.
    pub fn set_keepalive(
        &mut self,
        now: Instant,
        interval: Option<Duration>,
        pong_timeout: Option<Duration>,
    ) {
        match (
            &mut self.keepalive,
            interval.filter(|interval| !interval.is_zero()),
        ) {
            (Some(keepalive), Some(interval)) if keepalive.interval == interval => {
                keepalive.pong_timeout = pong_timeout;
            }
            (keepalive, interval) => {
                *keepalive = interval.map(|interval| Box::new(Keepalive::new(now, interval, pong_timeout)));
            }
        }
    }

    /// Which end this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The bytes to write, as slices for one vectored write; returns how many of `slices` were filled.
    pub fn output<'b>(&'b self, slices: &mut [IoSlice<'b>]) -> usize {
        self.output.slices(slices)
    }

    /// So many bytes of the output have been written.
    pub fn consume_output(&mut self, count: usize) {
        self.output.consume(count);
    }

    /// Takes the shared payloads that are no longer needed, of all calls before. Until then they are kept: drop them where
    /// the code that comes with their end may call here again.
    #[inline]
    pub fn take_spent(&mut self) -> Vec<P> {
        self.output.take_spent()
    }

    /// How many bytes are queued.
    pub fn buffered_amount(&self) -> usize {
        self.output.len()
    }

    /// What the transport shall do once the output is empty.
    pub fn disposition(&self) -> Disposition {
        match (&self.phase, self.role) {
            (Phase::Both, Role::Server) | (Phase::Closed { .. }, _) => Disposition::Close,
            (Phase::Both, Role::Client) | (Phase::Failed, _) => match self.filter_waits() {
                true => Disposition::Open,
                false => Disposition::ShutdownWrite,
            },
            _ => Disposition::Open,
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Open | Phase::Announced { .. } => State::Open,
            Phase::CloseSent | Phase::Both | Phase::Failed => State::Closing,
            Phase::Closed { .. } => State::Closed,
        }
    }

    /// The code of the peer's close frame: 1005 if it had none, `None` before there was a frame.
    pub fn close_code(&self) -> Option<u16> {
        self.peer_close.as_ref().map(|close| close.0)
    }

    /// The reason in the peer's close frame; `None` if there was none.
    pub fn close_data(&self) -> Option<&str> {
        self.peer_close
            .as_ref()
            .map(|close| &*close.1)
            .filter(|reason| !reason.is_empty())
    }

    /// Begins the closing handshake: `Closing` comes first, then the close frame goes out behind everything sent.
    /// 1005 sends a close frame without a code; a reason longer than 123 bytes is cut.
    pub fn close(&mut self, _cx: &mut Context<'_>, code: u16, reason: &str) -> Result<(), Misuse> {
        match self.phase {
            Phase::Open => {}
            Phase::Closed { .. } => return Err(Misuse::NotOpen),
            _ => return Err(Misuse::AlreadyClosing),
        }
        if code == close::NO_STATUS && !reason.is_empty() {
            return Err(Misuse::ReasonWithoutCode);
        }
        if code != close::NO_STATUS && !close::is_sendable(code, self.role) {
            return Err(Misuse::BadCloseCode);
        }
        self.announce(code, reason, false);
        Ok(())
    }

    /// Ends the connection for a fault of this side: the close frame says `code`, unless one has been sent, and the peer is
    /// heard no more. `Closed` follows when it has ended its side, or after the deadline of a close.
    pub fn give_up(&mut self, cx: &mut Context<'_>, code: u16) {
        if !matches!(self.phase, Phase::Closed { .. }) {
            self.break_off(cx, code);
        }
    }

    /// Ends the connection without a close frame: what is queued is dropped, `Closed` follows.
    pub fn abort(&mut self, _cx: &mut Context<'_>) {
        self.end();
    }

    /// The peer will send no more, or the transport has failed: `Closed` follows.
    pub fn handle_eof(&mut self, _cx: &mut Context<'_>) {
        self.end();
    }

    /// The time that `poll_timeout` named has come. Harmless at any other time.
    pub fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        if self.deadline.is_some_and(|deadline| deadline <= cx.now) {
            self.end();
            return;
        }
        if let Some(codec) = &mut self.codec {
            codec.handle_timeout(cx.now);
        }
        if self.state() == State::Open {
            self.keep_alive(cx);
        }
    }

    /// When `handle_timeout` is to be called, if nothing happens before. Ask again after every other call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let keepalive = match self.phase {
            Phase::Open | Phase::Announced { .. } => {
                self.keepalive.as_ref().map(|keepalive| keepalive.deadline())
            }
            Phase::Closed { .. } => return None,
            _ => None,
        };
        let codec = self.codec.as_ref().and_then(|codec| codec.deadline());
        [self.deadline, keepalive, codec].into_iter().flatten().min()
    }

    /// Whether there is neither an event nor a time to come, which is so most of the time.
    #[inline]
    pub fn is_quiet(&self) -> bool {
        self.phase == Phase::Open
            && self.failure.is_none()
            && self.late_pong.is_none()
            && self.keepalive.is_none()
            && self.codec.is_none()
            && self.filter.is_none()
            && self.deadline.is_none()
    }

    /// Events that do not come out of `receive`. Ask after every verb, `handle_*`, `receive` and `consume_output`,
    /// until there is none.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Option<Event<'static>> {
        if let Some(violation) = self.failure.take() {
            return Some(self.fail(cx, violation));
        }
        if self.late_pong.is_some() && self.output.pongs() == 0 {
            self.answer_late(cx);
        }
        if let Phase::Announced { payload, told } = &mut self.phase {
            if !*told {
                *told = true;
                return Some(Event::Closing);
            }
            let payload = std::mem::take(payload);
            self.send_close(cx, &payload);
        }
        if let Some(event) = self.poll_filter() {
            return Some(event);
        }
        if self.phase == Phase::Both && self.role == Role::Server && self.output.is_empty() {
            self.end();
        }
        if let Phase::Closed { told: told @ false } = &mut self.phase {
            *told = true;
            return Some(Event::Closed);
        }
        None
    }

    /// Prepares the close frame, and the event that goes before it.
    pub(super) fn announce(&mut self, code: u16, reason: &str, told: bool) {
        let (payload, len) = close::payload(code, reason);
        let payload = payload.get(..len).unwrap_or_default().into();
        self.phase = Phase::Announced { payload, told };
    }

    /// Queues the close frame that was announced.
    fn send_close(&mut self, cx: &mut Context<'_>, payload: &[u8]) {
        self.late_pong = None;
        self.send_control(cx, Opcode::Close, payload);
        self.phase = if self.peer_close.is_some() {
            Phase::Both
        } else {
            Phase::CloseSent
        };
        self.deadline = Some(cx.now + CLOSE_DEADLINE);
    }

    /// Ends a connection that a violation has spoilt: tells the peer, unless it has been told something before, and
    /// hears no more of it.
    #[cold]
    pub(super) fn fail<'a>(&mut self, cx: &mut Context<'_>, violation: Violation) -> Event<'a> {
        match violation.close_code() {
            close::ABNORMAL => self.end(),
            code => self.break_off(cx, code),
        }
        Event::Error(violation)
    }

    /// Sends the close frame of a failed connection, unless one has been sent, and hears the peer no more.
    fn break_off(&mut self, cx: &mut Context<'_>, code: u16) {
        self.inbound = None;
        self.late_pong = None;
        if matches!(self.phase, Phase::Open | Phase::Announced { .. }) {
            let (payload, len) = close::payload(code, "");
            self.send_control(cx, Opcode::Close, payload.get(..len).unwrap_or_default());
        }
        self.phase = Phase::Failed;
        self.deadline = Some(cx.now + CLOSE_DEADLINE);
    }

    /// The end: nothing is kept but what the peer's close frame said.
    pub(super) fn end(&mut self) {
        if let Phase::Closed { .. } = self.phase {
            return;
        }
        self.phase = Phase::Closed { told: false };
        self.output.clear();
        self.inbound = None;
        self.codec = None;
        self.filter = None;
        self.keepalive = None;
        self.late_pong = None;
        self.deadline = None;
    }
}

/// How long the peer's part of the closing handshake is waited for (libsoup's figure).
pub(super) const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_small() {
        assert!(
            size_of::<Connection<Vec<u8>>>() <= 320,
            "{}",
            size_of::<Connection<Vec<u8>>>()
        );
    }
}
