//! What changes how a session sends messages: one folder a feature.

pub mod cookies;
mod database;
pub mod hsts;
pub mod tld;
pub mod auth;
