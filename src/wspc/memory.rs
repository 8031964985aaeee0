//! The memory that a session gives out pointers into: blocks of the handle's own, or one of the caller's, cut into areas.

use std::alloc::{self, Layout};
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::slice;

use super::failure::Failure;
use super::options::{OVERHEAD, Options};
use super::types::ULONG;
use crate::proto::fallible;

/// The block, freed with the session when it is the session's own.
pub struct Memory {
    _own: Option<Block>,
}

/// Zeroed memory, aligned as a caller's buffer is.
struct Block {
    address: NonNull<u8>,
    layout: Layout,
}

/// A part of a block. Areas of one block do not overlap, and no area outlives its block.
pub struct Area {
    address: NonNull<u8>,
    size: usize,
}

/// Where frames are made: a part of the caller's buffer, or memory of the handle's own, which is taken with the first send
/// and may be given back between two.
pub struct SendRoom {
    /// Empty until the memory is taken.
    pub area: Area,
    size: usize,
    own: Option<Block>,
}

/// The areas of a session.
pub struct Areas {
    /// What comes from the network.
    pub receive: Area,
    /// What was inflated, when the peer compresses; empty otherwise.
    pub inflated: Area,
    /// What goes to the network and is not the caller's payload as it stands.
    pub send: SendRoom,
    /// The reply to a ping.
    pub reply: Area,
}

impl Memory {
    /// Takes the caller's buffer, or allocates one, and cuts it.
    pub fn new(options: &Options, compressing: bool) -> Result<(Self, Areas), Failure> {
        let send_size = options.send_size(compressing);
        let needed = options.block_size(compressing).ok_or(Failure::InvalidArgument)?;
        let (own, block) = match options.buffer {
            Some(buffer) => {
                let area = Area {
                    address: buffer.address,
                    size: buffer.size,
                };
                (None, area)
            }
            None => {
                let own = Block::new(needed - send_size)?;
                let area = own.area();
                (Some(own), area)
            }
        };
        // When the peer compresses, what is left to the network must still hold a whole control frame.
        let inflated_size = if compressing {
            (options.receive_size - OVERHEAD) / 2
        } else {
            0
        };
        let (receive, rest) = block.split(options.receive_size - inflated_size);
        let (inflated, rest) = rest.split(inflated_size);
        let (send, rest) = match own {
            Some(_) => (Area::empty(), rest),
            None => rest.split(send_size),
        };
        let (reply, _) = rest.split(OVERHEAD);
        let send = SendRoom {
            area: send,
            size: send_size,
            own: None,
        };
        Ok((
            Self { _own: own },
            Areas {
                receive,
                inflated,
                send,
                reply,
            },
        ))
    }
}

impl SendRoom {
    /// Takes the memory, if it is not there.
    pub fn prepare(&mut self) -> Result<(), Failure> {
        if self.area.size < self.size {
            let own = Block::new(self.size)?;
            self.area = own.area();
            self.own = Some(own);
        }
        Ok(())
    }

    /// Gives the memory back, if it is the handle's own: nothing may be on its way to the network.
    pub fn rest(&mut self) {
        if self.own.is_some() {
            self.area = Area::empty();
            self.own = None;
        }
    }
}

impl Area {
    fn empty() -> Self {
        Self {
            address: NonNull::dangling(),
            size: 0,
        }
    }

    /// How many bytes there are.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The address of byte `at`, which may be the end.
    pub fn at(&self, at: usize) -> *mut u8 {
        debug_assert!(at <= self.size);
        self.address.as_ptr().wrapping_add(at)
    }

    /// The bytes. The component looks at them only inside a call, which is when the caller does not.
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: their owner keeps the block, its areas do not overlap, and the caller serialises its calls.
        unsafe { slice::from_raw_parts_mut(self.address.as_ptr(), self.size) }
    }

    fn split(self, at: usize) -> (Self, Self) {
        debug_assert!(at <= self.size);
        // SAFETY: `Options` has seen to it that the block is at least as large as its parts together.
        let rest = unsafe { self.address.add(at) };
        (
            Self {
                address: self.address,
                size: at,
            },
            Self {
                address: rest,
                size: self.size - at,
            },
        )
    }
}

/// How many bytes `count` values take at `address`. Refused is what no object can be: longer than half of the address space,
/// which with 32 bits a `ULONG` can say, or beyond its end.
pub fn extent<T>(address: *const T, count: ULONG) -> Result<usize, Failure> {
    usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(size_of::<T>()))
        .filter(|size| isize::try_from(*size).is_ok() && address.addr().checked_add(*size).is_some())
        .ok_or(Failure::InvalidArgument)
}

/// A box, if there is memory for it.
pub fn boxed<T>(value: T) -> Result<Box<T>, Failure> {
    const { assert!(size_of::<T>() > 0) };
    let layout = Layout::new::<T>();
    // SAFETY: the layout is not of size 0: checked when this is compiled.
    let address = NonNull::new(unsafe { alloc::alloc(layout) }.cast::<T>()).ok_or(Failure::OutOfMemory)?;
    // SAFETY: just allocated, for this type.
    unsafe { address.write(value) };
    // SAFETY: allocated with the layout of a box of it, and initialised.
    Ok(unsafe { Box::from_raw(address.as_ptr()) })
}

/// Makes room for one more in a queue that mostly holds one: the first gets no more than it needs.
pub fn reserve_one<T>(queue: &mut VecDeque<T>) -> Result<(), Failure> {
    let reserved = match queue.capacity() {
        0 => queue.try_reserve_exact(1),
        _ => queue.try_reserve(1),
    };
    reserved.map_err(|_| Failure::OutOfMemory)
}

/// A list of as many values as an iterator gives, which says so beforehand.
pub fn collected<T>(values: impl ExactSizeIterator<Item = Result<T, Failure>>) -> Result<Vec<T>, Failure> {
    let mut list = Vec::new();
    list.try_reserve_exact(values.len())
        .map_err(|_| Failure::OutOfMemory)?;
    for value in values {
        fallible::push(&mut list, value?)?;
    }
    Ok(list)
}

impl Block {
    fn new(size: usize) -> Result<Self, Failure> {
        let layout = Layout::from_size_align(size.max(1), 8).map_err(|_| Failure::InvalidArgument)?;
        // SAFETY: the size is not 0.
        let address = unsafe { alloc::alloc_zeroed(layout) };
        let address = NonNull::new(address).ok_or(Failure::OutOfMemory)?;
        Ok(Self { address, layout })
    }

    /// All of it.
    fn area(&self) -> Area {
        Area {
            address: self.address,
            size: self.layout.size(),
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { alloc::dealloc(self.address.as_ptr(), self.layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::without_provenance;

    #[test]
    fn nothing_is_longer_than_an_address_space_or_lies_beyond_its_end() {
        let low: *const u64 = without_provenance(8);
        assert_eq!(extent(low, 3), Ok(24));
        assert_eq!(extent(low, 0), Ok(0));
        let high: *const u64 = without_provenance(usize::MAX - 7);
        assert_eq!(extent(high, 1), Err(Failure::InvalidArgument));
        let wide = cfg!(target_pointer_width = "64");
        assert_eq!(extent(low.cast::<u8>(), 1 << 31).is_ok(), wide);
        assert_eq!(extent(low, 1 << 28).is_ok(), wide);
        // 2 to the power of 29 values of 8 bytes are 0 with 32 bits.
        assert_eq!(extent(low, 1 << 29).is_ok(), wide);
    }
}
