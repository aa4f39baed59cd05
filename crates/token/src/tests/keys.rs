//! Key rings: what is shared, what is rotated, what is forgotten.

use super::{CLUSTER, IV, NOW, claims, encryption_key, p256_ring, ring, signing_key};
use crate::{Algorithm, JwkSet, KeyError, KeyRing, TokenError};

fn p256() -> KeyRing {
    KeyRing::new(CLUSTER, signing_key(Algorithm::Es256), encryption_key(1))
}

#[test]
fn a_ring_survives_its_export() {
    for ring in [ring(), p256_ring()] {
        let copy = KeyRing::import(&ring.export().unwrap()).unwrap();
        assert_eq!(copy.signing_hash(), ring.signing_hash());
        assert_eq!(copy.encryption_hash(), ring.encryption_hash());
        assert_eq!(copy.algorithm(), ring.algorithm());
        let token = copy.mint(&claims(), IV).unwrap();
        assert!(ring.verify(token.as_bytes(), NOW).is_ok());
    }
}

#[test]
fn an_expressway_verifies_and_cannot_mint() {
    let theirs = KeyRing::import(&ring().export_verifying().unwrap()).unwrap();
    let token = ring().mint(&claims(), IV).unwrap();
    assert!(theirs.verify(token.as_bytes(), NOW).is_ok());
    assert_eq!(theirs.mint(&claims(), IV), Err(KeyError::Unavailable));
    let exported = theirs.export().unwrap();
    assert!(!String::from_utf8(exported.to_vec()).unwrap().contains("signing"));
}

#[test]
fn imports_are_strict() {
    let good = String::from_utf8(p256_ring().export().unwrap().to_vec()).unwrap();
    for bad in [
        String::new(),
        "{}".to_owned(),
        good.replace("\"verifying\":[", "\"verifying\":[],\"x\":["),
        good.replace("ES256", "RS256"),
        good.replace("ES256", "none"),
        good.replacen("\"encryption\":[\"AQEB", "\"encryption\":[\"AQ", 1),
    ] {
        assert_eq!(KeyRing::import(bad.as_bytes()).map(|_| ()), Err(KeyError::Rejected), "{bad}");
    }
}

#[test]
fn rotated_keys_still_verify_and_regenerated_ones_do_not() {
    let old = p256().mint(&claims(), IV).unwrap();
    assert_eq!(p256_ring().verify(old.as_bytes(), NOW).unwrap_err(), TokenError::UnknownKey);

    let ring = p256();
    let token = ring.mint(&claims(), IV).unwrap();
    let ring = ring.rotate_signing_key(signing_key(Algorithm::Rs256)).rotate_encryption_key(encryption_key(2));
    assert_eq!(ring.algorithm(), Algorithm::Rs256);
    assert!(ring.verify(token.as_bytes(), NOW).is_ok());
    let newer = ring.mint(&claims(), IV).unwrap();
    assert_eq!(ring.jwks().keys.len(), 2);
    let ring = KeyRing::import(&ring.export().unwrap()).unwrap();
    assert!(ring.verify(token.as_bytes(), NOW).is_ok() && ring.verify(newer.as_bytes(), NOW).is_ok());

    let retired = ring.retire_older_keys();
    assert_eq!(retired.verify(token.as_bytes(), NOW).unwrap_err(), TokenError::UnknownKey);
    assert!(retired.verify(newer.as_bytes(), NOW).is_ok());

    let regenerated = retired.regenerate_encryption_key(encryption_key(3));
    assert_eq!(regenerated.verify(newer.as_bytes(), NOW).unwrap_err(), TokenError::UnknownKey);
    let last = regenerated.mint(&claims(), IV).unwrap();
    let regenerated = regenerated.regenerate_signing_key(signing_key(Algorithm::Es256));
    assert_eq!(regenerated.verify(last.as_bytes(), NOW).unwrap_err(), TokenError::UnknownKey);
}

#[test]
fn published_keys_verify() {
    for ring in [ring(), p256_ring()] {
        let text = serde_json::to_string(&ring.jwks()).unwrap();
        let jwks: JwkSet = serde_json::from_str(&text).unwrap();
        let [jwk] = jwks.keys.as_slice() else { panic!("one key") };
        assert_eq!(jwk.kid.as_deref(), Some(format!("{CLUSTER}:{}", ring.signing_hash()).as_str()));
        assert_eq!((jwk.key_use.as_deref(), jwk.alg.as_deref()), (Some("sig"), Some(ring.algorithm().name())));
        let key = jwk.to_verifying_key().unwrap();
        assert_eq!(key.hash(), ring.signing_hash());
        let theirs = KeyRing::verifying_only(CLUSTER, key, encryption_key(1));
        let token = ring.mint(&claims(), IV).unwrap();
        assert!(theirs.verify(token.as_bytes(), NOW).is_ok());
        assert!(!text.contains("\"d\""));
    }
}

#[test]
fn weak_and_mixed_keys_are_refused() {
    let rsa = ring().jwks().keys.remove(0);
    let ec = p256_ring().jwks().keys.remove(0);
    for bad in [
        crate::Jwk { alg: Some("HS256".to_owned()), ..rsa.clone() },
        crate::Jwk { kty: "oct".to_owned(), ..rsa.clone() },
        crate::Jwk { n: Some("AQAB".to_owned()), ..rsa.clone() },
        crate::Jwk { n: None, ..rsa.clone() },
        crate::Jwk { crv: Some("P-384".to_owned()), ..ec.clone() },
        crate::Jwk { x: ec.y.clone(), ..ec.clone() },
        crate::Jwk { x: Some("AAAA".to_owned()), ..ec.clone() },
        crate::Jwk { alg: Some("RS256".to_owned()), ..ec },
    ] {
        assert_eq!(bad.to_verifying_key().map(|_| ()), Err(KeyError::Rejected), "{bad:?}");
    }
}

#[test]
fn derived_values_keep_their_labels_apart() {
    let ring = p256_ring();
    assert_eq!(ring.derive("a", b"b"), KeyRing::import(&ring.export().unwrap()).unwrap().derive("a", b"b"));
    assert_ne!(ring.derive("a", b"b"), ring.derive("a", b"c"));
    assert_ne!(ring.derive("ab", b""), ring.derive("a", b"b"));
    assert_ne!(ring.derive("a", b"b"), self::p256().rotate_encryption_key(encryption_key(9)).derive("a", b"b"));
}
