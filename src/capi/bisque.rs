//! `bisque_*`: what libsoup does not have. include/bisque.h declares it by hand.

use std::ffi::c_void;
use std::time::Duration;

use gio::ffi::{GAsyncReadyCallback, GAsyncResult};
use glib::ffi::{GBytes, GDestroyNotify, GError, GFALSE, gboolean, gpointer};

use crate::capi::guard::{borrow, buffer, hold, is};
use crate::capi::types::{gsize, guint, guint64};
use crate::gobject::Message;
use crate::gobject::enums::{SoupWebsocketDataType, WebsocketDataType, WebsocketState};
use crate::gobject::glue::task::{self, Task};
use crate::gobject::message::SoupMessage;
use crate::gobject::server::{Limit, SoupServer};
use crate::gobject::websocket::{BisqueMessageFunc, SoupWebsocketConnection, WebsocketConnection};
use crate::gobject::{Callback, Server};
use crate::proto::limits;
use crate::proto::ws::Misuse;

/// Gets a limit on what the clients of a server may take.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_server_get_limit(server: *mut SoupServer, limit: guint) -> guint64 {
    require! { bisque_server_get_limit => 0;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "limit <= BISQUE_SERVER_LIMIT_HANDSHAKE_TIME": Limit::try_from(limit).is_ok(),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<Server>(server) };
    Limit::try_from(limit).map_or(0, |limit| this.limit(limit))
}

/// Changes a limit on what the clients of a server may take.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_server_set_limit(server: *mut SoupServer, limit: guint, value: guint64) {
    require! { bisque_server_set_limit;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "limit <= BISQUE_SERVER_LIMIT_HANDSHAKE_TIME": Limit::try_from(limit).is_ok(),
    }
    if let Ok(limit) = Limit::try_from(limit) {
        // SAFETY: checked above.
        unsafe { borrow::<Server>(server) }.set_limit(limit, value);
    }
}

/// Stops a server in its own time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_server_stop_async(
    server: *mut SoupServer,
    milliseconds: guint,
    callback: GAsyncReadyCallback,
    user_data: gpointer,
) {
    require! { bisque_server_stop_async; "SOUP_IS_SERVER (server)": is::<Server>(server) }
    // SAFETY: checked above. A reference of our own: what ends calls handlers.
    let this = unsafe { hold::<Server>(server) };
    let callback = task::Callback {
        function: callback,
        data: user_data,
    };
    if let Some(task) = Task::new(&this, None, glib::Priority::DEFAULT, callback, stop_tag()) {
        let patience = (milliseconds > 0).then(|| Duration::from_millis(u64::from(milliseconds)));
        this.stop(patience, task);
    }
}

/// Ends bisque_server_stop_async().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_server_stop_finish(
    server: *mut SoupServer,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> gboolean {
    require! { bisque_server_stop_finish => GFALSE;
        "SOUP_IS_SERVER (server)": is::<Server>(server),
        "g_task_is_valid (result, server)": is_stop(result, server),
    }
    // SAFETY: checked above: a task of ours, whose value is a boolean.
    unsafe { gio::ffi::g_task_propagate_boolean(result.cast(), error) }
}

/// By which `_finish` knows what `_async` began.
fn stop_tag() -> *mut c_void {
    bisque_server_stop_async as *mut c_void
}

fn is_stop(result: *mut GAsyncResult, server: *mut SoupServer) -> bool {
    // SAFETY: GLib checks what the pointers are; then it is a task.
    unsafe {
        gio::ffi::g_task_is_valid(result.cast(), server.cast()) != 0
            && gio::ffi::g_task_get_source_tag(result.cast()) == stop_tag()
    }
}

/// How many bytes wait to be written to the peer of a connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_websocket_connection_get_buffered_amount(
    connection: *mut SoupWebsocketConnection,
) -> gsize {
    require! { bisque_websocket_connection_get_buffered_amount => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (connection)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    unsafe { borrow::<WebsocketConnection>(connection) }.buffered_amount()
}

/// How many bytes may wait before a further message ends the connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_websocket_connection_get_max_queued_output(
    connection: *mut SoupWebsocketConnection,
) -> gsize {
    require! { bisque_websocket_connection_get_max_queued_output => limits::WS_QUEUED_OUTPUT;
        "SOUP_IS_WEBSOCKET_CONNECTION (connection)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    unsafe { borrow::<WebsocketConnection>(connection) }.max_queued_output()
}

/// Changes how many bytes may wait before a further message ends the connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_websocket_connection_set_max_queued_output(
    connection: *mut SoupWebsocketConnection,
    bytes: gsize,
) {
    require! { bisque_websocket_connection_set_max_queued_output;
        "SOUP_IS_WEBSOCKET_CONNECTION (connection)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    unsafe { borrow::<WebsocketConnection>(connection) }.set_max_queued_output(bytes);
}

/// Has a function take the messages of a connection as plain bytes, in place of the signal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_websocket_connection_set_message_func(
    connection: *mut SoupWebsocketConnection,
    func: Option<BisqueMessageFunc>,
    user_data: gpointer,
    destroy: GDestroyNotify,
) {
    require! { bisque_websocket_connection_set_message_func;
        "SOUP_IS_WEBSOCKET_CONNECTION (connection)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above. A reference of our own: the destroy notify of the function before may drop the caller's.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    this.set_message_func(func.map(|func| Callback::new(func, user_data, destroy)));
}

/// Sends a message from plain bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_websocket_connection_send(
    connection: *mut SoupWebsocketConnection,
    r#type: SoupWebsocketDataType,
    data: *const u8,
    size: gsize,
) {
    require! { bisque_websocket_connection_send;
        "SOUP_IS_WEBSOCKET_CONNECTION (connection)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    require! { bisque_websocket_connection_send;
        "soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN":
            this.state() == WebsocketState::Open,
        "type == SOUP_WEBSOCKET_DATA_TEXT || type == SOUP_WEBSOCKET_DATA_BINARY":
            WebsocketDataType::try_from(r#type).is_ok(),
        "data != NULL || size == 0": !data.is_null() || size == 0,
    }
    let kind = WebsocketDataType::try_from(r#type).unwrap_or(WebsocketDataType::Binary);
    // SAFETY: checked above; the C contract gives the length.
    let data = unsafe { buffer(data, size) };
    require! { bisque_websocket_connection_send;
        "type != SOUP_WEBSOCKET_DATA_TEXT || g_utf8_validate_len (data, size, NULL)":
            this.send_copied(kind, data) != Err(Misuse::BadUtf8),
    }
}

/// The body of the response that has refused a WebSocket.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bisque_message_get_refusal(msg: *mut SoupMessage) -> *mut GBytes {
    require! { bisque_message_get_refusal => std::ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The message keeps the bytes.
    unsafe { borrow::<Message>(msg).refusal() }.map_or(std::ptr::null_mut(), |body| body.as_ptr())
}
