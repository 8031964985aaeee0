//! The records of one TLS connection: bytes of the socket in, plaintext out, and the other way. No I/O.
//!
//! | state | the next bytes |
//! |---|---|
//! | `Handshaking` | belong to the handshake |
//! | `Open` | are records of data, alerts, tickets, key updates |
//! | `Ended` | none: the peer has sent close_notify |
//! | `Failed` | none: an alert was queued, and every call says why |
//!
//! Law: rustls is shown what is left of the input at every call, and never less of it than before: it counts on it. An idle connection owns no buffer, and what waits for the rest of a record is no larger than what came of it.

use std::io::{self, IoSlice};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus};

use crate::proto::limits;
use crate::reactor::scratch::Buffers;

/// One connection's records.
pub(super) struct Engine {
    tls: UnbufferedServerConnection,
    state: State,
    /// What was read of the socket and is no whole record, or no whole message of the handshake, yet.
    input: Vec<u8>,
    /// What was decrypted and not taken, from `taken` on.
    plain: Vec<u8>,
    taken: usize,
    /// What was encrypted and not sent, from `sent` on.
    output: Vec<u8>,
    sent: usize,
}

#[derive(Debug)]
enum State {
    Handshaking,
    Open,
    Ended,
    Failed(rustls::Error),
}

/// The most that one record carries (RFC 8446, section 5.1).
pub(super) const RECORD: usize = 16 * 1024;

/// What TLS adds to a record at most: header, explicit nonce, tag, content type.
const OVERHEAD: usize = 64;

/// Room for a message of the handshake, at the first attempt.
const SMALL: usize = 512;

/// A rest of the input up to this size moves to a buffer of its own size, so that a peer that stops in a record does not keep
/// a large one.
const SMALL_REST: usize = 4 * 1024;

impl Engine {
    pub(super) fn new(config: Arc<ServerConfig>) -> Result<Engine, rustls::Error> {
        Ok(Engine {
            tls: UnbufferedServerConnection::new(config)?,
            state: State::Handshaking,
            input: Vec::new(),
            plain: Vec::new(),
            taken: 0,
            output: Vec::new(),
            sent: 0,
        })
    }

    /// What the handshake has agreed on.
    pub(super) fn connection(&self) -> &UnbufferedServerConnection {
        &self.tls
    }

    pub(super) fn is_handshaking(&self) -> bool {
        matches!(self.state, State::Handshaking)
    }

    /// Whether the peer has said that it sends no more.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Fails as the connection has failed, if it has.
    pub(super) fn check(&self) -> io::Result<()> {
        match &self.state {
            State::Failed(error) => Err(io::Error::other(error.clone())),
            _ => Ok(()),
        }
    }

    /// Has `fill` append bytes of the socket to the input, and takes what came. `fill` gives what the system says.
    pub(super) fn receive(
        &mut self,
        buffers: &Buffers,
        fill: impl FnOnce(&mut Vec<u8>) -> io::Result<usize>,
        sink: impl FnMut(&[u8]) -> usize,
    ) -> io::Result<usize> {
        self.check()?;
        let mut input = buffers.take();
        input.extend_from_slice(&self.input);
        let filled = fill(&mut input);
        let outcome = match filled {
            Ok(count) if count > 0 => {
                let mut taken = self.process(&mut input, sink);
                if taken.is_ok() && input.len() > limits::TLS_INPUT {
                    self.state = State::Failed(rustls::Error::General("a message without an end".to_owned()));
                    taken = self.check();
                }
                taken.map(|()| count)
            }
            other => other,
        };
        if input.len() <= SMALL_REST || input.len() > self.input.capacity() {
            self.input = input.as_slice().into();
        } else {
            self.input.clear();
            self.input.extend_from_slice(&input);
        }
        buffers.give(input);
        outcome
    }

    /// Takes the whole records out of `input`. `sink` takes plaintext, as much of it as it has room for; the rest waits.
    fn process(&mut self, input: &mut Vec<u8>, mut sink: impl FnMut(&[u8]) -> usize) -> io::Result<()> {
        let mut taken = 0;
        let outcome = loop {
            let rest = input.get_mut(taken..).unwrap_or_default();
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(rest);
            let step = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let payload = record.map(|record| record.payload).unwrap_or_default();
                        // What came before has to be taken before.
                        let count = match self.plain.is_empty() {
                            true => sink(payload),
                            false => 0,
                        };
                        self.plain
                            .extend_from_slice(payload.get(count..).unwrap_or_default());
                    }
                    Step::On
                }
                Ok(ConnectionState::EncodeTlsData(data)) => {
                    encode_message(&mut self.output, data);
                    Step::On
                }
                Ok(ConnectionState::TransmitTlsData(data)) => {
                    data.done();
                    Step::On
                }
                Ok(ConnectionState::PeerClosed) => Step::Ended,
                Ok(ConnectionState::WriteTraffic(_)) => Step::Open,
                // Early data is not offered.
                Ok(
                    ConnectionState::BlockedHandshake
                    | ConnectionState::Closed
                    | ConnectionState::ReadEarlyData(_),
                ) => Step::Stop,
                Ok(_) => Step::Stop,
                Err(error) => Step::Failed(error),
            };
            taken += discard;
            match step {
                Step::On => (),
                Step::Open => {
                    if self.is_handshaking() {
                        self.state = State::Open;
                    }
                    break Ok(());
                }
                Step::Stop => break Ok(()),
                Step::Ended => self.state = State::Ended,
                Step::Failed(error) => {
                    self.state = State::Failed(error);
                    self.take_alert(input.get_mut(taken..).unwrap_or_default());
                    break Ok(());
                }
            }
        };
        input.drain(..taken.min(input.len()));
        outcome.and_then(|()| self.check())
    }

    /// Puts the alert that goes with a failure into the output. What rustls says behind it is of no use: it would look at the input
    /// that it has failed at once more.
    fn take_alert(&mut self, rest: &mut [u8]) {
        if let Ok(ConnectionState::EncodeTlsData(data)) = self.tls.process_tls_records(rest).state {
            encode_message(&mut self.output, data);
        }
    }

    /// Whether there is plaintext that nobody has taken.
    pub(super) fn has_plaintext(&self) -> bool {
        self.taken < self.plain.len()
    }

    /// Takes plaintext that waits; `sink` says how much of it it took.
    pub(super) fn take_plaintext(&mut self, sink: impl FnOnce(&[u8]) -> usize) {
        let waiting = self.plain.get(self.taken..).unwrap_or_default();
        self.taken += sink(waiting).min(waiting.len());
        if !self.has_plaintext() {
            self.plain = Vec::new();
            self.taken = 0;
        }
    }

    /// Encrypts the slices into the output, until that holds `at_most` bytes; how many bytes of the slices.
    pub(super) fn encrypt(
        &mut self,
        slices: &[IoSlice<'_>],
        at_most: usize,
        buffers: &Buffers,
    ) -> io::Result<usize> {
        self.check()?;
        let mut input = std::mem::take(&mut self.input);
        // Brings out what the protocol itself has to say first, such as an answer to a key update.
        let ready = self.process(&mut input, |_| 0);
        if self.output.capacity() == 0 {
            self.output = buffers.take();
        }
        let count = ready.and_then(|()| self.encrypt_behind(&mut input, slices, at_most, buffers));
        self.input = input;
        count
    }

    /// The same, with all records taken out of the input. rustls wants to see what is left of it at every call.
    fn encrypt_behind(
        &mut self,
        input: &mut [u8],
        slices: &[IoSlice<'_>],
        at_most: usize,
        buffers: &Buffers,
    ) -> io::Result<usize> {
        let Ok(ConnectionState::WriteTraffic(mut traffic)) = self.tls.process_tls_records(input).state else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let mut joined = Vec::new();
        let (mut count, mut at) = (0, Cursor::default());
        while self.output.len() < at_most {
            let Some(piece) = at.next(slices, &mut joined, buffers) else {
                break;
            };
            let records = piece.len().div_ceil(RECORD);
            let needed = piece.len() + records * OVERHEAD;
            let mut failed = None;
            encode(&mut self.output, needed, |room| {
                match traffic.encrypt(piece, room) {
                    Ok(count) => Ok(count),
                    Err(EncryptError::InsufficientSize(size)) => Err(Some(size.required_size)),
                    Err(error @ EncryptError::EncryptExhausted) => {
                        failed = Some(error);
                        Err(None)
                    }
                }
            });
            if let Some(error) = failed {
                buffers.give(joined);
                return Err(io::Error::other(error));
            }
            count += piece.len();
        }
        buffers.give(joined);
        Ok(count)
    }

    /// Appends close_notify to the output, once.
    pub(super) fn say_goodbye(&mut self) {
        if self.check().is_err() || self.is_handshaking() {
            return;
        }
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) =
            self.tls.process_tls_records(&mut self.input).state
        {
            encode(&mut self.output, SMALL, |room| {
                match traffic.queue_close_notify(room) {
                    Ok(count) => Ok(count),
                    Err(EncryptError::InsufficientSize(size)) => Err(Some(size.required_size)),
                    Err(EncryptError::EncryptExhausted) => Err(None),
                }
            });
        }
    }

    /// What is to be sent.
    pub(super) fn unsent(&self) -> &[u8] {
        self.output.get(self.sent..).unwrap_or_default()
    }

    /// The system has taken `count` bytes of it.
    pub(super) fn has_sent(&mut self, count: usize, buffers: &Buffers) {
        self.sent = self.sent.saturating_add(count);
        if self.unsent().is_empty() {
            self.sent = 0;
            buffers.give(std::mem::take(&mut self.output));
        }
    }
}

/// What a state of rustls' came to.
enum Step {
    On,
    Open,
    Stop,
    Ended,
    Failed(rustls::Error),
}

/// Appends a message of the handshake, or an alert.
fn encode_message(output: &mut Vec<u8>, mut message: EncodeTlsData<'_, ServerConnectionData>) {
    encode(output, SMALL, |room| match message.encode(room) {
        Ok(count) => Ok(count),
        Err(EncodeError::InsufficientSize(size)) => Err(Some(size.required_size)),
        Err(EncodeError::AlreadyEncoded) => Err(None),
    });
}

/// Appends to `output` what `write` puts into the room behind it; told how much room it wants, tries again.
fn encode(
    output: &mut Vec<u8>,
    mut room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) {
    let start = output.len();
    loop {
        output.resize(start + room, 0);
        match write(output.get_mut(start..).unwrap_or_default()) {
            Ok(count) => return output.truncate(start + count),
            Err(Some(needed)) if needed > room => room = needed,
            Err(_) => return output.truncate(start),
        }
    }
}

/// A place in a list of slices.
#[derive(Default)]
struct Cursor {
    slice: usize,
    offset: usize,
}

impl Cursor {
    /// The next piece: what is left of a slice, or that and what comes behind it, joined, where both fit into one record.
    fn next<'a>(
        &mut self,
        slices: &'a [IoSlice<'_>],
        joined: &'a mut Vec<u8>,
        buffers: &Buffers,
    ) -> Option<&'a [u8]> {
        while self.offset >= slices.get(self.slice)?.len() {
            self.slice += 1;
            self.offset = 0;
        }
        let rest = slices.get(self.slice)?.get(self.offset..)?;
        let next = slices.get(self.slice + 1).map_or(0, |next| next.len());
        if next == 0 || rest.len() + next > RECORD {
            let piece = rest.get(..rest.len().min(4 * RECORD)).unwrap_or(rest);
            self.offset += piece.len();
            return Some(piece);
        }
        if joined.capacity() == 0 {
            *joined = buffers.take();
        }
        joined.clear();
        while let Some(slice) = slices.get(self.slice) {
            let rest = slice.get(self.offset..).unwrap_or_default();
            let room = RECORD - joined.len();
            let part = rest.get(..room).unwrap_or(rest);
            joined.extend_from_slice(part);
            self.offset += part.len();
            if part.len() < rest.len() {
                break;
            }
            self.slice += 1;
            self.offset = 0;
        }
        Some(joined)
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
