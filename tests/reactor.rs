//! The reactor in a caller's main loop: nesting, dropping, fairness, timers, foreign streams, contexts and threads.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bisque::reactor::{Handler, Link, PollableTransport, Progress, Reactor, SocketTransport, Transport};
use gio::prelude::*;
use glib::MainContext;

/// A handler made of closures, which remembers what it has read.
#[derive(Default)]
struct Probe {
    link: RefCell<Option<Rc<Link>>>,
    read: RefCell<Vec<u8>>,
    ended: Cell<bool>,
    failed: RefCell<Option<io::Error>>,
    unsent: RefCell<Vec<u8>>,
    timeouts: Cell<u32>,
    closed: Cell<u32>,
    paused: Cell<bool>,
    calls: Cell<u32>,
    /// Bytes read in one call of `ready`; 0 for all there are.
    share: Cell<usize>,
    on_ready: RefCell<Option<OnReady>>,
}

type OnReady = Rc<dyn Fn(&Probe)>;

impl Probe {
    fn link(&self) -> Rc<Link> {
        self.link.borrow().clone().expect("a registered probe")
    }

    fn send(&self, bytes: &[u8]) {
        self.unsent.borrow_mut().extend_from_slice(bytes);
        self.link().request_flush();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.read.borrow()).into_owned()
    }
}

impl Handler for Probe {
    fn ready(self: Rc<Self>) -> Progress {
        self.calls.set(self.calls.get() + 1);
        if self.paused.get() {
            return Progress::Drained;
        }
        let link = self.link();
        loop {
            let mut scratch = link.reactor().scratch();
            let room = if self.share.get() == 0 {
                scratch.len()
            } else {
                self.share.get()
            };
            let result = link.read(&mut scratch[..room]);
            match result {
                Ok(0) => self.ended.set(true),
                Ok(count) => self.read.borrow_mut().extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Drained,
                Err(error) => *self.failed.borrow_mut() = Some(error),
            }
            drop(scratch);
            let on_ready = self.on_ready.borrow().clone();
            if let Some(on_ready) = on_ready {
                on_ready(&self);
            }
            if self.ended.get() || self.failed.borrow().is_some() {
                return Progress::Drained;
            }
            if self.share.get() > 0 {
                return Progress::MoreWork;
            }
        }
    }

    fn flush(self: Rc<Self>) {
        let link = self.link();
        let mut unsent = self.unsent.borrow_mut();
        while !unsent.is_empty() {
            match link.write_vectored(&[IoSlice::new(&unsent)]) {
                Ok(count) => drop(unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    *self.failed.borrow_mut() = Some(error);
                    unsent.clear();
                }
            }
        }
    }

    fn timeout(self: Rc<Self>, _now: Instant) {
        self.timeouts.set(self.timeouts.get() + 1);
    }

    fn closed(self: Rc<Self>) {
        self.closed.set(self.closed.get() + 1);
    }
}

/// A main context of the test's own.
struct World {
    context: MainContext,
    reactor: Reactor,
}

impl World {
    fn new() -> World {
        let context = MainContext::new();
        let reactor = Reactor::of(&context);
        World { context, reactor }
    }

    /// A probe on one end of a socket pair; the other end.
    fn probe(&self) -> (Rc<Probe>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        (
            self.register(Transport::Socket(SocketTransport::owned(OwnedFd::from(ours)))),
            theirs,
        )
    }

    fn register(&self, transport: Transport) -> Rc<Probe> {
        let probe = Rc::new(Probe::default());
        let handler: Weak<dyn Handler> = Rc::downgrade(&(probe.clone() as Rc<dyn Handler>));
        *probe.link.borrow_mut() = Some(self.reactor.register(transport, handler).unwrap());
        probe
    }

    /// Runs the loop until `done`, at most ten seconds.
    fn run_until(&self, done: impl Fn() -> bool) {
        iterate_until(&self.context, done);
    }
}

fn iterate_until(context: &MainContext, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "nothing happened in ten seconds");
        if !context.iteration(false) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn bytes_go_both_ways() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    peer.write_all(b"hello").unwrap();
    world.run_until(|| probe.text() == "hello");
    probe.send(b"good ");
    probe.send(b"day");
    let mut answer = [0; 16];
    assert!(
        peer.read(&mut answer).is_err(),
        "nothing is sent before the loop runs"
    );
    world.run_until(|| probe.unsent.borrow().is_empty());
    assert_eq!(peer.read(&mut answer).unwrap(), 8);
    assert_eq!(&answer[..8], b"good day");
}

#[test]
fn the_end_of_the_stream_is_seen_behind_the_last_bytes() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    peer.write_all(b"last words").unwrap();
    drop(peer);
    world.run_until(|| probe.ended.get());
    assert_eq!(probe.text(), "last words");
}

#[test]
fn an_end_that_comes_after_a_short_read_is_seen() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    peer.write_all(b"x").unwrap();
    world.run_until(|| probe.text() == "x");
    drop(peer);
    world.run_until(|| probe.ended.get());
}

#[test]
fn a_full_socket_is_written_when_there_is_room() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    let payload = vec![7; 4 << 20];
    probe.send(&payload);
    let received = Rc::new(Cell::new(0));
    let mut buffer = vec![0; 100_000];
    let deadline = Instant::now() + Duration::from_secs(10);
    while received.get() < payload.len() {
        assert!(Instant::now() < deadline);
        world.context.iteration(false);
        if let Ok(count) = peer.read(&mut buffer) {
            received.set(received.get() + count);
        }
    }
    assert!(probe.failed.borrow().is_none());
}

#[test]
fn writing_to_a_vanished_peer_is_an_error_and_no_signal() {
    let world = World::new();
    let (probe, peer) = world.probe();
    drop(peer);
    probe.send(b"anybody there?");
    world.run_until(|| probe.failed.borrow().is_some());
    assert_eq!(
        probe.failed.borrow().as_ref().unwrap().kind(),
        io::ErrorKind::BrokenPipe
    );
}

#[test]
fn a_nested_loop_serves_everybody_else() {
    let world = World::new();
    let (outer, mut outer_peer) = world.probe();
    let (other, mut other_peer) = world.probe();
    outer_peer.write_all(b"first").unwrap();
    let peers = (outer_peer.try_clone().unwrap(), other_peer.try_clone().unwrap());
    let (context, watched) = (world.context.clone(), other.clone());
    let nested = Rc::new(Cell::new(0));
    let count = nested.clone();
    *outer.on_ready.borrow_mut() = Some(Rc::new(move |probe: &Probe| {
        count.set(count.get() + 1);
        if count.get() > 1 {
            return;
        }
        let calls = probe.calls.get();
        (&peers.0).write_all(b" second").unwrap();
        (&peers.1).write_all(b"other").unwrap();
        watched.send(b"sent from a nested loop");
        iterate_until(&context, || {
            watched.text() == "other" && watched.unsent.borrow().is_empty()
        });
        assert_eq!(
            probe.calls.get(),
            calls,
            "a connection that is delivering is not read again"
        );
    }));
    world.run_until(|| outer.text() == "first second");
    assert_eq!(nested.get(), 2);
    let mut buffer = [0; 64];
    assert_eq!(other_peer.read(&mut buffer).unwrap(), 23);
}

#[test]
fn a_handler_may_drop_itself_and_others() {
    let world = World::new();
    let probes: Rc<RefCell<Vec<Rc<Probe>>>> = Rc::default();
    let mut peers = Vec::new();
    for _ in 0..8 {
        let (probe, mut peer) = world.probe();
        let all = probes.clone();
        *probe.on_ready.borrow_mut() = Some(Rc::new(move |_| all.borrow_mut().clear()));
        peer.write_all(b"x").unwrap();
        probes.borrow_mut().push(probe);
        peers.push(peer);
    }
    world.run_until(|| probes.borrow().is_empty());
    for _ in 0..10 {
        world.context.iteration(false);
    }
    for mut peer in peers {
        let mut buffer = [0; 1];
        // Whether the byte was read decides between an end and a reset; the socket is closed in either case.
        assert!(!matches!(peer.read(&mut buffer), Err(error) if error.kind() == io::ErrorKind::WouldBlock));
    }
}

#[test]
fn a_fast_peer_starves_neither_others_nor_the_callers_sources() {
    let world = World::new();
    let (fast, mut fast_peer) = world.probe();
    let (slow, mut slow_peer) = world.probe();
    fast.share.set(64);
    fast.paused.set(false);
    let chunk = vec![1; 200_000];
    let _ = fast_peer.write(&chunk);
    world.context.iteration(false);
    slow_peer.write_all(b"my turn").unwrap();
    let ticks = Arc::new(AtomicU32::new(0));
    let counted = ticks.clone();
    let source = glib::idle_source_new(None, glib::Priority::DEFAULT_IDLE, move || {
        counted.fetch_add(1, Relaxed);
        glib::ControlFlow::Continue
    });
    source.attach(Some(&world.context));
    // The fast connection has work in every turn, because its handler says so.
    for _ in 0..200 {
        fast.link().wake();
        world.context.iteration(false);
    }
    assert_eq!(slow.text(), "my turn");
    assert!(ticks.load(Relaxed) > 0, "an idle source has had its turns");
    source.destroy();
}

#[test]
fn what_comes_behind_the_end_of_a_turn_waits_for_the_next() {
    let world = World::new();
    let (late, late_peer) = world.probe();
    // So many that the turn would ask for more.
    let crowd: Vec<_> = (0..8).map(|_| world.probe()).collect();
    let late_peer = Rc::new(RefCell::new(late_peer));
    for (probe, peer) in &crowd {
        let late_peer = late_peer.clone();
        *probe.on_ready.borrow_mut() = Some(Rc::new(move |probe: &Probe| {
            probe.link().reactor().end_turn();
            late_peer.borrow_mut().write_all(b"x").unwrap();
        }));
        (&*peer).write_all(b"go").unwrap();
    }
    world.context.iteration(false);
    assert_eq!((late.text().as_str(), crowd[7].0.text().as_str()), ("", "go"));
    world.run_until(|| late.text() == "xxxxxxxx");
}

#[test]
fn deadlines_fire_once_and_can_be_moved() {
    let world = World::new();
    let (early, _early_peer) = world.probe();
    let (moved, _moved_peer) = world.probe();
    let (cleared, _cleared_peer) = world.probe();
    let start = Instant::now();
    early.link().set_deadline(Some(start + Duration::from_millis(20)));
    moved.link().set_deadline(Some(start + Duration::from_millis(10)));
    moved.link().set_deadline(Some(start + Duration::from_millis(60)));
    cleared
        .link()
        .set_deadline(Some(start + Duration::from_millis(10)));
    cleared.link().set_deadline(None);
    world.run_until(|| early.timeouts.get() == 1);
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(moved.timeouts.get(), 0);
    world.run_until(|| moved.timeouts.get() == 1);
    assert!(start.elapsed() >= Duration::from_millis(60));
    std::thread::sleep(Duration::from_millis(20));
    world.context.iteration(false);
    assert_eq!(
        (early.timeouts.get(), moved.timeouts.get(), cleared.timeouts.get()),
        (1, 1, 0)
    );
}

#[test]
fn a_blocking_loop_wakes_for_a_deadline() {
    let world = World::new();
    let (probe, _peer) = world.probe();
    while world.context.iteration(false) {}
    probe
        .link()
        .set_deadline(Some(Instant::now() + Duration::from_millis(30)));
    let start = Instant::now();
    while probe.timeouts.get() == 0 {
        world.context.iteration(true);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn deferred_work_runs_in_the_next_turn() {
    let context = MainContext::new();
    let done = Rc::new(Cell::new(false));
    let mark = done.clone();
    Reactor::of(&context).defer(move || mark.set(true));
    assert!(!done.get());
    iterate_until(&context, || done.get());
}

#[test]
fn a_link_changes_hands_with_its_unread_bytes() {
    let world = World::new();
    let (first, mut peer) = world.probe();
    first.paused.set(true);
    peer.write_all(b"for the heir").unwrap();
    world.run_until(|| first.calls.get() > 0);
    let heir = Rc::new(Probe::default());
    let link = first.link.take().unwrap();
    let handler: Weak<dyn Handler> = Rc::downgrade(&(heir.clone() as Rc<dyn Handler>));
    *heir.link.borrow_mut() = Some(link.clone());
    link.set_handler(handler);
    drop(first);
    world.run_until(|| heir.text() == "for the heir");
}

#[test]
fn the_io_stream_is_made_on_demand_and_shares_the_descriptor() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    let stream = probe.link().io_stream().unwrap();
    assert_eq!(stream, probe.link().io_stream().unwrap());
    stream
        .output_stream()
        .write_all(b"through GIO", gio::Cancellable::NONE)
        .unwrap();
    let mut buffer = [0; 32];
    assert_eq!(peer.read(&mut buffer).unwrap(), 11);
    peer.write_all(b"through mio").unwrap();
    world.run_until(|| probe.text() == "through mio");
    probe.link().close();
    assert!(stream.is_closed());
    world.run_until(|| probe.closed.get() == 1);
    assert_eq!(peer.read(&mut buffer).unwrap(), 0);
}

#[test]
fn a_stream_closed_by_its_other_holder_is_not_touched() {
    let world = World::new();
    let (probe, _peer) = world.probe();
    let stream = probe.link().io_stream().unwrap();
    stream.close(gio::Cancellable::NONE).unwrap();
    assert!(probe.link().is_closed());
    probe.send(b"x");
    world.run_until(|| probe.failed.borrow().is_some());
}

#[test]
fn a_detached_stream_belongs_to_its_taker() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    let stream = probe.link().detach().unwrap();
    drop(probe);
    peer.write_all(b"still open").unwrap();
    let bytes = stream
        .input_stream()
        .read_bytes(64, gio::Cancellable::NONE)
        .unwrap();
    assert_eq!(&bytes[..], b"still open");
}

/// A pollable stream that is no socket connection, over a socket pair.
fn foreign_stream() -> (gio::IOStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let socket = gio::Socket::from_fd(OwnedFd::from(ours)).unwrap();
    let base = socket.connection_factory_create_connection();
    let stream = gio::SimpleIOStream::new(&base.input_stream(), &base.output_stream());
    // The halves are closed with their base, and a simple stream does not hold that.
    std::mem::forget(base);
    (stream.upcast(), theirs)
}

#[test]
fn any_pollable_stream_works() {
    let world = World::new();
    let (stream, mut peer) = foreign_stream();
    let probe = world.register(Transport::for_stream(&stream).unwrap());
    peer.write_all(b"one").unwrap();
    world.run_until(|| probe.text() == "one");
    peer.write_all(b" two").unwrap();
    world.run_until(|| probe.text() == "one two");
    probe.send(b"three");
    world.run_until(|| probe.unsent.borrow().is_empty());
    let mut buffer = [0; 8];
    assert_eq!(peer.read(&mut buffer).unwrap(), 5);
    let payload = vec![9; 2 << 20];
    probe.send(&payload);
    let mut received = 0;
    let mut chunk = vec![0; 100_000];
    let deadline = Instant::now() + Duration::from_secs(10);
    while received < payload.len() {
        assert!(Instant::now() < deadline);
        world.context.iteration(false);
        received += peer.read(&mut chunk).unwrap_or(0);
    }
    probe.link().close();
    world.run_until(|| probe.closed.get() == 1);
    assert!(stream.is_closed());
}

#[test]
fn a_stream_that_cannot_be_polled_is_refused() {
    let input = gio::MemoryInputStream::new();
    let output = gio::BufferedOutputStream::new(&gio::MemoryOutputStream::new_resizable());
    let stream = gio::SimpleIOStream::new(&input, &output);
    assert!(PollableTransport::for_stream(stream.upcast_ref()).is_none());
}

/// True once `context` has been freed.
fn freed(context: &MainContext) -> Rc<Cell<bool>> {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let freed = Rc::new(Cell::new(false));
    let guard = Guard(freed.clone());
    let unmoved = Moved(guard);
    let source = glib::timeout_source_new(Duration::from_secs(3600), None, glib::Priority::LOW, move || {
        let _ = &unmoved;
        glib::ControlFlow::Continue
    });
    source.attach(Some(context));
    freed
}

#[test]
fn a_reactor_ends_with_its_last_user_and_frees_the_context() {
    let context = MainContext::new();
    let freed = freed(&context);
    let world = World {
        reactor: Reactor::of(&context),
        context,
    };
    let (probe, _peer) = world.probe();
    world.context.iteration(false);
    drop(probe);
    drop(world);
    assert!(freed.get());
}

#[test]
fn a_context_may_be_freed_before_its_connections() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    let World { context, reactor } = world;
    let freed = freed(&context);
    reactor.defer(|| panic!("never runs"));
    drop(context);
    assert!(freed.get());
    peer.write_all(b"too late").unwrap();
    probe.send(b"too late");
    probe.link().set_deadline(Some(Instant::now()));
    drop(probe);
    drop(reactor);
}

/// Objects are used by one thread at a time; this says so to the compiler.
struct Moved<T>(T);

// SAFETY: the test hands the value over and does not touch it again until the thread has ended.
unsafe impl<T> Send for Moved<T> {}

#[test]
fn a_context_may_run_in_another_thread_than_made_its_objects() {
    let world = World::new();
    let (probe, mut peer) = world.probe();
    peer.write_all(b"hello").unwrap();
    let moved = Moved((world, probe));
    let moved = std::thread::spawn(move || {
        let moved = moved;
        let Moved((world, probe)) = &moved;
        world
            .context
            .with_thread_default(|| world.run_until(|| probe.text() == "hello"))
            .unwrap();
        moved
    });
    let Moved((world, probe)) = moved.join().unwrap();
    peer.write_all(b" again").unwrap();
    world.run_until(|| probe.text() == "hello again");
}

#[test]
fn two_threads_with_a_context_each_do_not_meet() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let context = MainContext::new();
                context
                    .with_thread_default(|| {
                        let world = World {
                            reactor: Reactor::current(),
                            context: context.clone(),
                        };
                        for _ in 0..50 {
                            let (probe, mut peer) = world.probe();
                            peer.write_all(b"ping").unwrap();
                            world.run_until(|| probe.text() == "ping");
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
