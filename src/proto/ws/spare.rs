//! Large payload buffers, kept for the next message.
//!
//! Law: an allocator gives a block of some 100 KiB back to the system as soon as it is free, and the next message then
//! pays a page fault for every 4 KiB: more than everything else that is done to it. So each thread keeps a few.
//! Capacities come in classes, four to each power of two, so that a kept buffer fits without much waste.

use std::cell::RefCell;

use crate::proto::limits;

/// From this size on a buffer is worth keeping; a smaller one is the allocator's own matter.
pub const LEAST: usize = 16 * 1024;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for `capacity` bytes: a kept one, or a new one.
pub fn take(capacity: usize) -> Vec<u8> {
    take_kept(capacity).unwrap_or_else(|| Vec::with_capacity(class(capacity)))
}

/// A kept buffer with room for `capacity` bytes and not much more, if there is one.
pub fn take_kept(capacity: usize) -> Option<Vec<u8>> {
    let wanted = class(capacity);
    if wanted < LEAST {
        return None;
    }
    KEPT.with_borrow_mut(|kept| {
        let place = kept.iter().rposition(|buffer| buffer.capacity() == wanted)?;
        Some(kept.swap_remove(place))
    })
}

/// Keeps a buffer that is no longer needed, unless enough is kept already.
pub fn give_back(mut buffer: Vec<u8>) {
    let capacity = buffer.capacity();
    if capacity < LEAST || class(capacity) != capacity {
        return;
    }
    buffer.clear();
    // A thread that is ending keeps nothing.
    let _ = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        let before: usize = kept.iter().map(Vec::capacity).sum();
        if before + capacity <= limits::WS_SPARE {
            kept.push(buffer);
        } else if !kept.is_empty() {
            // What comes now is likelier to fit what comes next.
            kept.swap_remove(0);
            if before <= limits::WS_SPARE {
                kept.push(buffer);
            }
        }
    });
}

/// The capacity to ask for when `capacity` is needed: up to a quarter more.
pub fn class(capacity: usize) -> usize {
    if capacity < LEAST {
        return capacity;
    }
    let step = 1 << (capacity.ilog2() - 2);
    capacity.checked_next_multiple_of(step).unwrap_or(capacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_waste_at_most_a_quarter() {
        for capacity in (LEAST..3 * LEAST).step_by(7).chain([1 << 20, (1 << 20) + 1]) {
            let class = class(capacity);
            assert!(
                class >= capacity && class <= capacity + capacity / 4,
                "{capacity}: {class}"
            );
            assert_eq!(super::class(class), class);
        }
        assert_eq!(class(100), 100);
    }

    #[test]
    fn a_buffer_comes_back_empty_to_who_needs_its_size() {
        let mut buffer = take(100_000);
        buffer.push(1);
        let address = buffer.as_ptr();
        give_back(buffer);
        assert!(take_kept(200_000).is_none());
        assert!(take_kept(10).is_none());
        let again = take(99_000);
        assert_eq!((again.as_ptr(), again.len()), (address, 0));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let buffers: Vec<Vec<u8>> = (0..100).map(|_| take(limits::WS_SPARE / 8)).collect();
        buffers.into_iter().for_each(give_back);
        let kept: usize = KEPT.with_borrow(|kept| kept.iter().map(Vec::capacity).sum());
        assert!(kept <= limits::WS_SPARE);
    }
}
