//! `WEB_SOCKET_BUFFER_TYPE`: what a caller sends or is shown, and the frames that it stands for.

use super::failure::Failure;
use super::types::*;
use crate::proto::ws::DataType;
use crate::proto::ws::frame::{self, Opcode};

/// A buffer type, understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A piece of a message; the last one of it ends it.
    Data {
        /// Text or binary.
        data: DataType,
        /// Whether it ends its message.
        last: bool,
    },
    /// A close frame.
    Close,
    /// A ping, when it is sent; the pong that answers one, when it is received.
    PingPong,
    /// A pong that answers nothing.
    UnsolicitedPong,
    /// A ping that was received, and is the application's to answer; it is not sent by this name.
    Ping,
    /// A data frame with reserved bits, which an extension of the application has a meaning for: its first byte.
    Extension(u8),
}

impl Kind {
    /// What `buffer_type` means. A frame for an extension must have reserved bits set and a data opcode: everything
    /// else has a type of its own, or none.
    pub fn new(buffer_type: WEB_SOCKET_BUFFER_TYPE) -> Result<Self, Failure> {
        let data = |data, last| Ok(Self::Data { data, last });
        match buffer_type {
            WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE => data(DataType::Text, true),
            WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE => data(DataType::Text, false),
            WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE => data(DataType::Binary, true),
            WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE => data(DataType::Binary, false),
            WEB_SOCKET_CLOSE_BUFFER_TYPE => Ok(Self::Close),
            WEB_SOCKET_PING_PONG_BUFFER_TYPE => Ok(Self::PingPong),
            WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE => Ok(Self::UnsolicitedPong),
            raw if raw & !RAW_BITS == 0 => {
                let first = (raw >> RAW_SHIFT) as u8;
                let data = Opcode::from_bits(first).is_some_and(|opcode| !opcode.is_control());
                if data && first & frame::RSV != 0 {
                    Ok(Self::Extension(first))
                } else {
                    Err(Failure::InvalidArgument)
                }
            }
            _ => Err(Failure::InvalidArgument),
        }
    }

    /// The value that C sees.
    pub fn value(self) -> WEB_SOCKET_BUFFER_TYPE {
        match self {
            Self::Data {
                data: DataType::Text,
                last: true,
            } => WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE,
            Self::Data {
                data: DataType::Text,
                last: false,
            } => WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE,
            Self::Data {
                data: DataType::Binary,
                last: true,
            } => WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE,
            Self::Data {
                data: DataType::Binary,
                last: false,
            } => WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE,
            Self::Close => WEB_SOCKET_CLOSE_BUFFER_TYPE,
            Self::PingPong => WEB_SOCKET_PING_PONG_BUFFER_TYPE,
            Self::UnsolicitedPong => WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE,
            Self::Ping => WEB_SOCKET_PING_BUFFER_TYPE,
            Self::Extension(first) => ULONG::from(first) << RAW_SHIFT,
        }
    }
}

/// Where the first byte of an extension's frame lies; below it the mask bit, which is the component's business.
const RAW_SHIFT: u32 = 2;
const RAW_BITS: ULONG = 0xff << RAW_SHIFT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_type_goes_there_and_back() {
        for value in 0x8000_0000..=0x8000_0006 {
            assert_eq!(Kind::new(value).unwrap().value(), value);
        }
        assert_eq!(Kind::new(0x8000_0007), Err(Failure::InvalidArgument));
    }

    #[test]
    fn an_extensions_frame_is_its_first_byte() {
        let kind = Kind::Extension(frame::FIN | frame::RSV1 | Opcode::Binary as u8);
        assert_eq!(Kind::new(kind.value()), Ok(kind));
        let mask_bit = 1 << 1;
        assert_eq!(Kind::new(kind.value() | mask_bit), Err(Failure::InvalidArgument));
        for first in [0x82u32, 0xc8, 0xc3, 0] {
            assert_eq!(
                Kind::new(first << RAW_SHIFT),
                Err(Failure::InvalidArgument),
                "{first:x}"
            );
        }
    }
}
