//! Buffers kept for the next message: large payloads, and small frames on their way out.
//!
//! Law: an allocator gives a block of some 100 KiB back to the system as soon as it is free, and the next message then
//! pays a page fault for every 4 KiB: more than everything else that is done to it. So each thread keeps a few.
//! Capacities come in classes, four to each power of two, so that a kept buffer fits without much waste. The small ones,
//! of which a turn needs dozens at once, are all of one size: more than an allocator has at hand without searching.

use std::cell::RefCell;

use crate::proto::limits;

/// From this size on a buffer is worth keeping; a smaller one is the allocator's own matter.
pub const LEAST: usize = 16 * 1024;

/// The size of the buffers in which small frames gather before they are written.
pub const TAIL: usize = 2500;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static TAILS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer for frames on their way out, with room for `capacity` bytes and, if that is little, for more.
pub fn tail(capacity: usize) -> Vec<u8> {
    if capacity > TAIL {
        return take(capacity);
    }
    TAILS
        .with_borrow_mut(Vec::pop)
        .unwrap_or_else(|| Vec::with_capacity(TAIL))
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
    buffer.clear();
    // A thread that is ending keeps nothing.
    if capacity == TAIL {
        let _ = TAILS.try_with(|tails| {
            let mut tails = tails.borrow_mut();
            if tails.len() < limits::WS_SPARE_TAILS {
                tails.push(buffer);
            }
        });
        return;
    }
    if capacity < LEAST || class(capacity) != capacity {
        return;
    }
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
    fn small_frames_share_one_size() {
        let mut buffer = tail(3);
        buffer.push(1);
        let address = buffer.as_ptr();
        assert_eq!(buffer.capacity(), TAIL);
        give_back(buffer);
        let again = tail(TAIL);
        assert_eq!((again.as_ptr(), again.len()), (address, 0));
        assert!(tail(TAIL + 1).capacity() > TAIL);
        let crowd: Vec<Vec<u8>> = (0..1000).map(|_| tail(1)).collect();
        crowd.into_iter().for_each(give_back);
        assert!(TAILS.with_borrow(Vec::len) <= limits::WS_SPARE_TAILS);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let buffers: Vec<Vec<u8>> = (0..100).map(|_| take(limits::WS_SPARE / 8)).collect();
        buffers.into_iter().for_each(give_back);
        let kept: usize = KEPT.with_borrow(|kept| kept.iter().map(Vec::capacity).sum());
        assert!(kept <= limits::WS_SPARE);
    }
}
