//! Inflating a compressed message piece by piece, never further than the caller has looked.

use super::failure::Failure;
use super::incoming::Target;
use super::memory::Area;
use crate::proto::ws::deflate::{Inflater, Params, Trouble};
use crate::proto::ws::{Role, Violation};

/// The inflater of a session, and where it puts what it makes.
pub struct Inflating {
    inflater: Inflater,
    area: Area,
}

/// What came of some input.
pub struct Piece {
    /// How much of the input is used up.
    pub consumed: usize,
    /// Where the output is.
    pub address: *const u8,
    /// How much there is of it.
    pub length: usize,
    /// Whether the message ends with it.
    pub ends_message: bool,
}

impl Inflating {
    /// An inflater for what the peer of `role` compresses.
    pub fn new(role: Role, params: Params, area: Area) -> Self {
        let (window_bits, takeover) = match role {
            Role::Client => params.server(),
            Role::Server => params.client(),
        };
        Self {
            inflater: Inflater::new(window_bits, takeover),
            area,
        }
    }

    /// Frees the inflater, unless a message is under way, but for its window.
    pub fn rest(&mut self) {
        self.inflater.release();
    }

    /// Inflates what fits the target; `last`: no more input follows in this message.
    pub fn next(&mut self, input: &[u8], last: bool, target: Target) -> Result<Piece, Failure> {
        self.inflater.prepare()?;
        let output = match target {
            Target::Own => self.area.bytes(),
            // SAFETY: the caller's buffer has `size` bytes and stays until the operation is indicated.
            Target::Caller { address, size } => unsafe {
                std::slice::from_raw_parts_mut(address.as_ptr(), size)
            },
        };
        let step = self.inflater.step(input, output, last);
        let step = step.map_err(|_: Trouble| Failure::Peer(Violation::BadDeflate))?;
        Ok(Piece {
            consumed: step.consumed,
            // The caller may write there: a `const` pointer could only be read.
            address: output.as_mut_ptr(),
            length: step.produced,
            ends_message: step.done,
        })
    }
}
