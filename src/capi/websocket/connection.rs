//! `soup_websocket_connection_*`: one end of a WebSocket.

use std::ffi::{CStr, c_char};
use std::ptr;

use gio::ffi::GIOStream;
use glib::ffi::{GBytes, GList, GType, GUri};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{borrow, buffer, hold, is, text};
use crate::capi::types::{gconstpointer, gsize, guint, guint64, gushort};
use crate::gobject::enums::{
    SoupWebsocketConnectionType, SoupWebsocketDataType, SoupWebsocketState, WebsocketConnectionType,
    WebsocketDataType, WebsocketState,
};
use crate::gobject::websocket::{ExtensionList, SoupWebsocketConnection, WebsocketConnection};
use crate::proto::limits;
use crate::proto::ws::{Misuse, close};

/// The GType of `SoupWebsocketConnection`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_websocket_connection_get_type() -> GType {
    WebsocketConnection::static_type().into_glib()
}

/// @stream: a stream whose two halves are pollable
/// @uri: the URI of the connection
/// @type: which end of the connection this is
/// @origin: (nullable): the origin of the client
/// @protocol: (nullable): the subprotocol in use
/// @extensions: (element-type SoupWebsocketExtension) (transfer full): the extensions in use
///
/// Speaks WebSocket on @stream, which has carried the handshake already. The connection lives in the thread-default main
/// context of the caller.
///
/// Returns: (transfer full): the connection
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_new(
    stream: *mut GIOStream,
    uri: *mut GUri,
    r#type: SoupWebsocketConnectionType,
    origin: *const c_char,
    protocol: *const c_char,
    extensions: *mut GList,
) -> *mut SoupWebsocketConnection {
    require! { soup_websocket_connection_new => ptr::null_mut();
        "G_IS_IO_STREAM (stream)": is::<gio::IOStream>(stream),
        "uri != NULL": !uri.is_null(),
        "type != SOUP_WEBSOCKET_CONNECTION_UNKNOWN":
            matches!(r#type, CLIENT | SERVER),
    }
    let kind = WebsocketConnectionType::try_from(r#type).unwrap_or(WebsocketConnectionType::Unknown);
    // SAFETY: checked above, and the C contract for the rest.
    let (stream, uri, origin, protocol) = unsafe {
        (
            hold::<gio::IOStream>(stream),
            glib::Uri::from_glib_none(uri),
            text(origin),
            text(protocol),
        )
    };
    // SAFETY: the C contract: a list of extensions that the caller gives up.
    let extensions = unsafe { ExtensionList::from_raw(extensions) };
    WebsocketConnection::new(&stream, &uri, kind, origin, protocol, extensions).into_glib_ptr()
}

/// @connection: the connection
///
/// The stream that @connection uses, which it goes on to own.
///
/// Returns: (transfer none) (nullable): the stream
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_io_stream(
    connection: *mut SoupWebsocketConnection,
) -> *mut GIOStream {
    require! { soup_websocket_connection_get_io_stream => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    // The connection's transport keeps the stream that it gives out.
    this.io_stream().map_or(ptr::null_mut(), |stream| stream.as_ptr())
}

/// @connection: the connection
///
/// Which end of the connection this is.
///
/// Returns: the type
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_connection_type(
    connection: *mut SoupWebsocketConnection,
) -> SoupWebsocketConnectionType {
    require! { soup_websocket_connection_get_connection_type => WebsocketConnectionType::Unknown.into();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.connection_type().into()
}

/// @connection: the connection
///
/// The URI of @connection: the one that the client has connected to.
///
/// Returns: (transfer none): the URI
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_uri(
    connection: *mut SoupWebsocketConnection,
) -> *mut GUri {
    require! { soup_websocket_connection_get_uri => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    // The object keeps the URI that it gives out.
    this.uri().map_or(ptr::null_mut(), |uri| uri.to_glib_none().0)
}

/// @connection: the connection
///
/// The origin that the client has given.
///
/// Returns: (nullable): the origin
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_origin(
    connection: *mut SoupWebsocketConnection,
) -> *const c_char {
    require! { soup_websocket_connection_get_origin => ptr::null();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.origin_c()
}

/// @connection: the connection
///
/// The subprotocol that both ends have agreed on.
///
/// Returns: (nullable): the subprotocol
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_protocol(
    connection: *mut SoupWebsocketConnection,
) -> *const c_char {
    require! { soup_websocket_connection_get_protocol => ptr::null();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.protocol_c()
}

/// @connection: the connection
///
/// The extensions that both ends have agreed on, in their order.
///
/// Returns: (element-type SoupWebsocketExtension) (transfer none): the extensions
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_extensions(
    connection: *mut SoupWebsocketConnection,
) -> *mut GList {
    require! { soup_websocket_connection_get_extensions => ptr::null_mut();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.extensions_c()
}

/// @connection: the connection
///
/// Where @connection stands.
///
/// Returns: the state
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_state(
    connection: *mut SoupWebsocketConnection,
) -> SoupWebsocketState {
    require! { soup_websocket_connection_get_state => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.state().into()
}

/// @connection: the connection
///
/// The close code that the peer has sent: one of #SoupWebsocketCloseCode, or a code of its own. A close frame without a
/// code counts as %SOUP_WEBSOCKET_CLOSE_NO_STATUS.
///
/// Returns: the code, 0 before there was a close frame
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_close_code(
    connection: *mut SoupWebsocketConnection,
) -> gushort {
    require! { soup_websocket_connection_get_close_code => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.close_code()
}

/// @connection: the connection
///
/// The reason that the peer has given in its close frame.
///
/// Returns: (nullable): the reason
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_close_data(
    connection: *mut SoupWebsocketConnection,
) -> *const c_char {
    require! { soup_websocket_connection_get_close_data => ptr::null();
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.close_data_c()
}

/// @connection: the connection
/// @text: the message, ended by a NUL
///
/// Sends a message of text, which must be valid UTF-8. It leaves when the main loop runs, behind everything that was sent
/// before. Text that holds NULs goes with soup_websocket_connection_send_message().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_send_text(
    connection: *mut SoupWebsocketConnection,
    text: *const c_char,
) {
    require! { soup_websocket_connection_send_text;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    require! { soup_websocket_connection_send_text;
        "soup_websocket_connection_get_state (self) == SOUP_WEBSOCKET_STATE_OPEN":
            this.state() == WebsocketState::Open,
        "text != NULL": !text.is_null(),
    }
    // SAFETY: the C contract.
    let text = unsafe { CStr::from_ptr(text) };
    require! { soup_websocket_connection_send_text;
        "utf8_validate (text, length)": this.send_copied(WebsocketDataType::Text, text.to_bytes()) != Err(Misuse::BadUtf8),
    }
}

/// @connection: the connection
/// @data: (array length=length) (element-type guint8) (nullable): the message
/// @length: the length of @data
///
/// Sends a message of bytes. It leaves when the main loop runs, behind everything that was sent before. An empty message is
/// a message too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_send_binary(
    connection: *mut SoupWebsocketConnection,
    data: gconstpointer,
    length: gsize,
) {
    require! { soup_websocket_connection_send_binary;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    require! { soup_websocket_connection_send_binary;
        "soup_websocket_connection_get_state (self) == SOUP_WEBSOCKET_STATE_OPEN":
            this.state() == WebsocketState::Open,
        "data != NULL || length == 0": !data.is_null() || length == 0,
    }
    // SAFETY: checked above; the C contract gives the length.
    let data = unsafe { buffer(data.cast(), length) };
    // Bytes are never bad, and the state was looked at.
    _ = this.send_copied(WebsocketDataType::Binary, data);
}

/// @connection: the connection
/// @type: text or binary
/// @message: the message
///
/// Sends a message without copying it where that pays: one #GBytes may be sent on any number of connections. Text must be
/// valid UTF-8, and may hold NULs. It leaves when the main loop runs, behind everything that was sent before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_send_message(
    connection: *mut SoupWebsocketConnection,
    r#type: SoupWebsocketDataType,
    message: *mut GBytes,
) {
    require! { soup_websocket_connection_send_message;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    require! { soup_websocket_connection_send_message;
        "soup_websocket_connection_get_state (self) == SOUP_WEBSOCKET_STATE_OPEN":
            this.state() == WebsocketState::Open,
        "message != NULL": !message.is_null(),
        "type == SOUP_WEBSOCKET_DATA_TEXT || type == SOUP_WEBSOCKET_DATA_BINARY":
            WebsocketDataType::try_from(r#type).is_ok(),
    }
    let kind = WebsocketDataType::try_from(r#type).unwrap_or(WebsocketDataType::Binary);
    // SAFETY: checked above; the caller's reference outlives the queueing, after which it is not looked at.
    let message: Borrowed<glib::Bytes> = unsafe { from_glib_borrow(message) };
    require! { soup_websocket_connection_send_message;
        "type != SOUP_WEBSOCKET_DATA_TEXT || utf8_validate ((const char *)data, length)":
            this.send(kind, &message) != Err(Misuse::BadUtf8),
    }
}

/// @connection: the connection
/// @code: the close code
/// @data: (nullable): the reason, in UTF-8
///
/// Closes in order: everything that was sent before goes first, then a close frame with @code and @data, then the peer has
/// five seconds to answer with its own. #SoupWebsocketConnection::closed says when it is over.
///
/// With %SOUP_WEBSOCKET_CLOSE_NO_STATUS the frame holds neither code nor reason. A reason of more than 123 bytes is cut.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_close(
    connection: *mut SoupWebsocketConnection,
    code: gushort,
    data: *const c_char,
) {
    require! { soup_websocket_connection_close;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    let is_server = this.connection_type() == WebsocketConnectionType::Server;
    require! { soup_websocket_connection_close;
        "!priv->close_sent": this.state() == WebsocketState::Open,
        "code != SOUP_WEBSOCKET_CLOSE_ABNORMAL && code != SOUP_WEBSOCKET_CLOSE_TLS_HANDSHAKE":
            code != close::ABNORMAL && code != close::TLS_HANDSHAKE,
        "code != SOUP_WEBSOCKET_CLOSE_NO_EXTENSION": !is_server || code != close::NO_EXTENSION,
        "code != SOUP_WEBSOCKET_CLOSE_SERVER_ERROR": is_server || code != close::SERVER_ERROR,
    }
    // SAFETY: the C contract.
    let reason = unsafe { text(data) };
    require! { soup_websocket_connection_close; "utf8_validate (data)": data.is_null() || reason.is_some() }
    this.close(code, reason.unwrap_or_default());
}

/// @connection: the connection
///
/// How many bytes of payload one incoming frame may hold; 0 is no limit.
///
/// Returns: the value
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_max_incoming_payload_size(
    connection: *mut SoupWebsocketConnection,
) -> guint64 {
    require! { soup_websocket_connection_get_max_incoming_payload_size => limits::WS_FRAME_PAYLOAD;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.max_incoming_payload_size()
}

/// @connection: the connection
/// @max_incoming_payload_size: the new value
///
/// Changes how many bytes of payload one incoming frame may hold; 0 is no limit. What is sent is not limited by it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_set_max_incoming_payload_size(
    connection: *mut SoupWebsocketConnection,
    max_incoming_payload_size: guint64,
) {
    require! { soup_websocket_connection_set_max_incoming_payload_size;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    this.set_max_incoming_payload_size(max_incoming_payload_size);
}

/// @connection: the connection
///
/// How many seconds lie between two pings that are sent by themselves; 0 is none at all.
///
/// Returns: the value
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_keepalive_interval(
    connection: *mut SoupWebsocketConnection,
) -> guint {
    require! { soup_websocket_connection_get_keepalive_interval => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.keepalive_interval()
}

/// @connection: the connection
/// @interval: the new value
///
/// Changes how many seconds lie between two pings that are sent by themselves; 0 is none at all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_set_keepalive_interval(
    connection: *mut SoupWebsocketConnection,
    interval: guint,
) {
    require! { soup_websocket_connection_set_keepalive_interval;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    this.set_keepalive_interval(interval);
}

/// @connection: the connection
///
/// How many seconds such a ping may stay unanswered; 0 is for ever.
///
/// Returns: the value
///
/// Since: 3.6
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_keepalive_pong_timeout(
    connection: *mut SoupWebsocketConnection,
) -> guint {
    require! { soup_websocket_connection_get_keepalive_pong_timeout => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.keepalive_pong_timeout()
}

/// @connection: the connection
/// @pong_timeout: the new value
///
/// Changes how many seconds a ping of the keepalive may stay unanswered before the connection is given up; 0 is for ever.
///
/// Since: 3.6
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_set_keepalive_pong_timeout(
    connection: *mut SoupWebsocketConnection,
    pong_timeout: guint,
) {
    require! { soup_websocket_connection_set_keepalive_pong_timeout;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    this.set_keepalive_pong_timeout(pong_timeout);
}

/// @connection: the connection
///
/// How many bytes an incoming message may hold, all its frames together and uncompressed; 0 is no limit.
///
/// Returns: the value
///
/// Since: 3.8
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_get_max_total_message_size(
    connection: *mut SoupWebsocketConnection,
) -> guint64 {
    require! { soup_websocket_connection_get_max_total_message_size => 0;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { borrow::<WebsocketConnection>(connection) };
    this.max_total_message_size()
}

/// @connection: the connection
/// @max_total_message_size: the new value
///
/// Changes how many bytes an incoming message may hold, all its frames together and uncompressed; 0 is no limit. A server
/// begins with 128 KiB.
///
/// Since: 3.8
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_websocket_connection_set_max_total_message_size(
    connection: *mut SoupWebsocketConnection,
    max_total_message_size: guint64,
) {
    require! { soup_websocket_connection_set_max_total_message_size;
        "SOUP_IS_WEBSOCKET_CONNECTION (self)": is::<WebsocketConnection>(connection),
    }
    // SAFETY: checked above.
    let this = unsafe { hold::<WebsocketConnection>(connection) };
    this.set_max_total_message_size(max_total_message_size);
}

const CLIENT: SoupWebsocketConnectionType = 1;
const SERVER: SoupWebsocketConnectionType = 2;
