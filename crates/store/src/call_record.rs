//! Call detail records as rows, written in groups with everything else.

use crate::error::StoreError;
use crate::object::new_pkid;
use crate::store::Store;
use callmanager::call::{CallDetailRecord, EndedBy, Redirected};
use directory::UserId;
use rusqlite::{Connection, params};

impl Store {
    /// Keeps the record of a call that ended.
    ///
    /// # Errors
    /// The database does not take it now.
    pub async fn record_call(&self, record: &CallDetailRecord) -> Result<(), StoreError> {
        let record = record.clone();
        self.write(move |connection| insert(connection, &record)).await
    }

    /// Deletes the records of calls that ended before a time.
    ///
    /// # Errors
    /// The database does not take it now.
    pub async fn purge_calls(&self, ended_before: u64) -> Result<usize, StoreError> {
        let delete = "DELETE FROM calldetailrecord WHERE datetimedisconnect < ?";
        self.write(move |connection| Ok(connection.execute(delete, [ended_before])?)).await
    }
}

fn insert(connection: &Connection, record: &CallDetailRecord) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO calldetailrecord VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
    )?;
    let connected = record.connected.as_ref();
    statement.execute(params![
        new_pkid()?,
        format!("{}-{}", record.call.flow.0, record.call.number),
        record.node.as_str(),
        record.calling.device.as_str(),
        record.calling.number,
        record.calling.user.as_ref().map(UserId::as_str),
        record.original_called,
        record.final_called,
        connected.map(|party| party.device.as_str()),
        connected.map(|party| party.number.as_str()),
        connected.and_then(|party| party.user.as_ref()).map(UserId::as_str),
        record.redirected.map(redirected),
        record.start.0,
        record.connect.map_or(0, |at| at.0),
        record.disconnect.0,
        record.duration_seconds(),
        record.cause.0,
        ended_by(record.ended_by),
        record.status.map(|status| status.as_u16()),
        record.security.to_string(),
        record.suites.join(","),
    ])?;
    Ok(())
}

fn redirected(reason: Redirected) -> &'static str {
    match reason {
        Redirected::ForwardAll => "forward all",
        Redirected::ForwardBusy => "forward busy",
        Redirected::ForwardNoAnswer => "forward no answer",
        Redirected::Deflection => "deflection",
        Redirected::Transfer => "transfer",
    }
}

fn ended_by(party: EndedBy) -> &'static str {
    match party {
        EndedBy::Calling => "calling",
        EndedBy::Called => "called",
        EndedBy::Node => "node",
    }
}
