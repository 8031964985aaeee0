//! What a link remembers, as bits of its state: they are read and written together in the inner loop.

/// A read may give bytes: nothing has said WOULD_BLOCK since the last edge.
pub(super) const READABLE: u16 = 1;
/// A write may take bytes.
pub(super) const WRITABLE: u16 = 1 << 1;
/// The peer will send nothing more: a short read is not the end, the end of the stream is.
pub(super) const READ_CLOSED: u16 = 1 << 2;
/// Standing in the queue of links to serve.
pub(super) const QUEUED: u16 = 1 << 3;
/// Standing in the list of links to flush.
pub(super) const FLUSH_QUEUED: u16 = 1 << 4;
/// A flush was asked for that waits until the transport is writable.
pub(super) const FLUSH_WANTED: u16 = 1 << 5;
/// The handler is on the stack.
pub(super) const RUNNING: u16 = 1 << 6;
/// The handler's `flush` is on the stack.
pub(super) const FLUSHING: u16 = 1 << 7;
/// Something came in while the handler was on the stack.
pub(super) const AGAIN: u16 = 1 << 8;
/// `ready` was asked for by `wake`.
pub(super) const WOKEN: u16 = 1 << 9;
/// The deadline has passed.
pub(super) const TIMED_OUT: u16 = 1 << 10;
/// The stream is closed and the handler does not know yet.
pub(super) const CLOSE_DONE: u16 = 1 << 11;
/// `close` was called.
pub(super) const CLOSED: u16 = 1 << 12;
/// The kernel tells when the socket is readable.
pub(super) const WATCHED: u16 = 1 << 13;
/// It does not yet: it has to be asked before the link waits for it.
pub(super) const UNWATCHED: u16 = 1 << 14;
/// It tells about writability as well, since the socket was full for the first time.
pub(super) const WATCHED_WRITE: u16 = 1 << 15;
