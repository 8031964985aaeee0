//! How a logger prints messages: the lines, and who gets them.

use std::ffi::{CString, c_char};
use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::record::{LoggedBody, address};
use super::{Logger, LoggerLogLevel};
use crate::gobject::Message;
use crate::gobject::enums::HttpVersion;
use crate::gobject::http::headers::SoupMessageHeaders;
use crate::gobject::message::RequestBody;
use crate::gobject::message::uri::{host_header, request_target};
use crate::proto::auth::basic;
use crate::proto::auth::challenge::parse_credentials;

/// The lines of a request or response, as far as its level goes.
struct Lines {
    level: LoggerLogLevel,
    direction: u8,
    lines: Vec<(LoggerLogLevel, CString)>,
}

impl Lines {
    fn new(level: LoggerLogLevel, direction: u8) -> Lines {
        Lines {
            level,
            direction,
            lines: Vec::new(),
        }
    }

    fn push(&mut self, level: LoggerLogLevel, text: impl Into<Vec<u8>>) {
        if level <= self.level {
            let mut text = text.into();
            // A line of C's ends with the first of them.
            text.iter_mut()
                .filter(|byte| **byte == 0)
                .for_each(|byte| *byte = b'.');
            self.lines.push((level, CString::new(text).unwrap_or_default()));
        }
    }

    fn headers(&mut self, headers: &SoupMessageHeaders) {
        for field in headers.list().fields() {
            let secret = field.is("Authorization") || field.is("Proxy-Authorization");
            let value = match secret {
                true => without_password(field.value()),
                false => field.value().to_vec(),
            };
            let line = [field.name_bytes(), b": ", &value].concat();
            self.push(LoggerLogLevel::Headers, line);
        }
    }

    fn body(&mut self, body: &LoggedBody) {
        if body.bytes.is_empty() && !body.is_cut {
            return;
        }
        self.push(LoggerLogLevel::Body, "");
        let text = body.bytes.strip_suffix(b"\n").unwrap_or(&body.bytes);
        for line in text.split(|&byte| byte == b'\n') {
            self.push(LoggerLogLevel::Body, line);
        }
        if body.is_cut {
            self.push(LoggerLogLevel::Body, "[...]");
        }
    }
}

impl Logger {
    /// The request was written.
    pub(super) fn print_request(&self, message: &Message) {
        let level = self.request_level(message);
        let limit = self.body_limit();
        let Some((number, session, session_number, is_restarted)) =
            self.imp().records().of(message).map(|record| {
                let before = std::mem::replace(&mut record.is_restarted, true);
                record.owes_response = true;
                (record.number, record.session, record.session_number, before)
            })
        else {
            return;
        };
        let mut lines = Lines::new(level, b'>');
        let method = message
            .method()
            .map(|method| method.to_string())
            .unwrap_or_default();
        let target = message.uri().map(|uri| request_target(&uri)).unwrap_or_default();
        lines.push(LoggerLogLevel::Minimal, format!("{method} {target} HTTP/1.1"));
        lines.push(LoggerLogLevel::Minimal, timestamp());
        let connection = message.connection_id();
        let debug = format!(
            "Soup-Debug: SoupSession {session_number} ({session:#x}), SoupMessage {number} ({:#x}), GSocket {connection} \
             ({connection:#x}){}",
            address(message),
            if is_restarted { ", restarted" } else { "" },
        );
        lines.push(LoggerLogLevel::Minimal, debug);
        // The headers that a program sees may be without Host, which is written with them.
        if let Some(host) = message.uri().and_then(|uri| host_header(&uri)) {
            lines.push(LoggerLogLevel::Headers, format!("Soup-Host: {host}"));
        }
        lines.headers(message.request_headers());
        if let RequestBody::Bytes(bytes) = message.request_body() {
            let mut body = LoggedBody::default();
            body.push(&bytes, limit);
            lines.body(&body);
        }
        self.print(lines);
    }

    /// An informational response has come.
    pub(super) fn print_informational(&self, message: &Message) {
        self.print_head_and(message, &LoggedBody::default());
    }

    /// The message is over. A response whose body nobody has read to its end was not printed yet.
    pub(super) fn print_unread_response(&self, message: &Message) {
        let is_due = self
            .imp()
            .records()
            .of(message)
            .is_some_and(|record| record.owes_response);
        if is_due && message.status() != 0 {
            self.print_response(message);
        }
    }

    /// The response has come.
    pub(super) fn print_response(&self, message: &Message) {
        let body = self.imp().records().of(message).map(|record| {
            record.owes_response = false;
            record.body.clone()
        });
        let body = body.map(|body| std::mem::take(&mut *body.lock().unwrap_or_else(PoisonError::into_inner)));
        self.print_head_and(message, &body.unwrap_or_default());
    }

    fn print_head_and(&self, message: &Message, body: &LoggedBody) {
        let level = self.response_level(message);
        let Some(number) = self.imp().records().of(message).map(|record| record.number) else {
            return;
        };
        let mut lines = Lines::new(level, b'<');
        let version = match message.http_version() {
            HttpVersion::Http10 => "1.0",
            _ => "1.1",
        };
        let status = message.status();
        let reason = message.with_reason(|reason| reason.map(|reason| reason.to_bytes().to_vec()));
        let line = [
            format!("HTTP/{version} {status} ").into_bytes(),
            reason.unwrap_or_default(),
        ];
        lines.push(LoggerLogLevel::Minimal, line.concat());
        lines.push(LoggerLogLevel::Minimal, timestamp());
        let debug = format!("Soup-Debug: SoupMessage {number} ({:#x})", address(message));
        lines.push(LoggerLogLevel::Minimal, debug);
        lines.headers(message.response_headers());
        lines.body(body);
        self.print(lines);
    }

    /// Hands the lines to the printer, with nothing locked, and the one that ends them, which has no level to keep it back.
    fn print(&self, mut lines: Lines) {
        let direction = lines.direction;
        let printer = self.imp().settings().printer.clone();
        let each = |level: LoggerLogLevel, direction: u8, line: &CString| {
            let function = printer
                .as_ref()
                .and_then(|printer| Some((printer, printer.0.function?)));
            match function {
                // SAFETY: the C contract: the function fits its data, which lives as long as `printer`.
                Some((printer, function)) => unsafe {
                    let direction = c_char::from_ne_bytes([direction]);
                    function(
                        self.as_ptr(),
                        level.into(),
                        direction,
                        line.as_ptr(),
                        printer.0.data,
                    );
                },
                // SAFETY: a character and a string, as the format says.
                None => unsafe {
                    libc::printf(c"%c %s\n".as_ptr(), i32::from(direction), line.as_ptr());
                },
            }
        };
        for (level, line) in lines.lines.drain(..) {
            each(level, direction, &line);
        }
        each(LoggerLogLevel::Minimal, b' ', &CString::default());
    }
}

fn timestamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("Soup-Debug-Timestamp: {}", now.as_secs())
}

/// The value of an Authorization header; Basic credentials without their password.
fn without_password(value: &[u8]) -> Vec<u8> {
    let is_basic = value
        .get(..6)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic "));
    if !is_basic {
        return value.to_vec();
    }
    let credentials = parse_credentials(value);
    match credentials.and_then(|credentials| basic::credentials(&credentials)) {
        Some(credentials) => format!("Basic [{}:*]", credentials.user).into_bytes(),
        None => b"Basic []".to_vec(),
    }
}
