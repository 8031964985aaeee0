//! Masking keys for frames that this side sends (RFC 6455, section 5.3).

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

use super::failure::Failure;
use super::memory::boxed;
use super::options::Options;
use crate::proto::Entropy;
use crate::proto::ws::Role;

/// How this side masks.
#[derive(Debug)]
pub enum Masking {
    /// A server: never.
    Never,
    /// A client: each frame with a key of its own that the peer's intermediaries cannot predict. The generator is the handle's:
    /// a thread's would be allocated with the first key.
    Random(Box<StdRng>),
    /// A client whose application has switched masking off: the bit is set, and the key is 0.
    ZeroKey,
}

impl Masking {
    /// How a handle with these options masks.
    pub fn new(options: &Options) -> Result<Self, Failure> {
        Ok(match (options.role, options.masking) {
            (Role::Server, _) => Self::Never,
            (Role::Client, true) => {
                let generator = StdRng::try_from_rng(&mut SysRng);
                Self::Random(boxed(generator.map_err(|_| Failure::InvalidOperation)?)?)
            }
            (Role::Client, false) => Self::ZeroKey,
        })
    }

    /// The key of the next frame.
    pub fn key(&mut self) -> Option<[u8; 4]> {
        match self {
            Self::Never => None,
            Self::ZeroKey => Some([0; 4]),
            Self::Random(generator) => {
                let mut key = [0; 4];
                generator.fill_bytes(&mut key);
                Some(key)
            }
        }
    }

    /// Whether a payload goes out as the caller has it, from where the caller has it.
    pub fn leaves_payload(&self) -> bool {
        !matches!(self, Self::Random(_))
    }
}

/// Bytes that were taken from the system beforehand, as many as a handshake's key has.
pub struct Nonce([u8; 16]);

impl Nonce {
    /// New ones.
    pub fn new() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        match SysRng.try_fill_bytes(&mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err(Failure::InvalidOperation),
        }
    }
}

impl Entropy for Nonce {
    fn fill(&mut self, out: &mut [u8]) {
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
    }
}
