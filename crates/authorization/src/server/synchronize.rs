//! Keeping a node's view of keys and revocations as the database has it.

use std::sync::Arc;
use std::time::Duration;

use token::{KeyError, KeyRing, UnixTime};

use super::AuthorizationServer;
use crate::{AccessTokens, AuthorizationRepository, Marks, RepositoryError};

/// The longest life of an access token that the enterprise parameter allows: older revocations hit nothing.
const LONGEST_ACCESS_TOKEN: Duration = Duration::from_secs(1440 * 60);

/// Why the keys cannot be had.
#[derive(Debug)]
pub enum KeysError {
    /// The database cannot answer now.
    Repository(RepositoryError),
    /// What the database holds is not a key ring, or none could be made.
    Key(KeyError),
}

impl std::fmt::Display for KeysError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Repository(error) => error.fmt(formatter),
            Self::Key(error) => write!(formatter, "the token keys: {error}"),
        }
    }
}

impl std::error::Error for KeysError {}

impl From<RepositoryError> for KeysError {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<KeyError> for KeysError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// Reads the cluster's keys; where there are none yet, makes and stores them. Of several nodes that start at once, one
/// makes them and the others read those.
pub async fn open_keys(
    repository: &dyn AuthorizationRepository,
    make: impl FnOnce() -> Result<KeyRing, KeyError>,
) -> Result<KeyRing, KeysError> {
    if let Some(stored) = repository.keys().await? {
        return Ok(KeyRing::import(&stored.keys)?);
    }
    let made = make()?;
    if repository.replace_keys(None, made.export()?).await? {
        return Ok(made);
    }
    let stored = repository.keys().await?.ok_or(KeyError::Unavailable)?;
    Ok(KeyRing::import(&stored.keys)?)
}

/// Brings keys and revocations up to date when the database's marks have moved since `seen`, and returns the marks now. A
/// node calls it about once a second; the first time with [`Marks::default`].
pub async fn synchronize(
    repository: &dyn AuthorizationRepository,
    tokens: &AccessTokens,
    seen: Marks,
    now: UnixTime,
) -> Result<Marks, KeysError> {
    let marks = repository.marks().await?;
    if marks.keys != seen.keys
        && let Some(stored) = repository.keys().await?
    {
        tokens.replace_keys(Arc::new(KeyRing::import(&stored.keys)?));
    }
    if marks.revocations != seen.revocations {
        let horizon = now.minus(LONGEST_ACCESS_TOKEN);
        tokens.merge_revocations(repository.revocations(horizon).await?, horizon);
    }
    Ok(marks)
}

impl AuthorizationServer {
    /// Reads the revocations at once, after the repository itself has revoked something.
    pub(super) async fn pull_revocations(&self, now: UnixTime) -> Result<(), RepositoryError> {
        let horizon = now.minus(LONGEST_ACCESS_TOKEN);
        self.tokens.merge_revocations(self.repository.revocations(horizon).await?, horizon);
        Ok(())
    }
}
