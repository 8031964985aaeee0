//! What changes how a session sends messages, for C: one folder or file a feature.

pub mod auth;
pub mod cache;
pub mod cookies;
pub mod decoder;
pub mod hsts;
pub mod logger;
pub mod sniffer;
pub mod tld;
