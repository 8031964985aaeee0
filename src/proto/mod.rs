//! The protocols: bytes and an `Instant` in, bytes and events out. No sockets, clock, randomness, GLib or unsafe.
//!
//! `component/src/proto.rs` names the modules that the component needs: a new one there costs it its dependencies.

mod context;

pub mod auth;
pub mod cache;
pub mod content_coding;
pub mod cookies;
pub mod fallible;
pub mod form;
pub mod hsts;
pub mod http1;
pub mod limits;
pub mod multipart;
pub mod sniff;
pub mod tld;
pub mod ws;

pub use context::{Context, Entropy};
