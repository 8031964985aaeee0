//! How long a server waits for a client, and for what.
//!
//! | it waits for | from | until |
//! |---|---|---|
//! | the first byte | the connection's beginning | a byte |
//! | the next request | the end of the last response | a byte |
//! | the head | its first byte | its end |
//! | the body | the head, or the latest bytes of the body | more of it |
//! | room for the response | the moment in which there was none, or the latest bytes that left | room |
//!
//! Law: no clock. What the program lets the client wait for is not counted: [`Waiting::rest`] says so.

use std::time::{Duration, Instant};

use crate::proto::limits;

/// How long a server waits for a client; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the first byte of a connection.
    pub first_byte: Option<Duration>,
    /// For a whole head, from its first byte.
    pub head: Option<Duration>,
    /// For more of a body.
    pub body: Option<Duration>,
    /// For the client to read more of a response.
    pub response: Option<Duration>,
    /// For the next request.
    pub idle: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_byte: Some(limits::FIRST_BYTE_TIME),
            head: Some(limits::HEAD_TIME),
            body: Some(limits::BODY_TIME),
            response: Some(limits::RESPONSE_TIME),
            idle: Some(limits::IDLE_TIME),
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The first byte of a connection.
    FirstByte,
    /// The next request.
    Idle,
    /// The rest of a head.
    Head,
    /// More of a body.
    Body,
    /// Room for more of a response.
    Response,
}

impl Wait {
    fn time(self, timeouts: &Timeouts) -> Option<Duration> {
        match self {
            Self::FirstByte => timeouts.first_byte,
            Self::Idle => timeouts.idle,
            Self::Head => timeouts.head,
            Self::Body => timeouts.body,
            Self::Response => timeouts.response,
        }
    }

    /// Whether the client has asked for nothing yet, so that closing takes nothing from it.
    pub fn is_before_a_request(self) -> bool {
        matches!(self, Self::FirstByte | Self::Idle | Self::Head)
    }
}

/// What a connection waits for, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting(Option<(Wait, Instant)>);

impl Waiting {
    /// What is waited for, and since when.
    pub(super) fn get(&self) -> Option<(Wait, Instant)> {
        self.0
    }

    /// It is waited for `wait`, from now on unless it was before.
    pub(super) fn begin(&mut self, now: Instant, wait: Wait) {
        if self.0.is_none_or(|(before, _)| before != wait) {
            self.0 = Some((wait, now));
        }
    }

    /// Some of what is waited for has come.
    pub(super) fn moved(&mut self, now: Instant) {
        if let Some((Wait::Body | Wait::Response, since)) = &mut self.0 {
            *since = now;
        }
    }

    /// The client is not waited for.
    pub(super) fn rest(&mut self) {
        self.0 = None;
    }

    /// When the client is late.
    pub(super) fn deadline(&self, timeouts: &Timeouts) -> Option<Instant> {
        let (wait, since) = self.0?;
        since.checked_add(wait.time(timeouts)?)
    }

    /// What the client is late with.
    pub(super) fn overdue(&self, now: Instant, timeouts: &Timeouts) -> Option<Wait> {
        let late = self.deadline(timeouts).is_some_and(|deadline| deadline <= now);
        self.0.map(|(wait, _)| wait).filter(|_| late)
    }
}
