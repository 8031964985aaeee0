//! Writing a response: head and body in pieces, each announced by its signals when it is on its way.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::connection::{Connection, State};
use super::signals::{self, Signal};
use crate::gobject::ServerMessage;
use crate::gobject::enums::{Encoding, HttpVersion};
use crate::gobject::server_message::signals::{self as message_signals, Signal as MessageSignal};
use crate::proto::http1::date;
use crate::proto::http1::head::{ResponseHead, Version};
use crate::proto::http1::violation::Misuse;

/// A response on its way.
#[derive(Default)]
pub(super) struct ResponseWriter {
    output: Vec<u8>,
    written: usize,
    /// What lies in `output`, in order.
    pieces: Vec<Piece>,
    /// How much of the body has been taken.
    offset: i64,
    /// The response has no body, whatever its headers say.
    bodiless: bool,
    /// The body's length, where the headers say it.
    length: Option<u64>,
    /// No handler has set a status: the request counts as aborted.
    unanswered: bool,
}

/// A part of a response whose leaving is announced.
enum Piece {
    Head,
    Switch,
    Chunk(glib::Bytes),
    End,
}

/// How many bytes are put together for one write.
const GATHERED: usize = 64 * 1024;

impl Connection {
    /// Writes "100 Continue"; whether the connection is still there.
    pub(super) fn say_continue(self: &Rc<Self>) -> bool {
        let mut head = ResponseHead {
            version: Version::Http11,
            status: 100,
            reason: "Continue".into(),
            headers: crate::proto::http1::headers::HeaderList::new(
                crate::proto::http1::headers::Kind::Response,
            ),
        };
        let _ = with_date(|date| head.headers.append("Date", date));
        let mut answer = self.answer.borrow_mut();
        let informed = self.exchange.borrow_mut().inform(&head, &mut answer.output);
        drop(answer);
        informed.is_ok() && self.write_out() != Outcome::Failed
    }

    /// Begins the response to the message under way.
    pub(super) fn begin_answer(self: &Rc<Self>) -> bool {
        let Some(message) = self.message() else {
            return false;
        };
        let unanswered = message.status() == 0;
        if unanswered {
            message.set_status(500, None);
        }
        let status = u16::try_from(message.status())
            .ok()
            .filter(|status| (100..1000).contains(status))
            .unwrap_or(500);
        let bodiless = message.method() == c"HEAD" || matches!(status, 100..=199 | 204 | 304);
        let connected = message.method() == c"CONNECT" && matches!(status, 200..=299);
        let headers = message.response_headers();
        let old = message.http_version() == HttpVersion::Http10;
        if old && headers.encoding() == Encoding::Chunked {
            headers.set_encoding(Encoding::Eof);
        }
        let mut length = None;
        if headers.encoding() == Encoding::ContentLength {
            if connected {
                // RFC 9110, section 9.3.6: no length in the answer that opens a tunnel.
                headers.remove("Content-Length");
            } else if !headers.list().contains("Content-Length") && !matches!(status, 100..=199 | 204 | 304) {
                headers.set_content_length(message.response_body().len());
            }
            length = u64::try_from(headers.content_length()).ok();
        }
        let head = ResponseHead {
            version: if old { Version::Http10 } else { Version::Http11 },
            status,
            reason: message.reason(),
            headers: headers.lend(),
        };
        let mut answer = self.answer.borrow_mut();
        let begun = self.exchange.borrow_mut().respond(&head, &mut answer.output);
        headers.give_back(head.headers);
        answer.offset = 0;
        answer.bodiless = bodiless || connected;
        answer.length = length;
        answer.unanswered = unanswered;
        answer
            .pieces
            .push(if status == 101 { Piece::Switch } else { Piece::Head });
        drop(answer);
        self.state.set(State::Writing);
        if let Err(misuse) = begun {
            glib::g_warning!("libsoup", "A response that cannot be sent: {misuse}");
            self.abort();
        }
        true
    }

    /// Gathers, writes and announces; whether anything happened.
    pub(super) fn write_on(self: &Rc<Self>) -> bool {
        let Some(message) = self.message() else {
            return false;
        };
        if self.gather(&message).is_err() {
            glib::g_warning!(
                "libsoup",
                "The body of a response is not as long as its Content-Length says"
            );
            self.abort();
            return true;
        }
        match self.write_out() {
            Outcome::Blocked => return false,
            Outcome::Failed => return true,
            Outcome::Done => (),
        }
        let pieces = std::mem::take(&mut self.answer.borrow_mut().pieces);
        let went_on = !pieces.is_empty();
        for piece in pieces {
            if !self.carries(&message) {
                break;
            }
            self.announce(&message, piece);
        }
        went_on
    }

    /// Appends what there is of the body to the output.
    fn gather(&self, message: &ServerMessage) -> Result<(), Misuse> {
        let mut answer = self.answer.borrow_mut();
        let answer = &mut *answer;
        let mut exchange = self.exchange.borrow_mut();
        if exchange.is_switched() || matches!(answer.pieces.last(), Some(Piece::End)) {
            return Ok(());
        }
        while answer.output.len() < GATHERED {
            let left = answer
                .length
                .map(|length| length.saturating_sub(answer.offset.unsigned_abs()));
            if answer.bodiless || left == Some(0) {
                answer.pieces.push(Piece::End);
                return exchange.finish_body(&mut answer.output);
            }
            let Some(mut chunk) = message.response_body().chunk(answer.offset) else {
                break;
            };
            if chunk.is_empty() {
                answer.pieces.push(Piece::End);
                return exchange.finish_body(&mut answer.output);
            }
            if let Some(left) = left.and_then(|left| usize::try_from(left).ok())
                && left < chunk.len()
            {
                chunk = glib::Bytes::from_bytes(&chunk, 0..left);
            }
            exchange.write_body(&chunk, &mut answer.output)?;
            answer.offset = answer.offset.saturating_add_unsigned(chunk.len() as u64);
            answer.pieces.push(Piece::Chunk(chunk));
        }
        Ok(())
    }

    fn announce(self: &Rc<Self>, message: &ServerMessage, piece: Piece) {
        match piece {
            Piece::Head => message_signals::emit(message, MessageSignal::WroteHeaders),
            Piece::Switch => {
                self.state.set(State::Switched);
                message_signals::emit(message, MessageSignal::WroteInformational);
                if self.carries(message) {
                    self.complete_upgrade(message);
                }
            }
            Piece::Chunk(chunk) => {
                message_signals::wrote_body_data(message, chunk.len());
                if self.carries(message) {
                    message.response_body().wrote_chunk(&chunk);
                    message_signals::emit(message, MessageSignal::WroteChunk);
                }
            }
            Piece::End => {
                message_signals::emit(message, MessageSignal::WroteBody);
                if self.carries(message) {
                    self.finish(message);
                }
            }
        }
    }

    /// The response is complete: the next request, or the end of the connection.
    fn finish(self: &Rc<Self>, message: &ServerMessage) {
        let unanswered = std::mem::take(&mut *self.answer.borrow_mut()).unanswered;
        self.message.take();
        self.finished.set(self.finished.get().saturating_add(1));
        let goes_on = self.exchange.borrow_mut().go_on();
        self.state
            .set(if goes_on { State::Reading } else { State::Lingering });
        message_signals::emit(message, MessageSignal::Finished);
        if let Some(server) = self.owner.server() {
            let signal = if unanswered {
                Signal::Aborted
            } else {
                Signal::Finished
            };
            signals::emit(&server, signal, message);
        }
        if !goes_on {
            message_signals::emit(message, MessageSignal::Disconnected);
            if self.state.get() == State::Lingering {
                self.linger();
            }
        }
    }

    /// Writes the output as far as the transport takes it.
    fn write_out(self: &Rc<Self>) -> Outcome {
        loop {
            let Some(link) = self.link() else {
                return Outcome::Failed;
            };
            // A stream of the caller's may call back: the output is not borrowed then.
            let output = std::mem::take(&mut self.answer.borrow_mut().output);
            let start = self.answer.borrow().written;
            let rest = output.get(start..).unwrap_or_default();
            if rest.is_empty() {
                let mut answer = self.answer.borrow_mut();
                answer.output = output;
                answer.output.clear();
                answer.written = 0;
                return Outcome::Done;
            }
            let written = link.write_vectored(&[IoSlice::new(rest)]);
            let mut answer = self.answer.borrow_mut();
            answer.output = output;
            match written {
                Ok(count) => answer.written = start.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Outcome::Blocked,
                Err(_) => {
                    drop(answer);
                    self.abort();
                    return Outcome::Failed;
                }
            }
        }
    }
}

/// What writing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Blocked,
    Failed,
}

/// Gives `use_it` the time for the Date header, which is put into words once a second.
pub(super) fn with_date<T>(use_it: impl FnOnce(&str) -> T) -> T {
    thread_local!(static LATEST: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) });
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    LATEST.with_borrow_mut(|(second, text)| {
        if *second != now || text.is_empty() {
            *second = now;
            *text = date::write(i64::try_from(now).unwrap_or_default(), date::Format::Http);
        }
        use_it(text)
    })
}
