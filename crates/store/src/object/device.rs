//! Tables `device`, `enduserdevicemap` and `devicenumplanmap`.

use super::{content, known, new_pkid, pkid};
use crate::error::StoreError;
use directory::{Device, DeviceName, DirectoryNumber, LineAppearance, PoolName, Product, ProfileName, UserId};
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;
use uuid::Uuid;

const SELECT: &str = "SELECT d.pkid, d.name, d.description, d.tkmodel, s.name, p.name, o.userid, g.userid
    FROM device d
    JOIN securityprofile s ON s.pkid = d.fksecurityprofile
    JOIN devicepool p ON p.pkid = d.fkdevicepool
    LEFT JOIN enduser o ON o.pkid = d.fkenduser
    LEFT JOIN enduser g ON g.pkid = d.fkenduser_digest";

pub(super) fn read(connection: &Connection, name: Option<&str>) -> Result<Vec<Device>, StoreError> {
    let filter = if name.is_some() { "d.name = ?1" } else { "?1 IS NULL" };
    let mut lines = read_lines(connection, name, filter)?;
    let mut users = read_users(connection, name, filter)?;
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {filter}"))?;
    let mut rows = statement.query([name])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        let own: String = row.get(0)?;
        let mut device = from_row(row)?;
        device.lines = lines.remove(&own).unwrap_or_default();
        device.associated_users = users.remove(&own).unwrap_or_default();
        devices.push(device);
    }
    Ok(devices)
}

fn from_row(row: &Row<'_>) -> Result<Device, StoreError> {
    let user = |column: usize| -> Result<Option<UserId>, StoreError> {
        let text: Option<String> = row.get(column)?;
        content(text.as_deref().map(UserId::new).transpose())
    };
    Ok(Device {
        name: content(DeviceName::new(&row.get::<_, String>(1)?))?,
        description: row.get(2)?,
        product: known(Product::from_model(row.get(3)?), "model")?,
        security_profile: content(ProfileName::new(&row.get::<_, String>(4)?))?,
        device_pool: content(PoolName::new(&row.get::<_, String>(5)?))?,
        owner: user(6)?,
        associated_users: Vec::new(),
        lines: Vec::new(),
        digest_user: user(7)?,
    })
}

fn read_lines(
    connection: &Connection,
    name: Option<&str>,
    filter: &str,
) -> Result<HashMap<String, Vec<LineAppearance>>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT d.pkid, m.pkid, n.dnorpattern, m.numplanindex, m.label, m.display, m.maxnumcalls, m.busytrigger
         FROM device d JOIN devicenumplanmap m ON m.fkdevice = d.pkid JOIN numplan n ON n.pkid = m.fknumplan
         WHERE {filter} ORDER BY m.numplanindex"
    ))?;
    let mut rows = statement.query([name])?;
    let mut lines: HashMap<String, Vec<LineAppearance>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let line = LineAppearance {
            index: row.get(3)?,
            directory_number: content(DirectoryNumber::new(&row.get::<_, String>(2)?))?,
            contact: content(Uuid::try_parse(&row.get::<_, String>(1)?))?,
            label: row.get(4)?,
            display: row.get(5)?,
            max_calls: row.get(6)?,
            busy_trigger: row.get(7)?,
        };
        lines.entry(row.get(0)?).or_default().push(line);
    }
    Ok(lines)
}

fn read_users(
    connection: &Connection,
    name: Option<&str>,
    filter: &str,
) -> Result<HashMap<String, Vec<UserId>>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT d.pkid, u.userid FROM device d JOIN enduserdevicemap m ON m.fkdevice = d.pkid
         JOIN enduser u ON u.pkid = m.fkenduser WHERE {filter} ORDER BY u.userid"
    ))?;
    let mut rows = statement.query([name])?;
    let mut users: HashMap<String, Vec<UserId>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let user = content(UserId::new(&row.get::<_, String>(1)?))?;
        users.entry(row.get(0)?).or_default().push(user);
    }
    Ok(users)
}

pub(super) fn write(connection: &Connection, device: &Device) -> Result<(), StoreError> {
    let name = device.name.as_str();
    let own = pkid(connection, "SELECT pkid FROM device WHERE name = ?", name)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO device (pkid, name, description, tkmodel, fkdevicepool, fksecurityprofile,
             fkenduser, fkenduser_digest)
         VALUES (?1, ?2, ?3, ?4, (SELECT pkid FROM devicepool WHERE name = ?5),
             (SELECT pkid FROM securityprofile WHERE name = ?6),
             (SELECT pkid FROM enduser WHERE userid = ?7), (SELECT pkid FROM enduser WHERE userid = ?8))
         ON CONFLICT (name) DO UPDATE SET name = ?2, description = ?3, tkmodel = ?4,
             fkdevicepool = excluded.fkdevicepool, fksecurityprofile = excluded.fksecurityprofile,
             fkenduser = excluded.fkenduser, fkenduser_digest = excluded.fkenduser_digest",
    )?;
    statement.execute(params![
        own,
        name,
        device.description,
        device.product.model(),
        device.device_pool.as_str(),
        device.security_profile.as_str(),
        device.owner.as_ref().map(UserId::as_str),
        device.digest_user.as_ref().map(UserId::as_str),
    ])?;
    write_users(connection, &own, &device.associated_users)?;
    write_lines(connection, &own, &device.lines)
}

fn write_users(connection: &Connection, device: &str, users: &[UserId]) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM enduserdevicemap WHERE fkdevice = ?")?.execute([device])?;
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO enduserdevicemap (pkid, fkenduser, fkdevice)
         VALUES (?1, (SELECT pkid FROM enduser WHERE userid = ?2), ?3)",
    )?;
    for user in users {
        insert.execute(params![new_pkid()?, user.as_str(), device])?;
    }
    Ok(())
}

fn write_lines(connection: &Connection, device: &str, lines: &[LineAppearance]) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM devicenumplanmap WHERE fkdevice = ?")?.execute([device])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO devicenumplanmap (pkid, fkdevice, fknumplan, numplanindex, label, display,
             maxnumcalls, busytrigger)
         VALUES (?1, ?2, (SELECT pkid FROM numplan WHERE dnorpattern = ?3), ?4, ?5, ?6, ?7, ?8)",
    )?;
    for line in lines {
        insert.execute(params![
            line.contact.to_string(),
            device,
            line.directory_number.as_str(),
            line.index,
            line.label,
            line.display,
            line.max_calls,
            line.busy_trigger,
        ])?;
    }
    Ok(())
}
