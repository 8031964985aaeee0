//! The GObject classes: properties, signals, vfuncs. Safe methods outside, no exported symbol.

pub mod auth_domain;
pub mod enums;
pub mod features;
pub mod glue;
pub mod http;
pub mod message;
pub mod multipart;
pub mod server;
pub mod server_message;
pub mod session;
pub mod websocket;

pub use auth_domain::AuthDomain;
pub use glue::Callback;
pub use http::{MessageBody, MessageHeaders};
pub use message::Message;
pub use server::Server;
pub use server_message::ServerMessage;
pub use session::Session;
pub use session::feature::{BodyStage, SessionFeature, SessionFeatureImpl, Verdict};
