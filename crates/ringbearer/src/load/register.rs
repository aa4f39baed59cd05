//! The modes that register: storm, steady, refresh.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::measure::Measured;
use super::target::Target;

/// How many connections are opened at once while a held load builds up.
const OPENING: usize = 64;

/// What each exchange on a held connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    /// Challenged, then with the token.
    Challenged,
    /// With the token at once.
    WithToken,
}

/// Every phone connects, registers and disconnects, again and again, until the time is over.
pub(super) async fn storm(target: Target, phones: u32, length: Duration) -> anyhow::Result<Measured> {
    let measured = Rc::new(RefCell::new(Measured::new("registration", target.server)?));
    let began = Instant::now();
    let tasks: Vec<_> = (0..phones)
        .map(|number| {
            let (target, measured) = (target.clone(), Rc::clone(&measured));
            tokio::task::spawn_local(async move {
                while began.elapsed() < length {
                    let start = Instant::now();
                    let outcome = come_up(&target, number).await;
                    record(&measured, start, outcome);
                }
            })
        })
        .collect();
    end(measured, began, tasks).await
}

async fn come_up(target: &Target, number: u32) -> anyhow::Result<()> {
    let mut connection = Connection::open(target, number).await?;
    connection.be_challenged().await?;
    connection.register().await?;
    connection.close().await;
    Ok(())
}

/// Every phone holds its connection and registers on it again and again.
pub(super) async fn held(target: Target, phones: u32, length: Duration, each: Each) -> anyhow::Result<Measured> {
    let connections = open_all(&target, 0..phones).await?;
    let measured = Rc::new(RefCell::new(Measured::new("refresh", target.server)?));
    let began = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let measured = Rc::clone(&measured);
            tokio::task::spawn_local(async move {
                while began.elapsed() < length {
                    let start = Instant::now();
                    let outcome = refresh(&mut connection, each).await;
                    let failed = outcome.is_err();
                    record(&measured, start, outcome);
                    if failed {
                        break;
                    }
                }
            })
        })
        .collect();
    end(measured, began, tasks).await
}

/// Every phone holds its connection and refreshes at its own time, evenly spread.
pub(super) async fn kept(target: Target, phones: u32, length: Duration, every: Duration) -> anyhow::Result<Measured> {
    let connections = open_all(&target, 0..phones).await?;
    let measured = Rc::new(RefCell::new(Measured::new("refresh", target.server)?));
    let began = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .zip(0..)
        .map(|(mut connection, turn)| {
            let measured = Rc::clone(&measured);
            tokio::task::spawn_local(async move {
                let mut due = began + every * turn / phones;
                while due < began + length {
                    tokio::time::sleep_until(due.into()).await;
                    let start = Instant::now();
                    let outcome = refresh(&mut connection, Each::WithToken).await;
                    let failed = outcome.is_err();
                    record(&measured, start, outcome);
                    if failed {
                        break;
                    }
                    due += every;
                }
                tokio::time::sleep_until((began + length).into()).await;
            })
        })
        .collect();
    end(measured, began, tasks).await
}

async fn refresh(connection: &mut Connection, each: Each) -> anyhow::Result<()> {
    if each == Each::Challenged {
        connection.be_challenged().await?;
    }
    connection.register().await
}

/// Opens and registers the phones of these numbers, a bounded number of them at a time.
pub(super) async fn open_all(target: &Target, mut numbers: Range<u32>) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::with_capacity(numbers.len());
    let mut opening = tokio::task::JoinSet::new();
    loop {
        while opening.len() < OPENING
            && let Some(number) = numbers.next()
        {
            let target = target.clone();
            opening.spawn_local(async move {
                let mut connection = Connection::open(&target, number).await?;
                connection.register().await?;
                anyhow::Ok(connection)
            });
        }
        match opening.join_next().await {
            Some(connection) => connections.push(connection??),
            None => return Ok(connections),
        }
    }
}

pub(super) fn record(measured: &RefCell<Measured>, start: Instant, outcome: anyhow::Result<()>) {
    match outcome {
        Ok(()) => measured.borrow_mut().succeeded(start.elapsed()),
        Err(error) => measured.borrow_mut().failed(&error),
    }
}

pub(super) async fn end(
    measured: Rc<RefCell<Measured>>,
    began: Instant,
    tasks: Vec<tokio::task::JoinHandle<()>>,
) -> anyhow::Result<Measured> {
    for task in tasks {
        task.await?;
    }
    measured.borrow_mut().lasted(began.elapsed())?;
    let measured = Rc::into_inner(measured).ok_or_else(|| anyhow::anyhow!("a phone still runs"))?;
    Ok(measured.into_inner())
}
