//! What a queue item is doing: one enum, and the one function that changes it.

use std::rc::Rc;

use crate::gobject::session::exchange::ClientExchange;
use crate::gobject::session::pool::Ticket;
use crate::gobject::session::tls::TlsHandshake;

/// What a queue item is doing.
///
/// | from | with | to |
/// |---|---|---|
/// | queued | a place | connecting, or running on a kept connection |
/// | connecting | a stream | tunneling through a proxy, securing for TLS, or running |
/// | tunneling | a tunnel | connecting, then securing or running |
/// | tunneling | a proxy that ends the connection | restarting |
/// | securing | a handshake | connecting, then running |
/// | running | a head that somebody has to think about | held |
/// | running, held | a redirect, a challenge | discarding, restarting |
/// | discarding | the end of the body | restarting, or finished |
/// | restarting | its handlers are done | queued |
/// | queued, held, running | an answer from a cache | answered |
/// | any but finished | the end, an error, cancellation | finished |
pub(in crate::gobject) enum Stage {
    /// It waits for a connection.
    Queued(Option<Ticket>),
    /// GIO connects.
    Connecting,
    /// A CONNECT message of its own asks a proxy for a tunnel, and tells its end.
    Tunneling,
    /// GIO shakes hands.
    Securing(
        #[expect(dead_code, reason = "held: the handshake is cancelled when it is dropped")] TlsHandshake,
    ),
    /// The request is on its way, or the response.
    Running(Rc<dyn ClientExchange>),
    /// A feature has asked to wait after the response's head.
    Held(Rc<dyn ClientExchange>),
    /// The rest of a response is read and thrown away.
    Discarding(Rc<dyn ClientExchange>),
    /// The message's handlers are told that it is sent again.
    Restarting,
    /// Somebody else than a server gives the response's body.
    Answered,
    /// It is over.
    Finished,
}

impl Stage {
    /// The stage's name, for traces.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Stage::Queued(_) => "queued",
            Stage::Connecting => "connecting",
            Stage::Tunneling => "tunneling",
            Stage::Securing(_) => "securing",
            Stage::Running(_) => "running",
            Stage::Held(_) => "held",
            Stage::Discarding(_) => "discarding",
            Stage::Restarting => "restarting",
            Stage::Answered => "answered",
            Stage::Finished => "finished",
        }
    }

    /// Whether the table allows the step.
    pub(super) fn may_become(&self, next: &Stage) -> bool {
        use Stage::*;
        match (self, next) {
            (Finished, _) => false,
            (_, Finished) => true,
            (Queued(_), Queued(_) | Connecting | Running(_) | Answered) => true,
            (Connecting, Securing(_) | Tunneling | Running(_)) | (Securing(_), Connecting) => true,
            (Tunneling, Connecting | Restarting) => true,
            (Running(_), Held(_) | Discarding(_) | Restarting | Answered) => true,
            (Held(_), Running(_) | Discarding(_) | Restarting | Answered) => true,
            (Discarding(_), Restarting) | (Restarting, Queued(_)) => true,
            _ => false,
        }
    }

    /// The exchange, in the stages that have one.
    pub(super) fn exchange(&self) -> Option<&Rc<dyn ClientExchange>> {
        match self {
            Stage::Running(exchange) | Stage::Held(exchange) | Stage::Discarding(exchange) => Some(exchange),
            _ => None,
        }
    }
}
