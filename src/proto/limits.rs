//! Every cap on what a peer can make us hold, each with the attack that it stops.

// HTTP/1

use std::time::Duration;

/// A head that never ends (CVE-2026-12548). A browser's cookies and a Kerberos ticket fit.
pub const HEAD_BYTES: usize = 128 * 1024;

/// A head of very many tiny fields, each of which costs an allocation.
pub const HEADER_COUNT: usize = 256;

/// A head that comes at a byte a second, on each of ten thousand connections.
pub const HEAD_TIME: Duration = Duration::from_secs(30);

/// Trailers that never end.
pub const TRAILER_BYTES: usize = 16 * 1024;

/// Trailers of very many tiny fields.
pub const TRAILER_COUNT: usize = 64;

/// Chunk extensions, over the whole of a body: one byte of body each, wrapped in kilobytes that nobody counts.
pub const CHUNK_EXTENSION_BYTES: usize = 16 * 1024;

/// A server that answers "continue" for ever.
pub const INFORMATIONAL_COUNT: u32 = 32;
