//! Cookies and their jars, for C.

pub mod cookie;
pub mod headers;
pub mod jar;
pub mod stores;
