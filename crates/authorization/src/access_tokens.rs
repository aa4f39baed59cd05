//! The one question every listener asks of an access token, answered without a database.
//!
//! A node keeps one [`AccessTokens`] in an `Arc`. Checking takes no lock but that of one cache shard; keys and revocations
//! are swapped as a whole when the change feed says so, and take effect on the very next check, cached or not.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use token::{Freshness, KeyRing, TokenDigest, TokenError, UnixTime, VerifiedAccessToken, VerifiedTokenCache};

use crate::Revocations;

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessTokenError {
    /// The token itself is not good.
    Token(TokenError),
    /// It was good until it was revoked.
    Revoked,
}

impl AccessTokenError {
    /// A stable word for log fields and counters.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Revoked => "revoked",
        }
    }

    /// Whether the keys may have been regenerated since they were loaded: worth one rate-limited reload.
    #[must_use]
    pub fn suggests_key_reload(&self) -> bool {
        matches!(self, Self::Token(TokenError::UnknownKey))
    }
}

impl fmt::Display for AccessTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(formatter),
            Self::Revoked => formatter.write_str("the token has been revoked"),
        }
    }
}

impl std::error::Error for AccessTokenError {}

impl From<TokenError> for AccessTokenError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// Verifies access tokens: keys, cache of verified ones, revocations.
pub struct AccessTokens {
    state: ArcSwap<State>,
    /// Held while a new state is made from the old one.
    changing: Mutex<()>,
    cache: VerifiedTokenCache,
}

struct State {
    keys: Arc<KeyRing>,
    revocations: Arc<Revocations>,
    freshness: Freshness,
}

impl AccessTokens {
    /// Verifies with these keys, and remembers up to `cache_capacity` verified tokens.
    #[must_use]
    pub fn new(keys: Arc<KeyRing>, revocations: Revocations, cache_capacity: usize) -> Self {
        let state = State { keys, revocations: Arc::new(revocations), freshness: Freshness::default() };
        Self {
            state: ArcSwap::from_pointee(state),
            changing: Mutex::new(()),
            cache: VerifiedTokenCache::new(cache_capacity),
        }
    }

    /// Whether the token is good now.
    pub fn verify(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError> {
        if token.len() > token::MAX_TOKEN_LENGTH {
            return Err(TokenError::TooLong.into());
        }
        let state = self.state.load();
        let digest = TokenDigest::of(token);
        let still_good = |verified: &VerifiedAccessToken| !state.revocations.cover(verified);
        if let Some(verified) = self.cache.get(&digest, now, state.freshness, still_good) {
            return Ok(verified);
        }
        let verified = state.keys.verify(token, now)?;
        if state.revocations.cover(&verified) {
            return Err(AccessTokenError::Revoked);
        }
        self.cache.insert(digest, verified.clone(), state.freshness);
        Ok(verified)
    }

    /// Whether a token that was good before has been revoked since: asked of live registrations when revocations change.
    #[must_use]
    pub fn is_revoked(&self, verified: &VerifiedAccessToken) -> bool {
        self.state.load().revocations.cover(verified)
    }

    /// The keys in use.
    #[must_use]
    pub fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.state.load().keys)
    }

    /// The revocations in use.
    #[must_use]
    pub fn revocations(&self) -> Arc<Revocations> {
        Arc::clone(&self.state.load().revocations)
    }

    /// Counts the changes of keys and revocations: while it stays the same, no earlier verdict has changed but by expiry.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.state.load().freshness
    }

    /// Takes new keys. Tokens of a key that is no longer there are refused from the next check on.
    pub fn replace_keys(&self, keys: Arc<KeyRing>) {
        self.change(|state| State {
            keys,
            revocations: Arc::clone(&state.revocations),
            freshness: Freshness { keys: state.freshness.keys + 1, ..state.freshness },
        });
        self.cache.clear();
    }

    /// Takes the whole set of revocations anew, as the change feed brings it.
    pub fn replace_revocations(&self, revocations: Revocations) {
        self.change(|state| state.with_revocations(revocations));
    }

    /// Adds revocations to those in use.
    pub fn revoke(&self, revocations: impl IntoIterator<Item = (crate::Revocation, UnixTime)>) {
        self.change(|state| {
            let mut all = Revocations::clone(&state.revocations);
            all.extend(revocations);
            state.with_revocations(all)
        });
    }

    fn change(&self, change: impl FnOnce(&State) -> State) {
        let _guard = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = change(&self.state.load());
        self.state.store(Arc::new(next));
    }
}

impl State {
    fn with_revocations(&self, revocations: Revocations) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            revocations: Arc::new(revocations),
            freshness: Freshness { revocations: self.freshness.revocations + 1, ..self.freshness },
        }
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load();
        formatter
            .debug_struct("AccessTokens")
            .field("keys", &state.keys)
            .field("revocations", &state.revocations.len())
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
