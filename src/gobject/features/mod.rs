//! What changes how a session sends messages: one folder a feature.

pub mod auth;
pub mod cookies;
