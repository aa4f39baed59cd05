//! Tables `devicepool`, `callmanagergroup` and `callmanagergroupmember`.

use super::{content, new_pkid, pkid};
use crate::error::StoreError;
use directory::{CallManagerGroup, DevicePool, GroupName, NodeName, PoolName};
use rusqlite::{Connection, params};

pub(super) fn read_pools(connection: &Connection, name: Option<&str>) -> Result<Vec<DevicePool>, StoreError> {
    let filter = if name.is_some() { "p.name = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT p.name, g.name FROM devicepool p JOIN callmanagergroup g ON g.pkid = p.fkcallmanagergroup
         WHERE {filter}"
    ))?;
    let mut rows = statement.query([name])?;
    let mut pools = Vec::new();
    while let Some(row) = rows.next()? {
        let name = content(PoolName::new(&row.get::<_, String>(0)?))?;
        let group = content(GroupName::new(&row.get::<_, String>(1)?))?;
        pools.push(DevicePool { name, group });
    }
    Ok(pools)
}

pub(super) fn write_pool(connection: &Connection, pool: &DevicePool) -> Result<(), StoreError> {
    let own = pkid(connection, "SELECT pkid FROM devicepool WHERE name = ?", pool.name.as_str())?;
    connection.execute(
        "INSERT INTO devicepool (pkid, name, fkcallmanagergroup)
         VALUES (?1, ?2, (SELECT pkid FROM callmanagergroup WHERE name = ?3))
         ON CONFLICT (name) DO UPDATE SET name = ?2, fkcallmanagergroup = excluded.fkcallmanagergroup",
        params![own, pool.name.as_str(), pool.group.as_str()],
    )?;
    Ok(())
}

pub(super) fn read_groups(connection: &Connection, name: Option<&str>) -> Result<Vec<CallManagerGroup>, StoreError> {
    let filter = if name.is_some() { "g.name = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT g.name, n.name FROM callmanagergroup g
         JOIN callmanagergroupmember m ON m.fkcallmanagergroup = g.pkid
         JOIN callmanager c ON c.pkid = m.fkcallmanager
         JOIN processnode n ON n.pkid = c.fkprocessnode
         WHERE {filter} ORDER BY g.name, m.priority"
    ))?;
    let mut rows = statement.query([name])?;
    let mut groups: Vec<CallManagerGroup> = Vec::new();
    while let Some(row) = rows.next()? {
        let name = content(GroupName::new(&row.get::<_, String>(0)?))?;
        let member = content(NodeName::new(&row.get::<_, String>(1)?))?;
        match groups.last_mut() {
            Some(group) if group.name == name => group.members.push(member),
            _ => groups.push(CallManagerGroup { name, members: vec![member] }),
        }
    }
    Ok(groups)
}

pub(super) fn write_group(connection: &Connection, group: &CallManagerGroup) -> Result<(), StoreError> {
    let own = pkid(connection, "SELECT pkid FROM callmanagergroup WHERE name = ?", group.name.as_str())?;
    connection.execute(
        "INSERT INTO callmanagergroup (pkid, name) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET name = ?2",
        params![own, group.name.as_str()],
    )?;
    connection.execute("DELETE FROM callmanagergroupmember WHERE fkcallmanagergroup = ?", [&own])?;
    for (priority, member) in group.members.iter().enumerate() {
        connection.execute(
            "INSERT INTO callmanagergroupmember (pkid, fkcallmanagergroup, fkcallmanager, priority)
             VALUES (?1, ?2, (SELECT c.pkid FROM callmanager c JOIN processnode n
                 ON n.pkid = c.fkprocessnode WHERE n.name = ?3), ?4)",
            params![new_pkid()?, own, member.as_str(), priority],
        )?;
    }
    Ok(())
}
