//! What the engine takes in and gives out: input cursors, events, payloads.

use std::ops::Deref;

use crate::proto::ws::{DataType, Violation};

/// Bytes from the peer that wait to be taken. Payloads are unmasked in place, which is why it is mutable.
#[derive(Debug)]
pub struct Input<'a> {
    rest: &'a mut [u8],
}

impl<'a> Input<'a> {
    /// Everything in `bytes` waits.
    pub fn new(bytes: &'a mut [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    /// What has not been taken yet.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        self.rest
    }

    /// How many bytes wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether everything has been taken.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes up to `count` bytes from the front.
    #[inline]
    pub fn take(&mut self, count: usize) -> &'a mut [u8] {
        let rest = std::mem::take(&mut self.rest);
        let (taken, left) = rest.split_at_mut(count.min(rest.len()));
        self.rest = left;
        taken
    }
}

/// Something the application shall know, or must answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A whole message.
    Message {
        /// Text or binary.
        kind: DataType,
        /// Its bytes: inflated, and valid UTF-8 if it is text.
        payload: Payload<'a>,
    },
    /// A pong, asked for or not, with its payload.
    Pong(Payload<'a>),
    /// An orderly close has begun. Comes at most once.
    Closing,
    /// Something went wrong; nothing but `Closed` follows.
    Error(Violation),
    /// The connection is over: the transport is to be closed now. Comes exactly once, and last.
    Closed,
    /// Filter mode: a frame to be shown to the application's extensions. Must be answered by
    /// [`crate::proto::ws::Connection::filtered`] before anything else is asked of the connection.
    Filter {
        /// Whether the frame came in or is to go out.
        flow: Flow,
        /// The first byte of its header: FIN, RSV1 to RSV3 and the opcode.
        header: u8,
        /// Its payload, unmasked.
        payload: Payload<'a>,
    },
}

/// Which way a filtered frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From the peer.
    Incoming,
    /// To the peer.
    Outgoing,
}

/// Payload bytes, borrowed from the input where nothing had to be put together.
#[derive(Debug)]
pub enum Payload<'a> {
    /// They lie in the caller's own read buffer.
    Borrowed(&'a [u8]),
    /// They were put together, or inflated. There is room for one byte more, so that a caller who wants a
    /// NUL behind them appends it without a copy.
    Owned(Vec<u8>),
}

impl Deref for Payload<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Payload::Borrowed(bytes) => bytes,
            Payload::Owned(bytes) => bytes,
        }
    }
}

impl PartialEq for Payload<'_> {
    fn eq(&self, other: &Payload<'_>) -> bool {
        **self == **other
    }
}

impl Eq for Payload<'_> {}
