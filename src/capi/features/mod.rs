//! What changes how a session sends messages, for C: one folder a feature.

pub mod auth;
pub mod cookies;
