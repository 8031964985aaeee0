//! HTTP authentication without connections: challenges, Basic, Digest, NTLM, and where credentials belong (RFC 9110, section 11).

pub mod basic;
pub mod challenge;
pub mod digest;
pub mod nonce;
pub mod ntlm;
pub mod space;

/// Whether two secrets are the same, in a time that tells nothing about where they differ.
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets() {
        assert!(same_secret(b"", b"") && same_secret(b"abc", b"abc"));
        assert!(!same_secret(b"abc", b"abd") && !same_secret(b"abc", b"ab") && !same_secret(b"", b"a"));
        assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
    }
}
