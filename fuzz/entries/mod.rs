//! The entry points for fuzzing: plain functions that panic where something does not hold that must hold of any input.
//!
//! Garbage gives events or one violation: no panic, hang or growth. libFuzzer calls them (`make fuzz`), and so do the tests, over
//! the corpus and over seeds of their own; both include this file, in which `bisque` is the library or the component.
#![allow(dead_code, reason = "each program uses its part")]

pub mod component;
pub mod handshake;
pub mod http1;
pub mod values;
pub mod websocket;

#[path = "../../tests/http1_support/mod.rs"]
pub mod http1_support;
#[path = "../../tests/ws_common/mod.rs"]
pub mod ws_common;

/// One entry point.
pub type Entry = fn(&[u8]);

/// All entry points, with the names of their folders in `fuzz/corpus`.
pub const ENTRIES: [(&str, Entry); 11] = [
    ("request-heads", http1::request_heads),
    ("response-heads", http1::response_heads),
    ("chunked-bodies", http1::chunked_bodies),
    ("header-fields", values::header_fields),
    ("dates", values::dates),
    ("uris", values::uris),
    ("websocket-server", websocket::server),
    ("websocket-client", websocket::client),
    ("handshake-offers", handshake::offers),
    ("inflate", websocket::inflate),
    ("wspc", component::program),
];
