//! HTTP/1.1 as far as messages on a connection go: heads, header lists, body framing, exchanges (RFC 9112).

pub mod body;
pub mod data_uri;
pub mod date;
pub mod exchange;
pub mod grammar;
pub mod head;
pub mod headers;
pub mod known_names;
pub mod params;
pub mod ranges;
pub mod repair;
pub mod target;
pub mod violation;
