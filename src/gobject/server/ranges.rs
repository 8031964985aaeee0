//! Parts of a response: what a Range header asks of a 200 whose whole body is there (RFC 9110, section 14).

use glib::Bytes;

use crate::gobject::ServerMessage;
use crate::gobject::enums::Encoding;
use crate::proto::Entropy;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::ranges::{self, Answer, ContentRange, Range};
use crate::proto::multipart::Writer;
use crate::reactor::Reactor;

/// Makes a 206 or a 416 of the response of `message`, if the request asks for ranges. Nothing may be borrowed: chunks are freed.
pub(super) fn cut(message: &ServerMessage) {
    let headers = message.response_headers();
    let body = message.response_body();
    let fits = message.status() == 200
        && message.method() == c"GET"
        && headers.encoding() == Encoding::ContentLength
        && !headers.list().contains("Content-Range")
        && body.accumulates()
        && !body.is_empty();
    if !fits {
        return;
    }
    let Ok(total) = i64::try_from(body.len()) else {
        return;
    };
    // A Content-Length of the handler's that says something else is no whole body.
    if headers.list().contains("Content-Length") && headers.content_length() != total {
        return;
    }
    let Some(asked) = asked(message) else { return };
    match ranges::answer(&asked, total) {
        Answer::Whole => (),
        Answer::Unsatisfiable => {
            message.set_status(416, None);
            // Names and values of our own are never refused.
            let _ = headers.replace("Content-Range", ranges::write_unsatisfied(total));
            replace_body(message, None);
        }
        Answer::One(range) => {
            let part = part_of(&body.flatten(), range);
            message.set_status(206, None);
            let _ = headers.replace("Content-Range", content_range(range, total));
            replace_body(message, Some(part));
        }
        Answer::Several(several) => {
            let mut random = [0; 16];
            Reactor::current().entropy().fill(&mut random);
            let writer = Writer::new(random);
            let mut parts = Vec::new();
            let whole = body.flatten();
            for range in several {
                let mut head = HeaderList::new(Kind::Multipart);
                if let Some(type_) = headers.list().one("Content-Type") {
                    let _ = head.append("Content-Type", type_);
                }
                let _ = head.append("Content-Range", content_range(range, total));
                writer.part(&head, &part_of(&whole, range), &mut parts);
            }
            writer.end(&mut parts);
            message.set_status(206, None);
            let _ = headers.replace("Content-Type", writer.content_type("multipart/byteranges"));
            replace_body(message, Some(Bytes::from_owned(parts)));
        }
    }
}

/// The value of the Range header, unless If-Range says that the client has parts of something else (section 13.1.5).
fn asked(message: &ServerMessage) -> Option<Vec<u8>> {
    let request = message.request_headers().list();
    let range = request.list("Range")?.into_owned();
    let Some(condition) = request.one("If-Range") else {
        return Some(range);
    };
    let response = message.response_headers().list();
    let validator = match condition.starts_with(b"\"") {
        true => "ETag",
        false => "Last-Modified",
    };
    (response.one(validator) == Some(condition)).then_some(range)
}

fn content_range(range: Range, total: i64) -> String {
    ranges::write_content_range(ContentRange {
        range,
        total: Some(total),
    })
}

fn part_of(whole: &Bytes, range: Range) -> Bytes {
    // `answer` gives ranges within the body.
    let first = usize::try_from(range.first).unwrap_or_default();
    let behind = usize::try_from(range.last.saturating_add(1)).unwrap_or_default();
    match first <= behind && behind <= whole.len() {
        true => Bytes::from_bytes(whole, first..behind),
        false => Bytes::from_static(b""),
    }
}

fn replace_body(message: &ServerMessage, part: Option<Bytes>) {
    let body = message.response_body();
    body.truncate();
    if let Some(part) = part {
        body.append(part);
    }
    message.response_headers().set_content_length(body.len());
}
