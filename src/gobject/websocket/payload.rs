//! Message payloads as `GBytes`, each followed by a NUL that its size does not count.

use std::ffi::c_void;
use std::ptr;

use glib::translate::*;

use crate::proto::ws::{Payload, spare};

/// Makes the `GBytes` that a signal carries. A finished buffer is handed over without a copy.
pub(super) fn bytes(payload: Payload<'_>) -> glib::Bytes {
    match payload {
        Payload::Borrowed(slice) if slice.len() < spare::LEAST => copied(slice),
        Payload::Borrowed(slice) => {
            let mut buffer = spare::take(slice.len() + 1);
            buffer.extend_from_slice(slice);
            taken(buffer)
        }
        Payload::Owned(buffer) => taken(buffer),
    }
}

/// Nobody has wanted more of the payload than to look at it: a large buffer is kept for the next one.
pub(super) fn discard(payload: Payload<'_>) {
    if let Payload::Owned(buffer) = payload {
        spare::give_back(buffer);
    }
}

/// A copy of `slice`, with the NUL.
pub(super) fn copied(slice: &[u8]) -> glib::Bytes {
    // SAFETY: g_malloc gives that many bytes or ends the process; all of them are written here; g_bytes_new_take()
    // owns the block and frees it with g_free().
    unsafe {
        let block = glib::ffi::g_malloc(slice.len() + 1).cast::<u8>();
        ptr::copy_nonoverlapping(slice.as_ptr(), block, slice.len());
        block.add(slice.len()).write(0);
        from_glib_full(glib::ffi::g_bytes_new_take(block.cast(), slice.len()))
    }
}

/// `buffer` itself, with the NUL; the engine leaves room for it.
fn taken(mut buffer: Vec<u8>) -> glib::Bytes {
    let len = buffer.len();
    buffer.push(0);
    let owner = Box::new(buffer);
    let data = owner.as_ptr();
    // SAFETY: the data lives as long as its owner, which GLib gives back to `release` exactly once.
    unsafe {
        let owner = Box::into_raw(owner).cast::<c_void>();
        from_glib_full(glib::ffi::g_bytes_new_with_free_func(
            data.cast(),
            len,
            Some(release),
            owner,
        ))
    }
}

/// Takes back what `taken` handed to GLib: for the next message, if it is large.
unsafe extern "C" fn release(owner: *mut c_void) {
    // SAFETY: `taken` made this pointer from a box, and GLib calls once.
    spare::give_back(*unsafe { Box::from_raw(owner.cast::<Vec<u8>>()) });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The byte behind the end.
    fn behind(bytes: &glib::Bytes) -> u8 {
        // SAFETY: what this file promises.
        unsafe {
            let data = glib::ffi::g_bytes_get_data(bytes.to_glib_none().0, ptr::null_mut());
            data.cast::<u8>().add(bytes.len()).read()
        }
    }

    #[test]
    fn a_nul_follows_each_payload() {
        let borrowed = bytes(Payload::Borrowed(b"text"));
        let owned = bytes(Payload::Owned(b"text".to_vec()));
        let empty = bytes(Payload::Borrowed(b""));
        for (bytes, expected) in [(borrowed, &b"text"[..]), (owned, b"text"), (empty, b"")] {
            assert_eq!(&bytes[..], expected);
            assert_eq!(behind(&bytes), 0);
        }
    }

    #[test]
    fn a_finished_buffer_is_not_copied() {
        let mut buffer = Vec::with_capacity(6);
        buffer.extend_from_slice(b"hello");
        let address = buffer.as_ptr();
        assert_eq!(bytes(Payload::Owned(buffer))[..].as_ptr(), address);
    }
}
