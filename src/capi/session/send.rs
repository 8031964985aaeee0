//! Sending messages with a `SoupSession`.

use std::ffi::{c_int, c_void};
use std::ptr;

use gio::ffi::{
    GAsyncReadyCallback, GAsyncResult, GCancellable, GInputStream, GOutputStream, GOutputStreamSpliceFlags,
};
use glib::ffi::{GBytes, GError, gboolean};
use glib::translate::*;

use crate::capi::guard::{hold, is};
use crate::capi::types::{gpointer, gssize};
use crate::gobject::Message;
use crate::gobject::glue::task::{Callback, Task};
use crate::gobject::message::SoupMessage;
use crate::gobject::session::{Session, SoupSession};

/// @session: a session
/// @msg: a message
/// @io_priority: the priority of the operation's sources
/// @cancellable: (nullable): a cancellable
/// @callback: (scope async): called in the thread-default main context of the caller
/// @user_data: the callback's data
///
/// Sends a message. @callback is called when the head of the final response has come, after redirects and authentication,
/// or when the message has failed; soup_session_send_finish() then gives the body, which is read from the network as the
/// program reads it. The message has finished when that stream has been closed.
///
/// A message that is in a queue already fails with %SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_async(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { soup_session_send_async;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    unsafe {
        begin(
            session,
            msg,
            io_priority,
            cancellable,
            callback,
            user_data,
            soup_session_send_async as *mut c_void,
            |call| {
                call.session
                    .send_async(&call.message, call.priority, call.cancellable.as_ref(), call.task);
            },
        );
    }
}

/// @session: a session
/// @result: the result that the callback got
/// @error: return location for an error
///
/// Takes what soup_session_send_async() came to.
///
/// Returns: (transfer full): the response's body, which can be polled, or %NULL with @error set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_finish(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> *mut GInputStream {
    require! { soup_session_send_finish => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
        "g_task_get_source_tag (result) == soup_session_send_async": has_tag(result, soup_session_send_async as *mut c_void),
    }
    // SAFETY: checked above: a task of ours with a value of this type.
    unsafe { gio::ffi::g_task_propagate_pointer(result.cast(), error).cast() }
}

/// @session: a session
/// @msg: a message
/// @cancellable: (nullable): a cancellable
/// @error: return location for an error
///
/// Sends a message and waits for the head of the final response. It may be called from any thread, also while other threads use
/// the session: the message works in a main context of its own, with connections that all threads share.
///
/// Returns: (transfer full): the response's body, or %NULL with @error set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    cancellable: *mut GCancellable,
    error: *mut *mut GError,
) -> *mut GInputStream {
    require! { soup_session_send => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    let (session, message, cancellable) = unsafe {
        let cancellable: Option<gio::Cancellable> = from_glib_none(cancellable);
        (hold::<Session>(session), hold::<Message>(msg), cancellable)
    };
    give(session.send(&message, cancellable.as_ref()), error)
        .map_or(ptr::null_mut(), |stream| stream.into_glib_ptr())
}

/// @session: a session
/// @msg: a message
/// @io_priority: the priority of the operation's sources
/// @cancellable: (nullable): a cancellable
/// @callback: (scope async): called in the thread-default main context of the caller
/// @user_data: the callback's data
///
/// Sends a message, and reads the whole body of its response into memory. The message has finished when @callback is called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_read_async(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { soup_session_send_and_read_async;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    unsafe {
        begin(
            session,
            msg,
            io_priority,
            cancellable,
            callback,
            user_data,
            soup_session_send_and_read_async as *mut c_void,
            |call| {
                call.session.send_and_read_async(
                    &call.message,
                    call.priority,
                    call.cancellable.as_ref(),
                    call.task,
                );
            },
        );
    }
}

/// @session: a session
/// @result: the result that the callback got
/// @error: return location for an error
///
/// Takes what soup_session_send_and_read_async() came to. A response with an error status is no error here.
///
/// Returns: (transfer full): the body, or %NULL with @error set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_read_finish(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> *mut GBytes {
    require! { soup_session_send_and_read_finish => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
        "g_task_get_source_tag (result) == soup_session_send_and_read_async": has_tag(result, soup_session_send_and_read_async as *mut c_void),
    }
    // SAFETY: checked above: a task of ours with a value of this type.
    unsafe { gio::ffi::g_task_propagate_pointer(result.cast(), error).cast() }
}

/// @session: a session
/// @msg: a message
/// @cancellable: (nullable): a cancellable
/// @error: return location for an error
///
/// Sends a message and waits for the whole body of its response: see soup_session_send(). A response with an error status is
/// no error here.
///
/// Returns: (transfer full): the body, or %NULL with @error set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_read(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    cancellable: *mut GCancellable,
    error: *mut *mut GError,
) -> *mut GBytes {
    require! { soup_session_send_and_read => ptr::null_mut();
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    let (session, message, cancellable) = unsafe {
        let cancellable: Option<gio::Cancellable> = from_glib_none(cancellable);
        (hold::<Session>(session), hold::<Message>(msg), cancellable)
    };
    give(session.send_and_read(&message, cancellable.as_ref()), error)
        .map_or(ptr::null_mut(), |bytes| bytes.into_glib_ptr())
}

/// @session: a session
/// @msg: a message
/// @out_stream: where the body goes
/// @flags: whether @out_stream is closed in the end
/// @io_priority: the priority of the operation's sources
/// @cancellable: (nullable): a cancellable
/// @callback: (scope async): called in the thread-default main context of the caller
/// @user_data: the callback's data
///
/// Sends a message, and writes the body of its response into @out_stream.
///
/// Since: 3.4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_splice_async(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    out_stream: *mut GOutputStream,
    flags: GOutputStreamSpliceFlags,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { soup_session_send_and_splice_async;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "G_IS_OUTPUT_STREAM (out_stream)": is::<gio::OutputStream>(out_stream),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    unsafe {
        let (output, flags) = (hold::<gio::OutputStream>(out_stream), from_glib(flags));
        begin(
            session,
            msg,
            io_priority,
            cancellable,
            callback,
            user_data,
            soup_session_send_and_splice_async as *mut c_void,
            |call| {
                call.session.send_and_splice_async(
                    &call.message,
                    &output,
                    flags,
                    call.priority,
                    call.cancellable.as_ref(),
                    call.task,
                );
            },
        );
    }
}

/// @session: a session
/// @result: the result that the callback got
/// @error: return location for an error
///
/// Takes what soup_session_send_and_splice_async() came to.
///
/// Returns: how many bytes were written, or -1 with @error set
///
/// Since: 3.4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_splice_finish(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> gssize {
    require! { soup_session_send_and_splice_finish => -1;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
        "g_task_get_source_tag (result) == soup_session_send_and_splice_async": has_tag(result, soup_session_send_and_splice_async as *mut c_void),
    }
    // SAFETY: checked above: a task of ours with a value of this type.
    unsafe { gio::ffi::g_task_propagate_int(result.cast(), error) }
}

/// @session: a session
/// @msg: a message
/// @out_stream: where the body goes
/// @flags: whether @out_stream is closed in the end
/// @cancellable: (nullable): a cancellable
/// @error: return location for an error
///
/// Sends a message, writes the body of its response into @out_stream, and waits for the end: see soup_session_send().
///
/// Returns: how many bytes were written, or -1 with @error set
///
/// Since: 3.4
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_send_and_splice(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    out_stream: *mut GOutputStream,
    flags: GOutputStreamSpliceFlags,
    cancellable: *mut GCancellable,
    error: *mut *mut GError,
) -> gssize {
    require! { soup_session_send_and_splice => -1;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "G_IS_OUTPUT_STREAM (out_stream)": is::<gio::OutputStream>(out_stream),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    let (session, message, cancellable) = unsafe {
        let cancellable: Option<gio::Cancellable> = from_glib_none(cancellable);
        (hold::<Session>(session), hold::<Message>(msg), cancellable)
    };
    // SAFETY: checked above.
    let (output, flags) = unsafe { (hold::<gio::OutputStream>(out_stream), from_glib(flags)) };
    give(
        session.send_and_splice(&message, &output, flags, cancellable.as_ref()),
        error,
    )
    .unwrap_or(-1)
}

/// @session: a session
/// @msg: a message
/// @io_priority: the priority of the operation's sources
/// @cancellable: (nullable): a cancellable
/// @callback: (scope async): called in the thread-default main context of the caller
/// @user_data: the callback's data
///
/// Makes a connection for @msg, which is not sent: a later message to the same host finds it in the session. Proxies, names and
/// TLS are dealt with as for any message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_preconnect_async(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { soup_session_preconnect_async;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "cancellable == NULL || G_IS_CANCELLABLE (cancellable)":
            cancellable.is_null() || is::<gio::Cancellable>(cancellable),
    }
    // SAFETY: all checked above.
    unsafe {
        begin(
            session,
            msg,
            io_priority,
            cancellable,
            callback,
            user_data,
            soup_session_preconnect_async as *mut c_void,
            |call| {
                call.session.preconnect_async(
                    &call.message,
                    call.priority,
                    call.cancellable.as_ref(),
                    call.task,
                );
            },
        );
    }
}

/// @session: a session
/// @result: the result that the callback got
/// @error: return location for an error
///
/// Takes what soup_session_preconnect_async() came to.
///
/// Returns: %TRUE if there is a connection, %FALSE with @error set otherwise
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_session_preconnect_finish(
    session: *mut SoupSession,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> gboolean {
    require! { soup_session_preconnect_finish => 0;
        "SOUP_IS_SESSION (session)": is::<Session>(session),
        "g_task_is_valid (result, session)": is_task_of(result, session),
        "g_task_get_source_tag (result) == soup_session_preconnect_async": has_tag(result, soup_session_preconnect_async as *mut c_void),
    }
    // SAFETY: checked above: a task of ours with a value of this type.
    unsafe { gio::ffi::g_task_propagate_boolean(result.cast(), error) }
}

/// A call of an asynchronous function.
struct Call {
    session: Session,
    message: Message,
    priority: glib::Priority,
    cancellable: Option<gio::Cancellable>,
    task: Task,
}

/// Takes the arguments of an asynchronous function, which have been checked.
unsafe fn begin(
    session: *mut SoupSession,
    msg: *mut SoupMessage,
    io_priority: c_int,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
    tag: *mut c_void,
    send: impl FnOnce(Call),
) {
    // SAFETY: the caller has checked them; any number is a priority.
    let (session, message, cancellable, priority) = unsafe {
        let cancellable: Option<gio::Cancellable> = from_glib_none(cancellable);
        let priority: glib::Priority = from_glib(io_priority);
        (
            hold::<Session>(session),
            hold::<Message>(msg),
            cancellable,
            priority,
        )
    };
    let callback = Callback {
        function: callback,
        data: user_data,
    };
    if let Some(task) = Task::new(&session, cancellable.as_ref(), priority, callback, tag) {
        send(Call {
            session,
            message,
            priority,
            cancellable,
            task,
        });
    }
}

/// The result, or `None` with the error in its place.
fn give<T>(outcome: Result<T, glib::Error>, place: *mut *mut GError) -> Option<T> {
    outcome
        .map_err(|error| {
            if !place.is_null() {
                // SAFETY: the C contract: a place that holds NULL.
                unsafe { *place = error.into_glib_ptr() };
            }
        })
        .ok()
}

fn has_tag(result: *mut GAsyncResult, tag: *mut c_void) -> bool {
    // SAFETY: checked before: a task.
    unsafe { gio::ffi::g_task_get_source_tag(result.cast()) == tag }
}

fn is_task_of(result: *mut GAsyncResult, session: *mut SoupSession) -> bool {
    // SAFETY: GLib checks what the pointers are.
    unsafe { gio::ffi::g_task_is_valid(result.cast(), session.cast()) != 0 }
}
