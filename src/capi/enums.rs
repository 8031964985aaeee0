//! The functions that give the GTypes of enumerations and boxed types, and the error domains.

use glib::ffi::{GQuark, GType};
use glib::prelude::*;
use glib::translate::*;

use crate::gobject::http::status;
use crate::gobject::{MessageBody, MessageHeaders, enums};

macro_rules! get_type {
    ($($function:ident => $type:ty;)+) => {
        $(
            #[doc = concat!("The GType of `", stringify!($type), "`.")]
            #[unsafe(no_mangle)]
            pub extern "C" fn $function() -> GType {
                <$type>::static_type().into_glib()
            }
        )+
    };
}

get_type! {
    soup_date_format_get_type => enums::DateFormat;
    soup_encoding_get_type => enums::Encoding;
    soup_expectation_get_type => enums::Expectation;
    soup_http_version_get_type => enums::HttpVersion;
    soup_memory_use_get_type => enums::MemoryUse;
    soup_message_body_get_type => MessageBody;
    soup_message_flags_get_type => enums::MessageFlags;
    soup_message_headers_get_type => MessageHeaders;
    soup_message_headers_type_get_type => enums::MessageHeadersType;
    soup_message_priority_get_type => enums::MessagePriority;
    soup_server_listen_options_get_type => enums::ServerListenOptions;
    soup_session_error_get_type => enums::SessionError;
    soup_uri_component_get_type => enums::UriComponent;
    soup_websocket_close_code_get_type => enums::WebsocketCloseCode;
    soup_websocket_connection_type_get_type => enums::WebsocketConnectionType;
    soup_websocket_data_type_get_type => enums::WebsocketDataType;
    soup_websocket_error_get_type => enums::WebsocketError;
    soup_websocket_state_get_type => enums::WebsocketState;
}

/// The GType of `SoupStatus`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_status_get_type() -> GType {
    status::status_type().into_glib()
}

/// The domain of the errors that sessions give: see #SoupSessionError.
///
/// Returns: the quark
#[unsafe(no_mangle)]
pub extern "C" fn soup_session_error_quark() -> GQuark {
    <enums::SessionError as glib::error::ErrorDomain>::domain().into_glib()
}

/// The domain of the errors that WebSockets give: see #SoupWebsocketError.
///
/// Returns: the quark
#[unsafe(no_mangle)]
pub extern "C" fn soup_websocket_error_quark() -> GQuark {
    <enums::WebsocketError as glib::error::ErrorDomain>::domain().into_glib()
}
