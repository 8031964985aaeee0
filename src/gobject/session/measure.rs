//! What a message's metrics are told of its response's body: what has come over the wire, and what that is when it is decoded.

use gio::prelude::*;

use crate::gobject::Message;
use crate::gobject::features::body_filter::{Below, BodyFilter, FilteredBody};
use crate::gobject::session::item::QueueItem;

impl QueueItem {
    /// Tells how much of the body has come since the last time, framing included.
    pub(super) fn note_received(&self) {
        let Some(exchange) = self.exchange() else { return };
        let size = exchange.take_received();
        if size > 0 {
            self.message.metrics_received(size);
            self.message
                .emit_got_body_data(usize::try_from(size).unwrap_or(usize::MAX));
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
