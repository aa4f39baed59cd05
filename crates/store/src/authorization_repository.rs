//! The authorization server's repository over the database: each method one transaction.

use crate::error::StoreError;
use crate::store::Store;
use crate::token_rows as rows;
use async_trait::async_trait;
use authorization::{
    AuthorizationCode, AuthorizationRepository, CODE_LIFETIME, CodeRedemption, CodeRefusal, Marks, RefreshTokenFamily,
    RepositoryError, Revocation, RevocationReason, Revocations, Rotated, Rotation, RotationRefusal, StoredKeys,
    UnixTime, Uuid,
};
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

/// What the sealed token keys are for, part of their encryption.
const PURPOSE: &str = "ringbearer token keys";

impl From<StoreError> for RepositoryError {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error))
    }
}

#[async_trait]
impl AuthorizationRepository for Store {
    async fn store_code(&self, code: AuthorizationCode) -> Result<(), RepositoryError> {
        Ok(self.write(move |connection| rows::write_code(connection, &code)).await?)
    }

    async fn redeem_code(
        &self,
        redemption: &CodeRedemption,
        now: UnixTime,
    ) -> Result<Result<RefreshTokenFamily, CodeRefusal>, RepositoryError> {
        let redemption = redemption.clone();
        Ok(self.write(move |connection| redeem(connection, &redemption, now)).await?)
    }

    async fn rotate(
        &self,
        rotation: &Rotation,
        now: UnixTime,
    ) -> Result<Result<(Rotated, RefreshTokenFamily), RotationRefusal>, RepositoryError> {
        let rotation = rotation.clone();
        Ok(self.write(move |connection| rotate(connection, &rotation, now)).await?)
    }

    async fn family(&self, id: Uuid) -> Result<Option<RefreshTokenFamily>, RepositoryError> {
        Ok(self.read(move |reader| rows::read_family(&reader.connection, id)).await?)
    }

    async fn revoke(
        &self,
        what: &Revocation,
        reason: RevocationReason,
        now: UnixTime,
    ) -> Result<Vec<RefreshTokenFamily>, RepositoryError> {
        let what = what.clone();
        Ok(self.write(move |connection| revoke(connection, &what, reason, now)).await?)
    }

    async fn revocations(&self, since: UnixTime) -> Result<Revocations, RepositoryError> {
        Ok(self.read(move |reader| rows::read_revocations(&reader.connection, since)).await?)
    }

    async fn marks(&self) -> Result<Marks, RepositoryError> {
        let query = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'revocation'), 0),
             coalesce((SELECT generation FROM authorization_key), 0)";
        let read = self.read(move |reader| {
            let mut statement = reader.connection.prepare_cached(query)?;
            Ok(statement.query_row([], |row| Ok(Marks { revocations: row.get(0)?, keys: row.get(1)? }))?)
        });
        Ok(read.await?)
    }

    async fn purge(&self, horizon: UnixTime) -> Result<(), RepositoryError> {
        let purge = move |connection: &Connection| {
            let issued_before = horizon.0.saturating_sub(CODE_LIFETIME.as_secs());
            connection.execute("DELETE FROM authorization_code WHERE issued_at < ?", [issued_before])?;
            connection.execute("DELETE FROM refreshtokendetails WHERE validity < ?", [horizon.0])?;
            connection.execute("DELETE FROM revocation WHERE at < ?", [horizon.0])?;
            Ok(())
        };
        Ok(self.write(purge).await?)
    }

    async fn keys(&self) -> Result<Option<StoredKeys>, RepositoryError> {
        let query = "SELECT generation, sealed FROM authorization_key";
        let read = self.read(move |reader| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let found: Option<(u64, Vec<u8>)> = reader.connection.query_row(query, [], row).optional()?;
            Ok(found)
        });
        let Some((generation, sealed)) = read.await? else {
            return Ok(None);
        };
        let keys = self.key_encryption().open_sealed(PURPOSE, &sealed)?;
        Ok(Some(StoredKeys { generation, keys }))
    }

    async fn replace_keys(&self, expected: Option<u64>, keys: Zeroizing<Vec<u8>>) -> Result<bool, RepositoryError> {
        let sealed = self.key_encryption().seal(PURPOSE, &keys)?;
        let replace = move |connection: &Connection| {
            let rows = match expected {
                None => connection.execute(
                    "INSERT INTO authorization_key (id, generation, sealed) VALUES (1, 1, ?) ON CONFLICT DO NOTHING",
                    [sealed],
                )?,
                Some(expected) => connection.execute(
                    "UPDATE authorization_key SET generation = generation + 1, sealed = ?2 WHERE generation = ?1",
                    params![expected, sealed],
                )?,
            };
            Ok(rows == 1)
        };
        Ok(self.write(replace).await?)
    }
}

fn redeem(
    connection: &Connection,
    redemption: &CodeRedemption,
    now: UnixTime,
) -> Result<Result<RefreshTokenFamily, CodeRefusal>, StoreError> {
    let Some(mut code) = rows::read_code(connection, redemption.code)? else {
        return Ok(Err(CodeRefusal::Unknown));
    };
    let outcome = code.redeem(redemption, now);
    rows::write_code(connection, &code)?;
    match &outcome {
        Ok(family) => rows::write_family(connection, family)?,
        Err(CodeRefusal::Replayed) => {
            revoke(connection, &Revocation::Family(code.family), RevocationReason::CodeReplayed, now)?;
        }
        Err(_) => {}
    }
    Ok(outcome)
}

fn rotate(
    connection: &Connection,
    rotation: &Rotation,
    now: UnixTime,
) -> Result<Result<(Rotated, RefreshTokenFamily), RotationRefusal>, StoreError> {
    let Some(mut family) = rows::read_family(connection, rotation.family)? else {
        return Ok(Err(RotationRefusal::Unknown));
    };
    let outcome = family.rotate(rotation, now);
    match outcome {
        Ok(Rotated::Now) => rows::write_family(connection, &family)?,
        Err(RotationRefusal::RevokedNow(_)) => {
            rows::write_family(connection, &family)?;
            rows::write_revocation(connection, &Revocation::Family(family.id), now)?;
        }
        Ok(Rotated::Again) | Err(_) => {}
    }
    Ok(outcome.map(|rotated| (rotated, family)))
}

/// Revokes what a revocation covers, and records it.
pub(crate) fn revoke(
    connection: &Connection,
    what: &Revocation,
    reason: RevocationReason,
    now: UnixTime,
) -> Result<Vec<RefreshTokenFamily>, StoreError> {
    let mut revoked = Vec::new();
    for mut family in rows::read_covered(connection, what)? {
        if !family.is_live(now) {
            continue;
        }
        family.revoke(reason, now);
        rows::write_family(connection, &family)?;
        rows::write_revocation(connection, &Revocation::Family(family.id), now)?;
        revoked.push(family);
    }
    rows::delete_covered_codes(connection, what)?;
    rows::write_revocation(connection, what, now)?;
    Ok(revoked)
}
