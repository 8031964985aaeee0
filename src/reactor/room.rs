//! Memory to read into. It is written and never looked at before, so that nobody has to clear it first: for large reads that is a third of
//! their cost.

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

/// Memory to read into, whose content is not known.
pub struct Room<'a> {
    start: NonNull<u8>,
    length: usize,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> Room<'a> {
    /// The room of a slice.
    pub fn of(bytes: &'a mut [u8]) -> Room<'a> {
        Room {
            start: NonNull::from(&mut *bytes).cast(),
            length: bytes.len(),
            borrowed: PhantomData,
        }
    }

    /// The room that a vector has behind its bytes, `most` of it. Whoever fills it says so to the vector.
    pub fn spare(bytes: &'a mut Vec<u8>, most: usize) -> Room<'a> {
        let spare = bytes.spare_capacity_mut();
        // SAFETY: the spare capacity is writable, and borrowed for the lifetime.
        unsafe { Room::from_raw(spare.as_mut_ptr().cast(), spare.len().min(most)) }
    }

    /// Room that C gives.
    ///
    /// # Safety
    ///
    /// `start` points to `length` writable bytes, or `length` is 0. They are nobody else's for the lifetime.
    pub unsafe fn from_raw(start: *mut u8, length: usize) -> Room<'a> {
        match NonNull::new(start) {
            Some(start) => Room {
                start,
                length,
                borrowed: PhantomData,
            },
            None => Room::of(&mut []),
        }
    }

    /// How many bytes there is room for.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no room.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The beginning of it, at most so many bytes.
    pub fn first(&mut self, most: usize) -> Room<'_> {
        Room {
            start: self.start,
            length: self.length.min(most),
            borrowed: PhantomData,
        }
    }

    /// Copies as many of the bytes to the beginning as there is room for; how many.
    pub fn put(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.length);
        // SAFETY: both have that many bytes, and nobody else has the room's.
        unsafe {
            self.start
                .as_ptr()
                .copy_from_nonoverlapping(bytes.as_ptr(), count)
        };
        count
    }

    /// Where it begins, for a call that fills it.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Its first bytes, after a call has filled them.
    ///
    /// # Safety
    ///
    /// So many have been written.
    pub unsafe fn filled(self, count: usize) -> &'a [u8] {
        // SAFETY: the caller's promise; never more than there is room for.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), count.min(self.length)) }
    }

    /// Cleared, for whoever takes nothing but a slice.
    pub fn cleared(self) -> &'a mut [u8] {
        // SAFETY: the bytes are writable, nobody else's, and initialized now.
        unsafe {
            self.start.as_ptr().write_bytes(0, self.length);
            slice::from_raw_parts_mut(self.start.as_ptr(), self.length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_what_is_filled_and_never_more_than_there_is_room_for() {
        let mut bytes = [7; 4];
        let mut room = Room::of(&mut bytes);
        assert_eq!(room.first(2).put(b"abc"), 2);
        // SAFETY: all of it was written above, and `of` began with bytes.
        assert_eq!(unsafe { room.filled(9) }, b"ab\x07\x07");
        assert_eq!(Room::of(&mut bytes).cleared(), [0; 4]);
        // SAFETY: nothing is room for nothing.
        assert!(unsafe { Room::from_raw(std::ptr::null_mut(), 0) }.is_empty());
    }
}
