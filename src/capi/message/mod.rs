//! `SoupMessage`: the request that a session sends, and its response.

pub mod accessors;

pub mod options;

pub mod metrics;

pub mod forms;
