//! Close frames: which codes may be on the wire, who may send them, how payloads are read and written
//! (RFC 6455, sections 5.5.1 and 7.4).

use crate::proto::ws::frame::MAX_CONTROL_PAYLOAD;
use crate::proto::ws::{Role, Violation};

/// 1000: the purpose of the connection is fulfilled.
pub const NORMAL: u16 = 1000;
/// 1001: a server goes down, a browser leaves the page.
pub const GOING_AWAY: u16 = 1001;
/// 1002: the peer broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// 1003: a kind of data that this endpoint cannot take.
pub const UNSUPPORTED_DATA: u16 = 1003;
/// 1005: stands for a close frame without a code; never on the wire.
pub const NO_STATUS: u16 = 1005;
/// 1006: stands for a connection that ended without a close frame; never on the wire.
pub const ABNORMAL: u16 = 1006;
/// 1007: data that is not what its type says.
pub const BAD_DATA: u16 = 1007;
/// 1008: a message that breaks a policy.
pub const POLICY_VIOLATION: u16 = 1008;
/// 1009: a message that is too big.
pub const TOO_BIG: u16 = 1009;
/// 1010: a client misses an extension that the server did not grant.
pub const NO_EXTENSION: u16 = 1010;
/// 1011: a server cannot go on.
pub const SERVER_ERROR: u16 = 1011;
/// 1015: stands for a failed TLS handshake; never on the wire.
pub const TLS_HANDSHAKE: u16 = 1015;

/// The longest reason that fits into a close frame, in bytes.
pub const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// Whether a peer may send this code: those that IANA has registered up to 1014 but for 1004, 1005 and 1006
/// (section 7.4.1), and 3000 to 4999 (section 7.4.2).
pub fn is_acceptable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Whether an endpoint of this role may send this code: 1010 is for clients alone, 1011 for servers alone.
pub fn is_sendable(code: u16, role: Role) -> bool {
    match code {
        NO_EXTENSION => role == Role::Client,
        SERVER_ERROR => role == Role::Server,
        _ => is_acceptable(code),
    }
}

/// Reads the payload of a close frame: `None` when it is empty, else code and reason.
pub fn parse(payload: &[u8]) -> Result<Option<(u16, &str)>, Violation> {
    match payload {
        [] => Ok(None),
        [_] => Err(Violation::BadCloseLength),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !is_acceptable(code) {
                return Err(Violation::BadCloseCode);
            }
            match simdutf8::basic::from_utf8(reason) {
                Ok(reason) => Ok(Some((code, reason))),
                Err(_) => Err(Violation::BadUtf8),
            }
        }
    }
}

/// The longest beginning of `reason` that a close frame can hold, cut between two characters.
pub fn truncated(reason: &str) -> &str {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.get(..end).unwrap_or_default()
}

/// The payload of a close frame, and its length; [`NO_STATUS`] makes it empty. A long reason is cut.
pub fn payload(code: u16, reason: &str) -> ([u8; MAX_CONTROL_PAYLOAD], usize) {
    let mut bytes = [0; MAX_CONTROL_PAYLOAD];
    if code == NO_STATUS {
        return (bytes, 0);
    }
    let reason = truncated(reason).as_bytes();
    let (head, rest) = bytes.split_at_mut(2);
    head.copy_from_slice(&code.to_be_bytes());
    for (to, from) in rest.iter_mut().zip(reason) {
        *to = *from;
    }
    (bytes, 2 + reason.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_on_the_wire() {
        let accepted: Vec<u16> = (0..=u16::MAX).filter(|code| is_acceptable(*code)).collect();
        let registered: Vec<u16> = (1000..=1003).chain(1007..=1014).chain(3000..=4999).collect();
        assert_eq!(accepted, registered);
    }

    #[test]
    fn codes_have_a_direction() {
        assert!(is_sendable(NO_EXTENSION, Role::Client) && !is_sendable(NO_EXTENSION, Role::Server));
        assert!(!is_sendable(SERVER_ERROR, Role::Client) && is_sendable(SERVER_ERROR, Role::Server));
        assert!(!is_sendable(NO_STATUS, Role::Client) && !is_sendable(TLS_HANDSHAKE, Role::Server));
    }

    #[test]
    fn payloads_there_and_back() {
        assert_eq!(parse(&[]), Ok(None));
        assert_eq!(parse(&[3]), Err(Violation::BadCloseLength));
        assert_eq!(parse(&[3, 0xe8]), Ok(Some((1000, ""))));
        assert_eq!(parse(b"\x03\xe8bye"), Ok(Some((1000, "bye"))));
        assert_eq!(parse(b"\x03\xed"), Err(Violation::BadCloseCode));
        assert_eq!(parse(b"\x03\xe8\xff"), Err(Violation::BadUtf8));
        let (bytes, len) = payload(4000, "why");
        assert_eq!(parse(&bytes[..len]), Ok(Some((4000, "why"))));
        assert_eq!(payload(NO_STATUS, "").1, 0);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let long = "é".repeat(100);
        assert_eq!(truncated(&long).len(), 122);
        assert_eq!(payload(1000, &long).1, 124);
        assert_eq!(truncated("short"), "short");
    }
}
