//! A connection to a server: a stream that GIO has made, and the TLS over it. It knows no message and no main loop.
//!
//! Law: it is used by one thread at a time. Working, it belongs to an exchange, which has registered it with a reactor; idle, to
//! the pool.

use std::io;
use std::os::fd::AsRawFd;

use gio::prelude::*;

use crate::reactor::{CipherSocket, TlsTransport, Transport};

/// A connection to a server.
pub(in crate::gobject) struct Connection {
    /// Counts from 1 in each session.
    id: u64,
    stream: gio::SocketConnection,
    route: Route,
    tls: Option<Tls>,
    /// How many exchanges it has carried to their end.
    exchanges: u32,
}

/// How a connection leads to its server.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// By itself. What GIO's proxies do, such as SOCKS, nobody sees.
    Direct,
    /// To an HTTP proxy, which is given each request.
    Proxy(gio::ProxyAddress),
    /// Through an HTTP proxy, which has opened a tunnel.
    Tunnel(gio::ProxyAddress),
}

/// The TLS over a connection.
struct Tls {
    connection: gio::TlsConnection,
    /// The socket below, where it is one of ours: a proxy may have given another stream.
    socket: Option<CipherSocket>,
}

// SAFETY: its parts are GObjects, whose references are counted atomically; one thread at a time uses them (the law above).
unsafe impl Send for Connection {}

impl Connection {
    /// A connection that GIO has made, without TLS.
    pub(super) fn plain(id: u64, stream: &gio::SocketConnection) -> Connection {
        Connection {
            id,
            stream: stream.clone(),
            route: Route::of(stream),
            tls: None,
            exchanges: 0,
        }
    }

    /// The same connection over `tls`, which has shaken hands over its stream.
    pub(super) fn secured(self, tls: &gio::TlsConnection, socket: Option<CipherSocket>) -> Connection {
        let tls = Tls {
            connection: tls.clone(),
            socket,
        };
        Connection {
            tls: Some(tls),
            ..self
        }
    }

    /// The same connection after its proxy has opened a tunnel.
    pub(super) fn tunneled(self) -> Connection {
        let route = match self.route {
            Route::Proxy(proxy) => Route::Tunnel(proxy),
            route => route,
        };
        Connection { route, ..self }
    }

    pub(super) fn stream(&self) -> &gio::SocketConnection {
        &self.stream
    }

    /// Whether its requests are read by an HTTP proxy.
    pub(super) fn is_to_proxy(&self) -> bool {
        matches!(self.route, Route::Proxy(_))
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Whether it has carried an exchange before.
    pub(super) fn is_used(&self) -> bool {
        self.exchanges > 0
    }

    /// An exchange has come to its end.
    pub(super) fn count_exchange(&mut self) {
        self.exchanges = self.exchanges.saturating_add(1);
    }

    /// The server's address, or the proxy's, which names the server too.
    pub(super) fn remote_address(&self) -> Option<gio::SocketAddress> {
        match &self.route {
            Route::Direct => self.stream.remote_address().ok(),
            Route::Proxy(proxy) | Route::Tunnel(proxy) => Some(proxy.clone().upcast()),
        }
    }

    pub(super) fn tls(&self) -> Option<&gio::TlsConnection> {
        self.tls.as_ref().map(|tls| &tls.connection)
    }

    /// A way to read and write it for a reactor; `None` where it cannot be polled.
    pub(super) fn transport(&self) -> Option<Transport> {
        match &self.tls {
            None => Transport::for_stream(self.stream.upcast_ref()),
            Some(Tls {
                connection,
                socket: Some(socket),
            }) => TlsTransport::new(connection, socket).map(Transport::Tls),
            Some(Tls { connection, .. }) => Transport::for_stream(connection.upcast_ref()),
        }
    }

    /// Whether an idle connection can be used again: a server that says something unasked, or nothing more, is done with it.
    pub(super) fn is_alive(&self) -> bool {
        let socket = self.stream.socket();
        if socket.is_closed() || self.stream.is_closed() {
            return false;
        }
        let mut byte = [0];
        let Some(tls) = &self.tls else {
            // SAFETY: the descriptor is open, the buffer one byte long.
            let read = unsafe {
                let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
                libc::recv(socket.as_raw_fd(), byte.as_mut_ptr().cast(), 1, flags)
            };
            return read < 0 && io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock;
        };
        // What comes may be TLS' own business.
        let input = tls.connection.input_stream();
        input
            .dynamic_cast_ref::<gio::PollableInputStream>()
            .is_some_and(|input| {
                let read = input.read_nonblocking(&mut byte, gio::Cancellable::NONE);
                read.is_err_and(|error| error.matches(gio::IOErrorEnum::WouldBlock))
            })
    }

    /// Closes it, also under whoever else holds its stream. It does not wait.
    pub(super) fn close(self) {
        let _ = self.stream.socket().close();
    }
}

impl Route {
    /// The route of a stream that GIO has made: it leaves HTTP proxies to us.
    fn of(stream: &gio::SocketConnection) -> Route {
        let address = stream.remote_address().ok();
        let proxy = address.and_then(|address| address.downcast::<gio::ProxyAddress>().ok());
        match proxy.filter(|proxy| proxy.protocol() == PROXY_PROTOCOL) {
            Some(proxy) => Route::Proxy(proxy),
            None => Route::Direct,
        }
    }
}

/// The proxies that we talk to, as GIO calls their protocol.
pub(super) const PROXY_PROTOCOL: &str = "http";
