//! TLS in a reactor: what is gathered, what ends a stream, and a peer that does not read. The server's end is GIO's, and then
//! rustls'.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use bisque::reactor::{
    CipherSocket, ClientCertificates, Handler, HandshakeCallbacks, Home, Link, Progress, Reactor,
    ServerTlsTransport, TlsAcceptor, TlsTransport, Transport, shake_hands,
};
use gio::prelude::*;
use glib::MainContext;

/// One end of a TLS connection: remembers what it reads, writes what it is given.
#[derive(Default)]
struct End {
    link: RefCell<Option<Rc<Link>>>,
    read: RefCell<Vec<u8>>,
    unsent: RefCell<Vec<u8>>,
    ended: Cell<bool>,
    failed: RefCell<Option<io::Error>>,
    closed: Cell<bool>,
    flushes: Cell<u32>,
    /// Bytes read in one call of `ready`; 0 for all there are.
    share: Cell<usize>,
    paused: Cell<bool>,
}

impl End {
    fn link(&self) -> Rc<Link> {
        self.link.borrow().clone().expect("an end that has shaken hands")
    }

    fn send(&self, bytes: &[u8]) {
        self.unsent.borrow_mut().extend_from_slice(bytes);
        self.link().request_flush();
    }
}

impl Handler for End {
    fn ready(self: Rc<Self>) -> Progress {
        let link = self.link();
        while !self.paused.get() {
            let mut scratch = link.reactor().scratch();
            let room = match self.share.get() {
                0 => scratch.len(),
                share => share,
            };
            match link.read(&mut scratch[..room]) {
                Ok(0) => {
                    self.ended.set(true);
                    return Progress::Drained;
                }
                Ok(count) => self.read.borrow_mut().extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Drained,
                Err(error) => {
                    *self.failed.borrow_mut() = Some(error);
                    return Progress::Drained;
                }
            }
            if self.share.get() > 0 {
                return Progress::MoreWork;
            }
        }
        Progress::Drained
    }

    fn flush(self: Rc<Self>) {
        self.flushes.set(self.flushes.get() + 1);
        let mut unsent = self.unsent.borrow_mut();
        while !unsent.is_empty() {
            match self.link().write_vectored(&[IoSlice::new(&unsent)]) {
                Ok(count) => drop(unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    *self.failed.borrow_mut() = Some(error);
                    unsent.clear();
                }
            }
        }
    }

    fn timeout(self: Rc<Self>, _now: Instant) {}

    fn closed(self: Rc<Self>) {
        self.closed.set(true);
    }
}

/// A client and a server that have shaken hands, in one context.
struct Pair {
    context: MainContext,
    client: Rc<End>,
    server: Rc<End>,
    /// The descriptors below, which the tests shut behind TLS's back.
    sockets: [UnixStream; 2],
}

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/tls", name].iter().collect()
}

/// Whose TLS the server's end has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Gio,
    Rustls,
}

/// A pair with each kind of server.
fn pairs() -> impl Iterator<Item = Pair> {
    [Server::Gio, Server::Rustls].into_iter().map(Pair::new)
}

impl Pair {
    fn new(server: Server) -> Pair {
        let context = MainContext::new();
        let (first, second) = UnixStream::pair().unwrap();
        let sockets = [first.try_clone().unwrap(), second.try_clone().unwrap()];
        let socket = |stream: UnixStream| CipherSocket::new(&gio::Socket::from_fd(stream.into()).unwrap());
        let first = socket(first);
        let certificate = gio::TlsCertificate::from_file(fixture("server.pem")).unwrap();
        let database = gio::TlsFileDatabase::new(fixture("authority.pem")).unwrap();
        let identity = gio::NetworkAddress::new("localhost", 443);
        let client = gio::TlsClientConnection::new(&first, Some(&identity)).unwrap();
        let client: gio::TlsConnection = client.dynamic_cast().unwrap();
        client.set_database(Some(&database));
        client.set_require_close_notify(false);
        let server = match server {
            Server::Gio => {
                let second = socket(second);
                let server = gio::TlsServerConnection::new(&second, Some(&certificate)).unwrap();
                let server: gio::TlsConnection = server.dynamic_cast().unwrap();
                server.set_require_close_notify(false);
                shake(&context, &server, second)
            }
            Server::Rustls => {
                second.set_nonblocking(true).unwrap();
                accept(&context, second.into(), &certificate)
            }
        };
        let client = shake(&context, &client, first);
        for end in [&client, &server] {
            iterate_until(&context, || end.link.borrow().is_some());
        }
        Pair {
            context,
            client,
            server,
            sockets,
        }
    }

    fn run_until(&self, done: impl Fn() -> bool) {
        iterate_until(&self.context, done);
    }
}

/// Shakes hands, and registers what comes out of it.
fn shake(context: &MainContext, tls: &gio::TlsConnection, socket: CipherSocket) -> Rc<End> {
    let end = Rc::new(End::default());
    let (done, shaken, reactor) = (end.clone(), tls.clone(), Reactor::of(context));
    let desk = HandshakeCallbacks {
        accept: Box::new(|_, _| false),
        done: Box::new(move |outcome| {
            outcome.expect("a handshake");
            let transport = Transport::Tls(TlsTransport::new(&shaken, &socket).unwrap());
            let handler: Weak<dyn Handler> = Rc::downgrade(&(done.clone() as Rc<dyn Handler>));
            *done.link.borrow_mut() = Some(reactor.register(transport, handler).unwrap());
        }),
    };
    shake_hands(tls, &gio::Cancellable::new(), &Home::of(context), desk).unwrap();
    end
}

/// Registers a server's end, whose handshake is a part of its reading.
fn accept(context: &MainContext, fd: std::os::fd::OwnedFd, certificate: &gio::TlsCertificate) -> Rc<End> {
    let acceptor = TlsAcceptor::new(certificate, ClientCertificates::Ignored, &[b"http/1.1"]).unwrap();
    let end = Rc::new(End::default());
    let handler: Weak<dyn Handler> = Rc::downgrade(&(end.clone() as Rc<dyn Handler>));
    let transport = Transport::ServerTls(ServerTlsTransport::new(fd, &acceptor).unwrap());
    *end.link.borrow_mut() = Some(
        Reactor::of(context)
            .register_accepted(transport, handler)
            .unwrap(),
    );
    end
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

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn bytes_go_both_ways() {
    for pair in pairs() {
        pair.client.send(b"hello");
        pair.server.send(b"good day");
        pair.run_until(|| {
            *pair.server.read.borrow() == b"hello" && *pair.client.read.borrow() == b"good day"
        });
        assert!(pair.client.link().tls().is_some());
        assert!(pair.client.link().socket().is_some());
    }
}

#[test]
fn what_the_tls_library_holds_is_not_lost() {
    // A record comes whole, and is read in pieces: the kernel has nothing more to say about the rest.
    for pair in pairs() {
        pair.server.share.set(7);
        let payload = bytes(5000);
        pair.client.send(&payload);
        pair.run_until(|| *pair.server.read.borrow() == payload);
    }
}

#[test]
fn a_pause_keeps_what_was_read_already() {
    for pair in pairs() {
        pair.server.share.set(10);
        let payload = bytes(40_000);
        pair.client.send(&payload);
        pair.run_until(|| !pair.server.read.borrow().is_empty());
        pair.server.paused.set(true);
        for _ in 0..20 {
            pair.context.iteration(false);
        }
        let before = pair.server.read.borrow().len();
        assert!(before < payload.len());
        pair.server.paused.set(false);
        pair.server.share.set(0);
        pair.server.link().wake();
        pair.run_until(|| *pair.server.read.borrow() == payload);
    }
}

#[test]
fn a_peer_that_does_not_read_is_waited_for() {
    for pair in pairs() {
        pair.server.paused.set(true);
        let payload = bytes(6 << 20);
        pair.client.send(&payload);
        for _ in 0..50 {
            pair.context.iteration(false);
        }
        let unsent = pair.client.unsent.borrow().len();
        assert!(unsent > 0, "a socket holds less than that");
        let flushes = pair.client.flushes.get();
        for _ in 0..50 {
            pair.context.iteration(false);
        }
        assert_eq!(pair.client.flushes.get(), flushes, "it waits, and does not spin");
        pair.server.paused.set(false);
        pair.server.link().wake();
        pair.run_until(|| pair.server.read.borrow().len() == payload.len());
        assert_eq!(*pair.server.read.borrow(), payload);
        assert!(pair.client.unsent.borrow().is_empty());
    }
}

#[test]
fn the_last_byte_is_written_when_the_kernel_has_it() {
    // One flush is more than the socket takes and less than is gathered: all of it is encrypted, and still it is unsent.
    for pair in pairs() {
        pair.server.paused.set(true);
        let chunk = bytes(250_000);
        let mut sent = Vec::new();
        while pair.client.unsent.borrow().is_empty() {
            sent.extend_from_slice(&chunk);
            pair.client.send(&chunk);
            pair.context.iteration(false);
        }
        pair.server.paused.set(false);
        pair.server.link().wake();
        pair.run_until(|| pair.client.unsent.borrow().is_empty());
        pair.run_until(|| pair.server.read.borrow().len() == sent.len());
        assert_eq!(*pair.server.read.borrow(), sent);
    }
}

#[test]
fn a_close_says_farewell() {
    for pair in pairs() {
        // Without one, this would be an error.
        if let Some(tls) = pair.server.link().tls() {
            tls.set_require_close_notify(true);
        }
        pair.client.send(b"last words");
        pair.run_until(|| pair.client.unsent.borrow().is_empty());
        pair.client.link().close();
        pair.run_until(|| pair.server.ended.get() && pair.client.closed.get());
        assert_eq!(*pair.server.read.borrow(), b"last words");
        assert!(pair.server.failed.borrow().is_none());
    }
}

#[test]
fn half_a_close_leaves_the_other_half() {
    for pair in pairs() {
        pair.client.link().shutdown_write().unwrap();
        pair.run_until(|| pair.server.ended.get());
        pair.server.send(b"still here");
        pair.run_until(|| *pair.client.read.borrow() == b"still here");
    }
}

#[test]
fn an_end_without_farewell_is_an_end() {
    for pair in pairs() {
        pair.sockets[0].shutdown(std::net::Shutdown::Write).unwrap();
        pair.run_until(|| pair.server.ended.get());
        assert!(pair.server.failed.borrow().is_none());
    }
}

#[test]
fn garbage_behind_the_handshake_is_an_error() {
    for pair in pairs() {
        (&pair.sockets[0])
            .write_all(b"not a record of TLS at all")
            .unwrap();
        pair.run_until(|| pair.server.failed.borrow().is_some());
        assert!(pair.server.read.borrow().is_empty());
    }
}

#[test]
fn many_small_writes_of_a_turn_are_one_record() {
    // The descriptor below sees how much there is: one record's overhead, not a hundred's.
    for pair in pairs() {
        pair.server.paused.set(true);
        let before = waiting(&pair.sockets[1]);
        for _ in 0..100 {
            pair.client.send(b"0123456789");
        }
        pair.run_until(|| pair.client.unsent.borrow().is_empty());
        let sent = waiting(&pair.sockets[1]) - before;
        assert!((1000..1100).contains(&sent), "{sent}");
    }
}

/// How many bytes a socket has to read.
fn waiting(socket: &UnixStream) -> usize {
    let mut buffer = [0; 4096];
    // SAFETY: the descriptor is open, the buffer as long as it says.
    let count = unsafe {
        libc::recv(
            std::os::fd::AsRawFd::as_raw_fd(socket),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            libc::MSG_PEEK | libc::MSG_DONTWAIT,
        )
    };
    usize::try_from(count).unwrap_or(0)
}

#[test]
fn slices_of_all_sizes_come_in_their_order() {
    // Headers join what comes behind them, up to a record; large payloads do not move.
    for pair in pairs() {
        let sizes = [1, 4, 3000, 10, 16_374, 10, 16_375, 0, 14, 70_000, 2, 2, 2, 16_384];
        let parts: Vec<Vec<u8>> = sizes.iter().map(|&size| bytes(size)).collect();
        let mut offset = 0;
        let all = parts.concat();
        let deadline = Instant::now() + Duration::from_secs(10);
        while offset < all.len() {
            assert!(Instant::now() < deadline, "nothing happened in ten seconds");
            // What is left, cut where the parts are.
            let mut skip = offset;
            let mut slices = Vec::new();
            for part in &parts {
                let cut = skip.min(part.len());
                skip -= cut;
                slices.push(IoSlice::new(&part[cut..]));
            }
            match pair.client.link().write_vectored(&slices) {
                Ok(count) => offset += count,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            pair.context.iteration(false);
        }
        pair.run_until(|| pair.server.read.borrow().len() == all.len());
        assert_eq!(*pair.server.read.borrow(), all);
    }
}
