//! Windows' websocket.h without GLib: the same sources as in libbisque, in a library that needs nothing but libc.

pub mod proto;

#[path = "../../src/wspc/mod.rs"]
pub mod wspc;

#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: wspc::resting::Allocator = wspc::resting::Allocator;
