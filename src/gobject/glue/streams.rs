//! What input streams of ours share: reading from the stream below, and closing without a thread.

use gio::prelude::*;
use glib::translate::*;
use glib::{ffi, gobject_ffi};

use super::errors::io_error;
use crate::reactor::Room;

/// Whether `base` can be polled.
pub fn pollable(base: &gio::InputStream) -> Option<&gio::PollableInputStream> {
    base.dynamic_cast_ref::<gio::PollableInputStream>()
        .filter(|base| base.can_poll())
}

/// The source of a stream below.
pub fn source_of(base: &gio::InputStream) -> Option<glib::Source> {
    // SAFETY: the stream is alive, and no cancellable is allowed.
    pollable(base).map(|base| unsafe {
        from_glib_full(gio::ffi::g_pollable_input_stream_create_source(
            base.as_ptr(),
            std::ptr::null_mut(),
        ))
    })
}

/// Reads from a pollable stream without waiting.
pub fn read_nonblocking(base: &gio::InputStream, into: Room<'_>) -> Result<usize, glib::Error> {
    let Some(base) = pollable(base) else {
        return Err(io_error(
            gio::IOErrorEnum::NotSupported,
            "The body cannot be polled",
        ));
    };
    read_polled(base, into)
}

/// The same from a stream that is known to be pollable.
pub fn read_polled(base: &gio::PollableInputStream, mut into: Room<'_>) -> Result<usize, glib::Error> {
    let mut error = std::ptr::null_mut();
    // SAFETY: the stream is alive, the room writable for its length; no cancellable is allowed.
    let count = unsafe {
        gio::ffi::g_pollable_input_stream_read_nonblocking(
            base.as_ptr(),
            into.as_mut_ptr().cast(),
            into.len(),
            std::ptr::null_mut(),
            &mut error,
        )
    };
    match error.is_null() {
        true => Ok(usize::try_from(count).unwrap_or_default().min(into.len())),
        // SAFETY: set by a call that has failed, and ours.
        false => Err(unsafe { from_glib_full(error) }),
    }
}

/// The same, behind what `bytes` has, into memory that it has already where there is any; else into `more` bytes.
pub fn append_polled(
    base: &gio::PollableInputStream,
    bytes: &mut Vec<u8>,
    more: usize,
) -> Result<usize, glib::Error> {
    if bytes.capacity() == bytes.len() {
        bytes.reserve(more);
    }
    let count = read_polled(base, Room::spare(bytes, usize::MAX))?;
    // SAFETY: the stream has written that many bytes behind the old length.
    unsafe { bytes.set_len(bytes.len() + count) };
    Ok(count)
}

/// Has a class close in the thread that asks for it: GIO's own asynchronous close runs in another, which would hold the stream
/// meanwhile. For streams whose close never waits.
pub fn closes_at_once(class: &mut gio::ffi::GInputStreamClass) {
    class.close_async = Some(close_async);
    class.close_finish = Some(close_finish);
}

/// Has a filter's class skip by reading, as plain streams do, and close at once: GIO's filters skip in the stream below.
pub fn reads_by_itself(class: &mut gio::ffi::GInputStreamClass) {
    // SAFETY: the class of input streams is there while one derived from it is being initialized.
    let plain = unsafe {
        let plain = gobject_ffi::g_type_class_peek(gio::ffi::g_input_stream_get_type());
        &*plain.cast::<gio::ffi::GInputStreamClass>()
    };
    class.skip = plain.skip;
    closes_at_once(class);
}

/// Closes a stream whose close never waits, in the thread that asks for it.
unsafe extern "C" fn close_async(
    stream: *mut gio::ffi::GInputStream,
    _priority: std::ffi::c_int,
    cancellable: *mut gio::ffi::GCancellable,
    callback: gio::ffi::GAsyncReadyCallback,
    data: ffi::gpointer,
) {
    // SAFETY: GIO calls this for a class of ours, with its own arguments; the task is ours until its end here.
    unsafe {
        let task = gio::ffi::g_task_new(stream.cast(), cancellable, callback, data);
        let class: *mut gio::ffi::GInputStreamClass =
            (*stream).parent_instance.g_type_instance.g_class.cast();
        let mut error = std::ptr::null_mut();
        let close = (*class).close_fn;
        let closed = close.is_none_or(|close| close(stream, cancellable, &mut error) != ffi::GFALSE);
        match closed {
            true => gio::ffi::g_task_return_boolean(task, ffi::GTRUE),
            false => gio::ffi::g_task_return_error(task, error),
        }
        gobject_ffi::g_object_unref(task.cast());
    }
}

/// What [`close_async`] has said.
unsafe extern "C" fn close_finish(
    _stream: *mut gio::ffi::GInputStream,
    result: *mut gio::ffi::GAsyncResult,
    error: *mut *mut ffi::GError,
) -> ffi::gboolean {
    // SAFETY: the result is the task that `close_async` made.
    unsafe { gio::ffi::g_task_propagate_boolean(result.cast(), error) }
}
