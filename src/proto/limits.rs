//! Every cap on what a peer can make us hold, each with the attack that it stops.

// HTTP/1

use std::time::Duration;

/// A head that never ends (CVE-2026-12548). A browser's cookies and a Kerberos ticket fit. Like every other of a server's HTTP, a program
/// may set it: `bisque_server_set_limit()`.
pub const HEAD_BYTES: usize = 128 * 1024;

/// A head of very many tiny fields, each of which costs an allocation.
pub const HEADER_COUNT: usize = 256;

/// How many parameters of one header value are read: each new name is compared with those before it, and a head has room for tens of
/// thousands.
pub const PARAM_COUNT: usize = 512;

/// A head that comes at a byte a second, on each of ten thousand connections.
pub const HEAD_TIME: Duration = Duration::from_secs(30);

/// Clients that take the last descriptors of the process, or an eighth where that is fewer: the program opens files, and GLib ends a
/// process that it gets no descriptor for.
pub const DESCRIPTORS_LEFT: u64 = 16;

/// Connections by the thousand that never say a word, each of which holds a descriptor.
pub const FIRST_BYTE_TIME: Duration = Duration::from_secs(30);

/// The same after a first request.
pub const IDLE_TIME: Duration = Duration::from_secs(60);

/// A body that is announced and never comes. Any byte of it is progress: a slow line is no attack.
pub const BODY_TIME: Duration = Duration::from_secs(60);

/// A client that asks for a large response and does not read it.
pub const RESPONSE_TIME: Duration = Duration::from_secs(60);

/// A TLS handshake that never ends, or comes at a byte a second. Each holds a descriptor, and behind its first message a
/// thread of GIO's pool.
pub const TLS_HANDSHAKE_TIME: Duration = Duration::from_secs(30);

/// The threads for handshakes that GIO makes, of clients and servers together: each of them waits for its peer.
pub const TLS_HANDSHAKES: u32 = 256;

/// Peers that begin a TLS handshake with a server by the thousand and then say nothing. Where GIO shakes hands, each holds one of the
/// threads that GIO has for all that a program does in the background, files included: it has ten, and makes more of them slowly.
pub const GIO_HANDSHAKES: usize = 8;

/// One address that wants them all.
pub const GIO_HANDSHAKES_PER_ADDRESS: usize = 6;

/// A peer that does not go on with its handshake, while others wait for theirs.
pub const GIO_HANDSHAKE_PATIENCE: Duration = Duration::from_millis(300);

/// Peers that wait for a handshake by the thousand, each with a descriptor.
pub const GIO_HANDSHAKES_WAITING: usize = 512;

/// Trailers that never end.
pub const TRAILER_BYTES: usize = 16 * 1024;

/// Trailers of very many tiny fields.
pub const TRAILER_COUNT: usize = 64;

/// Chunk extensions, over the whole of a body: one byte of body each, wrapped in kilobytes that nobody counts.
pub const CHUNK_EXTENSION_BYTES: usize = 16 * 1024;

/// A request body that never ends, where a server keeps it in memory for its handler.
pub const SERVER_BODY: u64 = 32 * 1024 * 1024;

/// Such bodies on many connections at once.
pub const SERVER_BODIES: u64 = 512 * 1024 * 1024;

/// A server that answers "continue" for ever.
pub const INFORMATIONAL_COUNT: u32 = 32;

/// How long a request body waits for a server that was asked to say 100 first and says nothing (RFC 9110, section 10.1.1).
pub const CONTINUE_TIME: Duration = Duration::from_secs(1);

/// How many times one message is sent again because of an answer that is no redirect. Servers that challenge for ever.
pub const RESTARTS: u32 = 20;

/// The body of a response that is read only to keep its connection, before a restart. Beyond it the connection is closed.
pub const DISCARDED_BODY: u64 = 256 * 1024;

/// How many ranges one Range header may ask for. Each costs a server a part of a multipart response, however small it is
/// (CVE-2025-32907).
pub const RANGE_COUNT: usize = 200;

/// The longest payload of one WebSocket frame unless the application says otherwise (libsoup's default). A peer
/// that declares a huge frame is refused at the header, before a byte of it is kept.
pub const WS_FRAME_PAYLOAD: u64 = 128 * 1024;

/// The longest message, all fragments together and inflated, that a server takes unless the application says
/// otherwise (libsoup's default). Endless fragments below the frame limit: CVE-2025-32049; a deflate bomb:
/// CVE-2026-15709, which is why inflated bytes are counted while they come out.
pub const WS_SERVER_MESSAGE: u64 = 128 * 1024;

/// The longest message that a client inflates unless the application has said otherwise: it has no limit on messages, and a
/// megabyte and a half inflate to a gigabyte and a half.
pub const WS_CLIENT_INFLATED: u64 = 64 * 1024 * 1024;

/// How many bytes may wait for a peer that does not read before a further send fails the connection.
pub const WS_QUEUED_OUTPUT: usize = 256 * 1024 * 1024;

/// How many bytes of unsent pongs may wait. A peer that sends pings and never reads would have us keep a pong for
/// each; beyond this only the latest ping is remembered (RFC 6455, section 5.5.3 allows it).
pub const WS_UNSENT_PONGS: usize = 4 * 1024;

/// How many empty fragments one message may have. They add nothing to any length limit, so that a peer could keep
/// an endpoint busy with them, and a message under way, for ever.
pub const WS_EMPTY_FRAGMENTS: u32 = 1024;

/// A reassembly buffer is at most so many times as big as what has arrived: a declared length alone allocates
/// nothing (CVE-2026-102558).
pub const WS_GROWTH: usize = 4;

/// How many bytes of large buffers a thread keeps for its next messages: no more, or a burst of huge messages would be
/// paid for ever.
pub const WS_SPARE: usize = 6 * 1024 * 1024;

/// How many small output buffers a thread keeps: as many as connections are written to at once. A crowd that is written
/// to must not leave a buffer for each of its members behind.
pub const WS_SPARE_TAILS: usize = 64;

/// How many DEFLATE blocks of one message may be marked as the last. Two bytes make one, and each makes the inflater
/// begin anew with 32 KiB of window.
pub const WS_FINAL_BLOCKS: u32 = 16;

/// How many redirects one handshake follows (libsoup's number). Two servers that send it to each other cost nothing to either.
pub const REDIRECTS: u32 = 20;

/// How much of the body of a response that refuses a WebSocket is kept for the program.
pub const KEPT_REFUSAL_BYTES: usize = 64 * 1024;

/// The body of an answer that refuses a WebSocket or redirects it, which is read to its end and thrown away.
pub const REFUSAL_BYTES: u64 = 4 * 1024 * 1024;

/// How much of a TLS handshake's message may come before it is complete. Its own length says up to 16 MiB, and a peer that
/// never sends the end would have us keep that for each of its connections.
pub const TLS_INPUT: usize = 96 * 1024;
// Authentication

/// How many challenges of one answer are looked at. A head has room for ten thousand.
pub const AUTH_CHALLENGES: usize = 32;

/// How many parameters one challenge may have: each new name is compared with those before it.
pub const AUTH_PARAMS: usize = 32;

/// How many paths of one server have credentials of their own: a Digest challenge may name as many as a head holds, and each is compared
/// with every request's.
pub const AUTH_SPACES: usize = 256;

/// How many servers a session knows credentials for. Servers that redirect to ever new ones, with a password in the URI, would fill it.
pub const AUTH_ORIGINS: usize = 1024;

/// How many connections an NTLM auth follows. Whoever closes each connection after a challenge would have it remember them all; one
/// that is forgotten begins anew.
pub const NTLM_CONNECTIONS: usize = 64;

/// How long a program that answers for an NTLM user may take for an answer: one that hangs would keep a thread.
pub const NTLM_HELPER_TIME: Duration = Duration::from_secs(30);

/// How long an answer of such a program may be. A program that is another one than it should be could write without end.
pub const NTLM_HELPER_LINE: usize = 64 * 1024;

/// How many threads work for authentication at once: each may wait for somebody who answers slowly (a Kerberos server). A server that
/// asks again for every message would otherwise have a thread for each; the others wait for their turn.
pub const AUTH_THREADS: u32 = 8;

/// How long a server takes a nonce that it issued. Whoever records a response can use it no longer (CVE-2026-3099).
pub const AUTH_NONCE_TIME: Duration = Duration::from_secs(300);

/// How many nonces that were used a server remembers. A client that knows a password could otherwise fill its memory with a new nonce a
/// request; those forgotten are refused, and their clients told to take another.
pub const AUTH_NONCES: usize = 4096;

// Cookies

/// The longest name and value of a cookie together (RFC 6265bis, section 5.6): each comes back with every request.
pub const COOKIE_BYTES: usize = 4096;

/// The longest value of a cookie's attribute (RFC 6265bis, section 5.6).
pub const COOKIE_ATTRIBUTE_BYTES: usize = 1024;

/// How many cookies of one domain are kept. A server that sets a new one with each response would fill the jar, and the heads of requests.
pub const COOKIES_PER_DOMAIN: usize = 180;

/// How many cookies are kept. A server with a wildcard in the DNS has as many domains as it likes.
pub const COOKIES: usize = 3000;

// Forms, multipart, HSTS

/// How many fields of a form are read: three bytes make one, and each costs two allocations.
pub const FORM_FIELDS: usize = 10_000;

/// How many directives a Strict-Transport-Security header may have: each is compared with those before it.
pub const HSTS_DIRECTIVES: usize = 64;

/// How many hosts' policies are kept. A server with a wildcard in the DNS has as many hosts as it likes.
pub const HSTS_HOSTS: usize = 10_000;

/// How many parts a multipart body may have: a dozen bytes make one, and each costs a header list.
pub const MULTIPART_PARTS: usize = 10_000;

/// The headers of one part, which are kept until they are whole. As many of them as of trailers ([`TRAILER_COUNT`]).
pub const MULTIPART_HEAD_BYTES: usize = 16 * 1024;

/// Blanks behind a boundary, which are kept until it is known what they belong to.
pub const MULTIPART_PADDING: usize = 64;

// Content codings

/// How many codings of one body are undone. Each multiplies what the one before it gives.
pub const CONTENT_CODINGS: usize = 4;

/// The largest window of zstd (RFC 9659): a header of six bytes asks for that much memory.
pub const ZSTD_WINDOW: u64 = 8 * 1024 * 1024;

/// What undoing one coding of a body may give: 4 MiB of gzip become 4 GiB, which a program that collects bodies would hold.
pub const DECODED_BODY: u64 = 1024 * 1024 * 1024;

// Logging

/// How much of a body is kept to be printed, where the program sets no limit: an endless one would be kept whole.
pub const LOGGED_BODY: usize = 16 * 1024 * 1024;

// The cache

/// A body that never ends, of which a copy is kept in memory until all of it has come. A tenth of the cache's size is the limit where that is
/// less.
pub const CACHE_BODY: usize = 16 * 1024 * 1024;

/// Many such bodies before they are written, or where they cannot be written: those that were not used for longest are forgotten.
pub const CACHE_MEMORY: u64 = 64 * 1024 * 1024;

/// The copies of many bodies that come at the same time.
pub const CACHE_INCOMING: usize = 64 * 1024 * 1024;

/// A head that is longer than what is read of each file when a cache is loaded.
pub const CACHE_HEAD: usize = 32 * 1024;

/// A server that says of one URI that it varies with whatever a client may send.
pub const CACHE_VARIANTS: usize = 16;
