//! What changes how a session sends messages, for C: one folder a feature.

pub mod cookies;
pub mod decoder;
pub mod logger;
pub mod sniffer;
