//! What comes in: from bytes to frames to events.
//!
//! Law: the fast path is one unfragmented frame that lies wholly in the read buffer. It is unmasked and checked
//! there, and handed out borrowed. Everything else goes through `Inbound`, which exists only while something is
//! incomplete.

use crate::proto::Context;
use crate::proto::ws::connection::{CLOSE_DEADLINE, Connection, Phase};
use crate::proto::ws::deflate::Codec;
use crate::proto::ws::event::{Event, Input, Payload};
use crate::proto::ws::frame::{FIN, Header, MAX_HEADER, Opcode, RSV, RSV1};
use crate::proto::ws::message::Message;
use crate::proto::ws::{DataType, Role, Violation, close, mask, spare};

/// What is incomplete of the input.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// The beginning of a header.
    head: [u8; MAX_HEADER],
    head_len: u8,
    /// The frame whose payload is under way.
    pub(super) frame: Option<Frame>,
    /// The message that is not complete: one of its frames is under way, or more fragments follow.
    pub(super) message: Option<Message>,
    /// The payload under way of a control frame, or of any frame in filter mode.
    payload: Vec<u8>,
    /// How much of the message's buffer had been dealt with when it was given out as direct buffer.
    pub(super) settled: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) header: Header,
    /// How many bytes of its payload have come.
    pub(super) done: u64,
}

impl Inbound {
    fn is_idle(&self) -> bool {
        self.head_len == 0 && self.frame.is_none() && self.message.is_none()
    }

    /// Begins a frame whose header has been admitted; and its message, unless frames are filtered first.
    fn begin(&mut self, header: Header, filtered: bool) -> Result<(), Violation> {
        self.frame = Some(Frame { header, done: 0 });
        if filtered {
            return Ok(());
        }
        if let Some(kind) = kind(header.opcode) {
            self.message = Some(Message::new(kind, header.rsv & RSV1 != 0));
        }
        match &mut self.message {
            Some(message) if header.len == 0 && !header.fin => message.empty_fragment(),
            _ => Ok(()),
        }
    }
}

impl<P: AsRef<[u8]>> Connection<P> {
    /// Takes bytes from the front of `input` until there is an event, or no more of them. What is incomplete is
    /// kept inside; after the end, input is dropped.
    pub fn receive<'a>(&mut self, cx: &mut Context<'_>, input: &mut Input<'a>) -> Option<Event<'a>> {
        while !input.is_empty() {
            if let Some((kind, payload)) = self.whole_message(input) {
                if kind == DataType::Text && simdutf8::basic::from_utf8(payload).is_err() {
                    return Some(self.fail(cx, Violation::BadUtf8));
                }
                let payload = Payload::Borrowed(payload);
                return Some(Event::Message { kind, payload });
            }
            if self.filter.is_some()
                && let Some(event) = self.poll_filter()
            {
                return Some(event);
            }
            if !self.listens() {
                input.take(input.len());
                return None;
            }
            let step = match &self.inbound {
                None => self.frame_in_input(cx, input),
                Some(_) => self.piece_of_frame(cx, input),
            };
            match step {
                Ok(None) => {}
                Ok(event) => return event,
                Err(violation) => return Some(self.fail(cx, violation)),
            }
        }
        None
    }

    /// Takes a message of one frame of less than 64 KiB that lies wholly in `input`, unmasked, if that is what comes
    /// next and all is well with it. Whatever is not so is left to the longer way, which knows what is wrong.
    #[inline]
    fn whole_message<'a>(&self, input: &mut Input<'a>) -> Option<(DataType, &'a [u8])> {
        if self.phase != Phase::Open || self.inbound.is_some() || self.filter.is_some() {
            return None;
        }
        let [first, second, rest @ ..] = input.rest() else {
            return None;
        };
        let kind = match *first {
            TEXT => DataType::Text,
            BINARY => DataType::Binary,
            _ => return None,
        };
        let (len, rest, length) = match *second & 0x7f {
            126 => {
                let (len, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*len)), rest, 4)
            }
            127 => return None,
            len => (usize::from(len), rest, 2),
        };
        if len as u64 > self.max_frame.min(self.max_message) || (length == 4 && len < 126) {
            return None;
        }
        match (self.role, *second & 0x80 != 0) {
            (Role::Server, true) => {
                let (key, rest) = rest.split_first_chunk::<4>()?;
                if rest.len() < len {
                    return None;
                }
                let key = *key;
                input.take(length + 4);
                let payload = input.take(len);
                mask::apply(payload, key, 0);
                Some((kind, payload))
            }
            (Role::Client, false) if rest.len() >= len => {
                input.take(length);
                Some((kind, input.take(len)))
            }
            _ => None,
        }
    }

    /// Whether what the peer sends still matters.
    #[inline]
    pub(super) fn listens(&self) -> bool {
        match self.phase {
            Phase::Open => true,
            Phase::Announced { .. } | Phase::CloseSent => self.peer_close.is_none(),
            Phase::Both | Phase::Failed | Phase::Closed { .. } => false,
        }
    }

    /// Reads a frame at whose beginning `input` stands, with nothing before it pending.
    #[inline]
    fn frame_in_input<'a>(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut Input<'a>,
    ) -> Result<Option<Event<'a>>, Violation> {
        let Some((header, len)) = self.header(input.rest())? else {
            let bytes = input.take(input.len());
            let mut inbound = Box::<Inbound>::default();
            inbound.head_len = fill(&mut inbound.head, bytes) as u8;
            self.inbound = Some(inbound);
            return Ok(None);
        };
        self.admit(&header, None)?;
        input.take(len);
        if (input.len() as u64) < header.len {
            let mut inbound = Box::<Inbound>::default();
            inbound.begin(header, self.filter.is_some())?;
            self.inbound = Some(inbound);
            return Ok(None);
        }
        let payload = input.take(header.len as usize);
        if let Some(key) = header.mask {
            mask::apply(payload, key, 0);
        }
        if self.filter.is_some() {
            return Ok(self.show_incoming(header.first_byte(), Payload::Borrowed(payload)));
        }
        if header.opcode.is_control() {
            return self.control(cx, header.opcode, Payload::Borrowed(payload));
        }
        self.data_frame(cx, header, payload)
    }

    /// Reads on where a frame, or its header, has been cut, or between two fragments.
    fn piece_of_frame<'a>(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut Input<'a>,
    ) -> Result<Option<Event<'a>>, Violation> {
        let Some(mut inbound) = self.inbound.take() else {
            return Ok(None);
        };
        let mut frame = match inbound.frame {
            Some(frame) => frame,
            None => {
                let have = usize::from(inbound.head_len);
                let room = inbound.head.get_mut(have..).unwrap_or_default();
                let known = have + fill(room, input.rest());
                let Some((header, len)) = self.header(inbound.head.get(..known).unwrap_or_default())? else {
                    input.take(known - have);
                    inbound.head_len = known as u8;
                    self.inbound = Some(inbound);
                    return Ok(None);
                };
                input.take(len - have);
                inbound.head_len = 0;
                self.admit(&header, inbound.message.as_ref())?;
                inbound.begin(header, self.filter.is_some())?;
                Frame { header, done: 0 }
            }
        };
        let header = frame.header;
        let left = header.len - frame.done;
        let piece = input.take(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(key) = header.mask {
            mask::apply(piece, key, frame.done as usize);
        }
        let follow = left - piece.len() as u64;
        frame.done += piece.len() as u64;
        inbound.frame = Some(frame);
        let is_data = self.filter.is_none() && !header.opcode.is_control();
        if is_data && let Some(message) = &mut inbound.message {
            message.feed(piece, follow, codec(&mut self.codec, cx), self.max_inflated)?;
            self.inbound = Some(inbound);
            return if follow == 0 {
                self.end_of_data_frame(cx)
            } else {
                Ok(None)
            };
        }
        let whole = if follow == 0 && inbound.payload.is_empty() {
            Some(Payload::Borrowed(piece))
        } else {
            grow(&mut inbound.payload, piece.len(), follow);
            inbound.payload.extend_from_slice(piece);
            (follow == 0).then(|| Payload::Owned(std::mem::take(&mut inbound.payload)))
        };
        if whole.is_some() {
            inbound.frame = None;
        }
        self.inbound = (!inbound.is_idle()).then_some(inbound);
        match whole {
            None => Ok(None),
            Some(payload) if self.filter.is_some() => Ok(self.show_incoming(header.first_byte(), payload)),
            Some(payload) => self.control(cx, header.opcode, payload),
        }
    }

    /// Reads a header, and refuses what its first two bytes can show.
    #[inline]
    fn header(&self, bytes: &[u8]) -> Result<Option<(Header, usize)>, Violation> {
        if let [first, second, ..] = bytes {
            let allowed = match (&self.filter, &self.codec) {
                (Some(_), _) => RSV,
                (None, Some(_)) => RSV1,
                (None, None) => 0,
            };
            Header::check(*first, *second, self.role, allowed)?;
        }
        Header::parse(bytes)
    }

    /// Refuses a frame by its header: out of order, or too long.
    #[inline]
    fn admit(&self, header: &Header, message: Option<&Message>) -> Result<(), Violation> {
        match (header.opcode, message) {
            (Opcode::Continuation, None) => return Err(Violation::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::ExpectedContinuation),
            _ => {}
        }
        if header.rsv != 0 && kind(header.opcode).is_none() && self.filter.is_none() {
            return Err(Violation::ReservedBits);
        }
        if header.opcode.is_control() {
            return Ok(());
        }
        if header.len > self.max_frame {
            return Err(Violation::FrameTooBig);
        }
        if self.filter.is_some() || header.rsv != 0 || message.is_some_and(|message| message.compressed) {
            return Ok(()); // counted when it has been inflated
        }
        let before = message.map_or(0, |message| message.buffer.len() as u64);
        match before.saturating_add(header.len) > self.max_message {
            true => Err(Violation::MessageTooBig),
            false => Ok(()),
        }
    }

    /// Takes a data frame that is there as a whole, unmasked.
    #[inline]
    fn data_frame<'a>(
        &mut self,
        cx: &mut Context<'_>,
        header: Header,
        payload: &'a [u8],
    ) -> Result<Option<Event<'a>>, Violation> {
        if header.fin
            && header.rsv == 0
            && let Some(kind) = kind(header.opcode)
        {
            if kind == DataType::Text && simdutf8::basic::from_utf8(payload).is_err() {
                return Err(Violation::BadUtf8);
            }
            return Ok(Some(Event::Message {
                kind,
                payload: Payload::Borrowed(payload),
            }));
        }
        self.data_frame_slowly(cx, header, payload)
    }

    pub(super) fn data_frame_slowly(
        &mut self,
        cx: &mut Context<'_>,
        header: Header,
        payload: &[u8],
    ) -> Result<Option<Event<'static>>, Violation> {
        let mut inbound = self.inbound.take().unwrap_or_default();
        inbound.begin(header, false)?;
        if let Some(message) = &mut inbound.message {
            message.feed(payload, 0, codec(&mut self.codec, cx), self.max_inflated)?;
        }
        self.inbound = Some(inbound);
        self.end_of_data_frame(cx)
    }

    /// Ends the frame under way, and its message if it was the last.
    pub(super) fn end_of_data_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<Option<Event<'static>>, Violation> {
        let Some(inbound) = self.inbound.as_deref_mut() else {
            return Ok(None);
        };
        if !inbound.frame.take().is_some_and(|frame| frame.header.fin) {
            return Ok(None);
        }
        let Some(message) = inbound.message.take() else {
            return Ok(None);
        };
        self.inbound = None;
        let (kind, bytes) = message.finish(codec(&mut self.codec, cx), self.max_inflated)?;
        Ok(Some(Event::Message {
            kind,
            payload: Payload::Owned(bytes),
        }))
    }

    /// Takes a control frame.
    pub(super) fn control<'a>(
        &mut self,
        cx: &mut Context<'_>,
        opcode: Opcode,
        payload: Payload<'a>,
    ) -> Result<Option<Event<'a>>, Violation> {
        match opcode {
            Opcode::Ping => self.answer(cx, &payload),
            Opcode::Pong => {
                if let Some(keepalive) = &mut self.keepalive {
                    keepalive.pong(&payload);
                }
                return Ok(Some(Event::Pong(payload)));
            }
            _ => return self.peer_closes(cx, &payload),
        }
        Ok(None)
    }

    fn peer_closes<'a>(
        &mut self,
        cx: &mut Context<'_>,
        payload: &[u8],
    ) -> Result<Option<Event<'a>>, Violation> {
        let (code, reason) = close::parse(payload)?.unwrap_or((close::NO_STATUS, ""));
        self.peer_close = Some(Box::new((code, reason.into())));
        self.inbound = None;
        match self.phase {
            Phase::Open => {
                // libsoup answers the absence of a code with 1000, everything else with itself.
                let answer = if code == close::NO_STATUS {
                    close::NORMAL
                } else {
                    code
                };
                self.announce(answer, reason, true);
                Ok(Some(Event::Closing))
            }
            Phase::CloseSent => {
                self.phase = Phase::Both;
                self.deadline = Some(cx.now + CLOSE_DEADLINE);
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

/// The codec, told that it is used now.
#[inline]
fn codec<'c>(codec: &'c mut Option<Box<Codec>>, cx: &Context<'_>) -> Option<&'c mut Codec> {
    let codec = codec.as_deref_mut()?;
    codec.touch(cx.now);
    Some(codec)
}

/// What kind of message a frame begins.
#[inline]
fn kind(opcode: Opcode) -> Option<DataType> {
    match opcode {
        Opcode::Text => Some(DataType::Text),
        Opcode::Binary => Some(DataType::Binary),
        _ => None,
    }
}

/// Copies as much of `from` as `to` holds; returns how much.
fn fill(to: &mut [u8], from: &[u8]) -> usize {
    let count = to.len().min(from.len());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    count
}

/// Room in `buffer` for `arrived` bytes, and for some of the `follow` that are announced behind them.
pub(super) fn grow(buffer: &mut Vec<u8>, arrived: usize, follow: u64) {
    let needed = buffer.len().saturating_add(arrived);
    if buffer.capacity() > needed {
        return;
    }
    let whole = usize::try_from(follow)
        .unwrap_or(usize::MAX)
        .saturating_add(needed);
    // What is kept for the whole costs no memory that is not held already; else it grows with what arrives.
    if let Some(mut kept) = spare::take_kept(whole.saturating_add(1)) {
        kept.extend_from_slice(buffer);
        spare::give_back(std::mem::replace(buffer, kept));
        return;
    }
    let wanted = whole
        .min(needed.saturating_mul(crate::proto::limits::WS_GROWTH))
        .saturating_add(1);
    buffer.reserve_exact(spare::class(wanted).saturating_sub(buffer.len()));
}

/// The first byte of a text message in one frame.
const TEXT: u8 = FIN | Opcode::Text as u8;

/// The first byte of a binary message in one frame.
const BINARY: u8 = FIN | Opcode::Binary as u8;
