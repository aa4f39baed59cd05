//! Tables `processnode` and `callmanager`.

use super::{content, known, pkid};
use crate::error::StoreError;
use directory::{Host, NodeName, NodePorts, NodeUsage, PortName, ProcessNode};
use rusqlite::{Connection, Row, params};

const SELECT: &str = "SELECT n.name, n.address, n.description, n.tknodeusage,
    c.ethernetphoneport, c.mgcplistenport, c.mgcpkeepaliveport, c.sipphoneport,
    c.sipphonesecureport, c.sipoauthport, c.sipoauthmraport
    FROM processnode n JOIN callmanager c ON c.fkprocessnode = n.pkid";

pub(super) fn read(connection: &Connection, name: Option<&str>) -> Result<Vec<ProcessNode>, StoreError> {
    let filter = if name.is_some() { "n.name = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {filter}"))?;
    let mut rows = statement.query([name])?;
    let mut nodes = Vec::new();
    while let Some(row) = rows.next()? {
        nodes.push(from_row(row)?);
    }
    Ok(nodes)
}

fn from_row(row: &Row<'_>) -> Result<ProcessNode, StoreError> {
    let mut ports = Vec::new();
    for (position, name) in PortName::ALL.into_iter().enumerate() {
        ports.push((name, row.get(4 + position)?));
    }
    let usage = match row.get(3)? {
        0 => Some(NodeUsage::Publisher),
        1 => Some(NodeUsage::Subscriber),
        _ => None,
    };
    Ok(ProcessNode {
        name: content(NodeName::new(row.get_ref(0)?.as_str().unwrap_or_default()))?,
        address: content(Host::new(row.get_ref(1)?.as_str().unwrap_or_default()))?,
        description: row.get(2)?,
        usage: known(usage, "node usage")?,
        ports: content(NodePorts::default().with_all(&ports))?,
    })
}

pub(super) fn write(connection: &Connection, node: &ProcessNode) -> Result<(), StoreError> {
    let own = pkid(connection, "SELECT pkid FROM processnode WHERE name = ?", node.name.as_str())?;
    let name = node.name.as_str();
    connection.execute(
        "INSERT INTO processnode (pkid, name, address, description, tknodeusage)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (name) DO UPDATE SET name = ?2, address = ?3, description = ?4, tknodeusage = ?5",
        params![own, name, node.address.as_str(), node.description, i64::from(node.usage == NodeUsage::Subscriber)],
    )?;
    let service = pkid(connection, "SELECT pkid FROM callmanager WHERE fkprocessnode = ?", &own)?;
    let [a, b, c, d, e, f, g] = PortName::ALL.map(|port| node.ports.get(port));
    connection.execute(
        "INSERT INTO callmanager (pkid, name, fkprocessnode, ethernetphoneport, mgcplistenport,
             mgcpkeepaliveport, sipphoneport, sipphonesecureport, sipoauthport, sipoauthmraport)
         VALUES (?1, 'CM_' || ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (fkprocessnode) DO UPDATE SET name = 'CM_' || ?2, ethernetphoneport = ?4,
             mgcplistenport = ?5, mgcpkeepaliveport = ?6, sipphoneport = ?7, sipphonesecureport = ?8,
             sipoauthport = ?9, sipoauthmraport = ?10",
        params![service, name, own, a, b, c, d, e, f, g],
    )?;
    Ok(())
}
