//! libsoup's enumerations and flags as Rust types, registered under their C names, and the error domains.
//!
//! Each has an integer alias called like the C type: what C passes is a number, and `TryFrom` says whether it is
//! a value.

use std::sync::OnceLock;

/// Defines an enumeration: the Rust enum, its GType, its alias for signatures, and `TryFrom` that.
macro_rules! enumeration {
    ($(#[$attribute:meta])* $name:ident, $c_type:ident = $c_name:literal {
        $($(#[$doc:meta])* $value:ident = $number:literal, $c_value:literal, $nick:literal;)+
    }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, glib::Enum)]
        #[enum_type(name = $c_name)]
        #[repr(i32)]
        pub enum $name {
            $($(#[$doc])* #[enum_value(name = $c_value, nick = $nick)] $value = $number,)+
        }

        #[doc = concat!("`", $c_name, "` as C passes it.")]
        pub type $c_type = std::ffi::c_int;

        impl TryFrom<std::ffi::c_int> for $name {
            type Error = $crate::gobject::enums::NoSuchValue;

            fn try_from(number: std::ffi::c_int) -> Result<Self, Self::Error> {
                match number {
                    $($number => Ok($name::$value),)+
                    _ => Err($crate::gobject::enums::NoSuchValue),
                }
            }
        }

        impl From<$name> for std::ffi::c_int {
            fn from(value: $name) -> std::ffi::c_int {
                value as std::ffi::c_int
            }
        }
    };
}

pub(crate) use enumeration;

/// A number from C that is none of its enumeration's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchValue;

enumeration! {
    /// What a WebSocket message is made of.
    WebsocketDataType, SoupWebsocketDataType = "SoupWebsocketDataType" {
        /// UTF-8 text.
        Text = 1, "SOUP_WEBSOCKET_DATA_TEXT", "text";
        /// Any bytes.
        Binary = 2, "SOUP_WEBSOCKET_DATA_BINARY", "binary";
    }
}

enumeration! {
    /// Which side of a WebSocket connection this is.
    WebsocketConnectionType, SoupWebsocketConnectionType = "SoupWebsocketConnectionType" {
        /// Neither: not for a connection in use.
        Unknown = 0, "SOUP_WEBSOCKET_CONNECTION_UNKNOWN", "unknown";
        /// The side that masks.
        Client = 1, "SOUP_WEBSOCKET_CONNECTION_CLIENT", "client";
        /// The side that does not mask.
        Server = 2, "SOUP_WEBSOCKET_CONNECTION_SERVER", "server";
    }
}

enumeration! {
    /// How far a WebSocket connection is.
    WebsocketState, SoupWebsocketState = "SoupWebsocketState" {
        /// Messages go both ways.
        Open = 1, "SOUP_WEBSOCKET_STATE_OPEN", "open";
        /// A close frame went one way.
        Closing = 2, "SOUP_WEBSOCKET_STATE_CLOSING", "closing";
        /// It is over.
        Closed = 3, "SOUP_WEBSOCKET_STATE_CLOSED", "closed";
    }
}

enumeration! {
    /// The close codes that have names (RFC 6455, section 7.4.1).
    WebsocketCloseCode, SoupWebsocketCloseCode = "SoupWebsocketCloseCode" {
        /// The purpose is fulfilled.
        Normal = 1000, "SOUP_WEBSOCKET_CLOSE_NORMAL", "normal";
        /// The endpoint goes away.
        GoingAway = 1001, "SOUP_WEBSOCKET_CLOSE_GOING_AWAY", "going-away";
        /// The peer broke the protocol.
        ProtocolError = 1002, "SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR", "protocol-error";
        /// A type of data that is not accepted.
        UnsupportedData = 1003, "SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA", "unsupported-data";
        /// No code was given; never on the wire.
        NoStatus = 1005, "SOUP_WEBSOCKET_CLOSE_NO_STATUS", "no-status";
        /// There was no close frame; never on the wire.
        Abnormal = 1006, "SOUP_WEBSOCKET_CLOSE_ABNORMAL", "abnormal";
        /// Data that does not fit its type.
        BadData = 1007, "SOUP_WEBSOCKET_CLOSE_BAD_DATA", "bad-data";
        /// A policy was violated.
        PolicyViolation = 1008, "SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION", "policy-violation";
        /// The message is too big.
        TooBig = 1009, "SOUP_WEBSOCKET_CLOSE_TOO_BIG", "too-big";
        /// The server did not negotiate an extension that the client needs.
        NoExtension = 1010, "SOUP_WEBSOCKET_CLOSE_NO_EXTENSION", "no-extension";
        /// The server cannot go on.
        ServerError = 1011, "SOUP_WEBSOCKET_CLOSE_SERVER_ERROR", "server-error";
        /// The TLS handshake failed; never on the wire.
        TlsHandshake = 1015, "SOUP_WEBSOCKET_CLOSE_TLS_HANDSHAKE", "tls-handshake";
    }
}

enumeration! {
    /// What a `SOUP_WEBSOCKET_ERROR` says.
    WebsocketError, SoupWebsocketError = "SoupWebsocketError" {
        /// Something else.
        Failed = 0, "SOUP_WEBSOCKET_ERROR_FAILED", "failed";
        /// The server does not speak WebSocket.
        NotWebsocket = 1, "SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET", "not-websocket";
        /// The handshake is malformed.
        BadHandshake = 2, "SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE", "bad-handshake";
        /// The origin is not accepted.
        BadOrigin = 3, "SOUP_WEBSOCKET_ERROR_BAD_ORIGIN", "bad-origin";
    }
}

enumeration! {
    /// What a `SOUP_SESSION_ERROR` says.
    SessionError, SoupSessionError = "SoupSessionError" {
        /// The server's answer is malformed.
        Parsing = 0, "SOUP_SESSION_ERROR_PARSING", "parsing";
        /// The server's answer is in a strange encoding.
        Encoding = 1, "SOUP_SESSION_ERROR_ENCODING", "encoding";
        /// Redirected too often.
        TooManyRedirects = 2, "SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS", "too-many-redirects";
        /// Restarted too often.
        TooManyRestarts = 3, "SOUP_SESSION_ERROR_TOO_MANY_RESTARTS", "too-many-restarts";
        /// A redirection without a Location.
        RedirectNoLocation = 4, "SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION", "redirect-no-location";
        /// A redirection to a bad URI.
        RedirectBadUri = 5, "SOUP_SESSION_ERROR_REDIRECT_BAD_URI", "redirect-bad-uri";
        /// The message is being sent already.
        MessageAlreadyInQueue = 6, "SOUP_SESSION_ERROR_MESSAGE_ALREADY_IN_QUEUE", "message-already-in-queue";
    }
}

enumeration! {
    /// What a header list belongs to.
    MessageHeadersType, SoupMessageHeadersType = "SoupMessageHeadersType" {
        /// A request.
        Request = 0, "SOUP_MESSAGE_HEADERS_REQUEST", "request";
        /// A response.
        Response = 1, "SOUP_MESSAGE_HEADERS_RESPONSE", "response";
        /// A part of a multipart body.
        Multipart = 2, "SOUP_MESSAGE_HEADERS_MULTIPART", "multipart";
    }
}

enumeration! {
    /// How the end of a body is told.
    Encoding, SoupEncoding = "SoupEncoding" {
        /// In a way that nobody knows.
        Unrecognized = 0, "SOUP_ENCODING_UNRECOGNIZED", "unrecognized";
        /// There is no body.
        None = 1, "SOUP_ENCODING_NONE", "none";
        /// By a Content-Length.
        ContentLength = 2, "SOUP_ENCODING_CONTENT_LENGTH", "content-length";
        /// By the end of the connection.
        Eof = 3, "SOUP_ENCODING_EOF", "eof";
        /// By chunks.
        Chunked = 4, "SOUP_ENCODING_CHUNKED", "chunked";
        /// By the boundaries of multipart/byteranges.
        Byteranges = 5, "SOUP_ENCODING_BYTERANGES", "byteranges";
    }
}

enumeration! {
    /// The versions of HTTP.
    HttpVersion, SoupHTTPVersion = "SoupHTTPVersion" {
        /// HTTP/1.0.
        Http10 = 0, "SOUP_HTTP_1_0", "http-1-0";
        /// HTTP/1.1.
        Http11 = 1, "SOUP_HTTP_1_1", "http-1-1";
        /// HTTP/2.
        Http20 = 2, "SOUP_HTTP_2_0", "http-2-0";
    }
}

enumeration! {
    /// What happens to memory that is handed over.
    MemoryUse, SoupMemoryUse = "SoupMemoryUse" {
        /// It stays where it is, unchanged, for ever.
        Static = 0, "SOUP_MEMORY_STATIC", "static";
        /// It is freed by whom it is given to, with `g_free()`.
        Take = 1, "SOUP_MEMORY_TAKE", "take";
        /// It is copied.
        Copy = 2, "SOUP_MEMORY_COPY", "copy";
    }
}

enumeration! {
    /// How soon a session sends a message.
    MessagePriority, SoupMessagePriority = "SoupMessagePriority" {
        /// After all others.
        VeryLow = 0, "SOUP_MESSAGE_PRIORITY_VERY_LOW", "very-low";
        /// Later than most.
        Low = 1, "SOUP_MESSAGE_PRIORITY_LOW", "low";
        /// In turn.
        Normal = 2, "SOUP_MESSAGE_PRIORITY_NORMAL", "normal";
        /// Sooner than most.
        High = 3, "SOUP_MESSAGE_PRIORITY_HIGH", "high";
        /// Before all others.
        VeryHigh = 4, "SOUP_MESSAGE_PRIORITY_VERY_HIGH", "very-high";
    }
}

enumeration! {
    /// How a date is written.
    DateFormat, SoupDateFormat = "SoupDateFormat" {
        /// As in a Date header.
        Http = 1, "SOUP_DATE_HTTP", "http";
        /// As in a Set-Cookie header.
        Cookie = 2, "SOUP_DATE_COOKIE", "cookie";
    }
}

enumeration! {
    /// The parts of a URI.
    UriComponent, SoupURIComponent = "SoupURIComponent" {
        /// The end of a list of parts.
        None = 0, "SOUP_URI_NONE", "none";
        /// The scheme.
        Scheme = 1, "SOUP_URI_SCHEME", "scheme";
        /// The user.
        User = 2, "SOUP_URI_USER", "user";
        /// The password.
        Password = 3, "SOUP_URI_PASSWORD", "password";
        /// The authentication parameters.
        AuthParams = 4, "SOUP_URI_AUTH_PARAMS", "auth-params";
        /// The host.
        Host = 5, "SOUP_URI_HOST", "host";
        /// The port.
        Port = 6, "SOUP_URI_PORT", "port";
        /// The path.
        Path = 7, "SOUP_URI_PATH", "path";
        /// The query.
        Query = 8, "SOUP_URI_QUERY", "query";
        /// The fragment.
        Fragment = 9, "SOUP_URI_FRAGMENT", "fragment";
    }
}

pub use flags::*;

#[expect(missing_docs, reason = "glib::flags drops the comments; they are there")]
mod flags {
    use std::ffi::c_uint;

    /// `SoupExpectation` as C passes it.
    pub type SoupExpectation = c_uint;

    #[glib::flags(name = "SoupExpectation")]
    /// What a client expects of a server (the Expect header).
    pub enum Expectation {
        /// Something that nobody knows.
        #[flags_value(name = "SOUP_EXPECTATION_UNRECOGNIZED", nick = "unrecognized")]
        UNRECOGNIZED = 1,
        /// An interim answer before the body is sent.
        #[flags_value(name = "SOUP_EXPECTATION_CONTINUE", nick = "continue")]
        CONTINUE = 2,
    }

    /// `SoupMessageFlags` as C passes it.
    pub type SoupMessageFlags = c_uint;

    #[glib::flags(name = "SoupMessageFlags")]
    /// What a session may do with a message.
    pub enum MessageFlags {
        /// Redirections are not followed.
        #[flags_value(name = "SOUP_MESSAGE_NO_REDIRECT", nick = "no-redirect")]
        NO_REDIRECT = 2,
        /// A connection of its own.
        #[flags_value(name = "SOUP_MESSAGE_NEW_CONNECTION", nick = "new-connection")]
        NEW_CONNECTION = 4,
        /// It may be sent again.
        #[flags_value(name = "SOUP_MESSAGE_IDEMPOTENT", nick = "idempotent")]
        IDEMPOTENT = 8,
        /// Passwords that are known already are not used.
        #[flags_value(name = "SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE", nick = "do-not-use-auth-cache")]
        DO_NOT_USE_AUTH_CACHE = 16,
        /// Times and sizes are recorded.
        #[flags_value(name = "SOUP_MESSAGE_COLLECT_METRICS", nick = "collect-metrics")]
        COLLECT_METRICS = 32,
    }

    /// `SoupServerListenOptions` as C passes it.
    pub type SoupServerListenOptions = c_uint;

    #[glib::flags(name = "SoupServerListenOptions")]
    /// How a server listens.
    pub enum ServerListenOptions {
        /// With TLS.
        #[flags_value(name = "SOUP_SERVER_LISTEN_HTTPS", nick = "https")]
        HTTPS = 1,
        /// On IPv4 alone.
        #[flags_value(name = "SOUP_SERVER_LISTEN_IPV4_ONLY", nick = "ipv4-only")]
        IPV4_ONLY = 2,
        /// On IPv6 alone.
        #[flags_value(name = "SOUP_SERVER_LISTEN_IPV6_ONLY", nick = "ipv6-only")]
        IPV6_ONLY = 4,
    }
}

impl glib::error::ErrorDomain for WebsocketError {
    fn domain() -> glib::Quark {
        static QUARK: OnceLock<glib::Quark> = OnceLock::new();
        *QUARK.get_or_init(|| glib::Quark::from_str("soup-websocket-error-quark"))
    }

    fn code(self) -> i32 {
        self as i32
    }

    fn from(code: i32) -> Option<Self> {
        Some(WebsocketError::try_from(code).unwrap_or(WebsocketError::Failed))
    }
}

impl glib::error::ErrorDomain for SessionError {
    fn domain() -> glib::Quark {
        static QUARK: OnceLock<glib::Quark> = OnceLock::new();
        *QUARK.get_or_init(|| glib::Quark::from_str("soup-session-error-quark"))
    }

    fn code(self) -> i32 {
        self as i32
    }

    fn from(code: i32) -> Option<Self> {
        SessionError::try_from(code).ok()
    }
}
