//! What changes how a session sends messages: one folder or file a feature.

pub mod auth;
pub mod body_filter;
pub mod cache;
pub mod cookies;
mod database;
pub mod decoder;
mod file_name;
pub mod hsts;
pub mod logger;
pub mod sniffer;
pub mod tld;
