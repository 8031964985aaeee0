//! WebSockets as GObjects: the connection, its extensions, the session feature that offers them, the handshake helpers.
//!
//! - `connection`: what an application calls on a `SoupWebsocketConnection`; `connection_class`: its properties.
//! - `core`: what moves under it; `pump`: reading and writing; `filter`: frames on their way through extensions.
//! - `signals`, `message_func`, `payload`, `errors`: what is handed to the application.
//! - `extension`, `deflate` with `negotiated`, `extension_list`: the abstract class, permessage-deflate, lists for C.
//! - `handshake`: how it all begins; `manager`: the session feature that knows what to offer.

mod connection;
mod connection_class;
mod core;
mod deflate;
mod errors;
mod extension;
mod extension_list;
mod filter;
pub mod handshake;
mod manager;
mod message_func;
mod negotiated;
mod payload;
mod pump;
mod signals;

pub use connection::{Opening, Place, SoupWebsocketConnection, WebsocketConnection};
pub use deflate::{SoupWebsocketExtensionDeflate, WebsocketExtensionDeflate};
pub use extension::{
    ProcessMessage, SoupWebsocketExtension, SoupWebsocketExtensionClass, WebsocketExtension,
    WebsocketExtensionImpl,
};
pub use extension_list::ExtensionList;
pub use manager::{Offer, SoupWebsocketExtensionManager, WebsocketExtensionManager};
pub use message_func::BisqueMessageFunc;
