//! What changes how a session sends messages: one folder or file a feature.

pub mod body_filter;
pub mod cookies;
pub mod decoder;
pub mod logger;
pub mod sniffer;
