//! Masking keys for frames that this side sends (RFC 6455, section 5.3).

use rand::Rng;

use super::options::Options;
use crate::proto::Entropy;
use crate::proto::ws::Role;

/// How this side masks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Masking {
    /// A server: never.
    Never,
    /// A client: each frame with a key of its own that the peer's intermediaries cannot predict.
    Random,
    /// A client whose application has switched masking off: the bit is set, and the key is 0.
    ZeroKey,
}

impl Masking {
    /// How a handle with these options masks.
    pub fn new(options: &Options) -> Self {
        match (options.role, options.masking) {
            (Role::Server, _) => Self::Never,
            (Role::Client, true) => Self::Random,
            (Role::Client, false) => Self::ZeroKey,
        }
    }

    /// The key of the next frame.
    pub fn key(self) -> Option<[u8; 4]> {
        match self {
            Self::Never => None,
            Self::ZeroKey => Some([0; 4]),
            Self::Random => {
                let mut key = [0; 4];
                Random.fill(&mut key);
                Some(key)
            }
        }
    }

    /// Whether a payload goes out as the caller has it, from where the caller has it.
    pub fn leaves_payload(self) -> bool {
        self != Self::Random
    }
}

/// The process' random generator, which is a cryptographic one.
pub struct Random;

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) {
        rand::rng().fill_bytes(out);
    }
}
