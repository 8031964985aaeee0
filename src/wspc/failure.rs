//! What can go wrong at this face, each with its HRESULT.

use super::types::HRESULT;
use crate::proto::fallible::NoMemory;

/// Why a call failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The caller gave a value that the function does not take.
    InvalidArgument,
    /// The state of the connection does not allow the call, or the peer's frame.
    InvalidOperation,
    /// The peer sent what RFC 6455 does not allow.
    InvalidFormat,
    /// An extension was selected that was not offered.
    ExtensionsNotSupported,
    /// A subprotocol was selected that was not offered.
    SubprotocolNotSupported,
    /// There is no memory for it. Nothing has changed: the call can be made again.
    OutOfMemory,
}

impl Failure {
    /// The value that C sees.
    pub const fn hresult(self) -> HRESULT {
        let bits: u32 = match self {
            Self::InvalidArgument => 0x8007_0057,
            Self::OutOfMemory => 0x8007_000E,
            Self::InvalidOperation => 0x8376_0001,
            Self::InvalidFormat => 0x8376_0002,
            Self::ExtensionsNotSupported => 0x8376_0003,
            Self::SubprotocolNotSupported => 0x8376_0004,
        };
        bits.cast_signed()
    }
}

impl From<NoMemory> for Failure {
    fn from(NoMemory: NoMemory) -> Self {
        Self::OutOfMemory
    }
}
