//! What each node said that it runs.

use crate::error::StoreError;
use directory::{NodeName, NodePorts, NodeSettings, PortName};
use rusqlite::{Connection, OptionalExtension, params};

/// Notes what a node runs. What is known already is not written again: a node starts on a full disk too.
pub(crate) fn record(connection: &Connection, settings: &NodeSettings) -> Result<(), StoreError> {
    let ports = PortName::ALL.map(|name| settings.ports.get(name).to_string()).join(" ");
    connection.execute(
        "INSERT INTO noderunning (node, sipoauthmode, mixedmode, ports, tomcatcertificate)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET
         sipoauthmode = ?2, mixedmode = ?3, ports = ?4, tomcatcertificate = ?5
         WHERE (sipoauthmode, mixedmode, ports, tomcatcertificate) IS NOT (?2, ?3, ?4, ?5)",
        params![
            settings.node.as_str(),
            settings.sip_oauth_mode,
            settings.mixed_mode,
            ports,
            settings.tomcat_certificate
        ],
    )?;
    Ok(())
}

/// What a node said last.
pub(crate) fn find(connection: &Connection, node: &NodeName) -> Result<Option<NodeSettings>, StoreError> {
    let query = "SELECT sipoauthmode, mixedmode, ports, tomcatcertificate, (SELECT pkid FROM cluster)
         FROM noderunning WHERE node = ?";
    let row = connection
        .prepare_cached(query)?
        .query_row([node.as_str()], |row| {
            let ports: String = row.get(2)?;
            let cluster: String = row.get(4)?;
            Ok((row.get(0)?, row.get(1)?, ports, row.get(3)?, cluster))
        })
        .optional()?;
    let Some((sip_oauth_mode, mixed_mode, ports, tomcat_certificate, cluster)) = row else {
        return Ok(None);
    };
    let numbers = ports.split(' ').filter_map(|number| number.parse().ok());
    let ports: Vec<_> = PortName::ALL.into_iter().zip(numbers).collect();
    let damaged = |error: &dyn std::fmt::Display| StoreError::Content(error.to_string());
    Ok(Some(NodeSettings {
        node: node.clone(),
        cluster: uuid::Uuid::try_parse(&cluster).map_err(|error| damaged(&error))?,
        sip_oauth_mode,
        mixed_mode,
        ports: NodePorts::default().with_all(&ports).map_err(|error| damaged(&error))?,
        tomcat_certificate,
    }))
}
