//! Authentication of the client: `SoupAuth` with its schemes, and `SoupAuthManager`, the feature that answers 401 and 407.
//!
//! | what | file |
//! |---|---|
//! | `SoupAuth`, from which C derives | `class` |
//! | what a scheme of ours is, as slots of the class | `scheme` |
//! | the schemes | `basic`, `digest`; bound to a connection: `connection`, `ntlm` with `ntlm_helper`, `negotiate` over `gssapi` |
//! | what a session knows by heart | `cache` |
//! | what a message has tried | `attempt` |
//! | the feature | `manager` |

pub(in crate::gobject) mod attempt;
mod basic;
mod cache;
mod class;
mod connection;
mod digest;
#[cfg(feature = "gssapi")]
mod gssapi;
#[cfg(not(feature = "gssapi"))]
#[path = "no_gssapi.rs"]
mod gssapi;
mod manager;
mod negotiate;
mod ntlm;
mod ntlm_helper;
mod scheme;
mod secret;

pub use basic::AuthBasic;
pub use class::{Auth, SoupAuth, SoupAuthClass};
pub use digest::AuthDigest;
pub use manager::{AuthManager, SoupAuthManager};
pub use negotiate::AuthNegotiate;
pub use ntlm::AuthNtlm;
