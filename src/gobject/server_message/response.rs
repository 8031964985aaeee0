//! What a program says about its response: status and reason, type, redirects.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};

use glib::subclass::prelude::*;

use super::{HTTP_URI_FLAGS, ServerMessage};
use crate::gobject::http::status;

impl ServerMessage {
    /// The status of the response; 0 as long as none is set.
    pub fn status(&self) -> u32 {
        self.imp().status.get()
    }

    /// Sets the status of the response, with its usual phrase if none is given.
    pub fn set_status(&self, code: u32, reason: Option<&CStr>) {
        let this = self.imp();
        this.status.set(code);
        let reason = match reason {
            Some(reason) => Reason::Own(reason.to_owned()),
            None => Reason::Usual(status::phrase(code)),
        };
        this.reason.replace(reason);
    }

    /// Takes the status back.
    pub(in crate::gobject) fn clear_status(&self) {
        self.imp().status.set(0);
        self.imp().reason.replace(Reason::None);
    }

    /// The reason phrase, for C: it stays until the next status is set.
    pub fn reason_phrase_c(&self) -> *const c_char {
        match &*self.imp().reason.borrow() {
            Reason::None => std::ptr::null(),
            Reason::Usual(phrase) => phrase.as_ptr(),
            Reason::Own(phrase) => phrase.as_ptr(),
        }
    }

    /// The reason phrase.
    pub(in crate::gobject) fn reason(&self) -> Cow<'static, str> {
        match &*self.imp().reason.borrow() {
            Reason::None => Cow::default(),
            Reason::Usual(phrase) => phrase.to_string_lossy(),
            Reason::Own(phrase) => phrase.to_string_lossy().into_owned().into(),
        }
    }

    /// Sets the type of the response's body; without one, takes the body away as well.
    pub fn set_response_type(&self, content_type: Option<&CStr>) {
        let Some(content_type) = content_type else {
            self.response_headers().remove("Content-Type");
            return self.response_body().truncate();
        };
        if !content_type.to_bytes().contains(&b'/') {
            glib::g_warning!("libsoup", "{content_type:?} is not a media type");
        }
        // A value with a line break is not taken (CVE-2026-1536): the response then has no type.
        let _ = self
            .response_headers()
            .replace("Content-Type", content_type.to_bytes());
    }

    /// Redirects to `location`, which may be relative to the request's URI.
    pub fn set_redirect(&self, code: u32, location: &str) {
        // All stays encoded, so that all is text.
        let base = glib::Uri::parse(&self.uri_text(), HTTP_URI_FLAGS);
        let target = match base {
            Ok(base) => base.parse_relative(location, HTTP_URI_FLAGS),
            Err(_) => glib::Uri::parse(location, HTTP_URI_FLAGS),
        };
        match target {
            Ok(target) => {
                self.set_status(code, None);
                // What GUri writes has no line break in it.
                let _ = self
                    .response_headers()
                    .replace("Location", target.to_str().as_bytes());
            }
            Err(error) => glib::g_warning!("libsoup", "no URI to redirect to: {error}"),
        }
    }
}

/// The reason phrase of a status.
#[derive(Default)]
pub(super) enum Reason {
    #[default]
    None,
    Usual(&'static CStr),
    Own(CString),
}
