//! The GObject classes: properties, signals, vfuncs. Safe methods outside, no exported symbol.

mod callback;
pub mod enums;
pub mod head;
pub mod header_fields;
pub mod message;
pub mod message_body;
mod message_class;
pub mod message_handlers;
pub mod message_headers;
mod message_tls;
mod message_uri;
pub mod params;
mod quiet;
pub mod server;
pub mod server_message;
pub mod session;
mod session_class;
mod session_connect;
pub mod session_feature;
mod session_handshake;
mod session_language;
mod session_queue;
mod session_redirect;
pub mod session_task;
mod session_tls;
pub mod status;
pub mod uri;
pub mod websocket;

pub use callback::Callback;
pub use message::Message;
pub use message_body::MessageBody;
pub use message_headers::MessageHeaders;
pub use server::Server;
pub use server_message::ServerMessage;
pub use session::Session;
pub use session_feature::{SessionFeature, SessionFeatureImpl};
