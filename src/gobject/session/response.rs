//! The events of an item's exchange, and what features make of the response's head.

use std::rc::{Rc, Weak};

use gio::prelude::*;

use crate::gobject::enums::HttpVersion;
use crate::gobject::features::body_filter::FilteredBody;
use crate::gobject::glue::errors::{io_error, transport_error};
use crate::gobject::glue::trace::trace;
use crate::gobject::message::RequestBody;
use crate::gobject::message::signals::Signal;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::body_stream::BodyStream;
use crate::gobject::session::client_stream::ClientStream;
use crate::gobject::session::exchange::{ClientExchange, ResponseSink};
use crate::gobject::session::feature::{BodyStage, Verdict};
use crate::gobject::session::item::{Outcome, Purpose, QueueItem, misused};
use crate::gobject::session::measure;
use crate::gobject::session::stage::Stage;
use crate::proto::http1::head::{RequestHead, ResponseHead, Version};
use crate::proto::limits;
use crate::reactor::Room;

/// What follows the rest of a response that nobody reads, and how much of it there may be.
pub(super) struct Discard {
    pub(super) then: Then,
    pub(super) left: u64,
}

/// What follows.
pub(super) enum Then {
    /// The message goes where the server says, which handlers may have changed, or a WebSocket or a tunnel was refused.
    Redirect,
    /// The message is sent again.
    Restart,
}

impl QueueItem {
    /// Sends the request on an exchange; `absolute` for a proxy that is to forward it.
    pub(super) fn start_exchange(
        &self,
        exchange: &Rc<dyn ClientExchange>,
        absolute: bool,
        sink: Weak<dyn ResponseSink>,
    ) -> Result<(), glib::Error> {
        let message = &self.message;
        let uri = message.uri().ok_or_else(|| misused("The message has no URI"))?;
        let method = message
            .method()
            .ok_or_else(|| misused("The message has no method"))?;
        let headers = message.request_headers();
        let body = message.request_body();
        let add = |name: &str, value: &[u8]| {
            if headers.list().contains(name) {
                return Ok(());
            }
            let added = headers.append(name, value);
            added.map_err(|refused| misused(&refused.to_string()))
        };
        // Servers that still speak HTTP/1.0 keep the connection for it.
        add("Connection", b"Keep-Alive")?;
        if let Some(host) = message_uri::host_header(&uri) {
            add("Host", host.as_ref())?;
        }
        let has_framing = headers.list().contains("Transfer-Encoding");
        if matches!(body, RequestBody::None) && matches!(method.as_str(), "PUT" | "POST") && !has_framing {
            // Such a request means something with a body (RFC 9110, section 8.6): that there is none is said.
            add("Content-Length", b"0")?;
        }
        let target = match self.tunnel_target() {
            Some(target) => target,
            None if absolute => message_uri::absolute_target(&uri, message.is_options_ping()),
            None if message.is_options_ping() => "*".to_owned(),
            None => message_uri::request_target(&uri),
        };
        if let RequestBody::Stream(stream, _) = &body
            && self.sent.get()
        {
            rewind(stream)?;
        }
        let head = RequestHead {
            method: method.to_string(),
            target,
            version: Version::Http11,
            headers: headers.lend(),
        };
        self.sent.set(true);
        trace!("message {}: sends {} {}", self.number(), head.method, head.target);
        message.start_metrics();
        let begun = exchange.clone().start(&head, body, sink);
        headers.give_back(head.headers);
        begun
    }

    fn take_head(&self, head: ResponseHead, signal: Signal) {
        trace!(
            "message {}: got {} {}, {} headers",
            self.number(),
            head.status,
            head.reason,
            head.headers.len()
        );
        let version = match head.version {
            Version::Http10 => HttpVersion::Http10,
            Version::Http11 => HttpVersion::Http11,
        };
        self.message.response_headers().assign(head.headers);
        self.message.set_response(version, head.status, &head.reason);
        self.message.emit(signal);
    }

    /// Asks all features what they make of the head; the first decision counts.
    fn ask_features(&self) -> Verdict {
        let mut decided = Verdict::Continue;
        for feature in self.session.features_for(&self.message) {
            let verdict = feature.hooks().got_head(&self.session, &self.message);
            if matches!(decided, Verdict::Continue) {
                decided = verdict;
            }
        }
        decided
    }

    /// Goes on as a feature has decided.
    pub(super) fn take_verdict(self: &Rc<Self>, verdict: Verdict) {
        let Some(exchange) = self.exchange().filter(|_| self.goes_on()) else {
            return;
        };
        match verdict {
            Verdict::Continue => self.follow_or_deliver(),
            Verdict::Restart => {
                if self.may_restart() {
                    self.discard(Then::Restart, limits::DISCARDED_BODY);
                }
            }
            Verdict::AnswerFrom(stream) => self.answer_from(&stream),
            Verdict::Wait => {
                exchange.set_paused(true);
                self.enter(Stage::Held(exchange));
            }
        }
    }

    /// The head is final: a redirect is followed, anything else goes to whoever has asked.
    fn follow_or_deliver(self: &Rc<Self>) {
        match (self.redirect(), &self.purpose) {
            (_, Purpose::Tunnel(_)) if matches!(self.message.status(), 200..=299) => self.tunnel_opened(),
            (Ok(None), Purpose::Send { .. } | Purpose::Connect) => self.deliver(),
            // What is wrong with a redirect is told behind its body.
            _ => self.discard(Then::Redirect, limits::REFUSAL_BYTES),
        }
    }

    /// Gives the body to whoever has asked.
    fn deliver(self: &Rc<Self>) {
        let body: gio::InputStream = BodyStream::of(self).upcast();
        self.hand_over(self.wrap(body));
    }

    /// Gives a wrapped body to whoever has asked, once its first bytes are known where a feature wants to know them.
    fn hand_over(self: &Rc<Self>, body: gio::InputStream) {
        if !self.goes_on() {
            return;
        }
        let filtered = body.downcast_ref::<FilteredBody>();
        let Some(filtered) = filtered.filter(|filtered| !filtered.look_ahead()) else {
            return self.answer_with(&body);
        };
        let item = Rc::downgrade(self);
        let source = filtered.create_source(
            gio::Cancellable::NONE,
            None,
            glib::Priority::DEFAULT,
            move |filtered| {
                let Some(item) = item.upgrade().filter(|item| item.goes_on()) else {
                    return glib::ControlFlow::Break;
                };
                if !filtered.look_ahead() {
                    return glib::ControlFlow::Continue;
                }
                let reader = item.reader.take();
                drop(reader);
                item.answer_with(filtered.upcast_ref());
                glib::ControlFlow::Break
            },
        );
        source.attach(Some(self.context()));
        // A message that ends before lets go of the body, which holds it.
        let item = Rc::downgrade(self);
        let watch = move || {
            if let Some(item) = item.upgrade().filter(|item| !item.goes_on()) {
                source.destroy();
                let reader = item.reader.take();
                drop(reader);
            }
        };
        let reader: Rc<dyn Fn()> = Rc::new(watch);
        self.reader.replace(Some(reader));
    }

    /// Gives a stream over the body to whoever has asked, whose close finishes the message.
    fn answer_with(self: &Rc<Self>, body: &gio::InputStream) {
        if self.goes_on() {
            let stream = ClientStream::over(self, body);
            self.answer(Ok(Outcome::Body(stream.upcast())));
        }
    }

    /// Has the features wrap a body, those next to the network first.
    fn wrap(&self, mut body: gio::InputStream) -> gio::InputStream {
        let mut features = self.session.features_for(&self.message);
        features.sort_by_key(|feature| feature.hooks().body_stage());
        let mut is_counted = !self.message.collects_metrics();
        for feature in features {
            if !is_counted && feature.hooks().body_stage() > BodyStage::ContentEncoding {
                body = measure::counted(&self.message, &body);
                is_counted = true;
            }
            let wrapped = feature.hooks().wrap_body(&self.session, &self.message, &body);
            body = wrapped.unwrap_or(body);
        }
        match is_counted {
            true => body,
            false => measure::counted(&self.message, &body),
        }
    }

    /// Somebody else gives the body; the message is over when it was given.
    pub(super) fn answer_from(self: &Rc<Self>, stream: &gio::InputStream) {
        self.message.set_filled();
        if matches!(*self.stage.borrow(), Stage::Queued(_)) {
            self.message.emit(Signal::Starting);
            if self.goes_on() {
                self.message.emit(Signal::GotHeaders);
            }
            if !self.goes_on() {
                return;
            }
        }
        if let Some(exchange) = self.exchange() {
            // A 304 has no body: whoever asks sees its end, and the connection can be kept.
            let _ = exchange.is_complete();
        }
        self.keep_connection();
        self.enter(Stage::Answered);
        // That is told of what comes from a server.
        self.got_body.set(true);
        self.hand_over(self.wrap(stream.clone()));
    }

    /// Reads the rest of the response, and goes on with `then`.
    fn discard(self: &Rc<Self>, then: Then, left: u64) {
        let Some(exchange) = self.exchange() else { return };
        self.discard.replace(Some(Discard { then, left }));
        self.enter(Stage::Discarding(exchange.clone()));
        exchange.set_paused(false);
        self.read_discarded();
    }

    fn read_discarded(self: &Rc<Self>) {
        let mut buffer = [0; 8 * 1024];
        while let (Some(exchange), true) = (self.exchange(), self.goes_on()) {
            match exchange.read_body(Room::of(&mut buffer)) {
                Ok(0) => {
                    self.got_body.set(true);
                    self.message.emit(Signal::GotBody);
                    return self.discarded();
                }
                Ok(count) => {
                    if let Some(refusal) = self.refusal() {
                        refusal.keep(buffer.get(..count).unwrap_or_default());
                    }
                    self.note_received();
                    let spent = self.discard.borrow_mut().as_mut().is_none_or(|discard| {
                        discard.left = discard.left.saturating_sub(count as u64);
                        discard.left == 0
                    });
                    if spent {
                        return self.discarded();
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // What was to be thrown away is gone by itself.
                Err(_) if self.refusal().is_none() => return self.discarded(),
                Err(error) => return self.fail(transport_error(error)),
            }
        }
    }

    fn discarded(self: &Rc<Self>) {
        let Some(discard) = self.discard.take().filter(|_| !self.is_over()) else {
            return;
        };
        match discard.then {
            Then::Restart => self.restart(),
            Then::Redirect => match (self.redirect(), &self.purpose) {
                (Ok(Some(redirect)), _) => self.follow_redirect(&redirect),
                (_, Purpose::Tunnel(_)) => self.tunnel_refused(),
                (Ok(None), Purpose::Websocket(_)) => self.refuse("The server"),
                (Ok(None), _) => {
                    let text = "The redirect was withdrawn by a handler";
                    self.fail(io_error(gio::IOErrorEnum::Cancelled, text));
                }
                (Err(error), _) => self.fail(error),
            },
        }
    }

    /// Tells whoever reads the body that something may have come.
    pub(super) fn tell_reader(&self) {
        let reader = self.reader.borrow().clone();
        if let Some(reader) = reader {
            reader();
        }
    }
}

impl ResponseSink for QueueItem {
    fn wrote_headers(self: Rc<Self>) {
        self.message.emit(Signal::WroteHeaders);
    }

    fn wrote_body_data(self: Rc<Self>, count: usize) {
        if self.goes_on() {
            self.message.metrics_wrote(count);
            self.message.emit_wrote_body_data(count);
        }
    }

    fn wrote_body(self: Rc<Self>) {
        trace!("message {}: wrote all", self.number());
        if self.goes_on() {
            self.message.emit(Signal::WroteBody);
        }
    }

    fn informational(self: Rc<Self>, head: ResponseHead) {
        if !self.goes_on() {
            return;
        }
        self.take_head(head, Signal::GotInformational);
        if self.goes_on() {
            self.message.clear_response();
        }
    }

    fn switched(self: Rc<Self>, head: ResponseHead) {
        if !self.goes_on() {
            return;
        }
        self.take_head(head, Signal::GotInformational);
        if self.goes_on() {
            // A verdict says nothing here: the answer is a WebSocket or none.
            let _ = self.ask_features();
        }
        if let (true, Some(exchange)) = (self.goes_on(), self.exchange()) {
            self.switch(&*exchange);
        }
    }

    fn head(self: Rc<Self>, mut head: ResponseHead) {
        if !self.goes_on() {
            return;
        }
        self.message.metrics_response_start();
        for feature in self.session.features_for(&self.message) {
            feature
                .hooks()
                .revise_head(&self.session, &self.message, &mut head);
        }
        self.take_head(head, Signal::GotHeaders);
        if self.goes_on() {
            let verdict = self.ask_features();
            self.take_verdict(verdict);
        }
    }

    fn body_readable(self: Rc<Self>) {
        let discarding = matches!(*self.stage.borrow(), Stage::Discarding(_));
        match discarding {
            true => self.read_discarded(),
            false => self.tell_reader(),
        }
    }

    fn failed(self: Rc<Self>, error: glib::Error, stale: bool) {
        if !self.is_over() && !self.is_cancelled() {
            match stale && self.may_repeat() {
                _ if stale && self.is_tunnel() => self.tunnel_lost(),
                true => {
                    glib::g_debug!(
                        "libsoup",
                        "message {}: kept connection had ended: {error}",
                        self.number()
                    );
                    self.retry();
                }
                false => self.fail(self.explain_end(error)),
            }
        }
    }

    fn head_sent(self: Rc<Self>, bytes: u64) {
        trace!("message {}: wrote a head of {bytes} bytes", self.number());
        self.message.metrics_head_sent(bytes);
    }

    fn body_sent(self: Rc<Self>, bytes: u64) {
        self.message.metrics_sent(bytes);
    }

    fn head_received(self: Rc<Self>, bytes: u64) {
        self.message.metrics_head_received(bytes);
    }
}

/// A stream that was read for an earlier attempt is read again from its beginning.
fn rewind(stream: &gio::InputStream) -> Result<(), glib::Error> {
    match stream.dynamic_cast_ref::<gio::Seekable>() {
        Some(seekable) if seekable.can_seek() => {
            seekable.seek(0, glib::SeekType::Set, gio::Cancellable::NONE)
        }
        _ => Err(misused("The request's body cannot be sent a second time")),
    }
}
