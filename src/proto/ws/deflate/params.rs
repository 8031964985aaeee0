//! The parameters of permessage-deflate (RFC 7692, section 7.1): offers, answers and what they agree on.

/// What both ends have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The server compresses each message by itself (section 7.1.1.1).
    pub server_no_context_takeover: bool,
    /// The client compresses each message by itself (section 7.1.1.2).
    pub client_no_context_takeover: bool,
    /// The server's window is at most 2 to the power of this: 8 to 15 (section 7.1.2.1).
    pub server_max_window_bits: u8,
    /// The client's window is at most 2 to the power of this: 8 to 15 (section 7.1.2.2).
    pub client_max_window_bits: u8,
}

impl Default for Params {
    fn default() -> Params {
        Params {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        }
    }
}
