//! `SoupMessageBody`: a body as it is put together, chunk by chunk.
//!
//! Law: `data` and `length` are public, and C reads them: `data` is what `flatten` made last, an empty string when an empty body has
//! been received, and NULL otherwise.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_char;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

use glib::Bytes;
use glib::translate::*;

glib::wrapper! {
    /// A counted reference to a body; its clone is another one to the same body.
    #[derive(Debug, PartialEq, Eq, Hash)]
    pub struct MessageBody(Shared<SoupMessageBody>);

    match fn {
        ref => |ptr| Arc::increment_strong_count(ptr.cast_const()),
        unref => |ptr| Arc::decrement_strong_count(ptr.cast_const()),
        type_ => || soup_message_body_type(),
    }
}

/// What a `SoupMessageBody *` points to, in an `Arc`. C knows the first two fields.
#[repr(C)]
pub struct SoupMessageBody {
    /// The whole body after `flatten`, followed by a NUL.
    pub data: Cell<*const c_char>,
    /// The bytes appended so far.
    pub length: Cell<i64>,
    chunks: RefCell<VecDeque<Bytes>>,
    /// Small chunks that have been received, until they are a large one: each on its own would cost sixteen times its bytes.
    received: RefCell<Vec<u8>>,
    flattened: RefCell<Option<Bytes>>,
    /// How many bytes of the front have been let go by `wrote_chunk`.
    base: Cell<i64>,
    accumulate: Cell<bool>,
}

impl MessageBody {
    /// An empty body, which accumulates.
    pub fn new() -> MessageBody {
        let body = SoupMessageBody {
            data: Cell::new(ptr::null()),
            length: Cell::new(0),
            chunks: RefCell::default(),
            received: RefCell::default(),
            flattened: RefCell::default(),
            base: Cell::new(0),
            accumulate: Cell::new(true),
        };
        #[expect(
            clippy::arc_with_non_send_sync,
            reason = "C may count references from any thread, as in libsoup"
        )]
        let body = Arc::new(body);
        // SAFETY: the one reference of the new Arc becomes the wrapper's.
        unsafe { from_glib_full(Arc::into_raw(body).cast_mut()) }
    }
}

impl Default for MessageBody {
    fn default() -> MessageBody {
        MessageBody::new()
    }
}

impl Deref for MessageBody {
    type Target = SoupMessageBody;

    fn deref(&self) -> &SoupMessageBody {
        // SAFETY: the wrapper holds a reference to a live Arc, whose content is only ever borrowed shared.
        unsafe { &*self.as_ptr() }
    }
}

impl SoupMessageBody {
    /// Whether chunks are kept after they were written or received.
    pub fn accumulates(&self) -> bool {
        self.accumulate.get()
    }

    /// Says whether chunks are kept after they were written or received.
    pub fn set_accumulate(&self, accumulate: bool) {
        self.accumulate.set(accumulate);
    }

    /// The bytes appended so far.
    pub fn len(&self) -> u64 {
        self.length.get().unsigned_abs()
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.length.get() == 0
    }

    /// Adds a chunk at the end.
    pub fn append(&self, chunk: Bytes) {
        self.unflatten();
        self.join_received();
        self.length
            .set(self.length.get().saturating_add_unsigned(chunk.len() as u64));
        self.chunks.borrow_mut().push_back(chunk);
    }

    /// Removes everything.
    pub fn truncate(&self) {
        let chunks = self.chunks.take();
        self.received.take();
        self.base.set(0);
        self.length.set(0);
        self.unflatten();
        // With nothing borrowed: the last reference to a chunk runs the application's free function.
        drop(chunks);
    }

    /// Marks the end: an empty chunk.
    pub fn complete(&self) {
        self.append(Bytes::from_static(b""));
    }

    /// The whole body in one piece; sets `data`.
    pub fn flatten(&self) -> Bytes {
        let mut flattened = self.flattened.borrow_mut();
        let joined = flattened.get_or_insert_with(|| self.join());
        self.data.set(joined.as_ref().as_ptr().cast());
        Bytes::from_bytes(joined, 0..joined.len() - 1)
    }

    /// All chunks, and a NUL.
    fn join(&self) -> Bytes {
        self.join_received();
        let chunks = self.chunks.borrow();
        let mut joined = Vec::with_capacity(chunks.iter().map(|chunk| chunk.len()).sum::<usize>() + 1);
        for chunk in chunks.iter() {
            joined.extend_from_slice(chunk);
        }
        joined.push(0);
        Bytes::from_owned(joined)
    }

    /// What of a chunk lies at `offset` and after it; empty at the end of a complete body; `None` where nothing
    /// is yet.
    pub fn chunk(&self, offset: i64) -> Option<Bytes> {
        self.join_received();
        let mut skip = usize::try_from(offset.checked_sub(self.base.get())?).ok()?;
        for chunk in self.chunks.borrow().iter() {
            if skip < chunk.len() || (chunk.is_empty() && skip == 0) {
                return Some(match skip {
                    0 => chunk.clone(),
                    _ => Bytes::from_bytes(chunk, skip..chunk.len()),
                });
            }
            skip -= chunk.len();
        }
        None
    }

    /// All has been received: it becomes one chunk, and `data` is set. A body that does not accumulate stays without.
    pub fn complete_received(&self) {
        if !self.accumulate.get() {
            return;
        }
        if self.is_empty() {
            return self.data.set(c"".as_ptr());
        }
        let whole = self.flatten();
        let pieces = self.chunks.replace(VecDeque::from([whole]));
        drop(pieces);
    }

    /// A chunk has been received.
    pub fn got_chunk(&self, chunk: &Bytes) {
        if !self.accumulate.get() {
            return;
        }
        if chunk.len() >= LARGE {
            return self.append(chunk.clone());
        }
        self.unflatten();
        self.length
            .set(self.length.get().saturating_add_unsigned(chunk.len() as u64));
        self.received.borrow_mut().extend_from_slice(chunk);
        if self.received.borrow().len() >= JOINED {
            self.join_received();
        }
    }

    /// Makes one chunk of the small ones.
    fn join_received(&self) {
        let mut received = self.received.take();
        if !received.is_empty() {
            received.shrink_to_fit();
            self.chunks.borrow_mut().push_back(Bytes::from_owned(received));
        }
    }

    /// A chunk has been written: without accumulation, the first one is let go.
    pub fn wrote_chunk(&self, chunk: &Bytes) {
        if self.accumulate.get() {
            return;
        }
        let gone = self.chunks.borrow_mut().pop_front();
        self.base
            .set(self.base.get().saturating_add_unsigned(chunk.len() as u64));
        drop(gone);
    }

    fn unflatten(&self) {
        self.data.set(ptr::null());
        let flattened = self.flattened.take();
        drop(flattened);
    }
}

/// A received chunk of that many bytes stands alone.
const LARGE: usize = 4 * 1024;

/// How many bytes of small chunks become one.
const JOINED: usize = 64 * 1024;

extern "C" fn soup_message_body_type() -> glib::ffi::GType {
    static TYPE: std::sync::OnceLock<glib::ffi::GType> = std::sync::OnceLock::new();
    unsafe extern "C" fn copy(boxed: glib::ffi::gpointer) -> glib::ffi::gpointer {
        // SAFETY: GObject copies only what was put in as SoupMessageBody.
        unsafe { Arc::increment_strong_count(boxed.cast::<SoupMessageBody>().cast_const()) };
        boxed
    }
    unsafe extern "C" fn free(boxed: glib::ffi::gpointer) {
        // SAFETY: as above; this gives back a reference that `copy` took.
        unsafe { Arc::decrement_strong_count(boxed.cast::<SoupMessageBody>().cast_const()) };
    }
    // SAFETY: the functions are those of the type.
    *TYPE.get_or_init(|| unsafe {
        glib::gobject_ffi::g_boxed_type_register_static(c"SoupMessageBody".as_ptr(), Some(copy), Some(free))
    })
}

const _: () = assert!(std::mem::offset_of!(SoupMessageBody, data) == 0);
const _: () = assert!(std::mem::offset_of!(SoupMessageBody, length) == size_of::<*const c_char>());
