//! The SQLite databases of jars and enforcers, in libsoup's tables.
//!
//! Law: one transaction a call, in SQLite's rollback journal: the file alone is the whole state, whoever copies or shares it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// How long a call waits for another process's write. What could not be written then is written with the next change.
const BUSY: Duration = Duration::from_millis(100);

/// How long who opens or ends waits for it: there is no later time to read what is there, or to write what is left.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open database.
pub(super) struct Database {
    pub(super) connection: Connection,
    file: PathBuf,
}

impl Database {
    /// Opens a database, and makes it where there is none. `None` if there is none and it is read only.
    pub(super) fn open(file: &Path, read_only: bool) -> Result<Option<Database>, String> {
        let in_file = |error: &dyn std::fmt::Display| format!("cannot open {}: {error}", file.display());
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if read_only {
            if !file.exists() {
                return Ok(None);
            }
            flags |= OpenFlags::SQLITE_OPEN_READ_ONLY;
        } else {
            // SQLite gives its journal the file's mode.
            let made = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(file);
            made.map_err(|error| in_file(&error))?;
            flags |= OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        }
        let connection = Connection::open_with_flags(file, flags).map_err(|error| in_file(&error))?;
        connection
            .busy_timeout(PATIENCE)
            .map_err(|error| in_file(&error))?;
        Ok(Some(Database {
            connection,
            file: file.to_owned(),
        }))
    }

    /// All has been read: from now on the main loop waits.
    fn opened(&self) {
        // It is a number in memory.
        let _ = self.connection.busy_timeout(BUSY);
    }

    /// The last is about to be written.
    fn ending(&self) {
        // The same.
        let _ = self.connection.busy_timeout(PATIENCE);
    }

    /// Says which file an error belongs to.
    pub(super) fn named<T>(&self, doing: &str, result: rusqlite::Result<T>) -> Result<T, String> {
        result.map_err(|error| format!("cannot {doing} {}: {error}", self.file.display()))
    }

    /// Does something in one transaction: all of it or nothing.
    pub(super) fn write(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&transaction)?;
        transaction.commit()
    }
}

/// An open database, and the changes that another process's write has kept from it so far.
pub(super) struct Table<Change> {
    pub(super) database: Database,
    pending: Vec<Change>,
    /// What is kept holds no more than this, and so no more changes are worth keeping.
    most: usize,
    apply: fn(&Transaction<'_>, &Change) -> rusqlite::Result<()>,
}

impl<Change> Table<Change> {
    /// All has been read out of `database`; `apply` writes one change.
    pub(super) fn new(
        database: Database,
        most: usize,
        apply: fn(&Transaction<'_>, &Change) -> rusqlite::Result<()>,
    ) -> Table<Change> {
        database.opened();
        Table {
            database,
            pending: Vec::new(),
            most,
            apply,
        }
    }

    /// Writes the changes, and those that could not be written before.
    pub(super) fn write(&mut self, changes: impl Iterator<Item = Change>) -> Result<(), String> {
        self.pending.extend(changes);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let (pending, apply) = (&self.pending, self.apply);
        let written = self
            .database
            .write(|transaction| pending.iter().try_for_each(|change| apply(transaction, change)));
        match written {
            Ok(()) => self.pending.clear(),
            Err(error) => {
                let excess = self.pending.len().saturating_sub(self.most);
                self.pending.drain(..excess);
                if !is_busy(&error) {
                    return self.database.named("write", Err(error));
                }
            }
        }
        Ok(())
    }
}

impl<Change> Drop for Table<Change> {
    fn drop(&mut self) {
        self.database.ending();
        // Nobody is left to be told.
        let _ = self.flush();
    }
}

/// Whether another process was writing.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

/// A time as libsoup 3.2 writes it, which keeps 32 bits of it.
pub(super) fn time_of(column: i64) -> i64 {
    match column {
        negative @ -0x8000_0000..0 => negative + 0x1_0000_0000,
        time => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_after_2038() {
        for (column, time) in [
            (5, 5),
            (3_939_871_777, 3_939_871_777),
            (-355_095_519, 3_939_871_777),
            (0, 0),
        ] {
            assert_eq!(time_of(column), time);
        }
    }
}
