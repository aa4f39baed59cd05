//! Table `expresswaycconfiguration`.

use super::{content, pkid};
use crate::error::StoreError;
use directory::{ExpresswayC, Host};
use rusqlite::{Connection, params};

pub(super) fn read(connection: &Connection, host: Option<&str>) -> Result<Vec<ExpresswayC>, StoreError> {
    let filter = if host.is_some() { "hostnameorip = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT hostnameorip, description, x509subjectnameoraltname FROM expresswaycconfiguration WHERE {filter}"
    ))?;
    let mut rows = statement.query([host])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let host = content(Host::new(&row.get::<_, String>(0)?))?;
        found.push(ExpresswayC { host, description: row.get(1)?, subject_names: row.get(2)? });
    }
    Ok(found)
}

pub(super) fn write(connection: &Connection, row: &ExpresswayC) -> Result<(), StoreError> {
    let host = row.host.as_str();
    let own = pkid(connection, "SELECT pkid FROM expresswaycconfiguration WHERE hostnameorip = ?", host)?;
    connection.execute(
        "INSERT INTO expresswaycconfiguration (pkid, hostnameorip, description, x509subjectnameoraltname)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hostnameorip) DO UPDATE SET hostnameorip = ?2, description = ?3, x509subjectnameoraltname = ?4",
        params![own, host, row.description, row.subject_names],
    )?;
    Ok(())
}

/// Writes a row in the place of another host's, and keeps its pkid.
pub(crate) fn rename(connection: &Connection, from: &Host, row: &ExpresswayC) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE expresswaycconfiguration SET hostnameorip = ?2, description = ?3, x509subjectnameoraltname = ?4
         WHERE hostnameorip = ?1",
        params![from.as_str(), row.host.as_str(), row.description, row.subject_names],
    )?;
    Ok(())
}
