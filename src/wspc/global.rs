//! The properties that are the same for every handle (`WebSocketGetGlobalProperty`).

use std::ffi::{CStr, c_char};

use super::types::*;

/// The value of a global property, or `None` for one that belongs to handles, or to nothing.
pub fn property(kind: WEB_SOCKET_PROPERTY_TYPE) -> Option<ULONG> {
    match kind {
        WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE => {
            // SAFETY: a string with its NUL. What comes back is NULL or the environment's, looked at before anybody changes it.
            let value = unsafe { getenv(KEEPALIVE_VARIABLE.as_ptr()) };
            let value = (!value.is_null()).then(|| {
                // SAFETY: not NULL, and a string of the environment.
                unsafe { CStr::from_ptr(value) }
            });
            let configured = value.and_then(|value| value.to_str().ok()?.parse().ok());
            Some(keepalive(configured))
        }
        WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE => Some(VERSION),
        _ => None,
    }
}

/// Milliseconds between two signs of life. Keeping time is the application's: it sends an unsolicited pong then.
fn keepalive(configured: Option<ULONG>) -> ULONG {
    configured.map_or(DEFAULT_KEEPALIVE, |interval| interval.max(MIN_KEEPALIVE))
}

unsafe extern "C" {
    /// C's: Rust's copies the value, and ends the process where there is no memory for the copy.
    fn getenv(name: *const c_char) -> *const c_char;
}

const KEEPALIVE_VARIABLE: &CStr = c"WEBSOCKET_KEEPALIVE_INTERVAL";
const DEFAULT_KEEPALIVE: ULONG = 30_000;
const MIN_KEEPALIVE: ULONG = 15_000;
/// The only version of the protocol (RFC 6455, section 4.1).
const VERSION: ULONG = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keepalive_interval_has_a_default_and_a_floor() {
        assert_eq!(
            [None, Some(1), Some(60_000)].map(keepalive),
            [30_000, 15_000, 60_000]
        );
    }

    #[test]
    fn properties_of_handles_are_not_global() {
        assert_eq!(property(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE), Some(13));
        assert_eq!(property(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE), None);
    }
}
