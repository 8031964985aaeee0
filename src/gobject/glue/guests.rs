//! Connections that an object has given away and still asks to end when it ends itself: a server's WebSockets.
//!
//! Law: a guest costs its connection one pointer, and nobody keeps a list: the reactor asks its links whose guests they are.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::reactor::Reactor;

/// Who has guests. Used at home.
#[derive(Clone, Default)]
pub struct Guests(Rc<House>);

/// A connection is one of somebody's guests as long as this lives.
pub struct Guest(Rc<House>);

#[derive(Default)]
struct House {
    count: Cell<usize>,
    /// Called when the last guest has left.
    emptied: RefCell<Option<Rc<dyn Fn()>>>,
}

impl Guests {
    /// One more.
    pub fn admit(&self) -> Guest {
        self.0.count.set(self.0.count.get() + 1);
        Guest(self.0.clone())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.count.get() == 0
    }

    /// Asks all guests in a reactor to go, or ends them now.
    pub fn dismiss(&self, reactor: &Reactor, now: bool) {
        reactor.dismiss(address(&self.0), now);
    }

    /// Has `call` called when the last guest has left, or nobody any more. It may not do more than to note that.
    pub fn when_empty(&self, call: Option<Rc<dyn Fn()>>) {
        drop(self.0.emptied.replace(call));
    }
}

impl Guest {
    /// Whether this is a guest of the host at that address.
    pub fn is_of(&self, host: usize) -> bool {
        address(&self.0) == host
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let left = self.0.count.get().saturating_sub(1);
        self.0.count.set(left);
        let emptied = self.0.emptied.borrow().clone();
        if let (0, Some(emptied)) = (left, emptied) {
            emptied();
        }
    }
}

/// As long as there is a guest, nobody else has this address.
fn address(house: &Rc<House>) -> usize {
    Rc::as_ptr(house).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_guest_says_that_the_house_is_empty() {
        let guests = Guests::default();
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        guests.when_empty(Some(Rc::new(move || count.set(count.get() + 1))));
        let (first, second) = (guests.admit(), guests.admit());
        drop(first);
        assert_eq!((told.get(), guests.is_empty()), (0, false));
        drop(second);
        assert_eq!((told.get(), guests.is_empty()), (1, true));
    }

    #[test]
    fn a_guest_knows_its_host() {
        let (here, there) = (Guests::default(), Guests::default());
        let guest = here.admit();
        assert!(guest.is_of(address(&here.0)));
        assert!(!guest.is_of(address(&there.0)));
    }
}
