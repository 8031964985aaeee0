//! The send queue: one operation after another becomes a frame, in as many rounds as the buffers ask for.
//!
//! A payload that is not masked goes out from where the caller has it, behind a header in the send buffer. A masked one
//! is copied through the send buffer, still as one frame; a compressed one is as many frames as fill the buffer.

use std::collections::VecDeque;

use super::buffer_type::Kind;
use super::failure::Failure;
use super::masking::Masking;
use super::memory::{SendRoom, reserve_one};
use super::operation::{Operation, Stage};
use super::options::Options;
use super::session::{Negotiated, Step, part};
use super::types::*;
use crate::proto::ws::deflate::Deflater;
use crate::proto::ws::frame::{self, Opcode};
use crate::proto::ws::{DataType, Role, mask};

/// What is to be sent, and how far that has come.
pub struct Sender {
    queue: VecDeque<Operation>,
    room: SendRoom,
    masking: Masking,
    deflater: Option<Deflater>,
    application_extension: bool,
    /// The message that the queued operations have begun and not ended.
    queued: Option<DataType>,
    /// Whether that message is compressed: its first piece says so.
    compresses: bool,
    control_payloads: bool,
    /// Whether the frames that have gone out have begun a message and not ended it.
    inside_message: bool,
    /// Whether a close is queued or gone.
    closed: bool,
}

impl Sender {
    /// An empty queue.
    pub fn new(options: &Options, negotiated: Negotiated, room: SendRoom) -> Result<Self, Failure> {
        Ok(Self {
            queue: VecDeque::new(),
            room,
            masking: Masking::new(options)?,
            deflater: negotiated.deflate.map(|params| {
                let (window_bits, takeover) = match options.role {
                    Role::Client => params.client(),
                    Role::Server => params.server(),
                };
                Deflater::new(window_bits, takeover)
            }),
            application_extension: negotiated.application_extension,
            queued: None,
            compresses: true,
            control_payloads: options.control_payloads,
            inside_message: false,
            closed: false,
        })
    }

    /// Takes an operation, or refuses it and changes nothing.
    pub fn queue(
        &mut self,
        kind: Kind,
        uncompressed: bool,
        buffer: Option<&WEB_SOCKET_BUFFER>,
        context: PVOID,
    ) -> Result<(), Failure> {
        let mut operation = Operation::new(kind, buffer, context)?;
        reserve_one(&mut self.queue)?;
        let mut queued = self.queued;
        match kind {
            Kind::Data { data, last } => {
                if self.closed || queued.is_some_and(|begun| begun != data) {
                    return Err(Failure::InvalidOperation);
                }
                queued = (!last).then_some(data);
            }
            Kind::Extension(_) if !self.application_extension => return Err(Failure::InvalidArgument),
            Kind::Extension(first) => {
                let continues = first & 0x0f == Opcode::Continuation as u8;
                if self.closed || continues != queued.is_some() {
                    return Err(Failure::InvalidOperation);
                }
                let begun = queued.unwrap_or(match first & 0x0f {
                    opcode if opcode == Opcode::Text as u8 => DataType::Text,
                    _ => DataType::Binary,
                });
                queued = (first & frame::FIN == 0).then_some(begun);
            }
            Kind::Close if self.closed => return Err(Failure::InvalidOperation),
            Kind::Close => self.closed = true,
            Kind::PingPong | Kind::UnsolicitedPong if buffer.is_some() && !self.control_payloads => {
                return Err(Failure::InvalidArgument);
            }
            Kind::PingPong | Kind::UnsolicitedPong | Kind::Ping => {}
        }
        if matches!(kind, Kind::Data { .. }) {
            if self.queued.is_none() {
                self.compresses = !uncompressed;
            }
            operation.compress = self.compresses;
        }
        self.queued = queued;
        self.queue.push_back(operation);
        Ok(())
    }

    /// Frees the send buffer when nothing is queued, and what compresses between two messages: the next one begins anew.
    pub fn rest(&mut self) {
        if !self.queue.is_empty() {
            return;
        }
        self.room.rest();
        let between = self.queued.is_none() && !self.inside_message;
        if let Some(deflater) = self.deflater.as_mut().filter(|_| between) {
            deflater.free();
        }
    }

    /// The next action about the operation at the head of the queue; `room` is how many buffers the caller takes.
    pub fn next(&mut self, room: usize) -> Result<Option<Step>, Failure> {
        loop {
            let Some(operation) = self.queue.front_mut() else {
                return Ok(None);
            };
            let step = match operation.stage {
                Stage::Over => {
                    return Ok(Some(Step::over(
                        WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION,
                        operation.kind.value(),
                        operation.context,
                    )));
                }
                Stage::Waiting
                    if self.deflater.is_some()
                        && operation.compress
                        && matches!(operation.kind, Kind::Data { .. }) =>
                {
                    operation.stage = Stage::Compressing { consumed: 0 };
                    continue;
                }
                Stage::Waiting => {
                    self.room.prepare()?;
                    self.begin(room)
                }
                Stage::Sending { sent } => self.go_on(sent),
                Stage::Compressing { consumed } => {
                    self.room.prepare()?;
                    if let Some(deflater) = &mut self.deflater {
                        deflater.prepare()?;
                    }
                    self.compress(consumed)
                }
            };
            // Compressing a fragment may give nothing to send yet, and the operation is over.
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    /// The bytes of the last network action have gone out, or the send is cancelled.
    pub fn sent(&mut self, all: bool) {
        let Some(operation) = self.queue.front_mut() else {
            return;
        };
        if !all || operation.is_all_out() {
            operation.stage = Stage::Over;
        }
    }

    /// The caller has seen that the operation at the head is over.
    pub fn indicated(&mut self) {
        self.queue.pop_front();
        if self.queue.is_empty() {
            self.queue.shrink_to(KEPT_OPERATIONS);
        }
    }

    /// Nothing more goes out; what is queued is over.
    pub fn cancel_all(&mut self) {
        for operation in &mut self.queue {
            operation.stage = Stage::Over;
        }
    }

    /// Whether a frame has begun to go out and has not ended, so that no other may come between.
    pub fn is_inside_a_frame(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|operation| matches!(operation.stage, Stage::Sending { .. }))
    }

    /// Whether a close has gone out, or is queued.
    pub fn has_closed(&self) -> bool {
        self.closed
    }

    /// The first round of an operation that is one frame.
    fn begin(&mut self, room: usize) -> Option<Step> {
        let operation = self.queue.front_mut()?;
        let key = self.masking.key();
        let first = first_byte(operation.kind, &mut self.inside_message);
        let (header, header_length) = frame::encode(first, key, operation.length() as u64);
        let bytes = self.room.area.bytes();
        let (head, body) = bytes.split_at_mut(header_length.min(bytes.len()));
        head.copy_from_slice(header.get(..head.len()).unwrap_or_default());
        let staged = if self.masking.leaves_payload() {
            // The status of a close frame is ours, the reason behind it the caller's.
            operation.copy_status(body)
        } else {
            let staged = operation.copy(0, body);
            mask::apply(
                body.get_mut(..staged).unwrap_or_default(),
                key.unwrap_or_default(),
                0,
            );
            staged
        };
        let mut out = staged;
        let mut buffers = [part(&self.room.area, 0, header_length + staged); 2];
        let mut count = 1;
        if self.masking.leaves_payload()
            && room > 1
            && let Some(payload) = operation.rest(staged)
        {
            buffers[1] = payload;
            count = 2;
            out = operation.length();
        }
        operation.stage = Stage::Sending { sent: out };
        operation.key = key;
        Some(Step::new(
            WEB_SOCKET_SEND_TO_NETWORK_ACTION,
            operation.kind.value(),
            operation.context,
            &buffers[..count],
        ))
    }

    /// A later round of the same frame.
    fn go_on(&mut self, sent: usize) -> Option<Step> {
        let operation = self.queue.front_mut()?;
        let (buffer, length) = if self.masking.leaves_payload() {
            (operation.rest(sent)?, operation.length() - sent)
        } else {
            let body = self.room.area.bytes();
            let staged = operation.copy(sent, body);
            mask::apply(
                body.get_mut(..staged).unwrap_or_default(),
                operation.key.unwrap_or_default(),
                sent,
            );
            (part(&self.room.area, 0, staged), staged)
        };
        operation.stage = Stage::Sending { sent: sent + length };
        Some(Step::new(
            WEB_SOCKET_SEND_TO_NETWORK_ACTION,
            operation.kind.value(),
            operation.context,
            &[buffer],
        ))
    }

    /// The next frame of an operation that is compressed; `None` when there is none yet, and the operation is over.
    fn compress(&mut self, consumed: usize) -> Option<Step> {
        let operation = self.queue.front_mut()?;
        let deflater = self.deflater.as_mut()?;
        let Kind::Data { data, last } = operation.kind else {
            return None;
        };
        let key = self.masking.key();
        // Room for the header in front of what is compressed, whatever its length will be.
        let reserved = frame::encode(0, key, self.room.area.size() as u64).1;
        let body = self.room.area.bytes().get_mut(reserved..)?;
        let rest = operation.payload().get(consumed..)?;
        let step = deflater.step(rest, body, last);
        let produced = step.produced;
        let done = match last {
            true => step.done,
            // Less than there was room for, and what the deflater holds back: it has nothing more to give.
            false => step.consumed == rest.len() && produced + HELD_BACK < body.len(),
        };
        operation.stage = match done {
            true => Stage::Sending {
                sent: operation.length(),
            },
            false => Stage::Compressing {
                consumed: consumed + step.consumed,
            },
        };
        let ends_message = done && last;
        if produced == 0 && !ends_message {
            if done {
                operation.stage = Stage::Over;
            }
            return None;
        }
        if let Some(key) = key {
            mask::apply(body.get_mut(..produced)?, key, 0);
        }
        let begins = !self.inside_message;
        let mut first = first_byte(
            Kind::Data {
                data,
                last: ends_message,
            },
            &mut self.inside_message,
        );
        if begins {
            first |= frame::RSV1;
        }
        let (header, header_length) = frame::encode(first, key, produced as u64);
        let start = reserved - header_length;
        let head = self.room.area.bytes().get_mut(start..reserved)?;
        head.copy_from_slice(header.get(..header_length)?);
        let frame = part(&self.room.area, start, header_length + produced);
        Some(Step::new(
            WEB_SOCKET_SEND_TO_NETWORK_ACTION,
            operation.kind.value(),
            operation.context,
            &[frame],
        ))
    }
}

/// The first byte of a frame of this kind; data frames begin a message or continue it.
fn first_byte(kind: Kind, inside_message: &mut bool) -> u8 {
    match kind {
        Kind::Data { data, last } => {
            let opcode = match (*inside_message, data) {
                (true, _) => Opcode::Continuation,
                (false, DataType::Text) => Opcode::Text,
                (false, DataType::Binary) => Opcode::Binary,
            };
            *inside_message = !last;
            if last {
                frame::FIN | opcode as u8
            } else {
                opcode as u8
            }
        }
        Kind::Extension(first) => {
            *inside_message = first & frame::FIN == 0;
            first
        }
        Kind::Close => frame::FIN | Opcode::Close as u8,
        Kind::PingPong | Kind::Ping => frame::FIN | Opcode::Ping as u8,
        Kind::UnsolicitedPong => frame::FIN | Opcode::Pong as u8,
    }
}

/// How much of a message the deflater may hold back: it may be the tail that is not sent (RFC 7692, section 7.2.1).
const HELD_BACK: usize = 4;
/// How much room an empty queue keeps.
const KEPT_OPERATIONS: usize = 4;
