//! On which node a device is. A row counts as long as the lease of its node runs; when a node dies, all
//! its devices are free without a write.

use crate::error::StoreError;
use directory::{Claim, DeviceLocation, DeviceName, LocationChange, NodeName};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Keeps the lease of a node.
pub(crate) fn renew_lease(connection: &Connection, node: &NodeName, until: u64) -> Result<(), StoreError> {
    let upsert = "INSERT INTO nodelease (node, until) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until = ?2";
    connection.prepare_cached(upsert)?.execute(params![node.as_str(), until])?;
    Ok(())
}

/// Until when the lease of a node runs.
pub(crate) fn lease(connection: &Connection, node: &NodeName) -> Result<Option<u64>, StoreError> {
    let query = "SELECT until FROM nodelease WHERE node = ?";
    Ok(connection.prepare_cached(query)?.query_row([node.as_str()], |row| row.get(0)).optional()?)
}

/// Notes a claim or a release at a time.
pub(crate) fn note(connection: &Connection, change: &LocationChange, now: u64) -> Result<Claim, StoreError> {
    match change {
        LocationChange::Claim { device, node } => {
            let before = find(connection, device, now)?.map(|location| location.node);
            let mut upsert = connection.prepare_cached(
                "INSERT INTO devicelocation (device, node, since) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET node = ?2, since = ?3",
            )?;
            upsert.execute(params![device.as_str(), node.as_str(), now])?;
            Ok(match before {
                Some(other) if other != *node => Claim::TakenFrom(other),
                _ => Claim::Free,
            })
        }
        LocationChange::Release { device, node } => {
            let release = "UPDATE devicelocation SET node = NULL WHERE device = ? AND node = ?";
            connection.prepare_cached(release)?.execute([device.as_str(), node.as_str()])?;
            Ok(Claim::Free)
        }
    }
}

/// Frees all devices of a node.
pub(crate) fn release_all(connection: &Connection, node: &NodeName) -> Result<(), StoreError> {
    connection.execute("UPDATE devicelocation SET node = NULL WHERE node = ?", [node.as_str()])?;
    Ok(())
}

const SELECT: &str = "SELECT l.device, l.node, l.since FROM devicelocation l
    JOIN nodelease n ON n.node = l.node WHERE n.until > ?1";

/// Where a device is at a time.
pub(crate) fn find(
    connection: &Connection,
    device: &DeviceName,
    now: u64,
) -> Result<Option<DeviceLocation>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} AND l.device = ?2"))?;
    let found = statement.query_row(params![now, device.as_str()], |row| Ok(from_row(row))).optional()?;
    found.transpose()
}

/// All devices that are somewhere at a time.
pub(crate) fn all(connection: &Connection, now: u64) -> Result<Vec<DeviceLocation>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY l.device"))?;
    let mut rows = statement.query([now])?;
    let mut locations = Vec::new();
    while let Some(row) = rows.next()? {
        locations.push(from_row(row)?);
    }
    Ok(locations)
}

/// The devices that other nodes have claimed at or after an instant.
pub(crate) fn claimed_elsewhere(
    connection: &Connection,
    node: &NodeName,
    (since, now): (u64, u64),
) -> Result<Vec<DeviceLocation>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} AND l.node <> ?2 AND l.since >= ?3"))?;
    let mut rows = statement.query(params![now, node.as_str(), since])?;
    let mut locations = Vec::new();
    while let Some(row) = rows.next()? {
        locations.push(from_row(row)?);
    }
    Ok(locations)
}

fn from_row(row: &Row<'_>) -> Result<DeviceLocation, StoreError> {
    let damaged = |violation: directory::Violation| StoreError::Content(violation.to_string());
    Ok(DeviceLocation {
        device: DeviceName::new(&row.get::<_, String>(0)?).map_err(damaged)?,
        node: NodeName::new(&row.get::<_, String>(1)?).map_err(damaged)?,
        since: row.get(2)?,
    })
}
