//! HTTP Strict Transport Security, for C.

pub mod enforcer;
pub mod policy;
