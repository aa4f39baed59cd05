//! Tokens as the cluster mints them, and as an attacker would.

mod access_token;
mod cache;
mod hostile;
mod keys;
mod published_keys;
mod refresh_token;

use std::sync::OnceLock;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    AccessTokenClaims, Algorithm, EncryptionKey, KeyRing, SigningKey, TokenError, UnixTime, base64url, generate, jwe,
    jws,
};

pub(super) const CLUSTER: Uuid = Uuid::from_u128(0x0b1c_8a3e_5d7f_4e21_9a60_1f2e_3d4c_5b6a);
pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);
pub(super) const IV: [u8; 16] = [7; 16];

/// One ring for all tests: making an RSA key takes a while.
pub(super) fn ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(|| KeyRing::new(CLUSTER, signing_key(Algorithm::Rs256), encryption_key(1)))
}

pub(super) fn p256_ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(|| KeyRing::new(CLUSTER, signing_key(Algorithm::Es256), encryption_key(1)))
}

pub(super) fn signing_key(algorithm: Algorithm) -> SigningKey {
    generate::signing_key(algorithm).unwrap()
}

pub(super) fn encryption_key(seed: u8) -> EncryptionKey {
    EncryptionKey::from_bytes(&mut [seed; 32])
}

pub(super) fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        user: "alice".to_owned(),
        client_id: "C41eb54529dd9907e01d3744ead3a991ba9cc4c772b0497ebe8a103fa69fe81a8".to_owned(),
        scope: "UnifiedCommunications:readwrite".to_owned(),
        family: Uuid::from_u128(1),
        device: Some("CSFALICE".to_owned()),
        issued_at: NOW,
        expires_at: UnixTime(NOW.0 + 3600),
    }
}

pub(super) fn inner_claims() -> Value {
    json!({
        "iss": CLUSTER, "aud": "UnifiedCommunications", "typ": "user", "ctyp": "access", "tid": Uuid::from_u128(1),
        "ccid": "C1", "sub": "alice", "scope": "UnifiedCommunications:readwrite",
        "iat": NOW.0, "nbf": NOW.0, "exp": NOW.0 + 3600,
    })
}

/// An access token with this text for inner claims, properly encrypted and signed.
pub(super) fn with_inner(inner: &str) -> String {
    let (key_id, key) = ring().current_encryption();
    with_private(&jwe::encrypt(key, key_id.as_str(), IV, inner.as_bytes()).unwrap())
}

/// An access token with this text for `private`, properly signed.
pub(super) fn with_private(private: &str) -> String {
    with_payload(&json!({ "private": private }).to_string())
}

/// A token with this text for payload, properly signed.
pub(super) fn with_payload(payload: &str) -> String {
    let (key_id, key) = ring().signing().unwrap();
    jws::sign(key, key_id, payload.as_bytes()).unwrap()
}

/// A token with this text for header, signed by the cluster's key as it stands.
pub(super) fn with_header(header: &str) -> String {
    let payload = ring().mint(&claims(), IV).unwrap();
    let payload = payload.split('.').nth(1).unwrap().to_owned();
    let message = format!("{}.{payload}", base64url::encode(header.as_bytes()));
    let signature = ring().signing().unwrap().1.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url::encode(&signature))
}

pub(super) fn refusal(token: &str) -> TokenError {
    ring().verify(token.as_bytes(), NOW).expect_err("the token is refused")
}
