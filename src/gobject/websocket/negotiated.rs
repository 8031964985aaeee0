//! What a list of permessage-deflate's parameters says, in an offer or in an answer (RFC 7692, section 7.1).

use std::fmt::Write;

use crate::gobject::enums::WebsocketConnectionType;
use crate::proto::ws::deflate::{Params, window_bits};

/// What the peer's list of parameters has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Negotiated {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<u8>,
}

impl Negotiated {
    /// Takes one parameter (RFC 7692, section 7.1). A list in which it stands twice is refused before.
    pub(super) fn take(
        &mut self,
        role: WebsocketConnectionType,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), String> {
        let known = match (name, value) {
            ("server_no_context_takeover", None) => {
                self.server_no_context_takeover = true;
                true
            }
            ("client_no_context_takeover", None) => {
                self.client_no_context_takeover = true;
                true
            }
            ("server_max_window_bits", Some(value)) => {
                self.server_max_window_bits = window_bits(value);
                self.server_max_window_bits.is_some()
            }
            ("client_max_window_bits", Some(value)) => {
                self.client_max_window_bits = window_bits(value);
                self.client_max_window_bits.is_some()
            }
            // An offer may leave the value to the server; an answer may not (section 7.1.2.2).
            ("client_max_window_bits", None) if role == WebsocketConnectionType::Server => {
                self.client_max_window_bits = Some(LARGEST_WINDOW);
                true
            }
            (
                "server_no_context_takeover"
                | "client_no_context_takeover"
                | "server_max_window_bits"
                | "client_max_window_bits",
                _,
            ) => false,
            _ => {
                return Err(format!(
                    "Invalid parameter '{name}' in permessage-deflate extension header"
                ));
            }
        };
        match known {
            true => Ok(()),
            false => Err(format!(
                "Invalid value of parameter '{name}' in permessage-deflate extension header"
            )),
        }
    }

    /// What has been agreed on.
    pub(super) fn params(&self) -> Params {
        Params {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits.unwrap_or(LARGEST_WINDOW),
            client_max_window_bits: self.client_max_window_bits.unwrap_or(LARGEST_WINDOW),
        }
    }

    /// What a server answers: `None` when there is nothing to say.
    pub(super) fn answer(&self) -> Option<String> {
        let mut text = String::new();
        if self.server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if self.client_no_context_takeover {
            text.push_str("; client_no_context_takeover");
        }
        if let Some(bits) = self.server_max_window_bits {
            // Writing to a String cannot fail.
            _ = write!(text, "; server_max_window_bits={bits}");
        }
        if let Some(bits) = self.client_max_window_bits {
            _ = write!(text, "; client_max_window_bits={bits}");
        }
        (!text.is_empty()).then_some(text)
    }
}

/// What a window is when nothing is said (RFC 7692, section 7.1.2).
const LARGEST_WINDOW: u8 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: WebsocketConnectionType = WebsocketConnectionType::Server;
    const CLIENT: WebsocketConnectionType = WebsocketConnectionType::Client;

    fn negotiated(
        role: WebsocketConnectionType,
        list: &[(&str, Option<&str>)],
    ) -> Result<Negotiated, String> {
        let mut negotiated = Negotiated::default();
        for (name, value) in list {
            negotiated.take(role, name, *value)?;
        }
        Ok(negotiated)
    }

    #[test]
    fn answers_repeat_what_was_agreed() {
        let all = [
            ("client_max_window_bits", Some("12")),
            ("server_no_context_takeover", None),
            ("server_max_window_bits", Some("11")),
            ("client_no_context_takeover", None),
        ];
        let text = negotiated(SERVER, &all).unwrap().answer();
        let expected = "; server_no_context_takeover; client_no_context_takeover; \
                        server_max_window_bits=11; client_max_window_bits=12";
        assert_eq!(text.as_deref(), Some(expected));
        assert_eq!(negotiated(SERVER, &[]).unwrap().answer(), None);
    }

    #[test]
    fn the_value_of_client_max_window_bits_is_left_out_in_offers_only() {
        let bare = [("client_max_window_bits", None)];
        assert_eq!(
            negotiated(SERVER, &bare).unwrap().client_max_window_bits,
            Some(15)
        );
        assert!(negotiated(CLIENT, &bare).is_err());
    }

    #[test]
    fn bad_parameters_are_refused() {
        for (name, value) in [
            ("server_max_window_bits", None),
            ("server_max_window_bits", Some("7")),
            ("client_max_window_bits", Some("16")),
            ("client_max_window_bits", Some("010")),
            ("server_no_context_takeover", Some("1")),
        ] {
            assert!(
                negotiated(SERVER, &[(name, value)])
                    .unwrap_err()
                    .starts_with("Invalid value"),
                "{name}"
            );
        }
        assert!(
            negotiated(SERVER, &[("foo", None)])
                .unwrap_err()
                .starts_with("Invalid parameter 'foo'")
        );
    }
}
