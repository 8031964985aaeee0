//! The decompressing direction (RFC 7692, section 7.2.2), bounded while it runs.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Step, TAIL};
use crate::proto::limits;

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not DEFLATE.
    Corrupt,
    /// It is longer than the limit.
    TooLong,
}

/// Decompresses messages, one after the other.
pub struct Inflater {
    raw: Option<Decompress>,
    window_bits: u8,
    takeover: bool,
    /// The end of what has been inflated, at least a window of it: from it a raw inflater is restored.
    history: Vec<u8>,
    /// How many blocks of this message said that they were the last.
    final_blocks: u32,
    in_message: bool,
    /// How much of the omitted tail the raw inflater has had.
    tail_fed: usize,
}

impl Inflater {
    /// An inflater for a peer whose references reach back at most 2 to the power of `window_bits` bytes, and into
    /// earlier messages only with `takeover`. It allocates with its first message.
    pub fn new(window_bits: u8, takeover: bool) -> Inflater {
        Inflater {
            raw: None,
            window_bits,
            takeover,
            history: Vec::new(),
            final_blocks: 0,
            in_message: false,
            tail_fed: 0,
        }
    }

    /// Appends what the next piece of a message inflates to. Fails as soon as `out` holds more than `limit` bytes.
    pub fn feed(&mut self, mut piece: &[u8], out: &mut Vec<u8>, limit: u64) -> Result<(), Trouble> {
        self.in_message = true;
        let mut expected = piece.len().saturating_mul(4);
        loop {
            let room = usize::try_from(limit)
                .unwrap_or(usize::MAX)
                .saturating_sub(out.len())
                .saturating_add(1);
            if out.capacity() - out.len() < 64 {
                // At least what is there already, so that it is moved seldom; at most one byte beyond the limit.
                out.reserve_exact(expected.max(out.len()).clamp(256, MOST).min(room.max(64)));
            }
            let start = out.len();
            let raw = self.raw();
            let before = raw.total_in();
            let status = raw.decompress_vec(piece, out, FlushDecompress::None);
            let consumed = (raw.total_in() - before) as usize;
            piece = piece.get(consumed..).unwrap_or_default();
            self.remember(out.get(start..).unwrap_or_default());
            if out.len() as u64 > limit {
                return Err(Trouble::TooLong);
            }
            let status = status.map_err(|_| Trouble::Corrupt)?;
            expected = expected.saturating_mul(2);
            match status {
                Status::StreamEnd => self.final_block()?,
                _ if piece.is_empty() && out.len() < out.capacity() => return Ok(()),
                Status::BufError if consumed == 0 && out.len() == start && out.len() < out.capacity() => {
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Ends a message: puts back the tail that the peer left out.
    pub fn finish(&mut self, out: &mut Vec<u8>, limit: u64) -> Result<(), Trouble> {
        self.feed(&TAIL, out, limit)?;
        self.end();
        Ok(())
    }

    /// Inflates a piece of a message into `output`. With `last` no input follows; call again, without input, until
    /// the step says that it is done. The caller counts what it has got.
    pub fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Trouble> {
        self.in_message = true;
        let (mut consumed, mut produced) = (0, 0);
        loop {
            let rest = input.get(consumed..).unwrap_or_default();
            let tail = TAIL.get(self.tail_fed..).unwrap_or_default();
            let in_tail = rest.is_empty() && last;
            let room = output.get_mut(produced..).unwrap_or_default();
            let room_len = room.len();
            let raw = self.raw();
            let (before_in, before_out) = (raw.total_in(), raw.total_out());
            let piece = if in_tail { tail } else { rest };
            let status = raw
                .decompress(piece, room, FlushDecompress::None)
                .map_err(|_| Trouble::Corrupt)?;
            let used = (raw.total_in() - before_in) as usize;
            let made = (raw.total_out() - before_out) as usize;
            self.remember(output.get(produced..produced + made).unwrap_or_default());
            produced += made;
            if in_tail {
                self.tail_fed += used;
            } else {
                consumed += used;
            }
            if status == Status::StreamEnd {
                self.final_block()?;
                continue;
            }
            if last && consumed == input.len() && self.tail_fed == TAIL.len() && made < room_len {
                self.end();
                return Ok(Step {
                    consumed,
                    produced,
                    done: true,
                });
            }
            if produced == output.len() || (used == 0 && made == 0) || (!last && consumed == input.len()) {
                return Ok(Step {
                    consumed,
                    produced,
                    done: false,
                });
            }
        }
    }

    /// Gives back, between two messages, all memory but the window that the next message may refer to.
    pub fn release(&mut self) {
        if self.in_message {
            return;
        }
        self.raw = None;
        self.trim();
        self.history.shrink_to_fit();
    }

    /// How much memory is held beyond the value itself, but for the raw inflater's.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.history.capacity()
    }

    fn window(&self) -> usize {
        1 << self.window_bits.clamp(8, 15)
    }

    /// A block was marked as the last of all (section 7.2.3.5): what follows is a new stream with the same window.
    fn final_block(&mut self) -> Result<(), Trouble> {
        self.final_blocks += 1;
        if self.final_blocks > limits::WS_FINAL_BLOCKS {
            return Err(Trouble::Corrupt);
        }
        self.raw = None;
        Ok(())
    }

    fn remember(&mut self, made: &[u8]) {
        let window = self.window();
        match made.len().checked_sub(window) {
            Some(excess) => {
                self.history.clear();
                self.history
                    .extend_from_slice(made.get(excess..).unwrap_or_default());
            }
            None => {
                if self.history.len() + made.len() > 2 * window {
                    self.trim();
                }
                self.history.extend_from_slice(made);
            }
        }
    }

    fn trim(&mut self) {
        let excess = self.history.len().saturating_sub(self.window());
        self.history.drain(..excess);
    }

    fn end(&mut self) {
        self.in_message = false;
        self.tail_fed = 0;
        self.final_blocks = 0;
        if !self.takeover {
            self.history.clear();
            if let Some(raw) = &mut self.raw {
                raw.reset(false);
            }
        }
    }

    fn raw(&mut self) -> &mut Decompress {
        if self.raw.is_none() {
            self.trim();
        }
        let (bits, history) = (self.window_bits.clamp(9, 15), &self.history);
        self.raw.get_or_insert_with(|| {
            let mut raw = Decompress::new_with_window_bits(false, bits);
            if !history.is_empty() {
                // Cannot fail: a raw inflater takes a dictionary between two blocks, and it fits into the window.
                let _ = raw.set_dictionary(history);
            }
            raw
        })
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("window_bits", &self.window_bits)
            .finish_non_exhaustive()
    }
}

/// How much room for output is made at a time, at most.
const MOST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ws::deflate::Deflater;

    fn inflate(inflater: &mut Inflater, compressed: &[u8], limit: u64) -> Result<Vec<u8>, Trouble> {
        let mut out = Vec::new();
        for piece in compressed.chunks(11) {
            inflater.feed(piece, &mut out, limit)?;
        }
        inflater.finish(&mut out, limit)?;
        Ok(out)
    }

    #[test]
    fn a_released_inflater_goes_on_from_its_window() {
        for bits in 8..=15 {
            let mut deflater = Deflater::new(bits, true);
            let mut inflater = Inflater::new(bits, true);
            for round in 0..40u32 {
                let message: Vec<u8> = (0..3000u32).map(|i| (i * i % (97 + round % 3)) as u8).collect();
                let mut compressed = Vec::new();
                deflater.message(&message, &mut compressed);
                assert!(inflate(&mut inflater, &compressed, u64::MAX).unwrap() == message);
                inflater.release();
                assert!(inflater.raw.is_none());
                assert!(
                    inflater.held() <= (1 << bits) + 256,
                    "{} held for {bits} bits",
                    inflater.held()
                );
            }
        }
    }

    #[test]
    fn the_limit_holds_while_inflating() {
        let mut compressed = Vec::new();
        Deflater::new(15, false).message(&vec![0; 1_000_000], &mut compressed);
        for limit in [0, 1, 999_999] {
            let mut out = Vec::new();
            let mut inflater = Inflater::new(15, false);
            let ended = inflater
                .feed(&compressed, &mut out, limit)
                .and_then(|()| inflater.finish(&mut out, limit));
            assert_eq!(ended, Err(Trouble::TooLong));
            assert!(
                out.capacity() as u64 <= limit + 4096,
                "{} for {limit}",
                out.capacity()
            );
        }
        assert!(inflate(&mut Inflater::new(15, false), &compressed, 1_000_000).is_ok());
    }

    #[test]
    fn a_message_under_way_is_not_released() {
        let mut compressed = Vec::new();
        Deflater::new(15, true).message(&b"again and ".repeat(50), &mut compressed);
        let mut inflater = Inflater::new(15, true);
        let (first, second) = compressed.split_at(7);
        let mut out = Vec::new();
        inflater.feed(first, &mut out, u64::MAX).unwrap();
        inflater.release();
        inflater.feed(second, &mut out, u64::MAX).unwrap();
        inflater.finish(&mut out, u64::MAX).unwrap();
        assert_eq!(out, b"again and ".repeat(50));
    }
}
