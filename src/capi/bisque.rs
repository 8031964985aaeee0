//! `bisque_*`: what libsoup does not have. include/bisque.h declares it by hand.

use super::guard::{borrow, is};
use super::types::gsize;
use crate::gobject::websocket::{SoupWebsocketConnection, WebsocketConnection};
use crate::proto::limits;

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
