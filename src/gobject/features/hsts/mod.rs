//! HTTP Strict Transport Security (RFC 6797): a host's policy, and who enforces it.

pub mod db;
pub mod enforcer;
mod enforcer_class;
pub mod policy;

pub use db::{HstsEnforcerDb, SoupHSTSEnforcerDB};
pub use enforcer::HstsEnforcer;
pub use enforcer_class::{HstsEnforcerImpl, SoupHSTSEnforcer, SoupHSTSEnforcerClass};
pub use policy::{BoxedPolicy, SoupHSTSPolicy};
