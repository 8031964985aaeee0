//! Filter mode: every frame passes through the caller's extensions before it is taken, or goes out.
//!
//! Law: one frame at a time. Between `Event::Filter` and `filtered` nothing else happens.

use std::collections::VecDeque;

use crate::proto::Context;
use crate::proto::ws::Violation;
use crate::proto::ws::connection::{Connection, Phase};
use crate::proto::ws::event::{Event, Flow, Payload};
use crate::proto::ws::frame::{FIN, Header, MAX_CONTROL_PAYLOAD, MAX_HEADER, Opcode, RSV};

/// The frames that wait for the caller's extensions.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// The engine's own frames that are to go out: first byte and payload. Each has been asked for by one incoming
    /// frame or one verb, and is shown before the next of those is dealt with.
    pub(super) outgoing: VecDeque<(u8, Vec<u8>)>,
    /// Which way the frame goes that the caller is looking at.
    pub(super) awaiting: Option<Flow>,
    /// What that frame was when the engine made it: an extension may make of it what it likes.
    made: Option<Opcode>,
}

impl Filter {
    /// How many bytes of pongs wait for the caller.
    pub(super) fn pongs(&self) -> usize {
        let pongs = self.outgoing.iter().filter(|(first, _)| is(*first, Opcode::Pong));
        pongs.map(|(_, payload)| payload.len() + MAX_HEADER).sum()
    }
}

/// Whether a frame's first byte is that of such a frame.
fn is(first: u8, opcode: Opcode) -> bool {
    Opcode::from_bits(first) == Some(opcode)
}

impl<P: AsRef<[u8]>> Connection<P> {
    /// Answers `Event::Filter`: the frame's first byte and payload as they are now, or the code to fail with.
    pub fn filtered(
        &mut self,
        cx: &mut Context<'_>,
        answer: Result<(u8, &[u8]), u16>,
    ) -> Option<Event<'static>> {
        let flow = self.filter.as_mut()?.awaiting.take()?;
        let result = match (flow, answer) {
            (Flow::Outgoing, Ok((header, payload))) => {
                self.put_filtered(cx, header, payload);
                Ok(None)
            }
            (Flow::Incoming, Ok((header, payload))) => self.filtered_frame(cx, header, payload),
            (_, Err(code)) => Err(Violation::Extension(code)),
        };
        match result {
            Ok(event) => event,
            // The close frame itself was refused: there is nothing left to say.
            Err(violation) if flow == Flow::Outgoing && !matches!(self.phase, Phase::Open) => {
                self.end();
                Some(Event::Error(violation))
            }
            Err(violation) => Some(self.fail(cx, violation)),
        }
    }

    /// Queues one of the engine's own frames as the caller's extensions left it. It counts for what it was made as, with the
    /// length that it has now.
    fn put_filtered(&mut self, cx: &mut Context<'_>, header: u8, payload: &[u8]) {
        let made = self.filter.as_mut().and_then(|filter| filter.made.take());
        let before = self.output.len();
        self.put(cx, header, payload);
        match made {
            Some(Opcode::Pong) => self.output.queued_pong(self.output.len() - before),
            Some(Opcode::Ping) => self.queued_ping(),
            _ => (),
        }
    }

    /// The next of the engine's own frames that the caller shall look at.
    pub(super) fn poll_filter(&mut self) -> Option<Event<'static>> {
        let filter = self.filter.as_mut()?;
        if filter.awaiting.is_some() {
            return None;
        }
        let (header, payload) = filter.outgoing.pop_front()?;
        if filter.outgoing.is_empty() {
            filter.outgoing = VecDeque::new();
        }
        filter.awaiting = Some(Flow::Outgoing);
        filter.made = Opcode::from_bits(header);
        Some(Event::Filter {
            flow: Flow::Outgoing,
            header,
            payload: Payload::Owned(payload),
        })
    }

    /// Whether a frame that is to go out is still with the caller.
    pub(super) fn filter_waits(&self) -> bool {
        self.filter
            .as_ref()
            .is_some_and(|filter| !filter.outgoing.is_empty() || filter.awaiting == Some(Flow::Outgoing))
    }

    /// Shows a frame to the caller's extensions.
    pub(super) fn show_incoming<'a>(&mut self, header: u8, payload: Payload<'a>) -> Option<Event<'a>> {
        let filter = self.filter.as_mut()?;
        filter.awaiting = Some(Flow::Incoming);
        Some(Event::Filter {
            flow: Flow::Incoming,
            header,
            payload,
        })
    }

    /// Takes an incoming frame as the caller's extensions left it.
    fn filtered_frame(
        &mut self,
        cx: &mut Context<'_>,
        first: u8,
        payload: &[u8],
    ) -> Result<Option<Event<'static>>, Violation> {
        if first & RSV != 0 {
            return Err(Violation::ReservedBits);
        }
        let Some(opcode) = Opcode::from_bits(first) else {
            return Err(Violation::ReservedOpcode);
        };
        let fin = first & FIN != 0;
        if opcode.is_control() {
            if payload.len() > MAX_CONTROL_PAYLOAD {
                return Err(Violation::ControlTooLong);
            }
            return self.control(cx, opcode, Payload::Owned(payload.to_vec()));
        }
        let message = self.inbound.as_ref().and_then(|inbound| inbound.message.as_ref());
        match (opcode, message) {
            (Opcode::Continuation, None) => return Err(Violation::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::ExpectedContinuation),
            _ => {}
        }
        let before = message.map_or(0, |message| message.buffer.len() as u64);
        if before.saturating_add(payload.len() as u64) > self.max_message {
            return Err(Violation::MessageTooBig);
        }
        let header = Header {
            fin,
            rsv: 0,
            opcode,
            mask: None,
            len: payload.len() as u64,
        };
        self.data_frame_slowly(cx, header, payload)
    }
}
