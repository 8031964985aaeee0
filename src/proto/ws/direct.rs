//! Large payloads that a transport reads straight into the buffer in which they are handed out.
//!
//! Law: this is a shortcut, never a rule of the protocol. The events are those that [`Connection::receive`] would have given for
//! the same bytes.

use crate::proto::Context;
use crate::proto::ws::connection::Connection;
use crate::proto::ws::receive::Frame;
use crate::proto::ws::{Event, Violation, mask};

/// The buffer of a large payload under way, for a transport that can read straight into it.
#[derive(Debug)]
pub struct Direct<'a> {
    /// Append what is read to this, within its capacity, and nothing else.
    pub buffer: &'a mut Vec<u8>,
    /// At most so many bytes: what follows them belongs to the next frame.
    pub room: usize,
}

impl<P: AsRef<[u8]>> Connection<P> {
    /// The buffer of a large payload under way, to be filled by the transport; then `handle_direct`.
    pub fn direct_buffer(&mut self) -> Option<Direct<'_>> {
        // A filter sees a frame before its message does.
        if !self.listens() || self.filter.is_some() {
            return None;
        }
        let inbound = self.inbound.as_deref_mut()?;
        let Frame { header, done } = inbound.frame?;
        let left = header.len - done;
        let message = inbound.message.as_mut()?;
        if header.opcode.is_control() || message.compressed || left < DIRECT as u64 {
            return None;
        }
        message.make_room(DIRECT, left - DIRECT as u64);
        let buffer = &mut message.buffer;
        inbound.settled = buffer.len();
        let room = (buffer.capacity() - buffer.len()).saturating_sub(1);
        let room = usize::try_from(left).map_or(room, |left| room.min(left));
        Some(Direct { buffer, room })
    }

    /// Takes what was appended to the direct buffer.
    pub fn handle_direct(&mut self, cx: &mut Context<'_>) -> Option<Event<'static>> {
        let result = self.direct_piece(cx);
        result.unwrap_or_else(|violation| Some(self.fail(cx, violation)))
    }

    fn direct_piece(&mut self, cx: &mut Context<'_>) -> Result<Option<Event<'static>>, Violation> {
        let Some(inbound) = self.inbound.as_deref_mut() else {
            return Ok(None);
        };
        let (Some(frame), Some(message)) = (&mut inbound.frame, &mut inbound.message) else {
            return Ok(None);
        };
        let start = inbound.settled;
        let left = usize::try_from(frame.header.len - frame.done).unwrap_or(usize::MAX);
        message.buffer.truncate(start.saturating_add(left));
        let Some(piece) = message.buffer.get_mut(start..) else {
            return Ok(None);
        };
        let len = piece.len();
        if let Some(key) = frame.header.mask {
            mask::apply(piece, key, frame.done as usize);
        }
        message.check_from(start)?;
        frame.done += len as u64;
        inbound.settled = start + len;
        if frame.done < frame.header.len {
            return Ok(None);
        }
        self.end_of_data_frame(cx)
    }
}

/// From so many missing bytes on, reading straight into the message's buffer is worth a read of its own.
const DIRECT: usize = 16 * 1024;
