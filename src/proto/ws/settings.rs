//! What an application decides about a connection: its role, its limits, its keepalive, its extensions.

use std::time::Duration;

use crate::proto::limits;
use crate::proto::ws::deflate;

/// Which end of the connection this is. A client masks what it sends, a server must not (RFC 6455,
/// section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The end that asked for the connection.
    Client,
    /// The end that granted it.
    Server,
}

impl Role {
    /// The other end's role.
    pub fn peer(self) -> Role {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        }
    }
}

/// What a message is made of (RFC 6455, section 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// UTF-8 text; the engine has checked it.
    Text,
    /// Bytes.
    Binary,
}

/// The settings of a connection. All of them but role, deflate and filter may change while it is open.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which end this is.
    pub role: Role,
    /// The longest payload of one incoming frame, in bytes; 0 is no limit.
    pub max_frame_payload: u64,
    /// The longest incoming message, all its frames together and after inflating, in bytes; 0 is no limit.
    pub max_message: u64,
    /// How many bytes may be queued before a further send fails the connection.
    pub max_queued_output: usize,
    /// How often a ping goes out by itself.
    pub keepalive_interval: Option<Duration>,
    /// How long such a ping may stay unanswered.
    pub pong_timeout: Option<Duration>,
    /// permessage-deflate as it was negotiated (RFC 7692). Ignored in filter mode.
    pub deflate: Option<deflate::Params>,
    /// Every frame passes through the caller, in both directions: [`crate::proto::ws::Event::Filter`].
    pub filter: bool,
}

impl Settings {
    /// The longest message after inflating, as long as nobody has changed `max_message`.
    pub fn max_inflated(&self) -> u64 {
        match (self.max_message, self.role) {
            (0, Role::Client) => limits::WS_CLIENT_INFLATED,
            (0, Role::Server) => u64::MAX,
            (bytes, _) => bytes,
        }
    }

    /// libsoup's defaults for a role.
    pub fn new(role: Role) -> Settings {
        Settings {
            role,
            max_frame_payload: limits::WS_FRAME_PAYLOAD,
            max_message: match role {
                Role::Client => 0,
                Role::Server => limits::WS_SERVER_MESSAGE,
            },
            max_queued_output: limits::WS_QUEUED_OUTPUT,
            keepalive_interval: None,
            pong_timeout: None,
            deflate: None,
            filter: false,
        }
    }
}
