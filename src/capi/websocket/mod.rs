//! WebSocket connections, their extensions, and the functions that shake hands.

pub mod connection;

pub mod extension;

pub mod handshake;
