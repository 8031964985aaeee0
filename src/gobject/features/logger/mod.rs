//! `SoupLogger`: prints what a session sends and receives.
//!
//! Law: settings and records are behind locks, which nothing of C's runs under: filters and printers are called with what was read
//! from there before.

mod class;
mod print;
mod record;

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use glib::ffi::GDestroyNotify;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

pub use class::SoupLogger;

use crate::gobject::enums::enumeration;
use crate::gobject::message::SoupMessage;
use crate::gobject::{Callback, Message, SessionFeature};

enumeration! {
    /// How much is printed.
    #[derive(Default)]
    LoggerLogLevel, SoupLoggerLogLevel = "SoupLoggerLogLevel" {
        /// Nothing.
        None = 0, "SOUP_LOGGER_LOG_NONE", "none";
        /// Request lines and status lines.
        #[default]
        Minimal = 1, "SOUP_LOGGER_LOG_MINIMAL", "minimal";
        /// All headers too.
        Headers = 2, "SOUP_LOGGER_LOG_HEADERS", "headers";
        /// Bodies too.
        Body = 3, "SOUP_LOGGER_LOG_BODY", "body";
    }
}

/// A function of C's that says how much is printed of a message.
pub type SoupLoggerFilter =
    Option<unsafe extern "C" fn(*mut SoupLogger, *mut SoupMessage, *mut c_void) -> SoupLoggerLogLevel>;

/// A function of C's that prints a line.
pub type SoupLoggerPrinter =
    Option<unsafe extern "C" fn(*mut SoupLogger, SoupLoggerLogLevel, c_char, *const c_char, *mut c_void)>;

/// A function of C's that several threads call.
struct Shared<F>(Callback<F>);

// SAFETY: the C contract: who adds one logger to sessions of several threads has functions and data that bear that.
unsafe impl<F> Send for Shared<F> {}
// SAFETY: as above.
unsafe impl<F> Sync for Shared<F> {}

/// What a program has set.
#[derive(Default)]
struct Settings {
    level: LoggerLogLevel,
    max_body_size: c_int,
    printer: Option<Arc<Shared<SoupLoggerPrinter>>>,
    request_filter: Option<Arc<Shared<SoupLoggerFilter>>>,
    response_filter: Option<Arc<Shared<SoupLoggerFilter>>>,
}

glib::wrapper! {
    /// The feature that prints.
    pub struct Logger(ObjectSubclass<class::imp::Logger>) @implements SessionFeature;
}

// SAFETY: all of a logger's state is behind locks.
unsafe impl Send for Logger {}
// SAFETY: as above.
unsafe impl Sync for Logger {}

impl Logger {
    /// A logger that prints so much.
    pub fn new(level: LoggerLogLevel) -> Logger {
        glib::Object::builder().property("level", level).build()
    }

    /// How much of a body is printed at the most; -1 for all of it.
    pub fn max_body_size(&self) -> c_int {
        self.imp().settings().max_body_size
    }

    /// Sets how much of a body is printed at the most.
    pub fn set_max_body_size(&self, size: c_int) {
        self.imp().settings().max_body_size = size;
        self.notify("max-body-size");
    }

    /// Sets who prints. The old printer's data is freed when nobody uses it any more.
    pub fn set_printer(&self, printer: SoupLoggerPrinter, data: *mut c_void, destroy: GDestroyNotify) {
        let new = Arc::new(Shared(Callback::new(printer, data, destroy)));
        let old = self.imp().settings().printer.replace(new);
        drop(old);
    }

    /// Sets who says how much of a request is printed.
    pub fn set_request_filter(&self, filter: SoupLoggerFilter, data: *mut c_void, destroy: GDestroyNotify) {
        let new = Arc::new(Shared(Callback::new(filter, data, destroy)));
        let old = self.imp().settings().request_filter.replace(new);
        drop(old);
    }

    /// Sets who says how much of a response is printed.
    pub fn set_response_filter(&self, filter: SoupLoggerFilter, data: *mut c_void, destroy: GDestroyNotify) {
        let new = Arc::new(Shared(Callback::new(filter, data, destroy)));
        let old = self.imp().settings().response_filter.replace(new);
        drop(old);
    }

    /// How much is printed of a message's request.
    fn request_level(&self, message: &Message) -> LoggerLogLevel {
        let filter = self.imp().settings().request_filter.clone();
        self.ask(filter.as_deref(), message)
    }

    /// How much is printed of a message's response.
    fn response_level(&self, message: &Message) -> LoggerLogLevel {
        let filter = self.imp().settings().response_filter.clone();
        self.ask(filter.as_deref(), message)
    }

    fn ask(&self, filter: Option<&Shared<SoupLoggerFilter>>, message: &Message) -> LoggerLogLevel {
        let Some((filter, function)) = filter.and_then(|filter| Some((filter, filter.0.function?))) else {
            return self.imp().settings().level;
        };
        // SAFETY: the C contract: the function fits its data, which lives as long as `filter`.
        let level = unsafe { function(self.as_ptr(), message.to_glib_none().0, filter.0.data) };
        LoggerLogLevel::try_from(level).unwrap_or(LoggerLogLevel::None)
    }
}
