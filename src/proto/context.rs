//! What an engine is given from outside for one call: the time, and randomness.

use std::time::Instant;

/// A source of unpredictable bytes: masking keys and handshake keys come from it (RFC 6455, section 10.3).
pub trait Entropy {
    /// Fills `out` with bytes that a peer cannot predict.
    fn fill(&mut self, out: &mut [u8]);
}

/// What an engine needs from outside for one call: the time, and randomness.
pub struct Context<'a> {
    /// The time of the call. It never runs backwards between two calls on one engine.
    pub now: Instant,
    /// Where masking keys come from.
    pub entropy: &'a mut dyn Entropy,
}
