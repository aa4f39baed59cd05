//! The one writer of a process: a thread that commits what waits in groups.
//!
//! Each job runs in a savepoint of a shared transaction, so that one that fails undoes only itself.
//! Nobody is told of a success before the commit, which is the moment at which the file is synchronised
//! (`synchronous = FULL`): a storm of writes costs one synchronisation a group, and what was answered
//! survives a loss of power.

use crate::error::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::{mpsc, oneshot};

/// The most jobs in one transaction: bounds how long other processes wait for their turn.
const GROUP: usize = 256;

/// The most jobs that wait; further ones are refused at once.
const QUEUE: usize = 4096;

/// The way to the writer's thread, which ends when all of them are gone.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the thread. `committed` is called after each commit.
    pub(crate) fn start(connection: Connection, committed: impl Fn() + Send + 'static) -> Result<Self, StoreError> {
        let (jobs, mut queue) = mpsc::channel::<Box<dyn Job>>(QUEUE);
        let run = move || {
            while let Some(first) = queue.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP
                    && let Ok(job) = queue.try_recv()
                {
                    group.push(job);
                }
                commit(&connection, group);
                committed();
            }
        };
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(run)
            .map_err(|error| StoreError::File("store-writer".into(), error))?;
        Ok(Self { jobs })
    }

    /// Runs a job in a transaction; answers when it is committed, or undone.
    pub(crate) async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(Box::new(Write { job, reply })).map_err(|_| StoreError::Busy("too many writes wait"))?;
        answer.await.map_err(|_| StoreError::Busy("the write was given up"))?
    }
}

fn commit(connection: &Connection, group: Vec<Box<dyn Job>>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        let failure = Failure::from(StoreError::from(error));
        group.into_iter().for_each(|job| job.refuse(&failure));
        return;
    }
    let mut done = Vec::with_capacity(group.len());
    let mut jobs = group.into_iter();
    for job in jobs.by_ref() {
        done.extend(run_in_savepoint(connection, job));
        // A full disk undoes the whole transaction, not only the savepoint.
        if connection.is_autocommit() {
            break;
        }
    }
    let committed = connection.execute_batch("COMMIT").map_err(|error| Failure::from(StoreError::from(error)));
    if committed.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    let lost = Failure { transient: true, reason: "an earlier write of the group failed".into() };
    jobs.for_each(|job| job.refuse(&lost));
    done.into_iter().for_each(|done| done.answer(committed.as_ref().map(|&()| ())));
}

fn run_in_savepoint(connection: &Connection, job: Box<dyn Job>) -> Option<Box<dyn Done>> {
    if let Err(error) = connection.execute_batch("SAVEPOINT job") {
        job.refuse(&Failure::from(StoreError::from(error)));
        return None;
    }
    // A job that panics loses its own answer, not the writer.
    let done = catch_unwind(AssertUnwindSafe(|| job.run(connection))).ok();
    let keep = done.as_ref().is_some_and(|done| done.succeeded());
    let end = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = connection.execute_batch(end) {
        // The commit then fails, or the transaction is gone already: nobody is told of a success.
        tracing::warn!(%error, "a savepoint of the database could not be ended");
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    done
}

/// Why nothing of a group was committed; the same for all jobs in it.
struct Failure {
    transient: bool,
    reason: String,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { transient: error.is_transient(), reason: error.to_string() }
    }
}

impl From<&Failure> for StoreError {
    fn from(failure: &Failure) -> Self {
        Self::NotCommitted { transient: failure.transient, reason: failure.reason.clone() }
    }
}

/// What waits to be run.
trait Job: Send {
    fn run(self: Box<Self>, connection: &Connection) -> Box<dyn Done>;
    fn refuse(self: Box<Self>, failure: &Failure);
}

/// What ran and waits for the commit.
trait Done {
    fn succeeded(&self) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), &Failure>);
}

struct Write<T, F> {
    job: F,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

struct Written<T> {
    result: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(self: Box<Self>, connection: &Connection) -> Box<dyn Done> {
        Box::new(Written { result: (self.job)(connection), reply: self.reply })
    }

    fn refuse(self: Box<Self>, failure: &Failure) {
        // Nobody waits any more when the sending fails.
        let _ = self.reply.send(Err(failure.into()));
    }
}

impl<T> Done for Written<T> {
    fn succeeded(&self) -> bool {
        self.result.is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), &Failure>) {
        let result = match (self.result, committed) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(failure)) => Err(failure.into()),
            (Err(error), _) => Err(error),
        };
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x INTEGER UNIQUE)").unwrap();
        Writer::start(connection, || {}).unwrap()
    }

    fn insert(x: i64) -> impl FnOnce(&Connection) -> Result<(), StoreError> + Send {
        move |connection| {
            connection.execute("INSERT INTO a VALUES (?)", [x])?;
            Ok(())
        }
    }

    async fn count(writer: &Writer) -> i64 {
        let count = |c: &Connection| Ok(c.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?);
        writer.write(count).await.unwrap()
    }

    /// Holds the writer until the jobs that are to be one group wait.
    fn hold(writer: &Writer) -> std::sync::mpsc::Sender<()> {
        let (open, gate) = std::sync::mpsc::channel();
        let (started, start) = std::sync::mpsc::channel();
        let writer = writer.clone();
        tokio::spawn(async move {
            let wait = move |_: &Connection| {
                started.send(()).unwrap();
                gate.recv().unwrap();
                Ok(())
            };
            writer.write(wait).await.unwrap();
        });
        tokio::task::block_in_place(|| start.recv().unwrap());
        open
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_job_that_fails_undoes_only_itself() {
        let writer = writer();
        let twice = |connection: &Connection| {
            insert(2)(connection)?;
            insert(1)(connection)
        };
        let gate = hold(&writer);
        let (first, second, third, ()) =
            tokio::join!(writer.write(insert(1)), writer.write(twice), writer.write(insert(3)), async {
                gate.send(()).unwrap();
            });
        assert!(first.is_ok() && third.is_ok());
        assert!(matches!(second, Err(StoreError::Sqlite(_))));
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_job_that_panics_does_not_stop_the_writer() {
        let writer = writer();
        let panics = |connection: &Connection| -> Result<(), StoreError> {
            insert(1)(connection)?;
            panic!("a job that panics, as the test wants")
        };
        assert!(matches!(writer.write(panics).await, Err(StoreError::Busy(_))));
        assert_eq!(count(&writer).await, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_acknowledged_that_was_not_committed() {
        let writer = writer();
        let undoes = |connection: &Connection| Ok(connection.execute_batch("ROLLBACK")?);
        let gate = hold(&writer);
        let (first, second, third, ()) =
            tokio::join!(writer.write(insert(1)), writer.write(undoes), writer.write(insert(3)), async {
                gate.send(()).unwrap();
            });
        for result in [first, second, third] {
            assert!(matches!(result, Err(StoreError::NotCommitted { .. })), "{result:?}");
        }
        assert_eq!(count(&writer).await, 0);
        writer.write(insert(1)).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn f3_a_full_disk_refuses_and_heals() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x); PRAGMA max_page_count = 20").unwrap();
        let writer = Writer::start(connection, || {}).unwrap();
        let fill = |connection: &Connection| {
            connection.execute("INSERT INTO a VALUES (zeroblob(4000))", [])?;
            Ok(())
        };
        let mut kept = 0;
        let refused = loop {
            match writer.write(fill).await {
                Ok(()) => kept += 1,
                Err(error) => break error,
            }
        };
        assert!(refused.is_transient(), "{refused}");
        assert_eq!(count(&writer).await, kept);
        let more = |connection: &Connection| {
            let _: i64 = connection.query_row("PRAGMA max_page_count = 1000", [], |row| row.get(0))?;
            Ok(())
        };
        writer.write(more).await.unwrap();
        writer.write(fill).await.unwrap();
        assert_eq!(count(&writer).await, kept + 1);
    }
}
