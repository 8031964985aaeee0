//! The last bytes that were inflated: from them an inflater goes on whose state was given back.
//!
//! Law: never more than a window of them. Once full, the newest overwrite the oldest.

use crate::proto::fallible::{self, NoMemory};

/// A ring of as many bytes as a window has.
pub(super) struct History {
    bytes: Vec<u8>,
    window: usize,
    /// Where the oldest byte is, once the ring is full.
    oldest: usize,
}

impl History {
    pub(super) fn new(window: usize) -> History {
        History {
            bytes: Vec::new(),
            window,
            oldest: 0,
        }
    }

    /// Takes all the memory that it will ever need.
    pub(super) fn reserve(&mut self) -> Result<(), NoMemory> {
        let missing = self.window.saturating_sub(self.bytes.len());
        self.bytes.try_reserve_exact(missing).map_err(|_| NoMemory)
    }

    /// Appends what has just been inflated.
    pub(super) fn push(&mut self, made: &[u8]) {
        let excess = made.len().saturating_sub(self.window);
        let made = made.get(excess..).unwrap_or_default();
        let room = self.window.saturating_sub(self.bytes.len());
        let (fresh, over) = made.split_at(made.len().min(room));
        self.bytes.extend_from_slice(fresh);
        let (begin, end) = self.bytes.split_at_mut(self.oldest);
        let (to_end, to_begin) = over.split_at(over.len().min(end.len()));
        copy(end, to_end);
        copy(begin, to_begin);
        if !over.is_empty() {
            self.oldest = (self.oldest + over.len()) % self.window;
        }
    }

    /// All of it, oldest first.
    pub(super) fn in_order(&mut self) -> &[u8] {
        self.bytes.rotate_left(self.oldest);
        self.oldest = 0;
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.oldest = 0;
    }

    /// Holds no more memory than it needs.
    pub(super) fn shrink(&mut self) {
        fallible::shrink(&mut self.bytes);
    }

    /// How much memory is held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Copies `from` to the front of `to`, which is at least as long.
fn copy(to: &mut [u8], from: &[u8]) {
    if let Some(to) = to.get_mut(..from.len()) {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_window_is_kept_in_order() {
        for sizes in [
            &[3, 3, 3][..],
            &[8],
            &[9, 1],
            &[20],
            &[7, 7, 7, 1, 8, 0, 5],
            &[1; 30],
        ] {
            let mut history = History::new(8);
            let (mut all, mut next) = (Vec::new(), 0u8);
            for &size in sizes {
                let made: Vec<u8> = (next..next + size).collect();
                next += size;
                history.push(&made);
                all.extend_from_slice(&made);
                let expected = &all[all.len().saturating_sub(8)..];
                let mut copy = History {
                    bytes: history.bytes.clone(),
                    ..history
                };
                assert_eq!(copy.in_order(), expected, "{sizes:?}");
            }
            history.in_order();
            history.push(&[99]);
            assert_eq!(history.in_order().last(), Some(&99));
        }
    }
}
