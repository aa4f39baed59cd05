//! What Expressway-C's machine looks up: an immutable snapshot, replaced when an administrator or a refresh changes it.

use std::sync::Arc;

use authorization::{AccessTokenError, AccessTokens, Revocations};
use edge::{EdgeView, MraAccessControl, SearchRule, Zone};
use token::{KeyRing, TokenError, UnixTime, VerifiedAccessToken};

/// How many verified access tokens are remembered for each cluster.
const REMEMBERED: usize = 50_000;

/// A snapshot of settings, zones and keys.
#[derive(Clone, Default)]
pub struct CoreView {
    /// MRA access control.
    pub access_control: MraAccessControl,
    /// The zones that discovery made.
    pub zones: Vec<Zone>,
    /// The search rules that discovery made.
    pub search_rules: Vec<SearchRule>,
    /// What verifies the access tokens of each cluster.
    pub clusters: Vec<Arc<AccessTokens>>,
}

impl CoreView {
    /// A verifier over the keys of a cluster, without revocations: those are Unified CM's.
    #[must_use]
    pub fn cluster(keys: KeyRing) -> Arc<AccessTokens> {
        Arc::new(AccessTokens::new(Arc::new(keys), Revocations::default(), REMEMBERED))
    }
}

impl std::fmt::Debug for CoreView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoreView")
            .field("access_control", &self.access_control)
            .field("zones", &self.zones)
            .field("search_rules", &self.search_rules)
            .field("clusters", &self.clusters.len())
            .finish()
    }
}

impl EdgeView for CoreView {
    /// The key identifier of a token names its cluster, so at most one cluster has the key.
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        let mut last = TokenError::UnknownKey;
        for cluster in &self.clusters {
            match cluster.verify(token, now) {
                Ok(verified) => return Ok(verified),
                Err(AccessTokenError::Token(error)) if error != TokenError::UnknownKey => last = error,
                Err(_) => {}
            }
        }
        Err(last)
    }

    fn access_control(&self) -> &MraAccessControl {
        &self.access_control
    }

    fn zones(&self) -> &[Zone] {
        &self.zones
    }

    fn search_rules(&self) -> &[SearchRule] {
        &self.search_rules
    }
}
