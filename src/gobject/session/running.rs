//! A queue item gets its place and its connection, and sends its request: what is asked, and who is asked, before that.

use std::rc::Rc;
use std::sync::Arc;

use crate::gobject::SessionFeature;
use crate::gobject::glue::trace::trace;
use crate::gobject::message::signals::Signal;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::exchange::{ClientExchange, ResponseSink};
use crate::gobject::session::feature::Verdict;
use crate::gobject::session::http1_exchange::Http1Exchange;
use crate::gobject::session::item::{Origin, Purpose, QueueItem};
use crate::gobject::session::pool::Destination;
use crate::gobject::session::stage::Stage;
use crate::proto::http1::headers::HeaderList;

impl QueueItem {
    pub(super) fn look_for_place(self: &Rc<Self>) {
        if let Stage::Queued(Some(ticket)) = &*self.stage.borrow() {
            ticket.begin();
        }
        let pool: &Arc<_> = &self.session.parts().pool;
        pool.assign(Some(&self.dispatcher.mailbox));
        let grant = match &*self.stage.borrow() {
            Stage::Queued(Some(ticket)) => ticket.take(),
            _ => None,
        };
        let Some(grant) = grant else { return };
        self.place.replace(Some(grant.place));
        match grant.connection {
            Some(connection) if connection.is_alive() => {
                if self.message.collects_metrics() {
                    self.message.metrics().reuse();
                }
                self.run_on(connection, Origin::Pool);
            }
            Some(dead) => {
                dead.close();
                self.start_connecting();
            }
            None => self.start_connecting(),
        }
    }

    /// Sends the request on a connection.
    pub(super) fn run_on(self: &Rc<Self>, connection: Connection, origin: Origin) {
        if !self.goes_on() {
            return connection.close();
        }
        let kept = if origin == Origin::Pool {
            ", which was kept"
        } else {
            ""
        };
        trace!(
            "message {}: on connection {}{kept}",
            self.number(),
            connection.id()
        );
        self.message.set_connection_id(connection.id());
        if origin == Origin::Pool {
            self.message.set_remote_address(connection.remote_address());
            self.message.set_was_asked_for_certificate(false);
            if let Some(tls) = connection.tls() {
                self.message.take_tls(tls);
            }
        }
        if let Purpose::Connect = self.purpose {
            return self.connected_early(connection);
        }
        self.message.emit(Signal::Starting);
        if !self.goes_on() {
            return connection.close();
        }
        self.add_session_headers();
        for feature in self.session.features_for(&self.message) {
            feature.hooks().will_send(&self.session, &self.message);
        }
        if !self.goes_on() {
            return connection.close();
        }
        self.tunnel_event(gio::SocketClientEvent::ProxyNegotiating, connection.stream());
        if !self.goes_on() {
            return connection.close();
        }
        let absolute = connection.is_to_proxy();
        let begun = Http1Exchange::new(connection, self.context(), self.timeout()).and_then(|exchange| {
            let exchange: Rc<dyn ClientExchange> = exchange;
            self.enter(Stage::Running(exchange.clone()));
            let sink: Rc<dyn ResponseSink> = self.clone();
            let sink = Rc::downgrade(&sink);
            self.got_body.set(false);
            self.start_exchange(&exchange, absolute, sink)
        });
        if let Err(error) = begun {
            self.fail(error);
        }
    }

    /// A message that is held was given a verdict.
    pub(in crate::gobject) fn resume(self: &Rc<Self>, verdict: Verdict) {
        let held = match &*self.stage.borrow() {
            Stage::Held(exchange) => exchange.clone(),
            _ => return,
        };
        self.enter(Stage::Running(held));
        self.take_verdict(verdict);
    }

    fn add_session_headers(&self) {
        let headers = self.message.request_headers();
        // What no header may hold is left out.
        self.session.with_user_agent(|name| {
            name.map(|name| headers.replace("User-Agent", name.to_bytes()).ok());
        });
        self.session.with_accept_language(|languages| {
            let languages = languages.filter(|_| !headers.list().contains("Accept-Language"));
            languages.map(|languages| headers.append("Accept-Language", languages.to_bytes()).ok());
        });
    }

    /// Asks the features before a connection is chosen.
    pub(super) fn prepare(&self) -> Verdict {
        let known = Destination::of(&self.message);
        let features = self.session.features_for(&self.message);
        for feature in &features {
            feature.hooks().prepare(&self.session, &self.message);
        }
        if Destination::of(&self.message) != known {
            self.take_ticket();
        }
        let Purpose::Send { .. } = self.purpose else {
            return Verdict::Continue;
        };
        for feature in &features {
            let (headers, waker) = (|| self.foreseen(&features), self.waker());
            let hooks = feature.hooks();
            match hooks.find_response(&self.session, &self.message, &headers, waker) {
                Verdict::Continue => {}
                verdict => return verdict,
            }
        }
        Verdict::Continue
    }

    /// The request's headers as they will be sent, as far as that is known.
    fn foreseen(&self, features: &[SessionFeature]) -> HeaderList {
        let mut headers = self.message.request_headers().list().clone();
        // What no header may hold is left out.
        self.session.with_user_agent(|name| {
            name.map(|name| headers.replace("User-Agent", name.to_bytes()).ok());
        });
        self.session.with_accept_language(|languages| {
            let languages = languages.filter(|_| !headers.contains("Accept-Language"));
            languages.map(|languages| headers.append("Accept-Language", languages.to_bytes()).ok());
        });
        for feature in features {
            feature.hooks().foresee(&self.message, &mut headers);
        }
        headers
    }
}
