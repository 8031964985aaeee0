//! zstd (RFC 8878) a block at a time: a block of four bytes can become 128 KiB, so that no more than one is decoded before it is read.

use std::io::Read;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Violation;
use crate::proto::limits;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A frame's header, or the end.
    Frame,
    /// The frame's next block; whether four bytes of checksum follow the last one.
    Block { checksum: bool },
    /// So many bytes that do not count.
    Skip(u32),
}

/// Decodes frames.
pub(super) struct Decoder {
    frames: FrameDecoder,
    next: Next,
    /// A header or a block that is not whole yet.
    held: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        let mut frames = FrameDecoder::new();
        frames.set_max_window_size(limits::ZSTD_WINDOW);
        Decoder {
            frames,
            next: Next::Frame,
            held: Vec::new(),
        }
    }
}

impl Decoder {
    /// Whether the input may end here.
    pub(super) fn is_between_frames(&self) -> bool {
        self.next == Next::Frame && self.held.is_empty() && self.frames.can_collect() == 0
    }

    pub(super) fn step(&mut self, input: &mut &[u8], out: &mut [u8]) -> Result<usize, Violation> {
        loop {
            if self.frames.can_collect() > 0 {
                return self.frames.read(out).map_err(|_| Violation::Corrupt);
            }
            if let Next::Skip(left) = self.next {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                *input = input.get(length..).unwrap_or_default();
                let left = left.saturating_sub(u32::try_from(length).unwrap_or(u32::MAX));
                self.next = if left == 0 { Next::Frame } else { Next::Skip(left) };
                if left > 0 || input.is_empty() {
                    return Ok(0);
                }
            }
            let wanted = loop {
                let wanted = self.wanted()?;
                if self.held.len() >= wanted {
                    break wanted;
                }
                let (piece, rest) = input
                    .split_at_checked(wanted - self.held.len())
                    .unwrap_or((input, &[]));
                if piece.is_empty() {
                    return Ok(0);
                }
                self.held.extend_from_slice(piece);
                *input = rest;
            };
            let held = std::mem::take(&mut self.held);
            self.take(held.get(..wanted).unwrap_or_default())?;
        }
    }

    /// How many bytes the next piece has, as far as what is held tells.
    fn wanted(&self) -> Result<usize, Violation> {
        match (self.next, &*self.held) {
            (Next::Frame, [_, _, _, _, descriptor, ..]) if !is_skippable(&self.held) => {
                let single = descriptor & 0x20 != 0;
                let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3));
                let size = [usize::from(single), 2, 4, 8];
                let size = size.get(usize::from(descriptor >> 6));
                let both = dictionary
                    .zip(size)
                    .map_or(0, |(dictionary, size)| dictionary + size);
                Ok(5 + usize::from(!single) + both)
            }
            (Next::Frame, [_, _, _, _, _, ..]) => Ok(8),
            (Next::Frame, _) => Ok(5),
            (Next::Block { checksum }, &[low, middle, high, ..]) => {
                let header = u32::from_le_bytes([low, middle, high, 0]);
                let size = match header >> 1 & 3 {
                    1 => 1,
                    _ => usize::try_from(header >> 3).unwrap_or(usize::MAX),
                };
                let end = if checksum && header & 1 == 1 { 4 } else { 0 };
                // Longer blocks there are none (RFC 8878, section 3.1.1.2.4).
                match size > BLOCK {
                    true => Err(Violation::Corrupt),
                    false => Ok(3 + size + end),
                }
            }
            (Next::Block { .. }, _) => Ok(3),
            (Next::Skip(_), _) => Ok(0),
        }
    }

    /// Takes a whole header or block.
    fn take(&mut self, mut piece: &[u8]) -> Result<(), Violation> {
        if self.next == Next::Frame {
            let checksum = piece.get(4).is_some_and(|descriptor| descriptor & 4 != 0);
            self.next = match self.frames.init(piece) {
                Ok(()) => Next::Block { checksum },
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => match length {
                    0 => Next::Frame,
                    length => Next::Skip(length),
                },
                Err(_) => return Err(Violation::Corrupt),
            };
            return Ok(());
        }
        let last = self
            .frames
            .decode_blocks(&mut piece, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|_| Violation::Corrupt)?;
        if last {
            self.next = Next::Frame;
        }
        Ok(())
    }
}

fn is_skippable(held: &[u8]) -> bool {
    matches!(held, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

const BLOCK: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn run(body: &[u8]) -> Result<usize, Violation> {
        let (mut decoder, mut input, mut out, mut all) = (Decoder::default(), body, [0; 1000], 0);
        loop {
            match decoder.step(&mut input, &mut out)? {
                0 if decoder.is_between_frames() && input.is_empty() => return Ok(all),
                0 if input.is_empty() => return Err(Violation::Truncated),
                given => all += given,
            }
        }
    }

    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

    #[test]
    fn frames_one_after_the_other_with_some_to_skip() {
        let one = ruzstd::encoding::compress_to_vec(&b"abc"[..], ruzstd::encoding::CompressionLevel::Fastest);
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        let empty = [0x5f, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
        assert_eq!(run(&[&skipped[..], &one, &empty, &one, &skipped].concat()), Ok(6));
    }

    #[test]
    fn windows_and_blocks_that_are_too_large() {
        // A window of 16 MiB, and one that is not there.
        assert_eq!(
            run(&[&MAGIC[..], &[0, 14 << 3, 1, 0, 0]].concat()),
            Err(Violation::Corrupt)
        );
        assert_eq!(
            run(&[&MAGIC[..], &[0, 0xff, 1, 0, 0]].concat()),
            Err(Violation::Corrupt)
        );
        assert_eq!(run(&[&MAGIC[..], &[0, 0x58, 1, 0, 0]].concat()), Ok(0));
        assert_eq!(
            run(&[&MAGIC[..], &[0, 0x58, 0xfd, 0xff, 0xff]].concat()),
            Err(Violation::Corrupt)
        );
    }

    #[test]
    fn a_bomb_of_blocks_is_held_one_at_a_time() {
        let block = [2, 0, 0x10, 0]; // 128 KiB of one byte
        let mut decoder = Decoder::default();
        let body = [&MAGIC[..], &[0, 0x38], &block.repeat(1000)].concat();
        let (mut input, mut out) = (&*body, [0; 4096]);
        for _ in 0..100 {
            decoder.step(&mut input, &mut out).unwrap();
            assert!(decoder.frames.can_collect() <= 2 * BLOCK);
        }
        assert!(input.len() > body.len() - 100);
    }
}
