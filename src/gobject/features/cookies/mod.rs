//! Cookies: one of them, the jar that keeps them, and where jars are stored.

pub mod cookie;
pub mod db;
pub mod enums;
pub mod jar;
mod jar_class;
mod messages;
mod store;
pub mod text;

pub use cookie::{BoxedCookie, SoupCookie};
pub use db::{CookieJarDb, SoupCookieJarDB};
pub use jar::CookieJar;
pub use jar_class::{CookieJarImpl, SoupCookieJar, SoupCookieJarClass};
pub use messages::{from_request, from_response, to_request, to_response, with_origin};
pub use text::{CookieJarText, SoupCookieJarText};
