//! The deadlines of all links in one heap, with lazy deletion: moving a deadline later, or clearing it, costs nothing.
//!
//! A link keeps two times: the deadline that it wants and the tick that is armed for it in the heap. An entry that
//! fires before the wanted deadline is armed again; one whose link has another armed tick is forgotten.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Microseconds since the reactor was made; [`NEVER`] for no time at all.
pub(super) type Tick = u64;

/// No deadline.
pub(super) const NEVER: Tick = Tick::MAX;

/// The heap: (tick, key of the link).
#[derive(Default)]
pub(super) struct Timers(RefCell<BinaryHeap<Reverse<(Tick, u64)>>>);

impl Timers {
    /// Arms `tick` for the link `key`.
    pub(super) fn arm(&self, tick: Tick, key: u64) {
        self.0.borrow_mut().push(Reverse((tick, key)));
    }

    /// The earliest armed tick.
    pub(super) fn earliest(&self) -> Option<Tick> {
        self.0.borrow().peek().map(|Reverse((tick, _))| *tick)
    }

    /// Takes the earliest entry if its time has come.
    pub(super) fn take_due(&self, now: Tick) -> Option<(Tick, u64)> {
        let mut heap = self.0.borrow_mut();
        match heap.peek() {
            Some(Reverse((tick, _))) if *tick <= now => heap.pop().map(|Reverse(entry)| entry),
            _ => None,
        }
    }

    /// Forgets what `keep` refuses, once the heap holds many more entries than there are `links`.
    pub(super) fn tidy(&self, links: usize, mut keep: impl FnMut(Tick, u64) -> bool) {
        let mut heap = self.0.borrow_mut();
        if heap.len() > links.saturating_mul(4).saturating_add(64) {
            heap.retain(|Reverse((tick, key))| keep(*tick, *key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_due_in_order() {
        let timers = Timers::default();
        timers.arm(30, 3);
        timers.arm(10, 1);
        timers.arm(20, 2);
        assert_eq!(timers.earliest(), Some(10));
        assert_eq!(timers.take_due(5), None);
        assert_eq!(timers.take_due(25), Some((10, 1)));
        assert_eq!(timers.take_due(25), Some((20, 2)));
        assert_eq!(timers.take_due(25), None);
    }

    #[test]
    fn a_heap_of_dead_entries_is_tidied() {
        let timers = Timers::default();
        (0..1000).for_each(|key| timers.arm(key, key));
        timers.tidy(1, |_, key| key == 7);
        assert_eq!(timers.earliest(), Some(7));
        assert_eq!(timers.take_due(1000), Some((7, 7)));
        assert_eq!(timers.earliest(), None);
    }
}
