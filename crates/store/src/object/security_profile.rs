//! Table `securityprofile`.

use super::{boolean, content, known, pkid, t_or_f};
use crate::error::StoreError;
use directory::{DeviceSecurityMode, ProfileName, SecurityProfile, TransportType};
use rusqlite::{Connection, Row, params};

const SELECT: &str = "SELECT name, description, noncevaliditytime, tkdevicesecuritymode, tktransport,
    enabledigestauthentication, tftpencryptedconfig, enableoauthauthentication,
    excludedigestcredentials, sipphoneport FROM securityprofile";

pub(super) fn read(connection: &Connection, name: Option<&str>) -> Result<Vec<SecurityProfile>, StoreError> {
    let filter = if name.is_some() { "name = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {filter}"))?;
    let mut rows = statement.query([name])?;
    let mut profiles = Vec::new();
    while let Some(row) = rows.next()? {
        profiles.push(from_row(row)?);
    }
    Ok(profiles)
}

fn from_row(row: &Row<'_>) -> Result<SecurityProfile, StoreError> {
    let flag = |column: usize| -> Result<bool, StoreError> { Ok(boolean(&row.get::<_, String>(column)?)) };
    Ok(SecurityProfile {
        name: content(ProfileName::new(&row.get::<_, String>(0)?))?,
        description: row.get(1)?,
        nonce_validity_seconds: row.get(2)?,
        device_security_mode: known(DeviceSecurityMode::from_number(row.get(3)?), "security mode")?,
        transport_type: known(TransportType::from_number(row.get(4)?), "transport")?,
        digest_authentication: flag(5)?,
        tftp_encrypted_config: flag(6)?,
        oauth_authentication: flag(7)?,
        exclude_digest_credentials: flag(8)?,
        sip_phone_port: row.get(9)?,
    })
}

pub(super) fn write(connection: &Connection, profile: &SecurityProfile) -> Result<(), StoreError> {
    let name = profile.name.as_str();
    connection.execute(
        "INSERT INTO securityprofile (pkid, name, description, noncevaliditytime, tkdevicesecuritymode,
             tktransport, enabledigestauthentication, tftpencryptedconfig, enableoauthauthentication,
             excludedigestcredentials, sipphoneport)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (name) DO UPDATE SET name = ?2, description = ?3, noncevaliditytime = ?4,
             tkdevicesecuritymode = ?5, tktransport = ?6, enabledigestauthentication = ?7,
             tftpencryptedconfig = ?8, enableoauthauthentication = ?9, excludedigestcredentials = ?10,
             sipphoneport = ?11",
        params![
            pkid(connection, "SELECT pkid FROM securityprofile WHERE name = ?", name)?,
            name,
            profile.description,
            profile.nonce_validity_seconds,
            profile.device_security_mode.number(),
            profile.transport_type.number(),
            t_or_f(profile.digest_authentication),
            t_or_f(profile.tftp_encrypted_config),
            t_or_f(profile.oauth_authentication),
            t_or_f(profile.exclude_digest_credentials),
            profile.sip_phone_port,
        ],
    )?;
    Ok(())
}
