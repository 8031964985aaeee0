//! Room for newcomers: who gives way when there are as many connections as there may be, and how long each may keep the server waiting.

use std::rc::Rc;
use std::time::Instant;

use glib::subclass::prelude::*;

use super::Server;
use super::connection::{Connection, State};
use super::limits::{Visitor, within};

impl Server {
    /// Whether there are as many connections as there may be.
    pub(super) fn is_full(&self) -> bool {
        let most = self.imp().owner.limits.connections.get();
        let count = self.imp().links.connections.borrow().len();
        !within(count as u64 + 1, most)
    }

    /// Whether the address of a new connection may have one more. One that is idle gives way to it.
    pub(super) fn admit(&self, connection: &Rc<Connection>) -> bool {
        let Some(link) = connection.link() else {
            return false;
        };
        let mut admitted = Visitor::admit(&connection.owner, &link);
        if let Err(address) = &admitted
            && self.make_room(Some(address))
        {
            admitted = Visitor::admit(&connection.owner, &link);
        }
        admitted.map(|visitor| connection.visitor.set(visitor)).is_ok()
    }

    /// Closes the connection that has been idle longest, or failing that the one whose client has kept it waiting longest; in a
    /// crowd a few more at once, so that looking for them costs each newcomer little. Whether there was one. WebSockets, and
    /// messages that wait for the program, are left alone.
    pub(super) fn make_room(&self, address: Option<&str>) -> bool {
        let mut waiting: Vec<(bool, Option<Instant>, Rc<Connection>)> = Vec::new();
        let connections = self.imp().links.connections.borrow();
        let count = match address {
            None => 1 + connections.len() / CROWD,
            Some(_) => 1,
        };
        for (_, connection) in connections.iter() {
            if address.is_some_and(|address| !connection.is_from(address)) {
                continue;
            }
            if let Some((busy, since)) = connection.waits_since() {
                waiting.push((busy, since, connection.clone()));
            }
        }
        drop(connections);
        let Some(last) = waiting.len().min(count).checked_sub(1) else {
            return false;
        };
        let order = |(busy, since, _): &(bool, Option<Instant>, Rc<Connection>)| (*busy, *since);
        waiting.select_nth_unstable_by_key(last, order);
        waiting.truncate(last + 1);
        for (_, _, connection) in waiting {
            connection.abort();
        }
        true
    }
}

/// One connection of so many is closed when there is no room.
const CROWD: usize = 128;

impl Connection {
    /// Whether a request is under way, and since when the client keeps the connection waiting, if it does.
    fn waits_since(&self) -> Option<(bool, Option<Instant>)> {
        if self.state.get() == State::Lingering {
            // All is said: it goes first.
            return Some((false, None));
        }
        let (wait, since) = self.exchange.borrow().waits()?;
        Some((!wait.is_before_a_request(), Some(since)))
    }

    /// Has the link call when the client is late with what the connection waits for.
    pub(super) fn show_deadline(&self) {
        let Some(link) = self.link() else { return };
        let now = link.reactor().now();
        let timeouts = self.owner.limits.timeouts.get();
        let mut exchange = self.exchange.borrow_mut();
        let deadline = match self.state.get() {
            // These have one of their own.
            State::Shaking | State::Lingering | State::Gone => return,
            State::Greeting => {
                exchange.wait_for_input(now, &timeouts);
                return;
            }
            State::Reading if !self.paused.get() => exchange.wait_for_input(now, &timeouts),
            State::Writing if !self.paused.get() && self.response.borrow().is_stuck() => {
                let moved = self.response.borrow_mut().take_moved();
                exchange.wait_for_room(now, moved, &timeouts)
            }
            State::Reading | State::Due | State::Writing | State::Switched => {
                exchange.wait_for_nobody();
                None
            }
        };
        link.set_deadline(deadline);
    }
}
