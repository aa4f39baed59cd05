//! The one question every listener asks of an access token, answered without a database.
//!
//! A node keeps one [`AccessTokens`] in an `Arc`. Checking takes no lock but that of one cache shard; keys and revocations
//! are swapped as a whole when the change feed says so, and take effect on the very next check, cached or not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
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
    verdicts: Verdicts,
}

/// How often tokens were looked at, and what came of it.
#[derive(Default)]
struct Verdicts {
    verified: AtomicU64,
    remembered: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
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
            verdicts: Verdicts::default(),
        }
    }

    /// Whether the token is good now.
    pub fn verify(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError> {
        let verdict = self.look_at(token, now);
        if let Err(error) = &verdict {
            let mut refused = self.verdicts.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused.entry(error.reason()).or_default() += 1;
        }
        verdict
    }

    /// How often a token was `verified`, was `remembered` from an earlier time, or was refused for a reason.
    #[must_use]
    pub fn verdicts(&self) -> Vec<(&'static str, u64)> {
        let refused = self.verdicts.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let good = [("verified", &self.verdicts.verified), ("remembered", &self.verdicts.remembered)];
        let good = good.into_iter().map(|(word, count)| (word, count.load(Ordering::Relaxed)));
        good.chain(refused.iter().map(|(reason, count)| (*reason, *count))).collect()
    }

    fn look_at(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError> {
        if token.len() > token::MAX_TOKEN_LENGTH {
            return Err(TokenError::TooLong.into());
        }
        let state = self.state.load();
        let digest = TokenDigest::of(token);
        let still_good = |verified: &VerifiedAccessToken| !state.revocations.cover(verified);
        if let Some(verified) = self.cache.get(&digest, now, state.freshness, still_good) {
            self.verdicts.remembered.fetch_add(1, Ordering::Relaxed);
            return Ok(verified);
        }
        let verified = state.keys.verify(token, now)?;
        if state.revocations.cover(&verified) {
            return Err(AccessTokenError::Revoked);
        }
        self.cache.insert(digest, verified.clone(), state.freshness);
        self.verdicts.verified.fetch_add(1, Ordering::Relaxed);
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

    /// Adds what the change feed brings, and forgets what was revoked before `horizon`. What is revoked stays so: a set that was
    /// read before this node revoked something more takes nothing back.
    pub fn merge_revocations(&self, read: Revocations, horizon: UnixTime) {
        self.change(|state| {
            let mut all = read;
            all.extend(state.revocations.iter());
            all.forget_before(horizon);
            state.with_revocations(all)
        });
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

#[cfg(test)]
mod tests {
    use token::{AccessTokenClaims, Algorithm, Uuid, generate};

    use super::*;
    use crate::Revocation;

    const NOW: UnixTime = UnixTime(1_800_000_000);
    const CLUSTER: Uuid = Uuid::from_u128(1);

    fn ring() -> Arc<KeyRing> {
        let signing = generate::signing_key(Algorithm::Es256).unwrap();
        Arc::new(KeyRing::new(CLUSTER, signing, generate::encryption_key().unwrap()))
    }

    fn tokens(capacity: usize) -> AccessTokens {
        AccessTokens::new(ring(), Revocations::new(), capacity)
    }

    fn mint(tokens: &AccessTokens, user: &str, client: &str, family: u128, issued_at: UnixTime) -> Vec<u8> {
        let claims = AccessTokenClaims {
            user: user.to_owned(),
            client_id: client.to_owned(),
            scope: "UnifiedCommunications:readwrite".to_owned(),
            family: Uuid::from_u128(family),
            device: None,
            issued_at,
            expires_at: UnixTime(NOW.0 + 3600),
        };
        tokens.keys().mint(&claims, [0; 16]).unwrap().into_bytes()
    }

    #[test]
    fn jwt_4_a_revocation_reaches_remembered_tokens_at_once() {
        let tokens = tokens(100);
        let before = UnixTime(NOW.0 - 10);
        let cases = [
            (Revocation::Family(Uuid::from_u128(1)), mint(&tokens, "alice", "C1", 1, before)),
            (Revocation::User("bob".to_owned()), mint(&tokens, "bob", "C1", 2, before)),
            (
                Revocation::UserClient { user: "carol".to_owned(), client_id: "C2".to_owned() },
                mint(&tokens, "carol", "C2", 3, before),
            ),
        ];
        let bystander = mint(&tokens, "carol", "C1", 4, before);
        for (revocation, token) in cases {
            let verified = tokens.verify(&token, NOW).unwrap();
            assert!(tokens.verify(&token, NOW).is_ok(), "from memory");
            let freshness = tokens.freshness();
            tokens.revoke([(revocation.clone(), NOW)]);
            assert_ne!(tokens.freshness(), freshness);
            assert_eq!(tokens.verify(&token, NOW).unwrap_err(), AccessTokenError::Revoked, "{revocation:?}");
            assert!(tokens.is_revoked(&verified));
            assert!(tokens.verify(&bystander, NOW).is_ok(), "{revocation:?}");
        }
    }

    #[test]
    fn a_set_that_was_read_earlier_takes_no_revocation_back() {
        let tokens = tokens(100);
        let (alice, bob) = (mint(&tokens, "alice", "C1", 1, NOW), mint(&tokens, "bob", "C1", 2, NOW));
        let read = [(Revocation::Family(Uuid::from_u128(1)), NOW)].into_iter().collect();
        tokens.revoke([(Revocation::Family(Uuid::from_u128(2)), NOW)]);
        tokens.merge_revocations(read, NOW);
        assert_eq!(tokens.verify(&alice, NOW).unwrap_err(), AccessTokenError::Revoked);
        assert_eq!(tokens.verify(&bob, NOW).unwrap_err(), AccessTokenError::Revoked);
        tokens.merge_revocations(Revocations::new(), UnixTime(NOW.0 + 1));
        assert!(tokens.revocations().is_empty(), "what no access token outlives is forgotten");
    }

    #[test]
    fn a_user_may_sign_in_again_after_a_revocation() {
        let tokens = tokens(100);
        tokens.revoke([(Revocation::User("alice".to_owned()), NOW)]);
        let old = mint(&tokens, "alice", "C1", 1, UnixTime(NOW.0 - 1));
        assert_eq!(tokens.verify(&old, NOW).unwrap_err(), AccessTokenError::Revoked);
        let new = mint(&tokens, "alice", "C1", 2, NOW);
        assert!(tokens.verify(&new, NOW).is_ok(), "a new family in the same second");
    }

    #[test]
    fn jwt_4_removed_keys_are_refused_at_once() {
        let tokens = tokens(100);
        let token = mint(&tokens, "alice", "C1", 1, NOW);
        assert!(tokens.verify(&token, NOW).is_ok());
        let kept = KeyRing::import(&tokens.keys().export().unwrap()).unwrap();
        let kept = kept.rotate_signing_key(generate::signing_key(Algorithm::Es256).unwrap());
        tokens.replace_keys(Arc::new(kept));
        assert!(tokens.verify(&token, NOW).is_ok(), "the older key still verifies");
        tokens.replace_keys(ring());
        let refused = tokens.verify(&token, NOW).unwrap_err();
        assert_eq!(refused, AccessTokenError::Token(TokenError::UnknownKey));
        assert!(refused.suggests_key_reload());
    }

    #[test]
    fn jwt_4_only_verified_tokens_take_room() {
        let tokens = tokens(64);
        let good = mint(&tokens, "alice", "C1", 1, NOW);
        assert!(tokens.verify(&good, NOW).is_ok());
        for number in 0..1000_u32 {
            let mut bad = good.clone();
            bad.extend(number.to_string().into_bytes());
            assert!(tokens.verify(&bad, NOW).is_err());
        }
        assert_eq!(tokens.cache.len(), 1);
        let expired = UnixTime(NOW.0 + 3600);
        assert_eq!(tokens.verify(&good, expired).unwrap_err(), AccessTokenError::Token(TokenError::Expired));
    }

    #[test]
    fn old_revocations_are_forgotten() {
        let mut revocations: Revocations = [
            (Revocation::Family(Uuid::from_u128(1)), UnixTime(10)),
            (Revocation::User("a".to_owned()), UnixTime(10)),
            (Revocation::User("a".to_owned()), UnixTime(5)),
            (Revocation::UserClient { user: "a".to_owned(), client_id: "c".to_owned() }, UnixTime(20)),
        ]
        .into_iter()
        .collect();
        assert_eq!(revocations.len(), 3);
        revocations.forget_before(UnixTime(10));
        assert_eq!(revocations.len(), 3, "the later time counts");
        revocations.forget_before(UnixTime(11));
        assert_eq!(revocations.len(), 1);
        revocations.forget_before(UnixTime(21));
        assert!(revocations.is_empty());
    }
}
