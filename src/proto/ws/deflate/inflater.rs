//! The decompressing direction (RFC 7692, section 7.2.2), bounded while it runs.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::history::History;
use super::scratch::Scratch;
use super::{Step, TAIL};
use crate::proto::fallible::{NoMemory, probe};
use crate::proto::limits;
use crate::proto::ws::receive::grow;

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
    raw: Option<Inflate>,
    window_bits: u8,
    takeover: bool,
    /// From it a raw inflater is restored.
    history: History,
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
            history: History::new(1 << window_bits.clamp(8, 15)),
            final_blocks: 0,
            in_message: false,
            tail_fed: 0,
        }
    }

    /// Appends what the next piece of a message inflates to. Fails as soon as `out` holds more than `limit` bytes.
    pub fn feed(&mut self, mut piece: &[u8], out: &mut Vec<u8>, limit: u64) -> Result<(), Trouble> {
        self.in_message = true;
        let mut scratch = Scratch::take();
        loop {
            let (used, made, status) = inflate(self.raw(), piece, &mut scratch);
            piece = piece.get(used..).unwrap_or_default();
            let full = made == scratch.len();
            let room = limit.saturating_sub(out.len() as u64);
            // At most one byte beyond the limit.
            let kept = made.min(usize::try_from(room.saturating_add(1)).unwrap_or(made));
            let kept = scratch.get(..kept).unwrap_or_default();
            if !kept.is_empty() {
                // What is left is likely to inflate as this did; and what is there already is moved seldom.
                let alike = (piece.len() as u64).saturating_mul(made as u64) / (used as u64).max(1);
                let behind = room.saturating_sub(kept.len() as u64);
                grow(out, kept.len(), alike.max(out.len() as u64).min(behind));
                out.extend_from_slice(kept);
                self.history.push(kept);
            }
            if out.len() as u64 > limit {
                return Err(Trouble::TooLong);
            }
            match status? {
                Status::StreamEnd => self.final_block()?,
                _ if piece.is_empty() && !full => return Ok(()),
                Status::BufError if used == 0 && made == 0 => return Ok(()),
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

    /// Takes the memory that `step` needs, if it is not there.
    pub fn prepare(&mut self) -> Result<(), NoMemory> {
        if self.raw.is_none() {
            self.history.reserve()?;
            probe(STATE_BYTES)?;
            self.raw();
        }
        Ok(())
    }

    /// Inflates a piece of a message into `output`, without an allocation once it is prepared. With `last` no input follows; call again, without input, until
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
            let piece = if in_tail { tail } else { rest };
            let (used, made, status) = inflate(self.raw(), piece, room);
            let status = status?;
            self.history
                .push(output.get(produced..produced + made).unwrap_or_default());
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
        self.history.shrink();
    }

    /// How much memory is held beyond the value itself, but for the raw inflater's.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.history.held()
    }

    /// A block was marked as the last of all (section 7.2.3.5): what follows is a new stream with the same window.
    fn final_block(&mut self) -> Result<(), Trouble> {
        self.final_blocks += 1;
        if self.final_blocks > limits::WS_FINAL_BLOCKS {
            return Err(Trouble::Corrupt);
        }
        if let Some(raw) = &mut self.raw {
            raw.reset(false);
            restore(raw, &mut self.history);
        }
        Ok(())
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

    fn raw(&mut self) -> &mut Inflate {
        let (bits, history) = (self.window_bits.clamp(9, 15), &mut self.history);
        self.raw.get_or_insert_with(|| {
            let mut raw = Inflate::new(false, bits);
            restore(&mut raw, history);
            raw
        })
    }
}

/// Gives an inflater that is new what messages may refer to.
fn restore(raw: &mut Inflate, history: &mut History) {
    let history = history.in_order();
    if !history.is_empty() {
        // Cannot fail: a raw inflater takes a dictionary between two blocks, and it fits into the window.
        let _ = raw.set_dictionary(history);
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("window_bits", &self.window_bits)
            .finish_non_exhaustive()
    }
}

/// One call of the inflater: how much input it used, how much output it made, and how it ended.
fn inflate(raw: &mut Inflate, input: &[u8], output: &mut [u8]) -> (usize, usize, Result<Status, Trouble>) {
    let before = (raw.total_in(), raw.total_out());
    let status = raw
        .decompress(input, output, InflateFlush::NoFlush)
        .map_err(|_| Trouble::Corrupt);
    let used = (raw.total_in() - before.0) as usize;
    let made = (raw.total_out() - before.1) as usize;
    (used, made, status)
}

/// At least as much as zlib-rs takes for one inflater, in one piece.
const STATE_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ws::{deflate::Deflater, spare};

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
            let most = spare::class(usize::try_from(limit).unwrap()) + 8;
            assert!(out.capacity() <= most, "{} for {limit}", out.capacity());
        }
        assert!(inflate(&mut Inflater::new(15, false), &compressed, 1_000_000).is_ok());
    }

    #[test]
    fn room_is_made_for_no_more_than_the_limit() {
        // Found by fuzzing: what had just come was counted a second time in what may still come.
        let message: Vec<u8> = (0..9000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let mut compressed = Vec::new();
        Deflater::new(15, false).message(&message, &mut compressed);
        for size in [500, 1000, 3000, 4000] {
            let (mut out, mut inflater) = (Vec::new(), Inflater::new(15, false));
            for piece in compressed.chunks(size) {
                inflater.feed(piece, &mut out, 9000).unwrap();
                assert!(
                    out.capacity() <= spare::class(9000 + 1),
                    "{} by {size}",
                    out.capacity()
                );
            }
        }
    }

    #[test]
    fn messages_around_the_size_of_the_shared_block_come_back() {
        let mut state = 1u32;
        let noise: Vec<u8> = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let (mut deflater, mut inflater) = (Deflater::new(15, true), Inflater::new(15, true));
        for len in [65_000, 65_505, 65_535, 65_536, 65_537, 131_072, 200_000] {
            for message in [&noise[..len], &noise[..977].repeat(len / 977 + 1)[..len]] {
                let (mut compressed, mut out) = (Vec::new(), Vec::new());
                deflater.message(message, &mut compressed);
                inflater.feed(&compressed, &mut out, len as u64).unwrap();
                inflater.finish(&mut out, len as u64).unwrap();
                assert!(out == message, "{len}");
                assert!(out.capacity() <= spare::class(2 * len), "{}", out.capacity());
            }
        }
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
