//! Bisque: libsoup-3.0's WebSocket API on a Rust engine. This file is the map of the layers.
//!
//! `proto <- reactor <- gobject <- capi`, and `proto <- wspc`: a layer imports only what stands to its
//! left, and `tests/layers.rs` reads the sources to keep it so.

pub mod proto;

pub mod reactor;

pub mod gobject;

pub mod capi;

pub mod wspc;

#[cfg(all(panic = "unwind", not(debug_assertions), not(feature = "bench")))]
compile_error!("a panic must not unwind into C: build with panic = \"abort\"");
