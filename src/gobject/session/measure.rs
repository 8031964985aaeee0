//! What a message's metrics are told of its response's body: what has come over the wire, and what that is when it is decoded.

use gio::prelude::*;

use crate::gobject::Message;
use crate::gobject::features::body_filter::{Below, BodyFilter, FilteredBody};
use crate::gobject::session::item::QueueItem;

impl QueueItem {
    /// The exchange has received more, or all.
    pub(super) fn note_received(&self) {
        if let Some(exchange) = self.exchange() {
            self.message.metrics_received(exchange.body_received());
        }
    }
}

/// A decoded body that is counted as it is read.
pub(super) fn counted(message: &Message, body: &gio::InputStream) -> gio::InputStream {
    let message = message.clone();
    FilteredBody::new(body, CountFilter { message }).upcast()
}

/// Counts what is read.
struct CountFilter {
    message: Message,
}

impl BodyFilter for CountFilter {
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error> {
        let count = below(into)?;
        self.message.metrics_decoded(count);
        Ok(count)
    }
}
