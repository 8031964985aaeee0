//! A message that is put together: from the pieces of a frame, from fragments, through the inflater.

use crate::proto::limits;
use crate::proto::ws::deflate::Codec;
use crate::proto::ws::receive::grow;
use crate::proto::ws::utf8::Utf8;
use crate::proto::ws::{DataType, Violation};

/// A message under way.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: DataType,
    /// Whether it goes through the inflater (RSV1 of its first frame, RFC 7692, section 6).
    pub(super) compressed: bool,
    /// What has come so far, unmasked, inflated, and checked if it is text.
    pub(super) buffer: Vec<u8>,
    utf8: Utf8,
    empty_fragments: u32,
}

impl Message {
    pub(super) fn new(kind: DataType, compressed: bool) -> Message {
        Message {
            kind,
            compressed,
            buffer: Vec::new(),
            utf8: Utf8::new(),
            empty_fragments: 0,
        }
    }

    /// Counts a fragment that is neither the last one nor holds anything.
    pub(super) fn empty_fragment(&mut self) -> Result<(), Violation> {
        self.empty_fragments += 1;
        match self.empty_fragments > limits::WS_EMPTY_FRAGMENTS {
            true => Err(Violation::TooManyEmptyFragments),
            false => Ok(()),
        }
    }

    /// Takes the next unmasked bytes; `follow` more of the same frame are announced, `limit` holds for what is inflated.
    pub(super) fn feed(
        &mut self,
        piece: &[u8],
        follow: u64,
        codec: Option<&mut Codec>,
        limit: u64,
    ) -> Result<(), Violation> {
        if !self.compressed {
            self.check(piece)?;
            self.make_room(piece.len(), follow);
            self.buffer.extend_from_slice(piece);
            return Ok(());
        }
        let Some(codec) = codec else {
            return Err(Violation::BadDeflate);
        };
        let start = self.buffer.len();
        let inflated = codec.inflate(piece, &mut self.buffer, limit);
        self.check_inflated(start, limit, inflated)
    }

    /// Room for `arrived` more bytes, and for some of the `follow` that are announced behind them.
    pub(super) fn make_room(&mut self, arrived: usize, follow: u64) {
        grow(&mut self.buffer, arrived, follow);
    }

    /// Checks text that has been appended behind `start`.
    pub(super) fn check_from(&mut self, start: usize) -> Result<(), Violation> {
        if self.kind == DataType::Binary {
            return Ok(());
        }
        let piece = self.buffer.get(start..).unwrap_or_default();
        self.utf8.feed(piece).map_err(|_| Violation::BadUtf8)
    }

    /// Checks what came out of the inflater before it failed, if it did: the first fault is the one to report, and
    /// it is the same however the input was cut.
    fn check_inflated(
        &mut self,
        start: usize,
        limit: u64,
        inflated: Result<(), Violation>,
    ) -> Result<(), Violation> {
        if inflated.is_err() {
            self.buffer.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        self.check_from(start)?;
        inflated
    }

    fn check(&mut self, piece: &[u8]) -> Result<(), Violation> {
        match self.kind {
            DataType::Text => self.utf8.feed(piece).map_err(|_| Violation::BadUtf8),
            DataType::Binary => Ok(()),
        }
    }

    /// Ends the message; its bytes have room for one more.
    pub(super) fn finish(
        mut self,
        codec: Option<&mut Codec>,
        limit: u64,
    ) -> Result<(DataType, Vec<u8>), Violation> {
        if self.compressed {
            let Some(codec) = codec else {
                return Err(Violation::BadDeflate);
            };
            let start = self.buffer.len();
            let inflated = codec.finish_inflating(&mut self.buffer, limit);
            self.check_inflated(start, limit, inflated)?;
        }
        self.utf8.finish().map_err(|_| Violation::BadUtf8)?;
        if self.buffer.capacity() - self.buffer.len() > self.buffer.len() / 4 + 256 {
            self.buffer.shrink_to(self.buffer.len() + 1);
        }
        self.buffer.reserve_exact(1);
        Ok((self.kind, self.buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_follows_what_has_arrived() {
        let mut message = Message::new(DataType::Binary, false);
        message.feed(&[1; 100], 1 << 40, None, u64::MAX).unwrap();
        assert!(message.buffer.capacity() <= 401);
        message.feed(&[1; 100], 50, None, u64::MAX).unwrap();
        assert!(message.buffer.capacity() <= 401);
        let (_, bytes) = message.finish(None, u64::MAX).unwrap();
        assert!(bytes.capacity() > bytes.len());
    }

    #[test]
    fn text_fails_with_the_piece_that_breaks_it() {
        let mut message = Message::new(DataType::Text, false);
        assert_eq!(message.feed(b"\xf0\x9f", 0, None, 9), Ok(()));
        assert_eq!(message.feed(b"\xf0", 0, None, 9), Err(Violation::BadUtf8));
    }
}
