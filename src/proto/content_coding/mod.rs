//! Content codings (RFC 9110, section 8.4.1): gzip, deflate, br and zstd undone, a buffer at a time.
//!
//! Law: a call gives no more than its buffer holds, and holds no more than one block of input; what a body may become in all is limited
//! while it is decoded, never afterwards.

mod zstd;

use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};

use super::http1::headers::HeaderList;
use super::limits;

/// A coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, or `x-gzip`
    Gzip,
    /// `deflate`: zlib's format, or, as some servers send it, without its frame.
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`, with windows of 8 MiB at the most (RFC 9659).
    Zstd,
}

/// What is wrong with a coded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It is not what its coding says.
    Corrupt,
    /// It becomes longer than it may.
    TooLong,
    /// It ended too early.
    Truncated,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "the body is not what its Content-Encoding says",
            Self::TooLong => "the decoded body is too long",
            Self::Truncated => "the encoded body ended too early",
        })
    }
}

impl std::error::Error for Violation {}

/// The codings of a message in the order in which they are undone. `None` if one of them is unknown, or there are very many: the body stays
/// as it is.
pub fn codings_of(headers: &HeaderList) -> Option<Vec<Coding>> {
    let mut codings = Vec::new();
    for name in headers.elements("Content-Encoding") {
        let coding = match &*name.to_ascii_lowercase() {
            b"gzip" | b"x-gzip" => Coding::Gzip,
            b"deflate" => Coding::Deflate,
            b"br" => Coding::Brotli,
            b"zstd" => Coding::Zstd,
            b"identity" => continue,
            _ => return None,
        };
        if codings.len() >= limits::CONTENT_CODINGS {
            return None;
        }
        codings.push(coding);
    }
    codings.reverse();
    Some(codings)
}

/// Undoes one coding.
pub struct Decoder {
    inner: Inner,
    left: u64,
    done: bool,
}

enum Inner {
    Zlib(Decompress),
    /// What tells zlib's format from one without a frame: its first two bytes.
    Deflate(Vec<u8>),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(Box<zstd::Decoder>),
}

impl Decoder {
    /// A decoder that gives `limit` bytes at the most.
    pub fn new(coding: Coding, limit: u64) -> Decoder {
        let alloc = StandardAlloc::default;
        let inner = match coding {
            Coding::Gzip => Inner::Zlib(Decompress::new_gzip(15)),
            Coding::Deflate => Inner::Deflate(Vec::new()),
            Coding::Brotli => Inner::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc()))),
            Coding::Zstd => Inner::Zstd(Box::default()),
        };
        Decoder {
            inner,
            left: limit,
            done: false,
        }
    }

    /// Takes from the front of `input`, and gives into `out`, until the one is empty or the other full; how many bytes were given. What
    /// follows the end of the coded data is dropped.
    pub fn decode(&mut self, input: &mut &[u8], out: &mut [u8]) -> Result<usize, Violation> {
        let mut given = 0;
        while !self.done {
            let Some(room) = out.get_mut(given..).filter(|room| !room.is_empty()) else {
                return Ok(given);
            };
            let before = input.len();
            let step = self.step(input, room)?;
            given += step;
            self.left = u64::try_from(step)
                .ok()
                .and_then(|step| self.left.checked_sub(step))
                .ok_or(Violation::TooLong)?;
            if step == 0 && (input.len() == before || input.is_empty()) && !self.done {
                return Ok(given);
            }
        }
        *input = &[];
        Ok(given)
    }

    /// Says that no more input comes, once `decode` gives nothing any more. An empty body is one.
    pub fn finish(&self) -> Result<(), Violation> {
        let untouched = match &self.inner {
            Inner::Zlib(inflate) => inflate.total_in() == 0,
            Inner::Deflate(held) => held.is_empty(),
            Inner::Brotli(_) => false,
            Inner::Zstd(decoder) => decoder.is_between_frames(),
        };
        match self.done || untouched {
            true => Ok(()),
            false => Err(Violation::Truncated),
        }
    }

    fn step(&mut self, input: &mut &[u8], out: &mut [u8]) -> Result<usize, Violation> {
        match &mut self.inner {
            Inner::Zlib(inflate) => {
                let (step, status) = run_zlib(inflate, input, out)?;
                self.done = status == Status::StreamEnd;
                Ok(step)
            }
            Inner::Deflate(held) => {
                while held.len() < 2
                    && let Some((&byte, rest)) = input.split_first()
                {
                    held.push(byte);
                    *input = rest;
                }
                let &[first, second] = &held[..] else {
                    return Ok(0);
                };
                let framed = first & 0x0f == 8
                    && first >> 4 <= 7
                    && u16::from_be_bytes([first, second]).is_multiple_of(31);
                let mut inflate = Decompress::new(framed);
                // Two bytes give little, but a stream may end with them.
                let (step, status) = run_zlib(&mut inflate, &mut &[first, second][..], out)?;
                self.done = status == Status::StreamEnd;
                self.inner = Inner::Zlib(inflate);
                Ok(step)
            }
            Inner::Brotli(state) => {
                let (mut available, mut taken) = (input.len(), 0);
                let (mut room, mut given, mut total) = (out.len(), 0, 0);
                let result = BrotliDecompressStream(
                    &mut available,
                    &mut taken,
                    input,
                    &mut room,
                    &mut given,
                    out,
                    &mut total,
                    state,
                );
                *input = input.get(taken..).unwrap_or_default();
                match result {
                    BrotliResult::ResultFailure => return Err(Violation::Corrupt),
                    BrotliResult::ResultSuccess => self.done = true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                }
                Ok(given)
            }
            Inner::Zstd(decoder) => decoder.step(input, out),
        }
    }
}

fn run_zlib(
    inflate: &mut Decompress,
    input: &mut &[u8],
    out: &mut [u8],
) -> Result<(usize, Status), Violation> {
    let (taken, given) = (inflate.total_in(), inflate.total_out());
    let status = inflate
        .decompress(input, out, FlushDecompress::None)
        .map_err(|_| Violation::Corrupt)?;
    let difference = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
    *input = input
        .get(difference(inflate.total_in(), taken)..)
        .unwrap_or_default();
    Ok((difference(inflate.total_out(), given), status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::http1::headers::Kind;
    use flate2::{Compress, Compression, FlushCompress};
    use std::sync::LazyLock;

    fn compressed(mut compress: Compress, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 100);
        compress
            .compress_vec(text, &mut out, FlushCompress::Finish)
            .unwrap();
        out
    }

    static SAMPLES: LazyLock<Vec<(Coding, Vec<u8>)>> = LazyLock::new(samples);

    /// `hello, hello!` in each coding.
    fn samples() -> Vec<(Coding, Vec<u8>)> {
        let text = b"hello, hello!";
        let level = Compression::default();
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
        vec![
            (Coding::Gzip, compressed(Compress::new_gzip(level, 15), text)),
            (Coding::Deflate, compressed(Compress::new(level, true), text)),
            (Coding::Deflate, compressed(Compress::new(level, false), text)),
            (Coding::Brotli, [&b"\x0b\x06\x80"[..], text, b"\x03"].concat()),
            (Coding::Zstd, zstd),
        ]
    }

    fn decoded(coding: Coding, pieces: &[&[u8]], room: usize, limit: u64) -> Result<Vec<u8>, Violation> {
        let mut decoder = Decoder::new(coding, limit);
        let mut all = Vec::new();
        let mut out = vec![0; room];
        for piece in pieces {
            let mut input = *piece;
            loop {
                let given = decoder.decode(&mut input, &mut out)?;
                all.extend_from_slice(&out[..given]);
                if given == 0 && input.is_empty() {
                    break;
                }
            }
        }
        decoder.finish().map(|()| all)
    }

    #[test]
    fn whole_byte_by_byte_and_into_small_buffers() {
        for (coding, body) in SAMPLES.iter() {
            for room in [1, 3, 1000] {
                let wanted = Ok(b"hello, hello!".to_vec());
                assert_eq!(decoded(*coding, &[body], room, 13), wanted, "{coding:?} {room}");
                let bytes: Vec<&[u8]> = body.chunks(1).collect();
                assert_eq!(decoded(*coding, &bytes, room, 13), wanted, "{coding:?} {room}");
            }
        }
    }

    #[test]
    fn limits_truncation_and_garbage() {
        for (coding, body) in SAMPLES.iter() {
            assert_eq!(
                decoded(*coding, &[body], 100, 12),
                Err(Violation::TooLong),
                "{coding:?}"
            );
            for length in 1..body.len() {
                assert!(
                    decoded(*coding, &[&body[..length]], 100, 100).is_err(),
                    "{coding:?} {length}"
                );
            }
        }
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd] {
            assert_eq!(decoded(coding, &[b""], 100, 100), Ok(Vec::new()));
            assert!(decoded(coding, &[b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"], 100, 100).is_err());
        }
        let trailing = [
            compressed(Compress::new_gzip(Compression::default(), 15), b"x"),
            b"garbage".to_vec(),
        ]
        .concat();
        assert_eq!(decoded(Coding::Gzip, &[&trailing], 100, 100), Ok(b"x".to_vec()));
    }

    #[test]
    fn a_bomb_is_given_in_small_pieces_and_stopped() {
        let zeros = vec![0; 4 << 20];
        let bomb = compressed(Compress::new_gzip(Compression::best(), 15), &zeros);
        let mut decoder = Decoder::new(Coding::Gzip, 1 << 20);
        let (mut input, mut out, mut given) = (&*bomb, [0; 4096], 0);
        let end = loop {
            match decoder.decode(&mut input, &mut out) {
                Ok(step) => given += step,
                Err(violation) => break violation,
            }
        };
        assert_eq!((end, given), (Violation::TooLong, 1 << 20));
    }

    #[test]
    fn codings() {
        let of = |value: &str| {
            let mut headers = HeaderList::new(Kind::Response);
            headers.append("Content-Encoding", value).unwrap();
            codings_of(&headers)
        };
        assert_eq!(of("gzip, BR"), Some(vec![Coding::Brotli, Coding::Gzip]));
        assert_eq!(of("x-gzip, identity,"), Some(vec![Coding::Gzip]));
        assert_eq!(of("gzip, foo"), None);
        assert_eq!(of(&"gzip, ".repeat(limits::CONTENT_CODINGS + 1)), None);
        assert_eq!(codings_of(&HeaderList::new(Kind::Response)), Some(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn anything_is_decoded_or_refused(mut body: Vec<u8>, index in 0usize..5, cut in 0usize..20) {
            let (coding, start) = &SAMPLES[index];
            let mut all = start.get(..cut).unwrap_or(start).to_vec();
            all.append(&mut body);
            let _ = decoded(*coding, &[&all], 64, 1000);
        }
    }
}
