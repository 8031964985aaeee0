//! The WebSocket protocol: RFC 6455, and permessage-deflate (RFC 7692).
//!
//! [`Connection`] is the whole protocol of an open connection, for either role. The modules below it are
//! usable alone, each streaming: frame headers ([`frame`]), masks ([`mask`]), UTF-8 in pieces ([`utf8`]),
//! the rules of close frames ([`close`]), the opening handshake ([`handshake`]), extension lists
//! ([`extension`]) and the compressor and decompressor ([`deflate`]).

pub mod close;
mod connection;
pub mod deflate;
mod direct;
mod event;
pub mod extension;
mod filter;
pub mod frame;
pub mod handshake;
mod keepalive;
pub mod mask;
mod message;
mod output;
mod receive;
mod send;
mod settings;
pub mod spare;
pub mod utf8;
mod violation;

pub use connection::{Connection, Disposition, State};
pub use direct::Direct;
pub use event::{Event, Flow, Input, Payload};
pub use settings::{DataType, Role, Settings};
pub use violation::{Misuse, Violation};
