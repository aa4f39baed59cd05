//! Restarts of the CallManager service that one node asks of another.

use crate::change::{self, Kind};
use crate::error::StoreError;
use directory::{NodeName, RestartState};
use rusqlite::{Connection, OptionalExtension, params};

/// Asks, and moves the change feed so that the node looks.
pub(crate) fn request(connection: &Connection, node: &NodeName) -> Result<u64, StoreError> {
    let insert = "INSERT INTO restartrequest (node, state) VALUES (?, 'waiting') RETURNING id";
    let id = connection.query_row(insert, [node.as_str()], |row| row.get(0))?;
    let sequence = change::next_sequence(connection)?;
    change::touch(connection, Kind::Restart, node.as_str(), sequence, false)?;
    Ok(id)
}

/// Whether there is a request that a node has not taken up.
pub(crate) fn is_waiting(connection: &Connection, node: &NodeName) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM restartrequest WHERE node = ? AND state = 'waiting' AND NOT taken)";
    Ok(connection.prepare_cached(query)?.query_row([node.as_str()], |row| row.get(0))?)
}

/// Takes up the oldest request of a node.
pub(crate) fn take(connection: &Connection, node: &NodeName) -> Result<Option<u64>, StoreError> {
    let take = "UPDATE restartrequest SET taken = 1 WHERE id =
         (SELECT id FROM restartrequest WHERE node = ? AND state = 'waiting' AND NOT taken ORDER BY id LIMIT 1)
         RETURNING id";
    Ok(connection.prepare_cached(take)?.query_row([node.as_str()], |row| row.get(0)).optional()?)
}

/// Answers a request.
pub(crate) fn finish(connection: &Connection, id: u64, state: &RestartState) -> Result<(), StoreError> {
    let (text, reason) = match state {
        RestartState::Waiting => ("waiting", ""),
        RestartState::Done => ("done", ""),
        RestartState::Failed(reason) => ("failed", reason.as_str()),
    };
    connection.execute("UPDATE restartrequest SET state = ?2, reason = ?3 WHERE id = ?1", params![id, text, reason])?;
    Ok(())
}

/// Answers all requests of a node that has just started.
pub(crate) fn finish_all(connection: &Connection, node: &NodeName) -> Result<(), StoreError> {
    let finish = "UPDATE restartrequest SET state = 'done' WHERE node = ? AND state = 'waiting'";
    connection.execute(finish, [node.as_str()])?;
    Ok(())
}

/// How far a request is.
pub(crate) fn state(connection: &Connection, id: u64) -> Result<RestartState, StoreError> {
    let query = "SELECT state, reason FROM restartrequest WHERE id = ?";
    let (state, reason): (String, String) = connection.query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match state.as_str() {
        "done" => RestartState::Done,
        "failed" => RestartState::Failed(reason),
        _ => RestartState::Waiting,
    })
}
