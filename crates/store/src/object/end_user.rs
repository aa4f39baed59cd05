//! Tables `enduser`, `enduserdirgroupmap` and, for secrets, `credential`.

use super::{content, known, pkid};
use crate::error::StoreError;
use directory::{DigestSecret, EndUser, Role, UserId};
use rusqlite::{Connection, Row, params};

const SELECT: &str = "SELECT u.userid, u.firstname, u.lastname, u.mailid, u.status,
    (SELECT group_concat(g.name, ';') FROM enduserdirgroupmap m JOIN dirgroup g ON g.pkid = m.fkdirgroup
     WHERE m.fkenduser = u.pkid) FROM enduser u";

pub(super) fn read(connection: &Connection, user: Option<&str>) -> Result<Vec<EndUser>, StoreError> {
    let filter = if user.is_some() { "u.userid = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {filter}"))?;
    let mut rows = statement.query([user])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        users.push(from_row(row)?);
    }
    Ok(users)
}

fn from_row(row: &Row<'_>) -> Result<EndUser, StoreError> {
    let groups: Option<String> = row.get(5)?;
    let mut roles = Vec::new();
    for name in groups.iter().flat_map(|groups| groups.split(';')) {
        roles.push(known(Role::ALL.into_iter().find(|role| role.name() == name), "user group")?);
    }
    roles.sort();
    Ok(EndUser {
        user_id: content(UserId::new(&row.get::<_, String>(0)?))?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        mail: row.get(3)?,
        active: row.get::<_, i64>(4)? == 1,
        roles,
    })
}

pub(super) fn write(connection: &Connection, user: &EndUser) -> Result<(), StoreError> {
    let name = user.user_id.as_str();
    let own = pkid(connection, "SELECT pkid FROM enduser WHERE userid = ?", name)?;
    connection.execute(
        "INSERT INTO enduser (pkid, userid, firstname, lastname, mailid, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (userid) DO UPDATE SET userid = ?2, firstname = ?3, lastname = ?4, mailid = ?5, status = ?6",
        params![own, name, user.first_name, user.last_name, user.mail, i64::from(user.active)],
    )?;
    connection.execute("DELETE FROM enduserdirgroupmap WHERE fkenduser = ?", [&own])?;
    for role in &user.roles {
        connection.execute(
            "INSERT OR IGNORE INTO enduserdirgroupmap (fkenduser, fkdirgroup)
             SELECT ?1, pkid FROM dirgroup WHERE name = ?2",
            params![own, role.name()],
        )?;
    }
    Ok(())
}

/// The digest credentials of a user or of all; none for a user without.
pub(super) fn read_digest_secrets(
    connection: &Connection,
    user: Option<&str>,
) -> Result<Vec<(UserId, Option<DigestSecret>)>, StoreError> {
    let filter = if user.is_some() { "u.userid = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT u.userid, c.digest_realm, c.ha1_md5, c.ha1_sha256
         FROM enduser u LEFT JOIN credential c ON c.fkenduser = u.pkid WHERE {filter}"
    ))?;
    let mut rows = statement.query([user])?;
    let mut secrets = Vec::new();
    while let Some(row) = rows.next()? {
        let user = content(UserId::new(&row.get::<_, String>(0)?))?;
        let secret = match (row.get(1)?, row.get(2)?, row.get(3)?) {
            (Some(realm), Some(ha1_md5), Some(ha1_sha256)) => Some(DigestSecret { realm, ha1_md5, ha1_sha256 }),
            _ => None,
        };
        secrets.push((user, secret));
    }
    Ok(secrets)
}
