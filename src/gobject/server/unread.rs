//! What was read from a client and has not been taken yet. Memory is held only while there is something.

/// Bytes with a place up to which they have been taken.
#[derive(Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    taken: usize,
}

impl Unread {
    /// What has not been taken.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// Appends what was read.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// All but the last `left` bytes have been taken.
    pub(super) fn keep_last(&mut self, left: usize) {
        match left {
            0 => *self = Unread::default(),
            left => self.taken = self.bytes.len().saturating_sub(left),
        }
    }

    /// What has not been taken, on its own.
    pub(super) fn into_rest(mut self) -> Vec<u8> {
        self.bytes.drain(..self.taken.min(self.bytes.len()));
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_what_was_not_taken() {
        let mut unread = Unread::default();
        unread.add(b"abc");
        unread.keep_last(2);
        unread.add(b"d");
        assert_eq!(unread.rest(), b"bcd");
        unread.keep_last(1);
        assert_eq!(unread.into_rest(), b"d");
    }

    #[test]
    fn nothing_left_holds_no_memory() {
        let mut unread = Unread::default();
        unread.add(b"abc");
        unread.keep_last(0);
        assert_eq!((unread.bytes.capacity(), unread.rest()), (0, &b""[..]));
    }
}
