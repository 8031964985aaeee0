//! An open WebSocket connection, for either role.

use std::io::IoSlice;
use std::time::Instant;

use crate::proto::Context;
use crate::proto::ws::{DataType, Direct, Event, Input, Misuse, Settings};

/// The protocol of one connection, after its opening handshake. `P` is a payload that can be shared.
#[derive(Debug)]
pub struct Connection<P: AsRef<[u8]>> {
    settings: Settings,
    queue: Vec<P>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Messages go both ways.
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
    pub fn new(settings: Settings, _now: Instant) -> Connection<P> {
        Connection {
            settings,
            queue: Vec::new(),
        }
    }

    /// Changes the longest payload of an incoming frame; 0 is no limit.
    pub fn set_max_frame_payload(&mut self, bytes: u64) {
        self.settings.max_frame_payload = bytes;
    }

    /// Changes the longest incoming message; 0 is no limit.
    pub fn set_max_message(&mut self, bytes: u64) {
        self.settings.max_message = bytes;
    }

    /// Changes how much may be queued.
    pub fn set_max_queued_output(&mut self, bytes: usize) {
        self.settings.max_queued_output = bytes;
    }

    /// Changes the keepalive: how often a ping goes out, and how long it may stay unanswered.
    pub fn set_keepalive(
        &mut self,
        now: Instant,
        interval: Option<std::time::Duration>,
        pong_timeout: Option<std::time::Duration>,
    ) {
        let _ = now;
        self.settings.keepalive_interval = interval;
        self.settings.pong_timeout = pong_timeout;
    }

    /// Takes bytes from the front of `input` until there is an event, or no more of them.
    pub fn receive<'a>(&mut self, _cx: &mut Context<'_>, _input: &mut Input<'a>) -> Option<Event<'a>> {
        None
    }

    /// The buffer of a large payload under way. After filling it: `handle_direct`.
    pub fn direct_buffer(&mut self) -> Option<Direct<'_>> {
        None
    }

    /// Takes what was appended to the direct buffer.
    pub fn handle_direct(&mut self, _cx: &mut Context<'_>) -> Option<Event<'static>> {
        None
    }

    /// The peer will send no more, or the transport has failed.
    pub fn handle_eof(&mut self, _cx: &mut Context<'_>) {}

    /// The time that `poll_timeout` named has come.
    pub fn handle_timeout(&mut self, _cx: &mut Context<'_>) {}

    /// When `handle_timeout` is to be called, if nothing happens before. Ask again after every call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Events that did not come out of `receive`: ask after every verb, `handle_*` and `consume_output`.
    pub fn poll_event(&mut self, _cx: &mut Context<'_>) -> Option<Event<'static>> {
        None
    }

    /// Sends a message. A large payload of a server stays shared until it has been written. Text must be UTF-8.
    pub fn send(&mut self, _cx: &mut Context<'_>, _kind: DataType, _payload: P) -> Result<(), Misuse> {
        Err(Misuse::NotOpen)
    }

    /// Sends a message whose bytes are copied. Text must be UTF-8.
    pub fn send_copied(
        &mut self,
        _cx: &mut Context<'_>,
        _kind: DataType,
        _payload: &[u8],
    ) -> Result<(), Misuse> {
        Err(Misuse::NotOpen)
    }

    /// Filter mode: sends a frame that has already passed the caller's extensions; `header` is its first byte.
    pub fn send_filtered(&mut self, _cx: &mut Context<'_>, _header: u8, _payload: P) -> Result<(), Misuse> {
        Err(Misuse::NotOpen)
    }

    /// Answers `Event::Filter`: the frame's first byte and payload as they are now, or the code to fail with.
    pub fn filtered(
        &mut self,
        _cx: &mut Context<'_>,
        _answer: Result<(u8, &[u8]), u16>,
    ) -> Option<Event<'static>> {
        None
    }

    /// Sends a ping.
    pub fn ping(&mut self, _cx: &mut Context<'_>, _payload: &[u8]) -> Result<(), Misuse> {
        Err(Misuse::NotOpen)
    }

    /// Begins the closing handshake, behind everything sent before. 1005 sends a close frame without a code; a
    /// reason longer than 123 bytes is cut.
    pub fn close(&mut self, _cx: &mut Context<'_>, _code: u16, _reason: &str) -> Result<(), Misuse> {
        Err(Misuse::NotOpen)
    }

    /// Ends the connection without a close frame: what is queued is dropped, `Closed` follows.
    pub fn abort(&mut self, _cx: &mut Context<'_>) {}

    /// The bytes to write, as slices for one vectored write; returns how many of `slices` were filled.
    pub fn output<'b>(&'b self, _slices: &mut [IoSlice<'b>]) -> usize {
        self.queue.len()
    }

    /// So many bytes of the output have been written.
    pub fn consume_output(&mut self, _count: usize) {}

    /// How many bytes are queued.
    pub fn buffered_amount(&self) -> usize {
        0
    }

    /// What the transport shall do once the output is empty.
    pub fn disposition(&self) -> Disposition {
        Disposition::Open
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        State::Open
    }

    /// The code of the peer's close frame: 1005 if it had none, `None` before there was a frame.
    pub fn close_code(&self) -> Option<u16> {
        None
    }

    /// The reason in the peer's close frame.
    pub fn close_data(&self) -> Option<&str> {
        None
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
