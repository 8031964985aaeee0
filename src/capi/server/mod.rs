//! `SoupServer` and the messages that it answers.

pub mod auth_domain;

pub mod handlers;

pub mod listen;

pub mod message;
