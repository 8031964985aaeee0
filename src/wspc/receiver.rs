//! The receive queue: each operation ends with one piece of a message, a pong or a close, shown in the receive buffer or
//! copied to the caller's.

use std::collections::VecDeque;
use std::ptr::NonNull;

use super::failure::Failure;
use super::incoming::{Incoming, Shown, Target};
use super::memory::{Area, extent, reserve_one};
use super::options::Options;
use super::reply::Reply;
use super::session::{Negotiated, Step};
use super::types::*;

/// What the caller waits for, and what has come.
pub struct Receiver {
    queue: VecDeque<Operation>,
    incoming: Incoming,
    state: State,
}

/// What [`Receiver::next`] came to.
pub enum Progress {
    /// No operation waits.
    Idle,
    /// A ping came, and its reply is ready.
    Pinged,
    /// The caller has something to do.
    Step(Step),
}

/// A receive that the caller has queued.
struct Operation {
    target: Target,
    context: PVOID,
    /// Set when it ends with nothing.
    cancelled: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Receiving,
    /// The peer broke the protocol: every look at the queue says so until the handle is aborted.
    Failed(Failure),
    Aborted,
}

impl Receiver {
    /// An empty queue.
    pub fn new(options: &Options, negotiated: Negotiated, area: Area, inflated: Area) -> Self {
        Self {
            queue: VecDeque::new(),
            incoming: Incoming::new(options, negotiated, area, inflated),
            state: State::Receiving,
        }
    }

    /// Takes an operation: into the caller's buffer, which must have room, or into ours.
    pub fn queue(&mut self, buffer: Option<&WEB_SOCKET_BUFFER>, context: PVOID) -> Result<(), Failure> {
        let target = match buffer {
            None => Target::Own,
            Some(buffer) => {
                // SAFETY: the buffer of a receive is data.
                let data = unsafe { buffer.Data };
                let address = NonNull::new(data.pbBuffer).filter(|_| data.ulBufferLength > 0);
                let address = address.ok_or(Failure::InvalidArgument)?;
                Target::Caller {
                    address,
                    size: extent(address.as_ptr(), data.ulBufferLength)?,
                }
            }
        };
        reserve_one(&mut self.queue)?;
        self.queue.push_back(Operation {
            target,
            context,
            cancelled: false,
        });
        Ok(())
    }

    /// Goes on until the operation at the head is over, wants bytes, or a ping is to be answered into `reply`.
    pub fn next(&mut self, reply: &mut Reply) -> Result<Progress, Failure> {
        let Some(operation) = self.queue.front() else {
            return Ok(Progress::Idle);
        };
        let indicate = WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION;
        if operation.cancelled {
            return Ok(Progress::Step(Step::over(indicate, 0, operation.context)));
        }
        if let State::Failed(failure) = self.state {
            return Err(failure);
        }
        let shown = self
            .incoming
            .next(operation.target, reply)
            .inspect_err(|failure| {
                // What there was no memory for can be tried again; the peer's fault stays.
                if *failure != Failure::OutOfMemory {
                    self.state = State::Failed(*failure);
                }
            })?;
        Ok(match shown {
            Shown::Pinged => Progress::Pinged,
            Shown::Room(buffer) => {
                let action = WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION;
                Progress::Step(Step::new(action, 0, operation.context, &[buffer]))
            }
            Shown::Piece(kind, buffer) => {
                Progress::Step(Step::new(indicate, kind.value(), operation.context, &[buffer]))
            }
        })
    }

    /// So many bytes came from the network; none: the operation is cancelled.
    pub fn received(&mut self, bytes: usize) {
        self.incoming.received(bytes);
        if bytes > 0 {
            return;
        }
        if let Some(operation) = self.queue.front_mut() {
            operation.cancelled = true;
        }
    }

    /// The caller has seen what ended the operation at the head, and has no more use for the bytes.
    pub fn indicated(&mut self) {
        self.queue.pop_front();
        self.incoming.release();
        if self.queue.is_empty() {
            self.queue.shrink_to(KEPT_OPERATIONS);
        }
    }

    /// Frees what inflates, between two messages, but for the bytes that the next one may refer to.
    pub fn rest(&mut self) {
        self.incoming.rest();
    }

    /// A ping was sent: the next pong answers it.
    pub fn expect_pong(&mut self) {
        self.incoming.expect_pong();
    }

    /// Nothing more is received; what is queued ends with nothing.
    pub fn cancel_all(&mut self) {
        self.state = State::Aborted;
        for operation in &mut self.queue {
            operation.cancelled = true;
        }
    }

    /// How far the frame under way is, and what the peer did wrong (`WebSocketGetReceiveState`).
    pub fn state(&self) -> WEB_SOCKET_RECEIVE_STATE {
        let (remaining, compressed) = self.incoming.state();
        WEB_SOCKET_RECEIVE_STATE {
            ullFrameRemaining: remaining,
            bCompressed: compressed.into(),
            eViolation: match self.state {
                State::Failed(failure) => failure.violation(),
                _ => WEB_SOCKET_NO_VIOLATION,
            },
        }
    }

    /// Whether the peer has broken the protocol.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, State::Failed(_))
    }
}

/// How much room an empty queue keeps.
const KEPT_OPERATIONS: usize = 4;
