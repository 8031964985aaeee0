//! `soup_multipart_input_stream_*`: the parts of a body as they come.

use std::ffi::{c_int, c_void};
use std::ptr;

use gio::ffi::{GAsyncReadyCallback, GAsyncResult, GCancellable, GInputStream};
use glib::ffi::{GError, GType};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{empty, hold, is};
use crate::capi::types::gpointer;
use crate::gobject::Message;
use crate::gobject::glue::task::{Callback, Task};
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::message::SoupMessage;
use crate::gobject::multipart::{MultipartInputStream, SoupMultipartInputStream};

/// The GType of `SoupMultipartInputStream`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_multipart_input_stream_get_type() -> GType {
    MultipartInputStream::static_type().into_glib()
}

/// @msg: a message whose response has a multipart type
/// @base_stream: its body
///
/// Makes a stream that gives the parts of a body one after the other.
///
/// Returns: (transfer full): the stream
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_input_stream_new(
    msg: *mut SoupMessage,
    base_stream: *mut GInputStream,
) -> *mut SoupMultipartInputStream {
    require! { soup_multipart_input_stream_new => ptr::null_mut();
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "G_IS_INPUT_STREAM (base_stream)": is::<gio::InputStream>(base_stream),
    }
    // SAFETY: checked above.
    let (message, base) = unsafe { (hold::<Message>(msg), hold::<gio::InputStream>(base_stream)) };
    let stream: glib::Object = MultipartInputStream::new(&message, &base).upcast();
    let stream: *mut glib::gobject_ffi::GObject = stream.into_glib_ptr();
    stream.cast()
}

/// @multipart: the stream
/// @cancellable: (nullable): cancels the call
/// @error: where an error goes
///
/// Waits for the next part. What is left of the part before is passed over, and its stream ends. The headers are those of
/// soup_multipart_input_stream_get_headers().
///
/// Returns: (transfer full) (nullable): the part, or %NULL behind the last one and for an error
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_input_stream_next_part(
    multipart: *mut SoupMultipartInputStream,
    cancellable: *mut GCancellable,
    error: *mut *mut GError,
) -> *mut GInputStream {
    require! { soup_multipart_input_stream_next_part => ptr::null_mut();
        "SOUP_IS_MULTIPART_INPUT_STREAM (multipart)": is::<MultipartInputStream>(multipart),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above; the C contract: NULL or a cancellable.
    let (this, cancellable): (_, Option<gio::Cancellable>) = unsafe {
        (
            hold::<MultipartInputStream>(multipart),
            from_glib_none(cancellable),
        )
    };
    match this.next_part(cancellable.as_ref()) {
        Ok(part) => part.map_or(ptr::null_mut(), IntoGlibPtr::<*mut GInputStream>::into_glib_ptr),
        Err(failure) => {
            if !error.is_null() {
                // SAFETY: checked above: an empty place.
                unsafe { *error = failure.into_glib_ptr() };
            }
            ptr::null_mut()
        }
    }
}

/// @multipart: the stream
/// @io_priority: the priority of the operation
/// @cancellable: (nullable): cancels the operation
/// @callback: (scope async) (closure data): called when the part is there
/// @data: data for @callback
///
/// Waits for the next part without blocking; see soup_multipart_input_stream_next_part().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_input_stream_next_part_async(
    multipart: *mut SoupMultipartInputStream,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    data: gpointer,
) {
    require! { soup_multipart_input_stream_next_part_async;
        "SOUP_IS_MULTIPART_INPUT_STREAM (multipart)": is::<MultipartInputStream>(multipart),
    }
    // SAFETY: checked above; the C contract: NULL or a cancellable.
    let (this, cancellable): (_, Option<gio::Cancellable>) = unsafe {
        (
            hold::<MultipartInputStream>(multipart),
            from_glib_none(cancellable),
        )
    };
    // SAFETY: any number is a priority.
    let priority: glib::Priority = unsafe { from_glib(io_priority) };
    let callback = Callback {
        function: callback,
        data,
    };
    let Some(task) = Task::new(&this, cancellable.as_ref(), priority, callback, next_part_tag()) else {
        return;
    };
    let done = move |part: Result<Option<gio::InputStream>, glib::Error>| match part {
        Ok(Some(part)) => task.succeed(&part),
        Ok(None) => task.succeed_with_nothing(),
        Err(error) => task.fail(error),
    };
    this.next_part_async(priority, cancellable, Box::new(done));
}

/// @multipart: the stream
/// @result: the result that the callback got
/// @error: where an error goes
///
/// Ends soup_multipart_input_stream_next_part_async().
///
/// Returns: (transfer full) (nullable): the part, or %NULL behind the last one and for an error
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_input_stream_next_part_finish(
    multipart: *mut SoupMultipartInputStream,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> *mut GInputStream {
    require! { soup_multipart_input_stream_next_part_finish => ptr::null_mut();
        "SOUP_IS_MULTIPART_INPUT_STREAM (multipart)": is::<MultipartInputStream>(multipart),
        "g_task_is_valid (result, multipart)": is_next_part(result, multipart),
    }
    // SAFETY: checked above: the task's value is a stream, which now is the caller's, or NULL.
    unsafe { gio::ffi::g_task_propagate_pointer(result.cast(), error).cast() }
}

/// @multipart: the stream
///
/// Gets the headers of the part that soup_multipart_input_stream_next_part() has given last. They belong to @multipart, until the next
/// part is asked for.
///
/// Returns: (transfer none) (nullable): the headers, or %NULL before the first part and behind the last
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_multipart_input_stream_get_headers(
    multipart: *mut SoupMultipartInputStream,
) -> *mut SoupMessageHeaders {
    require! { soup_multipart_input_stream_get_headers => ptr::null_mut();
        "SOUP_IS_MULTIPART_INPUT_STREAM (multipart)": is::<MultipartInputStream>(multipart),
    }
    // SAFETY: checked above. The stream keeps what it gives out.
    let headers = unsafe { hold::<MultipartInputStream>(multipart) }.headers();
    headers.map_or(ptr::null_mut(), |headers| headers.as_ptr())
}

/// By which `_finish` knows what `_async` began.
fn next_part_tag() -> *mut c_void {
    soup_multipart_input_stream_next_part_async as *mut c_void
}

fn is_next_part(result: *mut GAsyncResult, multipart: *mut SoupMultipartInputStream) -> bool {
    // SAFETY: GLib checks what the pointers are; then it is a task.
    unsafe {
        gio::ffi::g_task_is_valid(result.cast(), multipart.cast()) != 0
            && gio::ffi::g_task_get_source_tag(result.cast()) == next_part_tag()
    }
}
