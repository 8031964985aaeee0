//! The WebSockets that a server has made and that are not closed yet: how many they are, and how the server closes them.
//!
//! Law: belonging to a server costs a WebSocket one pointer, and there is no list: the reactor asks the handlers of its links.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::reactor::Reactor;

/// The WebSockets of one server. Used in its context's thread.
#[derive(Clone, Default)]
pub struct UpgradedConnections(Rc<Shared>);

/// A WebSocket counts as one of its server's as long as this lives.
pub struct UpgradedConnection(Rc<Shared>);

#[derive(Default)]
struct Shared {
    count: Cell<usize>,
    /// Called when the count becomes 0.
    when_none_left: RefCell<Option<Rc<dyn Fn()>>>,
}

impl UpgradedConnections {
    /// Counts one more.
    pub fn add(&self) -> UpgradedConnection {
        self.0.count.set(self.0.count.get() + 1);
        UpgradedConnection(self.0.clone())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.count.get() == 0
    }

    /// Closes those in a reactor: with a closing handshake, or at once.
    pub fn close_all(&self, reactor: &Reactor, at_once: bool) {
        reactor.stop_connections_of(address(&self.0), at_once);
    }

    /// Sets what is called when the last one has closed. It may only note that.
    pub fn when_none_left(&self, call: Option<Rc<dyn Fn()>>) {
        drop(self.0.when_none_left.replace(call));
    }
}

impl UpgradedConnection {
    /// Whether it is one of those with that address.
    pub fn belongs_to(&self, owner: usize) -> bool {
        address(&self.0) == owner
    }
}

impl Drop for UpgradedConnection {
    fn drop(&mut self) {
        let left = self.0.count.get().saturating_sub(1);
        self.0.count.set(left);
        let call = self.0.when_none_left.borrow().clone();
        if let (0, Some(call)) = (left, call) {
            call();
        }
    }
}

/// What tells one server's from another's, as long as there are any.
fn address(shared: &Rc<Shared>) -> usize {
    Rc::as_ptr(shared).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_last_one_is_told_once() {
        let connections = UpgradedConnections::default();
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        connections.when_none_left(Some(Rc::new(move || count.set(count.get() + 1))));
        let (first, second) = (connections.add(), connections.add());
        drop(first);
        assert_eq!((told.get(), connections.is_empty()), (0, false));
        drop(second);
        assert_eq!((told.get(), connections.is_empty()), (1, true));
    }

    #[test]
    fn a_connection_belongs_to_one_server() {
        let (here, there) = (UpgradedConnections::default(), UpgradedConnections::default());
        let connection = here.add();
        assert!(connection.belongs_to(address(&here.0)));
        assert!(!connection.belongs_to(address(&there.0)));
    }
}
