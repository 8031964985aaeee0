//! The Windows face: the functions of `websocket.h` straight over proto, with no GLib in reach.
//!
//! A [`handle::Handle`] goes from its handshake to a [`session::Session`], which has a sender and a receiver, each with a
//! queue of the caller's operations. The component never holds a whole message, does no I/O, and gives out no pointer
//! that is not in its buffers, the caller's buffer or the caller's payload.

mod buffer_type;
mod exports;
mod failure;
mod fields;
mod global;
mod handle;
mod handshake;
mod incoming;
mod inflater;
mod masking;
mod memory;
mod operation;
mod options;
mod receiver;
mod reply;
pub mod resting;
mod sender;
mod session;
pub mod types;

pub use exports::*;
