//! Call detail records as rows, written in groups with everything else.

use crate::error::StoreError;
use crate::object::new_pkid;
use crate::store::Store;
use callmanager::call::{CallDetailRecord, EndedBy, Redirected};
use directory::UserId;
use rusqlite::{Connection, Row, params};

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

/// A call detail record as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecordRow {
    /// `pkid`
    pub pkid: String,
    /// `globalcallid`
    pub call: String,
    /// `node`
    pub node: String,
    /// Device, number and user of who called.
    pub calling: (String, String, Option<String>),
    /// The numbers that were dialled and that it went to in the end.
    pub called: (String, String),
    /// The device that answered.
    pub connected_device: Option<String>,
    /// When it began, was answered (0 if it was not) and ended, in seconds since 1970.
    pub times: (u64, u64, u64),
    /// The seconds that it was connected.
    pub duration: u64,
    /// The cause of ITU-T Q.850.
    pub cause: u32,
    /// Who ended it.
    pub ended_by: String,
    /// The SIP status of one that was not answered.
    pub status: Option<u16>,
    /// How well it was protected.
    pub security: String,
    /// The cipher suites of its media, separated by commas.
    pub suites: String,
}

impl Store {
    /// The records behind the one that ended at a time under an identifier, or the newest; newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn call_records(
        &self,
        behind: Option<(u64, String)>,
        most: usize,
    ) -> Result<Vec<CallRecordRow>, StoreError> {
        let read = move |reader: &crate::reader::ReadConnection| {
            let (ended, pkid) = behind.map_or((None, None), |(ended, pkid)| (Some(ended), Some(pkid)));
            let mut statement = reader.connection.prepare_cached(
                "SELECT pkid, globalcallid, node, origdevicename, callingpartynumber, callingpartyuserid,
                     originalcalledpartynumber, finalcalledpartynumber, destdevicename, datetimeorigination,
                     datetimeconnect, datetimedisconnect, duration, causevalue, endedby, sipstatus, securitystatus,
                     ciphersuites
                 FROM calldetailrecord
                 WHERE ?1 IS NULL OR datetimedisconnect < ?1 OR (datetimedisconnect = ?1 AND pkid < ?2)
                 ORDER BY datetimedisconnect DESC, pkid DESC LIMIT ?3",
            )?;
            let rows = statement.query_map(params![ended, pkid, most], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.read(read).await
    }

    /// How many records there are.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn count_call_records(&self) -> Result<usize, StoreError> {
        let count = "SELECT count(*) FROM calldetailrecord";
        self.read(move |reader| Ok(reader.connection.query_row(count, [], |row| row.get(0))?)).await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<CallRecordRow> {
    Ok(CallRecordRow {
        pkid: row.get(0)?,
        call: row.get(1)?,
        node: row.get(2)?,
        calling: (row.get(3)?, row.get(4)?, row.get(5)?),
        called: (row.get(6)?, row.get(7)?),
        connected_device: row.get(8)?,
        times: (row.get(9)?, row.get(10)?, row.get(11)?),
        duration: row.get(12)?,
        cause: row.get(13)?,
        ended_by: row.get(14)?,
        status: row.get(15)?,
        security: row.get(16)?,
        suites: row.get(17)?,
    })
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
