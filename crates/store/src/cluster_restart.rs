//! Restarts of the whole cluster, node by node: one at a time, and how far the last one is.

use crate::error::StoreError;
use crate::location;
use directory::{Author, ClusterRestart, NodeName, NodeRestart, NodeRestartState};
use rusqlite::{Connection, OptionalExtension, params};

/// Begins one, unless another is under way whose leader is alive at this time.
pub(crate) fn begin(
    connection: &Connection,
    author: &Author,
    leader: &NodeName,
    nodes: &[NodeName],
    now: u64,
) -> Result<Option<u64>, StoreError> {
    if let Some(last) = last(connection)?.filter(|last| last.ended.is_none()) {
        if location::lease(connection, &last.leader)?.is_some_and(|until| until > now) {
            return Ok(None);
        }
        abandon(connection, last.id, now)?;
    }
    let insert = "INSERT INTO clusterrestart (author, leader, begun) VALUES (?, ?, ?) RETURNING id";
    let id = connection.query_row(insert, params![author.name, leader.as_str(), now], |row| row.get(0))?;
    for (position, node) in nodes.iter().enumerate() {
        let insert = "INSERT INTO clusterrestartnode (clusterrestart, position, node, state, since)
             VALUES (?, ?, ?, 'waiting', ?)";
        connection.execute(insert, params![id, position, node.as_str(), now])?;
    }
    Ok(Some(id))
}

/// Notes how far a node is.
pub(crate) fn note(
    connection: &Connection,
    id: u64,
    node: &NodeName,
    state: &NodeRestartState,
    now: u64,
) -> Result<(), StoreError> {
    let (text, reason) = match state {
        NodeRestartState::Waiting => ("waiting", ""),
        NodeRestartState::Restarting => ("restarting", ""),
        NodeRestartState::Started => ("started", ""),
        NodeRestartState::Failed(reason) => ("failed", reason.as_str()),
        NodeRestartState::Skipped(reason) => ("skipped", reason.as_str()),
    };
    let update = "UPDATE clusterrestartnode SET state = ?3, reason = ?4, since = ?5
         WHERE clusterrestart = ?1 AND node = ?2";
    connection.execute(update, params![id, node.as_str(), text, reason, now])?;
    Ok(())
}

/// Ends one: whoever waits is left out.
pub(crate) fn end(connection: &Connection, id: u64, reason: &str, now: u64) -> Result<(), StoreError> {
    let skip = "UPDATE clusterrestartnode SET state = 'skipped', reason = ?2, since = ?3
         WHERE clusterrestart = ?1 AND state = 'waiting'";
    connection.execute(skip, params![id, reason, now])?;
    connection.execute("UPDATE clusterrestart SET ended = ?2 WHERE id = ?1 AND ended IS NULL", params![id, now])?;
    Ok(())
}

/// Ends what a node led that begins anew.
pub(crate) fn end_led_by(connection: &Connection, leader: &NodeName, now: u64) -> Result<(), StoreError> {
    match last(connection)?.filter(|last| last.ended.is_none() && last.leader == *leader) {
        Some(last) => abandon(connection, last.id, now),
        None => Ok(()),
    }
}

fn abandon(connection: &Connection, id: u64, now: u64) -> Result<(), StoreError> {
    const REASON: &str = "the node that led the restart ended";
    let fail = "UPDATE clusterrestartnode SET state = 'failed', reason = ?2, since = ?3
         WHERE clusterrestart = ?1 AND state = 'restarting'";
    connection.execute(fail, params![id, REASON, now])?;
    end(connection, id, REASON, now)
}

/// The last one.
pub(crate) fn last(connection: &Connection) -> Result<Option<ClusterRestart>, StoreError> {
    let query = "SELECT id, author, leader, begun, ended FROM clusterrestart ORDER BY id DESC LIMIT 1";
    let found = connection.prepare_cached(query)?.query_row([], |row| {
        let leader: String = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, leader, row.get(3)?, row.get(4)?))
    });
    let Some((id, author, leader, begun, ended)) = found.optional()? else { return Ok(None) };
    Ok(Some(ClusterRestart { id, author, leader: name(&leader)?, begun, ended, nodes: nodes(connection, id)? }))
}

fn nodes(connection: &Connection, id: u64) -> Result<Vec<NodeRestart>, StoreError> {
    let query = "SELECT node, state, reason, since FROM clusterrestartnode WHERE clusterrestart = ? ORDER BY position";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([id])?;
    let mut nodes = Vec::new();
    while let Some(row) = rows.next()? {
        let (node, state, reason): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let state = match state.as_str() {
            "restarting" => NodeRestartState::Restarting,
            "started" => NodeRestartState::Started,
            "failed" => NodeRestartState::Failed(reason),
            "skipped" => NodeRestartState::Skipped(reason),
            _ => NodeRestartState::Waiting,
        };
        nodes.push(NodeRestart { node: name(&node)?, state, since: row.get(3)? });
    }
    Ok(nodes)
}

fn name(text: &str) -> Result<NodeName, StoreError> {
    NodeName::new(text).map_err(|violation| StoreError::Content(violation.to_string()))
}
