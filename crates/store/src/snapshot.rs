//! A copy of the database as of one moment, while nodes read and write it.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::connection::{make_file, open_reader};
use crate::error::StoreError;

/// Copies the database to a file of mode 0600: everything that was acknowledged before, and nothing by halves. Blocks, and
/// holds up no writer.
///
/// # Errors
/// When the database cannot be read, or the copy not written.
pub fn snapshot(database: &Path, to: &Path) -> Result<(), StoreError> {
    // One that a kill has left is in the way of nobody.
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::File(to.into(), error)),
        _ => {}
    }
    make_file(to)?;
    let source = open_reader(database)?;
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    {
        let backup = Backup::new(&source, &mut copy)?;
        // All pages in one step: under one read transaction, which the write-ahead log lets writers go past.
        while backup.step(-1)? != StepResult::Done {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
    // The copy says that it has a write-ahead log; it is to be one file.
    copy.execute_batch("PRAGMA journal_mode = DELETE")?;
    copy.close().map_err(|(_, error)| error)?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|error| StoreError::File(to.into(), error))
}

/// Whether a process has the database open. A file that is not there is not in use.
///
/// # Errors
/// When the file cannot be asked.
pub fn is_in_use(database: &Path) -> Result<bool, StoreError> {
    if !database.exists() {
        return Ok(false);
    }
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Whoever has a database with a write-ahead log open holds a shared lock on it.
    let asked = connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;");
    match asked {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(true),
        // A damaged file is what a restore is for.
        Err(_) | Ok(()) => Ok(false),
    }
}
