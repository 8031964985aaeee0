//! The GObject classes: properties, signals, vfuncs. Safe methods outside, no exported symbol.

pub mod enums;
pub mod message_body;
pub mod message_headers;
pub mod session_feature;
pub mod status;

pub use message_body::MessageBody;
pub use message_headers::MessageHeaders;
pub use session_feature::{SessionFeature, SessionFeatureImpl};
