//! The opening handshake of this face, over arrays of header fields (RFC 6455, section 4).
//!
//! permessage-deflate is negotiated here (RFC 7692, section 5); other extensions are named, and are the application's.

use std::fmt::{self, Write};

use super::failure::Failure;
use super::fields::{Field, FieldArray, header_list};
use super::masking::Nonce;
use super::memory::collected;
use super::session::Negotiated;
use super::types::ULONG;
use crate::proto::fallible;
use crate::proto::http1::grammar;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::ws::deflate::{self, Params};
use crate::proto::ws::extension::{self, Extension, Unreadable};
use crate::proto::ws::handshake::{self, Refusal};

/// What a client has asked for.
pub struct Offer {
    key: [u8; 24],
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
) -> Result<(Offer, FieldArray), Failure> {
    if !initial.is_empty() {
        header_list(Kind::Request, initial).map_err(callers)?;
    }
    let is_token = |name: &&str| grammar::is_token(name.as_bytes());
    if !subprotocols.iter().all(is_token) || has_duplicates(subprotocols) {
        return Err(Failure::InvalidArgument);
    }
    let offered = collected(extensions.iter().map(|text| offered(text)))?;
    let key = handshake::client_key_text(&mut Nonce::new()?);
    let mut request = HeaderList::new(Kind::Request);
    let list = fallible::joined(extensions.iter().map(|text| text.as_bytes()))?;
    handshake::write_request(&mut request, text(&key), None, subprotocols, Some(text(&list)))
        .map_err(|refused| callers(refused.into()))?;
    let offer = Offer {
        key,
        subprotocols: collected(subprotocols.iter().map(|name| copied(name)))?,
        extensions: offered,
    };
    Ok((offer, FieldArray::new(request)?))
}

/// Checks a server's response.
pub fn verify(offer: &Offer, response: &[Field<'_>]) -> Result<(Selection, Negotiated), Failure> {
    let response = header_list(Kind::Response, response)?;
    let subprotocols = collected(offer.subprotocols.iter().map(|name| Ok(name.as_str())))?;
    let chosen = handshake::check_response(&response, text(&offer.key), &subprotocols)?;
    let subprotocol = subprotocols
        .iter()
        .position(|name| Some(*name) == chosen)
        .map(|at| at as ULONG);

    let list = extension_list(&response)?;
    let answers = extension::parse(&list)?;
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
        fallible::push(&mut extensions, at as ULONG)?;
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
) -> Result<(Negotiated, FieldArray), Failure> {
    let request = header_list(Kind::Request, request)?;
    let accept = handshake::accept_key(handshake::check_request(&request)?);
    if subprotocol.is_some_and(|name| handshake::choose_protocol(&request, &[name]).is_none()) {
        return Err(Failure::SubprotocolNotSupported);
    }
    let list = extension_list(&request)?;
    let offers = extension::parse(&list)?;
    let mut negotiated = Negotiated::default();
    let mut answers = Text::default();
    for text in selected {
        let selected = one_extension(text)?;
        if selected.name.eq_ignore_ascii_case(deflate::NAME) {
            let wish = deflate::Offer::parse(&selected.params).ok_or(Failure::InvalidArgument)?;
            let agreed = deflate::negotiate(&offers, wish.accept(Params::default()).0);
            let (params, answer) = agreed.ok_or(Failure::ExtensionsNotSupported)?;
            if negotiated.deflate.replace(params).is_some() {
                return Err(Failure::InvalidArgument);
            }
            answers.element(format_args!("{answer}"))?;
        } else {
            if !offers
                .iter()
                .any(|offer| offer.name.eq_ignore_ascii_case(selected.name))
            {
                return Err(Failure::ExtensionsNotSupported);
            }
            negotiated.application_extension = true;
            answers.element(format_args!("{text}"))?;
        }
    }
    let mut response = HeaderList::new(Kind::Response);
    handshake::write_response(&mut response, &accept, subprotocol, Some(&answers.0))
        .map_err(|refused| callers(refused.into()))?;
    Ok((negotiated, FieldArray::new(response)?))
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

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed => Self::InvalidFormat,
            Unreadable::NoMemory => Self::OutOfMemory,
        }
    }
}

/// A list that is written where memory may not be had.
#[derive(Default)]
struct Text(String);

impl Text {
    /// Appends an element, behind a comma if it is not the first.
    fn element(&mut self, element: fmt::Arguments<'_>) -> Result<(), Failure> {
        let comma = if self.0.is_empty() { "" } else { ", " };
        self.write_str(comma)
            .and_then(|()| self.write_fmt(element))
            .map_err(|_| Failure::OutOfMemory)
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
        self.0.push_str(text);
        Ok(())
    }
}

/// What is wrong with what the caller gave, and not the peer.
fn callers(failure: Failure) -> Failure {
    match failure {
        Failure::InvalidFormat => Failure::InvalidArgument,
        other => other,
    }
}

/// The whole Sec-WebSocket-Extensions of a message, which may stand in several fields.
fn extension_list(headers: &HeaderList) -> Result<Vec<u8>, Failure> {
    Ok(fallible::joined(headers.values("Sec-WebSocket-Extensions"))?)
}

fn copied(text: &str) -> Result<String, Failure> {
    let mut copy = Text::default();
    copy.write_str(text).map_err(|_| Failure::OutOfMemory)?;
    Ok(copy.0)
}

/// What is known to be text.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn offered(text: &str) -> Result<Offered, Failure> {
    let extension = one_extension(text)?;
    let name = copied(extension.name)?;
    let deflate = match name.eq_ignore_ascii_case(deflate::NAME) {
        true => Some(deflate::Offer::parse(&extension.params).ok_or(Failure::InvalidArgument)?),
        false => None,
    };
    Ok(Offered { name, deflate })
}

/// One extension an entry, with its parameters.
fn one_extension(text: &str) -> Result<Extension<'_>, Failure> {
    let mut list = extension::parse(text.as_bytes()).map_err(|unreadable| callers(unreadable.into()))?;
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
