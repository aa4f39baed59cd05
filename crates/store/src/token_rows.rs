//! Codes, refresh-token families and revocations as rows.

use crate::error::StoreError;
use authorization::{
    AuthorizationCode, FamilyRevocation, PreviousToken, RefreshTokenFamily, Revocation, RevocationReason, Revocations,
    TokenHash, UnixTime, Uuid,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

pub(crate) fn read_code(connection: &Connection, hash: TokenHash) -> Result<Option<AuthorizationCode>, StoreError> {
    let query = "SELECT client_id, user, redirect_uri, code_challenge, scope, device, family, issued_at, spent_at
         FROM authorization_code WHERE hash = ?";
    let from_row = |row: &Row<'_>| {
        Ok(AuthorizationCode {
            hash,
            client_id: row.get(0)?,
            user: row.get(1)?,
            redirect_uri: row.get(2)?,
            code_challenge: row.get(3)?,
            scope: row.get(4)?,
            device: row.get(5)?,
            family: uuid(row, 6)?,
            issued_at: UnixTime(row.get(7)?),
            spent_at: row.get::<_, Option<u64>>(8)?.map(UnixTime),
        })
    };
    Ok(connection.prepare_cached(query)?.query_row([hash.as_bytes()], from_row).optional()?)
}

pub(crate) fn write_code(connection: &Connection, code: &AuthorizationCode) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO authorization_code (hash, client_id, user, redirect_uri, code_challenge, scope,
             device, family, issued_at, spent_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET spent_at = ?10",
    )?;
    statement.execute(params![
        code.hash.as_bytes(),
        code.client_id,
        code.user,
        code.redirect_uri,
        code.code_challenge,
        code.scope,
        code.device,
        code.family.to_string(),
        code.issued_at.0,
        code.spent_at.map(|at| at.0),
    ])?;
    Ok(())
}

/// Deletes the codes that a revocation covers and that nobody presented yet. A spent one stays, so that a replay is known.
pub(crate) fn delete_covered_codes(connection: &Connection, what: &Revocation) -> Result<(), StoreError> {
    let delete = |filter: &str, values: &[&dyn rusqlite::ToSql]| -> Result<(), StoreError> {
        let statement = format!("DELETE FROM authorization_code WHERE spent_at IS NULL AND {filter}");
        connection.prepare_cached(&statement)?.execute(values)?;
        Ok(())
    };
    match what {
        Revocation::Family(id) => delete("family = ?", &[&id.to_string()]),
        Revocation::User(user) => delete("user = ?", &[user]),
        Revocation::UserClient { user, client_id } => delete("user = ? AND client_id = ?", &[user, client_id]),
    }
}

const FAMILIES: &str = "SELECT d.pkid, d.userid, d.clientid, d.validity, t.device, t.scope, t.issued_at, t.current,
    t.previous, t.rotated_at, t.revoked_at, t.revoked_reason
    FROM refreshtokendetails d JOIN refresh_token t ON t.family = d.pkid";

pub(crate) fn read_family(connection: &Connection, id: Uuid) -> Result<Option<RefreshTokenFamily>, StoreError> {
    Ok(read_families(connection, "d.pkid = ?", [id.to_string()])?.pop())
}

/// The families that a revocation covers, live or not.
pub(crate) fn read_covered(connection: &Connection, what: &Revocation) -> Result<Vec<RefreshTokenFamily>, StoreError> {
    match what {
        Revocation::Family(id) => read_families(connection, "d.pkid = ?", [id.to_string()]),
        Revocation::User(user) => read_families(connection, "d.userid = ?", [user]),
        Revocation::UserClient { user, client_id } => {
            read_families(connection, "d.userid = ? AND d.clientid = ?", [user, client_id])
        }
    }
}

fn read_families(
    connection: &Connection,
    filter: &str,
    values: impl Params,
) -> Result<Vec<RefreshTokenFamily>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{FAMILIES} WHERE {filter} ORDER BY d.pkid"))?;
    let families = statement.query_map(values, family_from_row)?;
    Ok(families.collect::<Result<_, _>>()?)
}

fn family_from_row(row: &Row<'_>) -> rusqlite::Result<RefreshTokenFamily> {
    let previous = match (row.get::<_, Option<[u8; 32]>>(8)?, row.get::<_, Option<u64>>(9)?) {
        (Some(hash), Some(at)) => Some(PreviousToken { hash: hash.into(), rotated_at: UnixTime(at) }),
        _ => None,
    };
    let revoked = row.get::<_, Option<u64>>(10)?.map(UnixTime);
    let reason = row.get::<_, Option<String>>(11)?;
    // A revoked family never comes back to life because a newer program knew another reason.
    let reason = reason.and_then(|word| RevocationReason::from_word(&word)).unwrap_or(RevocationReason::Policy);
    Ok(RefreshTokenFamily {
        id: uuid(row, 0)?,
        user: row.get(1)?,
        client_id: row.get(2)?,
        device: row.get(4)?,
        scope: row.get(5)?,
        issued_at: UnixTime(row.get(6)?),
        expires_at: UnixTime(row.get(3)?),
        current: row.get::<_, [u8; 32]>(7)?.into(),
        previous,
        revoked: revoked.map(|at| FamilyRevocation { at, reason }),
    })
}

pub(crate) fn write_family(connection: &Connection, family: &RefreshTokenFamily) -> Result<(), StoreError> {
    let id = family.id.to_string();
    // The index that the vendor's revocation answers with: 64 digits that open nothing.
    let index = TokenHash::of(id.as_bytes()).to_string();
    let state = i64::from(family.revoked.is_none());
    let mut details = connection.prepare_cached(
        "INSERT INTO refreshtokendetails (pkid, refreshtokenindex, userid, clientid, validity, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET validity = ?5, state = ?6",
    )?;
    details.execute(params![id, index, family.user, family.client_id, family.expires_at.0, state])?;
    let mut token = connection.prepare_cached(
        "INSERT INTO refresh_token (family, device, scope, issued_at, current, previous, rotated_at,
             revoked_at, revoked_reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET current = ?5, previous = ?6, rotated_at = ?7, revoked_at = ?8, revoked_reason = ?9",
    )?;
    token.execute(params![
        id,
        family.device,
        family.scope,
        family.issued_at.0,
        family.current.as_bytes(),
        family.previous.as_ref().map(|previous| previous.hash.as_bytes().to_vec()),
        family.previous.map(|previous| previous.rotated_at.0),
        family.revoked.map(|revoked| revoked.at.0),
        family.revoked.map(|revoked| revoked.reason.as_str()),
    ])?;
    Ok(())
}

pub(crate) fn write_revocation(
    connection: &Connection,
    revocation: &Revocation,
    now: UnixTime,
) -> Result<(), StoreError> {
    let (family, user, client_id) = match revocation {
        Revocation::Family(id) => (Some(id.to_string()), None, None),
        Revocation::User(user) => (None, Some(user), None),
        Revocation::UserClient { user, client_id } => (None, Some(user), Some(client_id)),
    };
    let insert = "INSERT INTO revocation (family, user, client_id, at) VALUES (?, ?, ?, ?)";
    connection.prepare_cached(insert)?.execute(params![family, user, client_id, now.0])?;
    Ok(())
}

pub(crate) fn read_revocations(connection: &Connection, since: UnixTime) -> Result<Revocations, StoreError> {
    let query = "SELECT family, user, client_id, at FROM revocation WHERE at >= ?";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([since.0])?;
    let mut revocations = Revocations::new();
    while let Some(row) = rows.next()? {
        let revocation = match (row.get(1)?, row.get(2)?) {
            (None, _) => Revocation::Family(uuid(row, 0)?),
            (Some(user), None) => Revocation::User(user),
            (Some(user), Some(client_id)) => Revocation::UserClient { user, client_id },
        };
        revocations.insert(revocation, UnixTime(row.get(3)?));
    }
    Ok(revocations)
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    let text: String = row.get(column)?;
    Uuid::parse_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
