//! The compressing direction: messages in, DEFLATE blocks without their last four bytes out (RFC 7692, 7.2.1).

use zlib_rs::{Deflate, DeflateFlush, Status};

use super::scratch::Scratch;
use super::{Step, TAIL, compressor};
use crate::proto::fallible::{NoMemory, probe};

/// Compresses messages, one after the other.
pub struct Deflater {
    raw: Option<Deflate>,
    window_bits: u8,
    takeover: bool,
    /// The last bytes of a message under way: they may be its tail, which is not sent.
    held: [u8; 4],
    held_len: usize,
    /// Whether anything of the message under way has been put out.
    begun: bool,
    /// Whether a step of the message under way has been made.
    in_message: bool,
    /// The level of the compressor.
    level: i32,
}

impl Deflater {
    /// A deflater whose references reach back at most 2 to the power of `window_bits` bytes (8 to 15), and into
    /// earlier messages only with `takeover`. It allocates with its first message.
    pub fn new(window_bits: u8, takeover: bool) -> Deflater {
        Deflater {
            raw: None,
            window_bits,
            takeover,
            held: [0; 4],
            held_len: 0,
            begun: false,
            in_message: false,
            level: compressor::LEVEL,
        }
    }

    /// Appends `message` to `out`, compressed.
    pub fn message(&mut self, message: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut scratch = Scratch::take();
        let raw = self.raw();
        let mut rest = message;
        loop {
            let (used, made, status) = compress(raw, rest, &mut scratch, DeflateFlush::SyncFlush);
            rest = rest.get(used..).unwrap_or_default();
            out.extend_from_slice(scratch.get(..made).unwrap_or_default());
            if status != Some(Status::Ok) || (rest.is_empty() && made < scratch.len()) {
                break;
            }
        }
        if out.get(start..).is_some_and(|made| made.ends_with(&TAIL)) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.len() == start {
            out.push(0); // an empty message behind another: the flush had nothing to do (section 7.2.3.6)
        }
        self.end();
    }

    /// Takes the memory that `step` needs, if it is not there.
    pub fn prepare(&mut self) -> Result<(), NoMemory> {
        if self.raw.is_none() {
            probe(STATE_BYTES)?;
            self.level = compressor::QUICK_LEVEL;
            self.raw = Some(compressor::new(self.raw_bits(), self.level));
        }
        Ok(())
    }

    /// Compresses a piece of a message into `output`, which must have room for 16 bytes, without an allocation once it is
    /// prepared. With `last` no input follows; call again, without input, until the step says that it is done.
    pub fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Step {
        if !std::mem::replace(&mut self.in_message, true) {
            self.choose_level(input.len());
        }
        let held = self.held_len;
        for (to, from) in output.iter_mut().zip(self.held.iter().take(held)) {
            *to = *from;
        }
        self.held_len = 0;
        let room = output.get_mut(held..).unwrap_or_default();
        let room_len = room.len();
        let flush = if last {
            DeflateFlush::SyncFlush
        } else {
            DeflateFlush::NoFlush
        };
        let (consumed, made, status) = compress(self.raw(), input, room, flush);
        let idle = status != Some(Status::Ok);
        let done = last && consumed == input.len() && (made < room_len || idle);
        let mut produced = held + made;
        if done {
            let all = output.get(..produced).unwrap_or_default();
            if all.ends_with(&TAIL) {
                produced -= TAIL.len();
            }
            if produced == 0
                && !self.begun
                && let Some(first) = output.first_mut()
            {
                *first = 0;
                produced = 1;
            }
            self.end_of_step();
        } else {
            let keep = produced.min(TAIL.len());
            produced -= keep;
            for (to, from) in self.held.iter_mut().zip(output.iter().skip(produced)) {
                *to = *from;
            }
            self.held_len = keep;
            self.begun |= produced > 0;
        }
        Step {
            consumed,
            produced,
            done,
        }
    }

    /// Forgets what has been compressed so far, so that a message may be withheld: none that follows refers to it.
    pub fn reset(&mut self) {
        if let Some(raw) = &mut self.raw {
            raw.reset();
        }
        self.held_len = 0;
        self.begun = false;
        self.in_message = false;
    }

    /// Gives the compressor to the thread, between two messages. The next message begins anew.
    pub fn release(&mut self) {
        if let Some(raw) = self.taken().filter(|_| self.level == compressor::LEVEL) {
            compressor::give_back(self.raw_bits(), raw);
        }
    }

    /// Frees the compressor, between two messages: for who goes step by step. The next message begins anew.
    pub fn free(&mut self) {
        drop(self.taken());
    }

    /// Sets the level for a message of which so many bytes are known. With context takeover it only goes up, for a level that
    /// changes costs the window: this connection has messages that are worth more time.
    fn choose_level(&mut self, size: usize) {
        let level = match size > compressor::QUICK_UP_TO {
            true => compressor::LEVEL,
            false => compressor::QUICK_LEVEL,
        };
        if level == self.level || (self.takeover && level < self.level) {
            return;
        }
        let raw = self.raw();
        if raw.total_in() > 0 {
            raw.reset();
        }
        if raw.set_level(level).is_ok() {
            self.level = level;
        }
    }

    fn taken(&mut self) -> Option<Deflate> {
        let between = !self.in_message && self.held_len == 0 && !self.begun;
        between.then(|| self.raw.take()).flatten()
    }

    /// Who goes step by step keeps the compressor: giving it to the thread takes memory the first time.
    fn end_of_step(&mut self) {
        self.held_len = 0;
        self.begun = false;
        self.in_message = false;
        if !self.takeover {
            self.reset();
        }
    }

    fn end(&mut self) {
        self.held_len = 0;
        self.begun = false;
        if !self.takeover {
            self.release();
        }
    }

    /// The bits of zlib's window, which has no 256 bytes. In its window of 512 no reference reaches further back than
    /// 512 less its lookahead of 262 bytes, and so an inflater with 256 reads it.
    fn raw_bits(&self) -> u8 {
        self.window_bits.clamp(9, 15)
    }

    fn raw(&mut self) -> &mut Deflate {
        let (bits, level) = (self.raw_bits(), &mut self.level);
        self.raw.get_or_insert_with(|| {
            *level = compressor::LEVEL;
            compressor::take(bits)
        })
    }
}

impl std::fmt::Debug for Deflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deflater")
            .field("window_bits", &self.window_bits)
            .finish_non_exhaustive()
    }
}

/// One call of the compressor: how much input it used, how much output it made, and `None` if it refused.
fn compress(
    raw: &mut Deflate,
    input: &[u8],
    output: &mut [u8],
    flush: DeflateFlush,
) -> (usize, usize, Option<Status>) {
    let before = (raw.total_in(), raw.total_out());
    let status = raw.compress(input, output, flush).ok();
    let used = (raw.total_in() - before.0) as usize;
    let made = (raw.total_out() - before.1) as usize;
    (used, made, status)
}

/// At least as much as zlib-rs takes for one compressor, in one piece.
const STATE_BYTES: usize = 320 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ws::deflate::{Inflater, plain};

    /// Random, repetitive at distances around 256 and 512, runs, and text.
    fn samples() -> Vec<Vec<u8>> {
        let mut state = 1u32;
        let mut byte = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let noise: Vec<u8> = (0..5000).map(|_| byte()).collect();
        let period = |len: usize| noise[..len].repeat(12_000 / len);
        let text = b"the quick brown fox, the lazy dog, and the quick brown dog; ".repeat(80);
        let periods = [
            1, 2, 100, 249, 250, 251, 255, 256, 257, 300, 400, 511, 512, 513, 1000,
        ]
        .map(period);
        [vec![], vec![7], noise.clone(), text]
            .into_iter()
            .chain(periods)
            .collect()
    }

    #[test]
    fn a_deflater_for_8_bits_is_read_with_a_window_of_256_bytes() {
        let all: Vec<u8> = samples().concat();
        let mut shared = Deflater::new(8, true);
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        for message in samples().iter().chain([&all]) {
            shared.message(message, &mut stream);
            stream.extend_from_slice(&TAIL);
            expected.extend_from_slice(message);
        }
        let (read, reach) = plain::inflate(&stream).expect("it is DEFLATE");
        assert!(read == expected);
        assert!(reach > 200 && reach <= 256, "references reach {reach} bytes back");
        let mut wider = Vec::new();
        Deflater::new(10, true).message(&all, &mut wider);
        let (_, reach) = plain::inflate(&[wider.as_slice(), &TAIL].concat()).expect("it is DEFLATE");
        assert!(reach > 400, "the reader does notice: {reach}");
    }

    #[test]
    fn messages_and_steps_of_any_size_are_read_back() {
        for (bits, takeover) in [(8, true), (9, false), (12, true), (15, true), (15, false)] {
            for size in [16, 17, 64, 1000, 100_000] {
                let mut deflater = Deflater::new(bits, takeover);
                let mut inflater = Inflater::new(bits, takeover);
                for message in samples() {
                    let mut compressed = Vec::new();
                    let mut rest = message.as_slice();
                    loop {
                        let mut output = vec![0; size];
                        let piece = &rest[..rest.len().min(size * 2)];
                        let step = deflater.step(piece, &mut output, piece.len() == rest.len());
                        rest = &rest[step.consumed..];
                        compressed.extend_from_slice(&output[..step.produced]);
                        if step.done {
                            break;
                        }
                    }
                    let mut back = Vec::new();
                    let mut rest = compressed.as_slice();
                    loop {
                        let mut output = vec![0; size];
                        let piece = &rest[..rest.len().min(size)];
                        let step = inflater
                            .step(piece, &mut output, piece.len() == rest.len())
                            .unwrap();
                        rest = &rest[step.consumed..];
                        back.extend_from_slice(&output[..step.produced]);
                        if step.done {
                            break;
                        }
                    }
                    assert!(back == message, "{bits} {takeover} {size} {}", message.len());
                }
            }
        }
    }

    #[test]
    fn the_level_follows_the_longest_message_and_is_read_back() {
        let text: Vec<u8> = (0..4000u32)
            .flat_map(|i| (i * i % 977).to_string().into_bytes())
            .collect();
        for takeover in [true, false] {
            let mut deflater = Deflater::new(15, takeover);
            let mut inflater = Inflater::new(15, takeover);
            let sizes = [100, 1024, 1025, 100, 5000, 1024, 3000];
            for (at, size) in sizes.into_iter().enumerate() {
                deflater.prepare().unwrap();
                let message = &text[at * 200..at * 200 + size];
                let mut output = vec![0; 2 * size + 64];
                let step = deflater.step(message, &mut output, true);
                assert!(step.done);
                let goes_down = !takeover && size <= compressor::QUICK_UP_TO;
                let quick = at < 2 || goes_down;
                assert_eq!(
                    deflater.level == compressor::QUICK_LEVEL,
                    quick,
                    "{at} {takeover}"
                );
                let mut back = Vec::new();
                inflater
                    .feed(&output[..step.produced], &mut back, u64::MAX)
                    .unwrap();
                inflater.finish(&mut back, u64::MAX).unwrap();
                assert!(back == message, "{at} {takeover}");
            }
        }
    }

    #[test]
    fn what_connections_share_does_not_carry_over() {
        let text = b"said on one connection, to be said on another".repeat(3);
        let compress = |deflater: &mut Deflater| {
            let mut out = Vec::new();
            deflater.message(&text, &mut out);
            out
        };
        let alone = compress(&mut Deflater::new(15, true));
        let mut taker = Deflater::new(15, true);
        assert_eq!(compress(&mut taker), alone);
        assert!(compress(&mut taker).len() < alone.len());
        taker.release();
        let (mut first, mut second) = (Deflater::new(15, false), Deflater::new(15, false));
        for deflater in [&mut first, &mut second, &mut taker] {
            assert_eq!(compress(deflater), alone);
        }
        assert!(first.raw.is_none() && second.raw.is_none());
        let mut narrow = Deflater::new(9, false);
        narrow.message(&samples()[2], &mut Vec::new());
        assert_eq!(compress(&mut first), alone);
    }

    #[test]
    fn a_withheld_message_is_not_referred_to() {
        let mut deflater = Deflater::new(15, true);
        let mut inflater = Inflater::new(15, true);
        let message = &samples()[2];
        deflater.message(message, &mut Vec::new());
        deflater.reset();
        let (mut compressed, mut back) = (Vec::new(), Vec::new());
        deflater.message(message, &mut compressed);
        inflater.feed(&compressed, &mut back, u64::MAX).unwrap();
        inflater.finish(&mut back, u64::MAX).unwrap();
        assert!(back == *message);
    }
}
