//! The cluster's token keys: made once, regenerated on command.

use authorization::AuthorizationRepository;
use token::{Algorithm, KeyError, KeyRing, Uuid};

use administration::AuthorizationKey;

/// New keys for a cluster that has none.
pub(super) fn make(cluster: Uuid) -> Result<KeyRing, KeyError> {
    let signing = token::generate::signing_key(Algorithm::Rs256)?;
    Ok(KeyRing::new(cluster, signing, token::generate::encryption_key()?))
}

/// Makes a new key of one kind and answers with its hash. Every access and refresh token dies with the old one.
///
/// # Errors
/// When the database is not available, or another administrator changed the keys at the same moment.
pub(super) async fn regenerate(
    repository: &dyn AuthorizationRepository,
    key: AuthorizationKey,
) -> anyhow::Result<KeyRing> {
    let stored = repository.keys().await?.ok_or_else(|| anyhow::anyhow!("the cluster has no keys yet"))?;
    let ring = KeyRing::import(&stored.keys)?;
    let ring = match key {
        AuthorizationKey::Signing => ring.regenerate_signing_key(token::generate::signing_key(Algorithm::Rs256)?),
        AuthorizationKey::Encryption => ring.regenerate_encryption_key(token::generate::encryption_key()?),
    };
    if !repository.replace_keys(Some(stored.generation), ring.export()?).await? {
        anyhow::bail!("the keys were changed by someone else at the same moment");
    }
    Ok(ring)
}

/// The hash of a key of the ring, the same on every node that holds the same key.
pub(super) fn hash(ring: &KeyRing, key: AuthorizationKey) -> String {
    match key {
        AuthorizationKey::Signing => ring.signing_hash().to_string(),
        AuthorizationKey::Encryption => ring.encryption_hash().to_string(),
    }
}
