//! A response on its way: head and body in pieces. Each is announced when it has left.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::gobject::ServerMessage;
use crate::gobject::enums::{Encoding, HttpVersion};
use crate::proto::http1::date;
use crate::proto::http1::exchange::ServerExchange as Http1Exchange;
use crate::proto::http1::head::{ResponseHead, Version};
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::violation::Misuse;
use crate::reactor::Link;

/// A response on its way.
#[derive(Default)]
pub(super) struct ResponseWriter {
    output: Vec<u8>,
    written: usize,
    /// Some has left since somebody asked.
    moved: bool,
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
pub(super) enum Piece {
    Head,
    Switch,
    Chunk(glib::Bytes),
    End,
}

/// How many bytes are put together for one write.
const GATHERED: usize = 64 * 1024;

impl ResponseWriter {
    /// Whether something waits until the client reads.
    pub(super) fn is_stuck(&self) -> bool {
        self.written < self.output.len()
    }

    /// Whether some has left since this was asked last.
    pub(super) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Appends "100 Continue".
    pub(super) fn inform(&mut self, exchange: &mut Http1Exchange) -> Result<(), Misuse> {
        let mut head = ResponseHead {
            version: Version::Http11,
            status: 100,
            reason: "Continue".into(),
            headers: HeaderList::new(Kind::Response),
        };
        let _ = with_date(|date| head.headers.append("Date", date));
        exchange.inform(&head, &mut self.output)
    }

    /// Begins the response of `message`, with a status of its own if nobody has set one.
    pub(super) fn begin(
        &mut self,
        message: &ServerMessage,
        exchange: &mut Http1Exchange,
    ) -> Result<(), Misuse> {
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
        let begun = exchange.respond(&head, &mut self.output);
        headers.give_back(head.headers);
        self.offset = 0;
        self.bodiless = bodiless || connected;
        self.length = length;
        self.unanswered = unanswered;
        self.pieces
            .push(if status == 101 { Piece::Switch } else { Piece::Head });
        begun
    }

    /// Appends what there is of the body to the output.
    pub(super) fn gather(
        &mut self,
        message: &ServerMessage,
        exchange: &mut Http1Exchange,
    ) -> Result<(), Misuse> {
        if exchange.is_switched() || matches!(self.pieces.last(), Some(Piece::End)) {
            return Ok(());
        }
        while self.output.len() < GATHERED {
            let left = self
                .length
                .map(|length| length.saturating_sub(self.offset.unsigned_abs()));
            if self.bodiless || left == Some(0) {
                self.pieces.push(Piece::End);
                return exchange.finish_body(&mut self.output);
            }
            let Some(mut chunk) = message.response_body().chunk(self.offset) else {
                break;
            };
            if chunk.is_empty() {
                self.pieces.push(Piece::End);
                return exchange.finish_body(&mut self.output);
            }
            if let Some(left) = left.and_then(|left| usize::try_from(left).ok())
                && left < chunk.len()
            {
                chunk = glib::Bytes::from_bytes(&chunk, 0..left);
            }
            exchange.write_body(&chunk, &mut self.output)?;
            self.offset = self.offset.saturating_add_unsigned(chunk.len() as u64);
            self.pieces.push(Piece::Chunk(chunk));
        }
        Ok(())
    }

    /// What has left with the output, to be announced.
    pub(super) fn take_pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// Forgets the response; whether it was one that no handler gave.
    pub(super) fn finish(&mut self) -> bool {
        std::mem::take(self).unanswered
    }
}

/// Writes the output of `writer` as far as `link` takes it.
pub(super) fn write_out(writer: &RefCell<ResponseWriter>, link: &Rc<Link>) -> Outcome {
    loop {
        // A stream of the caller's may call back: the output is not borrowed then.
        let output = std::mem::take(&mut writer.borrow_mut().output);
        let start = writer.borrow().written;
        let rest = output.get(start..).unwrap_or_default();
        let written = match rest.is_empty() {
            true => None,
            false => Some(link.write_vectored(&[IoSlice::new(rest)])),
        };
        let mut writer = writer.borrow_mut();
        writer.output = output;
        let Some(written) = written else {
            writer.output.clear();
            writer.written = 0;
            return Outcome::Done;
        };
        match written {
            Ok(count) => {
                writer.written = start.saturating_add(count);
                writer.moved = true;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Outcome::Blocked,
            Err(_) => return Outcome::Failed,
        }
    }
}

/// What writing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
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
