//! A body on its way to the program, of which a copy is kept until it is complete.

use std::sync::Arc;

use super::exchange::Core;
use super::state::lock;
use crate::gobject::features::body_filter::{Below, BodyFilter};
use crate::proto::cache::Head;
use crate::proto::limits;

/// Copies a body. What is not read to its end, or is too long, is not stored.
pub(super) struct StoreFilter {
    core: Arc<Core>,
    /// What the body belongs to, until it is stored or given up.
    head: Option<Head>,
    copy: Vec<u8>,
    /// How long the server says that it is.
    length: Option<usize>,
    most: usize,
}

impl StoreFilter {
    pub(super) fn new(core: Arc<Core>, head: Head, length: Option<usize>, most: usize) -> StoreFilter {
        StoreFilter {
            core,
            head: Some(head),
            copy: Vec::new(),
            length,
            most,
        }
    }

    fn take(&mut self, piece: &[u8]) {
        if self.head.is_none() {
            return;
        }
        let length = self.copy.len().saturating_add(piece.len());
        let mut state = lock(&self.core.state);
        let incoming = state.incoming.saturating_add(piece.len());
        if length > self.most || incoming > limits::CACHE_INCOMING {
            drop(state);
            self.head = None;
            self.let_go();
            return;
        }
        state.incoming = incoming;
        drop(state);
        self.copy.extend_from_slice(piece);
        // Who knows the length does not always read the end.
        if self.length == Some(length) {
            self.store();
        }
    }

    fn store(&mut self) {
        let copy = self.let_go();
        if let Some(head) = self.head.take() {
            self.core.store(head, copy);
        }
    }

    /// The copy, which is not counted any more.
    fn let_go(&mut self) -> Vec<u8> {
        let mut state = lock(&self.core.state);
        state.incoming = state.incoming.saturating_sub(self.copy.len());
        std::mem::take(&mut self.copy)
    }
}

impl BodyFilter for StoreFilter {
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error> {
        let count = below(into)?;
        match count {
            0 if self.length.is_none_or(|length| length == self.copy.len()) => self.store(),
            0 => {}
            count => self.take(into.get(..count).unwrap_or_default()),
        }
        Ok(count)
    }
}

impl Drop for StoreFilter {
    fn drop(&mut self) {
        self.let_go();
    }
}
