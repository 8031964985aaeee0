//! permessage-deflate (RFC 7692): the parameters, and the two directions of the compression.
//!
//! An idle connection holds only the window of what was inflated, from which the inflater is restored; a deflater
//! may always begin anew, since the peer's inflater does not mind references that are not made.

mod codec;
mod compressor;
mod deflater;
mod history;
mod inflater;
mod params;
#[cfg(test)]
mod plain;
mod scratch;

pub(super) use codec::Codec;
pub use deflater::Deflater;
pub use inflater::{Inflater, Trouble};
pub use params::{NAME, Offer, Params, confirm, negotiate, window_bits};

/// How far streaming compression or decompression got in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes of input that were used up.
    pub consumed: usize,
    /// Bytes of output that were written.
    pub produced: usize,
    /// Whether the message is complete: all of it has been written. Only when it was asked to end.
    pub done: bool,
}

/// What a sync flush ends with, and a message leaves out (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
