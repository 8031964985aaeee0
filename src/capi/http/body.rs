//! `soup_message_body_*`.

use std::ffi::c_uchar;
use std::ptr;

use glib::Bytes;
use glib::ffi::{GBytes, g_free, gboolean};
use glib::translate::*;

use crate::capi::guard::buffer;
use crate::capi::types::{gconstpointer, goffset, gsize};
use crate::gobject::MessageBody;
use crate::gobject::enums::{MemoryUse, SoupMemoryUse};
use crate::gobject::http::body::SoupMessageBody;

/// Makes an empty body.
///
/// Returns: (transfer full): the body
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_new() -> *mut SoupMessageBody {
    MessageBody::new().into_glib_ptr()
}

/// @body: the body
///
/// Takes another reference to @body. References may be counted from any thread.
///
/// Returns: (transfer full): @body
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_ref(body: *mut SoupMessageBody) -> *mut SoupMessageBody {
    require! { soup_message_body_ref => ptr::null_mut(); "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    let body: MessageBody = unsafe { from_glib_none(body) };
    body.into_glib_ptr()
}

/// @body: (transfer full): the body
///
/// Gives back a reference to @body, which is freed with the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_unref(body: *mut SoupMessageBody) {
    require! { soup_message_body_unref; "body != NULL": !body.is_null() }
    // SAFETY: the C contract: the caller's reference.
    drop::<MessageBody>(unsafe { from_glib_full(body) });
}

/// @body: the body
/// @accumulate: whether to keep the chunks
///
/// Says whether the chunks of a body are kept. If not, a chunk that was sent is let go, and one that was received
/// is in the signal that announces it and nowhere else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_set_accumulate(body: *mut SoupMessageBody, accumulate: gboolean) {
    require! { soup_message_body_set_accumulate; "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*body }.set_accumulate(accumulate != 0);
}

/// @body: the body
///
/// Says whether the chunks of a body are kept: see soup_message_body_set_accumulate().
///
/// Returns: whether they are
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_get_accumulate(body: *mut SoupMessageBody) -> gboolean {
    require! { soup_message_body_get_accumulate => 0; "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*body }.accumulates().into_glib()
}

/// @body: the body
/// @use: what happens to the memory
/// @data: (array length=length) (element-type guint8): the bytes
/// @length: their count
///
/// Adds bytes at the end. None are no chunk.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_append(
    body: *mut SoupMessageBody,
    r#use: SoupMemoryUse,
    data: gconstpointer,
    length: gsize,
) {
    require! { soup_message_body_append;
        "body != NULL": !body.is_null(),
        "data != NULL || length == 0": !data.is_null() || length == 0,
        "use <= SOUP_MEMORY_COPY": MemoryUse::try_from(r#use).is_ok(),
    }
    let data: *const u8 = data.cast();
    match MemoryUse::try_from(r#use) {
        // SAFETY: checked; the C contract: the memory is the body's to free.
        Ok(MemoryUse::Take) => unsafe { take(&*body, data.cast_mut(), length) },
        // SAFETY: checked; the C contract: the memory outlives everything.
        Ok(MemoryUse::Static) => unsafe { append(&*body, Bytes::from_static(buffer(data, length))) },
        // SAFETY: checked; the C contract.
        Ok(MemoryUse::Copy) | Err(_) => unsafe { append(&*body, Bytes::from(buffer(data, length))) },
    }
}

/// soup_message_body_append_take: (rename-to soup_message_body_append)
/// @body: the body
/// @data: (array length=length) (transfer full): the bytes, which the body frees with g_free()
/// @length: their count
///
/// Adds bytes at the end, and takes their memory over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_append_take(
    body: *mut SoupMessageBody,
    data: *mut c_uchar,
    length: gsize,
) {
    require! { soup_message_body_append_take;
        "body != NULL": !body.is_null(),
        "data != NULL || length == 0": !data.is_null() || length == 0,
    }
    // SAFETY: checked; the C contract: the memory is the body's to free.
    unsafe { take(&*body, data, length) };
}

/// @body: the body
/// @buffer: the bytes
///
/// Adds bytes at the end without copying them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_append_bytes(body: *mut SoupMessageBody, buffer: *mut GBytes) {
    require! { soup_message_body_append_bytes;
        "body != NULL": !body.is_null(),
        "buffer != NULL": !buffer.is_null(),
    }
    // SAFETY: checked; the C contract.
    let bytes: Bytes = unsafe { from_glib_none(buffer) };
    require! { soup_message_body_append_bytes; "g_bytes_get_size (buffer) > 0": !bytes.is_empty() }
    // SAFETY: as above.
    unsafe { &*body }.append(bytes);
}

/// @body: the body
///
/// Removes everything from @body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_truncate(body: *mut SoupMessageBody) {
    require! { soup_message_body_truncate; "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*body }.truncate();
}

/// @body: the body
///
/// Says that nothing will be added any more: with %SOUP_ENCODING_CHUNKED the message ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_complete(body: *mut SoupMessageBody) {
    require! { soup_message_body_complete; "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    unsafe { &*body }.complete();
}

/// @body: the body, which accumulates
///
/// Joins all chunks, and makes the field `data` of @body point to them, until something is added or removed. A
/// NUL follows.
///
/// Returns: (transfer full) (nullable): the whole body, without the NUL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_flatten(body: *mut SoupMessageBody) -> *mut GBytes {
    require! { soup_message_body_flatten => ptr::null_mut(); "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    let body = unsafe { &*body };
    require! { soup_message_body_flatten => ptr::null_mut();
        "soup_message_body_get_accumulate (body)": body.accumulates(),
    }
    body.flatten().into_glib_ptr()
}

/// @body: the body
/// @offset: where in the body to begin
///
/// Gets the next piece of @body to be sent: the rest of the chunk that @offset lies in.
///
/// Returns: (transfer full) (nullable): the piece, empty at the end of a complete body; %NULL if there is nothing
///   at @offset yet
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_get_chunk(
    body: *mut SoupMessageBody,
    offset: goffset,
) -> *mut GBytes {
    require! { soup_message_body_get_chunk => ptr::null_mut(); "body != NULL": !body.is_null() }
    // SAFETY: checked; the C contract.
    let chunk = unsafe { &*body }.chunk(offset);
    chunk.map_or(ptr::null_mut(), IntoGlibPtr::into_glib_ptr)
}

/// @body: the body
/// @chunk: what was received
///
/// Tells @body that @chunk has been received: it is added, if @body accumulates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_got_chunk(body: *mut SoupMessageBody, chunk: *mut GBytes) {
    require! { soup_message_body_got_chunk;
        "body != NULL": !body.is_null(),
        "chunk != NULL": !chunk.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { (*body).got_chunk(&from_glib_borrow(chunk)) };
}

/// @body: the body
/// @chunk: what was sent, as soup_message_body_get_chunk() gave it
///
/// Tells @body that @chunk has been sent: it is let go, unless @body accumulates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_body_wrote_chunk(body: *mut SoupMessageBody, chunk: *mut GBytes) {
    require! { soup_message_body_wrote_chunk;
        "body != NULL": !body.is_null(),
        "chunk != NULL": !chunk.is_null(),
    }
    // SAFETY: checked; the C contract.
    unsafe { (*body).wrote_chunk(&from_glib_borrow(chunk)) };
}

/// Takes memory over. It is freed in any case.
unsafe fn take(body: &SoupMessageBody, data: *mut u8, length: gsize) {
    if length == 0 {
        // SAFETY: the caller's memory, which is ours to free.
        unsafe { g_free(data.cast()) };
        return;
    }
    // SAFETY: as above; GLib frees it with g_free().
    body.append(unsafe { from_glib_full(glib::ffi::g_bytes_new_take(data.cast(), length)) });
}

fn append(body: &SoupMessageBody, bytes: Bytes) {
    if !bytes.is_empty() {
        body.append(bytes);
    }
}
