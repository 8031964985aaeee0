//! `SoupCache`: keeps responses, and answers requests with them (RFC 9111).
//!
//! | what | where |
//! |---|---|
//! | the rules, what is there | in the thread of the message, behind the cache's lock |
//! | files: reading, writing, removing, loading | in one thread per cache, one after the other: the main loop never waits for a disk |
//! | `soup_cache_flush()`, `soup_cache_dump()`, the cache's end | wait until that thread has done what it was given |
//!
//! A response is one file, which says itself whose it is ([`crate::proto::cache::Head`]): there is no other index that could be lost or
//! contradict it. A file is written beside and renamed, and nothing of it is believed before its digest has been checked; so it needs no
//! `fsync`: after a power cut a response is there or is not.

mod body;
mod cache_class;
mod disk;
mod enums;
mod exchange;
mod folder;
mod state;
mod stored_body;

pub use cache_class::{Cache, SoupCache, SoupCacheClass};
pub use enums::{CacheType, Cacheability, SoupCacheType, SoupCacheability};
