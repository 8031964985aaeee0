//! The frame header (RFC 6455, section 5.2), read and written.

use crate::proto::ws::{Role, Violation};

/// The longest payload of a control frame (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// The longest header: two bytes, a 64-bit length, a mask.
pub const MAX_HEADER: usize = 14;

/// FIN in the first byte of a header.
pub const FIN: u8 = 0x80;
/// RSV1, which permessage-deflate uses for "this message is compressed" (RFC 7692, section 6).
pub const RSV1: u8 = 0x40;
/// All three reserved bits.
pub const RSV: u8 = 0x70;

/// What a frame is (section 11.8). The reserved opcodes are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// More of a message.
    Continuation = 0,
    /// The beginning of a text message.
    Text = 1,
    /// The beginning of a binary message.
    Binary = 2,
    /// The last frame.
    Close = 8,
    /// To be answered.
    Ping = 9,
    /// The answer, or a sign of life.
    Pong = 10,
}

impl Opcode {
    /// The opcode in the low four bits of a header's first byte.
    #[inline]
    pub fn from_bits(first: u8) -> Option<Opcode> {
        Some(match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return None,
        })
    }

    /// Whether it is a control frame (section 5.5).
    #[inline]
    pub fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

/// A frame header, as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether this frame ends its message.
    pub fin: bool,
    /// The reserved bits, where they lie in the first byte (mask [`RSV`]).
    pub rsv: u8,
    /// What it is.
    pub opcode: Opcode,
    /// The masking key, if the payload is masked.
    pub mask: Option<[u8; 4]>,
    /// How many bytes of payload follow; less than 2^63.
    pub len: u64,
}

impl Header {
    /// Reads a header from the front of `bytes`: `None` if it is not complete, else the header and its own
    /// length. Refuses what is wrong by itself at the first byte that shows it: reserved opcodes, lengths
    /// that are not minimal or have the highest bit set, control frames that are long or fragmented. Whether
    /// reserved bits, masks and order are right is [`Header::check`]'s and the connection's matter.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Option<(Header, usize)>, Violation> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        let Some(opcode) = Opcode::from_bits(*first) else {
            return Err(Violation::ReservedOpcode);
        };
        let fin = first & FIN != 0;
        let short = second & 0x7f;
        if opcode.is_control() {
            if short > 125 {
                return Err(Violation::ControlTooLong);
            }
            if !fin {
                return Err(Violation::ControlFragmented);
            }
        }
        let (len, rest, length) = match short {
            126 => {
                let Some((bytes, rest)) = rest.split_first_chunk::<2>() else {
                    return Ok(None);
                };
                let len = u64::from(u16::from_be_bytes(*bytes));
                if len < 126 {
                    return Err(Violation::BadLength);
                }
                (len, rest, 4)
            }
            127 => {
                let Some((bytes, rest)) = rest.split_first_chunk::<8>() else {
                    return Ok(None);
                };
                let len = u64::from_be_bytes(*bytes);
                if len < 1 << 16 || len >> 63 != 0 {
                    return Err(Violation::BadLength);
                }
                (len, rest, 10)
            }
            short => (u64::from(short), rest, 2),
        };
        let rsv = first & RSV;
        if second & 0x80 == 0 {
            return Ok(Some((
                Header {
                    fin,
                    rsv,
                    opcode,
                    mask: None,
                    len,
                },
                length,
            )));
        }
        let Some((key, _)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        Ok(Some((
            Header {
                fin,
                rsv,
                opcode,
                mask: Some(*key),
                len,
            },
            length + 4,
        )))
    }

    /// Checks the first two bytes alone for what `receiver` can refuse before the header is complete: the
    /// mask bit (section 5.1) and reserved bits outside `allowed` (section 5.2), opcodes and control lengths.
    #[inline]
    pub fn check(first: u8, second: u8, receiver: Role, allowed: u8) -> Result<(), Violation> {
        if first & RSV & !allowed != 0 {
            return Err(Violation::ReservedBits);
        }
        match (receiver, second & 0x80 != 0) {
            (Role::Server, false) => Err(Violation::Unmasked),
            (Role::Client, true) => Err(Violation::Masked),
            _ => Ok(()),
        }
    }

    /// The first byte: FIN, the reserved bits and the opcode.
    #[inline]
    pub fn first_byte(&self) -> u8 {
        u8::from(self.fin) << 7 | self.rsv & RSV | self.opcode as u8
    }

    /// The header's bytes, and how many of them there are.
    #[inline]
    pub fn encode(&self) -> ([u8; MAX_HEADER], usize) {
        encode(self.first_byte(), self.mask, self.len)
    }
}

/// Writes a header whose first byte is given as it shall stand on the wire.
#[inline]
pub fn encode(first: u8, mask: Option<[u8; 4]>, len: u64) -> ([u8; MAX_HEADER], usize) {
    let [l0, l1, l2, l3, l4, l5, l6, l7] = len.to_be_bytes();
    let flag = if mask.is_some() { 0x80 } else { 0 };
    let [k0, k1, k2, k3] = mask.unwrap_or_default();
    let (out, length) = match len {
        0..=125 => ([first, flag | l7, k0, k1, k2, k3, 0, 0, 0, 0, 0, 0, 0, 0], 2),
        126..=0xffff => ([first, flag | 126, l6, l7, k0, k1, k2, k3, 0, 0, 0, 0, 0, 0], 4),
        _ => (
            [first, flag | 127, l0, l1, l2, l3, l4, l5, l6, l7, k0, k1, k2, k3],
            10,
        ),
    };
    (out, if mask.is_some() { length + 4 } else { length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_there_and_back() {
        for len in [0, 1, 125, 126, 127, 0xffff, 0x10000, 1 << 40, (1 << 63) - 1] {
            for mask in [None, Some([1, 2, 3, 4])] {
                for rsv in [0, RSV1, RSV] {
                    let header = Header {
                        fin: len % 2 == 0,
                        rsv,
                        opcode: Opcode::Binary,
                        mask,
                        len,
                    };
                    let (bytes, length) = header.encode();
                    assert_eq!(Header::parse(&bytes[..length]), Ok(Some((header, length))));
                    for short in 0..length {
                        assert_eq!(Header::parse(&bytes[..short]), Ok(None));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_refused_at_the_header() {
        let refused = |bytes: &[u8]| Header::parse(bytes).expect_err("refused");
        assert_eq!(refused(&[0x83, 0]), Violation::ReservedOpcode);
        assert_eq!(refused(&[0x8b, 0]), Violation::ReservedOpcode);
        assert_eq!(
            refused(&[0x89, 126]),
            Violation::ControlTooLong,
            "before the length is there"
        );
        assert_eq!(refused(&[0x88, 127]), Violation::ControlTooLong);
        assert_eq!(refused(&[0x09, 0]), Violation::ControlFragmented);
        assert_eq!(refused(&[0x82, 126, 0, 125]), Violation::BadLength);
        assert_eq!(
            refused(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
            Violation::BadLength
        );
        assert_eq!(
            refused(&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            Violation::BadLength
        );
    }

    #[test]
    fn masks_have_a_direction() {
        assert_eq!(
            Header::check(0x81, 0x05, Role::Server, 0),
            Err(Violation::Unmasked)
        );
        assert_eq!(Header::check(0x81, 0x85, Role::Client, 0), Err(Violation::Masked));
        assert_eq!(
            Header::check(0xc1, 0x85, Role::Server, 0),
            Err(Violation::ReservedBits)
        );
        assert_eq!(Header::check(0xc1, 0x85, Role::Server, RSV1), Ok(()));
        assert_eq!(
            Header::check(0xe1, 0x85, Role::Server, RSV1),
            Err(Violation::ReservedBits)
        );
    }
}
