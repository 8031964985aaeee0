//! The reply to a ping (RFC 6455, section 5.5.3): one contiguous frame in an area of its own, so that a caller that
//! takes one buffer at a time can send it.

use super::failure::Failure;
use super::masking::Masking;
use super::memory::Area;
use super::options::Options;
use super::session::part;
use super::types::WEB_SOCKET_BUFFER;
use crate::proto::ws::frame::{self, Opcode};
use crate::proto::ws::mask;

/// The reply, when there is one to send.
pub struct Reply {
    area: Area,
    masking: Masking,
    /// How long the frame in the area is; 0 when there is none.
    length: usize,
}

impl Reply {
    /// No reply yet.
    pub fn new(options: &Options, area: Area) -> Result<Self, Failure> {
        Ok(Self {
            area,
            masking: Masking::new(options)?,
            length: 0,
        })
    }

    /// Writes the pong that answers a ping with `payload`, which is at most 125 bytes long.
    pub fn answer(&mut self, payload: &[u8]) {
        let key = self.masking.key();
        let (header, header_length) =
            frame::encode(frame::FIN | Opcode::Pong as u8, key, payload.len() as u64);
        let length = header_length + payload.len();
        let Some(frame) = self.area.bytes().get_mut(..length) else {
            return;
        };
        let (head, body) = frame.split_at_mut(header_length);
        head.copy_from_slice(&header[..header_length]);
        body.copy_from_slice(payload);
        if let Some(key) = key {
            mask::apply(body, key, 0);
        }
        self.length = length;
    }

    /// The frame that waits to be sent.
    pub fn pending(&self) -> Option<WEB_SOCKET_BUFFER> {
        (self.length > 0).then(|| part(&self.area, 0, self.length))
    }

    /// The frame has gone out, or could not: a pong is not worth a second try.
    pub fn sent(&mut self) {
        self.length = 0;
    }

    /// There is no more point in answering.
    pub fn discard(&mut self) {
        self.length = 0;
    }
}
