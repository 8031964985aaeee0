//! UTF-8 that comes in pieces, refused at the first byte that cannot be part of it (RFC 6455, section 8.1).

/// Bytes that are not, and cannot become, UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// A validator that carries the unfinished character between two pieces: at most three bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Utf8 {
    tail: [u8; 3],
    len: u8,
}

impl Utf8 {
    /// A validator at the beginning of a text.
    pub fn new() -> Utf8 {
        Utf8::default()
    }

    /// Takes the next piece. Fails as soon as no continuation could make the text valid.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), Invalid> {
        let rest = if self.len == 0 {
            piece
        } else {
            self.complete(piece)?
        };
        let Err(error) = simdutf8::compat::from_utf8(rest) else {
            return Ok(());
        };
        if error.error_len().is_some() {
            return Err(Invalid);
        }
        self.carry(rest.get(error.valid_up_to()..).unwrap_or_default());
        Ok(())
    }

    /// Ends the text, which must not stop inside a character. The validator is as new afterwards.
    pub fn finish(&mut self) -> Result<(), Invalid> {
        match std::mem::take(self).len {
            0 => Ok(()),
            _ => Err(Invalid),
        }
    }

    /// Finishes the carried character from the front of `piece`, and returns what follows it.
    fn complete<'a>(&mut self, piece: &'a [u8]) -> Result<&'a [u8], Invalid> {
        let carried = usize::from(self.len);
        let mut bytes = [0; 4];
        for (to, from) in bytes.iter_mut().zip(self.tail.iter().take(carried).chain(piece)) {
            *to = *from;
        }
        let known = bytes
            .get(..carried.saturating_add(piece.len()).min(4))
            .unwrap_or_default();
        let valid = match std::str::from_utf8(known) {
            Ok(_) => known.len(),
            Err(error) if error.valid_up_to() > 0 => error.valid_up_to(),
            Err(error) if error.error_len().is_some() => return Err(Invalid),
            Err(_) => {
                self.carry(known);
                return Ok(&[]);
            }
        };
        self.len = 0;
        // What was carried is no character without at least one byte of the piece, so valid > carried.
        Ok(piece.get(valid.saturating_sub(carried)..).unwrap_or_default())
    }

    fn carry(&mut self, unfinished: &[u8]) {
        self.len = unfinished.len().min(3) as u8;
        for (to, from) in self.tail.iter_mut().zip(unfinished) {
            *to = *from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(pieces: &[&[u8]]) -> Result<(), Invalid> {
        let mut utf8 = Utf8::new();
        for piece in pieces {
            utf8.feed(piece)?;
        }
        utf8.finish()
    }

    #[test]
    fn agrees_with_std_in_two_and_three_pieces() {
        let edges = [
            0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed,
        ];
        let edges: Vec<u8> = edges
            .into_iter()
            .chain([0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff])
            .collect();
        for a in &edges {
            for b in &edges {
                for c in &edges {
                    for d in &edges {
                        let text = [*a, *b, *c, *d];
                        let expected = std::str::from_utf8(&text).is_ok();
                        for cut in 0..4 {
                            let (left, right) = text.split_at(cut);
                            assert_eq!(verdict(&[left, right]).is_ok(), expected, "{text:02x?} at {cut}");
                        }
                        let single: Vec<&[u8]> = text.chunks(1).collect();
                        assert_eq!(verdict(&single).is_ok(), expected, "{text:02x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn fails_at_the_byte_that_cannot_be() {
        let mut utf8 = Utf8::new();
        assert_eq!(utf8.feed(b"\xf4"), Ok(()));
        assert_eq!(
            utf8.feed(b"\x90"),
            Err(Invalid),
            "beyond U+10FFFF, without waiting for two more bytes"
        );
        let mut utf8 = Utf8::new();
        assert_eq!(utf8.feed(b"\xed"), Ok(()));
        assert_eq!(utf8.feed(b"\xa0"), Err(Invalid), "a surrogate");
    }

    #[test]
    fn a_text_must_not_stop_inside_a_character() {
        assert_eq!(verdict(&[b"caf\xc3"]), Err(Invalid));
        assert_eq!(verdict(&[b"caf\xc3", b"\xa9", b"", b"\0"]), Ok(()));
        assert_eq!(verdict(&[b"\xf0", b"\x9f", b"\x98", b"\x80 and more"]), Ok(()));
    }
}
