//! Listening: sockets that GIO makes, and an accept loop that makes nothing of a connection but its descriptor.

use std::cell::{Cell, OnceCell};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gio::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::connection::Connection;
use super::{Owner, Server};
use crate::gobject::enums::ServerListenOptions;
use crate::gobject::server_message::HTTP_URI_FLAGS;
use crate::reactor::descriptors::{is_one_of_the_last, moved_down};
use crate::reactor::{Handler, Link, Progress, Reactor, SocketTransport, Transport};

/// A listening socket.
pub(super) struct Listener {
    owner: Arc<Owner>,
    socket: gio::Socket,
    /// Whether its connections begin with TLS.
    https: bool,
    link: OnceCell<Rc<Link>>,
    /// A connection that was accepted when the descriptors were running out.
    kept: Cell<Option<OwnedFd>>,
}

/// How many connections one turn accepts before the others get theirs.
const ACCEPTS: usize = 64;

/// How many connections may wait for their accept. GIO's 10 makes a crowd wait for a second.
const BACKLOG: i32 = 1024;

/// How long accepting rests when the process or the system has no descriptor left.
const REST: Duration = Duration::from_millis(100);

impl Server {
    /// Listens on `address`.
    pub fn listen(
        &self,
        address: &gio::SocketAddress,
        options: ServerListenOptions,
    ) -> Result<(), glib::Error> {
        let type_ = gio::SocketType::Stream;
        let socket = gio::Socket::new(address.family(), type_, gio::SocketProtocol::Default)?;
        if address.family() == gio::SocketFamily::Ipv6 {
            // Without it the IPv6 socket would take the IPv4 port as well.
            let _ = socket.set_option(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1);
        }
        socket.bind(address, true)?;
        self.listen_socket(&socket, options)
    }

    /// Listens with a socket that is bound already, and may listen.
    pub fn listen_socket(
        &self,
        socket: &gio::Socket,
        options: ServerListenOptions,
    ) -> Result<(), glib::Error> {
        self.check_https(options)?;
        if matches!(socket.family(), gio::SocketFamily::Ipv4 | gio::SocketFamily::Ipv6) {
            // Accepted sockets inherit it. Where it is not known, packets are a little fewer.
            let _ = socket.set_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        }
        let listens = socket
            .option(libc::SOL_SOCKET, libc::SO_ACCEPTCONN)
            .is_ok_and(|listens| listens != 0);
        if !listens {
            socket.set_listen_backlog(BACKLOG);
            socket.listen()?;
        }
        let listener = Rc::new(Listener {
            owner: self.imp().owner.clone(),
            socket: socket.clone(),
            https: options.contains(ServerListenOptions::HTTPS),
            link: OnceCell::new(),
            kept: Cell::default(),
        });
        let transport = Transport::Socket(SocketTransport::listener(socket));
        let handler: Weak<Listener> = Rc::downgrade(&listener);
        let link = self
            .settled_reactor()
            .register(transport, handler)
            .map_err(glib_error)?;
        listener.link.get_or_init(|| link);
        self.imp().links.listeners.borrow_mut().push(listener);
        Ok(())
    }

    /// Listens on all addresses of this machine.
    pub fn listen_all(&self, port: u16, options: ServerListenOptions) -> Result<(), glib::Error> {
        let any = |family| gio::InetAddress::new_any(family);
        self.listen_both(
            any(gio::SocketFamily::Ipv4),
            any(gio::SocketFamily::Ipv6),
            port,
            options,
        )
    }

    /// Listens on the loopback addresses.
    pub fn listen_local(&self, port: u16, options: ServerListenOptions) -> Result<(), glib::Error> {
        let loopback = |family| gio::InetAddress::new_loopback(family);
        self.listen_both(
            loopback(gio::SocketFamily::Ipv4),
            loopback(gio::SocketFamily::Ipv6),
            port,
            options,
        )
    }

    /// Listens on one port of both families, unless the options want one of them only.
    fn listen_both(
        &self,
        ipv4: gio::InetAddress,
        ipv6: gio::InetAddress,
        port: u16,
        options: ServerListenOptions,
    ) -> Result<(), glib::Error> {
        let listen = |address: &gio::InetAddress, port| {
            self.listen(gio::InetSocketAddress::new(address, port).upcast_ref(), options)
        };
        if options.contains(ServerListenOptions::IPV6_ONLY) {
            return listen(&ipv6, port);
        }
        if options.contains(ServerListenOptions::IPV4_ONLY) {
            return listen(&ipv4, port);
        }
        for _ in 0..PORTS_TRIED {
            listen(&ipv4, port)?;
            let first = self.imp().links.listeners.borrow().last().cloned();
            let chosen = first
                .as_ref()
                .and_then(|listener| listener.port())
                .unwrap_or(port);
            match listen(&ipv6, chosen) {
                Ok(()) => return Ok(()),
                // A machine without IPv6, or with its addresses switched off.
                Err(error) if error.matches(gio::IOErrorEnum::NotSupported) || !has_ipv6() => return Ok(()),
                Err(error) => {
                    let first = self.imp().links.listeners.borrow_mut().pop();
                    if let Some(first) = first {
                        first.close();
                    }
                    // The port that the system chose for IPv4 may be in use on the other side: it chooses again.
                    if port != 0 || !error.matches(gio::IOErrorEnum::AddressInUse) {
                        return Err(error);
                    }
                }
            }
        }
        Err(glib::Error::new(
            gio::IOErrorEnum::AddressInUse,
            "No port is free for both IPv4 and IPv6",
        ))
    }

    /// The listening sockets.
    pub fn listeners(&self) -> Vec<gio::Socket> {
        self.imp()
            .links
            .listeners
            .borrow()
            .iter()
            .map(|listener| listener.socket.clone())
            .collect()
    }

    /// The URIs under which the server can be reached.
    pub fn uris(&self) -> Vec<glib::Uri> {
        let listeners = self.imp().links.listeners.borrow();
        listeners.iter().filter_map(|listener| listener.uri()).collect()
    }

    /// Takes in a connection that somebody else has accepted.
    pub fn accept_iostream(
        &self,
        stream: &gio::IOStream,
        local: Option<gio::SocketAddress>,
        remote: Option<gio::SocketAddress>,
    ) -> Result<(), glib::Error> {
        let transport = Transport::for_stream(stream)
            .ok_or_else(|| glib::Error::new(gio::IOErrorEnum::NotSupported, "The stream cannot be polled"))?;
        let owner = self.imp().owner.clone();
        let connection =
            Connection::over(owner, &self.settled_reactor(), transport, local, remote).map_err(glib_error)?;
        let link = connection.link();
        self.add_connection(connection);
        // What is there already is answered before this returns.
        if let Some(link) = link {
            link.serve();
        }
        Ok(())
    }

    /// Closes one of the listening sockets.
    fn stop_listening(&self, listener: &Listener) {
        self.imp()
            .links
            .listeners
            .borrow_mut()
            .retain(|other| !std::ptr::eq(&**other, listener));
        listener.close();
    }

    /// The reactor of the thread-default context, which the server's links are in from now on.
    fn settled_reactor(&self) -> Reactor {
        let reactor = Reactor::current();
        self.imp().home.get_or_init(|| reactor.home());
        reactor
    }

    /// HTTPS needs a certificate.
    fn check_https(&self, options: ServerListenOptions) -> Result<(), glib::Error> {
        if options.contains(ServerListenOptions::HTTPS) && !self.is_https() {
            let text = "A server of HTTPS needs a certificate";
            return Err(glib::Error::new(gio::IOErrorEnum::InvalidArgument, text));
        }
        Ok(())
    }
}

impl Listener {
    /// Stops listening.
    pub(super) fn close(&self) {
        drop(self.kept.take());
        if let Some(link) = self.link.get() {
            link.close();
        }
    }

    fn port(&self) -> Option<u16> {
        self.address().map(|address| address.port())
    }

    fn address(&self) -> Option<gio::InetSocketAddress> {
        self.socket.local_address().ok()?.downcast().ok()
    }

    /// The URI of a socket that listens on an IP address.
    fn uri(&self) -> Option<glib::Uri> {
        let address = self.address()?;
        let host = address.address().to_str();
        Some(glib::Uri::build(
            HTTP_URI_FLAGS,
            if self.https { "https" } else { "http" },
            None,
            Some(host.as_str()),
            i32::from(address.port()),
            "/",
            None,
            None,
        ))
    }
}

impl Listener {
    /// Takes one connection in, if there is one and there is room for it.
    fn accept(&self, server: &Server, link: &Link) -> Accepted {
        let kept = self.kept.take();
        if kept.is_none() && !link.is_readable() {
            return Accepted::None;
        }
        if server.is_full() && !server.make_room(None) {
            self.kept.set(kept);
            return Accepted::NoRoom;
        }
        let mut accepted = match kept {
            Some(kept) => Ok(kept),
            None => link.accept(),
        };
        if accepted.as_ref().is_err_and(is_exhaustion) && server.make_room(None) {
            accepted = link.accept();
        }
        match accepted {
            Ok(fd) if is_one_of_the_last(fd.as_raw_fd()) => {
                let room = server.make_room(None);
                let fd = moved_down(fd);
                if !room || is_one_of_the_last(fd.as_raw_fd()) {
                    // It waits here as it would in the backlog.
                    self.kept.set(Some(fd));
                    return Accepted::NoRoom;
                }
                self.take_in(server, link, fd);
                Accepted::One
            }
            Ok(fd) => {
                self.take_in(server, link, fd);
                Accepted::One
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Accepted::None,
            Err(error) if is_exhaustion(&error) => Accepted::NoRoom,
            Err(error) if is_final(&error) && !link.is_closed() => {
                glib::g_warning!(
                    "libsoup",
                    "A listening socket accepts no more, and is closed: {error}"
                );
                server.stop_listening(self);
                Accepted::None
            }
            Err(_) if link.is_closed() => Accepted::None,
            // The peer has gone before it was accepted, or a signal came: the next one, please.
            Err(_) => Accepted::One,
        }
    }

    fn take_in(&self, server: &Server, link: &Link, fd: OwnedFd) {
        let transport = Transport::Socket(SocketTransport::owned(fd));
        // A connection that cannot be registered is closed with its descriptor.
        let Ok(connection) = Connection::over(self.owner.clone(), link.reactor(), transport, None, None)
        else {
            return;
        };
        if server.admit(&connection) {
            if self.https {
                connection.greet();
            }
            server.add_connection(connection);
        }
    }
}

/// What an attempt to accept came to.
enum Accepted {
    One,
    None,
    NoRoom,
}

impl Handler for Listener {
    fn ready(self: Rc<Self>) -> Progress {
        let (Some(link), Some(server)) = (self.link.get(), self.owner.server()) else {
            return Progress::Drained;
        };
        for _ in 0..ACCEPTS {
            match self.accept(&server, link) {
                Accepted::One => (),
                Accepted::None => return Progress::Drained,
                Accepted::NoRoom => {
                    // The connection stays in the backlog; asking again at once would spin.
                    link.set_deadline(Some(link.reactor().now() + REST));
                    return Progress::Drained;
                }
            }
        }
        Progress::MoreWork
    }

    fn flush(self: Rc<Self>) {}

    fn timeout(self: Rc<Self>, _now: Instant) {
        if let Some(link) = self.link.get() {
            link.wake();
        }
    }
}

/// Whether no descriptor or no memory is left.
fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}

/// Whether a socket will never accept again: somebody has shut it down, or closed its descriptor under it.
fn is_final(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EBADF | libc::EINVAL | libc::ENOTSOCK | libc::EOPNOTSUPP)
    )
}

/// How often a port is looked for that both families have free.
const PORTS_TRIED: u32 = 16;

/// Whether an IPv6 socket can be bound to the loopback at all.
fn has_ipv6() -> bool {
    let address = gio::InetAddress::new_loopback(gio::SocketFamily::Ipv6);
    let address = gio::InetSocketAddress::new(&address, 0);
    gio::Socket::new(
        gio::SocketFamily::Ipv6,
        gio::SocketType::Stream,
        gio::SocketProtocol::Default,
    )
    .and_then(|socket| socket.bind(&address, false))
    .is_ok()
}

fn glib_error(error: io::Error) -> glib::Error {
    // SAFETY: maps a number to a number.
    let code = unsafe { gio::ffi::g_io_error_from_errno(error.raw_os_error().unwrap_or_default()) };
    // SAFETY: the code comes from GIO.
    let kind: gio::IOErrorEnum = unsafe { from_glib(code) };
    glib::Error::new(kind, &error.to_string())
}
