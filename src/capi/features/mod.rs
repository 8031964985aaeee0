//! What changes how a session sends messages, for C: one folder a feature.

pub mod auth;

pub mod cookies;

pub mod hsts;

pub mod tld;

pub mod decoder;

pub mod sniffer;
