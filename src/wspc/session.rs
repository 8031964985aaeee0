//! An open connection as the caller drives it: the two queues, and which action comes next.
//!
//! One action may be outstanding in each direction. Replies to pings are sent in the send direction but belong to the
//! receive queue, so that a thread that only receives answers them.

use std::ptr;

use super::buffer_type::Kind;
use super::failure::Failure;
use super::memory::{Area, Areas, Memory};
use super::options::Options;
use super::receiver::{Progress, Receiver};
use super::reply::Reply;
use super::sender::Sender;
use super::types::*;
use crate::proto::ws::deflate;

/// Which operations a call looks at.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    send: bool,
    receive: bool,
}

/// What the caller shall do, with at most two buffers.
#[derive(Clone, Copy)]
pub struct Step {
    /// Never `WEB_SOCKET_NO_ACTION` but in [`Step::NOTHING`].
    pub action: WEB_SOCKET_ACTION,
    /// What the operation is about.
    pub buffer_type: WEB_SOCKET_BUFFER_TYPE,
    /// What the caller gave with the operation.
    pub context: PVOID,
    /// What completes the action.
    pub token: PVOID,
    buffers: [WEB_SOCKET_BUFFER; 2],
    count: usize,
}

/// What is negotiated about frames.
#[derive(Clone, Copy, Default)]
pub struct Negotiated {
    /// The settings of permessage-deflate, when it is in use.
    pub deflate: Option<deflate::Params>,
    /// Whether the application has an extension of its own, and frames with reserved bits go to and from it.
    pub application_extension: bool,
}

/// An open connection.
pub struct Session {
    sender: Sender,
    receiver: Receiver,
    reply: Reply,
    sending: Outstanding,
    receiving: Outstanding,
    aborted: bool,
    /// Counts actions, so that an old token does not complete a new action.
    serial: usize,
    /// What all areas lie in: last, so that it goes last.
    _memory: Memory,
}

/// An action that the caller has not completed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outstanding {
    Nothing,
    Action { token: usize, what: What },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    /// This many bytes of the operation at the head of the queue, to the network.
    Send(usize),
    /// The reply to a ping, to the network.
    Reply,
    /// From the network.
    Receive,
    /// The operation at the head of the queue is over.
    Indication,
}

impl Session {
    /// Opens a session; its buffers are allocated here.
    pub fn new(options: &Options, negotiated: Negotiated) -> Result<Self, Failure> {
        let (memory, areas) = Memory::new(options, negotiated.deflate.is_some())?;
        let Areas {
            receive,
            inflated,
            send,
            reply,
        } = areas;
        Ok(Self {
            sender: Sender::new(options, negotiated, send)?,
            receiver: Receiver::new(options, negotiated, receive, inflated),
            reply: Reply::new(options, reply)?,
            sending: Outstanding::Nothing,
            receiving: Outstanding::Nothing,
            aborted: false,
            serial: 0,
            _memory: memory,
        })
    }

    /// Queues a send (`WebSocketSend`).
    pub fn send(
        &mut self,
        buffer_type: WEB_SOCKET_BUFFER_TYPE,
        buffer: Option<&WEB_SOCKET_BUFFER>,
        context: PVOID,
    ) -> Result<(), Failure> {
        let uncompressed = buffer_type & WEB_SOCKET_UNCOMPRESSED_FLAG != 0;
        let kind = Kind::new(buffer_type & !WEB_SOCKET_UNCOMPRESSED_FLAG)?;
        if uncompressed && !matches!(kind, Kind::Data { .. }) {
            return Err(Failure::InvalidArgument);
        }
        // After a violation there is nothing to say to the peer but why.
        if self.aborted || self.receiver.has_failed() && kind != Kind::Close {
            return Err(Failure::InvalidOperation);
        }
        self.sender.queue(kind, uncompressed, buffer, context)?;
        if kind == Kind::PingPong {
            self.receiver.expect_pong();
        }
        Ok(())
    }

    /// Frees what only messages under way need (`WebSocketRest`).
    pub fn rest(&mut self) {
        self.sender.rest();
        self.receiver.rest();
    }

    /// Queues a receive (`WebSocketReceive`).
    pub fn receive(&mut self, buffer: Option<&WEB_SOCKET_BUFFER>, context: PVOID) -> Result<(), Failure> {
        if self.aborted || self.receiver.has_failed() {
            return Err(Failure::InvalidOperation);
        }
        self.receiver.queue(buffer, context)
    }

    /// What to do next, or `None` (`WebSocketGetAction`); `room` is how many buffers the caller takes.
    pub fn action(&mut self, queue: Queue, room: usize) -> Result<Option<Step>, Failure> {
        if queue.receive
            && let Some(step) = self.next_reply()
        {
            return Ok(Some(step));
        }
        if queue.send
            && let Some(step) = self.next_send(room)?
        {
            return Ok(Some(step));
        }
        if queue.receive {
            self.next_receive()
        } else {
            Ok(None)
        }
    }

    /// How far the frame under way is, and what the peer did wrong (`WebSocketGetReceiveState`).
    pub fn receive_state(&self) -> WEB_SOCKET_RECEIVE_STATE {
        self.receiver.state()
    }

    /// Ends what `token` stands for (`WebSocketCompleteAction`); an unknown token is ignored.
    pub fn complete(&mut self, token: PVOID, bytes: usize) {
        let token = token.addr();
        if let Some(what) = self.sending.take(token) {
            match what {
                What::Reply => self.reply.sent(),
                What::Indication => self.sender.indicated(),
                What::Send(expected) => self.sender.sent(bytes == expected),
                What::Receive => {}
            }
        } else if let Some(what) = self.receiving.take(token) {
            match what {
                What::Receive => self.receiver.received(bytes),
                _ => self.receiver.indicated(),
            }
        }
    }

    /// Ends the session; the queued operations are indicated as complete (`WebSocketAbortHandle`).
    pub fn abort(&mut self) {
        self.aborted = true;
        self.reply.discard();
        self.sender.cancel_all();
        self.receiver.cancel_all();
    }

    fn next_reply(&mut self) -> Option<Step> {
        // A frame under way is not interrupted, and after our close there is nothing to answer with.
        if self.sending != Outstanding::Nothing || self.sender.is_inside_a_frame() {
            return None;
        }
        if self.sender.has_closed() {
            self.reply.discard();
        }
        let bytes = self.reply.pending()?;
        let step = Step::new(
            WEB_SOCKET_SEND_TO_NETWORK_ACTION,
            Kind::PingPong.value(),
            ptr::null_mut(),
            &[bytes],
        );
        Some(self.outstanding(What::Reply, step))
    }

    fn next_send(&mut self, room: usize) -> Result<Option<Step>, Failure> {
        if self.sending != Outstanding::Nothing {
            return Ok(None);
        }
        let Some(step) = self.sender.next(room)? else {
            return Ok(None);
        };
        let what = match step.action {
            WEB_SOCKET_SEND_TO_NETWORK_ACTION => What::Send(step.bytes()),
            _ => What::Indication,
        };
        Ok(Some(self.outstanding(what, step)))
    }

    fn next_receive(&mut self) -> Result<Option<Step>, Failure> {
        while self.receiving == Outstanding::Nothing && self.reply.pending().is_none() {
            let step = match self.receiver.next(&mut self.reply)? {
                Progress::Idle => break,
                // Nothing more is read before the ping is answered: the peer cannot pile up replies.
                Progress::Pinged => match self.next_reply() {
                    Some(step) => return Ok(Some(step)),
                    None if self.reply.pending().is_some() => break,
                    None => continue,
                },
                Progress::Step(step) => step,
            };
            let what = match step.action {
                WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION => What::Receive,
                _ => What::Indication,
            };
            return Ok(Some(self.outstanding(what, step)));
        }
        Ok(None)
    }

    /// Gives `step` its token and remembers it in its direction.
    fn outstanding(&mut self, what: What, mut step: Step) -> Step {
        // Never 0, which is NULL.
        self.serial = self.serial.wrapping_add(1).max(1);
        let action = Outstanding::Action {
            token: self.serial,
            what,
        };
        match step.action {
            WEB_SOCKET_SEND_TO_NETWORK_ACTION | WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION => {
                self.sending = action
            }
            _ => self.receiving = action,
        }
        step.token = ptr::without_provenance_mut(self.serial);
        step
    }
}

impl Outstanding {
    fn take(&mut self, completed: usize) -> Option<What> {
        match *self {
            Self::Action { token, what } if token == completed => {
                *self = Self::Nothing;
                Some(what)
            }
            _ => None,
        }
    }
}

impl Queue {
    /// The queues that `value` names, or `None` when it names none or more than there are.
    pub fn new(value: WEB_SOCKET_ACTION_QUEUE) -> Option<Self> {
        let (send, receive) = (
            value & WEB_SOCKET_SEND_ACTION_QUEUE != 0,
            value & WEB_SOCKET_RECEIVE_ACTION_QUEUE != 0,
        );
        matches!(value, WEB_SOCKET_SEND_ACTION_QUEUE..=WEB_SOCKET_ALL_ACTION_QUEUE)
            .then_some(Self { send, receive })
    }
}

impl Step {
    /// Nothing to do.
    pub const NOTHING: Self = Self {
        action: WEB_SOCKET_NO_ACTION,
        buffer_type: 0,
        context: ptr::null_mut(),
        token: ptr::null_mut(),
        buffers: [Self::NO_BUFFER; 2],
        count: 0,
    };

    const NO_BUFFER: WEB_SOCKET_BUFFER = WEB_SOCKET_BUFFER {
        Data: Data {
            pbBuffer: ptr::null_mut(),
            ulBufferLength: 0,
        },
    };

    /// An action about one or two buffers.
    pub fn new(
        action: WEB_SOCKET_ACTION,
        buffer_type: WEB_SOCKET_BUFFER_TYPE,
        context: PVOID,
        given: &[WEB_SOCKET_BUFFER],
    ) -> Self {
        let mut buffers = [Self::NO_BUFFER; 2];
        for (to, from) in buffers.iter_mut().zip(given) {
            *to = *from;
        }
        Self {
            action,
            buffer_type,
            context,
            token: ptr::null_mut(),
            buffers,
            count: given.len().min(2),
        }
    }

    /// The end of an operation that brought nothing.
    pub fn over(action: WEB_SOCKET_ACTION, buffer_type: WEB_SOCKET_BUFFER_TYPE, context: PVOID) -> Self {
        Self::new(action, buffer_type, context, &[Self::NO_BUFFER])
    }

    /// The buffers.
    pub fn buffers(&self) -> &[WEB_SOCKET_BUFFER] {
        self.buffers.get(..self.count).unwrap_or_default()
    }

    /// How many bytes the buffers of a network action hold.
    fn bytes(&self) -> usize {
        // SAFETY: buffers of a network action are always `Data`.
        self.buffers()
            .iter()
            .map(|buffer| unsafe { buffer.Data.ulBufferLength } as usize)
            .sum()
    }
}

/// The part of `area` from its start to `length`, as a buffer.
pub fn part(area: &Area, start: usize, length: usize) -> WEB_SOCKET_BUFFER {
    WEB_SOCKET_BUFFER::data(area.at(start), length)
}
