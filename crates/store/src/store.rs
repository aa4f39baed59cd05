//! The store: opening the file, and the ways to its writer and readers.

use crate::connection::{open_reader, open_writer};
use crate::error::StoreError;
use crate::key_encryption::KeyEncryption;
use crate::reader::{ReadConnection, Reader};
use crate::writer::Writer;
use crate::{location, migration, object};
use directory::{DeviceLocation, Directory, NodeName};
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// Threads that read: one can be at a long query while the other answers.
const READERS: usize = 2;

/// How often a change by another process is looked for. What this process writes is known at once.
const POLL: Duration = Duration::from_millis(100);

/// The cluster database. Clones share it; it closes when the last one is dropped.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Writer,
    reader: Reader,
    directory: Mutex<Arc<Directory>>,
    committed: Arc<Notify>,
    key_encryption: KeyEncryption,
}

impl Store {
    /// Opens the file, makes it when there is none, and brings it to the schema of this program.
    /// Blocks: call it before the node serves.
    ///
    /// # Errors
    /// The file cannot be opened, is damaged, or was made by a newer program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_file(path).map_err(StoreError::with_remedy)
    }

    fn open_file(path: &Path) -> Result<Self, StoreError> {
        let mut connection = open_writer(path)?;
        check_pages(&connection)?;
        migration::migrate(&mut connection)?;
        prepare(&mut connection)?;
        let readers = (0..READERS).map(|_| open_reader(path)).collect::<Result<_, _>>()?;
        let committed = Arc::new(Notify::new());
        let notify = Arc::clone(&committed);
        let inner = Inner {
            path: path.into(),
            writer: Writer::start(connection, move || notify.notify_waiters())?,
            reader: Reader::start(readers)?,
            directory: Mutex::default(),
            committed,
            key_encryption: KeyEncryption::open(path)?,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Waits until an administrative write has a greater number than `after`, and answers with the
    /// number of the last one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn wait_change(&self, after: u64) -> Result<u64, StoreError> {
        loop {
            let committed = self.inner.committed.notified();
            let sequence = self.read(ReadConnection::sequence).await?;
            if sequence > after {
                return Ok(sequence);
            }
            // Either way the number is read again.
            let _ = tokio::time::timeout(POLL, committed).await;
        }
    }

    /// What is wrong with the file: damaged pages and indexes, rows that point nowhere. Reads everything.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let read = |reader: &ReadConnection| {
            let connection = &reader.connection;
            let mut pages = connection.prepare("PRAGMA integrity_check(20)")?;
            let answers: Vec<String> = pages.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut damage: Vec<String> = answers.into_iter().filter(|answer| answer != "ok").collect();
            let mut references = connection.prepare("PRAGMA foreign_key_check")?;
            let mut rows = references.query([])?;
            while let Some(row) = rows.next()? {
                let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                damage.push(format!("a row of {table} points to no row of {parent}"));
            }
            Ok(damage)
        };
        self.read(read).await
    }

    pub(crate) async fn load_directory(&self) -> Result<Arc<Directory>, StoreError> {
        let from = self.cached_directory();
        let read = move |reader: &ReadConnection| {
            if reader.sequence()? == from.sequence() {
                return Ok(from);
            }
            // One read transaction: all tables as of one moment.
            let transaction = reader.connection.unchecked_transaction()?;
            let directory = object::refresh(&transaction, &from)?;
            Ok(Arc::new(directory))
        };
        let directory = self.read(read).await?;
        let mut cached = self.inner.directory.lock().unwrap_or_else(PoisonError::into_inner);
        if directory.sequence() > cached.sequence() {
            *cached = Arc::clone(&directory);
        }
        Ok(directory)
    }

    /// A directory from which [`object::refresh`] has little to do.
    pub(crate) fn cached_directory(&self) -> Arc<Directory> {
        Arc::clone(&self.inner.directory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn key_encryption(&self) -> &KeyEncryption {
        &self.inner.key_encryption
    }

    /// The devices that other nodes have claimed at or after an instant: what this node has of them is out of date.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn claimed_elsewhere(&self, node: &NodeName, since: u64) -> Result<Vec<DeviceLocation>, StoreError> {
        let node = node.clone();
        self.read(move |reader| location::claimed_elsewhere(&reader.connection, &node, (since, unix_now()))).await
    }

    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadConnection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.reader.read(job).await
    }

    pub(crate) async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.writer.write(job).await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

/// Refuses a damaged file at the start instead of serving wrong answers from it.
fn check_pages(connection: &Connection) -> Result<(), StoreError> {
    let answer: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        return Ok(());
    }
    Err(StoreError::damaged(&answer))
}

fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let insert = "INSERT INTO cluster (id, pkid, sequence) VALUES (1, ?, 1) ON CONFLICT DO NOTHING";
    transaction.execute(insert, [object::new_pkid()?])?;
    object::write_defaults(&transaction)?;
    transaction.commit()?;
    Ok(())
}

/// Seconds since 1970 by the system's clock.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
