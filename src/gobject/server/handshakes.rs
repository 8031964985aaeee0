//! The handshakes that GIO makes in threads: few of a server's at once, so that GIO's pool has threads left for the program.
//!
//! | a newcomer finds | what happens |
//! |---|---|
//! | a free place | it begins |
//! | all places taken, or all that its address may have | it waits; the handshake that began first has a moment left |
//! | too many that wait | the one that has waited longest is closed |
//!
//! Law: of those that wait the last to come begins first. A crowd that says nothing more does not stand before it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Instant;

use glib::subclass::prelude::*;

use super::Server;
use super::connection::{Connection, State};
use super::limits::address_of;
use crate::proto::limits;
use crate::reactor::Link;

/// Who shakes hands, and who waits for it.
#[derive(Default)]
pub(super) struct Handshakes {
    /// In the order in which they began.
    running: RefCell<Vec<Running>>,
    /// In the order in which they came.
    waiting: RefCell<VecDeque<Weak<Connection>>>,
}

/// A handshake that has a thread.
struct Running {
    connection: Weak<Connection>,
    address: Option<String>,
    since: Instant,
}

/// What a connection whose ClientHello is there does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It begins.
    Now,
    /// It is woken when its turn has come.
    Later,
}

impl Handshakes {
    /// Whether a connection begins its handshake now.
    pub(super) fn ask(&self, connection: &Rc<Connection>, link: &Link) -> Turn {
        let address = address_of(link);
        let now = link.reactor().now();
        let mut running = self.running.borrow_mut();
        let of_address = |other: &&Running| address.is_some() && other.address == address;
        if running.len() < limits::GIO_HANDSHAKES
            && running.iter().filter(of_address).count() < limits::GIO_HANDSHAKES_PER_ADDRESS
        {
            running.push(Running {
                connection: Rc::downgrade(connection),
                address,
                since: now,
            });
            return Turn::Now;
        }
        drop(running);
        self.wait(connection);
        self.hurry();
        Turn::Later
    }

    /// A connection's handshake is over: the next one, please.
    fn leave(&self, connection: &Connection) {
        self.running
            .borrow_mut()
            .retain(|running| !std::ptr::eq(running.connection.as_ptr(), connection));
        let next = loop {
            let Some(last) = self.waiting.borrow_mut().pop_back() else {
                return;
            };
            let next = last.upgrade();
            if let Some(next) = next.filter(|next| next.state.get() == State::Greeting) {
                break next;
            }
        };
        if let Some(link) = next.link() {
            link.wake();
        }
        self.hurry();
    }

    /// Puts a connection among those that wait, and closes the first of too many. One that is among them keeps its place,
    /// whatever it sends.
    fn wait(&self, connection: &Rc<Connection>) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting
            .iter()
            .any(|other| std::ptr::eq(other.as_ptr(), Rc::as_ptr(connection)))
        {
            return;
        }
        waiting.push_back(Rc::downgrade(connection));
        let first = match waiting.len() > limits::GIO_HANDSHAKES_WAITING {
            true => waiting.pop_front(),
            false => None,
        };
        drop(waiting);
        if let Some(first) = first.and_then(|first| first.upgrade())
            && first.state.get() == State::Greeting
        {
            first.abort();
        }
    }

    /// As somebody waits, gives the handshake that began first no more time than a peer needs that answers.
    fn hurry(&self) {
        if self.waiting.borrow().is_empty() {
            return;
        }
        let first = self
            .running
            .borrow()
            .first()
            .and_then(|running| Some((running.connection.upgrade()?, running.since)));
        if let Some((first, since)) = first
            && let Some(link) = first.link()
        {
            link.set_deadline(Some(since + limits::GIO_HANDSHAKE_PATIENCE));
        }
    }
}

impl Server {
    /// The handshakes in threads.
    pub(super) fn handshakes(&self) -> &Handshakes {
        &self.imp().links.handshakes
    }
}

impl Connection {
    /// Its handshake is over, or will not begin.
    pub(super) fn leave_handshakes(&self) {
        if let Some(server) = self.owner.server() {
            server.handshakes().leave(self);
        }
    }
}
