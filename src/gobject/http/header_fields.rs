//! The headers that have a meaning of their own: body length, expectations, ranges, content type.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::gobject::enums::{Encoding, Expectation, MessageHeadersType};
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::proto::http1::body;
use crate::proto::http1::grammar;
use crate::proto::http1::headers::{HeaderList, Refused};
use crate::proto::http1::params::{self, Param, Separator};
use crate::proto::http1::ranges::{self, ContentRange, Range};

/// A value with parameters, as in Content-Type and Content-Disposition.
pub struct Content<'a> {
    /// What stands before the first semicolon, unless that is a parameter itself.
    pub value: Option<&'a [u8]>,
    /// The parameters.
    pub params: Vec<Param<'a>>,
}

impl<'a> Content<'a> {
    /// Takes a header value apart. Of two parameters of one name the first stays.
    pub fn parse(header: &'a [u8]) -> Content<'a> {
        let end = header
            .iter()
            .position(|&byte| byte == b';')
            .unwrap_or(header.len());
        let (value, rest) = header.split_at_checked(end).unwrap_or_default();
        let (value, rest) = match value.contains(&b'=') {
            true => (None, header),
            false => (Some(grammar::trim(value)), rest),
        };
        Content {
            value,
            params: params::parse(rest, Separator::Semicolon),
        }
    }
}

impl SoupMessageHeaders {
    /// How the end of the body is told: as set, or as the headers say.
    pub fn encoding(&self) -> Encoding {
        self.set_encoding_cell()
            .get()
            .unwrap_or_else(|| encoding_of(&self.list()))
    }

    /// Says how the end of the body is told, and makes the headers say so.
    pub fn set_encoding(&self, encoding: Encoding) {
        if encoding != Encoding::ContentLength {
            self.remove("Content-Length");
        }
        if encoding == Encoding::Chunked {
            // A name and a value of our own are never refused.
            let _ = self.replace("Transfer-Encoding", "chunked");
        } else {
            self.remove("Transfer-Encoding");
        }
        self.set_encoding_cell().set(Some(encoding));
    }

    /// The Content-Length; 0 if the end of the body is told otherwise.
    pub fn content_length(&self) -> i64 {
        if self.encoding() != Encoding::ContentLength {
            return 0;
        }
        let length = body::content_length(&self.list()).ok().flatten();
        length.and_then(|length| i64::try_from(length).ok()).unwrap_or(0)
    }

    /// Sets the Content-Length.
    pub fn set_content_length(&self, length: u64) {
        self.remove("Transfer-Encoding");
        // A name and a value of our own are never refused.
        let _ = self.replace("Content-Length", length.to_string());
        self.set_encoding_cell().set(Some(Encoding::ContentLength));
    }

    /// What the Expect header asks for.
    pub fn expectations(&self) -> Expectation {
        if !self.list().contains("Expect") {
            Expectation::empty()
        } else if self.list().equals("Expect", "100-continue") {
            Expectation::CONTINUE
        } else {
            Expectation::UNRECOGNIZED
        }
    }

    /// Sets or removes the Expect header.
    pub fn set_expectations(&self, expectations: Expectation) {
        if expectations.contains(Expectation::CONTINUE) {
            // A name and a value of our own are never refused.
            let _ = self.replace("Expect", "100-continue");
        } else {
            self.remove("Expect");
        }
    }

    /// The ranges of the Range header.
    pub fn ranges(&self, total: Option<i64>) -> Option<Vec<Range>> {
        self.list()
            .list("Range")
            .and_then(|header| ranges::parse(&header, total))
    }

    /// What the Content-Range header says.
    pub fn content_range(&self) -> Option<ContentRange> {
        self.list()
            .one("Content-Range")
            .and_then(ranges::parse_content_range)
    }

    /// Hands Content-Type to `look`, if it is one: `type/subtype` and parameters.
    pub fn with_content_type<R>(&self, look: impl FnOnce(&[u8], &[Param<'_>]) -> R) -> Option<R> {
        let list = self.list();
        let content = Content::parse(grammar::trim(list.one("Content-Type")?));
        let value = content.value.filter(|value| is_media_type(value))?;
        Some(look(value, &content.params))
    }

    /// The Content-Type without its parameters, for C; NULL if there is none. It stays until the header is changed.
    pub fn content_type_c(&self) -> *const c_char {
        let value = self.with_content_type(|value, _| CString::new(value).unwrap_or_default());
        value.map_or(ptr::null(), |value| self.keep_content_type(value))
    }

    /// Hands Content-Disposition to `look`: the disposition and its parameters. A filename is without its
    /// directories, which are the sender's, and left out if it has no value (CVE-2025-32911, CVE-2025-32913).
    pub fn with_content_disposition<R>(
        &self,
        look: impl FnOnce(Option<&[u8]>, &[Param<'_>]) -> R,
    ) -> Option<R> {
        let list = self.list();
        let mut content = Content::parse(list.one("Content-Disposition")?);
        content.params.retain_mut(|param| {
            if !param.is("filename") {
                return true;
            }
            let Some(value) = &mut param.value else {
                return false;
            };
            if let Some(slash) = value.iter().rposition(|&byte| byte == b'/') {
                value.to_mut().drain(..=slash);
            }
            true
        });
        Some(look(content.value, &content.params))
    }

    /// Sets a header of value and parameters.
    ///
    /// # Safety
    ///
    /// The table is NULL, or its keys are C strings and its values C strings or NULL.
    pub unsafe fn set_content(
        &self,
        name: &str,
        value: &[u8],
        table: *mut glib::ffi::GHashTable,
    ) -> Result<(), Refused> {
        let mut text = value.to_vec();
        // SAFETY: the caller vouches for the table.
        unsafe { super::params::append_table(&mut text, table) };
        self.replace(name, text)
    }

    /// Removes the headers that are for one connection only: those that Connection names (RFC 9110, section 7.6.1).
    pub fn clean_connection_headers(&self) {
        let names: Vec<String> = self
            .list()
            .elements("Connection")
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        for name in names
            .iter()
            .filter(|name| !name.eq_ignore_ascii_case("Connection"))
        {
            self.remove(name);
        }
    }
}

fn encoding_of(list: &HeaderList) -> Encoding {
    let mut codings = list
        .elements("Transfer-Encoding")
        .filter(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    match (codings.next(), codings.next()) {
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => return Encoding::Chunked,
        (Some(_), _) => return Encoding::Unrecognized,
        (None, _) => {}
    }
    match body::content_length(list) {
        Ok(Some(_)) => Encoding::ContentLength,
        Err(_) => Encoding::Unrecognized,
        Ok(None) if MessageHeadersType::from(list.kind()) == MessageHeadersType::Response => Encoding::Eof,
        Ok(None) => Encoding::None,
    }
}

/// `type/subtype`, both tokens (RFC 9110, section 8.3.1).
fn is_media_type(text: &[u8]) -> bool {
    let mut parts = text.split(|&byte| byte == b'/');
    let (kind, subtype) = (parts.next(), parts.next());
    kind.is_some_and(grammar::is_token) && subtype.is_some_and(grammar::is_token) && parts.next().is_none()
}
