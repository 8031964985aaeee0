//! What comes from the network, made into pieces for the caller: frames are read, unmasked, checked and inflated where
//! they lie. Nothing is held but the receive buffer.

use std::ptr::{self, NonNull};
use std::slice;

use super::buffer_type::Kind;
use super::failure::Failure;
use super::inflater::Inflating;
use super::memory::Area;
use super::options::Options;
use super::reply::Reply;
use super::session::{Negotiated, part};
use super::types::*;
use crate::proto::ws::frame::{self, Header, Opcode};
use crate::proto::ws::utf8::Utf8;
use crate::proto::ws::{DataType, Role, Violation, close, mask};

/// The receive buffer and the frame that is being read from it.
pub struct Incoming {
    role: Role,
    masking: bool,
    verify_utf8: bool,
    application_extension: bool,
    control_payloads: bool,
    area: Area,
    /// What has come and is not used up: `start..end` of the area.
    start: usize,
    end: usize,
    /// How much of a payload was asked for, or has come, straight into the caller's buffer.
    direct: Direct,
    inflating: Option<Inflating>,
    frame: Option<Frame>,
    message: Option<Message>,
    utf8: Utf8,
    expects_pong: bool,
    closed: bool,
    shown: Held,
}

/// Where the bytes of an operation go.
#[derive(Clone, Copy)]
pub enum Target {
    /// They are shown where they are.
    Own,
    /// They are copied to the caller's buffer.
    Caller { address: NonNull<u8>, size: usize },
}

/// What the caller shall see.
pub enum Shown {
    /// Nothing: a ping came, and is answered.
    Pinged,
    /// Bytes are wanted here.
    Room(WEB_SOCKET_BUFFER),
    /// This has come.
    Piece(Kind, WEB_SOCKET_BUFFER),
}

/// Whether a payload goes past the receive buffer.
#[derive(Clone, Copy)]
enum Direct {
    No,
    /// The network was asked to fill the caller's buffer.
    Asked,
    /// So many bytes have come there.
    Come(usize),
}

/// What the caller is looking at, and what is used up when it has looked.
#[derive(Clone, Copy)]
enum Held {
    Nothing,
    /// So many bytes of the frame's payload.
    Payload(usize),
    /// A control frame of so many bytes.
    Control(usize),
}

/// A data frame whose payload is being read.
#[derive(Clone, Copy)]
struct Frame {
    header: Header,
    remaining: u64,
    /// How many bytes at `start` are unmasked and checked.
    ready: usize,
    /// Whether the caller has seen a part of it.
    seen: bool,
}

#[derive(Clone, Copy)]
struct Message {
    data: DataType,
    compressed: bool,
    /// Whether its frames are an extension's.
    raw: bool,
}

impl Incoming {
    /// Nothing has come yet.
    pub fn new(options: &Options, negotiated: Negotiated, area: Area, inflated: Area) -> Self {
        Self {
            role: options.role,
            masking: options.masking,
            verify_utf8: options.verify_utf8,
            application_extension: negotiated.application_extension,
            control_payloads: options.control_payloads,
            area,
            start: 0,
            end: 0,
            direct: Direct::No,
            inflating: negotiated
                .deflate
                .map(|params| Inflating::new(options.role, params, inflated)),
            frame: None,
            message: None,
            utf8: Utf8::new(),
            expects_pong: false,
            closed: false,
            shown: Held::Nothing,
        }
    }

    /// Goes on until there is something to show, or bytes are wanted.
    pub fn next(&mut self, target: Target, reply: &mut Reply) -> Result<Shown, Failure> {
        loop {
            let shown = match self.frame {
                None => self.next_frame(reply)?,
                Some(frame) if self.is_compressed() => self.inflate(frame, target)?,
                Some(frame) => self.next_piece(frame, target)?,
            };
            if let Some(shown) = shown {
                return Ok(shown);
            }
        }
    }

    /// So many bytes have been put where [`Shown::Room`] said; none: the operation is cancelled.
    pub fn received(&mut self, bytes: usize) {
        if matches!(self.direct, Direct::Asked) {
            self.direct = match bytes {
                0 => Direct::No,
                bytes => Direct::Come(bytes),
            };
            return;
        }
        self.end = self.end.saturating_add(bytes).min(self.area.size());
    }

    /// The caller has seen what was shown last.
    pub fn release(&mut self) {
        match std::mem::replace(&mut self.shown, Held::Nothing) {
            Held::Nothing => {}
            Held::Control(bytes) => self.start += bytes,
            Held::Payload(bytes) => self.use_up(bytes),
        }
    }

    /// Frees what inflates, between two messages, but for the bytes that the next one may refer to.
    pub fn rest(&mut self) {
        if let Some(inflating) = &mut self.inflating {
            inflating.rest();
        }
    }

    /// A ping was sent: the next pong answers it.
    pub fn expect_pong(&mut self) {
        self.expects_pong = true;
    }

    /// How much of the payload of the frame under way has not been shown, and whether it is compressed.
    pub fn state(&self) -> (u64, bool) {
        (
            self.frame.map_or(0, |frame| frame.remaining),
            self.is_compressed(),
        )
    }

    fn is_compressed(&self) -> bool {
        self.message.is_some_and(|message| message.compressed)
    }

    fn bytes(&mut self) -> &mut [u8] {
        let (start, end) = (self.start, self.end);
        self.area.bytes().get_mut(start..end).unwrap_or_default()
    }

    /// Asks for bytes. What is left is less than a control frame, which fits, and goes to the front.
    fn room(&mut self) -> Shown {
        let (start, end) = (self.start, self.end);
        self.area.bytes().copy_within(start..end, 0);
        (self.start, self.end) = (0, end - start);
        Shown::Room(part(&self.area, self.end, self.area.size() - self.end))
    }

    fn next_frame(&mut self, reply: &mut Reply) -> Result<Option<Shown>, Failure> {
        let bytes = self.bytes();
        let Some((&[first, second], _)) = bytes.split_first_chunk::<2>() else {
            return Ok(Some(self.room()));
        };
        let parsed = Header::parse(bytes)?;
        self.check(first, second)?;
        let Some((header, length)) = parsed else {
            return Ok(Some(self.room()));
        };
        if header.opcode.is_control() {
            let total = length + header.len as usize;
            if self.end - self.start < total {
                return Ok(Some(self.room()));
            }
            let payload = self.bytes().get_mut(length..total).unwrap_or_default();
            mask::apply(payload, header.mask.unwrap_or_default(), 0);
            return self.control(header.opcode, length, total, reply);
        }
        self.order(&header)?;
        self.start += length;
        self.frame = Some(Frame {
            header,
            remaining: header.len,
            ready: 0,
            seen: false,
        });
        Ok(None)
    }

    /// Mask and reserved bits (RFC 6455, sections 5.1 and 5.2).
    fn check(&self, first: u8, second: u8) -> Result<(), Failure> {
        let control = first & 0x08 != 0;
        let begins = self.message.is_none();
        let allowed = match (control, self.application_extension) {
            (true, _) => 0,
            (false, true) => frame::RSV,
            // RSV1 marks the first frame of a compressed message (RFC 7692, section 6).
            (false, false) if begins && self.inflating.is_some() => frame::RSV1,
            (false, false) => 0,
        };
        let receiver = match (self.role, self.masking) {
            // Either will do: the rule that fits the bit is applied.
            (Role::Server, false) if second & 0x80 == 0 => Role::Client,
            (role, _) => role,
        };
        Ok(Header::check(first, second, receiver, allowed)?)
    }

    /// Whether a data frame may come now (RFC 6455, section 5.4), and what message it begins.
    fn order(&mut self, header: &Header) -> Result<(), Failure> {
        if self.closed {
            return Err(Failure::AfterClose);
        }
        let data = match (header.opcode, self.message) {
            (Opcode::Continuation, Some(_)) => return Ok(()),
            (Opcode::Text, None) => DataType::Text,
            (Opcode::Binary, None) => DataType::Binary,
            (_, None) => return Err(Violation::UnexpectedContinuation.into()),
            (_, Some(_)) => return Err(Violation::ExpectedContinuation.into()),
        };
        let compressed = self.inflating.is_some() && header.rsv & frame::RSV1 != 0;
        self.message = Some(Message {
            data,
            compressed,
            raw: header.rsv != 0 && !compressed,
        });
        self.utf8 = Utf8::new();
        Ok(())
    }

    fn control(
        &mut self,
        opcode: Opcode,
        length: usize,
        total: usize,
        reply: &mut Reply,
    ) -> Result<Option<Shown>, Failure> {
        if self.closed {
            // A sign of life after the close is no news; a second close is a fault.
            self.start += total;
            return if opcode == Opcode::Close {
                Err(Failure::AfterClose)
            } else {
                Ok(None)
            };
        }
        let (address, shows_pings) = (self.area.at(self.start + length), self.control_payloads);
        let payload = self.bytes().get(length..total).unwrap_or_default();
        match opcode {
            Opcode::Ping if shows_pings => {
                self.shown = Held::Control(total);
                let ping = WEB_SOCKET_BUFFER::data(address, total - length);
                Ok(Some(Shown::Piece(Kind::Ping, ping)))
            }
            Opcode::Ping => {
                reply.answer(payload);
                self.start += total;
                Ok(Some(Shown::Pinged))
            }
            Opcode::Close => {
                let parsed = close::parse(payload).map_err(|violation| match violation {
                    Violation::BadUtf8 => Failure::CloseReason,
                    violation => violation.into(),
                })?;
                let parsed = parsed.map(|(status, reason)| (status, reason.len()));
                self.closed = true;
                self.shown = Held::Control(total);
                let close = match parsed {
                    None => CloseStatus {
                        pbReason: ptr::null_mut(),
                        ulReasonLength: 0,
                        usStatus: close::NO_STATUS,
                    },
                    Some((status, 0)) => CloseStatus {
                        pbReason: ptr::null_mut(),
                        ulReasonLength: 0,
                        usStatus: status,
                    },
                    Some((status, reason)) => CloseStatus {
                        pbReason: address.wrapping_add(2),
                        ulReasonLength: reason as ULONG,
                        usStatus: status,
                    },
                };
                Ok(Some(Shown::Piece(
                    Kind::Close,
                    WEB_SOCKET_BUFFER { CloseStatus: close },
                )))
            }
            _ => {
                self.shown = Held::Control(total);
                let answers = std::mem::take(&mut self.expects_pong);
                let kind = if answers {
                    Kind::PingPong
                } else {
                    Kind::UnsolicitedPong
                };
                Ok(Some(Shown::Piece(
                    kind,
                    WEB_SOCKET_BUFFER::data(address, total - length),
                )))
            }
        }
    }

    /// Whether text is checked as it comes; compressed text is when it is inflated.
    fn checks_text(&self) -> bool {
        self.verify_utf8
            && self
                .message
                .is_some_and(|message| message.data == DataType::Text && !message.compressed && !message.raw)
    }

    /// Unmasks and checks what has come of the frame's payload, and returns how much that is.
    fn make_ready(&mut self, frame: &mut Frame) -> Result<usize, Failure> {
        let come = self.end - self.start;
        let available = usize::try_from(frame.remaining).map_or(come, |remaining| remaining.min(come));
        let (ready, offset) = (frame.ready, (frame.header.len - frame.remaining) as usize);
        frame.ready = available;
        let checked = self.checks_text();
        let (from, to) = (self.start + ready, self.start + available);
        let fresh = self.area.bytes().get_mut(from..to).unwrap_or_default();
        if let Some(key) = frame.header.mask {
            mask::apply(fresh, key, offset.wrapping_add(ready));
        }
        if checked {
            self.utf8.feed(fresh).map_err(|_| Violation::BadUtf8)?;
        }
        Ok(available)
    }

    /// A piece of a frame that is not compressed.
    fn next_piece(&mut self, mut frame: Frame, target: Target) -> Result<Option<Shown>, Failure> {
        if let Some(shown) = self.next_direct(&mut frame, target)? {
            return Ok(Some(shown));
        }
        let available = self.make_ready(&mut frame)?;
        if available == 0 && frame.remaining > 0 {
            return Ok(Some(self.room()));
        }
        if available == 0 && !frame.header.fin {
            // An empty fragment brings nothing.
            self.frame = None;
            return Ok(None);
        }
        let (address, length) = match target {
            Target::Own => (self.area.at(self.start).cast_const(), available),
            Target::Caller { address, size } => {
                let length = available.min(size);
                let bytes = self.bytes().get(..length).unwrap_or_default();
                // SAFETY: the caller's buffer has `size` bytes and stays until the operation is indicated.
                unsafe { slice::from_raw_parts_mut(address.as_ptr(), length) }.copy_from_slice(bytes);
                (address.as_ptr().cast_const(), length)
            }
        };
        let last = frame.header.fin && length as u64 == frame.remaining;
        let kind = self.piece_kind(&mut frame, last)?;
        self.frame = Some(frame);
        self.shown = Held::Payload(length);
        Ok(Some(Shown::Piece(kind, WEB_SOCKET_BUFFER::data(address, length))))
    }

    /// A piece that the network puts where the caller wants it, which spares a copy when none of it has come yet and the
    /// frame's rest fills more than the receive buffer.
    fn next_direct(&mut self, frame: &mut Frame, target: Target) -> Result<Option<Shown>, Failure> {
        let Target::Caller { address, size } = target else {
            return Ok(None);
        };
        let size = usize::try_from(frame.remaining).map_or(size, |remaining| remaining.min(size));
        let Direct::Come(come) = self.direct else {
            if self.start != self.end || size < self.area.size() {
                return Ok(None);
            }
            self.direct = Direct::Asked;
            return Ok(Some(Shown::Room(WEB_SOCKET_BUFFER::data(address.as_ptr(), size))));
        };
        self.direct = Direct::No;
        let length = come.min(size);
        // SAFETY: the caller's buffer has `size` bytes and stays until the operation is indicated.
        let bytes = unsafe { slice::from_raw_parts_mut(address.as_ptr(), length) };
        if let Some(key) = frame.header.mask {
            mask::apply(bytes, key, (frame.header.len - frame.remaining) as usize);
        }
        if self.checks_text() {
            self.utf8.feed(bytes).map_err(|_| Violation::BadUtf8)?;
        }
        let last = frame.header.fin && length as u64 == frame.remaining;
        let kind = self.piece_kind(frame, last)?;
        frame.remaining -= length as u64;
        self.frame = (frame.remaining > 0).then_some(*frame);
        Ok(Some(Shown::Piece(
            kind,
            WEB_SOCKET_BUFFER::data(address.as_ptr(), length),
        )))
    }

    /// A piece of a compressed message: what was inflated of it.
    fn inflate(&mut self, mut frame: Frame, target: Target) -> Result<Option<Shown>, Failure> {
        let available = self.make_ready(&mut frame)?;
        self.frame = Some(frame);
        let ends_input = available as u64 == frame.remaining && frame.header.fin;
        let (start, area) = (self.start, &mut self.area);
        let Some(inflating) = self.inflating.as_mut() else {
            return Err(Violation::BadDeflate.into());
        };
        let input = area.bytes().get(start..start + available).unwrap_or_default();
        let piece = inflating.next(input, ends_input, target)?;
        self.use_up(piece.consumed);
        if piece.length == 0 && !piece.ends_message {
            // The frame was not the last one, or its rest has not come.
            return Ok(self.frame.is_some().then(|| self.room()));
        }
        if self.verify_utf8 && self.message.is_some_and(|message| message.data == DataType::Text) {
            // SAFETY: the piece was written just now, where the inflater was told to.
            let text = unsafe { slice::from_raw_parts(piece.address, piece.length) };
            self.utf8.feed(text).map_err(|_| Violation::BadUtf8)?;
        }
        let kind = self.piece_kind(&mut frame, piece.ends_message)?;
        if piece.ends_message {
            self.frame = None;
        }
        Ok(Some(Shown::Piece(
            kind,
            WEB_SOCKET_BUFFER::data(piece.address, piece.length),
        )))
    }

    /// What a piece is called; the last one ends the message.
    fn piece_kind(&mut self, frame: &mut Frame, last: bool) -> Result<Kind, Failure> {
        let Some(message) = self.message else {
            return Err(Failure::InvalidOperation);
        };
        if last {
            self.message = None;
            if self.verify_utf8 && message.data == DataType::Text && !message.raw {
                self.utf8.finish().map_err(|_| Violation::BadUtf8)?;
            }
        }
        if !message.raw {
            return Ok(Kind::Data {
                data: message.data,
                last,
            });
        }
        // As if the peer had fragmented where the buffer ended.
        let first = if frame.seen {
            Opcode::Continuation as u8
        } else {
            frame.header.first_byte() & !frame::FIN
        };
        frame.seen = true;
        Ok(Kind::Extension(if last { first | frame::FIN } else { first }))
    }

    fn use_up(&mut self, bytes: usize) {
        self.start += bytes;
        let Some(frame) = &mut self.frame else { return };
        frame.remaining = frame.remaining.saturating_sub(bytes as u64);
        frame.ready = frame.ready.saturating_sub(bytes);
        let compressed = self.message.is_some_and(|message| message.compressed);
        // The last frame of a compressed message goes on until everything is inflated.
        if frame.remaining == 0 && !(compressed && frame.header.fin) {
            self.frame = None;
        }
    }
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::Peer(violation)
    }
}
