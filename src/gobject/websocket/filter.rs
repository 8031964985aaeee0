//! The way of a frame through the extensions that the application has derived in C.
//!
//! Law (RFC 6455, section 9.1): what goes out passes them in the order in which they were negotiated, what comes in
//! passes them in the opposite order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::core::{Core, Verb};
use super::{WebsocketExtension, errors, payload};
use crate::proto::ws::{DataType, Flow, Misuse, Payload, Role, close};
use crate::reactor::Link;

/// The extensions that see every frame, where the engine does not do it all by itself.
pub(super) struct Filters {
    extensions: Vec<WebsocketExtension>,
    /// An extension is on the stack: verbs wait, because the engine waits for its answer.
    busy: Cell<bool>,
    waiting: RefCell<Vec<Verb>>,
    /// The error of an extension that has refused a frame, until it is emitted.
    refusal: RefCell<Option<glib::Error>>,
}

impl Filters {
    pub(super) fn new(extensions: Vec<WebsocketExtension>) -> Filters {
        Filters {
            extensions,
            busy: Cell::new(false),
            waiting: RefCell::default(),
            refusal: RefCell::default(),
        }
    }

    /// Keeps a verb for later if an extension is on the stack; gives it back otherwise.
    pub(super) fn keep(&self, verb: Verb) -> Option<Verb> {
        if self.busy.get() {
            self.waiting.borrow_mut().push(verb);
            None
        } else {
            Some(verb)
        }
    }

    /// How many bytes of payload wait for an extension to return.
    pub(super) fn waiting_amount(&self) -> usize {
        let waiting = self.waiting.borrow();
        waiting
            .iter()
            .map(|verb| {
                if let Verb::Send(_, bytes) = verb {
                    bytes.len()
                } else {
                    0
                }
            })
            .sum()
    }

    /// The error of the extension that has refused a frame.
    pub(super) fn take_refusal(&self) -> Option<glib::Error> {
        self.refusal.take()
    }

    /// Sends a frame through all extensions.
    fn pass(
        &self,
        flow: Flow,
        mut header: u8,
        payload: glib::Bytes,
    ) -> Result<(u8, glib::Bytes), glib::Error> {
        self.busy.set(true);
        let mut extensions = self.extensions.iter();
        let passed = match flow {
            Flow::Outgoing => {
                extensions.try_fold(payload, |payload, x| x.process_outgoing(&mut header, payload))
            }
            Flow::Incoming => {
                extensions.try_rfold(payload, |payload, x| x.process_incoming(&mut header, payload))
            }
        };
        self.busy.set(false);
        passed
            .map(|payload| (header, payload))
            .map_err(|error| error.unwrap_or_else(errors::silent_refusal))
    }
}

impl Core {
    /// Shows the extensions a frame that the engine has read or made, and tells it what has become of the frame.
    pub(super) fn answer(&self, link: &Rc<Link>, flow: Flow, header: u8, payload: Payload<'_>) {
        let Some(filters) = self.filters() else { return };
        let passed = filters.pass(flow, header, payload::bytes(payload));
        // What passed and what refused are dropped when the engine is not borrowed: they may be the last references.
        let event = self.with_context(link, |engine, cx| {
            let answer = match &passed {
                Ok((header, payload)) => Ok((*header, &payload[..])),
                Err(error) => Err(close_code(error, engine.role())),
            };
            engine.filtered(cx, answer)
        });
        if let Err(error) = passed {
            let before = filters.refusal.replace(Some(error));
            drop(before);
        }
        if let Some(event) = event {
            self.deliver(link, event);
        }
        self.catch_up(filters);
    }

    /// Sends a message, in one frame, through the extensions.
    pub(super) fn send_filtered(
        &self,
        link: &Rc<Link>,
        filters: &Filters,
        kind: DataType,
        message: glib::Bytes,
    ) -> Result<(), Misuse> {
        let opcode = match kind {
            DataType::Text if str::from_utf8(&message).is_err() => return Err(Misuse::BadUtf8),
            DataType::Text => 1,
            DataType::Binary => 2,
        };
        let done = match filters.pass(Flow::Outgoing, FIN | opcode, message) {
            Ok((header, payload)) => {
                self.with_context(link, |engine, cx| engine.send_filtered(cx, header, &payload))
            }
            Err(error) => {
                let code = close_code(&error, self.look(|engine| engine.role()));
                self.report_error(&error);
                self.with_context(link, |engine, cx| engine.close(cx, code, ""))
            }
        };
        if done.is_ok() {
            self.drain_events(link);
        }
        self.catch_up(filters);
        done
    }

    /// Does what was asked for while an extension was on the stack.
    fn catch_up(&self, filters: &Filters) {
        for verb in filters.waiting.take() {
            // Who asked has been told that it is done; a connection that has closed since drops it.
            _ = self.act(verb);
        }
    }
}

/// The close code for an extension's error: the error's own if it is one that may be sent, as in libsoup.
fn close_code(error: &glib::Error, role: Role) -> u16 {
    match errors::code(error) {
        None => close::GOING_AWAY,
        Some(code) if close::is_sendable(code, role) => code,
        Some(_) => close::PROTOCOL_ERROR,
    }
}

/// The bit that says that a frame is the last of its message (RFC 6455, section 5.2).
const FIN: u8 = 0x80;
