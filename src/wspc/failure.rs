//! What can go wrong at this face, each with its HRESULT.

use super::types::*;
use crate::proto::fallible::NoMemory;
use crate::proto::ws::Violation;

/// Why a call failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The caller gave a value that the function does not take.
    InvalidArgument,
    /// The state of the connection does not allow the call, or the peer's frame.
    InvalidOperation,
    /// The handshake's fields are not what RFC 6455 asks for.
    InvalidFormat,
    /// The peer sent a frame that RFC 6455 does not allow.
    Peer(Violation),
    /// The reason of the peer's close frame is not UTF-8.
    CloseReason,
    /// The peer sent data or another close after its close.
    AfterClose,
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
            Self::InvalidOperation
            | Self::AfterClose
            | Self::Peer(Violation::UnexpectedContinuation | Violation::ExpectedContinuation) => 0x8376_0001,
            Self::InvalidFormat | Self::CloseReason | Self::Peer(_) => 0x8376_0002,
            Self::ExtensionsNotSupported => 0x8376_0003,
            Self::SubprotocolNotSupported => 0x8376_0004,
        };
        bits.cast_signed()
    }
    /// Which rule the peer broke, if it was the peer.
    pub const fn violation(self) -> WEB_SOCKET_VIOLATION {
        match self {
            Self::CloseReason => WEB_SOCKET_CLOSE_REASON_VIOLATION,
            Self::AfterClose => WEB_SOCKET_AFTER_CLOSE_VIOLATION,
            Self::Peer(violation) => match violation {
                Violation::ReservedBits => WEB_SOCKET_RESERVED_BITS_VIOLATION,
                Violation::ReservedOpcode => WEB_SOCKET_OPCODE_VIOLATION,
                Violation::Unmasked => WEB_SOCKET_UNMASKED_VIOLATION,
                Violation::Masked => WEB_SOCKET_MASKED_VIOLATION,
                Violation::ControlTooLong => WEB_SOCKET_CONTROL_LENGTH_VIOLATION,
                Violation::ControlFragmented => WEB_SOCKET_CONTROL_FRAGMENT_VIOLATION,
                Violation::UnexpectedContinuation => WEB_SOCKET_CONTINUATION_VIOLATION,
                Violation::ExpectedContinuation => WEB_SOCKET_DATA_VIOLATION,
                Violation::BadUtf8 => WEB_SOCKET_UTF8_VIOLATION,
                Violation::BadDeflate => WEB_SOCKET_DEFLATE_VIOLATION,
                Violation::BadCloseLength => WEB_SOCKET_CLOSE_LENGTH_VIOLATION,
                Violation::BadCloseCode => WEB_SOCKET_CLOSE_STATUS_VIOLATION,
                // The others are found by proto's connection, which this face does not use.
                _ => WEB_SOCKET_LENGTH_VIOLATION,
            },
            _ => WEB_SOCKET_NO_VIOLATION,
        }
    }
}

impl From<NoMemory> for Failure {
    fn from(NoMemory: NoMemory) -> Self {
        Self::OutOfMemory
    }
}
