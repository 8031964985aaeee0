//! The peer's faults, each of which knows its close code, and the caller's.

use std::fmt;

use crate::proto::ws::close;

/// What a peer did wrong, or what ended a connection that was not closed in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A reserved header bit is set that no negotiated extension defines (RFC 6455, section 5.2).
    ReservedBits,
    /// An opcode that RFC 6455 reserves (section 5.2).
    ReservedOpcode,
    /// A server got a frame without a mask (section 5.1).
    Unmasked,
    /// A client got a frame with a mask (section 5.1).
    Masked,
    /// A length that would have fitted into fewer bytes, or with its highest bit set (section 5.2).
    BadLength,
    /// A control frame longer than 125 bytes (section 5.5).
    ControlTooLong,
    /// A control frame in fragments (section 5.5).
    ControlFragmented,
    /// A continuation frame with no message to continue (section 5.4).
    UnexpectedContinuation,
    /// A new message inside an unfinished one (section 5.4).
    ExpectedContinuation,
    /// Text or a close reason that is not UTF-8 (sections 5.5.1 and 8.1).
    BadUtf8,
    /// A close frame with a payload of one byte (section 5.5.1).
    BadCloseLength,
    /// A close code that must not be on the wire (section 7.4).
    BadCloseCode,
    /// A frame longer than the application allows.
    FrameTooBig,
    /// A message longer than the application allows, counted after inflating.
    MessageTooBig,
    /// Endless empty fragments.
    TooManyEmptyFragments,
    /// Compressed data that does not inflate (RFC 7692, section 7.2.2).
    BadDeflate,
    /// A keepalive ping got no pong in time.
    PongTimeout,
    /// The peer does not read, and more is queued for it than the application allows.
    OutputOverflow,
    /// One of the application's extensions refused a frame, with this close code.
    Extension(u16),
}

impl Violation {
    /// The code of the close frame that tells the peer (RFC 6455, section 7.4.1). 1006 means that there is
    /// nobody to tell, and no frame is sent.
    pub fn close_code(self) -> u16 {
        match self {
            Violation::BadUtf8 | Violation::BadDeflate => close::BAD_DATA,
            Violation::FrameTooBig | Violation::MessageTooBig => close::TOO_BIG,
            Violation::TooManyEmptyFragments => close::POLICY_VIOLATION,
            Violation::PongTimeout | Violation::OutputOverflow => close::ABNORMAL,
            Violation::Extension(code) => code,
            _ => close::PROTOCOL_ERROR,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Violation::ReservedBits => "The peer set reserved bits that no extension has claimed",
            Violation::ReservedOpcode => "The peer sent a frame with a reserved opcode",
            Violation::Unmasked => "The client sent a frame without a mask",
            Violation::Masked => "The server sent a frame with a mask",
            Violation::BadLength => "The peer sent a frame whose length is badly encoded",
            Violation::ControlTooLong => "The peer sent a control frame longer than 125 bytes",
            Violation::ControlFragmented => "The peer sent a control frame in fragments",
            Violation::UnexpectedContinuation => "The peer continued a message that it had not begun",
            Violation::ExpectedContinuation => "The peer began a message inside another",
            Violation::BadUtf8 => "The peer sent text that is not UTF-8",
            Violation::BadCloseLength => "The peer sent a close frame with half a close code",
            Violation::BadCloseCode => "The peer sent a close code that is not allowed in a frame",
            Violation::FrameTooBig => {
                "The peer sent a frame that is too big: longer than max-incoming-payload-size allows"
            }
            Violation::MessageTooBig => {
                "The peer sent a message that is too big: longer than max-total-message-size allows"
            }
            Violation::TooManyEmptyFragments => "The peer sent empty fragments without end",
            Violation::BadDeflate => "The peer sent compressed data that cannot be inflated",
            Violation::PongTimeout => "The peer did not answer a ping in time",
            Violation::OutputOverflow => "The peer does not read what is sent to it",
            Violation::Extension(_) => "An extension refused a frame",
        })
    }
}

impl std::error::Error for Violation {}

/// What the caller did wrong. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// Sending after the close began.
    NotOpen,
    /// Closing a second time.
    AlreadyClosing,
    /// A close code that this role must not send.
    BadCloseCode,
    /// A close reason together with 1005, which is the absence of both.
    ReasonWithoutCode,
    /// Text that is not UTF-8.
    BadUtf8,
    /// A ping payload longer than 125 bytes.
    ControlTooLong,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::NotOpen => "the connection is not open",
            Misuse::AlreadyClosing => "the connection is already closing",
            Misuse::BadCloseCode => "this close code must not be sent",
            Misuse::ReasonWithoutCode => "a close without a code cannot have a reason",
            Misuse::BadUtf8 => "text must be UTF-8",
            Misuse::ControlTooLong => "a control frame holds at most 125 bytes",
        })
    }
}

impl std::error::Error for Misuse {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_know_their_codes() {
        assert_eq!(Violation::ControlTooLong.close_code(), 1002);
        assert_eq!(Violation::BadUtf8.close_code(), 1007);
        assert_eq!(Violation::MessageTooBig.close_code(), 1009);
        assert_eq!(Violation::Extension(1011).close_code(), 1011);
        assert_eq!(Violation::PongTimeout.close_code(), 1006);
    }
}
