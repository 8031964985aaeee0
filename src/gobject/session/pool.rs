//! A session's connections: how many there may be, who waits for a place, and the idle ones.
//!
//! | place | counts |
//! |---|---|
//! | of a connection that works or is being made | in its destination, in the whole |
//! | of an idle connection | in its destination, in the whole; it is closed where somebody else needs the place |
//!
//! Law: the lock is never held while anything of GIO's or of the program's runs; what is to be closed is closed afterwards. A
//! connection that works belongs to one context, an idle one to none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::gobject::session::connection::Connection;
use crate::gobject::session::dispatcher::Mailbox;

/// Where a connection leads. All messages without a URI have one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::gobject) struct Destination {
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

/// A session's connections.
pub(in crate::gobject) struct Pool(Mutex<State>);

struct State {
    destinations: HashMap<Destination, Known>,
    /// The first that wait in each destination that has a place for one, in the order in which they are served.
    ready: BTreeMap<Rank, Destination>,
    /// Connections, working and idle.
    count: usize,
    most: usize,
    most_each: usize,
    sequence: u64,
}

/// What is known of one destination.
#[derive(Default)]
struct Known {
    working: usize,
    idle: VecDeque<Idle>,
    waiting: BTreeMap<Rank, Waiter>,
    /// Where it stands in `ready`.
    ready: Option<Rank>,
}

/// An idle connection, and until when it is kept.
struct Idle {
    connection: Connection,
    until: Option<Instant>,
}

/// The most urgent first, among equals the oldest.
type Rank = (Reverse<i32>, u64);

struct Waiter {
    number: u64,
    mailbox: Arc<Mailbox>,
    /// It wants a connection of its own.
    fresh: bool,
    /// Its turn of the main loop has come.
    begun: bool,
    grant: Arc<Mutex<Option<Grant>>>,
}

/// The right to one connection. It is given back when it is dropped.
pub(in crate::gobject) struct Place {
    pool: Arc<Pool>,
    destination: Destination,
}

/// A place, and the idle connection that goes with it, which may have died meanwhile.
pub(in crate::gobject) struct Grant {
    pub(super) place: Place,
    pub(super) connection: Option<Connection>,
}

/// Waiting for a place. Dropping it gives up, and gives back what had been granted.
pub(in crate::gobject) struct Ticket {
    pool: Arc<Pool>,
    destination: Destination,
    rank: Rank,
    grant: Arc<Mutex<Option<Grant>>>,
}

impl Default for Pool {
    fn default() -> Self {
        Pool(Mutex::new(State {
            destinations: HashMap::new(),
            ready: BTreeMap::new(),
            count: 0,
            most: 10,
            most_each: 2,
            sequence: 0,
        }))
    }
}

impl Pool {
    /// The most connections there may be at once.
    pub(in crate::gobject) fn max(&self) -> usize {
        self.lock().most
    }

    pub(in crate::gobject) fn set_max(&self, most: usize) {
        self.lock().most = most;
    }

    /// The most connections there may be to one destination.
    pub(in crate::gobject) fn max_each(&self) -> usize {
        self.lock().most_each
    }

    pub(in crate::gobject) fn set_max_each(&self, most: usize) {
        self.lock().most_each = most;
    }

    /// Waits for a place. Nothing is granted before somebody [`assigns`](Self::assign).
    pub(super) fn wait(
        self: &Arc<Self>,
        destination: &Destination,
        priority: i32,
        fresh: bool,
        number: u64,
        mailbox: &Arc<Mailbox>,
    ) -> Ticket {
        let grant = Arc::new(Mutex::new(None));
        let mut state = self.lock();
        state.sequence += 1;
        let rank = (Reverse(priority), state.sequence);
        let waiter = Waiter {
            number,
            mailbox: mailbox.clone(),
            fresh,
            begun: false,
            grant: grant.clone(),
        };
        let known = state.destinations.entry(destination.clone()).or_default();
        known.waiting.insert(rank, waiter);
        state.refresh(destination);
        drop(state);
        Ticket {
            pool: self.clone(),
            destination: destination.clone(),
            rank,
            grant,
        }
    }

    /// Gives the places there are to those who wait: to those whose turn has come, and to all of this mailbox's.
    pub(super) fn assign(self: &Arc<Self>, here: Option<&Arc<Mailbox>>) {
        let mut closed = Vec::new();
        let mut woken = Vec::new();
        let mut state = self.lock();
        loop {
            let candidate = state.ready.values().find_map(|destination| {
                let known = state.destinations.get(destination)?;
                let (rank, _) = known.waiting.iter().find(|(_, waiter)| {
                    waiter.begun || here.is_some_and(|here| Arc::ptr_eq(here, &waiter.mailbox))
                })?;
                Some((destination.clone(), *rank))
            });
            let Some((destination, rank)) = candidate else {
                break;
            };
            let Some((waiter, connection)) = state.grant(&destination, rank, &mut closed) else {
                break;
            };
            let grant = Grant {
                place: Place {
                    pool: self.clone(),
                    destination,
                },
                connection,
            };
            woken.push((waiter, grant));
        }
        drop(state);
        for (waiter, grant) in woken {
            *lock(&waiter.grant) = Some(grant);
            waiter.mailbox.wake(waiter.number);
        }
        closed.into_iter().for_each(Connection::close);
    }

    /// Closes the idle connections that `keep` refuses; when the next of the others has been idle for too long.
    fn close_idle(self: &Arc<Self>, keep: impl Fn(&Idle) -> bool) -> Option<Instant> {
        let mut closed = Vec::new();
        let mut next: Option<Instant> = None;
        let mut state = self.lock();
        let destinations: Vec<_> = state.destinations.keys().cloned().collect();
        for destination in &destinations {
            let Some(known) = state.destinations.get_mut(destination) else {
                continue;
            };
            let before = known.idle.len();
            let (kept, gone): (Vec<_>, Vec<_>) = known.idle.drain(..).partition(|idle| keep(idle));
            known.idle = kept.into();
            for until in known.idle.iter().filter_map(|idle| idle.until) {
                next = Some(next.map_or(until, |next| next.min(until)));
            }
            closed.extend(gone);
            let removed = before - known.idle.len();
            state.count -= removed;
            state.refresh(destination);
        }
        drop(state);
        let any = !closed.is_empty();
        closed.into_iter().for_each(|idle| idle.connection.close());
        if any {
            self.assign(None);
        }
        next
    }

    /// Closes all idle connections.
    pub(super) fn clear(self: &Arc<Self>) {
        self.close_idle(|_| false);
    }

    /// Closes what has been idle for too long; when there will be something to close again.
    pub(super) fn expire(self: &Arc<Self>, now: Instant) -> Option<Instant> {
        self.close_idle(|idle| idle.until.is_none_or(|until| until > now))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl State {
    /// Takes a waiter out, with a place and maybe an idle connection; `None` where there is no place at all.
    fn grant(
        &mut self,
        destination: &Destination,
        rank: Rank,
        closed: &mut Vec<Connection>,
    ) -> Option<(Waiter, Option<Connection>)> {
        let known = self.destinations.get_mut(destination)?;
        let fresh = known.waiting.get(&rank)?.fresh;
        let mut connection = None;
        if let Some(idle) = (!fresh).then(|| known.idle.pop_back()).flatten() {
            connection = Some(idle.connection);
        } else if known.working + known.idle.len() >= self.most_each {
            // An idle connection has the place.
            closed.push(known.idle.pop_front()?.connection);
        } else if self.count < self.most {
            self.count += 1;
        } else {
            closed.push(self.evict()?);
        }
        let known = self.destinations.get_mut(destination)?;
        known.working += 1;
        let waiter = known.waiting.remove(&rank)?;
        self.refresh(destination);
        Some((waiter, connection))
    }

    /// Takes out an idle connection, whichever leads elsewhere.
    fn evict(&mut self) -> Option<Connection> {
        let destination = self
            .destinations
            .iter()
            .find(|(_, known)| !known.idle.is_empty())
            .map(|(destination, _)| destination.clone())?;
        let idle = self.destinations.get_mut(&destination)?.idle.pop_front()?;
        self.refresh(&destination);
        Some(idle.connection)
    }

    /// Something has changed for a destination: whether its first waiter could be served.
    fn refresh(&mut self, destination: &Destination) {
        let Some(known) = self.destinations.get_mut(destination) else {
            return;
        };
        let first = known.waiting.keys().next().copied();
        let room = known.working < self.most_each;
        let ready = first.filter(|_| room);
        if known.ready != ready {
            if let Some(old) = known.ready {
                self.ready.remove(&old);
            }
            if let Some(new) = ready {
                self.ready.insert(new, destination.clone());
            }
            known.ready = ready;
        }
        if known.working == 0 && known.idle.is_empty() && known.waiting.is_empty() {
            self.destinations.remove(destination);
        }
    }
}

impl Place {
    /// Gives the place to an idle connection, which is kept for `time`.
    pub(super) fn park(self, connection: Connection, time: Option<Duration>) {
        let now = Instant::now();
        let idle = Idle {
            connection,
            until: time.and_then(|time| now.checked_add(time)),
        };
        let mut state = self.pool.lock();
        if let Some(known) = state.destinations.get_mut(&self.destination) {
            known.idle.push_back(idle);
            // Dropping the place takes one off.
            state.count += 1;
        }
        drop(state);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.count -= 1;
        if let Some(known) = state.destinations.get_mut(&self.destination) {
            known.working -= 1;
        }
        state.refresh(&self.destination);
        drop(state);
        self.pool.assign(None);
    }
}

impl Ticket {
    /// What has been granted.
    pub(super) fn take(&self) -> Option<Grant> {
        lock(&self.grant).take()
    }

    /// The holder's turn of the main loop has come.
    pub(super) fn begin(&self) {
        let mut state = self.pool.lock();
        let known = state.destinations.get_mut(&self.destination);
        if let Some(waiter) = known.and_then(|known| known.waiting.get_mut(&self.rank)) {
            waiter.begun = true;
        }
    }

    /// The holder is more urgent, or less.
    pub(super) fn set_priority(&mut self, priority: i32) {
        let rank = (Reverse(priority), self.rank.1);
        let mut state = self.pool.lock();
        if let Some(known) = state.destinations.get_mut(&self.destination)
            && let Some(waiter) = known.waiting.remove(&self.rank)
        {
            known.waiting.insert(rank, waiter);
            state.refresh(&self.destination);
        }
        drop(state);
        self.rank = rank;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        let waiter = state
            .destinations
            .get_mut(&self.destination)
            .and_then(|known| known.waiting.remove(&self.rank));
        state.refresh(&self.destination);
        drop(state);
        drop(waiter);
        let grant = self.take();
        drop(grant);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
