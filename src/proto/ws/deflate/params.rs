//! The parameters of permessage-deflate (RFC 7692, section 7.1): offers, answers and what they agree on.

use std::fmt;

use crate::proto::ws::extension::{Extension, Param};

/// The extension's name.
pub const NAME: &str = "permessage-deflate";

/// What both ends have agreed on; also what an endpoint would like.
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

impl Params {
    /// How the server compresses: its window bits, and whether it refers to earlier messages.
    pub fn server(&self) -> (u8, bool) {
        (self.server_max_window_bits, !self.server_no_context_takeover)
    }

    /// How the client compresses: its window bits, and whether it refers to earlier messages.
    pub fn client(&self) -> (u8, bool) {
        (self.client_max_window_bits, !self.client_no_context_takeover)
    }
}

/// The parameters as they stand in a header: a client's offer, or a server's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// `server_no_context_takeover`.
    pub server_no_context_takeover: bool,
    /// `client_no_context_takeover`.
    pub client_no_context_takeover: bool,
    /// `server_max_window_bits`, which always has a value.
    pub server_max_window_bits: Option<u8>,
    /// `client_max_window_bits`, which may do without a value in an offer.
    pub client_max_window_bits: Option<Option<u8>>,
}

impl Offer {
    /// What most clients offer, and libsoup: nothing restricted, the server may restrict the client's window.
    pub const USUAL: Offer = Offer {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: None,
        client_max_window_bits: Some(None),
    };

    /// Reads parameters. `None` if one is unknown, or comes twice, or has a value that it may not have.
    pub fn parse(params: &[Param<'_>]) -> Option<Offer> {
        let mut offer = Offer::default();
        for Param { name, value } in params {
            let value = value.as_deref();
            let is_first = match *name {
                "server_no_context_takeover" if value.is_none() => {
                    !set(&mut offer.server_no_context_takeover)
                }
                "client_no_context_takeover" if value.is_none() => {
                    !set(&mut offer.client_no_context_takeover)
                }
                "server_max_window_bits" => offer
                    .server_max_window_bits
                    .replace(window_bits(value?)?)
                    .is_none(),
                "client_max_window_bits" => {
                    let value = match value {
                        Some(value) => Some(window_bits(value)?),
                        None => None,
                    };
                    offer.client_max_window_bits.replace(value).is_none()
                }
                _ => false,
            };
            if !is_first {
                return None;
            }
        }
        Some(offer)
    }

    /// A server's answer to this offer, and what is agreed by it. `wish` restricts it further where it may.
    pub fn accept(&self, wish: Params) -> (Params, Offer) {
        let server_bits = self
            .server_max_window_bits
            .unwrap_or(15)
            .min(wish.server_max_window_bits.clamp(8, 15));
        let client_bits = match self.client_max_window_bits {
            // A client that did not say the word cannot be restricted (section 7.1.2.2).
            None => 15,
            Some(value) => value.unwrap_or(15).min(wish.client_max_window_bits.clamp(8, 15)),
        };
        let params = Params {
            server_no_context_takeover: self.server_no_context_takeover || wish.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover || wish.client_no_context_takeover,
            server_max_window_bits: server_bits,
            client_max_window_bits: client_bits,
        };
        let answer = Offer {
            server_no_context_takeover: params.server_no_context_takeover,
            client_no_context_takeover: params.client_no_context_takeover,
            server_max_window_bits: (self.server_max_window_bits.is_some() || server_bits < 15)
                .then_some(server_bits),
            client_max_window_bits: (client_bits < 15 || self.client_max_window_bits.flatten().is_some())
                .then_some(Some(client_bits)),
        };
        (params, answer)
    }

    /// What is agreed if a server answers this offer with `answer`; `None` if it must not.
    pub fn confirm(&self, answer: &Offer) -> Option<Params> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return None;
        }
        let server_bits = match (self.server_max_window_bits, answer.server_max_window_bits) {
            (None, given) => given.unwrap_or(15),
            (Some(asked), Some(given)) if given <= asked => given,
            (Some(_), _) => return None,
        };
        let client_bits = match (self.client_max_window_bits, answer.client_max_window_bits) {
            (None, None) => 15,
            (Some(told), None) => told.unwrap_or(15),
            (Some(told), Some(Some(given))) if given <= told.unwrap_or(15) => given,
            _ => return None, // not offered, or without the value that an answer must have
        };
        Some(Params {
            server_no_context_takeover: answer.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover || answer.client_no_context_takeover,
            server_max_window_bits: server_bits,
            client_max_window_bits: client_bits,
        })
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; server_max_window_bits={bits}")?;
        }
        match self.client_max_window_bits {
            Some(Some(bits)) => write!(f, "; client_max_window_bits={bits}"),
            Some(None) => f.write_str("; client_max_window_bits"),
            None => Ok(()),
        }
    }
}

/// A server's choice among the offers of a request: the first that it can accept, and its answer.
pub fn negotiate(offers: &[Extension<'_>], wish: Params) -> Option<(Params, Offer)> {
    let mut offers = offers.iter().filter(|extension| extension.name == NAME);
    offers
        .find_map(|extension| Offer::parse(&extension.params))
        .map(|offer| offer.accept(wish))
}

/// A client's view of the answer: it agrees with one of its alternative offers, or the handshake fails.
pub fn confirm(offers: &[Offer], answer: &Extension<'_>) -> Option<Params> {
    let answer = Offer::parse(&answer.params)?;
    offers.iter().find_map(|offer| offer.confirm(&answer))
}

fn set(flag: &mut bool) -> bool {
    std::mem::replace(flag, true)
}

/// The window bits in a parameter's value: decimal, without leading zeros, 8 to 15 (section 7.1.2).
pub fn window_bits(value: &str) -> Option<u8> {
    match value {
        "8" => Some(8),
        "9" => Some(9),
        "10" => Some(10),
        "11" => Some(11),
        "12" => Some(12),
        "13" => Some(13),
        "14" => Some(14),
        "15" => Some(15),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ws::extension::parse;

    fn served(list: &str, wish: Params) -> Option<String> {
        negotiate(&parse(list.as_bytes()).unwrap(), wish).map(|(_, answer)| answer.to_string())
    }

    fn confirmed(offers: &[Offer], answer: &str) -> Option<Params> {
        confirm(offers, &parse(answer.as_bytes()).unwrap()[0])
    }

    #[test]
    fn a_server_answers_the_first_offer_it_understands() {
        let wish = Params::default();
        let cases = [
            ("permessage-deflate", Some("permessage-deflate")),
            (
                "permessage-deflate; client_max_window_bits",
                Some("permessage-deflate"),
            ),
            (
                "permessage-deflate; client_max_window_bits=\"10\"",
                Some("permessage-deflate; client_max_window_bits=10"),
            ),
            (
                "permessage-deflate; server_max_window_bits=8",
                Some("permessage-deflate; server_max_window_bits=8"),
            ),
            (
                "permessage-deflate; server_no_context_takeover",
                Some("permessage-deflate; server_no_context_takeover"),
            ),
            (
                "permessage-deflate; unknown, permessage-deflate",
                Some("permessage-deflate"),
            ),
            ("permessage-deflate; server_max_window_bits", None),
            ("permessage-deflate; server_max_window_bits=16", None),
            ("permessage-deflate; server_max_window_bits=08", None),
            ("permessage-deflate; client_max_window_bits=7", None),
            ("permessage-deflate; client_no_context_takeover=1", None),
            (
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                None,
            ),
            (
                "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
                None,
            ),
            ("x-webkit-deflate-frame", None),
        ];
        for (list, answer) in cases {
            assert_eq!(served(list, wish).as_deref(), answer, "{list}");
        }
    }

    #[test]
    fn a_server_restricts_only_what_it_may() {
        let wish = Params {
            server_max_window_bits: 10,
            client_max_window_bits: 11,
            ..Params::default()
        };
        assert_eq!(
            served("permessage-deflate", wish).unwrap(),
            "permessage-deflate; server_max_window_bits=10"
        );
        let both = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11";
        assert_eq!(
            served("permessage-deflate; client_max_window_bits", wish).unwrap(),
            both
        );
    }

    #[test]
    fn a_client_takes_only_answers_to_its_offers() {
        let usual = [Offer::USUAL];
        let ten = Params {
            client_max_window_bits: 10,
            ..Params::default()
        };
        assert_eq!(confirmed(&usual, "permessage-deflate"), Some(Params::default()));
        assert_eq!(
            confirmed(&usual, "permessage-deflate; client_max_window_bits=10"),
            Some(ten)
        );
        assert_eq!(
            confirmed(&usual, "permessage-deflate; client_max_window_bits"),
            None
        );
        assert_eq!(confirmed(&usual, "permessage-deflate; what=1"), None);
        let plain = [Offer::default()];
        assert_eq!(
            confirmed(&plain, "permessage-deflate; client_max_window_bits=10"),
            None
        );
        let strict = Offer {
            server_no_context_takeover: true,
            server_max_window_bits: Some(9),
            ..Offer::default()
        };
        assert_eq!(confirmed(&[strict], "permessage-deflate"), None);
        assert_eq!(
            confirmed(
                &[strict],
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=10"
            ),
            None
        );
        assert!(
            confirmed(
                &[strict],
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=9"
            )
            .is_some()
        );
        assert_eq!(
            confirmed(&[strict, Offer::default()], "permessage-deflate"),
            Some(Params::default()),
            "the alternative"
        );
    }
}
