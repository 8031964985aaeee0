//! `bisque_server_stop_async()`: a server that ends in its own time.
//!
//! | what there is | what becomes of it |
//! |---|---|
//! | listeners | closed at once |
//! | a connection without a request, or within a TLS handshake | closed |
//! | a request under way | read, handled, answered; its connection is closed behind the response |
//! | a WebSocket | closed with 1001 |
//! | what is left when the time is over | closed at once |

use std::rc::Rc;
use std::time::Duration;

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::connection::{Connection, State};
use super::{Owner, Server};
use crate::gobject::glue::errors::io_error;
use crate::gobject::glue::source::AttachedSource;
use crate::gobject::glue::task::Task;
use crate::reactor::Reactor;

/// A stop under way.
#[derive(Default)]
pub(super) struct Stop {
    /// Who waits for its end.
    tasks: Vec<Task>,
    timers: Vec<AttachedSource>,
    /// The time was over before all had ended.
    late: bool,
}

impl Server {
    /// Ends what the server does, and answers `task` when that is done. What is left after `patience` is cut off, which is an error.
    pub fn stop(&self, patience: Option<Duration>, task: Task) {
        let this = self.imp();
        let reactor = self.reactor_of_links();
        this.owner.stopping.set(true);
        let timer = patience.and_then(|patience| {
            let data = Rc::new(self.downgrade());
            Some(AttachedSource::after(
                &reactor.context()?,
                patience,
                data,
                cut_off,
            ))
        });
        {
            let mut stop = this.stop.borrow_mut();
            let stop = stop.get_or_insert_default();
            stop.tasks.push(task);
            stop.timers.extend(timer);
        }
        let owner = this.owner.clone();
        this.links
            .upgraded
            .when_none_left(Some(Rc::new(move || owner.look_after_stop())));
        this.links.stop_listening();
        for connection in this.links.all() {
            connection.leave();
        }
        this.links.upgraded.close_all(&reactor, false);
        this.owner.look_after_stop();
    }

    /// Whether [`Server::stop`] is under way.
    pub(super) fn is_stopping(&self) -> bool {
        self.imp().owner.stopping.get()
    }

    /// Ends the stop when nothing is left.
    fn finish_stop(&self) {
        let this = self.imp();
        if !this.links.connections.borrow().is_empty() || !this.links.upgraded.is_empty() {
            return;
        }
        let Some(stop) = this.stop.take() else { return };
        this.owner.stopping.set(false);
        this.links.upgraded.when_none_left(None);
        for task in stop.tasks {
            match stop.late {
                false => task.succeed_boolean(),
                true => task.fail(io_error(gio::IOErrorEnum::TimedOut, CUT_OFF)),
            }
        }
    }

    /// The reactor of what the server has, or would have from here on.
    fn reactor_of_links(&self) -> Reactor {
        let home = self.imp().home.get();
        home.map_or_else(Reactor::current, |home| home.reactor().clone())
    }
}

impl Owner {
    /// Looks, in the next turn and with nothing borrowed, whether a stop is done.
    pub(super) fn look_after_stop(&self) {
        if let Some(server) = self.server() {
            server.reactor_of_links().defer(move || server.finish_stop());
        }
    }
}

/// The time of a stop is over.
fn cut_off(server: &Rc<glib::WeakRef<Server>>) {
    let Some(server) = server.upgrade() else { return };
    if let Some(stop) = &mut *server.imp().stop.borrow_mut() {
        stop.late = true;
    }
    server.disconnect();
    let upgraded = server.imp().links.upgraded.clone();
    upgraded.close_all(&server.reactor_of_links(), true);
    server.imp().owner.look_after_stop();
}

impl Connection {
    /// The server is being stopped. Whoever has asked for something gets it first, also if it lies in the socket unread.
    fn leave(&self) {
        if matches!(self.state.get(), State::Greeting | State::Shaking) {
            return self.abort();
        }
        if let Some(link) = self.link() {
            link.wake();
        }
    }

    /// Closes a connection without a request when the server is being stopped.
    pub(super) fn leave_if_idle(&self) {
        let idle = self.owner.stopping.get()
            && self.state.get() == State::Reading
            && self.message().is_none()
            && !self.exchange.borrow().is_busy();
        if idle {
            self.abort();
        }
    }
}

const CUT_OFF: &str = "Connections of the server had to be cut off";
