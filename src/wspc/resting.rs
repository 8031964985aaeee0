//! The component's allocator: the system's, but large blocks that a resting handle frees go back to the kernel at once.
//!
//! What inflates and what compresses lies between the memory of other connections: an allocator that cannot give back the
//! middle of its heap keeps all of it, and thousands of idle connections then cost as much as busy ones.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The global allocator of `libwebsocket-component`. libbisque's is the program's.
pub struct Allocator;

thread_local! {
    static RESTING: Cell<bool> = const { Cell::new(false) };
}

/// Does `rest`, which frees memory for a long time.
pub fn while_resting(rest: impl FnOnce()) {
    RESTING.set(true);
    rest();
    RESTING.set(false);
}

// SAFETY: the system's allocator; the content of a block that is being freed is nobody's.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, address: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { System.realloc(address, layout, size) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if RESTING.get() && layout.size() >= LARGE {
            // SAFETY: the caller gives up the block.
            unsafe { forget(address, layout.size()) };
        }
        // SAFETY: the same contract.
        unsafe { System.dealloc(address, layout) };
    }
}

/// Lets the kernel have the whole pages of a block, whose content is lost.
///
/// # Safety
///
/// The block is allocated, and nobody reads it any more.
#[cfg(target_os = "linux")]
unsafe fn forget(address: *mut u8, size: usize) {
    // SAFETY: a question that changes nothing.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else {
        return;
    };
    let before = address.addr().next_multiple_of(page) - address.addr();
    let Some(whole) = size.checked_sub(before).map(|rest| rest - rest % page) else {
        return;
    };
    // SAFETY: pages inside the block. Where they cannot be given back, nothing has happened.
    unsafe { libc::madvise(address.wrapping_add(before).cast(), whole, libc::MADV_DONTNEED) };
}

#[cfg(not(target_os = "linux"))]
unsafe fn forget(_: *mut u8, _: usize) {}

/// The least block that is worth a system call.
const LARGE: usize = 32 * 1024;

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn whole_pages_are_given_back_and_no_byte_beside_them() {
        const SIZE: usize = 256 * 1024;
        let mut block = vec![7u8; SIZE];
        let inside = &mut block[100..SIZE - 100];
        // SAFETY: part of the block above; what becomes of its bytes is looked at below.
        unsafe { forget(inside.as_mut_ptr(), inside.len()) };
        assert!(
            block[..100]
                .iter()
                .chain(&block[SIZE - 100..])
                .all(|byte| *byte == 7)
        );
        assert!(block[SIZE / 4..SIZE / 2].iter().all(|byte| *byte == 0));
        // SAFETY: less than a page.
        unsafe { forget(block.as_mut_ptr().wrapping_add(100), 1000) };
    }
}
