//! The client's mask (RFC 6455, section 5.3): a four-byte key, exclusive-or'ed over the payload.

/// How many bytes one step of the wide loop takes; a whole number of keys, and of vector registers.
const STEP: usize = 64;

/// Masks or unmasks `bytes`, which begin `offset` bytes into the payload of their frame.
#[inline]
pub fn apply(bytes: &mut [u8], key: [u8; 4], offset: usize) {
    let word = rotated(key, offset);
    let (steps, rest) = bytes.as_chunks_mut::<STEP>();
    let key64 = u64::from(word) << 32 | u64::from(word);
    for step in steps {
        // LLVM makes vector instructions of this, because the step is an array of known length.
        let (words, _) = step.as_chunks_mut::<8>();
        for bytes in words {
            *bytes = (u64::from_ne_bytes(*bytes) ^ key64).to_ne_bytes();
        }
    }
    let (words, tail) = rest.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ key64).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(key64.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// Appends `payload` to `out`, masked, as the beginning of a frame's payload.
pub fn append(out: &mut Vec<u8>, payload: &[u8], key: [u8; 4]) {
    /// Copied and masked piece by piece, so that the second pass finds the first one's bytes in the cache.
    const PIECE: usize = 8 * 1024;
    out.reserve(payload.len());
    for piece in payload.chunks(PIECE) {
        let start = out.len();
        out.extend_from_slice(piece);
        if let Some(copied) = out.get_mut(start..) {
            apply(copied, key, 0); // PIECE is a whole number of keys
        }
    }
}

/// The key as a word in memory order, turned so that its first byte is the one for `offset`.
fn rotated(key: [u8; 4], offset: usize) -> u32 {
    // A rotation of the value that keeps the order in memory: the low byte comes first in little endian.
    let turn = 8 * (offset % 4) as u32;
    u32::from_le_bytes(key).rotate_right(turn).to_le()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(bytes: &[u8], key: [u8; 4], offset: usize) -> Vec<u8> {
        bytes
            .iter()
            .zip(key.iter().cycle().skip(offset % 4))
            .map(|(byte, key)| byte ^ key)
            .collect()
    }

    #[test]
    fn is_the_plain_loop_at_any_length_alignment_and_offset() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let source: Vec<u8> = (0..400u32).map(|i| (i * 7) as u8).collect();
        for start in 0..9 {
            for len in (0..140).chain([256, 300]) {
                for offset in 0..5 {
                    let mut bytes = source.clone();
                    apply(&mut bytes[start..start + len], key, offset);
                    assert_eq!(
                        bytes[start..start + len],
                        plainly(&source[start..start + len], key, offset)
                    );
                    assert_eq!(bytes[start + len..], source[start + len..]);
                }
            }
        }
    }

    #[test]
    fn appending_masks_from_the_start() {
        let key = [1, 2, 3, 4];
        let source: Vec<u8> = (0..20_001u32).map(|i| i as u8).collect();
        let mut out = b"head".to_vec();
        append(&mut out, &source, key);
        assert_eq!(out[4..], plainly(&source, key, 0));
    }

    #[test]
    fn the_example_of_the_rfc() {
        let mut bytes = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        apply(&mut bytes, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&bytes, b"Hello");
    }
}
