//! Both directions of one connection, and their memory.

use std::time::{Duration, Instant};

use super::{Deflater, Inflater, Params, Trouble};
use crate::proto::ws::{Role, Violation};

/// The compression of one connection.
#[derive(Debug)]
pub(in crate::proto::ws) struct Codec {
    deflater: Deflater,
    inflater: Inflater,
    /// When to see whether it has been idle.
    deadline: Option<Instant>,
    /// Whether it has been used since the deadline was set.
    used: bool,
    takeover: bool,
}

impl Codec {
    pub(in crate::proto::ws) fn new(params: Params, role: Role) -> Codec {
        let (ours, theirs) = match role {
            Role::Client => (params.client(), params.server()),
            Role::Server => (params.server(), params.client()),
        };
        Codec {
            deflater: Deflater::new(ours.0, ours.1),
            inflater: Inflater::new(theirs.0, theirs.1),
            deadline: None,
            used: false,
            takeover: ours.1,
        }
    }

    /// Notes that it is used now.
    pub(in crate::proto::ws) fn touch(&mut self, now: Instant) {
        self.used = true;
        self.deadline.get_or_insert(now + IDLE);
    }

    pub(in crate::proto::ws) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Gives memory back once nothing was compressed or inflated for a while.
    pub(in crate::proto::ws) fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        if std::mem::take(&mut self.used) {
            self.deadline = Some(now + IDLE);
        } else {
            self.deflater.release();
            self.inflater.release();
            self.deadline = None;
        }
    }

    /// A message compressed, or `None` if it is better sent as it is.
    pub(in crate::proto::ws) fn deflate(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        if message.len() < SHORT {
            return None;
        }
        let mut out = Vec::new();
        self.deflater.message(message, &mut out);
        if out.len() < message.len() {
            return Some(out);
        }
        if self.takeover {
            self.deflater.reset(); // the peer does not get what the window now holds
        }
        None
    }

    pub(in crate::proto::ws) fn inflate(
        &mut self,
        piece: &[u8],
        out: &mut Vec<u8>,
        limit: u64,
    ) -> Result<(), Violation> {
        self.inflater.feed(piece, out, limit).map_err(violation)
    }

    pub(in crate::proto::ws) fn finish_inflating(
        &mut self,
        out: &mut Vec<u8>,
        limit: u64,
    ) -> Result<(), Violation> {
        self.inflater.finish(out, limit).map_err(violation)
    }
}

fn violation(trouble: Trouble) -> Violation {
    match trouble {
        Trouble::Corrupt => Violation::BadDeflate,
        Trouble::TooLong => Violation::MessageTooBig,
    }
}

/// After so long without compressed messages the state is given back: some 300 KiB a connection.
const IDLE: Duration = Duration::from_secs(3);

/// Messages shorter than this are not worth compressing.
const SHORT: usize = 16;
