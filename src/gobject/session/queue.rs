//! A session's queue: which of its items may connect, and which wait (RFC 6455, section 4.1 wants handshakes with one host
//! to come one after another; libsoup's limits decide how many).

use std::rc::Rc;

use crate::gobject::glue::source::AttachedSource;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::connect::QueueItem;
use crate::gobject::session::handshake::Http1Exchange;
use crate::gobject::session::tls::TlsHandshake;
use crate::gobject::{Message, Session};

/// How far an item is. From `Connecting` on it takes one of the places for connections.
///
/// | from | with | to |
/// |---|---|---|
/// | queued | no room | waiting |
/// | queued, waiting | a place | connecting |
/// | connecting | a stream | talking, or securing for TLS |
/// | securing | a handshake | talking |
/// | talking | a redirect | redirected |
/// | redirected | its handlers are done | queued |
pub(in crate::gobject) enum Stage {
    /// Its turn has not come.
    Queued,
    /// There was no room when it came.
    Waiting,
    /// GIO is connecting.
    Connecting,
    /// GIO shakes hands.
    Securing(
        #[expect(dead_code, reason = "held: the handshake is cancelled when it is dropped")] TlsHandshake,
    ),
    /// A request is on its way, or the answer.
    Talking(Rc<Http1Exchange>),
    /// The answer was a redirect, which the message's handlers are told about.
    Redirected,
}

impl Session {
    /// Starts the items of this context for which there is room, the most urgent first, and among equals the oldest.
    pub(in crate::gobject) fn start_items(&self, context: &glib::MainContext) {
        while let Some(item) = self.next_item(context) {
            item.enter(Stage::Connecting);
            // This may call handlers; the queue is looked at afresh afterwards.
            item.start();
        }
    }

    fn next_item(&self, context: &glib::MainContext) -> Option<Rc<QueueItem>> {
        let items = self.parts().items.borrow();
        let active: Vec<_> = items.iter().filter(|item| item.is_active()).collect();
        if active.len() >= self.max_conns() as usize {
            return None;
        }
        let per_host = self.max_conns_per_host() as usize;
        let has_room = |host: &(String, u16)| {
            active
                .iter()
                .filter(|other| *other.host.borrow() == *host)
                .count()
                < per_host
        };
        let mut next: Option<&Rc<QueueItem>> = None;
        for item in items
            .iter()
            .filter(|item| item.is_to_start() && item.context == *context)
        {
            let urgent = next.is_none_or(|next| item.message.priority() > next.message.priority());
            if urgent && has_room(&item.host.borrow()) {
                next = Some(item);
            }
        }
        next.cloned()
    }

    /// An item has left the queue: what waits gets its turn of the main loop, in each context that something waits in.
    pub(in crate::gobject) fn wake_queue(&self) {
        let mut first: Vec<Rc<QueueItem>> = Vec::new();
        for item in self.parts().items.borrow().iter() {
            if item.is_waiting() && !first.iter().any(|other| other.context == item.context) {
                first.push(item.clone());
            }
        }
        for item in first {
            let idle = AttachedSource::idle(
                &item.context,
                glib::Priority::DEFAULT,
                item.clone(),
                QueueItem::begin,
            );
            item.wait_for(Some(idle));
        }
    }
}

/// What counts as one host: its name and port. All messages without a URI count as one.
pub(in crate::gobject) fn host_of(message: &Message) -> (String, u16) {
    let Some(uri) = message.uri() else {
        return (String::new(), 0);
    };
    let port = u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&uri.scheme()));
    (uri.host().unwrap_or_default().to_ascii_lowercase(), port)
}
