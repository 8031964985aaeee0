//! Message heads that C hands over whole: the connection's parser, applied to a text (see `proto::http1::head`).

use crate::gobject::enums::{HttpVersion, MessageHeadersType};
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::proto::http1::head::{Head, RequestHead, ResponseHead, Version};
use crate::proto::http1::headers::HeaderList;
use crate::proto::http1::repair;

/// A status line without its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// The version.
    pub version: HttpVersion,
    /// The status.
    pub status: u16,
    /// The reason, which may be empty.
    pub reason: String,
}

/// Reads a request head. Adds its headers to `dest`; on refusal, which is a status, `dest` is as before. What libsoup
/// forgives is [put right](repair) before.
pub fn parse_request(text: &[u8], dest: &SoupMessageHeaders) -> Result<(String, String, HttpVersion), u32> {
    let text = repair::request(lines_of(text).ok_or(400u32)?);
    let mut head = match RequestHead::parse_without_host(&text) {
        Ok(Some((head, _))) => head,
        Ok(None) => return Err(400),
        Err(violation) => return Err(violation.status().into()),
    };
    drop_hop_headers(head.version, &mut head.headers);
    if head.headers.contains("Expect") && !head.headers.equals("Expect", "100-continue") {
        return Err(417);
    }
    dest.extend(head.headers).map_err(|_| 400u32)?;
    Ok((head.method, head.target, head.version.into()))
}

/// Reads a response head. Adds its headers to `dest`; on refusal, `dest` is as before.
pub fn parse_response(text: &[u8], dest: &SoupMessageHeaders) -> Option<StatusLine> {
    let (mut head, _) = ResponseHead::parse(&repair::response(lines_of(text)?)).ok()??;
    drop_hop_headers(head.version, &mut head.headers);
    let (line, headers) = split(head);
    dest.extend(headers).ok()?;
    Some(line)
}

/// Reads a status line; what follows it does not count.
pub fn parse_status_line(text: &[u8]) -> Option<StatusLine> {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let (head, _) = ResponseHead::parse(&repair::response(line)).ok()??;
    Some(split(head).0)
}

/// Reads header lines behind a first line of any kind. Adds them to `dest`; on refusal, `dest` is as before.
pub fn parse_headers(text: &[u8], dest: &SoupMessageHeaders) -> Option<()> {
    let first = text.iter().position(|&byte| byte == b'\n')?;
    let lines = text.get(first + 1..)?;
    let list = match dest.kind() {
        MessageHeadersType::Request => {
            let text = repair::request(&[b"GET / HTTP/1.0\r\n", lines].concat());
            RequestHead::parse_without_host(&text).ok()??.0.headers
        }
        MessageHeadersType::Response | MessageHeadersType::Multipart => {
            let text = repair::response(&[b"HTTP/1.0 200 OK\r\n", lines].concat());
            ResponseHead::parse(&text).ok()??.0.headers
        }
    };
    dest.extend(list).ok()
}

/// The text, if its last line has an end; else more was to come.
fn lines_of(text: &[u8]) -> Option<&[u8]> {
    text.ends_with(b"\n").then_some(text)
}

/// Removes what an HTTP/1.0 message lists in Connection: a proxy that did not know the header may have passed it on (RFC 2616,
/// section 14.10). A connection's own parser does not, lest it frames a message otherwise than whoever stands before it.
fn drop_hop_headers(version: Version, headers: &mut HeaderList) {
    if version != Version::Http10 {
        return;
    }
    let listed: Vec<String> = headers
        .elements("Connection")
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    for name in listed {
        headers.remove(&name);
    }
}

fn split(head: ResponseHead) -> (StatusLine, HeaderList) {
    let line = StatusLine {
        version: head.version.into(),
        status: head.status,
        reason: head.reason.into_owned(),
    };
    (line, head.headers)
}

impl From<Version> for HttpVersion {
    fn from(version: Version) -> HttpVersion {
        match version {
            Version::Http10 => HttpVersion::Http10,
            Version::Http11 => HttpVersion::Http11,
        }
    }
}
