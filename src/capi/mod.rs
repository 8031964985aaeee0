//! The exported C functions, one file per class, four moves each: check, borrow, delegate, hand over.
//!
//! # The contract with C
//!
//! It stands once, here, for every function of this layer:
//!
//! - Pointers are NULL where the documentation says so, and otherwise point to live values of the named type. Instance
//!   pointers are checked for their GType; a wrong one is a critical message and a neutral return.
//! - Strings are NUL-terminated UTF-8 unless the documentation says otherwise.
//! - `GError **` is NULL or points to NULL.
//! - What is documented as "transfer none" belongs to the object it came from; "transfer full" belongs to the caller.
//! - Objects are used from the thread that runs the `GMainContext` they were made for.

#![expect(
    clippy::missing_safety_doc,
    reason = "the contract with C stands above, once for all"
)]

#[macro_use]
mod guard;
pub mod types;

pub mod enums;

pub mod features;

pub mod http;

pub mod version;

pub mod message;

pub mod server;

pub mod session;

pub mod websocket;

pub mod bisque;
