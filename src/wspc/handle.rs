//! A handle: which part of its life a connection is in.

use super::failure::Failure;
use super::fields::{Field, FieldArray};
use super::handshake::{self, Offer, Selection};
use super::memory::boxed;
use super::options::Options;
use super::session::{Negotiated, Session};
use crate::proto::ws::Role;

/// What `WEB_SOCKET_HANDLE` points to.
pub struct Handle {
    options: Options,
    phase: Phase,
}

enum Phase {
    /// No handshake has begun.
    New,
    /// A client waits for the response.
    Offered { offer: Offer, _request: FieldArray },
    /// A server has the response's headers; the session begins with the next call.
    Answered {
        negotiated: Negotiated,
        _response: FieldArray,
    },
    /// The handshake is over.
    Open(Box<Session>),
}

impl Handle {
    /// A handle that has not shaken hands.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            phase: Phase::New,
        }
    }

    /// Begins a client's handshake (again, if the last one was not ended); returns the headers it adds.
    pub fn begin_client(
        &mut self,
        subprotocols: &[&str],
        extensions: &[&str],
        initial: &[Field<'_>],
    ) -> Result<&FieldArray, Failure> {
        self.may_begin(Role::Client)?;
        let (offer, request) = handshake::offer(subprotocols, extensions, initial)?;
        self.may_compress(offer.compresses())?;
        self.phase = Phase::Offered {
            offer,
            _request: request,
        };
        match &self.phase {
            Phase::Offered { _request, .. } => Ok(_request),
            _ => Err(Failure::InvalidOperation),
        }
    }

    /// How many extensions the client has offered.
    pub fn offered_extensions(&self) -> usize {
        match &self.phase {
            Phase::Offered { offer, .. } => offer.extension_count(),
            _ => 0,
        }
    }

    /// Checks the server's response, and opens the session.
    pub fn end_client(&mut self, response: &[Field<'_>]) -> Result<Selection, Failure> {
        let Phase::Offered { offer, .. } = &self.phase else {
            return Err(Failure::InvalidOperation);
        };
        let (selection, negotiated) = handshake::verify(offer, response)?;
        self.open(negotiated)?;
        Ok(selection)
    }

    /// Checks a client's request; returns the headers of the response.
    pub fn begin_server(
        &mut self,
        subprotocol: Option<&str>,
        extensions: &[&str],
        request: &[Field<'_>],
    ) -> Result<&FieldArray, Failure> {
        self.may_begin(Role::Server)?;
        let (negotiated, response) = handshake::answer(subprotocol, extensions, request)?;
        self.may_compress(negotiated.deflate.is_some())?;
        self.phase = Phase::Answered {
            negotiated,
            _response: response,
        };
        match &self.phase {
            Phase::Answered { _response, .. } => Ok(_response),
            _ => Err(Failure::InvalidOperation),
        }
    }

    /// Frees what the handshake held, and opens the session.
    pub fn end_server(&mut self) -> Result<(), Failure> {
        match self.phase {
            Phase::Answered { negotiated, .. } => self.open(negotiated).map(|_| ()),
            _ => Err(Failure::InvalidOperation),
        }
    }

    /// The session; a server's begins here, if nobody has ended the handshake.
    pub fn session(&mut self) -> Result<&mut Session, Failure> {
        if let Phase::Answered { negotiated, .. } = self.phase {
            self.open(negotiated)?;
        }
        self.open_session().ok_or(Failure::InvalidOperation)
    }

    /// The session, if it has begun.
    pub fn open_session(&mut self) -> Option<&mut Session> {
        match &mut self.phase {
            Phase::Open(session) => Some(session),
            _ => None,
        }
    }

    fn may_begin(&self, role: Role) -> Result<(), Failure> {
        if self.options.role == role && !matches!(self.phase, Phase::Open(_)) {
            Ok(())
        } else {
            Err(Failure::InvalidOperation)
        }
    }

    /// Compressed frames are made in the send buffer, which a server may have been given too small for that.
    fn may_compress(&self, compresses: bool) -> Result<(), Failure> {
        if compresses && self.options.send_size(true) < MIN_COMPRESSING_SEND_SIZE {
            return Err(Failure::InvalidArgument);
        }
        Ok(())
    }

    fn open(&mut self, negotiated: Negotiated) -> Result<(), Failure> {
        self.phase = Phase::Open(boxed(Session::new(&self.options, negotiated)?)?);
        Ok(())
    }
}

/// The least send buffer of a handle that compresses: a header, and a piece that is worth it.
const MIN_COMPRESSING_SEND_SIZE: usize = 64;
