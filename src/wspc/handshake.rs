//! The opening handshake of this face, over arrays of header fields (RFC 6455, section 4).
//!
//! permessage-deflate is negotiated here (RFC 7692, section 5); other extensions are named, and are the application's.

use super::failure::Failure;
use super::fields::{Field, header_list, pairs};
use super::session::Negotiated;
use super::types::ULONG;
use crate::proto::http1::grammar;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::ws::deflate::{self, Params};
use crate::proto::ws::extension::{self, Extension};
use crate::proto::ws::handshake::{self, Refusal};

/// What a client has asked for.
pub struct Offer {
    key: String,
    subprotocols: Vec<String>,
    extensions: Vec<Offered>,
}

/// One extension of the client's list.
struct Offered {
    name: String,
    /// Its parameters, if it is permessage-deflate.
    deflate: Option<deflate::Offer>,
}

/// What a server has chosen, as indices into what was offered.
pub struct Selection {
    /// In the order of the response.
    pub extensions: Vec<ULONG>,
    /// `None`: no subprotocol.
    pub subprotocol: Option<ULONG>,
}

impl Offer {
    /// How many extensions were offered.
    pub fn extension_count(&self) -> usize {
        self.extensions.len()
    }

    /// Whether permessage-deflate is among them.
    pub fn compresses(&self) -> bool {
        self.extensions.iter().any(|offered| offered.deflate.is_some())
    }
}

/// A client's offer, and the fields that make it; `initial` are the application's own, which must be fields.
pub fn offer(
    subprotocols: &[&str],
    extensions: &[&str],
    initial: &[Field<'_>],
) -> Result<(Offer, Vec<(String, String)>), Failure> {
    if !initial.is_empty() {
        header_list(Kind::Request, initial).map_err(|_| Failure::InvalidArgument)?;
    }
    let is_token = |name: &&str| grammar::is_token(name.as_bytes());
    if !subprotocols.iter().all(is_token) || has_duplicates(subprotocols) {
        return Err(Failure::InvalidArgument);
    }
    let offered = extensions
        .iter()
        .map(|text| offered(text))
        .collect::<Result<Vec<_>, _>>()?;
    let key = handshake::client_key(&mut super::masking::Random);
    let mut request = HeaderList::new(Kind::Request);
    let list = extensions.join(", ");
    handshake::write_request(&mut request, &key, None, subprotocols, Some(&list))
        .map_err(|_| Failure::InvalidArgument)?;
    let subprotocols = subprotocols.iter().map(ToString::to_string).collect();
    Ok((
        Offer {
            key,
            subprotocols,
            extensions: offered,
        },
        pairs(&request),
    ))
}

/// Checks a server's response.
pub fn verify(offer: &Offer, response: &[Field<'_>]) -> Result<(Selection, Negotiated), Failure> {
    let response = header_list(Kind::Response, response)?;
    let subprotocols: Vec<&str> = offer.subprotocols.iter().map(String::as_str).collect();
    let chosen = handshake::check_response(&response, &offer.key, &subprotocols)?;
    let subprotocol = subprotocols
        .iter()
        .position(|name| Some(*name) == chosen)
        .map(|at| at as ULONG);

    let list = handshake::extensions(&response);
    let answers = extension::parse(&list).map_err(|_| Failure::InvalidFormat)?;
    let mut negotiated = Negotiated::default();
    let mut extensions = Vec::new();
    for answer in &answers {
        let at = offer
            .extensions
            .iter()
            .position(|offered| offered.accepts(answer))
            .ok_or(Failure::ExtensionsNotSupported)?;
        if extensions.contains(&(at as ULONG)) {
            return Err(Failure::InvalidFormat);
        }
        extensions.push(at as ULONG);
        match offer.extensions.get(at).and_then(|offered| offered.agree(answer)) {
            // Two settings of one extension cannot both hold.
            Some(_) if negotiated.deflate.is_some() => return Err(Failure::InvalidFormat),
            Some(params) => negotiated.deflate = Some(params),
            None => negotiated.application_extension = true,
        }
    }
    Ok((
        Selection {
            extensions,
            subprotocol,
        },
        negotiated,
    ))
}

/// Checks a client's request and answers with what the application has selected of it.
pub fn answer(
    subprotocol: Option<&str>,
    selected: &[&str],
    request: &[Field<'_>],
) -> Result<(Negotiated, Vec<(String, String)>), Failure> {
    let request = header_list(Kind::Request, request)?;
    let accept = handshake::accept_key(handshake::check_request(&request)?);
    if subprotocol.is_some_and(|name| handshake::choose_protocol(&request, &[name]).is_none()) {
        return Err(Failure::SubprotocolNotSupported);
    }
    let list = handshake::extensions(&request);
    let offers = extension::parse(&list).map_err(|_| Failure::InvalidFormat)?;
    let mut negotiated = Negotiated::default();
    let mut answers = Vec::new();
    for text in selected {
        let selected = one_extension(text)?;
        if selected.name.eq_ignore_ascii_case(deflate::NAME) {
            let wish = deflate::Offer::parse(&selected.params).ok_or(Failure::InvalidArgument)?;
            let agreed = deflate::negotiate(&offers, wish.accept(Params::default()).0);
            let (params, answer) = agreed.ok_or(Failure::ExtensionsNotSupported)?;
            if negotiated.deflate.replace(params).is_some() {
                return Err(Failure::InvalidArgument);
            }
            answers.push(answer.to_string());
        } else {
            if !offers
                .iter()
                .any(|offer| offer.name.eq_ignore_ascii_case(selected.name))
            {
                return Err(Failure::ExtensionsNotSupported);
            }
            negotiated.application_extension = true;
            answers.push((*text).to_owned());
        }
    }
    let mut response = HeaderList::new(Kind::Response);
    handshake::write_response(&mut response, &accept, subprotocol, Some(&answers.join(", ")))
        .map_err(|_| Failure::InvalidArgument)?;
    Ok((negotiated, pairs(&response)))
}

impl Offered {
    fn accepts(&self, answer: &Extension<'_>) -> bool {
        self.name.eq_ignore_ascii_case(answer.name)
            && (self.deflate.is_none() || self.agree(answer).is_some())
    }

    /// What is agreed by `answer`, if this is permessage-deflate.
    fn agree(&self, answer: &Extension<'_>) -> Option<Params> {
        deflate::confirm(&[self.deflate?], answer)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadProtocol => Self::SubprotocolNotSupported,
            _ => Self::InvalidFormat,
        }
    }
}

fn offered(text: &str) -> Result<Offered, Failure> {
    let extension = one_extension(text)?;
    let name = extension.name.to_owned();
    let deflate = match name.eq_ignore_ascii_case(deflate::NAME) {
        true => Some(deflate::Offer::parse(&extension.params).ok_or(Failure::InvalidArgument)?),
        false => None,
    };
    Ok(Offered { name, deflate })
}

/// One extension an entry, with its parameters.
fn one_extension(text: &str) -> Result<Extension<'_>, Failure> {
    let mut list = extension::parse(text.as_bytes()).map_err(|_| Failure::InvalidArgument)?;
    match (list.pop(), list.is_empty()) {
        (Some(extension), true) => Ok(extension),
        _ => Err(Failure::InvalidArgument),
    }
}

fn has_duplicates(names: &[&str]) -> bool {
    names
        .iter()
        .enumerate()
        .any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name))
}
