//! What goes out: messages, pings, pongs, and the queue's limit.

use crate::proto::ws::connection::{Connection, Phase};
use crate::proto::ws::frame::{self, FIN, MAX_CONTROL_PAYLOAD, MAX_HEADER, Opcode, RSV1};
use crate::proto::ws::{DataType, Misuse, Role, Violation, mask};
use crate::proto::{Context, limits};

impl<P: AsRef<[u8]>> Connection<P> {
    /// Sends a message. A large payload of a server is shared until it has been written. Text must be UTF-8.
    ///
    /// If the queue is full already the connection fails at the next `poll_event`.
    pub fn send(&mut self, cx: &mut Context<'_>, kind: DataType, payload: &P) -> Result<(), Misuse>
    where
        P: Clone,
    {
        let bytes = payload.as_ref();
        if self.role == Role::Client || bytes.len() < SHARED || self.codec.is_some() {
            return self.send_copied(cx, kind, bytes);
        }
        if self.may_send(kind, bytes)? {
            let header = frame::encode(first_byte(kind), None, bytes.len() as u64);
            self.output.share(header, payload.clone());
        }
        Ok(())
    }

    /// Sends a message whose bytes are copied. Text must be UTF-8.
    pub fn send_copied(
        &mut self,
        cx: &mut Context<'_>,
        kind: DataType,
        payload: &[u8],
    ) -> Result<(), Misuse> {
        if !self.may_send(kind, payload)? {
            return Ok(());
        }
        if let Some(codec) = &mut self.codec {
            codec.touch(cx.now);
            if let Some(compressed) = codec.deflate(payload) {
                self.put(cx, first_byte(kind) | RSV1, &compressed);
                return Ok(());
            }
        }
        self.put(cx, first_byte(kind), payload);
        Ok(())
    }

    /// Filter mode: sends a frame that has passed the caller's extensions already; `header` is its first byte.
    pub fn send_filtered(&mut self, cx: &mut Context<'_>, header: u8, payload: &P) -> Result<(), Misuse>
    where
        P: Clone,
    {
        if self.may_send(DataType::Binary, &[])? {
            let bytes = payload.as_ref();
            if self.role == Role::Client || bytes.len() < SHARED {
                self.put(cx, header, bytes);
            } else {
                let header = frame::encode(header, None, bytes.len() as u64);
                self.output.share(header, payload.clone());
            }
        }
        Ok(())
    }

    /// Sends a ping. Its pong comes as an event.
    pub fn ping(&mut self, cx: &mut Context<'_>, payload: &[u8]) -> Result<(), Misuse> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(Misuse::ControlTooLong);
        }
        if self.may_send(DataType::Binary, payload)? {
            self.send_control(cx, Opcode::Ping, payload);
        }
        Ok(())
    }

    /// Whether a message may go out; it may not, though that is no misuse, when the queue is full.
    #[inline]
    fn may_send(&mut self, kind: DataType, payload: &[u8]) -> Result<bool, Misuse> {
        if !matches!(self.phase, Phase::Open | Phase::Announced { .. }) {
            return Err(Misuse::NotOpen);
        }
        if kind == DataType::Text && simdutf8::basic::from_utf8(payload).is_err() {
            return Err(Misuse::BadUtf8);
        }
        if self.output.len() >= self.max_queued {
            self.failure = Some(Violation::OutputOverflow);
            return Ok(false);
        }
        Ok(true)
    }

    /// Queues a control frame; through the caller's extensions in filter mode.
    pub(super) fn send_control(&mut self, cx: &mut Context<'_>, opcode: Opcode, payload: &[u8]) {
        let first = FIN | opcode as u8;
        match &mut self.filter {
            Some(filter) => filter.outgoing.push_back((first, payload.to_vec())),
            None => self.put(cx, first, payload),
        }
    }

    /// Queues a frame.
    #[inline]
    pub(super) fn put(&mut self, cx: &mut Context<'_>, first: u8, payload: &[u8]) {
        if self.role == Role::Server && payload.len() <= MAX_CONTROL_PAYLOAD {
            // The most common of all frames: a header of known length is written without a call.
            let tail = self.output.tail(2 + payload.len());
            tail.extend_from_slice(&[first, payload.len() as u8]);
            tail.extend_from_slice(payload);
            return;
        }
        let key = match self.role {
            Role::Server => None,
            Role::Client => {
                let mut key = [0; 4];
                cx.entropy.fill(&mut key);
                Some(key)
            }
        };
        let (header, len) = frame::encode(first, key, payload.len() as u64);
        let tail = self.output.tail(len + payload.len());
        tail.extend_from_slice(header.get(..len).unwrap_or_default());
        match key {
            None => tail.extend_from_slice(payload),
            Some(key) => mask::append(tail, payload, key),
        }
    }

    /// Answers a ping: now, or when the pongs before it have been written.
    pub(super) fn answer(&mut self, cx: &mut Context<'_>, payload: &[u8]) {
        if !matches!(self.phase, Phase::Open | Phase::Announced { .. }) {
            return; // nothing is sent behind a close frame
        }
        let waiting = self.output.pongs() + self.filter.as_ref().map_or(0, |filter| filter.pongs());
        if self.late_pong.is_some() || waiting + payload.len() + MAX_HEADER > limits::WS_UNSENT_PONGS {
            self.late_pong = Some(payload.into());
            return;
        }
        let before = self.output.len();
        self.send_control(cx, Opcode::Pong, payload);
        // In filter mode nothing is queued yet.
        self.output.queued_pong(self.output.len() - before);
    }

    /// Notes where the latest ping ends in the output, or, with filters, will begin.
    pub(super) fn queued_ping(&mut self) {
        let end = self.output.end();
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.queued(end);
        }
    }

    /// Answers the latest of the pings that had to wait.
    pub(super) fn answer_late(&mut self, cx: &mut Context<'_>) {
        if let Some(payload) = self.late_pong.take() {
            self.answer(cx, &payload);
        }
    }

    /// Sends the ping that is due, and notices the pong that is overdue.
    pub(super) fn keep_alive(&mut self, cx: &mut Context<'_>) {
        let Some(keepalive) = &mut self.keepalive else {
            return;
        };
        if keepalive.has_failed(cx.now) {
            self.failure = Some(Violation::PongTimeout);
            return;
        }
        let output = &self.output;
        if let Some(payload) = keepalive.ping(cx.now, |end| output.has_sent(end)) {
            self.send_control(cx, Opcode::Ping, &payload);
            self.queued_ping();
        }
    }
}

/// The first byte of a message in one frame.
fn first_byte(kind: DataType) -> u8 {
    FIN | match kind {
        DataType::Text => Opcode::Text as u8,
        DataType::Binary => Opcode::Binary as u8,
    }
}

/// From this size on a server's payload is shared rather than copied.
const SHARED: usize = 4096;
