//! `SoupSession`, and the interface of its features.

pub mod feature;

pub mod properties;

pub mod calls;

pub mod send;
