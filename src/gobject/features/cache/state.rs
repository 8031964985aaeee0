//! What a cache knows, behind one lock: what is stored, and what its messages are waiting for.
//!
//! Law: nothing foreign is called while it is locked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::exchange::Exchange;
use crate::gobject::Message;
use crate::gobject::session::dispatcher::Waker;
use crate::proto::cache::Index;

/// What a cache knows.
pub(super) struct State {
    pub(super) index: Index,
    /// Its messages, by their addresses, while they are in a queue.
    pub(super) exchanges: HashMap<usize, Exchange>,
    /// How many bytes of bodies that are not complete yet are in memory.
    pub(super) incoming: usize,
    /// How many times the files are being looked through.
    pub(super) loading: u32,
    /// Who waits for that.
    pub(super) waiting: Vec<Waker>,
    /// What the log is told at the first opportunity.
    trouble: Option<String>,
    /// Whether the log has been told: once is enough.
    warned: bool,
}

impl State {
    pub(super) fn new() -> State {
        State {
            index: Index::new(DEFAULT_SIZE),
            exchanges: HashMap::new(),
            incoming: 0,
            loading: 0,
            waiting: Vec::new(),
            trouble: None,
            warned: false,
        }
    }

    /// Notes what has gone wrong.
    pub(super) fn say(&mut self, trouble: String) {
        self.trouble.get_or_insert(trouble);
    }

    /// What the log is to be told.
    pub(super) fn take_trouble(&mut self) -> Option<String> {
        let trouble = self.trouble.take().filter(|_| !self.warned);
        self.warned |= trouble.is_some();
        trouble
    }
}

/// A message by its address, which is its own while it is in a queue.
pub(super) fn key(message: &Message) -> usize {
    glib::object::ObjectType::as_ptr(message) as usize
}

pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many bytes a cache is for, unless a program says otherwise.
const DEFAULT_SIZE: u64 = 50 * 1024 * 1024;
