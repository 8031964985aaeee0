//! What a logger knows of the messages under way: their numbers, and the bodies as far as they are printed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gio::prelude::*;
use glib::SignalHandlerId;
use glib::subclass::prelude::*;

use super::{Logger, LoggerLogLevel};
use crate::gobject::features::body_filter::{Below, BodyFilter, FilteredBody};
use crate::gobject::{Message, Session};
use crate::proto::limits;

/// The messages under way, and the sessions.
#[derive(Default)]
pub struct Records {
    messages: HashMap<usize, Record>,
    sessions: Vec<(usize, u64)>,
    message_count: u64,
    session_count: u64,
}

/// One message.
pub struct Record {
    pub(super) number: u64,
    pub(super) session: usize,
    pub(super) session_number: u64,
    /// Whether its request was printed before.
    pub(super) is_restarted: bool,
    /// Whether the response to the latest request is still to be printed.
    pub(super) owes_response: bool,
    /// The response's body.
    pub(super) body: Arc<Mutex<LoggedBody>>,
    message: glib::WeakRef<Message>,
    handlers: Vec<SignalHandlerId>,
}

/// The beginning of a body.
#[derive(Default)]
pub struct LoggedBody {
    pub(super) bytes: Vec<u8>,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

impl Records {
    /// A session uses the logger.
    pub(super) fn know(&mut self, session: &Session) {
        self.session_count += 1;
        self.sessions.push((address(session), self.session_count));
    }

    /// A session does not any more: the records of its messages.
    pub(super) fn forget(&mut self, session: &Session) -> Vec<Record> {
        let session = address(session);
        self.sessions.retain(|(known, _)| *known != session);
        let gone = self.messages.extract_if(|_, record| record.session == session);
        gone.map(|(_, record)| record).collect()
    }

    fn add(
        &mut self,
        session: &Session,
        message: &Message,
        handlers: Vec<SignalHandlerId>,
    ) -> Option<Record> {
        let session = address(session);
        let known = self.sessions.iter().find(|(known, _)| *known == session);
        let session_number = known.map_or(0, |(_, number)| *number);
        self.message_count += 1;
        let record = Record {
            number: self.message_count,
            session,
            session_number,
            is_restarted: false,
            owes_response: false,
            body: Arc::default(),
            message: message.downgrade(),
            handlers,
        };
        self.messages.insert(address(message), record)
    }

    /// The record of a message.
    pub(super) fn of(&mut self, message: &Message) -> Option<&mut Record> {
        self.messages.get_mut(&address(message))
    }

    /// The record of a message that is over.
    pub(super) fn take(&mut self, message: &Message) -> Option<Record> {
        self.messages.remove(&address(message))
    }
}

impl Record {
    /// Leaves the message alone.
    pub(super) fn disconnect(self) {
        if let Some(message) = self.message.upgrade() {
            for handler in self.handlers {
                message.disconnect(handler);
            }
        }
    }
}

impl LoggedBody {
    /// Keeps bytes as long as there are not more than `limit`.
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.bytes.len());
        let kept = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(kept);
        self.is_cut |= kept.len() < bytes.len();
    }
}

impl Logger {
    /// Listens to what happens to a message.
    pub(super) fn follow(&self, session: &Session, message: &Message) {
        let listen = |signal: &str, print: fn(&Logger, &Message)| {
            let logger = self.downgrade();
            message.connect(signal, true, move |values| {
                let message = values.first().and_then(|value| value.get::<Message>().ok());
                if let (Some(logger), Some(message)) = (logger.upgrade(), message) {
                    print(&logger, &message);
                }
                None
            })
        };
        let handlers = vec![
            listen("wrote-body", Logger::print_request),
            listen("got-informational", Logger::print_informational),
            listen("got-body", Logger::print_response),
            listen("finished", Logger::print_unread_response),
        ];
        let old = self.imp().records().add(session, message, handlers);
        if let Some(old) = old {
            old.disconnect();
        }
    }

    /// Keeps what is read of a body, if it is to be printed.
    pub(super) fn tee(&self, message: &Message, body: &gio::InputStream) -> Option<gio::InputStream> {
        if self.response_level(message) < LoggerLogLevel::Body {
            return None;
        }
        let limit = self.body_limit();
        let log = self.imp().records().of(message)?.body.clone();
        Some(FilteredBody::new(body, Tee { log, limit }).upcast())
    }

    /// How much of a body is kept to be printed.
    pub(super) fn body_limit(&self) -> usize {
        let most = limits::LOGGED_BODY;
        usize::try_from(self.max_body_size()).map_or(most, |size| size.min(most))
    }
}

/// Keeps a copy of the beginning of a body.
struct Tee {
    log: Arc<Mutex<LoggedBody>>,
    limit: usize,
}

impl BodyFilter for Tee {
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error> {
        let count = below(into)?;
        let bytes = into.get(..count).unwrap_or_default();
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(bytes, self.limit);
        Ok(count)
    }
}

/// What an object is known by while it is alive.
pub(super) fn address(object: &impl IsA<glib::Object>) -> usize {
    object.as_ptr().addr()
}
