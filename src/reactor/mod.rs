//! mio inside the caller's GMainContext: the GSource, tokens, timers, transports, entropy.
//!
//! The law of this layer: no callback runs while anything of the reactor is borrowed. A turn harvests readiness into a
//! queue, lets go of every borrow, then serves the queue; a nested main loop starts a turn of its own, which goes on
//! with the rest of the same queue.

mod bit;
mod cipher_socket;
mod context;
pub mod descriptors;
mod entropy;
mod handshake;
mod home;
mod link;
mod pollable;
mod pollable_input;
mod room;
mod scratch;
#[cfg_attr(not(feature = "rustls"), path = "server_tls/absent.rs")]
mod server_tls;
mod socket;
mod source;
mod timers;
mod tls;
mod tls_streams;
mod transport;
mod turn;

use std::rc::Rc;
use std::time::Instant;

pub use cipher_socket::CipherSocket;
pub use context::Reactor;
pub use entropy::Random;
pub use handshake::{ClientCertificates, Handshake, HandshakeCallbacks, Question, ask, shake_hands};
pub use home::{AtHome, Deposit, Home};
pub use link::Link;
pub use pollable::PollableTransport;
pub use pollable_input::{PollableInput, at_once, implement as implement_pollable_input};
pub use room::Room;
pub use scratch::Scratch;
pub use server_tls::{ServerTlsTransport, TlsAcceptor};
pub use socket::SocketTransport;
pub use tls::TlsTransport;
pub use transport::Transport;

/// What stands behind a [`Link`]: a connection or a listener.
///
/// Every method is called with nothing borrowed, and none of them again while `ready`, `timeout` or `closed` of the same
/// handler is on the stack: what comes in meanwhile (in a nested main loop) waits until it has returned. `flush` is the
/// exception, so that what a callback sends leaves while it waits in a nested loop.
pub trait Handler {
    /// There is something to read, or somebody called [`Link::wake`]. Read until `WouldBlock` or until a share of work
    /// is done; return [`Progress::MoreWork`] in the second case.
    fn ready(self: Rc<Self>) -> Progress;

    /// Write what is queued: [`Link::request_flush`] asked for it and the transport takes bytes.
    fn flush(self: Rc<Self>);

    /// The deadline set with [`Link::set_deadline`] has passed; it is no longer set.
    fn timeout(self: Rc<Self>, now: Instant);

    /// The server with that address stops: a connection that belongs to it is to be closed in the way of its protocol, or at once.
    fn server_stops(self: Rc<Self>, _server: usize, _at_once: bool) {}

    /// [`Link::close`] has done its work: the stream is closed. Called once, in a later turn than `close`.
    fn closed(self: Rc<Self>) {}
}

/// What a handler says about its readiness when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All was read that there was, or reading is paused until [`Link::wake`].
    Drained,
    /// The connection's share of this turn is spent: it goes to the back of the queue.
    MoreWork,
}

/// How much one connection may read before the next one gets its turn.
pub const CONNECTION_SHARE: usize = 256 * 1024;
