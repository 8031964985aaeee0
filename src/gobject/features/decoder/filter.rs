//! One content coding undone as the body is read.

use crate::gobject::features::body_filter::{Below, BodyFilter};
use crate::gobject::glue::errors::io_error;
use crate::proto::content_coding::{Decoder, Violation};

/// Undoes one coding. A body that is not encoded at all, whatever its headers say, is passed on as it is.
pub struct DecodeFilter {
    decoder: Decoder,
    state: State,
    /// What has been read from below, and how much of it is decoded.
    input: Vec<u8>,
    taken: usize,
    /// Whether the last buffer was filled: the decoder may hold more.
    is_full: bool,
}

enum State {
    /// Nothing was decoded yet: these bytes are the body as long as it may turn out not to be encoded.
    Beginning(Vec<u8>),
    Decoding,
    Plain,
    Failed(glib::Error),
}

impl DecodeFilter {
    /// A filter that uses `decoder`.
    pub fn new(decoder: Decoder) -> DecodeFilter {
        DecodeFilter {
            decoder,
            state: State::Beginning(Vec::new()),
            input: Vec::new(),
            taken: 0,
            is_full: false,
        }
    }

    /// Gives what can be given of the input that is there.
    fn give(&mut self, into: &mut [u8]) -> Result<usize, glib::Error> {
        let rest = self.input.get(self.taken..).unwrap_or_default();
        if let State::Plain = self.state {
            let count = rest.len().min(into.len());
            if let (Some(from), Some(into)) = (rest.get(..count), into.get_mut(..count)) {
                into.copy_from_slice(from);
            }
            self.taken += count;
            return Ok(count);
        }
        let mut left = rest;
        match self.decoder.decode(&mut left, into) {
            Ok(count) => {
                self.taken = self.input.len() - left.len();
                if count > 0 {
                    self.state = State::Decoding;
                }
                Ok(count)
            }
            Err(violation) => match (violation, &mut self.state) {
                (Violation::Corrupt, State::Beginning(seen)) => {
                    self.input = std::mem::take(seen);
                    self.taken = 0;
                    self.state = State::Plain;
                    self.give(into)
                }
                _ => self.fail(violation),
            },
        }
    }

    fn fail(&mut self, violation: Violation) -> Result<usize, glib::Error> {
        let kind = match violation {
            Violation::Corrupt => gio::IOErrorEnum::InvalidData,
            Violation::TooLong => gio::IOErrorEnum::MessageTooLarge,
            Violation::Truncated => gio::IOErrorEnum::PartialInput,
        };
        let error = io_error(kind, &violation.to_string());
        self.state = State::Failed(error.clone());
        Err(error)
    }

    /// Reads a piece of the body; whether there was one.
    fn fill(&mut self, below: Below<'_>) -> Result<bool, glib::Error> {
        let mut buffer = std::mem::take(&mut self.input);
        self.taken = 0;
        buffer.resize(READ, 0);
        let count = below(&mut buffer)?;
        buffer.truncate(count);
        if let State::Beginning(seen) = &mut self.state {
            match seen.len() < READ {
                true => seen.extend_from_slice(&buffer),
                // So much of a header there is not in any other body.
                false => self.state = State::Decoding,
            }
        }
        self.input = buffer;
        Ok(count > 0)
    }
}

impl BodyFilter for DecodeFilter {
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error> {
        loop {
            if let State::Failed(error) = &self.state {
                return Err(error.clone());
            }
            let count = self.give(into)?;
            self.is_full = count == into.len();
            if count > 0 {
                return Ok(count);
            }
            if self.taken < self.input.len() {
                return self.fail(Violation::Corrupt);
            }
            if !self.fill(below)? {
                return Ok(0);
            }
        }
    }

    fn has_rest(&self) -> bool {
        self.is_full || self.taken < self.input.len() || matches!(self.state, State::Failed(_))
    }
}

/// How much is read at once.
const READ: usize = 16 * 1024;
