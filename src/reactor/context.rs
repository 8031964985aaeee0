//! One reactor per GMainContext: what it owns, how it is found, how it ends.
//!
//! A reactor belongs to the context, not to a thread: an object may be made in one thread, and its context be run in
//! another one later. Its parts are used by one thread at a time, the one that runs the context (the contract with C).

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, PoisonError, Weak as SharedWeak};
use std::time::{Duration, Instant};

use mio::Interest;
use rand::rngs::StdRng;
use slab::Slab;

use super::bit;
use super::home;
use super::scratch::{Buffers, Pool};
use super::source::Source;
use super::timers::{Tick, Timers};
use super::turn::Turns;
use super::{Handler, Link, Random, Scratch, Transport};

/// The reactor of one GMainContext. Clones are the same reactor; its GSource goes with the last of them.
#[derive(Clone)]
pub struct Reactor(pub(super) Arc<Inner>);

/// What a reactor owns.
pub(super) struct Inner {
    /// The GSource in the caller's context.
    pub(super) source: Source,
    /// mio's epoll; made with the first descriptor.
    pub(super) poll: OnceCell<Poll>,
    pub(super) links: RefCell<Slab<Slot>>,
    /// Distinguishes the users of one place in `links`, one after another.
    generation: Cell<u32>,
    /// Links to serve, in order, by key.
    pub(super) queue: RefCell<VecDeque<u64>>,
    /// Links to flush, by key.
    pub(super) flushes: RefCell<VecDeque<u64>>,
    pub(super) deferred: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// Keeps the reactor alive while deferred work waits.
    keep: RefCell<Option<Reactor>>,
    pub(super) timers: Timers,
    pub(super) turns: Turns,
    pool: Pool,
    /// For what TLS makes of the bytes.
    pub(super) buffers: Buffers,
    entropy: RefCell<Option<StdRng>>,
    /// What other threads know of it.
    pub(super) home: home::State,
    /// The instant of tick 0.
    start: Instant,
}

/// mio's side.
pub(super) struct Poll {
    pub(super) poll: RefCell<mio::Poll>,
    pub(super) events: RefCell<mio::Events>,
}

/// A place in the table of links.
pub(super) struct Slot {
    generation: u32,
    link: Weak<Link>,
}

/// How many events one harvest takes; more of them stay for the next.
const EVENTS: usize = 1024;

impl Reactor {
    /// The reactor of the thread-default main context.
    pub fn current() -> Reactor {
        Reactor::of(&glib::MainContext::ref_thread_default())
    }

    /// The reactor of `context`.
    pub fn of(context: &glib::MainContext) -> Reactor {
        let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
        let registry = registry.get_or_insert_default();
        let address = context.as_ptr() as usize;
        if let Some(inner) = registry.get(&address).and_then(|entry| entry.0.upgrade()) {
            return Reactor(inner);
        }
        // The count is atomic for the registry's sake; the parts are used by one thread at a time.
        let inner = Arc::new_cyclic(|weak| Inner {
            source: Source::new(weak.clone(), context),
            poll: OnceCell::new(),
            links: RefCell::default(),
            generation: Cell::new(0),
            queue: RefCell::default(),
            flushes: RefCell::default(),
            deferred: RefCell::default(),
            keep: RefCell::default(),
            timers: Timers::default(),
            turns: Turns::default(),
            pool: Pool::default(),
            buffers: Buffers::default(),
            entropy: RefCell::default(),
            home: home::State::default(),
            start: Instant::now(),
        });
        inner.home.settle();
        registry.insert(address, Entry(Arc::downgrade(&inner)));
        Reactor(inner)
    }

    /// Registers a transport. `handler` is called from the context's main loop, for the first time in a later turn.
    pub fn register(&self, transport: Transport, handler: Weak<dyn Handler>) -> io::Result<Rc<Link>> {
        let state = match &transport {
            Transport::Socket(_) => bit::WRITABLE,
            // A stream says nothing by itself: try first, poll after WOULD_BLOCK.
            Transport::Pollable(_) => bit::WRITABLE | bit::READABLE,
            // The TLS library may have read something already.
            Transport::Tls(_) | Transport::ServerTls(_) => bit::WRITABLE | bit::READABLE | bit::UNWATCHED,
        };
        let link = self.insert(transport, handler, state);
        match &link.transport {
            Transport::Socket(_) => self.watch(&link, false)?,
            Transport::Tls(_) | Transport::ServerTls(_) | Transport::Pollable(_) => self.enqueue(&link),
        }
        Ok(link)
    }

    /// Registers a connection that has just been accepted, whose first bytes are most likely there: they are read
    /// without being waited for, and the kernel is asked for what comes after them.
    pub fn register_accepted(
        &self,
        transport: Transport,
        handler: Weak<dyn Handler>,
    ) -> io::Result<Rc<Link>> {
        if let Transport::Pollable(_) = transport {
            return self.register(transport, handler);
        }
        let link = self.insert(transport, handler, bit::WRITABLE | bit::READABLE | bit::UNWATCHED);
        self.enqueue(&link);
        Ok(link)
    }

    /// Has the kernel tell when a socket becomes readable, and, once it was full, writable.
    pub(super) fn watch(&self, link: &Link, writable: bool) -> io::Result<()> {
        let Some(fd) = link.transport.fd() else {
            return Ok(());
        };
        let fd = fd?;
        let interest = if writable {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        let token = mio::Token(usize::try_from(link.key.get()).unwrap_or(usize::MAX));
        let poll = self.poll()?.poll.borrow();
        let mut source = mio::unix::SourceFd(&fd);
        if link.has(bit::WATCHED) {
            poll.registry().reregister(&mut source, token, interest)?;
        } else {
            poll.registry().register(&mut source, token, interest)?;
        }
        link.clear(bit::UNWATCHED);
        link.set(bit::WATCHED);
        Ok(())
    }

    /// The time: within a turn that of its beginning.
    pub fn now(&self) -> Instant {
        self.0.turns.now().unwrap_or_else(Instant::now)
    }

    /// Unpredictable bytes.
    pub fn entropy(&self) -> Random<'_> {
        Random(&self.0.entropy)
    }

    /// A buffer to read into, for the duration of a call; whoever else reads meanwhile takes another one.
    pub fn scratch(&self) -> Scratch<'_> {
        self.0.pool.take()
    }

    /// Leaves what comes from now on to the next turn.
    pub fn end_turn(&self) {
        self.0.turns.end();
    }

    /// Calls `work` in the next turn, with nothing borrowed.
    pub fn defer(&self, work: impl FnOnce() + 'static) {
        self.end_turn();
        self.0.deferred.borrow_mut().push(Box::new(work));
        if self.0.keep.borrow().is_none() {
            *self.0.keep.borrow_mut() = Some(self.clone());
            self.0.source.wake();
        }
    }

    /// Tells all handlers that the server with that address stops: [`Handler::server_stops`].
    pub fn stop_connections_of(&self, server: usize, at_once: bool) {
        let links: Vec<Rc<Link>> = {
            let slots = self.0.links.borrow();
            slots.iter().filter_map(|(_, slot)| slot.link.upgrade()).collect()
        };
        for link in links {
            let handler = link.handler.borrow().upgrade();
            if let Some(handler) = handler {
                handler.server_stops(server, at_once);
            }
        }
    }

    /// The context, unless it has been freed.
    pub fn context(&self) -> Option<glib::MainContext> {
        self.0.source.context()
    }

    /// Appends a link to the queue of those to serve.
    pub(super) fn enqueue(&self, link: &Link) {
        if link.has(bit::RUNNING) {
            link.set(bit::AGAIN);
        } else if !link.has(bit::QUEUED) {
            link.set(bit::QUEUED);
            self.0.queue.borrow_mut().push_back(link.key.get());
            self.0.wake();
        }
    }

    pub(super) fn enqueue_flush(&self, link: &Link) {
        self.0.flushes.borrow_mut().push_back(link.key.get());
        self.0.wake();
    }

    /// What has been read counts against the budget of the turn.
    pub(super) fn count_read(&self, count: usize) {
        self.0.turns.count_read(count);
    }

    pub(super) fn arm(&self, tick: Tick, key: u64) {
        let earlier = self.0.timers.earliest().is_none_or(|earliest| tick < earliest);
        self.0.timers.arm(tick, key);
        if earlier {
            self.0.wake();
        }
    }

    pub(super) fn tick(&self, instant: Instant) -> Tick {
        self.0.tick(instant)
    }

    /// Stops events for a link's descriptor.
    pub(super) fn deregister(&self, link: &Link) {
        if let (Some(Ok(fd)), Some(poll)) = (link.transport.fd(), self.0.poll.get())
            // A descriptor of our own is closed in a moment, and leaves the epoll with that.
            && !link.transport.is_ours()
            && link.has(bit::WATCHED)
        {
            let _ = poll
                .poll
                .borrow()
                .registry()
                .deregister(&mut mio::unix::SourceFd(&fd));
        }
    }

    /// Gives the place in the table back.
    pub(super) fn forget(&self, key: u64) {
        let (index, generation) = split(key);
        let mut links = self.0.links.borrow_mut();
        if links.get(index).is_some_and(|slot| slot.generation == generation) {
            links.remove(index);
        }
    }

    fn insert(&self, transport: Transport, handler: Weak<dyn Handler>, state: u16) -> Rc<Link> {
        let link = Rc::new(Link::new(self.clone(), transport, handler, state));
        let generation = self.0.generation.get().wrapping_add(1);
        self.0.generation.set(generation);
        let slot = Slot {
            generation,
            link: Rc::downgrade(&link),
        };
        let index = self.0.links.borrow_mut().insert(slot);
        link.key
            .set((u64::from(generation) << 32) | (index as u64 & 0xffff_ffff));
        link
    }

    fn poll(&self) -> io::Result<&Poll> {
        if let Some(poll) = self.0.poll.get() {
            return Ok(poll);
        }
        let poll = mio::Poll::new()?;
        self.0
            .source
            .add_descriptor(std::os::fd::AsRawFd::as_raw_fd(&poll));
        let events = RefCell::new(mio::Events::with_capacity(EVENTS));
        Ok(self.0.poll.get_or_init(|| Poll {
            poll: RefCell::new(poll),
            events,
        }))
    }
}

impl Inner {
    /// The link of a key, unless it is gone.
    pub(super) fn link(&self, key: u64) -> Option<Rc<Link>> {
        let (index, generation) = split(key);
        let links = self.links.borrow();
        links
            .get(index)
            .filter(|slot| slot.generation == generation)
            .and_then(|slot| slot.link.upgrade())
    }

    /// Whether a turn has something to do without an event from outside.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.borrow().is_empty()
            || !self.flushes.borrow().is_empty()
            || !self.deferred.borrow().is_empty()
    }

    /// Microseconds from the reactor's start to `instant`.
    pub(super) fn tick(&self, instant: Instant) -> Tick {
        Tick::try_from(instant.saturating_duration_since(self.start).as_micros()).unwrap_or(Tick::MAX - 1)
    }

    /// How long until the earliest deadline, at `now`.
    pub(super) fn until_deadline(&self, now: Instant) -> Option<Duration> {
        self.timers
            .earliest()
            .map(|tick| Duration::from_micros(tick.saturating_sub(self.tick(now))))
    }

    /// Lets go of the reactor when no deferred work is left.
    pub(super) fn release(&self) -> Option<Reactor> {
        if self.deferred.borrow().is_empty() {
            self.keep.borrow_mut().take()
        } else {
            None
        }
    }

    /// The context is being freed, in any thread: what waits for its next turn never runs.
    pub(super) fn abandon(&self) {
        self.leave_registry();
        if self.leave_home() {
            self.drop_rest();
        }
    }

    /// Drops what has waited for a turn of a context that is gone. Call at home.
    pub(super) fn drop_rest(&self) {
        let kept = self.keep.borrow_mut().take();
        drop(self.deferred.take());
        self.clear_home();
        drop(kept);
    }

    fn leave_registry(&self) {
        let address = self.source.address();
        let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = registry.as_mut()
            && registry
                .get(&address)
                .is_some_and(|entry| std::ptr::eq(entry.0.as_ptr(), self))
        {
            registry.remove(&address);
        }
    }

    /// Makes sure that the context's loop takes a turn, unless one is under way that will see the work.
    fn wake(&self) {
        if !self.turns.under_way() {
            self.source.wake();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.leave_registry();
        self.forget_deposits();
        self.source.destroy();
    }
}

/// Index and generation of a key.
fn split(key: u64) -> (usize, u32) {
    ((key & 0xffff_ffff) as usize, (key >> 32) as u32)
}

/// A weak reference that may stand in a static.
struct Entry(SharedWeak<Inner>);

// SAFETY: the count is atomic, and the parts behind it are used only by the thread that runs the context.
unsafe impl Send for Entry {}

/// All reactors, by the address of their context. An entry goes when its reactor or its context does.
static REGISTRY: Mutex<Option<HashMap<usize, Entry>>> = Mutex::new(None);
