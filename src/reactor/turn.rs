//! One turn: harvest readiness, serve the queue, flush, each with nothing borrowed while a handler runs; and again while
//! many are ready, which costs less than an iteration of the loop.

use std::cell::Cell;
use std::ffi::c_int;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::bit;
use super::context::Inner;
use super::timers::NEVER;
use super::{Link, Progress, Reactor};

/// Bytes read in one turn, by all connections together, before the caller's own sources get their chance.
const TURN_BYTES: usize = 1024 * 1024;

/// Handlers called in one turn, likewise.
const TURN_CALLS: usize = 2048;

/// After that long a turn asks the kernel for no more.
const TURN_TIME: Duration = Duration::from_millis(1);

/// When a harvest was that large, more has most likely come while it was served: the turn asks for it, one system call,
/// where a new turn is an iteration of the loop and two.
const CROWD: usize = 4;

/// Handlers called between two flushes. What they have queued is still in the cache when it is written, and its buffers are
/// those that the next ones get: a thousand at once would go to the system and come back.
const ROUND_CALLS: usize = 64;

/// After that many busy turns without a pause, one iteration of the loop goes to sources of lower priority
/// (redrawing, idle functions): GLib serves only the highest priority that is ready.
const BUSY_TURNS: u32 = 8;

/// The bookkeeping of turns.
#[derive(Default)]
pub(super) struct Turns {
    /// How many turns are on the stack.
    depth: Cell<u32>,
    /// When the latest of them began; `None` between turns.
    now: Cell<Option<Instant>>,
    bytes: Cell<usize>,
    /// This turn asks the kernel for no more.
    full: Cell<bool>,
    busy: Cell<u32>,
    /// This iteration of the loop is left to others.
    yielding: Cell<bool>,
}

impl Turns {
    pub(super) fn now(&self) -> Option<Instant> {
        self.now.get()
    }

    pub(super) fn under_way(&self) -> bool {
        self.depth.get() > 0
    }

    pub(super) fn end(&self) {
        self.full.set(true);
    }

    pub(super) fn count_read(&self, count: usize) {
        self.bytes.set(self.bytes.get().saturating_add(count));
    }
}

impl Inner {
    /// GLib asks before it polls: whether there is work already, and otherwise how long to wait in milliseconds.
    pub(super) fn prepare(&self) -> (bool, c_int) {
        let turns = &self.turns;
        // In a nested loop the time of the outer turn has gone stale.
        turns.now.set(None);
        turns.yielding.set(turns.busy.get() >= BUSY_TURNS);
        if turns.yielding.get() {
            turns.busy.set(0);
            return (false, 0);
        }
        if self.has_work() {
            return (true, 0);
        }
        match self.until_deadline_now() {
            None => (false, -1),
            Some(Duration::ZERO) => (true, 0),
            Some(wait) => (false, milliseconds(wait)),
        }
    }

    /// GLib asks after it has polled.
    pub(super) fn check(&self, descriptor_ready: bool) -> bool {
        if self.turns.yielding.take() {
            return false;
        }
        let ready = descriptor_ready
            || self.has_work()
            || self.until_deadline_now().is_some_and(|wait| wait.is_zero());
        if !ready {
            self.turns.busy.set(0);
        }
        ready
    }

    /// Reads the clock only where there is a deadline.
    fn until_deadline_now(&self) -> Option<Duration> {
        self.timers.earliest()?;
        self.until_deadline(Instant::now())
    }
}

impl Reactor {
    /// One turn.
    pub(super) fn take_turn(&self, descriptor_ready: bool) {
        let turns = &self.0.turns;
        let before = self.0.home.enter_turn();
        turns.depth.set(turns.depth.get() + 1);
        turns.busy.set(turns.busy.get().saturating_add(1));
        turns.bytes.set(0);
        turns.full.set(false);
        let begun = Instant::now();
        let mut now = begun;
        let mut calls = TURN_CALLS;
        let mut harvested = 0;
        loop {
            turns.now.set(Some(now));
            if descriptor_ready {
                harvested = self.harvest();
            }
            self.collect_timeouts(now);
            self.open_mail();
            self.run_deferred();
            self.serve_queue(&mut calls);
            let spent = calls == 0 || turns.bytes.get() >= TURN_BYTES || turns.full.get();
            if harvested < CROWD || spent {
                break;
            }
            now = Instant::now();
            if now.saturating_duration_since(begun) >= TURN_TIME {
                break;
            }
        }
        // A turn further down the stack has gone stale.
        turns.full.set(true);
        turns.depth.set(turns.depth.get() - 1);
        if turns.depth.get() == 0 {
            turns.now.set(None);
        }
        self.0.home.leave_turn(before);
        let last = self.0.release();
        drop(last);
    }

    /// Serves and flushes until the queue is empty or the turn's budget is spent.
    fn serve_queue(&self, calls: &mut usize) {
        while *calls > 0 && self.0.turns.bytes.get() < TURN_BYTES {
            let round = self.0.queue.borrow().len().min(*calls).min(ROUND_CALLS);
            if round == 0 {
                break;
            }
            *calls -= round;
            self.serve(round);
            self.flush();
        }
        self.flush();
    }

    /// Turns the kernel's readiness into marks on the links and entries in the queue, and says how many there were.
    /// Calls nobody.
    fn harvest(&self) -> usize {
        let Some(poll) = self.0.poll.get() else { return 0 };
        let mut events = poll.events.borrow_mut();
        // An interrupted poll has harvested nothing; the descriptor is still ready in the next turn.
        if poll
            .poll
            .borrow_mut()
            .poll(&mut events, Some(Duration::ZERO))
            .is_err()
        {
            return 0;
        }
        let mut harvested = 0;
        for event in events.iter() {
            harvested += 1;
            if let Some(link) = self.0.link(event.token().0 as u64) {
                link.descriptor_event(event);
            }
        }
        harvested
    }

    /// Puts the links whose deadline has passed into the queue.
    fn collect_timeouts(&self, now: Instant) {
        let now = self.0.tick(now);
        let timers = &self.0.timers;
        while let Some((tick, key)) = timers.take_due(now) {
            let Some(link) = self.0.link(key) else { continue };
            if link.armed.get() != tick {
                continue;
            }
            let wanted = link.deadline.get();
            if wanted <= now {
                link.armed.set(NEVER);
                link.deadline.set(NEVER);
                link.set(bit::TIMED_OUT);
                self.enqueue(&link);
            } else {
                link.armed.set(wanted);
                if wanted != NEVER {
                    timers.arm(wanted, key);
                }
            }
        }
        let links = self.0.links.borrow().len();
        timers.tidy(links, |tick, key| {
            self.0.link(key).is_some_and(|link| link.armed.get() == tick)
        });
    }

    fn run_deferred(&self) {
        for work in self.0.deferred.take() {
            work();
        }
    }

    /// Serves the first `count` links of the queue. A nested turn may take some of them first.
    fn serve(&self, count: usize) {
        for _ in 0..count {
            let Some(key) = self.0.queue.borrow_mut().pop_front() else {
                return;
            };
            if let Some(link) = self.0.link(key) {
                self.serve_link(&link);
            }
        }
    }

    pub(super) fn serve_link(&self, link: &Rc<Link>) {
        link.clear(bit::QUEUED);
        if link.has(bit::RUNNING) {
            link.set(bit::AGAIN);
            return;
        }
        let Some(handler) = link.handler.borrow().upgrade() else {
            return;
        };
        link.set(bit::RUNNING);
        if link.has(bit::TIMED_OUT) {
            link.clear(bit::TIMED_OUT);
            handler.clone().timeout(self.now());
        }
        if link.has(bit::CLOSE_DONE) {
            link.clear(bit::CLOSE_DONE);
            handler.clone().closed();
        }
        let mut progress = Progress::Drained;
        if link.has(bit::READABLE | bit::WOKEN) && !link.has(bit::CLOSED) {
            link.clear(bit::WOKEN);
            progress = handler.ready();
        }
        link.clear(bit::RUNNING);
        if progress == Progress::MoreWork {
            link.set(bit::WOKEN);
        }
        if progress == Progress::MoreWork || link.has(bit::AGAIN) {
            link.clear(bit::AGAIN);
            self.enqueue(link);
        }
    }

    /// Lets every link of the flush list write, once. A nested turn may let some of them write first.
    fn flush(&self) {
        let count = self.0.flushes.borrow().len();
        for _ in 0..count {
            let Some(key) = self.0.flushes.borrow_mut().pop_front() else {
                return;
            };
            if let Some(link) = self.0.link(key) {
                self.flush_link(&link);
            }
        }
    }

    fn flush_link(&self, link: &Rc<Link>) {
        link.clear(bit::FLUSH_QUEUED);
        if link.has(bit::FLUSHING) {
            link.set(bit::FLUSH_WANTED);
            return;
        }
        let Some(handler) = link.handler.borrow().upgrade() else {
            return;
        };
        link.set(bit::FLUSHING);
        handler.flush();
        link.clear(bit::FLUSHING);
        if link.has(bit::FLUSH_WANTED) && link.has(bit::WRITABLE) {
            link.clear(bit::FLUSH_WANTED);
            link.request_flush();
        }
    }
}

/// Whole milliseconds, rounded up: waking early would be a turn for nothing.
fn milliseconds(wait: Duration) -> c_int {
    c_int::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
}
