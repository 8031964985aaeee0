//! `SoupAuth`, its schemes, and the feature that manages them.

pub mod manager;
pub mod scheme;
