//! The services of nodes: how each is, and the acts that one node asks of another.

use crate::change::{self, Kind};
use crate::error::StoreError;
use directory::{
    Author, NodeName, RequestState, Service, ServiceAct, ServiceName, ServiceRequest, ServiceState, StopReason,
};
use rusqlite::{Connection, OptionalExtension, params};

/// Asks, and moves the change feed so that the node looks.
pub(crate) fn request(
    connection: &Connection,
    author: &Author,
    node: &NodeName,
    (service, act): (ServiceName, ServiceAct),
) -> Result<u64, StoreError> {
    let insert = "INSERT INTO servicerequest (node, state, service, act, author)
         VALUES (?, 'waiting', ?, ?, ?) RETURNING id";
    let values = params![node.as_str(), service.as_str(), act.as_str(), author.name];
    let id = connection.query_row(insert, values, |row| row.get(0))?;
    touch(connection, node)?;
    Ok(id)
}

/// Moves the change feed: what is here concerns a node's pages or the node itself.
pub(crate) fn touch(connection: &Connection, node: &NodeName) -> Result<(), StoreError> {
    let sequence = change::next_sequence(connection)?;
    change::touch(connection, Kind::Service, node.as_str(), sequence, false)
}

/// Whether there is a request that a node has not taken up.
pub(crate) fn is_waiting(connection: &Connection, node: &NodeName) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM servicerequest WHERE node = ? AND state = 'waiting' AND NOT taken)";
    Ok(connection.prepare_cached(query)?.query_row([node.as_str()], |row| row.get(0))?)
}

/// Takes up the oldest request of a node.
pub(crate) fn take(connection: &Connection, node: &NodeName) -> Result<Option<ServiceRequest>, StoreError> {
    let take = "UPDATE servicerequest SET taken = 1 WHERE id =
         (SELECT id FROM servicerequest WHERE node = ? AND state = 'waiting' AND NOT taken ORDER BY id LIMIT 1)
         RETURNING id, author, service, act";
    let taken = connection.prepare_cached(take)?.query_row([node.as_str()], |row| {
        let (service, act): (String, String) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, row.get(1)?, service, act))
    });
    let Some((id, author, service, act)) = taken.optional()? else { return Ok(None) };
    let act = ServiceAct::find(&act).ok_or_else(|| StoreError::Content(format!("there is no act {act}")))?;
    Ok(Some(ServiceRequest { id, author, service: named(&service)?, act }))
}

/// Answers a request.
pub(crate) fn finish(connection: &Connection, id: u64, state: &RequestState) -> Result<(), StoreError> {
    let (text, reason) = match state {
        RequestState::Waiting => ("waiting", ""),
        RequestState::Done => ("done", ""),
        RequestState::Failed(reason) => ("failed", reason.as_str()),
    };
    connection.execute("UPDATE servicerequest SET state = ?2, reason = ?3 WHERE id = ?1", params![id, text, reason])?;
    Ok(())
}

/// Answers the requests of a node that has just started: it runs with what is staged, and what it had begun is over.
pub(crate) fn finish_all(connection: &Connection, node: &NodeName) -> Result<(), StoreError> {
    let done = "UPDATE servicerequest SET state = 'done' WHERE node = ? AND state = 'waiting' AND act <> 'stop'";
    connection.execute(done, [node.as_str()])?;
    let failed = "UPDATE servicerequest SET state = 'failed', reason = 'the node was started anew meanwhile'
         WHERE node = ? AND state = 'waiting' AND taken";
    connection.execute(failed, [node.as_str()])?;
    Ok(())
}

/// How far a request is.
pub(crate) fn state(connection: &Connection, id: u64) -> Result<RequestState, StoreError> {
    let query = "SELECT state, reason FROM servicerequest WHERE id = ?";
    let (state, reason): (String, String) = connection.query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match state.as_str() {
        "done" => RequestState::Done,
        "failed" => RequestState::Failed(reason),
        _ => RequestState::Waiting,
    })
}

/// Notes how a service is. What is known already is not written again: a node starts on a full disk too.
pub(crate) fn note(connection: &Connection, node: &NodeName, service: &Service) -> Result<(), StoreError> {
    let (state, by, reason) = match &service.state {
        ServiceState::Started => ("started", None, ""),
        ServiceState::Starting => ("starting", None, ""),
        ServiceState::Stopped(StopReason::Administrator(name)) => ("stopped", Some(name.as_str()), ""),
        ServiceState::Stopped(StopReason::Failure(reason)) => ("stopped", None, reason.as_str()),
    };
    let upsert =
        "INSERT INTO nodeservice (node, service, state, stoppedby, reason, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET state = ?3, stoppedby = ?4, reason = ?5, since = ?6
         WHERE (state, stoppedby, reason, since) IS NOT (?3, ?4, ?5, ?6)";
    let values = params![node.as_str(), service.name.as_str(), state, by, reason, service.since];
    connection.execute(upsert, values)?;
    Ok(())
}

/// The services of a node, in the order of the page.
pub(crate) fn all(connection: &Connection, node: &NodeName) -> Result<Vec<Service>, StoreError> {
    let query = "SELECT service, state, stoppedby, reason, since FROM nodeservice WHERE node = ?";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([node.as_str()])?;
    let mut services = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, state): (String, String) = (row.get(0)?, row.get(1)?);
        let by: Option<String> = row.get(2)?;
        let state = match (state.as_str(), by) {
            ("started", _) => ServiceState::Started,
            ("starting", _) => ServiceState::Starting,
            (_, Some(by)) => ServiceState::Stopped(StopReason::Administrator(by)),
            (_, None) => ServiceState::Stopped(StopReason::Failure(row.get(3)?)),
        };
        services.push(Service { name: named(&name)?, state, since: row.get(4)? });
    }
    services.sort_by_key(|service| service.name);
    Ok(services)
}

fn named(name: &str) -> Result<ServiceName, StoreError> {
    ServiceName::find(name).ok_or_else(|| StoreError::Content(format!("there is no service {name}")))
}
