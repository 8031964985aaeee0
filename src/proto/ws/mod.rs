//! The WebSocket protocol: RFC 6455, and permessage-deflate (RFC 7692).
