//! A repository in memory: for tests, and the plainest reading of the contract.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use token::{UnixTime, Uuid};
use zeroize::Zeroizing;

use crate::{
    AuthorizationCode, AuthorizationRepository, CODE_LIFETIME, CodeRedemption, CodeRefusal, Marks, RefreshTokenFamily,
    RepositoryError, Revocation, RevocationReason, Revocations, Rotated, Rotation, RotationRefusal, StoredKeys,
    TokenHash,
};

/// Codes, families, revocations and keys behind one lock, which is its transaction.
#[derive(Default)]
pub struct MemoryRepository(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    codes: HashMap<TokenHash, AuthorizationCode>,
    families: HashMap<Uuid, RefreshTokenFamily>,
    revocations: Vec<(Revocation, UnixTime)>,
    recorded: u64,
    keys: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl MemoryRepository {
    /// An empty repository.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn record(&mut self, revocation: Revocation, now: UnixTime) {
        self.recorded += 1;
        self.revocations.push((revocation, now));
    }

    fn revoke(&mut self, what: &Revocation, reason: RevocationReason, now: UnixTime) -> Vec<RefreshTokenFamily> {
        let mut revoked = Vec::new();
        for family in self.families.values_mut().filter(|family| what.covers(family) && family.is_live(now)) {
            family.revoke(reason, now);
            revoked.push(family.clone());
        }
        for family in &revoked {
            self.record(Revocation::Family(family.id), now);
        }
        self.codes.retain(|_, code| code.spent_at.is_some() || !what.covers_code(code));
        self.record(what.clone(), now);
        revoked
    }
}

#[async_trait]
impl AuthorizationRepository for MemoryRepository {
    async fn store_code(&self, code: AuthorizationCode) -> Result<(), RepositoryError> {
        self.tables().codes.insert(code.hash, code);
        Ok(())
    }

    async fn redeem_code(
        &self,
        redemption: &CodeRedemption,
        now: UnixTime,
    ) -> Result<Result<RefreshTokenFamily, CodeRefusal>, RepositoryError> {
        let mut tables = self.tables();
        let Some(code) = tables.codes.get_mut(&redemption.code) else { return Ok(Err(CodeRefusal::Unknown)) };
        let family = code.family;
        let outcome = code.redeem(redemption, now);
        match &outcome {
            Ok(family) => {
                tables.families.insert(family.id, family.clone());
            }
            Err(CodeRefusal::Replayed) => {
                tables.revoke(&Revocation::Family(family), RevocationReason::CodeReplayed, now);
            }
            Err(_) => {}
        }
        Ok(outcome)
    }

    async fn rotate(
        &self,
        rotation: &Rotation,
        now: UnixTime,
    ) -> Result<Result<(Rotated, RefreshTokenFamily), RotationRefusal>, RepositoryError> {
        let mut tables = self.tables();
        let Some(family) = tables.families.get_mut(&rotation.family) else {
            return Ok(Err(RotationRefusal::Unknown));
        };
        let outcome = family.rotate(rotation, now).map(|rotated| (rotated, family.clone()));
        if let Err(RotationRefusal::RevokedNow(_)) = outcome {
            tables.record(Revocation::Family(rotation.family), now);
        }
        Ok(outcome)
    }

    async fn family(&self, id: Uuid) -> Result<Option<RefreshTokenFamily>, RepositoryError> {
        Ok(self.tables().families.get(&id).cloned())
    }

    async fn revoke(
        &self,
        what: &Revocation,
        reason: RevocationReason,
        now: UnixTime,
    ) -> Result<Vec<RefreshTokenFamily>, RepositoryError> {
        Ok(self.tables().revoke(what, reason, now))
    }

    async fn revocations(&self, since: UnixTime) -> Result<Revocations, RepositoryError> {
        Ok(self.tables().revocations.iter().filter(|(_, at)| *at >= since).cloned().collect())
    }

    async fn marks(&self) -> Result<Marks, RepositoryError> {
        let tables = self.tables();
        let keys = tables.keys.as_ref().map_or(0, |(generation, _)| *generation);
        Ok(Marks { revocations: tables.recorded, keys })
    }

    async fn purge(&self, horizon: UnixTime) -> Result<(), RepositoryError> {
        let mut tables = self.tables();
        tables.codes.retain(|_, code| code.issued_at.plus(CODE_LIFETIME) >= horizon);
        tables.families.retain(|_, family| family.expires_at >= horizon);
        tables.revocations.retain(|(_, at)| *at >= horizon);
        Ok(())
    }

    async fn keys(&self) -> Result<Option<StoredKeys>, RepositoryError> {
        let tables = self.tables();
        Ok(tables.keys.as_ref().map(|(generation, keys)| StoredKeys { generation: *generation, keys: keys.clone() }))
    }

    async fn replace_keys(&self, expected: Option<u64>, keys: Zeroizing<Vec<u8>>) -> Result<bool, RepositoryError> {
        let mut tables = self.tables();
        if tables.keys.as_ref().map(|(generation, _)| *generation) != expected {
            return Ok(false);
        }
        tables.keys = Some((expected.unwrap_or(0) + 1, keys));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryRepository;
    use crate::repository_contract::Handle;

    fn database() -> impl Fn() -> Handle + Sync {
        let repository = Arc::new(MemoryRepository::new());
        move || Arc::clone(&repository) as Handle
    }

    crate::repository_contract_tests!(database());
}
