//! The part of the protocols that the component needs: WebSockets and the heads of their handshakes.

#[path = "../../src/proto/context.rs"]
mod context;

#[path = "../../src/proto/fallible.rs"]
pub mod fallible;

#[path = "../../src/proto/http1/mod.rs"]
pub mod http1;

#[path = "../../src/proto/limits.rs"]
pub mod limits;

#[path = "../../src/proto/ws/mod.rs"]
pub mod ws;

pub use context::{Context, Entropy};
