//! `SoupContentSniffer`: says what a response's body is by its first bytes, before the program gets it.

use std::ffi::CString;
use std::ptr;

use gio::prelude::*;
use glib::ffi::GHashTable;
use glib::gobject_ffi;
use glib::subclass::prelude::*;

use crate::gobject::features::body_filter::{Below, BodyFilter, FilteredBody};
use crate::gobject::http::params;
use crate::gobject::session::feature::BodyStage;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl};
use crate::proto::sniff::{SNIFFED, sniff};

glib::wrapper! {
    /// The feature that looks at bodies.
    pub struct ContentSniffer(ObjectSubclass<imp::ContentSniffer>) @implements SessionFeature;
}

/// What C's `SoupContentSniffer *` points to.
pub type SoupContentSniffer = <imp::ContentSniffer as ObjectSubclass>::Instance;

const _: () = assert!(size_of::<SoupContentSniffer>() == 24);

impl ContentSniffer {
    /// A sniffer.
    #[expect(clippy::new_without_default, reason = "objects are not values")]
    pub fn new() -> ContentSniffer {
        glib::Object::new()
    }
}

/// The type of a message's body that begins with `start`.
pub fn content_type(message: &Message, start: &[u8]) -> CString {
    let headers = message.response_headers().list();
    let nosniff = headers
        .one("X-Content-Type-Options")
        .is_some_and(|value| value.eq_ignore_ascii_case(b"nosniff"));
    let found = sniff(headers.one("Content-Type"), nosniff, start);
    // A type is made of tokens.
    CString::new(found).unwrap_or_default()
}

/// The parameters of the message's Content-Type, for `g_hash_table_unref()`; `None` without a valid one.
pub fn parameters(message: &Message) -> Option<*mut GHashTable> {
    message
        .response_headers()
        .with_content_type(|_, found| params::new_table(found))
}

/// Reads the first bytes of a body, and gives them again.
struct SniffFilter {
    message: Message,
    start: Vec<u8>,
    given: usize,
    state: State,
}

enum State {
    /// The first bytes are being read.
    Reading,
    /// They are here.
    Known,
    /// They are here, and then the body failed.
    Failed(glib::Error),
}

impl SniffFilter {
    /// Reads the first bytes; an error is `WOULD_BLOCK`.
    fn fill(&mut self, below: Below<'_>) -> Result<(), glib::Error> {
        while let State::Reading = self.state {
            let before = self.start.len();
            self.start.resize(SNIFFED, 0);
            let outcome = below(self.start.get_mut(before..).unwrap_or_default());
            self.start
                .truncate(before + outcome.as_ref().copied().unwrap_or_default());
            match outcome {
                Err(error) if error.matches(gio::IOErrorEnum::WouldBlock) => return Err(error),
                Err(error) => self.state = State::Failed(error),
                Ok(count) if count == 0 || self.start.len() >= SNIFFED => self.tell(),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// Emits "content-sniffed".
    fn tell(&mut self) {
        self.state = State::Known;
        let kind = content_type(&self.message, &self.start);
        let table = parameters(&self.message).unwrap_or(ptr::null_mut());
        // SAFETY: the signal takes a string and a table; the table is ours to let go of.
        unsafe {
            gobject_ffi::g_signal_emit_by_name(
                self.message.as_ptr().cast(),
                c"content-sniffed".as_ptr(),
                kind.as_ptr(),
                table,
            );
            if !table.is_null() {
                glib::ffi::g_hash_table_unref(table);
            }
        }
    }
}

impl BodyFilter for SniffFilter {
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error> {
        self.fill(below)?;
        let rest = self.start.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        match (rest.get(..count), into.get_mut(..count)) {
            (Some(from), Some(into)) if count > 0 => {
                into.copy_from_slice(from);
                self.given += count;
                return Ok(count);
            }
            _ => {}
        }
        match &self.state {
            State::Failed(error) => Err(error.clone()),
            _ => below(into),
        }
    }

    fn has_rest(&self) -> bool {
        match self.state {
            State::Reading => false,
            State::Known => self.given < self.start.len(),
            State::Failed(_) => true,
        }
    }

    fn look_ahead(&mut self, below: Below<'_>) -> bool {
        self.fill(below).is_ok()
    }
}

mod imp {
    use super::*;

    /// It has no state: each body has its own.
    #[derive(Default)]
    pub struct ContentSniffer;

    #[glib::object_subclass]
    impl ObjectSubclass for ContentSniffer {
        const NAME: &'static str = "SoupContentSniffer";
        const FINAL: bool = true;
        type Type = super::ContentSniffer;
        type Interfaces = (SessionFeature,);
    }

    impl ObjectImpl for ContentSniffer {}

    impl SessionFeatureImpl for ContentSniffer {
        fn body_stage(&self) -> BodyStage {
            BodyStage::Sniffed
        }

        fn wrap_body(
            &self,
            _session: &Session,
            message: &Message,
            body: &gio::InputStream,
        ) -> Option<gio::InputStream> {
            let filter = SniffFilter {
                message: message.clone(),
                start: Vec::new(),
                given: 0,
                state: State::Reading,
            };
            Some(FilteredBody::new(body, filter).upcast())
        }
    }
}
