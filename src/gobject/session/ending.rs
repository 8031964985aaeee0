//! The end of a queue item: who is told in which order, and what becomes of its connection.
//!
//! Law: an item ends once. Whoever ends it enters `Stage::Finished` first: each call to user code may ask for its end again.

use std::rc::Rc;

use crate::gobject::message::signals::Signal;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::item::{Outcome, Purpose, QueueItem};
use crate::gobject::session::stage::Stage;

/// In which order an item's end is told; libsoup has these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gobject) enum Ending {
    /// "finished", the reply, "request-unqueued".
    Failed,
    /// The reply, "finished", "request-unqueued".
    BadHandshake,
    /// "finished", "request-unqueued", the reply: it was cancelled, or ends before it was sent.
    Early,
    /// "request-unqueued", "finished", the reply: the CONNECT of a tunnel.
    Tunnel,
    /// "request-unqueued", the reply: a WebSocket has its connection.
    Upgraded,
}

impl QueueItem {
    /// Answers whoever has asked, once.
    pub(super) fn answer(&self, outcome: Result<Outcome, glib::Error>) {
        let reply = self.reply.take();
        if let (Ok(Outcome::Body(_)), Purpose::Send { whole: false, .. }) = (&outcome, &self.purpose) {
            // The call is over. Who reads the body says with each read what cancels that.
            self.unfollow();
        }
        if let Some(reply) = reply {
            reply(outcome);
        }
    }

    /// Ends it with an error.
    pub(super) fn fail(self: &Rc<Self>, error: glib::Error) {
        let cancelled = error.matches(gio::IOErrorEnum::Cancelled) && self.is_cancelled();
        let ending = match (&self.purpose, cancelled) {
            (Purpose::Tunnel(_), _) => Ending::Tunnel,
            (_, true) => Ending::Early,
            (_, false) => Ending::Failed,
        };
        self.fail_with(error, ending);
    }

    /// Ends it with an error, which is told in this order.
    pub(super) fn fail_with(self: &Rc<Self>, error: glib::Error, ending: Ending) {
        if self.is_over() {
            return;
        }
        glib::g_debug!("libsoup", "message {}: {error}", self.number());
        self.hang_up();
        self.broken.replace(Some(error.clone()));
        self.end(Err(error), ending);
        self.tell_reader();
    }

    /// Ends it well: the response's body was closed.
    pub(super) fn finish(self: &Rc<Self>) {
        if self.is_over() {
            return;
        }
        self.keep_connection();
        self.enter(Stage::Finished);
        self.unfollow();
        self.message.finish_metrics();
        self.message.emit(Signal::Finished);
        self.unqueue();
    }

    /// Ends it with what has come of it, which is told in this order. Its connection has another owner, or none.
    pub(super) fn end(self: &Rc<Self>, outcome: Result<Outcome, glib::Error>, ending: Ending) {
        if self.is_over() {
            return;
        }
        self.enter(Stage::Finished);
        self.unfollow();
        let place = self.place.take();
        drop(place);
        let finish = || self.message.emit(Signal::Finished);
        match ending {
            Ending::Failed => {
                finish();
                self.answer(outcome);
                self.unqueue();
            }
            Ending::BadHandshake => {
                self.answer(outcome);
                finish();
                self.unqueue();
            }
            Ending::Early => {
                finish();
                self.unqueue();
                self.answer(outcome);
            }
            Ending::Tunnel => {
                self.unqueue();
                finish();
                self.answer(outcome);
            }
            Ending::Upgraded => {
                self.unqueue();
                self.answer(outcome);
            }
        }
    }

    /// Only a connection was wanted.
    pub(super) fn connected_early(self: &Rc<Self>, connection: Connection) {
        let place = self.place.take();
        if let Some(place) = place {
            self.session.park(connection, place);
        }
        self.end(Ok(Outcome::Connected), Ending::Early);
    }

    /// Closes its connection, if it has one that is its own.
    pub(super) fn hang_up(&self) {
        if let Some(exchange) = self.exchange() {
            exchange.cancel();
        }
        let securing = matches!(*self.stage.borrow(), Stage::Securing(_));
        if securing {
            // The handshake is cancelled with its stage.
            self.enter(Stage::Connecting);
            self.message.drop_questions();
        }
        let place = self.place.take();
        drop(place);
    }

    /// Gives the connection of a complete exchange to the pool, and closes any other.
    pub(super) fn keep_connection(&self) {
        let Some(exchange) = self.exchange() else { return };
        let place = self.place.take();
        match (exchange.take_connection(), place) {
            (Some(connection), Some(place)) => self.session.park(connection, place),
            (connection, place) => {
                exchange.cancel();
                drop((connection, place));
            }
        }
    }

    fn unqueue(self: &Rc<Self>) {
        self.message.unqueue();
        self.session.request_unqueued(&self.message);
        self.dispatcher.remove(&self.session, self.number());
    }
}
