//! JWT-4: the cache of verified tokens never says more than a fresh look would.

use super::{IV, NOW, claims, p256_ring};
use crate::{AccessTokenClaims, Freshness, TokenDigest, UnixTime, VerifiedAccessToken, VerifiedTokenCache};

const FRESH: Freshness = Freshness { keys: 1, revocations: 1 };

fn verified(number: u64) -> (TokenDigest, VerifiedAccessToken) {
    let claims = AccessTokenClaims { user: format!("user{number}"), ..claims() };
    let token = p256_ring().mint(&claims, IV).unwrap();
    (TokenDigest::of(token.as_bytes()), p256_ring().verify(token.as_bytes(), NOW).unwrap())
}

fn never(_: &VerifiedAccessToken) -> bool {
    panic!("revocations have not changed")
}

#[test]
fn jwt_4_a_token_is_known_by_its_whole_digest() {
    let cache = VerifiedTokenCache::new(100);
    let (digest, token) = verified(1);
    cache.insert(digest, token, FRESH);
    assert_eq!(cache.get(&digest, NOW, FRESH, never).unwrap().user(), "user1");
    let (other, _) = verified(2);
    assert!(cache.get(&other, NOW, FRESH, never).is_none());
}

#[test]
fn jwt_4_a_remembered_token_expires() {
    let cache = VerifiedTokenCache::new(100);
    let (digest, token) = verified(1);
    let end = token.expires_at();
    cache.insert(digest, token, FRESH);
    assert!(cache.get(&digest, UnixTime(end.0 - 1), FRESH, never).is_some());
    assert!(cache.get(&digest, end, FRESH, never).is_none());
}

#[test]
fn jwt_4_new_keys_and_revocations_are_asked_about() {
    let cache = VerifiedTokenCache::new(100);
    let (digest, token) = verified(1);
    cache.insert(digest, token, FRESH);
    let newer_keys = Freshness { keys: 2, ..FRESH };
    assert!(cache.get(&digest, NOW, newer_keys, never).is_none());
    let newer = Freshness { revocations: 2, ..FRESH };
    assert!(cache.get(&digest, NOW, newer, |_| false).is_none());
    assert!(cache.get(&digest, NOW, newer, |_| false).is_none(), "no is not forgotten");
    assert!(cache.get(&digest, NOW, newer, |_| true).is_some());
    assert!(cache.get(&digest, NOW, newer, never).is_some(), "yes is remembered");
    assert!(cache.get(&digest, NOW, FRESH, |_| true).is_some(), "by one who still has the older revocations");
    assert!(cache.get(&digest, NOW, newer, never).is_some(), "and that takes nothing back");
}

#[test]
fn jwt_4_the_cache_is_bounded() {
    let cache = VerifiedTokenCache::new(64);
    for number in 0..400 {
        let (digest, token) = verified(number);
        cache.insert(digest, token.clone(), FRESH);
        cache.insert(digest, token, FRESH);
        assert!(cache.get(&digest, NOW, FRESH, never).is_some(), "the newest stays");
    }
    assert!(cache.len() <= 64, "{}", cache.len());
    cache.clear();
    assert!(cache.is_empty());
}
