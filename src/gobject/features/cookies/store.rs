//! Where a jar keeps its cookies beside memory.

use crate::proto::cookies::Jar;
use crate::proto::cookies::jar::Change;

/// A file behind a jar. It is called under the jar's lock, in the order of the changes.
pub(super) trait Store: Send {
    /// Writes what has changed; `jar` is as it is now. The error says what happened, for the log: the jar goes on in memory.
    fn write(&mut self, jar: &Jar, changes: &[Change]) -> Result<(), String>;

    /// Sets how large the file may become, in bytes, 0 for any size.
    fn set_max_size(&mut self, _bytes: u64) -> Result<(), String> {
        Ok(())
    }
}

/// Whether a change concerns what outlives the program.
pub(super) fn is_lasting(change: &Change) -> bool {
    match change {
        Change::Added(cookie) | Change::Removed(cookie) => cookie.expires.is_some(),
        Change::Replaced { old, new } => old.expires.is_some() || new.expires.is_some(),
    }
}
