//! What the authorization server asks of the database, and how much of it has to be one step.
//!
//! Each method is atomic and durable: when it returns `Ok`, its effect is on disk and visible to every node; when it
//! fails, nothing has changed. Requests race on several processes, and the database alone decides who was first.
//! The decisions themselves are in the domain, so an implementation of the two racing methods is always the same: begin a
//! write transaction (SQLite `BEGIN IMMEDIATE`, PostgreSQL `SELECT … FOR UPDATE`), read the row, call the named function of
//! the row, write the row back, commit, and answer only then.
//!
//! `repository_contract` is the suite that every implementation has to pass.

use std::fmt;

use async_trait::async_trait;
use token::{UnixTime, Uuid};
use zeroize::Zeroizing;

use crate::{
    AuthorizationCode, CodeRedemption, CodeRefusal, RefreshTokenFamily, Revocation, RevocationReason, Revocations,
    Rotated, Rotation, RotationRefusal,
};

/// The database cannot answer now. The client hears `temporarily_unavailable`; the text is for the log.
#[derive(Debug)]
pub struct RepositoryError(pub Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for RepositoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the authorization repository is unavailable: {}", self.0)
    }
}

impl std::error::Error for RepositoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// The cluster's token keys as they are kept: encrypted at rest, and counted so that two administrators cannot overwrite each
/// other.
pub struct StoredKeys {
    /// Grows by one with each change.
    pub generation: u64,
    /// What [`token::KeyRing::export`] wrote. Secret.
    pub keys: Zeroizing<Vec<u8>>,
}

/// Two numbers that only grow: a node that sees one move reads what it counts anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Moves with each recorded revocation; deleting old ones does not lower it.
    pub revocations: u64,
    /// The generation of the token keys; 0 while there are none.
    pub keys: u64,
}

/// Codes, refresh-token families, revocations and token keys.
#[async_trait]
pub trait AuthorizationRepository: Send + Sync {
    /// Stores a new code.
    async fn store_code(&self, code: AuthorizationCode) -> Result<(), RepositoryError>;

    /// Redeems a code in one transaction: finds it by hash (none: [`CodeRefusal::Unknown`]), calls
    /// [`AuthorizationCode::redeem`], writes the code back, and
    /// - on success inserts the family that it returns;
    /// - on [`CodeRefusal::Replayed`] revokes the code's family, if there is one, as [`Self::revoke`] does, for
    ///   [`RevocationReason::CodeReplayed`].
    async fn redeem_code(
        &self,
        redemption: &CodeRedemption,
        now: UnixTime,
    ) -> Result<Result<RefreshTokenFamily, CodeRefusal>, RepositoryError>;

    /// Rotates a family in one transaction: finds it (none: [`RotationRefusal::Unknown`]), calls
    /// [`RefreshTokenFamily::rotate`], writes the family back and returns it as written; on
    /// [`RotationRefusal::RevokedNow`] also records [`Revocation::Family`] as [`Self::revoke`] does.
    async fn rotate(
        &self,
        rotation: &Rotation,
        now: UnixTime,
    ) -> Result<Result<(Rotated, RefreshTokenFamily), RotationRefusal>, RepositoryError>;

    /// Reads a family.
    async fn family(&self, id: Uuid) -> Result<Option<RefreshTokenFamily>, RepositoryError>;

    /// Revokes in one transaction: every live family that `what` covers is revoked for `reason` and recorded as a
    /// [`Revocation::Family`], every code that it covers and that was not redeemed yet is deleted, and `what` itself is recorded,
    /// also when it covers nothing. Returns the families that this call revoked, as written.
    async fn revoke(
        &self,
        what: &Revocation,
        reason: RevocationReason,
        now: UnixTime,
    ) -> Result<Vec<RefreshTokenFamily>, RepositoryError>;

    /// The recorded revocations that are not older than `since`.
    async fn revocations(&self, since: UnixTime) -> Result<Revocations, RepositoryError>;

    /// The change feed of every node, asked about once a second: it has to be cheap.
    async fn marks(&self) -> Result<Marks, RepositoryError>;

    /// Deletes codes and families that ended, and revocations that were recorded, before `horizon`.
    async fn purge(&self, horizon: UnixTime) -> Result<(), RepositoryError>;

    /// Reads the token keys.
    async fn keys(&self) -> Result<Option<StoredKeys>, RepositoryError>;

    /// Writes the token keys if their generation is still `expected` (none: there are none yet), and says whether it did. The
    /// new generation is `expected + 1`, or 1.
    async fn replace_keys(&self, expected: Option<u64>, keys: Zeroizing<Vec<u8>>) -> Result<bool, RepositoryError>;
}
