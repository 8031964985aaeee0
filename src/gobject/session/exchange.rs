//! One request on a connection, from the client's side: the seam between a session's queue and a version of HTTP.
//!
//! | who | has |
//! |---|---|
//! | a queue item | its exchange, by [`ClientExchange`]; it is the exchange's [`ResponseSink`] |
//! | an exchange | the connection, or a stream on it; of its sink a weak reference |
//!
//! Law: the sink is called with nothing borrowed, and may cancel the exchange or take its connection in every call.

use std::io;
use std::rc::{Rc, Weak};

use crate::gobject::message::RequestBody;
use crate::gobject::session::connection::Connection;
use crate::proto::http1::head::{RequestHead, ResponseHead};
use crate::reactor::{Link, Room};

/// The client's side of one request, on a connection of either version.
pub(in crate::gobject) trait ClientExchange {
    /// Begins to send the request; the response goes to `to`, from later turns of the main loop. Fails where the head and the
    /// body do not fit: nothing has been sent then.
    fn start(
        self: Rc<Self>,
        head: &RequestHead,
        body: RequestBody,
        to: Weak<dyn ResponseSink>,
    ) -> Result<(), glib::Error>;

    /// Reads from the response's body after its head has come: 0 at its end, `WouldBlock` when nothing is there now. The
    /// network is read as far as `into` has room: a body that nobody reads stops the sender.
    fn read_body(&self, into: Room<'_>) -> io::Result<usize>;

    /// How many bytes of the response's body have been taken from the connection since the last call, framing included.
    fn take_received(&self) -> u64;

    /// Whether reading gives something, or fails, at once.
    fn is_readable(&self) -> bool;

    /// Waits in this thread until there may be something to read, without the main loop.
    fn wait_readable(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error>;

    /// What a source of GIO's has to poll to know when there may be something to read.
    fn readable_source(&self) -> Option<glib::Source>;

    /// Whether the whole response has been read. Where nothing but the end is left, it is read now.
    fn is_complete(&self) -> bool;

    /// While it is paused, the sink is not told that the body is readable, and no time is measured.
    fn set_paused(&self, paused: bool);

    /// Ends the exchange, and the connection where it cannot go on without. The sink is not told.
    fn cancel(&self);

    /// After a 101: the connection, and what came behind the head.
    fn take_upgrade(&self) -> Option<(Rc<Link>, Vec<u8>)>;

    /// After a 2xx to CONNECT: the connection, which leads to the server now. `None` where the proxy has sent more than its head,
    /// which nobody may take for the server's.
    fn take_tunnel(&self) -> Option<Connection>;

    /// After the end of both messages: the connection, if it can carry another exchange. It belongs to no context any more.
    fn take_connection(&self) -> Option<Connection>;
}

/// Who is told how an exchange goes on.
pub(in crate::gobject) trait ResponseSink {
    /// The request's head has been written.
    fn wrote_headers(self: Rc<Self>);
    /// So many bytes of the request's body have been written.
    fn wrote_body_data(self: Rc<Self>, count: usize);
    /// The whole request has been written. Where it has a body, that is told when the server has had a turn to answer, but before its
    /// response: who serves in the same main loop sees the order that libsoup has.
    fn wrote_body(self: Rc<Self>);
    /// An informational head has come.
    fn informational(self: Rc<Self>, head: ResponseHead);
    /// A 101 has come: the connection speaks another protocol.
    fn switched(self: Rc<Self>, head: ResponseHead);
    /// The response's head has come; the body is to be read.
    fn head(self: Rc<Self>, head: ResponseHead);
    /// There may be something to read of the body.
    fn body_readable(self: Rc<Self>);
    /// The exchange has failed before the response's head. `stale`: the connection had been used before and has ended
    /// without a byte of a response, so that the request may be sent on another one.
    fn failed(self: Rc<Self>, error: glib::Error, stale: bool);
    /// So many bytes of a request's head have been written, for metrics.
    fn head_sent(self: Rc<Self>, bytes: u64);
    /// So many bytes of a request's body have been written, framing included, for metrics.
    fn body_sent(self: Rc<Self>, bytes: u64);
    /// So many bytes of heads have been received before the body, for metrics.
    fn head_received(self: Rc<Self>, bytes: u64);
}
