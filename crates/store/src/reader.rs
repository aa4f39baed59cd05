//! Threads that read, each with a connection of its own, so that no query runs on the reactor.

use crate::error::StoreError;
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

/// The most queries that wait for one thread; further ones are refused at once.
const QUEUE: usize = 1024;

type Job = Box<dyn FnOnce(&ReadConnection) + Send>;

/// The way to the threads, which end when all of them are gone.
#[derive(Clone)]
pub(crate) struct Reader {
    threads: Arc<[mpsc::Sender<Job>]>,
    next: Arc<AtomicUsize>,
}

/// A connection that reads, with what it remembers of the change feed.
pub(crate) struct ReadConnection {
    pub(crate) connection: Connection,
    seen: Cell<Option<(i64, u64)>>,
}

impl ReadConnection {
    /// The number of the last administrative write. `PRAGMA data_version` says without a read
    /// transaction whether any other connection wrote since the last time.
    pub(crate) fn sequence(&self) -> Result<u64, StoreError> {
        let version: i64 = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if let Some((seen, sequence)) = self.seen.get()
            && seen == version
        {
            return Ok(sequence);
        }
        let sequence = crate::change::sequence(&self.connection)?;
        self.seen.set(Some((version, sequence)));
        Ok(sequence)
    }
}

impl Reader {
    /// Starts one thread a connection.
    pub(crate) fn start(connections: Vec<Connection>) -> Result<Self, StoreError> {
        let threads = connections.into_iter().map(start_thread).collect::<Result<_, _>>()?;
        Ok(Self { threads, next: Arc::default() })
    }

    /// Runs a query.
    pub(crate) async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more when the sending fails.
            let _ = reply.send(job(connection));
        });
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len().max(1);
        let thread = self.threads.get(turn).ok_or(StoreError::Busy("no reader"))?;
        thread.try_send(job).map_err(|_| StoreError::Busy("too many reads wait"))?;
        answer.await.map_err(|_| StoreError::Busy("the read was given up"))?
    }
}

fn start_thread(connection: Connection) -> Result<mpsc::Sender<Job>, StoreError> {
    let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
    let run = move || {
        let connection = ReadConnection { connection, seen: Cell::new(None) };
        while let Some(job) = queue.blocking_recv() {
            // A query that panics loses its own answer, not the thread.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&connection)));
        }
    };
    std::thread::Builder::new()
        .name("store-reader".into())
        .spawn(run)
        .map_err(|error| StoreError::File("store-reader".into(), error))?;
    Ok(jobs)
}
