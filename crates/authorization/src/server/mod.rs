//! The authorization server's use cases, one file each.
//!
//! A use case reads the directory that it is given, races nobody but through the repository, and tells the security log what
//! happened. What it decides takes effect on this node at once, and on the others by [`mod@synchronize`].

mod authorize;
mod introspect;
mod issue;
mod redeem;
mod refresh;
mod revoke;
mod sign_in;
mod synchronize;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use directory::{Directory, EndUser};
use token::UnixTime;

use crate::{
    AccessTokens, AuthorizationRepository, Clients, LoginGuard, RefreshTokenFamily, RepositoryError, Revocation,
    RevocationReason, SecurityEvent, SecurityLog,
};

pub use authorize::{DEFAULT_SCOPE, NewCode, RequestRefusal};
pub use issue::GrantError;
pub use redeem::CodeGrant;
pub use refresh::RefreshGrant;
pub use revoke::{RevokeError, RevokedTokens};
pub use sign_in::{Password, PasswordError, PasswordVerifier, SignInError};
pub use synchronize::{KeysError, open_keys, synchronize};

/// Random bytes: the caller's.
pub trait Random: Send + Sync {
    /// Fills the bytes with unpredictable ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The authorization server of a node.
pub struct AuthorizationServer {
    repository: Arc<dyn AuthorizationRepository>,
    tokens: Arc<AccessTokens>,
    clients: Clients,
    random: Arc<dyn Random>,
    log: Arc<dyn SecurityLog>,
    guard: Mutex<LoginGuard>,
}

impl AuthorizationServer {
    /// A server over these parts.
    #[must_use]
    pub fn new(
        repository: Arc<dyn AuthorizationRepository>,
        tokens: Arc<AccessTokens>,
        clients: Clients,
        random: Arc<dyn Random>,
        log: Arc<dyn SecurityLog>,
    ) -> Self {
        Self { repository, tokens, clients, random, log, guard: Mutex::default() }
    }

    /// The clients there are.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The verifier of access tokens that this server's decisions reach at once.
    #[must_use]
    pub fn tokens(&self) -> &Arc<AccessTokens> {
        &self.tokens
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    fn guard(&self) -> MutexGuard<'_, LoginGuard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Revokes, here and everywhere.
    async fn revoke_all(
        &self,
        what: &Revocation,
        reason: RevocationReason,
        now: UnixTime,
    ) -> Result<Vec<RefreshTokenFamily>, RepositoryError> {
        let families = self.repository.revoke(what, reason, now).await?;
        let of_families = families.iter().map(|family| Revocation::Family(family.id));
        self.tokens.revoke(of_families.chain([what.clone()]).map(|revocation| (revocation, now)));
        for family in &families {
            self.log.record(SecurityEvent::revoked(family, reason));
        }
        Ok(families)
    }
}

impl std::fmt::Debug for AuthorizationServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AuthorizationServer").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// The user, if it is there and may sign in.
fn active_user<'a>(directory: &'a Directory, user: &str) -> Option<&'a EndUser> {
    directory.user(user).map(AsRef::as_ref).filter(|user| user.active)
}
