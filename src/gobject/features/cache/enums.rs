//! The enumerations of caches.

use std::ffi::c_uint;

use crate::gobject::enums::enumeration;
use crate::proto::cache::{Scope, Storability};

enumeration! {
    /// Who uses a cache.
    #[derive(Default)]
    CacheType, SoupCacheType = "SoupCacheType" {
        /// One user.
        #[default]
        SingleUser = 0, "SOUP_CACHE_SINGLE_USER", "single-user";
        /// Several.
        Shared = 1, "SOUP_CACHE_SHARED", "shared";
    }
}

impl From<CacheType> for Scope {
    fn from(kind: CacheType) -> Scope {
        match kind {
            CacheType::SingleUser => Scope::Private,
            CacheType::Shared => Scope::Shared,
        }
    }
}

/// `SoupCacheability` as C passes it.
pub type SoupCacheability = c_uint;

pub use flags::Cacheability;

#[expect(missing_docs, reason = "glib::flags drops the comments; they are there")]
mod flags {
    #[glib::flags(name = "SoupCacheability")]
    /// What a response does to a cache.
    pub enum Cacheability {
        /// It may be stored.
        #[flags_value(name = "SOUP_CACHE_CACHEABLE", nick = "cacheable")]
        CACHEABLE = 1,
        /// It may not.
        #[flags_value(name = "SOUP_CACHE_UNCACHEABLE", nick = "uncacheable")]
        UNCACHEABLE = 2,
        /// What is stored for its URI is not valid any more.
        #[flags_value(name = "SOUP_CACHE_INVALIDATES", nick = "invalidates")]
        INVALIDATES = 4,
        /// What is stored is valid still.
        #[flags_value(name = "SOUP_CACHE_VALIDATES", nick = "validates")]
        VALIDATES = 8,
    }
}

impl From<Storability> for Cacheability {
    fn from(storability: Storability) -> Cacheability {
        match storability {
            Storability::Store => Cacheability::CACHEABLE,
            Storability::Ignore => Cacheability::UNCACHEABLE,
            Storability::Validate => Cacheability::VALIDATES,
            Storability::Invalidate => Cacheability::UNCACHEABLE | Cacheability::INVALIDATES,
        }
    }
}
