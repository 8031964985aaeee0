//! The read buffers: taken from a small pool for the duration of a call, so that an idle connection owns none.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// The size of a scratch buffer.
pub(super) const SIZE: usize = 256 * 1024;

/// How many buffers wait for their next use. Each level of nested main loops that reads takes one of its own.
const KEPT: usize = 2;

/// The buffers that are not in use.
#[derive(Default)]
pub(super) struct Pool(RefCell<Vec<Box<[u8]>>>);

impl Pool {
    /// Takes a buffer out of the pool, or makes one.
    pub(super) fn take(&self) -> Scratch<'_> {
        let buffer = self
            .0
            .borrow_mut()
            .pop()
            .unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        Scratch { buffer, pool: self }
    }
}

/// A buffer to read into. What an earlier use left in it is still there: look at no more than was read.
pub struct Scratch<'a> {
    buffer: Box<[u8]>,
    pool: &'a Pool,
}

impl Deref for Scratch<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer
    }
}

impl DerefMut for Scratch<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.0.borrow_mut();
        if kept.len() < KEPT {
            kept.push(std::mem::take(&mut self.buffer));
        }
    }
}

/// The capacity of a buffer for TLS records: a few of them whole, with what TLS adds to each.
pub(super) const BUFFER: usize = 4 * (16 * 1024 + 256);

/// The largest buffer that is kept.
const LARGEST: usize = 512 * 1024;

/// How many of them wait for their next use.
const BUFFERS_KEPT: usize = 4;

/// Buffers for TLS records, lent to the connection that is read or written.
#[derive(Default)]
pub(super) struct Buffers(RefCell<Vec<Vec<u8>>>);

impl Buffers {
    /// Takes an empty buffer.
    pub(super) fn take(&self) -> Vec<u8> {
        let kept = self.0.borrow_mut().pop();
        kept.unwrap_or_else(|| Vec::with_capacity(BUFFER))
    }

    /// Gives a buffer back.
    pub(super) fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.borrow_mut();
        if (BUFFER..=LARGEST).contains(&buffer.capacity()) && kept.len() < BUFFERS_KEPT {
            buffer.clear();
            kept.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_users_at_once_do_not_share() {
        let pool = Pool::default();
        let mut first = pool.take();
        let mut second = pool.take();
        first[0] = 1;
        second[0] = 2;
        assert_eq!((first[0], second[0]), (1, 2));
    }

    #[test]
    fn a_returned_buffer_is_used_again() {
        let pool = Pool::default();
        let address = pool.take().as_ptr();
        assert_eq!(pool.take().as_ptr(), address);
    }
}
